#!/usr/bin/python3
"""Signed containers and CMS files as sign_tool writes them, judged by `mohur
verify`, xmlsec1, openssl, unzip and Python's zipfile.

    sign_asic.py --mohur PATH --tool PATH [--pki DIR] [--corpus DIR] [--quick]

Keys, tokens and validation data are those of the test PKI.  Prints each
check that fails and ends with "N passed, N failed".
"""

import argparse
import calendar
import datetime as dt
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from urllib.parse import unquote

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "pki"))

import crl as crl_maker      # noqa: E402
import ocsp as ocsp_maker    # noqa: E402
import cmswrite              # noqa: E402
import tsa as tsa_maker      # noqa: E402
from small import picture     # noqa: E402
from asn1crypto import cms   # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: E402
from lxml import etree       # noqa: E402
from pki import SIGNING, Pki  # noqa: E402
from signing import sign_bytes  # noqa: E402

TIME = "2022-06-01T12:00:00Z"
LATER = "2025-06-01T12:00:00Z"
SIGNATURE_STAMP = "1.2.840.113549.1.9.16.2.14"
ARCHIVE_STAMP = "0.4.0.1733.2.4"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
SIGNERS = {"citizen-rsa2048": ("pkcs1", "sha256"),
           "citizen-rsa3072": ("pss", "sha256"),
           "citizen": ("ecdsa", "sha256"),
           "citizen-p384": ("ecdsa", "sha384")}
FORMATS = {"adoc": ("adoc", False), "edoc": ("edoc", False),
           "asice": ("asice", False), "asics": ("asics", False),
           "asice-cades": ("asice", True), "asics-cades": ("asics", True),
           "cms": ("cms", False)}
LEVELS = ("B", "T", "LT", "LTA")
DATA = [("iddia.txt", "İddia ərizəsi.\n".encode() * 40),
        ("ərizə 1+2 100%.pdf", b"%PDF-1.4\n% a page\n%%EOF\n"),
        ("a&b;c.jpg", picture())]

passed = failed = 0


def check(name, ok, seen=""):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print(f"FAIL {name}: {seen}")


class Refused(Exception):
    """What the tool said."""


class Lab:
    """The tools, the PKI and a folder to work in."""

    def __init__(self, args, work):
        self.mohur, self.bin, self.work = args.mohur, args.tool, work
        self.pki = Pki.open(args.pki or work / "pki")
        self.root = work / "root.pem"
        self.root.write_bytes(self.pki["root"].pem)
        self.count = 0
        corpus_dir = getattr(args, "corpus", None)
        self.schemas = pathlib.Path(corpus_dir).resolve() / "schema" \
            if corpus_dir and pathlib.Path(corpus_dir, "schema").exists() \
            else None
        self.peak = 0  # KiB of memory of the last call

    def path(self, name="file"):
        self.count += 1
        return self.work / f"{self.count:05d}-{name}"

    def put(self, data, name="data"):
        path = self.path(name)
        path.write_bytes(data)
        return path

    def tool(self, command, *pairs):
        """Runs one step; its output.  Refused where the tool says no."""
        peak_file = self.work / "peak"
        got = subprocess.run([self.bin, command, f"peak={peak_file}",
                              *[f"{k}={v}" for k, v in pairs]],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             timeout=300, check=False)
        if got.returncode == 1:
            raise Refused(got.stdout.decode().strip())
        if got.returncode != 0:
            raise RuntimeError(f"{command}: {got.returncode} "
                               f"{got.stderr.decode()[-400:]}")
        self.peak = int(peak_file.read_text())
        return got.stdout.decode()

    def value(self, entity, scheme, digest, tbs):
        """What a token gives: the RSA value, or r and s."""
        if not isinstance(entity.key, ec.EllipticCurvePrivateKey):
            salt = {"sha256": 32, "sha384": 48, "sha512": 64}[digest]
            return sign_bytes(entity.key, tbs, digest,
                              salt if scheme == "pss" else None)
        r, s = utils.decode_dss_signature(sign_bytes(entity.key, tbs, digest))
        size = (entity.key.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def token(self, data=None, hashed=None, after=30, digest="sha256"):
        return tsa_maker.token(data or b"", self.pki["tsa"],
                               self.pki.chain("tsa"),
                               SIGNING + dt.timedelta(seconds=after),
                               hashed=hashed, digest_name=digest)

    def values(self, signer):
        """extra-cert, ocsp and crl pairs for a level LT."""
        chain = self.pki.chain(signer)
        when = SIGNING + dt.timedelta(seconds=60)
        answer = ocsp_maker.respond(self.pki[signer], chain[0],
                                    self.pki["ocsp"], when)
        pairs = [("ocsp", self.put(answer, "ocsp"))]
        for ca in [*chain[1:], self.pki.root_of(signer)]:
            pairs.append(("crl", self.put(crl_maker.make(
                ca, SIGNING + dt.timedelta(seconds=90)), "crl")))
        for entity in [*chain, self.pki["tsa"]]:
            pairs.append(("extra-cert", self.put(entity.der, "cert")))
        return pairs

    def prepare(self, form, files, signer="citizen", level="B", **opts):
        kind, cades = FORMATS[form]
        scheme, digest = SIGNERS[signer]
        digest = opts.get("digest", digest)
        draft = {n: self.path(n) for n in ("state", "tbs", "out")}
        pairs = [("as", kind), ("scheme", opts.get("scheme", scheme)),
                 ("digest-name", digest), ("level", level),
                 ("time", opts.get("time", calendar.timegm(
                     SIGNING.timetuple()))),
                 ("cert", self.put(self.pki[signer].der, "cert"))]
        pairs += [("chain", self.put(e.der, "chain"))
                  for e in self.pki.chain(signer)]
        pairs += [(k, 1) for k in ("cades", "add")
                  if opts.get(k) or (k == "cades" and cades)]
        pairs += [(k, opts[k]) for k in ("role", "place") if k in opts]
        pairs += [("file", f"{n}:{p}") for n, p in self.named(files)]
        pairs += list(draft.items())
        self.tool("prepare", *pairs)
        draft.update(scheme=scheme, digest=digest, signer=signer)
        return draft

    def named(self, files):
        return [(n, d if isinstance(d, pathlib.Path) else self.put(d))
                for n, d in files]

    def complete(self, draft, level, **opts):
        entity = self.pki[draft["signer"]]
        value = self.put(opts.get("value") or self.value(
            entity, draft["scheme"], draft["digest"],
            draft["tbs"].read_bytes()), "value")
        pairs = [("state", draft["state"]), ("value", value),
                 ("out", draft["out"])]
        if level != "B":
            over = self.path("over")
            self.tool("stamp", *pairs[:2], ("out", over))
            pairs.append(("token", self.put(opts.get("token") or self.token(
                over.read_bytes()), "token")))
        if level == "LT":
            pairs += self.values(draft["signer"])
        self.tool("finish", *pairs)
        return draft["out"]

    def sign(self, form, files, signer="citizen", level="B", **opts):
        """A signed file; LTA by raising an LT."""
        first = "LT" if level == "LTA" else level
        out = self.complete(
            self.prepare(form, files, signer, first, **opts), first, **opts)
        if level != "LTA":
            return out
        # A .p7s alone states the digest of its content by one algorithm.
        return self.extend(out, "LTA", signer, digest=SIGNERS[signer][1]
                           if form == "cms" else "sha256")

    def extend(self, path, step, signer="citizen", **opts):
        """Every signature that lacks the step gets it."""
        state, out = self.path("raise"), self.path("raised")
        digest = opts.get("digest", "sha256")
        rows = self.tool("imprints", ("step", step), ("file", path),
                         ("digest-name", digest), ("state", state))
        pairs = [("step", step), ("file", path), ("out", out),
                 ("time", calendar.timegm(SIGNING.timetuple()))]
        for row in rows.splitlines():
            sig, hexed = row.split()
            pairs.append(("sig", sig))
            if step == "LT":
                continue
            pairs.append(("state", f"{state}.{sig}"))
            pairs.append(("token", self.put(self.token(
                hashed=bytes.fromhex(hexed), digest=digest,
                after=opts.get("after", 30 if step == "T" else 7200)))))
        if step == "LT":
            pairs += self.values(signer)
        if opts.get("expect_none"):
            return rows
        self.tool("apply", *pairs)
        return out

    def verify(self, path, *data, policy="strict", when=TIME):
        pairs = [x for p in data for x in ("--data", p)]
        got = subprocess.run(
            [self.mohur, "verify", "--trust", self.root, "--time", when,
             "--offline", "--report", "json", "--policy", policy, *pairs,
             path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            timeout=300, check=False)
        try:
            return json.loads(got.stdout)
        except json.JSONDecodeError:
            return {"verdict": got.stderr.decode()[-300:], "signatures": []}


def summary(report):
    rows = [f"{s.get('id')} {s.get('level')} {s.get('indication')} "
            f"{s.get('sub_indication')}" for s in report["signatures"]]
    codes = [f"{f['code']}:{f.get('level')}:{f.get('text', '')}"
             for f in report.get("findings", [])]
    for s in report["signatures"]:
        codes += [f"{f['code']}:{f.get('level')}"
                  for f in s.get("findings", [])]
    return f"{report['verdict']} {report.get('reason')} {rows} {codes}"


def expected(level):
    """Below LT nothing says that the certificate was not revoked."""
    return ("TOTAL-PASSED",) if level in ("LT", "LTA") \
        else ("INDETERMINATE",)


def judged(lab, name, path, level, count=1, data=(), levels=None):
    report = lab.verify(path, *data)
    check(name, report["verdict"] in expected(level) and
          len(report["signatures"]) == count, summary(report))
    if report["verdict"] == "INDETERMINATE":
        check(f"{name}: try later only", all(
            s["sub_indication"] in ("TRY_LATER", None)
            for s in report["signatures"]), summary(report))
    want = levels or [level] * count
    check(f"{name}: level",
          [s["level"] for s in report["signatures"]][:len(want)] == want,
          summary(report))
    return report


def files_for(form):
    return DATA[:1] if form in ("asics", "asics-cades", "cms") else DATA


def unpacked(lab, name, path):
    got = subprocess.run(["unzip", "-tqq", path], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, check=False)
    check(f"{name}: unzip -t", got.returncode == 0, got.stdout[-200:])
    with zipfile.ZipFile(path) as z:
        check(f"{name}: zipfile", z.testzip() is None)
        names = z.namelist()
        check(f"{name}: mimetype first", names[0] == "mimetype", names)
        for n, d in files_for(name.split("/")[0]):
            check(f"{name}: {n}", z.read(n) == d)
        check(f"{name}: no extras", all(
            not i.extra and not i.comment and not i.flag_bits & 8
            for i in z.infolist()))


def xmlsec(lab, name, path):
    """Each signature file by xmlsec1, references resolved to files."""
    folder = lab.path("xmlsec")
    with zipfile.ZipFile(path) as z:
        z.extractall(folder)
        names = [n for n in z.namelist()
                 if re.fullmatch(r"META-INF/.*signatures.*\.xml", n)]
    for n in names:
        tree = etree.parse(str(folder / n))
        # xmlsec1 knows no URI decoding: files get the names of the URIs.
        for ref in tree.iter(DS + "Reference"):
            uri = ref.get("URI")
            if not uri.startswith("#"):
                plain = folder / unquote(uri)
                if not (folder / uri).exists():
                    shutil.copy(plain, folder / uri)
        for sig in tree.iter(DS + "Signature"):
            got = subprocess.run(
                ["xmlsec1", "--verify", "--insecure", "--enabled-key-data",
                 "x509", "--id-attr:Id",
                 "http://uri.etsi.org/01903/v1.3.2#:SignedProperties",
                 "--id-attr:Id",
                 "http://www.w3.org/2000/09/xmldsig#:Signature",
                 "--node-id", sig.get("Id"), n],
                cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                check=False)
            check(f"{name}: xmlsec1 {n} {sig.get('Id')}",
                  got.returncode == 0, got.stdout.decode()[-600:])


SCHEMAS = {
    "http://uri.etsi.org/02918/v1.2.1#": "en_31916201v010101.xsd",
    "http://uri.etsi.org/01903/v1.3.2#": "XAdES01903v132-202407.xsd",
    "http://uri.etsi.org/01903/v1.4.1#": "XAdES01903v141-202407.xsd"}


def schema_valid(lab, name, path):
    """Every XML of META-INF that has a schema validates against it."""
    if lab.schemas is None:
        return
    driver = lab.work / "driver.xsd"
    driver.write_text(
        '<schema xmlns="http://www.w3.org/2001/XMLSchema">' + "".join(
            f'<import namespace="{ns}" schemaLocation="{lab.schemas / file}"/>'
            for ns, file in SCHEMAS.items()) + "</schema>")
    with zipfile.ZipFile(path) as z:
        for n in z.namelist():
            if not n.endswith(".xml") or n == "META-INF/manifest.xml":
                continue
            got = subprocess.run(
                ["xmllint", "--nonet", "--noout", "--schema", driver,
                 lab.put(z.read(n))], check=False, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, env={
                    **os.environ,
                    "XML_CATALOG_FILES": str(lab.schemas / "catalog.xml")})
            check(f"{name}: schema of {n}", got.returncode == 0,
                  got.stdout.decode()[-500:])


def openssl(lab, name, p7s, content):
    got = subprocess.run(
        ["openssl", "cms", "-verify", "-inform", "DER", "-in", p7s, "-binary",
         "-content", content, "-CAfile", lab.root, "-out", "/dev/null",
         "-attime", str(calendar.timegm(SIGNING.timetuple())),
         "-purpose", "any"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    check(f"{name}: openssl cms", got.returncode == 0,
          got.stdout.decode()[-400:])


def openssl_ts(lab, name, p7s):
    """Every time-stamp among the unsigned attributes, by openssl ts."""
    info = cms.ContentInfo.load(p7s.read_bytes())
    signer = info["content"]["signer_infos"][0]
    found = 0
    for attr in signer["unsigned_attrs"]:
        if attr["type"].dotted not in (SIGNATURE_STAMP, ARCHIVE_STAMP):
            continue
        token = cms.ContentInfo.load(attr["values"][0].dump())
        content = token["content"]["encap_content_info"]["content"]
        imprint = content.parsed["message_imprint"]["hashed_message"].native
        got = subprocess.run(
            ["openssl", "ts", "-verify", "-token_in", "-in",
             lab.put(token.dump()), "-digest", imprint.hex(), "-CAfile",
             lab.root, "-attime", str(calendar.timegm(SIGNING.timetuple()))],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        check(f"{name}: openssl ts", got.returncode == 0,
              got.stdout.decode()[-400:])
        found += 1
    return found


def cms_parts(lab, form, path):
    """(p7s, content) of a CAdES container or a detached signature."""
    if form == "cms":
        return [(path, lab.put(DATA[0][1]))]
    with zipfile.ZipFile(path) as z:
        if form == "asics-cades":
            return [(lab.put(z.read("META-INF/signature.p7s")),
                     lab.put(DATA[0][1]))]
        return [(lab.put(z.read(n)), lab.put(z.read(n.replace(
            "signature", "ASiCManifest").replace(".p7s", ".xml"))))
            for n in z.namelist() if n.endswith(".p7s")]


def matrix(lab, quick):
    for form in FORMATS:
        for signer in SIGNERS:
            for level in LEVELS:
                if quick and (signer, level) not in (
                        ("citizen", "LTA"), ("citizen-rsa3072", "LT"),
                        ("citizen-rsa2048", "B"), ("citizen-p384", "T")):
                    continue
                name = f"{form}/{signer}/{level}"
                one(lab, name, form, signer, level)


def one(lab, name, form, signer, level):
    files = files_for(form)
    try:
        path = lab.sign(form, files, signer, level, role="Vəkil & <qəyyum>",
                        place="Bakı, AZ")
    except (Refused, RuntimeError) as e:
        check(name, False, e)
        return
    archived = form == "asice-cades" and level == "LTA"
    if form == "cms" and (signer, level) == ("citizen-p384", "LT"):
        refused(lab, f"{name}: another digest", "detached-data-missing",
                lambda: lab.extend(path, "LTA", digest="sha256"))
    data = [lab.put(files[0][1])] if form == "cms" else []
    report = judged(lab, name, path, level, 2 if archived else 1, data,
                    ["LT"] if archived else None)
    sig = report["signatures"][0]
    if form in ("adoc", "edoc", "asice", "asics"):
        check(f"{name}: role and place",
              "qəyyum" in json.dumps(report, ensure_ascii=False) and
              "Bakı" in json.dumps(report, ensure_ascii=False), sig)
    check(f"{name}: covers", sorted(
        i for f in report["files"] for i in f["signed_by"] if i == "S0") ==
        ["S0"] * len(files), report["files"])
    if form != "cms":
        unpacked(lab, name, path)
        schema_valid(lab, name, path)
    if form in ("adoc", "edoc", "asice", "asics") and \
            signer != "citizen-rsa3072":
        xmlsec(lab, name, path)
    if form in ("asice-cades", "asics-cades", "cms"):
        for p7s, content in cms_parts(lab, form, path):
            openssl(lab, name, p7s, content)
            if level != "B":
                want = 2 if level == "LTA" and not archived else 1
                got = openssl_ts(lab, name, p7s)
                check(f"{name}: time-stamps", got == want, got)


def local_part(path):
    """Everything before the directory."""
    data = path.read_bytes()
    at = data.rindex(b"PK\x05\x06")
    return data[:int.from_bytes(data[at + 16:at + 20], "little")]


def again(lab):
    """A second and a third signature, then LTA on top of all."""
    for form in FORMATS:
        files = files_for(form)
        content = [lab.put(files[0][1])] if form == "cms" else []
        path, before = lab.sign(form, files, "citizen", "LT"), []
        for n, (signer, level) in enumerate(
                (("citizen-rsa2048", "LT"), ("citizen-rsa3072", "LT")), 2):
            before = path
            inputs = [("box", path)]
            if form == "cms":
                inputs.append(("data", content[0]))
            path = lab.sign(form, inputs, signer, level, add=True)
            name = f"again/{form}/{n}"
            judged(lab, name, path, "LT", n, content)
            kept(name, form, before, path)
            if form in ("adoc", "edoc", "asice"):
                xmlsec_pkcs1(lab, name, path)
        check(f"again/{form}: nothing lacks T",
              lab.extend(path, "T", expect_none=True) == "")
        check(f"again/{form}: nothing lacks LT",
              lab.extend(path, "LT", expect_none=True) == "")
        raised = lab.extend(path, "LTA")
        archived = form == "asice-cades"
        judged(lab, f"again/{form}/LTA", raised, "LTA", 4 if archived else 3,
               content, ["LT"] * 3 if archived else None)
        check(f"again/{form}: nothing lacks LTA",
              lab.extend(raised, "LTA", expect_none=True) == "")
        renewed(lab, form, raised, content)


def renewed(lab, form, path, content):
    """One more archive time-stamp over those there are."""
    if form == "asice-cades":
        check(f"again/{form}: what a manifest archives is not renewed",
              lab.extend(path, "RENEW", expect_none=True) == "")
        return
    out = lab.extend(path, "RENEW", after=9000)
    report = judged(lab, f"again/{form}/renewed", out, "LTA", 3, content)
    check(f"again/{form}: two archive time-stamps each", all(
        [s["passed"] for s in sig["timestamps"] if s["kind"] == "archive"]
        == [True, True] for sig in report["signatures"]), summary(report))


def crowded(lab):
    """As many signatures as one file can declare namespaces for (256 in
    all: one of the root, two each), and one more."""
    box = lab.sign("asics", DATA[:1])
    for _ in range(126):
        box = lab.sign("asics", [("box", box)], add=True)
    judged(lab, "crowded: 127 signatures", box, "B", 127)
    refused(lab, "crowded: 128 signatures", "xml-limit",
            lambda: lab.prepare("asics", [("box", box)], add=True))


def kept(name, form, before, after):
    """Local records stay byte for byte, but for the one file of ASiC-S."""
    if form == "cms":
        return
    old, new = local_part(before), local_part(after)
    if form.startswith("asics"):
        old = old[:old.rindex(b"PK\x03\x04")]
    check(f"{name}: existing bytes stay", new.startswith(old))
    if form == "asics":
        with zipfile.ZipFile(before) as a, zipfile.ZipFile(after) as b:
            x = a.read("META-INF/signatures.xml")
            y = b.read("META-INF/signatures.xml")
        cut = x.rindex(b"</asic")
        check(f"{name}: signatures stay",
              y.startswith(x[:cut]) and y.endswith(x[cut:]))


def xmlsec_pkcs1(lab, name, path):
    """xmlsec1 over a copy without the file that RSA-PSS signed."""
    out = lab.path("plain")
    with zipfile.ZipFile(path) as z, zipfile.ZipFile(out, "w") as o:
        for n in z.namelist():
            if b"rsa-MGF1" not in z.read(n):
                o.writestr(n, z.read(n))
    xmlsec(lab, name, out)


def raising(lab):
    """From B to LTA step by step, as `extend` will; and once more."""
    for form in FORMATS:
        files = files_for(form)
        content = [lab.put(files[0][1])] if form == "cms" else []
        for signer in ("citizen", "citizen-rsa3072"):
            path = lab.sign(form, files, signer, "B")
            for step in ("T", "LT", "LTA"):
                name = f"raise/{form}/{signer}/{step}"
                before, path = path, lab.extend(path, step, signer)
                archived = form == "asice-cades" and step == "LTA"
                judged(lab, name, path, step, 2 if archived else 1, content,
                       ["LT"] if archived else None)
                if form != "cms":
                    first = local_part(before)
                    check(f"{name}: files stay", local_part(path).startswith(
                        first[:first.rindex(b"PK\x03\x04")]))
    renewal(lab)


def unsigned(lab):
    """The first signature in a container that is there already."""
    for form in ("adoc", "asice", "asics", "asice-cades", "asics-cades"):
        signed = lab.sign(form, files_for(form))
        for manifest in (True, False):
            bare = rezip(signed, lab.path("bare"), lambda n, d: d
                         if not n.startswith("META-INF/") or
                         (manifest and n == "META-INF/manifest.xml")
                         else None)
            path = lab.sign(form, [("box", bare)], "citizen", "LT", add=True)
            name = f"unsigned/{form}/{manifest}"
            judged(lab, name, path, "LT")
            check(f"{name}: existing bytes stay",
                  local_part(path).startswith(local_part(bare)))


def renewal(lab):
    """New validation data and another archive time-stamp."""
    path = lab.sign("edoc", DATA, "citizen", "LTA")
    state, out = lab.path("state"), lab.path("out")
    lab.tool("apply", ("step", "LT"), ("file", path), ("out", out),
             ("time", 1654000000), ("sig", 0), *lab.values("citizen"))
    with zipfile.ZipFile(out) as z:
        check("raise/renewal: TimeStampValidationData",
              b"<xades141:TimeStampValidationData" in
              z.read("META-INF/edoc-signatures-S1.xml"))
    judged(lab, "raise/renewal: data", out, "LTA")
    schema_valid(lab, "raise/renewal", out)
    again_raised = lab.extend(out, "LTA", after=9000)
    report = judged(lab, "raise/renewal: stamp", again_raised, "LTA")
    check("raise/renewal: both", sum(
        t["kind"] == "archive" for t in
        report["signatures"][0].get("timestamps", [])) == 2,
        report["signatures"][0].get("timestamps"))
    del state


def refused(lab, name, code, run):
    """One error, with that code, and no output."""
    before = set(lab.work.iterdir())
    try:
        run()
    except Refused as e:
        lines = str(e).splitlines()
        check(name, len(lines) == 1 and lines[0].split()[2] == code, e)
    except RuntimeError as e:
        check(name, False, e)
    else:
        check(name, False, "was accepted")
    left = [p for p in set(lab.work.iterdir()) - before
            if p.name.endswith(("-out", "-raised"))]
    check(f"{name}: no output", not left, left)


def wrong(lab):
    text = lab.put(b"text")
    long_name = "ə" * 127 + "aa"
    for name, code, files in (
            ("no file", "no-data-file", []),
            ("same name", "zip-duplicate-name", [("a", text), ("a", text)]),
            ("letter case", "zip-case-duplicate",
             [("a.txt", text), ("A.TXT", text)]),
            ("mimetype", "zip-duplicate-name", [("mimetype", text)]),
            ("MimeType", "zip-case-duplicate", [("MimeType", text)]),
            ("meta-inf", "zip-case-duplicate", [("meta-inf", text)]),
            ("path", "zip-name", [("META-INF/x.xml", text)]),
            ("backslash", "zip-name", [("a\\b", text)]),
            ("dots", "zip-name", [("..", text)]),
            ("blank at the end", "zip-name", [("a ", text)]),
            ("control", "zip-name", [("a\x01b", text)]),
            ("not NFC", "zip-name-encoding", [("o\u0308.txt", text)]),
            ("bidi", "zip-name-encoding", [("a\u202etxt.exe", text)]),
            ("not UTF-8", "zip-name", [("a\udcff", text)]),
            ("NFC twice", "zip-case-duplicate",
             [("STRASSE", text), ("stra\u00dfe", text)]),
            ("one is the other encoded", "name-ambiguous",
             [("a b", text), ("a%20b", text)]),
            ("no character of XML", "zip-name", [("a\uffff", text)]),
            ("256 bytes", "zip-name", [(long_name, text)]),
            ("997 files", "zip-limit", [(f"f{n}", text)
                                        for n in range(997)])):
        refused(lab, f"wrong/{name}", code,
                lambda f=files: lab.sign("adoc", f))
    judged(lab, "wrong/255 bytes are fine", lab.sign(
        "adoc", [(long_name[:-1], text)]), "B")
    full = lab.sign("edoc", [(f"f{n}", text) for n in range(996)])
    judged(lab, "wrong/996 files are fine", full, "B")
    full = lab.sign("edoc", [("box", full)], add=True)
    judged(lab, "wrong/1,000 entries are fine", full, "B", 2)
    refused(lab, "wrong/1,001 entries", "zip-limit",
            lambda: lab.sign("edoc", [("box", full)], add=True))
    for form in ("asics", "asics-cades"):
        refused(lab, f"wrong/{form} of two", "asics-structure",
                lambda f=form: lab.sign(f, [("a", text), ("b", text)]))
    refused(lab, "wrong/cms of two", "detached-data-missing",
            lambda: lab.sign("cms", [("a", text), ("b", text)]))
    refused(lab, "wrong/key and algorithm", "algorithm-parameters",
            lambda: lab.sign("adoc", DATA, scheme="pkcs1"))
    refused(lab, "wrong/role", "attribute-invalid",
            lambda: lab.sign("edoc", DATA, role="a\ufffe"))
    refused(lab, "wrong/place", "attribute-invalid",
            lambda: lab.sign("asics", DATA[:1], place="\x01"))
    draft = lab.prepare("adoc", DATA)
    refused(lab, "wrong/length of the value", "signature-value-form",
            lambda: lab.complete(draft, "B", value=bytes(63)))
    draft = lab.prepare("adoc", DATA)
    refused(lab, "wrong/token over something else", "timestamp-imprint",
            lambda: lab.complete(draft, "T", token=lab.token(b"x")))
    draft = lab.prepare("cms", DATA[:1])
    refused(lab, "wrong/token of CMS", "timestamp-imprint",
            lambda: lab.complete(draft, "T", token=lab.token(b"x")))
    wrong_cms(lab)
    wrong_containers(lab)


def wrong_cms(lab):
    """What a .p7s may not be to be added to or raised."""
    content = DATA[0][1]
    der = cmswrite.Signature(lab.pki, "citizen", content, level="B").pack()
    inside = cmswrite.Signature(lab.pki, "citizen", content, level="B",
                                attached=True).pack()

    def add(data):
        return lambda: lab.sign("cms", [
            ("p7s", lab.put(data)), ("data", lab.put(content))], add=True)
    judged(lab, "wrong/CMS of others is fine", add(der)(), "B", 2,
           [lab.put(content)])
    raised = lab.verify(lab.extend(lab.put(der), "T"), lab.put(content))
    check("wrong/CMS of others can be raised", [
        t["passed"] for t in raised["signatures"][0]["timestamps"]] == [True],
        summary(raised))
    refused(lab, "wrong/content inside", "format-unsupported", add(inside))
    refused(lab, "wrong/BER", "cms-invalid", add(cmswrite.ber(der)))
    refused(lab, "wrong/PEM", "cms-invalid", add(cmswrite.pem(der)))
    refused(lab, "wrong/BER raised", "cms-invalid",
            lambda: lab.extend(lab.put(cmswrite.ber(der)), "T"))
    refused(lab, "wrong/PEM raised", "format-unsupported",
            lambda: lab.extend(lab.put(cmswrite.pem(der)), "T"))
    refused(lab, "wrong/no signature raised", "format-unsupported",
            lambda: lab.extend(lab.put(content), "T"))


def rezip(path, out, change):
    """The same archive with entries changed: change(name, bytes) -> bytes,
    None to leave it out."""
    with zipfile.ZipFile(path) as z, zipfile.ZipFile(out, "w") as o:
        for info in z.infolist():
            data = change(info.filename, z.read(info.filename))
            if data is not None:
                o.writestr(info.filename, data, info.compress_type)
    return out


def wrong_containers(lab):
    good = lab.sign("adoc", DATA, level="LT")
    mime = "application/vnd.lt.archyvai.adoc-2008"

    def add(path, form="adoc"):
        return lambda: lab.sign(form, [("box", path)], add=True)
    refused(lab, "wrong/ADOC-V1.0", "format-unsupported", add(rezip(
        good, lab.path("bad"), lambda n, d: mime.encode()
        if n == "mimetype" else d)))
    refused(lab, "wrong/BDOC 1.0", "format-unsupported", add(rezip(
        good, lab.path("bad"), lambda n, d: b"application/vnd.bdoc-1.0"
        if n == "mimetype" else d)))
    refused(lab, "wrong/no manifest", "manifest-missing", add(rezip(
        good, lab.path("bad"), lambda n, d: None
        if n == "META-INF/manifest.xml" else d)))
    refused(lab, "wrong/unreadable signature file", "signature-file-invalid",
            add(rezip(good, lab.path("bad"), lambda n, d: b"<x/>"
                      if n.endswith("signatures0.xml") else d)))
    refused(lab, "wrong/trailing byte", "zip-trailing",
            add(lab.put(good.read_bytes() + b"x")))
    refused(lab, "wrong/prefix", "zip-prefix",
            add(lab.put(b"x" + good.read_bytes())))
    refused(lab, "wrong/no container", "format-unknown", add(rezip(
        good, lab.path("bad"), lambda n, d: d if n.endswith(".txt")
        else None)))
    refused(lab, "wrong/CAdES into XAdES", "format-unsupported",
            lambda: lab.sign("asice-cades", [("box", good)], add=True))
    spoilt = rezip(good, lab.path("bad"), lambda n, d: d.replace(
        b"#S0-SignedProperties", b"#S0-Signedproperties")
        if n.endswith("signatures0.xml") else d)
    refused(lab, "wrong/raising what breaks a rule", "reference-uri",
            lambda: lab.extend(spoilt, "LTA"))
    other = lab.sign("adoc", DATA, level="B")
    state = lab.path("raise")
    lab.tool("imprints", ("step", "T"), ("file", other), ("state", state),
             ("digest-name", "sha256"))
    refused(lab, "wrong/state of another document", "-", lambda: lab.tool(
        "apply", ("step", "T"), ("file", good), ("sig", 0),
        ("state", f"{state}.0"), ("token", lab.put(lab.token(b"x"))),
        ("out", lab.path("raised")), ("time", 0)))


def same(lab):
    """The same input and time give the same bytes but for the signature."""
    for form in FORMATS:
        files = files_for(form)
        a = lab.prepare(form, files)
        b = lab.prepare(form, files)
        check(f"same/{form}", all(
            a[k].read_bytes() == b[k].read_bytes()
            for k in ("out", "state", "tbs")))
        one_value = lab.value(lab.pki["citizen"], "ecdsa", "sha256",
                              a["tbs"].read_bytes())
        x = lab.complete(a, "B", value=one_value)
        y = lab.complete(b, "B", value=one_value)
        check(f"same/{form}: file", x.read_bytes() == y.read_bytes())
    times = {i.date_time for i in zipfile.ZipFile(
        lab.sign("edoc", DATA)).infolist()}
    check("same/times", times == {(2022, 5, 31, 12, 0, 0)}, times)


def flips(lab):
    """No flipped bit of a finished file passes as what it was."""
    for form in ("adoc", "asice-cades", "asics"):
        path = lab.sign(form, DATA[:1], "citizen", "LT")
        data, step = path.read_bytes(), 131
        folder = lab.path("flips")
        folder.mkdir()
        names = []
        for at in range(0, len(data), step):
            bad = bytearray(data)
            bad[at] ^= 1 << (at % 8)
            name = folder / f"{at:06d}"
            name.write_bytes(bad)
            names.append(name)
        got = subprocess.run(
            [lab.mohur, "verify", "--trust", lab.root, "--time", TIME,
             "--offline", "--report", "json", *names],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
            timeout=300)
        rows = [json.loads(x) for x in got.stdout.splitlines() if x.strip()]
        check(f"flips/{form}: all judged", len(rows) == len(names),
              f"{len(rows)} of {len(names)}")
        was = lab.verify(path, policy="lenient")
        loud = [r for r in rows if r["verdict"] == "TOTAL-PASSED"]
        # Times, attributes and unsigned values of a zip sign nothing: what
        # still passes must show the same files and signer.
        odd = [r for r in loud if [f["sha256"] for f in r["files"]] !=
               [f["sha256"] for f in was["files"]] or
               [s["signer"] for s in r["signatures"]] !=
               [s["signer"] for s in was["signatures"]]]
        check(f"flips/{form}: {len(names)} bits", not odd and
              len(loud) < len(rows) / 2, f"{len(odd)} odd, "
              f"{len(loud)} of {len(rows)} pass")


def corpus(lab, folder):
    """One more signature on real containers; what was there stays valid."""
    rows = [r.split("\t") for r in
            (folder / "INDEX.tsv").read_text().splitlines()[1:]]
    added = said_no = 0
    for row in rows:
        if row[1] not in ("bdoc", "edoc", "asice", "asics", "adoc", "asic-e",
                          "asic-s", "sce") or row[2] != "VALID":
            continue
        path = folder / row[0]
        name = f"corpus/{row[0]}"
        before = lab.verify(path, policy="strict")
        try:
            out = lab.sign("edoc", [("box", path)], "citizen", "LT", add=True)
        except Refused as e:
            check(f"{name}: refused for a rule", before["verdict"] ==
                  "REFUSED" or before["verdict"] == "TOTAL-FAILED" or
                  e.args[0].split()[1] == "unsupported", f"{e} {before['verdict']}")
            said_no += 1
            continue
        after = lab.verify(out, policy="strict")
        fields = ("indication", "sub_indication", "level",
                  "best_signature_time")
        old = sorted(str([s[f] for f in fields])
                     for s in before["signatures"])
        new = sorted(str([s[f] for f in fields])
                     for s in after["signatures"])
        for row_ in old:
            if row_ in new:
                new.remove(row_)
        check(name, len(new) == 1 and "TOTAL-PASSED" in new[0] and
              len(after["signatures"]) == len(before["signatures"]) + 1,
              f"{new} {summary(after)}")
        added += 1
    check("corpus: some were added to", added >= 10, (added, said_no))
    print(f"corpus: {added} signed once more, {said_no} refused by a rule")


def corpus_raised(lab, folder):
    """Archive time-stamps on real containers: our imprint is the reader's."""
    rows = [r.split("\t") for r in
            (folder / "INDEX.tsv").read_text().splitlines()[1:]]
    raised = 0
    for row in rows:
        if not row[0].startswith("asic/") or \
                row[2] not in ("VALID", "INTACT", "VALID_WARN"):
            continue
        path = folder / row[0]
        name = f"corpus/{row[0]}/LTA"
        try:
            out = lab.extend(path, "LTA")
        except Refused as e:
            check(f"{name}: refused for a rule",
                  e.args[0].split()[2] != "-", e)
            continue
        if lab.extend(path, "LTA", expect_none=True) == "":
            check(f"{name}: nothing to do", lab.verify(
                out, policy="lenient")["verdict"] == lab.verify(
                    path, policy="lenient")["verdict"])
            continue
        before, after = (lab.verify(p, policy="lenient", when=LATER)
                         for p in (path, out))
        stamps = [t for s in after["signatures"] for t in s["timestamps"]]
        ours = [t for t in stamps if t["time"] == "2022-05-31T14:00:00Z"]
        check(f"{name}: imprint", len(ours) > 0 and
              all(t["passed"] for t in ours), f"{stamps} {summary(after)}")
        check(f"{name}: signers", [s["signer"] for s in
              before["signatures"]] == [s["signer"] for s in
              after["signatures"]][:len(before["signatures"])])
        raised += 1
    check("corpus: some were raised", raised >= 10, raised)
    print(f"corpus: {raised} raised")


def hostile(lab, folder):
    """Whatever is added to or raised, the tool says yes or no; a yes is
    never what the reader cannot read."""
    seeds = HERE.parent / "fuzz" / "seeds"
    paths = sorted((seeds / "zip").iterdir()) + \
        sorted((seeds / "cms").iterdir())
    if folder is not None:
        paths += sorted(p for p in (folder / "asic").rglob("*")
                        if p.is_file())
    said_yes = said_no = 0
    for path in paths:
        for name, run in (
                ("add", lambda p: lab.sign("asice", [("box", p)], add=True)),
                ("T", lambda p: lab.extend(p, "T")),
                ("LT", lambda p: lab.extend(p, "LT")),
                ("LTA", lambda p: lab.extend(p, "LTA"))):
            try:
                out = run(path)
            except Refused:
                said_no += 1
                continue
            except RuntimeError as e:
                check(f"hostile/{path.name}/{name}", False, e)
                continue
            said_yes += 1
            data = [lab.put(b"x")] if path.suffix == ".p7s" else []
            report = lab.verify(out, *data, policy="lenient")
            check(f"hostile/{path.name}/{name}",
                  report["verdict"] in ("TOTAL-PASSED", "INDETERMINATE",
                                        "TOTAL-FAILED"), summary(report))
    check("hostile: yes and no", said_yes > 20 and said_no > 200,
          (said_yes, said_no))


def peak(name, lab):
    check(f"{name}: 32 MiB of memory", lab.peak <= 32 << 10,
          f"{lab.peak} KiB")


def large(lab, megabytes):
    """Memory does not grow with the payload; what is packed is not
    deflated; text is deflated as well as zlib does."""
    size = megabytes << 20
    pdf = lab.path("large.pdf")
    block = b"".join(hashlib.sha512(b"%d" % n).digest()
                     for n in range(16384))
    with open(pdf, "wb") as f:
        f.write(b"%PDF-1.4\n")
        for n in range(size // len(block)):
            f.write(n.to_bytes(4, "big") + block[4:])
    start = time.monotonic()
    draft = lab.prepare("adoc", [("large.pdf", pdf)])
    stored = time.monotonic() - start
    peak("large: stored", lab)
    with open(pdf, "rb") as f:
        data = f.read(32 << 20)
    start = time.monotonic()
    z = zlib.compressobj(6, zlib.DEFLATED, -15)
    for n in range(0, len(data), 1 << 20):
        z.compress(data[n:n + (1 << 20)])
    deflated = (time.monotonic() - start) * size / len(data)
    check("large: five times as fast as deflating", stored * 5 <= deflated,
          f"{stored:.2f} s against {deflated:.2f} s")
    print(f"large: {megabytes} MB stored in {stored:.2f} s (deflating "
          f"{deflated:.1f} s), peak {lab.peak} KiB")
    judged(lab, "large", lab.complete(draft, "B"), "B")
    twice = lab.prepare("adoc", [("box", draft["out"])], add=True)
    peak("large: added to", lab)
    judged(lab, "large: twice", lab.complete(twice, "B"), "B", 2)
    twice["out"].unlink()
    pdf.unlink()
    draft["out"].unlink()
    text = b"".join(b"%d sentence of the judgment, line %d\n" %
                    (n * 7919 % 1000003, n) for n in range(400000))
    for name, body in (("large.txt", text), ("small.txt", text[:300000])):
        out = lab.sign("adoc", [(name, body)])
        with zipfile.ZipFile(out) as z:
            ours = z.getinfo(name).compress_size
        c = zlib.compressobj(6, zlib.DEFLATED, -15)
        theirs = len(c.compress(body) + c.flush())
        check(f"large: {name} within 2 %", ours <= theirs * 1.02,
              f"{ours} against {theirs}")
        print(f"large: {name} {len(body)} -> {ours} (zlib {theirs})")
    long = lab.put(text * 6)
    lab.sign("adoc", [("long.txt", long)])
    lab.prepare("adoc", [("long.txt", long)])
    peak("large: deflated", lab)
    long.unlink()
    # What deflates better than any reader lets pass is stored.
    out = lab.sign("adoc", [("zeros.bin", bytes(3 << 20)),
                            ("small.bin", bytes(100000))])
    judged(lab, "large: zeros", out, "B")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mohur", required=True)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--pki")
    parser.add_argument("--corpus")
    parser.add_argument("--only", default="")
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    args.mohur = str(pathlib.Path(args.mohur).resolve())
    args.tool = str(pathlib.Path(args.tool).resolve())
    with tempfile.TemporaryDirectory(prefix="sign-asic-") as work:
        lab = Lab(args, pathlib.Path(work))
        parts = [("matrix", lambda: matrix(lab, args.quick)),
                 ("again", lambda: again(lab)),
                 ("crowded", lambda: crowded(lab)),
                 ("raising", lambda: raising(lab)),
                 ("unsigned", lambda: unsigned(lab)),
                 ("wrong", lambda: wrong(lab)), ("same", lambda: same(lab)),
                 ("flips", lambda: flips(lab)),
                 ("large", lambda: large(lab, 100))]
        if not args.quick:
            parts.append(("hostile", lambda: hostile(
                lab, pathlib.Path(args.corpus) if args.corpus else None)))
        if args.corpus and pathlib.Path(args.corpus, "INDEX.tsv").exists():
            folder = pathlib.Path(args.corpus)
            parts += [("corpus", lambda: corpus(lab, folder)),
                      ("corpus-raised", lambda: corpus_raised(lab, folder))]
        for name, run in parts:
            if args.only in ("", name):
                run()
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
