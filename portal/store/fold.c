#include "portal/store/fold.h"

#include "base/span.h"
#include "base/text.h"

enum {
    SKIP = 0,
    SPACE = ' ',
};

/* U+00C0 to U+017F without case and marks; blank: a sign. */
static const char latin[] = "aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiii"
                            "dnooooo ouuuuytyaaaaaaccccccccddddeeeeeeeeeegggg"
                            "gggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooo"
                            "oooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
_Static_assert(sizeof(latin) == 0x180 - 0xc0 + 1, "one for each letter");

static bool
within(uint32_t c, uint32_t first, uint32_t last)
{
    return c >= first && c <= last;
}

/* What has no place of its own in a line: marks, joiners, soft hyphens. */
static bool
has_no_width(uint32_t c)
{
    return within(c, 0x300, 0x36f) || within(c, 0x483, 0x489) ||
           within(c, 0x1ab0, 0x1aff) || within(c, 0x1dc0, 0x1dff) ||
           within(c, 0x20d0, 0x20ff) || within(c, 0xfe20, 0xfe2f) ||
           within(c, 0x200b, 0x200f) || within(c, 0x202a, 0x202e) ||
           within(c, 0x2060, 0x206f) || c == 0xad || c == 0xfeff;
}

static bool
is_apostrophe(uint32_t c)
{
    return c == '\'' || c == '`' || c == 0xb4 || within(c, 0x2b9, 0x2bf) ||
           c == 0x2018 || c == 0x2019;
}

static uint32_t
cyrillic(uint32_t c)
{
    if (within(c, 0x400, 0x40f))
        c += 0x50;
    else if (within(c, 0x410, 0x42f))
        c += 0x20;
    else if (within(c, 0x460, 0x481) || within(c, 0x48a, 0x4bf) ||
             within(c, 0x4d0, 0x52f))
        c |= 1;
    else if (c == 0x4c0)
        c = 0x4cf;
    else if (within(c, 0x4c1, 0x4ce))
        c += c & 1;
    switch (c) {
    case 0x450: /* what a mark makes of another letter */
    case 0x451:
        return 0x435;
    case 0x439:
    case 0x45d:
        return 0x438;
    case 0x453:
        return 0x433;
    case 0x457:
        return 0x456;
    case 0x45c:
        return 0x43a;
    case 0x45e:
        return 0x443;
    default:
        return c;
    }
}

uint32_t
pt_fold_one(uint32_t c)
{
    if (within(c, 'A', 'Z'))
        return c + ('a' - 'A');
    if (within(c, 'a', 'z') || within(c, '0', '9'))
        return c;
    if (is_apostrophe(c) || has_no_width(c))
        return SKIP;
    if (c < 0xc0)
        return SPACE;
    if (c < 0x180)
        return (uint8_t)latin[c - 0xc0];
    /* Schwa, and the turned e that stands for it. */
    if (c == 0x18f || c == 0x259 || c == 0x18e || c == 0x1dd)
        return 'e';
    if (within(c, 0x400, 0x52f))
        return cyrillic(c);
    if (within(c, 0x2000, 0x206f) || within(c, 0x3000, 0x3003))
        return SPACE;
    return c;
}

/* Writes c; 0: there is no room. */
static size_t
put(uint32_t c, char *out, size_t room)
{
    size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t head[] = {0, 0, 0xc0, 0xe0, 0xf0};

    if (len >= room)
        return 0;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    out[0] = (char)(head[len] | c);
    return len;
}

bool
pt_fold(const char *in, char *out, size_t size)
{
    struct mh_span s = mh_span_str(in);
    bool gap = false, whole = size > 0; /* gap: before the next letter */
    size_t n = 0;
    uint32_t c;

    while (whole && mh_utf8_next(&s, &c)) {
        size_t wrote;

        c = pt_fold_one(c);
        if (c == SPACE)
            gap = n > 0;
        if (c == SPACE || c == SKIP)
            continue;
        if (gap && size - n > 1)
            out[n++] = ' ';
        gap = false;
        wrote = put(c, out + n, size - n);
        whole = wrote > 0;
        n += wrote;
    }
    whole = whole && s.len == 0;
    if (size > 0)
        out[whole ? n : 0] = '\0';
    return whole;
}
