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

bool
pt_rate_take(struct pt_app *app, int64_t client, uint32_t per_minute,
    int64_t now_ms, unsigned *wait)
{
    struct pt_bucket *b;
    bool ok;

    if (per_minute == 0)
        return true;
    (void)pthread_mutex_lock(&app->rate_lock); /* a plain mutex cannot fail */
    b = bucket_of(app, client);
    if (b->client != client)
        *b = (struct pt_bucket){client, now_ms, per_minute};
    b->tokens += (double)(now_ms - b->at_ms) * per_minute / 60000;
    if (b->tokens > per_minute)
        b->tokens = per_minute;
    b->at_ms = now_ms;
    ok = b->tokens >= 1;
    if (ok)
        b->tokens -= 1;
    else
        *wait = 1 + (unsigned)((1 - b->tokens) * 60 / per_minute);
    (void)pthread_mutex_unlock(&app->rate_lock);
    return ok;
}
