#include "signer/trust/tlsig.h"

#include "base/limits.h"
#include "base/text.h"
#include "base/wire/codes.h"
#include "docformat/docformat.h"
#include "signer/trust/key.h"
#include "signer/verify/dsig_alg.h"

struct tlsig {
    const struct df_xml *xml;
    const struct df_node *node; /* ds:Signature */
    const struct df_node *info; /* ds:SignedInfo */
    struct mh_arena *arena;
    struct mh_err *err;
};

static enum mh_code
bad(struct mh_err *err, int finding, const char *what)
{
    return mh_fail_finding(
        err, MH_EFORMAT, finding, MH_NO_OFFSET, "trusted list: %s", what);
}

static enum mh_code
base64(struct tlsig *s, const struct df_node *n, struct mh_span *out)
{
    struct mh_span text;
    uint8_t *p;
    size_t len;
    enum mh_code rc = df_node_text(n, s->arena, s->err, &text);

    if (rc != MH_OK)
        return rc;
    p = mh_arena_alloc(s->arena, mh_base64_max(text.len));
    if (p == NULL)
        return mh_fail(s->err, MH_ENOMEM, MH_NO_OFFSET, "trusted list: memory");
    if (!mh_base64_decode(text, p, &len))
        return bad(s->err, MH_F_BASE64_INVALID, "value is not base64");
    *out = (struct mh_span){p, len};
    return MH_OK;
}

static bool
algorithm(const struct df_node *n, struct mh_span *uri)
{
    return n != NULL && df_node_attr(n, NULL, "Algorithm", uri);
}

static bool
prefix_list(const struct df_node *n, struct df_c14n *how)
{
    const struct df_node *inc =
        df_node_child(n, DF_NS_EXC, "InclusiveNamespaces");

    if (inc == NULL)
        return df_node_first(n) == NULL;
    return how->method == DF_C14N_EXC &&
           df_node_attr(inc, NULL, "PrefixList", &how->prefixes) &&
           df_node_first(n) == inc && df_node_next(inc) == NULL;
}

/* The transforms: enveloped-signature once at most, one canonical form. */
static bool
read_transforms(const struct df_node *ref, struct df_c14n *how, bool *enveloped)
{
    const struct df_node *all = df_node_child(ref, DF_NS_DS, "Transforms");
    bool written = false;
    struct mh_span uri;

    *how = (struct df_c14n){.method = DF_C14N_10};
    *enveloped = false;
    if (all == NULL)
        return true;
    for (const struct df_node *t = df_node_first(all); t != NULL;
         t = df_node_next(t)) {
        if (!df_node_is(t, DF_NS_DS, "Transform") || !algorithm(t, &uri))
            return false;
        if (sg_xml_is_transform(uri, SG_TRANSFORM_ENVELOPED)) {
            if (*enveloped || written)
                return false;
            *enveloped = true;
        } else {
            if (written || !df_c14n_from_uri(uri, how) || how->comments ||
                !prefix_list(t, how))
                return false;
            written = true;
        }
    }
    return true;
}

/* What a reference points to: the whole list, or a part of the signature. */
static const struct df_node *
target_of(struct tlsig *s, const struct df_node *ref, bool *whole)
{
    const struct df_node *root = df_xml_root(s->xml), *n;
    struct mh_span uri, id;
    size_t count;

    *whole = false;
    if (!df_node_attr(ref, NULL, "URI", &uri))
        return NULL;
    if (uri.len == 0) {
        *whole = true;
        return root;
    }
    if (uri.ptr[0] != '#' || !mh_span_sub(uri, 1, uri.len - 1, &id))
        return NULL;
    n = df_xml_id(s->xml, id, &count);
    if (n == NULL || count != 1)
        return NULL;
    *whole = n == root;
    return n == root || df_node_within(n, s->node) ? n : NULL;
}

static enum mh_code
check_reference(struct tlsig *s, const struct df_node *ref, unsigned *wholes)
{
    struct df_c14n how;
    struct mh_span uri, want = {0};
    const struct df_node *target, *value;
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_digest_alg alg;
    bool whole, enveloped;
    struct mh_buf buf;
    enum mh_code rc;

    target = target_of(s, ref, &whole);
    if (target == NULL)
        return bad(s->err, MH_F_REFERENCE_URI, "reference not allowed");
    if (!read_transforms(ref, &how, &enveloped) || enveloped != whole)
        return bad(s->err, MH_F_TRANSFORM_REFUSED, "transform not allowed");
    if (!algorithm(df_node_child(ref, DF_NS_DS, "DigestMethod"), &uri))
        return bad(s->err, MH_F_SIG_STRUCTURE, "no digest algorithm");
    alg = sg_xml_digest(uri);
    if (alg == MH_DIGEST_NONE || alg == MH_MD5)
        return bad(s->err, MH_F_ALGORITHM_UNKNOWN, "unknown digest");
    value = df_node_child(ref, DF_NS_DS, "DigestValue");
    if (value == NULL)
        return bad(s->err, MH_F_SIG_STRUCTURE, "no digest value");
    rc = base64(s, value, &want);
    if (rc != MH_OK)
        return rc;
    if (enveloped)
        how.omit = s->node;
    *wholes += whole;
    mh_buf_init(&buf, (size_t)2 * MH_TL_SIZE_MAX);
    /* URI "" means the document: what stands beside its root counts too. */
    rc = df_c14n_write(s->xml, whole ? NULL : target, &how, s->err, &buf);
    if (rc == MH_OK)
        rc = mh_digest_once(alg, mh_buf_get(&buf), s->err, hash);
    mh_buf_fini(&buf);
    if (rc == MH_OK &&
        !mh_span_eq(want, (struct mh_span){hash, mh_digest_length(alg)}))
        return bad(s->err, MH_F_DIGEST_MISMATCH, "content was changed");
    return rc;
}

/* All references hold, and one of them is to the whole list. */
static enum mh_code
check_references(struct tlsig *s)
{
    unsigned wholes = 0, count = 0;
    enum mh_code rc = MH_OK;

    for (const struct df_node *n =
             df_node_child(s->info, DF_NS_DS, "Reference");
         rc == MH_OK && n != NULL;
         n = df_node_sibling(n, DF_NS_DS, "Reference")) {
        if (++count > 8)
            return bad(s->err, MH_F_SIG_STRUCTURE, "too many references");
        rc = check_reference(s, n, &wholes);
    }
    if (rc == MH_OK && wholes != 1)
        return bad(s->err, MH_F_SIG_STRUCTURE, "does not sign the list once");
    return rc;
}

static enum mh_code
canonical_info(struct tlsig *s, struct mh_buf *out)
{
    const struct df_node *n =
        df_node_child(s->info, DF_NS_DS, "CanonicalizationMethod");
    struct df_c14n how = {0};
    struct mh_span uri;

    if (!algorithm(n, &uri) || !df_c14n_from_uri(uri, &how) || how.comments ||
        !prefix_list(n, &how))
        return bad(
            s->err, MH_F_TRANSFORM_REFUSED, "canonicalization not allowed");
    return df_c14n_write(s->xml, s->info, &how, s->err, out);
}

static enum mh_code
try_signers(struct tlsig *s, const struct mh_span *signers, size_t count,
    const struct sg_sigalg *alg, struct mh_span info, struct mh_span value)
{
    struct sg_facts *facts = sg_facts_new();
    enum sg_verdict verdict = SG_SIG_BAD;
    enum mh_code rc = MH_OK;

    if (facts == NULL)
        return mh_fail(s->err, MH_ENOMEM, MH_NO_OFFSET, "trusted list: memory");
    for (size_t i = 0; rc == MH_OK && verdict != SG_SIG_GOOD && i < count;
         i++) {
        const struct sg_key *key;
        struct sg_cert *cert;

        rc = sg_cert_parse(signers[i], s->arena, s->err, &cert);
        if (rc == MH_OK)
            rc = sg_facts_key(facts, cert, s->err, &key);
        if (rc == MH_OK)
            rc = sg_verify(key, alg, info, value, s->err, &verdict);
    }
    sg_facts_free(facts);
    if (rc == MH_OK && verdict != SG_SIG_GOOD)
        return bad(s->err, MH_F_SIGNATURE_MISMATCH,
            "not signed by a given certificate");
    return rc;
}

static enum mh_code
check_value(struct tlsig *s, const struct mh_span *signers, size_t count)
{
    const struct df_node *n =
        df_node_child(s->info, DF_NS_DS, "SignatureMethod");
    const struct df_node *v =
        df_node_child(s->node, DF_NS_DS, "SignatureValue");
    struct sg_sigalg alg;
    struct mh_span uri, value = {0};
    struct mh_buf buf;
    enum mh_code rc;

    if (!algorithm(n, &uri) || v == NULL ||
        df_node_count(s->info, DF_NS_DS, "SignatureMethod") != 1 ||
        df_node_count(s->node, DF_NS_DS, "SignatureValue") != 1)
        return bad(s->err, MH_F_SIG_STRUCTURE, "malformed signature");
    if (!sg_xml_signature(uri, &alg))
        return bad(s->err, MH_F_ALGORITHM_UNKNOWN, "unknown algorithm");
    rc = base64(s, v, &value);
    if (rc != MH_OK)
        return rc;
    mh_buf_init(&buf, MH_TL_SIZE_MAX);
    rc = canonical_info(s, &buf);
    if (rc == MH_OK)
        rc = try_signers(s, signers, count, &alg, mh_buf_get(&buf), value);
    mh_buf_fini(&buf);
    return rc;
}

enum mh_code
sg_tl_verify(const struct df_xml *xml, const struct mh_span *signers,
    size_t signer_count, struct mh_arena *arena, struct mh_err *err)
{
    struct tlsig s = {.xml = xml, .arena = arena, .err = err};
    const struct df_node *root = df_xml_root(xml);
    enum mh_code rc;

    s.node = df_node_child(root, DF_NS_DS, "Signature");
    if (s.node == NULL || df_node_count(root, DF_NS_DS, "Signature") != 1)
        return bad(err, MH_F_SIG_STRUCTURE, "must have one signature");
    s.info = df_node_child(s.node, DF_NS_DS, "SignedInfo");
    if (s.info == NULL || df_node_count(s.node, DF_NS_DS, "SignedInfo") != 1)
        return bad(err, MH_F_SIG_STRUCTURE, "malformed signature");
    rc = check_references(&s);
    return rc == MH_OK ? check_value(&s, signers, signer_count) : rc;
}
