#!/usr/bin/python3
"""The audit log: what is done to it is found and named, nothing is lost.

    audit.py --build BUILD [--seed N] [--count N] [--kills N]

Ends with "N passed, N failed".  The tree, the proofs and the checkpoints are
made once more here, from the text of the standards.
"""

import argparse
import base64
import hashlib
import json
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ORIGIN = "court.example/log1"
passed = failed = 0


def check(name, ok, more=""):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print(f"FAIL {name} {more}")


def run(*argv, **kw):
    return subprocess.run([str(a) for a in argv], capture_output=True,
                          text=True, timeout=300, **kw)


# ---- RFC 9162 once more ----

def leaf(data):
    return hashlib.sha256(b"\0" + data).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def split(n):
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def mth(leaves):
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node(mth(leaves[:k]), mth(leaves[k:]))


def path(m, leaves):
    if len(leaves) <= 1:
        return []
    k = split(len(leaves))
    if m < k:
        return path(m, leaves[:k]) + [mth(leaves[k:])]
    return path(m - k, leaves[k:]) + [mth(leaves[:k])]


def subproof(m, leaves, whole):
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return subproof(m, leaves[:k], whole) + [mth(leaves[k:])]
    return subproof(m - k, leaves[k:], False) + [mth(leaves[:k])]


def b64(raw):
    return base64.b64encode(raw).decode()


class Log:
    """A folder of a log; records are read and written as bytes."""

    def __init__(self, folder):
        self.dir = pathlib.Path(folder)

    def segments(self):
        return sorted((self.dir / "seg").iterdir())

    def records(self):
        out = []
        for file in self.segments():
            data, at = file.read_bytes(), 0
            while at < len(data):
                n = int.from_bytes(data[at:at + 2], "big")
                out.append(data[at + 2:at + 2 + n])
                at += 2 + n
        return out

    def put(self, records):
        for file in self.segments():
            file.unlink()
        for at in range(0, len(records), 65536):
            (self.dir / f"seg/{at:012}.log").write_bytes(b"".join(
                len(r).to_bytes(2, "big") + r
                for r in records[at:at + 65536]))

    def no_tiles(self):
        shutil.rmtree(self.dir / "tile")

    def points(self):
        return [int(p.split("\n")[1]) for p in
                (self.dir / "checkpoints.log").read_text().split("\n\n")[::2]
                if p.strip()]


class Bed:
    def __init__(self, args, folder):
        self.mohur = pathlib.Path(args.build) / "mohur"
        self.tool = pathlib.Path(args.build) / "audit_tool"
        self.folder = pathlib.Path(folder)
        self.random = random.Random(args.seed)
        self.count = 0

    def new(self, kind="ecdsa", key=None):
        self.count += 1
        log = Log(self.folder / f"log{self.count}")
        log.dir.mkdir()
        log.key = self.folder / f"key{self.count}.pem"
        done = run(self.tool, "create", log.dir, log.key, ORIGIN, kind)
        assert done.returncode == 0, done.stderr
        return log

    def write(self, log, count, batch=10, every=3, tag="A"):
        done = run(self.tool, "write", log.dir, log.key, ORIGIN, count,
                   batch, every, tag)
        return done

    def copy(self, log):
        self.count += 1
        other = Log(self.folder / f"copy{self.count}")
        shutil.copytree(log.dir, other.dir)
        other.key = log.key
        return other

    def verify(self, log, *more):
        return run(self.mohur, "audit", "verify", *more, log.dir)

    def found(self, name, log, index, low=None, more=(), keep=False):
        """Verification fails and names the record."""
        done = self.verify(log, *more)
        lines = done.stderr.splitlines()
        ok = done.returncode == 1 and len(lines) == 1
        got = re.search(r": record (\d+): ", done.stderr)
        if index is not None:
            ok = ok and got and (int(got.group(1)) == index if low is None
                                 else low <= int(got.group(1)) <= index)
        check(name, ok, f"wanted {index} (from {low}): {done.returncode} "
              f"{done.stderr}")
        if not keep:
            shutil.rmtree(log.dir)
        return done


def renumber(record, n):
    return re.sub(rb'"n":\d+', b'"n":%d' % n, record, count=1)


# ---- what is done to a log ----

def flips(bed, log, count):
    """One changed byte of a record, wherever: the record is named."""
    records = log.records()
    covered = log.points()[-1]
    for i in range(count):
        n = bed.random.randrange(covered)
        raw = bytearray(records[n])
        at = bed.random.randrange(len(raw))
        raw[at] ^= 1 << bed.random.randrange(8)
        other = bed.copy(log)
        changed = list(records)
        changed[n] = bytes(raw)
        other.put(changed)
        bed.found(f"flip {n}/{at}", other, n)


def framing(bed, log, count):
    """A changed byte of a length: that record, or where it shows."""
    segment = log.segments()[0].read_bytes()
    starts, at = [], 0
    while at < len(segment):
        starts.append(at)
        at += 2 + int.from_bytes(segment[at:at + 2], "big")
    for i in range(count):
        n = bed.random.randrange(len(starts))
        raw = bytearray(segment)
        raw[starts[n] + bed.random.randrange(2)] ^= \
            1 << bed.random.randrange(8)
        other = bed.copy(log)
        other.segments()[0].write_bytes(bytes(raw))
        bed.found(f"length of {n}", other, n)


def structure(bed, log):
    records = log.records()
    covered = log.points()[-1]
    last = len(records)
    for i in range(40):
        n = bed.random.randrange(covered - 2)
        m = bed.random.randrange(n + 1, covered)
        dropped = records[:n] + records[n + 1:]
        swapped = list(records)
        swapped[n], swapped[m] = swapped[m], swapped[n]
        cases = {
            "drop": (dropped, n),
            "drop, renumbered": (dropped[:n] + [
                renumber(r, n + k) for k, r in enumerate(dropped[n:])], n),
            "double": (records[:n + 1] + records[n:], n + 1),
            "insert, renumbered": (records[:n] + [renumber(records[m], n)] + [
                renumber(r, n + 1 + k) for k, r in enumerate(records[n:])], n),
            "swap": (swapped, n),
            "swap, renumbered": (
                [renumber(r, k) for k, r in enumerate(swapped)], n),
            "truncate": (records[:n], n),
        }
        for name, (changed, index) in cases.items():
            other = bed.copy(log)
            other.put(changed)
            # A renumbered record may fail by its time or pair one place on.
            bed.found(f"{name} {n} {m}", other, index)
            other = bed.copy(log)
            other.put(changed)
            other.no_tiles()
            points = [0] + log.points()
            low = max(p for p in points if p <= n)
            bed.found(f"{name} {n} {m}, no tiles", other,
                      max(index, n) + 3, low)
    for cut in (1, 2, 17):
        other = bed.copy(log)
        file = other.segments()[-1]
        data = file.read_bytes()
        file.write_bytes(data[:-cut])
        bed.found(f"cut by {cut}", other, last - 1)
    other = bed.copy(log)
    other.segments()[0].unlink()
    bed.found("no segment", other, 0)
    other = bed.copy(log)
    (other.dir / "seg/note.txt").write_text("x")
    bed.found("a stranger in seg", other, None)


def segments(bed):
    """Two segments and a level of tiles."""
    log = bed.new("ed25519")
    done = bed.write(log, 66000, 1000, 6)
    check("66000 written", done.returncode == 0, done.stderr)
    done = bed.verify(log, "--key", log.dir / "log.pub")
    check("66000 verify", done.returncode == 0, done.stderr)
    records = log.records()
    check("66000 there", len(records) == 66000)
    for n in (0, 255, 256, 65535, 65536, 65999):
        raw = bytearray(records[n])
        raw[raw.index(b"doc:A") + 4] ^= 3
        changed = list(records)
        changed[n] = bytes(raw)
        other = bed.copy(log)
        other.put(changed)
        bed.found(f"canonical change of {n}", other, n)
    other = bed.copy(log)
    other.segments()[0].unlink()
    bed.found("the first segment is gone", other, 0)
    other = bed.copy(log)
    other.segments()[1].unlink()
    bed.found("the last segment is gone", other, 65536)
    other = bed.copy(log)
    file = other.segments()[0]
    file.write_bytes(file.read_bytes()[:-3])
    bed.found("a cut inside", other, 65535)
    leaves = [leaf(r) for r in records]
    start = time.monotonic()
    check("root", b64(mth(leaves)) in (log.dir / "checkpoint").read_text())
    for n in (0, 1, 65535, 65536, 65999):
        proof = bed.folder / "p.tlog-proof"
        done = run(bed.mohur, "audit", "prove", "--index", n, "--out", proof,
                   log.dir)
        lines = proof.read_text().split("\n")
        want = ["c2sp.org/tlog-proof@v1", f"index {n}"] + [
            b64(h) for h in path(n, leaves)] + [""]
        check(f"proof of {n}", done.returncode == 0 and
              lines[:len(want)] == want, done.stderr)
        record = bed.folder / "record"
        record.write_bytes(records[n])
        done = run(bed.mohur, "audit", "check", "--key", log.dir / "log.pub",
                   "--record", record, proof)
        check(f"proof of {n} checked", done.returncode == 0, done.stderr)
        record.write_bytes(records[n - 1])
        done = run(bed.mohur, "audit", "check", "--key", log.dir / "log.pub",
                   "--record", record, proof)
        check(f"proof of {n}, other record", done.returncode == 1)
    check("time of the naive tree", time.monotonic() - start < 120)
    return log


def tiles(bed, log):
    names = [p for p in (log.dir / "tile").rglob("*") if p.is_file()]
    for name in bed.random.sample(names, min(12, len(names))):
        other = bed.copy(log)
        file = other.dir / name.relative_to(log.dir)
        raw = bytearray(file.read_bytes())
        raw[bed.random.randrange(len(raw))] ^= 1
        file.write_bytes(bytes(raw))
        done = bed.found(f"tile {name.name}", other, None)
        check(f"tile {name.name} named", "tile/" in done.stderr, done.stderr)
    other = bed.copy(log)
    other.no_tiles()
    check("tiles may be missing", bed.verify(other).returncode == 0)
    check("made again", bed.write(other, 1).returncode == 0 and
          len([p for p in (other.dir / "tile").rglob("*") if p.is_file()]) > 0)


class Near:
    """What the key daemon answers proofs with, beside what reads it all."""

    def __init__(self, bed):
        self.bed, self.file = bed, bed.folder / "near.record"

    def ask(self, log, n):
        done = run(self.bed.tool, "near", log.dir, n, self.file)
        cost = done.stderr.strip().split("\n")[-1].split()
        return done, int(cost[0]), cost[1:] == ["whole"]

    def same(self, name, log, n, whole=False):
        done, cost, all_read = self.ask(log, n)
        want = run(self.bed.mohur, "audit", "prove", "--index", n, log.dir)
        record = json.loads(self.file.read_bytes())
        check(f"near {name} {n}", done.returncode == 0 and
              want.returncode == 0 and done.stdout == want.stdout and
              record["n"] == n, done.stderr)
        check(f"near {name} {n} reads {'all' if whole else 'little'}",
              all_read == whole, done.stderr)
        return cost


def near(bed, small):
    n = Near(bed)
    for size in (1, 2, 3, 255, 256, 257, 511, 512, 513, 1000):
        log = bed.new()
        bed.write(log, size, size, 1)
        for index in sorted({0, 1, size // 2, size - 2, size - 1, 255, 256}):
            if 0 <= index < size:
                n.same(f"of {size}", log, index)
    # Records behind the checkpoint, and tiles that are full since.
    log = bed.new()
    bed.write(log, 700, 700, 1)
    bed.write(log, 400, 400, 0)
    for index in (0, 511, 512, 600, 699):
        n.same("of a log that grew", log, index)
    done, _, _ = n.ask(log, 700)
    check("near behind the checkpoint", done.returncode == 1 and
          not done.stdout)
    # The cost of a proof as the log grows: bytes, which no load changes.
    log, costs = bed.new(), []
    for more in (1000, 29000, 36000, 74000):
        bed.write(log, more, more, 1)
        size = log.points()[-1]
        costs.append(max(n.same("as it grows", log, index) for index in (
            0, 1, 255, 256, size // 3, size // 2, size - 2, size - 1)))
    check("near costs little", max(costs) < 350000, costs)
    check("near does not grow with the log", costs[-1] < costs[1] * 1.25,
          costs)
    check("near is little of the log",
          costs[-1] * 50 < sum(p.stat().st_size for p in log.segments()))
    # Tiles that are wrong or gone cost time and nothing else.
    edge = next(p for p in (log.dir / "tile/0").rglob("*.p/*")
                if int(p.name) == log.points()[-1] % 256)
    for name, index in (("tile/0/000", 2), ("tile/1/001", 70000),
                        (edge.relative_to(log.dir), log.points()[-1] - 1)):
        other = bed.copy(log)
        file = other.dir / name
        raw = bytearray(file.read_bytes())
        raw[40] ^= 1
        file.write_bytes(bytes(raw))
        n.same("with a wrong tile", other, index, True)
        file.write_bytes(bytes(raw[:-1]))
        n.same("with a short tile", other, index, True)
    other = bed.copy(log)
    other.no_tiles()
    n.same("without tiles", other, 70000, True)
    # A record that was changed is proved by nothing.
    other = bed.copy(small)
    records = other.records()
    records[500] = records[500].replace(b'"res":"ok"', b'"res":"no"')
    other.put(records)
    done, _, _ = n.ask(other, 500)
    check("near a changed record", done.returncode == 1 and not done.stdout,
          done.stderr)
    other = bed.copy(small)
    other.segments()[0].write_bytes(small.segments()[0].read_bytes()[:9000])
    done, _, _ = n.ask(other, 900)
    check("near a cut log", done.returncode == 1 and not done.stdout)


def first(bed):
    """Proofs under the first checkpoint that covers a record: of 900, which
    are more than are read at once, one after every record but the last ten."""
    log = bed.new()
    bed.write(log, 900, 1, 1)
    bed.write(log, 100, 10, 1)
    bed.write(log, 10, 10, 0)
    notes = re.findall(
        r"[^\n]+\n\d+\n[^\n]+\n\n\u2014 [^\n]+\n(?=\n)",
        (log.dir / "checkpoints.log").read_text(encoding="utf-8"))
    sizes = [int(note.split("\n")[1]) for note in notes]
    check("first: checkpoints enough", len(notes) == 910 and sum(
        map(len, notes)) > 1 << 17, (len(notes), sum(map(len, notes))))
    leaves = [leaf(r) for r in log.records()]
    for n in (0, 1, 255, 256, 511, 512, 700, 899, 900, 909, 910, 955, 999):
        size = next(s for s in sizes if s > n)
        done = run(bed.tool, "first", log.dir, n, bed.folder / "first.record")
        want = "\n".join(["c2sp.org/tlog-proof@v1", f"index {n}"] + [
            b64(h) for h in path(n, leaves[:size])]) + "\n\n" + notes[
                sizes.index(size)]
        check(f"first of {n}: size {size}", done.returncode == 0 and
              done.stdout == want, (done.stdout, want, done.stderr))
    done = run(bed.tool, "first", log.dir, 1000, bed.folder / "first.record")
    check("first: none yet", done.returncode == 1 and not done.stdout)
    points = log.dir / "checkpoints.log"
    text = points.read_bytes()
    points.write_bytes(text[:-40])  # while the next is written
    done = run(bed.tool, "first", log.dir, 700, bed.folder / "first.record")
    check("first before a cut", done.returncode == 0, done.stderr)
    done = run(bed.tool, "first", log.dir, 999, bed.folder / "first.record")
    check("first in a cut", done.returncode == 1 and not done.stdout)
    at = text.index(b"\n700\n")
    points.write_bytes(text[:at] + b"\n701\n" + text[at + 5:])
    done = run(bed.tool, "first", log.dir, 699, bed.folder / "first.record")
    check("first with a changed size", done.returncode == 1 and
          not done.stdout)


def checkpoints(bed, log):
    every = log.dir / "checkpoints.log"
    text = every.read_text()
    first = text.split("\n\n")[0] + "\n\n" + text.split("\n\n")[1] + "\n\n"
    for i in range(40):
        raw = bytearray(text.encode())
        raw[bed.random.randrange(len(raw))] ^= 1 << bed.random.randrange(7)
        other = bed.copy(log)
        (other.dir / "checkpoints.log").write_bytes(bytes(raw))
        bed.found(f"flip in checkpoints.log {i}", other, None)
    for name in ("checkpoint", "signed", "log.pub"):
        raw = bytearray((log.dir / name).read_bytes())
        for i in range(10):
            changed = bytearray(raw)
            changed[bed.random.randrange(len(raw) - 1)] ^= 4
            other = bed.copy(log)
            (other.dir / name).write_bytes(bytes(changed))
            bed.found(f"flip in {name}", other, None)
    # Rolled back: the files of an earlier day, in part.
    other = bed.copy(log)
    (other.dir / "checkpoint").write_text(first[:-1])
    bed.found("an earlier checkpoint", other, None)
    other = bed.copy(log)
    (other.dir / "checkpoints.log").write_text(first)
    (other.dir / "checkpoint").write_text(first[:-1])
    size = int(first.split("\n")[1])
    other.put(other.records()[:size])
    bed.found("rolled back", other, size)
    # Signed by somebody, and by the key itself over something else.
    stranger = bed.new()
    leaves = [leaf(r) for r in log.records()]
    root = b64(mth(leaves))
    forged = run(bed.tool, "sign", stranger.key, ORIGIN, len(leaves), root)
    other = bed.copy(log)
    with open(other.dir / "checkpoints.log", "a") as f:
        f.write(forged.stdout + "\n")
    (other.dir / "checkpoint").write_text(forged.stdout)
    bed.found("forged checkpoint", other, None)
    for size in (log.points()[-1], len(leaves)):
        wrong = run(bed.tool, "sign", log.key, ORIGIN, size, b64(leaf(b"x")))
        other = bed.copy(log)
        with open(other.dir / "checkpoints.log", "a") as f:
            f.write(wrong.stdout + "\n")
        (other.dir / "checkpoint").write_text(wrong.stdout)
        bed.found(f"contradicting checkpoint of {size}", other, None)
    longer = run(bed.tool, "sign", log.key, ORIGIN, len(leaves) + 5, root)
    other = bed.copy(log)
    with open(other.dir / "checkpoints.log", "a") as f:
        f.write(longer.stdout + "\n")
    (other.dir / "checkpoint").write_text(longer.stdout)
    bed.found("longer checkpoint", other, len(leaves))
    bed.found("another key", bed.copy(log), None,
              more=("--key", stranger.dir / "log.pub"))
    other = bed.copy(log)
    for name in ("checkpoint", "checkpoints.log"):
        (other.dir / name).unlink()
    bed.found("no checkpoint", other, None)


def splice(bed):
    """Two logs with one key: the records of the other from n on."""
    for kind in ("ecdsa", "ed25519"):
        one = bed.new(kind)
        bed.write(one, 600, 20, 2, "A")
        two = bed.new(kind)
        shutil.copy(one.key, two.key)
        shutil.copy(one.dir / "log.pub", two.dir / "log.pub")
        bed.write(two, 600, 20, 2, "B")
        check("two logs", bed.verify(one).returncode == 0 and
              bed.verify(two).returncode == 0)
        for i in range(10):
            n = bed.random.randrange(1, 599)
            mixed = one.records()[:n] + two.records()[n:]
            other = bed.copy(one)
            other.put(mixed)
            bed.found(f"spliced at {n}", other, n)
            other = bed.copy(two)  # its tiles and checkpoints
            other.put(mixed)
            bed.found(f"spliced at {n}, the other's checkpoints", other, 0)


def writer(bed):
    """The writer refuses what it did not write."""
    log = bed.new()
    bed.write(log, 100)
    before = log.records()
    for name, change in (
            ("altered", lambda r: r[:50] + [r[50].replace(b"doc:A", b"doc:B")]
             + r[51:]),
            ("dropped", lambda r: r[:50] + r[51:]),
            ("shorter", lambda r: r[:50])):
        other = bed.copy(log)
        other.put(change(before))
        kept = other.records()
        done = bed.write(other, 1)
        check(f"writer refuses {name}", done.returncode == 1 and
              other.records() == kept, done.stderr)
    other = bed.copy(log)
    (other.dir / "signed").unlink()
    check("writer refuses without signed", bed.write(other, 1).returncode == 1)
    other = bed.copy(log)
    file = other.segments()[-1]
    tail = before[-1][:100]
    file.write_bytes(file.read_bytes() + len(before[-1]).to_bytes(2, "big") +
                     tail)
    done = bed.write(other, 5, 5, 1)
    added = other.records()[len(before):]
    check("torn tail is cut and told", done.returncode == 0 and
          b'"ev":"log.repair"' in added[0] and
          b'"d":{"bytes":%d}' % (2 + len(tail)) in added[0], done.stderr)
    check("an open use gets its orphan",
          any(b'"ev":"key.orphan"' in r for r in added) ==
          (len(before) % 3 == 1))
    check("and verifies", bed.verify(other).returncode == 0)
    check("no second log", run(bed.tool, "create", other.dir, log.key, ORIGIN,
                               "ecdsa").returncode == 1)
    held = subprocess.Popen(
        [str(a) for a in (bed.tool, "write", log.dir, log.key, ORIGIN,
                          2000000, 1, 0, "H")], stdout=subprocess.PIPE)
    held.stdout.readline()
    check("one writer at a time", bed.write(log, 1).returncode == 1)
    check("no export meanwhile", run(
        bed.mohur, "audit", "export", "--out", bed.folder / "x.tar",
        log.dir).returncode == 1 and not (bed.folder / "x.tar").exists())
    held.kill()
    held.wait()
    held.stdout.close()


def kills(bed, count):
    """kill -9 at random: every record that was acknowledged is there."""
    log = bed.new()
    lost = 0
    for i in range(count):
        proc = subprocess.Popen(
            [str(a) for a in (bed.tool, "write", log.dir, log.key, ORIGIN,
                              100000, bed.random.randrange(1, 40), 3,
                              f"K{i}")],
            stdout=subprocess.PIPE, text=True)
        time.sleep(bed.random.uniform(0.005, 0.06))
        proc.send_signal(signal.SIGKILL)
        out, _ = proc.communicate()
        acked = [int(line.split()[1]) for line in out.splitlines()
                 if line.startswith(("ack", "cp", "open")) and
                 line.count(" ") == 1]
        done = bed.write(log, 3, 3, 1, f"R{i}")
        records = log.records()
        opened = int(done.stdout.split()[1]) if done.returncode == 0 else -1
        if done.returncode != 0 or (acked and opened < max(acked)) or \
                len(records) < opened:
            lost += 1
            print(f"kill {i}: {done.stderr} {acked[-1:]} {opened}")
    check(f"{count} kills", lost == 0)
    done = bed.verify(log, "--key", log.dir / "log.pub")
    check("verifies after kills", done.returncode == 0, done.stderr)
    for record in log.records():
        json.loads(record)


def proofs_json(bed):
    leaves = [leaf(bytes([i])) for i in range(40)]
    file = bed.folder / "proof.json"

    def judge(name, proof, good):
        file.write_text(proof if isinstance(proof, str) else json.dumps(proof))
        done = run(bed.mohur, "audit", "verify", "--proof-json", file)
        check(f"json {name}", done.returncode == (0 if good else 1) and
              (good or len(done.stderr.splitlines()) == 1),
              f"{done.returncode} {done.stderr}")

    def inclusion(n, size, **change):
        return {"leafIdx": n, "treeSize": size, "leafHash": b64(leaves[n]),
                "root": b64(mth(leaves[:size])),
                "proof": [b64(h) for h in path(n, leaves[:size])], **change}

    def consistency(m, n, **change):
        return {"size1": m, "size2": n, "root1": b64(mth(leaves[:m])),
                "root2": b64(mth(leaves[:n])),
                "proof": [b64(h) for h in subproof(m, leaves[:n], True)],
                **change}

    for size in (1, 2, 3, 7, 8, 9, 40):
        for n in sorted({0, size // 2, size - 1}):
            p = inclusion(n, size)
            judge(f"{n} of {size}", p, True)
            judge(f"{n} of {size}, surplus",
                  {**p, "proof": p["proof"] + [b64(leaves[0])]}, False)
            judge(f"{n} of {size}, surplus root",
                  {**p, "proof": p["proof"] + [p["root"]]}, False)
            judge(f"{n} of {size}, first twice",
                  {**p, "proof": [b64(leaves[1])] + p["proof"]}, False)
            judge(f"{n} of {size}, past it", {**p, "leafIdx": size}, False)
            judge(f"{n} of {size}, other leaf",
                  {**p, "leafHash": b64(leaf(b"?"))}, False)
            if p["proof"]:
                judge(f"{n} of {size}, short",
                      {**p, "proof": p["proof"][:-1]}, False)
                judge(f"{n} of {size}, none", {**p, "proof": []}, False)
            judge(f"{n} of {size}, twice the size",
                  {**p, "treeSize": 2 * size}, False)
        for m in sorted({1, size // 2 or 1, size}):
            p = consistency(m, size)
            judge(f"{m} to {size}", p, True)
            judge(f"{m} to {size}, surplus",
                  {**p, "proof": p["proof"] + [b64(leaves[0])]}, False)
            judge(f"{m} to {size}, other root1",
                  {**p, "root1": b64(leaf(b"?"))}, False)
            judge(f"{m} to {size}, other root2",
                  {**p, "root2": b64(leaf(b"?"))}, False)
            if m < size:
                judge(f"{m} to {size}, none", {**p, "proof": []}, False)
                judge(f"{size} to {m}", {**p, "size1": size, "size2": m},
                      False)
    empty = b64(hashlib.sha256().digest())
    one = inclusion(0, 1)
    judge("null proof", {**one, "proof": None}, True)
    judge("empty trees", consistency(0, 0, root1=empty, root2=empty), True)
    judge("from the empty tree", {"size1": 0, "size2": 1, "root1": empty,
                                  "root2": b64(leaves[0]), "proof": []}, False)
    judge("equal sizes, other roots", consistency(1, 1, root2=empty), False)
    judge("index -1", {**one, "leafIdx": -1}, False)
    judge("index 2^64 - 1", {**one, "leafIdx": 2**64 - 1}, False)
    judge("size 0", {**one, "treeSize": 0}, False)
    judge("size as text", {**one, "treeSize": "1"}, False)
    judge("size as real", '{"leafIdx":0,"treeSize":1.0,"leafHash":"%s",'
          '"root":"%s","proof":[]}' % (one["leafHash"], one["root"]), False)
    judge("a root of no bytes", {**one, "root": ""}, False)
    judge("a long root", {**one, "root": b64(leaves[0] + b"x")}, False)
    judge("base64 without padding",
          {**one, "root": one["root"].rstrip("=")}, False)
    judge("base64 with a space", {**one, "root": " " + one["root"]}, False)
    judge("a member more", {**one, "more": 1}, False)
    judge("as collections have it", {**one, "desc": "x", "wantErr": False},
          True)
    judge("a member less", {k: v for k, v in one.items() if k != "proof"},
          False)
    judge("members of both", {**one, **consistency(1, 2)}, False)
    judge("a member twice", json.dumps(one)[:-1] + ',"leafIdx":0}', False)
    judge("text after it", json.dumps(one) + "x", False)
    judge("no object", "[]", False)
    judge("nothing", "", False)
    judge("100 hashes", {**one, "proof": [one["root"]] * 100}, False)
    # RFC 9162 2.1.5 draws this tree of seven.
    for n, want in ((0, 3), (3, 3), (4, 3), (6, 2)):
        check(f"example of {n}", len(path(n, leaves[:7])) == want)
    for m, want in ((3, 4), (4, 1), (6, 3)):
        check(f"example from {m}",
              len(subproof(m, leaves[:7], True)) == want)


def notes(bed, log):
    """A proof as text: one changed byte, and every line of it gone."""
    records = log.records()
    proof = run(bed.mohur, "audit", "prove", "--index", 5, log.dir).stdout
    file, record = bed.folder / "n.tlog-proof", bed.folder / "n.record"
    record.write_bytes(records[5])

    def judge(name, text, good):
        file.write_bytes(text)
        done = run(bed.mohur, "audit", "check", "--key", log.dir / "log.pub",
                   "--record", record, file)
        check(f"proof {name}", done.returncode == (0 if good else 1),
              done.stderr)

    raw = proof.encode()
    judge("as it is", raw, True)
    for i in range(60):
        changed = bytearray(raw)
        changed[bed.random.randrange(len(raw))] ^= \
            1 << bed.random.randrange(8)
        judge(f"flip {i}", bytes(changed), False)
    lines = proof.split("\n")[:-1]
    for i in range(len(lines)):
        judge(f"without line {i}",
              ("\n".join(lines[:i] + lines[i + 1:]) + "\n").encode(), False)
        if lines[i]:
            judge(f"line {i} twice", ("\n".join(
                lines[:i + 1] + lines[i:]) + "\n").encode(),
                lines[i].startswith("\u2014"))
    witness = "\u2014 witness.example " + b64(b"abcdefgh" * 9) + "\n"
    judge("and a witness", (proof + witness).encode(), True)
    judge("extra data", proof.replace(
        "\nindex", "\nextra YQ==\nindex", 1).encode(), True)
    judge("extra data that is none", proof.replace(
        "\nindex", "\nextra Y\nindex", 1).encode(), False)
    judge("carriage returns", proof.replace("\n", "\r\n").encode(), False)
    judge("no end", raw[:-1], False)
    judge("leading zero", proof.replace("index 5", "index 05").encode(), False)
    record.write_bytes(records[5] + b"\n")
    judge("with a line feed after the record", raw, True)


def export(bed, log):
    out = bed.folder / "evidence.tar"
    done = run(bed.mohur, "audit", "export", "--out", out, log.dir)
    check("export", done.returncode == 0, done.stderr)
    place = bed.folder / "evidence"
    place.mkdir()
    done = run("tar", "-C", place, "-xf", out)
    check("tar reads it", done.returncode == 0 and not done.stderr)
    done = run(bed.mohur, "audit", "verify", "--key", log.dir / "log.pub",
               place / "log")
    check("and it verifies", done.returncode == 0, done.stderr)
    other = bed.copy(log)
    other.put(other.records()[:-30])
    bad = bed.folder / "bad.tar"
    done = run(bed.mohur, "audit", "export", "--out", bad, other.dir)
    check("no package of a broken log",
          done.returncode == 1 and not bad.exists())


def stamps(bed):
    """Timestamps by OpenSSL's TSA."""
    log = bed.new()
    bed.write(log, 30, 10, 1)
    size = log.points()[-1]
    f = bed.folder
    (f / "tsa.cnf").write_text(
        "[req]\ndistinguished_name=dn\n[dn]\n[ca]\n"
        "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\n"
        "subjectKeyIdentifier=hash\n[tsa]\nkeyUsage=critical,digitalSignature\n"
        "extendedKeyUsage=critical,timeStamping\n"
        "basicConstraints=critical,CA:false\nsubjectKeyIdentifier=hash\n"
        "authorityKeyIdentifier=keyid\n"
        f"[t]\nserial={f}/serial\nsigner_digest=sha256\ndefault_policy=1.2.3\n"
        "digests=sha256\ness_cert_id_alg=sha256\n")
    steps = (
        ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key",
         "-out", "ca.pem", "-subj", "/C=AZ/CN=CA", "-days", "3650", "-config",
         "tsa.cnf", "-extensions", "ca"],
        ["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key",
         "-out", "tsa.csr", "-subj", "/C=AZ/CN=TSA", "-config", "tsa.cnf"],
        ["x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey",
         "ca.key", "-out", "tsa.pem", "-days", "3000", "-extfile", "tsa.cnf",
         "-extensions", "tsa", "-set_serial", "4711"],
        ["ts", "-query", "-data", str(log.dir / "checkpoint"), "-sha256",
         "-cert", "-out", "q.tsq"],
        ["ts", "-reply", "-queryfile", "q.tsq", "-inkey", "tsa.key",
         "-signer", "tsa.pem", "-chain", "ca.pem", "-config", "tsa.cnf",
         "-section", "t", "-out", "r.tsr"])
    for step in steps:
        done = run("openssl", *step, cwd=f)
        check("openssl " + step[0], done.returncode == 0, done.stderr)
    tsr = log.dir / f"tst/{size}.tsr"
    shutil.copy(f / "r.tsr", tsr)
    done = bed.verify(log)
    check("timestamp", done.returncode == 0 and "timestamps    1" in
          done.stdout, done.stdout + done.stderr)
    done = bed.verify(log, "--tsa-trust", f / "ca.pem")
    check("trusted timestamp", done.returncode == 0 and "TSA trusted" in
          done.stdout, done.stdout + done.stderr)
    stranger = run("openssl", *steps[0][:6], "x.key", "-out", "x.pem",
                   "-subj", "/C=AZ/CN=X", "-config", "tsa.cnf", "-extensions",
                   "ca", cwd=f)
    check("another CA", stranger.returncode == 0, stranger.stderr)
    done = bed.verify(log, "--tsa-trust", f / "x.pem")
    check("untrusted timestamp", done.returncode == 1, done.stdout)
    raw = tsr.read_bytes()
    for i in range(20):
        changed = bytearray(raw)
        changed[bed.random.randrange(len(raw))] ^= 1
        tsr.write_bytes(bytes(changed))
        done = bed.verify(log, "--tsa-trust", f / "ca.pem")
        check(f"flip in a timestamp {i}", done.returncode in (0, 1))
    tsr.write_bytes(raw)
    tsr.rename(log.dir / f"tst/{log.points()[0]}.tsr")
    check("timestamp of another", bed.verify(log).returncode == 1)


def usage(bed, log):
    for name, argv in (
            ("nothing", []), ("verb", ["look"]), ("no DIR", ["verify"]),
            ("two DIRs", ["verify", log.dir, log.dir]),
            ("option of another", ["verify", "--index", "1", log.dir]),
            ("both", ["verify", "--proof-json", "x", log.dir]),
            ("no index", ["prove", log.dir]),
            ("index", ["prove", "--index", "-1", log.dir]),
            ("index 01", ["prove", "--index", "01", log.dir]),
            ("no key", ["check", "--record", "x", "y"]),
            ("no out", ["export", log.dir]),
            ("unknown", ["verify", "--what", log.dir]),
            ("twice", ["prove", "--index", "1", "--index", "2", log.dir])):
        done = run(bed.mohur, "audit", *argv)
        check(f"usage {name}", done.returncode == 64 and
              len(done.stderr.splitlines()) == 1, done.stderr)
    done = run(bed.mohur, "audit", "--help")
    check("help", done.returncode == 0 and "usage" in done.stdout)
    done = run(bed.mohur, "audit", "verify", bed.folder / "none")
    check("no log", done.returncode == 1)
    done = run(bed.mohur, "audit", "prove", "--index", 10**6, log.dir)
    check("no such record", done.returncode == 1 and not done.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--kills", type=int, default=30)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bed = Bed(args, folder)
        log = bed.new()
        done = bed.write(log, 1000, 7, 20)
        check("written", done.returncode == 0, done.stderr)
        done = bed.verify(log, "--key", log.dir / "log.pub")
        check("verifies", done.returncode == 0, done.stderr)
        flips(bed, log, args.count)
        framing(bed, log, max(args.count // 10, 5))
        structure(bed, log)
        tiles(bed, log)
        near(bed, log)
        first(bed)
        checkpoints(bed, log)
        splice(bed)
        segments(bed)
        writer(bed)
        kills(bed, args.kills)
        proofs_json(bed)
        notes(bed, log)
        export(bed, log)
        stamps(bed)
        usage(bed, log)
    print(f"seed {args.seed}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
