#include "docformat/pdf/lex.h"

#include <string.h>

#include "base/wire/codes.h"

static enum mh_code
broken(const struct df_pdf_lex *lex, struct mh_err *err, const char *what)
{
    return mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_OBJECT,
        lex->shift + lex->pos, "pdf: %s", what);
}

struct df_pdf_lex
df_pdf_lex_at(struct mh_span in, size_t pos, struct mh_arena *arena)
{
    return (struct df_pdf_lex){
        .in = in, .pos = pos < in.len ? pos : in.len, .arena = arena};
}

bool
df_pdf_is_space(uint8_t c)
{
    return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' ||
           c == ' ';
}

bool
df_pdf_is_delimiter(uint8_t c)
{
    return c == '(' || c == ')' || c == '<' || c == '>' || c == '[' ||
           c == ']' || c == '{' || c == '}' || c == '/' || c == '%';
}

bool
df_pdf_is_regular(uint8_t c)
{
    return !df_pdf_is_space(c) && !df_pdf_is_delimiter(c);
}

static bool
at_end_of_word(const struct df_pdf_lex *lex, size_t pos)
{
    return pos >= lex->in.len || !df_pdf_is_regular(lex->in.ptr[pos]);
}

void
df_pdf_skip(struct df_pdf_lex *lex)
{
    const uint8_t *p = lex->in.ptr;

    for (; lex->pos < lex->in.len; lex->pos++) {
        if (df_pdf_is_space(p[lex->pos]))
            continue;
        if (p[lex->pos] != '%')
            return;
        while (lex->pos + 1 < lex->in.len && p[lex->pos + 1] != '\n' &&
               p[lex->pos + 1] != '\r')
            lex->pos++;
    }
}

bool
df_pdf_word(struct df_pdf_lex *lex, const char *word)
{
    size_t len = strlen(word);
    struct mh_span s;

    if (!mh_span_sub(lex->in, lex->pos, len, &s) ||
        memcmp(s.ptr, word, len) != 0 || !at_end_of_word(lex, lex->pos + len))
        return false;
    lex->pos += len;
    return true;
}

bool
df_pdf_uint(struct df_pdf_lex *lex, uint64_t *out)
{
    uint64_t v = 0;
    size_t pos = lex->pos;

    for (; pos < lex->in.len; pos++) {
        uint8_t c = lex->in.ptr[pos];

        if (c < '0' || c > '9')
            break;
        if (v > (UINT64_MAX - 9) / 10)
            return false;
        v = v * 10 + (uint64_t)(c - '0');
    }
    if (pos == lex->pos || !at_end_of_word(lex, pos))
        return false;
    lex->pos = pos;
    *out = v;
    return true;
}

bool
df_pdf_head(struct df_pdf_lex *lex, uint32_t *num, uint32_t *gen)
{
    size_t pos = lex->pos;
    uint64_t n, g;

    if (df_pdf_uint(lex, &n)) {
        df_pdf_skip(lex);
        if (df_pdf_uint(lex, &g)) {
            df_pdf_skip(lex);
            if (n > 0 && n <= UINT32_MAX && g <= UINT16_MAX &&
                df_pdf_word(lex, "obj")) {
                *num = (uint32_t)n;
                *gen = (uint32_t)g;
                return true;
            }
        }
    }
    lex->pos = pos;
    return false;
}

/* 7.3.8.1: the keyword ends with LF or CR LF, never with CR alone. */
enum mh_code
df_pdf_stream(struct df_pdf_lex *lex, uint64_t length, struct mh_err *err,
    struct mh_span *out)
{
    if (!df_pdf_word(lex, "stream"))
        return broken(lex, err, "stream without its keyword");
    if (lex->pos < lex->in.len && lex->in.ptr[lex->pos] == '\r')
        lex->pos++;
    if (lex->pos >= lex->in.len || lex->in.ptr[lex->pos] != '\n')
        return broken(lex, err, "stream without a line end");
    lex->pos++;
    if (length > SIZE_MAX ||
        !mh_span_sub(lex->in, lex->pos, (size_t)length, out))
        return broken(lex, err, "stream longer than the file");
    lex->pos += (size_t)length;
    /* A zero is data that the length leaves out. */
    while (lex->pos < lex->in.len && lex->in.ptr[lex->pos] != 0 &&
           df_pdf_is_space(lex->in.ptr[lex->pos]))
        lex->pos++;
    if (!df_pdf_word(lex, "endstream"))
        return broken(lex, err, "stream of another length");
    return MH_OK;
}
