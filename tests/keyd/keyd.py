#!/usr/bin/python3
"""mohur-keyd with real tokens (SoftHSM), examiner and courier.

    keyd.py --build DIR [--pki DIR] [--kills 20] [--seed N] [--only WORD]

Every misuse of a ticket is refused and recorded; a queue is approved at once;
keyd is killed under load; the disk is full.  Ends with "N passed, N failed".
"""

import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "hsm")]

import bed  # noqa: E402
import keydbed as kb  # noqa: E402
from hsm_softhsm import MODULE, PIN, World  # noqa: E402
from pki import Pki  # noqa: E402

DOC = b"a court's document\n"


class KeydWorld(World):
    """Tokens court and judge, and a state folder."""

    def __init__(self, args, pki, checks, folder):
        super().__init__(args, pki, checks, folder)
        self.env["SOFTHSM_DIR"] = str(folder / "tokens")
        self.state = folder / "state"
        self.state.mkdir(0o700)
        pin = folder / "pin"
        pin.write_text(PIN + "\n")
        pin.chmod(0o600)
        court, judge = self.token("court"), self.token("judge")
        self.key(court, "citizen", "01")
        self.key(judge, "citizen2", "01")
        self.keys = [
            ("seal", kb.SEAL, bed.uri_of(court, "%01"), f"file:{pin}", True,
             0),
            ("judge", kb.JUDGE, bed.uri_of(judge, "%01"), "", False, 0)]

    def keyd(self, **more):
        return kb.Keyd(self.build, more.pop("state", self.state), self.keys,
                       self.env, MODULE, **more)

    def records(self):
        """Every record that is on the disk."""
        found = []
        for path in sorted((self.state / "log/seg").iterdir()):
            data = path.read_bytes()
            while len(data) >= 2:
                size = int.from_bytes(data[:2], "big")
                if len(data) < 2 + size:
                    break
                found.append(json.loads(data[2:2 + size]))
                data = data[2 + size:]
        return found

    def verify(self, name):
        done = self.mohur("audit", "verify", str(self.state / "log"))
        self.check(name, done.returncode == 0,
                   (done.stdout + done.stderr)[-400:])


def test_append(w):
    k = w.keyd()
    w.check("ready", k.wait_ready())
    numbers = [k.append(f"doc:{i}") for i in range(200)]
    got = [k.answer(n) for n in numbers]
    w.check("all acknowledged", all(a and a.type == kb.APPENDED for a in got))
    places = [a.numbers()[0] for a in got if a]
    w.check("each its own place", len(set(places)) == 200, places[:5])
    for ev in ("key.use", "key.done", "log.repair", "start", "nonsense"):
        a = k.answer(k.append("doc:x", ev))
        w.check(f"{ev} is not the portal's", a and a.type == kb.FAILED)
    a = k.answer(k.append("doc:x", who="Ж\u0301"))
    w.check("not in NFC", a and a.type == kb.FAILED)
    w.check("stopped", k.stop() == 0)
    seen = w.records()
    w.check("src from the channel", all(
        r["src"] == "portal" for r in seen if r["ev"] == "verdict"))
    w.check("objects where acknowledged", all(
        seen[n]["obj"] == f"doc:{i}" for i, n in enumerate(places)))
    w.check("start and stop", [seen[0]["ev"], seen[-1]["ev"]]
            == ["start", "stop"])
    w.verify("the log verifies")


def test_malformed(w):
    k = w.keyd()
    w.check("ready", k.wait_ready())
    for name, packet in (("no type", b"\xff" * 9), ("short", b"\2"),
                         ("answer", bytes([kb.FINE]) + kb.u64(1)),
                         ("lying length", bytes([kb.TICKET]) + kb.u64(1)
                          + kb.u32(1 << 30)),
                         ("status with more", bytes([kb.STATUS]) + bytes(9))):
        kb.send(k.portal, packet)
        until = time.monotonic() + 10
        ended = False
        while not ended and time.monotonic() < until:
            k.supervise()
            try:
                ended = kb.recv(k.portal)[0] == b""
            except ConnectionResetError:
                ended = True
        w.check(f"{name}: the channel ends", ended)
        k.portal.close()
        k.portal = k.open_portal()
        a = k.do(kb.STATUS)
        w.check(f"{name}: keyd goes on", a and a.type == kb.IS)
    w.check("stopped", k.stop() == 0)


def queued(k, who, document, digest):
    """A judge's act in the queue."""
    bound = (who, kb.JUDGE, "judge", document, digest)
    t = k.ticket(*bound)
    if t is None or t.type != kb.TICKETED:
        return None, bound
    a = k.do(kb.QUEUE_ADD, kb.text(t.op()) + kb.text(kb.sha(b"title"))
             + kb.bond(*bound))
    return (t.op() if a and a.type == kb.FINE else None), bound


def approve(k, who, ops, pin=PIN):
    return k.do(kb.APPROVE, kb.text("judge") + kb.text(who) + kb.text(pin)
                + kb.u32(len(ops)) + b"".join(kb.text(op) for op in ops))


def test_tickets(w):
    k = w.keyd(ticket_s=120)
    w.check("ready", k.wait_ready())
    doc, digest, other = kb.sha(DOC), kb.sha(b"attributes"), kb.sha(b"other")
    good = ("p:judge", kb.JUDGE, "judge", doc, digest)
    rows = (("requester", ("p:else",) + good[1:]),
            ("purpose", good[:1] + (kb.SEAL,) + good[2:]),
            ("key", good[:2] + ("seal",) + good[3:]),
            ("document", good[:3] + (other, digest)),
            ("digest", good[:4] + (other,)))
    for why, tried in rows:
        op, _ = queued(k, *good[:1], doc, digest)
        a = approve(k, "p:judge", [op])
        w.check(f"{why}: approved", a and a.type == kb.APPROVED)
        a = k.sign(op, *tried)
        w.check(f"other {why} is refused", a and a.refusal() == why,
                a and a.refusal())
        a = k.sign(op, *good)
        w.check(f"other {why}: the ticket is worth nothing",
                a and a.refusal() == "state", a and a.refusal())
    op, _ = queued(k, "p:judge", doc, digest)
    a = k.sign(op, *good)
    w.check("not approved", a and a.refusal() == "state", a and a.refusal())
    a = approve(k, "p:else", [op])
    w.check("approved by another", a and a.refusal() == "requester")
    op, _ = queued(k, "p:judge", doc, digest)
    a = approve(k, "p:judge", [op])
    a = k.sign(op, *good)
    w.check("signed", a and a.type == kb.VALUE, a and a.message())
    if a and a.type == kb.VALUE:
        w.check("the value is the judge's", bed.good_signature(
            w.pki["citizen2"].der, "ecdsa", "sha256", digest, a.value()))
    a = k.sign(op, *good)
    w.check("twice", a and a.refusal() == "state", a and a.refusal())
    t = k.ticket(*good, ttl=1)
    time.sleep(1.1)
    a = k.sign(t.op(), *good)
    w.check("expired", a and a.refusal() == "expired", a and a.refusal())
    a = k.sign(bytes(16), *good)
    w.check("unknown", a and a.refusal() == "unknown")
    a = k.ticket("p:1", kb.SEAL, "seal", doc, digest)
    w.check("a seal signs no bare digest", a and a.refusal() == "purpose")
    w.check("stopped", k.stop() == 0)
    seen = [r["d"].get("why") for r in w.records() if r["res"] == "refused"]
    for why in ("other-requester", "other-purpose", "other-key",
                "other-document", "other-digest", "wrong-state", "expired",
                "unknown-ticket"):
        w.check(f"{why} is recorded", why in seen)
    uses = [r["n"] for r in w.records() if r["ev"] == "key.use"]
    dones = [r["d"]["use"] for r in w.records() if r["ev"] == "key.done"]
    w.check("one use, one end", len(uses) == 1 and uses == dones,
            (uses, dones))
    w.verify("the log verifies")


def test_queue(w):
    k = w.keyd()
    w.check("ready", k.wait_ready())
    acts = []
    for i in range(10):
        digest = kb.sha(b"act %d" % i)
        op, bound = queued(k, "p:judge", kb.sha(b"doc %d" % i), digest)
        acts.append((op, bound, digest))
    a = k.do(kb.QUEUE_LIST, kb.text("judge"))
    w.check("ten wait", a and a.type == kb.QUEUE
            and int.from_bytes(a.rest[:4], "little") == 10)
    a = approve(k, "p:judge", [op for op, _, _ in acts], "000000")
    w.check("a wrong PIN", a and a.refusal() == "pin", a and a.message())
    a = approve(k, "p:judge", [op for op, _, _ in acts])
    w.check("one activation", a and a.type == kb.APPROVED
            and a.rest == kb.u32(10), a and a.message())
    for op, bound, digest in acts:
        a = k.sign(op, *bound)
        w.check("each is signed", a and a.type == kb.VALUE
                and bed.good_signature(w.pki["citizen2"].der, "ecdsa",
                                       "sha256", digest, a.value()),
                a and a.message())
    op, bound = queued(k, "p:judge", kb.sha(b"more"), kb.sha(b"m"))
    a = k.do(kb.REFUSE, kb.text(op) + kb.text("p:judge"))
    w.check("withdrawn", a and a.type == kb.FINE, a and a.message())
    a = approve(k, "p:judge", [op])
    w.check("not approved any more", a and a.refusal() == "state")
    w.check("stopped", k.stop() == 0)
    w.check("ten uses", sum(r["ev"] == "key.use" for r in w.records()) == 10)
    w.verify("the log verifies")


def trust_of(w):
    snap = w.folder / "trust.snap"
    pki = w.folder / "pki"
    w.pki.save(pki)
    done = w.mohur("trust", "compile", "--out", str(snap),
                   str(pki / "root.pem"))
    w.check("trust compiled", done.returncode == 0, done.stderr[-200:])
    return snap.read_bytes() if snap.exists() else b""


def sealing(k, document, op=None, sent=None, who="client:court"):
    bound = (who, kb.SEAL, "seal", kb.sha(document))
    if op is None:
        op = k.ticket(*bound).op()
    sent = document if sent is None else sent
    fd = kb.memfd(sent)
    a = k.do(kb.SEAL_DOC, kb.text(op) + kb.bond(*bound) + kb.text(kb.spec())
             + kb.u32(1) + kb.text("a.txt") + kb.u64(len(sent)), [fd])
    os.close(fd)
    return op, a


def test_seal(w):
    k = w.keyd(trust=trust_of(w), helpers=True)
    w.check("ready", k.wait_ready())
    op, a = sealing(k, DOC)
    w.check("sealed", a and a.type == kb.SEALED, a and a.message())
    w.check("a sealed memfd", a and a.content and a.seals & 0xF == 0xF)
    w.check("a container", a and (a.content or b"")[:2] == b"PK")
    _, again = sealing(k, DOC, op)
    w.check("asked again: the same", a and again
            and again.content == a.content)
    _, b = sealing(k, DOC, sent=b"another document\n")
    w.check("another document", b and b.refusal() == "document",
            b and b.message())
    w.check("killed", k.kill() != 0)
    k = w.keyd(trust=trust_of(w), helpers=True)
    w.check("ready again", k.wait_ready())
    _, again = sealing(k, DOC, op)
    w.check("the same after a crash", a and again
            and again.content == a.content, again and again.message())
    d = k.do(kb.DONE, kb.text(op))
    w.check("acknowledged", d and d.type == kb.FINE)
    _, gone = sealing(k, DOC, op)
    w.check("then it is gone", gone and gone.refusal() == "unknown")
    files = ((b"one.pdf", b"1" * 100), (b"two.txt", DOC))
    body = (kb.text(bytes(range(16))) + kb.text("client:court")
            + kb.text("seal") + kb.text("filing:7") + kb.text("accepted")
            + kb.text("") + kb.u32(2) + b"".join(
                kb.text(n) + kb.u64(len(c)) + kb.text(kb.sha(c))
                for n, c in files))
    r = k.do(kb.RECEIPT, body)
    w.check("receipt", r and r.type == kb.RECEIPTED, r and r.message())
    again = k.do(kb.RECEIPT, body)
    w.check("the same receipt again", r and again
            and r.content == again.content)
    w.check("stopped", k.stop() == 0)
    if r and r.content:
        path = w.folder / "receipt.asice"
        path.write_bytes(r.content)
        names = subprocess.run(["unzip", "-Z1", str(path)], check=False,
                               capture_output=True).stdout.decode().split()
        for name in ("receipt.json", "receipt.txt", "record.json",
                     "record.tlog-proof"):
            w.check(f"holds {name}", name in names, names)
        data = json.loads(subprocess.run(
            ["unzip", "-p", str(path), "receipt.json"], check=False,
            capture_output=True).stdout)
        w.check("names the documents", [f["sha256"] for f in data["files"]]
                == [kb.sha(c).hex() for _, c in files])
        for content, code in ((b"1" * 100, "receipt-match"),
                              (b"1" * 101, "receipt-mismatch")):
            beside = w.folder / "beside.pdf"
            beside.write_bytes(content)
            report = json.loads(subprocess.run(
                [str(w.build / "mohur"), "verify", "--offline", "--report",
                 "json", "--data", str(beside), str(path)], check=False,
                capture_output=True).stdout)
            codes = [f["code"] for f in report["findings"]]
            w.check(f"verify finds {code}", code in codes
                    and "receipt-proven" in codes, codes)
            w.check(f"{code}: failed or not",
                    (report["verdict"] == "TOTAL-FAILED")
                    == (code == "receipt-mismatch"), report["verdict"])
    w.check("one filing", sum(r["ev"] == "filing.accepted"
                              for r in w.records()) == 1)
    w.verify("the log verifies")


def test_kills(w):
    rng, acknowledged = random.Random(w.args.seed), {}
    values, turn = {}, 0
    for turn in range(w.args.kills):
        k = w.keyd()
        if not w.check(f"ready {turn}", k.wait_ready()):
            return
        pending = {}
        until = time.monotonic() + rng.uniform(0.01, 0.4)
        doc = kb.sha(b"turn %d" % turn)
        op, bound = queued(k, "p:judge", doc, kb.sha(doc))
        approve(k, "p:judge", [op])
        signing = k.ask(kb.SIGN, kb.text(op) + kb.bond(*bound)
                        + kb.u32(kb.SHA256))
        i = 0
        while time.monotonic() < until:
            obj = f"doc:{turn}-{i}"
            pending[k.append(obj)] = obj
            i += 1
            if i % 20 == 0:
                a = k.answer(next(iter(pending)), 2)
                if a is not None and a.type == kb.APPENDED:
                    acknowledged[a.numbers()[0]] = pending.pop(a.id)
        for number, a in k.kept.items():
            if a.type == kb.APPENDED and number in pending:
                acknowledged[a.numbers()[0]] = pending[number]
            if number == signing and a.type == kb.VALUE:
                values[kb.sha(a.value()).hex()] = turn
        k.kill()
    k = w.keyd()
    w.check("ready at the end", k.wait_ready())
    w.check("stopped", k.stop() == 0)
    seen = w.records()
    lost = [n for n, obj in acknowledged.items()
            if n >= len(seen) or seen[n]["obj"] != obj]
    w.check(f"{len(acknowledged)} acknowledged are there", not lost, lost[:5])
    done = [r["d"].get("sig") for r in seen if r["ev"] == "key.done"]
    w.check(f"{len(values)} signatures have their record",
            all(v in done for v in values))
    w.check("no signature twice", len(set(done)) == len(done))
    uses = {r["n"] for r in seen if r["ev"] == "key.use"}
    ends = [r["d"]["use"] for r in seen
            if r["ev"] in ("key.done", "key.orphan")]
    w.check("each use has one end", sorted(uses) == sorted(ends))
    w.verify("the log verifies")


def test_full_disk(w):
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    owner = f"uid={os.getuid()},gid={os.getgid()}"
    if subprocess.run(
            [*as_root, "mount", "-t", "tmpfs", "-o",
             f"size=640k,mode=700,{owner}", "tmpfs", str(w.state)],
            check=False, capture_output=True).returncode != 0:
        w.check("a small file system, as root", False)
        return
    try:
        k = w.keyd()
        w.check("ready", k.wait_ready())
        fill = w.state / "fill"
        good = bad = 0
        with open(fill, "wb", buffering=0) as f:
            try:
                while True:
                    f.write(bytes(4096))
            except OSError:
                pass
        for i in range(40):
            a = k.answer(k.append(f"doc:{i}" + "x" * 200))
            good += bool(a and a.type == kb.APPENDED)
            bad += bool(a and a.type == kb.FAILED)
            last = a
            if bad > 3:
                break
        w.check("a clear error", bad > 3 and b"log" in last.rest, (good, bad))
        t = k.ticket("p:1", kb.SEAL, "seal", kb.sha(DOC))
        w.check("no ticket without its record", t and t.type == kb.FAILED)
        fill.unlink()
        time.sleep(1.2)
        a = k.answer(k.append("doc:after"))
        w.check("recovers by itself", a and a.type == kb.APPENDED,
                a and a.message())
        w.check("stopped", k.stop() == 0)
        w.check("what was acknowledged is there", sum(
            r["ev"] == "verdict" for r in w.records()) == good + 1)
        w.verify("the log verifies")
    finally:
        subprocess.run([*as_root, "umount", str(w.state)], check=False)


def test_log_key(w):
    """The key of a log that is there is never made anew."""
    k = w.keyd()
    w.check("ready", k.wait_ready())
    a = k.answer(k.append("doc:1"))
    w.check("a record", a and a.type == kb.APPENDED)
    w.check("stopped", k.stop() == 0)
    key, before = w.state / "log.key", w.records()
    aside = w.folder / "log.key.aside"
    key.rename(aside)
    k = w.keyd()
    w.check("without its key it does not start", not k.wait_ready(5))
    w.check("and ends", k.end() not in (0, -9))
    w.check("makes no other", not key.exists())
    w.check("and touches no record", w.records() == before)
    aside.rename(key)
    k = w.keyd()
    w.check("with it, it goes on", k.wait_ready() and k.stop() == 0)
    w.verify("the log verifies")


TESTS = (test_log_key, test_append, test_malformed, test_tickets, test_queue, test_seal,
         test_kills, test_full_disk)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--pki", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    print(f"seed {args.seed}")
    checks = bed.Checks()
    pki = None
    for test in TESTS:
        if args.only not in test.__name__:
            continue
        checks.area = test.__name__
        before = (checks.passed, checks.failed)
        with bed.Scratch() as folder:
            try:
                if pki is None:
                    pki = Pki.live(str(folder / "pki"), "http://127.0.0.1:9")
                test(KeydWorld(args, pki, checks, folder))
            except Exception as e:  # one test may not hide the others
                checks.check("no exception", False, repr(e))
        word = "ok" if checks.failed == before[1] else "FAIL"
        print(f"{word} {test.__name__}: {checks.passed - before[0]} checks",
              flush=True)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
