#include "signer/cmd/config.h"

#include <confuse.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

const char *sg_config_path = "/etc/mohur/mohur.conf";
bool sg_config_given;

/* One error line is ours to print. */
static void
quiet(cfg_t *cfg, const char *fmt, va_list ap)
{
    (void)cfg;
    (void)fmt;
    (void)ap;
}

/* A copy in the arena; NULL only without memory. */
static const char *
copy(struct mh_arena *arena, const char *s)
{
    return s == NULL ? "" : mh_arena_str(arena, mh_span_str(s));
}

static bool
take_list(cfg_t *cfg, const char *key, struct mh_arena *arena,
    const char ***list, size_t *count)
{
    unsigned n = cfg_size(cfg, key);

    *list = mh_arena_array(arena, n, sizeof(**list));
    for (unsigned i = 0; i < n && *list != NULL; i++) {
        const char *s = copy(arena, cfg_getnstr(cfg, key, i));

        if (s == NULL)
            return false;
        (*list)[(*count)++] = s;
    }
    return *list != NULL;
}

static bool
take_endpoints(cfg_t *cfg, struct mh_arena *arena, struct sg_config *out)
{
    unsigned n = cfg_size(cfg, "endpoint");

    out->endpoint =
        mh_arena_array(arena, MH_ENDPOINTS_MAX, sizeof(*out->endpoint));
    for (unsigned i = 0; i < n && out->endpoint != NULL; i++) {
        cfg_t *one = cfg_getnsec(cfg, "endpoint", i);
        const char *name = copy(arena, cfg_title(one));
        const char *url = copy(arena, cfg_getstr(one, "url"));
        const char *pin = copy(arena, cfg_getstr(one, "pin"));

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
    const char *pin = copy(arena, cfg_getstr(m, "pin"));

    out->mobile_url = copy(arena, cfg_getstr(m, "url"));
    out->mobile_profile = copy(arena, cfg_getstr(m, "profile"));
    out->mobile_uuid = copy(arena, cfg_getstr(m, "uuid"));
    out->mobile_name = copy(arena, cfg_getstr(m, "name"));
    out->mobile_text = copy(arena, cfg_getstr(m, "text"));
    if (out->mobile_url == NULL || out->mobile_profile == NULL ||
        out->mobile_uuid == NULL || out->mobile_name == NULL ||
        out->mobile_text == NULL || pin == NULL)
        return false;
    return out->mobile_url[0] == '\0' ||
           sg_config_endpoint(out, "mobile", out->mobile_url, pin, NULL) ==
               MH_OK;
}

static enum mh_code
take(cfg_t *cfg, struct mh_arena *arena, struct mh_err *err,
    struct sg_config *out)
{
    bool ok =
        take_list(cfg, "trust", arena, &out->trust, &out->trusts) &&
        take_list(cfg, "modules", arena, &out->modules, &out->modules_len) &&
        take_list(cfg, "module-writable", arena, &out->writable,
            &out->writable_len) &&
        take_endpoints(cfg, arena, out) && take_mobile(cfg, arena, out);

    if (cfg_getstr(cfg, "module-profile") != NULL) {
        out->module_profile = copy(arena, cfg_getstr(cfg, "module-profile"));
        ok = ok && out->module_profile != NULL;
    }
    if (cfg_getstr(cfg, "module") != NULL) {
        out->module = copy(arena, cfg_getstr(cfg, "module"));
        ok = ok && out->module != NULL;
    }
    out->tsa = copy(arena, cfg_getstr(cfg, "tsa"));
    out->proxy = copy(arena, cfg_getstr(cfg, "proxy"));
    out->ca_file = copy(arena, cfg_getstr(cfg, "ca-file"));
    out->seal_key = copy(arena, cfg_getstr(cfg, "seal-key"));
    out->seal_pin = copy(arena, cfg_getstr(cfg, "seal-pin-source"));
    out->public_only = cfg_getbool(cfg, "public-only") == cfg_true;
    if (!ok || out->tsa == NULL || out->proxy == NULL || out->ca_file == NULL ||
        out->seal_key == NULL || out->seal_pin == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET,
            "config: no memory, or too many entries");
    return MH_OK;
}

static enum mh_code
parse(const char *path, struct mh_arena *arena, struct mh_err *err,
    struct sg_config *out)
{
    cfg_opt_t endpoint[] = {CFG_STR("url", NULL, CFGF_NODEFAULT),
        CFG_STR("pin", NULL, CFGF_NONE), CFG_END()};
    cfg_opt_t mobile[] = {CFG_STR("url", NULL, CFGF_NONE),
        CFG_STR("pin", NULL, CFGF_NONE), CFG_STR("profile", "asan", CFGF_NONE),
        CFG_STR("uuid", NULL, CFGF_NONE), CFG_STR("name", NULL, CFGF_NONE),
        CFG_STR("text", NULL, CFGF_NONE), CFG_END()};
    cfg_opt_t opts[] = {CFG_STR_LIST("trust", NULL, CFGF_NONE),
        CFG_STR_LIST("modules", NULL, CFGF_NONE),
        CFG_STR_LIST("module-writable", NULL, CFGF_NONE),
        CFG_STR("module-profile", NULL, CFGF_NONE),
        CFG_STR("module", NULL, CFGF_NONE), CFG_STR("tsa", NULL, CFGF_NONE),
        CFG_STR("proxy", NULL, CFGF_NONE), CFG_STR("ca-file", NULL, CFGF_NONE),
        CFG_BOOL("public-only", cfg_false, CFGF_NONE),
        CFG_STR("seal-key", NULL, CFGF_NONE),
        CFG_STR("seal-pin-source", NULL, CFGF_NONE),
        CFG_SEC("mobile", mobile, CFGF_NONE),
        CFG_SEC("endpoint", endpoint, CFGF_MULTI | CFGF_TITLE), CFG_END()};
    cfg_t *cfg = cfg_init(opts, CFGF_IGNORE_UNKNOWN);
    enum mh_code code;
    int rc;

    if (cfg == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "config: no memory");
    (void)cfg_set_error_function(cfg, quiet); /* returns the old one */
    rc = path == NULL ? CFG_SUCCESS : cfg_parse(cfg, path);
    if (rc == CFG_SUCCESS)
        code = take(cfg, arena, err, out);
    else if (rc == CFG_FILE_ERROR)
        code = mh_fail_sys(err, "config");
    else
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "config: malformed");
    (void)cfg_free(cfg); /* only frees */
    return code;
}

enum mh_code
sg_config_read(const char *path, struct mh_arena *arena, struct mh_err *err,
    struct sg_config *out)
{
    bool absent =
        !sg_config_given && access(path, F_OK) != 0 && errno == ENOENT;

    *out = (struct sg_config){0};
    return parse(absent ? NULL : path, arena, err, out);
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
