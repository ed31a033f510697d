#include "portal/http/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "portal/http/body.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/http/route.h"
#include "portal/http/watch.h"

enum {
    CONNECTION_MEMORY = 32 << 10, /* bytes: 16 KiB of headers and a buffer */
    INACTIVE_S = 120,             /* the library's own time-out, behind ours */
    PAUSE_NS = 10000000,   /* between looks whether requests have ended */
    DISCARD_MAX = 1 << 20, /* bytes read of a body that was refused half-way */
    FILE_PIECE = 64 << 10, /* bytes of a file on its way out */
};

struct pt_server {
    struct pt_server_settings set;
    struct MHD_Daemon *daemon;
    struct pt_watch watch;
    _Atomic uint64_t requests, refused, active;
};

/* What a request is to this file. */
struct exchange {
    struct pt_request rq;
    struct pt_conn *conn;
    struct MHD_Connection *mhd;
    struct pt_body_reader body;
    int64_t body_started;
    uint64_t discarded;
    bool begun;      /* the header fields were looked at */
    bool answered;   /* rq.answer is there */
    bool dispatched; /* somebody else answers */
    bool early;      /* refused: the connection ends with it */
    bool counted;
};

static struct pt_conn *
conn_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info == NULL ? NULL : info->socket_context;
}

static void
on_connection(void *ctx, struct MHD_Connection *mhd, void **socket_context,
    enum MHD_ConnectionNotificationCode what)
{
    struct pt_server *server = ctx;
    const union MHD_ConnectionInfo *info;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        pt_watch_remove(&server->watch, *socket_context);
        *socket_context = NULL;
        return;
    }
    info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != NULL)
        *socket_context = pt_watch_add(&server->watch, info->connect_fd,
            pt_now_ms() + server->set.header_ms);
}

/* The request line is there: the raw target, before anything decodes it. */
static void *
on_target(void *ctx, const char *uri, struct MHD_Connection *mhd)
{
    struct pt_server *server = ctx;
    struct exchange *x = calloc(1, sizeof(*x));
    int64_t now = pt_now_ms();

    if (x == NULL)
        return NULL;
    x->rq.server = server;
    x->rq.private = x;
    x->rq.started_ms = now;
    x->conn = conn_of(mhd);
    x->mhd = mhd;
    pt_id_new(x->rq.id);
    pt_answer_init(&x->rq.answer);
    /* A longer one is refused by its length: one more byte is enough. */
    memcpy(x->rq.target, uri, strnlen(uri, sizeof(x->rq.target) - 1));
    if (x->conn != NULL && x->conn->used &&
        now + server->set.header_ms < atomic_load(&x->conn->deadline))
        atomic_store(&x->conn->deadline, now + server->set.header_ms);
    return x;
}

static int64_t
paced(const struct pt_server *server, int64_t since, uint64_t bytes)
{
    return since + server->set.grace_ms +
           (int64_t)(bytes / server->set.rate * 1000);
}

struct fields {
    struct pt_field field[PT_FIELDS_MAX + 1];
    size_t count;
};

static enum MHD_Result
on_field(void *ctx, enum MHD_ValueKind kind, const char *name, size_t name_size,
    const char *value, size_t value_size)
{
    struct fields *f = ctx;

    (void)kind;
    if (f->count > PT_FIELDS_MAX)
        return MHD_NO; /* one too many is enough to be refused */
    f->field[f->count++] = (struct pt_field){{(const uint8_t *)name, name_size},
        {(const uint8_t *)value, value == NULL ? 0 : value_size}};
    return MHD_YES;
}

/* Refuses before the body: nothing more is read from the connection. */
static void
refuse(struct exchange *x)
{
    x->early = true;
    x->answered = true;
    pt_answer_header(&x->rq.answer, "Connection", "close");
}

static void
judge(struct pt_server *server, struct exchange *x, const char *method,
    const char *version)
{
    struct fields f = {.count = 0};
    struct pt_gate_input in = {.method = mh_span_str(method),
        .version = mh_span_str(version),
        .target = mh_span_str(x->rq.target),
        .field = f.field};

    (void)MHD_get_connection_values_n(
        x->mhd, MHD_HEADER_KIND, on_field, &f); /* counted by f */
    in.fields = f.count;
    pt_gate_judge(&server->set.gate, &in, &x->rq.gate);
    if (x->rq.gate.status == 0)
        return;
    atomic_fetch_add(&server->refused, 1);
    pt_answer_problem(
        &x->rq.answer, x->rq.gate.status, "gate", x->rq.gate.rule);
    refuse(x);
}

/* Everything that is decided before the body is read. */
static void
begin(struct pt_server *server, struct exchange *x, const char *method,
    const char *version)
{
    struct pt_request *rq = &x->rq;
    struct mh_err err = {.msg = ""};

    x->begun = true;
    x->counted = true;
    atomic_fetch_add(&server->requests, 1);
    atomic_fetch_add(&server->active, 1);
    if (x->conn != NULL)
        x->conn->used = true;
    judge(server, x, method, version);
    if (x->answered)
        return;
    rq->arena = mh_arena_new(PT_REQUEST_ARENA);
    if (rq->arena == NULL) {
        pt_answer_problem(&rq->answer, 500, "internal", "no memory");
        refuse(x);
        return;
    }
    if (!pt_route_find(server->set.route, server->set.routes, rq) ||
        !pt_route_query(rq) || !server->set.authorize(server->set.ctx, rq)) {
        refuse(x);
        return;
    }
    x->body.upload_max = server->set.upload_max;
    if (pt_body_begin(&x->body, rq, server->set.flight, server->set.spool_dir,
            &err) != MH_OK) {
        pt_answer_error(&rq->answer, &err);
        refuse(x);
        return;
    }
    x->body_started = pt_now_ms();
    if (x->conn != NULL)
        atomic_store(&x->conn->deadline, paced(server, x->body_started, 0));
}

/* A body that failed is read to its end, within reason, to be answered. */
static void
body_failed(struct exchange *x, const struct mh_err *err)
{
    if (pt_body_overload(err))
        pt_answer_later(&x->rq.answer, 503, 2, "busy", err->msg);
    else
        pt_answer_error(&x->rq.answer, err);
    x->answered = true;
    x->early = true;
    pt_answer_header(&x->rq.answer, "Connection", "close");
}

static enum MHD_Result
push(struct pt_server *server, struct exchange *x, const char *bytes,
    size_t *size)
{
    struct mh_span in = {(const uint8_t *)bytes, *size};
    struct mh_err err = {.msg = ""};

    *size = 0;
    if (x->answered) {
        x->discarded += in.len;
        return x->discarded > DISCARD_MAX ? MHD_NO : MHD_YES;
    }
    if (pt_body_push(&x->body, in, &err) != MH_OK)
        body_failed(x, &err);
    else if (x->conn != NULL)
        atomic_store(
            &x->conn->deadline, paced(server, x->body_started, x->rq.received));
    return MHD_YES;
}

static const struct {
    const char *name, *value;
} fixed[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"X-Frame-Options", "DENY"},
};

static const char strictest[] =
    "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox";

/* A page may be stricter than the rule. */
static bool
has_header(const struct pt_answer *a, const char *name)
{
    for (size_t i = 0; i < a->headers; i++)
        if (strcmp(a->header[i].name, name) == 0)
            return true;
    return false;
}

static bool
add_headers(struct MHD_Response *response, const struct pt_request *rq)
{
    const struct pt_answer *a = &rq->answer;
    bool ok = true, cached = false;

    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        ok = ok && (has_header(a, fixed[i].name) ||
                       MHD_add_response_header(
                           response, fixed[i].name, fixed[i].value) == MHD_YES);
    for (size_t i = 0; i < a->headers; i++) {
        ok = ok && MHD_add_response_header(response, a->header[i].name,
                       a->header[i].value) == MHD_YES;
        cached = cached || strcmp(a->header[i].name, "Cache-Control") == 0;
    }
    if (!cached)
        ok = ok && MHD_add_response_header(
                       response, "Cache-Control", "no-store") == MHD_YES;
    ok = ok && MHD_add_response_header(response, "Content-Security-Policy",
                   a->csp[0] == '\0' ? strictest : a->csp) == MHD_YES;
    ok = ok &&
         MHD_add_response_header(response, "X-Request-Id", rq->id) == MHD_YES;
    return ok && ((a->body.len == 0 && a->size == 0) ||
                     MHD_add_response_header(response,
                         MHD_HTTP_HEADER_CONTENT_TYPE, a->type) == MHD_YES);
}

/* A file on its way out; read piece by piece, whatever its size. */
struct outgoing {
    int fd;
};

static ssize_t
read_file(void *ctx, uint64_t at, char *out, size_t max)
{
    const struct outgoing *o = ctx;
    ssize_t n = pread(o->fd, out, max, (off_t)at);

    return n > 0 ? n : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void
close_file(void *ctx)
{
    struct outgoing *o = ctx;

    mh_close(&o->fd);
    free(o);
}

static struct MHD_Response *
response_of(struct pt_answer *a)
{
    struct MHD_Response *response;
    struct outgoing *o;

    /* The body is the exchange's, which outlives what is sent of it. */
    if (a->fd < 0)
        return MHD_create_response_from_buffer(
            a->body.len, a->body.ptr, MHD_RESPMEM_PERSISTENT);
    o = malloc(sizeof(*o));
    if (o == NULL)
        return NULL;
    o->fd = a->fd;
    response = MHD_create_response_from_callback(
        a->size, FILE_PIECE, read_file, o, close_file);
    if (response == NULL)
        free(o);
    else
        a->fd = -1; /* it is the response's now */
    return response;
}

static enum MHD_Result
answer(struct pt_server *server, struct exchange *x)
{
    struct pt_answer *a = &x->rq.answer;
    uint64_t size = a->fd < 0 ? a->body.len : a->size;
    struct MHD_Response *response;
    enum MHD_Result rc;

    if (!mh_buf_ok(&a->body))
        pt_answer_problem(a, 500, "internal", "the answer cannot be made");
    response = response_of(a);
    if (response == NULL)
        return MHD_NO;
    if (x->conn != NULL)
        atomic_store(&x->conn->deadline, paced(server, pt_now_ms(), size));
    rc = add_headers(response, &x->rq)
             ? MHD_queue_response(x->mhd, a->status, response)
             : MHD_NO;
    MHD_destroy_response(response);
    return rc;
}

/* The whole request is there. */
static enum MHD_Result
finish(struct pt_server *server, struct exchange *x)
{
    struct pt_request *rq = &x->rq;
    struct mh_err err = {.msg = ""};

    if (!x->answered && pt_body_end(&x->body, &err) != MH_OK)
        body_failed(x, &err);
    if (x->answered)
        return answer(server, x);
    if (rq->route->quick) {
        rq->route->handle(server->set.ctx, rq, &rq->answer);
        x->answered = true;
    } else {
        x->answered = server->set.at_once != NULL &&
                      server->set.at_once(server->set.ctx, rq);
    }
    if (x->answered)
        return answer(server, x);
    /* What is waited for now is ours, not the client's. */
    if (x->conn != NULL)
        atomic_store(&x->conn->deadline, INT64_MAX);
    x->dispatched = true;
    MHD_suspend_connection(x->mhd);
    if (!server->set.dispatch(server->set.ctx, rq))
        pt_request_done(rq);
    return MHD_YES;
}

void
pt_request_done(struct pt_request *rq)
{
    struct exchange *x = rq->private;

    x->answered = true;
    MHD_resume_connection(x->mhd);
}

/* NOLINTBEGIN(readability-function-size): as the library calls it */
static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *bytes, size_t *size,
    void **state)
{
    struct pt_server *server = ctx;
    struct exchange *x = *state;

    (void)url; /* decoded: the raw target is what counts */
    if (x == NULL)
        return MHD_NO; /* without memory */
    x->mhd = mhd;
    if (!x->begun) {
        begin(server, x, method, version);
        return x->answered ? answer(server, x) : MHD_YES;
    }
    if (*size > 0)
        return push(server, x, bytes, size);
    return x->answered ? answer(server, x) : finish(server, x);
}
/* NOLINTEND(readability-function-size) */

static void
log_request(const struct exchange *x, enum MHD_RequestTerminationCode how)
{
    const struct pt_request *rq = &x->rq;
    struct mh_log l = mh_log_event("request");
    char path[PT_TARGET_MAX + 1] = "-";

    /* Where memory is out there is no arena, and this is said all the same. */
    if (rq->gate.status == 0 && rq->gate.path.len < sizeof(path)) {
        memcpy(path, rq->gate.path.ptr, rq->gate.path.len);
        path[rq->gate.path.len] = '\0';
    }
    mh_log_text(&l, "id", rq->id);
    mh_log_text(&l, "method", pt_method_name(rq->gate.method));
    mh_log_text(&l, "path", path);
    mh_log_num(&l, "status", x->answered ? rq->answer.status : 0);
    mh_log_num(&l, "in", (int64_t)rq->received);
    mh_log_num(&l, "out", (int64_t)(rq->answer.body.len + rq->answer.size));
    mh_log_num(&l, "ms", pt_now_ms() - rq->started_ms);
    mh_log_num(&l, "client", rq->client);
    mh_log_num(&l, "end", how);
    mh_log_end(&l);
}

static void
on_completed(void *ctx, struct MHD_Connection *mhd, void **state,
    enum MHD_RequestTerminationCode how)
{
    struct pt_server *server = ctx;
    struct exchange *x = *state;
    struct pt_request *rq;

    (void)mhd;
    if (x == NULL)
        return;
    rq = &x->rq;
    if (x->counted) {
        log_request(x, how);
        atomic_fetch_sub(&server->active, 1);
    }
    if (x->conn != NULL && how == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        atomic_store(&x->conn->deadline, pt_now_ms() + server->set.idle_ms);
    server->set.release(server->set.ctx, rq);
    pt_body_fini(&x->body);
    pt_answer_fini(&rq->answer);
    mh_arena_free(rq->arena);
    free(x);
    *state = NULL;
}

/* The library speaks only of broken connections, and of our own bugs. */
static void
on_log(void *ctx, const char *fmt, va_list ap)
{
    (void)ctx;
    (void)fmt;
    (void)ap;
}

enum mh_code
pt_server_start(const struct pt_server_settings *settings, struct mh_err *err,
    struct pt_server **out)
{
    struct pt_server *server = calloc(1, sizeof(*server));

    if (server == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "http: no memory");
    server->set = *settings;
    if (pt_watch_start(&server->watch, err) != MH_OK) {
        free(server);
        return MH_ENOMEM;
    }
    server->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD |
                                          MHD_ALLOW_SUSPEND_RESUME |
                                          MHD_USE_ERROR_LOG,
        0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_log,
        NULL, MHD_OPTION_LISTEN_SOCKET, settings->listen_fd,
        MHD_OPTION_THREAD_POOL_SIZE, settings->threads,
        MHD_OPTION_CONNECTION_LIMIT, settings->connections,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)INACTIVE_S,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, on_target,
        server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_END);
    if (server->daemon == NULL) {
        pt_watch_stop(&server->watch);
        free(server);
        return mh_fail(
            err, MH_EIO, MH_NO_OFFSET, "http: the server cannot start");
    }
    *out = server;
    return MH_OK;
}

void
pt_server_stop(struct pt_server *server, int64_t ms)
{
    const struct timespec pause = {0, PAUSE_NS};
    int64_t until = pt_now_ms() + ms;
    int fd = (int)MHD_quiesce_daemon(server->daemon);

    while (atomic_load(&server->active) > 0 && pt_now_ms() < until)
        (void)nanosleep(&pause, NULL); /* sooner is fine */
    if (atomic_load(&server->active) > 0)
        _exit(0); /* requests that hang are not waited for */
    MHD_stop_daemon(server->daemon);
    pt_watch_stop(&server->watch);
    if (fd >= 0)
        (void)close(fd); /* nothing was written */
    free(server);
}

void
pt_server_count(struct pt_server *server, struct pt_server_counts *out)
{
    *out = (struct pt_server_counts){
        .connections = atomic_load(&server->watch.open),
        .requests = atomic_load(&server->requests),
        .refused = atomic_load(&server->refused),
        .killed = atomic_load(&server->watch.killed),
        .active = atomic_load(&server->active),
    };
}
