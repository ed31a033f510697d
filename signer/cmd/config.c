#include "signer/cmd/config.h"

#include <confuse.h>
#include <errno.h>
#include <unistd.h>

static char trust_key[] = "trust", module_key[] = "module",
            modules_key[] = "modules", profile_key[] = "module-profile",
            writable_key[] = "module-writable";

/* One error line is ours to print. */
static void
quiet(cfg_t *cfg, const char *fmt, va_list ap)
{
    (void)cfg;
    (void)fmt;
    (void)ap;
}

/* Copies one list of texts; NULL without memory. */
static const char **
take_list(cfg_t *cfg, const char *key, struct mh_arena *arena, size_t *count)
{
    unsigned n = cfg_size(cfg, key);
    const char **list = mh_arena_array(arena, n, sizeof(*list));

    *count = 0;
    for (unsigned i = 0; i < n && list != NULL; i++) {
        const char *text =
            mh_arena_str(arena, mh_span_str(cfg_getnstr(cfg, key, i)));

        if (text == NULL)
            return NULL;
        list[(*count)++] = text;
    }
    return list;
}

/* Copies one text; false without memory. */
static bool
take_text(cfg_t *cfg, const char *key, struct mh_arena *arena, const char **out)
{
    const char *text = cfg_getstr(cfg, key);

    *out = text == NULL ? NULL : mh_arena_str(arena, mh_span_str(text));
    return text == NULL || *out != NULL;
}

static enum mh_code
take(cfg_t *cfg, struct mh_arena *arena, struct mh_err *err,
    struct sg_config *out)
{
    out->trust = take_list(cfg, trust_key, arena, &out->trusts);
    out->modules = take_list(cfg, modules_key, arena, &out->modules_len);
    out->writable = take_list(cfg, writable_key, arena, &out->writable_len);
    if (out->trust == NULL || out->modules == NULL || out->writable == NULL ||
        !take_text(cfg, module_key, arena, &out->module) ||
        !take_text(cfg, profile_key, arena, &out->module_profile))
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "config: no memory");
    return MH_OK;
}

enum mh_code
sg_config_read(const char *path, struct mh_arena *arena, struct mh_err *err,
    struct sg_config *out)
{
    cfg_opt_t opts[] = {CFG_STR_LIST(trust_key, NULL, CFGF_NONE),
        CFG_STR(module_key, NULL, CFGF_NONE),
        CFG_STR_LIST(modules_key, NULL, CFGF_NONE),
        CFG_STR(profile_key, NULL, CFGF_NONE),
        CFG_STR_LIST(writable_key, NULL, CFGF_NONE), CFG_END()};
    cfg_t *cfg;
    enum mh_code code;
    int rc;

    *out = (struct sg_config){0};
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return MH_OK;
    cfg = cfg_init(opts, CFGF_IGNORE_UNKNOWN);
    if (cfg == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "config: no memory");
    (void)cfg_set_error_function(cfg, quiet); /* returns the old one */
    rc = cfg_parse(cfg, path);
    if (rc == CFG_SUCCESS)
        code = take(cfg, arena, err, out);
    else if (rc == CFG_FILE_ERROR)
        code = mh_fail_sys(err, "config");
    else
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "config: malformed");
    (void)cfg_free(cfg); /* only frees */
    return code;
}
