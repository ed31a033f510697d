#include "base/text.h"

#include <string.h>

static size_t
utf8_len(uint8_t lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 2;
    if (lead >= 0xe0 && lead <= 0xef)
        return 3;
    if (lead >= 0xf0 && lead <= 0xf4)
        return 4;
    return 0;
}

bool
mh_utf8_next(struct mh_span *s, uint32_t *cp)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t v;
    size_t n;

    if (s->len == 0)
        return false;
    n = utf8_len(s->ptr[0]);
    if (n == 0 || n > s->len)
        return false;
    if (n == 1) {
        v = s->ptr[0];
    } else {
        v = s->ptr[0] & (0x7fU >> n);
        for (size_t i = 1; i < n; i++) {
            if ((s->ptr[i] & 0xc0) != 0x80)
                return false;
            v = v << 6 | (s->ptr[i] & 0x3fU);
        }
        if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
            return false;
    }
    *cp = v;
    s->ptr += n;
    s->len -= n;
    return true;
}

/* Skips a run of ASCII, eight bytes at a time. */
static void
skip_ascii(struct mh_span *s)
{
    uint64_t w;

    while (s->len >= sizeof(w)) {
        memcpy(&w, s->ptr, sizeof(w));
        if ((w & UINT64_C(0x8080808080808080)) != 0)
            return;
        s->ptr += sizeof(w);
        s->len -= sizeof(w);
    }
}

bool
mh_utf8_valid(struct mh_span s)
{
    uint32_t cp;

    while (s.len != 0) {
        skip_ascii(&s);
        if (s.len != 0 && !mh_utf8_next(&s, &cp))
            return false;
    }
    return true;
}

bool
mh_text_is_control(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 ||
           cp == 0x2029;
}

bool
mh_text_is_bidi(uint32_t cp)
{
    return cp == 0x061c || cp == 0x200e || cp == 0x200f ||
           (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);
}

void
mh_text_clean(struct mh_span s, size_t max, struct mh_buf *out)
{
    bool cut = s.len > max;

    if (cut)
        s.len = max;
    while (s.len != 0) {
        struct mh_span at = s;
        uint32_t cp;

        if (!mh_utf8_next(&s, &cp)) {
            if (cut && s.len < 4 && utf8_len(s.ptr[0]) > s.len)
                break; /* the cut went through a letter */
            mh_buf_str(out, "\xef\xbf\xbd");
            s.ptr++;
            s.len--;
        } else if (mh_text_is_control(cp) || mh_text_is_bidi(cp)) {
            mh_buf_str(out, "\xef\xbf\xbd");
        } else {
            mh_buf_add(out, at.ptr, at.len - s.len);
        }
    }
    if (cut)
        mh_buf_str(out, "\xe2\x80\xa6");
}

void
mh_hex_encode(struct mh_span s, char *out)
{
    static const char digit[] = "0123456789abcdef";

    for (size_t i = 0; i < s.len; i++) {
        *out++ = digit[s.ptr[i] >> 4];
        *out++ = digit[s.ptr[i] & 15];
    }
    *out = '\0';
}

static int
hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool
mh_hex_decode(struct mh_span s, uint8_t *out)
{
    if (s.len % 2 != 0)
        return false;
    for (size_t i = 0; i < s.len; i += 2) {
        int hi = hex_digit(s.ptr[i]), lo = hex_digit(s.ptr[i + 1]);

        if (hi < 0 || lo < 0)
            return false;
        *out++ = (uint8_t)(hi << 4 | lo);
    }
    return true;
}

enum {
    B64_BAD = 0xff,
    B64_SPACE = 0xfe,
    B64_PAD = 0xfd
};

/* What each byte means; a table because a signature file is mostly base64. */
static const uint8_t b64_value[256] = {
#define B B64_BAD
#define S B64_SPACE
#define P B64_PAD
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    S,
    S,
    B,
    B,
    S,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    S,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    62,
    B,
    B,
    B,
    63,
    52,
    53,
    54,
    55,
    56,
    57,
    58,
    59,
    60,
    61,
    B,
    B,
    B,
    P,
    B,
    B,
    B,
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
    13,
    14,
    15,
    16,
    17,
    18,
    19,
    20,
    21,
    22,
    23,
    24,
    25,
    B,
    B,
    B,
    B,
    B,
    B,
    26,
    27,
    28,
    29,
    30,
    31,
    32,
    33,
    34,
    35,
    36,
    37,
    38,
    39,
    40,
    41,
    42,
    43,
    44,
    45,
    46,
    47,
    48,
    49,
    50,
    51,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
    B,
#undef B
#undef S
#undef P
};

size_t
mh_base64_max(size_t len)
{
    return len / 4 * 3 + 3;
}

/* The padding: exactly what the open group needs, then only white space. */
static bool
b64_finish(struct mh_span s, size_t i, int bits, uint32_t acc)
{
    int pads = 0, want = bits == 12 ? 2 : bits == 18 ? 1 : 0;

    for (; i < s.len; i++) {
        uint8_t v = b64_value[s.ptr[i]];

        if (v == B64_PAD)
            pads++;
        else if (v != B64_SPACE)
            return false;
    }
    if (bits == 0)
        return pads == 0;
    if (want == 0 || pads != want)
        return false;
    return (acc & (bits == 12 ? 0xfU : 0x3U)) == 0;
}

/* As many groups of four digits without anything between them as there are. */
static void
b64_groups(struct mh_span s, size_t *at, uint8_t **out)
{
    const uint8_t *p = s.ptr + *at, *end = s.ptr + s.len;
    uint8_t *o = *out;

    while (end - p >= 4) {
        uint8_t a = b64_value[p[0]], b = b64_value[p[1]];
        uint8_t c = b64_value[p[2]], d = b64_value[p[3]];

        if ((a | b | c | d) >= B64_PAD)
            break;
        o[0] = (uint8_t)(a << 2 | b >> 4);
        o[1] = (uint8_t)(b << 4 | c >> 2);
        o[2] = (uint8_t)(c << 6 | d);
        p += 4;
        o += 3;
    }
    *at = (size_t)(p - s.ptr);
    *out = o;
}

bool
mh_base64_decode(struct mh_span s, uint8_t *out, size_t *len)
{
    uint8_t *p = out;
    uint32_t acc = 0;
    int bits = 0;
    size_t i;

    for (i = 0; i < s.len; i++) {
        uint8_t v;

        if (bits == 0)
            b64_groups(s, &i, &p);
        if (i == s.len)
            break;
        v = b64_value[s.ptr[i]];
        if (v == B64_SPACE)
            continue;
        if (v >= B64_PAD)
            break;
        acc = acc << 6 | v;
        bits += 6;
        if (bits == 24) {
            *p++ = (uint8_t)(acc >> 16);
            *p++ = (uint8_t)(acc >> 8);
            *p++ = (uint8_t)acc;
            acc = 0;
            bits = 0;
        }
    }
    if (!b64_finish(s, i, bits, acc))
        return false;
    if (bits == 12) {
        *p++ = (uint8_t)(acc >> 4);
    } else if (bits == 18) {
        *p++ = (uint8_t)(acc >> 10);
        *p++ = (uint8_t)(acc >> 2);
    }
    *len = (size_t)(p - out);
    return true;
}

void
mh_base64_encode(struct mh_span s, struct mh_buf *out)
{
    static const char digit[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < s.len; i += 3) {
        size_t n = s.len - i < 3 ? s.len - i : 3;
        uint32_t v = (uint32_t)s.ptr[i] << 16;
        char q[4];

        if (n > 1)
            v |= (uint32_t)s.ptr[i + 1] << 8;
        if (n > 2)
            v |= s.ptr[i + 2];
        q[0] = digit[v >> 18];
        q[1] = digit[v >> 12 & 63];
        q[2] = digit[v >> 6 & 63];
        q[3] = digit[v & 63];
        if (n < 3)
            q[3] = '=';
        if (n < 2)
            q[2] = '=';
        mh_buf_add(out, q, sizeof(q));
    }
}

bool
mh_text_is_clean(struct mh_span s, size_t max)
{
    struct mh_buf clean;
    bool same;

    mh_buf_init(&clean, max + 4); /* room to notice what is longer */
    mh_text_clean(s, max, &clean);
    same =
        mh_buf_ok(&clean) && s.len <= max && mh_span_eq(mh_buf_get(&clean), s);
    mh_buf_fini(&clean);
    return same;
}
