/*
 * mohur.conf: what the command line takes from it.  Looked for at
 * /etc/mohur/mohur.conf; absence is no error.
 */
#ifndef SIGNER_CMD_CONFIG_H
#define SIGNER_CMD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/wire/courier.h"
#include "signer/cmd/config_load.h"
#include "signer/cmd/senders.h"

#define SG_CONFIG_PATH sg_config_path /* what is read, and named in errors */
extern const char *sg_config_path;    /* /etc/mohur/mohur.conf, or --config */
extern bool sg_config_given;          /* by --config: then it must be there */

/* Everything lives in the arena; texts are "" where nothing else is said. */
struct sg_config {
    const char **trust; /* trust = { PATH, ... } */
    size_t trusts;
    const char *module;   /* module = PATH: PKCS#11; NULL: not said */
    const char **modules; /* modules = { PATH, ... }: allowed in a key's URI */
    size_t modules_len;
    /* module-profile = card | soft | net: what the module may do; NULL: not
       said; module-writable = { DIR, ... }: where it may write. */
    const char *module_profile;
    const char **writable;
    size_t writable_len;
    const char *module_conf; /* module-conf = FILE: its settings; NULL */
    const char *tsa;         /* tsa = URL */
    const char *proxy;       /* proxy = URL */
    const char *ca_file;     /* ca-file = PATH: authorities for https */
    bool public_only;        /* public-only = true: see mh_fetch_setup */
    const char *seal_key;    /* seal-key = URI, for mohur seal */
    const char *seal_pin;    /* seal-pin-source = file:PATH */
    /* mobile { url  pin  profile  uuid  name  text }: mobile ID */
    const char *mobile_url, *mobile_profile, *mobile_uuid, *mobile_name,
        *mobile_text;
    struct sg_senders senders; /* mail { ... } and sms { ... } */
    /* endpoint NAME { url = URL  pin = sha256//... } */
    struct mh_endpoint *endpoint;
    size_t endpoints;
};

/* What the courier is told of it; borrows from config. */
struct mh_fetch_setup sg_config_courier(const struct sg_config *config);

/* Reads path; unknown keys are for other programs and are left alone. */
enum mh_code sg_config_read(const char *path, struct mh_arena *arena,
    struct mh_err *err, struct sg_config *out) MH_MUST_USE;

/* The same of one that is parsed. */
enum mh_code sg_config_take(cfg_t *cfg, struct mh_arena *arena,
    struct mh_err *err, struct sg_config *out) MH_MUST_USE;

/* Gives an endpoint a name, over one of that name.  MH_ELIMIT: too many. */
enum mh_code sg_config_endpoint(struct sg_config *config, const char *name,
    const char *url, const char *pin, struct mh_err *err) MH_MUST_USE;

#endif
