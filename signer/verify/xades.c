#include "signer/verify/xades.h"

#include "base/limits.h"
#include "base/text.h"
#include "base/time.h"
#include "signer/verify/dsig_alg.h"

struct reader {
    struct sg_ctx *ctx;
    struct sg_out *out;
    struct sg_dsig *dsig;
    struct sg_xades *x;
};

static bool
breach(struct reader *r, enum mh_finding_code code, const char *what)
{
    sg_out_add(r->out, code, MH_ERROR, what);
    if (r->dsig->sub == MH_SUB_NONE)
        r->dsig->sub = MH_FORMAT_FAILURE;
    return false;
}

static bool
no_memory(struct reader *r)
{
    r->out->lost = true;
    return false;
}

static bool
is_xades_ns(const char *ns)
{
    return strcmp(ns, DF_NS_XADES) == 0 || strcmp(ns, DF_NS_XADES11) == 0 ||
           strcmp(ns, DF_NS_XADES22) == 0;
}

static bool
is(const struct reader *r, const struct df_node *n, const char *local)
{
    return df_node_is(n, r->x->ns, local);
}

static const struct df_node *
child(const struct reader *r, const struct df_node *n, const char *local)
{
    return n == NULL ? NULL : df_node_child(n, r->x->ns, local);
}

static struct mh_span
trim(struct mh_span s)
{
    static const char blank[] = " \t\r\n";

    while (s.len > 0 && strchr(blank, s.ptr[0]) != NULL) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && strchr(blank, s.ptr[s.len - 1]) != NULL)
        s.len--;
    return s;
}

/* Text of a node without white space around it; empty where unreadable. */
static struct mh_span
text_of(const struct reader *r, const struct df_node *n)
{
    struct mh_span s = {0};

    if (n == NULL || df_node_text(n, r->ctx->arena, NULL, &s) != MH_OK)
        return (struct mh_span){0};
    return trim(s);
}

/*
 * The one QualifyingProperties in an Object of this signature, its Target the
 * signature's own Id (formats.md 6.3).
 */
static bool
find_qualifying(struct reader *r, bool required)
{
    struct sg_xades *x = r->x;
    struct mh_span target;
    size_t count;

    for (const struct df_node *o =
             df_node_child(r->dsig->node, DF_NS_DS, "Object");
         o != NULL; o = df_node_sibling(o, DF_NS_DS, "Object"))
        for (const struct df_node *n = df_node_first(o); n != NULL;
             n = df_node_next(n)) {
            if (!is_xades_ns(df_node_ns(n)))
                continue;
            if (strcmp(df_node_local(n), "QualifyingProperties") != 0 ||
                x->qualifying != NULL)
                return breach(r, MH_F_QUALIFYING_PROPERTIES,
                    sg_clean_str(r->ctx->arena, df_node_local(n)));
            x->qualifying = n;
            x->object = o;
            x->ns = df_node_ns(n);
        }
    if (x->qualifying == NULL)
        return required ? breach(r, MH_F_QUALIFYING_PROPERTIES, "") : true;
    if (!df_node_attr(x->qualifying, NULL, "Target", &target) ||
        target.len < 2 || target.ptr[0] != '#' || r->dsig->id.len == 0 ||
        !mh_span_eq(
            (struct mh_span){target.ptr + 1, target.len - 1}, r->dsig->id))
        return breach(r, MH_F_QUALIFYING_PROPERTIES, "Target");
    (void)df_xml_id(r->dsig->xml, r->dsig->id, &count); /* only the count */
    if (count != 1)
        return breach(
            r, MH_F_ID_DUPLICATE, sg_clean(r->ctx->arena, r->dsig->id));
    return true;
}

/* The properties inside, each at most once. */
static bool
find_properties(struct reader *r)
{
    struct sg_xades *x = r->x;
    const struct df_node *u = NULL;

    for (const struct df_node *n = df_node_first(x->qualifying); n != NULL;
         n = df_node_next(n)) {
        if (is(r, n, "SignedProperties") && x->signed_properties == NULL)
            x->signed_properties = n;
        else if (is(r, n, "UnsignedProperties") && u == NULL)
            u = n;
        else
            return breach(r, MH_F_QUALIFYING_PROPERTIES,
                sg_clean_str(r->ctx->arena, df_node_local(n)));
    }
    x->unsigned_properties = child(r, u, "UnsignedSignatureProperties");
    if (x->unsigned_properties != NULL &&
        df_node_count(u, x->ns, "UnsignedSignatureProperties") != 1)
        return breach(
            r, MH_F_QUALIFYING_PROPERTIES, "UnsignedSignatureProperties");
    if (x->signed_properties == NULL)
        return breach(r, MH_F_QUALIFYING_PROPERTIES, "SignedProperties");
    return true;
}

/* Exactly one reference of the type, to that very node. */
static bool
check_reference(struct reader *r)
{
    size_t found = 0;

    for (size_t i = 0; i < r->dsig->refs; i++) {
        const struct sg_ref *ref = &r->dsig->ref[i];

        if (ref->kind != SG_REF_PROPERTIES)
            continue;
        found++;
        if (ref->target != r->x->signed_properties || ref->enveloped ||
            ref->base64)
            return breach(r, MH_F_SIGNED_PROPERTIES_REFERENCE, "");
    }
    return found == 1 ? true
                      : breach(r, MH_F_SIGNED_PROPERTIES_REFERENCE,
                            found == 0 ? "no reference" : "several references");
}

static bool
read_cert(struct reader *r, const struct df_node *cert, struct sg_cert_ref *out)
{
    const struct df_node *digest = child(r, cert, "CertDigest"), *is1, *is2;
    const struct df_node *method, *value;
    struct mh_span uri;

    method =
        digest == NULL ? NULL : df_node_child(digest, DF_NS_DS, "DigestMethod");
    value =
        digest == NULL ? NULL : df_node_child(digest, DF_NS_DS, "DigestValue");
    if (method == NULL || value == NULL ||
        !df_node_attr(method, NULL, "Algorithm", &uri))
        return breach(r, MH_F_ATTRIBUTE_INVALID, "CertDigest");
    out->alg = sg_xml_digest(uri);
    if (!sg_node_base64(r->ctx, value, r->out, &out->digest))
        return breach(r, MH_F_ATTRIBUTE_INVALID, "CertDigest");
    is1 = child(r, cert, "IssuerSerial");
    is2 = child(r, cert, "IssuerSerialV2");
    if (is1 != NULL) {
        out->issuer_name =
            text_of(r, df_node_child(is1, DF_NS_DS, "X509IssuerName"));
        out->serial_text =
            text_of(r, df_node_child(is1, DF_NS_DS, "X509SerialNumber"));
    }
    if (is2 != NULL &&
        !sg_node_base64(r->ctx, is2, r->out, &out->issuer_serial))
        return breach(r, MH_F_ATTRIBUTE_INVALID, "IssuerSerialV2");
    return true;
}

static bool
read_signing_certificate(struct reader *r, const struct df_node *n)
{
    struct sg_xades *x = r->x;
    size_t count = df_node_count(n, x->ns, "Cert");

    if (x->signing_certificate)
        return breach(r, MH_F_ATTRIBUTE_INVALID, "SigningCertificate");
    x->signing_certificate = true;
    if (count == 0 || count > MH_CERTS_MAX)
        return breach(r, MH_F_ATTRIBUTE_INVALID, "SigningCertificate");
    x->cert = mh_arena_array(r->ctx->arena, count, sizeof(*x->cert));
    if (x->cert == NULL)
        return no_memory(r);
    for (const struct df_node *c = child(r, n, "Cert"); c != NULL;
         c = df_node_sibling(c, x->ns, "Cert"))
        if (!read_cert(r, c, &x->cert[x->certs++]))
            return false;
    return true;
}

static void
read_policy(struct reader *r, const struct df_node *n)
{
    struct sg_xades *x = r->x;
    const struct df_node *id = child(r, n, "SignaturePolicyId"), *q;
    const struct df_node *sig_id = child(r, id, "SigPolicyId");
    const struct df_node *ident = child(r, sig_id, "Identifier");
    struct mh_span qualifier;

    x->policy_implied = child(r, n, "SignaturePolicyImplied") != NULL;
    x->policy_id = text_of(r, ident);
    if (ident != NULL && df_node_attr(ident, NULL, "Qualifier", &qualifier))
        x->policy_oid_as_urn = mh_span_is(trim(qualifier), "OIDAsURN");
    q = child(r, id, "SigPolicyQualifiers");
    for (q = child(r, q, "SigPolicyQualifier"); q != NULL;
         q = df_node_sibling(q, x->ns, "SigPolicyQualifier"))
        if (child(r, q, "SPURI") != NULL)
            x->policy_spuri = true;
}

/* Texts of the leaves below, joined; clean. */
static const char *
join_texts(struct reader *r, const struct df_node *top, const char *between)
{
    const char *text = "";
    struct mh_buf buf;

    mh_buf_init(&buf, MH_REPORT_TEXT_MAX / 2);
    for (const struct df_node *n = df_node_walk(top, top); n != NULL;
         n = df_node_walk(top, n)) {
        struct mh_span s;

        if (n == top || df_node_first(n) != NULL)
            continue;
        s = text_of(r, n);
        if (s.len == 0)
            continue;
        if (buf.len > 0)
            mh_buf_str(&buf, between);
        mh_buf_span(&buf, s);
    }
    if (mh_buf_ok(&buf))
        text = sg_clean(r->ctx->arena, mh_buf_get(&buf));
    mh_buf_fini(&buf);
    return text;
}

/* Returns whether the name is one a signature may have; reads it. */
static bool
read_signed_property(struct reader *r, const struct df_node *n)
{
    struct sg_xades *x = r->x;

    if (is(r, n, "SigningTime")) {
        if (!mh_time_parse(text_of(r, n), true, &x->signing_time))
            return breach(r, MH_F_ATTRIBUTE_INVALID, "SigningTime");
    } else if (is(r, n, "SigningCertificate") ||
               is(r, n, "SigningCertificateV2")) {
        return read_signing_certificate(r, n);
    } else if (is(r, n, "SignaturePolicyIdentifier")) {
        read_policy(r, n);
    } else if (is(r, n, "SignerRole") || is(r, n, "SignerRoleV2")) {
        const struct df_node *claimed = child(r, n, "ClaimedRoles");

        if (claimed != NULL)
            x->role = join_texts(r, claimed, "; ");
    } else if (is(r, n, "SignatureProductionPlace") ||
               is(r, n, "SignatureProductionPlaceV2")) {
        x->place = join_texts(r, n, ", ");
    }
    return true;
}

static bool
read_object_property(struct reader *r, const struct df_node *n)
{
    struct sg_xades *x = r->x;

    if (is(r, n, "DataObjectFormat")) {
        struct sg_object_format *f = &x->format[x->formats++];

        if (!df_node_attr(n, NULL, "ObjectReference", &f->object) ||
            f->object.len < 2 || f->object.ptr[0] != '#')
            return breach(r, MH_F_DATA_OBJECT_FORMAT, "ObjectReference");
        f->object.ptr++;
        f->object.len--;
        f->mime = text_of(r, child(r, n, "MimeType"));
    } else if (is(r, n, "AllDataObjectsTimeStamp") ||
               is(r, n, "IndividualDataObjectsTimeStamp")) {
        x->content_stamp[x->content_stamps++] = n;
    }
    return true;
}

static size_t
children(const struct df_node *n)
{
    size_t count = 0;

    if (n != NULL)
        for (n = df_node_first(n); n != NULL; n = df_node_next(n))
            count++;
    return count;
}

static bool
read_signed(struct reader *r)
{
    struct sg_xades *x = r->x;
    const struct df_node *sig =
        child(r, x->signed_properties, "SignedSignatureProperties");
    const struct df_node *obj =
        child(r, x->signed_properties, "SignedDataObjectProperties");
    size_t n = children(obj);

    x->format = mh_arena_array(r->ctx->arena, n, sizeof(*x->format));
    x->content_stamp =
        mh_arena_array(r->ctx->arena, n, sizeof(struct df_node *));
    if (x->format == NULL || x->content_stamp == NULL)
        return no_memory(r);
    for (const struct df_node *p = sig == NULL ? NULL : df_node_first(sig);
         p != NULL; p = df_node_next(p))
        if (!read_signed_property(r, p))
            return false;
    for (const struct df_node *p = obj == NULL ? NULL : df_node_first(obj);
         p != NULL; p = df_node_next(p))
        if (!read_object_property(r, p))
            return false;
    return true;
}

static const struct {
    const char *local;
    enum sg_property kind;
} known_unsigned[] = {
    {"SignatureTimeStamp", SG_PROP_SIGNATURE_STAMP},
    {"SigAndRefsTimeStamp", SG_PROP_REFS_STAMP},
    {"SigAndRefsTimeStampV2", SG_PROP_REFS_STAMP},
    {"RefsOnlyTimeStamp", SG_PROP_REFS_STAMP},
    {"RefsOnlyTimeStampV2", SG_PROP_REFS_STAMP},
    {"ArchiveTimeStamp", SG_PROP_ARCHIVE_STAMP},
    {"CounterSignature", SG_PROP_COUNTER_SIGNATURE},
    {"CertificateValues", SG_PROP_CERTIFICATES},
    {"AttrAuthoritiesCertValues", SG_PROP_CERTIFICATES},
    {"RevocationValues", SG_PROP_REVOCATION},
    {"AttributeRevocationValues", SG_PROP_REVOCATION},
    {"TimeStampValidationData", SG_PROP_STAMP_DATA},
    {"CompleteCertificateRefs", SG_PROP_OTHER},
    {"CompleteCertificateRefsV2", SG_PROP_OTHER},
    {"CompleteRevocationRefs", SG_PROP_OTHER},
    {"AttributeCertificateRefs", SG_PROP_OTHER},
    {"AttributeCertificateRefsV2", SG_PROP_OTHER},
    {"AttributeRevocationRefs", SG_PROP_OTHER},
    {"SignaturePolicyStore", SG_PROP_OTHER},
    {"RenewedDigests", SG_PROP_OTHER},
};

static void
classify(struct reader *r, const struct df_node *n, struct sg_unsigned *out)
{
    const char *ns = df_node_ns(n);

    out->node = n;
    out->kind = SG_PROP_OTHER;
    if (is_xades_ns(ns) || strcmp(ns, DF_NS_XADES41) == 0)
        for (size_t i = 0;
             i < sizeof(known_unsigned) / sizeof(known_unsigned[0]); i++)
            if (strcmp(df_node_local(n), known_unsigned[i].local) == 0) {
                out->kind = known_unsigned[i].kind;
                return;
            }
    if (strstr(df_node_local(n), "EvidenceRecord") != NULL)
        sg_out_add(r->out, MH_F_EVIDENCE_RECORD, MH_WARNING, "");
    else
        sg_out_add(r->out, MH_F_PROPERTY_UNKNOWN, MH_INFO,
            sg_clean_str(r->ctx->arena, df_node_local(n)));
}

static bool
read_unsigned(struct reader *r)
{
    struct sg_xades *x = r->x;
    size_t n = children(x->unsigned_properties);

    if (n == 0)
        return true;
    x->prop = mh_arena_array(r->ctx->arena, n, sizeof(*x->prop));
    if (x->prop == NULL)
        return no_memory(r);
    for (const struct df_node *p = df_node_first(x->unsigned_properties);
         p != NULL; p = df_node_next(p))
        classify(r, p, &x->prop[x->props++]);
    return true;
}

enum mh_code
sg_xades_read(struct sg_ctx *ctx, struct sg_dsig *dsig, bool required,
    struct sg_out *out, struct mh_err *err, struct sg_xades *xades)
{
    struct reader r = {ctx, out, dsig, xades};

    *xades = (struct sg_xades){.ns = DF_NS_XADES,
        .signing_time = MH_TIME_NONE,
        .role = "",
        .place = ""};
    if (find_qualifying(&r, required) && xades->qualifying != NULL)
        (void)(find_properties(&r) && check_reference(&r) && read_signed(&r) &&
               read_unsigned(&r)); /* findings say the rest */
    if (out->lost)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "signature: no memory");
    return MH_OK;
}
