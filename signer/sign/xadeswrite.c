#include "signer/sign/xadeswrite.h"

#include "base/limits.h"
#include "base/text.h"
#include "base/time.h"
#include "signer/sign/cmswrite.h"
#include "signer/sign/profile.h"

#define XMLNS_ASIC      " xmlns:asic=\"" DF_NS_ASIC "\""
#define XMLNS_DS        " xmlns:ds=\"" DF_NS_DS "\""
#define XMLNS_XADES     " xmlns:xades=\"" DF_NS_XADES "\""
#define XMLNS_XADES41   " xmlns:xades141=\"" DF_NS_XADES41 "\""
#define TYPE_PROPERTIES "http://uri.etsi.org/01903#SignedProperties"

/*
 * Namespace declarations that SignedProperties and what it holds need: none
 * in the file, where they are in scope; in the exclusive canonical form each
 * where its prefix is first used.
 */
struct scope {
    const char *ds, *xades;
};
static const struct scope in_file = {"", ""};
static const struct scope alone = {XMLNS_DS, XMLNS_XADES};

static void
put_base64(
    struct mh_buf *out, const char *open, struct mh_span der, const char *close)
{
    mh_buf_str(out, open);
    mh_base64_encode(der, out);
    mh_buf_str(out, close);
}

static void
put_text(struct mh_buf *out, const char *open, struct mh_span text,
    const char *close)
{
    if (text.len == 0)
        return;
    mh_buf_str(out, open);
    df_xml_put_text(out, text);
    mh_buf_str(out, close);
}

/* DER of IssuerSerial (RFC 5035 5): EN 319 132-1 5.2.2. */
static void
put_issuer_serial(struct mh_buf *out, const struct sg_cert *cert)
{
    struct mh_buf der;
    size_t seq, names, dir;

    mh_buf_init(&der, cert->der.len + 64);
    seq = df_der_open(&der, DF_SEQUENCE);
    names = df_der_open(&der, DF_SEQUENCE);
    dir = df_der_open(&der, DF_CONTEXT_CONS(4));
    mh_buf_span(&der, cert->issuer.raw);
    df_der_close(&der, dir);
    df_der_close(&der, names);
    df_der_put(&der, DF_INTEGER, cert->serial);
    df_der_close(&der, seq);
    if (!mh_buf_ok(&der))
        out->bad = true;
    else
        put_base64(out, "<xades:IssuerSerialV2>", mh_buf_get(&der),
            "</xades:IssuerSerialV2>");
    mh_buf_fini(&der);
}

static enum mh_code
put_certificate(struct mh_buf *out, const struct sg_xades_spec *spec,
    struct scope in, struct mh_err *err)
{
    enum mh_digest_alg alg = spec->sign->digest;
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code code = mh_digest_once(alg, spec->certificate->der, err, hash);

    if (code != MH_OK)
        return code;
    mh_buf_printf(out,
        "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
        "<ds:DigestMethod%s Algorithm=\"%s\"></ds:DigestMethod>"
        "<ds:DigestValue%s>",
        in.ds, sg_digest_uri(alg), in.ds);
    mh_base64_encode((struct mh_span){hash, mh_digest_length(alg)}, out);
    mh_buf_str(out, "</ds:DigestValue></xades:CertDigest>");
    put_issuer_serial(out, spec->certificate);
    mh_buf_str(out, "</xades:Cert></xades:SigningCertificateV2>");
    return MH_OK;
}

static void
put_place(struct mh_buf *out, const char *place)
{
    struct mh_span city, country;

    sg_place_split(place, &city, &country);
    if (city.len + country.len == 0)
        return;
    mh_buf_str(out, "<xades:SignatureProductionPlaceV2>");
    put_text(out, "<xades:City>", city, "</xades:City>");
    put_text(out, "<xades:CountryName>", country, "</xades:CountryName>");
    mh_buf_str(out, "</xades:SignatureProductionPlaceV2>");
}

/* In the order of the schema. */
static enum mh_code
put_signed_properties(struct mh_buf *out, const struct sg_xades_spec *spec,
    struct scope in, struct mh_err *err)
{
    const struct sg_sign_spec *s = spec->sign;
    const char *id = (const char *)spec->id.ptr;
    int n = (int)spec->id.len;
    char time[32];
    enum mh_code code;

    mh_time_format(s->time, time);
    mh_buf_printf(out,
        "<xades:SignedProperties%s Id=\"%.*s-SignedProperties\">"
        "<xades:SignedSignatureProperties><xades:SigningTime>%s"
        "</xades:SigningTime>",
        in.xades, n, id, time);
    code = put_certificate(out, spec, in, err);
    if (code != MH_OK)
        return code;
    if (s->place[0] != '\0')
        put_place(out, s->place);
    put_text(out, "<xades:SignerRoleV2><xades:ClaimedRoles><xades:ClaimedRole>",
        mh_span_str(s->role),
        "</xades:ClaimedRole></xades:ClaimedRoles></xades:SignerRoleV2>");
    mh_buf_str(out, "</xades:SignedSignatureProperties>"
                    "<xades:SignedDataObjectProperties>");
    for (size_t i = 0; i < spec->files; i++) {
        mh_buf_printf(out,
            "<xades:DataObjectFormat ObjectReference=\"#%.*s-R%zu\">", n, id,
            i);
        put_text(out, "<xades:MimeType>", mh_span_str(spec->file[i].type),
            "</xades:MimeType>");
        mh_buf_str(out, "</xades:DataObjectFormat>");
    }
    mh_buf_str(out, "</xades:SignedDataObjectProperties>"
                    "</xades:SignedProperties>");
    return MH_OK;
}

static void
put_digest(struct mh_buf *out, enum mh_digest_alg alg, struct mh_span digest)
{
    mh_buf_printf(out,
        "<ds:DigestMethod Algorithm=\"%s\"></ds:DigestMethod>"
        "<ds:DigestValue>",
        sg_digest_uri(alg));
    mh_base64_encode(digest, out);
    mh_buf_str(out, "</ds:DigestValue></ds:Reference>");
}

/* All of SignedInfo after its start tag. */
static void
put_signed_info(struct mh_buf *out, const struct sg_xades_spec *spec,
    struct mh_span properties)
{
    const struct sg_sign_spec *s = spec->sign;
    const char *id = (const char *)spec->id.ptr;
    int n = (int)spec->id.len;

    mh_buf_printf(out,
        "<ds:CanonicalizationMethod Algorithm=\"%s\">"
        "</ds:CanonicalizationMethod>"
        "<ds:SignatureMethod Algorithm=\"%s\"></ds:SignatureMethod>",
        sg_c14n_uri(spec->c14n), sg_signature_uri(s->scheme, s->digest));
    for (size_t i = 0; i < spec->files; i++) {
        mh_buf_printf(out, "<ds:Reference Id=\"%.*s-R%zu\" URI=\"", n, id, i);
        df_uri_put(out, spec->file[i].name);
        mh_buf_str(out, "\">");
        put_digest(out, s->digest, spec->file[i].digest);
    }
    mh_buf_printf(out,
        "<ds:Reference Id=\"%.*s-RP\" Type=\"" TYPE_PROPERTIES
        "\" URI=\"#%.*s-SignedProperties\"><ds:Transforms>"
        "<ds:Transform Algorithm=\"%s\"></ds:Transform></ds:Transforms>",
        n, id, n, id, sg_c14n_uri(DF_C14N_EXC));
    put_digest(out, s->digest, properties);
    mh_buf_str(out, "</ds:SignedInfo>");
}

/* KeyInfo; below level LT the chain has no other place (6.3 (e)). */
static void
put_key_info(struct mh_buf *out, const struct sg_xades_spec *spec)
{
    const struct sg_sign_spec *s = spec->sign;
    bool chain = s->level != MH_LEVEL_LT && s->level != MH_LEVEL_LTA;

    mh_buf_str(out, "<ds:KeyInfo><ds:X509Data>");
    put_base64(out, "<ds:X509Certificate>", spec->certificate->der,
        "</ds:X509Certificate>");
    for (size_t i = 0; i < s->chain_count && chain; i++)
        put_base64(
            out, "<ds:X509Certificate>", s->chain[i], "</ds:X509Certificate>");
    mh_buf_str(out, "</ds:X509Data></ds:KeyInfo>");
}

static enum mh_code
digest_properties(const struct sg_xades_spec *spec, struct mh_err *err,
    uint8_t hash[static MH_DIGEST_MAX])
{
    struct mh_buf buf;
    enum mh_code code;

    mh_buf_init(&buf, MH_XML_SIZE_MAX);
    code = put_signed_properties(&buf, spec, alone, err);
    if (code == MH_OK && !mh_buf_ok(&buf))
        code = mh_fail_finding(err, MH_ELIMIT, MH_F_XML_LIMIT, MH_NO_OFFSET,
            "sign: the signature is too large");
    if (code == MH_OK)
        code = mh_digest_once(spec->sign->digest, mh_buf_get(&buf), err, hash);
    mh_buf_fini(&buf);
    return code;
}

enum mh_code
sg_xades_begin(const struct sg_xades_spec *spec, struct mh_err *err,
    struct mh_buf *head, struct mh_buf *middle, struct mh_buf *tbs)
{
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_span properties = {hash, mh_digest_length(spec->sign->digest)};
    const char *id = (const char *)spec->id.ptr;
    int n = (int)spec->id.len;
    enum mh_code code = digest_properties(spec, err, hash);
    size_t body;

    if (code != MH_OK)
        return code;
    mh_buf_printf(
        head, "<ds:Signature" XMLNS_DS " Id=\"%.*s\"><ds:SignedInfo>", n, id);
    body = head->len;
    put_signed_info(head, spec, properties);
    mh_buf_printf(tbs, "<ds:SignedInfo%s" XMLNS_DS ">",
        spec->c14n == DF_C14N_EXC ? "" : XMLNS_ASIC);
    if (mh_buf_ok(head))
        mh_buf_add(tbs, head->ptr + body, head->len - body);
    put_key_info(middle, spec);
    mh_buf_printf(middle,
        "<ds:Object><xades:QualifyingProperties" XMLNS_XADES
        " Target=\"#%.*s\">",
        n, id);
    code = put_signed_properties(middle, spec, in_file, err);
    if (code == MH_OK &&
        !(mh_buf_ok(head) && mh_buf_ok(middle) && mh_buf_ok(tbs)))
        code = mh_fail_finding(err, MH_ELIMIT, MH_F_XML_LIMIT, MH_NO_OFFSET,
            "sign: the signature is too large");
    return code;
}

void
sg_xades_put_value(
    struct mh_buf *out, struct mh_span id, struct mh_span value, bool canonical)
{
    mh_buf_printf(out, "<ds:SignatureValue%s Id=\"%.*s-SignatureValue\">",
        canonical ? XMLNS_DS : "", (int)id.len, (const char *)id.ptr);
    mh_base64_encode(value, out);
    mh_buf_str(out, "</ds:SignatureValue>");
}

static void
put_token(struct mh_buf *out, struct mh_span token)
{
    mh_buf_printf(out,
        "<ds:CanonicalizationMethod Algorithm=\"%s\">"
        "</ds:CanonicalizationMethod>",
        sg_c14n_uri(SG_STAMP_C14N));
    put_base64(out, "<xades:EncapsulatedTimeStamp>", token,
        "</xades:EncapsulatedTimeStamp>");
}

void
sg_xades_put_stamp(struct mh_buf *out, struct mh_span token, bool declare)
{
    mh_buf_printf(out, "<xades:SignatureTimeStamp%s>",
        declare ? XMLNS_DS XMLNS_XADES : "");
    put_token(out, token);
    mh_buf_str(out, "</xades:SignatureTimeStamp>");
}

void
sg_xades_put_archive_stamp(
    struct mh_buf *out, struct mh_span token, bool declare)
{
    mh_buf_printf(out, "<xades141:ArchiveTimeStamp" XMLNS_XADES41 "%s>",
        declare ? XMLNS_DS XMLNS_XADES : "");
    put_token(out, token);
    mh_buf_str(out, "</xades141:ArchiveTimeStamp>");
}

/* One list of values between two tags; nothing for an empty one. */
static void
put_list(struct mh_buf *out, const char *outer, const char *inner,
    const struct mh_span *der, size_t count)
{
    if (count == 0)
        return;
    if (outer != NULL)
        mh_buf_printf(out, "<xades:%s>", outer);
    for (size_t i = 0; i < count; i++) {
        mh_buf_printf(out, "<xades:%s>", inner);
        mh_base64_encode(der[i], out);
        mh_buf_printf(out, "</xades:%s>", inner);
    }
    if (outer != NULL)
        mh_buf_printf(out, "</xades:%s>", outer);
}

static void
put_values(struct mh_buf *out, const struct sg_values *v, const char *ns)
{
    if (v->cert_count > 0) {
        mh_buf_printf(out, "<xades:CertificateValues%s>", ns);
        put_list(
            out, NULL, "EncapsulatedX509Certificate", v->certs, v->cert_count);
        mh_buf_str(out, "</xades:CertificateValues>");
    }
    if (v->ocsp_count + v->crl_count == 0)
        return;
    mh_buf_printf(out, "<xades:RevocationValues%s>", ns);
    put_list(out, "CRLValues", "EncapsulatedCRLValue", v->crls, v->crl_count);
    put_list(
        out, "OCSPValues", "EncapsulatedOCSPValue", v->ocsps, v->ocsp_count);
    mh_buf_str(out, "</xades:RevocationValues>");
}

void
sg_xades_put_values(
    struct mh_buf *out, const struct sg_values *values, bool declare)
{
    put_values(out, values, declare ? XMLNS_XADES : "");
}

void
sg_xades_put_stamp_data(
    struct mh_buf *out, const struct sg_values *values, bool declare)
{
    if (values->cert_count + values->ocsp_count + values->crl_count == 0)
        return;
    mh_buf_printf(out, "<xades141:TimeStampValidationData" XMLNS_XADES41 "%s>",
        declare ? XMLNS_XADES : "");
    put_values(out, values, "");
    mh_buf_str(out, "</xades141:TimeStampValidationData>");
}

void
sg_xades_end(
    struct mh_buf *out, const struct sg_values *values, struct mh_span token)
{
    bool any = token.len + values->cert_count + values->ocsp_count +
                   values->crl_count >
               0;

    if (any)
        mh_buf_str(out, "<xades:UnsignedProperties>"
                        "<xades:UnsignedSignatureProperties>");
    if (token.len > 0)
        sg_xades_put_stamp(out, token, false);
    sg_xades_put_values(out, values, false);
    if (any)
        mh_buf_str(out, "</xades:UnsignedSignatureProperties>"
                        "</xades:UnsignedProperties>");
    mh_buf_str(out, "</xades:QualifyingProperties></ds:Object>"
                    "</ds:Signature>");
}
