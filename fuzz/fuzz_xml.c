/*
 * An accepted document has the canonical forms that libxml2 gives it, its
 * canonical form is its own canonical form, and its nodes, attributes and Ids
 * are found again by every way there is to them.
 */
#include <libxml/c14n.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "docformat/docformat.h"
#include "docformat/xml/node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define OUT_MAX (8U << 20) /* bytes; more is not compared */

/* What is written: the subtree of apex without that of omit. */
struct part {
    const xmlNode *apex, *omit;
};

/* The visibility callback of libxml2. */
static int
visible(void *data, xmlNodePtr node, xmlNodePtr parent)
{
    const struct part *part = data;
    const xmlNode *n = node;

    if (node->type == XML_NAMESPACE_DECL || node->type == XML_ATTRIBUTE_NODE)
        n = parent;
    while (n != NULL && n != part->omit && n != part->apex)
        n = n->parent;
    return n != NULL && n != part->omit;
}

static void
compare(const struct df_xml *xml, const struct df_node *apex,
    const struct df_c14n *how)
{
    static const int modes[] = {
        XML_C14N_1_0, XML_C14N_1_1, XML_C14N_EXCLUSIVE_1_0};
    static xmlChar none[] = "#default", a[] = "a", p[] = "p";
    xmlChar *prefixes[] = {none, a, p, NULL};
    struct part part = {df_xml_raw(apex), df_xml_raw(how->omit)};
    xmlOutputBufferPtr theirs = xmlAllocOutputBuffer(NULL);
    struct mh_buf ours;
    int rc;

    if (theirs == NULL)
        return;
    mh_buf_init(&ours, OUT_MAX);
    rc = xmlC14NExecute(xml->doc, visible, &part, modes[how->method],
        how->prefixes.len == 0 ? NULL : prefixes, how->comments, theirs);
    if (df_c14n_write(xml, apex, how, NULL, &ours) == MH_OK &&
        (rc < 0 || ours.len != xmlOutputBufferGetSize(theirs) ||
            memcmp(ours.ptr, xmlOutputBufferGetContent(theirs), ours.len) != 0))
        abort();
    (void)xmlOutputBufferClose(theirs); /* only memory */
    mh_buf_fini(&ours);
}

/* Every method, with and without comments, prefixes and a part left out. */
static void
compare_all(const struct df_xml *xml, const struct df_node *apex)
{
    static const char *const uris[] = {
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        "http://www.w3.org/2006/12/xml-c14n11",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"};

    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        struct df_c14n how;

        if (!df_c14n_from_uri(mh_span_str(uris[i]), &how))
            abort();
        compare(xml, apex, &how);
        how.omit = df_node_first(apex);
        compare(xml, apex, &how);
        how.prefixes = MH_SPAN_LIT(" #default a\tp");
        if (how.method == DF_C14N_EXC)
            compare(xml, apex, &how);
    }
}

/* The Id of a node leads to it, or to the first of its like. */
static void
check_id(const struct df_xml *xml, const struct df_node *n)
{
    struct mh_span id, other;
    const struct df_node *first;
    size_t count, below;

    if (!df_node_id(n, &id))
        return;
    first = df_xml_id(xml, id, &count);
    if (first == NULL || count == 0 || df_node_order(first, n) > 0 ||
        !df_node_id(first, &other))
        abort();
    if (df_xml_id_within(xml, n, id, &below) != n || below > count)
        abort();
    if (count > 1 && df_xml_ids_doubled(xml, &other) == 0)
        abort();
}

static void
check_attrs(const struct df_node *n)
{
    size_t count = df_node_attr_count(n);
    struct df_attr attr;
    struct mh_span value;

    for (size_t i = 0; i < count; i++)
        if (!df_node_attr_at(n, i, &attr) ||
            !df_node_attr(n, attr.ns, attr.local, &value) ||
            !mh_span_eq(value, attr.value))
            abort();
    if (df_node_attr_at(n, count, &attr))
        abort();
}

static void
check_node(
    const struct df_xml *xml, const struct df_node *n, struct mh_arena *arena)
{
    const struct df_node *root = df_xml_root(xml), *up = df_node_parent(n);
    const char *ns = df_node_ns(n), *local = df_node_local(n);
    struct mh_span text;

    if (!df_node_within(n, root) || !df_node_is(n, ns, local) ||
        (up == NULL) != (n == root))
        abort();
    if (up != NULL && (df_node_count(up, ns, local) == 0 ||
                          df_node_order(df_node_child(up, ns, local), n) > 0 ||
                          df_node_order(up, n) >= 0))
        abort();
    if (df_node_text(n, arena, NULL, &text) == MH_OK &&
        (df_node_first(n) != NULL || df_node_has_comment(n) ||
            df_node_has_pi(n) || (df_node_has_text(n) && text.len == 0)))
        abort();
    check_attrs(n);
    check_id(xml, n);
}

static void
check_nodes(const struct df_xml *xml, struct mh_arena *arena)
{
    const struct df_node *root = df_xml_root(xml), *last = NULL;

    for (const struct df_node *n = root; n != NULL; n = df_node_walk(root, n)) {
        if (last != NULL && df_node_order(last, n) >= 0)
            abort();
        check_node(xml, n, arena);
        last = n;
    }
}

static void
check_stable(const struct df_xml *xml, struct mh_arena *arena)
{
    struct df_c14n how = {.method = DF_C14N_10};
    struct mh_buf first, second;
    struct df_xml *again;

    mh_buf_init(&first, OUT_MAX);
    mh_buf_init(&second, OUT_MAX);
    if (df_c14n_write(xml, df_xml_root(xml), &how, NULL, &first) == MH_OK) {
        if (df_xml_load(mh_buf_get(&first), arena, NULL, &again) != MH_OK)
            abort();
        if (df_xml_has_outer(again) ||
            df_c14n_write(again, NULL, &how, NULL, &second) != MH_OK ||
            !mh_span_eq(mh_buf_get(&first), mh_buf_get(&second)))
            abort();
        df_xml_free(again);
    }
    mh_buf_fini(&first);
    mh_buf_fini(&second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(64U << 20);
    struct mh_err err = {0};
    struct df_xml *xml;
    size_t n = 0;

    if (len <= 1U << 16 &&
        df_xml_load((struct mh_span){data, len}, arena, &err, &xml) == MH_OK) {
        const struct df_node *root = df_xml_root(xml);

        for (const struct df_node *e = root; e != NULL && n < 8;
             e = df_node_walk(root, e), n++)
            compare_all(xml, e);
        check_nodes(xml, arena);
        check_stable(xml, arena);
        df_xml_free(xml);
    }
    mh_arena_free(arena);
    return 0;
}
