#!/usr/bin/python3
"""PDF signatures made and judged: every level, key and form of file.

    sign_pdf.py [--build DIR] [--corpus DIR] [--keep DIR] [--only NAME]

Drives sign_pdf_tool step by step with the test PKI; judges what it wrote with
our own verifier and with pdfsig, qpdf, OpenSSL and poppler.  Prints one line
a check, "ok" or "FAIL", and "N passed, N failed" at the end.
"""

import argparse
import datetime as dt
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "pki"))

import crl  # noqa: E402
import ocsp  # noqa: E402
import pdf  # noqa: E402
import tsa  # noqa: E402
from pki import SIGNING, Pki  # noqa: E402

UTC = dt.timezone.utc
KEYS = {"rsa2048": ("citizen-rsa2048", "pkcs1", "256"),
        "pss3072": ("citizen-rsa3072", "pss", "256"),
        "p256": ("citizen", "ecdsa", "256"),
        "p384": ("citizen-p384", "ecdsa", "384")}
PASS = "TOTAL-PASSED"


def seconds(when):
    return str(int(when.replace(tzinfo=UTC).timestamp()))


class Refused(Exception):
    """A step that the tool refused; the text is its line."""


class Bench:
    """The tool, the PKI and what was counted."""

    def __init__(self, build, work, only):
        self.build, self.work, self.only = build, work, only
        self.passed = self.failed = self.made = 0
        self.pki = Pki.open(work / "pki")
        self.clock = SIGNING

    def check(self, name, good, detail=""):
        if good:
            self.passed += 1
            print("ok  ", name)
        else:
            self.failed += 1
            print("FAIL", name, str(detail)[:2000])
        return good

    def path(self, suffix=".pdf"):
        self.made += 1
        return self.work / f"{self.made:05d}{suffix}"

    def tool(self, *argv):
        got = subprocess.run([str(self.build / "sign_pdf_tool"),
                              *map(str, argv)], capture_output=True,
                             text=True, timeout=120)
        if got.returncode == 1:
            raise Refused(got.stdout.strip())
        if got.returncode != 0:
            raise RuntimeError(f"{argv}: {got.returncode} {got.stderr}")
        return got.stdout

    def der(self, name):
        return self.work / "pki" / f"{name}.der"

    def tick(self):
        self.clock += dt.timedelta(minutes=10)
        return self.clock

    def token(self, data=None, hashed=None, name="sha256"):
        path = self.path(".tst")
        path.write_bytes(tsa.token(
            data, self.pki["tsa"], self.pki.chain("tsa"),
            self.tick(), hashed=hashed, digest_name=name))
        return path

    def sign(self, source, key="p256", level="B", **opts):
        """One more signature, its own time-stamp included; the new path."""
        signer, scheme, digest = KEYS[key]
        out, state = self.path(), self.path("")
        state.mkdir()
        argv = ["prepare", source, out, state,
                self.work / "pki" / f"{signer}.key.pem", self.der(signer),
                "--scheme", scheme, "--digest", digest, "--level", level,
                "--time", seconds(self.tick())]
        for entity in self.pki.chain(signer):
            argv += ["--chain", self.der(entity.name)]
        for name, value in opts.items():
            argv += ["--" + name, value]
        self.tool(*argv)
        more = []
        if level != "B":
            more = [self.token((state / "stamp").read_bytes())]
        self.tool("finish", out, state, *more)
        return self.raised(out, key, level)

    def raised(self, path, key, level):
        if level in ("LT", "LTA"):
            path = self.raise_lt(path, key)
        return self.raise_stamp(path, "LTA") if level == "LTA" else path

    def raise_lt(self, source, key="p256"):
        signer = KEYS[key][0]
        when, files = self.tick(), []
        chain = self.pki.chain(signer)
        for entity in [self.pki[signer], *chain, self.pki["tsa"],
                       self.pki["ocsp"]]:
            files += ["--cert", self.der(entity.name)]
        for entity in [*chain[1:], self.pki.root_of(signer)]:
            path = self.path(".crl")
            path.write_bytes(crl.make(entity, when))
            files += ["--crl", path]
        path = self.path(".ocsp")
        path.write_bytes(ocsp.respond(self.pki[signer], chain[0],
                                      self.pki["ocsp"], when))
        out = self.path()
        self.tool("apply", "LT", source, out, self.work, "--ocsp", path,
                  "--time", seconds(when), *files)
        return out

    def raise_stamp(self, source, step):
        out, state = self.path(), self.path("")
        state.mkdir()
        count = self.tool("imprints", step, source, out, state,
                          "--time", seconds(self.tick()))
        if count.strip() == "0":
            return None
        token = self.token(hashed=(state / "imprint").read_bytes())
        self.tool("apply", step, source, out, state, "--token", token)
        return out

    def verify(self, path, policy="strict"):
        got = subprocess.run(
            [str(self.build / "mohur"), "verify", "--trust",
             str(self.work / "pki/root.pem"), "--time",
             (self.clock + dt.timedelta(hours=1)).strftime(
                 "%Y-%m-%dT%H:%M:%SZ"),
             "--policy", policy, "--offline", "--report", "json", str(path)],
            capture_output=True, text=True, timeout=120)
        return json.loads(got.stdout)


def plain(form="table", page=b"", catalog=b"", fields=b"", more=()):
    """An unsigned document of one page; more: (number, body)."""
    w = pdf.Writer(form)
    if catalog.startswith(b"/AcroForm"):
        acro = b""
    else:
        acro = b"/AcroForm 5 0 R "
    w.put(1, b"<< /Type /Catalog /Pages 2 0 R " + acro + catalog + b">>")
    w.put(2, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
    w.put(3, pdf.PAGE + page + b"/Annots [7 0 R] >>")
    w.stream(4, b"", pdf.SHOWN)
    w.put(5, b"<< /Fields [7 0 R] " + fields + b" >>")
    w.put(7, pdf.TEXT + b"/V (1) /AP << /N 8 0 R >> >>")
    w.stream(8, pdf.BOX, b"BT (1) Tj ET")
    w.stream(9, pdf.BOX, b"0 0 80 20 re f")
    w.put(11, b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    if form == "table":
        w.put(13, pdf.INFO)
    else:
        w.pack(13, pdf.INFO)
    for num, body in more:
        w.put(num, body)
    w.end()
    return bytes(w.data)
