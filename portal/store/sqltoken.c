#include "portal/store/sqltoken.h"

#include <string.h>

static bool
in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (c >= '0' && c <= '9');
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Behind the quote that ends a string; two of them are one inside. */
static const char *
end_of_string(const char *p)
{
    for (p++; *p != '\0'; p++)
        if (*p == '\'' && *++p != '\'')
            break;
    return p;
}

struct pt_token
pt_token_next(const char **text)
{
    const char *p = *text;
    struct pt_token t = {.kind = PT_TOKEN_OTHER, .ptr = p};

    if (*p == '\0') {
        t.kind = PT_TOKEN_END;
    } else if (*p == ' ' || *p == '\n') {
        t.kind = PT_TOKEN_SPACE;
        p += strspn(p, " \n");
    } else if (*p == '\'') {
        t.kind = PT_TOKEN_STRING;
        p = end_of_string(p);
    } else if ((*p == 'x' || *p == 'X') && p[1] == '\'') {
        t.kind = PT_TOKEN_BYTES;
        p = end_of_string(p + 1);
    } else if (*p == '?' && is_digit(p[1])) {
        t.kind = PT_TOKEN_PARAMETER;
        for (p++; is_digit(*p) && t.number < 1000; p++)
            t.number = 10 * t.number + (*p - '0');
    } else if (in_word(*p)) {
        t.kind = is_digit(*p) ? PT_TOKEN_OTHER : PT_TOKEN_WORD;
        while (in_word(*p))
            p++;
    } else {
        p++;
    }
    t.len = (size_t)(p - t.ptr);
    *text = p;
    return t;
}

struct pt_token
pt_token_peek(const char *text)
{
    struct pt_token t = pt_token_next(&text);

    return t.kind == PT_TOKEN_SPACE ? pt_token_next(&text) : t;
}

bool
pt_token_is(const struct pt_token *t, const char *word)
{
    return t->len == strlen(word) && memcmp(t->ptr, word, t->len) == 0;
}

bool
pt_token_names(const struct pt_token *t)
{
    return t->kind == PT_TOKEN_WORD && t->ptr[0] >= 'a' && t->ptr[0] <= 'z';
}
