/* States of drafts and imprints. */
#include "signer/sign/pdf_internal.h"

#include "base/limits.h"
#include "base/wire/codec.h"

enum {
    VERSION = 1,
    STATE_MAX = 8 << 20, /* bytes */
    ATTRIBUTES_MAX = 1 << 20,
};

static void
codec_bytes(struct mh_codec *c, struct mh_span *v, size_t max)
{
    size_t len = v->len;

    mh_codec_count(c, &len, max);
    if (c->out != NULL)
        mh_buf_span(c->out, *v);
    else
        *v = mh_rd_bytes(&c->rd, len);
}

static void
codec_signature(struct mh_codec *c, struct sg_pdf_state *s)
{
    unsigned scheme = s->scheme;

    mh_codec_enum(c, &scheme, SG_SIGN_SCHEMES);
    s->scheme = (enum sg_scheme)scheme;
    codec_bytes(c, &s->certificate, MH_CERT_SIZE_MAX);
    mh_codec_count(c, &s->chain_count, MH_CERTS_MAX);
    s->chain = mh_codec_array(c, s->chain, s->chain_count, sizeof(*s->chain));
    for (size_t i = 0; s->chain != NULL && i < s->chain_count; i++)
        codec_bytes(c, &s->chain[i], MH_CERT_SIZE_MAX);
    mh_codec_text(c, &s->role);
    codec_bytes(c, &s->attributes, ATTRIBUTES_MAX);
}

static void
codec_state(struct mh_codec *c, struct sg_pdf_state *s)
{
    uint8_t family = SG_FAMILY_PDF, version = VERSION;
    unsigned alg = s->alg;

    mh_codec_u8(c, &family);
    mh_codec_u8(c, &version);
    mh_codec_bool(c, &s->stamp);
    mh_codec_u64(c, &s->gap);
    mh_codec_u64(c, &s->digits);
    mh_codec_u64(c, &s->length);
    mh_codec_enum(c, &alg, MH_DIGEST_ALGS);
    s->alg = (enum mh_digest_alg)alg;
    codec_bytes(c, &s->digest, MH_DIGEST_MAX);
    if (family != SG_FAMILY_PDF || version != VERSION)
        c->bad = true;
    if (!s->stamp)
        codec_signature(c, s);
}

enum mh_code
sg_pdf_state_pack(const struct sg_pdf_state *s, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out)
{
    struct sg_pdf_state copy = *s;
    struct mh_codec c;
    struct mh_buf buf;
    bool good;

    mh_buf_init(&buf, STATE_MAX);
    c = mh_codec_pack(&buf);
    codec_state(&c, &copy);
    good = mh_codec_done(&c);
    if (good)
        *out = mh_arena_copy(arena, mh_buf_get(&buf));
    mh_buf_fini(&buf);
    if (!good)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
            "sign: too much for the state of a draft");
    return out->ptr == NULL
               ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory")
               : MH_OK;
}

enum mh_code
sg_pdf_state_unpack(struct mh_span state, bool stamp, struct mh_arena *arena,
    struct mh_err *err, struct sg_pdf_state *out)
{
    struct mh_codec c = mh_codec_unpack(state, arena);

    *out = (struct sg_pdf_state){0};
    codec_state(&c, out);
    if (!mh_codec_done(&c) || out->stamp != stamp ||
        out->alg == MH_DIGEST_NONE ||
        out->digest.len != mh_digest_length(out->alg) ||
        out->length > MH_DOC_SIZE_MAX * 2 || out->gap >= out->length ||
        out->digits % 2 != 0 || out->digits >= out->length - out->gap - 1)
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "sign: malformed state");
    return MH_OK;
}
