"""RFC 3161 time-stamp tokens (CMS SignedData with ESSCertIDv2)."""

import datetime as dt

from asn1crypto import cms, core, crl, tsp, x509
from signing import digest, flip, sign_bytes, signed_digest_algorithm

UTC = dt.timezone.utc
POLICY = "2.999.1.7.2"


def token(data, tsa, chain, when, **opts):
    """The DER of a token over `data`, signed by the Entity `tsa`.

    chain        Entities put beside the TSA's certificate
    digest_name  of the imprint and the signature ("sha256")
    serial, nonce, policy, accuracy (seconds), ordering
    imprint      bytes whose digest is stamped instead of data's
    hashed       the digest itself (data is then not looked at)
    ess          Entity named in ESSCertIDv2 instead of the TSA; False: none
    ess_v1       SigningCertificate (SHA-1) instead of v2
    no_certs     certificates left out
    crls         DER lists put into the SignedData
    bad_signature, bad_digest (messageDigest), wrong_type (eContentType)
    fraction     microseconds of genTime
    """
    name = opts.get("digest_name", "sha256")
    info = {
        "version": "v1", "policy": opts.get("policy", POLICY),
        "message_imprint": {
            "hash_algorithm": {"algorithm": name},
            "hashed_message": opts.get("hashed") or
            digest(name, opts.get("imprint", data))},
        "serial_number": opts.get("serial", 1 + int(
            when.replace(tzinfo=UTC).timestamp())),
        "gen_time": when.replace(tzinfo=UTC,
                                 microsecond=opts.get("fraction", 0))}
    if "accuracy" in opts:
        info["accuracy"] = {"seconds": opts["accuracy"]}
    if opts.get("ordering"):
        info["ordering"] = True
    if "nonce" in opts:
        info["nonce"] = opts["nonce"]
    content = tsp.TSTInfo(info).dump()
    attrs = signed_attributes(content, tsa, when, name, opts)
    value = sign_bytes(tsa.key, attrs.dump(), name)
    if opts.get("bad_signature"):
        value = flip(value)
    cert = x509.Certificate.load(tsa.der)
    signer = cms.SignerInfo({
        "version": "v1",
        "sid": cms.SignerIdentifier({"issuer_and_serial_number": {
            "issuer": cert.issuer, "serial_number": cert.serial_number}}),
        "digest_algorithm": {"algorithm": name},
        "signed_attrs": attrs,
        "signature_algorithm": signed_digest_algorithm(tsa.key, name),
        "signature": value})
    signed = {
        "version": "v3", "digest_algorithms": [{"algorithm": name}],
        "encap_content_info": {
            "content_type": "data" if opts.get("wrong_type") else "tst_info",
            "content": core.ParsableOctetString(content)},
        "signer_infos": [signer]}
    if not opts.get("no_certs"):
        signed["certificates"] = cms.CertificateSet(
            [cms.CertificateChoices("certificate",
                                    x509.Certificate.load(e.der))
             for e in [tsa, *chain]])
    if opts.get("crls"):
        signed["crls"] = cms.RevocationInfoChoices(
            [cms.RevocationInfoChoice("crl",
                                      crl.CertificateList.load(der))
             for der in opts["crls"]])
    return cms.ContentInfo({"content_type": "signed_data",
                            "content": cms.SignedData(signed)}).dump()


def signed_attributes(content, tsa, when, name, opts):
    hashed = digest(name, content)
    rows = [("content_type",
             "data" if opts.get("wrong_type") else "tst_info"),
            ("message_digest",
             flip(hashed) if opts.get("bad_digest") else hashed),
            ("signing_time", cms.Time(name="utc_time",
                                      value=when.replace(tzinfo=UTC)))]
    ess = opts.get("ess", tsa)
    if ess and opts.get("ess_v1"):
        rows.append(("signing_certificate", tsp.SigningCertificate(
            {"certs": [{"cert_hash": digest("sha1", ess.der)}]})))
    elif ess:
        rows.append(("signing_certificate_v2", tsp.SigningCertificateV2(
            {"certs": [{"cert_hash": digest("sha256", ess.der)}]})))
    return cms.CMSAttributes([cms.CMSAttribute(
        {"type": kind, "values": [value]}) for kind, value in rows])


def response(token_der, status="granted"):
    """A TimeStampResp around a token; None: a rejection, badAlg."""
    if token_der is None:
        return bytes.fromhex("3009" "3007" "020102" "03020780")
    body = {"status": {"status": status},
            "time_stamp_token": cms.ContentInfo.load(token_der)}
    return tsp.TimeStampResp(body).dump()
