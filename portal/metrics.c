#include "portal/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys/chan.h"
#include "portal/http/server.h"

enum {
    TEXT_MAX = 1 << 20, /* bytes; 64 processes take some 20 KiB */
    CONNECTIONS = 16,
    FINISH_MS = 1000,
};

struct pt_metrics {
    pthread_mutex_t lock;
    struct mh_buf text;
    struct pt_process part[MH_PROCS_MAX];
    size_t parts;
    struct pt_server *server; /* NULL: no listener yet */
    struct pt_flight flight;
};

enum mh_code
pt_metrics_new(struct mh_err *err, struct pt_metrics **out)
{
    struct pt_metrics *m = calloc(1, sizeof(*m));

    if (m == NULL || pthread_mutex_init(&m->lock, NULL) != 0) {
        free(m);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "metrics: no memory");
    }
    mh_buf_init(&m->text, TEXT_MAX);
    *out = m;
    return MH_OK;
}

void
pt_metrics_free(struct pt_metrics *m)
{
    if (m == NULL)
        return;
    if (m->server != NULL)
        pt_server_stop(m->server, FINISH_MS);
    mh_buf_fini(&m->text);
    (void)pthread_mutex_destroy(&m->lock); /* nobody holds it */
    free(m);
}

/* ---- the text ---- */

static void
head(struct mh_buf *out, const char *name, const char *type, const char *help)
{
    mh_buf_printf(out, "# HELP mohur_%s %s\n# TYPE mohur_%s %s\n", name, help,
        name, type);
}

static uint64_t
up(const struct mh_proc *p)
{
    return p->up ? 1 : 0;
}

static uint64_t
restarts(const struct mh_proc *p)
{
    return p->restarts;
}

static uint64_t
uptime(const struct mh_proc *p)
{
    return p->up_s;
}

static uint64_t
resident(const struct mh_proc *p)
{
    return p->rss;
}

static uint64_t
descriptors(const struct mh_proc *p)
{
    return p->fds;
}

static const struct {
    const char *name, *type, *help;
    uint64_t (*value)(const struct mh_proc *p);
} rows[] = {
    {"process_up", "gauge", "Whether it runs and is ready.", up},
    {"process_restarts_total", "counter", "How often it was started again.",
        restarts},
    {"process_uptime_seconds", "gauge", "Since its last start.", uptime},
    {"process_resident_bytes", "gauge", "Its memory.", resident},
    {"process_open_fds", "gauge", "Its open descriptors.", descriptors},
};

/* Those that only grow. */
static bool
grows(const char *name)
{
    static const char *const names[] = {
        "http_requests", "http_refused", "http_killed"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

void
pt_metrics_text(const struct mh_ctl_tick *tick,
    const struct mh_counter *counter, size_t counters, struct mh_buf *out)
{
    head(out, "ready", "gauge", "Whether every part is.");
    mh_buf_printf(out, "mohur_ready %d\n", tick->ready ? 1 : 0);
    for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        head(out, rows[r].name, rows[r].type, rows[r].help);
        /* Names of processes are words of mohur.conf: [a-z0-9._-]. */
        for (size_t i = 0; i < tick->procs; i++)
            mh_buf_printf(out, "mohur_%s{process=\"%s\"} %" PRIu64 "\n",
                rows[r].name, tick->proc[i].name,
                rows[r].value(&tick->proc[i]));
    }
    for (size_t i = 0; i < counters; i++) {
        const char *end = grows(counter[i].name) ? "_total" : "";

        mh_buf_printf(out,
            "# TYPE mohur_portal_%s%s %s\nmohur_portal_%s%s %" PRIu64 "\n",
            counter[i].name, end, end[0] == '\0' ? "gauge" : "counter",
            counter[i].name, end, counter[i].value);
    }
}

void
pt_metrics_set(struct pt_metrics *m, const struct mh_ctl_tick *tick,
    const struct mh_counter *counter, size_t counters)
{
    (void)pthread_mutex_lock(&m->lock); /* it is ours */
    mh_buf_clear(&m->text);
    pt_metrics_text(tick, counter, counters, &m->text);
    m->parts = tick->procs < MH_PROCS_MAX ? tick->procs : MH_PROCS_MAX;
    for (size_t i = 0; i < m->parts; i++) {
        const struct mh_proc *p = &tick->proc[i];
        struct pt_process *o = &m->part[i];

        *o = (struct pt_process){.up = p->up,
            .restarts = p->restarts,
            .up_s = p->up_s,
            .rss = p->rss};
        (void)snprintf(o->name, sizeof(o->name), "%s", p->name);
        (void)snprintf(o->last, sizeof(o->last), "%s", p->last);
    }
    (void)pthread_mutex_unlock(&m->lock); /* the same */
}

size_t
pt_metrics_parts(
    struct pt_metrics *m, struct pt_process out[static MH_PROCS_MAX])
{
    size_t n;

    (void)pthread_mutex_lock(&m->lock); /* it is ours */
    n = m->parts;
    memcpy(out, m->part, n * sizeof(out[0]));
    (void)pthread_mutex_unlock(&m->lock); /* the same */
    return n;
}

/* ---- the listener ---- */

static void
show(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_metrics *m = ctx;

    (void)rq;
    (void)pthread_mutex_lock(&m->lock); /* it is ours */
    if (mh_buf_ok(&m->text) && m->text.len > 0) {
        answer->type = "text/plain; version=0.0.4; charset=utf-8";
        mh_buf_span(&answer->body, mh_buf_get(&m->text));
    } else {
        pt_answer_later(answer, 503, 5, "metrics", "there are none yet");
    }
    (void)pthread_mutex_unlock(&m->lock); /* the same */
}

static const struct pt_route routes[] = {{.method = PT_GET,
    .path = "/metrics",
    .open = true,
    .quick = true,
    .handle = show}};

static bool
authorize(void *ctx, struct pt_request *rq)
{
    (void)ctx;
    (void)rq;
    return true;
}

/* Every route is quick: nothing is ever dispatched. */
static bool
dispatch(void *ctx, struct pt_request *rq)
{
    (void)ctx;
    pt_answer_problem(&rq->answer, 500, "internal", "not here");
    return false;
}

static void
release(void *ctx, struct pt_request *rq)
{
    (void)ctx;
    (void)rq;
}

enum mh_code
pt_metrics_listen(struct pt_metrics *m, int fd, struct mh_err *err)
{
    static const char *const hosts[] = {"localhost", "127.0.0.1", "[::1]"};
    struct pt_server_settings set = PT_SERVER_SETTINGS_INIT;

    if (m->server != NULL) {
        mh_close(&fd);
        return MH_OK;
    }
    set.listen_fd = fd;
    set.threads = 1;
    set.connections = CONNECTIONS;
    set.gate = (struct pt_gate_settings){
        hosts, sizeof(hosts) / sizeof(hosts[0]), false, ""};
    set.flight = &m->flight;
    set.route = routes;
    set.routes = sizeof(routes) / sizeof(routes[0]);
    set.ctx = m;
    set.authorize = authorize;
    set.dispatch = dispatch;
    set.release = release;
    return pt_server_start(&set, err, &m->server);
}
