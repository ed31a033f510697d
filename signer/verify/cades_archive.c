/* The imprint of archive-time-stamp-v3 (EN 319 122-1 5.5.2, 5.5.3). */
#include "signer/verify/cades_internal.h"

#include "base/limits.h"
#include "signer/trust/oid.h"

/* An ats-hash-index attribute of any of its three versions, read. */
struct hash_index {
    struct mh_span all; /* the value, as it is covered */
    enum mh_digest_alg alg;
    bool v3; /* unsigned attributes are named value by value */
    struct mh_span certs, crls, attrs; /* contents of SEQUENCE OF hashes */
};

static enum mh_code
bad(struct mh_err *err, const char *what)
{
    return mh_fail_finding(err, MH_EFORMAT, MH_F_TIMESTAMP_INVALID,
        MH_NO_OFFSET, "archive time-stamp: %s", what);
}

static enum mh_code
read_index(
    const struct sg_cms *token, struct mh_err *err, struct hash_index *out)
{
    const struct sg_cms_signer *s;
    struct sg_algid alg;
    struct df_der d;

    *out = (struct hash_index){.alg = MH_SHA256};
    if (token->signer_count != 1)
        return bad(err, "not one signer");
    s = &token->signers[0];
    out->v3 = sg_cms_attr_one(s->unsigned_attrs, s->unsigned_count,
        SG_OID_ETSI_CADES_2("\x05"), &out->all);
    if (!out->v3 &&
        !sg_cms_attr_one(s->unsigned_attrs, s->unsigned_count,
            SG_OID_ETSI_CADES_2("\x04"), &out->all) &&
        !sg_cms_attr_one(s->unsigned_attrs, s->unsigned_count,
            SG_OID_ETSI_CADES("\x05"), &out->all))
        return bad(err, "no index of hashes");
    d = df_der_from(out->all);
    d = df_der_enter(&d, DF_SEQUENCE);
    /* The algorithm may be left out of the older form alone. */
    if (df_der_peek(&d) == DF_SEQUENCE) {
        struct df_der look = d;
        struct df_der first = df_der_enter(&look, DF_SEQUENCE);

        if (df_der_peek(&first) == DF_OID) {
            if (!sg_algid_read(&d, &alg))
                return bad(err, "malformed index of hashes");
            out->alg = sg_digest_from_algid(&alg);
        }
    }
    out->certs = df_der_get(&d, DF_SEQUENCE);
    out->crls = df_der_get(&d, DF_SEQUENCE);
    out->attrs = df_der_get(&d, DF_SEQUENCE);
    if (!df_der_done(&d) || out->alg == MH_DIGEST_NONE)
        return bad(err, "malformed index of hashes");
    return MH_OK;
}

/* One list of the index: every hash must be that of something there. */
struct named {
    struct mh_span list;
    size_t tried; /* elements compared; no honest index has more */
    bool seen[MH_HASH_INDEX_MAX];
};

static void
find_hash(struct named *n, const uint8_t *hash, enum mh_digest_alg alg)
{
    struct df_der d = df_der_from(n->list);
    struct mh_span own = {hash, mh_digest_length(alg)};

    if (n->tried++ >= MH_HASH_INDEX_MAX)
        return;
    for (size_t i = 0; df_der_more(&d) && i < MH_HASH_INDEX_MAX; i++)
        if (mh_span_eq(df_der_get(&d, DF_OCTET_STRING), own))
            n->seen[i] = true;
}

static bool
all_seen(const struct named *n)
{
    struct df_der d = df_der_from(n->list);

    for (size_t i = 0; df_der_more(&d); i++) {
        (void)df_der_get(&d, DF_OCTET_STRING); /* the reader remembers */
        if (d.bad || i == MH_HASH_INDEX_MAX || !n->seen[i])
            return false;
    }
    return !d.bad;
}

/*
 * The elements of a SET against a list of the index; what the index does not
 * name came later and is not covered.
 */
static enum mh_code
check_set(const struct hash_index *ix, struct mh_span set, struct mh_span list,
    const char *what, struct mh_err *err)
{
    struct named n = {.list = list};
    struct df_der d = df_der_from(set);
    uint8_t hash[MH_DIGEST_MAX];
    struct df_tlv t;
    enum mh_code code = MH_OK;

    while (df_der_more(&d) && code == MH_OK && df_der_any(&d, &t)) {
        code = mh_digest_once(ix->alg, t.all, err, hash);
        if (code == MH_OK)
            find_hash(&n, hash, ix->alg);
    }
    return code != MH_OK || all_seen(&n) ? code : bad(err, what);
}

/* The hash of an attribute's name and one value, or of the whole attribute. */
static enum mh_code
find_attr(const struct hash_index *ix, const struct sg_cms_attr *a,
    struct mh_digest *digest, struct mh_err *err, struct named *n)
{
    struct df_der d = df_der_from(a->values);
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code code = MH_OK;
    struct df_tlv t;

    if (!ix->v3) {
        code = mh_digest_once(ix->alg, a->all, err, hash);
        if (code == MH_OK)
            find_hash(n, hash, ix->alg);
        return code;
    }
    while (df_der_more(&d) && code == MH_OK && df_der_any(&d, &t)) {
        struct df_der in = df_der_from(a->all);

        in = df_der_enter(&in, DF_SEQUENCE);
        code = mh_digest_start(digest, ix->alg, err);
        if (code != MH_OK)
            break;
        mh_digest_update(digest, df_der_get_all(&in, DF_OID));
        mh_digest_update(digest, t.all);
        code = mh_digest_finish(digest, err, hash);
        if (code == MH_OK)
            find_hash(n, hash, ix->alg);
    }
    return code;
}

/* Every hash of the index must be that of something that is there. */
static enum mh_code
check_index(const struct sg_cades_in *in, const struct hash_index *ix,
    struct mh_digest *digest, struct mh_err *err)
{
    struct named attrs = {.list = ix->attrs};
    enum mh_code code = check_set(ix, in->cms->certificates, ix->certs,
        "a certificate it covers is not there", err);

    if (code == MH_OK)
        code = check_set(ix, in->cms->revocations, ix->crls,
            "revocation data it covers is not there", err);
    for (size_t i = 0; i < in->signer->unsigned_count && code == MH_OK; i++)
        code =
            find_attr(ix, &in->signer->unsigned_attrs[i], digest, err, &attrs);
    if (code == MH_OK && !all_seen(&attrs))
        code = bad(err, "an attribute it covers is not there");
    return code;
}

/* eContentType with its tag and length, as it stands in the SignedData. */
static void
feed_oid(struct mh_digest *digest, struct mh_span oid)
{
    uint8_t head[2] = {DF_OID, (uint8_t)oid.len}; /* OIDs are short */

    mh_digest_update(digest, (struct mh_span){head, sizeof(head)});
    mh_digest_update(digest, oid);
}

enum mh_code
sg_cades_archive_imprint(const struct sg_cades_in *in,
    const struct sg_cms *token, enum mh_digest_alg alg,
    struct mh_digest *digest, struct mh_err *err,
    uint8_t hash[static MH_DIGEST_MAX])
{
    uint8_t content[MH_DIGEST_MAX];
    struct hash_index ix;
    enum mh_code code = read_index(token, err, &ix);

    if (code == MH_OK && in->cms->econtent_type.len > 127)
        code = bad(err, "content type");
    if (code == MH_OK)
        code = check_index(in, &ix, digest, err);
    if (code == MH_OK)
        code = in->content->digest(in->content->ctx, alg, err, content);
    if (code == MH_OK)
        code = mh_digest_start(digest, alg, err);
    if (code != MH_OK)
        return code;
    feed_oid(digest, in->cms->econtent_type);
    mh_digest_update(digest, (struct mh_span){content, mh_digest_length(alg)});
    mh_digest_update(digest, in->signer->core);
    mh_digest_update(digest, ix.all);
    return mh_digest_finish(digest, err, hash);
}
