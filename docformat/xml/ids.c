#include "docformat/xml/node.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/wire/codes.h"

static bool
has_ids(const struct df_node *n)
{
    static const char etsi[] = "http://uri.etsi.org/";
    const char *ns = df_node_ns(n);

    return strcmp(ns, DF_NS_DS) == 0 ||
           strncmp(ns, etsi, sizeof(etsi) - 1) == 0;
}

/* The next attribute from a on that counts as an Id. */
static const xmlAttr *
next_ident(const xmlAttr *a)
{
    for (; a != NULL; a = a->next)
        if (a->ns == NULL && (strcmp((const char *)a->name, "Id") == 0 ||
                                 strcmp((const char *)a->name, "ID") == 0 ||
                                 strcmp((const char *)a->name, "id") == 0))
            return a;
    return NULL;
}

static struct mh_span
value_of(const xmlAttr *a)
{
    return mh_span_str(
        a->children == NULL ? NULL : (const char *)a->children->content);
}

bool
df_node_id(const struct df_node *n, struct mh_span *id)
{
    const xmlAttr *a =
        has_ids(n) ? next_ident(df_xml_raw(n)->properties) : NULL;

    *id = a == NULL ? (struct mh_span){0} : value_of(a);
    return a != NULL;
}

static int
compare(const void *a, const void *b)
{
    const struct df_xml_ident *x = a, *y = b;
    int c = mh_span_cmp(x->value, y->value);

    return c != 0 ? c : df_node_order(x->node, y->node);
}

static size_t
count_idents(const struct df_node *root)
{
    size_t count = 0;

    for (const struct df_node *n = root; n != NULL; n = df_node_walk(root, n)) {
        const xmlAttr *a =
            has_ids(n) ? next_ident(df_xml_raw(n)->properties) : NULL;

        for (; a != NULL; a = next_ident(a->next))
            count++;
    }
    return count;
}

static enum mh_code
find_doubled(struct df_xml *xml, struct mh_err *err)
{
    size_t run = 1;

    for (size_t i = 1; i < xml->ident_count; i++) {
        bool same = mh_span_eq(xml->idents[i - 1].value, xml->idents[i].value);

        run = same ? run + 1 : 1;
        if (run == 2 && xml->doubled++ == 0)
            xml->first_doubled = i;
        /* What is looked up within a signature must stay cheap. */
        if (run > MH_XML_SIGNATURES_MAX)
            return mh_fail_finding(err, MH_ELIMIT, MH_F_XML_LIMIT, MH_NO_OFFSET,
                "xml: one id too often");
    }
    return MH_OK;
}

enum mh_code
df_xml_index(struct df_xml *xml, size_t elements, struct mh_arena *arena,
    struct mh_err *err)
{
    const struct df_node *root = df_xml_root(xml);
    size_t count = count_idents(root), left = elements, i = 0;
    uint8_t *order = mh_arena_alloc(arena, elements);

    if (count > MH_XML_IDS_MAX)
        return mh_fail_finding(
            err, MH_ELIMIT, MH_F_XML_LIMIT, MH_NO_OFFSET, "xml: too many ids");
    xml->idents = mh_arena_array(arena, count, sizeof(*xml->idents));
    if (order == NULL || xml->idents == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "xml: no memory");
    xml->ident_count = count;
    for (const struct df_node *n = root; n != NULL; n = df_node_walk(root, n)) {
        union {
            const xmlNode *seen;
            xmlNode *owned; /* the tree is ours: nodes are const to others */
        } raw = {df_xml_raw(n)};
        const xmlAttr *a = has_ids(n) ? next_ident(raw.seen->properties) : NULL;

        /* The gate and the parser must have seen the same document. */
        if (left-- == 0)
            return mh_fail_finding(err, MH_EFORMAT, MH_F_XML_MALFORMED,
                MH_NO_OFFSET, "xml: element count differs");
        raw.owned->_private = order++;
        for (; a != NULL; a = next_ident(a->next))
            xml->idents[i++] = (struct df_xml_ident){value_of(a), n};
    }
    if (left != 0)
        return mh_fail_finding(err, MH_EFORMAT, MH_F_XML_MALFORMED,
            MH_NO_OFFSET, "xml: element count differs");
    qsort(xml->idents, count, sizeof(*xml->idents), compare);
    return find_doubled(xml, err);
}

/* The first entry of that value, or ident_count. */
static size_t
find(const struct df_xml *xml, struct mh_span id)
{
    size_t lo = 0, hi = xml->ident_count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (mh_span_cmp(xml->idents[mid].value, id) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const struct df_node *
df_xml_id_within(const struct df_xml *xml, const struct df_node *top,
    struct mh_span id, size_t *count)
{
    const struct df_node *first = NULL;

    *count = 0;
    for (size_t i = find(xml, id);
         i < xml->ident_count && mh_span_eq(xml->idents[i].value, id); i++) {
        if (top != NULL && !df_node_within(xml->idents[i].node, top))
            continue;
        if ((*count)++ == 0)
            first = xml->idents[i].node;
    }
    return first;
}

const struct df_node *
df_xml_id(const struct df_xml *xml, struct mh_span id, size_t *count)
{
    return df_xml_id_within(xml, NULL, id, count);
}

size_t
df_xml_ids_doubled(const struct df_xml *xml, struct mh_span *first)
{
    *first = xml->doubled == 0 ? (struct mh_span){0}
                               : xml->idents[xml->first_doubled].value;
    return xml->doubled;
}
