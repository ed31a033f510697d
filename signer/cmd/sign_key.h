/* The key of mohur sign: on a token, or behind a service (cli.md, --key). */
#ifndef SIGNER_CMD_SIGN_KEY_H
#define SIGNER_CMD_SIGN_KEY_H

#include "base/peer/flow.h"
#include "signer/cmd/config.h"
#include "signer/cmd/sign_options.h"

struct sg_sign_key;

/*
 * Opens the key and logs in.  0, or an exit code after its line.  *out is to
 * be closed in any case.
 */
int sg_sign_key_open(const struct sg_sign_options *options,
    const struct sg_config *config, struct mh_online *online,
    struct mh_arena *arena, struct sg_sign_key **out);
void sg_sign_key_close(struct sg_sign_key *key); /* NULL is fine */

/* As the flow takes it; borrows from key. */
const struct mh_flow_key *sg_sign_key_flow(const struct sg_sign_key *key);

#endif
