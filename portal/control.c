#include "portal/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/peer/keyd.h"
#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/sys/sandbox.h"
#include "base/sys/service.h"
#include "base/wire/settings.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/jobs/payer.h"
#include "portal/metrics.h"
#include "portal/notify/deliver.h"
#include "portal/pages/kept.h"
#include "portal/signing/mobile.h"
#include "portal/store/deliveries.h"

enum {
    SETTINGS_ARENA = 1 << 20, /* bytes */
    DAY = 86400,              /* seconds */
    FINISH_MS = 8000,         /* for requests under way, after STOP */
    COUNTERS = 10,
};

struct control {
    struct pt_app app;
    struct mh_service *service;
    struct mh_arena *arena; /* of the settings */
    struct mh_portal_settings set;
    int listener;
    struct pt_metrics *metrics;
    bool running, stop;
    struct mh_counter counter[COUNTERS];
    uint8_t packet[MH_MESSAGE_MAX]; /* what the settings' spans borrow from */
};

void
pt_server_defaults(struct pt_app *app, struct pt_server_settings *set)
{
    *set = (struct pt_server_settings)PT_SERVER_SETTINGS_INIT;
    set->spool_dir = pt_store_spool(app->store);
    set->flight = &app->flight;
    set->route = pt_routes;
    set->routes = pt_routes_count;
    set->ctx = app;
    set->authorize = pt_app_authorize;
    set->at_once = pt_app_at_once;
    set->dispatch = pt_app_dispatch;
    set->release = pt_app_release;
}

/* The clients of mohur.conf are those of the store. */
static enum mh_code
set_clients(struct control *c, struct mh_err *err)
{
    size_t n = c->set.clients;
    struct pt_client *client = calloc(n + 1, sizeof(*client));
    uint8_t(*key)[PT_HASH] = calloc(n + 1, sizeof(*key));
    enum mh_code code = MH_OK;

    if (client == NULL || key == NULL) {
        free(client);
        free(key);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    }
    for (size_t i = 0; i < n && code == MH_OK; i++) {
        const struct mh_client_settings *s = &c->set.client[i];

        (void)snprintf(client[i].name, sizeof(client[i].name), "%s",
            s->name); /* at most 64 bytes (mh_name_good) */
        client[i].may = s->may;
        client[i].requests_per_minute = s->per_minute;
        client[i].bytes_per_day = s->bytes_a_day;
        if (s->key.len != PT_HASH)
            code = mh_fail(
                err, MH_EFORMAT, MH_NO_OFFSET, "settings: a client's key");
        else
            memcpy(key[i], s->key.ptr, PT_HASH);
    }
    if (code == MH_OK)
        code = pt_store_clients_set(c->app.store, client,
            (const uint8_t(*)[PT_HASH])key, n, pt_time(), err);
    free(client);
    free(key);
    return code;
}

/* Where nobody can sign in by signature, a password has to do: nothing could be
   filed otherwise. */
static uint32_t
filing_level(const struct mh_portal_settings *s)
{
    bool mobile = s->mobile.url != NULL && s->mobile.url[0] != '\0';

    if (s->filing_level != 0)
        return s->filing_level;
    return mobile ? 3 : 1;
}

static void
apply(struct control *c)
{
    struct pt_settings *set = &c->app.set;

    set->anonymous = c->set.anonymous;
    set->anonymous_per_minute = c->set.anonymous_per_minute;
    set->strict = c->set.strict;
    set->filing_level = filing_level(&c->set);
    set->keep_seconds = (int64_t)c->set.keep_days * DAY;
}

static enum mh_code
unpack(struct control *c, struct mh_span packet, bool again, struct mh_err *err)
{
    struct mh_span kept = {c->packet, packet.len};

    memcpy(c->packet, packet.ptr, packet.len);
    return mh_portal_settings_unpack(kept, again, c->arena, err, &c->set);
}

/* The first message: the store, then the lock-down, before any input. */
static enum mh_code
on_setup(void *ctx, struct mh_span packet, struct mh_err *err)
{
    struct control *c = ctx;
    enum mh_code code = unpack(c, packet, false, err);

    if (code != MH_OK)
        return code;
    apply(c);
    c->app.set.workers = c->set.workers;
    c->app.flight.memory_cap = c->set.flight_max / 2;
    c->app.flight.disk_cap = c->set.flight_max;
    c->app.flight.reserve = c->set.reserve;
    code = pt_store_open_in(
        c->set.state, c->set.store, pt_time(), err, &c->app.store);
    if (code == MH_OK)
        code = mh_sandbox_service(pt_store_is_remote(c->app.store)
                                      ? MH_PROFILE_PORTAL_NODE
                                      : MH_PROFILE_PORTAL,
            c->set.state, c->set.landlock, err);
    if (code == MH_OK)
        code = pt_store_start(c->app.store, err);
    if (code == MH_OK)
        code = pt_store_recover(c->app.store, err);
    if (code == MH_OK)
        code = set_clients(c, err);
    if (code == MH_OK)
        code = pt_judge_new(err, &c->app.judge);
    if (code == MH_OK)
        code = pt_metrics_new(err, &c->metrics);
    if (code == MH_OK)
        code = mh_keyd_new(err, &c->app.keyd);
    c->app.kept = pt_kept_new();
    if (code == MH_OK && c->app.kept == NULL)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    return code;
}

/* Hosts, listener, workers and caps are those of the start. */
static enum mh_code
on_reload(void *ctx, struct mh_span packet, struct mh_err *err)
{
    struct control *c = ctx;
    struct control *next = calloc(1, sizeof(*next));
    enum mh_code code = MH_OK;

    if (next == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    next->arena = mh_arena_new(SETTINGS_ARENA);
    if (next->arena == NULL)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    else
        code = unpack(next, packet, true, err);
    next->app.store = c->app.store;
    if (code == MH_OK)
        code = set_clients(next, err);
    if (code == MH_OK) {
        c->app.set.anonymous = next->set.anonymous;
        c->app.set.anonymous_per_minute = next->set.anonymous_per_minute;
        c->app.set.strict = next->set.strict;
        c->app.set.filing_level = filing_level(&next->set);
        c->app.set.keep_seconds = (int64_t)next->set.keep_days * DAY;
        mh_log("reload", "clients=%zu", next->set.clients);
    }
    mh_arena_free(next->arena);
    free(next);
    return code;
}

static enum mh_code
start_payer(struct control *c, struct mh_err *err)
{
    struct pt_gateway *gateway = NULL;
    enum mh_code code =
        pt_gateway_open(&c->set.payment, c->set.origin, err, &gateway);

    if (code != MH_OK)
        return code;
    code = pt_payer_start(&(struct pt_payer_settings){c->app.store,
                              c->app.judge, c->app.ledger, gateway},
        err, &c->app.payer);
    if (code != MH_OK)
        pt_gateway_free(gateway);
    return code;
}

static enum mh_code
start(struct control *c, struct mh_err *err)
{
    struct pt_server_settings set;
    enum mh_code code = pt_app_start(&c->app, err);

    if (code != MH_OK)
        return code;
    c->app.seal_key = c->set.seal_key;
    c->app.tsa = c->set.tsa;
    code = pt_ledger_start(
        c->app.store, c->app.keyd, c->set.seal_key, err, &c->app.ledger);
    if (code != MH_OK)
        return code;
    c->app.origin = c->set.origin;
    c->app.card_origin = c->set.card_origin;
    code = pt_mobile_start(&c->app, &c->set.mobile, err);
    if (code != MH_OK)
        return code;
    c->app.notify = c->set.notify;
    c->app.metrics = c->metrics;
    c->app.fetch = &c->set.fetch;
    c->app.mobile_set = c->set.mobile;
    code = pt_deliver_start(&(struct pt_deliver_settings){c->app.store,
                                c->app.judge, c->set.origin, &c->app.notify},
        err, &c->app.deliver);
    if (code != MH_OK)
        return code;
    code = start_payer(c, err);
    if (code != MH_OK)
        return code;
    pt_server_defaults(&c->app, &set);
    set.listen_fd = c->listener;
    set.upload_max = c->set.upload_max;
    set.threads = c->set.threads;
    set.connections = c->set.connections;
    set.gate = (struct pt_gate_settings){
        c->set.host, c->set.hosts, c->set.front, c->set.card_origin};
    code = pt_server_start(&set, err, &c->app.server);
    if (code != MH_OK)
        return code;
    c->running = true;
    mh_log(
        "start", "routes=%zu workers=%u", pt_routes_count, c->app.set.workers);
    return mh_service_ready(c->service, err);
}

static enum mh_code
on_channel(
    void *ctx, enum mh_peer peer, uint32_t index, int fd, struct mh_err *err)
{
    struct control *c = ctx;
    enum mh_code code = MH_OK;

    (void)index; /* the portal has one of each */
    switch (peer) {
    case MH_PEER_EXAMINER:
        code = pt_judge_attach(c->app.judge, MH_EXAMINER_PLAIN, fd, err);
        break;
    case MH_PEER_EXAMINER_PDF:
        code = pt_judge_attach(c->app.judge, MH_EXAMINER_PDF, fd, err);
        break;
    case MH_PEER_EXAMINER_SIGN:
        code = pt_judge_attach(c->app.judge, MH_EXAMINER_SIGN, fd, err);
        break;
    case MH_PEER_COURIER:
        code = pt_judge_courier(c->app.judge, fd, &c->set.fetch, err);
        break;
    case MH_PEER_TRUST:
        code = pt_judge_trust(c->app.judge, fd, err);
        mh_close(&fd);
        break;
    case MH_PEER_LISTENER:
        if (c->running)
            mh_close(&fd); /* it keeps the one it serves */
        else
            c->listener = fd;
        break;
    case MH_PEER_METRICS:
        code = pt_metrics_listen(c->metrics, fd, err);
        break;
    case MH_PEER_KEYD:
        code = mh_keyd_attach(c->app.keyd, fd, err);
        break;
    case MH_PEER_PORTAL:
    case MH_PEER_TOKEN:
    case MH_PEERS:
    default:
        mh_close(&fd); /* nothing here speaks to it */
        break;
    }
    /* One that is dead already is replaced by the next message. */
    if (code == MH_EINTERNAL)
        code = MH_OK;
    if (code == MH_OK && !c->running && c->listener >= 0 &&
        pt_judge_ready(c->app.judge))
        code = start(c, err);
    return code;
}

static void
on_tick(void *ctx, const struct mh_ctl_tick *tick, struct mh_ctl_health *health)
{
    struct control *c = ctx;
    struct pt_server_counts n = {0};
    size_t waiting = 0;
    struct pt_delivery_counts letters = {0, 0};
    struct mh_err err = {.msg = ""};

    if (c->running) {
        pt_server_count(c->app.server, &n);
        waiting = pt_pool_waiting(c->app.pool);
        if (pt_store_delivery_count(c->app.store, &err, &letters) != MH_OK)
            mh_log("deliver.fail", "code=%s", mh_code_name(err.code));
    }
    c->counter[0] = (struct mh_counter){"http_requests", n.requests};
    c->counter[1] = (struct mh_counter){"http_refused", n.refused};
    c->counter[2] = (struct mh_counter){"http_connections", n.connections};
    c->counter[3] = (struct mh_counter){"http_active", n.active};
    c->counter[4] = (struct mh_counter){"http_killed", n.killed};
    c->counter[5] = (struct mh_counter){"waiting", waiting};
    c->counter[6] = (struct mh_counter){
        "flight_memory_bytes", atomic_load(&c->app.flight.memory)};
    c->counter[7] = (struct mh_counter){
        "flight_disk_bytes", atomic_load(&c->app.flight.disk)};
    c->counter[8] = (struct mh_counter){"deliveries_queued", letters.queued};
    c->counter[9] = (struct mh_counter){"deliveries_dead", letters.dead};
    pt_metrics_set(c->metrics, tick, c->counter, COUNTERS);
    health->counter = c->counter;
    health->counters = COUNTERS;
    health->ok = c->running && atomic_load(&c->app.store_good) &&
                 pt_judge_ready(c->app.judge);
    health->why = health->ok ? "" : "store or judge is not there";
}

static void
on_stop(void *ctx)
{
    struct control *c = ctx;

    c->stop = true;
    atomic_store(&c->app.stopping, true);
}

static void
finish(struct control *c)
{
    if (c->running) {
        mh_log("stop", "waiting=%zu", pt_pool_waiting(c->app.pool));
        atomic_store(&c->app.stopping, true);
        pt_server_stop(c->app.server, FINISH_MS);
        pt_app_stop(&c->app);
    } else {
        mh_close(&c->listener);
    }
    pt_payer_stop(c->app.payer);
    pt_deliver_stop(c->app.deliver);
    pt_ledger_stop(c->app.ledger);
    pt_metrics_free(c->metrics);
    pt_judge_free(c->app.judge);
    mh_keyd_free(c->app.keyd);
    pt_kept_free(c->app.kept);
    pt_store_close(c->app.store);
    mh_service_free(c->service);
    mh_arena_free(c->arena);
}

int
pt_control_run(int chan)
{
    static const struct mh_service_ops ops = {
        .setup = on_setup,
        .reload = on_reload,
        .channel = on_channel,
        .tick = on_tick,
        .stop = on_stop,
    };
    static struct control c = {.listener = -1};
    struct mh_err err = {.msg = ""};
    enum mh_code code = pt_app_init(&c.app, &err);

    c.arena = mh_arena_new(SETTINGS_ARENA);
    if (code == MH_OK && c.arena == NULL)
        code = mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    if (code == MH_OK)
        code = mh_service_new(chan, &ops, &c, &err, &c.service);
    while (code == MH_OK && !c.stop)
        code = mh_service_serve(c.service, &err);
    if (code != MH_OK)
        mh_log("end", "code=%s why=\"%.120s\"", mh_code_name(code), err.msg);
    finish(&c);
    return code == MH_OK ? 0 : 70;
}
