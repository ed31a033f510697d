/* The anchors of mohur.conf, compiled by an examiner for the services. */
#ifndef SIGNER_CMD_SERVE_TRUST_H
#define SIGNER_CMD_SERVE_TRUST_H

#include "signer/cmd/serve_config.h"

/*
 * *fd: a sealed memfd with the snapshot, -1 where trust names nothing.  The
 * files are parsed in a worker.  An unusable one is an error, *bad its path
 * (borrowed from config) or NULL.
 */
enum mh_code sg_serve_trust(const struct sg_serve_config *config,
    struct mh_err *err, const char **bad, int *fd) MH_MUST_USE;

#endif
