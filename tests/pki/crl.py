"""Certificate revocation lists (RFC 5280 section 5), right and wrong."""

import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pki import digest_for
from signing import flip


def make(issuer, this_update, revoked=(), **opts):
    """The DER of a CRL by `issuer` (an Entity).

    revoked      (Entity or serial, time, reason name or None[, Entity that
                 issued it]) rows; the fourth makes an indirect list
    next_update  default this_update + 30 days
    number       CRLNumber (None: absent)
    delta_base   BaseCRLNumber: makes it a delta list
    indirect, only_user, only_ca, only_attribute, only_reasons
                 fields of the issuing distribution point; point: its URL
    named        Entity whose name stands as issuer
    bad_signature, unsigned
    unknown_critical  adds a critical extension nobody knows
    """
    next_update = opts.get("next_update") or \
        this_update + dt.timedelta(days=30)
    named = opts.get("named") or issuer
    build = (x509.CertificateRevocationListBuilder()
             .issuer_name(named.cert.subject)
             .last_update(this_update).next_update(next_update))
    number = opts.get("number", 7)
    if number is not None:
        build = build.add_extension(x509.CRLNumber(number), False)
    build = build.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(
            issuer.key.public_key()), False)
    if opts.get("delta_base") is not None:
        build = build.add_extension(
            x509.DeltaCRLIndicator(opts["delta_base"]), True)
    build = add_point(build, opts)
    if opts.get("unknown_critical"):
        build = build.add_extension(x509.UnrecognizedExtension(
            x509.ObjectIdentifier("2.999.1.99"), b"\x05\x00"), True)
    for row in revoked:
        build = build.add_revoked_certificate(revoked_entry(*row))
    der = build.sign(issuer.key, digest_for(issuer.key)).public_bytes(
        Encoding.DER)
    return flip(der) if opts.get("bad_signature") else der


def add_point(build, opts):
    names = ("indirect", "only_user", "only_ca", "only_attribute",
             "only_reasons", "point")
    if not any(opts.get(n) for n in names):
        return build
    full = None
    if opts.get("point"):
        full = [x509.UniformResourceIdentifier(opts["point"])]
    reasons = opts.get("only_reasons")
    return build.add_extension(x509.IssuingDistributionPoint(
        full, None, bool(opts.get("only_user")), bool(opts.get("only_ca")),
        frozenset(x509.ReasonFlags[r] for r in reasons) if reasons else None,
        bool(opts.get("indirect")), bool(opts.get("only_attribute"))), True)


def revoked_entry(who, when, reason=None, issued_by=None):
    serial = who if isinstance(who, int) else who.cert.serial_number
    entry = (x509.RevokedCertificateBuilder().serial_number(serial)
             .revocation_date(when))
    if reason:
        entry = entry.add_extension(
            x509.CRLReason(x509.ReasonFlags[reason]), False)
    if issued_by is not None:
        entry = entry.add_extension(x509.CertificateIssuer(
            [x509.DirectoryName(issued_by.cert.subject)]), True)
    return entry.build()
