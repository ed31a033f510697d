#include "base/sys/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/sys/deny.h"
#include "base/sys/helper.h"
#include "base/sys/log.h"
#include "base/sys/sandbox.h"

enum {
    PATH_BYTES = 4096,
    NAME_BYTES = 64,
    ENVS_MAX = 8,
    HIGH_FD = 10,
    NOT_EXECUTED = 127,
};

static enum mh_code
beside_self(const char *name, struct mh_err *err, char *out)
{
    ssize_t n = readlink("/proc/self/exe", out, PATH_BYTES - NAME_BYTES);
    size_t len = strlen(name);
    char *slash;

    if (n <= 0)
        return mh_fail_sys(err, "spawn: own path");
    out[n] = '\0';
    slash = strrchr(out, '/');
    if (slash == NULL || len >= NAME_BYTES)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "spawn: own path");
    memcpy(slash + 1, name, len + 1);
    return MH_OK;
}

static bool
limit(__rlimit_resource_t what, uint64_t most)
{
    struct rlimit lim = {most, most};

    return setrlimit(what, &lim) == 0;
}

/* As many descriptors as wanted, or as this process may give. */
static bool
limit_files(uint64_t wanted)
{
    struct rlimit now;

    if (wanted == 0)
        return true;
    return getrlimit(RLIMIT_NOFILE, &now) == 0 &&
           limit(RLIMIT_NOFILE, wanted < now.rlim_max ? wanted : now.rlim_max);
}

/* In the child: descriptors 0 to 3, maybe 4, and nothing else. */
static bool
settle_fds(const struct mh_spawn *s)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int chan = fcntl(s->chan, F_DUPFD_CLOEXEC, HIGH_FD);
    int more = s->more > 0 ? fcntl(s->more, F_DUPFD_CLOEXEC, HIGH_FD) : 0;
    int last = s->more > 0 ? MH_HELPER_FD + 1 : MH_HELPER_FD;

    return null >= 0 && chan >= 0 && more >= 0 &&
           dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
           (!s->quiet || dup2(null, STDERR_FILENO) >= 0) &&
           dup2(chan, MH_HELPER_FD) >= 0 &&
           (more == 0 || dup2(more, last) >= 0) &&
           close_range((unsigned)last + 1, ~0U, 0) == 0;
}

static bool
settle_user(const struct mh_spawn *s)
{
    if (!s->switch_user)
        return true;
    if (setgroups(0, NULL) != 0 || setresgid(s->gid, s->gid, s->gid) != 0 ||
        setresuid(s->uid, s->uid, s->uid) != 0)
        return false;
    /* There must be no way back. */
    return s->uid == 0 || setresuid(0, 0, 0) != 0;
}

static bool
settle(const struct mh_spawn *s, pid_t parent)
{
    sigset_t none;

    (void)sigemptyset(&none); /* cannot fail */
    for (int sig = 1; sig < NSIG; sig++)
        (void)signal(sig, SIG_DFL); /* those that cannot be set have it */
    (void)umask(077);               /* cannot fail */
    if (sigprocmask(SIG_SETMASK, &none, NULL) != 0 || chdir("/") != 0 ||
        !settle_fds(s) || !limit(RLIMIT_CORE, 0) || !limit_files(s->files) ||
        (s->memory > 0 && mh_sandbox_built() && !limit(RLIMIT_AS, s->memory)))
        return false;
    /* Last, for a change of user takes the death signal back. */
    return settle_user(s) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           /* A terminal's Ctrl-C is for the supervisor, which ends them in
              order. */
           setpgid(0, 0) == 0 &&
           prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
           getppid() == parent;
}

/* argv and envp of the new program; they borrow. */
struct image {
    char path[PATH_BYTES];
    union {
        const char *given;
        char *wanted; /* execve only reads it, its type does not say so */
    } argv[MH_SPAWN_ARGS_MAX + 2], envp[ENVS_MAX];
};

static void
fill(const struct mh_spawn *s, struct image *image)
{
    size_t envs = 0;

    image->argv[0].given = s->program;
    for (size_t i = 0; i < s->args; i++)
        image->argv[i + 1].given = s->arg[i];
    image->argv[s->args + 1].given = NULL;
    image->envp[envs++].given = "LC_ALL=C.UTF-8";
    /* What is bound before a fork is bound once, not in every worker. */
    image->envp[envs++].given = "LD_BIND_NOW=1";
    for (size_t i = 0; i < s->envs; i++)
        image->envp[envs++].given = s->env[i];
    image->envp[envs].given = NULL;
}

enum mh_code
mh_spawn(const struct mh_spawn *s, struct mh_err *err, struct mh_child *out)
{
    static struct image image;
    pid_t parent = getpid(), pid;
    enum mh_code code = beside_self(s->program, err, image.path);

    *out = (struct mh_child){.pid = -1, .pidfd = -1};
    if (code != MH_OK)
        return code;
    if (s->args >= MH_SPAWN_ARGS_MAX || s->envs > ENVS_MAX - 3)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "spawn: arguments");
    fill(s, &image);
    pid = fork();
    if (pid < 0)
        return mh_fail_sys(err, "spawn: fork");
    if (pid == 0) {
        if (settle(s, parent))
            (void)execve(image.path, &image.argv[0].wanted,
                &image.envp[0].wanted); /* it returns only to fail */
        mh_log("spawn.fail", "of=%s errno=%d", s->program, errno);
        _exit(NOT_EXECUTED);
    }
    out->pid = pid;
    out->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (out->pidfd >= 0)
        return MH_OK;
    code = mh_fail_sys(err, "spawn: pidfd");
    (void)kill(pid, SIGKILL);    /* it cannot be watched */
    (void)waitpid(pid, NULL, 0); /* killed, it ends */
    *out = (struct mh_child){.pid = -1, .pidfd = -1};
    return code;
}

void
mh_child_take(struct mh_child *child, char what[static 32], bool *clean)
{
    int status = 0;
    pid_t got;

    do
        got = waitpid(child->pid, &status, 0);
    while (got < 0 && errno == EINTR);
    *clean = got > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (got > 0 && WIFSIGNALED(status))
        (void)snprintf(what, 32, "signal %d", WTERMSIG(status)); /* fits */
    else
        (void)snprintf(what, 32, "exit %d", WEXITSTATUS(status)); /* fits */
    mh_close(&child->pidfd);
    child->pid = -1;
}

void
mh_child_kill(const struct mh_child *child)
{
    if (child->pidfd >= 0)
        (void)syscall(SYS_pidfd_send_signal, child->pidfd, SIGKILL, NULL,
            0); /* it has ended already, or ends now */
}

static enum mh_code
keep_capabilities(struct mh_err *err)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    uint32_t keep = geteuid() == 0
                        ? 1U << CAP_SETUID | 1U << CAP_SETGID | 1U << CAP_KILL
                        : 0;
    struct __user_cap_data_struct data[2] = {{keep, keep, 0}, {0, 0, 0}};

    if (geteuid() == 0)
        for (unsigned long cap = 0; cap <= 63; cap++)
            if (cap > 31 || (keep & 1U << cap) == 0)
                (void)prctl(PR_CAPBSET_DROP, cap, 0, 0,
                    0); /* one that the kernel does not know is not there */
    if (syscall(SYS_capset, &head, data) != 0)
        return mh_fail_sys(err, "supervisor: capabilities");
    return MH_OK;
}

static enum mh_code
deny_calls(struct mh_err *err)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    int rc = ctx == NULL ? -1 : mh_deny_add(ctx);

    if (rc == 0)
        rc = seccomp_load(ctx);
    if (ctx != NULL)
        seccomp_release(ctx);
    if (rc != 0)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "supervisor: seccomp");
    return MH_OK;
}

enum mh_code
mh_supervisor_confine(struct mh_err *err)
{
    enum mh_code code;

    if (!limit(RLIMIT_CORE, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return mh_fail_sys(err, "supervisor: confine");
    code = keep_capabilities(err);
    if (code != MH_OK || !mh_sandbox_built())
        return code;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return mh_fail_sys(err, "supervisor: confine");
    return deny_calls(err);
}
