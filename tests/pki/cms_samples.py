"""Samples of CMS signatures: beside a file, around it, and in containers."""

import base64
import datetime as dt

import cmswrite as c
import container
import tsa
from pki import SIGNING
from signing import digest

P7S = "application/pkcs7-signature"
ASIC = "http://uri.etsi.org/02918/v1.2.1#"
DS = "http://www.w3.org/2000/09/xmldsig#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
PASS = "TOTAL-PASSED"
OPEN = "INDETERMINATE"


def manifest(target, files, media=P7S, root=None, method=SHA256):
    """An ASiCManifest: files are (URI, bytes, media type)."""
    rows = "".join(
        f'<asic:DataObjectReference URI="{uri}" MimeType="{kind}"'
        f'{" Rootfile=" + chr(34) + "true" + chr(34) if uri == root else ""}>'
        f'<ds:DigestMethod Algorithm="{method}"/><ds:DigestValue>'
        f'{base64.b64encode(digest("sha256", data)).decode()}'
        f'</ds:DigestValue></asic:DataObjectReference>'
        for uri, data, kind in files)
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<asic:ASiCManifest '
            f'xmlns:asic="{ASIC}" xmlns:ds="{DS}"><asic:SigReference '
            f'URI="{target}" MimeType="{media}"/>{rows}'
            f'</asic:ASiCManifest>\n').encode()


def asic_s(pki, file, signer="citizen", **opts):
    """ASiC-S: the file and META-INF/signature.p7s."""
    box = container.Container(container.ASIC_S)
    box.put_file(*file)
    box.put("META-INF/signature.p7s",
            c.Signature(pki, signer, file[1], **opts).pack())
    return box


def asic_e(pki, files, jobs):
    """ASiC-E: a manifest and a signature a job.

    A job is a dict of Signature options; "signer" is required; "only" names
    the files of its manifest; "listed" changes what the manifest says of
    them ([(URI, bytes, type)] -> the same).
    """
    box = container.Container(container.ASIC_E)
    for file in files:
        box.put_file(*file)
    for number, job in enumerate(jobs, 1):
        job = dict(job)
        only = job.pop("only", None)
        listed = [(container.uri_of(n), d, m) for n, d, m in files
                  if only is None or n in only]
        listed = job.pop("listed", lambda rows: rows)(listed)
        name = f"META-INF/signature{number:03}.p7s"
        text = manifest(name, listed, root=listed[0][0])
        box.put(f"META-INF/ASiCManifest{number:03}.xml", text, 8)
        box.put(name, c.Signature(pki, job.pop("signer"), text, **job).pack())
    return box


def archive(pki, box, seconds=7200, lists=()):
    """Adds ASiCArchiveManifest.xml and its token over all that is there."""
    files = [(container.uri_of(e.name.decode()), e.data, "application/binary")
             for e in box.entries[1:]]
    text = manifest("META-INF/timestamp001.tst", files,
                    "application/vnd.etsi.timestamp-token")
    box.put("META-INF/ASiCArchiveManifest.xml", text, 8)
    box.put("META-INF/timestamp001.tst", tsa.token(
        text, pki["tsa"], pki.chain("tsa"),
        SIGNING + dt.timedelta(seconds=seconds), crls=list(lists)))
    return box


def content_stamp(sig):
    sig.signed.append(c.attribute(c.CONTENT_STAMP,
                                  sig.token(sig.data, -60)))


def policy(sig):
    value = c.seq(c.oid("2.999.1.7.9"), c.seq(c.hash_alg("sha256"),
                                              c.octets(bytes(32))))
    sig.signed.append(c.attribute(c.POLICY, value))


def commitment(sig):
    sig.signed.append(c.attribute(c.COMMITMENT, c.seq(
        c.oid("1.2.840.113549.1.9.16.6.1"))))


def countered(sig):
    other = c.Signature(sig.pki, "director", sig.value, level="B")
    sig.unsigned.append(c.attribute(c.COUNTER_SIGNATURE, other.info()))


def rows(pki, file):
    """(path, kind, level, expected, bytes, note, data files)."""
    data = file[1]

    def one(signer="citizen", **opts):
        return c.Signature(pki, signer, data, **opts)

    def row(name, level, expected, der, note, beside=True):
        return (f"cms-{name}", "cms", level, expected, der, note,
                [file] if beside else [])
    for level in ("B", "T", "LT", "LTA"):
        yield row(f"{level.lower()}.p7s", level,
                  PASS if level.startswith("LT") else OPEN,
                  one(level=level).pack(), "CAdES beside its file")
    entity = pki["citizen"]
    serial = entity.cert.serial_number
    for name, opts, note in (
            ("rsa", dict(signer="citizen-rsa2048"), "PKCS#1 v1.5"),
            ("pss", dict(signer="citizen-rsa3072", salt=32), "RSA-PSS"),
            ("pss-512", dict(signer="citizen-rsa3072", salt=64,
                             digest="sha512"), "RSA-PSS with SHA-512"),
            ("p384", dict(signer="citizen-p384", digest="sha384"), "P-384"),
            ("p521", dict(signer="citizen-p521", digest="sha512"), "P-521"),
            ("by-key", dict(by_key=True), "signer by key identifier"),
            ("ess-v1", dict(ess=[(c.ESS_V1, c.ess(entity, 1))]),
             "signing-certificate of version 1"),
            ("ess-both", dict(ess=[(c.ESS_V1, c.ess(entity, 1)),
                                   (c.ESS_V2, c.ess(entity))]),
             "both versions of the reference"),
            ("ess-512", dict(ess=[(c.ESS_V2, c.ess(entity, 2, "sha512",
                                                   serial))]),
             "reference with SHA-512, issuer and serial"),
            ("values", dict(values=True), "validation data as attributes"),
            ("values-lta", dict(values=True, level="LTA"),
             "attributes, and an archive time-stamp over them"),
            ("index-v1", dict(level="LTA", index=c.HASH_INDEX),
             "ats-hash-index of the older form"),
            ("content-stamp", dict(hooks={"signed": content_stamp}),
             "content time-stamp"),
            ("policy", dict(hooks={"signed": policy}),
             "a signature policy (a warning)"),
            ("commitment", dict(hooks={"signed": commitment}),
             "a commitment type"),
            ("counter", dict(hooks={"final": countered}),
             "a counter-signature (information)"),
            ("no-time", dict(claimed=None), "no signing-time (a warning)"),
            ("business", dict(signer="director"), "organization"),
            ("government", dict(signer="clerk"), "RSA issuing CA")):
        yield row(f"{name}.p7s", "LTA" if opts.get("level") else "LT", PASS,
                  one(**opts).pack(), note)
    yield row("two.p7s", "LT", PASS, one().pack(one("citizen2")),
              "two signers")
    yield row("attached.p7m", "LT", PASS, one(attached=True).pack(),
              "the file inside", False)
    yield row("attached-two.p7m", "LT", PASS, one(attached=True).pack(
        one("citizen2")), "the file inside, two signers", False)
    yield row("pem.p7s", "LT", PASS, c.pem(one().pack()), "PEM")
    yield row("pem-cms.p7s", "LT", PASS, c.pem(one().pack(), "CMS"), "PEM")
    yield row("ber.p7s", "LT", PASS, c.ber(one().pack()),
              "BER (a warning)")
    yield row("ber-parts.p7m", "LT", PASS, c.ber(one(attached=True).pack(),
                                                 6, 100),
              "BER, the file in parts (a warning)", False)


def box_rows(pki, files):
    """(path, kind, level, expected, bytes, note) of containers."""
    for level in ("B", "T", "LT", "LTA"):
        expected = PASS if level.startswith("LT") else OPEN
        yield (f"cades-{level.lower()}.asics", "asic-s", level, expected,
               asic_s(pki, files[0], level=level).pack(),
               "ASiC-S with CAdES")
        yield (f"cades-{level.lower()}.asice", "asic-e", level, expected,
               asic_e(pki, files, [dict(signer="citizen",
                                        level=level)]).pack(),
               "ASiC-E with CAdES")
    two = [dict(signer="citizen"), dict(signer="director")]
    yield ("cades-two.asice", "asic-e", "LT", PASS,
           asic_e(pki, files, two).pack(), "two manifests, two signatures")
    two[1]["only"] = [files[0][0]]
    yield ("cades-partly.asice", "asic-e", "LT", PASS,
           asic_e(pki, files, two).pack(),
           "the second signature covers one file only (a warning)")
    yield ("cades-archive.asice", "asic-e", "LT", PASS, archive(
        pki, asic_e(pki, files, [dict(signer="citizen")])).pack(),
        "ASiCArchiveManifest and its token")
    box = asic_s(pki, files[0])
    entry = box.get("META-INF/signature.p7s")
    entry.data = c.Signature(pki, "citizen", files[0][1]).pack(
        c.Signature(pki, "citizen2", files[0][1]))
    yield ("cades-two.asics", "asic-s", "LT", PASS, box.pack(),
           "ASiC-S, two signers in one file")
