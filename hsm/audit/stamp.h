/* RFC 3161 time-stamp responses over checkpoints: form and imprint. */
#ifndef HSM_AUDIT_STAMP_H
#define HSM_AUDIT_STAMP_H

#include "base/err.h"
#include "hsm/audit/merkle.h"

/*
 * A granted TimeStampResp whose imprint is SHA-256 and this digest.  *token
 * is the token inside, borrowed.  The signature is not looked at.
 */
enum mh_code hsm_stamp_read(struct mh_span response,
    const struct hsm_hash *digest, struct mh_err *err,
    struct mh_span *token) MH_MUST_USE;

#endif
