/*
 * Which certificate signed: by the signed reference, never by the order or
 * the key of KeyInfo (EN 319 102-1 5.2.3, formats.md 6.3).
 */
#ifndef SIGNER_VERIFY_SIGNING_CERT_H
#define SIGNER_VERIFY_SIGNING_CERT_H

#include "signer/trust/path.h"
#include "signer/verify/xades.h"

/*
 * The signing certificate in *cert, or NULL with a finding and dsig->sub
 * (NO_SIGNING_CERTIFICATE_FOUND).  KeyValue elements must agree with it.
 */
enum mh_code sg_signing_cert_find(struct sg_ctx *ctx, struct sg_dsig *dsig,
    const struct sg_xades *xades, struct sg_out *out, struct mh_err *err,
    const struct sg_cert **cert) MH_MUST_USE;

/* Whether an IssuerSerial (RFC 5035 5) is that of the certificate. */
bool sg_issuer_serial_fits(
    struct sg_ctx *ctx, const struct sg_cert *cert, struct mh_span der);

/* The further certificates it names must be members of the path: *fits. */
enum mh_code sg_signing_cert_chain(const struct sg_xades *xades,
    const struct sg_path *path, struct sg_out *out, struct mh_err *err,
    bool *fits) MH_MUST_USE;

#endif
