#include "docformat/xml/node.h"

#include <string.h>

#include "base/limits.h"
#include "base/wire/codes.h"

/* n itself or the nearest sibling behind it that is an element. */
static const struct df_node *
element_from(const xmlNode *n)
{
    while (n != NULL && n->type != XML_ELEMENT_NODE)
        n = n->next;
    return df_xml_wrap(n);
}

const struct df_node *
df_node_first(const struct df_node *n)
{
    return element_from(df_xml_raw(n)->children);
}

const struct df_node *
df_node_next(const struct df_node *n)
{
    return element_from(df_xml_raw(n)->next);
}

const struct df_node *
df_node_parent(const struct df_node *n)
{
    const xmlNode *p = df_xml_raw(n)->parent;

    return p != NULL && p->type == XML_ELEMENT_NODE ? df_xml_wrap(p) : NULL;
}

const char *
df_node_ns(const struct df_node *n)
{
    const xmlNs *ns = df_xml_raw(n)->ns;

    return ns == NULL || ns->href == NULL ? "" : (const char *)ns->href;
}

const char *
df_node_local(const struct df_node *n)
{
    return (const char *)df_xml_raw(n)->name;
}

bool
df_node_is(const struct df_node *n, const char *ns, const char *local)
{
    return strcmp(df_node_local(n), local) == 0 &&
           strcmp(df_node_ns(n), ns == NULL ? "" : ns) == 0;
}

static const struct df_node *
named_from(const struct df_node *n, const char *ns, const char *local)
{
    while (n != NULL && !df_node_is(n, ns, local))
        n = df_node_next(n);
    return n;
}

const struct df_node *
df_node_child(const struct df_node *n, const char *ns, const char *local)
{
    return named_from(df_node_first(n), ns, local);
}

const struct df_node *
df_node_sibling(const struct df_node *n, const char *ns, const char *local)
{
    return named_from(df_node_next(n), ns, local);
}

size_t
df_node_count(const struct df_node *n, const char *ns, const char *local)
{
    size_t count = 0;

    for (n = df_node_child(n, ns, local); n != NULL;
         n = df_node_sibling(n, ns, local))
        count++;
    return count;
}

const struct df_node *
df_node_walk(const struct df_node *top, const struct df_node *n)
{
    const struct df_node *next = df_node_first(n);

    if (next != NULL)
        return next;
    while (n != NULL && n != top) {
        next = df_node_next(n);
        if (next != NULL)
            return next;
        n = df_node_parent(n);
    }
    return NULL;
}

bool
df_node_within(const struct df_node *n, const struct df_node *top)
{
    while (n != NULL && n != top)
        n = df_node_parent(n);
    return n != NULL;
}

int
df_node_order(const struct df_node *a, const struct df_node *b)
{
    const uint8_t *x = df_xml_raw(a)->_private;
    const uint8_t *y = df_xml_raw(b)->_private;

    return (x > y) - (x < y);
}

static struct df_attr
attr_of(const xmlAttr *a)
{
    const xmlChar *v = a->children == NULL ? NULL : a->children->content;

    return (struct df_attr){
        .ns = a->ns == NULL || a->ns->href == NULL ? ""
                                                   : (const char *)a->ns->href,
        .local = (const char *)a->name,
        .value = mh_span_str((const char *)v),
    };
}

bool
df_node_attr(const struct df_node *n, const char *ns, const char *local,
    struct mh_span *value)
{
    *value = (struct mh_span){0};
    for (const xmlAttr *a = df_xml_raw(n)->properties; a != NULL; a = a->next) {
        struct df_attr attr = attr_of(a);

        if (strcmp(attr.local, local) == 0 &&
            strcmp(attr.ns, ns == NULL ? "" : ns) == 0) {
            *value = attr.value;
            return true;
        }
    }
    return false;
}

size_t
df_node_attr_count(const struct df_node *n)
{
    size_t count = 0;

    for (const xmlAttr *a = df_xml_raw(n)->properties; a != NULL; a = a->next)
        count++;
    return count;
}

bool
df_node_attr_at(const struct df_node *n, size_t i, struct df_attr *out)
{
    const xmlAttr *a = df_xml_raw(n)->properties;

    while (a != NULL && i-- > 0)
        a = a->next;
    if (a == NULL)
        return false;
    *out = attr_of(a);
    return true;
}

static bool
is_text(const xmlNode *n)
{
    return n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE;
}

enum mh_code
df_node_text(const struct df_node *n, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out)
{
    const xmlNode *first = df_xml_raw(n)->children;
    size_t len = 0, count = 0;
    uint8_t *p;

    *out = (struct mh_span){0};
    for (const xmlNode *c = first; c != NULL; c = c->next) {
        if (!is_text(c))
            return mh_fail_finding(err, MH_EFORMAT, MH_F_SIG_STRUCTURE,
                MH_NO_OFFSET, "xml: element holds more than text");
        *out = mh_span_str((const char *)c->content);
        len += out->len;
        count++;
    }
    if (count <= 1)
        return MH_OK;
    p = mh_arena_alloc(arena, len);
    if (p == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "xml: no memory");
    *out = (struct mh_span){p, len};
    for (const xmlNode *c = first; c != NULL; c = c->next) {
        struct mh_span part = mh_span_str((const char *)c->content);

        if (part.len != 0)
            memcpy(p, part.ptr, part.len);
        p += part.len;
    }
    return MH_OK;
}

bool
df_node_has_text(const struct df_node *n)
{
    for (const xmlNode *c = df_xml_raw(n)->children; c != NULL; c = c->next)
        if (is_text(c) && c->content != NULL &&
            c->content[strspn((const char *)c->content, " \t\r\n")] != '\0')
            return true;
    return false;
}

static bool
has_type(const struct df_node *top, xmlElementType type)
{
    for (const struct df_node *n = top; n != NULL; n = df_node_walk(top, n))
        for (const xmlNode *c = df_xml_raw(n)->children; c != NULL; c = c->next)
            if (c->type == type)
                return true;
    return false;
}

bool
df_node_has_comment(const struct df_node *n)
{
    return has_type(n, XML_COMMENT_NODE) || has_type(n, XML_PI_NODE);
}

bool
df_node_has_pi(const struct df_node *n)
{
    return has_type(n, XML_PI_NODE);
}
