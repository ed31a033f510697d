"""Certificates and lists written byte by byte, so that each rule of RFC 5280
can be broken alone.  For tests only: keys are made afresh and thrown away.
"""
import hashlib
import ipaddress
import os

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

# ---- DER


def tlv(tag, *parts):
    """One DER value; parts are bytes that stand one behind the other."""
    body = b"".join(parts)
    n = len(body)
    if n < 0x80:
        head = bytes([n])
    else:
        raw = n.to_bytes((n.bit_length() + 7) // 8, "big")
        head = bytes([0x80 | len(raw)]) + raw
    return bytes([tag]) + head + body


def seq(*parts):
    return tlv(0x30, *parts)


def integer(n):
    return tlv(0x02, n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted):
    arcs = [int(a) for a in dotted.split(".")]
    out = b""
    for a in [arcs[0] * 40 + arcs[1]] + arcs[2:]:
        digits = [a & 0x7f]
        while a > 0x7f:
            a >>= 7
            digits.append(0x80 | (a & 0x7f))
        out += bytes(reversed(digits))
    return tlv(0x06, out)


def boolean(v):
    return tlv(0x01, b"\xff" if v else b"\x00")


def octets(b):
    return tlv(0x04, b)


def bits(b, unused=0):
    return tlv(0x03, bytes([unused]), b)


def named_bits(*numbers):
    """A BIT STRING of named bits without zeros at its end."""
    if not numbers:
        return tlv(0x03, b"\x00")
    size = max(numbers) // 8 + 1
    raw = bytearray(size)
    for n in numbers:
        raw[n // 8] |= 0x80 >> (n % 8)
    unused = 7 - max(numbers) % 8
    return bits(bytes(raw), unused)


def name(*pairs):
    """A Name of (attribute OID, UTF-8 text)."""
    return seq(*[tlv(0x31, seq(oid(o), tlv(0x0c, v.encode())))
                 for o, v in pairs])


CN = "2.5.4.3"
MAIL = "1.2.840.113549.1.9.1"


def cn(text):
    return name((CN, text))


def when(text):
    """"2024-01-01T00:00:00Z" as UTCTime before 2050, else GeneralizedTime."""
    digits = "".join(c for c in text if c.isdigit())
    if text < "2050":
        return tlv(0x17, (digits[2:] + "Z").encode())
    return tlv(0x18, (digits + "Z").encode())


# ---- general names


def dns(s):
    return tlv(0x82, s.encode())


def mail(s):
    return tlv(0x81, s.encode())


def uri(s):
    return tlv(0x86, s.encode())


def ip(s):
    """An address, or a network for a constraint."""
    if "/" in s:
        n = ipaddress.ip_network(s)
        return tlv(0x87, n.network_address.packed, n.netmask.packed)
    return tlv(0x87, ipaddress.ip_address(s).packed)


def directory(n):
    return tlv(0xa4, n)


def other():
    """An otherName of a type nobody knows."""
    return tlv(0xa0, oid("1.3.6.1.4.1.99999.1"), tlv(0xa0, b"\x05\x00"))


# ---- extensions: (OID, critical, value)

KU_SIGN, KU_NR, KU_CERT, KU_CRL = 0, 1, 5, 6
UNKNOWN = "1.3.6.1.4.1.99999.2"


def ext(number, critical, value):
    dotted = number if isinstance(number, str) else f"2.5.29.{number}"
    return (dotted, critical, value)


def key_usage(*numbers, critical=True):
    return ext(15, critical, named_bits(*numbers))


def basic(ca, length=None, critical=True):
    parts = [boolean(True)] if ca else []
    if length is not None:
        parts.append(integer(length))
    return ext(19, critical, seq(*parts))


def ski(raw, critical=False):
    return ext(14, critical, octets(raw))


def aki(raw, critical=False):
    return ext(35, critical, seq(tlv(0x80, raw)))


def san(*names, critical=False):
    return ext(17, critical, seq(*names))


def constraints(permitted=(), excluded=(), critical=True):
    parts = []
    for tag, names in ((0xa0, permitted), (0xa1, excluded)):
        if names:
            parts.append(tlv(tag, *[seq(n) for n in names]))
    return ext(30, critical, seq(*parts))


def eku(*oids, critical=False):
    return ext(37, critical, seq(*[oid(o) for o in oids]))


def policies(*oids, critical=False):
    return ext(32, critical, seq(*[seq(oid(o)) for o in oids]))


def policy_constraints(explicit=None, mapping=None, critical=True):
    parts = []
    for tag, n in ((0x80, explicit), (0x81, mapping)):
        if n is not None:
            parts.append(tlv(tag, bytes([n])))
    return ext(36, critical, seq(*parts))


def inhibit_any(n, critical=True):
    return ext(54, critical, integer(n))


def crldp(*names):
    return ext(31, False, seq(seq(tlv(0xa0, tlv(0xa0, *names)))))


def extension(e):
    dotted, critical, value = e
    return seq(oid(dotted), boolean(True) if critical else b"", octets(value))


# ---- certificates

ECDSA_SHA256 = seq(oid("1.2.840.10045.4.3.2"))
ECDSA_SHA384 = seq(oid("1.2.840.10045.4.3.3"))
BEFORE, AFTER = "2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z"


class Key:
    """A P-256 key."""

    def __init__(self):
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.spki = self.private.public_key().public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo)
        self.id = hashlib.sha1(self.spki[-65:]).digest()

    def sign(self, data):
        return self.private.sign(data, ec.ECDSA(hashes.SHA256()))


class Cert:
    """A certificate and the key it certifies."""

    def __init__(self, der, key, subject):
        self.der, self.key, self.subject = der, key, subject


def serial_number():
    return int.from_bytes(os.urandom(15), "big") | 1 << 118


def certificate(subject, issuer, key, signer, exts, **more):
    """Signs one.  more: serial (an INTEGER's DER), version, before, after,
    inner and outer (AlgorithmIdentifier), tail (bytes behind the TBS)."""
    version = more.get("version", 3)
    inner = more.get("inner", ECDSA_SHA256)
    tbs = seq(
        tlv(0xa0, integer(version - 1)) if version > 1 else b"",
        more.get("serial", integer(serial_number())),
        inner, issuer,
        seq(more.get("before_der") or when(more.get("before", BEFORE)),
            more.get("after_der") or when(more.get("after", AFTER))),
        subject, key.spki,
        tlv(0xa3, seq(*[extension(e) for e in exts])) if exts else b"")
    return Cert(seq(tbs, more.get("outer", inner), bits(signer.sign(tbs))),
                key, subject)


def change(exts, drop=(), add=(), **_):
    """Extensions without those of the numbers in drop, and with add; one in
    add takes the place of one with its OID."""
    gone = {f"2.5.29.{n}" for n in drop} | {a[0] for a in add}
    return [e for e in exts if e[0] not in gone] + list(add)


def root(**o):
    """A self-signed CA.  o: subject, key, drop, add, and certificate's."""
    key = o.pop("key", None) or Key()
    subject = o.pop("subject", cn("Root"))
    exts = change([basic(True), key_usage(KU_CERT, KU_CRL), ski(key.id)], **o)
    return certificate(subject, o.pop("issuer", subject), key, key, exts, **o)


def ca(parent, text="CA", length=None, **o):
    """A CA below parent."""
    key = o.pop("key", None) or Key()
    subject = o.pop("subject", cn(text))
    exts = change([basic(True, length), key_usage(KU_CERT, KU_CRL),
                   ski(key.id), aki(parent.key.id)], **o)
    return certificate(subject, o.pop("issuer", parent.subject), key,
                       o.pop("signer", parent.key), exts, **o)


def leaf(parent, **o):
    """An end certificate for signing documents."""
    key = o.pop("key", None) or Key()
    subject = o.pop("subject", cn("Leaf"))
    exts = change([key_usage(KU_NR), ski(key.id), aki(parent.key.id)], **o)
    return certificate(subject, o.pop("issuer", parent.subject), key,
                       o.pop("signer", parent.key), exts + o.pop("again", []),
                       **o)


# ---- lists


def entry(serial, at="2023-12-01T00:00:00Z", exts=()):
    return seq(integer(serial) if isinstance(serial, int) else serial,
               when(at), seq(*[extension(e) for e in exts]) if exts else b"")


def crl_number(n=7, critical=False):
    return ext(20, critical, integer(n))


def idp(*parts):
    return ext(28, True, seq(*parts))


def crl(issuer, entries=(), exts=None, **o):
    """A list of issuer.  o: signer, this, next, name."""
    key = o.get("signer", issuer.key)
    if exts is None:
        exts = [crl_number(), aki(issuer.key.id)]
    after = o.get("next", "2024-02-01T00:00:00Z")
    tbs = seq(integer(1), ECDSA_SHA256, o.get("name", issuer.subject),
              when(o.get("this", "2023-12-15T00:00:00Z")),
              when(after) if after else b"",
              seq(*entries) if entries else b"",
              tlv(0xa0, seq(*[extension(e) for e in exts])) if exts else b"")
    return seq(tbs, ECDSA_SHA256, bits(key.sign(tbs)))
