"""Attacks on time-stamps and revocation data."""

import base64

import crl
import ocsp
import tsa
from signing import flip
from stage import NEVER, SIGNING, TEXT, container, later, xades
from xades import NS, add_timestamp, b64, find

MISSING = "ocsp-invalid,revocation-missing"
CRL_CODES = "crl-invalid,revocation-missing"


def timestamps(stage, book):
    item = "time-stamp over another signature's value"
    codes = "timestamp-imprint"
    box = container.asic_e(stage.pki, [TEXT], [
        dict(signer="citizen"), dict(signer="citizen2")])
    first = xades.etree.fromstring(box.get("META-INF/signatures0.xml").data)
    token = first.find(".//xades:EncapsulatedTimeStamp", NS).text

    def foreign_token(sig):
        find(sig, ".//xades:EncapsulatedTimeStamp").text = token
    entry = box.get("META-INF/signatures1.xml")
    top = xades.etree.fromstring(entry.data)
    foreign_token(top)
    entry.data = xades.to_bytes(top)
    book.add(item, "stamp-other-file", box.pack(), codes, "I")

    box = container.asic_e(stage.pki, [TEXT], [dict(
        signer="citizen", more=[dict(signer="citizen2")])])
    entry = box.get("META-INF/signatures0.xml")
    top = xades.etree.fromstring(entry.data)
    stamps = [s.find(".//xades:EncapsulatedTimeStamp", NS)
              for s in top.findall("ds:Signature", NS)]
    stamps[0].text, stamps[1].text = stamps[1].text, stamps[0].text
    entry.data = xades.to_bytes(top)
    book.add(item, "stamp-swapped", box.pack(), codes, "I")

    def replaced(token_of):
        """A T+LT signature whose token is token_of(job, imprint)."""
        def hook(job, sig):
            over = xades.canonical(find(sig, "ds:SignatureValue"), "exc")
            find(sig, ".//xades:EncapsulatedTimeStamp").text = b64(
                token_of(job, over))
        return stage.box(hooks={"unsigned": hook}).pack()

    def token_by(name, data=None, **opts):
        def function(job, over):
            return tsa.token(over if data is None else data, job.pki[name],
                             job.pki.chain(name), job.after(30), **opts)
        return function
    rows = (
        ("data", token_by("tsa", TEXT[1]), codes),
        ("signature", token_by("tsa", bad_signature=True),
         "timestamp-invalid"),
        ("digest", token_by("tsa", bad_digest=True), "timestamp-invalid"),
        ("type", token_by("tsa", wrong_type=True), "timestamp-invalid"),
        ("ess", token_by("tsa", ess=stage.pki["tsa-rsa"]),
         "timestamp-invalid"),
        ("no-ess", token_by("tsa", ess=False), "timestamp-invalid"),
        ("eku", token_by("tsa-wrong-eku"),
         "timestamp-policy,timestamp-untrusted"),
        ("eku-soft", token_by("tsa-not-critical"),
         "timestamp-policy,timestamp-untrusted"),
        ("eku-two", token_by("tsa-two-eku"),
         "timestamp-policy,timestamp-untrusted"),
        ("signer", token_by("citizen"),
         "timestamp-policy,timestamp-untrusted"),
        ("expired", token_by("tsa-expired"), "timestamp-untrusted"),
        ("foreign", token_by("foreign-tsa"), "timestamp-untrusted"),
        ("sha1", token_by("tsa", digest_name="sha1"),
         "timestamp-invalid,timestamp-untrusted,algorithm-expired"),
        ("trailing", lambda job, over: token_by("tsa")(job, over) + b"\0",
         "timestamp-invalid,base64-invalid,attribute-invalid"),
        ("garbage", lambda job, over: b"\x30\x03\x02\x01\x01",
         "timestamp-invalid,attribute-invalid"))
    for name, function, wanted in rows:
        book.add(item, f"stamp-{name}", replaced(function), wanted, "I",
                 verdicts=NEVER)

    def second_token(job, sig):
        stamp = find(sig, ".//xades:SignatureTimeStamp")
        xades.add(stamp, "xades:EncapsulatedTimeStamp",
                  find(stamp, "xades:EncapsulatedTimeStamp").text)
    book.add(item, "stamp-two-tokens", stage.box(
        hooks={"final": second_token}).pack(),
        "attribute-invalid,timestamp-invalid,sig-structure,"
        "timestamp-duplicate", verdicts=NEVER)

    def archive_first(job, sig):
        xades.archive_timestamp(job, sig, when=later(seconds=-600))
    book.add(item, "stamp-order", stage.box(
        hooks={"final": archive_first}).pack(),
        "timestamp-order", "I", verdicts=NEVER)

    def archive_foreign(job, sig):
        box = xades.unsigned_box(sig)
        token = tsa.token(b"other", job.pki["tsa"], [], job.after(7200))
        node = add_timestamp(box, "xades141:ArchiveTimeStamp", token)
        node.set("Id", "ats")
    book.add(item, "stamp-archive", stage.box(
        hooks={"final": archive_foreign}).pack(), codes, "F")


def ocsp_identity(stage, book):
    pki = stage.pki

    def one(**opts):
        return stage.box(ocsp_opts=opts).pack()
    item = "OCSP for another serial"
    book.add(item, "ocsp-serial", one(serial=4711), MISSING, "I")
    wrong = ocsp.respond(pki["citizen2"], pki["citizen-ca"], pki["ocsp"],
                         later(seconds=60))
    book.add(item, "ocsp-citizen2", stage.box(ocsps=[wrong]).pack(),
             MISSING, "I")
    book.add(item, "ocsp-serial-sha256",
             one(serial=pki["citizen"].cert.serial_number + (1 << 64),
                 hash_name="sha256"), MISSING, "I")
    item = "OCSP for another issuer hash"
    book.add(item, "ocsp-key-hash", one(key_of=pki["foreign-ca"]), MISSING,
             "I")
    book.add(item, "ocsp-name-hash", one(name_of=pki["business-ca"]),
             MISSING, "I")
    book.add(item, "ocsp-both-hashes",
             one(name_of=pki["policy-ca"], key_of=pki["policy-ca"],
                 hash_name="sha256"), MISSING, "I")
    item = "OCSP from a responder without EKU"
    codes = "ocsp-responder"
    book.add(item, "ocsp-no-eku", one(responder="ocsp-no-eku"), codes, "I")
    book.add(item, "ocsp-self", one(responder="citizen"), codes, "I")
    book.add(item, "ocsp-citizen2-signs", one(responder="citizen2"), codes,
             "I")
    book.add(item, "ocsp-sibling-ca", one(responder="ocsp-sibling"), codes,
             "I")
    book.add(item, "ocsp-foreign", one(responder="foreign-ocsp"),
             codes + ",ocsp-invalid", "I")
    book.add(item, "ocsp-tsa", one(responder="tsa"), codes, "I")
    book.add(item, "ocsp-named", one(responder="ocsp-no-eku",
                                     named=pki["ocsp"],
                                     certs=[pki["ocsp"]]),
             codes + ",ocsp-invalid", "I")
    book.add(item, "ocsp-no-certificate",
             one(responder="ocsp-no-eku", certs=[], by_key=True),
             codes + ",ocsp-invalid", "I")
    book.add(item, "ocsp-bad-signature", one(bad_signature=True),
             codes + ",ocsp-invalid", "I")
    book.add(item, "ocsp-no-signature", one(empty_signature=True),
             codes + ",ocsp-invalid", "I")
    item = "OCSP for another serial"
    book.add(item, "ocsp-tampered", stage.box(
        signer="revoked", ocsp_opts=dict(
            status="revoked", revoked_at=later(days=-9),
            tamper="status")).pack(), "ocsp-invalid,ocsp-responder", "I")
    book.add(item, "ocsp-unknown", one(status="unknown"),
             "certificate-status-unknown", "I")
    book.add(item, "ocsp-try-later", one(http_status="try_later"), MISSING,
             "I")


def lists(stage, book):
    """The signer's status by a CRL of its own CA instead of OCSP."""
    pki = stage.pki
    ca = pki["citizen-ca"]
    when = later(seconds=90)
    upper = [crl.make(pki[n], when) for n in ("policy-ca", "root")]

    def one(*ders, signer="citizen", **opts):
        return stage.box(signer=signer, ocsps=[], crls=[*ders, *upper],
                         **opts).pack()
    item = "stale CRL"
    old = later(days=-120)
    book.add(item, "crl-stale", one(crl.make(ca, old)),
             "revocation-stale,revocation-missing,"
             "revocation-before-signing", "I")
    book.add(item, "crl-stale-upper", stage.box(
        crls=[crl.make(pki["policy-ca"], old), upper[1]]).pack(),
        "revocation-stale,revocation-missing,revocation-before-signing",
        "I")
    book.add(item, "crl-future", one(crl.make(ca, later(days=9))),
             "crl-invalid,revocation-missing,revocation-stale", "I")
    item = "unsigned CRL"
    book.add(item, "crl-bad-signature",
             one(crl.make(ca, when, bad_signature=True)), CRL_CODES, "I")
    body = crl.make(ca, when)
    book.add(item, "crl-tampered", one(flip(body, len(body) // 4)),
             CRL_CODES, "I")
    book.add(item, "crl-foreign", one(crl.make(pki["foreign-ca"], when)),
             CRL_CODES, "I")
    book.add(item, "crl-other-ca", one(crl.make(pki["business-ca"], when)),
             CRL_CODES, "I")
    book.add(item, "crl-named", one(crl.make(pki["business-ca"], when,
                                             named=ca)), CRL_CODES, "I")
    book.add(item, "crl-critical",
             one(crl.make(ca, when, unknown_critical=True)), CRL_CODES, "I")
    book.add(item, "crl-no-number", one(crl.make(ca, when, number=None)),
             CRL_CODES, "I")
    book.add(item, "crl-garbage", one(b"\x30\x03\x02\x01\x01"), CRL_CODES,
             "I")
    item = "delta CRL"
    book.add(item, "crl-delta-alone",
             one(crl.make(ca, when, number=8, delta_base=7)), CRL_CODES,
             "I")
    revoked = pki["revoked"]
    row = [(revoked, later(days=-9), "key_compromise")]
    book.add(item, "crl-delta-revokes", one(
        crl.make(ca, when, number=7),
        crl.make(ca, when, row, number=8, delta_base=7), signer="revoked"),
        "certificate-revoked," + CRL_CODES, "I")
    book.add(item, "crl-delta-other-base", one(
        crl.make(ca, old, number=3),
        crl.make(ca, when, number=8, delta_base=7)),
        CRL_CODES + ",revocation-stale,revocation-before-signing", "I")
    for name, opts in (("user-ca", {"only_ca": True}),
                       ("attribute", {"only_attribute": True}),
                       ("reasons", {"only_reasons": ["key_compromise"]}),
                       ("point", {"point": "http://pki.mohur.test/other"})):
        book.add(item, f"crl-scope-{name}", one(crl.make(ca, when, **opts)),
                 CRL_CODES, "I")
    book.add(item, "crl-indirect", one(crl.make(
        pki["business-ca"], when, indirect=True)), CRL_CODES, "I")
    item = "revocation before BST"
    book.add(item, "crl-revoked", one(crl.make(ca, when, row),
                                      signer="revoked"),
             "certificate-revoked", "I")
    hold = [(pki["suspended"], later(days=-2), "certificate_hold")]
    book.add(item, "crl-hold", one(crl.make(ca, when, hold),
                                   signer="suspended"),
             "certificate-on-hold", "I")
    up = [crl.make(pki["policy-ca"], when,
                   [(ca, later(days=-9), "ca_compromise")]), upper[1]]
    book.add(item, "crl-ca-revoked", stage.box(crls=up).pack(),
             "certificate-revoked", "I")
    up = [crl.make(pki["policy-ca"], when,
                   [(pki["tsa"], later(days=-9), "key_compromise")]),
          upper[1]]
    book.add(item, "crl-tsa-revoked", stage.box(crls=up).pack(),
             "certificate-revoked,timestamp-untrusted", "I")
    # RFC 3161 4: a stolen key, or no reason, undoes the earlier tokens too.
    for name, reason in (("stolen", "key_compromise"), ("silent", None)):
        up = [crl.make(pki["policy-ca"], later(days=2),
                       [(pki["tsa"], later(days=1), reason)]), upper[1]]
        book.add(item, f"crl-tsa-{name}", stage.box(crls=up).pack(),
                 "timestamp-untrusted", "I", time=later(days=3))
        book.add(item, f"token-tsa-{name}", container.asic_s_token(
            pki, TEXT, SIGNING, crls=up).pack(), "timestamp-untrusted", "I",
            time=later(days=3), ext="asics")
    up = [crl.make(pki["policy-ca"], later(days=2),
                   [(pki["tsa"], later(days=1), "superseded")]), upper[1]]
    book.add(item, "crl-tsa-replaced", stage.box(crls=up).pack(), "-", "F",
             time=later(days=3), verdicts="TOTAL-PASSED")


def revocation_time(stage, book):
    item = "revocation before BST"

    def revoked(when, reason="key_compromise", signer="revoked", **opts):
        return stage.box(signer=signer, ocsp_opts=dict(
            status="revoked", revoked_at=when, reason=reason,
            **opts)).pack()
    book.add(item, "revoked-days", revoked(later(days=-9)),
             "certificate-revoked", "I")
    book.add(item, "revoked-second", revoked(later(seconds=29)),
             "certificate-revoked", "I")
    book.add(item, "revoked-at-stamp", revoked(later(seconds=30)),
             "certificate-revoked", "I")
    book.add(item, "suspended", revoked(
        later(days=-2), "certificate_hold", "suspended"),
        "certificate-on-hold", "I")
    book.add(item, "revoked-no-stamp", stage.box(
        signer="revoked", level="LT", hooks={"unsigned": drop_stamp},
        ocsp_opts=dict(status="revoked", revoked_at=later(hours=3),
                       produced_at=later(hours=4))).pack(),
        "certificate-revoked,revocation-stale,timestamp-missing", "I")
    book.add(item, "answer-before-stamp", stage.box(
        ocsp_opts=dict(produced_at=later(seconds=-3600))).pack(),
        "revocation-before-signing,revocation-stale,revocation-missing",
        "I")
    # A date after the time-stamp shows nothing when the answer is older than
    # the time-stamp, or younger than the moment that is judged.
    book.add(item, "postdated-before-stamp", revoked(
        later(days=30), produced_at=later(seconds=-3600)),
        "revocation-before-signing,revocation-stale,revocation-missing", "I")
    book.add(item, "postdated-list", stage.box(
        signer="revoked", ocsps=[], crls=[
            crl.make(stage.pki["citizen-ca"], later(seconds=-3600),
                     [(stage.pki["revoked"], later(days=30),
                       "key_compromise")])]).pack(),
        CRL_CODES + ",revocation-before-signing,revocation-stale,"
        "revocation-missing", "I")
    book.add(item, "answer-of-tomorrow", revoked(
        later(days=3), produced_at=later(days=4)),
        "revocation-stale,revocation-missing", "I")
    good = ocsp.respond(stage.pki["revoked"], stage.pki["citizen-ca"],
                        stage.pki["ocsp"], later(seconds=-7200))
    bad = ocsp.respond(stage.pki["revoked"], stage.pki["citizen-ca"],
                       stage.pki["ocsp"], later(seconds=60),
                       status="revoked", revoked_at=SIGNING,
                       reason="key_compromise")
    for name, both in (("good-first", [good, bad]),
                       ("bad-first", [bad, good])):
        book.add(item, f"answers-{name}", stage.box(
            signer="revoked", ocsps=both).pack(), "certificate-revoked",
            "I")


def drop_stamp(_job, sig):
    node = find(sig, ".//xades:SignatureTimeStamp")
    node.getparent().remove(node)


def chains(stage, book):
    """Paths that end nowhere or break a rule, kept with the responders."""
    item = "SigningCertificate digest of another certificate"
    book.add(item, "chain-foreign", stage.box(
        signer="foreign", tsa="foreign-tsa").pack(), "chain-not-found",
        "I")
    book.add(item, "chain-foreign-key-info", stage.box(
        signer="foreign", key_info=["foreign", "citizen-ca", "policy-ca"]
    ).pack(), "chain-not-found,chain-invalid", "I")
    under = stage.box(signer="under-leaf", crls=[], ocsps=[])
    book.add(item, "chain-under-leaf", under.pack(),
             "chain-invalid,chain-not-found", "I")
    lost = stage.box(certs=[])
    book.add(item, "chain-no-intermediates", lost.pack(),
             "chain-not-found,revocation-missing", "I")
    item = "KeyValue ≠ X509"
    book.add(item, "usage-authentication", stage.box(
        signer="no-nonrepudiation").pack(), "key-usage", "S",
        strict="TOTAL-FAILED,REFUSED,INDETERMINATE")
    wrong_key = stage.box(signing_key=stage.pki["citizen2"].key)
    book.add(item, "key-of-another", wrong_key.pack(), "signature-mismatch")
    box = stage.plain()
    entry = box.get("META-INF/signatures0.xml")
    top = xades.etree.fromstring(entry.data)
    node = find(top, ".//ds:SignatureValue")
    node.text = b64(flip(base64.b64decode(node.text)))
    entry.data = xades.to_bytes(top)
    book.add(item, "value-flipped", box.pack(), "signature-mismatch")


def run(stage, book):
    book.section = "xml"
    for part in (timestamps, ocsp_identity, lists, revocation_time, chains):
        part(stage, book)
