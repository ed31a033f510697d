#include "base/wire/soft.h"

#include "base/wire/codec.h"

static void
do_make(struct mh_codec *c, struct mh_soft_make *m)
{
    mh_codec_text(c, &m->label);
    mh_codec_bytes(c, &m->pin, MH_SOFT_PIN_MAX);
    mh_codec_bytes(c, &m->so_pin, MH_SOFT_PIN_MAX);
    mh_codec_count(c, &m->keys, MH_SOFT_KEYS_MAX);
    m->key = mh_codec_array(c, m->key, m->keys, sizeof(*m->key));
    for (size_t i = 0; i < m->keys && m->key != NULL; i++) {
        mh_codec_text(c, &m->key[i].label);
        mh_codec_bytes(c, &m->key[i].id, MH_SOFT_PIN_MAX);
        mh_codec_bytes(c, &m->key[i].value, MH_SOFT_VALUE_MAX);
        mh_codec_bytes(c, &m->key[i].cert, MH_SOFT_CERT_MAX);
        mh_codec_bytes(c, &m->key[i].subject, MH_SOFT_CERT_MAX);
    }
    if (m->pin.len == 0 || m->so_pin.len == 0)
        c->bad = true;
}

static void
do_made(struct mh_codec *c, struct mh_soft_made *m)
{
    mh_codec_bool(c, &m->ok);
    mh_codec_text(c, &m->text);
}

static enum mh_code
unpacked(const struct mh_codec *c, struct mh_err *err)
{
    if (mh_codec_done(c))
        return MH_OK;
    return mh_fail(
        err, MH_EFORMAT, c->rd.pos, "software token: malformed message");
}

void
mh_soft_make_pack(const struct mh_soft_make *m, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_soft_make copy = *m;

    do_make(&c, &copy);
    if (c.bad)
        out->bad = true;
}

enum mh_code
mh_soft_make_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_soft_make *out)
{
    struct mh_codec c = mh_codec_unpack(packet, arena);

    *out = (struct mh_soft_make){.label = ""};
    do_make(&c, out);
    return unpacked(&c, err);
}

void
mh_soft_made_pack(const struct mh_soft_made *m, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_soft_made copy = *m;

    do_made(&c, &copy);
    if (c.bad)
        out->bad = true;
}

enum mh_code
mh_soft_made_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_soft_made *out)
{
    struct mh_codec c = mh_codec_unpack(packet, arena);

    *out = (struct mh_soft_made){.text = ""};
    do_made(&c, out);
    return unpacked(&c, err);
}
