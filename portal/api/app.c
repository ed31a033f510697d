#include "portal/api/app.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "portal/api/once.h"
#include "portal/api/rate.h"
#include "portal/api/runner.h"
#include "portal/http/clock.h"
#include "portal/pages/session.h"
#include "portal/signing/mobile.h"

enum {
    DAY = 86400 /* seconds */
};

/* What a request carries from authorize to release. */
struct principal {
    struct pt_client client;
    struct pt_task task;
    struct pt_app *app;
};

enum mh_code
pt_app_init(struct pt_app *app, struct mh_err *err)
{
    for (size_t i = 0; i < PT_BUCKETS; i++)
        app->bucket[i].client = -1;
    if (pthread_mutex_init(&app->rate_lock, NULL) != 0 ||
        pthread_mutex_init(&app->runner_lock, NULL) != 0 ||
        pthread_cond_init(&app->runner_wake, NULL) != 0)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    atomic_store(&app->store_good, true);
    return MH_OK;
}

enum mh_code
pt_app_start(struct pt_app *app, struct mh_err *err)
{
    enum mh_code code = pt_pool_new(
        app->set.workers, PT_WAITING_EACH, PT_WAITING_ALL, err, &app->pool);

    return code == MH_OK ? pt_runner_start(app, err) : code;
}

void
pt_app_stop(struct pt_app *app)
{
    atomic_store(&app->stopping, true);
    pt_mobile_stop(app);
    pt_runner_stop(app);
    pt_pool_free(app->pool);
    app->pool = NULL;
}

/* RFC 6750 2.1; the key is printable ASCII without spaces. */
static bool
bearer(struct mh_span value, struct mh_span *key)
{
    struct mh_span scheme;

    if (!mh_span_sub(value, 0, 7, &scheme) ||
        !pt_span_is_nocase(scheme, "Bearer "))
        return false;
    (void)mh_span_sub(value, 7, value.len - 7, key); /* inside it */
    for (size_t i = 0; i < key->len; i++)
        if (key->ptr[i] <= 0x20 || key->ptr[i] >= 0x7f)
            return false;
    return key->len > 0;
}

static bool
unauthorized(struct pt_request *rq, const char *detail)
{
    pt_answer_problem(&rq->answer, 401, "unauthorized", detail);
    pt_answer_header(&rq->answer, "WWW-Authenticate", "Bearer");
    return false;
}

static bool
find_client(struct pt_app *app, struct pt_request *rq, struct pt_client *client)
{
    uint8_t hash[MH_DIGEST_MAX];
    enum pt_found found = PT_ABSENT;
    struct mh_err err = {.msg = ""};
    struct mh_span key;
    enum mh_code code;

    if (rq->gate.authorization.len == 0 || rq->route->page) {
        *client = (struct pt_client){.id = 0,
            .may = app->set.anonymous | (rq->route->page ? MH_MAY_VERIFY : 0),
            .requests_per_minute = app->set.anonymous_per_minute};
        return client->may != 0 || unauthorized(rq, "a key is wanted");
    }
    if (!bearer(rq->gate.authorization, &key))
        return unauthorized(rq, "authorization: Bearer and a key");
    code = mh_digest_once(MH_SHA256, key, &err, hash);
    if (code == MH_OK)
        code = pt_store_client_find(app->store, hash, &err, client, &found);
    if (code != MH_OK) {
        pt_answer_error(&rq->answer, &err);
        return false;
    }
    return found == PT_FOUND || unauthorized(rq, "this key is nobody's");
}

bool
pt_app_authorize(void *ctx, struct pt_request *rq)
{
    struct pt_app *app = ctx;
    struct principal *p;
    uint32_t need = rq->route->may == 0 ? MH_MAY_VERIFY : rq->route->may;
    unsigned wait = 1;

    if (rq->route->open && rq->route->quick)
        return true;
    p = calloc(1, sizeof(*p));
    rq->principal = p;
    if (p == NULL) {
        pt_answer_problem(&rq->answer, 500, "internal", "no memory");
        return false;
    }
    p->app = app;
    if (rq->route->open)
        return true; /* nobody's, and in nobody's name */
    if (!find_client(app, rq, &p->client))
        return false;
    rq->client = p->client.id;
    if ((p->client.may & need) == 0) {
        pt_answer_problem(
            &rq->answer, 403, "forbidden", "this key may not do that");
        return false;
    }
    /* Readers of pages are many people; the front counts their addresses. */
    if (!rq->route->page &&
        !pt_rate_take(app, p->client.id, p->client.requests_per_minute,
            pt_now_ms(), &wait)) {
        pt_answer_later(&rq->answer, 429, wait, "rate",
            "more requests than this key may make in a minute");
        return false;
    }
    if (atomic_load(&app->stopping)) {
        pt_answer_later(&rq->answer, 503, 5, "stopping", "it is stopping");
        return false;
    }
    return true;
}

/* Counts what came against the client's day. */
static bool
within_quota(
    struct pt_app *app, struct pt_request *rq, const struct pt_client *client)
{
    struct mh_err err = {.msg = ""};
    int64_t now = pt_time();
    bool allowed = true;
    struct pt_use use;

    if (client->bytes_per_day == 0)
        return true;
    use = (struct pt_use){
        client->id, now / DAY, rq->received, client->bytes_per_day};
    if (pt_store_client_use(app->store, &use, &err, &allowed) != MH_OK) {
        pt_answer_error(&rq->answer, &err);
        return false;
    }
    if (!allowed)
        pt_answer_later(&rq->answer, 429, (unsigned)(DAY - now % DAY), "quota",
            "more bytes than this key may send in a day");
    return allowed;
}

/* In a worker's thread. */
static void
work(void *arg)
{
    struct pt_request *rq = arg;
    struct principal *p = rq->principal;
    struct pt_app *app = p->app;

    if (within_quota(app, rq, &p->client))
        pt_once(app, rq);
    pt_request_done(rq);
}

bool
pt_app_at_once(void *ctx, struct pt_request *rq)
{
    struct pt_app *app = ctx;

    if (!rq->route->reads || !pt_who_visits(rq) ||
        pt_store_is_remote(app->store))
        return false;
    pt_store_view_begin(app->store);
    rq->route->handle(app, rq, &rq->answer);
    pt_store_view_end(app->store);
    return true;
}

bool
pt_app_dispatch(void *ctx, struct pt_request *rq)
{
    struct pt_app *app = ctx;
    struct principal *p = rq->principal;

    p->task = (struct pt_task){.run = work, .arg = rq};
    switch (pt_pool_add(app->pool, rq->client, &p->task)) {
    case PT_POOLED:
        return true;
    case PT_POOL_CLIENT_FULL:
        pt_answer_later(&rq->answer, 429, 2, "busy",
            "this key has enough requests waiting");
        return false;
    case PT_POOL_FULL:
    default:
        pt_answer_later(&rq->answer, 503, 2, "busy", "too much is waiting");
        return false;
    }
}

void
pt_app_release(void *ctx, struct pt_request *rq)
{
    (void)ctx;
    free(rq->principal);
    rq->principal = NULL;
}
