/* The supervisor: `mohur serve` when everything was found good. */
#ifndef SIGNER_CMD_SERVE_H
#define SIGNER_CMD_SERVE_H

#include "signer/cmd/serve_config.h"

/*
 * Runs until SIGTERM or SIGINT; returns the exit code.  config was read from
 * path into arena, which is taken over.
 */
int sg_serve_main(const char *path, struct mh_arena *arena,
    const struct sg_serve_config *config);

#endif
