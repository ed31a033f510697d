/* The section payment of mohur.conf, with the keys that it names. */
#ifndef SIGNER_CMD_PAYMENT_H
#define SIGNER_CMD_PAYMENT_H

#include "signer/cmd/config.h"
#include "signer/cmd/config_table.h"

/*
 * Reads it and its two files; what is wrong goes to problems, and url is ""
 * then and where there is no gateway.  Gives the endpoint "payment" its
 * address. False: no memory.
 */
bool sg_payment_take(cfg_t *cfg, const char *file, struct mh_arena *arena,
    struct sg_problems *problems, struct sg_config *base,
    struct mh_payment_settings *out);

#endif
