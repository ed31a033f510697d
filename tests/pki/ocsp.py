"""OCSP responses (RFC 6960), right ones and wrong ones.

respond() makes the DER of an OCSPResponse for one certificate.  Times are
naive datetimes in UTC.  Faults are chosen with keyword arguments; each one
changes exactly what its name says.
"""

import datetime as dt

from asn1crypto import core, ocsp, x509
from signing import digest, flip, sign_bytes, signed_digest_algorithm

UTC = dt.timezone.utc


class RawExtension(core.Sequence):
    """An Extension whose extnValue holds any bytes, not only a wrapped
    OCTET STRING: the BDOC time-mark needs that."""

    _fields = [("extn_id", core.ObjectIdentifier),
               ("extn_value", core.OctetString)]


def utc(when):
    return when.replace(tzinfo=UTC)


def cert_id(entity, issuer, hash_name="sha1", **faults):
    """The CertID of entity as issued by issuer.

    faults: serial (int), name_of and key_of (an Entity whose name or key is
    hashed instead of the issuer's).
    """
    name_of = faults.get("name_of") or issuer
    key_of = faults.get("key_of") or issuer
    named = x509.Certificate.load(name_of.der)
    keyed = x509.Certificate.load(key_of.der)
    key_bits = keyed.public_key["public_key"].contents[1:]
    serial = faults.get("serial")
    return ocsp.CertId({
        "hash_algorithm": {"algorithm": hash_name},
        "issuer_name_hash": digest(hash_name, named.subject.dump()),
        "issuer_key_hash": digest(hash_name, key_bits),
        "serial_number": entity.cert.serial_number
        if serial is None else serial})


def cert_status(status, revoked_at, reason):
    if status == "good":
        return ocsp.CertStatus(name="good", value=core.Null())
    if status == "unknown":
        return ocsp.CertStatus(name="unknown", value=core.Null())
    info = {"revocation_time": utc(revoked_at)}
    if reason:
        info["revocation_reason"] = reason
    return ocsp.CertStatus(name="revoked", value=ocsp.RevokedInfo(info))


def nonce_bytes(nonce, raw):
    """extnValue content: an OCTET STRING around the nonce, or raw bytes."""
    return raw if raw is not None else core.OctetString(nonce).dump()


def respond(entity, issuer, responder, produced_at, **opts):
    """The DER of a response about `entity`, signed by `responder`.

    status       good, revoked, unknown        revoked_at, reason
    this_update, next_update (False: absent)   default produced_at, +12 h
    nonce        bytes, or raw_nonce: the whole extnValue content
    hash_name    of the CertID                 digest_name of the signature
    serial, name_of, key_of                    lies in the CertID
    certs        Entities inside (default the responder)
    by_key       responder named by key hash instead of name
    named        Entity whose name stands as responder
    bad_signature, empty_signature             faults of the signature
    tamper       "status": good written over the signed status
    http_status  e.g. "try_later": an answer without a response
    """
    if opts.get("http_status"):
        return ocsp.OCSPResponse(
            {"response_status": opts["http_status"]}).dump()
    this_update = opts.get("this_update") or produced_at
    next_update = opts.get("next_update")
    if next_update is None:
        next_update = this_update + dt.timedelta(hours=12)
    single = {
        "cert_id": cert_id(entity, issuer, opts.get("hash_name", "sha1"),
                           **{k: opts[k] for k in
                              ("serial", "name_of", "key_of") if k in opts}),
        "cert_status": cert_status(opts.get("status", "good"),
                                   opts.get("revoked_at"),
                                   opts.get("reason")),
        "this_update": utc(this_update)}
    if next_update:
        single["next_update"] = utc(next_update)
    named = x509.Certificate.load((opts.get("named") or responder).der)
    if opts.get("by_key"):
        bits = named.public_key["public_key"].contents[1:]
        rid = ocsp.ResponderId(name="by_key", value=digest("sha1", bits))
    else:
        rid = ocsp.ResponderId(name="by_name", value=named.subject)
    data = {"responder_id": rid, "produced_at": utc(produced_at),
            "responses": [single]}
    if opts.get("nonce") is not None or opts.get("raw_nonce") is not None:
        value = nonce_bytes(opts.get("nonce"), opts.get("raw_nonce"))
        ext = RawExtension({"extn_id": "1.3.6.1.5.5.7.48.1.2",
                            "extn_value": value})
        data["response_extensions"] = ocsp.ResponseDataExtensions.load(
            core.Sequence(contents=ext.dump()).dump())
    return wrap(ocsp.ResponseData(data), responder, opts)


def wrap(data, responder, opts):
    digest_name = opts.get("digest_name", "sha256")
    body = data.dump()
    value = sign_bytes(responder.key, body, digest_name)
    if opts.get("bad_signature"):
        value = flip(value)
    if opts.get("empty_signature"):
        value = b""
    if opts.get("tamper") == "status":
        data["responses"][0]["cert_status"] = cert_status("good", None, None)
        data = ocsp.ResponseData.load(data.dump(force=True))
    basic = {"tbs_response_data": data,
             "signature_algorithm":
                 signed_digest_algorithm(responder.key, digest_name),
             "signature": core.OctetBitString(value)}
    certs = opts.get("certs")
    if certs is None:
        certs = [responder]
    if certs:
        basic["certs"] = [x509.Certificate.load(c.der) for c in certs]
    return ocsp.OCSPResponse({
        "response_status": "successful",
        "response_bytes": {
            "response_type": "basic_ocsp_response",
            "response": ocsp.BasicOCSPResponse(basic)}}).dump()


def basic_of(response):
    """The BasicOCSPResponse inside, as DER (for CMS revocation values)."""
    parsed = ocsp.OCSPResponse.load(response)
    return parsed["response_bytes"]["response"].parsed.dump()


def digest_info(hash_name, data, with_null=True):
    """DigestInfo over data: what a BDOC time-mark nonce must hold."""
    algorithm = {"algorithm": hash_name}
    if with_null:
        algorithm["parameters"] = core.Null()
    from asn1crypto import algos
    return algos.DigestInfo({"digest_algorithm": algorithm,
                             "digest": digest(hash_name, data)}).dump()
