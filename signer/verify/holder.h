/*
 * Judging who holds a certificate: not a document's signature, but a
 * certificate whose private key is shown to be there: by other means (a TLS
 * handshake, RFC 8446 4.4.3), or by a signature that comes with it.  The path
 * (RFC 5280 6), the revocation and the algorithms are judged as those of a
 * signer are, at the validation time.
 *
 * The report has one row of kind MH_KIND_HOLDER and no files; its verdict says
 * whether the certificate may stand for the person it names today, and
 * nothing about any document.  Besides what a signer's certificate needs:
 *
 *   - the file is one certificate, in DER or PEM, and nothing else
 *   - keyUsage, where it is there, has digitalSignature (RFC 5280 4.2.1.3)
 *   - extKeyUsage, where it is there, has clientAuth or
 *     anyExtendedKeyUsage (4.2.1.12)
 *   - it is no issuer's certificate
 *
 * A signature that comes with it is the first of two files beside it, named as
 * its algorithm (RFC 7518 3.1: RS, PS or ES with 256, 384 or 512); the second,
 * "message", is what it is over.  Then the report's profile is
 * MH_PROFILE_SHOWN, and without it "certificate": who asks for the one is not
 * served by the other.
 */
#ifndef SIGNER_VERIFY_HOLDER_H
#define SIGNER_VERIFY_HOLDER_H

#include "signer/verify/ctx.h"
#include "signer/verify/document.h"

/* MH_OK with a report whatever it says, as sg_verify_document. */
enum mh_code sg_verify_holder(struct sg_ctx *ctx,
    const struct sg_verify_input *in, struct mh_report *report,
    struct mh_err *err) MH_MUST_USE;

#endif
