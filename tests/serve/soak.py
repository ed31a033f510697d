#!/usr/bin/python3
"""An instance that `mohur init` makes and `mohur serve` runs, under mixed load
for a while: does it grow?

    soak.py --build BUILD --samples DIR [--seconds N]

Good, bad and huge files through the API; pages; sign-ins; filings with their
sealed receipts.  Each EVERY seconds memory, descriptors and threads of every
process are read from /proc.  The first third of the time is for warming up.
Of the median of the last third against that of the second:

    memory       at most 10 % and 2 MiB more
    descriptors  at most 2 more or less
    threads      at most 2 more or less

and the processes with all their workers are at most 2 more.  No process may
have been started again, no answer may be a 5xx, and the log verifies at the
end.  Ends with "N passed, N failed".
"""

import argparse
import collections
import http.client
import os
import pathlib
import re
import shutil
import statistics
import sys
import tempfile
import threading
import time
import traceback

from filing import Bed, Browser, Filer, verify_receipt

EVERY = 5          # seconds from one sample to the next
HUGE = 48 << 20    # bytes of a huge file
GROWTH, MORE_KIB = 1.10, 2048
NEAR = 2           # descriptors, threads, processes
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024


# ---- what the processes hold ----

def children():
    """The processes of each parent."""
    out = collections.defaultdict(list)
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        out[int(fields[1])].append(int(path.parent.name))
    return out


def count_below(pid):
    of, found, todo = children(), 0, [pid]
    while todo:
        todo += of.get(todo.pop(), ())
        found += 1
    return found


def held(pid):
    """(KiB resident, descriptors, threads)"""
    folder = pathlib.Path("/proc") / str(pid)
    resident = int((folder / "statm").read_text().split()[1]) * PAGE_KIB
    threads = int(re.search(r"^Threads:\t(\d+)$",
                            (folder / "status").read_text(), re.M).group(1))
    return resident, len(os.listdir(folder / "fd")), threads


class Watch:
    """Samples of the processes, a list of triples for each."""

    def __init__(self, bed):
        self.pids = {"supervisor": bed.serve.pid, **{
            of: int(pid) for of, pid in re.findall(
                r"ev=start of=(\S+) pid=(\d+)", bed.log())}}
        self.top = bed.serve.pid
        self.rows = {of: [] for of in self.pids}
        self.all = []
        self.lost = set()

    def sample(self):
        for of, pid in self.pids.items():
            try:
                self.rows[of].append(held(pid))
            except OSError as e:
                self.lost.add(f"{of}: {e}")
        self.all.append(count_below(self.top))

    def run(self, seconds):
        began = time.monotonic()
        end, turn = began + seconds, began
        while turn < end:
            self.sample()
            turn += EVERY
            time.sleep(max(0, min(turn, end) - time.monotonic()))


def thirds(values):
    """Medians of the second third and of the last."""
    n = len(values) // 3
    return (statistics.median(values[n:2 * n]),
            statistics.median(values[2 * n:]))


# ---- load ----

class Load:
    """What people and programs do, each kind in a thread of its own."""

    def __init__(self, bed):
        self.bed = bed
        self.key = bed.portal("--state", bed.state, "--add-client",
                              "soak").stdout.strip()
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.statuses = collections.Counter()
        self.wrong = []
        self.done = collections.Counter()
        self.threads = [
            threading.Thread(target=self.again, args=(what, pause))
            for what, pause in ((self.good, 0.4), (self.bad, 0.7),
                                (self.huge, 20), (self.pages, 0.5),
                                (self.people, 7), (self.filing, 5))]
        samples = bed.samples
        self.sound = [(p.name, p.read_bytes()) for p in (
            samples / "adoc-lta.adoc", samples / "asice-lt.asice",
            samples / "cades-lt.asice", samples / "asics-lt.asics")]
        self.broken = [("elf.pdf", b"\x7fELF" + bytes(1000)),
                       ("empty.adoc", b""),
                       ("nothing.pdf", b"%PDF-1.7\nnothing")]
        for name, data in self.sound:
            half = bytearray(data)
            half[len(half) // 2] ^= 1
            self.broken += [(name, bytes(half)),
                            (name, data[:len(data) * 2 // 3])]

    def again(self, what, pause):
        turn = 0
        while not self.over.is_set():
            try:
                what(turn)
                with self.lock:
                    self.done[what.__name__] += 1
            except Exception:  # whatever it was, it is to be told
                self.say(f"{what.__name__}: {traceback.format_exc(limit=-2)}")
            turn += 1
            self.over.wait(pause)

    def say(self, text):
        with self.lock:
            self.wrong.append(text)

    def saw(self, status):
        with self.lock:
            self.statuses[status] += 1

    def verify(self, name, data):
        """(status, body)"""
        body = (f'--b\r\nContent-Disposition: form-data; name="file"; '
                f'filename="{name}"\r\n\r\n'.encode() + data
                + b"\r\n--b--\r\n")
        connection = http.client.HTTPConnection("127.0.0.1", self.bed.port,
                                                timeout=120)
        try:
            connection.request("POST", "/api/v1/verify", body, {
                "Content-Type": "multipart/form-data; boundary=b",
                "Authorization": f"Bearer {self.key}"})
            answer = connection.getresponse()
            self.saw(answer.status)
            return answer.status, answer.read()
        finally:
            connection.close()

    def expect(self, name, answer, passed):
        status, body = answer
        if status != 200 or (b'"verdict":"TOTAL-PASSED"' in body) != passed:
            self.say(f"{name}: {status} {body[:300]}")

    def good(self, turn):
        name, data = self.sound[turn % len(self.sound)]
        self.expect(name, self.verify(name, data), True)

    def bad(self, turn):
        name, data = self.broken[turn % len(self.broken)]
        self.expect(f"broken {name}", self.verify(name, data), False)

    def huge(self, turn):
        """Something that begins like a document, or is one that goes on."""
        start = (b"%PDF-1.7\n", self.sound[0][1])[turn % 2]
        self.expect("huge", self.verify(
            "huge" + (".pdf", ".adoc")[turn % 2], start + bytes(HUGE)), False)

    def page(self, browser, path, want=200):
        answer = browser.get(path)
        self.saw(answer.status)
        if answer.status != want:
            self.say(f"{path}: {answer.status}")
        return answer

    def pages(self, turn):
        browser = Browser(self.bed.port)
        self.page(browser, ("/verify", "/login", "/api/v1/health/ready",
                            "/about-nothing")[turn % 4],
                  (200, 200, 200, 404)[turn % 4])

    def people(self, _):
        browser = Browser(self.bed.port)
        self.saw(browser.sign_in("citizen").status)
        for path in ("/cases", "/notifications"):
            self.page(browser, path)
        self.saw(browser.post("/logout").status)

    def filing(self, turn):
        path = self.bed.samples / "adoc-lta.adoc"
        filer = Filer(self.bed, "lawyer", self.bed.case)
        self.saw(filer.signed.status)
        self.saw(filer.page().status)
        answer = filer.file(path)
        self.saw(answer.status)
        where = answer.headers.get("location", "")
        if answer.status != 303 or not where.startswith("/documents/"):
            self.say(f"a filing: {answer.status} {where}")
            return
        self.page(filer.browser, where)
        self.page(filer.browser, f"/cases/{self.bed.case}/documents")
        if not self.bed.until(lambda: filer.browser.get(
                where + "/receipt").status == 200, 60):
            self.say("a receipt that does not come")
        elif turn % 20 == 0:
            code, text = verify_receipt(
                self.bed, filer.browser.get(where + "/receipt").body,
                path.read_bytes(), path.name)
            if code != 0:
                self.say(f"a receipt: {text}")
        self.saw(filer.browser.post("/logout").status)

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.over.set()
        for thread in self.threads:
            if thread.ident is not None:
                thread.join(120)


# ---- judging ----

def judge_growth(bed, watch):
    print(f"       {'process':24} {'KiB':>17} {'descriptors':>13} "
          f"{'threads':>9}   (second third, last)")
    for of, rows in watch.rows.items():
        if len(rows) < 6:
            bed.check(f"{of}: enough samples", False, len(rows))
            continue
        kib, fds, threads = (thirds([r[i] for r in rows]) for i in range(3))
        print(f"       {of:24} {kib[0]:8.0f} {kib[1]:8.0f} {fds[0]:6.0f} "
              f"{fds[1]:6.0f} {threads[0]:4.0f} {threads[1]:4.0f}")
        bed.check(f"{of}: memory", kib[1] <= kib[0] * GROWTH + MORE_KIB, kib)
        bed.check(f"{of}: descriptors", abs(fds[1] - fds[0]) <= NEAR, fds)
        bed.check(f"{of}: threads", abs(threads[1] - threads[0]) <= NEAR,
                  threads)
    counts = thirds(watch.all)
    bed.check("processes and workers", counts[1] <= counts[0] + NEAR, counts)


def judge_load(bed, load):
    done, statuses = dict(load.done), dict(sorted(load.statuses.items()))
    print(f"       rounds {done}\n       answers {statuses}")
    bed.check("every kind of load ran", len(done) == len(load.threads), done)
    bed.check("every answer was as expected", not load.wrong,
              (len(load.wrong), load.wrong[:5]))
    bed.check("no answer was a 5xx", not any(s >= 500 for s in statuses),
              statuses)
    bed.check("every thread of the load ended", not any(
        t.is_alive() for t in load.threads))


def run(bed, seconds):
    if not bed.check("it starts", bed.start(), bed.log()[-3000:]):
        return
    watch, load = Watch(bed), Load(bed)
    load.start()
    try:
        watch.run(seconds)
    finally:
        load.stop()
    log = bed.log()
    bed.check("no process was started again or ended", not watch.lost
              and len(re.findall(r" ev=start of=", log)) == len(watch.pids) - 1
              and not re.search(r" ev=(end\S*|kill) ", log),
              (watch.lost, re.findall(r".* ev=(?:end|kill).*", log)[-5:]))
    judge_load(bed, load)
    judge_growth(bed, watch)
    bed.check("it ends in order", bed.stop() == 0)
    bed.check("the log verifies", bed.audit())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=600)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        bed = Bed(options, scratch)
        try:
            run(bed, options.seconds)
        finally:
            shutil.copy(bed.log_path, bed.build / "logs-soak.txt")
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
