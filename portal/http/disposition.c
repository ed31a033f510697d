#include "portal/http/disposition.h"

#include <string.h>

#include "base/err.h"
#include "base/report/markup.h"
#include "base/text.h"

enum {
    NAME_MAX = 200, /* characters of a name without its marks */
};

static bool
is_token(uint8_t c)
{
    return c > 0x20 && c < 0x7f && strchr("()<>@,;:\\\"/[]?={}", c) == NULL;
}

static void
skip_blanks(struct mh_span *s)
{
    while (s->len > 0 && (s->ptr[0] == ' ' || s->ptr[0] == '\t')) {
        s->ptr++;
        s->len--;
    }
}

static uint8_t
peek(const struct mh_span *s)
{
    return s->len > 0 ? s->ptr[0] : 0;
}

static void
skip(struct mh_span *s)
{
    s->ptr++;
    s->len--;
}

static bool
put(struct pt_param *p, uint8_t c)
{
    if (p->len == PT_PARAM_MAX || c == 0)
        return false;
    p->value[p->len++] = (char)c;
    p->value[p->len] = '\0';
    return true;
}

static bool
quoted(struct mh_span *s, struct pt_param *out)
{
    skip(s);
    while (s->len > 0 && s->ptr[0] != '"') {
        if (s->ptr[0] == '\\' && s->len > 1 &&
            (s->ptr[1] == '"' || s->ptr[1] == '\\'))
            skip(s);
        if (!put(out, s->ptr[0]))
            return false;
        skip(s);
    }
    if (s->len == 0)
        return false; /* never closed */
    skip(s);
    return true;
}

int
pt_param_next(struct mh_span *s, struct pt_param *out)
{
    out->len = 0;
    out->value[0] = '\0';
    skip_blanks(s);
    if (s->len == 0)
        return 0;
    if (peek(s) != ';')
        return -1;
    skip(s);
    skip_blanks(s);
    out->name.ptr = s->ptr;
    while (s->len > 0 && is_token(peek(s)))
        skip(s);
    out->name.len = (size_t)(s->ptr - out->name.ptr);
    if (out->name.len == 0 || peek(s) != '=')
        return -1;
    skip(s);
    if (peek(s) == '"')
        return quoted(s, out) ? 1 : -1;
    while (s->len > 0 && is_token(peek(s))) {
        if (!put(out, peek(s)))
            return -1;
        skip(s);
    }
    return out->len > 0 ? 1 : -1;
}

bool
pt_param_extended(const struct pt_param *p, char *out, size_t max, size_t *len)
{
    struct mh_span s = {(const uint8_t *)p->value, p->len};
    size_t at = 0, n = 0;

    if (s.len < 7 || strncasecmp(p->value, "UTF-8'", 6) != 0)
        return false;
    for (at = 6; at < s.len && s.ptr[at] != '\''; at++)
        if (!is_token(s.ptr[at]))
            return false;
    if (at == s.len)
        return false;
    for (at++; at < s.len; at++) {
        uint8_t c = s.ptr[at];

        if (c == '%') {
            struct mh_span two;

            if (!mh_span_sub(s, at + 1, 2, &two) || !mh_hex_decode(two, &c))
                return false;
            at += 2;
        } else if (!is_token(c) || strchr("'*%", c) != NULL) {
            return false; /* RFC 5987 attr-char */
        }
        if (c == 0 || n == max)
            return false;
        out[n++] = (char)c;
    }
    *len = n;
    return mh_utf8_valid((struct mh_span){(const uint8_t *)out, n});
}

static bool
is_plain(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '.' || c == '-';
}

static void
disposition(struct pt_answer *a, const char *how, const char *name)
{
    char plain[NAME_MAX + 1];
    struct mh_buf coded;
    size_t n = 0;

    for (const unsigned char *c = (const unsigned char *)name;
         *c != 0 && n < NAME_MAX; c++)
        if ((*c & 0xc0) != 0x80) /* a character that is not ASCII is one _ */
            plain[n++] = (char)(is_plain(*c) ? *c : '_');
    plain[n] = '\0';
    mh_buf_init(&coded, PT_ANSWER_VALUE_MAX);
    mh_markup_uri(&coded, mh_span_str(name));
    if (mh_buf_ok(&coded))
        pt_answer_header(a, "Content-Disposition",
            "%s; filename=\"%s\"; filename*=UTF-8''%.*s", how, plain,
            (int)coded.len, (const char *)coded.ptr);
    else
        pt_answer_header(
            a, "Content-Disposition", "%s; filename=\"%s\"", how, plain);
    mh_buf_fini(&coded);
}

void
pt_answer_attachment(struct pt_answer *a, const char *name)
{
    disposition(a, "attachment", name);
}

void
pt_answer_inline(struct pt_answer *a, const char *name)
{
    disposition(a, "inline", name);
}
