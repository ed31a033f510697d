"""Damage of every kind, joined documents, and the clock."""

import base64

from pki import day
from signing import flip
from stage import (FAIL, NEVER, NOTE, PASS, SIGNING, TEXT, container, later,
                   xades)
from xades import find

SIGS = "META-INF/signatures0.xml"
PDF = ("arize.pdf", b"%PDF-1.4\n% not a whole document\n%%EOF\n" * 4,
       "application/pdf")
RAW_FLIPS = 24
TRUNCATIONS = 24


def flips(stage, book):
    """Single bits: in stored bytes (the CRC then tells), and inside signed
    content with every checksum right again.  The long programme of flips
    belongs to the test that runs without files."""
    item = "every byte flipped once on small documents"
    box = stage.plain((PDF,))
    for entry in box.entries:
        entry.method = 0
    sound = box.pack()
    spans = [(e.offset + 30 + len(e.name), len(e.data))
             for e in box.entries]
    for n in range(RAW_FLIPS):
        start, size = spans[n % len(spans)]
        at = start + size * (n + 1) // (RAW_FLIPS + 2)
        book.add(item, f"flip-raw-{n}", flip(sound, at),
                 "zip-crc,mimetype-content,format-unknown")
    for n in range(8):
        box = stage.plain((PDF,))
        entry = box.get(PDF[0])
        entry.data = flip(entry.data, n * len(entry.data) // 8)
        book.add(item, f"flip-data-{n}", box.pack(), "digest-mismatch")
    values = (("digest", "ds:SignedInfo/ds:Reference/ds:DigestValue",
               "digest-mismatch,signature-mismatch"),
              ("value", "ds:SignatureValue", "signature-mismatch"),
              ("certificate", ".//xades:CertDigest/ds:DigestValue",
               "digest-mismatch"),
              ("key", "ds:KeyInfo/ds:X509Data/ds:X509Certificate",
               "signing-certificate-mismatch,certificate-invalid"))
    for name, path, codes in values:
        for n in range(3):
            def spoil(sig, path=path, n=n):
                node = find(sig, path)
                raw = base64.b64decode(node.text)
                node.text = xades.b64(flip(raw, n * len(raw) // 3))
            book.add(item, f"flip-{name}-{n}",
                     stage.hooked("final", spoil), codes,
                     verdicts=NEVER if name == "key" else FAIL)
    for name, old, new in (("time", b"2022-05-31T12:00:00Z",
                            b"2022-05-30T12:00:00Z"),
                           ("media", b">text/plain<", b">text/plaiN<"),
                           ("uri", b'URI="iddia.txt"', b'URI="iddia.tyt"')):
        book.add(item, f"flip-{name}", stage.edited(
            lambda d, o=old, n=new: d.replace(o, n)),
            "digest-mismatch,signature-mismatch,reference-file-missing")


def truncations(stage, book):
    item = "truncation at every length"
    sound = stage.plain().pack()
    for n in range(TRUNCATIONS):
        size = 1 + (len(sound) - 2) * n // (TRUNCATIONS - 1)
        book.add(item, f"cut-{size}", sound[:size],
                 "zip-end,format-unknown,zip-count,zip-trailing")
    xml = container.detached_xml(stage.pki, [TEXT], "citizen")
    for n in range(8):
        size = 1 + (len(xml) - 2) * n // 7
        book.add(item, f"cut-xml-{size}", xml[:size], "-", ext="xml")


def concatenations(stage, book):
    item = "concatenation of two documents"
    one = stage.plain().pack()
    two = stage.plain((NOTE,)).pack()
    for name, data in (("different", one + two), ("same", one + one),
                       ("three", one + two + one)):
        book.add(item, f"joined-{name}", data,
                 "zip-prefix,zip-gap,zip-end,zip-count,zip-local-differs")
    book.add(item, "joined-fixed", stage.plain((NOTE,)).pack(prefix=one),
             "zip-prefix,zip-end")
    pdf = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
    book.add(item, "joined-pdf", pdf + one,
             "zip-prefix,zip-end,zip-gap,zip-count,format-unknown,"
             "pdf-trailing,pdf-startxref,zip-local-differs")
    xml = container.detached_xml(stage.pki, [TEXT], "citizen")
    book.add(item, "joined-xml", xml + xml, "xml-malformed", ext="xml")
    book.add(item, "joined-xml-zip", xml + one, "xml-malformed,"
             "xml-encoding,zip-prefix,format-unknown", ext="xml")


def clock(stage, book):
    """One sound LT container, and B, under different clocks."""
    lt = stage.plain().pack()
    b = stage.box(level="B").pack()
    short = stage.box(signer="short").pack()
    short_b = stage.box(signer="short", level="B").pack()
    item = "clock before each validity"
    early = "certificate-not-yet-valid,chain-invalid,chain-not-found," \
            "signing-time-future,timestamp-order,timestamp-untrusted," \
            "timestamp-invalid,revocation-missing,revocation-stale," \
            "ocsp-invalid"
    for name, when in (("root", day("2011-06-01")),
                       ("leaf", day("2020-06-01")),
                       ("signing", later(days=-1)),
                       ("stamp", later(seconds=10)),
                       ("answer", later(seconds=45))):
        book.add(item, f"before-{name}", lt, early, time=when,
                 verdicts=NEVER)
    book.add(item, "before-b", b, early, time=day("2020-06-01"),
             verdicts=NEVER)
    book.add(item, "before-claimed", stage.box(
        time=later(days=400)).pack(), early, verdicts=NEVER)
    book.add(item, "before-future-leaf", stage.box(signer="future").pack(),
             "certificate-not-yet-valid", verdicts=NEVER)
    item = "clock inside each validity"
    inside = dict(verdicts=PASS, strict=PASS)
    for name, when, data in (
            ("all", later(hours=1), lt), ("day", later(days=1), lt),
            ("answer-old", later(days=20), lt),
            ("leaf-gone", day("2022-06-20"), short)):
        book.add(item, f"inside-{name}", data, "-", "F", time=when,
                 **inside)
    item = "clock after each validity"
    gone = "certificate-expired,chain-invalid,chain-not-found," \
           "revocation-missing,revocation-stale,timestamp-untrusted"
    for name, when, data in (
            ("leaf-b", day("2022-06-20"), short_b),
            ("leaf", day("2024-06-01"), b)):
        book.add(item, f"after-{name}", data, gone, time=when,
                 verdicts=NEVER)
    # What was proven in time stays proven; that nothing newer protects the
    # time-stamp must be said.
    for name, when in (("tsa", day("2025-06-01")), ("root", day("2026-06-01"))):
        book.add(item, f"after-{name}", lt, "timestamp-old", "F",
                 level="warning", time=when, **inside)
    book.add(item, "after-expired-leaf",
             stage.box(signer="expired").pack(), "certificate-expired",
             verdicts=NEVER)
    book.add(item, "after-claimed-inside", stage.box(
        signer="expired", time=day("2019-05-05"), tsa_opts={},
        hooks={"unsigned": late_stamp}).pack(),
        "certificate-expired,revocation-stale,revocation-missing,"
        "revocation-before-signing", verdicts=NEVER)


def late_stamp(job, sig):
    """The time-stamp is made years after the claimed time."""
    node = find(sig, ".//xades:SignatureTimeStamp")
    node.getparent().remove(node)
    stamp = xades.signature_timestamp(job, sig, when=SIGNING)
    stamp.getparent().insert(0, stamp)


def run(stage, book):
    book.section = "everywhere"
    for part in (flips, truncations, concatenations, clock):
        part(stage, book)
