#!/usr/bin/python3
"""mohur verify with the network: what a document does not carry is fetched.

    online.py --mohur PATH

Real responders on loopback, a PKI of today; ends with "N passed, N failed".
"""

import argparse
import datetime as dt
import json
import pathlib
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "pki"))
import container  # noqa: E402
import server  # noqa: E402
from pki import Pki  # noqa: E402

FILES = [("a.txt", b"hello\n", "text/plain")]


def clock():
    return dt.datetime.utcnow().replace(microsecond=0)


class Bench:
    def __init__(self, mohur, scratch):
        self.mohur, self.scratch = mohur, scratch
        self.passed = self.failed = 0
        self.server = server.start(None, clock)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        self.answers = self.server.responders
        self.pki = self.answers.pki = Pki.live(scratch / "pki", self.url)
        self.asked = []
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def check(self, name, good, detail=""):
        self.passed += good
        self.failed += not good
        if not good:
            print(f"FAIL {name}: {detail}")

    def document(self, name, signer="citizen", level="T", **opts):
        chain = [signer] + [e.name for e in self.pki.chain(signer)]
        job = {"signer": signer, "level": level, "key_info": chain,
               "time": clock() - dt.timedelta(minutes=10), **opts}
        path = self.scratch / f"{name}.asice"
        path.write_bytes(container.asic_e(self.pki, FILES, [job]).pack())
        return path

    def verify(self, path, *options, trust="root.pem"):
        done = subprocess.run(
            [self.mohur, "verify", "--report", "json", "--trust",
             str(self.scratch / "pki" / trust), *options, str(path)],
            capture_output=True, text=True, timeout=60, check=False)
        report = json.loads(done.stdout) if done.stdout else {}
        return done.returncode, report, done.stderr

    def expect(self, name, path, code, sub, *options, finding=None,
               line=None, fault=None):
        self.answers.fault = fault
        got, report, errors = self.verify(path, *options)
        self.answers.fault = None
        sig = report.get("signatures", [{}])[0]
        codes = [f["code"] for f in sig.get("findings", ())]
        good = (got == code and sig.get("sub_indication", "?") == sub and
                (finding is None or finding in codes) and
                (line in errors if line else not errors))
        self.check(name, good, f"exit {got}, {sig.get('sub_indication')}, "
                   f"{codes}, {errors.strip()}")


def run(b):
    good = b.document("good")
    b.expect("offline lacks everything", good, 2, "TRY_LATER", "--offline",
             finding="revocation-missing")
    b.expect("online passes", good, 0, None)
    b.expect("a time in the past is offline", good, 2, "TRY_LATER", "--time",
             (clock() - dt.timedelta(seconds=1)).strftime(
                 "%Y-%m-%dT%H:%M:%SZ"))
    b.expect("level B", b.document("b", level="B"), 0, None)
    for who in ("clerk", "director", "citizen-p384", "citizen-rsa3072"):
        b.expect(who, b.document(who, signer=who), 0, None)
    b.expect("revoked", b.document("revoked", signer="revoked"), 2,
             "REVOKED_NO_POE", finding="certificate-revoked")
    b.expect("suspended", b.document("suspended", signer="suspended"), 2,
             "REVOKED_NO_POE", finding="certificate-on-hold")
    b.expect("another PKI's signer", b.document(
        "foreign", signer="foreign", tsa="tsa"), 2,
        "NO_CERTIFICATE_CHAIN_FOUND")
    # A false answer never helps: the list still says the truth.
    for fault in ("ocsp-signature", "ocsp-serial", "ocsp-issuer",
                  "ocsp-no-eku", "ocsp-stale", "ocsp-try-later",
                  "ocsp-unknown"):
        b.expect(f"revoked and {fault}", b.scratch / "revoked.asice", 2,
                 "REVOKED_NO_POE", fault=fault)
    for fault in ("http-garbage", "crl-signature", "crl-stale"):
        b.expect(fault, good, 2, "TRY_LATER", fault=fault)
    b.expect("http-500", good, 2, "TRY_LATER", fault="http-500",
             line="HTTP 500")
    b.server.shutdown()
    b.server.server_close()
    b.expect("nobody answers", good, 2, "TRY_LATER", line="no connection")
    many = b.scratch / "many"
    many.mkdir()
    for i in range(40):
        (many / f"{i}.asice").write_bytes(good.read_bytes())
    done = subprocess.run(
        [b.mohur, "verify", "--report", "json", "--trust",
         str(b.scratch / "pki" / "root.pem"), str(many)],
        capture_output=True, text=True, timeout=60, check=False)
    b.check("a folder without network", done.returncode == 2 and
            len(done.stdout.splitlines()) == 40, done.stderr[-300:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mohur", required=True)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mohur-online.") as scratch:
        bench = Bench(args.mohur, pathlib.Path(scratch))
        run(bench)
    print(f"{bench.passed} passed, {bench.failed} failed")
    return 1 if bench.failed else 0


if __name__ == "__main__":
    sys.exit(main())
