#!/usr/bin/python3
"""Writes the seeds of the cert, revocation, tst and tl targets: from the
fixtures of tests/trust/data, and the broken paths of tests/trust/limbo.py
(with new keys each time)."""
import datetime as dt
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TRUST = HERE.parent / "tests" / "trust"
sys.path[:0] = [str(TRUST), str(TRUST.parent / "pki")]

import chains as c  # noqa: E402
import limbo  # noqa: E402
import tsa  # noqa: E402
from cryptography.hazmat.primitives import serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import (  # noqa: E402
    dsa, ec, ed448, ed25519, rsa)
from pki import SIGNING, Pki  # noqa: E402

DATA = TRUST / "data"
# Broken paths whose certificates or lists reach something of their own.
LISTS = ("crl-empty", "crl-of-others", "crl-revoked", "crl-on-hold",
         "crl-no-number", "crl-number-critical", "crl-old", "crl-from-later",
         "crl-signed-by-another", "crl-issuer-may-not", "crl-unknown-critical",
         "crl-extension-twice", "crl-entry-unknown-critical",
         "crl-entry-twice", "crl-no-next-update", "crl-point-same",
         "crl-point-other", "crl-point-not-in-certificate", "crl-only-users",
         "crl-only-cas", "crl-only-attributes", "crl-only-some-reasons")


def put(folder, name, data):
    path = HERE / "seeds" / folder
    path.mkdir(parents=True, exist_ok=True)
    (path / name).write_bytes(data)


def values(*items):
    return b"".join(len(i).to_bytes(2, "big") + i for i in items)


def cert(name):
    return (DATA / f"cert-{name}.der").read_bytes()


class Plain:
    """A public key of any kind, for a certificate about it."""

    def __init__(self, public):
        self.spki = public.public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo)
        self.id = b"\x01" * 20


def keys():
    """(name, key) of every kind that there is."""
    yield "rsa", rsa.generate_private_key(65537, 1024).public_key()
    yield "dsa", dsa.generate_private_key(1024).public_key()
    yield "p384", ec.generate_private_key(ec.SECP384R1()).public_key()
    yield "brainpool", ec.generate_private_key(
        ec.BrainpoolP256R1()).public_key()
    yield "p224", ec.generate_private_key(ec.SECP224R1()).public_key()
    yield "ed25519", ed25519.Ed25519PrivateKey.generate().public_key()
    yield "ed448", ed448.Ed448PrivateKey.generate().public_key()


def pss(digest="2.16.840.1.101.3.4.2.1", salt=32):
    """RSASSA-PSS with its parameters."""
    alg = c.seq(c.oid(digest), b"\x05\x00")
    return c.seq(c.oid("1.2.840.113549.1.1.10"), c.seq(
        c.tlv(0xa0, alg),
        c.tlv(0xa1, c.seq(c.oid("1.2.840.113549.1.1.8"), alg)),
        c.tlv(0xa2, c.integer(salt)), c.tlv(0xa3, c.integer(1))))


def everything():
    """A certificate with every extension and kind of attribute."""
    names = [c.dns("example.com"), c.mail("a@example.com"),
             c.uri("http://example.com/x"), c.ip("192.0.2.1"), c.other(),
             c.directory(c.cn("x"))]
    mapping = c.ext(33, True, c.seq(c.seq(c.oid("1.2.3"), c.oid("1.2.4"))))
    aia = c.seq(c.seq(c.oid("1.3.6.1.5.5.7.48.1"), c.uri("http://ocsp")),
                c.seq(c.oid("1.3.6.1.5.5.7.48.2"), c.uri("https://ca")))
    qc = c.seq(c.seq(c.oid("0.4.0.1862.1.1")), c.seq(c.oid("0.4.0.1862.1.4")),
               c.seq(c.oid("0.4.0.1862.1.6"), c.seq(
                   *[c.oid(f"0.4.0.1862.1.6.{n}") for n in (1, 2, 3)])))
    parts = [(f"2.5.4.{n}", f"v{n}") for n in
             (3, 4, 5, 6, 7, 8, 10, 11, 12, 42, 97)]
    subject = c.name(*parts, (c.MAIL, "a@example.com"),
                     ("0.9.2342.19200300.100.1.25", "com"))
    strings = [(0x13, b"P"), (0x14, b"\xe9"), (0x16, b"I"), (0x12, b"1"),
               (0x1a, b"V"), (0x1c, b"\0\0\2\x59"), (0x1e, b"\2\x59")]
    odd = c.seq(*[c.tlv(0x31, c.seq(c.oid(c.CN), c.tlv(t, v)))
                  for t, v in strings])
    key = c.Key()
    exts = [c.basic(True, 3), c.key_usage(0, 1, 2, 3, 4, 5, 6), c.ski(key.id),
            c.ext(35, False, c.seq(c.tlv(0x80, key.id),
                                   c.tlv(0xa1, c.directory(odd)),
                                   c.tlv(0x82, b"\x01"))),
            c.san(*names, critical=True),
            c.constraints([c.dns("example.com"), c.ip("192.0.2.0/24"),
                           c.mail(".example.com"), c.uri(".example.com"),
                           c.directory(subject)], [c.other()]),
            c.eku("1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.9", "2.5.29.37.0",
                  "1.2.3"), c.policies("1.2.3", "2.5.29.32.0"), mapping,
            c.policy_constraints(1, 2), c.inhibit_any(1),
            c.crldp(c.uri("http://crl")), c.ext("1.3.6.1.5.5.7.1.1", False,
                                                aia),
            c.ext("1.3.6.1.5.5.7.1.3", False, qc),
            c.ext("1.3.6.1.5.5.7.48.1.5", False, b"\x05\x00"),
            c.ext(18, False, c.seq(*names)),
            c.ext(c.UNKNOWN, True, b"\x05\x00")]
    put("cert", "everything", c.certificate(subject, odd, key, key, exts).der)
    put("cert", "ku-zero-bits", c.certificate(subject, subject, key, key, [
        c.ext(15, True, c.bits(b"\x06\x00"))]).der)


def certificates():
    everything()
    top = c.root()
    for name, key in keys():
        put("cert", "key-" + name, c.leaf(top, key=Plain(key)).der)
    for name, alg in (("pss", pss()), ("pss-salt", pss(salt=20)),
                      ("pss-empty", c.seq(c.oid("1.2.840.113549.1.1.10"),
                                          c.seq())),
                      ("unknown", c.seq(c.oid("1.2.3"))),
                      ("null", c.seq(c.oid("1.2.840.10045.4.3.2"),
                                     b"\x05\x00")),
                      ("parameters", c.seq(c.oid("1.2.840.10045.4.3.2"),
                                           c.seq()))):
        put("cert", "algorithm-" + name, c.leaf(top, inner=alg).der)
    for case in limbo.CASES:
        if case.clause.startswith("4.") and not case.valid and \
                not case.name.startswith(("expired", "not-yet", "policy")):
            one = case.cas[0] if "-ca" in case.name or \
                case.name.startswith(("ca-", "nc-", "path-length")) \
                else case.end
            put("cert", case.name, one.der)


def revocation():
    for case in limbo.CASES:
        if case.name in LISTS:
            put("revocation", case.name, values(
                case.anchors[0].der, case.end.der, *case.crls))
    issuer, end = cert("citizen-ca"), cert("citizen")
    help_ = [cert("ocsp"), cert("ocsp-sibling")]
    for path in sorted(DATA.glob("ocsp-*.der")) + sorted(
            DATA.glob("crl-*.der")):
        put("revocation", path.stem,
            values(issuer, end, path.read_bytes(), *help_))
    put("revocation", "delta", values(
        issuer, end, (DATA / "crl-empty.der").read_bytes(),
        (DATA / "crl-delta-revoked.der").read_bytes()))
    put("revocation", "delta-remove", values(
        issuer, end, (DATA / "crl-hold.der").read_bytes(),
        (DATA / "crl-delta-remove.der").read_bytes()))
    indirect()


def indirect():
    """Lists of another issuer, points with every form of name."""
    top = c.root()
    lister = c.ca(top, "Lister")
    names = c.tlv(0xa0, c.directory(lister.subject))
    relative = c.tlv(0xa1, c.seq(c.oid(c.CN), c.tlv(0x0c, b"Part")))
    whole = c.tlv(0xa0, c.uri("http://crl/a"))
    issuer = c.tlv(0xa2, c.directory(lister.subject))
    for n, point, about in (
            ("full", whole, whole), ("relative", relative, relative),
            ("directory", names, names),
            ("no-name", b"", c.tlv(0xa0, c.directory(lister.subject)))):
        dp = c.seq(c.seq(c.tlv(0xa0, point) if point else b"", issuer))
        end = c.leaf(top, add=[c.ext(31, False, dp)],
                     serial=c.integer(4242))
        who = c.ext(29, True, c.seq(c.directory(top.subject)))
        exts = [c.crl_number(), c.aki(lister.key.id),
                c.idp(c.tlv(0xa0, about), c.tlv(0x84, b"\xff"))]
        entries = [c.entry(5), c.entry(4242, exts=[
            who, c.ext(21, False, c.tlv(0x0a, b"\x01")),
            c.ext(24, False, c.tlv(0x18, b"20231130000000Z")),
            c.ext(23, False, c.oid("1.2.3"))])]
        put("revocation", "indirect-" + n, values(
            top.der, end.der, c.crl(lister, entries, exts), lister.der))


def indefinite(der):
    """The same BER value with indefinite lengths on its outer levels."""
    head = 2 + (der[1] & 0x7f if der[1] & 0x80 else 0)
    body, out = der[head:], b""
    while body:
        n = body[1]
        size = 2 + n
        if n & 0x80:
            k = n & 0x7f
            size = 2 + k + int.from_bytes(body[2:2 + k], "big")
        part, body = body[:size], body[size:]
        out += indefinite(part) if part[0] == 0x30 or part[0] == 0xa0 \
            else part
    return bytes([der[0], 0x80]) + out + b"\0\0"


def tokens():
    for path in DATA.glob("tst-*.der"):
        put("tst", path.stem, path.read_bytes())
    good = (DATA / "tst-good.der").read_bytes()
    put("tst", "ber", indefinite(good))
    put("tst", "ber-cut", indefinite(good)[:-3])
    with tempfile.TemporaryDirectory() as folder:
        p = Pki.open(pathlib.Path(folder))
        at = SIGNING + dt.timedelta(hours=1)
        for name, tsa_name, opts in (
                ("crls", "tsa", {"crls": [(DATA / "crl-empty.der")
                                          .read_bytes()]}),
                ("full", "tsa", {"accuracy": 1, "ordering": True,
                                 "nonce": 1 << 70}),
                ("sha512", "tsa", {"digest_name": "sha512"}),
                ("sha1", "tsa-rsa", {"digest_name": "sha1"}),
                ("late", "tsa-expired", {})):
            put("tst", name, tsa.token(b"data", p[tsa_name],
                                       [p["policy-ca"]], at, **opts))
    swap(good)


def swap(good):
    """The good token with single parts changed, so that each is refused."""
    for name, old, new in (
            ("version", b"\x02\x01\x01\x06", b"\x02\x01\x02\x06"),
            ("unsigned", b"\x31\x82", b"\x31\x83"),
            ("content-type", c.oid("1.2.840.113549.1.9.3"),
             c.oid("1.2.840.113549.1.9.9")),
            ("digest-attribute", c.oid("1.2.840.113549.1.9.4"),
             c.oid("1.2.840.113549.1.9.8")),
            ("digest-algorithm", c.oid("2.16.840.1.101.3.4.2.1"),
             c.oid("2.16.840.1.101.3.4.2.7")),
            ("signed-data", c.oid("1.2.840.113549.1.7.2"),
             c.oid("1.2.840.113549.1.7.3"))):
        put("tst", "other-" + name, good.replace(old, new))


def lists():
    for path in DATA.glob("tl-*.xml"):
        put("tl", path.stem, values(b"") + path.read_bytes())
        put("tl", path.stem + "-signed",
            values(cert("tl-signer")) + path.read_bytes())
    text = (DATA / "tl-v6.xml").read_bytes()
    put("tl", "changed", values(cert("tl-signer")) +
        text.replace(b"granted", b"Granted", 1))
    put("tl", "no-signature-value", values(cert("tl-signer")) +
        text.replace(b"SignatureValue", b"SignatureWorth"))


def main():
    limbo.make_all()
    for folder in ("cert", "revocation", "tst", "tl"):
        for old in (HERE / "seeds" / folder).glob("*"):
            old.unlink()
    for name in ("citizen", "citizen-rsa2048", "root", "tsa", "ocsp",
                 "bad-twice"):
        put("cert", name, cert(name))
    certificates()
    revocation()
    tokens()
    lists()
    return 0


if __name__ == "__main__":
    sys.exit(main())
