#include "signer/cmd/serve_proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/log.h"

enum {
    WAIT_FIRST = 100,   /* ms: the first back-off */
    WAIT_MOST = 10000,  /* ms: the longest */
    CALM = 30000,       /* ms up that make back-off begin anew */
    HUNG = 2,           /* ticks without an answer */
    HELPER_END = 3000,  /* ms for a helper whose owner ended */
    FILES_PORTAL = 256, /* descriptors besides its connections */
    FILES_KEYD = 1024,
    FILES_HELPER = 1024,
    ARENA = 1 << 18, /* bytes of a message, unpacked */
};
static const uint64_t portal_memory = UINT64_C(4)
                                      << 30; /* uploads are mapped */

int64_t
sg_serve_now(void)
{
    struct timespec ts = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail */
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool
runs(const struct sg_proc *p)
{
    return p->child.pid > 0;
}

static void
add(struct sg_serve *s, int owner, enum mh_peer peer, uint32_t index,
    const char *name)
{
    struct sg_proc *p = &s->proc[s->procs++];

    *p = (struct sg_proc){.owner = owner,
        .peer = peer,
        .index = index,
        .child = {-1, -1},
        .chan = -1,
        .wanted = true,
        .ok = true};
    (void)snprintf(p->name, sizeof(p->name), "%s%s%s",
        owner < 0          ? ""
        : owner == SG_KEYD ? "keyd."
                           : "portal.",
        peer == MH_PEER_TOKEN ? "token." : "", name); /* names are short */
    p->name[64] = '\0';
}

void
sg_serve_layout(struct sg_serve *s)
{
    s->procs = 0;
    add(s, -1, MH_PEER_PORTAL, 0, "portal"); /* SG_PORTAL */
    add(s, -1, MH_PEER_KEYD, 0, "keyd");     /* SG_KEYD */
    for (int owner = SG_PORTAL; owner <= SG_KEYD; owner++)
        for (unsigned peer = MH_PEER_EXAMINER; peer <= MH_PEER_COURIER; peer++)
            add(s, owner, (enum mh_peer)peer, 0,
                mh_peer_name((enum mh_peer)peer));
    (void)sg_serve_keys(s); /* there is room */
}

/* Forgets the workers of keys that are no more. */
static void
compact(struct sg_serve *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->procs; i++)
        if (s->proc[i].wanted || runs(&s->proc[i])) {
            if (n != i)
                s->proc[n] = s->proc[i];
            n++;
        }
    s->procs = n;
}

bool
sg_serve_keys(struct sg_serve *s)
{
    compact(s);
    if (s->procs + s->config.keyd.keys > MH_PROCS_MAX)
        return false;
    for (size_t i = 0; i < s->procs; i++)
        if (s->proc[i].peer == MH_PEER_TOKEN) {
            s->proc[i].wanted = false;
            s->proc[i].done = true;
        }
    for (size_t i = 0; i < s->config.keyd.keys; i++)
        add(s, SG_KEYD, MH_PEER_TOKEN, (uint32_t)i, s->config.keyd.key[i].name);
    return true;
}

void
sg_serve_kill(struct sg_serve *s, size_t i, const char *why)
{
    struct sg_proc *p = &s->proc[i];

    if (!runs(p))
        return;
    mh_log("kill", "of=%s pid=%d why=%s", p->name, (int)p->child.pid, why);
    p->killed = true;
    p->deadline = 0;
    mh_close(&p->chan);
    mh_child_kill(&p->child);
}

/* A service that does not take what it is sent is as good as dead. */
static bool
send_to(struct sg_serve *s, int service, const struct mh_buf *buf, int fd)
{
    struct sg_proc *p = &s->proc[service];

    if (p->chan < 0)
        return false;
    if (mh_buf_ok(buf) && mh_chan_send(p->chan, mh_buf_get(buf), &fd,
                              fd >= 0 ? 1 : 0, NULL) == MH_OK)
        return true;
    sg_serve_kill(s, (size_t)service, "send");
    return false;
}

void
sg_serve_give(
    struct sg_serve *s, int service, enum mh_peer peer, uint32_t index, int fd)
{
    struct mh_ctl_channel m = {peer, index};
    struct mh_buf buf;

    if (fd < 0)
        return;
    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_ctl_channel_pack(&m, &buf);
    (void)send_to(s, service, &buf, fd); /* it is killed then */
    mh_buf_fini(&buf);
}

static void
send_settings(struct sg_serve *s, int service, bool again)
{
    struct mh_buf buf;

    mh_buf_init(&buf, MH_MESSAGE_MAX);
    if (service == SG_PORTAL)
        mh_portal_settings_pack(&s->config.portal, again, &buf);
    else
        mh_keyd_settings_pack(&s->config.keyd, again, &buf);
    (void)send_to(s, service, &buf, -1); /* it is killed then */
    mh_buf_fini(&buf);
}

void
sg_serve_reload(struct sg_serve *s, int service)
{
    if (s->proc[service].chan >= 0)
        send_settings(s, service, true);
}

/* A new channel between the two, when both are there. */
static void
link_services(struct sg_serve *s)
{
    int pair[2];

    if (s->proc[SG_PORTAL].chan < 0 || s->proc[SG_KEYD].chan < 0)
        return;
    if (mh_chan_pair(NULL, pair) != MH_OK) {
        sg_serve_kill(s, SG_PORTAL, "no-channel"); /* tried again with it */
        return;
    }
    sg_serve_give(s, SG_PORTAL, MH_PEER_KEYD, 0, pair[0]);
    sg_serve_give(s, SG_KEYD, MH_PEER_PORTAL, 0, pair[1]);
    mh_close(&pair[0]);
    mh_close(&pair[1]);
}

static enum sg_role
role_of(const struct sg_proc *p)
{
    switch (p->peer) {
    case MH_PEER_PORTAL:
        return SG_ROLE_PORTAL;
    case MH_PEER_KEYD:
        return SG_ROLE_KEYD;
    case MH_PEER_TOKEN:
        return SG_ROLE_TOKEN;
    case MH_PEER_COURIER:
        return SG_ROLE_COURIER;
    case MH_PEER_EXAMINER:
    case MH_PEER_EXAMINER_PDF:
    case MH_PEER_EXAMINER_SIGN:
    case MH_PEER_LISTENER:
    case MH_PEER_METRICS:
    case MH_PEER_TRUST:
    case MH_PEERS:
        break;
    }
    return SG_ROLE_EXAMINER;
}

/* Program, arguments and limits of a process. */
static void
describe(const struct sg_serve *s, const struct sg_proc *p,
    const char *arg[MH_SPAWN_ARGS_MAX], struct mh_spawn *out)
{
    static const char *const programs[] = {
        [MH_PEER_EXAMINER] = "mohur-examiner",
        [MH_PEER_EXAMINER_PDF] = "mohur-examiner-pdf",
        [MH_PEER_EXAMINER_SIGN] = "mohur-examiner-sign",
        [MH_PEER_COURIER] = "mohur-courier",
        [MH_PEER_KEYD] = "mohur-keyd",
        [MH_PEER_PORTAL] = "mohur-portal",
        [MH_PEER_TOKEN] = "mohur-token",
    };
    const struct sg_user *user = &s->config.user[role_of(p)];

    *out = (struct mh_spawn){.program = programs[p->peer],
        .arg = arg,
        .switch_user = s->config.switch_user,
        .uid = user->uid,
        .gid = user->gid,
        .files = FILES_HELPER};
    if (p->peer == MH_PEER_PORTAL) {
        out->files = FILES_PORTAL + 4 * (uint64_t)s->config.portal.connections;
        out->memory = portal_memory;
    } else if (p->peer == MH_PEER_KEYD) {
        out->files = FILES_KEYD;
    } else if (p->peer == MH_PEER_TOKEN) {
        const struct sg_token_setup *t = &s->config.token[p->index];

        arg[out->args++] = t->profile;
        arg[out->args++] = t->module;
        for (size_t i = 0;
             i < t->writables && out->args + 1 < MH_SPAWN_ARGS_MAX; i++)
            arg[out->args++] = t->writable[i];
        out->env = &t->env;
        out->envs = t->env == NULL ? 0 : 1;
        out->quiet = true;
    } else if (p->peer <= MH_PEER_EXAMINER_SIGN) {
        arg[out->args++] = s->config.workers;
    }
}

/* After a failure, or an end that was one. */
static void
back_off(struct sg_proc *p, int64_t now)
{
    if (p->started > 0 && now - p->started >= CALM)
        p->wait = 0;
    p->wait = p->wait == 0 ? WAIT_FIRST : 2 * p->wait;
    if (p->wait > WAIT_MOST)
        p->wait = WAIT_MOST;
    p->start_at = now + p->wait;
}

static void
start(struct sg_serve *s, size_t i)
{
    const char *arg[MH_SPAWN_ARGS_MAX];
    struct sg_proc *p = &s->proc[i];
    int64_t now = sg_serve_now();
    struct mh_err err = {.msg = ""};
    struct mh_spawn spawn;
    int pair[2] = {-1, -1};
    enum mh_code code = mh_chan_pair(&err, pair);

    describe(s, p, arg, &spawn);
    spawn.chan = pair[1];
    if (code == MH_OK && p->peer == MH_PEER_COURIER && p->owner == SG_PORTAL)
        code = sg_senders_open(&s->config.base.senders, &err, &spawn.more);
    if (code == MH_OK)
        code = mh_spawn(&spawn, &err, &p->child);
    mh_close(&pair[1]);
    if (spawn.more > 0)
        mh_close(&spawn.more);
    p->started = now;
    if (code != MH_OK) {
        struct mh_log l = mh_log_event("start.fail");

        mh_close(&pair[0]);
        back_off(p, now);
        mh_log_text(&l, "of", p->name);
        mh_log_err(&l, &err);
        mh_log_end(&l);
        return;
    }
    mh_log("start", "of=%s pid=%d restarts=%u", p->name, (int)p->child.pid,
        p->restarts);
    p->ready = p->done = p->killed = false;
    p->ticks = 0;
    p->deadline = 0;
    if (p->owner >= 0) {
        sg_serve_give(s, p->owner, p->peer, p->index, pair[0]);
        mh_close(&pair[0]);
        return;
    }
    /* The supervisor never waits for one that does not listen. */
    (void)fcntl(pair[0], F_SETFL, O_NONBLOCK);
    p->chan = pair[0];
    p->deadline = now + s->config.start_ms;
    p->ok = true;
    send_settings(s, (int)i, false);
    sg_serve_give(s, (int)i, MH_PEER_TRUST, 0, s->trust);
    if (i == SG_PORTAL) {
        sg_serve_give(s, SG_PORTAL, MH_PEER_LISTENER, 0, s->listener);
        sg_serve_give(s, SG_PORTAL, MH_PEER_METRICS, 0, s->metrics);
    }
    link_services(s);
}

/* ms until a process may start, 0: now, -1: it may not. */
static int64_t
due(const struct sg_serve *s, const struct sg_proc *p, int64_t now)
{
    if (runs(p) || !p->wanted || s->stopping)
        return -1;
    if (p->owner >= 0 && (s->proc[p->owner].chan < 0 || s->proc[p->owner].done))
        return -1;
    return p->start_at <= now ? 0 : p->start_at - now;
}

int64_t
sg_serve_run(struct sg_serve *s)
{
    int64_t now = sg_serve_now(), next = -1;

    compact(s);
    for (size_t i = 0; i < s->procs; i++) {
        struct sg_proc *p = &s->proc[i];
        int64_t ms = due(s, p, now);

        if (ms == 0) {
            start(s, i);
            ms = due(s, p, now);
        }
        if (runs(p) && p->deadline > 0) {
            if (now >= p->deadline)
                sg_serve_kill(s, i, p->done ? "slow-end" : "not-ready");
            else
                ms = p->deadline - now;
        }
        if (ms >= 0 && (next < 0 || ms < next))
            next = ms;
    }
    return next;
}

/* Its helpers lose their peer and end by themselves. */
static void
release_helpers(struct sg_serve *s, int service, int64_t now)
{
    for (size_t i = SG_FIRST_HELPER; i < s->procs; i++) {
        struct sg_proc *p = &s->proc[i];

        if (p->owner != service || !runs(p))
            continue;
        p->done = true;
        if (p->deadline == 0)
            p->deadline = now + HELPER_END;
    }
}

void
sg_serve_ended(struct sg_serve *s, size_t i)
{
    struct sg_proc *p = &s->proc[i];
    int64_t now = sg_serve_now();
    pid_t pid = p->child.pid;
    char how[32];
    bool clean, put_down;

    mh_child_take(&p->child, how, &clean);
    /* keyd ends the token of a judge after each activation, and with it the
       PIN: that is no fault, and the next activation does not wait for it. */
    put_down = clean && p->owner == SG_KEYD && p->peer == MH_PEER_TOKEN;
    (void)snprintf(p->last, sizeof(p->last), "%s", how); /* fits */
    mh_close(&p->chan);
    p->ready = false;
    p->deadline = 0;
    p->restarts += s->stopping ? 0 : 1;
    {
        /* While all ends, a helper may be told by its service before us. */
        bool wanted = p->done || s->stopping || put_down;
        struct mh_log l = mh_log_event(wanted && clean ? "end" : "end.fail");

        mh_log_text(&l, "of", p->name);
        mh_log_num(&l, "pid", pid);
        mh_log_text(&l, "how", how);
        mh_log_num(&l, "up_ms", now - p->started);
        mh_log_end(&l);
    }
    if (put_down)
        p->wait = 0;
    if (p->done || put_down)
        p->start_at = now + (p->done ? 0 : WAIT_FIRST);
    else
        back_off(p, now);
    if (p->owner < 0)
        release_helpers(s, (int)i, now);
}

bool
sg_serve_stop(struct sg_serve *s, int service)
{
    struct sg_proc *p = &s->proc[service];
    struct mh_buf buf;

    if (p->chan < 0)
        return false;
    p->done = true;
    p->deadline = sg_serve_now() + MH_STOP_MS;
    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_ctl_pack_bare(MH_CTL_STOP, &buf);
    (void)send_to(s, service, &buf, -1); /* it is killed then */
    mh_buf_fini(&buf);
    return true;
}

/* WANT: only a helper of its own, at most as often as back-off has it. */
static bool
on_want(struct sg_serve *s, int service, struct mh_span in)
{
    struct mh_ctl_want want;

    if (mh_ctl_want_unpack(in, NULL, &want) != MH_OK)
        return false;
    for (size_t i = SG_FIRST_HELPER; i < s->procs; i++) {
        struct sg_proc *p = &s->proc[i];

        if (p->owner != service || p->peer != want.peer ||
            p->index != want.index || !p->wanted)
            continue;
        sg_serve_kill(s, i, "wanted"); /* its end starts it again */
        return true;
    }
    return false; /* there is none of that number */
}

static bool
on_health(struct sg_serve *s, int service, struct mh_span in)
{
    struct sg_proc *p = &s->proc[service];
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct mh_ctl_health health;
    bool good = arena != NULL && p->ticks > 0 &&
                mh_ctl_health_unpack(in, arena, NULL, &health) == MH_OK;

    if (good) {
        p->ticks = 0;
        if (p->ok != health.ok) {
            struct mh_log l = mh_log_event("health");

            mh_log_text(&l, "of", p->name);
            mh_log_num(&l, "ok", health.ok);
            mh_log_text(&l, "why", health.why);
            mh_log_end(&l);
        }
        p->ok = health.ok;
        (void)snprintf(
            p->why, sizeof(p->why), "%s", health.why); /* cut is fine */
    }
    mh_arena_free(arena);
    return good;
}

static bool
on_ready(struct sg_proc *p, struct mh_span in)
{
    if (p->ready || mh_ctl_unpack_bare(in, MH_CTL_READY, NULL) != MH_OK)
        return false;
    p->ready = true;
    if (!p->done)
        p->deadline = 0;
    mh_log("ready", "of=%s ms=%lld", p->name,
        (long long)(sg_serve_now() - p->started));
    return true;
}

void
sg_serve_heard(struct sg_serve *s, size_t i)
{
    struct sg_proc *p = &s->proc[i];
    int fds[MH_MESSAGE_FDS_MAX];
    struct mh_packet packet = {.buf = s->in, .fd = fds};
    enum mh_code code = mh_chan_recv(p->chan, NULL, &packet);
    struct mh_span in = {s->in, packet.len};
    bool good = code == MH_OK && packet.fds == 0;

    mh_packet_close(&packet);
    if (code == MH_OK && packet.len == 0) {
        /* It closed its end: there is nothing more to say to it. */
        if (!p->done)
            sg_serve_kill(s, i, "closed");
        else
            mh_close(&p->chan);
        return;
    }
    switch (good ? mh_ctl_type(in) : 0) {
    case MH_CTL_READY:
        good = on_ready(p, in);
        break;
    case MH_CTL_HEALTH:
        good = on_health(s, (int)i, in);
        break;
    case MH_CTL_WANT:
        good = on_want(s, (int)i, in);
        break;
    default:
        good = false;
        break;
    }
    if (!good)
        sg_serve_kill(s, i, "malformed-message");
}

/* Bytes in memory; 0 where the kernel does not say. */
static uint64_t
rss_of(pid_t pid)
{
    char path[64], text[128];
    unsigned long long pages;
    const char *at;
    ssize_t n;
    int fd;

    (void)snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid); /* fits */
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    n = read(fd, text, sizeof(text) - 1);
    mh_close(&fd);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    at = strchr(text, ' '); /* behind the size of the address space */
    if (at == NULL)
        return 0;
    pages = strtoull(at, NULL, 10);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void
sg_serve_tick(struct sg_serve *s)
{
    struct mh_proc proc[MH_PROCS_MAX];
    struct mh_ctl_tick tick = {s->ready, proc, s->procs};
    int64_t now = sg_serve_now();
    struct mh_buf buf;

    for (size_t i = 0; i < s->procs; i++) {
        const struct sg_proc *p = &s->proc[i];
        bool up = runs(p);

        proc[i] = (struct mh_proc){.name = p->name,
            .up = up && (p->owner >= 0 || p->ready),
            .pid = up ? (uint32_t)p->child.pid : 0,
            .restarts = p->restarts,
            .up_s = up ? (uint64_t)(now - p->started) / 1000 : 0,
            .rss = up ? rss_of(p->child.pid) : 0,
            .last = p->last};
    }
    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_ctl_tick_pack(&tick, &buf);
    for (int i = SG_PORTAL; i <= SG_KEYD; i++) {
        struct sg_proc *p = &s->proc[i];

        if (p->chan < 0 || !p->ready || p->done)
            continue;
        if (p->ticks >= HUNG)
            sg_serve_kill(s, (size_t)i, "hung");
        else if (send_to(s, i, &buf, -1))
            p->ticks++;
    }
    mh_buf_fini(&buf);
}
