#include "signer/cmd/verify_options.h"

#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time.h"
#include "signer/cmd/cmd.h"
#include "signer/cmd/policy_file.h"

enum {
    TRUST_MAX = 1000,
    JOBS_A_CORE = 4,
};

const struct sg_form_row sg_form_rows[SG_FORMS] = {
    [SG_FORM_TEXT] = {"text", "txt", false},
    [SG_FORM_JSON] = {"json", "json", false},
    [SG_FORM_ETSI] = {"etsi", "xml", true},
    [SG_FORM_HTML] = {"html", "html", true},
};

static const struct option long_options[] = {
    {"trust", required_argument, NULL, 't'},
    {"tl-signer", required_argument, NULL, 's'},
    {"time", required_argument, NULL, 'T'},
    {"policy", required_argument, NULL, 'p'},
    {"offline", no_argument, NULL, 'o'},
    {"report", required_argument, NULL, 'r'},
    {"lang", required_argument, NULL, 'l'},
    {"data", required_argument, NULL, 'd'},
    {"log-key", required_argument, NULL, 'k'},
    {"jobs", required_argument, NULL, 'j'},
    {"out", required_argument, NULL, 'O'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: mohur verify [--trust PATH]... [--tl-signer CERT]... [--time T]\n"
    "                    [--policy strict|lenient|FILE] [--offline]\n"
    "                    [--report text|json|etsi|html]\n"
    "                    [--lang az|en|ru] [--data FILE]... [--log-key FILE]\n"
    "                    [--jobs N] [--out DIR] FILE...\n"
    "Judges signed documents. FILE may be a folder, @LIST or - .\n"
    "Exit: 0 passed, 1 failed or refused, 2 indeterminate, 3 no signature,\n"
    "      4 not judged, 64 usage. See mohur(1).\n";

static int
set_time(struct sg_verify_options *o, const char *arg)
{
    if (!mh_time_parse(mh_span_str(arg), false, &o->time))
        return sg_usage("--time", "not an RFC 3339 time");
    if (o->time > (int64_t)time(NULL))
        return sg_usage("--time", "lies in the future");
    o->offline = true;
    return 0;
}

static int
set_lang(struct sg_verify_options *o, const char *arg)
{
    static const char *const names[MH_LANGS] = {"az", "en", "ru"};

    for (int l = 0; l < MH_LANGS; l++)
        if (strcmp(arg, names[l]) == 0) {
            o->lang = (enum mh_lang)l;
            return 0;
        }
    return sg_usage("--lang", "az, en or ru");
}

static int
set_form(struct sg_verify_options *o, const char *arg)
{
    for (int f = 0; f < SG_FORMS; f++)
        if (strcmp(arg, sg_form_rows[f].name) == 0) {
            o->form = (enum sg_form)f;
            return 0;
        }
    return sg_usage("--report", "text, json, etsi or html");
}

static int
set_jobs(struct sg_verify_options *o, const char *arg)
{
    char *end;
    long n;

    errno = 0;
    n = strtol(arg, &end, 10);
    if (errno != 0 || *end != '\0' || end == arg || n < 1 ||
        n > SG_VERIFY_JOBS_MAX)
        return sg_usage("--jobs", "a number from 1 to 64");
    o->jobs = (size_t)n;
    return 0;
}

static int
set_policy(struct sg_verify_options *o, struct mh_arena *arena, const char *arg)
{
    struct mh_err err = {.msg = ""};

    if (strcmp(arg, "strict") == 0 || strcmp(arg, "lenient") == 0) {
        mh_policy_default(&o->policy, arg[0] == 's');
        return 0;
    }
    if (sg_policy_file(arg, arena, &err, &o->policy) != MH_OK)
        return sg_usage("--policy", err.msg);
    return 0;
}

static int
set_list(const char **list, size_t *count, size_t max, const char *option,
    const char *arg)
{
    if (*count == max)
        return sg_usage(option, "too many");
    list[(*count)++] = arg;
    return 0;
}

static int
set_option(struct sg_verify_options *o, struct mh_arena *arena, int c)
{
    switch (c) {
    case 't':
        return set_list(
            o->trust.path, &o->trust.paths, TRUST_MAX, "--trust", optarg);
    case 's':
        return set_list(o->trust.signer, &o->trust.signers, TRUST_MAX,
            "--tl-signer", optarg);
    case 'T':
        return set_time(o, optarg);
    case 'p':
        return set_policy(o, arena, optarg);
    case 'o':
        o->offline = true;
        return 0;
    case 'r':
        return set_form(o, optarg);
    case 'l':
        return set_lang(o, optarg);
    case 'd':
        return set_list(
            o->data, &o->data_count, SG_VERIFY_DATA_MAX, "--data", optarg);
    case 'k':
        o->log_key = optarg;
        return 0;
    case 'j':
        return set_jobs(o, optarg);
    case 'O':
        o->out_dir = optarg;
        return 0;
    default:
        return sg_usage("verify", "unknown or incomplete option; see --help");
    }
}

/*
 * Four documents a core: while some workers start or end, mostly waiting for
 * memory, the others compute.
 */
static size_t
default_jobs(void)
{
    cpu_set_t mine;
    size_t cores = 1;

    if (sched_getaffinity(0, sizeof(mine), &mine) == 0 && CPU_COUNT(&mine) > 0)
        cores = (size_t)CPU_COUNT(&mine);
    return cores < SG_VERIFY_JOBS_MAX / JOBS_A_CORE ? cores * JOBS_A_CORE
                                                    : SG_VERIFY_JOBS_MAX;
}

int
sg_verify_options_read(int argc, char **argv, struct mh_arena *arena,
    struct sg_verify_options *out)
{
    static const char *trust[TRUST_MAX], *signer[TRUST_MAX];
    int c, rc = 0;

    *out =
        (struct sg_verify_options){.trust = {.path = trust, .signer = signer},
            .time = (int64_t)time(NULL),
            .lang = MH_LANGS,
            .jobs = default_jobs()};
    mh_policy_default(&out->policy, false);
    opterr = 0;
    while (rc == 0 &&
           (c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (c == 'h') {
            (void)fputs(help, stdout); /* nothing to do about it */
            return -1;
        }
        rc = set_option(out, arena, c);
    }
    if (out->lang == MH_LANGS) /* not asked for: the form's own */
        out->lang = out->form == SG_FORM_HTML ? MH_AZ : MH_EN;
    if (rc == 0 && optind == argc)
        rc = sg_usage("verify", "no file given; see --help");
    return rc;
}
