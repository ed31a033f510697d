#include "docformat/text/layout.h"

#include "base/text.h"

/* The longest beginning of text that fits; at least one letter. */
static size_t
fitting(
    const struct df_font *font, struct mh_span text, double size, double width)
{
    struct mh_span rest = text;
    double used = 0;
    uint32_t cp;

    while (rest.len > 0) {
        struct mh_span letter = rest;

        if (!mh_utf8_next(&rest, &cp))
            return text.len;
        letter.len -= rest.len;
        used += df_font_width(font, letter, size);
        if (used > width && letter.ptr != text.ptr)
            return (size_t)(letter.ptr - text.ptr);
    }
    return text.len;
}

/* Where a line of at most len bytes ends: behind its last blank. */
static size_t
last_blank(struct mh_span text, size_t len)
{
    if (len == text.len)
        return len;
    for (size_t i = len + 1; i-- > 1;)
        if (text.ptr[i] == ' ')
            return i;
    return len;
}

void
df_wrap(const struct df_font *font, struct mh_span text, double size,
    double width, bool (*line)(void *ctx, struct mh_span text), void *ctx)
{
    do {
        size_t len = last_blank(text, fitting(font, text, size, width));
        struct mh_span one = {text.ptr, len};

        while (len < text.len && text.ptr[len] == ' ')
            len++;
        while (one.len > 0 && one.ptr[one.len - 1] == ' ')
            one.len--;
        text.ptr += len;
        text.len -= len;
        if (!line(ctx, one))
            return;
    } while (text.len > 0);
}

struct mh_span
df_shorten(const struct df_font *font, struct mh_span text, double size,
    double width, bool *cut)
{
    double dots = df_font_width(font, DF_ELLIPSIS, size);

    *cut = df_font_width(font, text, size) > width;
    if (*cut)
        text.len = width > dots ? fitting(font, text, size, width - dots) : 0;
    while (*cut && text.len > 0 && text.ptr[text.len - 1] == ' ')
        text.len--;
    return text;
}

void
df_put_number(struct mh_buf *out, double value)
{
    mh_buf_printf(out, "%.3f ", value);
}
