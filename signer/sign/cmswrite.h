/*
 * A SignedData with one signer (RFC 5652; CAdES baseline, EN 319 122-1 6;
 * PAdES baseline, EN 319 142-1 6), written in DER.  Internal to signer/sign.
 */
#ifndef SIGNER_SIGN_CMSWRITE_H
#define SIGNER_SIGN_CMSWRITE_H

#include "base/buf.h"
#include "signer/sign/sign.h"

struct sg_cms_spec {
    enum sg_scheme scheme;
    enum mh_digest_alg digest;
    struct mh_span certificate;  /* DER, of the signer */
    const struct mh_span *chain; /* DER; embedded beside it */
    size_t chain_count;
    /* signing-time; MH_TIME_NONE for PAdES, whose time is /M */
    int64_t time;
    const char *role;  /* signer-attributes-v2, claimed; "" for none */
    const char *place; /* signer-location; "" for none; not in PAdES */
    const char *mime;  /* mime-type attribute (ASiC); "" for none */
};

/*
 * The signed attributes as the SET OF that is hashed and signed: content-type
 * id-data, message-digest, signing-certificate-v2, and what spec names.
 */
enum mh_code sg_cms_attributes(const struct sg_cms_spec *spec,
    struct mh_span message_digest, struct mh_err *err,
    struct mh_buf *out) MH_MUST_USE;

/*
 * The whole ContentInfo, detached.  value: r||s or the RSA value; extra may be
 * NULL: its token becomes the signature-time-stamp attribute, its
 * certificates join SignedData.certificates, its revocation data
 * SignedData.crls (RFC 5652 10.2.1, RFC 5940 for OCSP).
 */
enum mh_code sg_cms_assemble(const struct sg_cms_spec *spec,
    struct mh_span attributes, struct mh_span value,
    const struct sg_sign_extra *extra, struct mh_err *err,
    struct mh_buf *out) MH_MUST_USE;

/*
 * A value as DER wants it: ECDSA r||s becomes SEQUENCE { r, s } with minimal
 * INTEGERs (RFC 3279 2.2.3), an RSA value stays.
 */
enum mh_code sg_value_der(enum sg_scheme scheme, struct mh_span value,
    struct mh_err *err, struct mh_buf *out) MH_MUST_USE;

/* "city, country" at its last comma; both borrowed, either may be empty. */
void sg_place_split(
    const char *place, struct mh_span *city, struct mh_span *country);

/* An OCSPResponse as RevocationInfoChoice other (RFC 5940 2). */
void sg_cms_put_ocsp(struct mh_buf *out, struct mh_span ocsp);

#endif
