/*
 * Writer profiles of containers (formats.md 5.4): every choice that a court
 * could want otherwise is a value of one row.  Internal to signer/sign.
 */
#ifndef SIGNER_SIGN_PROFILE_H
#define SIGNER_SIGN_PROFILE_H

#include "docformat/docformat.h"
#include "signer/sign/sign.h"

struct sg_profile {
    const char *mimetype;
    const char *sigfile; /* name of a signature file up to its number */
    enum sg_as as;
    enum df_c14n_method c14n; /* of SignedInfo */
    unsigned first; /* number of the first file; also of its Id, "S" + it */
    bool single;    /* one file without a number, several ds:Signature */
    bool manifest;  /* META-INF/manifest.xml is written */
};

/* The row of a container; NULL for SG_AS_PDF and SG_AS_CMS. */
const struct sg_profile *sg_profile_of(enum sg_as as);

/* URIs of XML Signature; NULL for what is not written (RFC 6931, RFC 9231). */
const char *sg_c14n_uri(enum df_c14n_method method);
const char *sg_digest_uri(enum mh_digest_alg alg);
const char *sg_signature_uri(enum sg_scheme scheme, enum mh_digest_alg alg);

#endif
