/* Objects out of tokens. */
#include "docformat/pdf/lex.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/text.h"
#include "base/wire/codes.h"

enum {
    FEW = 32, /* members kept on the stack before the arena is asked */
};

/* Members of the containers that are open, innermost last. */
struct members {
    const struct df_pdf_obj **item;
    size_t items, item_cap;
    struct df_pdf_pair *pair;
    size_t pairs, pair_cap;
};

struct parse {
    struct df_pdf_lex *lex;
    struct mh_err *err;
    struct members m;
};

static enum mh_code parse_any(
    struct parse *p, unsigned depth, struct df_pdf_obj **out);

static enum mh_code
broken(const struct parse *p, size_t at, const char *what)
{
    return mh_fail_finding(p->err, MH_EFORMAT, MH_F_PDF_OBJECT,
        p->lex->shift + at, "pdf: %s", what);
}

static enum mh_code
no_memory(const struct parse *p)
{
    return mh_fail(p->err, mh_arena_full(p->lex->arena) ? MH_ELIMIT : MH_ENOMEM,
        p->lex->shift + p->lex->pos, "pdf: no memory for an object");
}

static bool
at_end_of_word(const struct df_pdf_lex *lex, size_t pos)
{
    return pos >= lex->in.len || !df_pdf_is_regular(lex->in.ptr[pos]);
}

static struct df_pdf_obj *
new_obj(struct parse *p, enum df_pdf_type type, size_t at)
{
    struct df_pdf_obj *o = mh_arena_alloc(p->lex->arena, sizeof(*o));

    if (o != NULL) {
        o->type = type;
        o->at = at;
        o->len = p->lex->pos - at;
    }
    return o;
}

static int
hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 7.3.5: "#" and two digits stand for a byte, which is not zero.  A vertical
   tab as it is ends the name for readers that take it for white space. */
static enum mh_code
read_name(struct parse *p, struct mh_span *out)
{
    struct df_pdf_lex *lex = p->lex;
    size_t at = lex->pos++;
    size_t end = lex->pos, len = 0;
    bool escaped = false, tab = false;
    uint8_t *name;

    for (; end < lex->in.len && df_pdf_is_regular(lex->in.ptr[end]); end++) {
        escaped = escaped || lex->in.ptr[end] == '#';
        tab = tab || lex->in.ptr[end] == '\v';
    }
    if (tab)
        return broken(p, at, "name with a vertical tab");
    *out = (struct mh_span){lex->in.ptr + lex->pos, end - lex->pos};
    lex->pos = end;
    if (!escaped)
        return MH_OK;
    name = mh_arena_raw(lex->arena, out->len);
    if (name == NULL)
        return no_memory(p);
    for (size_t i = 0; i < out->len; i++) {
        uint8_t c = out->ptr[i];

        if (c == '#') {
            bool fits = out->len - i > 2;
            int hi = fits ? hex_digit(out->ptr[i + 1]) : -1;
            int lo = fits ? hex_digit(out->ptr[i + 2]) : -1;

            if (hi < 0 || lo < 0 || (hi | lo) == 0)
                return broken(p, at, "name with a stray #");
            c = (uint8_t)(hi << 4 | lo);
            i += 2;
        }
        name[len++] = c;
    }
    *out = (struct mh_span){name, len};
    return MH_OK;
}

/* One escape of 7.3.4.2 after its backslash; -1: no byte stands for it. */
static int
read_escape(const uint8_t *s, size_t len, size_t *i)
{
    static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
    uint8_t c = s[*i];
    const char *known = c != 0 ? strchr(from, c) : NULL;
    unsigned v = 0;

    if (known != NULL)
        return to[known - from];
    if (c == '\r' && *i + 1 < len && s[*i + 1] == '\n')
        ++*i;
    if (c == '\r' || c == '\n')
        return -1;
    if (c < '0' || c > '7')
        return c;
    for (unsigned n = 0; n < 3 && *i < len && s[*i] >= '0' && s[*i] <= '7'; n++)
        v = v * 8 + (unsigned)(s[(*i)++] - '0');
    --*i;
    return (int)(v & 0xff);
}

/* 7.3.4.2: parentheses balance, or are escaped. */
static enum mh_code
read_literal(struct parse *p, struct mh_span *out)
{
    struct df_pdf_lex *lex = p->lex;
    size_t at = lex->pos++, end, len = 0, open = 1;
    const uint8_t *s = lex->in.ptr + lex->pos;
    uint8_t *text;

    for (end = lex->pos; end < lex->in.len; end++) {
        uint8_t c = lex->in.ptr[end];

        if (c == '\\')
            end++;
        else if (c == '(')
            open++;
        else if (c == ')' && --open == 0)
            break;
    }
    if (end >= lex->in.len)
        return broken(p, at, "string without an end");
    text = mh_arena_raw(lex->arena, end - lex->pos + 1);
    if (text == NULL)
        return no_memory(p);
    for (size_t i = 0, n = end - lex->pos; i < n; i++) {
        int c = s[i];

        if (c == '\\') {
            i++;
            c = read_escape(s, n, &i);
        } else if (c == '\r') {
            c = '\n';
            if (i + 1 < n && s[i + 1] == '\n')
                i++;
        }
        if (c >= 0)
            text[len++] = (uint8_t)c;
    }
    lex->pos = end + 1;
    *out = (struct mh_span){text, len};
    return MH_OK;
}

/* 7.3.4.3: an odd number of digits means a zero after them. */
static enum mh_code
read_hex(struct parse *p, struct mh_span *out)
{
    struct df_pdf_lex *lex = p->lex;
    size_t at = lex->pos++, end = lex->pos, digits = 0;
    uint8_t *text;

    while (end < lex->in.len && lex->in.ptr[end] != '>')
        end++;
    if (end == lex->in.len)
        return broken(p, at, "string without an end");
    text = mh_arena_alloc(lex->arena, (end - lex->pos) / 2 + 1);
    if (text == NULL)
        return no_memory(p);
    for (; lex->pos < end; lex->pos++) {
        int v = hex_digit(lex->in.ptr[lex->pos]);

        if (v < 0 && df_pdf_is_space(lex->in.ptr[lex->pos]))
            continue;
        if (v < 0)
            return broken(p, lex->pos, "string with a wrong digit");
        text[digits / 2] |= (uint8_t)(digits % 2 == 0 ? v << 4 : v);
        digits++;
    }
    lex->pos = end + 1;
    *out = (struct mh_span){text, digits / 2 + digits % 2};
    return MH_OK;
}

static enum mh_code
read_string(struct parse *p, bool hex, struct df_pdf_obj **out)
{
    size_t at = p->lex->pos;
    struct mh_span s = {NULL, 0};
    enum mh_code code = hex ? read_hex(p, &s) : read_literal(p, &s);

    if (code == MH_OK && p->lex->string != NULL)
        code = p->lex->string(p->lex->ctx, s, p->err, &s);
    if (code != MH_OK)
        return code;
    *out = new_obj(p, DF_PDF_STRING, at);
    if (*out == NULL)
        return no_memory(p);
    (*out)->hex = hex;
    (*out)->bytes = s;
    return MH_OK;
}

/* "N G R" after the number N; nothing moves where that is not what follows. */
static bool
read_reference(struct df_pdf_lex *lex, uint64_t num, uint32_t *gen)
{
    size_t pos = lex->pos;
    uint64_t g;

    df_pdf_skip(lex);
    if (num <= UINT32_MAX && df_pdf_uint(lex, &g) && g <= UINT16_MAX) {
        df_pdf_skip(lex);
        if (df_pdf_word(lex, "R")) {
            *gen = (uint32_t)g;
            return true;
        }
    }
    lex->pos = pos;
    return false;
}

/* 7.3.3: a sign, digits and one point at most. */
static enum mh_code
read_number(struct parse *p, struct df_pdf_obj **out)
{
    struct df_pdf_lex *lex = p->lex;
    size_t at = lex->pos, pos = at, digits = 0;
    bool minus = lex->in.ptr[pos] == '-', point = false;
    uint64_t v = 0;
    uint32_t gen;

    if (minus || lex->in.ptr[pos] == '+')
        pos++;
    for (; !at_end_of_word(lex, pos); pos++) {
        uint8_t c = lex->in.ptr[pos];

        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9')
            return broken(p, at, "unknown word");
        digits++;
        if (point)
            continue;
        if (v > (INT64_MAX - 9) / 10)
            return broken(p, at, "number too large");
        v = v * 10 + (uint64_t)(c - '0');
    }
    if (digits == 0)
        return broken(p, at, "unknown word");
    lex->pos = pos;
    if (digits == pos - at && read_reference(lex, v, &gen)) {
        *out = new_obj(p, DF_PDF_REF, at);
        if (*out == NULL)
            return no_memory(p);
        (*out)->num = (uint32_t)v;
        (*out)->gen = gen;
        return MH_OK;
    }
    *out = new_obj(p, point ? DF_PDF_REAL : DF_PDF_INT, at);
    if (*out == NULL)
        return no_memory(p);
    (*out)->integer = minus ? -(int64_t)v : (int64_t)v;
    (*out)->bytes = (struct mh_span){lex->in.ptr + at, pos - at};
    return MH_OK;
}

/* The list, moved to twice the room if it is full; NULL without memory. */
static void *
room_for(
    struct mh_arena *arena, void *list, size_t size, size_t count, size_t *cap)
{
    void *more;

    if (count < *cap)
        return list;
    more = mh_arena_array(arena, *cap * 2, size);
    if (more == NULL)
        return NULL;
    memcpy(more, list, count * size);
    *cap *= 2;
    return more;
}

static enum mh_code
read_array(struct parse *p, unsigned depth, struct df_pdf_obj **out)
{
    struct df_pdf_lex *lex = p->lex;
    struct members *m = &p->m;
    size_t at = lex->pos++, first = m->items, count;
    struct df_pdf_obj *o = NULL;
    void *list;

    for (;;) {
        enum mh_code code;

        df_pdf_skip(lex);
        if (lex->pos < lex->in.len && lex->in.ptr[lex->pos] == ']')
            break;
        code = parse_any(p, depth + 1, &o);
        if (code != MH_OK)
            return code;
        list = room_for(
            lex->arena, m->item, sizeof(void *), m->items, &m->item_cap);
        if (list == NULL)
            return no_memory(p);
        m->item = list;
        m->item[m->items++] = o;
    }
    lex->pos++;
    *out = o = new_obj(p, DF_PDF_ARRAY, at);
    count = m->items - first;
    if (o != NULL)
        o->item = mh_arena_array(lex->arena, count, sizeof(void *));
    if (o == NULL || o->item == NULL)
        return no_memory(p);
    memcpy(o->item, m->item + first, count * sizeof(void *));
    o->count = count;
    m->items = first;
    return MH_OK;
}

static int
by_key(const void *a, const void *b)
{
    const struct df_pdf_pair *const *x = a, *const *y = b;

    return mh_span_cmp((*x)->key, (*y)->key);
}

/* Two readers may take different ones of two equal keys: none is right. */
static enum mh_code
check_keys(struct parse *p, struct df_pdf_obj *dict)
{
    const struct df_pdf_pair **sorted;

    if (dict->count < 2)
        return MH_OK;
    if (dict->count <= FEW) {
        for (size_t i = 1; i < dict->count; i++)
            for (size_t k = 0; k < i; k++)
                if (mh_span_eq(dict->pair[i].key, dict->pair[k].key))
                    return broken(p, dict->pair[i].at, "key stands twice");
        return MH_OK;
    }
    sorted = mh_arena_array(p->lex->arena, dict->count, sizeof(void *));
    if (sorted == NULL)
        return no_memory(p);
    for (size_t i = 0; i < dict->count; i++)
        sorted[i] = &dict->pair[i];
    qsort(sorted, dict->count, sizeof(void *), by_key);
    for (size_t i = 1; i < dict->count; i++)
        if (mh_span_eq(sorted[i]->key, sorted[i - 1]->key))
            return broken(p, sorted[i]->at, "key stands twice");
    dict->sorted = sorted;
    return MH_OK;
}

/*
 * /Contents of a signature is never encrypted (7.6.2), and that it is one
 * shows at the end of its dictionary: until then it stays as it is.
 */
static enum mh_code
read_pair(struct parse *p, unsigned depth, struct df_pdf_obj **contents)
{
    struct df_pdf_lex *lex = p->lex;
    struct members *m = &p->m;
    struct df_pdf_pair pair = {.at = lex->pos};
    struct df_pdf_obj *value = NULL;
    enum mh_code code;
    void *list;

    if (lex->pos >= lex->in.len)
        return broken(p, lex->pos, "dictionary without an end");
    if (lex->in.ptr[lex->pos] != '/')
        return broken(p, lex->pos, "key is no name");
    code = read_name(p, &pair.key);
    if (code != MH_OK)
        return code;
    if (lex->string != NULL && mh_span_is(pair.key, "Contents")) {
        df_pdf_string_fn *string = lex->string;

        df_pdf_skip(lex);
        if (lex->pos < lex->in.len && lex->in.ptr[lex->pos] == '<' &&
            !(lex->in.len - lex->pos > 1 && lex->in.ptr[lex->pos + 1] == '<'))
            lex->string = NULL;
        code = parse_any(p, depth + 1, &value);
        if (lex->string == NULL)
            *contents = value;
        lex->string = string;
    } else {
        code = parse_any(p, depth + 1, &value);
    }
    if (code != MH_OK)
        return code;
    pair.value = value;
    list = room_for(lex->arena, m->pair, sizeof(pair), m->pairs, &m->pair_cap);
    if (list == NULL)
        return no_memory(p);
    m->pair = list;
    m->pair[m->pairs++] = pair;
    return MH_OK;
}

static enum mh_code
read_dict(struct parse *p, unsigned depth, struct df_pdf_obj **out)
{
    struct df_pdf_lex *lex = p->lex;
    struct members *m = &p->m;
    size_t at = lex->pos, first = m->pairs, count;
    struct df_pdf_obj *o, *contents = NULL;
    struct df_pdf_pair *pairs;

    for (lex->pos += 2;;) {
        enum mh_code code;

        df_pdf_skip(lex);
        if (lex->in.len - lex->pos >= 2 && lex->in.ptr[lex->pos] == '>' &&
            lex->in.ptr[lex->pos + 1] == '>')
            break;
        code = read_pair(p, depth, &contents);
        if (code != MH_OK)
            return code;
    }
    lex->pos += 2;
    *out = o = new_obj(p, DF_PDF_DICT, at);
    count = m->pairs - first;
    pairs = mh_arena_array(lex->arena, count, sizeof(*pairs));
    if (o == NULL || pairs == NULL)
        return no_memory(p);
    memcpy(pairs, m->pair + first, count * sizeof(*pairs));
    o->pair = pairs;
    o->count = count;
    m->pairs = first;
    if (contents != NULL && df_pdf_key(o, "ByteRange") == NULL) {
        enum mh_code code =
            lex->string(lex->ctx, contents->bytes, p->err, &contents->bytes);

        if (code != MH_OK)
            return code;
    }
    return check_keys(p, o);
}

static enum mh_code
read_word(struct parse *p, struct df_pdf_obj **out)
{
    struct df_pdf_lex *lex = p->lex;
    size_t at = lex->pos;
    enum df_pdf_type type = DF_PDF_BOOL;
    bool truth = false;

    if (df_pdf_word(lex, "true"))
        truth = true;
    else if (df_pdf_word(lex, "null"))
        type = DF_PDF_NULL;
    else if (!df_pdf_word(lex, "false"))
        return broken(p, at, "unknown word");
    *out = new_obj(p, type, at);
    if (*out == NULL)
        return no_memory(p);
    (*out)->truth = truth;
    return MH_OK;
}

static enum mh_code
parse_any(struct parse *p, unsigned depth, struct df_pdf_obj **out)
{
    struct df_pdf_lex *lex = p->lex;
    enum mh_code code;
    struct mh_span name;
    size_t at;
    uint8_t c;

    df_pdf_skip(lex);
    at = lex->pos;
    if (at >= lex->in.len)
        return broken(p, at, "object without an end");
    if (depth >= MH_PDF_DEPTH_MAX)
        return mh_fail_finding(p->err, MH_ELIMIT, MH_F_PDF_LIMIT,
            lex->shift + at, "pdf: objects too deep inside each other");
    c = lex->in.ptr[at];
    switch (c) {
    case '/':
        code = read_name(p, &name);
        if (code != MH_OK)
            return code;
        *out = new_obj(p, DF_PDF_NAME, at);
        if (*out == NULL)
            return no_memory(p);
        (*out)->bytes = name;
        return MH_OK;
    case '(':
        return read_string(p, false, out);
    case '<':
        if (at + 1 < lex->in.len && lex->in.ptr[at + 1] == '<')
            return read_dict(p, depth, out);
        return read_string(p, true, out);
    case '[':
        return read_array(p, depth, out);
    default:
        if ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.')
            return read_number(p, out);
        return read_word(p, out);
    }
}

enum mh_code
df_pdf_parse(
    struct df_pdf_lex *lex, struct mh_err *err, const struct df_pdf_obj **out)
{
    const struct df_pdf_obj *items[FEW];
    struct df_pdf_pair pairs[FEW];
    struct parse p = {.lex = lex,
        .err = err,
        .m = {.item = items, .pair = pairs, .item_cap = FEW, .pair_cap = FEW}};
    struct df_pdf_obj *o = NULL;
    enum mh_code code;

    code = parse_any(&p, 0, &o);
    *out = code == MH_OK ? o : NULL;
    return code;
}
