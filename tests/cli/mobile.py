#!/usr/bin/python3
"""mohur sign --key mobile: against a MID-REST service with real keys.

    mobile.py --mohur PATH

Ends with "N passed, N failed".
"""

import argparse
import base64
import datetime as dt
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "pki"))
sys.path.insert(0, str(HERE.parent / "gateways"))
import mid  # noqa: E402
import server  # noqa: E402
from pki import Pki  # noqa: E402

# The telephone's last two digits, and what the error line names.
TROUBLE = {
    "11": "not-client", "12": "timeout", "13": "cancelled",
    "14": "phone-absent", "15": "delivery-error", "16": "sim-error",
    "17": "hash-mismatch", "18": "not-client", "20": "wrong-signature",
    "21": "wrong-signature", "22": "wrong-person", "23": "wrong-signature",
    "24": "malformed-answer", "25": "malformed-answer",
    "26": "malformed-answer", "27": "session-expired",
    "28": "malformed-answer", "29": "service-unavailable",
    "30": "service-refused", "31": "too large", "32": "malformed-answer",
    "33": "certificate", "34": "malformed-answer", "99": "not-client",
}


class Bench:
    def __init__(self, mohur, scratch):
        self.mohur, self.scratch = mohur, scratch
        self.passed = self.failed = 0
        responders = server.start(
            None, lambda: dt.datetime.utcnow().replace(microsecond=0))
        self.base = "http://127.0.0.1:%d" % responders.server_address[1]
        self.pki = Pki.live(scratch / "pki", self.base)
        responders.responders.pki = self.pki
        import threading
        threading.Thread(target=responders.serve_forever,
                         daemon=True).start()
        (scratch / "a.txt").write_text("salam\n")
        (scratch / "c.jpg").write_bytes(b"\xff\xd8\xff\xd9")

    def check(self, name, good, detail=""):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"FAIL {name}: {detail}")

    def configure(self, profile, url, uuid=mid.UUID):
        path = self.scratch / f"{profile}.conf"
        path.write_text(
            f'mobile {{\n  url = "{url}"\n  profile = "{profile}"\n'
            f'  uuid = "{uuid}"\n  name = "{mid.NAME}"\n'
            f'  text = "Məhkəmə"\n}}\n'
            f'trust = {{ "{self.scratch}/pki/root.pem" }}\n'
            f'tsa = "{self.base}/tsa"\n')
        return path

    def sign(self, conf, address, *argv):
        return subprocess.run(
            [self.mohur, "--config", conf, "sign", "--key",
             f"mobile:{address}", *argv, "a.txt"], cwd=self.scratch,
            capture_output=True, text=True, timeout=120, check=False)


def user_of(b, number):
    """The number that ends the certificate's serialNumber."""
    name = mid.PEOPLE.get(number, (None, "citizen"))[1] or "citizen"
    return {"citizen": "5TST0A1"}.get(name, name)


def sign_all(b, service, conf):
    for last, name in (("01", "citizen"), ("02", "citizen-rsa2048"),
                       ("03", "citizen-p384"), ("10", "citizen")):
        service.requests.clear()
        out = b.scratch / f"m{last}.edoc"
        done = b.sign(conf, f"+9945000000{last}/012345", "--out", out)
        code = re.search(r"verification code: (\d{4})\n", done.stderr)
        b.check(f"signs {name}", done.returncode == 0 and code, done.stderr)
        asked = [r for r in service.requests if r[0].endswith("signature")]
        digest = base64.b64decode(asked[0][1]["hash"]) if asked else b"\0" * 32
        b.check("the code is the digest's", code and int(code.group(1)) == (
            (digest[0] & 0xFC) << 5 | digest[-1] & 0x7F), done.stderr)
        done = subprocess.run(
            [b.mohur, "--config", conf, "verify", "--report", "json", out],
            capture_output=True, text=True, timeout=60, check=False)
        report = json.loads(done.stdout)
        b.check(f"{name} has signed", report["signatures"][0]["indication"] in
                ("TOTAL-PASSED", "INDETERMINATE") and
                report["signatures"][0]["sub_indication"] in
                (None, "NO_CERTIFICATE_CHAIN_FOUND"), done.stdout)
        b.check("what is shown on the telephone", asked and
                asked[0][1].get("displayText") == "Məhkəmə" and
                asked[0][1]["displayTextFormat"] == "UCS-2", asked)


def run(b):
    gateway, url = mid.start(b.pki, "asan")
    conf = b.configure("asan", url)
    sign_all(b, gateway.service, conf)
    for last, word in TROUBLE.items():
        before = sorted(b.scratch.iterdir())
        number = f"+9945000000{last}"
        if word == "wrong-person":
            continue  # the profile below can tell
        begun = time.monotonic()
        done = b.sign(conf, f"{number}/012345", "--out",
                      b.scratch / "x.edoc")
        lines = [line for line in done.stderr.splitlines()
                 if not line.startswith("verification code")]
        b.check(f"{word} ({last})", done.returncode == 5 and
                len(lines) == 1 and word in lines[0] and
                time.monotonic() - begun < 20, done.stderr)
        b.check(f"{word} ({last}), nothing written",
                sorted(b.scratch.iterdir()) == before)
    for bad in ("994500000001/012345", "+99450/012345", "+994500000001",
                "+994500000001/", "+994500000001/01a", "+994500000001/1/2"):
        done = b.sign(conf, bad)
        b.check(f"address {bad}", done.returncode == 64 and
                "--key" in done.stderr, done.stderr)
    other = b.configure("asan", url, "11111111-0000-0000-0000-000000000000")
    done = b.sign(other, "+994500000001/012345")
    b.check("another relying party", done.returncode == 5 and
            "service-refused" in done.stderr, done.stderr)
    gateway.shutdown()
    gateway.server_close()
    done = b.sign(b.configure("asan", url), "+994500000001/012345")
    b.check("nobody there", done.returncode == 5 and
            "no connection" in done.stderr, done.stderr)
    gateway, url = mid.start(b.pki, "mid")
    conf = b.configure("mid", url)
    done = b.sign(conf, "+994500000001/60001019906")
    b.check("another person's certificate", done.returncode == 5 and
            "wrong-person" in done.stderr, done.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mohur", required=True)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mohur-mobile.") as scratch:
        bench = Bench(str(pathlib.Path(args.mohur).resolve()),
                      pathlib.Path(scratch))
        run(bench)
    print(f"{bench.passed} passed, {bench.failed} failed")
    return 1 if bench.failed else 0


if __name__ == "__main__":
    sys.exit(main())
