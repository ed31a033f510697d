/* mohur sign, seal and extend (cli.md). */
#include "signer/cmd/cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/peer/flow.h"
#include "base/text.h"
#include "signer/cmd/config.h"
#include "signer/cmd/input.h"
#include "signer/cmd/sign_key.h"
#include "signer/cmd/sign_options.h"

enum {
    ARGS_ARENA = 1 << 30, /* bytes of paths and trust */
    FILES_MAX = MH_JOB_INPUTS_MAX - 1,
};

struct run {
    struct sg_sign_options opt;
    struct sg_config config;
    struct mh_fetch_setup setup; /* of config */
    struct mh_flow flow;
    struct sg_sign_key *key;
    struct mh_arena *arena;
};

static int
fail(struct run *r, const char *what, const char *word,
    const struct mh_err *err, int exit)
{
    (void)r;
    sg_complain(what, word, err->msg);
    return exit;
}

/* "--tsa", or what mohur.conf names, becomes the endpoint "tsa". */
static int
set_tsa(struct run *r)
{
    const char *url = r->opt.tsa != NULL ? r->opt.tsa : r->config.tsa;
    struct mh_err err = {.msg = ""};

    if (url[0] == '\0')
        return r->opt.spec.level >= MH_LEVEL_T
                   ? sg_usage("--tsa", "wanted for levels from T")
                   : 0;
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        return sg_usage("--tsa", "not an http or https address");
    if (sg_config_endpoint(&r->config, "tsa", url, "", &err) != MH_OK)
        return fail(r, SG_CONFIG_PATH, "limit", &err, SG_EXIT_USAGE);
    return 0;
}

static int
configure(struct run *r)
{
    struct mh_err err = {.msg = ""};

    if (sg_config_read(SG_CONFIG_PATH, r->arena, &err, &r->config) != MH_OK)
        return fail(r, SG_CONFIG_PATH, "config", &err, SG_EXIT_USAGE);
    if (r->opt.trust.paths == 0) {
        r->opt.trust.path = r->config.trust;
        r->opt.trust.paths = r->config.trusts;
    }
    if (r->opt.verb == SG_VERB_SEAL) {
        r->opt.key = r->config.seal_key;
        r->opt.pin_source =
            r->config.seal_pin[0] == '\0' ? NULL : r->config.seal_pin;
        if (r->opt.key[0] == '\0')
            return sg_usage("seal", "no seal-key in mohur.conf");
    }
    return set_tsa(r);
}

/* Everything that all documents share. */
static int
prepare(struct run *r)
{
    struct mh_err err = {.msg = ""};
    const char *bad = NULL;
    int rc = configure(r);
    enum mh_code code;

    if (rc != 0)
        return rc;
    mh_policy_default(&r->flow.policy, false);
    r->setup = sg_config_courier(&r->config);
    r->flow.online = mh_online_new(&r->setup);
    if (r->flow.online == NULL)
        return SG_EXIT_INTERNAL;
    code = mh_examiner_start(NULL, 2, false, &err, &r->flow.ex);
    if (code == MH_OK)
        code = sg_trust_load(
            r->flow.ex, &r->opt.trust, r->arena, &err, &bad, NULL);
    if (code != MH_OK)
        return fail(r, bad, mh_code_name(code), &err,
            bad != NULL && code != MH_EINTERNAL ? SG_EXIT_USAGE
                                                : SG_EXIT_INTERNAL);
    return r->opt.verb == SG_VERB_EXTEND
               ? 0
               : sg_sign_key_open(
                     &r->opt, &r->config, r->flow.online, r->arena, &r->key);
}

static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* The names travel in messages that take clean text only. */
static int
check_name(const char *path)
{
    const char *name = base_name(path);
    if (mh_text_is_clean(mh_span_str(name), MH_REPORT_TEXT_MAX) &&
        name[0] != '\0')
        return 0;
    sg_complain(path, "zip-name", "not a name that a container may hold");
    return SG_EXIT_FAILED;
}

static int
open_all(const char *const *path, size_t count, struct sg_opened *opened,
    struct mh_flow_input *input)
{
    for (size_t i = 0; i < count; i++) {
        struct mh_err err = {.msg = ""};
        int rc = check_name(path[i]);

        if (rc != 0)
            return rc;
        if (sg_open(path[i], &err, &opened[i]) != MH_OK) {
            sg_complain(path[i], mh_code_name(err.code), err.msg);
            return SG_EXIT_NOT_JUDGED;
        }
        input[i] = (struct mh_flow_input){
            base_name(path[i]), opened[i].fd, opened[i].size};
    }
    return 0;
}

static int
exit_of(const struct mh_flow *flow)
{
    switch (flow->fault) {
    case MH_FLOW_DOCUMENT:
        return SG_EXIT_FAILED;
    case MH_FLOW_OUTSIDE:
        return SG_EXIT_NOT_JUDGED;
    case MH_FLOW_KEY:
        return flow->why != 0 ? flow->why : SG_EXIT_INTERNAL;
    case MH_FLOW_FINE:
    case MH_FLOW_INTERNAL:
        break;
    }
    return SG_EXIT_INTERNAL;
}

/* What stands in the error line of a flow that failed. */
static int
complain(struct run *r, const char *path, const struct mh_err *err)
{
    const char *word = err->finding > 0 && err->finding < MH_FINDING_CODES
                           ? mh_finding_name((enum mh_finding_code)err->finding)
                       : r->flow.where != NULL ? r->flow.where
                                               : mh_code_name(err->code);

    sg_complain(path, word, err->msg);
    return exit_of(&r->flow);
}

static bool
ends_in_slash(const char *path)
{
    size_t n = strlen(path);

    return n > 0 && path[n - 1] == '/';
}

/* --out names a folder where each FILE becomes a document of its own. */
static const char *
out_of(struct run *r, const struct mh_sign_spec *spec, const char *first,
    bool each)
{
    const char *beside = sg_sign_out(spec, first, r->arena);
    struct stat st;

    if (r->opt.out == NULL || beside == NULL)
        return beside;
    if (each || (stat(r->opt.out, &st) == 0 && S_ISDIR(st.st_mode)))
        return mh_arena_printf(r->arena, "%s%s%s", r->opt.out,
            ends_in_slash(r->opt.out) ? "" : "/", base_name(beside));
    return r->opt.out;
}

static int
write_signed(struct run *r, struct mh_sign_spec *spec, const char *first,
    const struct mh_flow_input *input, size_t count, const char *path)
{
    struct mh_err err = {.msg = ""};
    struct mh_outfile out;

    if (mh_outfile_new(path, &err, &out) != MH_OK) {
        sg_complain(path, "io", err.msg);
        return SG_EXIT_NOT_JUDGED;
    }
    r->flow.where = NULL;
    r->flow.fault = MH_FLOW_FINE;
    r->flow.why = 0;
    r->flow.key = sg_sign_key_flow(r->key);
    r->flow.detached = spec->as == sg_as_cms;
    if (mh_flow_sign(&r->flow, spec, input, count, &err, &out) != MH_OK) {
        mh_outfile_drop(&out);
        return complain(r, first, &err);
    }
    /* A name that was chosen here never takes another file's place. */
    if (mh_outfile_commit(&out, path == r->opt.out, &err) != MH_OK) {
        sg_complain(path, "io", err.msg);
        return SG_EXIT_NOT_JUDGED;
    }
    (void)puts(path); /* checked at the end, by fflush */
    return 0;
}

/* One document from count files. */
static int
sign_one(struct run *r, const char *const *path, size_t count, bool each)
{
    struct sg_opened opened[FILES_MAX];
    struct mh_flow_input input[FILES_MAX] = {{.fd = -1}};
    struct mh_sign_spec spec = r->opt.spec;
    const char *out = NULL;
    int rc;

    if (count == 0 || count > FILES_MAX)
        return sg_usage("sign", "more files than one container may get");
    for (size_t i = 0; i < count; i++)
        opened[i] = (struct sg_opened){.fd = -1};
    input[0].fd = -1;
    rc = open_all(path, count, opened, input);
    if (rc == 0)
        rc = sg_sign_choose(
            &r->opt, sg_file_kind_of(input[0].fd), path[0], count, &spec);
    if (rc == 0)
        out = out_of(r, &spec, path[0], each);
    if (rc == 0)
        rc = out == NULL ? SG_EXIT_INTERNAL
                         : write_signed(r, &spec, path[0], input, count, out);
    for (size_t i = 0; i < count; i++)
        sg_opened_fini(&opened[i]);
    return rc;
}

/* What is written in place stands where a link leads to, and is for those to
   read who could read it before. */
static int
begin_in_place(const char *path, struct mh_arena *arena, struct mh_outfile *out)
{
    struct mh_err err = {.msg = ""};
    char *real = realpath(path, NULL);
    const char *target =
        real == NULL ? NULL : mh_arena_str(arena, mh_span_str(real));
    struct stat st;
    enum mh_code code = MH_EIO;

    free(real);
    if (target == NULL || stat(target, &st) != 0)
        (void)mh_fail_sys(&err, "output"); /* only worded here */
    else
        code = mh_outfile_new(target, &err, out);
    if (code == MH_OK)
        code = mh_outfile_mode(out, st.st_mode, &err);
    if (code == MH_OK)
        return 0;
    sg_complain(path, "io", err.msg);
    return SG_EXIT_NOT_JUDGED;
}

static int
extend_one(struct run *r, const char *path)
{
    struct sg_opened opened = {.fd = -1}, data = {.fd = -1};
    static struct mh_flow_input detached; /* the flow points to it */
    struct mh_flow_input input;
    struct mh_err err = {.msg = ""};
    struct mh_outfile out = {.dir = -1, .fd = -1};
    bool changed = false;
    int rc = open_all(&path, 1, &opened, &input);

    r->flow.data = NULL;
    if (rc == 0 && r->opt.data != NULL) {
        rc = open_all(&r->opt.data, 1, &data, &detached);
        r->flow.data = &detached;
    }
    if (rc == 0)
        rc = begin_in_place(path, r->arena, &out);
    r->flow.where = NULL;
    r->flow.fault = MH_FLOW_FINE;
    if (rc == 0 && mh_flow_raise(&r->flow, r->opt.spec.level, &input, &err,
                       &out, &changed) != MH_OK)
        rc = complain(r, path, &err);
    if (rc == 0 && changed && mh_outfile_commit(&out, true, &err) != MH_OK) {
        sg_complain(path, "io", err.msg);
        rc = SG_EXIT_NOT_JUDGED;
    }
    if (rc == 0)
        (void)puts(path); /* checked at the end, by fflush */
    r->flow.data = NULL;
    mh_outfile_drop(&out);
    sg_opened_fini(&opened);
    sg_opened_fini(&data);
    return rc;
}

/* Standard input has no place where something could stand beside or in. */
static int
check_standard_in(const struct run *r, const char *const *path, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(path[i], "-") == 0 &&
            (r->opt.verb == SG_VERB_EXTEND || r->opt.out == NULL || count > 1))
            return sg_usage(
                "-", r->opt.verb == SG_VERB_EXTEND
                         ? "standard input cannot be raised in place"
                         : "standard input alone, and with --out FILE");
    return 0;
}

/* The worst of two exits: a key's trouble before a document's. */
static int
worse(int a, int b)
{
    return a > b ? a : b;
}

static int
run_files(struct run *r, const char *const *path, size_t count)
{
    bool each = r->opt.verb == SG_VERB_EXTEND || sg_sign_each(&r->opt, count);
    int rc = check_standard_in(r, path, count);

    if (rc != 0)
        return rc;
    if (!each)
        return sign_one(r, path, count, false);
    for (size_t i = 0; i < count; i++) {
        int one = r->opt.verb == SG_VERB_EXTEND
                      ? extend_one(r, path[i])
                      : sign_one(r, &path[i], 1, true);

        rc = worse(rc, one);
        if (one == SG_EXIT_TOKEN || one == SG_EXIT_USAGE)
            break; /* it would be the same for the others */
    }
    return rc;
}

static int
run(enum sg_sign_verb verb, int argc, char **argv)
{
    static struct run r;
    struct mh_err err = {.msg = ""};
    int rc;

    r.arena = mh_arena_new(ARGS_ARENA);
    if (r.arena == NULL || mh_digest_init(&err) != MH_OK)
        return SG_EXIT_INTERNAL;
    rc = sg_sign_options_read(verb, argc, argv, r.arena, &r.opt);
    if (rc == 0)
        rc = prepare(&r);
    if (rc == 0)
        rc = run_files(
            &r, (const char *const *)argv + optind, (size_t)(argc - optind));
    if (fflush(stdout) != 0 && rc >= 0)
        rc = SG_EXIT_INTERNAL;
    sg_sign_key_close(r.key);
    mh_online_free(r.flow.online);
    mh_examiner_free(r.flow.ex);
    mh_arena_free(r.arena);
    return rc < 0 ? SG_EXIT_OK : rc;
}

int
sg_cmd_sign(int argc, char **argv)
{
    return run(SG_VERB_SIGN, argc, argv);
}

int
sg_cmd_seal(int argc, char **argv)
{
    return run(SG_VERB_SEAL, argc, argv);
}

int
sg_cmd_extend(int argc, char **argv)
{
    return run(SG_VERB_EXTEND, argc, argv);
}
