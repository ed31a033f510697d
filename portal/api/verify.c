#include "portal/api/verify.h"

#include <stdio.h>
#include <string.h>

#include "base/digest/digest.h"
#include "base/limits.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "base/time.h"
#include "portal/api/report.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"

void
pt_answer_no_judge(struct pt_answer *answer, const struct mh_err *err)
{
    mh_log("judge", "code=%s", mh_code_name(err->code));
    pt_answer_later(answer, 503, 2, "judge", "nobody is there to judge it");
}

enum mh_code
pt_verification_run(struct pt_judge *judge, const struct pt_verification *v,
    int64_t now, struct mh_err *err, struct pt_answer *answer)
{
    struct pt_question q = {.document = v->document,
        .data = v->data,
        .datas = v->datas,
        .time = v->options.time == MH_TIME_NONE ? now : v->options.time,
        .offline = v->options.offline};
    const struct mh_subject subject = {
        v->document.name, v->document.size, v->sha256};
    struct mh_arena *arena = mh_arena_new(PT_ANSWER_ARENA);
    struct mh_report report;
    enum mh_code code;

    if (arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "verify: no memory");
    mh_policy_default(&q.policy, v->options.strict);
    code = pt_judge_verify(judge, &q, arena, err, &report);
    if (code == MH_OK)
        pt_report_answer(&v->options, &subject, &report, answer);
    mh_arena_free(arena);
    return code;
}

static const char *
label(const struct pt_file *f)
{
    return f->part.filename[0] == '\0' ? f->part.name : f->part.filename;
}

/* Exactly one document; whatever else came is data it may be detached from. */
static bool
sort_files(struct pt_request *rq, struct pt_file **document,
    struct pt_judge_file *data, size_t *datas, struct pt_answer *answer)
{
    *document = NULL;
    *datas = 0;
    for (size_t i = 0; i < rq->files; i++) {
        struct pt_file *f = &rq->file[i];

        if (strcmp(f->part.name, "data") == 0 && *datas < PT_JUDGE_DATA_MAX) {
            data[(*datas)++] =
                (struct pt_judge_file){label(f), f->spool.fd, f->spool.size};
        } else if (*document == NULL) {
            *document = f;
        } else {
            *document = NULL;
            break;
        }
    }
    if (*document == NULL)
        pt_answer_problem(answer, 400, "file", "form: exactly one file");
    return *document != NULL;
}

/* RFC 7240 4.1. */
static bool
wants_async(const struct pt_request *rq)
{
    static const char word[] = "respond-async";

    return rq->gate.prefer.len > 0 &&
           memmem(rq->gate.prefer.ptr, rq->gate.prefer.len, word,
               sizeof(word) - 1) != NULL;
}

static enum mh_code
stage(struct pt_app *app, struct pt_request *rq, struct pt_job *job,
    struct pt_staged *staged, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    /* The document first, then the data in its order. */
    for (int data = 0; data < 2; data++)
        for (size_t i = 0; i < rq->files && code == MH_OK; i++) {
            struct pt_file *f = &rq->file[i];
            uint8_t sha256[PT_HASH];

            if ((strcmp(f->part.name, "data") == 0) != (data == 1))
                continue;
            if (!mh_hex_decode(mh_span_str(f->spool.sha256), sha256))
                return mh_fail(
                    err, MH_EINTERNAL, MH_NO_OFFSET, "verify: digest");
            code = pt_store_blob_stage(app->store, f->spool.fd, f->spool.size,
                sha256, err, &staged[job->blobs]);
            job->blob[job->blobs++].name = label(f);
        }
    return code;
}

/*
 * A job's id.  With an Idempotency-Key it follows from the request: if the
 * process dies between the job and the answer, the same request finds it.
 */
static bool
name_job(const struct pt_request *rq, const struct pt_options *options,
    struct pt_job *job)
{
    struct mh_digest *d;
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_buf all;
    bool ok;

    pt_id_new(job->id);
    if (rq->gate.idempotency.len == 0)
        return true;
    d = mh_digest_new();
    mh_buf_init(&all, 65536);
    mh_buf_printf(&all, "%lld ", (long long)rq->client);
    mh_buf_span(&all, rq->gate.idempotency);
    for (size_t i = 0; i < rq->files; i++)
        mh_buf_printf(
            &all, " %s %s", rq->file[i].part.name, rq->file[i].spool.sha256);
    mh_buf_byte(&all, ' ');
    pt_options_pack(options, &all);
    ok = d != NULL && mh_buf_ok(&all) &&
         mh_digest_start(d, MH_SHA256, NULL) == MH_OK;
    if (ok) {
        mh_digest_update(d, mh_buf_get(&all));
        ok = mh_digest_finish(d, NULL, hash) == MH_OK;
    }
    if (ok)
        pt_id_of(hash, job->id);
    mh_digest_free(d);
    mh_buf_fini(&all);
    return ok;
}

static void
enqueue(struct pt_app *app, struct pt_request *rq,
    const struct pt_options *options, struct pt_answer *answer)
{
    struct pt_job_blob blob[PT_JOB_BLOBS_MAX];
    struct pt_staged staged[PT_JOB_BLOBS_MAX] = {{.temp = ""}};
    struct pt_job job = {.client = rq->client,
        .kind = PT_KIND_VERIFY,
        .created = pt_time(),
        .blob = blob};
    struct mh_err err = {.msg = ""};
    struct mh_buf payload;
    enum mh_code code;

    job.run_at = job.created;
    mh_buf_init(&payload, PT_JOB_PAYLOAD_MAX);
    pt_options_pack(options, &payload);
    job.payload = mh_buf_get(&payload);
    code = mh_buf_ok(&payload) && name_job(rq, options, &job)
               ? stage(app, rq, &job, staged, &err)
               : mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "verify: no memory");
    if (code == MH_OK)
        code = pt_store_job_add(app->store, &job, staged, &err);
    mh_buf_fini(&payload);
    for (size_t i = 0; i < job.blobs && code != MH_OK; i++)
        pt_store_blob_forget(app->store, &staged[i]);
    if (code == MH_EFORMAT && rq->gate.idempotency.len > 0)
        code = MH_OK; /* it was added, and the answer was lost */
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_app_wake(app);
    answer->status = 202;
    pt_answer_header(answer, "Location", "/api/v1/jobs/%s", job.id);
    pt_answer_header(answer, "Preference-Applied", "respond-async");
    mh_buf_printf(&answer->body,
        "{\"v\":1,\"id\":\"%s\",\"kind\":\"%s\",\"state\":\"queued\"}\n",
        job.id, job.kind);
}

void
pt_verify(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct pt_judge_file data[PT_JUDGE_DATA_MAX];
    struct pt_verification v = {.data = data};
    struct pt_file *document = NULL;
    struct mh_err err = {.msg = ""};
    enum mh_code code;

    if (!sort_files(rq, &document, data, &v.datas, answer))
        return;
    code = pt_options_read(rq, app->set.strict, &err, &v.options);
    if (code == MH_EUNSUP) {
        pt_answer_problem(answer, 406, "accept", err.msg);
        return;
    }
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    if (wants_async(rq)) {
        enqueue(app, rq, &v.options, answer);
        return;
    }
    v.document = (struct pt_judge_file){
        label(document), document->spool.fd, document->spool.size};
    v.sha256 = document->spool.sha256;
    if (pt_verification_run(app->judge, &v, pt_time(), &err, answer) != MH_OK)
        pt_answer_no_judge(answer, &err);
}

void
pt_inspect(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    static const char *const types[] = {"application/json", "text/plain"};
    struct pt_app *app = ctx;
    struct pt_judge_file document, none[PT_JUDGE_DATA_MAX];
    struct pt_file *f = NULL;
    struct mh_arena *arena;
    struct mh_span text = {0};
    struct mh_err err = {.msg = ""};
    int type = pt_accept(rq->gate.accept, types, 2);
    size_t datas = 0;
    enum mh_code code;

    if (!sort_files(rq, &f, none, &datas, answer))
        return;
    if (datas > 0 || rq->form.fields > 0) {
        pt_answer_problem(answer, 400, "form", "form: only a file");
        return;
    }
    if (type < 0) {
        pt_answer_problem(answer, 406, "accept", "JSON or plain text");
        return;
    }
    document = (struct pt_judge_file){label(f), f->spool.fd, f->spool.size};
    arena = mh_arena_new(PT_ANSWER_ARENA);
    code = arena == NULL
               ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "inspect: no memory")
               : pt_judge_inspect(
                     app->judge, &document, type == 0, arena, &err, &text);
    if (code == MH_OK) {
        answer->type = type == 0 ? PT_JSON : "text/plain; charset=utf-8";
        mh_buf_span(&answer->body, text);
        pt_answer_header(answer, "Vary", "Accept");
    } else if (code == MH_EFORMAT || code == MH_ELIMIT || code == MH_EUNSUP) {
        pt_answer_problem(answer, 422, "document", err.msg);
    } else {
        pt_answer_no_judge(answer, &err);
    }
    mh_arena_free(arena);
}
