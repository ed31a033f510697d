/*
 * BER rewritten as DER, for CMS of old writers (formats.md 7).
 */
#ifndef SIGNER_TRUST_BER_H
#define SIGNER_TRUST_BER_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/*
 * Appends the one BER value of in with definite, minimal lengths, primitive
 * strings joined.  MH_EFORMAT: not one BER value; MH_ELIMIT: deeper than
 * MH_DER_DEPTH_MAX or more than the buffer takes.
 */
enum mh_code sg_ber_to_der(
    struct mh_span in, struct mh_err *err, struct mh_buf *out) MH_MUST_USE;

#endif
