/*
 * The sections mail and sms of mohur.conf: what the portal is told of them,
 * and what its courier alone gets, passwords among it (security.md,
 * secrets).
 */
#ifndef SIGNER_CMD_SENDERS_H
#define SIGNER_CMD_SENDERS_H

#include "base/wire/settings.h"
#include "signer/cmd/config_load.h"

/* Everything lives in the arena; the passwords are not among it. */
struct sg_senders {
    struct mh_senders fixed;              /* user and password "" */
    const char *mail_secret, *sms_secret; /* "file:PATH", or "" */
    struct mh_notify_settings notify;
};

/* False without memory. */
bool sg_senders_take(
    cfg_t *cfg, struct mh_arena *arena, struct sg_senders *out);

/* What does not go together, and secret files that are not as they must be. */
void sg_senders_check(const struct sg_senders *senders,
    struct sg_problems *problems, const char *file);

/*
 * A sealed memfd with a message FETCH_SENDERS, the secrets read afresh; the
 * caller closes it.  0: neither section is set.  MH_EIO, MH_EFORMAT: a secret
 * cannot be read, others may read it, or it is not two lines.
 */
enum mh_code sg_senders_open(
    const struct sg_senders *senders, struct mh_err *err, int *out) MH_MUST_USE;

#endif
