#!/usr/bin/python3
"""A MID-REST service on loopback with real keys (domain.md 1.4).

    mid.py PKI [--profile mid|asan]

Prints one line of JSON: {"url", "uuid", "name"}.  The person behind a number
answers as the demonstration set of the documented service does, and worse:
the last digits of the telephone number say how.
"""

import argparse
import base64
import hashlib
import http.server
import json
import pathlib
import sys
import threading
import time
import urllib.parse
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "pki"))
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils  # noqa: E402,E501
from cryptography.hazmat.primitives import hashes  # noqa: E402
from pki import Pki  # noqa: E402

UUID = "00000000-0000-0000-0000-000000000000"
NAME = "DEMO"
HASHES = {"SHA256": hashes.SHA256, "SHA384": hashes.SHA384,
          "SHA512": hashes.SHA512}
# number of the telephone: (what happens, entity whose key signs)
PEOPLE = {
    "+994500000001": ("ok", "citizen"),
    "+994500000002": ("ok", "citizen-rsa2048"),
    "+994500000003": ("ok", "citizen-p384"),
    "+994500000010": ("slow", "citizen"),
    "+994500000011": ("no-client", None),
    "+994500000012": ("TIMEOUT", "citizen"),
    "+994500000013": ("USER_CANCELLED", "citizen"),
    "+994500000014": ("PHONE_ABSENT", "citizen"),
    "+994500000015": ("DELIVERY_ERROR", "citizen"),
    "+994500000016": ("SIM_ERROR", "citizen"),
    "+994500000017": ("SIGNATURE_HASH_MISMATCH", "citizen"),
    "+994500000018": ("NOT_MID_CLIENT", "citizen"),
    "+994500000020": ("wrong-digest", "citizen"),
    "+994500000021": ("wrong-key", "citizen"),
    "+994500000022": ("other-person", "citizen2"),
    "+994500000023": ("der-value", "citizen"),
    "+994500000024": ("no-value", "citizen"),
    "+994500000025": ("unknown-result", "citizen"),
    "+994500000026": ("no-json", "citizen"),
    "+994500000027": ("lost-session", "citizen"),
    "+994500000028": ("bad-session", "citizen"),
    "+994500000029": ("http-500", "citizen"),
    "+994500000030": ("http-401", "citizen"),
    "+994500000031": ("huge", "citizen"),
    "+994500000032": ("no-certificate", "citizen"),
    "+994500000033": ("garbage-certificate", "citizen"),
    "+994500000034": ("duplicate-members", "citizen"),
    "+994500000040": ("ok", "citizen2"),
    "+994500000041": ("ok", "revoked"),
    "+994500000042": ("ok", "foreign"),
    "+994500000043": ("ok", "citizen-rsa1024"),
    "+994500000044": ("never", "citizen"),
    "+994500000045": ("ok", "citizen"),
    "+994500000046": ("never", "citizen"),
    "+994500000047": ("ok", "citizen2"),
    "+994500000050": ("slow", "citizen-rsa2048"),
    "+994500000051": ("slow", "citizen-rsa3072"),
}
FIELDS = {"mid": ("phoneNumber", "nationalIdentityNumber"),
          "asan": ("phone", "userId")}


def value(key, digest, kind, der=False):
    """The value as the service gives it: raw r||s, or PKCS#1 v1.5."""
    chosen = utils.Prehashed(HASHES[kind]())
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(digest, padding.PKCS1v15(), chosen)
    out = key.sign(digest, ec.ECDSA(chosen))
    if der:
        return out
    size = (key.key_size + 7) // 8
    return b"".join(n.to_bytes(size, "big")
                    for n in utils.decode_dss_signature(out))


class Service:
    def __init__(self, pki, profile="mid"):
        self.pki = pki
        self.phone, self.user = FIELDS[profile]
        self.sessions = {}
        self.requests = []
        self.slow = 0.6

    def start(self, body):
        kind = body["hashType"]
        digest = base64.b64decode(body["hash"], validate=True)
        if len(digest) != HASHES[kind]().digest_size:
            return 400, {"error": "hash"}
        how = self.person(body)[0]
        name = "../x y" if how == "bad-session" else str(uuid.uuid4())
        self.sessions[name] = (body, digest, kind, time.monotonic())
        return 200, {"sessionID": name}

    def person(self, body):
        return PEOPLE.get(body[self.phone], ("no-client", None))

    def certificate(self, body):
        how, name = self.person(body)
        if how == "no-client":
            return 200, {"result": "NOT_FOUND"}
        if how == "no-certificate":
            return 200, {"result": "OK"}
        der = b"\x30\x03\x02\x01\x01" if how == "garbage-certificate" \
            else self.pki[name].der
        return 200, {"result": "OK", "cert": base64.b64encode(der).decode(),
                     "time": "2026-01-01T00:00:00Z", "traceId": "1"}

    def status(self, name):
        if name not in self.sessions:
            return 404, {"error": "no session"}
        body, digest, kind, begun = self.sessions[name]
        how, entity = self.person(body)
        if how == "lost-session":
            return 404, {"error": "gone"}
        if how == "http-500":
            return 500, {"error": "we"}
        if how == "slow" and time.monotonic() - begun < self.slow:
            time.sleep(0.2)
            return 200, {"state": "RUNNING"}
        if how == "never":
            return 200, {"state": "RUNNING"}
        if how.isupper():
            return 200, {"state": "COMPLETE", "result": how}
        if how == "unknown-result":
            return 200, {"state": "COMPLETE", "result": "SUNSPOTS"}
        if how == "no-value":
            return 200, {"state": "COMPLETE", "result": "OK"}
        if how == "wrong-digest":
            digest = hashlib.new(kind.lower(), b"another").digest()
        key = self.pki["citizen2" if how == "wrong-key" else entity].key
        raw = value(key, digest, kind, der=how == "der-value")
        return 200, {"state": "COMPLETE", "result": "OK", "traceId": "7",
                     "signature": {
                         "value": base64.b64encode(raw).decode(),
                         "algorithm": kind + "WithECEncryption"}}


class Handler(http.server.BaseHTTPRequestHandler):
    """One request; self.server.service has the answers."""

    def log_message(self, format, *args):  # pylint: disable=W0622
        pass

    def reply(self, status, body):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except ConnectionError:
            pass  # it had enough

    def do_POST(self):  # pylint: disable=C0103
        service = self.server.service
        size = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(min(size, 65536)))
        path = urllib.parse.urlsplit(self.path).path
        service.requests.append((path, body))
        if body.get("relyingPartyUUID") != UUID or \
                body.get("relyingPartyName") != NAME:
            return self.reply(401, {"error": "relying party"})
        how = service.person(body)[0]
        if how == "http-401":
            return self.reply(401, {"error": "not you"})
        if path == "/mid-api/certificate":
            return self.reply(*service.certificate(body))
        if path == "/mid-api/signature":
            if how == "no-json":
                return self.reply(200, b"<html>")
            if how == "huge":
                return self.reply(200, b'{"sessionID":"' + b"a" * (2 << 20) +
                                  b'"}')
            if how == "duplicate-members":
                return self.reply(
                    200, b'{"sessionID":"aa","sessionID":"bb"}')
            return self.reply(*service.start(body))
        return self.reply(404, {"error": "path"})

    def do_GET(self):  # pylint: disable=C0103
        path = urllib.parse.urlsplit(self.path).path
        name = path.removeprefix("/mid-api/signature/session/")
        self.reply(*self.server.service.status(name))


def start(pki, profile="mid", port=0):
    """A server that serves, and its address; port 0: a free one."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.service = Service(pki, profile)
    url = "http://127.0.0.1:%d/mid-api" % server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, url


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pki")
    parser.add_argument("--profile", default="mid", choices=sorted(FIELDS))
    args = parser.parse_args()
    server, url = start(Pki.open(args.pki), args.profile)
    print(json.dumps({"url": url, "uuid": UUID, "name": NAME}), flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
