#include "portal/jobs/judge.h"

#include <errno.h>
#include <fcntl.h>
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
    pthread_mutex_t lock; /* of the examiner's channels */
    struct mh_outside outside;
    struct mh_examiner *ex;
    bool part[MH_EXAMINER_PARTS], trust;
    int snapshot;  /* of the anchors in use; -1: none yet */
    int64_t since; /* that it is, seconds UTC */
    struct mh_flow_share share;
};

enum mh_code
pt_judge_new(struct mh_err *err, struct pt_judge **out)
{
    struct pt_judge *j = calloc(1, sizeof(*j));
    enum mh_code code;

    if (j == NULL || pthread_mutex_init(&j->lock, NULL) != 0 ||
        mh_outside_init(&j->outside, err) != MH_OK) {
        free(j);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "judge: no memory");
    }
    j->snapshot = -1;
    j->share = (struct mh_flow_share){&j->lock, &j->outside};
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
    mh_close(&j->snapshot);
    mh_outside_fini(&j->outside);
    mh_examiner_free(j->ex);
    (void)pthread_mutex_destroy(&j->lock);
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
    struct mh_courier *courier;
    struct mh_online *online;
    enum mh_code code = mh_courier_over(chan, setup, err, &courier);

    if (code != MH_OK)
        return code;
    online = mh_online_over(courier);
    if (online == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "judge: no memory");
    mh_outside_set(&j->outside, online);
    return MH_OK;
}

enum mh_code
pt_judge_trust(struct pt_judge *j, int snapshot_fd, struct mh_err *err)
{
    enum mh_code code;

    (void)pthread_mutex_lock(&j->lock);
    code = mh_examiner_setup(j->ex, snapshot_fd, err);
    j->trust = code == MH_OK;
    if (code == MH_OK) {
        mh_close(&j->snapshot);
        j->snapshot = fcntl(snapshot_fd, F_DUPFD_CLOEXEC, 3);
        j->since = (int64_t)time(NULL);
    }
    (void)pthread_mutex_unlock(&j->lock);
    return code;
}

int
pt_judge_snapshot(struct pt_judge *j, int64_t *since)
{
    int fd;

    (void)pthread_mutex_lock(&j->lock);
    fd = j->snapshot < 0 ? -1 : fcntl(j->snapshot, F_DUPFD_CLOEXEC, 3);
    *since = j->since;
    (void)pthread_mutex_unlock(&j->lock);
    return fd;
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
        .option = MH_VERIFY_PAGES | (q->offline ? 0U : MH_VERIFY_NEEDS),
        .input = input,
        .inputs = 1 + q->datas};
    enum mh_code code = MH_OK;

    if (q->holder)
        job.option |= MH_VERIFY_HOLDER;
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
    struct mh_online *online;
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
    online = mh_outside_take(&j->outside);
    if (online != NULL)
        code =
            mh_online_fetch(online, report, r->kept, err, &r->fetched, again);
    mh_online_free(online);
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
pt_judge_extract(struct pt_judge *j, const struct pt_judge_file *container,
    const char *name, int out_fd, struct mh_err *err, const char **type)
{
    static const char *const types[] = {
        "application/pdf", "image/jpeg", "application/octet-stream"};
    struct mh_job_input input = {name, container->size};
    struct mh_job job = {.kind = MH_JOB_EXTRACT, .input = &input, .inputs = 1};
    struct mh_arena *arena = mh_arena_new(MH_REPORT_SIZE_MAX);
    const int fd[] = {container->fd, out_fd};
    struct reply reply = {.timeout_ms = WAIT_MS};
    enum mh_code code = arena == NULL ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET,
                                            "judge: no memory")
                                      : MH_OK;

    *type = NULL;
    mh_policy_default(&job.policy, false);
    if (code == MH_OK)
        code = ask(j, &job, fd, arena, err, &reply);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (mh_span_is(reply.bytes, types[i]))
            *type = types[i];
    if (code == MH_OK && *type == NULL)
        code = mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "examiner: malformed answer");
    mh_arena_free(arena);
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

enum mh_code
pt_judge_fetch(struct pt_judge *j, struct mh_fetch *fetch,
    struct mh_arena *arena, struct mh_err *err, uint32_t *status,
    struct mh_span *out)
{
    struct mh_online *online = mh_outside_take(&j->outside);
    struct mh_courier *courier = NULL;
    enum mh_code code =
        online == NULL
            ? mh_fail(err, MH_EIO, MH_NO_OFFSET, "courier: there is none")
            : mh_online_courier(online, err, &courier);

    *status = 0;
    *out = (struct mh_span){0};
    if (code == MH_OK)
        code = mh_courier_fetch(courier, fetch, arena, err, status, out);
    mh_online_free(online);
    if (code == MH_EIO && *status != 0)
        return MH_OK;
    /* One that fell is started again: it may be asked once more. */
    return code == MH_EINTERNAL ? MH_EIO : code;
}

void
pt_judge_flow(struct pt_judge *j, bool strict, struct mh_flow *out)
{
    *out = (struct mh_flow){.ex = j->ex, .share = &j->share};
    mh_policy_default(&out->policy, strict);
}
