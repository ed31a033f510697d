"""Attacks on CMS signatures: alone, and in containers with CAdES."""

import cms_samples as boxes
import cmswrite as c
import crl
import pdf
import tsa
from signing import digest, flip, sign_bytes
from stage import NEVER, NOTE, SIGNING, TEXT, container, later, xades

STAMP_CODES = "timestamp-imprint,timestamp-invalid"
GONE = "ocsp-invalid,revocation-missing"


class Maker:
    """Signatures with their content inside, and containers."""

    def __init__(self, stage):
        self.pki = stage.pki

    def one(self, signer="citizen", data=TEXT[1], **opts):
        opts.setdefault("attached", True)
        return c.Signature(self.pki, signer, data, **opts)

    def hooked(self, stage, function, **opts):
        return self.one(hooks={stage: function}, **opts).pack()

    def box(self, files=(TEXT, NOTE), **job):
        job.setdefault("signer", "citizen")
        return boxes.asic_e(self.pki, list(files), [job])


def replace(attrs, kind, *new):
    """The attributes without one kind, and with new ones."""
    attrs[:] = [a for a in attrs if c.parts_of(a)[0] != c.oid(kind)]
    attrs += new


def contents(m, book):
    item = "content changed"
    good = m.one()
    good.data = flip(TEXT[1], 5)
    book.add(item, "content-flipped", good.pack(), "digest-mismatch",
             ext="p7m")
    other = m.one()
    other.data = NOTE[1]
    book.add(item, "content-other", other.pack(), "digest-mismatch",
             ext="p7m")
    other = m.one()
    other.data = b""
    book.add(item, "content-empty", other.pack(), "digest-mismatch",
             ext="p7m")
    item = "messageDigest"
    for name, rows in (
            ("none", []),
            ("two", [c.attribute(c.MESSAGE_DIGEST, c.octets(digest(
                "sha256", TEXT[1])))] * 2),
            ("values", [c.attribute(c.MESSAGE_DIGEST, c.octets(digest(
                "sha256", TEXT[1])), c.octets(bytes(32)))]),
            ("other", [c.attribute(c.MESSAGE_DIGEST, c.octets(bytes(32)))]),
            ("short", [c.attribute(c.MESSAGE_DIGEST, c.octets(digest(
                "sha256", TEXT[1])[:20]))]),
            ("type", [c.attribute(c.MESSAGE_DIGEST, c.seq())])):
        def change(sig, rows=rows):
            replace(sig.signed, c.MESSAGE_DIGEST, *rows)
        book.add(item, f"digest-{name}", m.hooked("signed", change),
                 "attribute-invalid,digest-mismatch", ext="p7m")
    item = "contentType"
    for name, rows in (
            ("none", []), ("two", [c.attribute(c.CONTENT_TYPE,
                                               c.oid(c.DATA))] * 2),
            ("other", [c.attribute(c.CONTENT_TYPE,
                                   c.oid(c.SIGNED_DATA))])):
        def change(sig, rows=rows):
            replace(sig.signed, c.CONTENT_TYPE, *rows)
        book.add(item, f"type-{name}", m.hooked("signed", change),
                 "attribute-invalid", ext="p7m")


def attributes(m, book):
    item = "attribute twice"
    ess = c.ess(m.pki["citizen"])
    other = c.ess(m.pki["citizen2"])
    for name, kind, values in (
            ("time", c.SIGNING_TIME, [c.moment(SIGNING)]),
            ("ess", c.ESS_V2, [ess]), ("ess-other", c.ESS_V2, [other]),
            ("ess-values", c.ESS_V2, None)):
        def again(sig, kind=kind, values=values):
            if values is None:
                replace(sig.signed, kind, c.attribute(kind, ess, other))
            else:
                sig.signed.append(c.attribute(kind, *values))
        book.add(item, f"twice-{name}", m.hooked("signed", again),
                 "attribute-invalid", ext="p7m")
    item = "no signed attributes"

    def bare(sig):
        sig.signed.clear()
    book.add(item, "bare", m.hooked("signed", bare),
             "signing-certificate-missing", "I", ext="p7m")
    # RFC 5652 11: the signed attributes of one, shown as another's content.
    good = m.one()
    trick = m.one(data=good.attrs, hooks={"signed": bare})
    trick.value = good.value
    book.add(item, "attributes-as-content", trick.pack(),
             "signing-certificate-missing", "I", ext="p7m")
    trick = m.one()
    trick.signed = []
    book.add(item, "stripped", trick.pack(), "signature-mismatch",
             ext="p7m")


def certificates(m, book):
    item = "SigningCertificate digest of another certificate"
    me, other = m.pki["citizen"], m.pki["citizen2"]
    wrong = "signing-certificate-mismatch"
    for name, refs in (
            ("ess", [(c.ESS_V2, c.ess(other))]),
            ("ess-v1", [(c.ESS_V1, c.ess(other, 1))]),
            ("ess-both", [(c.ESS_V1, c.ess(other, 1)),
                          (c.ESS_V2, c.ess(me))]),
            ("ess-serial", [(c.ESS_V2, c.ess(me, serial=4711))]),
            ("ess-zero", [(c.ESS_V2, c.seq(c.seq(c.seq(c.octets(
                bytes(32))))))])):
        def more(sig):
            sig.certs.append(other.der)
        book.add(item, name, m.one(ess=refs, hooks={"final": more}).pack(),
                 wrong, "I", ext="p7m")
    for name, value in (("ess-empty", c.seq(c.seq())),
                        ("ess-garbage", c.octets(b"x"))):
        book.add(item, name, m.one(ess=[(c.ESS_V2, value)]).pack(),
                 "attribute-invalid,signing-certificate-mismatch",
                 verdicts=NEVER, ext="p7m")
    item = "no reference to the certificate"
    book.add(item, "ess-none", m.one(ess=[]).pack(),
             "signing-certificate-missing", "I", ext="p7m")

    def unsigned(sig):
        sig.unsigned.append(c.attribute(c.ESS_V2, c.ess(me)))
    book.add(item, "ess-unsigned", m.one(
        ess=[], hooks={"final": unsigned}).pack(),
        "signing-certificate-missing", "I", ext="p7m")
    item = "another signer named"

    def sid_of(entity):
        def change(sig):
            sig.entity, keep = entity, sig.entity
            sig.sid = sig._sid()
            sig.entity = keep
            sig.certs.append(entity.der)
        return change
    book.add(item, "sid-other", m.hooked("final", sid_of(other)), wrong,
             "I", ext="p7m")
    book.add(item, "sid-ca", m.hooked("final", sid_of(m.pki["citizen-ca"])),
             wrong, "I", ext="p7m")

    def foreign(sig):
        sig.value = sign_bytes(other.key, sig.to_sign())
    book.add(item, "key-other", m.hooked("value", foreign),
             "signature-mismatch", ext="p7m")

    def no_certificate(sig):
        sig.certs.clear()
    book.add(item, "certificate-none", m.hooked("final", no_certificate),
             "signing-certificate-missing,signing-certificate-mismatch",
             "I", ext="p7m")
    book.add(item, "certificate-foreign", m.one(
        "foreign", tsa="foreign-tsa").pack(),
        "chain-not-found,chain-invalid", "I", ext="p7m")


def algorithms(m, book):
    item = "unknown algorithms"
    unknown = c.seq(c.oid("2.999.1.1"))

    def digest_alg(value):
        def change(sig):
            sig.digest_alg = value
        return change

    def sig_alg(value):
        def change(sig):
            sig.sig_alg = value
        return change
    for name, function in (
            ("alg-digest", digest_alg(unknown)),
            ("alg-signature", sig_alg(unknown)),
            ("alg-hmac", sig_alg(c.seq(c.oid("1.2.840.113549.2.9"), c.NULL))),
            ("alg-dsa", sig_alg(c.seq(c.oid("2.16.840.1.101.3.4.3.2"))))):
        book.add(item, name, m.hooked("signed", function),
                 "algorithm-unknown,algorithm-parameters,"
                 "signature-mismatch,attribute-invalid", verdicts=NEVER,
                 ext="p7m")
    item = "digest downgrade"
    book.add(item, "alg-sha1", m.one(digest="sha1").pack(),
             "algorithm-expired", "I", ext="p7m")

    def md5(sig):
        sig.digest_alg = c.hash_alg("md5")
        replace(sig.signed, c.MESSAGE_DIGEST, c.attribute(
            c.MESSAGE_DIGEST, c.octets(digest("md5", sig.data))))
    book.add(item, "alg-md5", m.hooked("signed", md5),
             "algorithm-unknown,algorithm-expired,algorithm-parameters",
             verdicts=NEVER, ext="p7m")
    book.add(item, "alg-other-digest", m.hooked("signed", digest_alg(
        c.hash_alg("sha512"))), "algorithm-parameters,digest-mismatch",
        verdicts=NEVER, ext="p7m")
    rsa = dict(signer="citizen-rsa2048")
    book.add(item, "alg-rsa-other", m.hooked("final", sig_alg(c.seq(c.oid(
        "1.2.840.113549.1.1.13"), c.NULL)), **rsa),
        "algorithm-parameters,signature-mismatch", verdicts=NEVER,
        ext="p7m")
    book.add(item, "alg-rsa-1024", m.one("citizen-rsa1024").pack(),
             "algorithm-expired", "I", ext="p7m")
    item = "RSA-PSS parameters"
    for name, salt in (("zero", 0), ("short", 20), ("long", 64)):
        book.add(item, f"pss-{name}", m.one("citizen-rsa2048",
                                            salt=salt).pack(),
                 "algorithm-parameters", verdicts=NEVER, ext="p7m")
    one, two = (c.seq(c.oid(c.HASHES[n]), c.NULL) for n in
                ("sha256", "sha1"))
    for name, parts in (
            ("mgf", [c.tlv(0xa0, one), c.tlv(0xa1, c.seq(
                c.oid(c.MGF1), two)), c.tlv(0xa2, c.integer(32))]),
            ("trailer", [c.tlv(0xa0, one), c.tlv(0xa1, c.seq(
                c.oid(c.MGF1), one)), c.tlv(0xa2, c.integer(32)),
                c.tlv(0xa3, c.integer(2))]), ("defaults", [])):
        book.add(item, f"pss-{name}", m.hooked("final", sig_alg(c.seq(
            c.oid(c.PSS), c.seq(*parts))), salt=32, **rsa),
            "algorithm-parameters", verdicts=NEVER, ext="p7m")
    item = "form of the value"
    rows = (("raw", {}, lambda v: b"".join(
                int.from_bytes(p[2:], "big").to_bytes(32, "big")
                for p in c.parts_of(v))),
            ("zero", {}, lambda v: c.seq(c.integer(0), c.integer(0))),
            ("trailing", {}, lambda v: v + b"\0"),
            ("empty", {}, lambda v: b""),
            ("rsa-short", rsa, lambda v: v[1:]),
            ("rsa-long", rsa, lambda v: b"\0" + v),
            ("rsa-one", rsa, lambda v: bytes(len(v) - 1) + b"\1"))
    for name, opts, change in rows:
        def function(sig, change=change):
            sig.value = change(sig.value)
        book.add(item, f"value-{name}", m.hooked("value", function, **opts),
                 "signature-value-form,signature-mismatch", ext="p7m")


def encodings(m, book):
    good = m.one().pack()
    item = "encoding"
    book.add(item, "ber", c.ber(good), "cms-invalid", "S", ext="p7m")
    for name, der in (
            ("trailing", good + b"\0"), ("cut", good[:-1]),
            ("second", good + good),
            ("version", good.replace(b"\x02\x01\x05\x31", b"\x02\x01\x09\x31",
                                     1)),
            ("not-signed-data", good.replace(
                c.oid(c.SIGNED_DATA), c.oid("1.2.840.113549.1.7.3"), 1)),
            ("pem-two", c.pem(good) + c.pem(good)),
            ("pem-text", c.pem(good) + b"trailing\n"),
            ("pem-open", c.pem(good)[:-30])):
        book.add(item, f"der-{name}", der, "cms-invalid,format-unknown",
                 ext="p7m")
    one, other = m.one(), m.one("citizen2")
    other.digest_alg = c.hash_alg("sha512")
    kind, outer = c.parts_of(one.pack(other))
    signed = c.parts_of(c.parts_of(outer)[0])
    signed[1] = c.set_of(c.hash_alg("sha256"))
    book.add(item, "der-not-announced",
             c.seq(kind, c.tlv(0xa0, c.seq(*signed))), "cms-invalid",
             ext="p7m")
    signed[-1] = c.set_of()
    book.add(item, "no-signers", c.seq(kind, c.tlv(0xa0, c.seq(*signed))),
             "no-signature", verdicts="NO-SIGNATURE", ext="p7m")
    item = "one bad signer among two"
    bad = m.one("citizen2")
    bad.value = flip(bad.value)
    book.add(item, "two-bad-value", m.one().pack(bad), "signature-mismatch",
             ext="p7m")
    book.add(item, "two-no-reference", m.one().pack(
        m.one("citizen2", ess=[])), "signing-certificate-missing", "I",
        ext="p7m")


def timestamps(m, book):
    item = "time-stamp over another signature's value"

    def stamp_of(data, **opts):
        def change(sig):
            replace(sig.unsigned, c.SIGNATURE_STAMP, c.attribute(
                c.SIGNATURE_STAMP, sig.token(data, 30, **opts)))
        return change
    other = m.one("citizen2")
    book.add(item, "stamp-other", m.hooked("unsigned", stamp_of(
        other.value)), STAMP_CODES, "I", ext="p7m")
    book.add(item, "stamp-content", m.hooked("unsigned", stamp_of(TEXT[1])),
             STAMP_CODES, "I", ext="p7m")
    book.add(item, "stamp-garbage", m.hooked("unsigned", lambda s: replace(
        s.unsigned, c.SIGNATURE_STAMP, c.attribute(
            c.SIGNATURE_STAMP, c.octets(b"x")))), "timestamp-invalid", "I",
        ext="p7m")

    def content(data):
        def change(sig):
            sig.signed.append(c.attribute(c.CONTENT_STAMP,
                                          sig.token(data, -60)))
        return change
    item = "content time-stamp"
    book.add(item, "content-stamp-other", m.hooked("signed", content(
        NOTE[1])), STAMP_CODES, "F", ext="p7m")
    book.add(item, "content-stamp-later", m.hooked(
        "signed", lambda s: s.signed.append(c.attribute(
            c.CONTENT_STAMP, s.token(s.data, 600)))), "timestamp-order",
        verdicts=NEVER, ext="p7m")
    archives(m, book)


def archives(m, book):
    item = "archive time-stamp of another state"
    extra = m.pki["director"].der
    pack = {
        "absent": lambda s: s.archive(7200, s.index(
            certs=[*s.certs, extra])),
        "no-list": lambda s: s.archive(7200, s.index(
            revocations=[*s.revocations, c.seq()])),
        "data": lambda s: s.archive(7200, data=NOTE[1]),
        "no-index": lambda s: s.token(b"any", 7200),
        "garbage": lambda s: c.with_unsigned(s.token(b"any", 7200),
                                             c.attribute(c.HASH_INDEX_V3,
                                                         c.octets(b"x"))),
        "sha1": lambda s: s.archive(7200, digest_name="sha1")}
    for name, function in pack.items():
        def change(sig, function=function):
            sig.unsigned.append(c.attribute(c.ARCHIVE_STAMP, function(sig)))
        book.add(item, f"archive-{name}", m.hooked("final", change),
                 STAMP_CODES + ",algorithm-expired,timestamp-untrusted", "F",
                 ext="p7m")

    def doubled(sig):
        index = sig.index(certs=[*sig.certs, extra])
        sig.unsigned.append(c.attribute(c.ARCHIVE_STAMP, sig.archive(
            7200, index)))
    two = m.one(hooks={"final": doubled})
    kind, outer = c.parts_of(two.pack())
    signed = c.parts_of(c.parts_of(outer)[0])
    certs = c.parts_of(signed[3])
    signed[3] = c.retag(0xa0, c.set_of(*certs, certs[0]))
    book.add(item, "archive-doubled", c.seq(kind, c.tlv(0xa0, c.seq(
        *signed))), STAMP_CODES, "F", ext="p7m")
    item = "archive time-stamp of an older version"
    for name, kind in (("v2", c.ARCHIVE_STAMP_V2),
                       ("v1", c.SMIME_AA + "27")):
        book.add(item, f"archive-{name}", m.hooked(
            "final", lambda s, kind=kind: s.unsigned.append(c.attribute(
                kind, s.token(s.value, 7200)))), "property-unknown", "F",
            ext="p7m")


def revocation(m, book):
    item = "OCSP for another serial"
    book.add(item, "ocsp-serial", m.one(ocsp_opts=dict(serial=4711)).pack(),
             GONE, "I", ext="p7m")
    book.add(item, "ocsp-values", m.one(values=True, ocsp_opts=dict(
        serial=4711)).pack(), GONE, "I", ext="p7m")
    book.add(item, "ocsp-no-eku", m.one(ocsp_opts=dict(
        responder="ocsp-no-eku")).pack(), "ocsp-responder", "I", ext="p7m")
    book.add(item, "ocsp-none", m.one(ocsps=[]).pack(), GONE, "I",
             ext="p7m")
    item = "revocation before BST"
    for name, values in (("signed-data", False), ("attributes", True)):
        book.add(item, f"revoked-{name}", m.one(
            "revoked", values=values, ocsp_opts=dict(
                status="revoked", revoked_at=later(days=-9),
                reason="key_compromise")).pack(), "certificate-revoked",
            "I", ext="p7m")
    ca = m.pki["citizen-ca"]
    lists = [crl.make(ca, later(seconds=90), [(
        m.pki["revoked"], later(days=-9), "key_compromise")])]
    lists += [crl.make(m.pki[n], later(seconds=90))
              for n in ("policy-ca", "root")]
    book.add(item, "revoked-list", m.one("revoked", ocsps=[],
                                         crls=lists).pack(),
             "certificate-revoked", "I", ext="p7m")
    # An older list that says nothing yet beside a newer one that revokes.
    calm = crl.make(ca, later(seconds=90))
    for name, pair in (("older-first", [calm, lists[0]]),
                       ("newer-first", [lists[0], calm])):
        pair[pair.index(lists[0])] = crl.make(
            ca, later(seconds=180), [(m.pki["revoked"], later(days=-9),
                                      "key_compromise")], number=8)
        book.add(item, f"revoked-{name}", m.one(
            "revoked", ocsps=[], crls=pair + lists[1:]).pack(),
            "certificate-revoked", "I", ext="p7m")
    late = crl.make(m.pki["policy-ca"], later(seconds=90),
                    [(ca, later(days=-9), "ca_compromise")], number=8)
    early = crl.make(m.pki["policy-ca"], later(days=-1))
    for name, pair in (("older-first", [early, late]),
                       ("newer-first", [late, early])):
        book.add(item, f"revoked-ca-{name}", m.one(
            crls=pair + [crl.make(m.pki["root"], later(seconds=90))]).pack(),
            "certificate-revoked", "I", ext="p7m")
    item = "counter-signature as proof"

    def counter(sig):
        other = c.Signature(sig.pki, "director", sig.value)
        sig.unsigned.append(c.attribute(c.COUNTER_SIGNATURE, other.info()))
    book.add(item, "counter-stamp", m.one(
        level="B", hooks={"final": counter}).pack(), "timestamp-missing",
        "I", ext="p7m")

    def broken(sig):
        other = c.Signature(sig.pki, "director", b"other")
        sig.unsigned.append(c.attribute(c.COUNTER_SIGNATURE, other.info()))
    book.add(item, "counter-broken", m.hooked("final", broken),
             "property-unknown", "F", ext="p7m")


def in_asic_s(m, book):
    def box(**opts):
        return boxes.asic_s(m.pki, TEXT, **opts)
    item = "ASiC-S with CAdES"
    changed = box()
    changed.get(TEXT[0]).data = flip(TEXT[1], 7)
    book.add(item, "s-data", changed.pack(), "digest-mismatch", ext="asics")
    two = box()
    two.put_file(*NOTE)
    book.add(item, "s-two-files", two.pack(),
             "asics-structure,file-unsigned", ext="asics")
    both = box()
    both.put("META-INF/timestamp.tst", tsa.token(
        TEXT[1], m.pki["tsa"], m.pki.chain("tsa"), later(seconds=30)))
    book.add(item, "s-token", both.pack(), "asics-structure", ext="asics")
    for name, data in (("empty", b""), ("garbage", b"\x30\x03\x02\x01\x01"),
                       ("pem", c.pem(c.Signature(
                           m.pki, "citizen", TEXT[1]).pack()))):
        bad = box()
        bad.get("META-INF/signature.p7s").data = data
        book.add(item, f"s-{name}", bad.pack(),
                 "cms-invalid,signature-file-invalid", ext="asics")
    inside = box(attached=True)
    book.add(item, "s-inside", inside.pack(), "cms-invalid",
             ext="asics")
    other = box()
    other.get("META-INF/signature.p7s").data = c.Signature(
        m.pki, "citizen", NOTE[1], attached=True).pack()
    book.add(item, "s-other-inside", other.pack(), "cms-invalid",
             ext="asics")


def manifests(m, book):
    sig, name = "META-INF/signature001.p7s", "META-INF/ASiCManifest001.xml"
    item = "ASiCManifest and its signature"

    def edited(function):
        """The manifest changed after it was signed."""
        box = m.box()
        entry = box.get(name)
        entry.data = function(entry.data)
        return box.pack()
    book.add(item, "m-flipped", edited(lambda t: t.replace(
        b'Rootfile="true"', b'Rootfile="1"')), "digest-mismatch")
    book.add(item, "m-no-root", edited(lambda t: t.replace(
        b' Rootfile="true"', b"")), "digest-mismatch")
    box = m.box()
    box.drop(name)
    book.add(item, "m-none", box.pack(),
             "signature-file-invalid,file-unsigned,manifest-missing")
    box = m.box()
    box.drop(sig)
    book.add(item, "m-alone", box.pack(), "-", verdicts=
             "TOTAL-FAILED,REFUSED,NO-SIGNATURE")
    box = m.box()
    box.put("META-INF/ASiCManifest002.xml", box.get(name).data, 8)
    book.add(item, "m-twice", box.pack(),
             "signature-file-invalid")
    box = m.box()
    forged = boxes.manifest(sig, [(container.uri_of(n), b"other", k)
                                  for n, _, k in (TEXT, NOTE)])
    box.put("META-INF/ASiCManifest002.xml", forged, 8)
    book.add(item, "m-second", box.pack(), "signature-file-invalid")
    box = m.box()
    box.put("META-INF/ASiCManifest000.xml", forged, 8, at=1)
    book.add(item, "m-second-first", box.pack(),
             "signature-file-invalid")
    box = m.box()
    box.put("META-INF/signature002.p7s", box.get(sig).data)
    book.add(item, "m-second-signature", box.pack(),
             "signature-file-invalid,signature-file-duplicate",
             verdicts="*")
    box = m.box()
    foreign = c.Signature(m.pki, "citizen2", NOTE[1]).pack()
    box.put("META-INF/signature002.p7s", foreign)
    book.add(item, "m-not-named", box.pack(), "signature-file-invalid")
    item = "what an ASiCManifest lists"

    def listed(function, **more):
        return m.box(listed=function, **more)
    for label, function, codes in (
            ("digest", lambda r: [(r[0][0], b"x", r[0][2]), r[1]],
             "digest-mismatch"),
            ("absent", lambda r: [*r, ("yoxdur.txt", b"x", "text/plain")],
             "reference-file-missing"),
            ("short", lambda r: r[:1], "file-unsigned"),
            ("up", lambda r: [*r, ("../qeyd.txt", b"x", "text/plain")],
             "reference-uri"),
            ("absolute", lambda r: [*r, ("/qeyd.txt", NOTE[1], NOTE[2])],
             "reference-uri"),
            ("http", lambda r: [*r, ("http://pki.mohur.test/x", b"x", "a/b")],
             "reference-uri"),
            ("query", lambda r: [*r, ("qeyd.txt?x", NOTE[1], NOTE[2])],
             "reference-uri")):
        book.add(item, f"m-{label}", listed(function).pack(), codes)
    jobs = [dict(signer="citizen"), dict(
        signer="citizen2", listed=lambda r: [
            ("mimetype", container.ASIC_E.encode(), "text/plain")])]
    book.add(item, "m-nothing", boxes.asic_e(m.pki, [TEXT, NOTE], jobs).pack(),
             "signature-partial")
    box = m.box()
    box.get(NOTE[0]).data = flip(NOTE[1], 3)
    book.add(item, "m-data", box.pack(), "digest-mismatch")
    box = m.box()
    box.put_file("gizli.txt", b"not signed\n", "text/plain")
    book.add(item, "m-added", box.pack(), "file-unsigned")
    weak = boxes.manifest(sig, [(container.uri_of(n), d, k)
                                for n, d, k in (TEXT, NOTE)],
                          method="http://www.w3.org/2000/09/xmldsig#sha1")
    box = m.box()
    box.get(name).data = weak
    box.get(sig).data = c.Signature(m.pki, "citizen", weak).pack()
    book.add(item, "m-sha1", box.pack(),
             "algorithm-expired,digest-mismatch", verdicts=NEVER)
    unknown = weak.replace(b"xmldsig#sha1", b"xmldsig#md99")
    box.get(name).data = unknown
    box.get(sig).data = c.Signature(m.pki, "citizen", unknown).pack()
    book.add(item, "m-unknown", box.pack(), "algorithm-unknown",
             verdicts=NEVER)
    item = "ASiCArchiveManifest"
    box = boxes.archive(m.pki, m.box())
    entry = box.get(sig)
    entry.data = c.Signature(m.pki, "citizen2", box.get(name).data).pack()
    book.add(item, "m-archive-changed", box.pack(), "digest-mismatch",
             verdicts=NEVER)
    box = boxes.archive(m.pki, m.box())
    entry = box.get("META-INF/timestamp001.tst")
    entry.data = tsa.token(b"other", m.pki["tsa"], m.pki.chain("tsa"),
                           later(hours=2))
    book.add(item, "m-archive-token", box.pack(), STAMP_CODES,
             verdicts=NEVER)
    item = "XAdES and CAdES in one container"
    box = m.box()
    made = container.asic_e(m.pki, [TEXT, NOTE], [dict(signer="citizen2")])
    for part in ("META-INF/manifest.xml", "META-INF/signatures0.xml"):
        box.put(part, made.get(part).data, 8)
    book.add(item, "m-mixed", box.pack(), "-", verdicts=NEVER)
    top = xades.etree.fromstring(made.get("META-INF/signatures0.xml").data)
    box.get("META-INF/signatures0.xml").data = xades.to_bytes(top)
    box.get(sig).data = b"\x30\x00"
    book.add(item, "m-mixed-garbage", box.pack(), "-", verdicts=NEVER)


def in_pdf(m, book):
    def doc(pack=lambda sig: sig.pack(), data=None, **opts):
        opts.setdefault("claimed", None)
        w = pdf.base()
        w.end()
        w.fill(lambda signed: pack(c.Signature(
            m.pki, "citizen", data or signed, **opts)))
        return bytes(w.data)
    item = "CMS in a PDF"

    def second(sig):
        return sig.pack(c.Signature(m.pki, "citizen2", sig.data,
                                    claimed=None, level="B"))

    def foreign(sig):
        replace(sig.unsigned, c.SIGNATURE_STAMP, c.attribute(
            c.SIGNATURE_STAMP, sig.token(b"other", 30)))
    book.add(item, "pdf-sound", doc(), "-", "F", verdicts="TOTAL-PASSED",
             ext="pdf")
    book.add(item, "pdf-other-data", doc(data=b"other"), "digest-mismatch",
             ext="pdf")
    book.add(item, "pdf-no-reference", doc(ess=[]),
             "signing-certificate-missing", "I", ext="pdf")
    book.add(item, "pdf-inside", doc(attached=True), "cms-invalid",
             ext="pdf")
    book.add(item, "pdf-two-signers", doc(second), "cms-invalid", ext="pdf")
    book.add(item, "pdf-ber", doc(lambda sig: c.ber(sig.pack())),
             "cms-invalid", "S", ext="pdf")
    book.add(item, "pdf-signing-time", doc(claimed=SIGNING),
             "attribute-invalid", "S", ext="pdf")
    book.add(item, "pdf-stamp-other", doc(hooks={"unsigned": foreign}),
             STAMP_CODES, "I", ext="pdf")


def run(stage, book):
    book.section = "cms"
    m = Maker(stage)
    for part in (contents, attributes, certificates, algorithms, encodings,
                 timestamps, revocation, in_asic_s, manifests, in_pdf):
        part(m, book)
