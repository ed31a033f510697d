#include "signer/cmd/config.h"

#include <confuse.h>
#include <errno.h>
#include <unistd.h>

static char trust_key[] = "trust";

/* One error line is ours to print. */
static void
quiet(cfg_t *cfg, const char *fmt, va_list ap)
{
    (void)cfg;
    (void)fmt;
    (void)ap;
}

static enum mh_code
take(cfg_t *cfg, struct mh_arena *arena, struct mh_err *err,
    struct sg_config *out)
{
    unsigned n = cfg_size(cfg, trust_key);

    out->trust = mh_arena_array(arena, n, sizeof(*out->trust));
    for (unsigned i = 0; i < n && out->trust != NULL; i++) {
        const char *path =
            mh_arena_str(arena, mh_span_str(cfg_getnstr(cfg, trust_key, i)));

        if (path == NULL)
            out->trust = NULL;
        else
            out->trust[out->trusts++] = path;
    }
    if (out->trust == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "config: no memory");
    return MH_OK;
}

enum mh_code
sg_config_read(const char *path, struct mh_arena *arena, struct mh_err *err,
    struct sg_config *out)
{
    cfg_opt_t opts[] = {CFG_STR_LIST(trust_key, NULL, CFGF_NONE), CFG_END()};
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
