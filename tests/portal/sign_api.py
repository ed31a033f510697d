#!/usr/bin/python3
"""Signatures that a client makes, over HTTP: POST /api/v1/sign, the digest
signed with a key of its own, the value, the document; every document is given
to `mohur verify`.

    sign_api.py --build BUILD
"""

import argparse
import base64
import hashlib
import json
import pathlib
import socket
import sqlite3
import subprocess
import sys
import tempfile

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "pki"), str(TESTS / "serve")]
from pki import Pki  # noqa: E402
from real import Bed  # noqa: E402

from api import Api
from portal import Checks, Portal, multipart

SIGN = "/api/v1/sign"
HASHES = {"SHA-256": hashes.SHA256, "SHA-384": hashes.SHA384,
          "SHA-512": hashes.SHA512}


def plain_pdf():
    """A page with nothing on it."""
    body = b"%PDF-1.7\n"
    at = []
    for n, text in enumerate((
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] >>"), 1):
        at.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (n, text)
    table = b"xref\n0 4\n0000000000 65535 f \n" + b"".join(
        b"%010d 00000 n \n" % n for n in at)
    return body + table + (b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n"
                           b"%d\n%%%%EOF\n" % len(body))


def value_of(pki, signer, job):
    key = serialization.load_pem_private_key(
        (pki / f"{signer}.key.pem").read_bytes(), None)
    digest = base64.b64decode(job["digest"])
    alg = utils.Prehashed(HASHES[job["digest_algorithm"]]())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = utils.decode_dss_signature(key.sign(digest, ec.ECDSA(alg)))
        size = (key.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    return key.sign(digest, padding.PKCS1v15(), alg)


def prepare(api, pki, names, form, signer, algorithm, headers=(), key=None,
            extra=()):
    parts = [("file", n, b) for n, b in names]
    parts += [("certificate", "c", (pki / f"{signer}.der").read_bytes()),
              ("chain", "i", (pki / "citizen-ca.der").read_bytes()),
              ("format", None, form.encode()),
              ("algorithm", None, algorithm.encode()), *extra]
    kind, body = multipart(parts)
    return api("POST", SIGN, [kind, *headers], body, key=key)


def send(api, job, value, headers=(), key=None):
    kind, body = multipart([("value", None, base64.b64encode(value))])
    return api("POST", f"{SIGN}/{job}/value", [kind, *headers], body, key=key)


def verify(build, trust, name, content):
    """What mohur verify says of the signature in it."""
    with tempfile.TemporaryDirectory() as tmp:
        path = pathlib.Path(tmp) / name
        path.write_bytes(content)
        done = subprocess.run(
            [str(build / "mohur"), "verify", "--offline", "--report", "json",
             "--trust", trust, str(path)], capture_output=True, timeout=120)
    report = json.loads(done.stdout)
    return (report["verdict"], [s["indication"] for s in report["signatures"]])


def whole(check, api, build, pki, trust):
    pdf = plain_pdf()
    for form, signer, algorithm, names in (
            ("edoc", "citizen", "ES256", [("a.pdf", pdf), ("ə.txt", b"x")]),
            ("adoc", "citizen", "ES256", [("a.pdf", pdf)]),
            ("asice", "citizen-p384", "ES384", [("a.txt", b"text")]),
            ("asics", "citizen-rsa2048", "RS256", [("a.txt", b"text")]),
            ("pdf", "citizen", "ES256", [("a.pdf", pdf)]),
            ("pdf", "citizen-rsa2048", "RS256", [("a.pdf", pdf)])):
        what = f"{form} {signer}"
        a = prepare(api, pki, names, form, signer, algorithm)
        if not check(f"{what}: prepared", a.status == 201, a.raw[-300:]):
            continue
        job = json.loads(a.body)
        where = f"{SIGN}/{job['id']}"
        check(f"{what}: its place", a.headers["location"] == where)
        check(f"{what}: no document yet",
              api("GET", where + "/document").status == 409)
        value = value_of(pki, signer, job)
        wrong = value[:-1] + bytes([value[-1] ^ 1])
        b = send(api, job["id"], wrong)
        check(f"{what}: a wrong value is 422", b.status == 422, b.raw[-300:])
        b = send(api, job["id"], b"\x01" * 7)
        check(f"{what}: so is one of another length", b.status == 422,
              b.raw[-300:])
        b = api("GET", where)
        check(f"{what}: which changed nothing",
              json.loads(b.body) == job, b.raw[-300:])
        b = send(api, job["id"], value)
        check(f"{what}: signed", b.status == 200 and json.loads(
            b.body)["state"] == "completed", b.raw[-400:])
        check(f"{what}: the value again is 409",
              send(api, job["id"], value).status == 409)
        b = api("GET", where + "/document")
        said = verify(build, trust, f"x.{form}", b.body)
        check(f"{what}: mohur verify", b.status == 200 and len(said[1]) == 1
              and said[0] in ("TOTAL-PASSED", "INDETERMINATE")
              and said[1] != ["FAILED"], str(said))


def refusals(check, api, pki, other):
    text = [("a.txt", b"text")]
    for name, form, algorithm, extra, status in (
            ("format", "doc", "ES256", (), 400),
            ("algorithm", "asice", "none", (), 400),
            ("level", "asice", "ES256", [("level", None, b"LTV")], 400),
            ("unknown field", "asice", "ES256", [("x", None, b"y")], 400),
            ("no PDF", "pdf", "ES256", (), 422)):
        a = prepare(api, pki, text, form, "citizen", algorithm, extra=extra)
        check(f"{name}: {status}", a.status == status, a.raw[-300:])
    a = prepare(api, pki, [("a", b"x" * (16 << 20))], "asice", "citizen",
                "ES256")
    check("16 MiB", a.status in (201, 422), a.raw[-300:])
    a = prepare(api, pki, [("a", b"x" * ((16 << 20) + 1))], "asice", "citizen",
                "ES256")
    check("a byte more", a.status == 413, a.raw[-300:])
    job = json.loads(prepare(api, pki, text, "asice", "citizen",
                             "ES256").body)
    where = f"{SIGN}/{job['id']}"
    for method, path in (("GET", where), ("GET", where + "/document")):
        check(f"another client: {method} {path[-9:]} is 404",
              api(method, path, key=other).status == 404)
    check("another client: value is 404", send(
        api, job["id"], value_of(pki, "citizen", job), key=other).status == 404)
    stranger = value_of(pki, "citizen2", job)
    check("another's key is 422", send(api, job["id"], stranger).status == 422)
    store = sqlite3.connect(pathlib.Path(api.portal.state) / "store.db")
    store.execute("UPDATE signing SET until = created WHERE id = ?",
                  (job["id"],))
    store.commit()
    store.close()
    check("too late: its state", json.loads(
        api("GET", where).body)["state"] == "expired")
    check("too late: 409", send(
        api, job["id"], value_of(pki, "citizen", job)).status == 409)
    check("and no document", api("GET", where + "/document").status == 409)


def limits(check, api, pki, key):
    """At each limit and one past it."""
    text = [("a.txt", b"text")]
    issuer = (pki / "citizen-ca.der").read_bytes()

    def ask(extra=(), names=text):
        return prepare(api, pki, names, "asice", "citizen", "ES256",
                       extra=extra, key=key).status

    more = [("chain", "i", issuer)]
    check("16 certificates of a chain", ask(more * 15) == 201)
    check("17 of them", ask(more * 16) == 400)
    check("a certificate of 16384 bytes is read, which no worker believes",
          ask([("chain", "i", b"0" * 16384)]) in (201, 422))
    check("a byte more is not", ask([("chain", "i", b"0" * 16385)]) == 400)
    check("two certificates of the signer", ask([
        ("certificate", "c", issuer)]) == 400)
    store = sqlite3.connect(pathlib.Path(api.portal.state) / "store.db")
    waiting = store.execute(
        "SELECT client, count(*) FROM signing WHERE document IS NULL"
        " AND until > created GROUP BY client ORDER BY client DESC"
    ).fetchone()[1]
    store.close()
    got = {ask() for _ in range(64 - waiting)}
    check("64 wait for their value", got == {201}, str(got))
    check("one more is 429", ask() == 429)


def once(check, api, pki):
    head = ["Idempotency-Key: one"]
    text = [("a.txt", b"text")]
    a = prepare(api, pki, text, "asice", "citizen", "ES256", head)
    b = prepare(api, pki, text, "asice", "citizen", "ES256", head)
    check("asked again: the same job", a.status == b.status == 201 and
          a.body == b.body and "idempotency-replayed" in b.headers)
    job = json.loads(a.body)
    value = value_of(pki, "citizen", job)
    head = ["Idempotency-Key: two"]
    a, b = (send(api, job["id"], value, head) for _ in range(2))
    check("the value again: the same answer",
          a.status == b.status == 200 and a.body == b.body, b.raw[-300:])


def killed(check, api, pki):
    text = [("a.txt", b"text")]
    job = json.loads(prepare(api, pki, text, "asice", "citizen",
                             "ES256").body)
    api.portal.writer.kill()
    api.portal.writer.wait()
    a = send(api, job["id"], value_of(pki, "citizen", job))
    check("no writer: 503", a.status == 503, a.raw[-300:])
    check("no writer: no new job", prepare(
        api, pki, text, "asice", "citizen", "ES256").status == 503)
    check("the job is as it was", json.loads(
        api("GET", f"{SIGN}/{job['id']}").body) == job)


class Served(Bed):
    """`mohur serve`, with a client that may sign and one that may not."""

    def __init__(self, build, folder, scratch):
        super().__init__(argparse.Namespace(build=build, samples=folder),
                         scratch)
        path = self.where / "mohur.conf"
        path.write_text(path.read_text().replace(
            f"http://127.0.0.1:{self.port}", "http://localhost"))
        with open(path, "a", encoding="ascii") as conf:
            for name, may in (("signs", "verify, sign"), ("reads", "verify")):
                conf.write(f"client {name} {{\n    key-sha256 = \"" +
                           hashlib.sha256(name.encode()).hexdigest() +
                           f"\"\n    may = {{{may}}}\n}}\n")

    def connect(self, timeout=10):
        return socket.create_connection(("127.0.0.1", self.port), timeout)


def served(check, build, folder, trust, scratch):
    bed = Served(build, folder, scratch)
    try:
        if not check("mohur serve: ready", bed.start(), bed.log()[-500:]):
            return
        pki = folder / "pki"
        whole(check, Api(bed, check, "signs"), build, pki, trust)
        check("a key that may not sign: 403", prepare(
            Api(bed, check, "reads"), pki, [("a", b"x")], "asice", "citizen",
            "ES256").status == 403)
    finally:
        check("mohur serve: it ends with 0", bed.stop()[0] == 0)


def main(argv):
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    args = parser.parse_args(argv[1:])
    build = args.build.resolve()
    check = Checks()
    with tempfile.TemporaryDirectory() as tmp:
        pki = pathlib.Path(tmp) / "pki"
        Pki.live(pki, "http://127.0.0.1:9")
        trust = str(pki / "root.pem")
        snapshot = tmp + "/trust.snap"
        subprocess.run([str(build / "mohur"), "trust", "compile", "--out",
                        snapshot, trust], check=True, capture_output=True)
        with Portal(build, "--lenient", trust=snapshot, signs=True,
                    clients=[("one", []), ("two", [])]) as portal:
            api = Api(portal, check, portal.keys["one"])
            whole(check, api, build, pki, trust)
            refusals(check, api, pki, portal.keys["two"])
            limits(check, api, pki, portal.keys["two"])
            once(check, api, pki)
            check("without a key: 403", prepare(
                Api(portal, check), pki, [("a", b"x")], "asice", "citizen",
                "ES256").status == 403)
            killed(check, api, pki)
            check("what was answered is as described", not api.wrong,
                  "; ".join(sorted(set(api.wrong))))
        pathlib.Path(tmp).chmod(0o755)
        served(check, build, pathlib.Path(tmp), trust, tmp)
    return check.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv))
