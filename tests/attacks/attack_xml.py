"""Attacks on algorithms, references, transforms and the XML itself."""

import base64
import hashlib
import hmac
import re

from cryptography.hazmat.primitives.serialization import (Encoding,
                                                          PublicFormat)
from stage import FAIL, NEVER, NOTE, TEXT, xades
from xades import C14N, DS, MORE, MORE07, add, b64, find

INFO = "ds:SignedInfo"
METHOD = "ds:SignedInfo/ds:SignatureMethod"
FIRST = "ds:SignedInfo/ds:Reference"
VALUE = "ds:SignatureValue"
PROPS = "ds:SignedInfo/ds:Reference[@URI='#S0-props']"
WEAK = "algorithm-expired"
BAD_TRANSFORMS = (
    ("xslt", "http://www.w3.org/TR/1999/REC-xslt-19991116"),
    ("xpath", "http://www.w3.org/TR/1999/REC-xpath-19991116"),
    ("filter2", "http://www.w3.org/2002/06/xmldsig-filter2"),
    ("base64", DS + "base64"),
    ("enveloped", DS + "enveloped-signature"),
    ("decrypt", "http://www.w3.org/2002/07/decrypt#XML"),
    ("relationship", "http://schemas.openxmlformats.org/package/2006/"
     "RelationshipTransform"),
    ("unknown", "urn:mohur:test:transform"))


def hmac_attacks(stage, book):
    item = "HMAC with the public key"
    cert = stage.pki["citizen"].cert
    keys = {"spki": cert.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "pem": cert.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "cert": stage.pki["citizen"].der, "empty": b""}
    for name, key in keys.items():
        def method(job, sig):
            find(sig, METHOD).set("Algorithm", MORE + "hmac-sha256")

        def value(job, sig, key=key):
            body = xades.canonical(find(sig, INFO), job.c14n)
            find(sig, VALUE).text = b64(
                hmac.new(key, body, hashlib.sha256).digest())
        book.add(item, f"hmac-{name}", stage.box(
            hooks={"tree": method, "signed": value}).pack(),
            "algorithm-hmac", verdicts=NEVER)

    def sha1(job, sig):
        find(sig, METHOD).set("Algorithm", DS + "hmac-sha1")
    book.add(item, "hmac-sha1-name", stage.box(hooks={"tree": sha1}).pack(),
             "algorithm-hmac", verdicts=NEVER)


def truncated(stage, book):
    item = "truncated output"

    def output_length(bits):
        def function(sig):
            node = find(sig, METHOD)
            node.set("Algorithm", MORE + "hmac-sha256")
            add(node, "ds:HMACOutputLength", str(bits))
        return function
    for bits in (0, 8):
        book.add(item, f"hmac-length-{bits}",
                 stage.hooked("tree", output_length(bits)),
                 "algorithm-hmac", verdicts=NEVER)

    def on_ecdsa(sig):
        add(find(sig, METHOD), "ds:HMACOutputLength", "8")
    book.add(item, "length-on-ecdsa", stage.hooked("tree", on_ecdsa),
             "algorithm-parameters,sig-structure", verdicts=NEVER)

    def short_digest(count):
        def function(sig):
            node = find(sig, FIRST + "/ds:DigestValue")
            node.text = b64(base64.b64decode(node.text)[:count])
        return function
    for count in (0, 1, 16, 31):
        book.add(item, f"digest-{count}",
                 stage.hooked("digests", short_digest(count)),
                 "digest-mismatch,sig-structure,base64-invalid")

    def short_value(count):
        def function(sig):
            node = find(sig, VALUE)
            node.text = b64(base64.b64decode(node.text)[:count])
        return function
    for name, signer, count in (("ecdsa", "citizen", 63),
                                ("ecdsa-half", "citizen", 32),
                                ("rsa", "citizen-rsa2048", 255),
                                ("empty", "citizen", 0)):
        book.add(item, f"value-{name}", stage.hooked(
            "signed", short_value(count), signer=signer),
            "signature-value-form,base64-invalid,sig-structure")


def with_transform(name, uri, where):
    """A tree hook that puts a transform before everything else."""
    def function(job, sig):
        ref = find(sig, where)
        box = find(ref, "ds:Transforms")
        if box is None:
            box = add(ref, "ds:Transforms")
            ref.insert(0, box)
        node = add(box, "ds:Transform", Algorithm=uri)
        box.insert(0, node)
        if name == "xpath":
            add(node, "ds:XPath", "true()")
        if uri not in C14N.values() and ref.get("URI").startswith("#"):
            target = xades.by_id(sig, ref.get("URI")[1:])
            job.data_of[ref.get("Id")] = \
                lambda _: xades.canonical(target, "exc")
    return function


def transforms(stage, book):
    places = (("data", FIRST, {}), ("SignedProperties", PROPS, {}),
              ("KeyInfo", "ds:SignedInfo/ds:Reference[@URI='#S0-key']",
               {"key_ref": True}))
    for place, where, row in places:
        item = f"every transform outside the list on {place}"
        for name, uri in BAD_TRANSFORMS:
            data = stage.box(hooks={
                "tree": with_transform(name, uri, where)}, **row).pack()
            book.add(item, f"transform-{place.lower()}-{name}", data,
                     "transform-refused")
    item = "every transform outside the list on data"
    for name in ("exc", "c14n", "c14n11"):
        text = ("iddia.xml", b"<a>1</a>", "application/xml")
        book.add(item, f"transform-data-{name}", stage.box(
            files=[text], data_transforms=[name]).pack(),
            "transform-refused")
    item = "every transform outside the list on SignedProperties"

    def twice(job, sig):
        add(find(sig, PROPS + "/ds:Transforms"), "ds:Transform",
            Algorithm=C14N["c14n"])
    book.add(item, "transform-signedproperties-two",
             stage.box(hooks={"tree": twice}).pack(), "transform-refused")

    def many_prefixes(job, sig):
        exc = C14N["exc"]
        node = find(sig, PROPS + "/ds:Transforms/ds:Transform")
        inner = xades.etree.SubElement(
            node, f"{{{exc}}}InclusiveNamespaces",
            PrefixList=" ".join(f"p{n}" for n in range(40)))
        inner.tail = None
    book.add(item, "transform-signedproperties-prefixes",
             stage.box(hooks={"tree": many_prefixes}).pack(),
             "xml-limit,transform-refused,limit,c14n-failed")


def with_comments(stage, book):
    item = "#WithComments"
    for name in ("exc", "c14n", "c14n11"):
        uri = C14N[name]
        uri += "WithComments" if uri.endswith("#") else "#WithComments"

        def on_info(job, sig, uri=uri):
            find(sig, INFO + "/ds:CanonicalizationMethod").set(
                "Algorithm", uri)
            job.c14n = uri
        book.add(item, f"comments-info-{name}",
                 stage.box(hooks={"tree": on_info}).pack(),
                 "c14n-comments", "S")

        def on_props(job, sig, uri=uri):
            find(sig, PROPS + "/ds:Transforms/ds:Transform").set(
                "Algorithm", uri)
        book.add(item, f"comments-props-{name}",
                 stage.box(hooks={"tree": on_props}).pack(),
                 "c14n-comments", "S")


def references(stage, book):
    codes = "reference-uri"

    def first_uri(uri):
        def function(sig):
            find(sig, FIRST).set("URI", uri)
        return function
    for item, uris in (
            ("external http references",
             ("http://127.0.0.1/iddia.txt", "https://127.0.0.1/iddia.txt",
              "//127.0.0.1/iddia.txt", "ftp://127.0.0.1/iddia.txt")),
            ("external file references",
             ("file:///etc/hostname", "file:iddia.txt", "/etc/hostname")),
            ("external data: references",
             ("data:text/plain;base64,SQ==", "data:,x"))):
        word = item.split()[1].rstrip(":")
        for n, uri in enumerate(uris):
            book.add(item, f"{word}-{n}",
                     stage.hooked("tree", first_uri(uri)), codes)

    def further(uri, data):
        return stage.box(refs=[{"uri": uri, "data": data}]).pack()
    book.add("external http references", "http-further",
             further("http://127.0.0.1/x", b"x"), codes)
    book.add("external file references", "file-further",
             further("file:///etc/hostname", b"x"), codes)
    book.add("external data: references", "data-further",
             further("data:,x", b"x"), codes)
    item = "xpointer"
    for name, uri in (("path", "#xpointer(//ds:Object)"),
                      ("up", "#xpointer(id('S0-props')/..)"),
                      ("range", "#xpointer(id('S0')/range-to(id('x')))"),
                      ("child", "#element(/1/1)"),
                      ("here", "#xpointer(here())"),
                      ("xmlns", "#xmlns(a=urn:x)xpointer(//a:b)")):
        book.add(item, f"xpointer-{name}", further(uri, b"x"),
                 codes + ",transform-refused")

    def no_uri(sig):
        del find(sig, FIRST).attrib["URI"]
    book.add(item, "xpointer-none", stage.hooked("tree", no_uri),
             codes + ",transform-refused")


def after_root(text, insert):
    """insert put in front of the root element."""
    at = text.index(b"?>") + 2
    return text[:at] + insert + text[at:]


def documents(stage, book):
    """DOCTYPE, entities, encodings, trailing matter."""
    simple = b"<!DOCTYPE asic:XAdESSignatures>"
    inner = b'<!DOCTYPE a [<!ENTITY e "x">]>'
    item = "DOCTYPE"
    for name, text in (("plain", simple), ("subset", inner),
                       ("system", b'<!DOCTYPE a SYSTEM "file:///x.dtd">')):
        book.add(item, f"doctype-{name}", stage.edited(
            lambda d, t=text: after_root(d, t)), "xml-doctype")
    book.add(item, "doctype-manifest", stage.edited(
        lambda d: after_root(d, b"<!DOCTYPE manifest>"),
        "META-INF/manifest.xml"), "xml-doctype")
    item = "entities"
    laugh = b'<!DOCTYPE a [<!ENTITY a0 "ha">' + b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10)
        for n in range(1, 9)) + b"]>"
    outside = b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    param = b'<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///x"> %p;]>'
    for name, head, use in (("laughs", laugh, b"&a8;"),
                            ("external", outside, b"&e;"),
                            ("parameter", param, b"")):
        book.add(item, f"entity-{name}", stage.edited(
            lambda d, h=head, u=use: after_root(d, h).replace(
                b"</ds:KeyInfo>", u + b"</ds:KeyInfo>")), "xml-doctype")
    book.add(item, "entity-undefined", stage.edited(
        lambda d: d.replace(b"</ds:KeyInfo>", b"&nope;</ds:KeyInfo>")),
        "xml-malformed")
    item = "UTF-16"
    for name, codec in (("le", "utf-16-le"), ("be", "utf-16-be")):
        mark = "\ufeff"
        for bom in (True, False):
            def recode(d, codec=codec, bom=bom):
                text = d.decode().replace('encoding="UTF-8"',
                                          'encoding="UTF-16"')
                return ((mark if bom else "") + text).encode(codec)
            book.add(item, f"utf16-{name}{'-bom' if bom else ''}",
                     stage.edited(recode), "xml-encoding")
    book.add(item, "utf32", stage.edited(
        lambda d: d.decode().encode("utf-32")), "xml-encoding")
    item = "declaration against bytes"
    for name in ("ISO-8859-1", "UTF-16", "UTF-7", "windows-1251",
                 "IBM037"):
        book.add(item, f"declared-{name.lower()}", stage.edited(
            lambda d, n=name: d.replace(b'"UTF-8"', b'"%s"' % n.encode())),
            "xml-encoding")
    book.add(item, "declared-not-utf8", stage.edited(
        lambda d: d.replace(b"<ds:KeyInfo ", b'<ds:KeyInfo x="\xff" ')),
        "xml-encoding,xml-malformed")
    book.add(item, "declared-overlong", stage.edited(
        lambda d: d.replace(b"<ds:KeyInfo ", b'<ds:KeyInfo x="\xc0\xaf" ')),
        "xml-encoding,xml-malformed")
    book.add(item, "declared-1.1", stage.edited(
        lambda d: d.replace(b'version="1.0"', b'version="1.1"', 1)),
        "xml-encoding,xml-malformed")
    item = "trailing element"
    for name, tail in (("element", b"<x/>"), ("text", b"x"),
                       ("nul", b"\0"), ("root", b"<asic:XAdESSignatures "
                        b'xmlns:asic="' + xades.ASIC.encode() + b'"/>')):
        book.add(item, f"trailing-{name}",
                 stage.edited(lambda d, t=tail: d + t),
                 "xml-malformed,xml-encoding")
    book.add(item, "trailing-manifest", stage.edited(
        lambda d: d + b"<x/>", "META-INF/manifest.xml"),
        "xml-malformed,manifest-invalid")


def namespaces(stage, book):
    item = "relative namespace URI"
    for name, where in (("signature", b"<ds:Signature "),
                        ("properties", b"<xades:SignedProperties "),
                        ("info", b"<ds:KeyInfo ")):
        for n, uri in enumerate((b"relative", b"../x/y")):
            book.add(item, f"relative-{name}-{n}", stage.edited(
                lambda d, w=where, u=uri: d.replace(
                    w, w + b'xmlns:rel="' + u + b'" ', 1)),
                "xml-namespace,c14n-failed")


def bombs(stage, book):
    def in_object(content):
        return stage.edited(lambda d: re.sub(
            b"</ds:Signature>", lambda _: b"<ds:Object>" + content +
            b"</ds:Object></ds:Signature>", d))
    codes = "xml-limit,limit"
    item = "depth bombs"
    for depth in (62, 250, 100000):
        book.add(item, f"depth-{depth}",
                 in_object(b"<a>" * depth + b"</a>" * depth), codes)
    item = "attribute bombs"
    for count in (65, 5000, 50000):
        names = b" ".join(b'a%d="1"' % n for n in range(count))
        book.add(item, f"attributes-{count}",
                 in_object(b"<a " + names + b"/>"), codes)
    item = "namespace bombs"
    for count in (33, 300):
        names = b" ".join(b'xmlns:n%d="urn:n%d"' % (n, n)
                          for n in range(count))
        book.add(item, f"namespaces-{count}",
                 in_object(b"<a " + names + b"/>"), codes)
    flat = b"".join(b'<n%d:a xmlns:n%d="urn:n%d"/>' % (n, n, n)
                    for n in range(257))
    book.add(item, "namespaces-flat", in_object(flat), codes)
    deep = b"".join(b"<a " + b" ".join(
        b'xmlns:n%dx%d="urn:%d"' % (level, n, n) for n in range(20)) + b">"
        for level in range(40)) + b"</a>" * 40
    book.add(item, "namespaces-deep", in_object(deep), codes)
    item = "attribute bombs"
    book.add(item, "elements-100001", in_object(b"<a/>" * 100001), codes)
    book.add(item, "text-5mb", in_object(b"x" * 5000000), codes +
             ",zip-limit")

    def many_references(sig):
        info = find(sig, INFO)
        for n in range(2001):
            ref = add(info, "ds:Reference", URI="iddia.txt")
            add(ref, "ds:DigestMethod", Algorithm=xades.DIGESTS["sha256"])
            add(ref, "ds:DigestValue", b64(xades.digest("sha256", TEXT[1])))
    book.add(item, "references-2001", stage.hooked("tree", many_references),
             codes)


XI = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" ' \
     b'href="file:///etc/hostname" parse="text"/>'


def xinclude(stage, book):
    item = "XInclude"

    def inside(name):
        def function(d):
            return re.sub(b"<(%s)( [^>]*)?>[^<]*</" % name,
                          lambda m: b"<" + m[1] + (m[2] or b"") + b">" + XI +
                          b"</", d, count=1)
        return function
    for name, where, codes in (
            ("digest", b"ds:DigestValue", "base64-invalid,sig-structure"),
            ("value", b"ds:SignatureValue", "base64-invalid,sig-structure"),
            ("certificate", b"ds:X509Certificate",
             "base64-invalid,sig-structure,certificate-invalid")):
        book.add(item, f"xinclude-{name}", stage.edited(inside(where)),
                 codes)
    book.add(item, "xinclude-child", stage.edited(
        lambda d: d.replace(b"</ds:KeyInfo>", b"</ds:KeyInfo>" + XI)),
        "sig-structure")
    book.add(item, "xinclude-properties", stage.edited(
        lambda d: re.sub(b"<xades:SignedProperties.*</xades:"
                         b"SignedProperties>", XI, d, flags=re.S)),
        "qualifying-properties,signed-properties-reference,sig-structure")


def values(stage, book):
    item = "DER ECDSA value"

    def as_der(job, sig):
        body = xades.canonical(find(sig, INFO), job.c14n)
        find(sig, VALUE).text = b64(xades.sign_bytes(job.key, body,
                                                     job.sig_digest))
    for signer, bits in (("citizen", "sha256"), ("citizen-p384", "sha384"),
                         ("citizen-p521", "sha512")):
        book.add(item, f"der-{signer}", stage.box(
            signer=signer, digest=bits, hooks={"signed": as_der}).pack(),
            "signature-value-form")
    item = "wrong-length r‖s"

    def reshape(change):
        def function(sig):
            node = find(sig, VALUE)
            raw = base64.b64decode(node.text)
            half = len(raw) // 2
            node.text = b64(change(raw[:half], raw[half:]))
        return function
    for name, change in (
            ("padded", lambda r, s: b"\0" + r + b"\0" + s),
            ("long", lambda r, s: bytes(16) + r + bytes(16) + s),
            ("tail", lambda r, s: r + s + b"\0"),
            ("head", lambda r, s: b"\0" + r + s),
            ("short", lambda r, s: r[1:] + s),
            ("twice", lambda r, s: r + s + r + s)):
        book.add(item, f"rs-{name}", stage.hooked(
            "signed", reshape(change)), "signature-value-form")
    book.add(item, "rs-p521-64", stage.hooked(
        "signed", reshape(lambda r, s: r[2:] + s[2:]),
        signer="citizen-p521", digest="sha512"), "signature-value-form")
    order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
    for name, change in (
            ("zero", lambda r, s: bytes(64)),
            ("order", lambda r, s: order.to_bytes(32, "big") * 2),
            ("zero-s", lambda r, s: r + bytes(32))):
        book.add(item, f"rs-{name}", stage.hooked(
            "signed", reshape(change)),
            "signature-value-form,signature-mismatch")


def pss(stage, book):
    item = "PSS with odd salt"
    for salt in (0, 20, 33, 222):
        book.add(item, f"pss-salt-{salt}", stage.box(
            signer="citizen-rsa2048", pss="params", pss_salt=salt).pack(),
            "algorithm-parameters", verdicts=NEVER)
    book.add(item, "pss-name-salt-0", stage.box(
        signer="citizen-rsa2048", pss="name", pss_salt=0).pack(),
        "signature-mismatch,algorithm-parameters")

    def trailer(sig):
        find(sig, ".//more:TrailerField").text = "2"

    def mask_hash(sig):
        find(sig, ".//more:MaskGenerationFunction/ds:DigestMethod").set(
            "Algorithm", DS + "sha1")

    def mask(sig):
        find(sig, ".//more:MaskGenerationFunction").set(
            "Algorithm", MORE07 + "MGF9")
    for name, function in (("trailer", trailer), ("mgf-hash", mask_hash),
                           ("mgf", mask)):
        book.add(item, f"pss-{name}", stage.hooked(
            "tree", function, signer="citizen-rsa2048", pss="params"),
            "algorithm-parameters,algorithm-unknown", verdicts=NEVER)


def algorithms(stage, book):
    item = "unknown algorithms"
    codes = "algorithm-unknown"

    def setter(path, value):
        def function(sig):
            find(sig, path).set("Algorithm", value)
        return function
    for name, path, value in (
            ("signature", METHOD, "urn:mohur:test:signature"),
            ("gost", METHOD, "urn:ietf:params:xml:ns:cpxmlsec:algorithms:"
             "gostr34102012-gostr34112012-256"),
            ("empty", METHOD, ""),
            ("case", METHOD, MORE + "ECDSA-SHA256"),
            ("mixed", METHOD, MORE + "rsa-sha256")):
        book.add(item, f"unknown-{name}",
                 stage.hooked("tree", setter(path, value)),
                 codes + (",signature-mismatch,algorithm-parameters,"
                          "signature-value-form" if name == "mixed" else
                          ""), verdicts=NEVER)
    for name, path in (("digest", FIRST + "/ds:DigestMethod"),
                       ("cert-digest",
                        ".//xades:CertDigest/ds:DigestMethod")):
        book.add(item, f"unknown-{name}", stage.hooked(
            "digests" if name == "digest" else "tree",
            setter(path, "urn:mohur:test:digest")),
            codes + ",signing-certificate-mismatch" * (name != "digest"),
            verdicts=NEVER)
    book.add(item, "unknown-c14n", stage.hooked("digests", setter(
        INFO + "/ds:CanonicalizationMethod", "urn:mohur:test:c14n")),
        "algorithm-unknown,transform-refused,c14n-failed")
    item = "digest downgrade"
    book.add(item, "downgrade-sha1", stage.box(
        digest="sha1", sig_digest="sha256").pack(), WEAK, "I")
    book.add(item, "downgrade-md5", stage.box(
        digest="md5", sig_digest="sha256").pack(),
        WEAK + ",algorithm-unknown", "I")
    book.add(item, "downgrade-ecdsa-sha1", stage.box(
        sig_digest="sha1").pack(), WEAK, "I")
    book.add(item, "downgrade-rsa-sha1", stage.box(
        signer="citizen-rsa2048", sig_digest="sha1").pack(), WEAK, "I")
    book.add(item, "downgrade-rsa1024", stage.box(
        signer="citizen-rsa1024").pack(), WEAK, "I")
    one_weak = stage.box(files=(TEXT, NOTE), hooks={
        "tree": lambda job, sig: find(sig, FIRST + "/ds:DigestMethod").set(
            "Algorithm", DS + "sha1")})
    book.add(item, "downgrade-one-reference", one_weak.pack(), WEAK, "I")

    def renamed(sig):
        find(sig, FIRST + "/ds:DigestMethod").set("Algorithm", DS + "sha1")
    book.add(item, "downgrade-renamed", stage.hooked("digests", renamed),
             WEAK + ",digest-mismatch", verdicts=NEVER)
    book.add(item, "downgrade-renamed-after", stage.hooked("final", renamed),
             WEAK + ",digest-mismatch,signature-mismatch", verdicts=FAIL)


def run(stage, book):
    book.section = "xml"
    for part in (hmac_attacks, truncated, transforms, with_comments,
                 references, documents, namespaces, bombs, xinclude, values,
                 pss, algorithms):
        part(stage, book)
