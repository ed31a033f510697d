#include "hsm/keyd/writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/sys/log.h"
#include "hsm/worker.h"

enum {
    REOPEN = 1000, /* ms between two tries to open a log that failed */
    IDLE = 1000,   /* ms: how often an idle writer looks at the time */
};

struct hsm_writer {
    struct hsm_writer_options options;
    struct hsm_log *log; /* NULL: it has to be opened again */
    int64_t reopened;    /* ms */
    int64_t point;       /* ms: when the last checkpoint was tried */
    pthread_t thread;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t more, over;
    struct hsm_writer_job *first, **end;
    bool busy; /* somebody has the log: the thread, or who runs a job alone */
    bool stop;
    struct hsm_writer_state state;
};

static enum mh_code
reopen(struct hsm_writer *w, struct mh_err *err)
{
    int64_t now = hsm_now();
    enum mh_code code;

    if (w->log != NULL)
        return MH_OK;
    if (now - w->reopened < REOPEN)
        return mh_fail(
            err, MH_EIO, MH_NO_OFFSET, "log: stopped by an error, try again");
    w->reopened = now;
    code = hsm_log_open(w->options.dir, &w->options.log, err, &w->log);
    return code;
}

static enum mh_code
append(struct hsm_writer *w, struct hsm_writer_job *job)
{
    uint8_t line[HSM_RECORD_MAX];
    enum mh_code code = MH_OK;
    size_t len;

    /* All of them or none: what breaks a rule is found before. */
    for (size_t i = 0; i < job->records && code == MH_OK; i++)
        code = hsm_record_write(&job->record[i], &job->err, line, &len);
    for (size_t i = 0; i < job->records && code == MH_OK; i++) {
        code = hsm_log_append(w->log, &job->record[i], &job->err, &job->last);
        if (i == 0)
            job->n = job->last;
    }
    return code;
}

/* Whether the log itself said no: then everything of the batch is lost. */
static bool
spoilt(enum mh_code code)
{
    return code == MH_EIO || code == MH_ENOMEM;
}

static void
fail_rest(
    struct hsm_writer_job *list, enum mh_code code, const struct mh_err *e)
{
    for (struct hsm_writer_job *j = list; j != NULL; j = j->next)
        if (j->code == MH_OK) {
            j->code = code;
            j->err = *e;
        }
}

static void
close_log(struct hsm_writer *w)
{
    hsm_log_close(w->log);
    w->log = NULL;
}

static void
note_point(struct hsm_writer *w, uint64_t size)
{
    (void)pthread_mutex_lock(&w->lock); /* it is ours */
    w->state.signed_ = size;
    (void)pthread_mutex_unlock(&w->lock); /* the same */
}

/* Writes a list of jobs with one flush; each has its code afterwards. */
static void
write_batch(struct hsm_writer *w, struct hsm_writer_job *list)
{
    struct mh_err err = {.msg = ""};
    enum mh_code code = reopen(w, &err);
    bool point = false;

    for (struct hsm_writer_job *j = list; j != NULL; j = j->next) {
        j->code = MH_OK;
        if (code != MH_OK)
            continue;
        j->code = append(w, j);
        if (spoilt(j->code)) {
            code = j->code;
            err = j->err;
            close_log(w); /* it takes nothing: looked at anew next time */
        }
        point = point || (j->code == MH_OK && j->checkpoint);
    }
    if (code == MH_OK)
        code = hsm_log_commit(w->log, &err);
    if (code != MH_OK) {
        fail_rest(list, code, &err);
        return;
    }
    if (!point)
        return;
    w->point = hsm_now();
    code = hsm_log_checkpoint(w->log, &err, NULL);
    if (code == MH_OK)
        note_point(w, hsm_log_size(w->log));
    for (struct hsm_writer_job *j = list; j != NULL && code != MH_OK;
         j = j->next)
        if (j->checkpoint && j->code == MH_OK) {
            j->code = code; /* its records stand, but nothing proves them */
            j->err = err;
        }
}

static void
note_state(struct hsm_writer *w, bool ok, bool flushed)
{
    (void)pthread_mutex_lock(&w->lock); /* it is ours */
    if (w->log != NULL)
        w->state.size = hsm_log_size(w->log);
    w->state.ok = ok;
    w->state.flushes += flushed ? 1 : 0;
    (void)pthread_mutex_unlock(&w->lock); /* the same */
}

/* A checkpoint when it is time for one. */
static void
keep_time(struct hsm_writer *w, bool now)
{
    uint64_t size = w->log == NULL ? 0 : hsm_log_size(w->log);
    int64_t ms = hsm_now();
    enum mh_code code;

    if (w->log == NULL || w->options.log.signer == NULL ||
        w->options.checkpoint_s == 0 || size == w->state.signed_ ||
        (!now && ms - w->point < (int64_t)w->options.checkpoint_s * 1000))
        return;
    w->point = ms;
    code = hsm_log_checkpoint(w->log, NULL, NULL);
    if (code == MH_OK)
        note_point(w, size);
    else /* in a while again */
        mh_log("checkpoint.fail", "code=%s", mh_code_name(code));
}

/* Takes the log, and what there is to write; NULL: nothing came for a while. */
static struct hsm_writer_job *
take(struct hsm_writer *w, bool *stop)
{
    struct hsm_writer_job *list;
    struct timespec until;

    (void)clock_gettime(CLOCK_MONOTONIC, &until); /* cannot fail */
    until.tv_sec += IDLE / 1000;
    (void)pthread_mutex_lock(&w->lock); /* it is ours */
    while (w->first == NULL && !w->stop)
        if (pthread_cond_timedwait(&w->more, &w->lock, &until) != 0)
            break;
    while (w->busy)
        (void)pthread_cond_wait(&w->more, &w->lock); /* cannot fail */
    w->busy = true;
    list = w->first;
    w->first = NULL;
    w->end = &w->first;
    *stop = w->stop;
    (void)pthread_mutex_unlock(&w->lock); /* the same */
    return list;
}

static void
give_back(struct hsm_writer *w)
{
    (void)pthread_mutex_lock(&w->lock); /* it is ours */
    w->busy = false;
    (void)pthread_cond_signal(&w->more);  /* the thread may wait for it */
    (void)pthread_mutex_unlock(&w->lock); /* the same */
}

static void
tell(struct hsm_writer *w, struct hsm_writer_job *list)
{
    while (list != NULL) {
        struct hsm_writer_job *next = list->next;

        if (list->done != NULL) {
            list->done(list);
        } else {
            (void)pthread_mutex_lock(&w->lock); /* it is ours */
            list->over = true;
            (void)pthread_cond_broadcast(&w->over); /* cannot fail */
            (void)pthread_mutex_unlock(&w->lock);   /* the same */
        }
        list = next;
    }
}

static void
write_list(struct hsm_writer *w, struct hsm_writer_job *list)
{
    bool ok = true;

    write_batch(w, list);
    for (struct hsm_writer_job *j = list; j != NULL; j = j->next)
        ok = ok && !spoilt(j->code);
    note_state(w, ok, true);
}

static void *
run(void *arg)
{
    struct hsm_writer *w = arg;
    bool stop = false;

    for (;;) {
        struct hsm_writer_job *list = take(w, &stop);

        if (list == NULL && stop)
            break;
        if (list != NULL) {
            write_list(w, list);
            tell(w, list);
        }
        keep_time(w, false);
        give_back(w);
    }
    keep_time(w, true);
    give_back(w);
    return NULL;
}

static enum mh_code
start(struct hsm_writer *w, struct mh_err *err)
{
    pthread_condattr_t attr;

    if (pthread_condattr_init(&attr) != 0 ||
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) != 0 ||
        pthread_mutex_init(&w->lock, NULL) != 0 ||
        pthread_cond_init(&w->more, &attr) != 0 ||
        pthread_cond_init(&w->over, &attr) != 0 ||
        pthread_create(&w->thread, NULL, run, w) != 0)
        return mh_fail(err, MH_EIO, MH_NO_OFFSET, "log: no thread");
    (void)pthread_condattr_destroy(&attr); /* only frees */
    return MH_OK;
}

enum mh_code
hsm_writer_new(const struct hsm_writer_options *options, struct mh_err *err,
    struct hsm_writer **out)
{
    struct hsm_writer *w = calloc(1, sizeof(*w));
    enum mh_code code;

    if (w == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log: no memory");
    w->options = *options;
    w->end = &w->first;
    w->reopened = hsm_now() - REOPEN;
    w->point = hsm_now();
    w->state.ok = true;
    code = reopen(w, err);
    if (code == MH_OK) {
        w->state.size = hsm_log_size(w->log);
        code = start(w, err);
    }
    if (code != MH_OK) {
        hsm_log_close(w->log);
        free(w);
        return code;
    }
    *out = w;
    return MH_OK;
}

void
hsm_writer_free(struct hsm_writer *w)
{
    if (w == NULL)
        return;
    (void)pthread_mutex_lock(&w->lock); /* it is ours */
    w->stop = true;
    (void)pthread_cond_broadcast(&w->more); /* cannot fail */
    (void)pthread_mutex_unlock(&w->lock);   /* the same */
    (void)pthread_join(w->thread, NULL);    /* it is ours */
    hsm_log_close(w->log);
    (void)pthread_cond_destroy(&w->more); /* only frees */
    (void)pthread_cond_destroy(&w->over);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}

void
hsm_writer_submit(struct hsm_writer *w, struct hsm_writer_job *job)
{
    job->next = NULL;
    job->over = false;
    job->err = (struct mh_err){.msg = ""};
    (void)pthread_mutex_lock(&w->lock); /* it is ours */
    *w->end = job;
    w->end = &job->next;
    (void)pthread_cond_signal(&w->more);  /* cannot fail */
    (void)pthread_mutex_unlock(&w->lock); /* the same */
}

/* Whether the caller has the log: nobody else writes or waits.  What needs the
   signer or opens the log is the thread's. */
static bool
seize(struct hsm_writer *w, const struct hsm_writer_job *job)
{
    bool ours;

    (void)pthread_mutex_lock(&w->lock); /* it is ours */
    ours = !job->checkpoint && !w->busy && !w->stop && w->first == NULL &&
           w->log != NULL;
    w->busy = w->busy || ours;
    (void)pthread_mutex_unlock(&w->lock); /* the same */
    return ours;
}

enum mh_code
hsm_writer_run(
    struct hsm_writer *w, struct hsm_writer_job *job, struct mh_err *err)
{
    job->done = NULL;
    if (seize(w, job)) {
        job->next = NULL;
        job->err = (struct mh_err){.msg = ""};
        write_list(w, job);
        give_back(w);
    } else {
        hsm_writer_submit(w, job);
        (void)pthread_mutex_lock(&w->lock); /* it is ours */
        while (!job->over)
            (void)pthread_cond_wait(&w->over, &w->lock); /* cannot fail */
        (void)pthread_mutex_unlock(&w->lock);            /* the same */
    }
    if (job->code != MH_OK && err != NULL)
        *err = job->err;
    return job->code;
}

struct hsm_writer_state
hsm_writer_state(struct hsm_writer *w)
{
    struct hsm_writer_state s;

    (void)pthread_mutex_lock(&w->lock); /* it is ours */
    s = w->state;
    (void)pthread_mutex_unlock(&w->lock); /* the same */
    return s;
}
