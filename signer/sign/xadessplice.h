/*
 * Signature XML changed by its raw bytes: text is put in at the end of an
 * element, everything else stays as it is, byte for byte.  A document is never
 * serialised again.  Internal to signer/sign.
 */
#ifndef SIGNER_SIGN_XADESSPLICE_H
#define SIGNER_SIGN_XADESSPLICE_H

#include "docformat/docformat.h"

/* Where an element stands in the bytes that df_xml_load accepted. */
struct sg_place {
    size_t open;   /* of its start tag */
    size_t inside; /* behind its start tag */
    size_t close;  /* of its end tag; inside where it is one empty tag */
    bool empty;    /* one tag that ends in "/>" */
};

/* MH_EINTERNAL where node is none of the document's. */
enum mh_code sg_splice_find(const struct df_xml *xml,
    const struct df_node *node, struct mh_err *err,
    struct sg_place *out) MH_MUST_USE;

/* The name as it is written, with its prefix; borrowed. */
enum mh_code sg_splice_name(const struct df_xml *xml,
    const struct df_node *node, struct mh_err *err,
    struct mh_span *out) MH_MUST_USE;

struct sg_splice {
    size_t at, remove; /* bytes left out from there */
    struct mh_span text;
};

/* Text as the last child of an element. */
enum mh_code sg_splice_append(const struct df_xml *xml,
    const struct df_node *node, struct mh_span text, struct mh_arena *arena,
    struct mh_err *err, struct sg_splice *out) MH_MUST_USE;

/* The document with every change made; sorts them. */
enum mh_code sg_splice_apply(struct mh_span bytes, struct sg_splice *splice,
    size_t count, struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out) MH_MUST_USE;

#endif
