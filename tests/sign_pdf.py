#!/usr/bin/python3
"""PDF signatures made and judged: every level, key and form of file.

    sign_pdf.py [--build DIR] [--corpus DIR] [--keep DIR] [--only NAME]

Drives sign_pdf_tool step by step with the test PKI; judges what it wrote with
our own verifier and with pdfsig, qpdf, OpenSSL and poppler.  Prints one line
a check, "ok" or "FAIL", and "N passed, N failed" at the end.
"""

import argparse
import datetime as dt
import hashlib
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
            path.write_bytes(crl.make(entity, when,
                                      number=int(seconds(when))))
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


def view(report):
    """What counts of each signature."""
    return [(s["level"], s["indication"], s["sub_indication"],
             s.get("modifications")) for s in report["signatures"]]


def run(*argv):
    return subprocess.run([str(a) for a in argv], capture_output=True,
                          timeout=120)


def ranges(data, index=-1):
    """The signed bytes and the value of a signature, by its /ByteRange."""
    found = re.findall(rb"/ByteRange\[0 (\d+) +(\d+) +(\d+) *\]", data)
    b, c, d = map(int, found[index])
    return data[:b] + data[c:c + d], bytes.fromhex(
        data[b + 1:c - 1].decode())


def expect_refused(bench, name, code, finding, text, step):
    try:
        step()
    except Refused as e:
        bench.check(name, f"code={code} finding={finding}:" in str(e)
                    and text in str(e), e)
    else:
        bench.check(name, False, "was accepted")


def others(bench, name, path, key):
    """What other programs say of the last signature."""
    got = run("pdfsig", "-nocert", path)
    text = got.stdout.decode(errors="replace")
    bench.check(f"{name}: pdfsig", "Signature is Valid" in text
                and "is Invalid" not in text, text)
    got = run("qpdf", "--check", path)
    bench.check(f"{name}: qpdf", got.returncode == 0, got)
    signed, value = ranges(path.read_bytes(), 0)
    cms, content = bench.path(".p7s"), bench.path(".bin")
    length = 4 + int.from_bytes(value[2:4], "big")
    cms.write_bytes(value[:length])
    content.write_bytes(signed)
    got = run("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in",
              cms, "-content", content, "-CAfile",
              bench.work / "pki/root.pem", "-purpose", "any", "-attime",
              seconds(bench.clock), "-out", "/dev/null")
    bench.check(f"{name}: openssl cms", got.returncode == 0, got.stderr)
    bench.check(f"{name}: zeros after the value",
                not any(value[length:]))


def matrix(bench):
    """Every level with every kind of key."""
    source = bench.path()
    source.write_bytes(plain())
    for key in KEYS:
        for level in ("B", "T", "LT", "LTA"):
            name = f"{key} {level}"
            out = bench.sign(source, key, level)
            report = bench.verify(out)
            first = view(report)[0]
            if level in ("B", "T"):
                good = first == (level, "INDETERMINATE", "TRY_LATER", "none")
            else:
                good = report["verdict"] == PASS and first == (
                    level, PASS, None, "lta-update")
            bench.check(f"{name}: verified", good, (view(report), report[
                "findings"]))
            bench.check(f"{name}: earlier bytes", out.read_bytes().startswith(
                source.read_bytes()))
            others(bench, name, out, key)


def bases(bench):
    """(name, bytes) of unsigned documents of every form."""
    for form in ("table", "stream", "hybrid"):
        yield form, plain(form)
    yield "form in the catalog", plain(
        "table", catalog=b"/AcroForm << /Fields [7 0 R] /SigFlags 0 >> ")
    yield "fields of their own", plain(
        "table", fields=b"/X null", more=((5, b"<< /Fields 40 0 R /SigFlags "
                                          b"41 0 R >>"), (40, b"[7 0 R]"),
                                          (41, b"1")))
    yield "null form", plain("table", catalog=b"/AcroForm null ")
    own = pdf.PAGE.replace(b"/Type /Page ", b"/Type /Page /Annots 42 0 R ")
    yield "annotations of their own", plain(
        "stream", more=((3, own + b">>"), (42, b"[7 0 R]")))
    yield "annotations that are null", plain(
        "hybrid", more=((3, own + b">>"), (42, b"null")))
    yield "no annotations", plain(more=((3, pdf.PAGE + b">>"),))
    source, out = bench.path(), bench.path()
    source.write_bytes(plain())
    for name, *options in (
            ("object streams", "--object-streams=generate"),
            ("linearized", "--linearize"),
            ("linearized streams", "--linearize",
             "--object-streams=generate")):
        run("qpdf", "--deterministic-id", *options, source, out)
        yield name, out.read_bytes()
    yield "no line end", plain().rstrip(b"\n")


def stack(bench):
    """Three signatures and an archive time-stamp, one on the other."""
    for name, data in bases(bench):
        path = bench.path()
        path.write_bytes(data)
        seen = []
        for i, (key, level) in enumerate((("p256", "B"), ("pss3072", "T"),
                                          ("rsa2048", "LTA"))):
            new = bench.sign(path, key, level)
            bench.check(f"stack, {name}, {i}: earlier bytes",
                        new.read_bytes().startswith(path.read_bytes()))
            now = view(bench.verify(new))
            same = all(a[1] != "TOTAL-FAILED" and b[1] == a[1]
                       and b[3] in ("form-filling", "lta-update")
                       for a, b in zip(seen, now))
            bench.check(f"stack, {name}, {i}: earlier signatures", same,
                        (seen, now))
            seen, path = now, new
        bench.check(f"stack, {name}: count", [v[0] for v in seen][2:] ==
                    ["LTA", "none"] and len(seen) == 4, seen)
        bench.check(f"stack, {name}: last ones pass",
                    [v[1] for v in seen[2:]] == [PASS, PASS], seen)
        got = run("qpdf", "--check", path)
        bench.check(f"stack, {name}: qpdf", got.returncode == 0, got)


def raising(bench):
    """Levels added one by one, also to a signature without a time-stamp."""
    path = bench.path()
    path.write_bytes(plain())
    signed = bench.sign(path)
    stamped = bench.raise_stamp(signed, "T")
    bench.check("raised to T", view(bench.verify(stamped))[0][0] == "T",
                view(bench.verify(stamped)))
    bench.check("T is there", bench.raise_stamp(stamped, "T") is None)
    bench.check("T of its own is there", bench.raise_stamp(
        bench.sign(path, level="T"), "T") is None)
    long = bench.raise_lt(stamped)
    archived = bench.raise_stamp(long, "LTA")
    report = bench.verify(archived)
    bench.check("T, LT, LTA", report["verdict"] == PASS, view(report))
    data = long.read_bytes()
    _, value = ranges(data, 0)
    key = hashlib.sha1(value).hexdigest().upper().encode()
    bench.check("VRI of the signature", b"/VRI<</" + key in data
                or b"/VRI <</" + key in data, key)
    bench.check("ESIC", b"/ESIC<</BaseVersion/1.7/ExtensionLevel 5>>" in data)
    again = bench.raise_lt(archived)
    added = again.read_bytes()[archived.stat().st_size:]
    certs = [bench.der(n).read_bytes() for n in ("citizen", "tsa")]
    bench.check("values once", not any(c in added for c in certs))
    report = bench.verify(again)
    bench.check("again LT", report["verdict"] == PASS
                and view(report)[0][3] == "lta-update", view(report))
    unsigned = bench.path()
    unsigned.write_bytes(plain())
    expect_refused(bench, "nothing to raise", "format", "no-signature", "",
                   lambda: bench.raise_stamp(unsigned, "LTA"))


def is_second(bench, path):
    """A document at LTA passes still, and has a new signature at T."""
    return view(bench.verify(path)) == [
        ("LTA", PASS, None, "form-filling"), ("none", PASS, None,
                                              "form-filling"),
        ("T", "INDETERMINATE", "TRY_LATER", "none")]


def permissions(bench):
    """Certification and locks."""
    path = bench.path()
    path.write_bytes(plain())
    for p, also in ((1, None), (2, PASS), (3, PASS)):
        certified = bench.sign(path, level="LTA", certify=str(p))
        report = bench.verify(certified)
        bench.check(f"certified {p}", report["verdict"] == PASS, view(report))
        bench.check(f"certified {p}: /Perms",
                    b"/Perms <</DocMDP" in certified.read_bytes())
        if also is None:
            expect_refused(bench, "certified 1, signed again", "unsupported",
                           "pdf-certification", "takes no signature",
                           lambda: bench.sign(certified))
            continue
        bench.check(f"certified {p}, signed again",
                    is_second(bench, bench.sign(certified, level="T")))
        expect_refused(bench, f"certified {p}, visible", "unsupported",
                       "pdf-certification", "invisible",
                       lambda: bench.sign(certified,
                                          visible="1,10,10,60,40"))
        expect_refused(bench, f"certified {p}, certified again",
                       "unsupported", "pdf-certification", "only the first",
                       lambda: bench.sign(certified, certify="2"))
    expect_refused(bench, "certified second", "unsupported",
                   "pdf-certification", "only the first",
                   lambda: bench.sign(bench.sign(path), certify="2"))
    for lock in ("all", "include:sum", "exclude:sum"):
        for name, data in (("", plain()), (", direct", plain(
                catalog=b"/AcroForm << /Fields [7 0 R] >> "))):
            base = bench.path()
            base.write_bytes(data)
            locked = bench.sign(base, level="LTA", lock=lock)
            second = bench.sign(locked, level="T", lock=lock)
            bench.check(f"lock {lock}{name}", is_second(bench, second),
                        bench.verify(second))
            text = second.read_bytes()
            bench.check(f"lock {lock}{name}: written",
                        text.count(b"/SigFieldLock/Action/"
                                   + lock[:3].capitalize().encode()) == 2)


def refusals(bench):
    """What may not be signed, and how it may not be signed."""
    def doc(data):
        path = bench.path()
        path.write_bytes(data)
        return path

    good = doc(plain())
    for name, path, code, finding, text, opts in (
            ("page 2 of 1", good, "format", "-", "page 2 of a document of 1",
             {"visible": "2,10,10,60,40"}),
            ("page 0", good, "format", "-", "begin at 1",
             {"visible": "0,10,10,60,40"}),
            ("right of the page", good, "format", "-", "outside",
             {"visible": "1,250,10,60,40"}),
            ("above the page", good, "format", "-", "outside",
             {"visible": "1,10,170,60,40"}),
            ("left of the page", good, "format", "-", "outside",
             {"visible": "1,-1,10,60,40"}),
            ("no number", good, "format", "-", "outside",
             {"visible": "1,nan,10,60,40"}),
            ("no width", good, "format", "-", "outside",
             {"visible": "1,10,10,0,40"}),
            ("too small", good, "format", "-", "smaller",
             {"visible": "1,10,10,11,40"}),
            ("letter without glyph", good, "unsupported", "-", "U+4E2D",
             {"visible": "1,10,10,90,40", "role": "中"}),
            ("lock of nothing", good, "format", "-", "no field",
             {"lock": "include:nothing"}),
            ("lock of a beginning", good, "format", "-", "no field",
             {"lock": "include:su"}),
            ("lock without fields", good, "format", "-", "names no field",
             {"lock": "include:"}),
            ("XFA", doc(plain(fields=b"/XFA (x)")), "unsupported",
             "pdf-switchable-content", "XFA", {}),
            ("two fields of one name", doc(plain(
                fields=b"", more=(
                    (5, b"<< /Fields [7 0 R 43 0 R] >>"),
                    (43, b"<< /FT /Tx /T (sum) >>")))), "format",
             "pdf-field-duplicate", "", {}),
            ("no PDF", doc(b"hello"), "format", "pdf-header", "", {}),
            ("bytes before", doc(b"\n" + plain()), "format", "pdf-header",
             "", {}),
            ("bytes after", doc(plain() + b"more"), "format", "pdf-trailing",
             "", {}),
            ("broken object", doc(plain().replace(b"endobj\n4 0", b"endobx\n4 0",
                                                  1)),
             "format", "pdf-object", "", {}),
            ("an object read late", doc(plain().replace(
                b"/BaseFont", b"/Base#Fon", 1)), "format", "pdf-object",
             "", {}),
            ("form is a number", doc(plain(more=((5, b"12"),))), "format",
             "pdf-form", "", {}),
            ("no pages", doc(plain(more=((2, b"<< /Type /Pages /Kids 3 >>"),
                                         ))), "format", "pdf-object", "",
             {}),
            ("turned by 45", doc(plain(page=b"/Rotate 45 ")), "format",
             "pdf-object", "90 degrees", {"visible": "1,10,10,60,40"})):
        expect_refused(bench, name, code, finding, text,
                       lambda: bench.sign(path, **opts))
    for bits in ("40", "128", "256"):
        out = bench.path()
        weak = ["--allow-weak-crypto"] if bits != "256" else []
        run("qpdf", *weak, "--encrypt", "secret", "owner", bits, "--", good,
            out)
        expect_refused(bench, f"encrypted, {bits}", "unsupported",
                       "pdf-encrypted", "",
                       lambda: bench.sign(out))


def encrypted(bench):
    """Files that open without a password: what is new is encrypted too."""
    source = bench.path()
    source.write_bytes(plain())
    kinds = {"R2": ("40",), "R3": ("128", "--use-aes=n"),
             "R4": ("128", "--use-aes=y"),
             "R4, plain metadata": ("128", "--use-aes=y",
                                    "--cleartext-metadata"),
             "R5": ("256", "--force-R5"), "R6": ("256",)}
    for kind, options in kinds.items():
        for packed in ("disable", "generate"):
            name = f"encrypted, {kind}, {packed}"
            path = bench.path()
            got = run("qpdf", "--allow-weak-crypto", "--object-streams="
                      + packed, "--encrypt", "", "owner", *options, "--",
                      source, path)
            if not bench.check(f"{name}: made", got.returncode in (0, 3),
                               got.stderr):
                continue
            out = bench.sign(path, "pss3072", "B", reason="səbəb (1)",
                             place="Gəncə", lock="include:sum")
            bench.check(f"{name}: nothing in the clear", b"FEFF" not in
                        out.read_bytes()[path.stat().st_size:])
            out = bench.sign(out, level="LT", visible="1,100,20,150,70",
                             lang="ru", role="hakim")
            report = bench.verify(out)
            bench.check(f"{name}: verified", view(report)[1:] == [
                ("LT", PASS, None, "lta-update")] and view(report)[0][1:] == (
                    "INDETERMINATE", "TRY_LATER", "form-filling"),
                        (view(report), report["findings"]))
            text = run("pdftotext", out, "-").stdout.decode()
            bench.check(f"{name}: text", "Должность: hakim" in text, text)
            got = run("pdfsig", "-nocert", out).stdout.decode()
            bench.check(f"{name}: pdfsig", got.count("Signature is Valid")
                        >= 2 and "is Invalid" not in got, got)
            expect_refused(bench, f"{name}: LTA", "unsupported",
                           "pdf-encrypted", "no document time-stamp",
                           lambda: bench.raise_stamp(out, "LTA"))
            got = run("qpdf", "--check", out)
            bench.check(f"{name}: qpdf", got.returncode == 0, got)
            got = run("qpdf", "--decrypt", out, "-")
            bench.check(f"{name}: lock", b"(sum)" in got.stdout)
            got = run("qpdf", "--decrypt", "--json", "--json-key=qpdf", out)
            bench.check(f"{name}: claims", "səbəb (1)" in got.stdout.decode()
                        and "Gəncə" in got.stdout.decode())
    for bits in ("--modify=annotate", "--modify=form", "--modify=none"):
        path = bench.path()
        run("qpdf", "--encrypt", "", "owner", "256", bits, "--", source, path)
        expect_refused(bench, f"encrypted, {bits}", "unsupported",
                       "pdf-encrypted", "permissions",
                       lambda: bench.sign(path))


def binding(bench):
    """The state belongs to one file, and is read strictly."""
    path = bench.path()
    path.write_bytes(plain())
    out, state = bench.path(), bench.path("")
    state.mkdir()

    def prepare(level="B"):
        bench.tool("prepare", path, out, state,
                   bench.work / "pki/citizen.key.pem", bench.der("citizen"),
                   "--scheme", "ecdsa", "--level", level,
                   "--time", seconds(bench.tick()))

    prepare()
    whole, packed = out.read_bytes(), (state / "state").read_bytes()
    bench.check("state begins with its family", packed[0] == 2)
    big = bench.token((state / "stamp").read_bytes())
    expect_refused(bench, "value too long", "limit", "-", "room for",
                   lambda: bench.tool("finish", out, state, big))
    bench.check("nothing was written", out.read_bytes() == whole)
    gap = whole.index(b"/Contents<0") + 10
    for i in (10, gap - 2, whole.index(b">", gap) + 1, len(whole) - 1):
        out.write_bytes(whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1:])
        expect_refused(bench, f"another file, byte {i}", "internal", "-",
                       "prepared", lambda: bench.tool("finish", out, state))
    out.write_bytes(whole + b"\n")
    expect_refused(bench, "a longer file", "internal", "-", "prepared",
                   lambda: bench.tool("finish", out, state))
    out.write_bytes(whole)
    for name, bad in (("cut", packed[:-1]), ("longer", packed + b"x"),
                      ("of another version",
                       packed[:1] + b"\x09" + packed[2:]),
                      ("of a time-stamp",
                       packed[:2] + b"\x01" + packed[3:]),
                      ("past the end", packed[:3] + b"\xff" * 8
                       + packed[11:])):
        (state / "state").write_bytes(bad)
        expect_refused(bench, f"state {name}", "internal", "-", "state",
                       lambda: bench.tool("finish", out, state))
    (state / "state").write_bytes(packed)
    bench.tool("finish", out, state)
    first = out.read_bytes()
    bench.tool("finish", out, state)
    bench.check("finished twice", out.read_bytes() == first)


def flips(bench, count=60):
    """A changed byte that is covered is seen."""
    path = bench.path()
    path.write_bytes(plain())
    signed = bench.sign(path, level="LT")
    data = signed.read_bytes()
    found = re.search(rb"/ByteRange\[0 (\d+) +(\d+) +(\d+)", data)
    b, c, d = (int(n) for n in found.groups())
    inside = list(range(b)) + list(range(c, c + d))
    flipped = bench.path()
    for i in range(count):
        at = inside[i * len(inside) // count]
        flipped.write_bytes(data[:at] + bytes([data[at] ^ 0x04])
                            + data[at + 1:])
        report = bench.verify(flipped)
        # A flipped /SubFilter is a kind of signature that nobody knows.
        bench.check(f"flip at {at}", report["verdict"] in (
            "TOTAL-FAILED", "REFUSED", "INDETERMINATE") and not any(
                v[1] == PASS for v in view(report)), report["verdict"])


def large(bench):
    """A hundred megabytes need no memory of their own."""
    w = pdf.Writer("stream")
    w.trailer = b"/Root 1 0 R "
    w.put(1, b"<< /Type /Catalog /Pages 2 0 R >>")
    w.put(2, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
    w.put(3, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] >>")
    chunk = bytes(range(256)) * 4096
    for i in range(10):
        w.stream(60 + i, b"", chunk * 10)
    w.end()
    path, out, state = bench.path(), bench.path(), bench.path("")
    path.write_bytes(w.data)
    state.mkdir()
    size = path.stat().st_size

    def peak(name):
        used = int((state / "peak").read_text().split()[0]) << 10
        bench.check(f"large: memory of {name}", used - size < 32 << 20,
                    used - size)

    bench.tool("prepare", path, out, state,
               bench.work / "pki/citizen.key.pem", bench.der("citizen"),
               "--scheme", "ecdsa", "--visible", "1,10,10,100,50",
               "--time", seconds(bench.tick()), *[
                   a for e in bench.pki.chain("citizen")
                   for a in ("--chain", bench.der(e.name))])
    peak("prepare")
    bench.tool("finish", out, state)
    peak("finish")
    stamped = bench.path()
    bench.tool("imprints", "LTA", out, stamped, state, "--time",
               seconds(bench.tick()))
    peak("imprints")
    token = bench.token(hashed=(state / "imprint").read_bytes())
    bench.tool("apply", "LTA", out, stamped, state, "--token", token)
    report = bench.verify(stamped)
    bench.check("large: verified", [v[1:] for v in view(report)] == [
        ("INDETERMINATE", "TRY_LATER", "lta-update"), (PASS, None, "none")],
                view(report))
    with open(path, "rb") as a, open(stamped, "rb") as b:
        bench.check("large: earlier bytes", a.read() == b.read(size))


def gray(path):
    """(width, height, rows) of page 1 as it is shown, a pixel a point."""
    got = run("pdftoppm", "-r", "72", "-gray", "-cropbox", "-f", "1", "-l",
              "1", path)
    magic, size, _, rest = got.stdout.split(b"\n", 3)
    w, h = map(int, size.split())
    assert magic == b"P5" and len(rest) == w * h
    return w, h, [rest[i * w:(i + 1) * w] for i in range(h)]


def cut_out(picture, x, y, w, h):
    """Of a rectangle given from the lower left corner."""
    _, high, rows = picture
    return b"".join(row[x:x + w] for row in rows[high - y - h:high - y])


def distance(a, b):
    return sum(abs(x - y) for x, y in zip(a, b)) / max(1, len(a))


def visible(bench):
    """Pictures: where they stand, that they are upright, what they say."""
    said = {"az": ("İmzalayan: SINAQOVA AYDAN", "Vəzifə: hakim",
                   "Yer: Gəncə", "Səbəb: qərar", "(UTC+04:00)"),
            "en": ("Signer: SINAQOVA AYDAN", "Role: hakim", "Place: Gəncə"),
            "ru": ("Подписал: SINAQOVA AYDAN", "Должность: hakim",
                   "Место: Gəncə", "Основание: qərar")}
    x, y, w, h = 12, 30, 150, 72
    for lang, words in said.items():
        bench.clock = SIGNING
        upright = None
        for rotate in (0, 90, 180, 270):
            page = b"/Rotate %d /CropBox [40 10 290 195] " % rotate
            data = plain(page=page).replace(pdf.SHOWN, b" " * len(pdf.SHOWN))
            path = bench.path()
            path.write_bytes(data.replace(b"/Annots [7 0 R]",
                                          b"/Annots [     ]", 1))
            bench.clock = SIGNING
            name = f"visible, {lang}, {rotate}"
            try:
                out = bench.sign(path, visible=f"1,{x},{y},{w},{h}",
                                 lang=lang, role="hakim", place="Gəncə",
                                 reason="qərar")
            except Refused as e:
                bench.check(name, False, e)
                continue
            text = run("pdftotext", "-layout", out, "-").stdout.decode()
            flat = " ".join(text.split())
            bench.check(f"{name}: text", all(t in flat for t in words), flat)
            fonts = run("pdffonts", out).stdout.decode()
            bench.check(f"{name}: font", re.search(
                r"[A-Z]{6}\+NotoSans-Regular +CID TrueType +Identity-H +yes yes "
                r"yes", fonts) is not None, fonts)
            picture = gray(out)
            dark = [(i, j) for j, row in enumerate(picture[2])
                    for i, v in enumerate(row) if v < 200]
            left = min(i for i, _ in dark)
            right = max(i for i, _ in dark)
            low = picture[1] - 1 - max(j for _, j in dark)
            high = picture[1] - 1 - min(j for _, j in dark)
            bench.check(f"{name}: place", abs(left - x) <= 2 and
                        abs(right - x - w) <= 2 and abs(low - y) <= 2 and
                        abs(high - y - h) <= 2, (left, right, low, high))
            now = cut_out(picture, x, y, w, h)
            if upright is None:
                upright = now
            bench.check(f"{name}: upright", distance(now, upright) <
                        0.5 * distance(now[::-1], upright),
                        (distance(now, upright),
                         distance(now[::-1], upright)))
    path = bench.path()
    path.write_bytes(plain())
    for box in ("12,12", "40,14", "300,200", "60,60"):
        out = bench.sign(path, visible=f"1,0,0,{box}", role="baş hakim " * 40)
        text = run("pdftotext", out, "-").stdout.decode()
        bench.check(f"visible in {box}: {'cut' if '…' in text else 'whole'}",
                    ("…" in text) == (box != "300,200"), text)
    second = bench.sign(bench.sign(path, visible="1,0,0,100,50"),
                        visible="1,110,0,100,50", level="LTA")
    report = bench.verify(second)
    bench.check("two visible", report["verdict"] == PASS or view(report)[1][1]
                == PASS, view(report))


JAVA = ("preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging",
        "javax.activation", "jaxb-api")


# It knows part 1 alone, and says of part 2 that it is none.
PART = "7.11.2 : Error on MetaData, part must be 1"


def preflight(path):
    """What Apache PDFBox finds wrong with a PDF/A, each once."""
    paths = ":".join(f"/usr/share/java/{j}.jar" for j in JAVA)
    got = run("java", "-cp", paths,
              "org.apache.pdfbox.preflight.Validator_A1b", path)
    said = (got.stdout + got.stderr).decode()
    found = [line for line in said.splitlines() if re.match(r"\d+\.", line)]
    return sorted(set(found)) or [said]


def text(bench, content, title="Qərar", name="in.txt"):
    source, out = bench.path(".txt"), bench.path()
    source.write_bytes(content if isinstance(content, bytes)
                       else content.encode())
    bench.tool("text", title, "az", seconds(SIGNING), source, out)
    return out


def texts(bench):
    """Texts as PDF/A."""
    part = ("Məhkəmə müəyyən etdi: Ğğ Üü Öö Çç Şş İı Əə — tələb əsaslıdır. "
            "Суд установил: требование обоснованно & <верно>. ")
    long = "# Qərar\n\n" + "".join(
        f"# {i}. Bölmə\n{part * 4}\n\n" for i in range(1, 21))
    cases = {"long": (long, 5), "one line": ("Salam", 1), "empty": ("", 1),
             "one word": ("x" * 3000, 1),
             "CR LF, tab, mark": (b"\xef\xbb\xbfa\r\n\tb\r\n", 1)}
    for name, (content, pages) in cases.items():
        out = text(bench, content, "Qərar & <akt> \"1\"")
        info = run("pdfinfo", out).stdout.decode()
        count = int(re.search(r"Pages: +(\d+)", info)[1])
        bench.check(f"text, {name}: pages", count == pages, info)
        bench.check(f"text, {name}: title", 'Qərar & <akt> "1"' in info, info)
        got = run("qpdf", "--check", out)
        bench.check(f"text, {name}: qpdf", got.returncode == 0, got)
        fonts = run("pdffonts", out).stdout.decode().splitlines()[2:]
        bench.check(f"text, {name}: fonts", len(fonts) == 1 and "yes yes yes"
                    in fonts[0], fonts)
        got = preflight(out)
        bench.check(f"text, {name}: PDF/A", got == [PART], got)
        signed = bench.sign(out, level="LTA")
        bench.check(f"text, {name}: signed",
                    bench.verify(signed)["verdict"] == PASS)
        got = preflight(bench.sign(signed, visible="1,300,60,200,80"))
        bench.check(f"text, {name}: PDF/A when signed", got == [PART], got)
    out = text(bench, long)
    flat = " ".join(run("pdftotext", out, "-").stdout.decode().split())
    bench.check("text: what it says", part.strip() in flat
                and all(re.search(rf"\b{i} ?/ ?5\b", flat) for i in
                        range(1, 6)), flat[:500])
    bench.check("text: the same twice", out.read_bytes() ==
                text(bench, long).read_bytes())
    decomposed = text(bench, "Şu\u0308 s\u0327")
    bench.check("text: composed", "Şü ş" in run(
        "pdftotext", decomposed, "-").stdout.decode())
    for name, content, code, word in (
            ("a letter that is not there", "yaxşı 中", "unsupported",
             "U+4E2D"),
            ("no UTF-8", b"ab\xff", "format", "UTF-8"),
            ("half a letter", b"ab\xc9", "format", "UTF-8"),
            ("a control", "a\x07b", "format", "U+0007"),
            ("a mark of direction", "a\u202eb", "format", "U+202E"),
            ("too many pages", "a\n" * 200000, "limit", "too many pages"),
            ("too long", "a " * (2 << 20) + "b", "limit", "too long")):
        expect_refused(bench, f"text: {name}", code, "-", word,
                       lambda: text(bench, content))


def corpus(bench, root):
    """Every real PDF that may be signed: three signatures on each."""
    signed = 0
    for source in sorted(root.rglob("*.pdf")):
        if source.stat().st_size > 30 << 20:
            continue
        name = f"corpus, {source.relative_to(root)}"
        bench.clock = SIGNING
        before, path = bench.verify(source), source
        try:
            for i in range(3):
                new = bench.sign(path, level="LTA" if i == 2 else "B")
                if not new.read_bytes().startswith(path.read_bytes()):
                    bench.check(f"{name}: earlier bytes", False)
                path = new
        except Refused as e:
            bench.check(f"{name}: refused by name",
                        "finding=pdf-" in str(e), e)
            continue
        after, known = bench.verify(path), len(before["signatures"])
        bad = [(a, b) for a, b in zip(view(before), view(after))
               if a[1:3] != b[1:3]]
        bad += [s for s in view(after)[known:] if s[1] == "TOTAL-FAILED" or
                s[3] not in ("none", "lta-update", "form-filling")]
        if after["verdict"] == "REFUSED" != before["verdict"]:
            bad.append(after["findings"])
        old, new = run("qpdf", "--check", source), run("qpdf", "--check", path)
        if not 0 <= new.returncode <= old.returncode:
            bad.append(new)
        bench.check(name, not bad, bad)
        signed += 1
        for made in bench.work.glob("0*"):
            if made.is_dir():
                shutil.rmtree(made)
            else:
                made.unlink()
    bench.check("corpus, most of it may be signed", signed >= 190, signed)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path,
                        default=HERE.parent / "build")
    parser.add_argument("--corpus", type=pathlib.Path)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = args.keep or pathlib.Path(scratch)
        work.mkdir(exist_ok=True)
        bench = Bench(args.build.resolve(), work, args.only)
        for part in (matrix, stack, raising, permissions, refusals, encrypted,
                     binding,
                     flips, large, visible, texts):
            if part.__name__.startswith(args.only):
                bench.clock = SIGNING
                part(bench)
        if args.corpus and "corpus".startswith(args.only):
            corpus(bench, args.corpus.resolve())
    print(f"{bench.passed} passed, {bench.failed} failed")
    return 1 if bench.failed or not bench.passed else 0


if __name__ == "__main__":
    sys.exit(main())
