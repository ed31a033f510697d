/*
 * Asking for revocation data: the request to a responder, and where a
 * certificate says its lists are.
 */
#ifndef SIGNER_TRUST_OCSPREQ_H
#define SIGNER_TRUST_OCSPREQ_H

#include "base/buf.h"
#include "signer/trust/cert.h"

/*
 * An OCSPRequest for one certificate (RFC 6960 4.1, 4.1.1 with SHA-1 as RFC
 * 5019 2.1.1 wants it; without a nonce, which many responders refuse).
 */
enum mh_code sg_ocsp_request(const struct sg_cert *cert,
    const struct sg_cert *issuer, struct mh_err *err,
    struct mh_buf *out) MH_MUST_USE;

/*
 * The n-th http or https address among the distribution points (RFC 5280
 * 4.2.1.13); false past the last.
 */
bool sg_cert_crl_uri(const struct sg_cert *cert, size_t n, struct mh_span *uri);

#endif
