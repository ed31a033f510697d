/* mohur verify: any number of documents through the examiner (cli.md). */
#include "signer/cmd/cmd.h"

#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/limits.h"
#include "base/peer/online.h"
#include "base/report/print.h"
#include "base/sys/chan.h"
#include "base/text.h"
#include "hsm/hsm.h"
#include "signer/cmd/config.h"
#include "signer/cmd/input.h"
#include "signer/cmd/progress.h"
#include "signer/cmd/trust_files.h"
#include "signer/cmd/verify_options.h"

enum {
    ARGS_ARENA = 1 << 30, /* bytes of paths and trust */
    OUT_MAX = 64 << 20,   /* bytes of one printed report */
    SLOTS = 2, /* documents under way for each that is examined: the next one
                  is there when a worker ends */
    MANY = 16, /* documents from which an examiner's preparation pays */
};

/* One document on its way. */
struct slot {
    bool busy;
    size_t index; /* into the paths */
    struct sg_opened file;
    struct mh_ticket ticket;
    int rounds;             /* judgements so far */
    struct mh_arena *arena; /* of what was fetched; NULL: nothing yet */
    struct mh_fetched_set fetched;
};

struct run {
    struct sg_verify_options opt;
    struct sg_config config;
    struct mh_fetch_setup setup; /* of config */
    struct mh_online *online;    /* NULL: offline */
    struct sg_paths paths;
    struct mh_examiner *ex;
    struct mh_arena *arena;   /* of the whole run */
    struct sg_opened log_key; /* where it was given */
    struct sg_opened data[SG_VERIFY_DATA_MAX];
    const char
        *data_name[SG_VERIFY_DATA_MAX]; /* clean, for the report and matching */
    struct slot slot[SLOTS * SG_VERIFY_JOBS_MAX];
    struct mh_buf *printed; /* one a path, until its turn to be shown */
    struct mh_buf *row;     /* its line of summary.csv, the same way */
    bool *ready;
    size_t shown;
    struct mh_buf csv;
    size_t count[MH_VERDICTS];
    int exit;
    struct sg_progress progress;
};

/* A document that gave no report: its own line, and its own verdict. */
static void
not_judged(const struct mh_err *err, struct mh_report *report)
{
    report->verdict = err->finding == MH_F_LIMIT ? MH_REFUSED : MH_NOT_JUDGED;
    report->reason = (struct mh_finding){
        .code = err->finding == MH_F_LIMIT ? MH_F_LIMIT : MH_F_NOT_JUDGED,
        .level = MH_ERROR,
        .offset = MH_NO_OFFSET,
        .what = err->msg};
}

/* The report's file below --out: the document's name and a suffix. */
static void
write_out(struct run *r, const char *path, size_t index, struct mh_span bytes)
{
    const char *base = strrchr(path, '/');
    struct mh_err err;
    char name[320];

    (void)snprintf(name, sizeof(name), "%05zu-%.255s.%s", index + 1,
        base == NULL ? path : base + 1,
        sg_form_rows[r->opt.form].suffix); /* cut is fine */
    if (sg_write_file(r->opt.out_dir, name, bytes, &err) != MH_OK) {
        sg_complain(path, "io", err.msg);
        r->exit = SG_EXIT_INTERNAL;
    }
}

static enum mh_code
print_form(const struct run *r, const struct mh_subject *subject,
    const struct mh_report *report, struct mh_buf *out)
{
    struct mh_err err = {.msg = ""};

    switch (r->opt.form) {
    case SG_FORM_JSON:
        return mh_print_json(subject, report, &err, out);
    case SG_FORM_ETSI:
        mh_print_etsi(subject, report, out);
        return MH_OK;
    case SG_FORM_HTML:
        mh_print_html(subject, report, r->opt.lang, out);
        return MH_OK;
    case SG_FORM_TEXT:
    case SG_FORMS:
    default:
        mh_print_text(subject, report, r->opt.lang, out);
        return MH_OK;
    }
}

static void
print(struct run *r, size_t index, const struct sg_opened *file,
    const struct mh_report *report)
{
    const char *path = r->paths.path[index];
    struct mh_subject subject = {path, file->size, file->sha256};
    struct mh_buf *out = &r->printed[index];

    mh_buf_init(out, OUT_MAX);
    if (print_form(r, &subject, report, out) != MH_OK)
        out->bad = true;
    if (!mh_buf_ok(out)) {
        sg_complain(path, "nomem", "the report cannot be printed");
        mh_buf_clear(out);
        r->exit = sg_exit_worse(r->exit, SG_EXIT_NOT_JUDGED);
    }
    if (r->opt.out_dir != NULL) {
        mh_buf_init(&r->row[index], OUT_MAX);
        mh_print_csv(&subject, report, &r->row[index]);
        write_out(r, path, index, mh_buf_get(out));
        if (sg_form_rows[r->opt.form].page)
            mh_buf_clear(out); /* pages one after another are none */
    }
    r->count[report->verdict]++;
    r->exit = sg_exit_worse(r->exit, sg_exit_of(report->verdict));
    r->ready[index] = true;
}

static void
fail_document(struct run *r, size_t index, struct sg_opened *file,
    const struct mh_err *err)
{
    struct mh_report report;

    mh_report_init(&report);
    report.validation_time = r->opt.time;
    report.policy = r->opt.policy.name;
    not_judged(err, &report);
    sg_complain(r->paths.path[index], mh_code_name(err->code), err->msg);
    print(r, index, file, &report);
}

/* Shows everything whose turn has come. */
static void
show(struct run *r)
{
    while (r->shown < r->paths.count && r->ready[r->shown]) {
        struct mh_buf *out = &r->printed[r->shown];
        struct mh_buf *row = &r->row[r->shown++];

        if (out->len > 0 && fwrite(out->ptr, 1, out->len, stdout) != out->len)
            r->exit = SG_EXIT_INTERNAL;
        mh_buf_span(&r->csv, mh_buf_get(row));
        if (!mh_buf_ok(row))
            r->csv.bad = true;
        mh_buf_fini(out);
        mh_buf_fini(row);
    }
    sg_progress_step(&r->progress, r->shown);
}

static enum mh_code
submit(struct run *r, struct slot *s, struct mh_err *err)
{
    struct mh_job_input input[MH_JOB_INPUTS_MAX];
    int fd[MH_JOB_INPUTS_MAX], material = -1;
    struct mh_job job = {.kind = MH_JOB_VERIFY,
        .policy = r->opt.policy,
        .time = s->rounds == 0 ? r->opt.time : (int64_t)time(NULL),
        .option = r->online != NULL ? MH_VERIFY_NEEDS : 0,
        .input = input,
        .inputs = 1 + r->opt.data_count};
    enum mh_code code = MH_OK;

    input[0] = (struct mh_job_input){"document", s->file.size};
    fd[0] = s->file.fd;
    for (size_t i = 0; i < r->opt.data_count; i++) {
        input[i + 1] = (struct mh_job_input){r->data_name[i], r->data[i].size};
        fd[i + 1] = r->data[i].fd;
    }
    if (r->opt.log_key != NULL) {
        job.option |= MH_VERIFY_LOG_KEY;
        input[job.inputs] = (struct mh_job_input){"log key", r->log_key.size};
        fd[job.inputs++] = r->log_key.fd;
    }
    if (s->arena != NULL) {
        uint64_t size;

        code = mh_fetched_set_memfd(&s->fetched, err, &material, &size);
        job.option |= MH_VERIFY_MATERIAL;
        input[job.inputs] = (struct mh_job_input){"material", size};
        fd[job.inputs++] = material;
    }
    s->rounds++;
    if (code == MH_OK)
        code = mh_examiner_submit(r->ex, &job, fd, err, &s->ticket);
    mh_close(&material);
    return code;
}

/* Starts the document at index in a free slot, or fails it at once. */
static void
start(struct run *r, struct slot *s, size_t index)
{
    struct mh_err err = {.msg = ""};
    enum mh_code code = sg_open(r->paths.path[index], &err, &s->file);

    s->index = index;
    s->rounds = 0;
    if (code == MH_OK)
        code = submit(r, s, &err);
    /* While the worker reads it. */
    if (code == MH_OK) {
        code = sg_opened_hash(&s->file, &err);
        if (code != MH_OK)
            mh_ticket_drop(&s->ticket);
    }
    if (code != MH_OK) {
        fail_document(r, index, &s->file, &err);
        sg_opened_fini(&s->file);
        return;
    }
    s->busy = true;
}

/*
 * Fetches what the judgement lacked; *again: there is more now, and the
 * document is on its way once more.  One that failed is not helped by it.
 */
static enum mh_code
fetch_lacks(struct run *r, struct slot *s, const struct mh_report *report,
    struct mh_err *err, bool *again)
{
    enum mh_code code = MH_OK;

    *again = false;
    if (r->online == NULL || report->needs == 0 || s->rounds == MH_ROUNDS_MAX ||
        (report->verdict != MH_TOTAL_PASSED &&
            report->verdict != MH_INDETERMINATE))
        return MH_OK;
    if (s->arena == NULL) {
        s->arena = mh_arena_new(2 * (size_t)MH_MATERIAL_MAX);
        code = s->arena == NULL
                   ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "fetch: no memory")
                   : mh_fetched_set_init(&s->fetched, s->arena, err);
    }
    if (code == MH_OK)
        code = mh_online_fetch(
            r->online, report, s->arena, err, &s->fetched, again);
    return code == MH_OK && *again ? submit(r, s, err) : code;
}

static void
finish(struct run *r, struct slot *s)
{
    struct mh_arena *arena = mh_arena_new(2 * (size_t)MH_SNAPSHOT_SIZE_MAX);
    struct mh_err err = {.msg = ""};
    struct mh_report report;
    struct mh_span packed;
    enum mh_code code;
    bool again = false;

    mh_report_init(&report);
    if (arena == NULL) {
        mh_ticket_drop(&s->ticket);
        code = mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "report: no memory");
    } else {
        code = mh_examiner_wait(&s->ticket, arena, &err, &packed);
        if (code == MH_OK)
            code = mh_report_unpack(packed, arena, &err, &report);
        if (code == MH_OK)
            code = fetch_lacks(r, s, &report, &err, &again);
        if (code == MH_OK && !again)
            code = sg_opened_same(&s->file, &err);
    }
    s->busy = code == MH_OK && again;
    if (s->busy) {
        mh_arena_free(arena);
        return;
    }
    if (code == MH_OK && s->arena != NULL && s->fetched.fault[0] != '\0' &&
        report.verdict == MH_INDETERMINATE)
        sg_complain(r->paths.path[s->index], "online", s->fetched.fault);
    if (code == MH_OK)
        print(r, s->index, &s->file, &report);
    else
        fail_document(r, s->index, &s->file, &err);
    sg_opened_fini(&s->file);
    mh_arena_free(s->arena);
    s->arena = NULL;
    mh_arena_free(arena);
}

/* Waits until some busy slot has its answer, and finishes all that have. */
static void
wait_some(struct run *r)
{
    struct pollfd pfd[SLOTS * SG_VERIFY_JOBS_MAX];
    struct slot *of[SLOTS * SG_VERIFY_JOBS_MAX];
    nfds_t n = 0;

    for (size_t i = 0; i < SLOTS * r->opt.jobs; i++)
        if (r->slot[i].busy) {
            of[n] = &r->slot[i];
            pfd[n++] = (struct pollfd){
                .fd = r->slot[i].ticket.reply_fd, .events = POLLIN};
        }
    if (n == 0 || poll(pfd, n, -1) < 0)
        return;
    for (nfds_t i = 0; i < n; i++)
        if (pfd[i].revents != 0)
            finish(r, of[i]);
}

static void
run_all(struct run *r)
{
    size_t next = 0;

    while (r->shown < r->paths.count) {
        bool busy = false;

        for (size_t i = 0; i < SLOTS * r->opt.jobs && next < r->paths.count;
             i++)
            if (!r->slot[i].busy)
                start(r, &r->slot[i], next++);
        show(r);
        for (size_t i = 0; i < SLOTS * r->opt.jobs; i++)
            busy = busy || r->slot[i].busy;
        if (busy)
            wait_some(r);
        show(r);
    }
}

static void
summary(struct run *r)
{
    struct mh_err err;

    sg_progress_end(&r->progress);
    if (r->paths.count > 1 || r->paths.folder) {
        (void)fprintf(stderr, "%zu documents:", r->paths.count);
        for (int v = 0; v < MH_VERDICTS; v++)
            if (r->count[v] > 0)
                (void)fprintf(stderr, " %zu %s", r->count[v],
                    mh_verdict_name((enum mh_verdict)v));
        (void)fputc('\n', stderr); /* nowhere else to say */
    }
    if (r->opt.out_dir != NULL &&
        (!mh_buf_ok(&r->csv) || sg_write_file(r->opt.out_dir, "summary.csv",
                                    mh_buf_get(&r->csv), &err) != MH_OK)) {
        sg_complain(r->opt.out_dir, "io", "summary.csv cannot be written");
        r->exit = SG_EXIT_INTERNAL;
    }
}

static int
open_data(struct run *r)
{
    struct mh_err err = {.msg = ""};

    for (size_t i = 0; i < r->opt.data_count; i++) {
        struct mh_buf name;

        if (sg_open(r->opt.data[i], &err, &r->data[i]) != MH_OK) {
            sg_complain(r->opt.data[i], mh_code_name(err.code), err.msg);
            return SG_EXIT_NOT_JUDGED;
        }
        mh_buf_init(&name, MH_REPORT_TEXT_MAX);
        mh_text_clean(
            mh_span_str(r->opt.data[i]), MH_REPORT_TEXT_MAX - 4, &name);
        r->data_name[i] = mh_arena_str(r->arena, mh_buf_get(&name));
        mh_buf_fini(&name);
        if (r->data_name[i] == NULL)
            return SG_EXIT_INTERNAL;
    }
    return 0;
}

/* The key of the log, which is read here only to see that it is one. */
static int
open_log_key(struct run *r)
{
    struct mh_err err = {.msg = ""};
    struct hsm_note_keys *keys = NULL;
    struct mh_span text;
    enum mh_code code;

    if (r->opt.log_key == NULL)
        return 0;
    code = sg_file_read(r->opt.log_key, HSM_NOTE_MAX, r->arena, &err, &text);
    if (code == MH_OK)
        code = hsm_note_keys_read(text, &err, &keys);
    hsm_note_keys_free(keys);
    if (code == MH_OK)
        code = sg_open(r->opt.log_key, &err, &r->log_key);
    if (code == MH_OK)
        return 0;
    sg_complain(r->opt.log_key, mh_code_name(code), err.msg);
    return SG_EXIT_USAGE;
}

/* Without --trust, what mohur.conf names. */
static enum mh_code
configure(struct run *r, struct mh_err *err)
{
    enum mh_code code =
        sg_config_read(SG_CONFIG_PATH, r->arena, err, &r->config);

    if (code == MH_OK && r->opt.trust.paths == 0) {
        r->opt.trust.path = r->config.trust;
        r->opt.trust.paths = r->config.trusts;
    }
    if (code == MH_OK && !r->opt.offline) {
        r->setup = sg_config_courier(&r->config);
        r->online = mh_online_new(&r->setup);
        if (r->online == NULL)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "verify: no memory");
    }
    return code;
}

/* Everything but the documents themselves. */
static int
prepare(struct run *r, int argc, char **argv)
{
    struct mh_err err = {.msg = ""};
    const char *bad = NULL;
    enum mh_code code = sg_paths_expand(
        (const char *const *)argv, (size_t)argc, r->arena, &err, &r->paths);

    if (code != MH_OK) {
        sg_complain(argv[0], mh_code_name(code), err.msg);
        return SG_EXIT_NOT_JUDGED;
    }
    if (sg_form_rows[r->opt.form].page && r->opt.out_dir == NULL &&
        r->paths.count > 1)
        return sg_usage("--report", "etsi and html of several need --out");
    r->printed = mh_arena_array(r->arena, r->paths.count, sizeof(*r->printed));
    r->row = mh_arena_array(r->arena, r->paths.count, sizeof(*r->row));
    r->ready = mh_arena_array(r->arena, r->paths.count, sizeof(*r->ready));
    if (r->printed == NULL || r->ready == NULL || r->row == NULL)
        return SG_EXIT_INTERNAL;
    /* The rest is done while the examiner starts. */
    code = mh_examiner_start(r->paths.count > 0 ? r->paths.path[0] : NULL,
        r->opt.jobs, r->paths.count >= MANY, &err, &r->ex);
    if (code == MH_OK && configure(r, &err) != MH_OK) {
        sg_complain(SG_CONFIG_PATH, mh_code_name(err.code), err.msg);
        return SG_EXIT_USAGE;
    }
    if (code == MH_OK)
        code = mh_digest_init(&err);
    if (code == MH_OK)
        code = sg_trust_load(r->ex, &r->opt.trust, r->arena, &err, &bad, NULL);
    if (code != MH_OK) {
        sg_complain(bad, mh_code_name(code), err.msg);
        return bad != NULL && err.code != MH_EINTERNAL ? SG_EXIT_USAGE
                                                       : SG_EXIT_INTERNAL;
    }
    return open_data(r);
}

static int
open_beside(struct run *r, int argc, char **argv)
{
    int rc = open_log_key(r);

    return rc == 0 ? prepare(r, argc, argv) : rc;
}

int
sg_cmd_verify(int argc, char **argv)
{
    static struct run r = {.log_key = {.fd = -1}};
    int rc;

    r.arena = mh_arena_new(ARGS_ARENA);
    if (r.arena == NULL)
        return SG_EXIT_INTERNAL;
    rc = sg_verify_options_read(argc, argv, r.arena, &r.opt);
    if (rc == 0)
        rc = open_beside(&r, argc - optind, argv + optind);
    if (rc == 0) {
        mh_buf_init(&r.csv, (size_t)1 << 30);
        mh_print_csv_header(&r.csv);
        sg_progress_start(&r.progress, r.paths.count);
        run_all(&r);
        summary(&r);
        mh_buf_fini(&r.csv);
        rc = r.exit;
        if (fflush(stdout) != 0)
            rc = SG_EXIT_INTERNAL;
    }
    for (size_t i = 0; i < r.opt.data_count; i++)
        sg_opened_fini(&r.data[i]);
    sg_opened_fini(&r.log_key);
    mh_online_free(r.online);
    mh_examiner_free(r.ex);
    mh_arena_free(r.arena);
    return rc < 0 ? SG_EXIT_OK : rc;
}
