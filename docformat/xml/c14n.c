#include "docformat/xml/c14n.h"

#include <string.h>

#include "base/limits.h"
#include "base/wire/codes.h"
#include "docformat/xml/node.h"

enum {
    /* Declarations written and not yet closed: each one in scope at most once,
       and as many taken back by xmlns="". */
    RENDERED_MAX = 2 * MH_XML_NS_SCOPE_MAX + 2,
    /* Attributes of an element with those inherited from its ancestors. */
    ATTRS_MAX = 2 * MH_XML_ATTRS_MAX,
};

struct rendered {
    const char *prefix; /* "" for the default namespace */
    const char *href;   /* "" for none */
};

struct writer {
    const struct df_c14n *how;
    struct mh_err *err;
    struct mh_buf *out;
    const xmlNode *apex; /* NULL: the whole document */
    enum mh_code code;
    /* Namespaces rendered by the open elements, and where each one's begin. */
    struct rendered ns[RENDERED_MAX];
    size_t ns_count;
    size_t mark[MH_XML_DEPTH_MAX + 2];
    size_t depth;
    struct mh_span prefix[MH_XML_PREFIXES_MAX];
    size_t prefix_count;
    const xmlAttr *attr[ATTRS_MAX]; /* of the element being written */
};

static enum mh_code
fail(struct writer *w, const char *what)
{
    w->code = mh_fail_finding(
        w->err, MH_EFORMAT, MH_F_C14N_FAILED, MH_NO_OFFSET, "c14n: %s", what);
    return w->code;
}

static const char *
text_or_empty(const xmlChar *s)
{
    return s == NULL ? "" : (const char *)s;
}

/* C14N 2.3: what is written in place of a character, by kind of text. */
static const char *
escape_text(uint8_t c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\r':
        return "&#xD;";
    default:
        return NULL;
    }
}

static const char *
escape_attr(uint8_t c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '"':
        return "&quot;";
    case '\t':
        return "&#x9;";
    case '\n':
        return "&#xA;";
    case '\r':
        return "&#xD;";
    default:
        return NULL;
    }
}

/* Copies runs and replaces the characters that stop is made of. */
static void
write_escaped(struct mh_buf *out, const char *s, const char *stop,
    const char *(*escape)(uint8_t))
{
    for (;;) {
        size_t n = strcspn(s, stop);

        mh_buf_add(out, s, n);
        if (s[n] == '\0')
            return;
        mh_buf_str(out, escape((uint8_t)s[n]));
        s += n + 1;
    }
}

static void
write_text(struct writer *w, const xmlChar *s)
{
    write_escaped(w->out, text_or_empty(s), "&<>\r", escape_text);
}

static void
write_value(struct writer *w, const char *s)
{
    mh_buf_add(w->out, "=\"", 2);
    write_escaped(w->out, s, "&<\"\t\n\r", escape_attr);
    mh_buf_byte(w->out, '"');
}

static void
write_name(struct writer *w, const xmlNs *ns, const xmlChar *local)
{
    if (ns != NULL && ns->prefix != NULL) {
        mh_buf_str(w->out, (const char *)ns->prefix);
        mh_buf_byte(w->out, ':');
    }
    mh_buf_str(w->out, (const char *)local);
}

/* What the output ancestors say of a prefix; "" where they are silent. */
static const char *
rendered_as(const struct writer *w, const char *prefix)
{
    for (size_t i = w->ns_count; i > 0; i--)
        if (strcmp(w->ns[i - 1].prefix, prefix) == 0)
            return w->ns[i - 1].href;
    return "";
}

/*
 * Adds a declaration to those of the open element unless it would repeat its
 * output ancestors.  A prefix is in here once for an element.
 */
static void
render(struct writer *w, const char *prefix, const char *href)
{
    size_t i = w->ns_count;

    if (strcmp(prefix, "xml") == 0 || strcmp(rendered_as(w, prefix), href) == 0)
        return;
    if (w->ns_count == RENDERED_MAX) {
        (void)fail(w, "too many namespaces"); /* kept in w->code */
        return;
    }
    for (; i > w->mark[w->depth] && strcmp(w->ns[i - 1].prefix, prefix) > 0;
         i--)
        w->ns[i] = w->ns[i - 1];
    w->ns[i] = (struct rendered){prefix, href};
    w->ns_count++;
}

static bool
is_listed(const struct writer *w, const char *prefix)
{
    for (size_t i = 0; i < w->prefix_count; i++)
        if (mh_span_is(w->prefix[i], prefix[0] == '\0' ? "#default" : prefix))
            return true;
    return false;
}

/* Whether n, below or at the apex, declares the prefix itself. */
static bool
declares(const xmlNode *n, const char *prefix)
{
    for (const xmlNs *ns = n->nsDef; ns != NULL; ns = ns->next)
        if (strcmp(text_or_empty(ns->prefix), prefix) == 0)
            return true;
    return false;
}

/* Whether an element between n (not counted) and the apex upwards declares. */
static bool
hidden_by(const xmlNode *from, const xmlNode *n, const char *prefix)
{
    for (; from != n; from = from->parent)
        if (declares(from, prefix))
            return true;
    return false;
}

/*
 * Inclusive: every declaration in scope that differs.  Of an element whose
 * parent is written only its own can differ.
 */
static void
render_declared(struct writer *w, const xmlNode *n, bool all)
{
    for (const xmlNode *a = n; a != NULL && a->type == XML_ELEMENT_NODE;
         a = a->parent) {
        for (const xmlNs *ns = a->nsDef; ns != NULL; ns = ns->next) {
            const char *prefix = text_or_empty(ns->prefix);

            if ((all || is_listed(w, prefix)) && !hidden_by(n, a, prefix))
                render(w, prefix, text_or_empty(ns->href));
        }
        if (n != w->apex)
            return;
    }
}

/* Exclusive: the prefixes of the element and its attributes. */
static void
render_used(struct writer *w, const xmlNode *n)
{
    if (n->ns == NULL)
        render(w, "", "");
    else
        render(w, text_or_empty(n->ns->prefix), text_or_empty(n->ns->href));
    for (const xmlAttr *a = n->properties; a != NULL; a = a->next)
        if (a->ns != NULL)
            render(w, text_or_empty(a->ns->prefix), text_or_empty(a->ns->href));
}

static void
write_namespaces(struct writer *w, const xmlNode *n)
{
    if (w->how->method == DF_C14N_EXC) {
        if (w->prefix_count != 0)
            render_declared(w, n, false);
        render_used(w, n);
    } else {
        render_declared(w, n, true);
    }
    for (size_t i = w->mark[w->depth]; i < w->ns_count; i++) {
        mh_buf_str(w->out, w->ns[i].prefix[0] == '\0' ? " xmlns" : " xmlns:");
        mh_buf_str(w->out, w->ns[i].prefix);
        write_value(w, w->ns[i].href);
    }
}

static const char *
attr_ns(const xmlAttr *a)
{
    return a->ns == NULL ? "" : text_or_empty(a->ns->href);
}

/* C14N 2.2: by namespace, those without one first, then by local name. */
static int
attr_order(const xmlAttr *a, const xmlAttr *b)
{
    int c = a->ns == b->ns ? 0 : strcmp(attr_ns(a), attr_ns(b));

    return c != 0 ? c : strcmp((const char *)a->name, (const char *)b->name);
}

static void
sort_attrs(const xmlAttr *list[], size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const xmlAttr *a = list[i];
        size_t lo = 0, hi = i;

        if (attr_order(list[i - 1], a) <= 0)
            continue;
        while (lo < hi) {
            size_t mid = lo + (hi - lo) / 2;

            if (attr_order(list[mid], a) <= 0)
                lo = mid + 1;
            else
                hi = mid;
        }
        memmove(&list[lo + 1], &list[lo], (i - lo) * sizeof(const xmlAttr *));
        list[lo] = a;
    }
}

static bool
in_xml_namespace(const xmlAttr *a)
{
    return strcmp(attr_ns(a), DF_NS_XML) == 0;
}

static bool
has_attr(const xmlAttr *const list[], size_t count, const xmlAttr *a)
{
    for (size_t i = 0; i < count; i++)
        if (attr_order(list[i], a) == 0)
            return true;
    return false;
}

/*
 * The attributes xml:* that an apex inherits from ancestors that are not
 * written: all of them in 1.0, xml:lang and xml:space in 1.1 (C14N 1.1, 2.4).
 * Where 1.1 would have to join xml:base the form is refused: no signature
 * of a profile uses it, and readers differ.
 */
static size_t
inherit(struct writer *w, const xmlAttr *list[], size_t count)
{
    bool v11 = w->how->method == DF_C14N_11;

    for (const xmlNode *n = w->apex; n != NULL && n->type == XML_ELEMENT_NODE;
         n = n->parent)
        for (const xmlAttr *a = n->properties; a != NULL; a = a->next) {
            const char *name = (const char *)a->name;

            if (!in_xml_namespace(a))
                continue;
            if (v11 && strcmp(name, "base") == 0) {
                (void)fail(w, "xml:base around the subtree"); /* in w->code */
                return count;
            }
            if (n == w->apex || has_attr(list, count, a) ||
                (v11 && strcmp(name, "lang") != 0 &&
                    strcmp(name, "space") != 0))
                continue;
            if (count == ATTRS_MAX) {
                (void)fail(w, "too many attributes"); /* in w->code */
                return count;
            }
            list[count++] = a;
        }
    return count;
}

static void
write_attributes(struct writer *w, const xmlNode *n)
{
    const xmlAttr **list = w->attr;
    size_t count = 0;

    for (const xmlAttr *a = n->properties; a != NULL; a = a->next) {
        if (count == ATTRS_MAX) {
            (void)fail(w, "too many attributes"); /* kept in w->code */
            return;
        }
        list[count++] = a;
    }
    if (n == w->apex && w->how->method != DF_C14N_EXC)
        count = inherit(w, list, count);
    sort_attrs(list, count);
    for (size_t i = 0; i < count; i++) {
        const xmlNode *text = list[i]->children;

        mh_buf_byte(w->out, ' ');
        write_name(w, list[i]->ns, list[i]->name);
        write_value(w, text == NULL ? "" : text_or_empty(text->content));
    }
}

static void
open_element(struct writer *w, const xmlNode *n)
{
    if (w->depth > MH_XML_DEPTH_MAX) {
        (void)fail(w, "too deep"); /* kept in w->code */
        return;
    }
    w->mark[w->depth] = w->ns_count;
    mh_buf_byte(w->out, '<');
    write_name(w, n->ns, n->name);
    write_namespaces(w, n);
    write_attributes(w, n);
    mh_buf_byte(w->out, '>');
    w->depth++;
}

static void
close_element(struct writer *w, const xmlNode *n)
{
    mh_buf_add(w->out, "</", 2);
    write_name(w, n->ns, n->name);
    mh_buf_byte(w->out, '>');
    w->depth--;
    w->ns_count = w->mark[w->depth];
}

/* Line feeds part what stands beside the root element (C14N 2.3). */
static void
write_beside(struct writer *w, const xmlNode *n, bool before)
{
    if (n->parent == NULL || n->parent->type != XML_DOCUMENT_NODE)
        return;
    for (const xmlNode *p = n->prev; p != NULL; p = p->prev)
        if (p->type == XML_ELEMENT_NODE) {
            if (before)
                mh_buf_byte(w->out, '\n');
            return;
        }
    if (!before)
        mh_buf_byte(w->out, '\n');
}

static void
write_pi(struct writer *w, const xmlNode *n)
{
    write_beside(w, n, true);
    mh_buf_add(w->out, "<?", 2);
    mh_buf_str(w->out, (const char *)n->name);
    if (n->content != NULL && n->content[0] != '\0') {
        mh_buf_byte(w->out, ' ');
        write_escaped(w->out, (const char *)n->content, "\r", escape_text);
    }
    mh_buf_add(w->out, "?>", 2);
    write_beside(w, n, false);
}

static void
write_comment(struct writer *w, const xmlNode *n)
{
    if (!w->how->comments)
        return;
    write_beside(w, n, true);
    mh_buf_add(w->out, "<!--", 4);
    write_escaped(w->out, text_or_empty(n->content), "\r", escape_text);
    mh_buf_add(w->out, "-->", 3);
    write_beside(w, n, false);
}

/* One node without what is below it. */
static void
write_node(struct writer *w, const xmlNode *n)
{
    if (n->type == XML_ELEMENT_NODE)
        open_element(w, n);
    else if (n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE)
        write_text(w, n->content);
    else if (n->type == XML_PI_NODE)
        write_pi(w, n);
    else if (n->type == XML_COMMENT_NODE)
        write_comment(w, n);
    else
        (void)fail(w, "node of an unknown kind"); /* kept in w->code */
}

/* Writes top and all below it; omit is passed over. */
static void
write_tree(struct writer *w, const xmlNode *top)
{
    const xmlNode *omit = df_xml_raw(w->how->omit);
    const xmlNode *n = top;

    while (w->code == MH_OK && mh_buf_ok(w->out)) {
        if (n != omit) {
            write_node(w, n);
            if (n->type == XML_ELEMENT_NODE) {
                if (n->children != NULL) {
                    n = n->children;
                    continue;
                }
                close_element(w, n);
            }
        }
        while (n != top && n->next == NULL) {
            n = n->parent;
            close_element(w, n);
        }
        if (n == top)
            return;
        n = n->next;
    }
}

static bool
is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static enum mh_code
read_prefixes(struct writer *w)
{
    struct mh_span s = w->how->prefixes;
    size_t i = 0;

    while (i < s.len) {
        size_t from;

        while (i < s.len && is_space(s.ptr[i]))
            i++;
        from = i;
        while (i < s.len && !is_space(s.ptr[i]))
            i++;
        if (i == from)
            break;
        if (w->prefix_count == MH_XML_PREFIXES_MAX)
            return fail(w, "prefix list too long");
        w->prefix[w->prefix_count++] = (struct mh_span){s.ptr + from, i - from};
    }
    return MH_OK;
}

enum mh_code
df_c14n_write(const struct df_xml *xml, const struct df_node *apex,
    const struct df_c14n *how, struct mh_err *err, struct mh_buf *out)
{
    struct writer w = {
        .how = how, .err = err, .out = out, .apex = df_xml_raw(apex)};
    size_t before = out->len;

    if (how->method == DF_C14N_EXC && read_prefixes(&w) != MH_OK)
        return w.code;
    if (apex != NULL) {
        write_tree(&w, w.apex);
    } else {
        const xmlNode *n = xml->doc->children;

        for (; n != NULL && w.code == MH_OK; n = n->next)
            write_tree(&w, n);
    }
    if (w.code != MH_OK)
        return w.code;
    if (!mh_buf_ok(out))
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "c14n: result too large");
    return out->len == before ? fail(&w, "empty result") : MH_OK;
}

bool
df_c14n_from_uri(struct mh_span uri, struct df_c14n *out)
{
    static const struct {
        const char *uri;
        enum df_c14n_method method;
        bool comments;
    } known[] = {
        {"http://www.w3.org/TR/2001/REC-xml-c14n-20010315", DF_C14N_10, false},
        {"http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
            DF_C14N_10, true},
        {"http://www.w3.org/2006/12/xml-c14n11", DF_C14N_11, false},
        {"http://www.w3.org/2006/12/xml-c14n11#WithComments", DF_C14N_11, true},
        {"http://www.w3.org/2001/10/xml-exc-c14n#", DF_C14N_EXC, false},
        {"http://www.w3.org/2001/10/xml-exc-c14n#WithComments", DF_C14N_EXC,
            true},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (mh_span_is(uri, known[i].uri)) {
            *out = (struct df_c14n){
                .method = known[i].method, .comments = known[i].comments};
            return true;
        }
    return false;
}
