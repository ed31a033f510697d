"""A test-only writer of XAdES signatures (EN 319 132-1), level B to LTA.

A Job says what to sign and how; sign_into() makes one ds:Signature under a
parent element.  Every step can be spoilt: job.hooks maps a stage to a
function called with (job, signature element):

    "tree"      the tree is complete, no digest is taken yet
    "digests"   the digests stand in SignedInfo, which is not yet signed
    "signed"    SignatureValue stands, no unsigned property does
    "unsigned"  the unsigned properties stand, before an archive time-stamp
    "final"     the whole signature stands
"""

import base64
import copy
import datetime as dt

from asn1crypto import tsp
from asn1crypto import x509 as ax509
from cryptography.hazmat.primitives.asymmetric import ec, utils
from lxml import etree
import crl as crl_maker
import ocsp as ocsp_maker
import tsa as tsa_maker
from signing import digest, sign_bytes

DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
XADES141 = "http://uri.etsi.org/01903/v1.4.1#"
ASIC = "http://uri.etsi.org/02918/v1.2.1#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
MORE07 = "http://www.w3.org/2007/05/xmldsig-more#"
NS = {"ds": DS, "xades": XADES, "xades141": XADES141, "asic": ASIC,
      "more": MORE07}
PROPS_TYPE = "http://uri.etsi.org/01903#SignedProperties"
COUNTER_TYPE = "http://uri.etsi.org/01903#CountersignedSignature"
MANIFEST_TYPE = DS + "Manifest"
C14N = {"c14n": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "c14n11": "http://www.w3.org/2006/12/xml-c14n11",
        "exc": "http://www.w3.org/2001/10/xml-exc-c14n#"}
DIGESTS = {"sha1": DS + "sha1", "sha224": MORE + "sha224",
           "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
           "sha384": MORE + "sha384",
           "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
           "md5": MORE + "md5", "sha3-256": MORE07 + "sha3-256",
           "sha3-512": MORE07 + "sha3-512"}
SALT = {"sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64}


def tag(name):
    prefix, local = name.split(":")
    return f"{{{NS[prefix]}}}{local}"


def add(parent, name, text=None, **attrs):
    node = etree.SubElement(parent, tag(name), **attrs)
    if text is not None:
        node.text = text
    return node


def find(node, path):
    return node.find(path, NS)


def b64(data):
    return base64.b64encode(data).decode()


def stamp(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def canonical(node, method="exc", prefixes=None, comments=False):
    """Canonical bytes of the subtree at node, as if cut from its document.

    method is a key of C14N or a URI.  For the inclusive ones the namespaces
    and xml: attributes in scope are carried over by hand, because lxml
    canonicalises a subtree as a document of its own.
    """
    if method.startswith("http"):
        comments = method.endswith("WithComments")
        base = method.removesuffix("WithComments")
        method = {v.rstrip("#"): k for k, v in C14N.items()}[
            base.rstrip("#")]
    twin = etree.Element(node.tag, nsmap=node.nsmap)
    if method != "exc":
        for above in reversed(list(node.iterancestors())):
            for name, value in above.attrib.items():
                if name.startswith("{http://www.w3.org/XML/1998/"):
                    twin.set(name, value)
    for name, value in node.attrib.items():
        twin.set(name, value)
    twin.text = node.text
    for child in node:
        twin.append(copy.deepcopy(child))
    return etree.tostring(twin, method="c14n", exclusive=method == "exc",
                          with_comments=comments,
                          inclusive_ns_prefixes=prefixes)


class Job:
    """What one signature shall be.

    pki, signer      the PKI and the name of the signing Entity
    files            [(URI, bytes, media type or None)]
    id               Id of ds:Signature (S0); the other Ids are made from it
    level            B, T, LT, LTA
    digest           digest of the references; sig_digest of the signature
    pss              None, "name" (…-rsa-MGF1) or "params" (#rsa-pss)
    c14n             of SignedInfo; props_c14n of SignedProperties or None
    cert_version     1 or 2; issuer_serial; extra_certs named as well
    key_info         names of the Entities in X509Data; key_value; key_ref
                     (a reference to KeyInfo)
    role, place, policy, formats (DataObjectFormat), time
    tsa, tsa_opts; ocsp_opts; ocsps, crls, certs: replace what is embedded
    time_mark        BDOC: the OCSP nonce takes the place of a time-stamp
    counter          names of Entities that counter-sign
    refs             further references: dicts of uri, type, transforms,
                     data, id
    """

    def __init__(self, pki, signer, files, **opts):
        self.pki, self.signer, self.files = pki, pki[signer], files
        defaults = dict(
            id="S0", level="LT", digest="sha256", sig_digest=None, pss=None,
            pss_salt=None, c14n="exc", props_c14n="exc", ts_c14n="exc",
            cert_version=2, issuer_serial=True, extra_certs=(), key_info=None,
            key_value=False, key_ref=False, role=None, place=None,
            policy=None, formats=True, time=None, tsa="tsa", tsa_opts={},
            ocsp="ocsp", ocsp_opts={}, ocsps=None, crls=None, certs=None,
            time_mark=False, counter=(), refs=(), hooks={}, indent=False,
            wrap=0, data_transforms=(), signing_key=None, version="1.3.2")
        unknown = set(opts) - set(defaults)
        if unknown:
            raise TypeError(f"unknown job options: {sorted(unknown)}")
        for name, value in {**defaults, **opts}.items():
            setattr(self, name, value)
        if self.time is None:
            from pki import SIGNING
            self.time = SIGNING
        if self.sig_digest is None:
            self.sig_digest = self.digest if self.digest in SALT \
                else "sha256"
        self.key = self.signing_key or self.signer.key
        self.data_of = {}

    def after(self, seconds):
        return self.time + dt.timedelta(seconds=seconds)

    def run(self, stage, signature):
        if stage in self.hooks:
            self.hooks[stage](self, signature)


def signature_method(job):
    if isinstance(job.key, ec.EllipticCurvePrivateKey):
        return f"{MORE}ecdsa-{job.sig_digest}"
    if job.pss == "name":
        return f"{MORE07}{job.sig_digest}-rsa-MGF1"
    if job.pss == "params":
        return MORE07 + "rsa-pss"
    if job.sig_digest in ("sha1",):
        return DS + "rsa-sha1"
    return f"{MORE}rsa-{job.sig_digest}"


def pss_params(parent, job):
    params = add(parent, "more:RSAPSSParams")
    add(params, "ds:DigestMethod", Algorithm=DIGESTS[job.sig_digest])
    mask = add(params, "more:MaskGenerationFunction",
               Algorithm=MORE07 + "MGF1")
    add(mask, "ds:DigestMethod", Algorithm=DIGESTS[job.sig_digest])
    salt = SALT[job.sig_digest] if job.pss_salt is None else job.pss_salt
    add(params, "more:SaltLength", str(salt))
    add(params, "more:TrailerField", "1")


def add_reference(parent, job, uri, ref_id, **opts):
    """One ds:Reference with an empty DigestValue.

    opts: type, transforms (URIs), data (bytes, or a function of the
    signature element), digest.
    """
    node = add(parent, "ds:Reference", Id=ref_id)
    if uri is not None:
        node.set("URI", uri)
    if opts.get("type"):
        node.set("Type", opts["type"])
    if opts.get("transforms"):
        box = add(node, "ds:Transforms")
        for name in opts["transforms"]:
            add(box, "ds:Transform", Algorithm=C14N.get(name, name))
    add(node, "ds:DigestMethod",
        Algorithm=DIGESTS[opts.get("digest", job.digest)])
    add(node, "ds:DigestValue")
    if opts.get("data") is not None:
        job.data_of[ref_id] = opts["data"]
    return node


def build_tree(parent, job):
    """The whole tree with every digest and value still empty."""
    sid = job.id
    nsmap = {"ds": DS, "xades": XADES}
    sig = etree.Element(tag("ds:Signature"), nsmap=nsmap, Id=sid)
    if parent is not None:
        parent.append(sig)
    info = add(sig, "ds:SignedInfo")
    add(info, "ds:CanonicalizationMethod", Algorithm=C14N[job.c14n])
    method = add(info, "ds:SignatureMethod", Algorithm=signature_method(job))
    if job.pss == "params":
        pss_params(method, job)
    for n, (uri, data, _) in enumerate(job.files):
        add_reference(info, job, uri, f"r-{sid}-{n}", data=data,
                      transforms=job.data_transforms)
    add_reference(info, job, f"#{sid}-props", f"r-{sid}-props",
                  type=PROPS_TYPE,
                  transforms=[job.props_c14n] if job.props_c14n else ())
    if job.key_ref:
        add_reference(info, job, f"#{sid}-key", f"r-{sid}-key",
                      transforms=[job.props_c14n] if job.props_c14n else ())
    for n, ref in enumerate(job.refs):
        add_reference(info, job, ref.get("uri"),
                      ref.get("id", f"r-{sid}-x{n}"), **{
                          k: v for k, v in ref.items()
                          if k not in ("uri", "id")})
    add(sig, "ds:SignatureValue", Id=f"{sid}-value")
    key_info = add(sig, "ds:KeyInfo", Id=f"{sid}-key")
    if job.key_value:
        add_key_value(key_info, job.signer)
    data = add(key_info, "ds:X509Data")
    for name in job.key_info or [job.signer.name]:
        add(data, "ds:X509Certificate", b64(job.pki[name].der))
    obj = add(sig, "ds:Object")
    quals = add(obj, "xades:QualifyingProperties", Target=f"#{sid}")
    props = add(quals, "xades:SignedProperties", Id=f"{sid}-props")
    signed_properties(props, job)
    return sig


def add_key_value(key_info, entity):
    numbers = entity.key.public_key().public_numbers()
    value = add(key_info, "ds:KeyValue")
    if isinstance(entity.key, ec.EllipticCurvePrivateKey):
        point = etree.SubElement(
            value, "{http://www.w3.org/2009/xmldsig11#}ECKeyValue",
            nsmap={"dsig11": "http://www.w3.org/2009/xmldsig11#"})
        etree.SubElement(
            point, "{http://www.w3.org/2009/xmldsig11#}NamedCurve",
            URI="urn:oid:1.2.840.10045.3.1.7")
        size = (entity.key.key_size + 7) // 8
        raw = b"\x04" + numbers.x.to_bytes(size, "big") + \
            numbers.y.to_bytes(size, "big")
        etree.SubElement(
            point, "{http://www.w3.org/2009/xmldsig11#}PublicKey").text = \
            b64(raw)
    else:
        box = add(value, "ds:RSAKeyValue")
        for name, number in (("Modulus", numbers.n),
                             ("Exponent", numbers.e)):
            size = (number.bit_length() + 7) // 8
            add(box, f"ds:{name}", b64(number.to_bytes(size, "big")))


def issuer_serial_v2(entity):
    cert = ax509.Certificate.load(entity.der)
    name = ax509.GeneralName(name="directory_name", value=cert.issuer)
    return tsp.IssuerSerial({"issuer": ax509.GeneralNames([name]),
                             "serial_number": cert.serial_number}).dump()


def add_cert(box, entity, job):
    cert = add(box, "xades:Cert")
    hashed = add(cert, "xades:CertDigest")
    add(hashed, "ds:DigestMethod", Algorithm=DIGESTS[job.digest])
    add(hashed, "ds:DigestValue", b64(digest(job.digest, entity.der)))
    if not job.issuer_serial:
        return
    if job.cert_version == 2:
        add(cert, "xades:IssuerSerialV2", b64(issuer_serial_v2(entity)))
    else:
        serial = add(cert, "xades:IssuerSerial")
        add(serial, "ds:X509IssuerName",
            entity.cert.issuer.rfc4514_string())
        add(serial, "ds:X509SerialNumber", str(entity.cert.serial_number))


def signed_properties(props, job):
    box = add(props, "xades:SignedSignatureProperties")
    add(box, "xades:SigningTime", stamp(job.time))
    v2 = "V2" if job.cert_version == 2 else ""
    certs = add(box, f"xades:SigningCertificate{v2}")
    for entity in [job.signer, *(job.pki[n] for n in job.extra_certs)]:
        add_cert(certs, entity, job)
    if job.policy:
        add_policy(box, job.policy)
    if job.place:
        place = add(box, f"xades:SignatureProductionPlace{v2}")
        for name, value in job.place.items():
            add(place, f"xades:{name}", value)
    if job.role:
        role = add(box, f"xades:SignerRole{v2}")
        add(add(role, "xades:ClaimedRoles"), "xades:ClaimedRole", job.role)
    if job.formats and any(f[2] for f in job.files):
        data = add(props, "xades:SignedDataObjectProperties")
        for n, (_, _, media) in enumerate(job.files):
            fmt = add(data, "xades:DataObjectFormat",
                      ObjectReference=f"#r-{job.id}-{n}")
            add(fmt, "xades:MimeType", media)


def add_policy(box, policy):
    """policy: "implied", or a dict of oid, digest (bytes), uri."""
    ident = add(box, "xades:SignaturePolicyIdentifier")
    if policy == "implied":
        add(ident, "xades:SignaturePolicyImplied")
        return
    spid = add(ident, "xades:SignaturePolicyId")
    sig_id = add(spid, "xades:SigPolicyId")
    add(sig_id, "xades:Identifier", policy["oid"], Qualifier="OIDAsURN")
    hashed = add(spid, "xades:SigPolicyHash")
    add(hashed, "ds:DigestMethod", Algorithm=DIGESTS["sha256"])
    add(hashed, "ds:DigestValue", b64(policy["digest"]))
    if policy.get("uri"):
        quals = add(spid, "xades:SigPolicyQualifiers")
        add(add(quals, "xades:SigPolicyQualifier"), "xades:SPURI",
            policy["uri"])


def by_id(root, name):
    for node in root.iter():
        if name in (node.get("Id"), node.get("ID"), node.get("id")):
            return node
    raise KeyError(name)


def reference_bytes(job, sig, ref):
    """What the reference's digest is taken over."""
    known = job.data_of.get(ref.get("Id"))
    if callable(known):
        return known(sig)
    if known is not None:
        return known
    node = by_id(sig.getroottree().getroot(), ref.get("URI")[1:])
    transforms = ref.findall("ds:Transforms/ds:Transform", NS)
    method = transforms[-1].get("Algorithm") if transforms else "c14n"
    return canonical(node, method)


def fill_digests(job, sig):
    names = {v: k for k, v in DIGESTS.items()}
    for ref in sig.findall("ds:SignedInfo/ds:Reference", NS):
        value = find(ref, "ds:DigestValue")
        if value is None or value.text:
            continue
        method = find(ref, "ds:DigestMethod").get("Algorithm")
        value.text = b64(digest(names[method],
                                reference_bytes(job, sig, ref)))


def raw_value(key, der):
    """r and s of a DER ECDSA value, each as long as the curve's order."""
    r, s = utils.decode_dss_signature(der)
    size = (key.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def sign_info(job, sig):
    info = find(sig, "ds:SignedInfo")
    body = canonical(info, job.c14n)
    salt = None
    if job.pss:
        salt = SALT[job.sig_digest] if job.pss_salt is None \
            else job.pss_salt
    value = sign_bytes(job.key, body, job.sig_digest, salt)
    if isinstance(job.key, ec.EllipticCurvePrivateKey):
        value = raw_value(job.key, value)
    text = b64(value)
    if job.wrap:
        text = "\n" + "\n".join(text[n:n + job.wrap] for n in
                                range(0, len(text), job.wrap)) + "\n"
    find(sig, "ds:SignatureValue").text = text


def unsigned_box(sig):
    quals = sig.find("ds:Object/xades:QualifyingProperties", NS)
    box = find(quals, "xades:UnsignedProperties")
    if box is None:
        box = add(quals, "xades:UnsignedProperties")
    inner = find(box, "xades:UnsignedSignatureProperties")
    if inner is None:
        inner = add(box, "xades:UnsignedSignatureProperties")
    return inner


def make_token(job, data, when, tsa=None, **opts):
    entity = job.pki[tsa or job.tsa]
    return tsa_maker.token(data, entity, job.pki.chain(entity.name), when,
                           **{**job.tsa_opts, **opts})


def add_timestamp(box, name, token, method="exc", node_id=None):
    node = add(box, name)
    if node_id:
        node.set("Id", node_id)
    add(node, "ds:CanonicalizationMethod", Algorithm=C14N[method])
    add(node, "xades:EncapsulatedTimeStamp", b64(token))
    return node


def signature_timestamp(job, sig, when=None, **opts):
    """The SignatureTimeStamp over this signature's value."""
    over = canonical(find(sig, "ds:SignatureValue"), job.ts_c14n)
    token = make_token(job, over, when or job.after(30), **opts)
    return add_timestamp(unsigned_box(sig), "xades:SignatureTimeStamp",
                         token, job.ts_c14n, f"{job.id}-ts")


def default_ocsp(job, sig):
    opts = dict(job.ocsp_opts)
    when = opts.pop("produced_at", job.after(60))
    responder = job.pki[opts.pop("responder", responder_for(job))]
    issuer = job.pki[job.signer.issuer]
    if job.time_mark and "raw_nonce" not in opts:
        value = base64.b64decode(find(sig, "ds:SignatureValue").text)
        opts["raw_nonce"] = ocsp_maker.digest_info("sha256", value)
    return ocsp_maker.respond(job.signer, issuer, responder, when, **opts)


def responder_for(job):
    return {"business-ca": "ocsp-business",
            "government-ca": "ocsp-government",
            "foreign-ca": "foreign-ocsp"}.get(job.signer.issuer, job.ocsp)


def default_crls(job):
    """One list of each CA above the issuing one, made after the stamp."""
    out = []
    for entity in job.pki.chain(job.signer.name)[1:]:
        out.append(crl_maker.make(entity, job.after(90)))
    out.append(crl_maker.make(job.pki.root_of(job.signer.name),
                              job.after(90)))
    return out


def long_term_values(job, sig):
    box = unsigned_box(sig)
    certs = job.certs
    if certs is None:
        certs = [e.der for e in job.pki.chain(job.signer.name)]
    values = add(box, "xades:CertificateValues")
    for der in certs:
        add(values, "xades:EncapsulatedX509Certificate", b64(der))
    crls = default_crls(job) if job.crls is None else job.crls
    ocsps = [default_ocsp(job, sig)] if job.ocsps is None else job.ocsps
    values = add(box, "xades:RevocationValues")
    if crls:
        inner = add(values, "xades:CRLValues")
        for der in crls:
            add(inner, "xades:EncapsulatedCRLValue", b64(der))
    if ocsps:
        inner = add(values, "xades:OCSPValues")
        for der in ocsps:
            add(inner, "xades:EncapsulatedOCSPValue", b64(der))


def archive_imprint(job, sig, method="c14n"):
    """What an ArchiveTimeStamp 1.4.1 covers (EN 319 132-1 5.5.2.2)."""
    out = b""
    for ref in sig.findall("ds:SignedInfo/ds:Reference", NS):
        out += reference_bytes(job, sig, ref)
    for name in ("SignedInfo", "SignatureValue", "KeyInfo"):
        node = find(sig, f"ds:{name}")
        if node is not None:
            out += canonical(node, method)
    for node in unsigned_box(sig):
        out += canonical(node, method)
    for obj in sig.findall("ds:Object", NS):
        if find(obj, "xades:QualifyingProperties") is None:
            out += canonical(obj, method)
    return out


def archive_timestamp(job, sig, when=None, method="c14n", **opts):
    box = unsigned_box(sig)
    node = etree.Element(tag("xades141:ArchiveTimeStamp"),
                         nsmap={"xades141": XADES141})
    token = make_token(job, archive_imprint(job, sig, method),
                       when or job.after(7200), **opts)
    node.set("Id", f"{job.id}-ats-{len(box)}")
    add(node, "ds:CanonicalizationMethod", Algorithm=C14N[method])
    add(node, "xades:EncapsulatedTimeStamp", b64(token))
    box.append(node)
    return node


def counter_signature(job, sig, name, number):
    """A CounterSignature property: a whole signature over SignatureValue."""
    box = add(unsigned_box(sig), "xades:CounterSignature")
    child = Job(job.pki, name, [], id=f"{job.id}-c{number}", level="B",
                time=job.after(40), c14n=job.c14n, refs=[
                    {"uri": f"#{job.id}-value", "type": COUNTER_TYPE,
                     "transforms": ["exc"]}])
    return sign_into(box, child)


def sign_into(parent, job):
    """Makes the signature under parent (None: as a root) and returns it."""
    sig = build_tree(parent, job)
    if job.indent:
        etree.indent(sig)
    job.run("tree", sig)
    fill_digests(job, sig)
    job.run("digests", sig)
    sign_info(job, sig)
    job.run("signed", sig)
    if job.level != "B" and not job.time_mark:
        signature_timestamp(job, sig)
    for number, name in enumerate(job.counter):
        counter_signature(job, sig, name, number)
    if job.level in ("LT", "LTA"):
        long_term_values(job, sig)
    job.run("unsigned", sig)
    if job.level == "LTA":
        archive_timestamp(job, sig)
    job.run("final", sig)
    return sig


def signature_file(jobs, root="asic:XAdESSignatures"):
    """The bytes of a signature file with one ds:Signature a job.

    root None: the (only) signature is the root itself."""
    if root is None:
        top = sign_into(None, jobs[0])
    else:
        prefix = root.split(":")[0]
        top = etree.Element(tag(root), nsmap={prefix: NS[prefix]})
        for job in jobs:
            sign_into(top, job)
    return to_bytes(top)


def to_bytes(top):
    """The document as bytes, with a declaration of UTF-8."""
    body = etree.tostring(top, encoding="unicode").encode()
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body
