#include "base/sys/module.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/sys/deny.h"
#include "base/sys/sandbox.h"

enum {
    MODULE_AS = 1 << 30,         /* bytes of address space */
    MODULE_FILES = 256,          /* descriptors */
    MODULE_FILE_SIZE = 16 << 20, /* bytes of one file it writes */
};

/* Landlock ABI 1: what changes files, and running one. */
static const uint64_t write_rights =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

/* Refused with an error, for libraries that try and go on without. */
static const struct {
    int call;
    int err;
} refused[] = {
    {SCMP_SYS(execve), EPERM},
    {SCMP_SYS(execveat), EPERM},
    {SCMP_SYS(fork), EPERM},
    {SCMP_SYS(vfork), EPERM},
    {SCMP_SYS(clone3), ENOSYS}, /* the C library falls back to clone */
    {SCMP_SYS(chmod), EPERM},
    {SCMP_SYS(fchmodat), EPERM},
    {SCMP_SYS(chown), EPERM},
    {SCMP_SYS(lchown), EPERM},
    {SCMP_SYS(fchownat), EPERM},
    {SCMP_SYS(setxattr), EPERM},
    {SCMP_SYS(lsetxattr), EPERM},
    {SCMP_SYS(listen), EPERM},
    {SCMP_SYS(accept), EPERM},
    {SCMP_SYS(accept4), EPERM},
};

enum mh_code
mh_module_start(int keep, struct mh_err *err)
{
    static const struct {
        __rlimit_resource_t what;
        rlim_t most;
    } limits[] = {
        {RLIMIT_CORE, 0},
        {RLIMIT_NOFILE, MODULE_FILES},
        {RLIMIT_FSIZE, MODULE_FILE_SIZE},
        {RLIMIT_AS, MODULE_AS},
    };
    enum mh_code code = mh_sandbox_close_from(keep, err);

    if (code != MH_OK)
        return code;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        struct rlimit lim = {limits[i].most, limits[i].most};

        if (limits[i].what == RLIMIT_AS && !mh_sandbox_built())
            continue; /* a sanitizer maps terabytes */
        if (setrlimit(limits[i].what, &lim) != 0)
            return mh_fail_sys(err, "module: limits");
    }
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        return mh_fail_sys(err, "module: process");
    return MH_OK;
}

static enum mh_code
allow_below(int rules, const char *path, uint64_t rights, struct mh_err *err)
{
    struct landlock_path_beneath_attr attr = {.allowed_access = rights};
    enum mh_code code = MH_OK;
    int fd = open(path, O_PATH | O_CLOEXEC);

    if (fd < 0)
        return MH_OK; /* nothing can be written where nothing is */
    attr.parent_fd = fd;
    if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &attr,
            0) != 0)
        code = mh_fail_sys(err, "module: writable folder");
    mh_close(&fd);
    return code;
}

static enum mh_code
limit_files(const struct mh_module_may *may, struct mh_err *err)
{
    struct landlock_ruleset_attr attr = {
        .handled_access_fs = write_rights | LANDLOCK_ACCESS_FS_EXECUTE,
    };
    enum mh_code code;
    int rules;

    if (syscall(SYS_landlock_create_ruleset, NULL, 0,
            LANDLOCK_CREATE_RULESET_VERSION) < 1)
        return MH_OK;
    rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
    if (rules < 0)
        return mh_fail_sys(err, "module: landlock");
    code = allow_below(rules, "/dev/null", LANDLOCK_ACCESS_FS_WRITE_FILE, err);
    for (size_t i = 0; i < may->writables && code == MH_OK; i++)
        code = allow_below(rules, may->writable[i], write_rights, err);
    if (code == MH_OK && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        code = mh_fail_sys(err, "module: landlock");
    mh_close(&rules);
    return code;
}

static bool
family_allowed(const struct mh_module_may *may, int family)
{
    if (family == AF_UNIX)
        return may->local || may->net;
    return may->net && (family == AF_INET || family == AF_INET6);
}

/* Sockets by family, the first argument. */
static int
add_socket_rules(scmp_filter_ctx ctx, const struct mh_module_may *may)
{
    int rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 1,
        SCMP_A0(SCMP_CMP_GT, (scmp_datum_t)AF_INET6, 0));

    for (int f = 0; f <= AF_INET6 && rc == 0; f++)
        if (!family_allowed(may, f))
            rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket),
                1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)f, 0));
    return rc;
}

static int
add_memory_rules(scmp_filter_ctx ctx)
{
    static const int calls[] = {
        SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(pkey_mprotect)};
    int rc = 0;

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]) && rc == 0; i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), calls[i], 1,
            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC));
    return rc;
}

static int
add_rules(scmp_filter_ctx ctx, const struct mh_module_may *may)
{
    int rc = mh_deny_add(ctx);

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]) && rc == 0; i++)
        rc = seccomp_rule_add(
            ctx, SCMP_ACT_ERRNO((uint32_t)refused[i].err), refused[i].call, 0);
    /* Threads yes, processes no. */
    if (rc == 0)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
            SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
    if (rc == 0)
        rc = add_socket_rules(ctx, may);
    if (rc == 0)
        rc = add_memory_rules(ctx);
    return rc;
}

static enum mh_code
filter_calls(const struct mh_module_may *may, struct mh_err *err)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    enum mh_code code = MH_OK;

    if (ctx == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "module: no memory");
    if (add_rules(ctx, may) != 0 || seccomp_load(ctx) != 0)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "module: seccomp");
    seccomp_release(ctx);
    return code;
}

static enum mh_code
self_check(const struct mh_module_may *may, struct mh_err *err)
{
    char nothing[] = "";
    char *const argv[] = {nothing, NULL};
    int fd;

    /* The path is none, so that it fails in any case: the error tells how. */
    if (execve(nothing, argv, argv) == 0 || errno != EPERM)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "module: exec");
    if (may->net)
        return MH_OK;
    fd = socket(may->local ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 || errno != EACCES)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "module: socket");
    return MH_OK;
}

enum mh_code
mh_module_confine(const struct mh_module_may *may, struct mh_err *err)
{
    enum mh_code code;

    if (!mh_sandbox_built())
        return MH_OK;
    code = limit_files(may, err);
    if (code == MH_OK)
        code = filter_calls(may, err);
    return code == MH_OK ? self_check(may, err) : code;
}

void *
mh_locked_memory(size_t len)
{
    void *p = mmap(
        NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return NULL;
    if (mlock(p, len) != 0 || madvise(p, len, MADV_DONTDUMP) != 0 ||
        madvise(p, len, MADV_WIPEONFORK) != 0) {
        (void)munmap(p, len); /* a mapping of ours */
        return NULL;
    }
    return p;
}
