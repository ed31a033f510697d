/*
 * The demonstration keys of `mohur init`: an authority that signs twice and is
 * then forgotten, a seal key and a log key.  Names say that they are no real
 * ones.
 */
#ifndef SIGNER_CMD_INIT_PKI_H
#define SIGNER_CMD_INIT_PKI_H

#include "base/arena.h"
#include "base/err.h"
#include "base/wire/soft.h"

struct sg_init_pki {
    struct mh_span authority;  /* DER certificate: the demonstration's anchor */
    struct mh_soft_key key[2]; /* "seal", then "log" */
    uint8_t secret[2][32];     /* their scalars; the caller wipes them */
};

/* host: whose seal it is.  In the arena. */
enum mh_code sg_init_pki(const char *host, struct mh_arena *arena,
    struct mh_err *err, struct sg_init_pki *out) MH_MUST_USE;

#endif
