#!/usr/bin/python3
"""The appliance's keys, levels and log over HTTP: POST /api/v1/seal, POST
/api/v1/extend, levels of POST /api/v1/sign, mobile ID, GET /api/v1/audit/{n},
on an instance that `mohur init` makes and `mohur serve` runs, with a
time-stamping authority and responders; every document is given to `mohur
verify`.

    seal_api.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import base64
import hashlib
import json
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "serve"), str(TESTS / "pki")]
import asan  # noqa: E402
import filing  # noqa: E402

from api import Api  # noqa: E402
from portal import multipart  # noqa: E402
from sign_api import SIGN, plain_pdf, prepare, send, value_of  # noqa: E402

SEAL, EXTEND, PROOF = "/api/v1/seal", "/api/v1/extend", "/api/v1/audit"
CLIENTS = {"seals": "verify, seal", "extends": "verify, extend",
           "signs": "verify, sign", "audits": "verify, audit",
           "another": "verify, seal, sign"}


class Bed(filing.Bed):
    """With clients that may one thing each."""

    def __init__(self, options, scratch):
        super().__init__(options, scratch)
        path = self.where / "mohur.conf"
        path.write_text(path.read_text().replace(
            f"http://127.0.0.1:{self.port}", "http://localhost"))
        with open(path, "a", encoding="ascii") as conf:
            for name, may in CLIENTS.items():
                conf.write(f"client {name} {{\n    key-sha256 = \"" +
                           hashlib.sha256(name.encode()).hexdigest() +
                           f"\"\n    may = {{{may}}}\n}}\n")

    def connect(self, timeout=10):
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def levels(self, name, content, *data):
        """The verdict of mohur verify, and the levels it found."""
        with tempfile.TemporaryDirectory() as tmp:
            path = pathlib.Path(tmp) / name
            path.write_bytes(content)
            more = []
            for i, d in enumerate(data):
                (path.parent / f"data{i}").write_bytes(d)
                more += ["--data", path.parent / f"data{i}"]
            done = subprocess.run(
                [self.build / "mohur", "verify", "--offline", "--report",
                 "json", "--trust", self.where / "trust", *more, path],
                capture_output=True, timeout=120, check=False)
        report = json.loads(done.stdout)
        return report["verdict"], [s["level"] for s in report["signatures"]]

    def done(self, content):
        """How many signatures of it the log knows."""
        obj = "doc:" + hashlib.sha256(content).hexdigest()
        return sum(r["ev"] == "key.done" and r["obj"] == obj
                   for r in self.records())


def seal(api, files, form, level=None, headers=(), key=None, **extra):
    parts = [("file", n, b) for n, b in files]
    parts += [("format", None, form.encode())]
    parts += [("level", None, level.encode())] if level else []
    parts += [(k, None, v.encode()) for k, v in extra.items()]
    kind, body = multipart(parts)
    return api("POST", SEAL, [kind, *headers], body, key=key)


def document(api, answer):
    return api("GET", json.loads(answer.body)["document"])


def test_seal(bed, api):
    pdf = plain_pdf()
    for form, level, files in (
            ("adoc", None, [("a.pdf", pdf)]),
            ("edoc", "LTA", [("a.pdf", pdf), ("ə.txt", b"x")]),
            ("asice", "B", [("a.txt", b"text")]),
            ("asics", "LT", [("b.txt", b"text")]),
            ("pdf", "B", [("c.pdf", pdf)]),
            ("pdf", "LTA", [("d.pdf", pdf)])):
        what = f"{form} {level}"
        a = seal(api, files, form, level)
        if not bed.check(f"{what}: sealed", a.status == 201, a.raw[-300:]):
            continue
        job = json.loads(a.body)
        bed.check(f"{what}: its state", job["state"] == "completed" and
                  job["level"] == (level or "LT") and "digest" not in job, job)
        b = document(api, a)
        said = bed.levels(f"x.{form}", b.body)
        bed.check(f"{what}: mohur verify", said[0] == "TOTAL-PASSED" and
                  said[1][0] == (level or "LT"), said)
    bed.check("the log has its signature", bed.done(b"text") == 2)
    a = seal(api, [("k", b"k")], "asice", "B", key="another")
    bed.check("another client's seal", a.status == 201)
    bed.check("is not this one's", document(api, a).status == 404)


def test_refused(bed, api):
    one = [("a.txt", b"text")]
    for name, a, status in (
            ("format", seal(api, one, "doc"), 400),
            ("level", seal(api, one, "asice", "X"), 400),
            ("an unknown field", seal(api, one, "asice", x="y"), 400),
            ("no file", seal(api, [], "asice"), 400),
            ("no PDF", seal(api, one, "pdf", "B"), 422),
            ("too much", seal(api, [("a", b"x" * ((16 << 20) + 1))],
                              "asice"), 413),
            ("a key that may not seal",
             seal(api, one, "asice", key="signs"), 403),
            ("no key", Api(bed, bed.check)("POST", SEAL, *(
                lambda k, b: ([k], b))(*multipart([("a", None, b"b")]))),
             401)):
        bed.check(f"refused: {name}", a.status == status, a.raw[-300:])
    kind, body = multipart([("file", "a", b"x"), ("format", None, b"asice"),
                            ("key", None, b"log")])
    a = api("POST", SEAL, [kind], body)
    bed.check("the log's own key is no seal", a.status == 403, a.raw[-300:])
    kind, body = multipart([("file", "a", b"x"), ("format", None, b"asice"),
                            ("key", None, b"none")])
    a = api("POST", SEAL, [kind], body)
    bed.check("a key that there is not", a.status == 403, a.raw[-300:])
    # A form has 64 parts at most; format and level are two of them.
    a = seal(api, [("a%03d" % i, b"%d" % i) for i in range(62)], "asice", "B")
    bed.check("62 files", a.status == 201, a.raw[-300:])
    a = seal(api, [("a%03d" % i, b"%d" % i) for i in range(63)], "asice", "B")
    bed.check("one more", a.status == 413, a.raw[-300:])


def test_once(bed, api):
    head = ["Idempotency-Key: seal-1"]
    a = seal(api, [("o", b"once")], "asice", "B", head)
    b = seal(api, [("o", b"once")], "asice", "B", head)
    bed.check("asked again: the same seal", a.status == b.status == 201 and
              a.body == b.body and bed.done(b"once") == 1, b.raw[-300:])
    a = seal(api, [("o", b"other")], "asice", "B", head)
    bed.check("the same key for another document: 422", a.status == 422)
    bed.check("which was not sealed", bed.done(b"other") == 0)


def broken(api, content, head):
    """A request whose answer nobody waits for."""
    try:
        seal(api, [("d", content)], "asice", "LT", head)
    except (AssertionError, OSError):
        pass


def kill(bed, part):
    """False where it is being started just now."""
    try:
        bed.kill(part)
        return True
    except ProcessLookupError:
        return False


def test_falls(bed, api):
    """The portal, keyd and its examiner fall while a document is sealed."""
    for n, part in enumerate(("portal", "portal", "portal", "keyd",
                              "keyd.examiner", "keyd.courier")):
        content = b"falls %d" % n
        head = [f"Idempotency-Key: fall-{n}"]
        asking = threading.Thread(target=broken, args=(api, content, head))
        asking.start()
        asking.join(0.02 * n)
        bed.check(f"{part} falls", bed.until(lambda: kill(bed, part)))
        asking.join()
        answers = []

        def again():
            try:
                answers.append(seal(api, [("d", content)], "asice", "LT",
                                    head))
            except (AssertionError, OSError):
                return False
            return answers[-1].status == 201

        api.wrong.clear()
        good = bed.until(again, 40)
        bed.check(f"{part} fell: sealed in the end", good,
                  answers and answers[-1].raw[-300:])
        if not good:
            continue
        said = bed.levels("x.asice", document(api, answers[-1]).body)
        bed.check(f"{part} fell: mohur verify",
                  said == ("TOTAL-PASSED", ["LT"]), said)
        if part == "portal":
            bed.check("portal fell: signed once", bed.done(content) == 1,
                      bed.done(content))


def test_store_fails(bed, api):
    """The signature is made, and the store takes nothing: the same request
    comes to that signature later."""
    content, head = b"store fails", ["Idempotency-Key: store-fails"]
    answers = []
    bed.hold("keyd.token.seal")
    asking = threading.Thread(target=lambda: answers.append(
        seal(api, [("d", content)], "asice", "B", head)))
    asking.start()
    waits = bed.until(lambda: bed.ask_sql(
        "SELECT count(*) FROM signing WHERE idem = 'store-fails'") == 1, 10)
    store = sqlite3.connect(bed.state / "store.db", isolation_level=None)
    store.execute("BEGIN IMMEDIATE")
    bed.hold("keyd.token.seal", go=True)
    asking.join()
    store.execute("ROLLBACK")
    store.close()
    bed.check("the store takes nothing: 503", waits and
              answers[0].status == 503, answers[0].raw[-300:])
    bed.check("though it was signed", bed.done(content) == 1)
    # The store could not take that the request ended: a quarter of an hour.
    a = seal(api, [("d", content)], "asice", "B", head)
    bed.check("until then: 409", a.status == 409, a.raw[-300:])
    bed.sql("UPDATE idempotency SET created = created - 901")
    a = seal(api, [("d", content)], "asice", "B", head)
    bed.check("asked again: sealed", a.status == 201, a.raw[-300:])
    bed.check("with that signature", bed.done(content) == 1,
              bed.done(content))


def test_levels(bed, api, pki):
    """A signature of the client's own, at each level."""
    pdf = plain_pdf()
    for form, level, files in (("asice", "T", [("a.txt", b"text")]),
                               ("edoc", "LT", [("a.pdf", pdf)]),
                               ("adoc", "LTA", [("a.pdf", pdf)]),
                               ("pdf", "LTA", [("a.pdf", pdf)])):
        what = f"client, {form} {level}"
        a = prepare(api, pki, files, form, "citizen", "ES256",
                    extra=[("level", None, level.encode()), (
                        "chain", "p", (pki / "policy-ca.der").read_bytes())])
        if not bed.check(f"{what}: prepared", a.status == 201, a.raw[-300:]):
            continue
        job = json.loads(a.body)
        bed.tsa.responders.fault = "http-garbage"
        b = send(api, job["id"], value_of(pki, "citizen", job))
        bed.check(f"{what}: no authority: 503", b.status == 503 and
                  "retry-after" in b.headers, b.raw[-300:])
        bed.tsa.responders.fault = None
        b = send(api, job["id"], value_of(pki, "citizen", job))
        bed.check(f"{what}: signed", b.status == 200, b.raw[-300:])
        obj = "doc:" + hashlib.sha256(document(api, b).body).hexdigest()
        bed.check(f"{what}: the log says whose key it was",
                  bed.until(lambda obj=obj, job=job: [
                      r["d"] for r in bed.records() if r["ev"] ==
                      "remote.sign" and r["obj"] == obj] == [
                          {"digest": base64.b64decode(job["digest"]).hex(),
                           "sign": job["id"]}], 10))
        said = bed.levels(f"x.{form}", document(api, b).body)
        bed.check(f"{what}: mohur verify", said[0] == "TOTAL-PASSED" or
                  (level == "T" and said[0] == "INDETERMINATE"), said)
        bed.check(f"{what}: its level", said[1][0] == level, said)


def extend(api, content, level=None, data=None, headers=()):
    parts = [("file", "x", content)]
    parts += [("level", None, level.encode())] if level else []
    parts += [("data", "data", data)] if data is not None else []
    kind, body = multipart(parts)
    return api("POST", EXTEND, [kind, *headers], body)


def test_extend(bed, api, pki):
    signer = Api(bed, bed.check, "signs")
    for form, files in (("edoc", [("a.pdf", plain_pdf())]),
                        ("pdf", [("a.pdf", plain_pdf())])):
        job = json.loads(prepare(signer, pki, files, form, "citizen",
                                 "ES256").body)
        content = document(signer, send(signer, job["id"], value_of(
            pki, "citizen", job))).body
        for level in ("T", "LT", None):
            want = level or "LTA"
            a = extend(api, content, level)
            bed.check(f"extend {form} to {want}", a.status == 200 and
                      a.headers.get("mohur-changed") == "true",
                      a.raw[:300])
            said = bed.levels(f"x.{form}", a.body)
            bed.check(f"extend {form} to {want}: mohur verify",
                      said[1][0] == want and (said[0] == "TOTAL-PASSED" or
                                              want == "T"), said)
            before, content = content, a.body
            b = extend(api, content, level) if want != "LTA" else None
            bed.check(f"extend {form} to {want}: it is there", b is None or (
                b.status == 200 and b.headers["mohur-changed"] == "false" and
                b.body == content), b and b.raw[:300])
            if form == "pdf":
                bed.check(f"extend pdf to {want}: nothing before changed",
                          content[:len(before)] == before)
    for name, a, status in (
            ("no document", extend(api, b"text"), 422),
            ("level", extend(api, b"text", "B"), 400),
            ("an unknown level", extend(api, b"text", "LTV"), 400)):
        bed.check(f"extend: {name}: {status}", a.status == status,
                  a.raw[-300:])
    bed.tsa.responders.fault = "http-garbage"
    a = extend(api, content)
    bed.check("extend: no authority: 503", a.status == 503, a.raw[-300:])
    bed.tsa.responders.fault = None
    head = ["Idempotency-Key: extend"]
    a, b = (extend(api, content, "LTA", headers=head) for _ in range(2))
    bed.check("extend: asked again: a document again", a.status == 200 and
              b.status == 200 and b.body[:2] == content[:2], b.raw[:200])
    bed.check("extend: a key that may not", Api(
        bed, bed.check, "seals")("POST", EXTEND, *(lambda k, b: ([k], b))(
            *multipart([("file", "x", b"x")]))).status == 403)


def test_proof(bed, api):
    records = bed.records()
    for at in (0, min(i for i, r in enumerate(records)
                      if r["ev"] == "key.done"), len(records) - 1):
        a = api("GET", f"{PROOF}/{at}")
        bed.check(f"a proof of record {at}", a.status == 200, a.raw[-300:])
        said = json.loads(a.body)
        bed.check("it is that record", json.loads(said["record"]) ==
                  records[at], said["record"])
    record, proof = bed.scratch / "record", bed.scratch / "proof"
    record.write_text(said["record"])
    proof.write_text(said["proof"])
    key = bed.where / "state" / "keyd" / "log" / "log.pub"

    def checked():
        return subprocess.run(
            [bed.build / "mohur", "audit", "check", "--key", key, "--record",
             record, proof], capture_output=True, check=False).returncode

    bed.check("mohur audit check", checked() == 0)
    record.write_text(said["record"].replace('"v":1', '"v":2'))
    bed.check("not of another record", checked() == 1)
    for n in (str(at + 100000), "01", "-1", "x", "9" * 15, "9" * 16):
        a = api("GET", f"{PROOF}/{n}")
        bed.check(f"record {n}: 404", a.status == 404, a.raw[-200:])
    a = Api(bed, bed.check, "seals")("GET", f"{PROOF}/0")
    bed.check("a key that may not audit: 403", a.status == 403)


def ask_phone(api, files, form, phone, user="012345", **extra):
    parts = [("file", n, b) for n, b in files]
    parts += [("format", None, form.encode()),
              ("phone", None, phone.encode()), ("user", None, user.encode())]
    parts += [(k, None, v.encode()) for k, v in extra.items()]
    kind, body = multipart(parts)
    return api("POST", "/api/v1/mobile", [kind], body)


def answered(bed, api, answer):
    """The job when its telephone has answered, and what was seen before."""
    seen = []

    def over():
        seen.append(json.loads(api("GET", answer.headers["location"]).body))
        return seen[-1]["state"] in ("completed", "failed")
    bed.until(over, 20)
    return seen[-1], seen


def test_mobile(bed, api, service):
    """Somebody's telephone, asked for by a program."""
    pdf = plain_pdf()
    service.slow = 2
    for form, level, files in (("pdf", None, [("a.pdf", pdf)]),
                               ("adoc", "LT", [("a.pdf", pdf)]),
                               ("edoc", "LTA", [("a.pdf", pdf),
                                                ("ə.txt", b"x")])):
        what = f"mobile, {form} {level}"
        a = ask_phone(api, files, form, "+994500000010",
                      **({"level": level} if level else {}))
        if not bed.check(f"{what}: begun", a.status == 202, a.raw[-300:]):
            continue
        job, seen = answered(bed, api, a)
        codes = {s["verification_code"] for s in seen
                 if "verification_code" in s}
        bed.check(f"{what}: the code was there while it waited",
                  len(codes) == 1 and any(
                      s["state"] == "waiting" for s in seen), seen[:2])
        if not bed.check(f"{what}: signed", job["state"] == "completed", job):
            continue
        said = bed.levels(f"x.{form}", document(
            api, api("GET", a.headers["location"])).body)
        bed.check(f"{what}: mohur verify", said[0] in (
            "TOTAL-PASSED", "INDETERMINATE") and said[1] == [level or "B"]
            and (level is None or said[0] == "TOTAL-PASSED"), said)
        row = api("GET", job["document"].rsplit("/", 1)[0])
        bed.check(f"{what}: its row", json.loads(row.body)["state"] ==
                  "completed" and json.loads(row.body)["level"] == (
                      level or "B"), row.raw[-300:])
    service.slow = 0.6
    for phone, reason in (("+994500000011", "not-client"),
                          ("+994500000013", "cancelled"),
                          ("+994500000020", "wrong-signature"),
                          ("+994500000030", "service-refused")):
        a = ask_phone(api, [("a.pdf", pdf)], "pdf", phone)
        job, _ = answered(bed, api, a)
        bed.check(f"{reason}: said", job["state"] == "failed" and
                  job["reason"] == reason and "document" not in job, job)
    job, _ = answered(bed, api, ask_phone(
        api, [("a.txt", b"no PDF")], "pdf", "+994500000001"))
    bed.check("what cannot be signed", job["state"] == "failed" and
              job["reason"] == "document", job)
    for what, a, status in (
            ("no number", ask_phone(api, [("a", b"x")], "asice", "12"), 400),
            ("no user", ask_phone(api, [("a", b"x")], "asice",
                                  "+994500000001", "x"), 400),
            ("no format", ask_phone(api, [("a", b"x")], "doc",
                                    "+994500000001"), 400),
            ("a level", ask_phone(api, [("a", b"x")], "asice",
                                  "+994500000001", level="X"), 400),
            ("a field", ask_phone(api, [("a", b"x")], "asice",
                                  "+994500000001", more="X"), 400),
            ("no file", ask_phone(api, [], "asice", "+994500000001"), 400),
            ("64 parts", ask_phone(api, [(f"{n}", b"x") for n in range(61)],
                                   "asice", "+994500000040"), 202),
            ("65 parts", ask_phone(api, [(f"{n}", b"x") for n in range(62)],
                                   "asice", "+994500000041"), 413),
            ("none of that id", api("GET", f"/api/v1/mobile/{'a' * 26}"), 404),
            ("no id", api("GET", f"/api/v1/mobile/x"), 404)):
        bed.check(f"mobile, {what}: {status}", a.status == status,
                  a.raw[-300:])
    a = ask_phone(api, [("a", b"x")], "asice", "+994500000002")
    other = Api(bed, bed.check, "another")
    bed.check("another client's job is not there",
              other("GET", a.headers["location"]).status == 404)
    answered(bed, api, a)
    bed.check("nor may one that only seals", Api(bed, bed.check, "seals")(
        "GET", a.headers["location"]).status == 403)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        pathlib.Path(scratch).chmod(0o755)
        bed = Bed(options, scratch)
        pki = bed.scratch / "tsa"
        wrong = []
        gateway = asan.gateway(bed, bed.tsa.responders.pki)
        path = bed.where / "trust" / "citizen-ca.pem"
        shutil.copy(pki / "citizen-ca.pem", path)
        path.chmod(0o644)
        try:
            bed.check("ready", bed.start(), bed.log()[-800:])
            for name, test in (
                    ("seals", test_seal), ("seals", test_refused),
                    ("seals", test_once), ("seals", test_store_fails),
                    ("seals", test_falls),
                    ("signs", lambda b, a: test_levels(b, a, pki)),
                    ("signs", lambda b, a: test_mobile(b, a,
                                                       gateway.service)),
                    ("extends", lambda b, a: test_extend(b, a, pki)),
                    ("audits", test_proof)):
                api = Api(bed, bed.check, name)
                test(bed, api)
                wrong += api.wrong
            bed.check("what was answered is as described", not wrong,
                      "; ".join(sorted(set(wrong))))
            bed.check("it stops", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
        finally:
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
