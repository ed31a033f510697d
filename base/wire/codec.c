#include "base/wire/codec.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"

struct mh_codec
mh_codec_pack(struct mh_buf *out)
{
    return (struct mh_codec){.out = out};
}

struct mh_codec
mh_codec_unpack(struct mh_span in, struct mh_arena *arena)
{
    return (struct mh_codec){.rd = mh_rd_from(in), .arena = arena};
}

bool
mh_codec_done(const struct mh_codec *c)
{
    if (c->out != NULL)
        return !c->bad && mh_buf_ok(c->out);
    return !c->bad && mh_rd_done(&c->rd);
}

static void
pack_le(struct mh_codec *c, uint64_t v, size_t n)
{
    uint8_t b[8];

    for (size_t i = 0; i < n; i++)
        b[i] = (uint8_t)(v >> (8 * i));
    mh_buf_add(c->out, b, n);
}

void
mh_codec_u8(struct mh_codec *c, uint8_t *v)
{
    if (c->out != NULL)
        pack_le(c, *v, 1);
    else
        *v = mh_rd_u8(&c->rd);
}

void
mh_codec_type(struct mh_codec *c, unsigned type)
{
    uint8_t t = (uint8_t)type;

    mh_codec_u8(c, &t);
    if (t != (uint8_t)type)
        c->bad = true;
}

uint8_t
mh_packet_type(struct mh_span packet, unsigned end)
{
    return packet.len == 0 || packet.ptr[0] >= end ? 0 : packet.ptr[0];
}

void
mh_codec_u32(struct mh_codec *c, uint32_t *v)
{
    if (c->out != NULL)
        pack_le(c, *v, 4);
    else
        *v = mh_rd_u32le(&c->rd);
}

void
mh_codec_u64(struct mh_codec *c, uint64_t *v)
{
    if (c->out != NULL)
        pack_le(c, *v, 8);
    else
        *v = mh_rd_u64le(&c->rd);
}

void
mh_codec_i64(struct mh_codec *c, int64_t *v)
{
    uint64_t u = (uint64_t)*v;

    mh_codec_u64(c, &u);
    *v = (int64_t)u;
}

void
mh_codec_bool(struct mh_codec *c, bool *v)
{
    uint8_t b = *v ? 1 : 0;

    mh_codec_u8(c, &b);
    if (b > 1)
        c->bad = true;
    *v = b == 1;
}

void
mh_codec_enum(struct mh_codec *c, unsigned *v, unsigned end)
{
    uint32_t u = *v;

    mh_codec_u32(c, &u);
    if (u >= end) {
        c->bad = true;
        u = 0;
    }
    *v = u;
}

static bool
text_clean(struct mh_span s)
{
    uint32_t cp;

    while (s.len != 0)
        if (!mh_utf8_next(&s, &cp) || mh_text_is_control(cp) ||
            mh_text_is_bidi(cp))
            return false;
    return true;
}

void
mh_codec_text(struct mh_codec *c, const char **v)
{
    struct mh_span s;
    uint32_t len;

    if (c->out != NULL) {
        s = mh_span_str(*v);
        len = (uint32_t)s.len;
        if (s.len > MH_REPORT_TEXT_MAX)
            c->bad = true;
        mh_codec_u32(c, &len);
        mh_buf_span(c->out, s);
        return;
    }
    *v = "";
    len = mh_rd_u32le(&c->rd);
    if (len > MH_REPORT_TEXT_MAX) {
        c->bad = true;
        return;
    }
    s = mh_rd_bytes(&c->rd, len);
    if (len == 0)
        return;
    if (c->rd.bad || !text_clean(s)) {
        c->bad = true;
        return;
    }
    *v = mh_arena_str(c->arena, s);
    if (*v == NULL) {
        *v = "";
        c->bad = true;
    }
}

void
mh_codec_bytes(struct mh_codec *c, struct mh_span *v, size_t max)
{
    uint32_t len = (uint32_t)v->len;

    if (c->out != NULL) {
        if (v->len > max || v->len > UINT32_MAX)
            c->bad = true;
        mh_codec_u32(c, &len);
        mh_buf_span(c->out, *v);
        return;
    }
    len = mh_rd_u32le(&c->rd);
    if (len > max)
        c->bad = true;
    *v = c->bad ? (struct mh_span){0} : mh_rd_bytes(&c->rd, len);
}

void
mh_codec_rest(struct mh_codec *c, struct mh_span *v)
{
    if (c->out != NULL)
        mh_buf_span(c->out, *v);
    else
        *v = mh_rd_bytes(&c->rd, mh_rd_left(&c->rd));
}

void
mh_codec_count(struct mh_codec *c, size_t *v, size_t max)
{
    uint32_t u = (uint32_t)*v;

    if (c->out != NULL && *v > max)
        c->bad = true;
    mh_codec_u32(c, &u);
    /* Each element takes at least one byte of what is left. */
    if (u > max || (c->out == NULL && u > mh_rd_left(&c->rd))) {
        c->bad = true;
        u = 0;
    }
    *v = u;
}

void *
mh_codec_array(struct mh_codec *c, void *given, size_t count, size_t size)
{
    void *p;

    if (c->out != NULL)
        return given;
    if (c->bad || c->rd.bad)
        return NULL;
    p = mh_arena_array(c->arena, count, size);
    if (p == NULL)
        c->bad = true;
    return p;
}
