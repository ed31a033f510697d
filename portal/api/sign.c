#include "portal/api/sign.h"

#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/peer/flow.h"
#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "base/time.h"
#include "portal/api/verify.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/store/signing.h"

const char *const pt_sign_files[] = {"file", "certificate", "chain", NULL};

/* Of enum sg_as and enum sg_scheme (signer/sign/sign.h, signer/trust/key.h). */
static const struct format {
    const char *name;
    unsigned as;
    const char *type;
} formats[] = {
    {"adoc", 0, "application/vnd.etsi.asic-e+zip"},
    {"edoc", 1, "application/vnd.etsi.asic-e+zip"},
    {"asice", 2, "application/vnd.etsi.asic-e+zip"},
    {"asics", 3, "application/vnd.etsi.asic-s+zip"},
    {"pdf", 4, "application/pdf"},
};
static const struct algorithm {
    const char *name; /* as in RFC 7518 3.1 */
    unsigned scheme;
    enum mh_digest_alg digest;
    size_t length; /* bytes of a value; 0: as long as the modulus */
} algorithms[] = {
    {"RS256", 1, MH_SHA256, 0},
    {"PS256", 2, MH_SHA256, 0},
    {"ES256", 3, MH_SHA256, 64},
    {"ES384", 3, MH_SHA384, 96},
    {"ES512", 3, MH_SHA512, 132},
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct format *
format_of(const char *name)
{
    for (size_t i = 0; name != NULL && i < COUNT(formats); i++)
        if (strcmp(name, formats[i].name) == 0)
            return &formats[i];
    return NULL;
}

static const struct algorithm *
algorithm_of(const char *name)
{
    for (size_t i = 0; name != NULL && i < COUNT(algorithms); i++)
        if (strcmp(name, algorithms[i].name) == 0)
            return &algorithms[i];
    return NULL;
}

/* What a worker's step came to, where it did not succeed. */
static void
refuse(struct pt_answer *answer, const struct mh_err *err)
{
    if (err->code == MH_EFORMAT || err->code == MH_EUNSUP ||
        err->code == MH_ELIMIT)
        pt_answer_problem(answer, 422, "document", err->msg);
    else
        pt_answer_no_judge(answer, err);
}

static const char *
base64(struct mh_arena *arena, struct mh_span in)
{
    char *out = mh_arena_raw(arena, (in.len + 2) / 3 * 4 + 1);

    if (out != NULL)
        (void)EVP_EncodeBlock((unsigned char *)out, in.ptr, (int)in.len);
    return out;
}

static void
show(const struct pt_signing *s, struct mh_arena *arena,
    struct pt_answer *answer)
{
    const struct algorithm *a = algorithm_of(s->algorithm);
    const char *digest = base64(arena, s->digest);
    char created[32], until[32];

    if (a == NULL || digest == NULL) {
        pt_answer_problem(answer, 500, "internal", "no memory");
        return;
    }
    mh_time_format(s->created, created);
    mh_time_format(s->until, until);
    mh_buf_printf(&answer->body,
        "{\"v\":1,\"id\":\"%s\",\"state\":\"%s\",\"format\":\"%s\","
        "\"level\":\"B\",\"algorithm\":\"%s\",\"digest_algorithm\":\"%s\","
        "\"digest\":\"%s\",\"created\":\"%s\",\"expires\":\"%s\"",
        s->id,
        s->completed            ? "completed"
        : s->until <= pt_time() ? "expired"
                                : "created",
        s->format, s->algorithm, mh_digest_name(a->digest), digest, created,
        until);
    if (s->completed)
        mh_buf_printf(
            &answer->body, ",\"document\":\"/api/v1/sign/%s/document\"", s->id);
    mh_buf_printf(&answer->body, "}\n");
}

/* ---- what a request says ---- */

struct asked {
    struct pt_judge_file file[MH_JOB_INPUTS_MAX];
    size_t files;
    const struct format *format;
    const struct algorithm *algorithm;
    struct mh_span certificate, chain[MH_SIGN_CHAIN_MAX];
    size_t chains;
    int64_t now; /* seconds UTC */
    int fd;      /* of what is prepared */
};

static enum mh_code
bytes_of(const struct pt_file *f, struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out)
{
    uint8_t *p;

    if (f->spool.size == 0 || f->spool.size > PT_SIGN_CERTIFICATE_MAX)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "certificate: 1 to %d bytes of DER", PT_SIGN_CERTIFICATE_MAX);
    p = mh_arena_raw(arena, (size_t)f->spool.size);
    if (p == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
    if (pread(f->spool.fd, p, (size_t)f->spool.size, 0) !=
        (ssize_t)f->spool.size)
        return mh_fail_sys(err, "sign: certificate");
    *out = (struct mh_span){p, (size_t)f->spool.size};
    return MH_OK;
}

static enum mh_code
take_file(struct pt_file *f, struct mh_arena *arena, struct mh_err *err,
    struct asked *a, uint64_t *total)
{
    if (strcmp(f->part.name, "certificate") == 0)
        return a->certificate.len > 0
                   ? mh_fail(
                         err, MH_EFORMAT, MH_NO_OFFSET, "certificate: twice")
                   : bytes_of(f, arena, err, &a->certificate);
    if (strcmp(f->part.name, "chain") == 0)
        return a->chains == MH_SIGN_CHAIN_MAX
                   ? mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                         "chain: more than %u certificates", MH_SIGN_CHAIN_MAX)
                   : bytes_of(f, arena, err, &a->chain[a->chains++]);
    if (!mh_text_is_clean(mh_span_str(f->part.filename), MH_REPORT_TEXT_MAX) ||
        f->part.filename[0] == '\0')
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "file: not a name that a container may hold");
    if (a->files == MH_JOB_INPUTS_MAX - 1)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "file: more than %u",
            MH_JOB_INPUTS_MAX - 1);
    *total += f->spool.size;
    if (f->spool.size > PT_SIGNING_BYTES_MAX || *total > PT_SIGNING_BYTES_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
            "file: more than %d bytes in all", PT_SIGNING_BYTES_MAX);
    a->file[a->files++] =
        (struct pt_judge_file){f->part.filename, f->spool.fd, f->spool.size};
    return MH_OK;
}

static enum mh_code
read_request(struct pt_request *rq, struct mh_arena *arena, struct mh_err *err,
    struct asked *a)
{
    static const char *const names[] = {"format", "level", "algorithm"};
    const char *unknown, *level = pt_form_get(&rq->form, "level");
    enum mh_code code = MH_OK;
    uint64_t total = 0;

    if (!pt_form_knows(&rq->form, names, COUNT(names), &unknown))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "form: an unknown field");
    a->format = format_of(pt_form_get(&rq->form, "format"));
    a->algorithm = algorithm_of(pt_form_get(&rq->form, "algorithm"));
    if (a->format == NULL)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "format: not one of its values");
    if (a->algorithm == NULL)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "algorithm: not one of its values");
    if (level != NULL && strcmp(level, "B") != 0)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "level: only B so far");
    for (size_t i = 0; i < rq->files && code == MH_OK; i++)
        code = take_file(&rq->file[i], arena, err, a, &total);
    if (code == MH_OK && (a->files == 0 || a->certificate.len == 0))
        code = mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "form: file and certificate");
    return code;
}

/* ---- steps ---- */

/* What a worker left in a memfd, which is sealed then. */
static enum mh_code
seal_and_map(int fd, struct mh_err *err, struct mh_map *map)
{
    struct stat st;
    enum mh_code code = mh_memfd_seal(fd, err);

    if (code != MH_OK)
        return code;
    if (fstat(fd, &st) != 0)
        return mh_fail_sys(err, "sign: memory");
    if (st.st_size <= 0 || st.st_size > 2 * (off_t)PT_SIGNING_BYTES_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "sign: too large");
    return mh_map_fd(fd, (uint64_t)st.st_size, err, map);
}

static enum mh_code
prepare(struct pt_app *app, struct asked *a, struct mh_arena *arena,
    struct mh_err *err, struct mh_sign_draft *draft)
{
    struct mh_sign_request request = {.op = MH_SIGN_PREPARE,
        .spec = {.as = a->format->as,
            .scheme = a->algorithm->scheme,
            .digest = a->algorithm->digest,
            .level = MH_LEVEL_B,
            .certificate = a->certificate,
            .chain = a->chain,
            .chains = a->chains,
            .time = a->now,
            .role = "",
            .place = "",
            .reason = ""},
        .time = a->now};
    struct pt_sign_step step = {&request, a->file, a->files, a->fd};
    struct mh_span result;
    enum mh_code code = pt_judge_sign(app->judge, &step, arena, err, &result);

    if (code == MH_OK &&
        mh_sign_draft_unpack(result, arena, err, draft) != MH_OK)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "examiner: malformed");
    if (code == MH_OK && (draft->alg != a->algorithm->digest ||
                             draft->digest.len != mh_digest_length(draft->alg)))
        code = mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "examiner: another digest");
    return code;
}

static void
create(struct pt_app *app, struct pt_request *rq, struct asked *a,
    struct mh_arena *arena, struct pt_answer *answer)
{
    struct pt_signing s = {.client = rq->client,
        .created = a->now,
        .until = a->now + PT_SIGNING_SECONDS,
        .algorithm = a->algorithm->name,
        .format = a->format->name};
    struct mh_err err = {.msg = ""};
    struct mh_sign_draft draft = {0};
    struct mh_map map = {0};
    enum mh_code code = mh_memfd_new("prepared", 0, &err, &a->fd);

    if (code == MH_OK)
        code = prepare(app, a, arena, &err, &draft);
    if (code == MH_OK)
        code = seal_and_map(a->fd, &err, &map);
    if (code != MH_OK) {
        refuse(answer, &err);
    } else {
        pt_id_new(s.id);
        s.digest = draft.digest;
        s.draft = draft.state;
        s.prepared = map.bytes;
        code = pt_store_signing_add(app->store, &s, &err);
        if (code == MH_ELIMIT) {
            pt_answer_later(answer, 429, 60, "busy", err.msg);
        } else if (code != MH_OK) {
            pt_answer_error(answer, &err);
        } else {
            answer->status = 201;
            pt_answer_header(answer, "Location", "/api/v1/sign/%s", s.id);
            show(&s, arena, answer);
        }
        mh_map_fini(&map);
    }
    mh_close(&a->fd);
}

/* A key belongs to somebody; what nobody asked for is nobody's. */
static struct mh_arena *
begin(const struct pt_request *rq, struct pt_answer *answer)
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

void
pt_sign(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct mh_arena *arena = begin(rq, answer);
    struct mh_err err = {.msg = ""};
    struct asked a = {.now = pt_time(), .fd = -1};

    if (arena == NULL)
        return;
    if (read_request(rq, arena, &err, &a) != MH_OK || a.format == NULL ||
        a.algorithm == NULL)
        pt_answer_error(answer, &err);
    else
        create(ctx, rq, &a, arena, answer);
    mh_arena_free(arena);
}

static bool
find(struct pt_app *app, struct pt_request *rq, struct mh_arena *arena,
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

/* A fresh worker's judgement of what is about to be given out. */
static enum mh_code
judge(struct pt_app *app, const struct pt_signing *s, int fd, uint64_t size,
    struct mh_err *err)
{
    struct pt_question q = {
        .document = {"document", fd, size}, .time = pt_time(), .offline = true};
    struct mh_arena *arena = mh_arena_new(PT_ANSWER_ARENA);
    struct mh_report report;
    enum mh_code code;

    if (arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
    mh_policy_default(&q.policy, false);
    code = pt_judge_verify(app->judge, &q, arena, err, &report);
    /* That nobody judged it is no word about the value. */
    if (code == MH_OK && report.verdict == MH_NOT_JUDGED)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "sign: not judged");
    if (code == MH_OK)
        code = mh_flow_accept(&report, s->created, err);
    mh_arena_free(arena);
    return code;
}

static enum mh_code
finish(struct pt_app *app, const struct pt_signing *s, struct mh_span value,
    struct mh_arena *arena, struct mh_err *err, enum pt_found *found)
{
    struct mh_sign_request request = {.op = MH_SIGN_FINISH,
        .spec = {.role = "", .place = "", .reason = ""},
        .state = s->draft,
        .value = value,
        .time = pt_time()};
    struct pt_signing_end end = {s->id, s->client, pt_time(), {0}};
    struct mh_map map = {0};
    struct mh_span none;
    int fd = -1;
    enum mh_code code = mh_memfd_new("signed", 0, err, &fd);

    if (code == MH_OK && pwrite(fd, s->prepared.ptr, s->prepared.len, 0) !=
                             (ssize_t)s->prepared.len)
        code = mh_fail_sys(err, "sign: memory");
    if (code == MH_OK)
        code = pt_judge_sign(app->judge,
            &(struct pt_sign_step){&request, NULL, 0, fd}, arena, err, &none);
    if (code == MH_OK)
        code = seal_and_map(fd, err, &map);
    if (code == MH_OK) {
        code = judge(app, s, fd, map.bytes.len, err);
        end.document = map.bytes;
        if (code == MH_OK)
            code = pt_store_signing_complete(app->store, &end, err, found);
        mh_map_fini(&map);
    }
    mh_close(&fd);
    return code;
}

static void
complete(struct pt_app *app, struct pt_signing *s, struct mh_span value,
    struct mh_arena *arena, struct pt_answer *answer)
{
    const struct algorithm *a = algorithm_of(s->algorithm);
    enum pt_found found = PT_ABSENT;
    struct mh_err err = {.msg = ""};

    if (s->completed || s->until <= pt_time()) {
        pt_answer_problem(answer, 409, "state",
            s->completed ? "it is completed" : "its time is over");
    } else if (a == NULL || (a->length != 0 && a->length != value.len)) {
        pt_answer_problem(
            answer, 422, "value", "value: not as long as the algorithm's");
    } else if (finish(app, s, value, arena, &err, &found) != MH_OK) {
        refuse(answer, &err);
    } else if (found != PT_FOUND) {
        pt_answer_problem(answer, 409, "state", "it is completed or too late");
    } else {
        s->completed = true;
        mh_log("sign", "id=%s state=completed", s->id);
        show(s, arena, answer);
    }
}

void
pt_sign_value(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    static const char *const names[] = {"value"};
    struct mh_arena *arena = begin(rq, answer);
    const char *unknown, *text = pt_form_get(&rq->form, "value");
    uint8_t value[PT_VALUE_MAX];
    struct pt_signing s;
    size_t len = 0;

    if (arena == NULL)
        return;
    if (text == NULL || !pt_form_knows(&rq->form, names, 1, &unknown) ||
        mh_base64_max(strlen(text)) > sizeof(value) ||
        !mh_base64_decode(mh_span_str(text), value, &len) || len == 0 ||
        len > MH_SIGN_VALUE_MAX)
        pt_answer_problem(answer, 400, "value", "value: base64 of a signature");
    else if (find(ctx, rq, arena, answer, &s))
        complete(ctx, &s, (struct mh_span){value, len}, arena, answer);
    mh_arena_free(arena);
}

void
pt_sign_show(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct mh_arena *arena = begin(rq, answer);
    struct pt_signing s;

    if (arena != NULL && find(ctx, rq, arena, answer, &s))
        show(&s, arena, answer);
    mh_arena_free(arena);
}

void
pt_sign_document(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct mh_arena *arena = begin(rq, answer);
    struct pt_signing s;

    if (arena != NULL && find(ctx, rq, arena, answer, &s)) {
        const struct format *f = format_of(s.format);

        if (!s.completed) {
            pt_answer_problem(answer, 409, "state", "it is not completed");
        } else {
            answer->type = f == NULL ? "application/octet-stream" : f->type;
            mh_buf_span(&answer->body, s.document);
        }
    }
    mh_arena_free(arena);
}
