#include "signer/cmd/policy_file.h"

#include <confuse.h>
#include <errno.h>
#include <string.h>

static char mode_key[] = "mode", eddsa_key[] = "accept-eddsa",
            warning_key[] = "revocation-warning",
            span_key[] = "revocation-span";

/* One error line is ours to print. */
static void
quiet(cfg_t *cfg, const char *fmt, va_list ap)
{
    (void)cfg;
    (void)fmt;
    (void)ap;
}

static enum mh_code
take(cfg_t *cfg, const char *path, struct mh_arena *arena, struct mh_err *err,
    struct mh_policy *out)
{
    const char *mode = cfg_getstr(cfg, mode_key);
    const char *slash = strrchr(path, '/');
    long warning = cfg_getint(cfg, warning_key);
    long span = cfg_getint(cfg, span_key);

    if (strcmp(mode, "strict") != 0 && strcmp(mode, "lenient") != 0)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "policy: mode is strict or lenient");
    if (warning < 0 || span < 0)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "policy: seconds below zero");
    mh_policy_default(out, mode[0] == 's');
    out->name =
        mh_arena_str(arena, mh_span_str(slash == NULL ? path : slash + 1));
    if (out->name == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "policy: no memory");
    out->accept_eddsa = cfg_getbool(cfg, eddsa_key) == cfg_true;
    out->revocation_warning = (uint64_t)warning;
    out->revocation_span = (uint64_t)span;
    return MH_OK;
}

enum mh_code
sg_policy_file(const char *path, struct mh_arena *arena, struct mh_err *err,
    struct mh_policy *out)
{
    cfg_opt_t opts[] = {CFG_STR(mode_key, "lenient", CFGF_NONE),
        CFG_BOOL(eddsa_key, cfg_false, CFGF_NONE),
        CFG_INT(warning_key, 15L * 60, CFGF_NONE),
        CFG_INT(span_key, 0, CFGF_NONE), CFG_END()};
    cfg_t *cfg = cfg_init(opts, CFGF_NONE);
    enum mh_code code;
    int rc;

    if (cfg == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "policy: no memory");
    (void)cfg_set_error_function(cfg, quiet); /* returns the old one */
    rc = cfg_parse(cfg, path);
    if (rc == CFG_FILE_ERROR)
        code = mh_fail_sys(err, "policy");
    else if (rc != CFG_SUCCESS)
        code = mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "policy: unknown key or value");
    else
        code = take(cfg, path, arena, err, out);
    (void)cfg_free(cfg); /* only frees */
    return code;
}
