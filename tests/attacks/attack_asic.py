"""Attacks on the container profile: manifest, mimetype, names, coverage."""

import re

import ocsp
import tsa
from signing import digest
from stage import NEVER, NOTE, SIGNING, TEXT, container, xades, zipwrite
from xades import find

MANIFEST = "META-INF/manifest.xml"
SIGS = "META-INF/signatures0.xml"
ROW = b'<manifest:file-entry manifest:full-path="%s" ' \
      b'manifest:media-type="%s"/>'
UNSIGNED = "file-unsigned"


def coverage(stage, book):
    item = "META-INFx/"
    for name, path in (("x", "META-INFx/evil.txt"),
                       ("lower", "meta-inf/evil.txt"),
                       ("file", "META-INF"), ("txt", "META-INF.txt"),
                       ("deep", "x/META-INF/manifest.xml"),
                       ("blank", "META-INF-/signatures1.xml")):
        box = stage.plain()
        box.put(path, b"unsigned")
        book.add(item, f"metainf-{name}", box.pack(),
                 UNSIGNED + ",zip-case-duplicate,zip-name" *
                 (name in ("file", "lower")))
    for name, path in (("unknown", "META-INF/evil.txt"),
                       ("script", "META-INF/run.sh"),
                       ("case", "META-INF/Signatures1.txt")):
        box = stage.plain()
        box.put(path, b"unsigned")
        book.add(item, f"metainf-inside-{name}", box.pack(),
                 "meta-inf-unknown", "S")
    item = "unsigned root file"
    box = stage.plain()
    box.put("evil.txt", b"unsigned", 8)
    book.add(item, "unsigned-unlisted", box.pack(), UNSIGNED)
    box = stage.plain()
    box.put("evil.txt", b"unsigned", 8)
    add_rows(box, (b"evil.txt", b"text/plain"))
    book.add(item, "unsigned-listed", box.pack(), UNSIGNED)
    box = stage.plain()
    box.put("qovluq/evil.txt", b"unsigned", 8)
    add_rows(box, (b"qovluq/evil.txt", b"text/plain"))
    book.add(item, "unsigned-folder", box.pack(), UNSIGNED)
    book.add(item, "unsigned-only", stage.box(
        files=(TEXT, NOTE), only=[TEXT[0]]).pack(), UNSIGNED)
    box = container.adoc_2008(stage.pki, [TEXT], "citizen", level="LT")
    box.put("metadata/evil.xml", b"<x/>")
    book.add(item, "unsigned-adoc", box.pack(), UNSIGNED, ext="adoc")

    def swap(box):
        one, two = box.get(TEXT[0]), box.get(NOTE[0])
        one.name, two.name = two.name, one.name
    box = stage.plain((TEXT, NOTE))
    swap(box)
    book.add(item, "unsigned-swapped", box.pack(), "digest-mismatch")
    item = "file unsigned by one of two signatures"
    for name, first, second in (
            ("second", [TEXT[0], NOTE[0]], [TEXT[0]]),
            ("each", [TEXT[0]], [NOTE[0]])):
        box = container.asic_e(stage.pki, [TEXT, NOTE], [
            dict(signer="citizen", only=first),
            dict(signer="citizen2", only=second)])
        book.add(item, f"partly-{name}", box.pack(), "file-partly-signed",
                 "F", level="warning,error")
    box = container.asic_e(stage.pki, [TEXT, NOTE], [
        dict(signer="citizen", only=[TEXT[0]]),
        dict(signer="citizen2", only=[TEXT[0]])])
    book.add(item, "partly-none", box.pack(), UNSIGNED)


def add_rows(box, *rows):
    entry = box.get(MANIFEST)
    extra = b"".join(ROW % r for r in rows)
    entry.data = entry.data.replace(b"</manifest:manifest>",
                                    extra + b"</manifest:manifest>")


def manifests(stage, book):
    def edited(function):
        return stage.edited(function, MANIFEST)
    item = "manifest extra"
    for name, path in (("file", b"ghost.txt"), ("folder", b"ghost/x.txt"),
                       ("case", b"IDDIA.TXT"),
                       ("percent", b"iddia%2Etxt")):
        box = stage.plain()
        add_rows(box, (path, b"text/plain"))
        book.add(item, f"extra-{name}", box.pack(), "manifest-absent-file")
    item = "manifest missing"
    box = stage.plain()
    box.drop(MANIFEST)
    book.add(item, "manifest-none", box.pack(), "manifest-missing")
    cut = re.compile(rb'<manifest:file-entry [^>]*"iddia.txt"[^>]*/>')
    book.add(item, "manifest-unlisted", edited(lambda d: cut.sub(b"", d)),
             "manifest-unlisted")
    slash = re.compile(rb'<manifest:file-entry [^>]*"/"[^>]*/>')
    book.add(item, "manifest-no-root", edited(lambda d: slash.sub(b"", d)),
             "manifest-invalid,manifest-root-type")
    book.add(item, "manifest-empty", edited(lambda d: b""),
             "manifest-invalid,xml-malformed")
    book.add(item, "manifest-namespace", edited(
        lambda d: d.replace(b"manifest:1.0", b"manifest:9.9")),
        "manifest-invalid")
    book.add(item, "manifest-root", edited(
        lambda d: d.replace(b"manifest:manifest", b"manifest:other")),
        "manifest-invalid")
    book.add(item, "manifest-cut", edited(lambda d: d[:-30]),
             "manifest-invalid,xml-malformed")
    item = "manifest duplicate"
    for name, row in (("same", (b"iddia.txt", b"text/plain")),
                      ("type", (b"iddia.txt", b"text/html")),
                      ("root", (b"/", container.ASIC_E.encode()))):
        box = stage.plain()
        add_rows(box, row)
        book.add(item, f"twice-{name}", box.pack(),
                 "manifest-duplicate,manifest-invalid")
    item = "manifest wrong type"
    for name, media in (("html", b"text/html"), ("pdf", b"application/pdf"),
                        ("case", b"text/plainx")):
        book.add(item, f"type-{name}", edited(
            lambda d, m=media: d.replace(b'"text/plain"', b'"%s"' % m)),
            "manifest-media-type")
    for name, media in (("asics", container.ASIC_S),
                        ("bdoc", container.BDOC_10)):
        book.add(item, f"type-root-{name}", edited(
            lambda d, m=media: d.replace(container.ASIC_E.encode(),
                                         m.encode())),
            "manifest-root-type", "S")
    book.add(item, "type-no-prefix", edited(
        lambda d: d.replace(b" manifest:full-path", b" full-path").replace(
            b" manifest:media-type", b" media-type")),
        "manifest-attribute", "S")
    odd = ("iddia.txt", TEXT[1], "not a type")
    book.add(item, "type-syntax", stage.box(files=[odd]).pack(),
             "media-type-syntax", "F", level="warning")


def mimetypes(stage, book):
    first = "mimetype-first"
    item = "mimetype last"
    box = stage.plain()
    box.entries.append(box.entries.pop(0))
    book.add(item, "mime-last", box.pack(), first, "S")
    box = stage.plain()
    box.entries.insert(1, box.entries.pop(0))
    book.add(item, "mime-second", box.pack(), first, "S")
    box = stage.plain()
    listed = box.entries
    data = box.pack(order=lambda e: -listed.index(e))
    book.add(item, "mime-last-in-directory", data, "-", "F")
    item = "mimetype deflated"
    for name, method in (("deflated", 8), ("deflated-small", 8)):
        box = stage.plain()
        box.get("mimetype").method = method
        if name.endswith("small"):
            box.get("mimetype").raw = zipwrite.deflate(
                box.get("mimetype").data, 9)
            box.get("mimetype").local["version"] = 20
        book.add(item, f"mime-{name}", box.pack(), first, "S")
    box = stage.plain()
    box.get("mimetype").descriptor = "signed"
    book.add(item, "mime-descriptor", box.pack(), first, "S")
    item = "mimetype with extra"
    stamp = b"UT\x05\x00\x01" + bytes(4)
    for name, sides in (("local", ("local",)),
                        ("both", ("local", "central"))):
        box = stage.plain()
        for side in sides:
            getattr(box.get("mimetype"), side)["extra"] = stamp
        book.add(item, f"mime-extra-{name}", box.pack(), first, "S")
    item = "mimetype BOM"
    good = container.ASIC_E.encode()
    for name, content in (("bom", b"\xef\xbb\xbf" + good),
                          ("newline", good + b"\n"),
                          ("blank", good + b" "),
                          ("crlf", good + b"\r\n")):
        box = stage.plain()
        box.get("mimetype").data = content
        book.add(item, f"mime-{name}", box.pack(),
                 "mimetype-whitespace,mimetype-first", "S")
    item = "mimetype absent"
    box = stage.plain()
    box.drop("mimetype")
    book.add(item, "mime-absent", box.pack(), "mimetype-missing",
             verdicts=NEVER, strict="REFUSED,TOTAL-FAILED")
    box = stage.plain()
    box.drop("mimetype")
    box.drop(MANIFEST)
    book.add(item, "mime-absent-manifest-too", box.pack(),
             "mimetype-missing,manifest-missing,format-unknown")
    box = stage.plain()
    box.get("mimetype").name = b"Mimetype"
    book.add(item, "mime-case", box.pack(),
             "mimetype-missing,file-unsigned")
    item = "mimetype other profile"
    codes = "mimetype-content,format-unknown,asics-structure," \
            "format-unsupported"
    for name, media in (
            ("asics", container.ASIC_S), ("bdoc1", container.BDOC_10),
            ("adoc", container.ADOC_2008),
            ("odt", "application/vnd.oasis.opendocument.text"),
            ("epub", "application/epub+zip"), ("text", "text/plain"),
            ("case", container.ASIC_E.upper()), ("empty", ""),
            ("twice", container.ASIC_E * 2)):
        box = stage.plain((TEXT, NOTE))
        box.get("mimetype").data = media.encode()
        rule = "S" if name == "bdoc1" else "R"
        book.add(item, f"mime-type-{name}", box.pack(),
                 codes + ",manifest-root-type" * (rule == "S"), rule)


def uris(stage, book):
    item = "URI forms of 5.3"
    refused = "reference-uri"
    missing = "reference-file-missing"

    def signed_as(uri, name=TEXT[0], more=()):
        def rename(_job, sig):
            find(sig, "ds:SignedInfo/ds:Reference").set("URI", uri)
        files = [(name, TEXT[1], "text/plain"), *more]
        return stage.box(files=files, hooks={"tree": rename}).pack()
    for name, uri, codes in (
            ("dot", "./iddia.txt", refused), ("root", "/iddia.txt", refused),
            ("up", "x/../iddia.txt", refused), ("query", "iddia.txt?a",
                                                refused),
            ("fragment", "iddia.txt#a", refused),
            ("scheme", "zip:iddia.txt", refused),
            ("nul", "iddia.txt%00.exe", refused),
            ("slash", "x%2Fiddia.txt", refused),
            ("backslash", "x%5Ciddia.txt", refused),
            ("raw-backslash", "x\\iddia.txt", refused),
            ("overlong", "iddia%C0%AEtxt", refused),
            ("bad-escape", "iddia%zz.txt", refused),
            ("cut-escape", "iddia.txt%2", refused),
            ("not-utf8", "iddia%FF.txt", refused),
            ("empty-segment", "x//iddia.txt", refused),
            ("twice", "iddia%252Etxt", missing),
            ("case", "IDDIA.txt", missing), ("blank", " iddia.txt",
                                             missing),
            ("other", "qeyd.txt", missing)):
        book.add(item, f"uri-{name}", signed_as(uri),
                 f"{refused},{missing}" if name == "blank" else codes)
    book.add(item, "uri-plus", signed_as("a+b.txt", "a b.txt"), missing)
    book.add(item, "uri-nfd", signed_as("dag%CC%86.txt", "da\u011f.txt"),
             missing)
    both = [("a%20b.txt", b"other", "text/plain")]
    book.add(item, "uri-ambiguous",
             signed_as("a%20b.txt", "a b.txt", both), "name-ambiguous")

    def formats(job, sig):
        node = find(sig, ".//xades:DataObjectFormat")
        node.set("ObjectReference", "#nowhere")
    book.add(item, "uri-format-nowhere", stage.box(
        hooks={"tree": formats}).pack(), "data-object-format,id-duplicate",
        "R", verdicts=NEVER)
    book.add(item, "uri-format-none", stage.box(formats=False).pack(),
             "data-object-format", "S")
    item = "Reference to META-INF or mimetype"
    kinds = (("mimetype", "mimetype", container.ASIC_E.encode()),
             ("manifest", MANIFEST, container.manifest(
                 container.ASIC_E, [(TEXT[0], TEXT[2])])))
    for name, uri, data in kinds:
        book.add(item, f"meta-{name}", stage.box(
            refs=[{"uri": uri, "data": data}]).pack(), "reference-meta-inf",
            "S")
    two = stage.two()
    first = two.get(SIGS).data
    box = container.asic_e(stage.pki, [TEXT], [
        dict(signer="citizen"),
        dict(signer="citizen2", refs=[{"uri": SIGS, "data": first}])])
    box.get(SIGS).data = first
    book.add(item, "meta-signatures", box.pack(), "reference-meta-inf", "S")
    alone = stage.box(only=[], refs=[
        {"uri": "mimetype", "data": container.ASIC_E.encode()}])
    book.add(item, "meta-only", alone.pack(), UNSIGNED)


def asic_s(stage, book):
    item = "ASiC-S with two files"
    codes = "asics-structure"
    box = container.asic_s(stage.pki, TEXT, [dict(signer="citizen")])
    box.put_file(*NOTE)
    book.add(item, "asics-second", box.pack(), codes + ",file-unsigned",
             ext="asics")
    box = stage.plain((TEXT, NOTE))
    box.get("mimetype").data = container.ASIC_S.encode()
    box.get(SIGS).name = b"META-INF/signatures.xml"
    box.get(MANIFEST).data = box.get(MANIFEST).data.replace(
        container.ASIC_E.encode(), container.ASIC_S.encode())
    book.add(item, "asics-both-signed", box.pack(),
             codes + ",mimetype-content", ext="asics")
    box = container.asic_s_token(stage.pki, TEXT, SIGNING)
    box.put_file(*NOTE)
    book.add(item, "asics-token-second", box.pack(),
             codes + ",file-unsigned", ext="asics")
    box = container.asic_s(stage.pki, ("qovluq/a.txt", *TEXT[1:]),
                           [dict(signer="citizen")])
    book.add(item, "asics-folder", box.pack(), codes, ext="asics")
    box = container.asic_s(stage.pki, TEXT, [dict(signer="citizen")])
    box.drop(TEXT[0])
    book.add(item, "asics-no-file", box.pack(),
             "no-data-file,reference-file-missing," + codes, ext="asics")
    item = "ASiC-S with XAdES and token"
    box = container.asic_s(stage.pki, TEXT, [dict(signer="citizen")])
    token = tsa.token(TEXT[1], stage.pki["tsa"], stage.pki.chain("tsa"),
                      SIGNING)
    box.put("META-INF/timestamp.tst", token)
    book.add(item, "asics-token-too", box.pack(), codes, ext="asics")
    box = container.asic_s_token(stage.pki, TEXT, SIGNING)
    box.put("META-INF/signatures.xml", b"<x/>")
    book.add(item, "asics-empty-signatures", box.pack(),
             codes + ",signature-file-invalid", ext="asics")
    box = container.asic_s_token(stage.pki, TEXT, SIGNING)
    box.put("META-INF/signature.p7s", token)
    book.add(item, "asics-cades-too", box.pack(),
             codes + ",format-unsupported", ext="asics")
    for name, opts, wanted in (
            ("imprint", {"imprint": b"x"}, "timestamp-imprint"),
            ("signature", {"bad_signature": True}, "timestamp-invalid"),
            ("eku", {"tsa": "tsa-wrong-eku"},
             "timestamp-policy,timestamp-untrusted"),
            ("foreign", {"tsa": "foreign-tsa"},
             "timestamp-untrusted,chain-not-found")):
        box = container.asic_s_token(stage.pki, TEXT, SIGNING, **opts)
        book.add(item, f"asics-token-{name}", box.pack(), wanted,
                 ext="asics", verdicts=NEVER)


def signature_files(stage, book):
    item = "signature file twice"
    for name, path in (("next", "META-INF/signatures1.xml"),
                       ("edoc", "META-INF/edoc-signatures-S1.xml"),
                       ("far", "META-INF/signatures999.xml")):
        box = stage.plain()
        box.put(path, box.get(SIGS).data, 8)
        book.add(item, f"sigfile-{name}", box.pack(),
                 "signature-file-duplicate", "S")
    for name, data in (("garbage", b"not xml"), ("empty", b""),
                       ("no-signature", b'<?xml version="1.0"?><asic:'
                        b'XAdESSignatures xmlns:asic="' +
                        xades.ASIC.encode() + b'"/>'),
                       ("other-root", b"<x/>")):
        box = stage.plain()
        box.put("META-INF/signatures1.xml", data, 8)
        book.add(item, f"sigfile-{name}", box.pack(),
                 "signature-file-invalid,xml-malformed")
    box = stage.plain()
    box.drop(SIGS)
    book.add(item, "sigfile-none", box.pack(), "no-signature", "F",
             verdicts="NO-SIGNATURE,REFUSED,TOTAL-FAILED",
             strict="NO-SIGNATURE,REFUSED,TOTAL-FAILED")


def time_marks(stage, book):
    item = "time-mark nonce wrong"
    mismatch = "timemark-mismatch"

    def bdoc(nonce=None, **opts):
        if nonce is not None:
            opts["ocsp_opts"] = {"raw_nonce": nonce}
        return container.bdoc_time_mark(stage.pki, [TEXT], "citizen",
                                        **opts).pack()
    for name, nonce in (
            ("other", ocsp.digest_info("sha256", b"another value")),
            ("data", ocsp.digest_info("sha256", TEXT[1])),
            ("zero", ocsp.digest_info("sha256", b"")),
            ("sha1", ocsp.digest_info("sha1", b"another value")),
            ("sha512", ocsp.digest_info("sha512", b"another value"))):
        book.add(item, f"mark-{name}", bdoc(nonce), mismatch, ext="bdoc",
                 verdicts=NEVER)
    bare = b"\x04\x20" + digest("sha256", b"x")
    book.add(item, "mark-bare", bdoc(bare),
             mismatch + ",timestamp-missing,timemark-policy,"
             "revocation-stale", ext="bdoc",
             verdicts=NEVER)
    oid = container.TIME_MARK_OID
    for name, policy in (
            ("no-uri", {"oid": oid, "digest": bytes(32)}),
            ("other-oid", {"oid": oid[:-1] + "2", "digest": bytes(32),
                           "uri": "https://pki.mohur.test/p"}),
            ("implied", "implied")):
        book.add(item, f"mark-{name}", bdoc(policy=policy),
                 "timemark-policy,signature-policy", ext="bdoc",
                 verdicts=NEVER)
    two = container.bdoc_time_mark(stage.pki, [TEXT], "citizen")
    entry = two.get(SIGS)
    other = container.bdoc_time_mark(stage.pki, [TEXT], "citizen").get(
        SIGS).data
    values = re.compile(rb"<xades:OCSPValues>.*</xades:OCSPValues>", re.S)
    entry.data = values.sub(lambda _: values.search(other)[0], entry.data)
    book.add(item, "mark-of-another", two.pack(), mismatch, ext="bdoc",
             verdicts=NEVER)


def run(stage, book):
    book.section = "container"
    for part in (coverage, manifests, mimetypes, uris, asic_s,
                 signature_files, time_marks):
        part(stage, book)
