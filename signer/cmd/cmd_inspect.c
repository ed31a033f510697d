/* mohur inspect: structure without judgement. */
#include "signer/cmd/cmd.h"

#include <getopt.h>
#include <stdio.h>

#include "base/digest/digest.h"
#include "base/limits.h"
#include "base/peer/examiner.h"
#include "base/text.h"
#include "signer/cmd/input.h"

enum {
    ARENA = 64 << 20
}; /* bytes */

static const struct option long_options[] = {
    {"report", required_argument, NULL, 'r'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: mohur inspect [--report text|json] FILE\n"
    "Shows entries, manifest and signatures of a document. Judges nothing.\n";

/* What a worker printed is shown only if it is text. */
static bool
printable(struct mh_span s)
{
    uint32_t cp;

    while (s.len > 0)
        if (!mh_utf8_next(&s, &cp) || (cp != '\n' && mh_text_is_control(cp)))
            return false;
    return true;
}

static int
run(const char *path, bool json, struct mh_arena *arena)
{
    struct mh_job_input input = {.name = "document"};
    struct mh_job job = {.kind = MH_JOB_INSPECT,
        .option = json ? 1 : 0,
        .input = &input,
        .inputs = 1};
    struct mh_examiner *ex = NULL;
    struct mh_err err = {.msg = ""};
    struct sg_opened file;
    struct mh_ticket ticket;
    struct mh_span text = {0};
    enum mh_code code = sg_open(path, &err, &file);

    mh_policy_default(&job.policy, false);
    input.size = file.size;
    if (code == MH_OK)
        code = mh_examiner_start(path, 1, false, &err, &ex);
    if (code == MH_OK)
        code = mh_examiner_submit(ex, &job, &file.fd, &err, &ticket);
    if (code == MH_OK)
        code = mh_examiner_wait(&ticket, arena, &err, &text);
    if (code == MH_OK && !printable(text))
        code = mh_fail(
            &err, MH_EINTERNAL, MH_NO_OFFSET, "examiner: malformed answer");
    sg_opened_fini(&file);
    mh_examiner_free(ex);
    if (code != MH_OK) {
        sg_complain(path, mh_code_name(code), err.msg);
        return SG_EXIT_NOT_JUDGED;
    }
    if (fwrite(text.ptr, 1, text.len, stdout) != text.len ||
        fflush(stdout) != 0)
        return SG_EXIT_INTERNAL;
    return SG_EXIT_OK;
}

int
sg_cmd_inspect(int argc, char **argv)
{
    struct mh_arena *arena;
    bool json = false;
    int c, rc;

    opterr = 0;
    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (c == 'h') {
            (void)fputs(help, stdout); /* nothing to do about it */
            return SG_EXIT_OK;
        }
        if (c != 'r')
            return sg_usage(
                "inspect", "unknown or incomplete option; see --help");
        if (strcmp(optarg, "json") != 0 && strcmp(optarg, "text") != 0)
            return sg_usage("--report", "text or json");
        json = optarg[0] == 'j';
    }
    if (optind + 1 != argc)
        return sg_usage("inspect", "exactly one file; see --help");
    arena = mh_arena_new(ARENA);
    if (arena == NULL || mh_digest_init(NULL) != MH_OK)
        return SG_EXIT_INTERNAL;
    rc = run(argv[optind], json, arena);
    mh_arena_free(arena);
    return rc;
}
