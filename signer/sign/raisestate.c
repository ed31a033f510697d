#include "signer/sign/raisestate.h"

#include "base/limits.h"
#include "base/wire/codec.h"
#include "signer/sign/asicextra.h"
#include "signer/sign/family.h"

enum {
    VERSION = 1
};

static void
bytes(struct mh_codec *c, uint8_t *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mh_codec_u8(c, &v[i]);
}

static void
walk(struct mh_codec *c, struct sg_raise_state *s)
{
    uint8_t family = SG_FAMILY_ASIC, version = VERSION;
    unsigned step = s->step, alg = s->alg;
    uint32_t sig = (uint32_t)s->sig;

    mh_codec_u8(c, &family);
    mh_codec_u8(c, &version);
    if (family != SG_FAMILY_ASIC || version != VERSION)
        c->bad = true;
    mh_codec_enum(c, &step, SG_RAISES);
    mh_codec_enum(c, &alg, MH_DIGEST_ALGS);
    mh_codec_u32(c, &sig);
    s->step = (enum sg_raise)step;
    s->alg = (enum mh_digest_alg)alg;
    s->sig = sig;
    bytes(c, s->digest, sizeof(s->digest));
    bytes(c, s->document, sizeof(s->document));
    mh_codec_rest(c, &s->more);
}

enum mh_code
sg_raise_state_pack(const struct sg_raise_state *state, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out)
{
    struct sg_raise_state copy = *state;
    enum mh_code code = MH_OK;
    struct mh_buf buf;
    struct mh_codec c;

    mh_buf_init(&buf, MH_META_INF_FILE_MAX + MH_MESSAGE_MAX);
    c = mh_codec_pack(&buf);
    walk(&c, &copy);
    if (c.bad || !mh_buf_ok(&buf))
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "raise: state");
    if (code == MH_OK) {
        *out = mh_arena_copy(arena, mh_buf_get(&buf));
        if (out->ptr == NULL)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "raise: no memory");
    }
    mh_buf_fini(&buf);
    return code;
}

enum mh_code
sg_raise_state_read(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct sg_raise_state *out)
{
    struct mh_codec c = mh_codec_unpack(in, arena);

    *out = (struct sg_raise_state){.step = SG_RAISE_T};
    walk(&c, out);
    if (!mh_codec_done(&c) || mh_digest_length(out->alg) == 0)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "raise: no state");
    return MH_OK;
}

enum mh_code
sg_raise_item_read(const struct sg_raise_item *item, enum sg_raise step,
    const uint8_t document[static MH_SHA256_LENGTH], struct mh_arena *arena,
    struct mh_err *err, struct sg_raise_state *out)
{
    enum mh_code code = sg_raise_state_read(item->state, arena, err, out);

    if (code != MH_OK)
        return code;
    if (out->step != step || out->sig != item->sig ||
        memcmp(out->document, document, MH_SHA256_LENGTH) != 0)
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "raise: another document");
    return sg_token_fits(item->extra.token, (struct mh_span){0},
        (struct mh_span){out->digest, mh_digest_length(out->alg)}, arena, err);
}
