#include "base/peer/flow.h"

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/peer/flow_internal.h"
#include "base/peer/tsq.h"
#include "base/sys/chan.h"

enum {
    FLOW_ARENA = 1 << 30, /* bytes of budget; little of it is used */
    NONCE = 8,            /* bytes */
};

enum mh_code
mh_flow_at(struct mh_flow *flow, const char *where, enum mh_code code)
{
    if (code == MH_OK)
        return code;
    flow->where = where;
    flow->fault = code == MH_EINTERNAL                      ? MH_FLOW_INTERNAL
                  : code == MH_EFORMAT || code == MH_EUNSUP ? MH_FLOW_DOCUMENT
                                                            : MH_FLOW_OUTSIDE;
    return code;
}

enum mh_code
mh_flow_request(const struct mh_sign_request *request, struct mh_err *err,
    int *fd, uint64_t *size)
{
    struct mh_buf buf;
    enum mh_code code;

    *fd = -1;
    mh_buf_init(&buf, MH_SIGN_MAX);
    mh_sign_request_pack(request, &buf);
    *size = buf.len;
    code = mh_buf_ok(&buf) ? mh_memfd_new("request", 0, err, fd)
                           : mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
                                 "sign: too much in one request");
    if (code == MH_OK && pwrite(*fd, buf.ptr, buf.len, 0) != (ssize_t)buf.len)
        code = mh_fail_sys(err, "sign: memory");
    if (code == MH_OK)
        code = mh_memfd_seal(*fd, err);
    if (code != MH_OK)
        mh_close(fd);
    mh_buf_fini(&buf);
    return code;
}

/* ---- peers ---- */

enum mh_code
mh_flow_submit(struct mh_flow *flow, struct mh_job *job, const int *fd,
    struct mh_err *err, struct mh_ticket *ticket)
{
    enum mh_code code;

    if (flow->share == NULL)
        return mh_examiner_submit(flow->ex, job, fd, err, ticket);
    (void)pthread_mutex_lock(flow->share->examiner); /* the owner's own */
    code = mh_examiner_submit(flow->ex, job, fd, err, ticket);
    (void)pthread_mutex_unlock(flow->share->examiner); /* the same */
    return code;
}

/* The courier's side until outside_end; NULL: nobody is there. */
static struct mh_online *
outside_begin(struct mh_flow *flow)
{
    return flow->share == NULL ? flow->online
                               : mh_outside_take(flow->share->outside);
}

static void
outside_end(const struct mh_flow *flow, struct mh_online *online)
{
    if (flow->share != NULL)
        mh_online_free(online);
}

enum mh_code
mh_flow_fetch(struct mh_flow *flow, const struct mh_report *report,
    struct mh_err *err, struct mh_fetched_set *f, bool *more)
{
    struct mh_online *online = outside_begin(flow);
    enum mh_code code = MH_OK;

    *more = false;
    if (online != NULL) /* else the judgement says what is missing */
        code = mh_online_fetch(online, report, flow->arena, err, f, more);
    outside_end(flow, online);
    return code;
}

/* ---- steps ---- */

/* Names and descriptors of a job: the request first, the file behind. */
static size_t
list(const struct mh_flow_step *step, struct mh_job_input *name, int *fd)
{
    name[0].name = "request";
    for (size_t i = 0; i < step->inputs; i++) {
        name[i + 1] =
            (struct mh_job_input){step->input[i].name, step->input[i].size};
        fd[i + 1] = step->input[i].fd;
    }
    return step->inputs + 1;
}

enum mh_code
mh_flow_step(struct mh_flow *flow, const struct mh_flow_step *step,
    struct mh_err *err, struct mh_span *result)
{
    struct mh_job_input name[MH_JOB_INPUTS_MAX];
    int fd[MH_JOB_INPUTS_MAX + 1], none = -1;
    struct mh_job job = {.kind = MH_JOB_SIGN,
        .policy = flow->policy,
        .time = step->request->time,
        .option = step->request->op,
        .input = name};
    struct mh_ticket ticket;
    enum mh_code code;

    *result = (struct mh_span){0};
    if (step->inputs + 1 > MH_JOB_INPUTS_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "sign: more than %u files",
            MH_JOB_INPUTS_MAX - 1);
    code = mh_flow_request(step->request, err, &fd[0], &name[0].size);
    if (code != MH_OK)
        return code;
    job.inputs = list(step, name, fd);
    if (step->out == NULL) /* it gets nothing that can be written to */
        code = mh_memfd_new("nothing", 0, err, &none);
    if (step->out == NULL && code == MH_OK)
        code = mh_memfd_seal(none, err);
    fd[job.inputs] = step->out == NULL ? none : step->out->fd;
    if (code == MH_OK)
        code = mh_flow_submit(flow, &job, fd, err, &ticket);
    mh_close(&fd[0]);
    mh_close(&none);
    return code == MH_OK ? mh_examiner_wait(&ticket, flow->arena, err, result)
                         : code;
}

static enum mh_code
ask_tsa(struct mh_flow *flow, struct mh_span request, struct mh_err *err,
    struct mh_span *reply)
{
    struct mh_fetch fetch = {
        .kind = MH_FETCH_TSA, .endpoint = "tsa", .url = "", .body = request};
    struct mh_online *online = outside_begin(flow);
    struct mh_courier *courier = NULL;
    enum mh_code code =
        online == NULL
            ? mh_fail(err, MH_EIO, MH_NO_OFFSET, "courier: not there yet")
            : mh_online_courier(online, err, &courier);

    if (code == MH_OK)
        code = mh_courier_fetch(courier, &fetch, flow->arena, err, NULL, reply);
    outside_end(flow, online);
    return code;
}

enum mh_code
mh_flow_stamp(struct mh_flow *flow, enum mh_digest_alg alg,
    struct mh_span digest, struct mh_err *err, struct mh_span *token)
{
    uint8_t nonce[NONCE];
    struct mh_sign_request request = {.op = MH_SIGN_TOKEN,
        .spec = {.role = "", .place = "", .reason = ""},
        .alg = alg,
        .imprint = digest,
        .nonce = {nonce, sizeof(nonce)},
        .time = (int64_t)time(NULL)};
    struct mh_tsq query = {alg, digest, request.nonce};
    struct mh_buf ask;
    struct mh_span bytes = {0};
    enum mh_code code;

    if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
        return mh_flow_at(flow, "time-stamp", mh_fail_sys(err, "nonce"));
    nonce[0] |= 1; /* its length is always the same, and it is never 0 */
    mh_buf_init(&ask, MH_FETCH_BODY_MAX);
    code = mh_tsq_build(&query, err, &ask);
    if (code == MH_OK)
        code = ask_tsa(flow, mh_buf_get(&ask), err, &bytes);
    mh_buf_fini(&ask);
    request.token = bytes;
    request.time = (int64_t)time(NULL);
    if (code == MH_OK)
        code = mh_flow_step(
            flow, &(struct mh_flow_step){.request = &request}, err, token);
    /* What an authority answers is no fault of the document. */
    if (code != MH_OK && code != MH_EINTERNAL)
        (void)mh_flow_at(flow, "time-stamp", MH_EIO);
    else
        (void)mh_flow_at(flow, "time-stamp", code);
    return code;
}

/* A signature time-stamp, where the level has one. */
static enum mh_code
stamp_value(
    struct mh_flow *flow, struct mh_sign_request *request, struct mh_err *err)
{
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_span bytes;
    enum mh_code code;

    request->op = MH_SIGN_STAMP;
    code = mh_flow_at(flow, "sign",
        mh_flow_step(
            flow, &(struct mh_flow_step){.request = request}, err, &bytes));
    if (code == MH_OK)
        code = mh_digest_once(MH_SHA256, bytes, err, hash);
    if (code == MH_OK)
        code = mh_flow_stamp(flow, MH_SHA256,
            (struct mh_span){hash, MH_SHA256_LENGTH}, err, &request->token);
    return code;
}

/* Puts the value into what was prepared, with the level's time-stamp. */
static enum mh_code
put_value(struct mh_flow *flow, const struct mh_flow_value *value,
    struct mh_err *err, struct mh_outfile *out)
{
    struct mh_sign_request request = {
        .spec = {.role = "", .place = "", .reason = ""},
        .state = value->state,
        .value = value->value,
        .time = (int64_t)time(NULL)};
    struct mh_flow_step step = {&request, NULL, 0, out};
    struct mh_span result;
    enum mh_code code = MH_OK;

    if (value->level >= MH_LEVEL_T)
        code = stamp_value(flow, &request, err);
    if (code != MH_OK)
        return code;
    request.op = MH_SIGN_FINISH;
    return mh_flow_at(flow, "sign", mh_flow_step(flow, &step, err, &result));
}

static enum mh_code
complete(struct mh_flow *flow, const struct mh_flow_value *value,
    struct mh_err *err, struct mh_outfile *out)
{
    bool changed;
    enum mh_code code = put_value(flow, value, err, out);

    flow->chain = value->chain;
    flow->chains = value->chains;
    if (code == MH_OK && value->level > MH_LEVEL_T)
        code = mh_flow_lift(flow, value->level, err, out, &changed);
    flow->chain = NULL;
    flow->chains = 0;
    return code == MH_OK ? mh_flow_judge(flow, out, flow->since, err) : code;
}

enum mh_code
mh_flow_finish(struct mh_flow *flow, const struct mh_flow_value *value,
    struct mh_err *err, struct mh_outfile *out)
{
    enum mh_code code;

    flow->arena = mh_arena_new(FLOW_ARENA);
    if (flow->arena == NULL)
        return mh_flow_at(flow, "sign",
            mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory"));
    code = complete(flow, value, err, out);
    mh_arena_free(flow->arena);
    flow->arena = NULL;
    return code;
}

static enum mh_code
make(struct mh_flow *flow, const struct mh_sign_spec *spec,
    const struct mh_flow_step *step, struct mh_err *err,
    struct mh_flow_value *value)
{
    struct mh_sign_draft draft = {0};
    struct mh_span result;
    enum mh_code code = mh_flow_step(flow, step, err, &result);

    if (code == MH_OK)
        code = mh_sign_draft_unpack(result, flow->arena, err, &draft);
    if (code != MH_OK)
        return mh_flow_at(flow, "sign", code);
    code = flow->key->sign(
        flow->key->ctx, &draft, flow->arena, err, &flow->why, &value->value);
    if (code != MH_OK) {
        flow->where = "key";
        flow->fault = MH_FLOW_KEY;
        return code;
    }
    value->state = draft.state;
    value->level = spec->level;
    return MH_OK;
}

enum mh_code
mh_flow_sign(struct mh_flow *flow, struct mh_sign_spec *spec,
    const struct mh_flow_input *input, size_t inputs, struct mh_err *err,
    struct mh_outfile *out)
{
    struct mh_sign_request request = {.op = MH_SIGN_PREPARE};
    struct mh_flow_step step = {&request, input, inputs, out};
    struct mh_flow_value value = {.level = MH_LEVEL_NONE,
        .chain = flow->key->chain,
        .chains = flow->key->chains};
    enum mh_code code;

    flow->arena = mh_arena_new(FLOW_ARENA);
    if (flow->arena == NULL)
        return mh_flow_at(flow, "sign",
            mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory"));
    flow->data = flow->detached ? input : NULL;
    spec->certificate = flow->key->certificate;
    spec->chain = flow->key->chain;
    spec->chains = flow->key->chains;
    spec->scheme = flow->key->scheme;
    spec->digest = flow->key->digest;
    spec->time = (int64_t)time(NULL);
    flow->since = spec->time;
    request.spec = *spec;
    code = make(flow, spec, &step, err, &value);
    if (code == MH_OK)
        code = complete(flow, &value, err, out);
    flow->data = NULL;
    mh_arena_free(flow->arena);
    flow->arena = NULL;
    return code;
}
