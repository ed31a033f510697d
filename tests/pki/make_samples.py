#!/usr/bin/python3
"""Writes a test PKI and a folder of signed documents of every kind.

    make_samples.py OUT

OUT/pki holds the PKI (pki.py); OUT/index.tsv one row a sample, with a header:
path, kind, level, expected (verdicts of the lenient policy, comma between),
trust (files, ';' between), time, data (for detached signatures, ';' between,
'-' for none), note.  Signatures are made at 2022-05-31T12:00:00Z and are to
be judged at 2022-06-01T12:00:00Z, offline, against the root alone.
"""

import datetime as dt
import hashlib
import pathlib
import sys

import cms_samples
import container
import crl as crl_maker
import pdf_samples
import tl
import xades
from pki import SIGNING, VALIDATION, Pki

TEXT = ("iddia.txt", "İddia ərizəsi.\nSınaq üçün mətn.\n".encode() * 9,
        "text/plain")
PDF = ("ərizə.pdf", b"%PDF-1.4\n% not a whole document\n%%EOF\n",
       "application/pdf")
JPG = ("şəkil 1+2.jpg", bytes.fromhex("ffd8ffe000104a464946") + bytes(64),
       "image/jpeg")
DEEP = ("qovluq/alt qovluq/qeyd.txt", b"a file in a folder\n", "text/plain")
BIG = ("böyük.bin", b"".join(hashlib.sha256(b"%d" % i).hexdigest().encode()
                            for i in range(16384)),
       "application/octet-stream")
EMPTY = ("boş.txt", b"", "text/plain")
ROLE = dict(role="Vəkil", place={"City": "Bakı", "CountryName": "AZ"})
PASS = "TOTAL-PASSED"
OPEN = "INDETERMINATE"
FAIL = "TOTAL-FAILED"


def before(days):
    return SIGNING - dt.timedelta(days=days)


def revoked_at(when, reason=None):
    return dict(status="revoked", revoked_at=when, reason=reason)


def asic_e_rows(pki):
    """(path, level, expected, bytes, note) of ASiC-E containers."""
    files = [TEXT, PDF]

    def one(profile="asice", made_of=None, **row):
        row.setdefault("signer", "citizen")
        return container.asic_e(pki, made_of or files, [row],
                                profile).pack()
    for profile in ("asice", "edoc", "adoc"):
        ext = {"asice": "asice", "edoc": "edoc", "adoc": "adoc"}[profile]
        for level in ("B", "T", "LT", "LTA"):
            yield (f"{profile}-{level.lower()}.{ext}", level,
                   PASS if level.startswith("LT") else OPEN,
                   one(profile, level=level), "writer profile")
    for curve in ("p384", "p521"):
        bits = "sha384" if curve == "p384" else "sha512"
        yield (f"ecdsa-{curve}.asice", "LT", PASS,
               one(signer=f"citizen-{curve}", digest=bits), "ECDSA r||s")
    for size in ("2048", "3072"):
        yield (f"rsa-{size}.edoc", "LT", PASS,
               one("edoc", signer=f"citizen-rsa{size}"), "PKCS#1 v1.5")
    yield ("rsa-pss-name.edoc", "LT", PASS,
           one("edoc", signer="citizen-rsa3072", pss="name"),
           "sha256-rsa-MGF1")
    yield ("rsa-pss-params.edoc", "LT", PASS,
           one("edoc", signer="citizen-rsa2048", pss="params",
               sig_digest="sha512"), "#rsa-pss with parameters")
    yield ("sha512.asice", "LT", PASS, one(digest="sha512"), "SHA-512")
    yield ("sha3-256.asice", "LT", PASS,
           one(digest="sha3-256", sig_digest="sha256"), "SHA3-256 references")
    yield ("cert-v1.asice", "LT", PASS, one(cert_version=1),
           "SigningCertificate v1")
    yield ("cert-v2-plain.asice", "LT", PASS, one(issuer_serial=False),
           "SigningCertificateV2 without IssuerSerialV2")
    yield ("cert-chain.asice", "LT", PASS,
           one(extra_certs=("citizen-ca", "policy-ca"),
               key_info=["citizen", "citizen-ca", "policy-ca"]),
           "the whole chain named and in KeyInfo")
    yield ("role-place.adoc", "LT", PASS, one("adoc", **ROLE), "role, place")
    yield ("role-place-v1.adoc", "LT", PASS,
           one("adoc", cert_version=1, **ROLE), "role, place, v1 names")
    yield ("key-value.asice", "LT", PASS,
           one(key_value=True, key_ref=True), "KeyValue and signed KeyInfo")
    yield ("c14n10.asice", "LT", PASS,
           one(c14n="c14n", props_c14n="c14n", ts_c14n="c14n"), "C14N 1.0")
    yield ("no-transform.asice", "LT", PASS, one(props_c14n=None),
           "SignedProperties without a transform")
    yield ("indented.asice", "LT", PASS, one(indent=True, wrap=64),
           "white space in the tree and in base64")
    yield ("counter.asice", "LT", "TOTAL-PASSED,INDETERMINATE",
           one(counter=("director",)), "counter-signature of level B")
    yield ("names.edoc", "LT", PASS, one("edoc", [PDF, JPG, DEEP]),
           "names with blanks, '+', folders, letters outside ASCII")
    yield ("big.asice", "LT", PASS, one(made_of=[BIG]), "1 MB, deflated")
    yield ("empty-file.asice", "LT", PASS, one(made_of=[TEXT, EMPTY]),
           "an empty data file (a warning)")
    inner = one()
    yield ("nested.edoc", "LT", PASS,
           one("edoc", [("daxili.asice", inner, container.ASIC_E)]),
           "a container as data")
    yield ("business.asice", "LT", PASS, one(signer="director"),
           "organization and VOEN")
    yield ("government.asice", "LT", PASS, one(signer="clerk"),
           "RSA issuing CA, RSA signer")
    yield ("tsa-rsa.asice", "LT", PASS, one(tsa="tsa-rsa"), "RSA TSA")


def several_rows(pki):
    files = [TEXT, PDF]
    jobs = [dict(signer="citizen"), dict(signer="director"),
            dict(signer="clerk")]
    for profile, ext in (("asice", "asice"), ("edoc", "edoc")):
        yield (f"three-{profile}.{ext}", "LT", PASS,
               container.asic_e(pki, files, jobs, profile).pack(),
               "three signatures, three files")
    yield ("two-in-one.asice", "LT", PASS, container.asic_e(
        pki, files, [dict(signer="citizen",
                          more=[dict(signer="citizen2")])]).pack(),
        "two signatures in one file")
    yield ("partly.asice", "LT", PASS, container.asic_e(
        pki, files, [dict(signer="citizen"),
                     dict(signer="citizen2", only=[TEXT[0]])]).pack(),
        "the second signature covers one file only (a warning)")
    box = container.asic_e(pki, files, [dict(signer="citizen")])
    for entry in box.entries[1:]:
        entry.descriptor = "signed"
    box.entries[-1].descriptor = "plain"
    box.entries[1].central["comment"] = b"a comment"
    yield ("descriptors.asice", "LT", PASS,
           box.pack(comment=b"archive comment"),
           "data descriptors of both forms, comments")


def odd_rows(pki):
    """Sound containers with something unusual about them."""
    def one(**row):
        row.setdefault("signer", "citizen")
        return container.asic_e(pki, [TEXT], [row])
    when = SIGNING + dt.timedelta(seconds=90)
    upper = [crl_maker.make(pki[n], when) for n in ("policy-ca", "root")]
    mine = crl_maker.make(pki["citizen-ca"], when,
                          [(pki["revoked"], before(9), "key_compromise")])
    yield ("crl-only.asice", "LT", PASS,
           one(ocsps=[], crls=[mine, *upper]).pack(),
           "the signer's status by a list instead of OCSP")
    yield ("no-status.asice", "T", PASS, one(
        signer="no-status", ocsps=[], crls=upper).pack(),
        "an issuer that keeps no status, RFC 9608")
    yield ("no-status-url.asice", "T", OPEN, one(
        signer="no-status-url", ocsps=[], crls=upper).pack(),
        "the same, but it names a place to ask")
    yield ("no-status-revoked.asice", "LT", "INDETERMINATE,TOTAL-FAILED", one(
        signer="no-status", ocsps=[], crls=[crl_maker.make(
            pki["citizen-ca"], when,
            [(pki["no-status"], before(9), "key_compromise")]),
            *upper]).pack(), "the same, and a list says revoked")
    yield ("ocsp-sha256.asice", "LT", PASS, one(ocsp_opts=dict(
        hash_name="sha256", by_key=True, nonce=b"sixteen bytes...")).pack(),
        "OCSP with SHA-256 CertID, responder by key, nonce")
    yield ("ocsp-by-issuer.asice", "LT", PASS, one(ocsp_opts=dict(
        responder="citizen-ca", certs=[])).pack(),
        "OCSP signed by the issuing CA itself")
    yield ("ts-accuracy.asice", "LT", PASS, one(tsa_opts=dict(
        accuracy=1, fraction=123000, nonce=99, ordering=True)).pack(),
        "token with accuracy, fraction, nonce, ordering")
    yield ("ts-ess-v1.asice", "LT", PASS, one(tsa_opts=dict(
        ess_v1=True)).pack(), "token with SigningCertificate (SHA-1)")
    box = one()
    for name in ("META-INF/", "qovluq/"):
        box.put(name, b"", at=1, central={"external": 0o40755 << 16 | 16})
    yield "directories.asice", "LT", PASS, box.pack(), "empty directories"
    box = one()
    entry = box.get("META-INF/manifest.xml")
    entry.local["extra"] = entry.central["extra"] = \
        b"UT\x05\x00\x01" + bytes(4)
    yield "extra.asice", "LT", PASS, box.pack(), "extra fields (finding)"

    def unknown(_job, sig):
        node = xades.unsigned_box(sig)
        xades.etree.SubElement(node, "{urn:mohur:test}Unknown").text = "x"
    yield ("unknown-property.asice", "LT", PASS,
           one(hooks={"final": unknown}).pack(),
           "an unknown unsigned property (finding)")
    box = one()
    box.put("META-INF/evidencerecord.ers", b"\x30\x00")
    yield ("evidence-record.asice", "LT", PASS, box.pack(),
           "an evidence record beside it (finding)")


def other_rows(pki):
    """Other container kinds."""
    for level in ("B", "T", "LT", "LTA"):
        yield (f"asics-{level.lower()}.asics", level,
               PASS if level.startswith("LT") else OPEN,
               container.asic_s(pki, PDF, [dict(signer="citizen",
                                                level=level)]).pack(),
               "ASiC-S with XAdES")
    yield ("asics-manifest.asics", "LT", PASS, container.asic_s(
        pki, TEXT, [dict(signer="citizen"), dict(signer="director")],
        True).pack(), "ASiC-S, manifest, two signatures")
    yield ("token.asics", "-", PASS, container.asic_s_token(
        pki, TEXT, SIGNING).pack(), "token, no revocation data of the TSA")
    lists = [crl_maker.make(pki[n], SIGNING + dt.timedelta(seconds=60))
             for n in ("policy-ca", "root")]
    yield ("token-crl.asics", "-", PASS, container.asic_s_token(
        pki, TEXT, SIGNING, crls=lists).pack(),
        "token with the lists of its CAs")
    yield ("time-mark.bdoc", "LT", PASS, container.bdoc_time_mark(
        pki, [TEXT], "citizen").pack(), "BDOC time-mark")
    yield ("adoc2008-t.adoc", "T", OPEN, container.adoc_2008(
        pki, [TEXT], "citizen").pack(), "ADOC-V1.0 look-alike")
    yield ("adoc2008-lt.adoc", "LT", PASS, container.adoc_2008(
        pki, [TEXT], "citizen", level="LT").pack(), "ADOC-V1.0 look-alike")


def trust_rows(pki):
    """What time and trust do to a sound signature."""
    files = [TEXT]

    def one(signer="citizen", **row):
        return container.asic_e(pki, files,
                                [dict(signer=signer, **row)]).pack()
    late = SIGNING + dt.timedelta(hours=2)
    yield ("revoked-before.asice", "LT", "INDETERMINATE,TOTAL-FAILED",
           one("revoked", ocsp_opts=revoked_at(before(9), "key_compromise")),
           "revoked before signing")
    yield ("revoked-after.asice", "LT", PASS,
           one("revoked", ocsp_opts=dict(produced_at=late, **revoked_at(
               late))), "revoked after the time-stamp (late answer: warning)")
    yield ("suspended.asice", "LT", "INDETERMINATE,TOTAL-FAILED",
           one("suspended", ocsp_opts=revoked_at(before(2),
                                                 "certificate_hold")),
           "certificateHold")
    yield ("unknown.asice", "LT", "INDETERMINATE,TOTAL-FAILED",
           one(ocsp_opts=dict(status="unknown")), "status unknown")
    yield ("expired.asice", "LT", "INDETERMINATE,TOTAL-FAILED",
           one("expired"), "signed after notAfter")
    yield ("future.asice", "LT", "INDETERMINATE,TOTAL-FAILED",
           one("future"), "signed before notBefore")
    yield ("no-nonrepudiation.asice", "LT", PASS,
           one("no-nonrepudiation"), "wrong keyUsage (a warning)")
    yield ("foreign.asice", "LT", OPEN, one("foreign", tsa="foreign-tsa"),
           "a CA of the same name that is not ours")


def plain_rows(pki):
    """(path, level, expected, bytes, note, data files) outside a zip."""
    yield ("detached.xml", "LT", PASS, container.detached_xml(
        pki, [TEXT], "citizen"), "plain XAdES, detached", [TEXT])
    yield ("detached-two.xml", "LT", PASS, container.detached_xml(
        pki, [TEXT, DEEP], "director"), "two files", [TEXT, DEEP])
    text = b'<claim xmlns="urn:mohur:test"><sum>100</sum></claim>'
    yield ("enveloped.xml", "LT", PASS, container.enveloped_xml(
        pki, text, "citizen"), "enveloped XML", [])


# Rows judged against a trusted list: (sample, list, expected, note).
LIST_ROWS = (
    ("asice-lt.asice", "tl-v5.xml", PASS, "version 5"),
    ("asice-lt.asice", "tl-v6.xml", PASS, "version 6"),
    ("three-edoc.edoc", "tl-v6.xml", PASS, "three issuing CAs"),
    ("asice-lt.asice", "tl-withdrawn.xml", "INDETERMINATE,TOTAL-FAILED",
     "service withdrawn before"),
    ("asice-lt.asice", "tl-withdrawn-later.xml", PASS,
     "service withdrawn later"),
    ("asice-lt.asice", "tl-granted-later.xml", "INDETERMINATE,TOTAL-FAILED",
     "service granted later"),
    ("asice-lt.asice", "tl-tsa-withdrawn.xml", "INDETERMINATE,TOTAL-FAILED",
     "TSA withdrawn"),
    ("asice-lt.asice", "tl-wrong-type.xml", "INDETERMINATE,TOTAL-FAILED",
     "CA listed as TSA"),
    ("asice-lt.asice", "tl-expired.xml", PASS, "NextUpdate past (warning)"),
)


def write_all(out):
    out = pathlib.Path(out)
    pki = Pki.open(out / "pki")
    for name, data, _ in tl.all_lists(pki):
        (out / "pki" / name).write_bytes(data)
    when = xades.stamp(VALIDATION)
    rows = []
    makers = (("asic-e", asic_e_rows), ("asic-e", several_rows),
              ("asic-e", odd_rows), ("other", other_rows),
              ("asic-e", trust_rows))
    for kind, maker in makers:
        for path, level, expected, data, note in maker(pki):
            (out / path).write_bytes(data)
            rows.append((path, kind_of(path, kind), level, expected,
                         "pki/root.pem", when, "-", note))
    for path, level, expected, data, note, files in plain_rows(pki):
        (out / path).write_bytes(data)
        for name, content, _ in files:
            target = out / "data" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        rows.append((path, "xml", level, expected, "pki/root.pem", when,
                     ";".join("data/" + f[0] for f in files) or "-", note))
    for path, level, expected, writer, note in pdf_samples.rows(pki):
        (out / path).write_bytes(writer.data)
        rows.append((path, "pdf", level, expected, "pki/root.pem", when, "-",
                     note))
    for path, kind, level, expected, data, note, files in \
            cms_samples.rows(pki, TEXT):
        (out / path).write_bytes(data)
        rows.append((path, kind, level, expected, "pki/root.pem", when,
                     ";".join("data/" + f[0] for f in files) or "-", note))
    for path, kind, level, expected, data, note in \
            cms_samples.box_rows(pki, [TEXT, PDF]):
        (out / path).write_bytes(data)
        rows.append((path, kind, level, expected, "pki/root.pem", when, "-",
                     note))
    for path, trust, expected, note in LIST_ROWS:
        rows.append((path, "asic-e", "LT", expected, "pki/" + trust, when,
                     "-", note))
    head = ("path", "kind", "level", "expected", "trust", "time", "data",
            "note")
    (out / "index.tsv").write_text(
        "".join("\t".join(r) + "\n" for r in [head, *rows]))
    return len(rows)


def kind_of(path, kind):
    if kind != "other":
        return kind
    if path.startswith("adoc2008"):
        return "adoc-2008"
    return "asic-e" if path.endswith(".bdoc") else "asic-s"


def main(argv):
    if len(argv) != 2:
        print("usage: make_samples.py OUT", file=sys.stderr)
        return 64
    print(f"{write_all(argv[1])} samples in {argv[1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
