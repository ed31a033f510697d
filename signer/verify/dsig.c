#include "signer/verify/dsig.h"

#include "base/limits.h"
#include "base/text.h"
#include "signer/verify/dsig_alg.h"

#define TYPE_PROPERTIES    "http://uri.etsi.org/01903#SignedProperties"
#define TYPE_PROPERTIES11  "http://uri.etsi.org/01903/v1.1.1#SignedProperties"
#define TYPE_PROPERTIES22  "http://uri.etsi.org/01903/v1.2.2#SignedProperties"
#define TYPE_COUNTERSIGNED "http://uri.etsi.org/01903#CountersignedSignature"
#define TYPE_MANIFEST      DF_NS_DS "Manifest"

/* Shared by the steps of reading one signature. */
struct reader {
    struct sg_ctx *ctx;
    struct sg_out *out;
    struct sg_dsig *dsig;
};

/* A breach: finding, sub-indication, and false to stop. */
static bool
breach(struct reader *r, enum mh_finding_code code, enum mh_sub sub,
    const char *what)
{
    sg_out_add(r->out, code, MH_ERROR, what);
    if (r->dsig->sub == MH_SUB_NONE)
        r->dsig->sub = sub;
    return false;
}

static bool
structure(struct reader *r, const char *what)
{
    return breach(r, MH_F_SIG_STRUCTURE, MH_FORMAT_FAILURE, what);
}

bool
sg_node_base64(struct sg_ctx *ctx, const struct df_node *node,
    struct sg_out *out, struct mh_span *bytes)
{
    struct mh_err err;
    struct mh_span text;
    uint8_t *p;
    size_t len;

    if (df_node_text(node, ctx->arena, &err, &text) != MH_OK) {
        sg_out_err(out, &err, MH_F_SIG_STRUCTURE, MH_ERROR);
        return false;
    }
    p = mh_arena_raw(ctx->arena, mh_base64_max(text.len));
    if (p == NULL) {
        out->lost = true;
        return false;
    }
    if (!mh_base64_decode(text, p, &len)) {
        sg_out_add(out, MH_F_BASE64_INVALID, MH_ERROR,
            sg_clean_str(ctx->arena, df_node_local(node)));
        return false;
    }
    *bytes = (struct mh_span){p, len};
    return true;
}

/* Takes the next child if it has that name. */
static const struct df_node *
take(const struct df_node **at, const char *local)
{
    const struct df_node *n = *at;

    if (n == NULL || !df_node_is(n, DF_NS_DS, local))
        return NULL;
    *at = df_node_next(n);
    return n;
}

static bool
read_c14n(struct reader *r, const struct df_node *method, struct df_c14n *out)
{
    const struct df_node *inc;
    struct mh_span uri;

    if (!df_node_attr(method, NULL, "Algorithm", &uri) ||
        !df_c14n_from_uri(uri, out))
        return breach(r, MH_F_TRANSFORM_REFUSED, MH_FORMAT_FAILURE,
            sg_clean(r->ctx->arena, uri));
    if (out->comments)
        sg_strict_rule(r->ctx, r->out, MH_F_C14N_COMMENTS, "");
    inc = df_node_first(method);
    if (inc == NULL)
        return true;
    if (out->method != DF_C14N_EXC ||
        !df_node_is(inc, DF_NS_EXC, "InclusiveNamespaces") ||
        df_node_next(inc) != NULL || df_node_first(inc) != NULL)
        return breach(r, MH_F_TRANSFORM_REFUSED, MH_FORMAT_FAILURE,
            "CanonicalizationMethod");
    (void)df_node_attr(inc, NULL, "PrefixList", &out->prefixes);
    return true;
}

static bool
read_signature_method(struct reader *r, const struct df_node *method)
{
    struct mh_arena *arena = r->ctx->arena;
    struct mh_span uri;

    if (!df_node_attr(method, NULL, "Algorithm", &uri))
        return structure(r, "SignatureMethod");
    if (sg_xml_is_hmac(uri))
        return breach(
            r, MH_F_ALGORITHM_HMAC, MH_FORMAT_FAILURE, sg_clean(arena, uri));
    if (sg_xml_is_pss(uri)) {
        if (!sg_xml_pss_params(method, arena, &r->dsig->alg))
            return breach(r, MH_F_ALGORITHM_PARAMETERS,
                MH_CRYPTO_CONSTRAINTS_FAILURE, "RSAPSSParams");
        return true;
    }
    if (!sg_xml_signature(uri, &r->dsig->alg))
        return breach(r, MH_F_ALGORITHM_UNKNOWN, MH_CRYPTO_CONSTRAINTS_FAILURE,
            sg_clean(arena, uri));
    if (df_node_first(method) != NULL)
        return breach(r, MH_F_ALGORITHM_PARAMETERS,
            MH_CRYPTO_CONSTRAINTS_FAILURE, "SignatureMethod");
    return true;
}

/* "#Id" and the two XPointer forms that mean the same (XMLDSIG 4.4.3.3). */
static bool
same_document_id(struct mh_span uri, struct mh_span *id)
{
    static const char before[] = "#xpointer(id('", after[] = "'))";

    if (mh_span_starts(uri, before) && mh_span_ends(uri, after) &&
        uri.len > sizeof(before) + sizeof(after) - 2)
        return mh_span_sub(uri, sizeof(before) - 1,
            uri.len - (sizeof(before) - 1) - (sizeof(after) - 1), id);
    if (uri.len < 2 || uri.ptr[0] != '#' ||
        memchr(uri.ptr, '(', uri.len) != NULL)
        return false;
    return mh_span_sub(uri, 1, uri.len - 1, id);
}

/* The type that XAdES gives the reference to its signed properties; older
 * versions name themselves in it. */
static bool
is_properties(struct mh_span type, const struct df_node *target)
{
    const char *ns = target == NULL ? DF_NS_XADES : df_node_ns(target);

    if (strcmp(ns, DF_NS_XADES11) == 0)
        return mh_span_is(type, TYPE_PROPERTIES11);
    if (strcmp(ns, DF_NS_XADES22) == 0)
        return mh_span_is(type, TYPE_PROPERTIES22);
    return mh_span_is(type, TYPE_PROPERTIES);
}

/* What the reference points at; formats.md 6.2 first two columns. */
static bool
read_target(struct reader *r, struct sg_ref *ref)
{
    struct mh_span type = {0}, id;
    size_t count = 0;

    if (!df_node_attr(ref->node, NULL, "URI", &ref->uri))
        return breach(
            r, MH_F_REFERENCE_URI, MH_FORMAT_FAILURE, "Reference without URI");
    (void)df_node_attr(ref->node, NULL, "Type", &type);
    if (ref->uri.len == 0 || mh_span_is(ref->uri, "#xpointer(/)")) {
        ref->kind = SG_REF_WHOLE;
        return true;
    }
    if (ref->uri.ptr[0] != '#') {
        ref->kind = SG_REF_FILE;
        if (is_properties(type, NULL))
            return breach(r, MH_F_SIGNED_PROPERTIES_REFERENCE,
                MH_FORMAT_FAILURE, "not in the signature file");
        return true;
    }
    if (!same_document_id(ref->uri, &id))
        return breach(r, MH_F_REFERENCE_URI, MH_FORMAT_FAILURE,
            sg_clean(r->ctx->arena, ref->uri));
    ref->target = df_xml_id(r->dsig->xml, id, &count);
    if (count > 1)
        return breach(r, MH_F_ID_DUPLICATE, MH_FORMAT_FAILURE,
            sg_clean(r->ctx->arena, id));
    if (ref->target == NULL)
        return breach(r, MH_F_REFERENCE_URI, MH_FORMAT_FAILURE,
            sg_clean(r->ctx->arena, ref->uri));
    if (is_properties(type, ref->target))
        ref->kind = SG_REF_PROPERTIES;
    else if (mh_span_is(type, TYPE_MANIFEST) &&
             df_node_is(ref->target, DF_NS_DS, "Manifest"))
        ref->kind = SG_REF_MANIFEST;
    else if (mh_span_is(type, TYPE_COUNTERSIGNED))
        ref->kind = SG_REF_COUNTERSIGNED;
    else
        ref->kind = SG_REF_LOCAL;
    return true;
}

/* One ds:Transform after the others were read. */
static bool
read_transform(struct reader *r, struct sg_ref *ref, const struct df_node *t)
{
    struct mh_span uri = {0};
    bool doc =
        ref->kind == SG_REF_WHOLE ||
        (ref->kind == SG_REF_LOCAL && ref->target == df_xml_root(r->dsig->xml));

    (void)df_node_attr(t, NULL, "Algorithm", &uri); /* absent: unknown */
    if (sg_xml_is_transform(uri, SG_TRANSFORM_ENVELOPED) && doc &&
        !ref->transformed && !ref->enveloped && df_node_first(t) == NULL) {
        ref->enveloped = true;
        return true;
    }
    if (sg_xml_is_transform(uri, SG_TRANSFORM_BASE64) &&
        ref->kind == SG_REF_LOCAL && !ref->transformed && !ref->enveloped &&
        !ref->base64 && df_node_is(ref->target, DF_NS_DS, "Object")) {
        struct mh_span enc;

        /* Only where the Object says that it holds base64. */
        if (df_node_attr(ref->target, NULL, "Encoding", &enc) &&
            sg_xml_is_transform(enc, SG_TRANSFORM_BASE64)) {
            ref->base64 = true;
            return true;
        }
    }
    if (ref->kind == SG_REF_FILE || ref->transformed || ref->base64 ||
        !df_c14n_from_uri(uri, &ref->c14n))
        return breach(r, MH_F_TRANSFORM_REFUSED, MH_FORMAT_FAILURE,
            sg_clean(r->ctx->arena, uri));
    ref->transformed = true;
    return read_c14n(r, t, &ref->c14n);
}

static bool
read_digest(struct reader *r, struct sg_ref *ref, const struct df_node *method,
    const struct df_node *value)
{
    struct mh_span uri, bytes;

    if (!df_node_attr(method, NULL, "Algorithm", &uri))
        return structure(r, "DigestMethod");
    ref->alg = sg_xml_digest(uri);
    if (ref->alg == MH_DIGEST_NONE)
        return breach(r, MH_F_ALGORITHM_UNKNOWN, MH_CRYPTO_CONSTRAINTS_FAILURE,
            sg_clean(r->ctx->arena, uri));
    if (df_node_first(method) != NULL)
        return breach(r, MH_F_ALGORITHM_PARAMETERS,
            MH_CRYPTO_CONSTRAINTS_FAILURE, "DigestMethod");
    if (!sg_node_base64(r->ctx, value, r->out, &bytes)) {
        r->dsig->sub = MH_FORMAT_FAILURE;
        return false;
    }
    if (bytes.len != mh_digest_length(ref->alg))
        return breach(
            r, MH_F_DIGEST_MISMATCH, MH_HASH_FAILURE, "DigestValue length");
    memcpy(ref->value, bytes.ptr, bytes.len);
    ref->value_len = bytes.len;
    return true;
}

static bool
read_reference(struct reader *r, const struct df_node *node, struct sg_ref *ref)
{
    const struct df_node *at = df_node_first(node), *list, *method, *value;

    *ref = (struct sg_ref){
        .node = node, .file = SIZE_MAX, .c14n = {.method = DF_C14N_10}};
    (void)df_node_id(node, &ref->id); /* none is fine */
    list = take(&at, "Transforms");
    method = take(&at, "DigestMethod");
    value = take(&at, "DigestValue");
    if (method == NULL || value == NULL || at != NULL || df_node_has_text(node))
        return structure(r, "Reference");
    if (!read_target(r, ref))
        return false;
    for (const struct df_node *t = list == NULL ? NULL : df_node_first(list);
         t != NULL; t = df_node_next(t)) {
        if (!df_node_is(t, DF_NS_DS, "Transform"))
            return structure(r, "Transforms");
        if (!read_transform(r, ref, t))
            return false;
    }
    return read_digest(r, ref, method, value);
}

/* Every ds:Reference of the signature, Manifests included. */
static size_t
count_references(const struct df_node *sig)
{
    size_t n = 0;

    for (const struct df_node *at = sig; at != NULL; at = df_node_walk(sig, at))
        n += df_node_is(at, DF_NS_DS, "Reference");
    return n;
}

/*
 * A ds:Manifest of this signature (XMLDSIG 5.1): its references are held to
 * the rules of data files and all of them are checked.
 */
static bool
read_manifest(struct reader *r, const struct df_node *manifest)
{
    struct sg_dsig *d = r->dsig;

    if (!df_node_within(manifest, d->node))
        return breach(
            r, MH_F_REFERENCE_URI, MH_FORMAT_FAILURE, "foreign Manifest");
    for (const struct df_node *n = df_node_first(manifest); n != NULL;
         n = df_node_next(n)) {
        struct sg_ref *ref = &d->ref[d->refs];

        if (!df_node_is(n, DF_NS_DS, "Reference"))
            return structure(r, "Manifest");
        if (d->refs == MH_XML_REFERENCES_MAX)
            return breach(r, MH_F_LIMIT, MH_FORMAT_FAILURE, "Reference");
        for (size_t i = 0; i < d->refs; i++)
            if (d->ref[i].node == n)
                return breach(
                    r, MH_F_REFERENCE_URI, MH_FORMAT_FAILURE, "Manifest twice");
        if (!read_reference(r, n, ref))
            return false;
        if (ref->kind != SG_REF_FILE)
            return breach(r, MH_F_REFERENCE_URI, MH_FORMAT_FAILURE,
                "Manifest names more than files");
        ref->inner = true;
        d->refs++;
    }
    return true;
}

static bool
read_signed_info(struct reader *r)
{
    struct sg_dsig *d = r->dsig;
    const struct df_node *at = df_node_first(d->signed_info), *c14n, *method;
    size_t n;

    c14n = take(&at, "CanonicalizationMethod");
    method = take(&at, "SignatureMethod");
    n = df_node_count(d->signed_info, DF_NS_DS, "Reference");
    if (c14n == NULL || method == NULL || n == 0 ||
        df_node_has_text(d->signed_info))
        return structure(r, "SignedInfo");
    if (n > MH_XML_REFERENCES_MAX)
        return breach(r, MH_F_LIMIT, MH_FORMAT_FAILURE, "Reference");
    if (!read_c14n(r, c14n, &d->c14n) || !read_signature_method(r, method))
        return false;
    /* Room for the references of Manifests as well. */
    d->ref = mh_arena_array(
        r->ctx->arena, count_references(d->node), sizeof(*d->ref));
    if (d->ref == NULL) {
        r->out->lost = true;
        return false;
    }
    for (; at != NULL; at = df_node_next(at)) {
        if (!df_node_is(at, DF_NS_DS, "Reference"))
            return structure(r, "SignedInfo");
        if (!read_reference(r, at, &d->ref[d->refs]))
            return false;
        d->refs++;
    }
    for (size_t i = 0, own = d->refs; i < own; i++)
        if (d->ref[i].kind == SG_REF_MANIFEST &&
            !read_manifest(r, d->ref[i].target))
            return false;
    return true;
}

static bool
add_certificate(struct reader *r, const struct df_node *node, size_t max)
{
    struct mh_span der;
    struct mh_err err;
    const struct sg_cert *cert;
    enum mh_code code;

    if (r->dsig->certs == max || !sg_node_base64(r->ctx, node, r->out, &der)) {
        r->dsig->sub = MH_FORMAT_FAILURE;
        return false;
    }
    code = sg_pool_add_der(r->ctx->pool, der, &err, &cert);
    if (code == MH_ENOMEM) {
        r->out->lost = true;
        return false;
    }
    if (code != MH_OK) {
        sg_out_err(r->out, &err, MH_F_CERTIFICATE_INVALID, MH_WARNING);
        return true; /* another one may be the signer's */
    }
    r->dsig->cert[r->dsig->certs++] = cert;
    return true;
}

static bool
read_key_info(struct reader *r)
{
    struct sg_dsig *d = r->dsig;

    d->cert =
        mh_arena_array(r->ctx->arena, MH_CERTS_MAX, sizeof(struct sg_cert *));
    if (d->cert == NULL) {
        r->out->lost = true;
        return false;
    }
    if (d->key_info == NULL)
        return true;
    for (const struct df_node *n = df_node_first(d->key_info); n != NULL;
         n = df_node_next(n)) {
        if (df_node_is(n, DF_NS_DS, "KeyValue"))
            d->key_values++;
        if (!df_node_is(n, DF_NS_DS, "X509Data"))
            continue;
        for (const struct df_node *c = df_node_first(n); c != NULL;
             c = df_node_next(c))
            if (df_node_is(c, DF_NS_DS, "X509Certificate") &&
                !add_certificate(r, c, MH_CERTS_MAX))
                return false;
    }
    return true;
}

static bool
read_all(struct reader *r)
{
    struct sg_dsig *d = r->dsig;
    const struct df_node *at = df_node_first(d->node);

    d->signed_info = take(&at, "SignedInfo");
    d->value_node = take(&at, "SignatureValue");
    d->key_info = take(&at, "KeyInfo");
    while (take(&at, "Object") != NULL)
        ;
    if (d->signed_info == NULL || d->value_node == NULL || at != NULL ||
        df_node_has_text(d->node))
        return structure(r, "Signature");
    if (df_node_has_pi(d->node))
        sg_out_add(r->out, MH_F_XML_PI, MH_WARNING, "");
    if (!read_signed_info(r))
        return false;
    if (!sg_node_base64(r->ctx, d->value_node, r->out, &d->value) ||
        d->value.len == 0) {
        d->sub = MH_FORMAT_FAILURE;
        return d->value.len == 0 && !r->out->lost
                   ? structure(r, "SignatureValue")
                   : false;
    }
    return read_key_info(r);
}

enum mh_code
sg_dsig_read(struct sg_ctx *ctx, const struct df_xml *xml,
    const struct df_node *node, struct sg_out *out, struct mh_err *err,
    struct sg_dsig *dsig)
{
    struct reader r = {ctx, out, dsig};

    *dsig = (struct sg_dsig){.xml = xml, .node = node};
    (void)df_node_id(node, &dsig->id); /* none is fine for now */
    (void)read_all(&r);                /* findings say what it met */
    if (out->lost)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "signature: no memory");
    return MH_OK;
}
