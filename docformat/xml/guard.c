#include "docformat/xml/guard.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/wire/codes.h"

struct guard {
    const uint8_t *start;
    const uint8_t *p;
    const uint8_t *end;
    struct mh_err *err;
    size_t depth;
    size_t elements;
    size_t nodes; /* elements, comments, instructions, CDATA */
    size_t attrs;
    size_t pieces; /* whatever becomes a node of its own */
    size_t ns_scope;
    size_t ns_total;
    size_t text; /* bytes of the text node that goes on */
    bool root;   /* the root element was seen */
    uint8_t ns_at[MH_XML_DEPTH_MAX + 1]; /* declarations of each open element */
};

static enum mh_code
fail(const struct guard *g, enum mh_finding_code code, const char *what)
{
    return mh_fail_finding(g->err, MH_EFORMAT, (int)code,
        (uint64_t)(g->p - g->start), "xml: %s", what);
}

static enum mh_code
malformed(const struct guard *g, const char *what)
{
    return fail(g, MH_F_XML_MALFORMED, what);
}

static enum mh_code
limit(const struct guard *g, const char *what)
{
    return mh_fail_finding(g->err, MH_ELIMIT, MH_F_XML_LIMIT,
        (uint64_t)(g->p - g->start), "xml: %s", what);
}

static bool
is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
at(const struct guard *g, const char *s)
{
    size_t n = strlen(s);

    return (size_t)(g->end - g->p) >= n && memcmp(g->p, s, n) == 0;
}

static void
skip_space(struct guard *g)
{
    while (g->p < g->end && is_space(*g->p))
        g->p++;
}

/* Moves behind the next occurrence of close, at most TEXT_MAX away. */
static enum mh_code
skip_to(struct guard *g, const char *close)
{
    const uint8_t *q =
        memmem(g->p, (size_t)(g->end - g->p), close, strlen(close));

    if (q == NULL)
        return malformed(g, "markup is not closed");
    if ((size_t)(q - g->p) > MH_XML_TEXT_MAX)
        return limit(g, "comment or instruction too long");
    g->p = q + strlen(close);
    g->pieces++;
    return ++g->nodes > MH_XML_ELEMENTS_MAX ? limit(g, "too many nodes")
                                            : MH_OK;
}

/* Every reference in the bytes is predefined or a character's. */
static enum mh_code
check_references(struct guard *g, const uint8_t *from, const uint8_t *to)
{
    static const char *const known[] = {"lt;", "gt;", "amp;", "quot;", "apos;"};

    while (from < to && (from = memchr(from, '&', (size_t)(to - from))) != 0) {
        bool ok = false;

        from++;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            ok = ok || ((size_t)(to - from) >= strlen(known[i]) &&
                           memcmp(from, known[i], strlen(known[i])) == 0);
        if (!ok && (from == to || *from != '#')) {
            g->p = from;
            return malformed(g, "entity reference");
        }
    }
    return MH_OK;
}

/* A pseudo-attribute of the XML declaration; false where it is not next. */
static bool
declared(struct guard *g, const char *name, struct mh_span *value)
{
    const uint8_t *p = g->p, *close;

    skip_space(g);
    if (p == g->p || !at(g, name)) {
        g->p = p;
        return false;
    }
    g->p += strlen(name);
    skip_space(g);
    if (g->p < g->end && *g->p == '=')
        g->p++;
    skip_space(g);
    close = g->end - g->p < 2 || (*g->p != '"' && *g->p != '\'')
                ? NULL
                : memchr(g->p + 1, *g->p, (size_t)(g->end - g->p) - 1);
    if (close == NULL) {
        g->p = p;
        return false;
    }
    *value = (struct mh_span){g->p + 1, (size_t)(close - g->p) - 1};
    g->p = close + 1;
    return true;
}

/* XML 1.0 2.8, and nothing but version 1.0 in UTF-8. */
static enum mh_code
read_declaration(struct guard *g)
{
    struct mh_span v = {0};

    if (!at(g, "<?xml") || g->end - g->p < 6 || !is_space(g->p[5]))
        return MH_OK;
    g->p += 5;
    if (!declared(g, "version", &v) || !mh_span_is(v, "1.0"))
        return fail(g, MH_F_XML_ENCODING, "version is not 1.0");
    if (declared(g, "encoding", &v) &&
        (v.len != 5 || strncasecmp((const char *)v.ptr, "UTF-8", 5) != 0))
        return fail(g, MH_F_XML_ENCODING, "encoding is not UTF-8");
    (void)declared(g, "standalone", &v); /* optional, the parser checks it */
    skip_space(g);
    if (!at(g, "?>"))
        return fail(g, MH_F_XML_ENCODING, "declaration malformed");
    g->p += 2;
    return MH_OK;
}

static enum mh_code
check_encoding(struct guard *g)
{
    struct mh_span in = {g->p, (size_t)(g->end - g->p)};

    if (in.len > MH_XML_SIZE_MAX)
        return limit(g, "file too large");
    if (memchr(in.ptr, 0, in.len) != NULL)
        return fail(g, MH_F_XML_ENCODING, "zero byte");
    if (!mh_utf8_valid(in))
        return fail(g, MH_F_XML_ENCODING, "bytes are not UTF-8");
    if (at(g, "\xef\xbb\xbf"))
        g->p += 3;
    return read_declaration(g);
}

/* Name, equals sign and quoted value; *ns: it declares a namespace. */
static enum mh_code
read_attribute(struct guard *g, bool *ns)
{
    const uint8_t *name = g->p, *close;
    size_t len;

    while (g->p < g->end && !is_space(*g->p) && *g->p != '=' && *g->p != '>' &&
           *g->p != '<' && *g->p != '"' && *g->p != '\'')
        g->p++;
    len = (size_t)(g->p - name);
    *ns = len >= 5 && memcmp(name, "xmlns", 5) == 0 &&
          (len == 5 || name[5] == ':');
    skip_space(g);
    if (len == 0 || g->p == g->end || *g->p != '=')
        return malformed(g, "attribute without value");
    g->p++;
    skip_space(g);
    if (g->p == g->end || (*g->p != '"' && *g->p != '\''))
        return malformed(g, "attribute without quotes");
    close = memchr(g->p + 1, *g->p, (size_t)(g->end - g->p) - 1);
    if (close == NULL)
        return malformed(g, "attribute is not closed");
    if ((size_t)(close - g->p) > MH_XML_TEXT_MAX)
        return limit(g, "attribute too long");
    name = g->p + 1;
    if (memchr(name, '<', (size_t)(close - name)) != NULL)
        return malformed(g, "attribute holds markup");
    g->p = close + 1;
    g->pieces++;
    return check_references(g, name, close);
}

static enum mh_code
count_namespace(struct guard *g)
{
    g->ns_at[g->depth]++;
    if (++g->ns_scope > MH_XML_NS_SCOPE_MAX)
        return limit(g, "too many namespaces in scope");
    if (++g->ns_total > MH_XML_NS_TOTAL_MAX)
        return limit(g, "too many namespace declarations");
    return MH_OK;
}

static void
leave(struct guard *g)
{
    g->ns_scope -= g->ns_at[g->depth];
    g->depth--;
}

/* Behind "<" and the name: attributes up to ">" or "/>". */
static enum mh_code
read_attributes(struct guard *g)
{
    size_t count = 0;

    for (;;) {
        const uint8_t *before = g->p;
        enum mh_code code;
        bool ns = false;

        skip_space(g);
        if (g->p == g->end)
            return malformed(g, "tag is not closed");
        if (*g->p == '>') {
            g->p++;
            return MH_OK;
        }
        if (at(g, "/>")) {
            g->p += 2;
            leave(g);
            return MH_OK;
        }
        if (g->p == before)
            return malformed(g, "attributes run together");
        code = read_attribute(g, &ns);
        if (code == MH_OK && ns)
            code = count_namespace(g);
        else if (code == MH_OK && (++count > MH_XML_ATTRS_MAX ||
                                      ++g->attrs > MH_XML_ATTRS_TOTAL_MAX))
            code = limit(g, "too many attributes");
        if (code != MH_OK)
            return code;
    }
}

static enum mh_code
read_start(struct guard *g)
{
    const uint8_t *name = ++g->p;

    while (g->p < g->end && !is_space(*g->p) && *g->p != '>' && *g->p != '/' &&
           *g->p != '<')
        g->p++;
    if (g->p == name)
        return malformed(g, "tag without a name");
    if (g->depth == 0 && g->root)
        return malformed(g, "second root element");
    g->root = true;
    g->pieces++;
    if (++g->elements > MH_XML_ELEMENTS_MAX || ++g->nodes > MH_XML_ELEMENTS_MAX)
        return limit(g, "too many elements");
    if (++g->depth > MH_XML_DEPTH_MAX) {
        g->depth--;
        return limit(g, "elements too deep");
    }
    g->ns_at[g->depth] = 0;
    return read_attributes(g);
}

static enum mh_code
read_end(struct guard *g)
{
    const uint8_t *q = memchr(g->p, '>', (size_t)(g->end - g->p));

    if (q == NULL || g->depth == 0)
        return malformed(g, "end tag without a start");
    leave(g);
    g->p = q + 1;
    return MH_OK;
}

static enum mh_code
read_cdata(struct guard *g)
{
    const uint8_t *from = g->p;
    enum mh_code code;

    if (g->depth == 0)
        return malformed(g, "text outside the root element");
    code = skip_to(g, "]]>");
    g->text += (size_t)(g->p - from);
    return code;
}

static enum mh_code
read_markup(struct guard *g)
{
    enum mh_code code;

    if (at(g, "<![CDATA[")) {
        code = read_cdata(g);
        if (code == MH_OK && g->text > MH_XML_TEXT_MAX)
            code = limit(g, "text too long");
        return code;
    }
    if (at(g, "<!--") || at(g, "<?")) {
        bool comment = g->p[1] == '!';

        if (g->depth == 0 && g->root)
            return malformed(g, "markup behind the root element");
        g->p += comment ? 4 : 2;
        return skip_to(g, comment ? "-->" : "?>");
    }
    if (at(g, "<!"))
        return fail(g, MH_F_XML_DOCTYPE, "document type declaration");
    g->text = 0;
    return at(g, "</") ? read_end(g) : read_start(g);
}

static enum mh_code
read_text(struct guard *g)
{
    const uint8_t *from = g->p;
    const uint8_t *q = memchr(from, '<', (size_t)(g->end - from));

    if (q == NULL)
        q = g->end;
    if (g->depth == 0) {
        skip_space(g);
        return g->p == q ? MH_OK : malformed(g, "text outside the root");
    }
    g->text += (size_t)(q - from);
    if (g->text > MH_XML_TEXT_MAX)
        return limit(g, "text too long");
    g->p = q;
    g->pieces++;
    return check_references(g, from, q);
}

enum mh_code
df_xml_guard(struct mh_span in, struct mh_err *err, size_t *elements)
{
    struct guard g = {.start = in.ptr, .p = in.ptr, .err = err};
    enum mh_code code;

    if (in.len == 0)
        return mh_fail_finding(
            err, MH_EFORMAT, MH_F_XML_MALFORMED, 0, "xml: empty file");
    g.end = in.ptr + in.len;
    code = check_encoding(&g);
    while (code == MH_OK && g.p < g.end)
        code = *g.p == '<' ? read_markup(&g) : read_text(&g);
    if (code == MH_OK && (!g.root || g.depth != 0))
        code = malformed(&g, "no complete root element");
    if (code == MH_OK &&
        g.pieces > MH_XML_PIECES_FREE + in.len / MH_XML_PIECE_BYTES)
        code = limit(&g, "too much markup for its size");
    if (elements != NULL)
        *elements = g.elements;
    return code;
}
