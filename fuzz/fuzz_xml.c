/*
 * An accepted document has the canonical forms that libxml2 gives it, and its
 * canonical form is its own canonical form.
 */
#include <libxml/c14n.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "docformat/docformat.h"
#include "docformat/xml/node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define OUT_MAX (8U << 20) /* bytes; more is not compared */

/* The visibility callback of libxml2: the subtree of an element. */
static int
visible(void *data, xmlNodePtr node, xmlNodePtr parent)
{
    const xmlNode *const *apex = data;
    const xmlNode *n = node;

    if (node->type == XML_NAMESPACE_DECL || node->type == XML_ATTRIBUTE_NODE)
        n = parent;
    while (n != NULL && n != *apex)
        n = n->parent;
    return n != NULL;
}

static void
compare(const struct df_xml *xml, const struct df_node *apex,
    enum df_c14n_method method)
{
    static const int modes[] = {
        XML_C14N_1_0, XML_C14N_1_1, XML_C14N_EXCLUSIVE_1_0};
    struct df_c14n how = {.method = method, .comments = true};
    const xmlNode *top = df_xml_raw(apex);
    xmlOutputBufferPtr theirs = xmlAllocOutputBuffer(NULL);
    struct mh_buf ours;
    int rc;

    if (theirs == NULL)
        return;
    mh_buf_init(&ours, OUT_MAX);
    rc =
        xmlC14NExecute(xml->doc, visible, &top, modes[method], NULL, 1, theirs);
    if (df_c14n_write(xml, apex, &how, NULL, &ours) == MH_OK &&
        (rc < 0 || ours.len != xmlOutputBufferGetSize(theirs) ||
            memcmp(ours.ptr, xmlOutputBufferGetContent(theirs), ours.len) != 0))
        abort();
    (void)xmlOutputBufferClose(theirs); /* only memory */
    mh_buf_fini(&ours);
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
        if (df_c14n_write(again, NULL, &how, NULL, &second) != MH_OK ||
            !mh_span_eq(mh_buf_get(&first), mh_buf_get(&second)))
            abort();
        df_xml_free(again);
    }
    mh_buf_fini(&first);
    mh_buf_fini(&second);
}

/* What the ways to look at one element say must agree. */
static void
check_node(
    const struct df_xml *xml, const struct df_node *e, struct mh_arena *arena)
{
    const struct df_node *root = df_xml_root(xml);
    const struct df_node *first = df_node_first(e), *next = df_node_next(e);
    struct mh_span text, id, value;
    struct df_attr attr;
    size_t count = 0;

    if (!df_node_is(e, df_node_ns(e), df_node_local(e)) ||
        !df_node_within(e, root) || df_node_order(root, e) > 0 ||
        (e != root && df_node_order(e, root) <= 0))
        abort();
    if (first != NULL &&
        (df_node_parent(first) != e ||
            df_node_child(e, df_node_ns(first), df_node_local(first)) !=
                first ||
            df_node_count(e, df_node_ns(first), df_node_local(first)) == 0))
        abort();
    if (next != NULL && e != root &&
        (df_node_parent(next) != df_node_parent(e) ||
            df_node_sibling(e, df_node_ns(next), df_node_local(next)) != next))
        abort();
    for (size_t i = 0; i < df_node_attr_count(e); i++)
        if (!df_node_attr_at(e, i, &attr) ||
            !df_node_attr(e, attr.ns, attr.local, &value) ||
            !mh_span_eq(value, attr.value))
            abort();
    if (df_node_text(e, arena, NULL, &text) == MH_OK &&
        (first != NULL || df_node_has_comment(e) || df_node_has_pi(e) ||
            (text.len == 0 && df_node_has_text(e))))
        abort();
    if (df_node_id(e, &id) &&
        (df_xml_id(xml, id, &count) == NULL || count == 0 ||
            df_xml_id_within(xml, e, id, &count) != e || count == 0))
        abort();
    if (df_xml_ids_doubled(xml, &id) > 0 &&
        (df_xml_id(xml, id, &count) == NULL || count < 2))
        abort();
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
             e = df_node_walk(root, e), n++) {
            compare(xml, e, DF_C14N_10);
            compare(xml, e, DF_C14N_11);
            compare(xml, e, DF_C14N_EXC);
        }
        n = 0;
        for (const struct df_node *e = root; e != NULL && n < 256;
             e = df_node_walk(root, e), n++)
            check_node(xml, e, arena);
        (void)df_xml_has_outer(xml); /* must only not crash */
        check_stable(xml, arena);
        df_xml_free(xml);
    }
    mh_arena_free(arena);
    return 0;
}
