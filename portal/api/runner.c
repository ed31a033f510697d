#include "portal/api/runner.h"

#include <string.h>

#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "base/time.h"
#include "portal/api/verify.h"
#include "portal/filing/auditwork.h"
#include "portal/filing/filing.h"
#include "portal/filing/preserve.h"
#include "portal/http/clock.h"
#include "portal/store/applications.h"
#include "portal/store/drafts.h"
#include "portal/store/mandates.h"
#include "portal/store/proposals.h"

enum {
    LEASE = 900,       /* seconds; longer than any judgement */
    TRIES = 20,        /* before a job is given up */
    BACKOFF_MAX = 600, /* seconds between two tries */
    POLL = 2,          /* seconds between looks at the store */
    SWEEP = 3600,      /* seconds between sweeps */
    MANDATES = 60,     /* seconds between looks for mandates that are over */
    SCRUBBED = 11,     /* folders of documents in each */
    GRACE = 86400,     /* seconds that a document nobody names stays */
};

/* The documents of a job, opened; how many are, in any case. */
static enum mh_code
open_blobs(struct pt_app *app, const struct pt_job *job, struct mh_err *err,
    struct pt_judge_file *file, size_t *files)
{
    enum mh_code code = MH_OK;

    for (*files = 0; *files < job->blobs && code == MH_OK;) {
        const struct pt_job_blob *b = &job->blob[*files];
        struct pt_judge_file *f = &file[*files];
        enum pt_found found;

        f->name = b->name;
        code = pt_store_blob_open(
            app->store, b->sha256, err, &f->fd, &f->size, &found);
        if (code == MH_OK && found == PT_ABSENT)
            code = mh_fail(
                err, MH_EINTERNAL, MH_NO_OFFSET, "job: a document is gone");
        if (code == MH_OK)
            ++*files;
    }
    return code;
}

static enum mh_code
run_verify(struct pt_app *app, const struct pt_job *job, int64_t now,
    struct mh_err *err, struct pt_answer *answer)
{
    struct pt_judge_file file[PT_JOB_BLOBS_MAX];
    struct pt_verification v = {.data = file + 1};
    char sha256[65];
    size_t files = 0;
    enum mh_code code = pt_options_unpack(job->payload, err, &v.options);

    if (code == MH_OK)
        code = open_blobs(app, job, err, file, &files);
    if (code == MH_OK && files == 0)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "job: no document");
    if (code == MH_OK) {
        mh_hex_encode((struct mh_span){job->blob[0].sha256, PT_HASH}, sha256);
        v.document = file[0];
        v.sha256 = sha256;
        v.datas = files - 1;
        code = pt_verification_run(app->judge, &v, now, err, answer);
    }
    for (size_t i = 0; i < files; i++)
        mh_close(&file[i].fd);
    return code;
}

static int64_t
backoff(uint32_t tries)
{
    return tries > 9 ? BACKOFF_MAX : (int64_t)1 << tries;
}

static void
finish(struct pt_app *app, const struct pt_job *job, enum mh_code code,
    struct mh_err *err, struct pt_answer *answer)
{
    enum pt_found found = PT_ABSENT;
    int64_t now = pt_time();
    const struct pt_lease lease = {job->id, job->lease, now};

    if (code == MH_OK && mh_buf_ok(&answer->body))
        code = pt_store_job_done(app->store, &lease, answer->type,
            mh_buf_get(&answer->body), err, &found);
    else if (code == MH_OK)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "job: no memory");
    if (code != MH_OK) {
        int64_t again =
            job->tries < TRIES ? now + backoff(job->tries) : MH_TIME_NONE;
        char line[160];

        (void)memcpy(line, err->msg, sizeof(line));
        if (pt_store_job_retry(app->store, &lease, again, line, err, &found) !=
            MH_OK)
            found = PT_ABSENT; /* the lease runs out, and it is done again */
    }
    mh_log("job", "id=%s kind=%s tries=%u code=%s kept=%d", job->id, job->kind,
        job->tries, mh_code_name(code), found == PT_FOUND);
}

bool
pt_runner_once(struct pt_app *app, int64_t now)
{
    struct mh_arena *arena = mh_arena_new((size_t)PT_RESULT_MAX + 1048576);
    struct mh_err err = {.msg = ""};
    struct pt_answer answer;
    struct pt_job job = {.id = ""};
    bool found;

    if (arena == NULL)
        return false;
    found = pt_store_job_lease(
                app->store, now, now + LEASE, arena, &err, &job) == MH_OK &&
            job.id[0] != '\0';
    if (found) {
        enum mh_code code = MH_EUNSUP;

        pt_answer_init(&answer);
        if (strcmp(job.kind, PT_KIND_VERIFY) == 0)
            code = run_verify(app, &job, now, &err, &answer);
        else
            code = mh_fail(
                &err, MH_EUNSUP, MH_NO_OFFSET, "job: of an unknown kind");
        finish(app, &job, code, &err, &answer);
        pt_answer_fini(&answer);
    }
    mh_arena_free(arena);
    return found;
}

/* What has ended long ago goes. */
static void
sweep(struct pt_app *app, int64_t now)
{
    static char folder[PT_FOLDER];
    uint64_t jobs = 0, blobs = 0, files = 0, n;
    struct mh_err err = {.msg = ""};

    for (int i = 0; i < SCRUBBED; i++) {
        if (pt_store_blob_scrub(app->store, folder, now - GRACE, &err, &n) !=
            MH_OK)
            break; /* the next sweep goes on */
        files += n;
        if (folder[0] == '\0')
            break; /* that was all; and from the last again */
    }
    if (pt_store_draft_expire(app->store, now, &err) != MH_OK ||
        pt_store_application_expire(app->store, now, &err) != MH_OK ||
        pt_store_proposal_expire(app->store, now, &err) != MH_OK)
        mh_log("drafts", "code=%s", mh_code_name(err.code));
    if (files > 0)
        mh_log("scrub", "files=%llu", (unsigned long long)files);

    if (app->set.keep_seconds == 0 ||
        pt_store_expire(app->store, now - app->set.keep_seconds, &err, &jobs) !=
            MH_OK ||
        pt_store_blob_collect(app->store, now - GRACE, &err, &blobs) != MH_OK)
        return; /* the next sweep finds it */
    mh_log("sweep", "jobs=%llu documents=%llu", (unsigned long long)jobs,
        (unsigned long long)blobs);
}

/* Until there was a call more than calls, or the store is to be looked at. */
static void
doze(struct pt_app *app, uint64_t *calls)
{
    struct timespec until;

    (void)pthread_mutex_lock(&app->runner_lock); /* cannot fail */
    if (app->runner_calls == *calls && !atomic_load(&app->stopping) &&
        clock_gettime(CLOCK_REALTIME, &until) == 0) {
        until.tv_sec += POLL;
        (void)pthread_cond_timedwait(
            &app->runner_wake, &app->runner_lock, &until); /* sooner is fine */
    }
    *calls = app->runner_calls;
    (void)pthread_mutex_unlock(&app->runner_lock);
}

/* Mandates whose time is over: a few at a time. */
static void
end_mandates(struct pt_app *app, int64_t now)
{
    int64_t seen = atomic_load(&app->mandates_seen);
    struct mh_err err = {.msg = ""};

    if (now - seen >= MANDATES &&
        atomic_compare_exchange_strong(&app->mandates_seen, &seen, now) &&
        pt_store_mandate_expire(app->store, now, &err) != MH_OK)
        mh_log("mandates", "code=%s", mh_code_name(err.code));
}

/* Each thread runs what it can lease; one of them sweeps when it is time. */
static void *
run(void *ctx)
{
    struct pt_app *app = ctx;
    uint64_t calls = 0;

    while (!atomic_load(&app->stopping)) {
        int64_t now = pt_time(), swept = atomic_load(&app->swept);

        if (now - swept >= SWEEP &&
            atomic_compare_exchange_strong(&app->swept, &swept, now))
            sweep(app, now);
        end_mandates(app, now);
        /* Without a judge every job would only be tried in vain. */
        if (!pt_judge_ready(app->judge) ||
            (!pt_runner_once(app, now) && !pt_filing_judge_due(app, now) &&
                !pt_preserve_due(app, now) && !pt_audit_due(app, now)))
            doze(app, &calls);
    }
    return NULL;
}

void
pt_app_wake(struct pt_app *app)
{
    (void)pthread_mutex_lock(&app->runner_lock); /* cannot fail */
    app->runner_calls++;
    (void)pthread_cond_broadcast(&app->runner_wake);
    (void)pthread_mutex_unlock(&app->runner_lock);
}

enum mh_code
pt_runner_start(struct pt_app *app, struct mh_err *err)
{
    atomic_store(&app->swept, pt_time());
    while (app->runners < PT_RUNNERS) {
        if (pthread_create(&app->runner[app->runners], NULL, run, app) != 0)
            return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no thread");
        app->runners++;
    }
    return MH_OK;
}

void
pt_runner_stop(struct pt_app *app)
{
    pt_app_wake(app);
    while (app->runners > 0)
        (void)pthread_join(app->runner[--app->runners], NULL); /* started */
}
