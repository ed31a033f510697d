#include "portal/api/health.h"

#include "portal/http/clock.h"

enum {
    LOOK_MS = 5000 /* between two tries to write */
};

void
pt_health_live(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    (void)ctx;
    (void)rq;
    mh_buf_str(&answer->body, "{\"v\":1,\"status\":\"live\"}\n");
}

/* Tries to write, but not each time somebody asks. */
static bool
store_good(struct pt_app *app)
{
    int64_t now = pt_now_ms(), looked = atomic_load(&app->store_looked);
    struct mh_err err = {.msg = ""};

    if ((looked == 0 || now - looked >= LOOK_MS) &&
        atomic_compare_exchange_strong(&app->store_looked, &looked, now))
        atomic_store(&app->store_good,
            pt_store_ready(app->store, pt_time(), &err) == MH_OK);
    return atomic_load(&app->store_good);
}

void
pt_health_ready(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    bool judge = pt_judge_ready(app->judge), store = store_good(app);
    bool ready = judge && store && !atomic_load(&app->stopping);

    (void)rq;
    answer->status = ready ? 200 : 503;
    if (!ready)
        pt_answer_header(answer, "Retry-After", "2");
    mh_buf_printf(&answer->body,
        "{\"v\":1,\"status\":\"%s\",\"judge\":%s,\"store\":%s}\n",
        ready ? "ready" : "not-ready", judge ? "true" : "false",
        store ? "true" : "false");
}

void
pt_openapi(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    (void)ctx;
    (void)rq;
    answer->type = PT_JSON;
    mh_buf_span(&answer->body, pt_openapi_text());
}
