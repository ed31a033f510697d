#!/usr/bin/python3
"""Two mohur-portal on one PostgreSQL, one of them killed under load again and
again: what either acknowledged is there afterwards, once, and gets done; a
session that one began the other goes on with; the other takes over the lead
and what was under way within ten seconds.  At the end the server falls, too.

    nodes.py --build BUILD [--samples DIR] [--kills N] [--seed N]
"""

import argparse
import hashlib
import http.client
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent
                       / "serve"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent
                       / "pki"))

from filing import FIN, PASSWORD, Browser, base32  # noqa: E402
from kills import hand_in  # noqa: E402
from pgserver import Server  # noqa: E402
from portal import Checks, Portal, request  # noqa: E402

FAILOVER = 10  # seconds
DATABASE = "mohur"
CASE = "abcdefghijklmnopqrstuvwxyz"


class Load:
    """Clients of a node that hand in documents until they are told to stop;
    one whose node is gone goes on at the other with the same key."""

    def __init__(self, bed):
        self.bed, self.stopping = bed, False
        self.acknowledged = {}  # Idempotency-Key: where the job is
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(n % 2,))
                        for n in range(4)]
        for t in self.threads:
            t.start()

    def run(self, node):
        while not self.stopping:
            with self.lock:
                key = f"doc-{self.bed.next}"
                self.bed.next += 1
            where = None
            while where is None and not self.stopping:
                try:
                    where = hand_in(self.bed.nodes[node], self.bed.document,
                                    key)
                except (OSError, AttributeError):
                    where = None
                if where is None:
                    node = 1 - node
            if where is not None:
                with self.lock:
                    self.acknowledged[key] = where

    def stop(self):
        self.stopping = True
        for t in self.threads:
            t.join(60)


class Filings:
    """A lawyer who files in a case, one document after the other; where a
    node is gone the same form goes to the other."""

    def __init__(self, bed):
        self.bed, self.stopping = bed, False
        self.acknowledged = {}  # form: where the document is
        self.answers = {}
        self.browser = Browser(bed.nodes[0].port)
        self.browser.sign_in("lawyer")
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def file(self, form, node):
        """Where the document is; None: nobody said so."""
        self.browser.port = self.bed.nodes[node].port
        try:
            a = self.browser.upload(
                f"/cases/{CASE}/documents/new",
                {"form": form, "kind": "motion", "title": "Vəsatət",
                 "note": ""}, "a.adoc", self.bed.filing)
        except (OSError, http.client.HTTPException):
            return None
        self.answers[a.status] = self.answers.get(a.status, 0) + 1
        return a.headers.get("location") if a.status == 303 else None

    def run(self):
        node = 0
        while not self.stopping:
            form, where = base32(), None
            while where is None and not self.stopping:
                where = self.file(form, node)
                node = node if where is not None else 1 - node
            if where is not None:
                self.acknowledged[form] = where

    def stop(self):
        self.stopping = True
        self.thread.join(90)


class Bed:
    def __init__(self, args, server, scratch):
        self.build = args.build.resolve()
        self.server, self.scratch = server, scratch
        samples = (args.samples or self.build / "samples").resolve()
        self.document = (samples / "asice-b.asice").read_bytes()
        self.trust = scratch / "trust"
        subprocess.run(
            [self.build / "mohur", "trust", "compile", "--out", self.trust,
             samples / "pki/root.pem"], check=True, capture_output=True)
        self.filing = (samples / "adoc-lta.adoc").read_bytes()
        server.psql(f"CREATE DATABASE {DATABASE}")
        self.next = 0
        self.filed = {}
        self.nodes = [None, None]
        for n in range(2):
            self.start(n)

    def start(self, n):
        state = self.scratch / f"node{n}"
        state.mkdir(exist_ok=True)
        (state / "log").unlink(missing_ok=True)  # it is read for the start
        self.nodes[n] = Portal(
            self.build, "--store",
            f"postgresql:{self.server.info} dbname={DATABASE}",
            trust=str(self.trust), state=str(state))
        if self.nodes[n].process.poll() is not None:
            raise RuntimeError(self.nodes[n].log()[-2000:])

    def name(self, n):
        return int((self.scratch / f"node{n}" / "node").read_text())

    def kill(self, n):
        self.nodes[n].process.kill()
        self.nodes[n].process.wait()

    def number(self, sql):
        return int(self.server.psql(sql, DATABASE) or 0)


def job_of(node, where):
    a = request(node, "GET", where)
    return json.loads(a.body) if a is not None and a.status == 200 else None


def done_by(node, jobs, end):
    """Those that are not done in time."""
    left = dict(jobs)
    while left and time.monotonic() < end:
        left = {k: w for k, w in left.items()
                if (job_of(node, w) or {}).get("state")
                not in ("done", "failed")}
        if left:
            time.sleep(0.05)
    return left


def taken_over(bed, victim, end):
    """Until the other leads and nothing is the victim's any more."""
    other, gone = bed.name(1 - victim), bed.name(victim)
    sql = (f"SELECT (SELECT count(*) FROM node WHERE id = {gone})"
           f" + (SELECT count(*) FROM job WHERE state = 1 AND node = {gone})"
           " + (SELECT count(*) FROM idempotency WHERE status IS NULL"
           f" AND node = {gone}) + (SELECT count(*) FROM leader"
           f" WHERE node <> {other})")
    while time.monotonic() < end:
        if bed.number(sql) == 0:
            return True
        time.sleep(0.05)
    return False


def kill_one(bed, check, rnd, i):
    victim = i % 2
    epoch = bed.number("SELECT epoch FROM leader")
    led = bed.number("SELECT node FROM leader") == bed.name(victim)
    browser = Browser(bed.nodes[victim].port)
    check(f"kill {i}: signed in there",
          browser.sign_in("lawyer").status == 303)
    load, filings = Load(bed), Filings(bed)
    time.sleep(rnd.uniform(0.1, 0.6))
    bed.kill(victim)
    began = time.monotonic()
    time.sleep(rnd.uniform(0.1, 0.6))
    load.stop()
    filings.stop()
    bed.filed.update(filings.acknowledged)
    over = taken_over(bed, victim, began + 60)
    seconds = time.monotonic() - began
    late = done_by(bed.nodes[1 - victim], load.acknowledged, began + 60)
    print(f"kill {i}: {len(load.acknowledged)} jobs and"
          f" {len(filings.acknowledged)} filings acknowledged, taken over"
          f" after {seconds:.1f} s, all done after"
          f" {time.monotonic() - began:.1f} s")
    check(f"kill {i}: taken over within {FAILOVER} s",
          over and seconds <= FAILOVER, f"{seconds:.1f} s")
    check(f"kill {i}: the lead is another one, where it was lost",
          (bed.number("SELECT epoch FROM leader") > epoch) == led)
    check(f"kill {i}: all that was acknowledged is done", not late,
          str(sorted(late)[:3]))
    browser.port = bed.nodes[1 - victim].port
    page = browser.get("/cases")
    check(f"kill {i}: the session goes on at the other", page.status == 200,
          page.status)
    left = browser.post("/logout")
    again = browser.get("/cases")
    check(f"kill {i}: and its forms: it ends there", left.status == 303
          and again.status == 303, (left.status, again.status))
    bed.start(victim)
    return load.acknowledged


def fall(bed, check):
    """The server itself falls, and stands up again."""
    load = Load(bed)
    time.sleep(0.5)
    before = len(load.acknowledged)
    bed.server.restart()
    end = time.monotonic() + 30
    while len(load.acknowledged) <= before + 4 and time.monotonic() < end:
        time.sleep(0.05)
    went_on = len(load.acknowledged) > before + 4
    load.stop()
    check("both go on when the database has fallen",
          went_on and all(n.process.poll() is None for n in bed.nodes),
          f"{before} {len(load.acknowledged)}")
    return load.acknowledged


def all_there(bed, check, acknowledged):
    """Each is one job, whichever node is asked, with a result of its own."""
    lost, twice, wrong = [], [], []
    late = done_by(bed.nodes[0], acknowledged, time.monotonic() + 60)
    for n, (key, where) in enumerate(sorted(acknowledged.items())):
        job = job_of(bed.nodes[n % 2], where)
        want = hashlib.sha256(bed.document + key.encode()).hexdigest()
        if job is None:
            lost.append(key)
        elif job["state"] == "done" and job["result"]["sha256"] != want:
            wrong.append(key)
        if n % 3 == 0 and hand_in(bed.nodes[n % 2], bed.document,
                                  key) != where:
            twice.append(key)
    check("no acknowledged document is lost", not lost, str(lost[:3]))
    check("every one is judged", not late, str(sorted(late)[:3]))
    check("each by its own report", not wrong, str(wrong[:3]))
    check("handed in again, at either node, it is the same job", not twice,
          str(twice[:3]))
    check("no job has two results", bed.number(
        "SELECT count(*) FROM (SELECT b.name FROM job_blob b JOIN idempotency"
        " i ON b.name = i.key || '.asice' JOIN job j ON j.id = b.job WHERE"
        " i.location = '/api/v1/jobs/' || j.id GROUP BY b.name"
        " HAVING count(*) > 1) AS twice") == 0)
    again = Filings(bed)
    again.stop()
    lost = [d for d in bed.filed.values() if bed.number(
        f"SELECT count(*) FROM document WHERE id = '{d[-26:]}'") != 1]
    check("no acknowledged filing is lost", bed.filed and not lost,
          (len(bed.filed), lost[:3], again.answers))
    twice = [f for n, (f, d) in enumerate(sorted(bed.filed.items()))
             if again.file(f, n % 2) != d]
    check("filed again, at either node, it is the same document", not twice,
          twice[:3])
    check("each form is one document with one receipt owed", bed.number(
        "SELECT count(*) FROM document d WHERE (SELECT count(*) FROM receipt r"
        " WHERE r.document = d.id) <> 1") == 0 and bed.number(
        "SELECT count(*) - count(DISTINCT form) FROM document") == 0)
    check("every piece is of a document that is known", bed.number(
        "SELECT count(*) FROM blob_piece p LEFT JOIN blob b USING (sha256)"
        " WHERE b.sha256 IS NULL") == 0)
    check("every document is what its name says", bed.number(
        "SELECT count(*) FROM blob b WHERE sha256 <> sha256((SELECT"
        " string_agg(bytes, ''::bytea ORDER BY n) FROM blob_piece p"
        " WHERE p.sha256 = b.sha256))") == 0)


def main(argv):
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--samples", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv[1:])
    check = Checks()
    rnd = random.Random(args.seed)
    print(f"seed {args.seed}")
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="mohur-nodes-"))
    acknowledged = {}
    with Server() as server:
        bed = Bed(args, server, scratch)
        try:
            subprocess.run(
                [bed.build / "mohur-portal", "account", "add", "--state",
                 scratch / "node0", "--user", "lawyer", "--role", "lawyer",
                 "--fin", FIN, "--name", "Aygün", "--surname", "Məmmədova"], check=True,
                input=PASSWORD + "\n", text=True)
            server.psql(f"""
                INSERT INTO court VALUES (1, '103', 'Bakı');
                INSERT INTO court_case (id, number, court, filed, type,
                  proceeding, status) VALUES ('{CASE}', '2-2(103)-1/2026', 1,
                  1, '2-2', 'claim', 3);
                INSERT INTO participant (case_id, account, role)
                  SELECT '{CASE}', id, 4 FROM account""", DATABASE)
            for i in range(args.kills):
                acknowledged.update(kill_one(bed, check, rnd, i))
            acknowledged.update(fall(bed, check))
            check("there was something to lose",
                  len(acknowledged) > args.kills, len(acknowledged))
            all_there(bed, check, acknowledged)
        finally:
            for node in bed.nodes:
                if node is not None:
                    node.stop()
    shutil.rmtree(scratch, ignore_errors=True)
    return check.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv))
