/*
 * A ds:Signature read strictly (XML Signature 1.1 clause 4, formats.md 6.2,
 * 6.3): its structure, its references with their transforms, its values.
 * Nothing is digested before all of it is accepted.
 */
#ifndef SIGNER_VERIFY_DSIG_H
#define SIGNER_VERIFY_DSIG_H

#include <stdbool.h>

#include "signer/verify/ctx.h"

enum sg_ref_kind {
    SG_REF_FILE,          /* a name: a file of the container or detached data */
    SG_REF_PROPERTIES,    /* Type ...#SignedProperties */
    SG_REF_MANIFEST,      /* Type ...#Manifest, resolves inside the file */
    SG_REF_COUNTERSIGNED, /* Type ...#CountersignedSignature */
    SG_REF_LOCAL,         /* any other #Id */
    SG_REF_WHOLE,         /* URI "": the document the signature stands in */
};

struct sg_ref {
    const struct df_node *node;
    enum sg_ref_kind kind;
    struct mh_span id;            /* Id attribute; empty for none */
    struct mh_span uri;           /* as written */
    const struct df_node *target; /* of the local kinds */
    bool enveloped;               /* the enveloped-signature transform */
    bool base64;                  /* the base64 transform (enveloped object) */
    bool transformed;             /* a canonicalization is named */
    struct df_c14n c14n;          /* named, or inclusive 1.0 */
    enum mh_digest_alg alg;
    uint8_t value[MH_DIGEST_MAX];
    size_t value_len; /* bytes */
    size_t file;      /* index into sg_files once bound; SIZE_MAX: none */
    bool inner;       /* stands in a Manifest, not in SignedInfo */
    bool meta;        /* names a file of the container's own apparatus */
    bool matched;     /* its digest was right */
};

struct sg_dsig {
    const struct df_xml *xml;
    const struct df_node *node; /* ds:Signature */
    struct mh_span id;          /* its Id; empty for none */
    const struct df_node *signed_info;
    const struct df_node *value_node; /* ds:SignatureValue */
    const struct df_node *key_info;   /* NULL for none */
    struct df_c14n c14n;              /* of SignedInfo */
    struct sg_sigalg alg;
    struct mh_span value; /* decoded */
    struct sg_ref *ref;
    size_t refs;
    const struct sg_cert **cert; /* of KeyInfo, in order, also in the pool */
    size_t certs;
    size_t key_values; /* ds:KeyValue elements seen */
    /* Set when reading stopped: what the signature cannot be but this. */
    enum mh_sub sub;
};

/*
 * Reads one signature.  A breach of the rules becomes a finding in out and
 * sets dsig->sub (FORMAT_FAILURE or CRYPTO_CONSTRAINTS_FAILURE); the result is
 * MH_OK even so.  Certificates of KeyInfo go to ctx->pool.
 */
enum mh_code sg_dsig_read(struct sg_ctx *ctx, const struct df_xml *xml,
    const struct df_node *node, struct sg_out *out, struct mh_err *err,
    struct sg_dsig *dsig) MH_MUST_USE;

/*
 * The strict base64 text of an element, decoded into the arena.  A breach is
 * a finding (error) and false; *code is not MH_OK without memory only.
 */
bool sg_node_base64(struct sg_ctx *ctx, const struct df_node *node,
    struct sg_out *out, struct mh_span *bytes);

#endif
