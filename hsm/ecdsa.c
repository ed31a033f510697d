#include "hsm/hsm.h"

#include "base/rd.h"

enum {
    WIDTH_MAX = 66, /* bytes of the order of P-521 */
    INTEGER = 0x02,
    SEQUENCE = 0x30,
};

/* The bytes of a positive INTEGER without those that may be left out. */
static struct mh_span
minimal(struct mh_span s)
{
    while (s.len > 1 && s.ptr[0] == 0) {
        s.ptr++;
        s.len--;
    }
    return s;
}

static size_t
content_len(struct mh_span s)
{
    return s.len + ((s.ptr[0] & 0x80) != 0 ? 1 : 0);
}

static void
put_integer(struct mh_span s, struct mh_buf *out)
{
    mh_buf_byte(out, INTEGER);
    mh_buf_byte(out, (uint8_t)content_len(s));
    if ((s.ptr[0] & 0x80) != 0)
        mh_buf_byte(out, 0); /* not negative */
    mh_buf_span(out, s);
}

bool
hsm_ecdsa_to_der(struct mh_span raw, struct mh_buf *out)
{
    size_t width = raw.len / 2, len;
    struct mh_span r, s;

    if (raw.len < 2 || raw.len % 2 != 0 || width > WIDTH_MAX)
        return false;
    r = minimal((struct mh_span){raw.ptr, width});
    s = minimal((struct mh_span){raw.ptr + width, width});
    len = 2 + content_len(r) + 2 + content_len(s);
    mh_buf_byte(out, SEQUENCE);
    if (len >= 0x80)
        mh_buf_byte(out, 0x81);
    mh_buf_byte(out, (uint8_t)len); /* at most 2 * (2 + 67) */
    put_integer(r, out);
    put_integer(s, out);
    return mh_buf_ok(out);
}

/* Takes a definite, minimal length below 256. */
static bool
take_len(struct mh_rd *rd, size_t *out)
{
    uint8_t len = mh_rd_u8(rd);

    if (len == 0x81) {
        len = mh_rd_u8(rd);
        if (len < 0x80)
            return false;
    } else if (len > 0x81 || len == 0x80) {
        return false;
    }
    *out = len;
    return !rd->bad;
}

/* Takes a non-negative minimal INTEGER into width bytes, leading zeros in. */
static bool
take_integer(struct mh_rd *rd, size_t width, uint8_t *out)
{
    struct mh_span v;
    size_t len = 0;

    if (mh_rd_u8(rd) != INTEGER || !take_len(rd, &len) || len == 0)
        return false;
    v = mh_rd_bytes(rd, len);
    if (rd->bad || (v.ptr[0] & 0x80) != 0)
        return false;
    if (v.ptr[0] == 0 && v.len > 1) {
        if ((v.ptr[1] & 0x80) == 0)
            return false; /* not minimal */
        v.ptr++;
        v.len--;
    }
    if (v.len > width)
        return false;
    memset(out, 0, width - v.len);
    memcpy(out + width - v.len, v.ptr, v.len);
    return true;
}

bool
hsm_ecdsa_from_der(struct mh_span der, size_t width, uint8_t *out)
{
    struct mh_rd rd = mh_rd_from(der);
    uint8_t raw[2 * WIDTH_MAX];
    size_t len = 0;

    if (width == 0 || width > WIDTH_MAX || mh_rd_u8(&rd) != SEQUENCE ||
        !take_len(&rd, &len) || len != mh_rd_left(&rd) ||
        !take_integer(&rd, width, raw) ||
        !take_integer(&rd, width, raw + width) || !mh_rd_done(&rd))
        return false;
    memcpy(out, raw, 2 * width);
    return true;
}
