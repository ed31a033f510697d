#include "base/report/markup.h"

#include <string.h>

#include "base/text.h"

/* Nothing a reader would see, but something a comparison would find. */
static bool
is_hidden(uint32_t cp)
{
    return mh_text_is_bidi(cp) || cp == 0xad || cp == 0x200b || cp == 0x2060 ||
           cp == 0xfeff;
}

static const char *
reference(uint32_t cp)
{
    switch (cp) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* A byte that stands for itself, whatever is beside it. */
static bool
is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x7f && c != '&' && c != '<' && c != '>' &&
           c != '"' && c != '\'';
}

#define LOW  UINT64_C(0x0101010101010101) /* a one in each byte */
#define HIGH (LOW << 7)

/* Eight bytes, the first one lowest. */
static uint64_t
eight(const uint8_t *p)
{
    uint64_t w = 0;

    for (unsigned i = 0; i < sizeof(w); i++)
        w |= (uint64_t)p[i] << (8 * i);
    return w;
}

/* Where the bytes of w are b: the high bits.  Beside a true one, a false one
   may be seen in the borrow. */
static uint64_t
same(uint64_t w, uint8_t b)
{
    uint64_t x = w ^ (LOW * b);

    return (x - LOW) & ~x & HIGH;
}

/*
 * How many of eight bytes stand for themselves at once: all of them, or seven
 * where a letter begins with the last; else 0.  Letters of two bytes are those
 * from C3 to D7 (U+00C0 to U+05FF), of which each is itself.
 */
static size_t
itself(uint64_t w)
{
    uint64_t lead = w & (w << 1) & HIGH, follows = w & HIGH & ~lead;
    uint64_t low = w & (LOW * 0x1f);               /* of a lead: from 3 to 17 */
    uint64_t other = (w - LOW * 0x20) & ~w & HIGH; /* controls */

    /* & and ' are one bit apart, and so are < and >. */
    other |= same(w, 0x7f) | same(w, '"') | same(w | LOW, '\'') |
             same(w | (LOW << 1), '>');
    other |= lead & ((w << 2) | ~(low + LOW * 0x7d) | (low + LOW * 0x68));
    other |= follows ^ (lead << 8);
    return other != 0 ? 0 : lead >> 63 != 0 ? sizeof(w) - 1 : sizeof(w);
}

/* Skips bytes that stand for themselves. */
static void
skip_plain(struct mh_span *s)
{
    size_t n;

    while (s->len >= sizeof(uint64_t) && (n = itself(eight(s->ptr))) > 0) {
        s->ptr += n;
        s->len -= n;
    }
    while (s->len > 0 && is_plain(s->ptr[0])) {
        s->ptr++;
        s->len--;
    }
}

static bool
is_itself(uint32_t cp, bool lines)
{
    if (cp > 0xad && cp < 0x61c)
        return true; /* Latin, Greek, Cyrillic: most of what is written */
    if (lines && (cp == '\n' || cp == '\r' || cp == '\t'))
        return true;
    return reference(cp) == NULL && !is_hidden(cp) && !mh_text_is_control(cp) &&
           (cp & 0xfffe) != 0xfffe;
}

/* The characters from the beginning on that stand for themselves; bytes. */
static size_t
plain_run(struct mh_span s, bool lines)
{
    struct mh_span left = s;

    for (;;) {
        struct mh_span next;
        uint32_t cp;

        skip_plain(&left);
        next = left;
        if (left.len == 0 || !mh_utf8_next(&next, &cp) || !is_itself(cp, lines))
            return s.len - left.len;
        left = next;
    }
}

/* A character that does not stand for itself. */
static void
add_other(struct mh_buf *out, uint32_t cp)
{
    if (reference(cp) != NULL)
        mh_buf_str(out, reference(cp));
    else if (is_hidden(cp))
        mh_buf_printf(out, "[U+%04X]", (unsigned)cp);
    else
        mh_buf_str(out, "\xef\xbf\xbd");
}

static void
put(struct mh_buf *out, struct mh_span s, bool lines)
{
    while (s.len != 0) {
        size_t run = plain_run(s, lines);
        uint32_t cp;

        mh_buf_add(out, s.ptr, run);
        s.ptr += run;
        s.len -= run;
        if (s.len == 0)
            break;
        if (mh_utf8_next(&s, &cp)) {
            add_other(out, cp);
        } else {
            mh_buf_str(out, "\xef\xbf\xbd");
            s.ptr++;
            s.len--;
        }
    }
}

void
mh_markup_span(struct mh_buf *out, struct mh_span text)
{
    put(out, text, false);
}

void
mh_markup_lines(struct mh_buf *out, struct mh_span text)
{
    put(out, text, true);
}

void
mh_markup_text(struct mh_buf *out, const char *text)
{
    mh_markup_span(out, mh_span_str(text));
}

static bool
is_unreserved(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
           c == '~';
}

void
mh_markup_uri(struct mh_buf *out, struct mh_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_unreserved(text.ptr[i]))
            mh_buf_byte(out, text.ptr[i]);
        else
            mh_buf_printf(out, "%%%02X", (unsigned)text.ptr[i]);
    }
}

void
mh_markup_element(struct mh_buf *out, const char *name, const char *text)
{
    mh_buf_byte(out, '<');
    mh_buf_str(out, name);
    mh_buf_byte(out, '>');
    mh_markup_text(out, text);
    mh_buf_str(out, "</");
    mh_buf_str(out, name);
    mh_buf_byte(out, '>');
}

void
mh_markup_optional(struct mh_buf *out, const char *name, const char *text)
{
    if (text[0] != '\0')
        mh_markup_element(out, name, text);
}
