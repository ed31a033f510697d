/*
 * Inside docformat/xml: what struct df_xml is, and the way from our node to
 * libxml2's.
 */
#ifndef DOCFORMAT_XML_NODE_H
#define DOCFORMAT_XML_NODE_H

#include <libxml/tree.h>
#include <stdint.h>

#include "docformat/xml/xml.h"

struct df_xml_ident {
    struct mh_span value;
    const struct df_node *node;
};

struct df_xml {
    struct mh_span source;
    xmlDoc *doc;                 /* owned */
    struct df_xml_ident *idents; /* by value, then document order */
    size_t ident_count;
    size_t doubled; /* values that stand on more than one element */
    size_t first_doubled;
};

/* _private of an element points into one array in document order. */
static inline const xmlNode *
df_xml_raw(const struct df_node *n)
{
    return (const xmlNode *)(const void *)n;
}

static inline const struct df_node *
df_xml_wrap(const xmlNode *n)
{
    return (const struct df_node *)(const void *)n;
}

/* Numbers the elements and makes the table of Ids. */
enum mh_code df_xml_index(struct df_xml *xml, size_t elements,
    struct mh_arena *arena, struct mh_err *err) MH_MUST_USE;

#endif
