#!/usr/bin/python3
"""Evidence packages (signer/verify/package.h): what was done to one shows.

    package.py --mohur PROGRAM

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

from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402

import container  # noqa: E402
from pki import Pki  # noqa: E402
from receipt import leaf, node, padded  # noqa: E402

ORIGIN = "court.example/log1"
DOCUMENT = b"%PDF-1.7 what the lawyer filed\n"
OK, BAD = "TOTAL-PASSED", "TOTAL-FAILED"


def sha(data):
    return hashlib.sha256(data).hexdigest()


def split(n):
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def root(leaves):
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node(root(leaves[:k]), root(leaves[k:]))


def path(n, leaves):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if n < k:
        return path(n, leaves[:k]) + [root(leaves[k:])]
    return path(n - k, leaves[k:]) + [root(leaves[:k])]


class Log:
    def __init__(self, records, origin=ORIGIN):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.origin, self.records = origin, records
        self.leaves = [leaf(r) for r in records]

    def public(self):
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM,
            serialization.PublicFormat.SubjectPublicKeyInfo)

    def note(self, size=None, head=None):
        size = len(self.leaves) if size is None else size
        head = root(self.leaves[:size]) if head is None else head
        text = f"{self.origin}\n{size}\n{base64.b64encode(head).decode()}\n"
        spki = self.key.public_key().public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo)
        sig = self.key.sign(text.encode(), ec.ECDSA(hashes.SHA256()))
        line = base64.b64encode(hashlib.sha256(spki).digest()[:4] + sig)
        return text + f"\n\u2014 {self.origin} {line.decode()}\n"

    def proof(self, n, size=None, note=None):
        size = len(self.leaves) if size is None else size
        lines = ["c2sp.org/tlog-proof@v1", f"index {n}"]
        lines += [base64.b64encode(h).decode()
                  for h in path(n, self.leaves[:size])]
        return "\n".join(lines) + "\n\n" + (note or self.note(size))


def record(n, ev="verdict", obj="case:x", d="{}"):
    return (f'{{"v":1,"n":{n},"t":"2022-05-31T12:00:00.00000{n % 10}Z",'
            f'"src":"portal","ev":"{ev}","who":"p:1","obj":"{obj}",'
            f'"res":"ok","d":{d}}}').encode()


def filing(n, name, data):
    text = f"{name}\n{sha(data)}\n".encode()
    return record(n, "filing.accepted", "filing:x",
                  f'{{"op":"00","receipt":"{sha(text)}","status":"accepted"}}')


class Package:
    """A volume of a package, piece by piece, before it is sealed."""

    def __init__(self, log, numbers=(0, 1, 2), volume=1, volumes=1,
                 document=DOCUMENT):
        self.log = log
        self.files = {"d001.pdf": document, "d001-report.json": b"{}",
                      "checkpoint.txt": log.note().encode()}
        self.what = {"d001.pdf": "document", "d001-report.json": "report",
                     "checkpoint.txt": "checkpoint"}
        self.more = {"d001.pdf": {"of": "iddia.pdf", "record": 1}}
        self.top = {"v": 1, "type": "mohur-package", "id": "a" * 26,
                    "case": "2-2(103)-660/2021", "log": ORIGIN,
                    "made": "2022-05-31T12:00:00Z", "made_by": "p:12",
                    "volume": volume, "volumes": volumes}
        self.records([(log.records[n].decode(), log.proof(n))
                      for n in numbers])

    def records(self, pairs, name="records-001.json"):
        self.put(name, json.dumps({"v": 1, "records": [
            {"record": r, "proof": p} for r, p in pairs]}).encode(),
            "records")
        return self

    def put(self, name, data, what):
        self.files[name], self.what[name] = data, what
        return self

    def json(self):
        rows = [dict(name=n, size=len(d), sha256=sha(d), what=self.what[n],
                     **self.more.get(n, {})) for n, d in self.files.items()]
        return json.dumps({**self.top, "files": rows}).encode()

    def parts(self):
        return {"package.json": self.json(), **self.files}


class Suite:
    def __init__(self, mohur, folder):
        self.mohur, self.folder = mohur, pathlib.Path(folder)
        self.pki = Pki.make()
        self.pki.save(self.folder / "pki")
        self.log = Log([record(0), filing(1, "iddia.pdf", DOCUMENT),
                        record(2), record(3), record(4)])
        self.key = self.folder / "log.pem"
        self.key.write_bytes(self.log.public())
        self.passed = self.failed = 0

    def box(self, parts):
        return container.asic_e(self.pki, [
            (name, data, "application/octet-stream")
            for name, data in parts.items()], [dict(
                signer="citizen", level="LT")], "asice")

    def seal(self, package):
        parts = package.parts() if isinstance(package, Package) else package
        return self.box(parts).pack()

    def verify(self, sealed, data=(), key=True):
        file = self.folder / "package.asice"
        file.write_bytes(sealed)
        command = [self.mohur, "verify", "--offline", "--report", "json",
                   "--time", "2022-06-01T12:00:00Z",
                   "--trust", self.folder / "pki" / "root.pem"]
        if key:
            command += ["--log-key", self.key if key is True else key]
        for i, content in enumerate(data):
            beside = self.folder / f"beside-{i}.asice"
            beside.write_bytes(content)
            command += ["--data", beside]
        return subprocess.run(command + [file], capture_output=True,
                              timeout=120, check=False)

    def check(self, name, package, verdict, codes=(), absent=(), what=None,
              **more):
        sealed = package if isinstance(package, bytes) else self.seal(package)
        done = self.verify(sealed, **more)
        try:
            report = json.loads(done.stdout)
        except ValueError:
            report = {"verdict": f"exit {done.returncode}", "findings": []}
        got = {}
        for f in report.get("findings", []):
            got[f["code"]] = got.get(f["code"], "") + "; " + f["text"]
        good = (report["verdict"] == verdict and
                all(c in got for c in codes) and
                not any(c in got for c in absent) and
                (what is None or what in got[codes[0]]))
        if verdict != OK:
            good = good and "package-complete" not in got
        self.passed += good
        self.failed += not good
        if not good:
            print(f"FAIL {name}: {report['verdict']} {got} {done.stderr}")

    # ---- what is right ----

    def right(self):
        p = Package(self.log)
        self.check("as it was made", p, OK, [
            "package-complete", "package-proven", "log-key-good"],
            ["log-key-not-given"])
        self.check("without the log's key", p, OK, [
            "package-complete", "log-key-not-given"], ["log-key-good"],
            key=False)
        p = Package(self.log)
        p.records([(r.decode(), self.log.proof(n, size))
                   for n, size, r in ((0, 2, self.log.records[0]),
                                      (1, 3, self.log.records[1]),
                                      (3, 5, self.log.records[3]))])
        self.check("proofs of different checkpoints", p, OK,
                   ["package-complete"])
        self.check("a document of it beside it", Package(self.log), OK,
                   ["package-complete"], data=[DOCUMENT])
        p = Package(self.log)
        p.more = {}
        self.check("a document without a record", p, OK, ["package-complete"])

    # ---- files ----

    def files(self):
        p = Package(self.log)
        good = p.parts()
        for name in good:
            parts = dict(good)
            del parts[name]
            if name == "package.json":
                continue  # then it is a container, and no package is claimed
            self.check(f"without {name}", parts, BAD, ["package-file"],
                       what=name)
            self.check(f"another {name}", dict(good, **{
                name: good[name][:-1] + b"?"}), BAD, ["package-file"],
                what=name)
        swapped = dict(good)
        swapped["d001.pdf"], swapped["d001-report.json"] = (
            swapped["d001-report.json"], swapped["d001.pdf"])
        self.check("two files swapped", swapped, BAD, ["package-file"])
        self.check("a file more", dict(good, **{"d002.pdf": b"x"}), BAD,
                   ["package-file"], what="d002.pdf")
        box = self.box(good)
        box.put_file("d002.pdf", b"x", "application/pdf")
        self.check("a file more that nobody signed", box.pack(), BAD)
        box = self.box(good)
        box.put_file("d001.pdf", DOCUMENT + b"?", "application/pdf")
        done = self.verify(box.pack())
        self.passed += done.returncode == 1
        self.failed += done.returncode != 1
        # The document and package.json changed together, and sealed anew by
        # somebody whom we trust: the log knows what was filed.
        p = Package(self.log, document=DOCUMENT + b" and more")
        self.check("a document that was not filed", p, BAD,
                   ["package-unrecorded"], what="d001.pdf")
        p = Package(self.log)
        p.more = {"d001.pdf": {"of": "other.pdf", "record": 1}}
        self.check("another name than it was filed under", p, BAD,
                   ["package-unrecorded"])
        p.more = {"d001.pdf": {"of": "iddia.pdf", "record": 2}}
        self.check("the record of something else", p, BAD,
                   ["package-unrecorded"])
        p.more = {"d001.pdf": {"of": "iddia.pdf", "record": 4}}
        self.check("a record that is not in it", p, BAD,
                   ["package-unrecorded"])
        p.more = {"d001.pdf": {"of": "iddia.pdf", "record": "1"}}
        self.check("a record that is no number", p, BAD,
                   ["package-unrecorded"])

    # ---- the log ----

    def records(self):
        log = self.log
        good = [(log.records[n].decode(), log.proof(n)) for n in range(3)]
        for name, pairs, what in (
                ("a record changed", [good[0], (
                    good[1][0].replace("accepted", "received"),
                    good[1][1]), good[2]], "record 2 of it"),
                ("the proof of another record", [
                    good[0], (good[1][0], good[2][1]), good[2]],
                    "record 2 of it"),
                ("two records swapped", [good[0], good[2], good[1]],
                 "record 1"),
                ("a record twice", [good[0], good[1], good[1]], "record 1"),
                ("no proof", [good[0], good[1], (good[2][0], "")],
                 "record 3 of it"),
                ("a proof cut", [good[0], good[1], (
                    good[2][0], good[2][1][:-1])], "record 3 of it")):
            self.check(name, Package(log).records(pairs), BAD,
                       ["package-record"], what=what)
        other = Log(log.records)  # the same records, another key
        p = Package(log).records([good[0], (good[1][0], other.proof(1)),
                                  good[2]])
        self.check("a proof of another log", p, BAD, ["log-key-other"],
                   what="record 1")
        p = Package(log).put("checkpoint.txt", other.note().encode(),
                             "checkpoint")
        self.check("the checkpoint of another log", p, BAD,
                   ["log-key-other"], what="checkpoint.txt")
        whole = Package(other)
        self.check("all of it of another log", whole, BAD, ["log-key-other"])
        strange = Log(log.records, "elsewhere.example/log")
        for key in (True, False):
            p = Package(log).put("checkpoint.txt", strange.note().encode(),
                                 "checkpoint")
            self.check("a checkpoint of another origin", p, BAD,
                       ["package-checkpoint"], what="checkpoint.txt", key=key)
            p = Package(log).records([good[0], (
                good[1][0], strange.proof(1)), good[2]])
            self.check("a proof of another origin", p, BAD,
                       ["package-checkpoint"], what="record 1", key=key)
            forked = Log(log.records[:4] + [record(9)])
            forked.key = log.key
            p = Package(log).records([good[0], good[1], (
                good[2][0], forked.proof(2))])
            self.check("a proof that contradicts the checkpoint", p, BAD,
                       ["package-checkpoint"], what="record 2", key=key)
            p = Package(log).put("checkpoint.txt", log.note(3).encode(),
                                 "checkpoint")
            self.check("an older checkpoint", p, BAD, ["package-checkpoint"],
                       key=key)
            p = Package(log).put("checkpoint.txt", b"none\n", "checkpoint")
            self.check("a checkpoint that is none", p, BAD,
                       ["package-checkpoint"], key=key)
        p = Package(log)
        p.what["checkpoint.txt"] = "other"
        self.check("no checkpoint", p, BAD, ["package-checkpoint"])
        p = Package(log).put("c2.txt", log.note().encode(), "checkpoint")
        self.check("two checkpoints", p, BAD, ["package-checkpoint"],
                   what="c2.txt")
        note = log.note()
        bent = note[:-30] + ("A" if note[-30] != "A" else "B") + note[-29:]
        p = Package(log).put("checkpoint.txt", bent.encode(), "checkpoint")
        self.check("a signature bent", p, BAD, ["log-key-other"])
        for text in (b"{}", b"[", b'{"v":1,"records":[]}',
                     b'{"v":2,"records":[{}]}', b'{"v":1,"records":{}}'):
            p = Package(log).put("records-002.json", text, "records")
            self.check(f"records that are none: {text!r}", p, BAD,
                       ["package-malformed"], what="records-002.json")
        p = Package(log).put("records-002.json", b'{"v":1,"records":[1]}',
                             "records")
        self.check("a record that is none", p, BAD, ["package-record"])

    def limits(self):
        many = Log([record(n) for n in range(1001)])
        many.key = self.log.key
        note = many.note()
        pairs = []
        for n in range(1001):
            lines = ["c2sp.org/tlog-proof@v1", f"index {n}"]
            pairs.append((many.records[n].decode(), (lines, n)))
        tree = {}

        def top(low, high):
            if (low, high) not in tree:
                if high - low == 1:
                    tree[low, high] = many.leaves[low]
                else:
                    k = low + split(high - low)
                    tree[low, high] = node(top(low, k), top(k, high))
            return tree[low, high]

        def way(n, low, high):
            if high - low == 1:
                return []
            k = low + split(high - low)
            return (way(n, low, k) + [top(k, high)] if n < k
                    else way(n, k, high) + [top(low, k)])

        pairs = [(r, "\n".join(lines + [
            base64.b64encode(h).decode() for h in way(n, 0, 1001)]) +
            "\n\n" + note) for r, (lines, n) in pairs]
        for count, verdict, codes in ((1000, OK, ["package-complete"]),
                                      (1001, BAD, ["package-malformed"])):
            p = Package(many, numbers=())
            p.more = {}
            self.check(f"{count} records", p.records(pairs[:count]), verdict,
                       codes)
        for files, verdict, codes in ((99, OK, ["package-complete"]),
                                      (100, BAD, ["package-malformed"])):
            p = Package(self.log)
            for i in range(files - len(p.files)):
                p.put(f"m{i:03}.txt", b"more %d" % i, "more")
            self.check(f"{files} files", p, verdict, codes)
        parts = Package(self.log).parts()
        for size, verdict in ((1 << 20, OK), ((1 << 20) + 1, OK)):
            self.check(f"package.json of {size} bytes", dict(parts, **{
                "package.json": padded(parts["package.json"], size)}),
                verdict, [] if size > 1 << 20 else ["package-complete"],
                ["package-complete"] if size > 1 << 20 else [])

    # ---- package.json ----

    def malformed(self):
        good = json.loads(Package(self.log).json())
        for name, change in {
                "v": {"v": 2}, "no v": {"v": None}, "id": {"id": ""},
                "case": {"case": 1}, "log": {"log": None},
                "made": {"made": ""}, "made_by": {"made_by": ""},
                "volume 0": {"volume": 0}, "volume 2 of 1": {"volume": 2},
                "201 volumes": {"volumes": 201},
                "volumes as text": {"volumes": "1"},
                "no files": {"files": []}, "files": {"files": {}},
                "a file that is none": {"files": [1]},
                "others of one": {"others": []},
                "no others": {"volumes": 2},
                "others too few": {"volumes": 3, "others": [
                    {"volume": 2, "size": 1, "sha256": "0" * 64}]},
                "others in disorder": {"volumes": 2, "others": [
                    {"volume": 3, "size": 1, "sha256": "0" * 64}]},
                "others of a later volume": {"volume": 2, "volumes": 2,
                                             "others": []}}.items():
            text = json.dumps({**good, **change}).encode()
            self.check(f"malformed: {name}", dict(
                Package(self.log).parts(), **{"package.json": text}), BAD,
                ["package-malformed"], what="package.json")
        for key, value in (("name", ""), ("name", "package.json"),
                           ("sha256", "0" * 63), ("sha256", "G" * 64),
                           ("size", -1), ("size", "1"), ("what", "")):
            files = [dict(f) for f in good["files"]]
            files[0][key] = value
            self.check(f"malformed: {key} {value!r}", dict(
                Package(self.log).parts(), **{"package.json": json.dumps(
                    {**good, "files": files}).encode()}), BAD,
                ["package-malformed"])
        twice = {**good, "files": good["files"] + good["files"][:1]}
        self.check("malformed: a name twice", dict(
            Package(self.log).parts(), **{
                "package.json": json.dumps(twice).encode()}), BAD,
            ["package-malformed"])
        box = self.box(Package(self.log).files)
        box.put_file("package.json", Package(self.log).json(),
                     "application/json")
        self.check("a package.json that nobody signed", box.pack(), BAD)

    def signatures(self):
        """What a package is, every signature covers."""
        def box(*jobs):
            return container.asic_e(self.pki, [
                (name, data, "application/octet-stream")
                for name, data in Package(self.log).parts().items()],
                [dict(signer="citizen", level="LT", **j) for j in jobs],
                "asice").pack()

        claims = ["package-complete", "package-proven", "log-key-good"]
        self.check("two signatures of all of it", box({}, {}), OK, claims)
        for name, only in (("of the document alone", ["d001.pdf"]),
                           ("of all but package.json",
                            list(Package(self.log).files))):
            done = self.verify(box({}, {"only": only}))
            report = json.loads(done.stdout)
            got = {f["code"] for f in report["findings"]}
            # A container in which not everybody signed the same.
            self.told(f"one more {name} claims no package",
                      not got & set(claims), got)
            self.told("and that it does not cover all is said",
                      "file-partly-signed" in got, got)
        self.check("one more of package.json alone", box(
            {}, {"only": ["package.json"]}), BAD, ["package-file"])

    def told(self, name, good, detail):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"FAIL {name}: {detail}")

    # ---- volumes ----

    def volumes(self):
        second, third = (self.seal(self.volume(n)) for n in (2, 3))
        first = self.volume(1)
        first.top["others"] = [
            dict(volume=n, size=len(v), sha256=sha(v))
            for n, v in ((2, second), (3, third))]
        sealed = self.seal(first)
        self.check("three volumes", sealed, OK, ["package-complete"],
                   data=[third, second])
        part = "INDETERMINATE"
        for name, data, what, verdict in (
                ("the second is missing", [third], "volume 2 of 3", part),
                ("the third is missing", [second], "volume 3 of 3", part),
                ("both are missing", [], "volume 2 of 3", part),
                ("one twice", [second, second], "volume 3 of 3", part),
                ("the first instead", [sealed, second], None, BAD),
                ("another one", [second, third[:-1] + b"?"], None, BAD)):
            self.check(name, sealed, verdict, ["package-volume"], what=what,
                       data=data)
        broken = self.volume(1)
        broken.top["others"] = first.top["others"]
        parts = broken.parts()
        parts["v1.txt"] = b"another"
        self.check("a part is missing and a file is another", parts, BAD,
                   ["package-file", "package-volume"])
        self.check("something more", sealed, BAD, ["package-volume"],
                   data=[second, third, b"x"])
        self.check("a later volume alone", second, part, ["package-volume"],
                   what="volume 1 of 3")
        self.check("a later volume with the others", second, BAD,
                   ["package-volume"], data=[sealed, third])

    def volume(self, n):
        p = Package(self.log, volume=n, volumes=3,
                    numbers=(0, 1, 2) if n == 1 else (1,))
        return p.put(f"v{n}.txt", b"of volume %d" % n, "more")

    # ---- the option ----

    def option(self):
        p = self.seal(Package(self.log))
        none = self.folder / "none.pem"
        for name, key in (("a file that is not there", none),
                          ("no key", self.folder / "pki" / "root.pem")):
            done = self.verify(p, key=key)
            good = (done.returncode == 64 and not done.stdout and
                    len(done.stderr.splitlines()) == 1)
            self.passed += good
            self.failed += not good
            if not good:
                print(f"FAIL {name}: {done}")
        # A receipt is held against the key as well.
        from receipt import RECORD, proof, receipt  # noqa: PLC0415
        log = Log([b"a", RECORD, b"c"])
        for name, text, verdict, codes in (
                ("a receipt of this log", log.proof(1).encode(), BAD,
                 ["log-key-other"]),
                ("a receipt of another log", proof(RECORD), BAD,
                 ["log-key-other"])):
            self.check(name, {"receipt.json": receipt([(DOCUMENT, "a.pdf")]),
                              "record.json": RECORD,
                              "record.tlog-proof": text}, verdict, codes)
        log.key = self.log.key
        self.check("a receipt of this log's key", {
            "receipt.json": receipt([(DOCUMENT, "a.pdf")]),
            "record.json": RECORD,
            "record.tlog-proof": log.proof(1).encode()}, OK,
            ["log-key-good"])

    def run(self):
        for part in (self.right, self.files, self.records, self.malformed,
                     self.signatures, self.volumes, self.option, self.limits):
            part()


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
