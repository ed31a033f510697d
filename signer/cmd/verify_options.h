/* The options of mohur verify (cli.md). */
#ifndef SIGNER_CMD_VERIFY_OPTIONS_H
#define SIGNER_CMD_VERIFY_OPTIONS_H

#include <stdbool.h>

#include "base/wire/codes.h"
#include "base/wire/job.h"
#include "signer/cmd/trust_load.h"

enum {
    SG_VERIFY_JOBS_MAX = 64,
    /* Beside document, material and the key of the log. */
    SG_VERIFY_DATA_MAX = MH_JOB_INPUTS_MAX - 3,
};

enum sg_form {
    SG_FORM_TEXT,
    SG_FORM_JSON,
    SG_FORM_ETSI,
    SG_FORM_HTML,
    SG_FORMS
};

struct sg_form_row {
    const char *name, *suffix;
    bool page; /* one document each: no two of them in one file */
};
extern const struct sg_form_row sg_form_rows[SG_FORMS];

struct sg_verify_options {
    struct sg_trust_args trust;
    struct mh_policy policy;
    int64_t time;
    /* No network: asked for, or the time is not now and what could be fetched
       now would be no evidence. */
    bool offline;
    enum sg_form form;
    enum mh_lang lang;
    const char *data[SG_VERIFY_DATA_MAX];
    size_t data_count;
    const char *log_key; /* NULL: not given */
    size_t jobs;
    const char *out_dir;
};

/*
 * Reads argv; 0, an exit code after its line, or -1 where help was printed.
 * optind is then the first FILE.  What a policy file says lives in the arena.
 */
int sg_verify_options_read(int argc, char **argv, struct mh_arena *arena,
    struct sg_verify_options *out);

#endif
