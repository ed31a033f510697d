#!/usr/bin/python3
"""The service with its own programs: `mohur init`, `mohur serve`, requests,
SIGTERM, SIGKILL of each service, and its log afterwards.

    real.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from ports import free_port

PARTS = ("portal", "keyd", "portal.examiner", "portal.examiner-pdf",
         "portal.examiner-sign", "portal.courier", "keyd.examiner",
         "keyd.examiner-pdf", "keyd.examiner-sign", "keyd.courier",
         "keyd.token.seal", "keyd.token.log")


def get(url):
    """(status, body, content type); 0 where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return (answer.status, answer.read().decode(),
                    answer.headers["Content-Type"])
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode(), e.headers["Content-Type"]
    except OSError:
        return 0, "", ""


class Bed:
    def __init__(self, options, scratch):
        self.build = options.build.resolve()
        self.samples = options.samples.resolve()
        self.passed = self.failed = 0
        self.where = pathlib.Path(scratch) / "instance"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        user = ["--user", "nobody"] if os.getuid() == 0 else []
        subprocess.run([self.build / "mohur", "init", "--port",
                        str(self.port), *user, self.where], check=True,
                       stdout=subprocess.DEVNULL)
        shutil.copy(self.samples / "pki" / "root.pem", self.where / "trust")
        os.chmod(self.where / "trust" / "root.pem", 0o644)
        self.log_path = pathlib.Path(scratch) / "serve.log"
        self.log_path.touch()
        self.serve = None

    def check(self, name, good, detail=""):
        self.passed += bool(good)
        self.failed += not good
        print(f"{'ok' if good else 'FAIL'}   {name}"
              + ("" if good else f": {detail}"), flush=True)
        return good

    def log(self):
        return self.log_path.read_text()

    def start(self):
        self.mark = len(self.log())
        with open(self.log_path, "ab") as log:
            self.serve = subprocess.Popen(
                [self.build / "mohur", "serve", "--config",
                 self.where / "mohur.conf"], stderr=log)
        return self.wait("ev=all.ready")

    def wait(self, text, seconds=60):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if text in self.log()[self.mark:]:
                return True
            time.sleep(0.05)
        return False

    def stop(self):
        """(exit code, seconds, the log of the end)."""
        began, at = time.monotonic(), len(self.log())
        self.serve.terminate()
        try:
            code = self.serve.wait(15)
        except subprocess.TimeoutExpired:
            self.serve.kill()
            code = None
        return code, time.monotonic() - began, self.log()[at:]

    def audit(self):
        folder = self.where / "state" / "keyd" / "log"
        done = subprocess.run(
            [self.build / "mohur", "audit", "verify", "--key",
             folder / "log.pub", folder], capture_output=True, text=True,
            check=False)
        found = re.search(r"records\s+(\d+), of which checkpoints cover (\d+)",
                          done.stdout)
        return done.returncode, *(map(int, found.groups()) if found
                                  else (0, 0))

    def pid_of(self, part):
        pids = re.findall(rf"ev=start of={re.escape(part)} pid=(\d+)",
                          self.log())
        return int(pids[-1])


def test_log(bed):
    """A page that is answered at once is logged with its status."""
    get(f"{bed.url}/verify")
    bed.check("the log has the status of a page", bed.wait(
        "path=/verify status=200", 5))


def test_metrics(bed):
    status, text, kind = get(f"http://127.0.0.1:{bed.port + 1}/metrics")
    bed.check("metrics", status == 200 and kind.startswith(
        "text/plain; version=0.0.4"), (status, kind))
    line = re.compile(r"# (HELP|TYPE) mohur_\w+ .+|"
                      r'mohur_\w+(\{process="[a-z0-9._-]+"\})? \d+')
    bad = [l for l in text.splitlines() if not line.fullmatch(l)]
    bed.check("every line is one of the format", not bad, bad)
    for part in PARTS:
        bed.check(f"{part} is up",
                  f'mohur_process_up{{process="{part}"}} 1\n' in text)
    names = re.findall(r"^# TYPE (\S+) (\w+)$", text, re.M)
    bed.check("no name twice, counters end in _total",
              len({n for n, _ in names}) == len(names) > 8 and all(
                  n.endswith("_total") == (t == "counter")
                  for n, t in names), names)
    bed.check("nothing else is there",
              get(f"http://127.0.0.1:{bed.port + 1}/verify")[0] == 404)
    bed.check("and it is nowhere else",
              get(f"{bed.url}/metrics")[0] == 404)


def test_crowd(bed):
    """Many at once, as on the last day of a term: all are answered, and no
    sandbox is in the way of what only happens then."""
    body = (b'--b\r\nContent-Disposition: form-data; name="file"; '
            b'filename="a.adoc"\r\n\r\n'
            + (bed.samples / "adoc-lta.adoc").read_bytes() + b"\r\n--b--\r\n")
    as_user = (["setpriv", "--reuid", "nobody", "--regid", "nogroup",
                "--clear-groups"] if os.getuid() == 0 else [])
    key = subprocess.run(
        [*as_user, bed.build / "mohur-portal", "--state",
         bed.where / "state" / "portal", "--add-client", "crowd",
         "--per-minute", "1000"],
        capture_output=True, text=True, check=True).stdout.strip()

    def ask(_):
        question = urllib.request.Request(
            bed.url + "/api/v1/verify", data=body, method="POST",
            headers={"Content-Type": "multipart/form-data; boundary=b",
                     "Authorization": f"Bearer {key}"})
        try:
            with urllib.request.urlopen(question, timeout=60) as answer:
                return answer.status, json.load(answer)["verdict"]
        except urllib.error.HTTPError as e:
            return e.code, e.headers.get("Retry-After")
        except OSError as e:
            return 0, str(e)

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(ask, range(200)))
    bad = [a for a in answers if a != (200, "TOTAL-PASSED")
           and not (a[0] == 503 and a[1])]
    bed.check("200 questions of 32 at once", not bad
              and (200, "TOTAL-PASSED") in answers, bad[:5])
    bed.check("no process fell", "ev=end.fail" not in bed.log(),
              re.findall(".* ev=end.fail .*", bed.log()))


def test_stop(bed):
    code, seconds, log = bed.stop()
    bed.check("SIGTERM ends it in order", code == 0, code)
    bed.check("within the deadline", seconds < 10, seconds)
    ends = re.findall(r'ev=(end\S*) of=(\S+) .*?how="([^"]*)"', log)
    bed.check("every process ended, none was killed",
              sorted(of for _, of, _ in ends) == sorted(PARTS)
              and all(ev == "end" and how == "exit 0"
                      for ev, _, how in ends)
              and "ev=kill" not in log, log)


def test_kills(bed):
    for part in ("keyd", "portal", "portal.examiner", "keyd.token.log",
                 "portal.courier"):
        bed.mark = len(bed.log())
        os.kill(bed.pid_of(part), signal.SIGKILL)
        good = bed.wait(f"ev=start of={part} ") and bed.wait("ev=all.ready")
        bed.check(f"{part} was killed and is back", good,
                  bed.log()[bed.mark:])
        until = time.monotonic() + 10
        while get(bed.url + "/api/v1/health/ready")[0] != 200:
            if time.monotonic() > until:
                break
            time.sleep(0.1)
        bed.check(f"and it serves after {part}",
                  get(bed.url + "/api/v1/health/ready")[0] == 200)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        bed = Bed(options, scratch)
        try:
            bed.check("it starts", bed.start(), bed.log())
            status, text, _ = get(bed.url + "/api/v1/health/ready")
            bed.check("it is ready", status == 200
                      and json.loads(text)["status"] == "ready")
            time.sleep(5.5)  # a TICK
            test_log(bed)
            test_metrics(bed)
            test_crowd(bed)
            test_stop(bed)
            rc, records, covered = bed.audit()
            bed.check("the log verifies, all of it below a checkpoint",
                      rc == 0 and records == covered > 0,
                      (rc, records, covered))
            bed.check("a second start", bed.start())
            test_kills(bed)
            bed.check("a second end", bed.stop()[0] == 0)
            rc, more, covered = bed.audit()
            bed.check("the same log goes on", rc == 0
                      and more == covered > records, (rc, more, covered))
        finally:
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
