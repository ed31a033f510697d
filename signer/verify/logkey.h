/* Whose log a checkpoint is of: the given key tells (hsm/audit/note.h). */
#ifndef SIGNER_VERIFY_LOGKEY_H
#define SIGNER_VERIFY_LOGKEY_H

#include "hsm/hsm.h"
#include "signer/verify/ctx.h"

/*
 * Holds a checkpoint against the key of the log and says what came of it; what
 * names the checkpoint.  Without a key (key empty) that it was not checked.
 * MH_EFORMAT: the key is none.
 */
enum mh_code sg_check_log_key(struct sg_ctx *ctx, struct mh_span key,
    const struct hsm_checkpoint *checkpoint, const char *what,
    struct mh_err *err) MH_MUST_USE;

#endif
