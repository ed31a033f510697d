/* "--key mobile:PHONE/USER": the key behind a telephone (cli.md). */
#ifndef SIGNER_CMD_SIGN_MOBILE_H
#define SIGNER_CMD_SIGN_MOBILE_H

#include "base/peer/flow.h"
#include "signer/cmd/config.h"

#define SG_MOBILE_PREFIX "mobile:"

struct sg_mobile; /* in the arena */

/*
 * Asks the service for the certificate.  0, or an exit code after its line.
 * address: what follows "mobile:"; everything is borrowed.
 */
int sg_mobile_open(const char *address, const struct sg_config *config,
    struct mh_online *online, enum mh_lang lang, struct mh_arena *arena,
    struct sg_mobile **out);

const struct mh_flow_key *sg_mobile_flow(const struct sg_mobile *mobile);

#endif
