/* `mohur serve --check`: keys, store and trust beside the configuration. */
#ifndef SIGNER_CMD_SERVE_CHECK_H
#define SIGNER_CMD_SERVE_CHECK_H

#include "signer/cmd/serve_config.h"

/* Adds everything that is wrong to problems. */
void sg_serve_check(const char *path, const struct sg_serve_config *config,
    struct sg_problems *problems);

#endif
