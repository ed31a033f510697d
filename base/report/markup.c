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

/* Where the bytes of w are those of b, all of them the same: the high bits. */
static uint64_t
same(uint64_t w, uint8_t b)
{
    const uint64_t low = UINT64_C(0x0101010101010101);
    uint64_t x = w ^ (low * b);

    return (x - low) & ~x & (low << 7);
}

/* Skips bytes that stand for themselves, eight at a time: a mark that is seen
   in a borrow beside a true one only ends the run of eights early. */
static void
skip_plain(struct mh_span *s)
{
    const uint64_t low = UINT64_C(0x0101010101010101);
    uint64_t w;

    while (s->len >= sizeof(w)) {
        uint64_t other;

        memcpy(&w, s->ptr, sizeof(w));
        other = (w | ((w - low * 0x20) & ~w)) & (low << 7); /* >= 80, < 20 */
        other |= same(w, 0x7f) | same(w, '&') | same(w, '<') | same(w, '>') |
                 same(w, '"') | same(w, '\'');
        if (other != 0)
            break;
        s->ptr += sizeof(w);
        s->len -= sizeof(w);
    }
    while (s->len > 0 && is_plain(s->ptr[0])) {
        s->ptr++;
        s->len--;
    }
}

static bool
is_itself(uint32_t cp)
{
    if (cp > 0xad && cp < 0x61c)
        return true; /* Latin, Greek, Cyrillic: most of what is written */
    return reference(cp) == NULL && !is_hidden(cp) && !mh_text_is_control(cp) &&
           (cp & 0xfffe) != 0xfffe;
}

/* The characters from the beginning on that stand for themselves; bytes. */
static size_t
plain_run(struct mh_span s)
{
    struct mh_span left = s;

    for (;;) {
        struct mh_span next;
        uint32_t cp;

        skip_plain(&left);
        next = left;
        if (left.len == 0 || !mh_utf8_next(&next, &cp) || !is_itself(cp))
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

void
mh_markup_span(struct mh_buf *out, struct mh_span text)
{
    struct mh_span s = text;

    while (s.len != 0) {
        size_t run = plain_run(s);
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
