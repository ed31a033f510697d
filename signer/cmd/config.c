#include "signer/cmd/config.h"

#include <errno.h>
#include <unistd.h>

#include "signer/cmd/config_table.h"

const char *sg_config_path = "/etc/mohur/mohur.conf";
bool sg_config_given;

static bool
take_endpoints(cfg_t *cfg, struct mh_arena *arena, struct sg_config *out)
{
    unsigned n = cfg_size(cfg, "endpoint");

    out->endpoint =
        mh_arena_array(arena, MH_ENDPOINTS_MAX, sizeof(*out->endpoint));
    for (unsigned i = 0; i < n && out->endpoint != NULL; i++) {
        cfg_t *one = cfg_getnsec(cfg, "endpoint", i);
        const char *name = mh_arena_str(arena, mh_span_str(cfg_title(one)));
        const char *url = sg_config_text(one, "url", arena);
        const char *pin = sg_config_text(one, "pin", arena);

        if (name == NULL || url == NULL || pin == NULL ||
            sg_config_endpoint(out, name, url, pin, NULL) != MH_OK)
            return false;
    }
    return out->endpoint != NULL;
}

/* The section becomes the endpoint "mobile". */
static bool
take_mobile(cfg_t *cfg, struct mh_arena *arena, struct sg_config *out)
{
    cfg_t *m = cfg_getsec(cfg, "mobile");
    const char *pin = sg_config_text(m, "pin", arena);

    out->mobile_url = sg_config_text(m, "url", arena);
    out->mobile_profile = sg_config_text(m, "profile", arena);
    out->mobile_uuid = sg_config_text(m, "uuid", arena);
    out->mobile_name = sg_config_text(m, "name", arena);
    out->mobile_text = sg_config_text(m, "text", arena);
    if (out->mobile_url == NULL || out->mobile_profile == NULL ||
        out->mobile_uuid == NULL || out->mobile_name == NULL ||
        out->mobile_text == NULL || pin == NULL)
        return false;
    return out->mobile_url[0] == '\0' ||
           sg_config_endpoint(out, "mobile", out->mobile_url, pin, NULL) ==
               MH_OK;
}

/* NULL where the key is not set. */
static bool
take_set(cfg_t *cfg, const char *key, struct mh_arena *arena, const char **out)
{
    *out = NULL;
    if (cfg_getstr(cfg, key) != NULL)
        *out = sg_config_text(cfg, key, arena);
    return *out != NULL || cfg_getstr(cfg, key) == NULL;
}

enum mh_code
sg_config_take(cfg_t *cfg, struct mh_arena *arena, struct mh_err *err,
    struct sg_config *out)
{
    bool ok;

    *out = (struct sg_config){0};
    out->trust = sg_config_list(cfg, "trust", arena, &out->trusts);
    out->modules = sg_config_list(cfg, "modules", arena, &out->modules_len);
    out->writable =
        sg_config_list(cfg, "module-writable", arena, &out->writable_len);
    ok = out->trust != NULL && out->modules != NULL && out->writable != NULL &&
         take_endpoints(cfg, arena, out) && take_mobile(cfg, arena, out) &&
         sg_senders_take(cfg, arena, &out->senders) &&
         take_set(cfg, "module-profile", arena, &out->module_profile) &&
         take_set(cfg, "module-conf", arena, &out->module_conf) &&
         take_set(cfg, "module", arena, &out->module);
    out->tsa = sg_config_text(cfg, "tsa", arena);
    out->proxy = sg_config_text(cfg, "proxy", arena);
    out->ca_file = sg_config_text(cfg, "ca-file", arena);
    out->seal_key = sg_config_text(cfg, "seal-key", arena);
    out->seal_pin = sg_config_text(cfg, "seal-pin-source", arena);
    out->public_only = sg_config_flag(cfg, "", "public-only");
    if (!ok || out->tsa == NULL || out->proxy == NULL || out->ca_file == NULL ||
        out->seal_key == NULL || out->seal_pin == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET,
            "config: no memory, or too many entries");
    return MH_OK;
}

/* A setting that protects is not taken for another where it is misspelt. */
static enum mh_code
check_flag(cfg_t *cfg, struct mh_err *err)
{
    const char *given = cfg_getstr(cfg, "public-only");
    bool flag;

    if (given == NULL || sg_config_bool(given, &flag))
        return MH_OK;
    return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "config: malformed");
}

enum mh_code
sg_config_read(const char *path, struct mh_arena *arena, struct mh_err *err,
    struct sg_config *out)
{
    bool absent =
        !sg_config_given && access(path, F_OK) != 0 && errno == ENOENT;

    cfg_t *cfg;
    enum mh_code code;

    *out = (struct sg_config){0};
    code = sg_config_load(absent ? NULL : path, NULL, err, &cfg);
    if (code == MH_OK)
        code = check_flag(cfg, err);
    if (code == MH_OK)
        code = sg_config_take(cfg, arena, err, out);
    (void)cfg_free(cfg); /* only frees */
    return code;
}

enum mh_code
sg_config_endpoint(struct sg_config *config, const char *name, const char *url,
    const char *pin, struct mh_err *err)
{
    size_t i = 0;

    while (i < config->endpoints && strcmp(config->endpoint[i].name, name) != 0)
        i++;
    if (i == MH_ENDPOINTS_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "config: endpoints");
    config->endpoint[i] =
        (struct mh_endpoint){.name = name, .url = url, .pin = pin};
    if (i == config->endpoints)
        config->endpoints++;
    return MH_OK;
}

struct mh_fetch_setup
sg_config_courier(const struct sg_config *config)
{
    return (struct mh_fetch_setup){.proxy = config->proxy,
        .ca_file = config->ca_file,
        .public_only = config->public_only,
        .endpoint = config->endpoint,
        .endpoints = config->endpoints};
}
