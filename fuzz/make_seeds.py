#!/usr/bin/python3
"""Writes the seeds of the zip, xml, manifest, der and jpeg targets."""
import os
import struct
import sys
import zipfile

import change_seeds
import zip_seeds

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seeds")
DS = "http://www.w3.org/2000/09/xmldsig#"
ASIC = "http://uri.etsi.org/02918/v1.2.1#"
MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
TYPE = "application/vnd.etsi.asic-e+zip"


def put(folder, name, data):
    path = os.path.join(HERE, folder)
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, name), "wb") as out:
        out.write(data if isinstance(data, bytes) else data.encode())


def signatures():
    return (f'<x:XAdESSignatures xmlns:x="{ASIC}"><ds:Signature '
            f'xmlns:ds="{DS}" Id="S0"><ds:SignedInfo/></ds:Signature>'
            '</x:XAdESSignatures>')


def manifest():
    return (f'<m:manifest xmlns:m="{MANIFEST}"><m:file-entry m:full-path="/" '
            f'm:media-type="{TYPE}"/><m:file-entry m:full-path="a.txt" '
            'm:media-type="text/plain"/></m:manifest>')


def asic_manifest():
    return (f'<ASiCManifest xmlns="{ASIC}" xmlns:ds="{DS}">'
            '<SigReference URI="META-INF/timestamp.tst"/>'
            '<DataObjectReference URI="a%20b"><ds:DigestMethod Algorithm='
            '"urn:x"/><ds:DigestValue>AAE=</ds:DigestValue>'
            '</DataObjectReference></ASiCManifest>')


def archive(members, comment=b""):
    import io
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.comment = comment
        for name, data, method in members:
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            info.compress_type = method
            z.writestr(info, data)
    return out.getvalue()


def containers():
    """A container of each kind, and some that break a rule of theirs."""
    stored = zipfile.ZIP_STORED
    s, odf = "application/vnd.etsi.asic-s+zip", "urn:oasis:names:tc:"
    adoc = "application/vnd.lt.archyvai.adoc-2008"
    bare = f'<ds:Signature xmlns:ds="{DS}"/>'
    doc = (f'<d:document-signatures xmlns:d="{odf}opendocument:xmlns:'
           f'digitalsignature:1.0">{bare}</d:document-signatures>')
    kinds = {
        "asics": (s, ("a", "x"), ("META-INF/signatures.xml", signatures())),
        "asics-token": (s, ("a", "x"), ("META-INF/timestamp.tst", "x")),
        "asics-two": (s, ("a", "x"), ("b", "x"),
                      ("META-INF/signature.p7s", "x")),
        "asice-token": (TYPE, ("a b", "x"), ("META-INF/timestamp.tst", "x"),
                        ("META-INF/ASiCManifest.xml", asic_manifest())),
        "adoc": (adoc, ("a", "x"), ("metadata/unsignable.xml", ""),
                 ("META-INF/relations.xml", "x"),
                 ("META-INF/signatures/signatures0.xml", doc)),
        "bdoc": ("application/vnd.bdoc-1.0\n", ("a", "x"),
                 ("META-INF/signatures0.xml", bare),
                 ("META-INF/other", "x")),
        "no-mimetype": ("", ("a", "x"),
                        ("META-INF/signatures0.xml", signatures()),
                        ("META-INF/signatures1.xml", signatures())),
        "other-mimetype": ("text/plain", ("META-INF/signatures0.xml", bare)),
        "broken": (TYPE, ("META-INF/manifest.xml", "<"),
                   ("META-INF/signatures0.xml", "<a/>"),
                   ("META-INF/ASiCManifest.xml", "<a/>"),
                   ("META-INF/evidencerecord.ers", "x")),
    }
    for label, (kind, *members) in kinds.items():
        first = [("mimetype", kind, stored)] if kind else []
        yield "asic-" + label, archive(
            first + [(n, d, stored) for n, d in members])


def xml_good():
    yield "signatures", signatures()
    yield "manifest", manifest()
    yield "namespaces", (
        '<a xmlns="urn:1" xmlns:p="urn:2" p:x="1" y="&#9;&lt;"><p:b xmlns=""'
        ' xml:lang="az"><c/><!-- c --><?p d?><![CDATA[<]]>&amp;</p:b></a>')
    yield "declared", '<?xml version="1.0" encoding="UTF-8"?>\n<a/>\n'
    yield "declared-all", ("\ufeff<?xml version = '1.0' encoding='utf-8' "
                           "standalone='yes' ?><!-- c --><?p?><a/>\r\n")
    yield "escapes", ('<a b="&quot;&apos;&#10;&#13;&#9;&lt;&amp;>" c=\'"\'>'
                      "&#13;&gt;&lt;&amp;<?p \r?><!--\r--></a>")
    yield "inherited", (
        '<a xmlns="urn:1" xmlns:p="urn:2" xml:lang="az" xml:space="preserve" '
        'xml:id="i"><b xml:lang="en"><p:c p:z="" a="" xmlns:q="urn:2" '
        'q:y=""/></b><a xmlns:a="urn:3" a:a=""/></a>')
    yield "base", '<a xml:base="urn:b"><b/></a>'
    yield "same-twice", ('<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:1"/><p:b '
                         'xmlns:p="urn:2"><p:c xmlns:p="urn:1"/></p:b></p:a>')
    yield "ids", (
        f'<ds:Signature xmlns:ds="{DS}" Id="a"><ds:Object Id="b" ID="c"/>'
        f'<ds:Object Id="a"/><ds:Object id=""/><x Id="a"/><y xmlns="{ASIC}" '
        'Id="d"/></ds:Signature>')
    yield "text", "<a>a<![CDATA[b]]>&#x259;<b> x </b><c><![CDATA[]]></c></a>"
    yield "attributes", "<a %s/>" % " ".join(
        f'a{9 - i}="{i}"' for i in range(10))
    yield "deep", "<a>" * 64 + "</a>" * 64


def xml_refused():
    yield "doctype", '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'
    yield "doctype-within", "<a><!DOCTYPE a></a>"
    yield "version", '<?xml version="1.1"?><a/>'
    yield "encoding", '<?xml version="1.0" encoding="UTF-16"?><a/>'
    yield "declaration", '<?xml version="1.0" x?><a/>'
    yield "declaration-quotes", "<?xml version=1.0?><a/>"
    yield "empty", ""
    yield "zero", b"<a>\0</a>"
    yield "latin", b"<a>\xe9</a>"
    yield "entity", "<a>&x;</a>"
    yield "entity-attribute", '<a b="&x;"/>'
    yield "entity-end", "<a>&</a>"
    for label, text in (
            ("open", "<a>"), ("tag-open", "<a"), ("tag-empty", "<>"),
            ("end-only", "</a>"), ("end-open", "<a></a"),
            ("end-other", "<a></b>"), ("two-roots", "<a/><b/>"),
            ("text-before", "x<a/>"), ("text-behind", "<a/>x"),
            ("comment-behind", "<a/><!-- -->"), ("comment-open", "<a><!--"),
            ("cdata-outside", "<![CDATA[]]><a/>"),
            ("cdata-open", "<a><![CDATA["), ("value-missing", "<a b/>"),
            ("value-bare", "<a b=c/>"), ("value-open", '<a b="c/>'),
            ("value-markup", '<a b="<"/>'), ("run-together", '<a b=""c=""/>'),
            ("attribute-twice", '<a b="" b=""/>'),
            ("prefix-unknown", "<p:a/>"),
            ("namespace-relative", '<a xmlns="x"/>'),
            ("namespace-empty", '<a xmlns:p=""/>'),
            ("character", "<a>&#0;</a>"), ("name", "<1/>")):
        yield label, text
    yield "too-deep", "<a>" * 65 + "</a>" * 65
    yield "attributes-many", "<a %s/>" % " ".join(
        f'a{i}=""' for i in range(65))
    yield "namespaces-many", "<a %s/>" % " ".join(
        f'xmlns:a{i}="urn:{i}"' for i in range(33))
    yield "namespaces-total", "<a>%s</a>" % "".join(
        "<b %s/>" % " ".join(f'xmlns:a{i}="u:"' for i in range(30))
        for _ in range(9))
    yield "id-often", f'<a xmlns="{DS}">%s</a>' % ('<b Id="a"/>' * 201)


def listed(*entries, name="manifest", ns=MANIFEST):
    rows = "".join(f'<m:file-entry m:full-path="{p}" m:media-type="{t}"/>'
                   for p, t in entries)
    return f'<m:{name} xmlns:m="{ns}">{rows}</m:{name}>'


def manifests():
    root, a, b = ("/", TYPE), ("a.txt", "text/plain"), ("b", "a/b")
    yield "manifest", manifest()
    yield "asic", asic_manifest()
    yield "uri", "a%20b/%C9%99.txt"
    yield "whole", listed(root, a, b)
    yield "no-root", listed(a, b)
    yield "two-roots", listed(root, root, a, b)
    yield "twice", listed(root, a, a, b)
    yield "mimetype", listed(root, ("mimetype", "text/plain"), a, b)
    yield "absent", listed(root, a, b, ("c", "a/b"), ("d/", ""))
    yield "unlisted", listed(root, a)
    yield "no-path", listed(root, ("", "a/b"))
    yield "no-type", (f'<m:manifest xmlns:m="{MANIFEST}"><m:file-entry '
                      'm:full-path="/"/></m:manifest>')
    yield "other-element", (f'<m:manifest xmlns:m="{MANIFEST}"><m:x/>'
                            '</m:manifest>')
    yield "other-root", listed(root, name="x")
    yield "other-namespace", listed(root, ns="urn:x")
    yield "doctype", "<!DOCTYPE a>" + manifest()
    yield "bare", (f'<manifest xmlns="{MANIFEST}"><file-entry full-path="/" '
                   'media-type="a/b"/><file-entry full-path="a.txt" '
                   'media-type="a/b"/></manifest>')
    yield "both", (f'<m:manifest xmlns:m="{MANIFEST}"><m:file-entry '
                   'full-path="/" m:full-path="/" m:media-type="a/b"/>'
                   '</m:manifest>')
    for i, kind in enumerate((
            "text", "/b", "a/", "a/b;", "a/b; c=d", 'a/b;c=&quot;d e&quot;',
            "a/b;c=&quot;d", "a/b;c", "a/b x", "a" * 128 + "/b")):
        yield "type%d" % i, listed(root, ("a.txt", kind), b)
    for i, uri in enumerate((
            "/a", "a//b", "../a", "a/%2e%2e", "%2fa", "%5c", "%", "%4", "%4x",
            "%c9", "a?b", "a#b", "a:b", "a/b:c", "a\\b", "a\n", "%00",
            "A%C3%A9b%7E", "")):
        yield "uri%d" % i, uri
    yield "asic-old", asic_manifest().replace("/02918/", "/2918/")
    yield "asic-more", asic_manifest().replace(
        "</ASiC", '<ASiCManifestExtensions/></ASiC').replace(
            'URI="a%20b"', 'URI="a" MimeType="a/b" Rootfile="true"')
    for i, (was, now) in enumerate((
            ("SigReference", "X"), ('URI="META-INF/timestamp.tst"', ""),
            ('URI="a%20b"', ""), ("AAE=", "="), ("AAE=", ""),
            ("<ds:DigestMethod", "<ds:X/><ds:DigestMethod"),
            ("<ds:DigestMethod", "<ds:DigestMethod/><ds:DigestMethod"),
            ("</ASiC", "<x/></ASiC"), ("DataObjectReference", "X"),
            ("AAE=", "<x/>"))):
        yield "asic%d" % i, asic_manifest().replace(was, now)


def der(tag, *parts):
    body = b"".join(parts)
    size = bytes([len(body)])
    if len(body) >= 0x80:
        raw = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
        size = bytes([0x80 | len(raw)]) + raw
    return bytes([tag]) + size + body


def der_values():
    yield "sequence", bytes.fromhex("300a02010106052b06010203")
    yield "values", bytes.fromhex("0101ff0500020200ff030203a8")
    yield "nested", bytes.fromhex("3006a00430023000")
    yield "time", b"\x17\x0d240101000000Z\x18\x0f20240101000000Z"
    yield "oids", b"".join(der(6, bytes.fromhex(h)) for h in (
        "2a864886f70d010702", "00", "27", "50", "883703",
        "2a81ffffffffffffffff7f", "2a828080808080808080808000"))
    yield "integers", b"".join(der(2, bytes.fromhex(h)) for h in (
        "00", "7f", "0080", "ff7f", "00ffffffffffffffff",
        "01ffffffffffffffff", "80", "7fffffffffffffff")) + der(10, b"\1")
    yield "bits", b"".join(der(3, bytes.fromhex(h)) for h in (
        "00", "0780", "0001", "0600", "07808080", "0780000000ff", "070080"))
    yield "booleans", bytes.fromhex("0101000101ff")
    yield "strings", b"".join(der(t, b"a") for t in (
        4, 12, 18, 19, 20, 22, 26, 28, 30))
    yield "times", b"".join(der(t, s) for t, s in (
        (23, b"491231235959Z"), (23, b"500101000000Z"), (23, b"240230000000Z"),
        (23, b"2401010000Z"), (23, b"24010100000xZ"),
        (24, b"20240101000000.5Z"),
        (24, b"20240101000000.50Z"), (24, b"20240101000000.xZ"),
        (24, b"20240101000000"), (24, b"x0240101000000Z")))
    yield "context", der(0x30, der(0x80, b"a"), der(0xa1, der(5)),
                         der(0x31, der(5)), der(0x61, b"x"))
    yield "long", der(0x30, der(4, bytes(200)))
    deep = b""
    for _ in range(31):
        deep = der(0x30, deep)
    yield "deep", deep
    yield "too-deep", der(0x30, deep)
    for i, text in enumerate((
            "05", "0501ff", "010101", "01020000", "02010000",
            "02020001", "0202ffff", "0200", "0600", "060180", "06028001",
            "0300", "03020880", "030101", "2400", "1000", "1100", "1f0100",
            "3080", "30800000", "04810100", "0482008000", "04850100000000",
            "04840000", "30020500ff", "0a020001", "0402ff")):
        yield "refused%d" % i, bytes.fromhex(text)


def jpegs():
    dqt, dht = b"\xff\xdb\0\4\0\1", b"\xff\xc4\0\3\0"
    sos, scan = b"\xff\xda\0\x08\1\1\0\0\x3f\0", b"\x12\xff\0\x34\xff\xd0\x56"
    soi, eoi = b"\xff\xd8", b"\xff\xd9"

    def seg(marker, body):
        return struct.pack(">BBH", 0xff, marker, len(body) + 2) + body

    def sof(marker=0xc0, height=8, width=16, parts=1):
        return seg(marker, struct.pack(">BHHB", 8, height, width, parts)
                   + b"\1\x11\0" * parts)

    body = dqt + dht + sof() + sos + scan
    yield "plain", soi + body + eoi
    yield "apps", soi + b"".join(seg(m, b) for m, b in (
        (0xe0, b"JFIF\0"), (0xe1, b"Exif\0\0"),
        (0xe1, b"http://ns.adobe.com/xap/1.0/\0"), (0xe2, b"ICC_PROFILE\0"),
        (0xe2, b"MPF\0"), (0xeb, b"JP"), (0xfe, b"text"))) + body + eoi
    yield "progressive", (soi + dqt + sof(0xc2, parts=3) + sos + scan + dht
                          + sos + scan + eoi)
    yield "fill", soi + b"\xff" + body + b"\xff\xff" + eoi
    yield "empty-segment", soi + seg(0xfe, b"") + body + eoi
    yield "tail", soi + body + eoi + b"more"
    yield "tail-pictures", (soi + seg(0xe2, b"MPF\0") + body + eoi + soi
                            + body + eoi)
    yield "foreign", soi + b"".join(seg(0xfe, b) for b in (
        b"%PDF-", b"PK\3\4", b"<?xml", b"<html", b"<!DOCTYPE", b"<script",
        b"\x7fELF")) + body + eoi + b"%PDF-1.7"
    for label, data in (
            ("empty", b""), ("start", soi), ("start-end", soi + eoi),
            ("no-end", soi + body), ("end-cut", soi + body + b"\xff"),
            ("entropy-cut", soi + body + b"x"), ("between", soi + b"x" + body),
            ("restart", soi + b"\xff\xd0" + body + eoi),
            ("length-cut", soi + b"\xff\xdb\0"),
            ("length-short", soi + b"\xff\xdb\0\1"),
            ("length-long", soi + b"\xff\xdb\xff\xff"),
            ("two-frames", soi + dqt + sof() + sof() + sos + eoi),
            ("no-frame", soi + dqt + sos + eoi),
            ("no-tables", soi + sof() + sos + eoi),
            ("frame-short", soi + dqt + seg(0xc0, b"\x08\0\1\0\1\1")),
            ("frame-flat", soi + dqt + sof(width=0) + sos + eoi),
            ("frame-wide", soi + dqt + sof(width=65501) + sos + eoi)):
        yield label, data


def main():
    stored, deflated = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
    put("zip", "container", archive([
        ("mimetype", TYPE, stored), ("a.txt", "text " * 20, deflated),
        ("META-INF/manifest.xml", manifest(), deflated),
        ("META-INF/signatures0.xml", signatures(), deflated)]))
    put("zip", "comment", archive([("a/b", "x", stored)], b"comment"))
    put("zip", "empty", archive([]))
    put("zip", "names", archive([("\u0259", "x", stored), ("d/", "", stored)]))
    for folder, seeds in (
            ("zip", zip_seeds.all_seeds()), ("zip", containers()),
            ("xml", xml_good()), ("xml", xml_refused()),
            ("manifest", manifests()), ("der", der_values()),
            ("jpeg", jpegs()), ("pdf_changes", change_seeds.all_seeds())):
        for name, data in seeds:
            put(folder, name, data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
