#include "portal/api/job.h"

#include <jansson.h>
#include <string.h>

#include "base/time.h"
#include "portal/http/id.h"

/* The caller's own job; false: the answer says why not. */
static bool
find(struct pt_app *app, struct pt_request *rq, struct mh_arena *arena,
    struct pt_job *job, struct pt_answer *answer)
{
    struct mh_err err = {.msg = ""};
    enum pt_found found = PT_ABSENT;

    if (pt_id_valid(mh_span_str(rq->param)) &&
        pt_store_job_get(app->store, rq->param, rq->client, arena, &err, job,
            &found) != MH_OK) {
        pt_answer_error(answer, &err);
        return false;
    }
    if (found == PT_ABSENT)
        pt_answer_problem(answer, 404, "not-found", "no such job of yours");
    return found == PT_FOUND;
}

static json_t *
time_of(int64_t t)
{
    char when[32];

    mh_time_format(t, when);
    return json_string(when);
}

static int
dump(const char *bytes, size_t len, void *ctx)
{
    mh_buf_add(ctx, bytes, len);
    return 0;
}

static void
show(const struct pt_job *job, struct pt_answer *answer)
{
    json_t *o = json_pack("{s:i, s:s, s:s, s:s, s:i, s:o}", "v", 1, "id",
        job->id, "kind", job->kind, "state", pt_job_state_name(job->state),
        "tries", (int)job->tries, "created", time_of(job->created));
    bool ok = o != NULL;

    if (job->finished != MH_TIME_NONE)
        ok = ok &&
             json_object_set_new(o, "finished", time_of(job->finished)) == 0;
    if (job->error[0] != '\0')
        ok =
            ok && json_object_set_new(o, "error", json_string(job->error)) == 0;
    if (job->state == PT_JOB_DONE) {
        ok = ok &&
             json_object_set_new(o, "result_type", json_string(job->type)) == 0;
        if (strcmp(job->type, PT_JSON) == 0)
            ok = ok &&
                 json_object_set_new(o, "result",
                     json_loadb((const char *)job->result.ptr, job->result.len,
                         JSON_REJECT_DUPLICATES, NULL)) == 0;
    }
    if (!ok || json_dump_callback(o, dump, &answer->body, JSON_COMPACT) != 0)
        answer->body.bad = true;
    mh_buf_byte(&answer->body, '\n');
    json_decref(o);
}

void
pt_job_show(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct mh_arena *arena = mh_arena_new((size_t)PT_RESULT_MAX + 1048576);
    struct pt_job job;

    if (arena == NULL) {
        pt_answer_problem(answer, 500, "internal", "no memory");
        return;
    }
    if (find(ctx, rq, arena, &job, answer)) {
        if (job.state < PT_JOB_DONE)
            pt_answer_header(answer, "Retry-After", "2");
        show(&job, answer);
    }
    mh_arena_free(arena);
}

/* The media type as a literal: only those that a report has. */
static const char *
type_of(const struct pt_job *job)
{
    static const char *const types[] = {PT_JSON, "text/plain; charset=utf-8",
        "application/xml", "text/html; charset=utf-8"};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i], job->type) == 0)
            return types[i];
    return "application/octet-stream";
}

void
pt_job_result(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct mh_arena *arena = mh_arena_new((size_t)PT_RESULT_MAX + 1048576);
    struct pt_job job;

    if (arena == NULL) {
        pt_answer_problem(answer, 500, "internal", "no memory");
        return;
    }
    if (find(ctx, rq, arena, &job, answer)) {
        if (job.state == PT_JOB_DONE) {
            answer->type = type_of(&job);
            mh_buf_span(&answer->body, job.result);
        } else if (job.state == PT_JOB_FAILED) {
            pt_answer_problem(answer, 410, "failed", "the job has failed");
        } else {
            pt_answer_later(
                answer, 409, 2, "not-yet", "the job is not done yet");
        }
    }
    mh_arena_free(arena);
}
