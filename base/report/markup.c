#include "base/report/markup.h"

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

/* Bytes that stand for themselves, whatever is beside them. */
static size_t
plain_run(struct mh_span s)
{
    size_t n = 0;

    while (n < s.len && s.ptr[n] >= 0x20 && s.ptr[n] < 0x7f &&
           s.ptr[n] != '&' && s.ptr[n] != '<' && s.ptr[n] != '>' &&
           s.ptr[n] != '"' && s.ptr[n] != '\'')
        n++;
    return n;
}

/* A character that may not stand for itself, or may. */
static void
add_other(struct mh_buf *out, uint32_t cp, struct mh_span bytes)
{
    if (reference(cp) != NULL)
        mh_buf_str(out, reference(cp));
    else if (is_hidden(cp))
        mh_buf_printf(out, "[U+%04X]", (unsigned)cp);
    else if (mh_text_is_control(cp) || (cp & 0xfffe) == 0xfffe)
        mh_buf_str(out, "\xef\xbf\xbd");
    else
        mh_buf_span(out, bytes);
}

void
mh_markup_span(struct mh_buf *out, struct mh_span text)
{
    struct mh_span s = text;

    while (s.len != 0) {
        size_t run = plain_run(s);
        struct mh_span at;
        uint32_t cp;

        if (run > 0) {
            mh_buf_add(out, s.ptr, run);
            s.ptr += run;
            s.len -= run;
            continue;
        }
        at = s;
        if (mh_utf8_next(&s, &cp)) {
            at.len -= s.len;
            add_other(out, cp, at);
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
