#!/usr/bin/python3
"""Receipts (signer/verify/receipt.h), and documents given beside containers.

    receipt.py --mohur PROGRAM

Ends with "N passed, N failed".
"""

import argparse
import base64
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "pki"), str(HERE)]
sys.dont_write_bytecode = True

import container  # noqa: E402
from pki import Pki  # noqa: E402

DOCUMENT = b"%PDF-1.7 what the lawyer filed\n"
RECORD = (b'{"v":1,"n":1,"t":"2022-05-31T12:00:00.000000Z","src":"portal",'
          b'"ev":"filing.accepted","who":"p:x","obj":"doc:y","res":"ok","d":{}}')


def leaf(data):
    return hashlib.sha256(b"\0" + data).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def proof(record, index=1, root=None, hashes=None):
    """A tlog-proof of record in a log of three, signed by nobody we check."""
    other = [leaf(b"a"), leaf(b"c")]
    hashes = hashes or other
    root = root or node(node(other[0], leaf(record)), other[1])
    lines = ["c2sp.org/tlog-proof@v1", f"index {index}"]
    lines += [base64.b64encode(h).decode() for h in hashes]
    lines += ["", "log.example/test", "3", base64.b64encode(root).decode(), "",
              "— log.example/test " + base64.b64encode(bytes(40)).decode()]
    return ("\n".join(lines) + "\n").encode()


def padded(text, size):
    """The same with a member more, of so many bytes in all; not of zeros,
    which no container may hold (zip-limit)."""
    head = text[:-1] + b', "note": "'
    noise = b"".join(hashlib.sha256(b"%d" % i).hexdigest().encode()
                     for i in range(size // 64 + 1))
    return head + noise[:size - len(head) - 2] + b'"}'


def receipt(files=((b"", ""),), **other):
    rows = [dict(name=name, size=len(data),
                 sha256=hashlib.sha256(data).hexdigest())
            for data, name in files]
    body = dict(v=1, type="mohur-receipt", files=rows)
    body.update(other)
    return json.dumps(body).encode()


class Suite:
    def __init__(self, mohur, folder):
        self.mohur = mohur
        self.folder = pathlib.Path(folder)
        self.pki = Pki.make()
        self.pki.save(self.folder / "pki")
        self.passed = self.failed = 0

    def sign(self, files):
        signed = [(name, data, "application/json" if name.endswith("json")
                   else "text/plain") for name, data in files.items()]
        return container.asic_e(self.pki, signed, [dict(
            signer="citizen", level="LT")], "asice").pack()

    def check(self, name, files, data, verdict, codes, absent=(), raw=None):
        path = self.folder / "receipt.asice"
        path.write_bytes(raw if raw is not None else self.sign(files))
        command = [self.mohur, "verify", "--offline", "--report", "json",
                   "--time", "2022-06-01T12:00:00Z",
                   "--trust", self.folder / "pki" / "root.pem"]
        for i, content in enumerate(data):
            beside = self.folder / f"beside-{i}.pdf"
            beside.write_bytes(content)
            command += ["--data", beside]
        done = subprocess.run(command + [path], capture_output=True,
                              timeout=60)
        try:
            report = json.loads(done.stdout)
        except ValueError:
            report = {"verdict": f"exit {done.returncode}", "findings": [],
                      "error": done.stderr}
        got = [f["code"] for f in report.get("findings", [])]
        good = (report["verdict"] == verdict and
                all(c in got for c in codes) and
                not any(c in got for c in absent))
        self.passed += good
        self.failed += not good
        if not good:
            print(f"FAIL {name}: {report['verdict']} {got}")

    def beside(self):
        """Data that no signature of the document covers is no small thing:
        the answer would be about something else than what was asked."""
        samples = self.folder / "samples"
        subprocess.run([sys.executable, HERE.parent / "pki" /
                        "make_samples.py", samples], check=True,
                       stdout=subprocess.DEVNULL)
        root = samples / "pki" / "root.pem"
        data = [samples / "data" / "iddia.txt",
                samples / "data" / "qovluq" / "alt qovluq" / "qeyd.txt"]
        other = self.folder / "other.txt"
        other.write_bytes(b"something else")
        name = "detached-data-unused"
        for path, given, verdict, level in (
                ("pdf-lt-hybrid.pdf", [], "TOTAL-PASSED", None),
                ("pdf-lt-hybrid.pdf", [other], "TOTAL-FAILED", "error"),
                ("enveloped.xml", [], "TOTAL-PASSED", None),
                ("enveloped.xml", [other], "TOTAL-FAILED", "error"),
                ("detached.xml", data[:1], "TOTAL-PASSED", None),
                ("detached.xml", [data[0], other], "TOTAL-PASSED",
                 "warning"),
                ("detached-two.xml", data, "TOTAL-PASSED", None)):
            command = [self.mohur, "verify", "--offline", "--report", "json",
                       "--time", "2022-06-01T12:00:00Z", "--trust", root]
            for one in given:
                command += ["--data", one]
            report = json.loads(subprocess.run(
                command + [samples / path], capture_output=True, timeout=60,
                check=False).stdout)
            got = [f["level"] for f in report["findings"]
                   if f["code"] == name]
            good = (report["verdict"] == verdict and
                    got == ([level] if level else []))
            self.passed += good
            self.failed += not good
            if not good:
                print(f"FAIL {path} beside {given}: {report['verdict']} "
                      f"{report['findings']}")

    def run(self):
        good = receipt([(DOCUMENT, "iddia.pdf"), (b"", "empty.txt")])
        whole = {"receipt.json": good, "record.json": RECORD,
                 "record.tlog-proof": proof(RECORD)}
        ok, bad = "TOTAL-PASSED", "TOTAL-FAILED"
        self.check("the document that was received", whole, [DOCUMENT], ok,
                   ["receipt-match", "receipt-proven"], ["receipt-mismatch"])
        self.check("no document given", whole, [], ok, ["receipt-proven"],
                   ["receipt-match"])
        self.check("an empty document", whole, [b""], ok, ["receipt-match"])
        self.check("a byte more", whole, [DOCUMENT + b"\n"], bad,
                   ["receipt-mismatch"], ["receipt-match"])
        self.check("one of two", whole, [DOCUMENT, b"other"], bad,
                   ["receipt-mismatch", "receipt-match"])
        self.check("the receipt itself is one of its documents", whole,
                   [good], ok, [], ["receipt-mismatch"])
        self.check("another size for the same hash",
                   {"receipt.json": good.replace(
                       b'"size": %d' % len(DOCUMENT), b'"size": 1')},
                   [DOCUMENT], bad, ["receipt-mismatch"])
        for name, other in {
                "another record": dict(whole, **{
                    "record.json": RECORD.replace(b"doc:y", b"doc:z")}),
                "another root": dict(whole, **{
                    "record.tlog-proof": proof(RECORD, root=bytes(32))}),
                "another place": dict(whole, **{
                    "record.tlog-proof": proof(RECORD, index=0)}),
                "not a proof": dict(whole, **{
                    "record.tlog-proof": b"c2sp.org/tlog-proof@v1\n"}),
                "a proof without its record": {
                    k: v for k, v in whole.items() if k != "record.json"},
                "a record without its proof": {
                    k: v for k, v in whole.items()
                    if k != "record.tlog-proof"}}.items():
            self.check(name, other, [DOCUMENT], bad, ["receipt-proof"],
                       ["receipt-proven"])
        for name, text in {
                "no files": receipt([]),
                "another version": receipt([(b"x", "x")], v=2),
                "files that are none": receipt(files=[], ).replace(
                    b'"files": []', b'"files": [1]'),
                "a short hash": good.replace(b'"sha256": "', b'"sha256": "0'),
                "a capital hash": good.replace(
                    hashlib.sha256(DOCUMENT).hexdigest().encode(),
                    hashlib.sha256(DOCUMENT).hexdigest().upper().encode()),
                "no name": good.replace(b'"name"', b'"label"'),
                "1,001 files": receipt([(b"%d" % i, "x") for i in range(1001)]),
        }.items():
            self.check(name, {"receipt.json": text}, [DOCUMENT], bad,
                       ["receipt-malformed"], ["receipt-match"])
        self.check("1,000 files", {"receipt.json": receipt(
            [(b"%d" % i, "x") for i in range(1000)])}, [b"999"], ok,
            ["receipt-match"])
        self.check("a receipt of 1 MiB", {
            "receipt.json": padded(good, 1 << 20)}, [DOCUMENT], ok,
            ["receipt-match"])
        self.check("a byte past it is no receipt", {
            "receipt.json": padded(good, (1 << 20) + 1)}, [DOCUMENT], bad,
            ["data-not-in-container"], ["receipt-match"])
        # A file that is only called so says nothing about documents.
        for text in (b"{}", b"[", b'{"type": "mohur-receipt"', b'"x"',
                     b'{"type": 1}', b'{"type": "other", "files": [1]}'):
            self.check(f"no receipt: {text!r}", {"receipt.json": text},
                       [DOCUMENT], bad, ["data-not-in-container"],
                       ["receipt-malformed"])
        self.beside()
        plain = {"a.txt": b"text", "b.txt": b"other"}
        self.check("a document of the container", plain, [b"text"], ok, [],
                   ["data-not-in-container"])
        self.check("a document that is not in it", plain, [b"texT"], bad,
                   ["data-not-in-container"])
        # A receipt that its seal does not cover is nobody's word.
        box = container.asic_e(self.pki, [
            ("a.txt", b"text", "text/plain")], [dict(signer="citizen",
                                                     level="LT")], "asice")
        box.put_file("receipt.json", good, "application/json")
        self.check("an unsigned receipt", None, [DOCUMENT], bad,
                   ["data-not-in-container"], ["receipt-match"],
                   raw=box.pack())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mohur", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        suite = Suite(pathlib.Path(options.mohur).resolve(), folder)
        suite.run()
    print(f"{suite.passed} passed, {suite.failed} failed")
    return 0 if suite.failed == 0 and suite.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
