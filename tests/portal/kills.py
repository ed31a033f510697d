#!/usr/bin/python3
"""mohur-portal is killed under load, again and again: what it acknowledged is
there afterwards, once, and gets done.

    kills.py --build BUILD [--samples DIR] [--kills N] [--seed N]
"""

import argparse
import hashlib
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from portal import Checks, Portal, multipart, request

VERIFY = "/api/v1/verify?report=json"


class Load:
    """Clients that hand in documents until the portal is gone."""

    def __init__(self, portal, document, rnd, start):
        self.portal, self.document, self.rnd = portal, document, rnd
        self.acknowledged = {}  # Idempotency-Key: where the job is
        self.sent = set()
        self.next = start
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run) for _ in range(6)]
        for t in self.threads:
            t.start()

    def run(self):
        while self.portal.process.poll() is None:
            with self.lock:
                key = f"doc-{self.next}"
                self.next += 1
                self.sent.add(key)
            try:
                where = hand_in(self.portal, self.document, key)
            except (OSError, AttributeError):
                return
            if where is not None:
                with self.lock:
                    self.acknowledged[key] = where

    def join(self):
        for t in self.threads:
            t.join(30)


def hand_in(portal, document, key):
    """The place of the job, if it was acknowledged."""
    kind, body = multipart([("file", f"{key}.asice", document + key.encode())])
    a = request(portal, "POST", VERIFY,
                [kind, "Prefer: respond-async", f"Idempotency-Key: {key}"],
                body, timeout=20)
    if a is None or a.status != 202:
        return None
    return a.headers["location"]


def main(argv):
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--samples", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv[1:])
    build = args.build.resolve()
    folder = (args.samples or build / "samples").resolve()
    check = Checks()
    rnd = random.Random(args.seed)
    print(f"seed {args.seed}")
    state = tempfile.mkdtemp(prefix="mohur-kills-")
    snapshot = state + "-trust"
    subprocess.run([str(build / "mohur"), "trust", "compile", "--out",
                    snapshot, str(folder / "pki/root.pem")], check=True,
                   capture_output=True)
    document = (folder / "asice-b.asice").read_bytes()
    acknowledged, sent, start = {}, set(), 0
    for i in range(args.kills):
        with Portal(build, trust=snapshot, state=state) as portal:
            if portal.process.poll() is not None:
                check(f"kill {i}: it starts again", False, portal.log()[-500:])
                break
            load = Load(portal, document, rnd, start)
            time.sleep(rnd.uniform(0.05, 0.6))
            portal.process.kill()
            portal.process.wait()
            load.join()
        start = load.next
        acknowledged.update(load.acknowledged)
        sent |= load.sent
        check(f"kill {i}: {len(load.acknowledged)} acknowledged", True)
    check("there was something to lose", len(acknowledged) > args.kills,
          str(len(acknowledged)))
    with Portal(build, trust=snapshot, state=state) as portal:
        # Handed in once more, what was acknowledged is the same job.
        keys = sorted(acknowledged)
        rnd.shuffle(keys)
        again = {k: hand_in(portal, document, k) for k in keys[:100]}
        check("handed in again, it is the same job",
              all(again[k] == acknowledged[k] for k in again),
              str([k for k in again if again[k] != acknowledged[k]][:5]))
        lost, undone, wrong = [], [], []
        until = time.monotonic() + 60
        for key, where in acknowledged.items():
            while True:
                a = request(portal, "GET", where)
                if a is None or a.status != 200:
                    lost.append(key)
                    break
                job = json.loads(a.body)
                if job["state"] in ("done", "failed"):
                    want = hashlib.sha256(document + key.encode()).hexdigest()
                    if job["state"] != "done":
                        undone.append(key)
                    elif job["result"]["sha256"] != want:
                        wrong.append(key)
                    break
                if time.monotonic() > until:
                    undone.append(key)
                    break
                time.sleep(0.05)
        check("no acknowledged document is lost", not lost, str(lost[:5]))
        check("every one is judged", not undone, str(undone[:5]))
        check("each by its own report", not wrong, str(wrong[:5]))
        objects = [p for p in pathlib.Path(state, "objects").rglob("*")
                   if p.is_file()]
        torn = [p for p in objects if hashlib.sha256(
            p.read_bytes()).hexdigest() != p.name]
        check("every object is what its name says", not torn, str(torn[:3]))
        check("no object of a document that was never sent",
              len(objects) <= len(sent), f"{len(objects)} {len(sent)}")
        check("the spool is empty",
              not list(pathlib.Path(state, "spool").iterdir()))
    shutil.rmtree(state, ignore_errors=True)
    pathlib.Path(snapshot).unlink()
    return check.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv))
