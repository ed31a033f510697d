#include "portal/api/rate.h"

/* The client's bucket; else a free one; else the one unused for longest. */
static struct pt_bucket *
bucket_of(struct pt_app *app, int64_t client)
{
    size_t start = (size_t)((uint64_t)client * 0x9e3779b97f4a7c15U >> 54);
    struct pt_bucket *best = NULL;

    for (size_t i = 0; i < 16; i++) {
        struct pt_bucket *b = &app->bucket[(start + i) % PT_BUCKETS];

        if (b->client == client)
            return b;
        if (best == NULL || b->at_ms < best->at_ms)
            best = b;
    }
    return best;
}

struct pace {
    uint32_t count;
    double ms; /* in which they may be made */
};

static bool
take(struct pt_app *app, int64_t client, struct pace pace, int64_t now_ms,
    unsigned *wait)
{
    struct pt_bucket *b;
    bool ok;

    if (pace.count == 0)
        return true;
    (void)pthread_mutex_lock(&app->rate_lock); /* a plain mutex cannot fail */
    b = bucket_of(app, client);
    if (b->client != client)
        *b = (struct pt_bucket){client, now_ms, pace.count};
    b->tokens += (double)(now_ms - b->at_ms) * pace.count / pace.ms;
    if (b->tokens > pace.count)
        b->tokens = pace.count;
    b->at_ms = now_ms;
    ok = b->tokens >= 1;
    if (ok)
        b->tokens -= 1;
    else
        *wait = 1 + (unsigned)((1 - b->tokens) * pace.ms / 1000 / pace.count);
    (void)pthread_mutex_unlock(&app->rate_lock);
    return ok;
}

bool
pt_rate_take(struct pt_app *app, int64_t client, uint32_t per_minute,
    int64_t now_ms, unsigned *wait)
{
    return take(app, client, (struct pace){per_minute, 60000}, now_ms, wait);
}

bool
pt_rate_hour(struct pt_app *app, int64_t client, uint32_t per_hour,
    int64_t now_ms, unsigned *wait)
{
    return take(app, client, (struct pace){per_hour, 3600000}, now_ms, wait);
}

static uint64_t
mix(uint64_t h, struct mh_span s)
{
    for (size_t i = 0; i < s.len; i++)
        h = (h ^ s.ptr[i]) * UINT64_C(0x100000001b3);
    return h;
}

int64_t
pt_rate_address(const struct pt_request *rq, const char *what)
{
    uint64_t h = mix(UINT64_C(0xcbf29ce484222325), rq->gate.client);

    return rq->gate.client.len == 0
               ? 0
               : -2 - (int64_t)(mix(h, mh_span_str(what)) >> 2);
}
