#include "hsm/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/sys/chan.h"

enum {
    CHANNEL = 3,        /* where mohur-token finds its channel */
    LAUNCH_WAIT = 8000, /* ms for somebody else to start it */
    END_WAIT = 2000,    /* ms for a logout */
    REAP_WAIT = 1000,   /* ms for a killed process to end */
    PATH_BYTES = 4096,  /* of a file name */
    ARGS_MAX = 40,
    START_ARENA = 256 << 10, /* bytes of arguments and environment */
    ENVS_MAX = 4,
};

/*
 * Settings of modules that reach them by environment; the folder such a file
 * stands in is one the module may write to (tokens and caches beside it).
 */
static const char *const passed[] = {"OPENSC_CONF", "SOFTHSM2_CONF"};

enum {
    PASSED = sizeof(passed) / sizeof(passed[0])
};

int64_t
hsm_now(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail */
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

enum mh_token_profile
hsm_worker_profile(const char *module)
{
    const char *slash = strrchr(module, '/');
    const char *name = slash == NULL ? module : slash + 1;

    if (strstr(name, "softhsm") != NULL)
        return MH_TOKEN_SOFT;
    if (strstr(name, "opensc") != NULL)
        return MH_TOKEN_CARD;
    return MH_TOKEN_NET;
}

enum mh_code
hsm_worker_init(struct hsm_worker *w, struct mh_err *err)
{
    *w = (struct hsm_worker){.chan = -1, .pid = -1};
    w->in = malloc(MH_MESSAGE_MAX);
    if (w->in == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "token: no memory");
    return MH_OK;
}

void
hsm_worker_fini(struct hsm_worker *w)
{
    hsm_worker_kill(w);
    free(w->in);
    w->in = NULL;
}

bool
hsm_worker_runs(const struct hsm_worker *w)
{
    return w->chan >= 0;
}

bool
hsm_worker_idle(const struct hsm_worker *w)
{
    struct pollfd pfd = {.fd = w->chan, .events = POLLIN};

    return w->chan >= 0 && poll(&pfd, 1, 0) == 0;
}

/*
 * Takes the end of a killed process, but does not wait for it for ever: one
 * that sleeps in a driver ends when the driver lets it.
 */
static void
reap(struct hsm_worker *w)
{
    struct timespec pause = {0, 1000000};
    int64_t until = hsm_now() + REAP_WAIT;
    int status;
    pid_t got;

    do {
        got = waitpid(w->pid, &status, WNOHANG);
        if (got == 0)
            (void)nanosleep(&pause, NULL); /* earlier does no harm */
    } while ((got == 0 || (got < 0 && errno == EINTR)) && hsm_now() < until);
    w->pid = -1;
}

void
hsm_worker_kill(struct hsm_worker *w)
{
    bool ran = w->chan >= 0;

    mh_close(&w->chan);
    if (w->launch != NULL && ran)
        w->launch->kill(w->launch->arg);
    if (w->pid <= 0)
        return;
    (void)kill(w->pid, SIGKILL); /* a child not yet reaped */
    reap(w);
}

void
hsm_worker_end(struct hsm_worker *w)
{
    struct mh_span answer;
    struct mh_buf msg;

    if (!hsm_worker_runs(w)) {
        hsm_worker_kill(w);
        return;
    }
    mh_buf_init(&msg, MH_MESSAGE_MAX);
    mh_token_pack_bare(MH_TOKEN_CLOSE, &msg);
    /* There is no answer to it but the end of the channel. */
    if (hsm_worker_ask(w, &msg, hsm_now() + END_WAIT, &answer) != HSM_DIED &&
        w->pid > 0)
        (void)kill(w->pid, SIGKILL); /* it hangs, or talks instead */
    mh_buf_fini(&msg);
    hsm_worker_kill(w);
}

static enum mh_code
beside_self(struct mh_err *err, char *out)
{
    static const char name[] = "mohur-token";
    ssize_t n = readlink("/proc/self/exe", out, PATH_BYTES - sizeof(name) - 1);
    char *slash;

    if (n <= 0)
        return mh_fail_sys(err, "token: own path");
    out[n] = '\0';
    slash = strrchr(out, '/');
    if (slash == NULL)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "token: own path");
    memcpy(slash + 1, name, sizeof(name));
    return MH_OK;
}

static const char *
profile_name(enum mh_token_profile profile)
{
    switch (profile) {
    case MH_TOKEN_CARD:
        return "card";
    case MH_TOKEN_SOFT:
        return "soft";
    case MH_TOKEN_NET:
    case MH_TOKEN_BY_NAME:
    case MH_TOKEN_PROFILES:
        break;
    }
    return "net";
}

/* Arguments and environment of the new process. */
struct start {
    struct mh_arena *arena; /* owns what follows */
    char path[PATH_BYTES];
    char *argv[ARGS_MAX];
    size_t args;
    char *envp[ENVS_MAX];
    bool full; /* something did not fit, or no memory */
};

static void
add(struct start *st, const char *text)
{
    char *copy = mh_arena_str(st->arena, mh_span_str(text));

    if (copy == NULL || st->args + 1 >= ARGS_MAX)
        st->full = true;
    else
        st->argv[st->args++] = copy;
}

/* Adds the folder of a settings file to the writable ones. */
static void
add_folder_of(struct start *st, const char *file)
{
    char *real = realpath(file, NULL);
    char *slash = real == NULL ? NULL : strrchr(real, '/');

    if (slash != NULL && slash != real) {
        *slash = '\0';
        add(st, real);
    }
    free(real);
}

static void
fill(struct start *st, const struct hsm_worker_options *o)
{
    size_t envs = 0;

    add(st, "mohur-token"); /* what ps shows */
    add(st, profile_name(o->profile));
    add(st, o->module);
    for (size_t i = 0; i < o->writables; i++)
        add(st, o->writable[i]);
    st->envp[envs++] = mh_arena_printf(st->arena, "LC_ALL=C.UTF-8");
    for (size_t i = 0; i < PASSED; i++) {
        const char *value = getenv(passed[i]);

        if (value == NULL || value[0] == '\0')
            continue;
        st->envp[envs++] =
            mh_arena_printf(st->arena, "%s=%s", passed[i], value);
        add_folder_of(st, value);
    }
    for (size_t i = 0; i < envs; i++)
        st->full = st->full || st->envp[i] == NULL;
}

static int
spawn(const struct start *st, int chan, pid_t *out)
{
    posix_spawn_file_actions_t actions;
    int rc = posix_spawn_file_actions_init(&actions);

    if (rc != 0)
        return rc;
    rc = posix_spawn_file_actions_addopen(
        &actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(
            &actions, STDIN_FILENO, STDOUT_FILENO);
#ifndef MH_SANITIZED /* modules talk there; our errors travel as messages */
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(
            &actions, STDIN_FILENO, STDERR_FILENO);
#endif
    if (rc == 0)
        rc = posix_spawn_file_actions_addchdir_np(&actions, "/");
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, chan, CHANNEL);
    if (rc == 0)
        rc = posix_spawn(out, st->path, &actions, NULL, st->argv, st->envp);
    (void)posix_spawn_file_actions_destroy(&actions); /* only frees */
    return rc;
}

static enum mh_code
execute(struct hsm_worker *w, const struct hsm_worker_options *o,
    struct mh_err *err)
{
    struct start st = {.arena = mh_arena_new(START_ARENA)};
    int pair[2] = {-1, -1}, high = -1, rc = 0;
    enum mh_code code = MH_OK;

    if (st.arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "token: no memory");
    if (o->program == NULL)
        code = beside_self(err, st.path);
    else if (strlen(o->program) >= sizeof(st.path))
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "token: program path");
    else
        memcpy(st.path, o->program, strlen(o->program) + 1);
    if (code == MH_OK)
        code = mh_chan_pair(err, pair);
    if (code != MH_OK) {
        mh_arena_free(st.arena);
        return code;
    }
    fill(&st, o);
    /* The peer's end must not sit at 3 itself, or dup2 keeps close-on-exec. */
    high = fcntl(pair[1], F_DUPFD_CLOEXEC, 10);
    mh_close(&pair[1]);
    if (st.full)
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "token: arguments");
    else if (high < 0)
        code = mh_fail_sys(err, "token: channel");
    else
        rc = spawn(&st, high, &w->pid);
    if (code == MH_OK && rc != 0) {
        errno = rc;
        code = mh_fail_sys(err, "mohur-token: start");
        w->pid = -1;
    }
    mh_close(&high);
    mh_arena_free(st.arena);
    if (code == MH_OK)
        w->chan = pair[0];
    else
        mh_close(&pair[0]);
    return code;
}

enum mh_code
hsm_worker_start(struct hsm_worker *w, const struct hsm_worker_options *o,
    struct mh_err *err)
{
    hsm_worker_kill(w);
    w->launch = o->launch;
    if (o->launch == NULL)
        return execute(w, o, err);
    return o->launch->start(o->launch->arg, LAUNCH_WAIT, err, &w->chan);
}

/* Waits until the channel can be read. */
static enum hsm_answer
wait_for(const struct hsm_worker *w, int64_t deadline)
{
    for (;;) {
        struct pollfd pfd = {.fd = w->chan, .events = POLLIN};
        int64_t left = deadline - hsm_now();
        int n = poll(&pfd, 1, left > 0 ? (int)left : 0);

        if (n > 0)
            return HSM_ANSWERED;
        if (n == 0 && left <= 0)
            return HSM_NO_ANSWER;
        if (n < 0 && errno != EINTR)
            return HSM_DIED;
    }
}

enum hsm_answer
hsm_worker_ask(struct hsm_worker *w, const struct mh_buf *msg, int64_t deadline,
    struct mh_span *answer)
{
    int fds[MH_MESSAGE_FDS_MAX];
    struct mh_packet packet = {.buf = w->in, .fd = fds};
    enum hsm_answer got;
    bool clean;

    *answer = (struct mh_span){0};
    if (msg != NULL &&
        mh_chan_send(w->chan, mh_buf_get(msg), NULL, 0, NULL) != MH_OK)
        return HSM_DIED;
    got = wait_for(w, deadline);
    if (got != HSM_ANSWERED)
        return got;
    if (mh_chan_recv(w->chan, NULL, &packet) != MH_OK || packet.len == 0)
        return HSM_DIED;
    clean = packet.fds == 0; /* nobody sends descriptors here */
    mh_packet_close(&packet);
    if (!clean)
        return HSM_DIED;
    *answer = (struct mh_span){w->in, packet.len};
    return HSM_ANSWERED;
}
