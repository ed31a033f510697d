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

/* Whether one of the hashes is this. */
static bool
has_hash(struct mh_span list, struct mh_span hash)
{
    struct df_der d = df_der_from(list);

    while (df_der_more(&d) && !d.bad)
        if (mh_span_eq(df_der_get(&d, DF_OCTET_STRING), hash))
            return true;
    return false;
}

static size_t
count_hashes(struct mh_span list)
{
    struct df_der d = df_der_from(list);
    size_t n = 0;

    while (df_der_more(&d)) {
        (void)df_der_get(&d, DF_OCTET_STRING); /* the reader remembers */
        if (d.bad)
            return SIZE_MAX;
        n++;
    }
    return n;
}

/*
 * How many of the elements of a SET the index names; what it does not name
 * came later and is not covered.
 */
static enum mh_code
count_named(const struct hash_index *ix, struct mh_span set,
    struct mh_span list, struct mh_err *err, size_t *named)
{
    struct df_der d = df_der_from(set);
    uint8_t hash[MH_DIGEST_MAX];
    struct df_tlv t;
    enum mh_code code = MH_OK;

    *named = 0;
    while (df_der_more(&d) && code == MH_OK && df_der_any(&d, &t)) {
        code = mh_digest_once(ix->alg, t.all, err, hash);
        if (code == MH_OK &&
            has_hash(list, (struct mh_span){hash, mh_digest_length(ix->alg)}))
            ++*named;
    }
    return code;
}

/* The hash of an attribute's name and one value, or of the whole attribute. */
static enum mh_code
count_attr(const struct hash_index *ix, const struct sg_cms_attr *a,
    struct mh_digest *digest, struct mh_err *err, size_t *named)
{
    struct df_der d = df_der_from(a->values);
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_span whole = {hash, mh_digest_length(ix->alg)};
    enum mh_code code = MH_OK;
    struct df_tlv t;

    if (!ix->v3) {
        code = mh_digest_once(ix->alg, a->all, err, hash);
        if (code == MH_OK && has_hash(ix->attrs, whole))
            ++*named;
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
        if (code == MH_OK && has_hash(ix->attrs, whole))
            ++*named;
    }
    return code;
}

/* Every hash of the index must be that of something that is there. */
static enum mh_code
check_index(const struct sg_cades_in *in, const struct hash_index *ix,
    struct mh_digest *digest, struct mh_err *err)
{
    size_t named, attrs = 0;
    enum mh_code code =
        count_named(ix, in->cms->certificates, ix->certs, err, &named);

    if (code == MH_OK && named < count_hashes(ix->certs))
        code = bad(err, "a certificate it covers is not there");
    if (code == MH_OK)
        code = count_named(ix, in->cms->revocations, ix->crls, err, &named);
    if (code == MH_OK && named < count_hashes(ix->crls))
        code = bad(err, "revocation data it covers is not there");
    for (size_t i = 0; i < in->signer->unsigned_count && code == MH_OK; i++)
        code =
            count_attr(ix, &in->signer->unsigned_attrs[i], digest, err, &attrs);
    if (code == MH_OK && attrs < count_hashes(ix->attrs))
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
