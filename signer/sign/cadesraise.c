#include "signer/sign/cadesraise.h"

#include "base/limits.h"
#include "signer/sign/asicextra.h"
#include "signer/sign/cmsedit.h"
#include "signer/trust/cms.h"
#include "signer/trust/oid.h"
#include "signer/trust/tst.h"

#define OID_SIGNATURE_STAMP   SG_OID_AA("\x0e")
#define OID_REVOCATION_VALUES SG_OID_AA("\x18")
#define OID_ARCHIVE_STAMP     SG_OID_ETSI_CADES("\x04")
#define OID_HASH_INDEX        SG_OID_ETSI_CADES_2("\x05") /* version 3 */

static enum mh_code
no_memory(struct mh_err *err)
{
    return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "raise: no memory");
}

/* DER only: what is spliced must stay what was signed. */
static enum mh_code
parse(const struct sg_p7s *p7s, struct mh_err *err, struct sg_cms **cms)
{
    struct sg_cms_parts parts;
    enum mh_code code = sg_cms_split(p7s->der, 0, p7s->arena, err, &parts);

    return code == MH_OK ? sg_cms_parse(p7s->der, false, p7s->arena, err, cms)
                         : code;
}

enum mh_code
sg_p7s_signers(const struct sg_p7s *p7s, struct mh_err *err, size_t *count)
{
    struct sg_cms *cms;
    enum mh_code code = parse(p7s, err, &cms);

    if (code == MH_OK)
        *count = cms->signer_count;
    return code;
}

static bool
has(const struct sg_cms_signer *s, struct mh_span oid)
{
    return sg_cms_attr_count(s->unsigned_attrs, s->unsigned_count, oid) > 0;
}

static bool
lacks(
    const struct sg_cms *cms, const struct sg_cms_signer *s, enum sg_raise step)
{
    switch (step) {
    case SG_RAISE_T:
        return !has(s, OID_SIGNATURE_STAMP);
    case SG_RAISE_LT:
        return cms->crl_count + cms->ocsp_count == 0 &&
               !has(s, OID_REVOCATION_VALUES);
    case SG_RAISE_LTA:
        return !has(s, OID_ARCHIVE_STAMP);
    case SG_RAISE_RENEW:
        return has(s, OID_ARCHIVE_STAMP);
    case SG_RAISES:
        break;
    }
    return false;
}

static enum mh_code
put_hash(struct mh_buf *out, enum mh_digest_alg alg, struct mh_span bytes,
    struct mh_err *err)
{
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code code = mh_digest_once(alg, bytes, err, hash);

    if (code == MH_OK)
        df_der_put(out, DF_OCTET_STRING,
            (struct mh_span){hash, mh_digest_length(alg)});
    return code;
}

/* SEQUENCE OF the hashes of a set's elements. */
static enum mh_code
put_hashes(struct mh_buf *out, enum mh_digest_alg alg, struct mh_span set,
    struct mh_err *err)
{
    size_t seq = df_der_open(out, DF_SEQUENCE);
    struct df_der d = df_der_from(set);
    enum mh_code code = MH_OK;
    struct df_tlv t;

    while (code == MH_OK && df_der_more(&d) && df_der_any(&d, &t))
        code = put_hash(out, alg, t.all, err);
    df_der_close(out, seq);
    return code;
}

/* The same of unsigned attributes: type and value, for each value. */
static enum mh_code
put_attr_hashes(struct mh_buf *out, enum mh_digest_alg alg,
    const struct sg_cms_signer *s, struct mh_err *err)
{
    size_t seq = df_der_open(out, DF_SEQUENCE);
    enum mh_code code = MH_OK;
    struct mh_buf one;
    struct df_tlv t;

    mh_buf_init(&one, MH_META_INF_TOTAL_MAX);
    for (size_t i = 0; i < s->unsigned_count && code == MH_OK; i++) {
        struct df_der d = df_der_from(s->unsigned_attrs[i].values);

        while (code == MH_OK && df_der_more(&d) && df_der_any(&d, &t)) {
            mh_buf_clear(&one);
            df_der_put(&one, DF_OID, s->unsigned_attrs[i].oid);
            mh_buf_span(&one, t.all);
            code = mh_buf_ok(&one) ? put_hash(out, alg, mh_buf_get(&one), err)
                                   : no_memory(err);
        }
    }
    mh_buf_fini(&one);
    df_der_close(out, seq);
    return code;
}

/* ats-hash-index-v3 (EN 319 122-1 5.5.2). */
static enum mh_code
make_index(const struct sg_cms *cms, const struct sg_cms_signer *s,
    struct mh_arena *arena, struct mh_err *err, struct sg_raise_state *st)
{
    struct mh_buf buf;
    size_t seq, id;
    enum mh_code code;

    mh_buf_init(&buf, MH_META_INF_FILE_MAX);
    seq = df_der_open(&buf, DF_SEQUENCE);
    id = df_der_open(&buf, DF_SEQUENCE);
    df_der_put(&buf, DF_OID, sg_digest_oid(st->alg));
    df_der_close(&buf, id);
    code = put_hashes(&buf, st->alg, cms->certificates, err);
    if (code == MH_OK)
        code = put_hashes(&buf, st->alg, cms->revocations, err);
    if (code == MH_OK)
        code = put_attr_hashes(&buf, st->alg, s, err);
    df_der_close(&buf, seq);
    if (code == MH_OK) {
        st->more = mh_buf_ok(&buf) ? mh_arena_copy(arena, mh_buf_get(&buf))
                                   : (struct mh_span){0};
        if (st->more.ptr == NULL)
            code = no_memory(err);
    }
    mh_buf_fini(&buf);
    return code;
}

/*
 * The digest of the content: what the signature itself states where it is by
 * the same algorithm, else of the file in the container.
 */
static enum mh_code
content_digest(const struct sg_p7s *p7s, const struct sg_cms_signer *s,
    enum mh_digest_alg alg, struct mh_err *err, struct mh_span *out)
{
    struct mh_span value;
    struct df_der d;

    if (s->digest == alg && sg_cms_attr_one(s->signed_attrs, s->signed_count,
                                SG_OID_PKCS9("\x04"), &value)) {
        d = df_der_from(value);
        *out = df_der_get(&d, DF_OCTET_STRING);
        if (df_der_done(&d) && out->len == mh_digest_length(alg))
            return MH_OK;
    }
    if (p7s->content == NULL)
        return mh_fail_finding(err, MH_EUNSUP, MH_F_DETACHED_DATA_MISSING,
            MH_NO_OFFSET,
            "raise: an archive time-stamp here needs the signature's digest");
    return sg_box_digest(p7s->box, p7s->content, alg, err, out);
}

/* EN 319 122-1 5.5.3. */
static enum mh_code
archive_digest(const struct sg_p7s *p7s, const struct sg_cms *cms,
    const struct sg_cms_signer *s, struct mh_err *err,
    struct sg_raise_state *st)
{
    struct mh_digest *digest = mh_digest_new();
    struct mh_span content = {0};
    struct mh_buf oid;
    enum mh_code code = digest == NULL
                            ? no_memory(err)
                            : make_index(cms, s, p7s->arena, err, st);

    mh_buf_init(&oid, MH_MESSAGE_MAX);
    df_der_put(&oid, DF_OID, cms->econtent_type);
    if (code == MH_OK)
        code = content_digest(p7s, s, st->alg, err, &content);
    if (code == MH_OK && !mh_buf_ok(&oid))
        code = no_memory(err);
    if (code == MH_OK)
        code = mh_digest_start(digest, st->alg, err);
    if (code == MH_OK) {
        mh_digest_update(digest, mh_buf_get(&oid));
        mh_digest_update(digest, content);
        mh_digest_update(digest, s->core);
        mh_digest_update(digest, st->more);
        code = mh_digest_finish(digest, err, st->digest);
    }
    mh_buf_fini(&oid);
    mh_digest_free(digest);
    return code;
}

enum mh_code
sg_p7s_imprints(const struct sg_p7s *p7s, struct sg_raise_state *state,
    struct mh_err *err, struct sg_imprint *imprint, size_t *count)
{
    struct sg_cms *cms;
    enum mh_code code = parse(p7s, err, &cms);

    for (size_t i = 0; code == MH_OK && i < cms->signer_count; i++) {
        const struct sg_cms_signer *s = &cms->signers[i];
        struct sg_imprint *im = &imprint[*count];

        if (!lacks(cms, s, state->step))
            continue;
        im->sig = state->sig = p7s->first + i;
        if (state->step == SG_RAISE_T)
            code = mh_digest_once(state->alg, s->signature, err, state->digest);
        else if (state->step >= SG_RAISE_LTA)
            code = archive_digest(p7s, cms, s, err, state);
        if (code == MH_OK && state->step != SG_RAISE_LT)
            code = sg_raise_state_pack(state, p7s->arena, err, &im->state);
        memcpy(im->digest, state->digest, sizeof(im->digest));
        ++*count;
    }
    return code;
}

/* The token with the index of hashes among its unsigned attributes. */
static enum mh_code
with_index(struct mh_span *token, struct mh_span index, struct mh_arena *arena,
    struct mh_err *err)
{
    struct sg_cms_parts parts;
    struct sg_tst *tst;
    enum mh_code code = sg_tst_parse(*token, arena, err, &tst);

    if (code == MH_OK)
        code = sg_cms_split(tst->cms->der, 0, arena, err, &parts);
    if (code == MH_OK)
        code = sg_cms_add_unsigned(
            &parts.signers.item[0], OID_HASH_INDEX, index, arena, err);
    return code == MH_OK ? sg_cms_join(&parts, arena, err, token) : code;
}

/* What an item adds to its signer and to the certificates beside it. */
static enum mh_code
add_item(struct sg_cms_parts *parts, size_t signer,
    const struct sg_raise_state *state, const struct sg_raise_item *item,
    struct mh_arena *arena, struct mh_err *err)
{
    const struct sg_sign_extra *extra = &item->extra;
    struct mh_span token = extra->token;
    struct sg_raise_state st;
    enum mh_code code = MH_OK;

    if (state->step == SG_RAISE_LT)
        return sg_cms_add_extra(parts, extra, arena, err);
    code =
        sg_raise_item_read(item, state->step, state->document, arena, err, &st);
    if (code == MH_OK && state->step >= SG_RAISE_LTA &&
        extra->cert_count + extra->ocsp_count + extra->crl_count > 0)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
            "raise: validation data come before an archive time-stamp");
    if (code == MH_OK && state->step >= SG_RAISE_LTA)
        code = with_index(&token, st.more, arena, err);
    if (code == MH_OK)
        code = sg_cms_add_unsigned(&parts->signers.item[signer],
            state->step == SG_RAISE_T ? OID_SIGNATURE_STAMP : OID_ARCHIVE_STAMP,
            token, arena, err);
    return code == MH_OK ? sg_cms_add_extra(parts, extra, arena, err) : code;
}

enum mh_code
sg_p7s_change(const struct sg_p7s *p7s, const struct sg_raise_batch *batch,
    struct mh_err *err, struct mh_span *out)
{
    struct sg_cms_parts parts;
    bool changed = false;
    size_t room = 0;
    enum mh_code code;

    *out = (struct mh_span){0};
    for (size_t i = 0; i < batch->items; i++) {
        const struct sg_sign_extra *e = &batch->item[i].extra;

        room += e->cert_count + e->ocsp_count + e->crl_count;
    }
    code = sg_cms_split(p7s->der, room, p7s->arena, err, &parts);
    for (size_t i = 0; i < batch->items && code == MH_OK; i++) {
        size_t sig = batch->item[i].sig;

        if (sig < p7s->first || sig - p7s->first >= parts.signers.count)
            continue;
        changed = true;
        code = add_item(&parts, sig - p7s->first, batch->state, &batch->item[i],
            p7s->arena, err);
    }
    if (code == MH_OK && changed)
        code = sg_cms_join(&parts, p7s->arena, err, out);
    return code;
}
