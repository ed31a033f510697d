#!/usr/bin/python3
"""Filing while everything falls: kill -9 of the portal, of keyd and of the
whole group, again and again, under filings that are repeated until they are
acknowledged.

    filing_kills.py --build BUILD --samples DIR [--count N] [--seed S]

N filings.  Afterwards none that was acknowledged is lost, none is there
twice, each has its receipt and its one record, the log verifies, and no file
of the store is without its row.  Ends with "N passed, N failed".
"""

import argparse
import collections
import concurrent.futures
import http.client
import os
import pathlib
import random
import re
import shutil
import signal
import sqlite3
import sys
import tempfile
import threading
import time

from filing import Bed, Filer, base32

FILERS = 4
PARTS = ("portal", "keyd", "portal.examiner", "portal.examiner-sign",
         "portal.courier", "keyd.examiner", "keyd.examiner-sign",
         "keyd.courier", "keyd.token.seal", "keyd.token.log")


class Storm:
    """Kills at random moments until it is told to stop."""

    def __init__(self, bed, seed):
        self.bed, self.dice = bed, random.Random(seed)
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.kills = dict.fromkeys([*PARTS, "group"], 0)
        self.mark = 0  # where the log of this start of the group begins
        self.thread = threading.Thread(target=self.run)

    def group(self):
        """Every process at once, as when a machine stops."""
        # Of this start alone: the numbers of older ones may be others' now.
        log = self.bed.log()[self.mark:]
        pids = set(map(int, re.findall(r"ev=start of=\S+ pid=(\d+)", log)))
        ended = set(map(int, re.findall(r"ev=end\S* of=\S+ pid=(\d+)", log)))
        self.bed.serve.kill()
        for pid in pids - ended:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.bed.serve.wait()
        self.mark = len(self.bed.log())
        self.bed.start()

    def enough(self, kills):
        return (all(self.kills[p] >= kills for p in PARTS)
                and self.kills["group"] >= (kills + 3) // 4)

    def run(self):
        kinds = []
        while not self.over.wait(self.dice.uniform(0.1, 1.5)):
            if not kinds:
                kinds = [*PARTS, "portal", "group"]
                self.dice.shuffle(kinds)
            what = kinds.pop()
            try:
                if what == "group":
                    self.group()
                else:
                    self.bed.kill(what)
            except ProcessLookupError:
                continue  # it is being started
            self.kills[what] += 1
            # Back-off of the supervisor: let it come up again.
            self.bed.until(lambda: self.up(), 30)

    def up(self):
        try:
            connection = http.client.HTTPConnection(
                "127.0.0.1", self.bed.port, timeout=2)
            connection.request("GET", "/api/v1/health/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def file_until_taken(bed, number, data, until):
    """One filing, its form sent again until it is acknowledged."""
    form, filer = base32(), None
    while time.monotonic() < until:
        try:
            if filer is None:
                filer = Filer(bed, "lawyer", bed.case)
                if filer.signed.status != 303:
                    filer = None
                    time.sleep(0.3)
                    continue
            answer = filer.file(data, f"sənəd-{number}.adoc", form=form)
        except (OSError, http.client.HTTPException):
            time.sleep(0.2)
            continue
        if answer.status == 303:
            where = answer.headers["location"]
            if where.startswith("/documents/"):
                return form, where.rpartition("/")[2]
            filer = None
        elif answer.status not in (429, 503):
            return form, f"status {answer.status}"
    return form, None


def check_records(bed, filed):
    """A record for each receipt, and one receipt more where a filing was
    received before it was accepted."""
    said = collections.Counter(
        r["obj"].removeprefix("filing:") for r in bed.records()
        if r["ev"] == "filing.accepted")
    with sqlite3.connect(f"file:{bed.state / 'store.db'}?mode=ro",
                         uri=True) as db:
        given = collections.Counter(db.execute(
            "SELECT document, status FROM receipt").fetchall())
    receipts = collections.Counter(d for d, _ in given.elements())
    bed.check("each receipt has its one record", said == receipts,
              list(((said - receipts) + (receipts - said)).items())[:5])
    bed.check("no receipt is given twice", max(given.values()) == 1,
              given.most_common(3))
    bed.check("each filing is accepted in the end", {
        d for d, status in given if status == "accepted"} == {
            d for _, d in filed})


def check_store(bed, filed):
    store = bed.state / "store.db"
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as db:
        rows = db.execute("SELECT form, id FROM document").fetchall()
        blobs = {r[0].hex() for r in db.execute("SELECT sha256 FROM blob")}
        owed = db.execute(
            "SELECT count(*) FROM receipt WHERE next_at IS NOT NULL"
        ).fetchone()[0]
        waiting = db.execute("SELECT count(*) FROM outbox").fetchone()[0]
    bed.check("none that was acknowledged is lost, none is there twice",
              sorted(rows) == sorted(filed), (len(rows), len(filed)))
    bed.check("no receipt is owed, no record waits", owed == waiting == 0,
              (owed, waiting))
    files = {p.name for p in (bed.state / "objects").rglob("*")
             if p.is_file()}
    bed.check("every row has its file", blobs <= files, blobs - files)
    return files - blobs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--kills", type=int, default=1,
                        help="of each process; of the group a quarter")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"seed {options.seed}")
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        bed = Bed(options, scratch)
        try:
            bed.check("it starts", bed.start(), bed.log()[-3000:])
            data = (bed.samples / "adoc-lta.adoc").read_bytes()
            storm = Storm(bed, options.seed)
            storm.thread.start()
            end = (time.monotonic() + 60 + 3 * options.count
                   + 30 * options.kills)
            with concurrent.futures.ThreadPoolExecutor(FILERS) as pool:
                filed = list(pool.map(lambda n: file_until_taken(
                    bed, n, data, end), range(options.count)))
            while not storm.enough(options.kills) and time.monotonic() < end:
                filed.append(file_until_taken(bed, len(filed), data, end))
            storm.over.set()
            storm.thread.join()
            print(f"killed: {storm.kills}")
            bed.check("it was killed", storm.enough(options.kills),
                      storm.kills)
            bad = [f for f in filed if not re.fullmatch(
                "[a-z2-7]{26}", f[1] or "")]
            bed.check("every filing was acknowledged in the end", not bad,
                      bad[:5])
            bed.until(storm.up, 60)
            filer = Filer(bed, "lawyer", bed.case)
            missing = [d for _, d in filed if not bed.until(
                lambda d=d: filer.receipt(d).status == 200, 60)]
            bed.check("each has its receipt", not missing, missing[:5])
            bed.sql("UPDATE document SET judge_at = 0"
                    " WHERE judge_at IS NOT NULL")
            settled = bed.until(lambda: bed.ask_sql(
                "SELECT count(*) FROM document WHERE state <> 3") == 0, 60)
            bed.check("what was received first is judged in the end", settled)
            bed.sql("UPDATE receipt SET next_at = 0 WHERE next_at IS NOT NULL")
            # keyd is told, and the outbox emptied; check_store says if not.
            bed.until(lambda: bed.ask_sql(
                "SELECT (SELECT count(*) FROM receipt WHERE next_at IS NOT"
                " NULL) + (SELECT count(*) FROM outbox)") == 0, 60)
            bed.check("it ends in order", bed.stop() == 0)
            check_records(bed, filed)
            orphans = check_store(bed, filed)
            for path in (bed.state / "objects").rglob("*"):
                if path.is_file():  # as a day later
                    os.utime(path, (time.time() - 7200,) * 2)
            bed.portal("sweep", "--state", bed.state)
            files = {p.name for p in (bed.state / "objects").rglob("*")
                     if p.is_file()}
            bed.check("no file without its row after a sweep",
                      not (orphans & files), orphans & files)
            bed.check("the log verifies", bed.audit())
        finally:
            shutil.copy(bed.log_path, bed.build / "logs-filing-kills.txt")
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
