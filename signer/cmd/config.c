#include "signer/cmd/config.h"

#include <confuse.h>
#include <errno.h>
#include <unistd.h>

static char trust_key[] = "trust", module_key[] = "module",
            modules_key[] = "modules";

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

static enum mh_code
take(cfg_t *cfg, struct mh_arena *arena, struct mh_err *err,
    struct sg_config *out)
{
    const char *module = cfg_getstr(cfg, module_key);

    out->trust = take_list(cfg, trust_key, arena, &out->trusts);
    out->modules = take_list(cfg, modules_key, arena, &out->modules_len);
    if (module != NULL)
        out->module = mh_arena_str(arena, mh_span_str(module));
    if (out->trust == NULL || out->modules == NULL ||
        (module != NULL && out->module == NULL))
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "config: no memory");
    return MH_OK;
}

enum mh_code
sg_config_read(const char *path, struct mh_arena *arena, struct mh_err *err,
    struct sg_config *out)
{
    cfg_opt_t opts[] = {CFG_STR_LIST(trust_key, NULL, CFGF_NONE),
        CFG_STR(module_key, NULL, CFGF_NONE),
        CFG_STR_LIST(modules_key, NULL, CFGF_NONE), CFG_END()};
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
