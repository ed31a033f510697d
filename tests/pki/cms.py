"""CMS signatures with the attributes of CAdES (RFC 5652, EN 319 122-1), right
and wrong, written value by value so that any part can be made a lie.

sign() makes one SignedData with one signer; join() puts several signers into
one; asic_s() and asic_e() put signatures into a container.
"""

import datetime as dt

import container
import crl as crl_maker
import ocsp as ocsp_maker
import tsa as tsa_maker
from asn1crypto import algos, cms, core, x509
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from pki import SIGNING
from signing import digest, flip, sign_bytes

ASIC_NS = "http://uri.etsi.org/02918/v1.2.1#"
DS_NS = "http://www.w3.org/2000/09/xmldsig#"
DIGEST_URI = {"sha1": DS_NS + "sha1",
              "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
              "sha384": "http://www.w3.org/2001/04/xmldsig-more#sha384",
              "sha512": "http://www.w3.org/2001/04/xmlenc#sha512"}
P7_TYPE = "application/x-pkcs7-signature"

DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
COUNTER_SIGNATURE = "1.2.840.113549.1.9.6"
ESS_V1 = "1.2.840.113549.1.9.16.2.12"
ESS_V2 = "1.2.840.113549.1.9.16.2.47"
SIGNATURE_STAMP = "1.2.840.113549.1.9.16.2.14"
CONTENT_STAMP = "1.2.840.113549.1.9.16.2.20"
CERT_VALUES = "1.2.840.113549.1.9.16.2.23"
REVOCATION_VALUES = "1.2.840.113549.1.9.16.2.24"
ARCHIVE_STAMP_V2 = "1.2.840.113549.1.9.16.2.48"
ARCHIVE_STAMP_V3 = "0.4.0.1733.2.4"
HASH_INDEX_V3 = "0.4.0.19122.1.5"
RI_OCSP = "1.3.6.1.5.5.7.16.2"
RSA_PSS = "1.2.840.113549.1.1.10"


def tlv(tag, *parts):
    """One DER value: tag byte, definite length, contents."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(raw)]) + raw + body


def seq(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *sorted(parts))


def oid(text):
    return core.ObjectIdentifier(text).dump()


def octets(data):
    return tlv(0x04, data)


def integer(value):
    return core.Integer(value).dump()


def digest_alg(name):
    return algos.DigestAlgorithm({"algorithm": name}).dump()


def attribute(kind, *values):
    return seq(oid(kind), set_of(*values))


def pss_alg(name, salt, mgf=None):
    return seq(oid(RSA_PSS), seq(
        tlv(0xa0, digest_alg(name)),
        tlv(0xa1, seq(oid("1.2.840.113549.1.1.8"), digest_alg(mgf or name))),
        tlv(0xa2, integer(salt))))


def value_alg(key, name, pss=None):
    if pss is not None:
        return pss_alg(name, pss)
    kind = "rsa" if isinstance(key, rsa.RSAPrivateKey) else "ecdsa"
    return algos.SignedDigestAlgorithm(
        {"algorithm": f"{name}_{kind}"}).dump()


def issuer_and_serial(entity):
    cert = x509.Certificate.load(entity.der)
    return cert.issuer.dump(), integer(cert.serial_number)


def ess_id(entity, version=2, name="sha256", serial_of=None, **lies):
    """An ESSCertID (v1) or ESSCertIDv2.

    serial_of  Entity whose issuer and serial stand in it (None: left out)
    hashed     the bytes of the hash instead of the certificate's
    """
    parts = []
    if version == 2 and (name != "sha256" or lies.get("say_alg")):
        parts.append(digest_alg(name))
    parts.append(octets(lies.get("hashed") or
                        digest("sha1" if version == 1 else name,
                               entity.der)))
    if serial_of is not None:
        issuer, serial = issuer_and_serial(serial_of)
        parts.append(seq(seq(tlv(0xa4, issuer)), serial))
    return seq(*parts)


def ess(entity, version=2, more=(), **opts):
    """The signing-certificate attribute as (OID, [value])."""
    ids = [ess_id(e, version, **opts) for e in [entity, *more]]
    return (ESS_V2 if version == 2 else ESS_V1, [seq(seq(*ids))])


def utc_time(when):
    return cms.Time(name="utc_time",
                    value=when.replace(tzinfo=dt.timezone.utc)).dump()


DEFAULTS = dict(
    level="LT", digest="sha256", pss=None, attached=False, econtent=None,
    content_type=DATA, ess_version=2, ess_opts={}, ess_of=None, no_ess=False,
    time=SIGNING, signing_time=True, no_attrs=False, attrs=None, ski=False,
    sid_of=None, sign_with=None, sign_attrs=None, value=None, alg=None,
    signer_digest=None, announced=None, hashed=None, certs=None, crls=None,
    ocsps=None, values="signed-data", tsa="tsa", stamp=None, stamp_over=None,
    stamp_at=30, content_stamp=None, archive=None, archive_at=3600,
    ocsp_opts={}, unsigned=None, raw_certs=(), version=None, pss_salt=None)


class Signature:
    """One signature in parts; der() writes it.

    level         B, T, LT, LTA
    digest        of content and value; pss: salt length said in PSS
                  parameters (pss_salt: the one really used)
    attached      the content stands inside; econtent: other bytes there
    ess_version   1 or 2, ess_opts (see ess_id), ess_of: another Entity;
                  no_ess: the attribute left out
    no_attrs      the value is over the content itself
    attrs         function(list of (OID, [values])) -> such a list
    ski           signer by key identifier; sid_of: another Entity named
    sign_with     name of the Entity whose key signs
    value, alg    functions from bytes to bytes: signature, its algorithm
    signer_digest, announced (list of names)  what the algorithms say
    hashed        messageDigest instead of the right one
    certs, crls, ocsps   replace what is embedded; raw_certs: DER added
    values        "signed-data" or "attributes": where LT data stands
    stamp, content_stamp, archive   functions from (self, data, token) to a
                  list of tokens in the place of the one token; content_stamp
                  also True
    stamp_over    bytes stamped instead of the value
    stamp_at, archive_at   seconds after the signing time
    unsigned      function(list) -> list of unsigned (OID, [values])
    """

    def __init__(self, pki, signer, data, **opts):
        unknown = set(opts) - set(DEFAULTS)
        if unknown:
            raise TypeError(f"unknown CMS options: {sorted(unknown)}")
        self.__dict__.update({**DEFAULTS, **opts})
        self.pki, self.data = pki, data
        self.signer = pki[signer] if isinstance(signer, str) else signer
        self.certificates = b"".join(sorted(self.cert_list()))
        self.revocations = b""
        self.unsigned_attrs = []
        self.make_core()
        self.make_unsigned()
        if self.unsigned is not None:
            self.unsigned_attrs = self.unsigned(self.unsigned_attrs)

    def after(self, seconds):
        return self.time + dt.timedelta(seconds=seconds)

    def cert_list(self):
        if self.certs is not None:
            return [self.pki[n].der for n in self.certs] + \
                list(self.raw_certs)
        chain = self.pki.chain(self.signer.name) \
            if self.level.startswith("LT") else []
        return [self.signer.der] + [e.der for e in chain] + \
            list(self.raw_certs)

    def token(self, data, when, **opts):
        entity = self.pki[self.tsa]
        return tsa_maker.token(data, entity, self.pki.chain(entity.name),
                               when, **opts)

    def signed_attributes(self):
        rows = [(CONTENT_TYPE, [oid(self.content_type)]),
                (MESSAGE_DIGEST, [octets(self.hashed or
                                         digest(self.digest, self.data))])]
        if self.signing_time:
            rows.append((SIGNING_TIME, [utc_time(self.time)]))
        if not self.no_ess:
            rows.append(ess(self.ess_of or self.signer, self.ess_version,
                            **self.ess_opts))
        if self.content_stamp:
            token = self.token(self.data, self.after(-30))
            rows.append((CONTENT_STAMP, [token] if self.content_stamp is True
                         else self.content_stamp(self, self.data, token)))
        return self.attrs(rows) if self.attrs is not None else rows

    def make_core(self):
        """version ... signature: what an archive time-stamp covers."""
        key = self.pki[self.sign_with].key if self.sign_with \
            else self.signer.key
        named = self.sid_of or self.signer
        if self.ski:
            ski = x509.Certificate.load(named.der).key_identifier
            sid, version = tlv(0x80, ski), 3
        else:
            sid, version = seq(*issuer_and_serial(named)), 1
        body, attrs = self.data, b""
        if not self.no_attrs:
            rows = [attribute(k, *v) for k, v in self.signed_attributes()]
            body = set_of(*rows)
            attrs = b"\xa0" + body[1:]
        salt = self.pss if self.pss_salt is None else self.pss_salt
        self.signature = sign_bytes(key, body, self.digest, salt)
        if self.value is not None:
            self.signature = self.value(self.signature)
        alg = value_alg(key, self.digest, self.pss)
        if self.alg is not None:
            alg = self.alg(alg)
        self.core = b"".join((
            integer(version if self.version is None else self.version), sid,
            digest_alg(self.signer_digest or self.digest), attrs, alg,
            octets(self.signature)))

    def make_unsigned(self):
        if self.level == "B":
            return
        over = self.stamp_over or self.signature
        token = self.token(over, self.after(self.stamp_at))
        tokens = [token] if self.stamp is None \
            else self.stamp(self, over, token)
        if tokens:
            self.unsigned_attrs.append((SIGNATURE_STAMP, tokens))
        if self.level == "T":
            return
        crls = default_crls(self) if self.crls is None else self.crls
        ocsps = [default_ocsp(self)] if self.ocsps is None else self.ocsps
        if self.values == "attributes":
            self.unsigned_attrs += value_attributes(self, crls, ocsps)
        else:
            self.revocations = b"".join(sorted(
                list(crls) + [tlv(0xa1, oid(RI_OCSP), o) for o in ocsps]))
        if self.level != "LTA":
            return
        token = archive_token(self, self.after(self.archive_at))
        tokens = [token] if self.archive is None \
            else self.archive(self, b"", token)
        if tokens:
            self.unsigned_attrs.append((ARCHIVE_STAMP_V3, tokens))

    def info(self):
        """The SignerInfo."""
        more = b""
        if self.unsigned_attrs:
            more = b"\xa1" + set_of(*(
                attribute(k, *v) for k, v in self.unsigned_attrs))[1:]
        return seq(self.core, more)

    def encap(self):
        inside = b""
        if self.econtent is not None or self.attached:
            inside = tlv(0xa0, octets(
                self.data if self.econtent is None else self.econtent))
        return seq(oid(self.content_type), inside)

    def der(self):
        return join([self])


def join(signatures, infos=None, **lies):
    """One SignedData of several signatures over the same content.

    infos  SignerInfos in the place of those of the signatures
    lies   version, certificates (contents of [0]), encap
    """
    first = signatures[0]
    names = first.announced
    if names is None:
        names = sorted({s.signer_digest or s.digest for s in signatures})
    certs = sorted({c for s in signatures for c in parts(s.certificates)})
    lists = sorted({c for s in signatures for c in parts(s.revocations)})
    body = [integer(lies.get("version", 5 if lists else 1)),
            set_of(*(digest_alg(n) for n in names)),
            lies.get("encap") or first.encap()]
    if lies.get("certificates") is not None:
        certs = [lies["certificates"]]
    if certs:
        body.append(tlv(0xa0, *certs))
    if lists:
        body.append(tlv(0xa1, *lists))
    body.append(set_of(*([s.info() for s in signatures]
                         if infos is None else infos)))
    return seq(oid(SIGNED_DATA), tlv(0xa0, seq(*body)))


def parts(raw):
    """The DER values that stand one after another."""
    out = []
    while raw:
        size, head = raw[1], 2
        if size >= 0x80:
            head = 2 + (size & 0x7f)
            size = int.from_bytes(raw[2:head], "big")
        out.append(raw[:head + size])
        raw = raw[head + size:]
    return out


def sign(pki, signer, data, **opts):
    """The DER of a ContentInfo with one signature; see Signature."""
    return Signature(pki, signer, data, **opts).der()


def default_ocsp(sig):
    opts = dict(sig.ocsp_opts)
    when = opts.pop("produced_at", sig.after(60))
    name = {"business-ca": "ocsp-business",
            "government-ca": "ocsp-government",
            "foreign-ca": "foreign-ocsp"}.get(sig.signer.issuer, "ocsp")
    return ocsp_maker.respond(sig.signer, sig.pki[sig.signer.issuer],
                              sig.pki[name], when, **opts)


def default_crls(sig):
    """One list of each CA above the issuing one, made after the stamp."""
    above = sig.pki.chain(sig.signer.name)[1:]
    return [crl_maker.make(e, sig.after(90))
            for e in [*above, sig.pki.root_of(sig.signer.name)]]


def value_attributes(sig, crls, ocsps):
    """certificate-values and revocation-values (EN 319 122-1 A.1)."""
    certs = [e.der for e in sig.pki.chain(sig.signer.name)]
    inner = []
    if crls:
        inner.append(tlv(0xa0, seq(*crls)))
    if ocsps:
        inner.append(tlv(0xa1, seq(*map(ocsp_maker.basic_of, ocsps))))
    return [(CERT_VALUES, [seq(*certs)]), (REVOCATION_VALUES, [seq(*inner)])]


def hash_index(sig, name="sha256", **lies):
    """ats-hash-index-v3 (EN 319 122-1 5.5.2) of everything that is there.

    certs, crls, attrs: functions from the list of hashes to another.
    """
    def hashes(kind, values):
        out = [digest(name, v) for v in values]
        if kind in lies:
            out = lies[kind](out)
        return seq(*map(octets, out))
    values = [oid(k) + v for k, vs in sig.unsigned_attrs for v in vs]
    return seq(digest_alg(name), hashes("certs", parts(sig.certificates)),
               hashes("crls", parts(sig.revocations)),
               hashes("attrs", values))


def archive_token(sig, when, index=None, data=None, attach=None, **opts):
    """archive-time-stamp-v3 (EN 319 122-1 5.5.3).

    index   hash index that is stamped; attach: the one put into the token
            instead (False: none); data: other content
    """
    index = hash_index(sig) if index is None else index
    over = oid(sig.content_type) + digest(
        "sha256", sig.data if data is None else data) + sig.core + index
    token = sig.token(over, when, **opts)
    if attach is False:
        return token
    info = cms.ContentInfo.load(token)
    info["content"]["signer_infos"][0]["unsigned_attrs"] = \
        cms.CMSAttributes.load(set_of(attribute(
            HASH_INDEX_V3, index if attach is None else attach)))
    return info.dump(force=True)


def asic_s(file, signature):
    """ASiC-S with CAdES: one file, META-INF/signature.p7s."""
    name, data, media = file
    box = container.Container(container.ASIC_S)
    box.put_file(name, data, media)
    box.put("META-INF/signature.p7s", signature)
    return box


def manifest(files, signature_name, **lies):
    """An ASiCManifest (EN 319 162-1 A.4).

    digest_name; lies: wrong (names with a flipped digest), ghost (names that
    are listed beside the files), uris ({name: URI})
    """
    hash_name = lies.get("digest_name", "sha256")
    top = etree.Element(f"{{{ASIC_NS}}}ASiCManifest",
                        nsmap={"asic": ASIC_NS, "ds": DS_NS})
    node = etree.SubElement(top, f"{{{ASIC_NS}}}SigReference")
    node.set("URI", signature_name)
    node.set("MimeType", P7_TYPE)
    rows = list(files) + [(n, b"", "text/plain")
                          for n in lies.get("ghost", ())]
    for name, data, media in rows:
        node = etree.SubElement(top, f"{{{ASIC_NS}}}DataObjectReference")
        node.set("URI", lies.get("uris", {}).get(name) or
                 container.uri_of(name))
        node.set("MimeType", media)
        method = etree.SubElement(node, f"{{{DS_NS}}}DigestMethod")
        method.set("Algorithm", DIGEST_URI.get(hash_name, hash_name))
        value = etree.SubElement(node, f"{{{DS_NS}}}DigestValue")
        made = digest(hash_name if hash_name in DIGEST_URI else "sha256",
                      data)
        value.text = container.xades.b64(
            flip(made) if name in lies.get("wrong", ()) else made)
    return container.xades.to_bytes(top)


def asic_e(pki, files, jobs):
    """ASiC-E with CAdES.

    jobs  one dict of Signature options a signature: "signer" is required;
          "only" (names) signs a part of the files; "manifest" (options of
          manifest()); "edit" (function from its bytes to those stored)
    """
    box = container.Container(container.ASIC_E)
    for name, data, media in files:
        box.put_file(name, data, media)
    for number, row in enumerate(jobs, 1):
        row = dict(row)
        only, edit = row.pop("only", None), row.pop("edit", None)
        place = f"META-INF/signature{number}.p7s"
        listed = [f for f in files if only is None or f[0] in only]
        text = manifest(listed, place, **row.pop("manifest", {}))
        made = sign(pki, row.pop("signer"), text, **row)
        box.put(f"META-INF/ASiCManifest{number}.xml",
                text if edit is None else edit(text), 8)
        box.put(place, made)
    return box
