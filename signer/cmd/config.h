/*
 * mohur.conf: what the command line takes from it until there is a service.
 * Looked for at /etc/mohur/mohur.conf; absence is no error.
 */
#ifndef SIGNER_CMD_CONFIG_H
#define SIGNER_CMD_CONFIG_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

#define SG_CONFIG_PATH "/etc/mohur/mohur.conf"

struct sg_config {
    const char **trust; /* trust = { PATH, ... }; in the arena */
    size_t trusts;
    const char *module;   /* module = PATH: PKCS#11; NULL: not said */
    const char **modules; /* modules = { PATH, ... }: allowed in a key's URI */
    size_t modules_len;
    /* module-profile = card | soft | net: what the module may do; NULL: not
       said; module-writable = { DIR, ... }: where it may write. */
    const char *module_profile;
    const char **writable;
    size_t writable_len;
};

/* Reads path; unknown keys are for other programs and are left alone. */
enum mh_code sg_config_read(const char *path, struct mh_arena *arena,
    struct mh_err *err, struct sg_config *out) MH_MUST_USE;

#endif
