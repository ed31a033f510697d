#include "signer/cmd/serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "signer/cmd/cmd.h"
#include "signer/cmd/serve_listen.h"
#include "signer/cmd/serve_proc.h"
#include "signer/cmd/serve_trust.h"

enum {
    CONFIG_ARENA = 4 << 20, /* bytes of settings */
    LAST_MS = 3000,         /* for helpers after the services */
};

struct loop {
    struct sg_serve s;
    const char *path;
    int signals;
    int64_t next_tick;
    bool over;      /* SIGTERM came */
    int64_t forced; /* ms: SIGKILL for what is left then; 0: not yet */
};

static void
log_failure(const char *event, const char *of, const struct mh_err *err)
{
    struct mh_log l = mh_log_event(event);

    if (of != NULL)
        mh_log_text(&l, "of", of);
    mh_log_err(&l, err);
    mh_log_end(&l);
}

/* A folder of a service's own, made where it is not there. */
static enum mh_code
own_folder(const char *path, const struct sg_user *user, bool switch_user,
    struct mh_err *err)
{
    struct stat st;

    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return mh_fail_sys(err, "state");
    if (lstat(path, &st) != 0)
        return mh_fail_sys(err, "state");
    if (!S_ISDIR(st.st_mode))
        return mh_fail(err, MH_EIO, MH_NO_OFFSET, "state: not a folder");
    if (switch_user && st.st_uid != user->uid &&
        (st.st_uid != 0 || chown(path, user->uid, user->gid) != 0))
        return mh_fail(err, MH_EIO, MH_NO_OFFSET, "state: of another user");
    return MH_OK;
}

static enum mh_code
prepare(struct loop *l, struct mh_err *err)
{
    struct sg_serve_config *c = &l->s.config;
    const char *of = NULL;
    sigset_t set;
    enum mh_code code;

    (void)sigemptyset(&set); /* these cannot fail */
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return mh_fail_sys(err, "signals");
    l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (l->signals < 0)
        return mh_fail_sys(err, "signals");
    code = own_folder(
        c->portal.state, &c->user[SG_ROLE_PORTAL], c->switch_user, err);
    if (code == MH_OK)
        code = own_folder(
            c->keyd.state, &c->user[SG_ROLE_KEYD], c->switch_user, err);
    if (code == MH_OK)
        code = sg_listen_open(c->listen, c->group, err, &l->s.listener);
    if (code == MH_OK)
        code = sg_listen_open(c->metrics, "", err, &l->s.metrics);
    if (code == MH_OK)
        code = mh_supervisor_confine(err);
    if (code == MH_OK)
        code = sg_serve_trust(c, err, &of, &l->s.trust);
    if (code != MH_OK)
        log_failure("fail", of, err);
    return code;
}

static void
log_problems(const struct sg_problems *p)
{
    const char *at = (const char *)p->text.ptr;
    const char *end = at + p->text.len;

    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        struct mh_log l = mh_log_event("reload.refused");
        char line[512];

        if (stop == NULL)
            stop = end;
        (void)snprintf(
            line, sizeof(line), "%.*s", (int)(stop - at), at); /* cut is fine */
        mh_log_text(&l, "why", line);
        mh_log_end(&l);
        at = stop + 1;
    }
}

/* What is good takes effect, whole; what is not changes nothing. */
static void
apply(struct loop *l, struct mh_arena *arena,
    const struct sg_serve_config *next, int trust)
{
    bool same = sg_serve_same_keys(&l->s.config, next);
    struct sg_serve_config before = l->s.config;

    l->s.config = *next;
    if (!same && !sg_serve_keys(&l->s)) {
        l->s.config = before;
        mh_close(&trust);
        mh_arena_free(arena);
        mh_log("reload.refused", "why=token-workers-still-ending");
        return;
    }
    mh_arena_free(l->s.arena);
    l->s.arena = arena;
    mh_close(&l->s.trust);
    l->s.trust = trust;
    sg_serve_give(&l->s, SG_PORTAL, MH_PEER_TRUST, 0, trust);
    sg_serve_reload(&l->s, SG_PORTAL);
    if (same) {
        sg_serve_give(&l->s, SG_KEYD, MH_PEER_TRUST, 0, trust);
        sg_serve_reload(&l->s, SG_KEYD);
    } else {
        (void)sg_serve_stop(&l->s, SG_KEYD); /* its end starts it again */
    }
    mh_log("reload", "keys=%s", same ? "same" : "new");
}

static void
reload(struct loop *l)
{
    struct mh_arena *arena = mh_arena_new(CONFIG_ARENA);
    struct sg_serve_config next = {0};
    struct mh_err err = {.msg = ""};
    struct sg_problems problems;
    const char *of = NULL, *fixed = NULL;
    enum mh_code code = MH_ENOMEM;
    int trust = -1;

    sg_notify("RELOADING=1");
    sg_problems_init(&problems);
    if (arena != NULL)
        code = sg_serve_read(l->path, arena, &problems, &err, &next);
    if (code == MH_OK && problems.count == 0)
        fixed = sg_serve_fixed(&l->s.config, &next);
    if (fixed != NULL)
        sg_problem(&problems, l->path, 0, "%s: needs a restart", fixed);
    if (code == MH_OK && problems.count == 0)
        code = sg_serve_trust(&next, &err, &of, &trust);
    if (code == MH_OK && problems.count == 0) {
        apply(l, arena, &next, trust);
        arena = NULL;
    } else if (code != MH_OK) {
        log_failure("reload.refused", of, &err);
    }
    log_problems(&problems);
    sg_problems_fini(&problems);
    mh_arena_free(arena);
    sg_notify("READY=1");
}

static void
begin_end(struct loop *l)
{
    if (l->over) { /* a second time: at once */
        l->forced = sg_serve_now();
        return;
    }
    l->over = true;
    l->s.stopping = true;
    sg_notify("STOPPING=1");
    mh_log("stop", NULL);
    /* The portal first: keyd finishes what it has under way. */
    if (!sg_serve_stop(&l->s, SG_PORTAL))
        (void)sg_serve_stop(&l->s, SG_KEYD); /* it may not run either */
}

static void
on_signal(struct loop *l)
{
    struct signalfd_siginfo info;

    while (read(l->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo != SIGHUP)
            begin_end(l);
        else if (!l->over)
            reload(l);
    }
}

static void
judge_ready(struct loop *l)
{
    bool ready = !l->over;

    for (size_t i = 0; i < l->s.procs; i++) {
        const struct sg_proc *p = &l->s.proc[i];

        if (p->wanted)
            ready = ready && p->child.pid > 0 &&
                    (p->owner >= 0 || (p->ready && p->ok));
    }
    if (ready == l->s.ready)
        return;
    l->s.ready = ready;
    mh_log(ready ? "all.ready" : "all.not-ready", NULL);
    if (ready)
        sg_notify("READY=1\nSTATUS=every part is ready");
    else if (!l->over)
        sg_notify("STATUS=not every part is ready");
    if (!l->over)
        l->next_tick = sg_serve_now(); /* the services are told */
}

/* Whether nothing runs any more. */
static bool
finish(struct loop *l)
{
    struct sg_serve *s = &l->s;
    int64_t now = sg_serve_now();
    bool services = false, any = false;

    for (size_t i = 0; i < s->procs; i++) {
        any = any || s->proc[i].child.pid > 0;
        services = services || (i <= SG_KEYD && s->proc[i].child.pid > 0);
    }
    if (s->proc[SG_PORTAL].child.pid <= 0 && s->proc[SG_KEYD].chan >= 0 &&
        !s->proc[SG_KEYD].done)
        (void)sg_serve_stop(s, SG_KEYD); /* it runs */
    if (!services && l->forced == 0)
        l->forced = now + LAST_MS;
    if (l->forced > 0 && now >= l->forced)
        for (size_t i = 0; i < s->procs; i++)
            if (!s->proc[i].killed)
                sg_serve_kill(s, i, "end");
    return !any;
}

/* ms to wait; never for ever, ticks come. */
static int
patience(struct loop *l, int64_t due)
{
    int64_t now = sg_serve_now();
    int64_t ms = l->next_tick - now;

    if (due >= 0 && due < ms)
        ms = due;
    if (l->forced > 0 && l->forced - now < ms)
        ms = l->forced - now;
    return ms < 0 ? 0 : (int)ms;
}

static void
wait_for_events(struct loop *l, int64_t due)
{
    struct pollfd pfd[1 + 2 + MH_PROCS_MAX];
    struct sg_serve *s = &l->s;
    size_t n = 0, procs = s->procs;

    pfd[n++] = (struct pollfd){.fd = l->signals, .events = POLLIN};
    for (int i = SG_PORTAL; i <= SG_KEYD; i++)
        pfd[n++] = (struct pollfd){.fd = s->proc[i].chan, .events = POLLIN};
    for (size_t i = 0; i < procs; i++)
        pfd[n++] =
            (struct pollfd){.fd = s->proc[i].child.pidfd, .events = POLLIN};
    if (poll(pfd, n, patience(l, due)) <= 0)
        return; /* a signal, or something is due */
    for (int i = SG_PORTAL; i <= SG_KEYD; i++)
        if (pfd[1 + i].revents != 0 && s->proc[i].chan == pfd[1 + i].fd)
            sg_serve_heard(s, (size_t)i);
    for (size_t i = 0; i < procs; i++)
        if (pfd[3 + i].revents != 0 && s->proc[i].child.pidfd == pfd[3 + i].fd)
            sg_serve_ended(s, i);
    if (pfd[0].revents != 0)
        on_signal(l);
}

static void
loop(struct loop *l)
{
    for (;;) {
        int64_t due = sg_serve_run(&l->s);

        judge_ready(l);
        if (l->over && finish(l))
            return;
        if (sg_serve_now() >= l->next_tick) {
            l->next_tick = sg_serve_now() + MH_TICK_MS;
            sg_serve_tick(&l->s);
        }
        wait_for_events(l, due);
    }
}

int
sg_serve_main(const char *path, struct mh_arena *arena,
    const struct sg_serve_config *config)
{
    static struct loop l;
    struct mh_err err = {.msg = ""};

    mh_log_prog("serve");
    l = (struct loop){.path = path, .signals = -1};
    l.s.config = *config;
    l.s.arena = arena;
    l.s.listener = l.s.metrics = l.s.trust = -1;
    l.s.in = malloc(MH_MESSAGE_MAX);
    if (l.s.in == NULL || prepare(&l, &err) != MH_OK) {
        free(l.s.in);
        mh_arena_free(arena);
        return SG_EXIT_CONFIG;
    }
    mh_log("begin", "version=" MH_VERSION " pid=%d keys=%zu", (int)getpid(),
        config->keyd.keys);
    sg_serve_layout(&l.s);
    l.next_tick = sg_serve_now() + MH_TICK_MS;
    loop(&l);
    mh_log("over", NULL);
    if (strncmp(l.s.config.listen, "unix:", 5) == 0)
        (void)unlink(l.s.config.listen + 5); /* the next start does it, too */
    mh_close(&l.s.listener);
    mh_close(&l.s.metrics);
    mh_close(&l.s.trust);
    mh_close(&l.signals);
    mh_arena_free(l.s.arena);
    free(l.s.in);
    return SG_EXIT_OK;
}
