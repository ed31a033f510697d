#!/usr/bin/python3
"""mohur init, serve --check, backup and restore: what they make, what they
refuse, and that a copy of a store in use is whole.

    backup.py --build DIR
"""

import argparse
import hashlib
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading

ROOT = os.geteuid() == 0
USER = ["--user", "nobody"] if ROOT else []


class Bed:
    def __init__(self, build, scratch):
        self.build, self.scratch = build, scratch
        self.mohur = build / "mohur"
        self.passed = self.failed = 0
        self.number = 0

    def check(self, name, good, detail=""):
        self.passed += bool(good)
        self.failed += not good
        print(f"{'ok' if good else 'FAIL'}   {name}"
              + ("" if good else f": {detail}"), flush=True)

    def run(self, *argv, **more):
        return subprocess.run([str(self.mohur), *map(str, argv)],
                              capture_output=True, text=True, timeout=120,
                              check=False, **more)

    def folder(self):
        self.number += 1
        return self.scratch / f"f{self.number}"

    def instance(self):
        where = self.folder()
        done = self.run("init", *USER, where)
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        return where, done.stdout

    def refused(self, name, done, code, *words):
        self.check(name, done.returncode == code and not done.stdout and
                   all(w in done.stderr for w in words),
                   f"{done.returncode} {done.stdout} {done.stderr}")


def tree(folder):
    return {str(p.relative_to(folder)): (
        p.stat().st_mode & 0o777,
        p.read_bytes() if p.is_file() else None)
        for p in sorted(folder.rglob("*"))}


def test_init(bed):
    where, said = bed.instance()
    key = re.search(r"(?m)^  (mk_[0-9a-f]{64})$", said)
    bed.check("an API key is printed once", key and said.count(key[1]) == 1)
    conf = (where / "mohur.conf").read_text()
    bed.check("the configuration has its SHA-256 alone", hashlib.sha256(
        key[1].encode()).hexdigest() in conf and key[1] not in conf)
    bed.check("the PIN is for its owner alone",
              (where / "pin").stat().st_mode & 0o777 == 0o600)
    pin = (where / "pin").read_text().strip()
    bed.check("the PIN is random", len(pin) == 16 and pin != (
        bed.instance()[0] / "pin").read_text().strip())
    bed.check("and stands nowhere else", pin not in said + conf and not any(
        pin.encode() in (b or b"") for n, (_, b) in tree(where).items()
        if n != "pin"))
    done = bed.run("serve", "--config", where / "mohur.conf", "--check")
    bed.check("serve --check finds nothing wrong", done.returncode == 0 and
              done.stdout == "nothing wrong\n", done.stderr)
    text = subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-noout", "-subject", "-ext",
         "basicConstraints", "-in", where / "trust" / "demo.der"],
        capture_output=True, text=True, check=False).stdout
    bed.check("the authority says that it is a demonstration",
              "DEMO" in text and "CA:TRUE" in text, text)
    before = tree(where)
    bed.refused("a folder that is not empty is refused",
                bed.run("init", *USER, where), 70, "not empty")
    bed.check("and left as it was", tree(where) == before)
    empty = bed.folder()
    empty.mkdir()
    bed.check("an empty one is taken",
              bed.run("init", *USER, empty).returncode == 0)
    odd = bed.scratch / 'a"b'
    bed.refused("a path with quotes is refused", bed.run("init", *USER, odd),
                70, "quotes")
    bed.check("and nothing stays of it", not odd.exists())
    bed.refused("no folder is a usage error", bed.run("init"), 64)
    bed.refused("a bad port is a usage error",
                bed.run("init", "--port", "65535", bed.folder()), 64)
    if ROOT:
        lost = bed.folder()
        bed.refused("an unknown user is refused", bed.run(
            "init", "--user", "nobody-such", lost), 70, "no user")
        bed.check("before anything is made", not lost.exists())
    # What fails half way is taken back.
    full = bed.folder()
    full.mkdir()
    done = bed.run("init", *USER, full, preexec_fn=lambda: __import__(
        "resource").setrlimit(__import__("resource").RLIMIT_FSIZE, (64, 64)))
    bed.check("a full disk leaves an empty folder", done.returncode == 70 and
              not list(full.iterdir()), f"{done.stderr} {list(full.iterdir())}")


def test_check(bed):
    where, _ = bed.instance()
    conf = where / "mohur.conf"
    text = conf.read_text()

    def checked(new):
        conf.write_text(new)
        return bed.run("serve", "--config", conf, "--check")

    done = checked(text + "nonsense = 1\nthreads = 0\nkeep-days = x\n")
    bed.refused("everything wrong is named, with its line", done, 78,
                "nonsense", "threads", "keep-days", "3 wrong")
    lines = text.count("\n")
    bed.check("by file and line", all(
        f"{conf}:{lines + n}: " in done.stderr for n in (1, 2, 3)), done.stderr)
    bed.refused("a key that is not on the token", checked(
        text.replace("id=%02", "id=%07")), 78, "key log: ")
    bed.refused("two keys at once", checked(text.replace(
        "id=%02", "id=%07").replace("key seal {", "key seal {\n module = "
                                    '"/etc/hostname"')), 78, "key log: ",
                "key seal: ", "2 wrong")
    bed.refused("no log key", checked(text.replace("purpose = log",
                                                   "purpose = seal")), 78,
                "purpose log", "receipt-key")
    bed.refused("a URI with its PIN", checked(text.replace(
        "id=%02", "id=%02?pin-value=1234")), 78, "key log: ", "pin-value")
    bed.refused("a file that is no anchor", checked(text.replace(
        '/trust"}', '/pin"}')), 78, "trust: ")
    bed.refused("no trust at all", checked(re.sub(
        r"(?m)^trust = .*$", "", text)), 78, "nothing is trusted")
    conf.write_text(text)
    (where / "pin").chmod(0o644)
    bed.refused("a PIN that others can read", checked(text), 78, "0600")
    (where / "pin").chmod(0o600)
    store = where / "state" / "portal" / "store.db"
    store.write_bytes(b"this is no database at all")
    bed.refused("a store that is none", checked(text), 78, "no SQLite")
    store.unlink()
    (where / "state" / "keyd").chmod(0o755)
    bed.refused("a state folder that others may enter", checked(text), 78,
                "others may enter")
    (where / "state" / "keyd").chmod(0o700)
    bed.refused("a configuration that is not there", bed.run(
        "serve", "--config", where / "none", "--check"), 78, "No such file")
    bed.check("all is well again", checked(text).returncode == 0)


class Store:
    """A store in use: rows that name documents, written all the time."""

    def __init__(self, state):
        self.objects = state / "portal" / "objects"
        self.path = state / "portal" / "store.db"
        self.over = threading.Event()
        self.rows = 0
        db = sqlite3.connect(self.path, isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE blob (n INTEGER PRIMARY KEY, sha TEXT)")
        db.close()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self):
        db = sqlite3.connect(self.path, isolation_level=None, timeout=60)
        db.execute("PRAGMA synchronous=FULL")
        while not self.over.is_set():
            data = os.urandom(2000)
            sha = hashlib.sha256(data).hexdigest()
            folder = self.objects / "2026-11-28"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / sha).write_bytes(data)
            db.execute("INSERT INTO blob (sha) VALUES (?)", (sha,))
            self.rows += 1
            self.over.wait(0.01)  # a busy court, not a benchmark
        db.close()

    def end(self):
        self.over.set()
        self.thread.join()


def rows_of(state):
    db = sqlite3.connect(state / "portal" / "store.db")
    good = db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    shas = [r[0] for r in db.execute("SELECT sha FROM blob ORDER BY n")]
    db.close()
    return good, shas


def make_log(bed, folder, records):
    folder.mkdir()
    tool, key = bed.build / "audit_tool", bed.scratch / "log.key"
    first = subprocess.run([tool, "create", folder, key, "test/log", "ecdsa"],
                           capture_output=True, check=False)
    then = subprocess.run([tool, "write", folder, key, "test/log",
                           str(records), "10", "5", "t"],
                          capture_output=True, check=False)
    return first.returncode == 0 and then.returncode == 0


def test_copy(bed):
    where, _ = bed.instance()
    state = where / "state"
    log = make_log(bed, state / "keyd" / "log", 500)
    bed.check("a log to copy", log and (state / "keyd/log/checkpoint").exists())
    store = Store(state)
    copies = []
    for _ in range(3):
        out, before = bed.folder(), store.rows
        while store.rows < before + 40:
            pass
        before = store.rows
        done = bed.run("backup", "--out", out, where)
        bed.check("a store in use is copied", done.returncode == 0 and
                  done.stdout == f"{out}\n", done.stderr)
        copies.append((out, before))
    store.end()
    for out, before in copies:
        bed.check("the copy is its owner's alone",
                  out.stat().st_mode & 0o77 == 0)
        to, _ = bed.instance()
        done = bed.run("restore", "--from", out, to)
        bed.check("it is restored", done.returncode == 0, done.stderr)
        good, shas = rows_of(to / "state")
        bed.check("the store is whole and has what was there",
                  good and len(shas) >= before, f"{good} {len(shas)} {before}")
        bed.check("every document that it names is there", all(
            hashlib.sha256((to / "state/portal/objects/2026-11-28" / s
                            ).read_bytes()).hexdigest() == s for s in shas))
        done = bed.run("audit", "verify", to / "state" / "keyd" / "log")
        bed.check("the log verifies", done.returncode == 0, done.stderr)
        uid = (to / "state").stat().st_uid
        bed.check("all belongs to the service", all(
            p.stat().st_uid == uid and p.stat().st_mode & 0o77 == 0
            for p in (to / "state").rglob("*")))
        bed.refused("not over a store that is there",
                    bed.run("restore", "--from", out, to), 70, "not empty")
    return copies[0][0]


def test_damage(bed, copy):
    """One thing wrong with a copy, and it is not put in place."""
    sha = next((copy / "portal/objects").glob("*/*"))
    seg = next((copy / "keyd/log/seg").iterdir())

    def line(path, data):
        rel = path.relative_to(copy)
        return f"{hashlib.sha256(data).hexdigest()} {len(data)} {rel}"

    def flip(path, manifest=False):
        def do(folder):
            target = folder / path.relative_to(copy)
            data = bytearray(target.read_bytes())
            data[len(data) // 2] ^= 1
            target.write_bytes(data)
            if manifest: # as one who alters both would do
                text = (folder / "MANIFEST").read_text()
                text = re.sub(rf"(?m)^.* {path.relative_to(copy)}$",
                              line(path, bytes(data)), text)
                (folder / "MANIFEST").write_text(text)
        return do

    def edit(change):
        def do(folder):
            path = folder / "MANIFEST"
            path.write_text(change(path.read_text()))
        return do

    rows = (
        ("a byte of a document", flip(sha), "altered"),
        ("a byte of the store", flip(copy / "portal/store.db"), "altered"),
        ("a document, and its line", flip(sha, True), "not what its name"),
        ("a record, and its line", flip(seg, True), "audit log"),
        ("a file is missing", lambda f: (
            f / sha.relative_to(copy)).unlink(), "No such file"),
        ("no manifest", lambda f: (f / "MANIFEST").unlink(), "MANIFEST"),
        ("a cut manifest", edit(lambda t: t[:len(t) // 2]), "MANIFEST"),
        ("a manifest without its end",
         edit(lambda t: re.sub(r"end \d+\n$", "", t)), "MANIFEST: cut"),
        ("a line too few", edit(lambda t: t.split("\n", 1)[1]),
         "MANIFEST: cut"),
        ("a line after the end", edit(lambda t: t + t.split("\n")[0] + "\n"),
         "more after its end"),
        ("a name that leads out", edit(lambda t: t.replace(
            " portal/store.db\n", " portal/../../../x\n")), "odd name"),
        ("a name of another place", edit(lambda t: t.replace(
            " portal/store.db\n", " other/store.db\n")), "odd name"),
        ("a link for a file", lambda f: (
            (f / "portal/store.db").unlink(),
            (f / "portal/store.db").symlink_to("/etc/passwd")), "MANIFEST"
         if False else "portal/store.db"),
    )
    to, _ = bed.instance()
    before = tree(to)
    for name, damage, word in rows:
        folder = bed.folder()
        shutil.copytree(copy, folder)
        damage(folder)
        bed.refused(f"{name} is found", bed.run("restore", "--from", folder,
                                                to), 70, word)
        bed.check(f"{name}: nothing was put in place", tree(to) == before,
                  set(tree(to)) ^ set(before))
        shutil.rmtree(folder)


def test_refusals(bed):
    where, _ = bed.instance()
    out = bed.folder()
    bed.refused("nothing to copy", bed.run("backup", "--out", out, where), 70,
                "nothing in it")
    bed.check("and nothing stays", not out.exists())
    out.mkdir()
    (out / "x").touch()
    bed.refused("a folder that is not empty", bed.run(
        "backup", "--out", out, where), 70, "not empty")
    bed.check("is left alone", [p.name for p in out.iterdir()] == ["x"])
    bed.refused("no such folder", bed.run("backup", bed.scratch / "no"), 70)
    bed.refused("restore without --from", bed.run("restore", where), 64)
    bed.refused("backup with --from", bed.run(
        "backup", "--from", out, where), 64)
    (where / "state/portal/objects").mkdir()
    (where / "state/portal/objects/pipe").symlink_to("/etc/passwd")
    bed.refused("a link in the store", bed.run(
        "backup", "--out", bed.folder(), where), 70)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    args = parser.parse_args()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="mohur-backup."))
    scratch.chmod(0o755)
    bed = Bed(args.build.resolve(), scratch)
    test_init(bed)
    test_check(bed)
    test_damage(bed, test_copy(bed))
    test_refusals(bed)
    shutil.rmtree(scratch, ignore_errors=True)
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 1 if bed.failed or not bed.passed else 0


if __name__ == "__main__":
    sys.exit(main())
