/*
 * mohur-keyd: decides whether to sign with the appliance's keys and writes the
 * audit log (security.md 2, keys.md 3.6).
 *
 * Started by `mohur serve` with its control channel as descriptor 3; not made
 * to be run by hand.  The main thread receives; the log has a thread of its
 * own (writer.h), so has what seals; the rest is served by a few others.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/sys/helper.h"
#include "base/sys/keybox.h"
#include "base/sys/log.h"
#include "base/sys/sandbox.h"
#include "base/sys/service.h"
#include "hsm/keyd/append.h"
#include "hsm/keyd/engine.h"

enum {
    SERVERS = 3,          /* threads besides the one that seals */
    UNDER_WAY_MAX = 256,  /* requests at once, APPENDs not counted */
    SETTINGS = 4 << 20,   /* bytes of budget */
    CALL_ARENA = 8 << 20, /* bytes of budget of one request */
    POLL = 200,           /* ms */
    SWEEP = 1000,         /* ms */
    SOFTWARE = 70,        /* exit status: cannot do what it is for */
};

/* The channel of the portal; lives as long as a request of it does. */
struct link {
    int fd;
    atomic_uint users;
};

struct job {
    struct link *link; /* NULL: a sweep */
    uint8_t *packet;
    size_t len;
    int fd[MH_MESSAGE_FDS_MAX];
    size_t fds;
    struct job *next;
};

struct line { /* jobs that wait for the threads of one kind */
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct job *first, **end;
    bool stop;
};

struct program {
    struct mh_service *service;
    struct mh_arena *arena; /* of the settings */
    struct hsm_engine engine;
    struct link *portal;
    struct line line[2]; /* for anyone; for the thread that seals */
    pthread_t thread[SERVERS + 1];
    atomic_bool ready;
    atomic_uint under_way;
    atomic_bool stop;
    uint8_t in[MH_MESSAGE_MAX];
    struct mh_counter counter[4];
};

static _Noreturn void
die(const char *event, const struct mh_err *err)
{
    struct mh_log l = mh_log_event(event);

    mh_log_err(&l, err);
    mh_log_end(&l);
    _exit(SOFTWARE);
}

/* ---- the portal's channel ---- */

static void
let_go(struct link *link)
{
    if (link == NULL || atomic_fetch_sub(&link->users, 1) != 1)
        return;
    mh_close(&link->fd);
    free(link);
}

static struct link *
hold(struct link *link)
{
    (void)atomic_fetch_add(&link->users, 1);
    return link;
}

static void
send_answer(struct link *link, const struct mh_buf *out, int fd)
{
    struct mh_err err;

    if (!mh_buf_ok(out)) {
        mh_log("answer.lost", NULL);
        return;
    }
    /* A portal that is gone asks again over its next channel. */
    if (mh_chan_send(link->fd, mh_buf_get(out), &fd, fd >= 0 ? 1 : 0, &err) !=
        MH_OK)
        mh_log("answer.gone", NULL);
}

static void
appended(void *arg, const struct mh_buf *out)
{
    struct link *link = arg;

    send_answer(link, out, -1);
    let_go(link);
}

/* A message that is none ends the channel; keyd goes on. */
static void
hang_up(struct link *link)
{
    mh_log("portal.malformed", NULL);
    (void)shutdown(link->fd, SHUT_RDWR); /* or it is gone already */
}

/* ---- serving ---- */

static void
job_free(struct job *job)
{
    for (size_t i = 0; i < job->fds; i++)
        mh_close(&job->fd[i]);
    if (job->packet != NULL)
        explicit_bzero(job->packet, job->len); /* it may hold a PIN */
    free(job->packet);
    let_go(job->link);
    free(job);
}

static void
serve(struct program *p, struct job *job)
{
    struct hsm_call call = {.packet = {job->packet, job->len},
        .fd = job->fd,
        .fds = job->fds,
        .out_fd = -1};

    mh_buf_init(&call.out, MH_MESSAGE_MAX);
    call.arena = mh_arena_new(CALL_ARENA);
    if (!mh_keyd_id(call.packet, &call.id))
        call.malformed = true;
    else if (call.arena == NULL)
        hsm_engine_fail(&p->engine, &call, MH_ENOMEM, "keyd", NULL);
    else
        hsm_engine_serve(&p->engine, &call);
    if (call.malformed)
        hang_up(job->link);
    else
        send_answer(job->link, &call.out, call.out_fd);
    mh_close(&call.out_fd);
    mh_buf_fini(&call.out);
    mh_arena_free(call.arena);
}

static struct job *
take(struct line *line)
{
    struct job *job;

    (void)pthread_mutex_lock(&line->lock); /* it is ours */
    while (line->first == NULL && !line->stop)
        (void)pthread_cond_wait(&line->more, &line->lock); /* cannot fail */
    job = line->first;
    if (job != NULL) {
        line->first = job->next;
        if (line->first == NULL)
            line->end = &line->first;
    }
    (void)pthread_mutex_unlock(&line->lock); /* the same */
    return job;
}

static void
put(struct program *p, struct line *line, struct job *job)
{
    (void)atomic_fetch_add(&p->under_way, 1);
    (void)pthread_mutex_lock(&line->lock); /* it is ours */
    *line->end = job;
    line->end = &job->next;
    (void)pthread_cond_signal(&line->more);  /* cannot fail */
    (void)pthread_mutex_unlock(&line->lock); /* the same */
}

static void
serve_line(struct program *p, struct line *line)
{
    struct job *job;

    while ((job = take(line)) != NULL) {
        if (job->link == NULL)
            hsm_engine_sweep(&p->engine);
        else
            serve(p, job);
        job_free(job);
        (void)atomic_fetch_sub(&p->under_way, 1);
    }
}

static void *
run_any(void *arg)
{
    struct program *p = arg;

    serve_line(p, &p->line[0]);
    return NULL;
}

/* Opens the log first, which may need a token; then it is ready. */
static void *
run_sealer(void *arg)
{
    struct program *p = arg;
    struct mh_err err = {.msg = ""};

    if (hsm_engine_log(&p->engine, &err) != MH_OK)
        die("log.refused", &err);
    atomic_store(&p->ready, true);
    if (mh_service_ready(p->service, &err) != MH_OK)
        die("supervisor.gone", &err);
    serve_line(p, &p->line[1]);
    return NULL;
}

static void
busy(struct link *link, struct mh_span packet)
{
    struct mh_keyd_failed m = {.code = MH_ELIMIT,
        .refusal = MH_REFUSED_FULL,
        .where = "keyd",
        .message = "too many requests under way; later again"};
    struct mh_buf out;

    if (!mh_keyd_id(packet, &m.id)) {
        hang_up(link);
        return;
    }
    mh_buf_init(&out, MH_MESSAGE_MAX);
    mh_keyd_failed_pack(&m, &out);
    send_answer(link, &out, -1);
    mh_buf_fini(&out);
}

static void
dispatch(struct program *p, struct mh_packet *packet)
{
    struct mh_span in = {packet->buf, packet->len};
    uint8_t type = mh_keyd_type(in);
    struct job *job;

    if (!mh_keyd_is_request(type)) {
        hang_up(p->portal);
        return;
    }
    if (type == MH_KEYD_APPEND) {
        if (packet->fds != 0 || hsm_append(p->engine.writer, in, "portal",
                                    appended, hold(p->portal), NULL) != MH_OK) {
            hang_up(p->portal);
            let_go(p->portal); /* it was held for the answer */
        }
        return;
    }
    job = atomic_load(&p->under_way) < UNDER_WAY_MAX ? calloc(1, sizeof(*job))
                                                     : NULL;
    if (job != NULL)
        job->packet = malloc(in.len);
    if (job == NULL || job->packet == NULL) {
        free(job);
        busy(p->portal, in);
        return;
    }
    memcpy(job->packet, in.ptr, in.len);
    job->len = in.len;
    job->link = hold(p->portal);
    job->fds = packet->fds;
    memcpy(job->fd, packet->fd, packet->fds * sizeof(job->fd[0]));
    packet->fds = 0; /* the job's now */
    put(p, &p->line[hsm_engine_seals(type) ? 1 : 0], job);
}

static void
from_portal(struct program *p)
{
    int fds[MH_MESSAGE_FDS_MAX];
    struct mh_packet packet = {.buf = p->in, .fd = fds};

    if (mh_chan_recv(p->portal->fd, NULL, &packet) != MH_OK ||
        packet.len == 0) {
        mh_packet_close(&packet);
        let_go(p->portal);
        p->portal = NULL;
        return;
    }
    dispatch(p, &packet);
    explicit_bzero(p->in, packet.len);
    mh_packet_close(&packet);
}

/* ---- the supervisor ---- */

static enum mh_code
on_setup(void *ctx, struct mh_span packet, struct mh_err *err)
{
    struct program *p = ctx;
    struct mh_span copy = mh_arena_copy(p->arena, packet);

    if (copy.ptr == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "settings: no memory");
    return mh_keyd_settings_unpack(
        copy, false, p->arena, err, &p->engine.settings);
}

/* Keys and folders stay as they are until the next start. */
static enum mh_code
on_reload(void *ctx, struct mh_span packet, struct mh_err *err)
{
    struct mh_arena *arena = mh_arena_new(SETTINGS);
    struct mh_keyd_settings s;
    enum mh_code code;

    (void)ctx;
    if (arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "settings: no memory");
    code = mh_keyd_settings_unpack(packet, true, arena, err, &s);
    mh_arena_free(arena);
    if (code == MH_OK)
        mh_log("reload", "note=%s", "next-start");
    return code;
}

static enum mh_code
on_channel(
    void *ctx, enum mh_peer peer, uint32_t index, int fd, struct mh_err *err)
{
    struct program *p = ctx;
    struct link *link;

    if (peer != MH_PEER_PORTAL) {
        hsm_engine_channel(&p->engine, peer, index, fd);
        return MH_OK;
    }
    link = calloc(1, sizeof(*link));
    if (link == NULL) {
        mh_close(&fd);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "channel: no memory");
    }
    link->fd = fd;
    atomic_store(&link->users, 1);
    let_go(p->portal);
    p->portal = link;
    return MH_OK;
}

static void
on_tick(void *ctx, const struct mh_ctl_tick *tick, struct mh_ctl_health *health)
{
    struct program *p = ctx;
    struct hsm_writer_state w = {.ok = true};

    (void)tick;
    if (atomic_load(&p->ready))
        w = hsm_writer_state(p->engine.writer);
    p->counter[0] = (struct mh_counter){"log_records", w.size};
    p->counter[1] = (struct mh_counter){"log_flushes", w.flushes};
    p->counter[2] = (struct mh_counter){"log_checkpoint", w.signed_};
    p->counter[3] =
        (struct mh_counter){"under_way", atomic_load(&p->under_way)};
    health->ok = w.ok;
    health->why = w.ok ? "" : "the audit log cannot be written";
    health->counter = p->counter;
    health->counters = 4;
}

static void
on_stop(void *ctx)
{
    struct program *p = ctx;

    atomic_store(&p->stop, true);
}

static void
want(void *arg, uint32_t i)
{
    struct program *p = arg;
    struct mh_err err;

    if (atomic_load(&p->stop))
        return; /* nothing is begun any more */
    if (mh_service_want(p->service, MH_PEER_TOKEN, i, &err) != MH_OK)
        die("supervisor.gone", &err);
}

/* ---- life ---- */

static enum mh_code
line_init(struct line *line, struct mh_err *err)
{
    line->end = &line->first;
    return pthread_mutex_init(&line->lock, NULL) == 0 &&
                   pthread_cond_init(&line->more, NULL) == 0
               ? MH_OK
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "keyd: no memory");
}

static enum mh_code
start(struct program *p, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    while (code == MH_OK && !mh_service_set_up(p->service))
        code = mh_service_serve(p->service, err);
    if (code == MH_OK)
        code = hsm_engine_init(&p->engine, want, p, err);
    for (int i = 0; i < 2 && code == MH_OK; i++)
        code = line_init(&p->line[i], err);
    if (code == MH_OK)
        code = mh_keybox_enter(
            p->engine.settings.state, p->engine.settings.landlock, err);
    for (int i = 0; i <= SERVERS && code == MH_OK; i++)
        if (pthread_create(&p->thread[i], NULL,
                i == SERVERS ? run_sealer : run_any, p) != 0)
            code = mh_fail(err, MH_EIO, MH_NO_OFFSET, "keyd: no thread");
    return code;
}

static void
sweep_now(struct program *p, int64_t *last)
{
    int64_t now = hsm_engine_now();
    struct job *job;

    if (now - *last < SWEEP)
        return;
    *last = now;
    job = calloc(1, sizeof(*job));
    if (job != NULL)
        put(p, &p->line[0], job);
}

static void
loop(struct program *p, struct mh_err *err)
{
    int64_t swept = hsm_engine_now();

    while (!atomic_load(&p->stop)) {
        bool listens = p->portal != NULL && atomic_load(&p->ready);
        struct pollfd pfd[2] = {
            {.fd = mh_service_fd(p->service), .events = POLLIN},
            {.fd = listens ? p->portal->fd : -1, .events = POLLIN}};

        if (poll(pfd, 2, POLL) > 0) {
            if (pfd[1].revents != 0 && p->portal != NULL)
                from_portal(p);
            if (pfd[0].revents != 0 &&
                mh_service_serve(p->service, err) != MH_OK)
                die("supervisor", err);
        }
        if (listens)
            sweep_now(p, &swept);
    }
}

/* What is under way is finished, then the threads end. */
static void
end(struct program *p)
{
    for (int i = 0; i < 2; i++) {
        (void)pthread_mutex_lock(&p->line[i].lock); /* it is ours */
        p->line[i].stop = true;
        (void)pthread_cond_broadcast(&p->line[i].more); /* cannot fail */
        (void)pthread_mutex_unlock(&p->line[i].lock);   /* the same */
    }
    for (int i = 0; i <= SERVERS; i++)
        (void)pthread_join(p->thread[i], NULL); /* ours */
    hsm_engine_fini(&p->engine);
}

int
main(void)
{
    static const struct mh_service_ops ops = {
        on_setup, on_reload, on_channel, on_tick, on_stop};
    struct program *p = calloc(1, sizeof(*p));
    struct mh_err err = {.msg = ""};
    enum mh_code code = MH_OK;

    mh_log_prog("keyd");
    if (p == NULL)
        return SOFTWARE;
    p->arena = mh_arena_new(SETTINGS);
    if (p->arena == NULL)
        code = mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "keyd: no memory");
    if (code == MH_OK)
        code = mh_sandbox_close_from(MH_HELPER_FD + 1, &err);
    if (code == MH_OK && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        code = mh_fail_sys(&err, "keyd: process");
    if (code == MH_OK)
        code = mh_service_new(MH_HELPER_FD, &ops, p, &err, &p->service);
    if (code == MH_OK)
        code = mh_digest_init(&err); /* it loads what it needs */
    if (code == MH_OK && mlockall(MCL_CURRENT) != 0)
        mh_log("memory", "locked=%d", 0); /* PINs have memory of their own */
    if (code == MH_OK)
        code = start(p, &err);
    if (code != MH_OK)
        die("start", &err);
    loop(p, &err);
    end(p);
    return 0;
}
