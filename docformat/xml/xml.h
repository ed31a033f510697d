/*
 * XML of signature files, manifests and trusted lists (formats.md 6.1).
 *
 * df_xml_load refuses before it builds: UTF-8 and XML 1.0 only, no DOCTYPE,
 * no entity but the five predefined, and every limit MH_XML_* of
 * base/limits.h.  Nothing is fetched, expanded or repaired.  Then libxml2
 * parses it; this header hides that library.
 *
 * A node is a borrowed pointer to an element, valid until df_xml_free.
 * Namespaces and local names are compared whole; prefixes mean nothing.
 */
#ifndef DOCFORMAT_XML_XML_H
#define DOCFORMAT_XML_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

#define DF_NS_XML      "http://www.w3.org/XML/1998/namespace"
#define DF_NS_DS       "http://www.w3.org/2000/09/xmldsig#"
#define DF_NS_DSIG11   "http://www.w3.org/2009/xmldsig11#"
#define DF_NS_EXC      "http://www.w3.org/2001/10/xml-exc-c14n#"
#define DF_NS_XADES    "http://uri.etsi.org/01903/v1.3.2#"
#define DF_NS_XADES41  "http://uri.etsi.org/01903/v1.4.1#"
#define DF_NS_XADES11  "http://uri.etsi.org/01903/v1.1.1#"
#define DF_NS_XADES22  "http://uri.etsi.org/01903/v1.2.2#"
#define DF_NS_ASIC     "http://uri.etsi.org/02918/v1.2.1#"
#define DF_NS_ASIC_OLD "http://uri.etsi.org/2918/v1.2.1#"
#define DF_NS_MANIFEST "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
#define DF_NS_ODF_DSIG                                                         \
    "urn:oasis:names:tc:opendocument:xmlns:digitalsignature:1.0"
#define DF_NS_TSL "http://uri.etsi.org/02231/v2#"

struct df_xml;  /* a parsed document; owns its nodes */
struct df_node; /* an element; borrowed */

/*
 * Parses a whole file.  Errors carry a finding: xml-encoding, xml-doctype,
 * xml-limit (MH_ELIMIT), xml-malformed, xml-namespace.  in must outlive the
 * document; the table of Ids lives in the arena.
 */
enum mh_code df_xml_load(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct df_xml **out) MH_MUST_USE;
void df_xml_free(struct df_xml *xml);

const struct df_node *df_xml_root(const struct df_xml *xml);
struct mh_span df_xml_source(const struct df_xml *xml); /* what was parsed */

/* Next of kin among elements; NULL where there is none. */
const struct df_node *df_node_first(const struct df_node *n);
const struct df_node *df_node_next(const struct df_node *n);
const struct df_node *df_node_parent(const struct df_node *n);
/* The first child, or the next sibling, of that name. */
const struct df_node *df_node_child(
    const struct df_node *n, const char *ns, const char *local);
const struct df_node *df_node_sibling(
    const struct df_node *n, const char *ns, const char *local);
/* How many element children have that name. */
size_t df_node_count(
    const struct df_node *n, const char *ns, const char *local);
/* The next element of the subtree of top in document order; start with top. */
const struct df_node *df_node_walk(
    const struct df_node *top, const struct df_node *n);

/* ns NULL or "" means no namespace. */
bool df_node_is(const struct df_node *n, const char *ns, const char *local);
const char *df_node_ns(const struct df_node *n); /* "" for none */
const char *df_node_local(const struct df_node *n);
/* Whether n is top or lies below it. */
bool df_node_within(const struct df_node *n, const struct df_node *top);
/* Document order of two elements of one document: <0, 0, >0. */
int df_node_order(const struct df_node *a, const struct df_node *b);

struct df_attr {
    const char *ns; /* "" for none */
    const char *local;
    struct mh_span value; /* normalised as XML 1.0 3.3.3 says; borrowed */
};

/* ns NULL or "" means no namespace; false, *value empty, where absent. */
bool df_node_attr(const struct df_node *n, const char *ns, const char *local,
    struct mh_span *value);
/* Attributes without namespace declarations. */
size_t df_node_attr_count(const struct df_node *n);
bool df_node_attr_at(const struct df_node *n, size_t i, struct df_attr *out);

/*
 * The text of an element that holds text and CDATA only; a child element,
 * comment or processing instruction is MH_EFORMAT with sig-structure.
 * Borrowed from the document, or joined in the arena.
 */
enum mh_code df_node_text(const struct df_node *n, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out) MH_MUST_USE;

/* Whether text other than white space stands directly inside the element. */
bool df_node_has_text(const struct df_node *n);
/* Whether comments or processing instructions occur at any depth below. */
bool df_node_has_comment(const struct df_node *n);
bool df_node_has_pi(const struct df_node *n);
/* Comments and processing instructions of the document beside its root. */
bool df_xml_has_outer(const struct df_xml *xml);

/*
 * Ids: attributes Id, ID or id without a namespace, on elements of ds:* and
 * of every http://uri.etsi.org/ namespace (formats.md 6.3).  DTD types and
 * xml:id play no part.
 *
 * The first element with that Id and how many have it; NULL and 0 for none.
 */
const struct df_node *df_xml_id(
    const struct df_xml *xml, struct mh_span id, size_t *count);
/* The same among top and the elements below it. */
const struct df_node *df_xml_id_within(const struct df_xml *xml,
    const struct df_node *top, struct mh_span id, size_t *count);
/* How many values stand on more than one element, and the first of them. */
size_t df_xml_ids_doubled(const struct df_xml *xml, struct mh_span *first);
/* The Id attribute of an element as the table knows it; false for none. */
bool df_node_id(const struct df_node *n, struct mh_span *id);

#endif
