/* Algorithm names of XML signatures. */
#ifndef SIGNER_VERIFY_DSIG_ALG_H
#define SIGNER_VERIFY_DSIG_ALG_H

#include <stdbool.h>

#include "docformat/docformat.h"
#include "signer/trust/key.h"

enum sg_transform {
    SG_TRANSFORM_ENVELOPED,
    SG_TRANSFORM_BASE64
};

/* Digests by name; MH_DIGEST_NONE for an unknown one. */
enum mh_digest_alg sg_xml_digest(struct mh_span uri);
/* Signatures whose name says everything; false for an unknown one. */
bool sg_xml_signature(struct mh_span uri, struct sg_sigalg *out);
/* A MAC by its name: a public key must never become a MAC key. */
bool sg_xml_is_hmac(struct mh_span uri);
bool sg_xml_is_transform(struct mh_span uri, enum sg_transform which);
/* ...#rsa-pss, whose parameters stand in RSAPSSParams. */
bool sg_xml_is_pss(struct mh_span uri);
/*
 * Those parameters: MGF1 with the same digest, a salt as long as the digest,
 * trailer 1; false for anything else (formats.md 3).
 */
bool sg_xml_pss_params(const struct df_node *method, struct mh_arena *arena,
    struct sg_sigalg *out);

#endif
