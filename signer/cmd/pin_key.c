/* The key that --key, --module and --pin-source name. */
#include "signer/cmd/pin.h"

#include "signer/cmd/cmd.h"
#include "signer/cmd/config.h"

enum {
    ARENA = 1 << 20, /* bytes: paths and names */
};

static const struct {
    const char *name;
    enum mh_token_profile profile;
} profiles[] = {
    {"card", MH_TOKEN_CARD},
    {"soft", MH_TOKEN_SOFT},
    {"net", MH_TOKEN_NET},
};

/* What mohur.conf says of its module; another one has a profile by name. */
static enum hsm_class
take_profile(const char *name, struct mh_err *err, enum mh_token_profile *out)
{
    if (name == NULL)
        return HSM_OK;
    for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
        if (strcmp(name, profiles[i].name) == 0) {
            *out = profiles[i].profile;
            return HSM_OK;
        }
    (void)mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
        "config: module-profile is card, soft or net"); /* the class counts */
    return HSM_CONFIGURATION;
}

enum hsm_class
sg_key_modules(const char *module, struct mh_arena *arena, struct mh_err *err,
    struct hsm_options *out)
{
    struct sg_config config;

    if (sg_config_read(SG_CONFIG_PATH, arena, err, &config) != MH_OK)
        return HSM_CONFIGURATION;
    out->module = module != NULL ? module : config.module;
    out->allowed = config.modules;
    out->alloweds = config.modules_len;
    out->writable = config.writable;
    out->writables = config.writable_len;
    if (module != NULL)
        return HSM_OK;
    return take_profile(config.module_profile, err, &out->profile);
}

static enum hsm_class
prepare(const struct sg_key_options *o, struct mh_err *err, struct sg_key *key,
    struct hsm_options *out)
{
    const char *from_uri = NULL;
    enum hsm_class c = sg_key_modules(o->module, key->arena, err, out);
    enum mh_code code;

    if (c == HSM_OK)
        c = hsm_uri_check(o->key, key->arena, err, &from_uri);
    if (c != HSM_OK)
        return c;
    code = sg_pin_init(&key->pin, o->pin_source, from_uri, err);
    if (code != MH_OK)
        return code == MH_EFORMAT ? HSM_USAGE : HSM_INTERNAL;
    out->again = sg_pin_again;
    out->again_arg = &key->pin;
    return HSM_OK;
}

enum hsm_class
sg_key_open(
    const struct sg_key_options *o, struct mh_err *err, struct sg_key *key)
{
    struct hsm_options options = {0};
    enum hsm_class c;

    *key = (struct sg_key){.arena = mh_arena_new(ARENA)};
    if (key->arena == NULL) {
        (void)mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "no memory"); /* line */
        return HSM_INTERNAL;
    }
    c = prepare(o, err, key, &options);
    if (c == HSM_OK)
        c = hsm_new(&options, o->key, err, &key->token);
    if (c == HSM_OK)
        c = hsm_open(key->token, err);
    return c;
}

void
sg_key_close(struct sg_key *key)
{
    hsm_free(key->token);
    sg_pin_fini(&key->pin);
    mh_arena_free(key->arena);
    *key = (struct sg_key){0};
}

int
sg_key_complain(const char *what, enum hsm_class c, const struct mh_err *err)
{
    if (c == HSM_OK)
        return SG_EXIT_OK;
    if (c == HSM_USAGE)
        return sg_usage(what, err->msg);
    sg_complain(what, hsm_class_name(c), err->msg);
    return c == HSM_INTERNAL ? SG_EXIT_INTERNAL : SG_EXIT_TOKEN;
}
