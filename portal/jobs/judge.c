#include "portal/jobs/judge.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/text.h"

enum {
    WAIT_MS = 600000 /* behind the zygote's own deadline */
};

struct pt_judge {
    pthread_mutex_t lock;    /* of the examiner's channels */
    pthread_mutex_t outside; /* of the courier */
    struct mh_examiner *ex;
    struct mh_courier *courier;
    struct mh_online *online;
    bool part[MH_EXAMINER_PARTS], trust;
    struct mh_flow_share share;
};

enum mh_code
pt_judge_new(struct mh_err *err, struct pt_judge **out)
{
    struct pt_judge *j = calloc(1, sizeof(*j));
    enum mh_code code;

    if (j == NULL || pthread_mutex_init(&j->lock, NULL) != 0 ||
        pthread_mutex_init(&j->outside, NULL) != 0) {
        free(j);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "judge: no memory");
    }
    j->share = (struct mh_flow_share){&j->lock, &j->outside, &j->online};
    code = mh_examiner_idle(err, &j->ex);
    if (code == MH_OK)
        *out = j;
    else
        free(j);
    return code;
}

void
pt_judge_free(struct pt_judge *j)
{
    if (j == NULL)
        return;
    mh_online_free(j->online);
    mh_courier_free(j->courier);
    mh_examiner_free(j->ex);
    (void)pthread_mutex_destroy(&j->lock);
    (void)pthread_mutex_destroy(&j->outside);
    free(j);
}

enum mh_code
pt_judge_attach(struct pt_judge *j, enum mh_examiner_part part, int chan,
    struct mh_err *err)
{
    enum mh_code code;

    (void)pthread_mutex_lock(&j->lock); /* a plain mutex cannot fail */
    code = mh_examiner_attach(j->ex, part, chan, err);
    j->part[part] = code == MH_OK;
    (void)pthread_mutex_unlock(&j->lock);
    return code;
}

enum mh_code
pt_judge_courier(struct pt_judge *j, int chan,
    const struct mh_fetch_setup *setup, struct mh_err *err)
{
    enum mh_code code;

    (void)pthread_mutex_lock(&j->outside);
    mh_online_free(j->online);
    mh_courier_free(j->courier);
    j->online = NULL;
    j->courier = NULL;
    code = mh_courier_over(chan, setup, err, &j->courier);
    if (code == MH_OK)
        j->online = mh_online_over(j->courier);
    if (code == MH_OK && j->online == NULL)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "judge: no memory");
    (void)pthread_mutex_unlock(&j->outside);
    return code;
}

enum mh_code
pt_judge_trust(struct pt_judge *j, int snapshot_fd, struct mh_err *err)
{
    enum mh_code code;

    (void)pthread_mutex_lock(&j->lock);
    code = mh_examiner_setup(j->ex, snapshot_fd, err);
    j->trust = code == MH_OK;
    (void)pthread_mutex_unlock(&j->lock);
    return code;
}

bool
pt_judge_ready(struct pt_judge *j)
{
    bool ready;

    (void)pthread_mutex_lock(&j->lock);
    ready = j->part[MH_EXAMINER_PLAIN] && j->part[MH_EXAMINER_PDF] && j->trust;
    (void)pthread_mutex_unlock(&j->lock);
    return ready;
}

struct reply {
    unsigned timeout_ms; /* in: for how long it is waited for */
    bool sent;           /* a worker had it, and what failed is its failure */
    struct mh_span bytes;
};

/* Submits and waits. */
static enum mh_code
ask(struct pt_judge *j, struct mh_job *job, const int *fd,
    struct mh_arena *arena, struct mh_err *err, struct reply *out)
{
    struct mh_ticket ticket;
    enum mh_code code;
    struct pollfd p;
    int rc;

    *out = (struct reply){.timeout_ms = out->timeout_ms};
    (void)pthread_mutex_lock(&j->lock);
    code = mh_examiner_submit(j->ex, job, fd, err, &ticket);
    (void)pthread_mutex_unlock(&j->lock);
    if (code != MH_OK)
        return code;
    out->sent = true;
    p = (struct pollfd){.fd = ticket.reply_fd, .events = POLLIN};
    do
        rc = poll(&p, 1, (int)out->timeout_ms);
    while (rc < 0 && errno == EINTR);
    if (rc <= 0) {
        mh_ticket_drop(&ticket);
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "examiner: no answer in time");
    }
    return mh_examiner_wait(&ticket, arena, err, &out->bytes);
}

struct round {
    struct pt_judge *j;
    const struct pt_question *q;
    struct mh_arena *arena; /* of the report */
    struct mh_arena *kept;  /* of what was fetched; NULL: nothing yet */
    struct mh_fetched_set fetched;
    int rounds;
};

static enum mh_code
one_round(
    struct round *r, struct mh_err *err, bool *sent, struct mh_report *out)
{
    const struct pt_question *q = r->q;
    struct mh_job_input input[PT_JUDGE_DATA_MAX + 2];
    int fd[PT_JUDGE_DATA_MAX + 2], material = -1;
    struct reply reply = {
        .timeout_ms = q->timeout_ms == 0 ? WAIT_MS : q->timeout_ms};
    struct mh_job job = {.kind = MH_JOB_VERIFY,
        .policy = q->policy,
        .time = r->rounds == 0 ? q->time : (int64_t)time(NULL),
        .option = q->offline ? 0 : MH_VERIFY_NEEDS,
        .input = input,
        .inputs = 1 + q->datas};
    enum mh_code code = MH_OK;

    input[0] = (struct mh_job_input){"document", q->document.size};
    fd[0] = q->document.fd;
    for (size_t i = 0; i < q->datas; i++) {
        input[i + 1] = (struct mh_job_input){q->data[i].name, q->data[i].size};
        fd[i + 1] = q->data[i].fd;
    }
    if (r->kept != NULL) {
        uint64_t size;

        code = mh_fetched_set_memfd(&r->fetched, err, &material, &size);
        job.option |= MH_VERIFY_MATERIAL;
        input[job.inputs] = (struct mh_job_input){"material", size};
        fd[job.inputs++] = material;
    }
    r->rounds++;
    if (code == MH_OK)
        code = ask(r->j, &job, fd, r->arena, err, &reply);
    mh_close(&material);
    *sent = reply.sent;
    return code == MH_OK ? mh_report_unpack(reply.bytes, r->arena, err, out)
                         : code;
}

/* Fetches what the judgement lacked; *again: it is worth another round. */
static enum mh_code
fetch(struct round *r, const struct mh_report *report, struct mh_err *err,
    bool *again)
{
    struct pt_judge *j = r->j;
    enum mh_code code = MH_OK;

    *again = false;
    if (r->q->offline || report->needs == 0 || r->rounds == MH_ROUNDS_MAX ||
        (report->verdict != MH_TOTAL_PASSED &&
            report->verdict != MH_INDETERMINATE))
        return MH_OK;
    if (r->kept == NULL) {
        r->kept = mh_arena_new(2 * (size_t)MH_MATERIAL_MAX);
        code = r->kept == NULL
                   ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "fetch: no memory")
                   : mh_fetched_set_init(&r->fetched, r->kept, err);
    }
    if (code != MH_OK)
        return code;
    (void)pthread_mutex_lock(&j->outside);
    if (j->online != NULL)
        code = mh_online_fetch(
            j->online, report, r->kept, err, &r->fetched, again);
    (void)pthread_mutex_unlock(&j->outside);
    return code;
}

static void
not_judged(const struct pt_question *q, const struct mh_err *err,
    struct mh_arena *arena, struct mh_report *out)
{
    bool limit = err->finding == MH_F_LIMIT;

    mh_report_init(out);
    out->validation_time = q->time;
    out->policy = q->policy.name;
    out->verdict = limit ? MH_REFUSED : MH_NOT_JUDGED;
    out->reason =
        (struct mh_finding){.code = limit ? MH_F_LIMIT : MH_F_NOT_JUDGED,
            .level = MH_ERROR,
            .offset = MH_NO_OFFSET,
            .what = mh_arena_str(arena, mh_span_str(err->msg))};
    if (out->reason.what == NULL)
        out->reason.what = "";
}

enum mh_code
pt_judge_verify(struct pt_judge *j, const struct pt_question *q,
    struct mh_arena *arena, struct mh_err *err, struct mh_report *out)
{
    struct round r = {.j = j, .q = q, .arena = arena};
    bool again = true, sent = false;
    enum mh_code code = MH_OK;

    while (code == MH_OK && again) {
        code = one_round(&r, err, &sent, out);
        /* What could not be fetched leaves the judgement as it is. */
        if (code == MH_OK && fetch(&r, out, err, &again) != MH_OK)
            again = false;
    }
    mh_arena_free(r.kept);
    if (code == MH_OK || !sent)
        return code;
    not_judged(q, err, arena, out);
    return MH_OK;
}

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

enum mh_code
pt_judge_inspect(struct pt_judge *j, const struct pt_judge_file *document,
    bool json, struct mh_arena *arena, struct mh_err *err, struct mh_span *out)
{
    struct mh_job_input input = {"document", document->size};
    struct mh_job job = {.kind = MH_JOB_INSPECT,
        .option = json ? 1 : 0,
        .input = &input,
        .inputs = 1};
    enum mh_code code;
    struct reply reply = {.timeout_ms = WAIT_MS};

    mh_policy_default(&job.policy, false);
    code = ask(j, &job, &document->fd, arena, err, &reply);
    *out = reply.bytes;
    if (code == MH_OK && !printable(*out))
        code = mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "examiner: malformed answer");
    return code;
}

enum mh_code
pt_judge_sign(struct pt_judge *j, const struct pt_sign_step *step,
    struct mh_arena *arena, struct mh_err *err, struct mh_span *out)
{
    struct mh_job_input input[MH_JOB_INPUTS_MAX] = {{.name = "request"}};
    int fd[MH_JOB_INPUTS_MAX + 1];
    struct mh_job job = {.kind = MH_JOB_SIGN,
        .time = step->request->time,
        .option = step->request->op,
        .input = input,
        .inputs = step->files + 1};
    struct reply reply = {.timeout_ms = WAIT_MS};
    enum mh_code code;

    *out = (struct mh_span){0};
    mh_policy_default(&job.policy, false);
    if (job.inputs > MH_JOB_INPUTS_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "sign: more than %u files",
            MH_JOB_INPUTS_MAX - 1);
    code = mh_flow_request(step->request, err, &fd[0], &input[0].size);
    if (code != MH_OK)
        return code;
    for (size_t i = 0; i < step->files; i++) {
        input[i + 1] =
            (struct mh_job_input){step->file[i].name, step->file[i].size};
        fd[i + 1] = step->file[i].fd;
    }
    fd[job.inputs] = step->out_fd;
    code = ask(j, &job, fd, arena, err, &reply);
    mh_close(&fd[0]);
    *out = reply.bytes;
    return code;
}

void
pt_judge_flow(struct pt_judge *j, bool strict, struct mh_flow *out)
{
    *out = (struct mh_flow){.ex = j->ex, .share = &j->share};
    mh_policy_default(&out->policy, strict);
}

enum mh_code
pt_judge_fetch(struct pt_judge *j, struct mh_fetch *fetch,
    struct mh_arena *arena, struct mh_err *err, uint32_t *status,
    struct mh_span *out)
{
    enum mh_code code;

    *out = (struct mh_span){0};
    *status = 0;
    (void)pthread_mutex_lock(&j->outside);
    code = j->courier == NULL
               ? mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "courier: it is gone")
               : mh_courier_fetch(j->courier, fetch, arena, err, status, out);
    (void)pthread_mutex_unlock(&j->outside);
    return *status != 0 ? MH_OK : code; /* it answered */
}
