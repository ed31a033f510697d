#!/usr/bin/python3
"""Loopback responders over HTTP: OCSP, CRL and TSA of a test PKI.

    server.py PKI [--time T] [--fault NAME] [--live]

Listens on 127.0.0.1 at a free port and prints one line of JSON:
{"url", "ocsp", "crl", "tsa"}.  Paths: /ocsp/<issuing CA> (POST, or GET with
the request in base64), /crl/<CA>.crl, /tsa (POST).  What is revoked follows
the names of the PKI: "revoked" and "suspended".  --time fixes the clock.
--live makes the PKI first, one of today that names these responders.

Faults: ocsp-nonce, ocsp-signature, ocsp-serial, ocsp-issuer, ocsp-no-eku,
ocsp-stale, ocsp-unknown, ocsp-try-later, crl-signature, crl-stale,
tsa-imprint, tsa-nonce, tsa-eku, tsa-signature, tsa-reject, http-500,
http-garbage.
"""

import argparse
import base64
import datetime as dt
import http.server
import json
import sys
import urllib.parse

import crl
import ocsp
import tsa
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import tsp
from pki import Pki, day
from signing import digest

RESPONDERS = {"citizen-ca": "ocsp", "business-ca": "ocsp-business",
              "government-ca": "ocsp-government"}
MAX_REQUEST = 65536


class Responders:
    """The answers, apart from HTTP."""

    def __init__(self, pki, clock, fault=None):
        self.pki, self.clock, self.fault = pki, clock, fault
        self.behind = dt.timedelta()  # the clock of OCSP, against the TSA's
        self.lists = True  # False: there are none to be had

    def holder(self, serial):
        for entity in self.pki.entities.values():
            if entity.cert.serial_number == serial:
                return entity
        return None

    def ocsp(self, ca, request):
        """The answer to an OCSP request for certificates of `ca`."""
        req = asn1_ocsp.OCSPRequest.load(request)["tbs_request"]
        cert_id = req["request_list"][0]["req_cert"]
        entity = self.holder(cert_id["serial_number"].native)
        issuer = self.pki[ca]
        opts = {"hash_name": cert_id["hash_algorithm"]["algorithm"].native}
        for ext in req["request_extensions"] or ():
            if ext["extn_id"].native == "nonce":
                opts["raw_nonce"] = ext["extn_value"].contents
        if entity is None or entity.issuer != ca:
            opts.update(status="unknown", serial=int(
                cert_id["serial_number"].native))
            entity = issuer
        elif entity.name == "revoked":
            opts.update(status="revoked", reason="key_compromise",
                        revoked_at=day("2022-05-20") + self.pki.shift)
        elif entity.name == "suspended":
            opts.update(status="revoked", reason="certificate_hold",
                        revoked_at=day("2022-05-28") + self.pki.shift)
        responder = self.pki[RESPONDERS[ca]]
        when = self.clock() - self.behind
        responder, when = self.spoil_ocsp(opts, responder, when)
        return ocsp.respond(entity, issuer, responder, when, **opts)

    def spoil_ocsp(self, opts, responder, when):
        fault = self.fault
        if fault == "ocsp-nonce":
            opts.pop("raw_nonce", None)
            opts["nonce"] = b"another nonce"
        elif fault == "ocsp-signature":
            opts["bad_signature"] = True
        elif fault == "ocsp-serial":
            opts["serial"] = 4711
        elif fault == "ocsp-issuer":
            opts["key_of"] = self.pki["foreign-ca"]
        elif fault == "ocsp-no-eku":
            responder = self.pki["ocsp-no-eku"]
        elif fault == "ocsp-stale":
            when -= dt.timedelta(days=30)
        elif fault == "ocsp-unknown":
            opts["status"] = "unknown"
        elif fault == "ocsp-try-later":
            opts["http_status"] = "try_later"
        return responder, when

    def crl(self, ca):
        """The current list of `ca`."""
        if not self.lists:
            raise KeyError(ca)
        rows = []
        if ca == "citizen-ca":
            rows = [(self.pki["revoked"], day("2022-05-20") + self.pki.shift,
                     "key_compromise"),
                    (self.pki["suspended"],
                     day("2022-05-28") + self.pki.shift, "certificate_hold")]
        when = self.clock()
        if self.fault == "crl-stale":
            when -= dt.timedelta(days=90)
        return crl.make(self.pki[ca], when, rows,
                        bad_signature=self.fault == "crl-signature")

    def tsa(self, request):
        """The answer to a time-stamp request."""
        if self.fault == "tsa-reject":
            return tsa.response(None)
        req = tsp.TimeStampReq.load(request)
        imprint = req["message_imprint"]
        opts = {"digest_name":
                imprint["hash_algorithm"]["algorithm"].native,
                "hashed": imprint["hashed_message"].native}
        if req["nonce"].native is not None:
            opts["nonce"] = req["nonce"].native
        name = "tsa"
        if self.fault == "tsa-imprint":
            opts["hashed"] = digest(opts["digest_name"], b"other data")
        elif self.fault == "tsa-nonce":
            opts["nonce"] = 4711
        elif self.fault == "tsa-eku":
            name = "tsa-wrong-eku"
        elif self.fault == "tsa-short":
            name = "tsa-short"
        elif self.fault == "tsa-signature":
            opts["bad_signature"] = True
        entity = self.pki[name]
        return tsa.response(tsa.token(
            b"", entity, self.pki.chain(name), self.clock(), **opts))


class Handler(http.server.BaseHTTPRequestHandler):
    """One request; self.server.responders makes the answer."""

    def log_message(self, format, *args):  # pylint: disable=W0622
        pass

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            pass  # whoever asked was killed

    def reply(self, body, kind, status=200):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def serve(self, body):
        make = self.server.responders
        if make.fault == "http-500":
            return self.reply(b"no", "text/plain", 500)
        if make.fault == "http-garbage":
            return self.reply(b"<html>", "text/html")
        parts = [urllib.parse.unquote(p)
                 for p in self.path.split("/", 3)[1:]]
        try:
            if parts[0] == "ocsp":
                if body is None:
                    body = base64.b64decode(parts[2])
                return self.reply(make.ocsp(parts[1], body),
                                  "application/ocsp-response")
            if parts[0] == "crl":
                return self.reply(make.crl(parts[1].removesuffix(".crl")),
                                  "application/pkix-crl")
            if parts[0] == "tsa" and body is not None:
                return self.reply(make.tsa(body),
                                  "application/timestamp-reply")
        except (KeyError, IndexError, ValueError, TypeError):
            return self.reply(b"bad request", "text/plain", 400)
        return self.reply(b"not found", "text/plain", 404)

    def do_GET(self):  # pylint: disable=C0103
        self.serve(None)

    def do_POST(self):  # pylint: disable=C0103
        length = int(self.headers.get("Content-Length", 0))
        self.serve(self.rfile.read(min(length, MAX_REQUEST)))


def start(pki, clock, fault=None, port=0):
    """A server ready for serve_forever(); the caller closes it.  port 0: a
    free one."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.responders = Responders(pki, clock, fault)
    return server


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pki")
    parser.add_argument("--time")
    parser.add_argument("--fault")
    parser.add_argument("--live", action="store_true")
    args = parser.parse_args()
    fixed = dt.datetime.strptime(args.time, "%Y-%m-%dT%H:%M:%SZ") \
        if args.time else None

    def clock():
        return fixed or dt.datetime.utcnow().replace(microsecond=0)
    server = start(None, clock, args.fault)
    url = "http://127.0.0.1:%d" % server.server_address[1]
    server.responders.pki = Pki.live(args.pki, url) if args.live \
        else Pki.open(args.pki)
    print(json.dumps({"url": url, "ocsp": url + "/ocsp/",
                      "crl": url + "/crl/", "tsa": url + "/tsa"}),
          flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
