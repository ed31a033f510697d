#include "portal/api/signmobile.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/remote/mid.h"
#include "base/sys/chan.h"
#include "portal/api/signjob.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/signing/making.h"

enum {
    LATER = 60, /* seconds after which more may be begun */
};

const char *const pt_sign_mobile_files[] = {"file", NULL};

/* One job, until its telephone has answered. */
struct job {
    struct pt_making making;
    const struct pt_sign_format *format;
    int64_t client;
    struct pt_judge_file file[PT_PARTS_MAX]; /* names and descriptors its own */
    char *name[PT_PARTS_MAX];
    size_t files;
    struct mh_span digest; /* the arena's */
    const char *algorithm;
};

/* ---- the work ---- */

static enum mh_code
prepare(void *ctx, const struct pt_mobile_key *key, struct mh_arena *arena,
    struct mh_err *err, enum mh_digest_alg *alg, struct mh_span *digest)
{
    struct job *j = ctx;
    struct mh_sign_draft draft;
    enum mh_code code = pt_making_prepare(&j->making,
        &(struct pt_making_files){j->file, j->files}, key, arena, err, &draft);

    j->algorithm = pt_sign_algorithm_name(key->scheme, draft.alg);
    if (code == MH_OK && j->algorithm == NULL)
        code = mh_fail(
            err, MH_EUNSUP, MH_NO_OFFSET, "sign: a key of an unknown kind");
    j->digest = draft.digest;
    *alg = draft.alg;
    *digest = draft.digest;
    return code;
}

/* The row that a client fetches the document by. */
static enum mh_code
keep(struct job *j, struct mh_span document, struct mh_err *err,
    char id[static 27])
{
    struct pt_signing s = {.client = j->client,
        .created = j->making.begun,
        .until = pt_time() + PT_SIGNING_SECONDS,
        .algorithm = j->algorithm,
        .format = j->format->name,
        .level = j->making.level,
        .idem = "",
        .digest = j->digest,
        .draft = j->digest, /* nobody finishes it any more */
        .prepared = j->digest};
    struct pt_signing_end end = {s.id, j->client, pt_time(), document, NULL};
    enum pt_found found = PT_ABSENT;
    enum mh_code code;

    pt_id_new(s.id);
    code = pt_store_signing_add(j->making.app->store, &s, err);
    if (code == MH_OK)
        code =
            pt_store_signing_complete(j->making.app->store, &end, err, &found);
    if (code == MH_OK && found == PT_ABSENT)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "sign: its row");
    memcpy(id, s.id, sizeof(s.id));
    return code;
}

static enum mh_code
complete(void *ctx, struct mh_span value, struct mh_arena *arena,
    struct mh_err *err, char result[static 64])
{
    struct job *j = ctx;
    struct mh_outfile out = {.dir = -1, .fd = -1};
    enum mh_flow_fault fault;
    struct mh_map map = {0};
    uint64_t size = 0;
    int fd = -1;
    enum mh_code code =
        pt_making_finish(&j->making, value, j->making.level, &fault, err, &out);

    (void)arena;
    if (code == MH_OK)
        code = mh_outfile_read(&out, err, &fd, &size);
    if (code == MH_OK && size > 2 * (uint64_t)PT_SIGNING_BYTES_MAX)
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "sign: too large");
    if (code == MH_OK)
        code = mh_map_fd(fd, size, err, &map);
    if (code == MH_OK)
        code = keep(j, map.bytes, err, result);
    mh_map_fini(&map);
    mh_close(&fd);
    mh_outfile_drop(&out);
    return code;
}

static void
release(void *ctx)
{
    struct job *j = ctx;

    mh_outfile_drop(&j->making.prepared);
    for (size_t i = 0; i < j->files; i++) {
        mh_close(&j->file[i].fd);
        free(j->name[i]);
    }
    free(j);
}

/* ---- the request ---- */

/* Names and descriptors outlive the request. */
static enum mh_code
take_files(struct pt_request *rq, struct mh_err *err, struct job *j)
{
    uint64_t total = 0;
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < rq->files && code == MH_OK; i++) {
        struct pt_judge_file file[1];
        size_t one = 0;

        code = pt_sign_take_file(&rq->file[i], err, file, &one, &total);
        if (code != MH_OK)
            break;
        j->name[j->files] = strdup(file[0].name);
        file[0].name = j->name[j->files];
        file[0].fd = fcntl(file[0].fd, F_DUPFD_CLOEXEC, 0);
        j->file[j->files++] = file[0];
        if (file[0].name == NULL || file[0].fd < 0)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
    }
    if (code == MH_OK && j->files == 0)
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "form: file");
    return code;
}

static enum mh_code
read_request(struct pt_app *app, struct pt_request *rq, struct mh_err *err,
    struct job *j)
{
    static const char *const names[] = {"format", "level", "phone", "user"};
    const char *unknown, *level = pt_form_get(&rq->form, "level");

    if (!pt_form_knows(
            &rq->form, names, sizeof(names) / sizeof(names[0]), &unknown))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "form: an unknown field");
    j->format = pt_sign_format_of(pt_form_get(&rq->form, "format"));
    if (j->format == NULL)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "format: not one of its values");
    j->making = (struct pt_making){.app = app,
        .as = j->format->as,
        .level = pt_sign_level_of(level, MH_LEVEL_B),
        .prepared = {.dir = -1, .fd = -1}};
    if (j->making.level == MH_LEVEL_NONE)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "level: B, T, LT or LTA");
    if (j->making.level != MH_LEVEL_B && !app->tsa)
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
            "level: no time-stamping authority is set up");
    return take_files(rq, err, j);
}

/* Telephone and number of the form, checked by the command line's rule. */
static bool
read_person(
    const struct pt_request *rq, char phone[static 24], char user[static 16])
{
    const char *p = pt_form_get(&rq->form, "phone");
    const char *u = pt_form_get(&rq->form, "user");
    char both[48];

    return p != NULL && u != NULL && strlen(p) + strlen(u) + 2 < sizeof(both) &&
           snprintf(both, sizeof(both), "%s/%s", p, u) > 0 &&
           mh_mid_address(both, phone, user);
}

static enum mh_code
owner_of(int64_t client, struct mh_err *err, uint8_t out[static PT_HASH])
{
    uint8_t hash[MH_DIGEST_MAX];
    char text[48];
    enum mh_code code;

    (void)snprintf(text, sizeof(text), "client:%lld", (long long)client);
    code = mh_digest_once(MH_SHA256, mh_span_str(text), err, hash);
    if (code == MH_OK)
        memcpy(out, hash, PT_HASH);
    return code;
}

static void
refuse(struct pt_answer *answer, enum pt_mobile_begun begun)
{
    switch (begun) {
    case PT_MOBILE_NONE:
        pt_answer_problem(
            answer, 501, "mobile", "no mobile ID service is set up");
        break;
    case PT_MOBILE_ADDRESS:
        pt_answer_problem(
            answer, 400, "person", "phone: + and a number; user: its digits");
        break;
    case PT_MOBILE_BUSY:
        pt_answer_later(answer, 429, LATER, "busy",
            "this telephone is being asked already");
        break;
    case PT_MOBILE_OFTEN:
        pt_answer_later(answer, 429, 3600, "often",
            "this telephone was asked too often in this hour");
        break;
    case PT_MOBILE_OK:
    case PT_MOBILE_FULL:
    default:
        pt_answer_later(answer, 503, LATER, "busy", "too many are under way");
        break;
    }
}

static void
begin(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    struct job *j)
{
    const struct pt_mobile_work work = {.prepare = prepare,
        .complete = complete,
        .release = release,
        .ctx = j,
        .text = ""};
    struct pt_mobile_asked asked = {.lang = MH_EN};
    struct mh_err err = {.msg = ""};
    enum pt_mobile_begun begun;
    char phone[24], user[16], id[27];

    asked.phone = phone;
    asked.user = user;
    if (!read_person(rq, phone, user)) {
        release(j);
        refuse(answer, PT_MOBILE_ADDRESS);
    } else if (owner_of(rq->client, &err, asked.owner) != MH_OK) {
        release(j);
        pt_answer_error(answer, &err);
    } else {
        begun = pt_mobile_begin(app, &asked, &work, id); /* j is its own now */
        if (begun != PT_MOBILE_OK) {
            refuse(answer, begun);
            return;
        }
        answer->status = 202;
        pt_answer_header(answer, "Location", "/api/v1/mobile/%s", id);
        mh_buf_printf(
            &answer->body, "{\"v\":1,\"id\":\"%s\",\"state\":\"begun\"}\n", id);
    }
}

void
pt_sign_mobile(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct mh_err err = {.msg = ""};
    struct job *j;

    if (rq->client == 0) {
        pt_answer_problem(answer, 403, "forbidden", "only with a key");
        return;
    }
    j = calloc(1, sizeof(*j));
    if (j == NULL) {
        pt_answer_problem(answer, 500, "internal", "no memory");
        return;
    }
    j->making.prepared = (struct mh_outfile){.dir = -1, .fd = -1};
    j->client = rq->client;
    if (read_request(ctx, rq, &err, j) != MH_OK) {
        release(j);
        pt_answer_error(answer, &err);
    } else {
        begin(ctx, rq, answer, j);
    }
}

/* ---- how it stands ---- */

static void
show(const char *id, const struct pt_mobile_status *s, struct pt_answer *answer)
{
    static const char *const stages[] = {
        "begun", "waiting", "signed", "completed", "failed"};
    struct mh_buf *out = &answer->body;

    mh_buf_printf(
        out, "{\"v\":1,\"id\":\"%s\",\"state\":\"%s\"", id, stages[s->stage]);
    if (s->code[0] != '\0')
        mh_buf_printf(out, ",\"verification_code\":\"%s\"", s->code);
    if (s->stage == PT_MOBILE_DONE)
        mh_buf_printf(
            out, ",\"document\":\"/api/v1/sign/%s/document\"", s->result);
    if (s->stage == PT_MOBILE_FAILED)
        mh_buf_printf(out, ",\"reason\":\"%s\",\"message\":\"%s\"",
            s->outcome == MH_REMOTE_OK ? "document"
                                       : mh_remote_name(s->outcome),
            s->outcome == MH_REMOTE_OK ? "the document could not be signed"
                                       : mh_remote_text(s->outcome, MH_EN));
    mh_buf_str(out, "}\n");
}

void
pt_sign_mobile_show(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    uint8_t owner[PT_HASH];
    struct pt_mobile_status status;
    struct mh_err err = {.msg = ""};

    if (owner_of(rq->client, &err, owner) != MH_OK)
        pt_answer_error(answer, &err);
    else if (rq->client == 0 || !pt_id_valid(mh_span_str(rq->param)) ||
             pt_mobile_look(ctx, rq->param, owner, &status) != PT_FOUND)
        pt_answer_problem(answer, 404, "not-found", "no such job of yours");
    else
        show(rq->param, &status, answer);
}
