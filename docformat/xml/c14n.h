/*
 * Canonical XML 1.0, 1.1 and exclusive 1.0 (W3C), written from the tree in
 * time linear in what is written.  The bytes equal libxml2's; what libxml2
 * refuses is refused.
 */
#ifndef DOCFORMAT_XML_C14N_H
#define DOCFORMAT_XML_C14N_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "docformat/xml/xml.h"

enum df_c14n_method {
    DF_C14N_10,  /* inclusive, TR/2001/REC-xml-c14n-20010315 */
    DF_C14N_11,  /* inclusive, 2006/12/xml-c14n11 */
    DF_C14N_EXC, /* exclusive, 2001/10/xml-exc-c14n# */
};

struct df_c14n {
    enum df_c14n_method method;
    bool comments; /* #WithComments */
    /* InclusiveNamespaces/@PrefixList, exclusive only; empty for none.  More
       than MH_XML_PREFIXES_MAX is refused. */
    struct mh_span prefixes;
    const struct df_node *omit; /* subtree left out (enveloped), or NULL */
};

/* The method an algorithm URI names (#WithComments included). */
bool df_c14n_from_uri(struct mh_span uri, struct df_c14n *out);

/*
 * Appends the canonical form of the element and all below it, or of the whole
 * document where apex is NULL.  A result that is empty or not complete is
 * never MH_OK: MH_EFORMAT carries xml-namespace or c14n-failed, MH_ELIMIT
 * means that out's maximum is too small.
 */
enum mh_code df_c14n_write(const struct df_xml *xml, const struct df_node *apex,
    const struct df_c14n *how, struct mh_err *err,
    struct mh_buf *out) MH_MUST_USE;

#endif
