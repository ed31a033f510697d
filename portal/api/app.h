/*
 * The portal as its handlers see it: settings, store, workers, judge.  Where
 * these come from, the command line or the supervisor, is main's to know.
 */
#ifndef PORTAL_API_APP_H
#define PORTAL_API_APP_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/wire/settings.h"
#include "portal/http/server.h"
#include "portal/jobs/judge.h"
#include "portal/jobs/pool.h"
#include "portal/store/store.h"

enum {
    PT_UPLOAD_MAX = 512 << 20, /* bytes of a request with documents */
    PT_BUCKETS = 1024,         /* clients whose rate is watched at once */
    PT_WAITING_EACH = 32,      /* requests of a client that wait */
    PT_WAITING_ALL = 256,      /* requests of all */
    PT_RUNNERS = 3,            /* jobs at once: a slow one holds no other */
};

/* A reload changes them while requests read them: each by itself. */
struct pt_settings {
    _Atomic uint32_t anonymous; /* PT_MAY_* of who shows no key: client 0 */
    _Atomic bool strict;        /* policy where a request names none */
    _Atomic uint32_t anonymous_per_minute; /* requests; 0: no limit */
    unsigned workers;                      /* judged at once; of the start */
    _Atomic uint32_t filing_level; /* of a session that files; below 2: any */
    _Atomic int64_t keep_seconds; /* jobs and answers that ended; 0: for ever */
};

struct pt_bucket {
    int64_t client; /* -1: free */
    int64_t at_ms;  /* monotonic */
    double tokens;
};

struct mh_keyd;
struct pt_metrics;
struct pt_kept;
struct pt_deliver;
struct pt_ledger;
struct pt_mobile;
struct pt_payer;

struct pt_app {
    struct pt_settings set;
    struct pt_kept *kept; /* reports of the public page */
    struct pt_store *store;
    struct pt_pool *pool;
    struct pt_judge *judge;
    struct mh_keyd *keyd; /* NULL: a portal by itself, without keys and log */
    struct pt_ledger *ledger; /* NULL: likewise */
    struct pt_mobile *mobile; /* NULL: no mobile ID is set up */
    const char *origin;       /* "https://host", as mohur.conf has it */
    const char *card_origin;  /* of client certificates, likewise; "" or NULL */
    const char *seal_key;     /* the court's, by name; "": there is none */
    bool tsa;                 /* there is a time-stamping authority */
    struct pt_payer *payer;   /* NULL: a portal by itself */
    struct pt_deliver *deliver;       /* NULL: nothing is sent */
    struct mh_notify_settings notify; /* texts are "" or borrowed */
    struct pt_metrics *metrics;       /* NULL: a portal by itself */
    /* For the operator's tests of what is outside; NULL: a portal alone. */
    const struct mh_fetch_setup *fetch;
    struct mh_mobile_settings mobile_set;
    struct pt_flight flight;
    struct pt_server *server;
    pthread_mutex_t rate_lock;
    struct pt_bucket bucket[PT_BUCKETS];
    _Atomic bool stopping;
    _Atomic int64_t store_looked; /* monotonic ms of the last try to write */
    _Atomic bool store_good;
    /* The threads that run jobs of the store. */
    pthread_t runner[PT_RUNNERS];
    pthread_mutex_t runner_lock;
    pthread_cond_t runner_wake;
    size_t runners;                /* that were started */
    uint64_t runner_calls;         /* that there is something to do */
    _Atomic int64_t swept;         /* seconds UTC */
    _Atomic int64_t mandates_seen; /* the same, of those that are over */
};

enum mh_code pt_app_init(struct pt_app *app, struct mh_err *err) MH_MUST_USE;
/* Starts workers and the runner; store and judge are there. */
enum mh_code pt_app_start(struct pt_app *app, struct mh_err *err) MH_MUST_USE;
/* Ends them; the server has been stopped. */
void pt_app_stop(struct pt_app *app);

/* The server's callbacks (portal/http/server.h). */
bool pt_app_authorize(void *ctx, struct pt_request *rq);
/* Answers a visitor's page of a few rows, out of a store of this machine. */
bool pt_app_at_once(void *ctx, struct pt_request *rq);
bool pt_app_dispatch(void *ctx, struct pt_request *rq);
void pt_app_release(void *ctx, struct pt_request *rq);

/* The runner has something to do. */
void pt_app_wake(struct pt_app *app);

extern const struct pt_route pt_routes[];
extern const size_t pt_routes_count;

#endif
