#include "portal/api/once.h"

#include <string.h>

#include "base/digest/digest.h"
#include "base/sys/log.h"
#include "portal/http/clock.h"

enum {
    STALE = 900 /* seconds after which a request under way is dead */
};

static void
feed(struct mh_digest *d, struct mh_span s)
{
    uint8_t len[8];

    for (size_t i = 0; i < sizeof(len); i++)
        len[i] = (uint8_t)((uint64_t)s.len >> (8 * i));
    mh_digest_update(d, (struct mh_span){len, sizeof(len)});
    mh_digest_update(d, s);
}

/* Everything the answer depends on. */
static enum mh_code
hash_of(const struct pt_request *rq, struct mh_err *err,
    uint8_t out[static MH_DIGEST_MAX])
{
    struct mh_digest *d = mh_digest_new();
    enum mh_code code;

    if (d == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "request: no memory");
    code = mh_digest_start(d, MH_SHA256, err);
    feed(d, mh_span_str(rq->target));
    feed(d, rq->gate.accept);
    feed(d, rq->gate.prefer);
    if (rq->route->body == PT_BODY_JSON)
        feed(d, mh_buf_get(&rq->body));
    for (size_t i = 0; i < rq->form.fields; i++) {
        feed(d, mh_span_str(rq->form.field[i].name));
        feed(d, mh_span_str(rq->form.field[i].value));
    }
    for (size_t i = 0; i < rq->files; i++) {
        feed(d, mh_span_str(rq->file[i].part.name));
        feed(d, mh_span_str(rq->file[i].part.filename));
        feed(d, mh_span_str(rq->file[i].spool.sha256));
    }
    if (code == MH_OK)
        code = mh_digest_finish(d, err, out);
    mh_digest_free(d);
    return code;
}

static bool
key_good(struct mh_span key)
{
    for (size_t i = 0; i < key.len; i++)
        if (key.ptr[i] <= 0x20 || key.ptr[i] >= 0x7f)
            return false;
    return key.len > 0 && key.len <= PT_IDEMPOTENCY_MAX;
}

static void
replay(struct pt_request *rq, const struct pt_replay *r)
{
    static const char *const types[] = {PT_JSON, PT_PROBLEM,
        "text/html; charset=utf-8", "text/plain; charset=utf-8",
        "application/xml"};
    struct pt_answer *a = &rq->answer;

    a->status = r->status;
    a->type = "application/octet-stream";
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i], r->type) == 0)
            a->type = types[i];
    mh_buf_clear(&a->body);
    mh_buf_span(&a->body, r->body);
    if (r->location[0] != '\0')
        pt_answer_header(a, "Location", "%s", r->location);
    pt_answer_header(a, "Idempotency-Replayed", "true");
}

/* An answer worth keeping: what would come out the same the next time. */
static void
keep(struct pt_app *app, struct pt_request *rq, const char *key)
{
    struct pt_answer *a = &rq->answer;
    struct pt_replay r = {.status = a->status,
        .type = a->type,
        .location = "",
        .body = mh_buf_get(&a->body)};
    struct mh_err err = {.msg = ""};
    enum mh_code code;

    for (size_t i = 0; i < a->headers; i++)
        if (strcmp(a->header[i].name, "Location") == 0)
            r.location = a->header[i].value;
    /* A file is not kept: it is made again. */
    if (a->status < 500 && a->status != 429 && a->fd < 0)
        code = pt_store_idem_finish(app->store, rq->client, key, &r, &err);
    else
        code = pt_store_idem_drop(app->store, rq->client, key, &err);
    if (code != MH_OK)
        mh_log("store", "id=%s code=%s", rq->id, mh_code_name(code));
}

void
pt_once(struct pt_app *app, struct pt_request *rq)
{
    uint8_t hash[MH_DIGEST_MAX];
    enum pt_idempotency what = PT_IDEM_NEW;
    struct pt_replay r = {0};
    struct mh_arena *arena;
    struct mh_err err = {.msg = ""};
    struct pt_idem idem = {.client = rq->client, .now = pt_time()};
    enum mh_code code;
    char *key;

    if (rq->gate.idempotency.ptr == NULL || rq->gate.method != PT_POST) {
        rq->route->handle(app, rq, &rq->answer);
        return;
    }
    key = mh_arena_str(rq->arena, rq->gate.idempotency);
    if (key == NULL || !key_good(rq->gate.idempotency)) {
        pt_answer_problem(&rq->answer, 400, "idempotency-key",
            "Idempotency-Key: 1 to 64 printable characters");
        return;
    }
    idem.key = key;
    idem.stale = idem.now - STALE;
    arena = mh_arena_new((size_t)PT_RESULT_MAX + 65536);
    code = arena == NULL
               ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "request: no memory")
               : hash_of(rq, &err, hash);
    if (code == MH_OK) {
        memcpy(idem.request, hash, PT_HASH);
        code = pt_store_idem_begin(app->store, &idem, arena, &err, &what, &r);
    }
    if (code != MH_OK) {
        pt_answer_error(&rq->answer, &err);
    } else if (what == PT_IDEM_REPLAY) {
        replay(rq, &r);
    } else if (what == PT_IDEM_BUSY) {
        pt_answer_later(&rq->answer, 409, 2, "idempotency-busy",
            "the same request is being answered");
    } else if (what == PT_IDEM_ANOTHER) {
        pt_answer_problem(&rq->answer, 422, "idempotency-key",
            "this Idempotency-Key was used for another request");
    } else {
        rq->route->handle(app, rq, &rq->answer);
        keep(app, rq, key);
    }
    mh_arena_free(arena);
}
