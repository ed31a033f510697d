/*
 * What `mohur serve` takes from mohur.conf: the settings of portal and keyd,
 * how token workers are started, users, addresses.
 */
#ifndef SIGNER_CMD_SERVE_CONFIG_H
#define SIGNER_CMD_SERVE_CONFIG_H

#include <sys/types.h>

#include "base/wire/settings.h"
#include "base/wire/token.h"
#include "signer/cmd/config.h"
#include "signer/cmd/config_table.h"

enum sg_role {
    SG_ROLE_PORTAL,
    SG_ROLE_KEYD,
    SG_ROLE_TOKEN,
    SG_ROLE_EXAMINER,
    SG_ROLE_COURIER,
    SG_ROLES
};

struct sg_user {
    uid_t uid;
    gid_t gid;
};

/* The worker of one key: keyd's settings have the key itself. */
struct sg_token_setup {
    const char *module;
    const char *profile;   /* "card", "soft", "net" */
    const char **writable; /* the folder of conf among them */
    size_t writables;
    const char *env; /* "SOFTHSM2_CONF=..."; NULL: none */
};

/* Everything lives in the arena it was read into. */
struct sg_serve_config {
    struct sg_config base;
    struct mh_portal_settings portal;
    struct mh_keyd_settings keyd;
    struct sg_token_setup token[MH_KEYS_MAX];
    const char *state;
    const char *listen, *metrics;  /* as written */
    const char *group;             /* of the unix socket; "" */
    char workers[8];               /* as the examiner takes it */
    struct sg_user user[SG_ROLES]; /* where we are root */
    bool switch_user;
    int64_t start_ms;
};

/*
 * Reads path and checks all of it; what is wrong goes to problems.  MH_OK with
 * *out of use where problems->count is 0.
 */
enum mh_code sg_serve_read(const char *path, struct mh_arena *arena,
    struct sg_problems *problems, struct mh_err *err,
    struct sg_serve_config *out) MH_MUST_USE;

/* What stands before the first ':' of listen decides; needs restart: NULL, or
   the key that a reload may not change. */
const char *sg_serve_fixed(
    const struct sg_serve_config *a, const struct sg_serve_config *b);
/* Whether the keys and their workers are the same. */
bool sg_serve_same_keys(
    const struct sg_serve_config *a, const struct sg_serve_config *b);

#endif
