"""A test-only writer of CMS signatures with the attributes of CAdES.

Everything is put together byte by byte (RFC 5652, EN 319 122-1), so that a
test may make any part wrong.  A Signature is one SignerInfo and what it
brings; pack() joins one or several into a SignedData.
"""

import base64
import datetime as dt

import crl as crl_maker
import ocsp as ocsp_maker
import tsa as tsa_maker
from asn1crypto import core, x509
from cryptography.hazmat.primitives.asymmetric import ec
from pki import SIGNING
from signing import digest, sign_bytes

DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
COUNTER_SIGNATURE = "1.2.840.113549.1.9.6"
SMIME_AA = "1.2.840.113549.1.9.16.2."
ESS_V1, ESS_V2 = SMIME_AA + "12", SMIME_AA + "47"
SIGNATURE_STAMP, POLICY = SMIME_AA + "14", SMIME_AA + "15"
COMMITMENT, CONTENT_STAMP = SMIME_AA + "16", SMIME_AA + "20"
CERT_VALUES, REVOCATION_VALUES = SMIME_AA + "23", SMIME_AA + "24"
ARCHIVE_STAMP_V2, ARCHIVE_STAMP = SMIME_AA + "48", "0.4.0.1733.2.4"
HASH_INDEX, HASH_INDEX_V3 = "0.4.0.1733.2.5", "0.4.0.19122.1.5"
OCSP_RESPONSE = "1.3.6.1.5.5.7.16.2"
RSA, PSS, MGF1 = (f"1.2.840.113549.1.1.{n}" for n in (1, 10, 8))
HASHES = {"sha1": "1.3.14.3.2.26", "md5": "1.2.840.113549.2.5",
          "sha256": "2.16.840.1.101.3.4.2.1",
          "sha384": "2.16.840.1.101.3.4.2.2",
          "sha512": "2.16.840.1.101.3.4.2.3"}
ECDSA = {"sha1": "1.2.840.10045.4.1", "sha256": "1.2.840.10045.4.3.2",
         "sha384": "1.2.840.10045.4.3.3", "sha512": "1.2.840.10045.4.3.4"}
NULL = b"\x05\x00"
UTC = dt.timezone.utc


def tlv(tag, *parts):
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(body).to_bytes(size, "big") + body


def seq(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *sorted(parts))


def oid(dotted):
    return core.ObjectIdentifier(dotted).dump()


def integer(number):
    return core.Integer(number).dump()


def octets(data):
    return tlv(4, data)


def retag(tag, der):
    """The same content under an implicit tag."""
    return bytes([tag]) + der[1:]


def hash_alg(name):
    return seq(oid(HASHES[name]))


def attribute(kind, *values):
    return seq(oid(kind), set_of(*values))


def moment(when):
    return core.UTCTime(when.replace(tzinfo=UTC)).dump()


def signature_alg(key, name, salt=None):
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return seq(oid(ECDSA[name]))
    if salt is None:
        return seq(oid(RSA), NULL)
    one = seq(oid(HASHES[name]), NULL)
    return seq(oid(PSS), seq(tlv(0xa0, one), tlv(0xa1, seq(oid(MGF1), one)),
                             tlv(0xa2, integer(salt))))


def ess(entity, version=2, name="sha256", serial=None):
    """A SigningCertificate (version 1) or SigningCertificateV2."""
    body = b"" if version == 1 or name == "sha256" else hash_alg(name)
    body += octets(digest("sha1" if version == 1 else name, entity.der))
    if serial is not None:
        issuer = x509.Certificate.load(entity.der).issuer.dump()
        body += seq(seq(tlv(0xa4, issuer)), integer(serial))
    return seq(seq(seq(body)))


class Signature:
    """One signer over `data`.

    level        B, T, LT, LTA
    digest       of the content and the signature; salt: RSA-PSS
    attached     the content stands inside
    by_key       the signer is named by key identifier
    ess          values of the certificate references, (OID, DER) pairs
    time         SIGNING; claimed: signing-time, None for no such attribute
    values       True: validation data as unsigned attributes instead of in
                 SignedData
    index        HASH_INDEX_V3 or HASH_INDEX: of the archive time-stamp
    ocsps, crls  lists of DER instead of the ones made; ocsp_opts
    tsa          name of the TSA
    hooks        stage -> function(signature): "signed" before the signed
                 attributes are signed, "value" before the signature is
                 stamped, "unsigned" before validation data come, "archive"
                 before the archive time-stamp, "final" at the end
    """

    def __init__(self, pki, signer, data, **opts):
        self.pki, self.entity, self.data = pki, pki[signer], data
        self.opts = opts
        self.level = opts.get("level", "LT")
        self.digest = opts.get("digest", "sha256")
        self.time = opts.get("time", SIGNING)
        self.type = opts.get("type", DATA)
        self.salt = opts.get("salt")
        self.attached = opts.get("attached", False)
        self.key = self.entity.key
        self.certs = [self.entity.der]
        self.revocations = []
        self.unsigned = []
        self.version = 3 if opts.get("by_key") else 1
        self.digest_alg = hash_alg(self.digest)
        self.sig_alg = signature_alg(self.key, self.digest, self.salt)
        self.sid = self._sid()
        self.signed = self._signed()
        self.run("signed")
        self.attrs = set_of(*self.signed)
        self.value = sign_bytes(self.key, self.to_sign(), self.digest,
                                self.salt)
        self.run("value")
        self._times()
        self.run("final")

    def to_sign(self):
        return self.attrs if self.signed else self.data

    def run(self, stage):
        function = self.opts.get("hooks", {}).get(stage)
        if function:
            function(self)

    def after(self, seconds):
        return self.time + dt.timedelta(seconds=seconds)

    def token(self, data, seconds, **opts):
        name = self.opts.get("tsa", "tsa")
        return tsa_maker.token(data, self.pki[name], self.pki.chain(name),
                               self.after(seconds), **opts)

    def _sid(self):
        cert = x509.Certificate.load(self.entity.der)
        if self.opts.get("by_key"):
            return tlv(0x80, cert.key_identifier_value.native)
        return seq(cert.issuer.dump(), integer(cert.serial_number))

    def _signed(self):
        rows = [attribute(CONTENT_TYPE, oid(self.type)),
                attribute(MESSAGE_DIGEST,
                          octets(digest(self.digest, self.data)))]
        claimed = self.opts.get("claimed", self.time)
        if claimed:
            rows.append(attribute(SIGNING_TIME, moment(claimed)))
        for kind, value in self.opts.get("ess",
                                         [(ESS_V2, ess(self.entity))]):
            rows.append(attribute(kind, value))
        return rows

    def _times(self):
        if self.level != "B":
            self.unsigned.append(attribute(SIGNATURE_STAMP,
                                           self.token(self.value, 30)))
        self.run("unsigned")
        if self.level.startswith("LT"):
            self._long_term()
        self.run("archive")
        if self.level == "LTA":
            self.unsigned.append(attribute(ARCHIVE_STAMP,
                                           self.archive(7200)))

    def _long_term(self):
        name = self.entity.name
        chain = self.pki.chain(name)
        certs = [e.der for e in chain]
        ocsps = self.opts.get("ocsps")
        if ocsps is None:
            ocsps = [self.answer(**self.opts.get("ocsp_opts", {}))]
        crls = self.opts.get("crls")
        if crls is None:
            crls = [crl_maker.make(e, self.after(90)) for e in
                    [*chain[1:], self.pki.root_of(name)]]
        if self.opts.get("values"):
            self.unsigned.append(attribute(CERT_VALUES, seq(*certs)))
            self.unsigned.append(attribute(REVOCATION_VALUES, seq(
                tlv(0xa0, seq(*crls)), tlv(0xa1, seq(
                    *[ocsp_maker.basic_of(o) for o in ocsps])))))
            return
        self.certs += certs
        self.revocations += crls
        self.revocations += [tlv(0xa1, oid(OCSP_RESPONSE), o) for o in ocsps]

    def answer(self, **opts):
        """An OCSP answer about the signer."""
        chain = self.pki.chain(self.entity.name)
        kind = chain[0].name.split("-")[0]
        names = {"business": "ocsp-business", "government":
                 "ocsp-government", "foreign": "foreign-ocsp"}
        name = opts.pop("responder", names.get(kind, "ocsp"))
        return ocsp_maker.respond(
            self.entity, chain[0], self.pki[name],
            opts.pop("produced_at", self.after(60)), **opts)

    def core(self):
        """version to signature (EN 319 122-1 5.5.3)."""
        signed = retag(0xa0, self.attrs) if self.signed else b""
        return b"".join([integer(self.version), self.sid, self.digest_alg,
                         signed, self.sig_alg, octets(self.value)])

    def index(self, name="sha256", certs=None, revocations=None):
        """ats-hash-index(-v3) over what is there now."""
        def hashes(items):
            return seq(*[octets(digest(name, i)) for i in items])
        attrs = self.unsigned
        if self.opts.get("index", HASH_INDEX_V3) == HASH_INDEX_V3:
            attrs = [core_of(a) for a in self.unsigned]
        return seq(hash_alg(name),
                   hashes(self.certs if certs is None else certs),
                   hashes(self.revocations if revocations is None
                          else revocations), hashes(attrs))

    def archive(self, seconds, index=None, data=None, **opts):
        """An archive-time-stamp-v3 over the signature as it is now."""
        index = self.index() if index is None else index
        data = self.data if data is None else data
        over = oid(self.type) + digest("sha256", data) + self.core() + index
        token = self.token(over, seconds, **opts)
        kind = self.opts.get("index", HASH_INDEX_V3)
        return with_unsigned(token, attribute(kind, index))

    def info(self):
        more = tlv(0xa1, *sorted(self.unsigned)) if self.unsigned else b""
        return seq(self.core(), more)

    def pack(self, *others):
        return pack(self, *others)


def content_of(der):
    return der[2 + (der[1] & 0x7f if der[1] & 0x80 else 0):]


def parts_of(der):
    """The values inside a constructed value."""
    body, out = content_of(der), []
    while body:
        size = 2 + body[1]
        if body[1] & 0x80:
            n = body[1] & 0x7f
            size = 2 + n + int.from_bytes(body[2:2 + n], "big")
        out.append(body[:size])
        body = body[size:]
    return out


def core_of(attr):
    """What ats-hash-index-v3 hashes of an attribute with one value."""
    kind, values = parts_of(attr)
    return kind + parts_of(values)[0]


def with_unsigned(token, *attrs):
    """A token with unsigned attributes at its only signer."""
    kind, outer = parts_of(token)
    signed = parts_of(parts_of(outer)[0])
    info = parts_of(parts_of(signed[-1])[0])
    signed[-1] = set_of(seq(*info, tlv(0xa1, *sorted(attrs))))
    return seq(kind, tlv(0xa0, seq(*signed)))


def pack(first, *others):
    """A ContentInfo with the SignedData of all signers."""
    every = [first, *others]
    certs, revocations = [], []
    for one in every:
        certs += [c for c in one.certs if c not in certs]
        revocations += [r for r in one.revocations if r not in revocations]
    content = tlv(0xa0, octets(first.data)) if first.attached else b""
    version = 5 if any(r[0] == 0xa1 for r in revocations) else 1
    return seq(oid(SIGNED_DATA), tlv(0xa0, seq(
        integer(version), set_of(*{s.digest_alg for s in every}),
        seq(oid(first.type), content),
        retag(0xa0, set_of(*certs)) if certs else b"",
        retag(0xa1, set_of(*revocations)) if revocations else b"",
        set_of(*[s.info() for s in every]))))


def pem(der, label="PKCS7"):
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN {label}-----\n{text}-----END {label}-----\n".encode()


def ber(der, depth=4, chunk=0):
    """The same value with indefinite lengths down to a depth, and octet
    strings on the way in chunks of that many bytes."""
    if depth == 0:
        return der
    if der[0] == 4 and chunk:
        body = content_of(der)
        return b"\x24\x80" + b"".join(
            octets(body[n:n + chunk])
            for n in range(0, len(body), chunk)) + b"\0\0"
    if not der[0] & 0x20:
        return der
    return (bytes([der[0], 0x80]) +
            b"".join(ber(p, depth - 1, chunk) for p in parts_of(der)) +
            b"\0\0")
