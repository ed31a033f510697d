#include "docformat/asic/asic.h"

#include <string.h>

static bool
is_alnum(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z');
}

/* restricted-name of RFC 6838 4.2: its length, 0 where there is none. */
static size_t
restricted_name(struct mh_span s)
{
    size_t n = 0;

    while (n < s.len &&
           (is_alnum(s.ptr[n]) || (n > 0 && s.ptr[n] != 0 &&
                                      strchr("!#$&-^_.+", s.ptr[n]) != NULL)))
        n++;
    return n > 127 ? 0 : n;
}

/* A token of RFC 2045 or a quoted string; its length or 0. */
static size_t
parameter_value(struct mh_span s)
{
    size_t n = 0;

    if (s.len == 0 || s.ptr[0] != '"') {
        while (n < s.len && s.ptr[n] > 0x20 && s.ptr[n] < 0x7f &&
               strchr("()<>@,;:\\\"/[]?=", s.ptr[n]) == NULL)
            n++;
        return n;
    }
    for (n = 1; n < s.len && s.ptr[n] != '"'; n++)
        if (s.ptr[n] == '\\' || s.ptr[n] < 0x20)
            return 0;
    return n < s.len ? n + 1 : 0;
}

static void
advance(struct mh_span *s, size_t n)
{
    s->ptr += n;
    s->len -= n;
}

static void
skip_blanks(struct mh_span *s)
{
    while (s->len != 0 && s->ptr[0] == ' ')
        advance(s, 1);
}

bool
df_media_type_valid(struct mh_span s)
{
    size_t n = restricted_name(s);

    if (n == 0 || n == s.len || s.ptr[n] != '/')
        return false;
    advance(&s, n + 1);
    n = restricted_name(s);
    if (n == 0)
        return false;
    advance(&s, n);
    while (s.len != 0) {
        skip_blanks(&s);
        if (s.len == 0 || s.ptr[0] != ';')
            return false;
        advance(&s, 1);
        skip_blanks(&s);
        n = restricted_name(s);
        if (n == 0 || n == s.len || s.ptr[n] != '=')
            return false;
        advance(&s, n + 1);
        n = parameter_value(s);
        if (n == 0)
            return false;
        advance(&s, n);
    }
    return true;
}
