#include "portal/api/signjob.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/limits.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "base/time.h"
#include "portal/api/verify.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"

enum {
    LATER = 10 /* seconds after which an authority may answer again */
};

static const struct pt_sign_format formats[] = {
    {"adoc", 0, "application/vnd.etsi.asic-e+zip"},
    {"edoc", 1, "application/vnd.etsi.asic-e+zip"},
    {"asice", 2, "application/vnd.etsi.asic-e+zip"},
    {"asics", 3, "application/vnd.etsi.asic-s+zip"},
    {"pdf", 4, "application/pdf"},
};
static const struct pt_sign_algorithm algorithms[] = {
    {"RS256", 1, MH_SHA256, 0},
    {"PS256", 2, MH_SHA256, 0},
    {"ES256", 3, MH_SHA256, 64},
    {"ES384", 3, MH_SHA384, 96},
    {"ES512", 3, MH_SHA512, 132},
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const struct pt_sign_format *
pt_sign_format_of(const char *name)
{
    for (size_t i = 0; name != NULL && i < COUNT(formats); i++)
        if (strcmp(name, formats[i].name) == 0)
            return &formats[i];
    return NULL;
}

const struct pt_sign_algorithm *
pt_sign_algorithm_of(const char *name)
{
    for (size_t i = 0; name != NULL && i < COUNT(algorithms); i++)
        if (strcmp(name, algorithms[i].name) == 0)
            return &algorithms[i];
    return NULL;
}

const char *
pt_sign_algorithm_name(unsigned scheme, enum mh_digest_alg digest)
{
    for (size_t i = 0; i < COUNT(algorithms); i++)
        if (algorithms[i].scheme == scheme && algorithms[i].digest == digest)
            return algorithms[i].name;
    return NULL;
}

enum mh_sig_level
pt_sign_level_of(const char *name, enum mh_sig_level instead)
{
    if (name == NULL)
        return instead;
    for (enum mh_sig_level l = MH_LEVEL_B; l < MH_LEVELS; l++)
        if (strcmp(name, mh_level_name(l)) == 0)
            return l;
    return MH_LEVEL_NONE;
}

enum mh_code
pt_sign_take_file(struct pt_file *f, struct mh_err *err,
    struct pt_judge_file *file, size_t *files, uint64_t *total)
{
    if (!mh_text_is_clean(mh_span_str(f->part.filename), MH_REPORT_TEXT_MAX) ||
        f->part.filename[0] == '\0')
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "file: not a name that a container may hold");
    if (*files == MH_JOB_INPUTS_MAX - 1)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "file: more than %u",
            MH_JOB_INPUTS_MAX - 1);
    *total += f->spool.size;
    if (f->spool.size > PT_SIGNING_BYTES_MAX || *total > PT_SIGNING_BYTES_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
            "file: more than %d bytes in all", PT_SIGNING_BYTES_MAX);
    file[(*files)++] =
        (struct pt_judge_file){f->part.filename, f->spool.fd, f->spool.size};
    return MH_OK;
}

void
pt_sign_refuse(struct pt_answer *answer, const struct mh_flow *flow,
    const struct mh_err *err)
{
    if (flow != NULL && flow->fault == MH_FLOW_OUTSIDE) {
        mh_log("sign", "where=\"%s\" why=\"%.100s\"",
            flow->where == NULL ? "" : flow->where, err->msg);
        pt_answer_later(answer, 503, LATER, "outside", err->msg);
    } else if (err->code == MH_EFORMAT || err->code == MH_EUNSUP ||
               err->code == MH_ELIMIT) {
        pt_answer_problem(answer, 422, "document", err->msg);
    } else {
        pt_answer_no_judge(answer, err);
    }
}

/* A key belongs to somebody; what nobody asked for is nobody's. */
struct mh_arena *
pt_sign_begin(const struct pt_request *rq, struct pt_answer *answer)
{
    struct mh_arena *arena = NULL;

    if (rq->client == 0) {
        pt_answer_problem(answer, 403, "forbidden", "only with a key");
        return NULL;
    }
    arena = mh_arena_new(PT_ANSWER_ARENA);
    if (arena == NULL)
        pt_answer_problem(answer, 500, "internal", "no memory");
    return arena;
}

bool
pt_sign_find(struct pt_app *app, struct pt_request *rq, struct mh_arena *arena,
    struct pt_answer *answer, struct pt_signing *s)
{
    struct mh_err err = {.msg = ""};

    s->id[0] = '\0';
    if (pt_id_valid(mh_span_str(rq->param)) &&
        pt_store_signing_get(
            app->store, rq->param, rq->client, arena, &err, s) != MH_OK) {
        pt_answer_error(answer, &err);
        return false;
    }
    if (s->id[0] == '\0')
        pt_answer_problem(answer, 404, "not-found", "no such job of yours");
    return s->id[0] != '\0';
}

static const char *
base64(struct mh_arena *arena, struct mh_span in)
{
    char *out = mh_arena_raw(arena, (in.len + 2) / 3 * 4 + 1);

    if (out != NULL)
        (void)EVP_EncodeBlock((unsigned char *)out, in.ptr, (int)in.len);
    return out;
}

void
pt_sign_state(const struct pt_signing *s, struct mh_arena *arena,
    struct pt_answer *answer)
{
    const struct pt_sign_algorithm *a = pt_sign_algorithm_of(s->algorithm);
    const char *digest = base64(arena, s->digest);
    char created[32], until[32];

    if (digest == NULL || (a == NULL) != s->seal) {
        pt_answer_problem(answer, 500, "internal", "no memory");
        return;
    }
    mh_time_format(s->created, created);
    mh_time_format(s->until, until);
    mh_buf_printf(&answer->body,
        "{\"v\":1,\"id\":\"%s\",\"state\":\"%s\",\"format\":\"%s\","
        "\"level\":\"%s\",",
        s->id,
        s->completed            ? "completed"
        : s->until <= pt_time() ? "expired"
                                : "created",
        s->format, mh_level_name(s->level));
    if (a != NULL)
        mh_buf_printf(&answer->body,
            "\"algorithm\":\"%s\",\"digest_algorithm\":\"%s\","
            "\"digest\":\"%s\",",
            s->algorithm, mh_digest_name(a->digest), digest);
    mh_buf_printf(
        &answer->body, "\"created\":\"%s\",\"expires\":\"%s\"", created, until);
    if (s->completed)
        mh_buf_printf(
            &answer->body, ",\"document\":\"/api/v1/sign/%s/document\"", s->id);
    mh_buf_printf(&answer->body, "}\n");
}

void
pt_sign_show(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct mh_arena *arena = pt_sign_begin(rq, answer);
    struct pt_signing s;

    if (arena != NULL && pt_sign_find(ctx, rq, arena, answer, &s))
        pt_sign_state(&s, arena, answer);
    mh_arena_free(arena);
}

void
pt_sign_document(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct mh_arena *arena = pt_sign_begin(rq, answer);
    struct pt_signing s;

    if (arena != NULL && pt_sign_find(ctx, rq, arena, answer, &s)) {
        const struct pt_sign_format *f = pt_sign_format_of(s.format);

        if (!s.completed) {
            pt_answer_problem(answer, 409, "state", "it is not completed");
        } else {
            answer->type = f == NULL ? "application/octet-stream" : f->type;
            mh_buf_span(&answer->body, s.document);
        }
    }
    mh_arena_free(arena);
}
