/* mohur serve: the service, or a look at whether it would start (cli.md). */
#include "signer/cmd/cmd.h"

#include <getopt.h>
#include <stdio.h>

#include "base/digest/digest.h"
#include "signer/cmd/serve.h"
#include "signer/cmd/serve_check.h"

enum {
    ARENA = 4 << 20, /* bytes of settings */
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"check", no_argument, NULL, 'k'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: mohur serve [--config FILE] [--check]\n"
    "Runs the service: the portal, keyd and their helpers.  SIGHUP reads the\n"
    "configuration again, SIGTERM ends the service when it is done.\n"
    "  --config FILE  the configuration; default "
    "/etc/mohur/mohur.conf\n"
    "  --check        read configuration, keys, store and trust, print all\n"
    "                 that is wrong, and end: 0 nothing is, 78 something is\n";

static int
report(const struct sg_problems *problems)
{
    if (problems->count == 0)
        return SG_EXIT_OK;
    if (problems->text.len > 0)
        (void)fwrite(problems->text.ptr, 1, problems->text.len,
            stderr); /* nowhere else to say */
    (void)fprintf(stderr, "mohur: serve: %zu wrong\n",
        problems->count); /* nowhere else to say */
    return SG_EXIT_CONFIG;
}

static int
run(const char *path, bool check)
{
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct sg_serve_config config = {0};
    struct mh_err err = {.msg = "no memory"};
    struct sg_problems problems;
    enum mh_code code = MH_ENOMEM;
    int status;

    sg_problems_init(&problems);
    if (arena != NULL)
        code = mh_digest_init(&err);
    if (code == MH_OK)
        code = sg_serve_read(path, arena, &problems, &err, &config);
    if (code != MH_OK)
        sg_problem(&problems, path, 0, "%s", err.msg);
    if (check && code == MH_OK && config.state != NULL)
        sg_serve_check(path, &config, &problems);
    status = report(&problems);
    sg_problems_fini(&problems);
    if (status == SG_EXIT_OK && !check)
        return sg_serve_main(path, arena, &config);
    if (status == SG_EXIT_OK)
        (void)puts("nothing wrong"); /* nothing to do about it */
    mh_arena_free(arena);
    return status;
}

int
sg_cmd_serve(int argc, char **argv)
{
    const char *path = SG_CONFIG_PATH;
    bool check = false;
    int c;

    opterr = 0;
    while ((c = getopt_long(argc, argv, "+", long_options, NULL)) >= 0)
        switch (c) {
        case 'c':
            path = optarg;
            break;
        case 'k':
            check = true;
            break;
        case 'h':
            (void)fputs(help, stdout); /* nothing to do about it */
            return SG_EXIT_OK;
        default:
            return sg_usage(argv[optind - 1], "unknown option or no value");
        }
    if (optind < argc)
        return sg_usage(argv[optind], "serve takes no argument");
    return run(path, check);
}
