/*
 * The extensions of a certificate (RFC 5280 4.2), internal to cert.c.
 */
#ifndef SIGNER_TRUST_CERTEXT_H
#define SIGNER_TRUST_CERTEXT_H

#include "signer/trust/cert.h"

/*
 * Reads the content of [3] into c: each extension once, at most
 * MH_EXTENSIONS_MAX, those known in their exact form.
 */
enum mh_code sg_cert_extensions(
    struct sg_cert *c, struct mh_span exts, struct mh_err *err) MH_MUST_USE;

/*
 * One Extension of a certificate, list or response at the reader: its OID,
 * critical flag and the content of extnValue.  False where malformed.
 */
struct sg_extension {
    struct mh_span oid;
    struct mh_span value;
    bool critical;
    bool wrote_default; /* critical FALSE was written out */
};
bool sg_extension_read(struct df_der *d, struct sg_extension *out);

#endif
