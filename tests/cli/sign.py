#!/usr/bin/python3
"""mohur sign, seal and extend from end to end: keys in SoftHSM, a TSA and
responders on loopback, a PKI of today.

    sign.py --mohur PATH [--kills N] [--seed S]

Ends with "N passed, N failed".
"""

import argparse
import datetime as dt
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "pki"))
import server  # noqa: E402
from pki import Pki  # noqa: E402

SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "648219"
# name of the entity: CKA_ID in hex
KEYS = {"citizen-rsa2048": "01", "citizen-rsa3072": "02", "citizen": "03",
        "citizen-p384": "04", "revoked": "05", "expired": "06",
        "no-nonrepudiation": "07"}
LEVELS = ("B", "T", "LT", "LTA")
JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300" + "01" * 64 +
    "ffc0000b080001000101011100ffc4001f00000105010101010101000000000000"
    "00000102030405060708090a0bffda0008010100003f00d2cf20ffd9")
PDF = (b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
       b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
       b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
       b"/Resources << >> >>\nendobj\n")


def small_pdf():
    """A page without anything on it."""
    at = [PDF.index(b"%d 0 obj" % n) for n in (1, 2, 3)]
    table = b"xref\n0 4\n0000000000 65535 f \n" + b"".join(
        b"%010d 00000 n \n" % a for a in at)
    return PDF + table + (b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n"
                          b"%d\n%%%%EOF\n" % len(PDF))


def clock():
    return dt.datetime.utcnow().replace(microsecond=0)


class Bench:
    def __init__(self, mohur, scratch):
        self.mohur, self.scratch = mohur, scratch
        self.passed = self.failed = 0
        self.offset = dt.timedelta()
        self.server = server.start(None, lambda: clock() + self.offset)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        self.answers = self.server.responders
        self.pki = self.answers.pki = Pki.live(scratch / "pki", self.url)
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()
        self.root = str(scratch / "pki" / "root.pem")
        self.token()
        self.number = 0

    def token(self):
        """A token with every key, its certificate and those above it."""
        (self.scratch / "tokens").mkdir()
        conf = self.scratch / "softhsm2.conf"
        conf.write_text(f"directories.tokendir = {self.scratch}/tokens\n"
                        "objectstore.backend = file\nlog.level = ERROR\n")
        self.env = dict(os.environ, SOFTHSM2_CONF=str(conf))
        self.tool("softhsm2-util", "--init-token", "--free", "--label",
                  "court", "--so-pin", "12345678", "--pin", PIN)
        for name, key_id in KEYS.items():
            folder = self.scratch / "pki"
            self.tool("softhsm2-util", "--import", folder / f"{name}.key.pem",
                      "--token", "court", "--label", name, "--id", key_id,
                      "--pin", PIN)
            self.certificate(name, key_id)
        for n, name in enumerate(("citizen-ca", "policy-ca")):
            self.certificate(name, f"a{n}")
        self.pin = self.scratch / "pin"
        self.pin.write_text(PIN)
        self.pin.chmod(0o600)

    def tool(self, *argv):
        subprocess.run([str(a) for a in argv], env=self.env, check=True,
                       capture_output=True, timeout=60)

    def certificate(self, name, key_id):
        self.tool("pkcs11-tool", "--module", SOFTHSM, "--login", "--pin", PIN,
                  "--token-label", "court", "--write-object",
                  self.scratch / "pki" / f"{name}.der", "--type", "cert",
                  "--id", key_id, "--label", name)

    def check(self, name, good, detail=""):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"FAIL {name}: {detail}")
        return good

    def folder(self):
        self.number += 1
        folder = self.scratch / f"w{self.number}"
        folder.mkdir()
        return folder

    def run(self, *argv, cwd=None, **more):
        return subprocess.run(
            [self.mohur, *map(str, argv)], env=self.env, cwd=cwd,
            capture_output=True, text=True, timeout=120, check=False, **more)

    def key(self, name="citizen"):
        return ["--key", f"pkcs11:token=court;id=%{KEYS[name]}", "--module",
                SOFTHSM, "--pin-source", f"file:{self.pin}"]

    def authority(self):
        return ["--tsa", self.url + "/tsa", "--trust", self.root]

    def sign(self, *argv, key="citizen", cwd=None, **more):
        return self.run("sign", *self.key(key), *self.authority(), *argv,
                        cwd=cwd, **more)

    def verify(self, path, *options):
        done = self.run("verify", "--offline", "--report", "json", "--trust",
                        self.root, *options, path)
        return json.loads(done.stdout) if done.stdout else {}

    def expect(self, name, path, verdict, level, *options, sigs=1):
        report = self.verify(path, *options)
        got = report.get("signatures", [])
        last = got[-1] if got else {}
        return self.check(
            name, report.get("verdict") == verdict and len(got) == sigs and
            (level is None or last.get("level") == level),
            f"{report.get('verdict')} {report.get('reason')} "
            f"{[(s['level'], s['sub_indication']) for s in got]}")

    def refused(self, name, done, code, line, folder, before):
        """An error is one line, and nothing has changed."""
        lines = done.stderr.strip().splitlines()
        self.check(name, done.returncode == code and len(lines) == 1 and
                   line in lines[0] and not done.stdout,
                   f"exit {done.returncode}: {done.stderr.strip()}")
        self.check(name + ", nothing written", snapshot(folder) == before,
                   sorted(snapshot(folder)))


def snapshot(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest()
            for p in folder.iterdir() if p.is_file()}


def verdict_at(level):
    return "TOTAL-PASSED" if level in ("LT", "LTA") else "INDETERMINATE"


def matrix(b):
    """Every format, level and kind of key."""
    folder = b.folder()
    (folder / "a.txt").write_text("salam\n" * 50)
    (folder / "b.jpg").write_bytes(JPEG)
    (folder / "c.pdf").write_bytes(small_pdf())
    forms = [("adoc",), ("edoc",), ("asice",), ("asics",),
             ("asice", "--signature", "cades"),
             ("asics", "--signature", "cades")]
    for key in ("citizen-rsa2048", "citizen-rsa3072", "citizen",
                "citizen-p384"):
        pss = ["--pss"] if key == "citizen-rsa3072" else []
        for level in LEVELS:
            for form in forms:
                out = folder / f"{key}-{level}-{'-'.join(form)}.{form[0]}"
                done = b.sign("--as", *form, "--level", level, *pss, "--out",
                              out, folder / "a.txt", key=key)
                name = f"{' '.join(form)} {level} {key}"
                cades = len(form) > 1 and form[0] == "asice"
                if b.check(name, done.returncode == 0 and
                           done.stdout == f"{out}\n", done.stderr):
                    b.expect(name + " verified", out, verdict_at(level),
                             None if cades else level,
                             sigs=2 if cades and level == "LTA" else 1)
            pdf(b, folder, key, level, pss)
            cms(b, folder, key, level, pss)


def pdf(b, folder, key, level, pss):
    out = folder / f"{key}-{level}.pdf"
    done = b.sign("--level", level, *pss, "--out", out, folder / "c.pdf",
                  key=key)
    name = f"pdf {level} {key}"
    if not b.check(name, done.returncode == 0, done.stderr):
        return
    report = b.verify(out)
    first = report["signatures"][0]
    b.check(name + " verified", report["verdict"] == verdict_at(level) and
            first["level"] == level and
            first["modifications"] in ("none", "lta-update"), report)
    shown = subprocess.run(["pdfsig", "-nocert", out], capture_output=True,
                           text=True, timeout=60, check=False).stdout
    b.check(name + " by pdfsig", "Signature is Valid" in shown, shown)
    b.check(name + " by qpdf", subprocess.run(
        ["qpdf", "--check", out], capture_output=True, timeout=60,
        check=False).returncode == 0)


def cms(b, folder, key, level, pss):
    out = folder / f"{key}-{level}.p7s"
    data = folder / "b.jpg"
    done = b.sign("--as", "cms", "--level", level, *pss, "--out", out, data,
                  key=key)
    name = f"cms {level} {key}"
    if not b.check(name, done.returncode == 0, done.stderr):
        return
    b.expect(name + " verified", out, verdict_at(level), level, "--data", data)
    shown = subprocess.run(
        ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", out,
         "-content", data, "-CAfile", b.root, "-certfile",
         b.scratch / "pki" / "chain.pem", "-purpose", "any", "-out",
         "/dev/null"], capture_output=True, text=True, timeout=60, check=False)
    b.check(name + " by openssl", shown.returncode == 0, shown.stderr)


def defaults(b):
    """What --as, --out and several files come to."""
    folder = b.folder()
    (folder / "a.pdf").write_bytes(small_pdf())
    (folder / "b.jpg").write_bytes(JPEG)
    (folder / "ərizə.txt").write_text("mətn\n", encoding="utf-8")
    for first, rest, out in (("a.pdf", [], "a.signed.pdf"),
                             ("b.jpg", [], "b.edoc"),
                             ("ərizə.txt", ["a.pdf", "b.jpg"], "ərizə.edoc")):
        done = b.sign(first, *rest, cwd=folder)
        b.check(f"default of {first}", done.stdout == out + "\n" and
                (folder / out).exists(), done.stdout + done.stderr)
    with zipfile.ZipFile(folder / "ərizə.edoc") as z:
        names = z.namelist()
        kinds = {i.filename: i.compress_type for i in z.infolist()}
    b.check("entries", names[:4] == ["mimetype", "ərizə.txt", "a.pdf",
                                     "b.jpg"] and
            "META-INF/edoc-signatures-S1.xml" in names, names)
    b.check("what is compressed is stored", kinds["b.jpg"] == 0 and
            kinds["a.pdf"] == 0 and kinds["mimetype"] == 0, kinds)
    before = snapshot(folder)
    b.refused("a chosen name takes no file's place",
              b.sign("b.jpg", cwd=folder), 4, "exists", folder, before)
    done = b.sign("--level", "LTA", "--out", "b.edoc", "b.jpg", cwd=folder)
    b.check("--out may", done.returncode == 0, done.stderr)
    again(b, folder)
    names = [f"n{n}.pdf" for n in range(6)]
    for name in names:
        (folder / name).write_bytes(small_pdf())
    (folder / "out").mkdir()
    done = b.sign("--as", "pdf", "--level", "LT", "--out", "out", *names,
                  cwd=folder)
    b.check("many with one login", done.returncode == 0 and
            len(done.stdout.splitlines()) == 6, done.stderr)
    (folder / "boxes").mkdir()
    done = b.sign("--each", "--as", "adoc", "--out", "boxes", *names,
                  cwd=folder)
    boxes = sorted(p.name for p in (folder / "boxes").iterdir())
    b.check("a container of each", done.returncode == 0 and boxes ==
            [f"n{n}.adoc" for n in range(6)], f"{boxes} {done.stderr}")
    for name in names:
        b.expect(f"each of many, {name}",
                 folder / "out" / name.replace(".pdf", ".signed.pdf"),
                 "TOTAL-PASSED", "LT")


def again(b, folder):
    """One more signature on what is signed; earlier ones stay."""
    done = b.sign("--level", "LT", "b.edoc", key="citizen-p384", cwd=folder)
    b.check("a second signature", done.stdout == "b.signed.edoc\n",
            done.stderr)
    b.expect("both hold", folder / "b.signed.edoc", "TOTAL-PASSED", "LT",
             sigs=2)
    done = b.sign("--level", "LT", "--out", "b3.edoc", "b.signed.edoc",
                  key="citizen-rsa3072", cwd=folder)
    done = b.run("extend", "--level", "LTA", *b.authority(), "b3.edoc",
                 cwd=folder)
    b.check("extended", done.returncode == 0 and done.stdout == "b3.edoc\n",
            done.stderr)
    report = b.verify(folder / "b3.edoc")
    b.check("three hold", report["verdict"] == "TOTAL-PASSED" and
            [s["level"] for s in report["signatures"]] == ["LTA"] * 3, report)
    old = zipfile.ZipFile(folder / "b.edoc").read("b.jpg")
    b.check("payload as it was",
            zipfile.ZipFile(folder / "b3.edoc").read("b.jpg") == old == JPEG)
    for n, level in enumerate(("LTA", "LT", "LT")):
        done = b.sign("--level", level, "--out", f"p{n + 1}.pdf", "--visible",
                      f"1,{50 + 180 * n},40,160,70", "--place", "Bakı",
                      "--reason", "Təsdiq", "a.pdf" if n == 0 else f"p{n}.pdf",
                      key=list(KEYS)[n], cwd=folder)
        b.check(f"pdf, signature {n + 1}", done.returncode == 0, done.stderr)
    b.run("extend", "--level", "LTA", *b.authority(), "p3.pdf", cwd=folder)
    report = b.verify(folder / "p3.pdf")
    b.check("three in a pdf hold", report["verdict"] == "TOTAL-PASSED" and
            all(s["indication"] == "TOTAL-PASSED" and s["modifications"] in
                ("none", "lta-update", "form-filling")
                for s in report["signatures"]), report)
    b.check("earlier bytes stay", (folder / "p3.pdf").read_bytes().startswith(
        (folder / "p1.pdf").read_bytes()))


def trouble(b):
    """Authorities that fail: a clear line, nothing written."""
    folder = b.folder()
    (folder / "a.txt").write_text("salam\n")
    (folder / "c.pdf").write_bytes(small_pdf())
    before = snapshot(folder)
    faults = [("tsa-imprint", "T", "over something else"),
              ("tsa-nonce", "T", "another request"),
              ("tsa-signature", "T", "time-stamp"),
              ("tsa-eku", "T", "time-stamp"),
              ("tsa-reject", "T", "refused"),
              ("http-500", "T", "HTTP 500"),
              ("http-garbage", "T", "no TimeStampResp"),
              ("ocsp-unknown", "LT", "revocation"),
              ("ocsp-signature", "LT", "revocation"),
              ("ocsp-stale", "LT", "revocation")]
    for fault, level, line in faults:
        for name in ("a.txt", "c.pdf"):
            b.answers.fault = fault
            b.answers.lists = not fault.startswith("ocsp")
            done = b.sign("--level", level, name, cwd=folder)
            b.answers.fault, b.answers.lists = None, True
            b.refused(f"{fault} {name}", done, 4, line, folder, before)
    # A responder that does not know the certificate is not overruled.
    b.answers.fault = "ocsp-unknown"
    done = b.sign("--level", "LT", "a.txt", cwd=folder)
    b.answers.fault = None
    b.refused("unknown, though on no list", done, 4, "revocation", folder,
              before)
    # Clocks of authorities that differ a little are no trouble.
    b.answers.behind = dt.timedelta(seconds=2)
    done = b.sign("--level", "LT", "--out", "skew.edoc", "a.txt", cwd=folder)
    b.answers.behind = dt.timedelta()
    if b.check("a responder two seconds behind", done.returncode == 0,
               done.stderr):
        b.expect("and it is LT", folder / "skew.edoc", "TOTAL-PASSED", "LT")
        (folder / "skew.edoc").unlink()
    for hours in (-24, 24):
        b.offset = dt.timedelta(hours=hours)
        done = b.sign("--level", "T", "a.txt", cwd=folder)
        b.offset = dt.timedelta()
        b.refused(f"clock off by {hours} h", done, 4, "clock", folder, before)
    done = b.run("sign", *b.key(), "--trust", b.root, "--tsa",
                 "http://127.0.0.1:9/tsa", "--level", "T", "a.txt",
                 cwd=folder)
    b.refused("no TSA there", done, 4, "no connection", folder, before)
    done = b.run("sign", *b.key(), "--tsa", b.url + "/tsa", "--level", "LT",
                 "a.txt", cwd=folder)
    b.refused("LT without trust", done, 4, "trusted authority", folder,
              before)
    b.refused("a revoked certificate", b.sign(
        "--level", "LT", "a.txt", key="revoked", cwd=folder), 4, "REVOKED",
        folder, before)
    b.refused("a key for signing in", b.sign(
        "a.txt", key="no-nonrepudiation", cwd=folder), 5, "signing in",
        folder, before)
    b.refused("an expired certificate", b.sign(
        "a.txt", key="expired", cwd=folder), 1, "OUT_OF_BOUNDS", folder,
        before)


def wrong(b):
    """Wrong input: the rule in one line, nothing written."""
    folder = b.folder()
    (folder / "a.txt").write_text("salam\n")
    (folder / "c.pdf").write_bytes(small_pdf())
    (folder / "bad.pdf").write_bytes(small_pdf()[:-20])
    sub = folder / "sub"
    sub.mkdir()
    (sub / "a.txt").write_text("another\n")
    before = snapshot(folder)
    rows = [("no key", 64, "--key", ["--level", "B", "a.txt"], False),
            ("no file", 64, "no file", [], True),
            ("level", 64, "--level", ["--level", "X", "a.txt"], True),
            ("as", 64, "--as", ["--as", "zip", "a.txt"], True),
            ("rectangle", 64, "--visible",
             ["--visible", "1,2,3,4", "c.pdf"], True),
            ("page 0", 64, "--visible",
             ["--visible", "0,1,1,9,9", "c.pdf"], True),
            ("page 2 of 1", 1, "page",
             ["--visible", "2,10,10,90,40", "c.pdf"], True),
            ("lock", 64, "--lock", ["--lock", "some", "c.pdf"], True),
            ("certify", 64, "--certify", ["--certify", "x", "c.pdf"], True),
            ("visible text", 64, "PDF",
             ["--visible", "1,1,1,9,9", "a.txt"], True),
            ("pdf of text", 64, "PDF", ["--as", "pdf", "a.txt"], True),
            ("cades in edoc", 64, "--signature",
             ["--as", "edoc", "--signature", "cades", "a.txt"], True),
            ("broken pdf", 1, "pdf-startxref: ", ["bad.pdf"], True),
            ("missing", 4, "No such file", ["none.txt"], True),
            ("twice the name", 1, "zip-duplicate-name",
             ["--as", "edoc", "a.txt", "sub/a.txt"], True),
            ("role", 64, "--role", ["--role", "a\nb", "a.txt"], True),
            ("tsa", 64, "--tsa",
             ["--tsa", "ftp://x/", "--level", "T", "a.txt"], True)]
    for name, code, line, argv, key in rows:
        done = b.run("sign", *(b.key() if key else []), *argv, cwd=folder)
        b.refused(name, done, code, line, folder, before)
    done = b.run("--config", folder / "none.conf", "sign", *b.key(), "a.txt",
                 cwd=folder)
    b.refused("a configuration that is not there", done, 64, "No such file",
              folder, before)
    key = b.key()
    key[-1] = f"file:{folder / 'a.txt'}"
    done = b.run("sign", *key, "a.txt", cwd=folder)
    b.refused("a PIN for all to read", done, 5, "0600", folder, before)
    other = folder / "pin"
    other.write_text("999999")
    other.chmod(0o600)
    key[-1] = f"file:{other}"
    before = snapshot(folder)
    b.refused("a wrong PIN", b.run("sign", *key, "a.txt", cwd=folder), 5,
              "pin", folder, before)
    b.refused("and then the right one, unasked", b.sign("a.txt", cwd=folder),
              5, "tries were lost", folder, before)
    b.tool("pkcs11-tool", "--module", SOFTHSM, "--login", "--pin", PIN,
           "--token-label", "court", "--list-objects")
    key = b.key()
    key[1] = "pkcs11:token=court;id=%77"
    b.refused("no such key", b.run("sign", *key, "a.txt", cwd=folder), 5, "",
              folder, before)
    key[1] = "pkcs11:token=court;id=%03?pin-value=" + PIN
    b.refused("a PIN in the URI", b.run("sign", *key, "a.txt", cwd=folder),
              64, "pin-value", folder, before)


def no_room(b):
    """A full disk and a folder that may not be written to."""
    folder = b.folder()
    (folder / "a.bin").write_bytes(random.Random(1).randbytes(400000))
    done = b.sign("--out", "/proc/x.edoc", "a.bin", cwd=folder)
    b.check("a folder that takes no file", done.returncode == 4,
            done.stderr)
    done = b.sign("--out", folder / "none" / "x.edoc", "a.bin", cwd=folder)
    b.check("a folder that is not there", done.returncode == 4 and
            "No such file" in done.stderr, done.stderr)
    # A file system of its own, in name spaces of its own: no rights needed.
    (folder / "full").mkdir()
    argv = [b.mohur, "sign", *b.key(), *b.authority(), "--as", "edoc",
            "--out", "full/x.edoc", "a.bin"]
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=256k none full"
         ' && "$@"; echo "exit $?"; ls -A full', "sh", *argv], cwd=folder,
        env=b.env, capture_output=True, text=True, timeout=60, check=False)
    b.check("a full disk", done.stdout == "exit 4\n" and
            "No space" in done.stderr, done.stdout + done.stderr)


def kills(b, count, seed):
    """kill -9 at any point: the output is absent or complete."""
    rng = random.Random(seed)
    folder = b.folder()
    (folder / "a.txt").write_text("salam\n" * 2000)
    (folder / "c.pdf").write_bytes(small_pdf())
    start = time.monotonic()
    b.sign("--level", "LTA", "--out", "t.edoc", "a.txt", cwd=folder)
    whole = time.monotonic() - start
    (folder / "t.edoc").unlink()
    argv = [b.mohur, "sign", *b.key(), *b.authority(), "--level"]
    good = complete = absent = 0
    for n in range(count):
        name = "a.txt" if n % 2 else "c.pdf"
        out = folder / f"out{n}"
        child = subprocess.Popen(
            argv + [rng.choice(LEVELS), "--out", str(out), name], cwd=folder,
            env=b.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.random() * whole * 1.1)
        child.send_signal(signal.SIGKILL)
        child.wait()
        if not out.exists():
            absent += 1
            good += 1
            continue
        complete += 1
        good += b.verify(out).get("verdict") in ("TOTAL-PASSED",
                                                 "INDETERMINATE")
        out.unlink()
    left = sorted(set(snapshot(folder)) - {"a.txt", "c.pdf"})
    b.check(f"{count} kills", good == count, f"{good} good")
    b.check("nothing is left behind", not left, left)
    print(f"kills: {complete} complete, {absent} absent (seed {seed})")


def run(b, args):
    chain = b.scratch / "pki" / "chain.pem"
    chain.write_bytes(b"".join(
        (b.scratch / "pki" / f"{n}.pem").read_bytes()
        for n in ("citizen-ca", "policy-ca")))
    matrix(b)
    defaults(b)
    trouble(b)
    wrong(b)
    no_room(b)
    kills(b, args.kills, args.seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mohur", required=True)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="mohur-sign."))
    try:
        bench = Bench(str(pathlib.Path(args.mohur).resolve()), scratch)
        run(bench, args)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"{bench.passed} passed, {bench.failed} failed")
    return 1 if bench.failed else 0


if __name__ == "__main__":
    sys.exit(main())
