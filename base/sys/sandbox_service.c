/* The sandbox of services: the folder they keep, the calls they make. */
#include "base/sys/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sys/chan.h"

#define BIT(p) (1U << (p))

struct rule {
    int call;
    unsigned who; /* BIT of each profile */
    const char *why;
};

enum {
    NODE = BIT(MH_PROFILE_PORTAL_NODE),
    PORTAL = BIT(MH_PROFILE_PORTAL) | NODE,
    CLONE_A_THREAD = 0x10000, /* CLONE_THREAD */
};

static const struct rule rules[] = {
    {SCMP_SYS(read), PORTAL, "the store's files, wake-ups"},
    {SCMP_SYS(readv), PORTAL, "the same"},
    {SCMP_SYS(pread64), PORTAL, "the store, documents"},
    {SCMP_SYS(write), PORTAL, "the log, uploads, wake-ups"},
    {SCMP_SYS(writev), PORTAL, "answers"},
    {SCMP_SYS(pwrite64), PORTAL, "the store"},
    {SCMP_SYS(close), PORTAL, "descriptors"},
    {SCMP_SYS(open), PORTAL, "the store; Landlock says where"},
    {SCMP_SYS(openat), PORTAL, "the same"},
    {SCMP_SYS(fstat), PORTAL, "sizes"},
    {SCMP_SYS(stat), PORTAL, "the store looks whether its files are there"},
    {SCMP_SYS(lstat), PORTAL, "the same"},
    {SCMP_SYS(newfstatat), PORTAL, "the same in newer C libraries"},
    {SCMP_SYS(access), PORTAL, "the same"},
    {SCMP_SYS(readlink), PORTAL, "the store resolves its path"},
    {SCMP_SYS(getcwd), PORTAL, "the same"},
    {SCMP_SYS(lseek), PORTAL, "files"},
    {SCMP_SYS(fcntl), PORTAL, "locks, seals, not blocking"},
    {SCMP_SYS(ftruncate), PORTAL, "the store's log, memfds"},
    {SCMP_SYS(fallocate), PORTAL, "the store's index"},
    {SCMP_SYS(fstatfs), PORTAL, "whether the disk has room for an upload"},
    {SCMP_SYS(fsync), PORTAL, "what was acknowledged is on the disk"},
    {SCMP_SYS(fdatasync), PORTAL, "the same"},
    {SCMP_SYS(rename), PORTAL, "documents get their names"},
    {SCMP_SYS(renameat), PORTAL, "the same"},
    {SCMP_SYS(renameat2), PORTAL, "the same in newer C libraries"},
    {SCMP_SYS(unlink), PORTAL, "what is no longer kept"},
    {SCMP_SYS(unlinkat), PORTAL, "the same"},
    {SCMP_SYS(mkdir), PORTAL, "folders of documents"},
    {SCMP_SYS(mkdirat), PORTAL, "the same"},
    {SCMP_SYS(getdents64), PORTAL, "folders of documents"},
    {SCMP_SYS(fchmod), PORTAL, "the store's files have its mode"},
    {SCMP_SYS(munmap), PORTAL, "memory"},
    {SCMP_SYS(mremap), PORTAL, "memory"},
    {SCMP_SYS(madvise), PORTAL, "memory"},
    {SCMP_SYS(brk), PORTAL, "memory"},
    {SCMP_SYS(memfd_create), PORTAL, "uploads"},
    {SCMP_SYS(connect), NODE, "the database"},
    {SCMP_SYS(getuid), NODE, "its library asks who we are"},
    {SCMP_SYS(accept4), PORTAL, "connections on the given listener"},
    {SCMP_SYS(recvfrom), PORTAL, "requests"},
    {SCMP_SYS(recvmsg), PORTAL, "answers of helpers"},
    {SCMP_SYS(sendto), PORTAL, "answers"},
    {SCMP_SYS(sendmsg), PORTAL, "answers, and questions to helpers"},
    {SCMP_SYS(shutdown), PORTAL, "connections past their deadline"},
    {SCMP_SYS(setsockopt), PORTAL, "when packets are sent"},
    {SCMP_SYS(getsockopt), PORTAL, "errors of connections"},
    {SCMP_SYS(getsockname), PORTAL, "the kind of the listener"},
    {SCMP_SYS(epoll_create1), PORTAL, "the network threads"},
    {SCMP_SYS(epoll_ctl), PORTAL, "the same"},
    {SCMP_SYS(epoll_wait), PORTAL, "the same"},
    {SCMP_SYS(eventfd2), PORTAL, "waking them"},
    {SCMP_SYS(poll), PORTAL, "answers of helpers"},
    {SCMP_SYS(ppoll), PORTAL, "the same"},
    {SCMP_SYS(futex), PORTAL, "threads"},
    {SCMP_SYS(set_robust_list), PORTAL, "threads start"},
    {SCMP_SYS(rseq), PORTAL, "the same"},
    {SCMP_SYS(rt_sigaction), PORTAL, "the same"},
    {SCMP_SYS(rt_sigprocmask), PORTAL, "the same"},
    {SCMP_SYS(rt_sigreturn), PORTAL, "signals"},
    {SCMP_SYS(rt_sigtimedwait), PORTAL, "waiting for the end"},
    {SCMP_SYS(sched_yield), PORTAL, "threads"},
    {SCMP_SYS(sched_getaffinity), PORTAL,
        "the C library counts processors for the ninth thread that allocates"},
    {SCMP_SYS(setpriority), PORTAL, "passwords are checked behind pages"},
    {SCMP_SYS(clock_gettime), PORTAL, "where there is no vDSO"},
    {SCMP_SYS(clock_nanosleep), PORTAL, "pauses"},
    {SCMP_SYS(nanosleep), PORTAL, "the same"},
    {SCMP_SYS(restart_syscall), PORTAL, "a wait that was stopped"},
    {SCMP_SYS(getrandom), PORTAL, "identifiers"},
    {SCMP_SYS(getpid), PORTAL, "libcrypto notices forks"},
    {SCMP_SYS(gettid), PORTAL, "threads"},
    {SCMP_SYS(geteuid), PORTAL, "the store asks whose its files are"},
    {SCMP_SYS(sysinfo), PORTAL, "sorting asks how much memory there is"},
    {SCMP_SYS(tgkill), PORTAL, "abort"},
    {SCMP_SYS(exit), PORTAL, "threads end"},
    {SCMP_SYS(exit_group), PORTAL, "the end"},
};

/* Refused with an error: libraries degrade, and the self-check looks. */
static const struct {
    int call;
    int err;
} refused[] = {
    {SCMP_SYS(clone3), ENOSYS}, /* the C library falls back to clone */
    {SCMP_SYS(ioctl), ENOTTY},
    {SCMP_SYS(fchown), EPERM}, /* SQLite as root would; it goes on without */
};

/* What may be done below the service's folder, by the Landlock ABI. */
static uint64_t
file_access(long abi, bool allowed)
{
    uint64_t all = (UINT64_C(1) << 13) - 1; /* ABI 1 */
    uint64_t may = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
                   LANDLOCK_ACCESS_FS_WRITE_FILE |
                   LANDLOCK_ACCESS_FS_REMOVE_FILE |
                   LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG;
    uint64_t more = 0;

    if (abi >= 2)
        more |= UINT64_C(1) << 13; /* REFER: renaming between folders */
    if (abi >= 3)
        more |= UINT64_C(1) << 14; /* TRUNCATE */
    return allowed ? may | more : all | more;
}

static enum mh_code
allow_below(int ruleset, const char *dir, long abi, struct mh_err *err)
{
    struct landlock_path_beneath_attr rule = {
        .allowed_access = file_access(abi, true),
        .parent_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC)};
    int fd = rule.parent_fd;
    enum mh_code code = MH_OK;

    if (fd < 0 || syscall(SYS_landlock_add_rule, ruleset,
                      LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
        code = mh_fail_sys(err, "sandbox: folder");
    mh_close(&fd);
    return code;
}

/* MH_EUNSUP: this kernel cannot. */
static enum mh_code
only_below(const char *dir, struct mh_err *err)
{
    long abi = syscall(
        SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    struct landlock_ruleset_attr attr = {
        .handled_access_fs = file_access(abi, false)};
    enum mh_code code;
    int fd;

    /* Version 1 lets nobody rename between folders. */
    if (abi < 2)
        return mh_fail(
            err, MH_EUNSUP, MH_NO_OFFSET, "sandbox: no Landlock here");
    fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
    if (fd < 0)
        return mh_fail_sys(err, "sandbox: landlock");
    code = allow_below(fd, dir, abi, err);
    if (code == MH_OK && syscall(SYS_landlock_restrict_self, fd, 0) != 0)
        code = mh_fail_sys(err, "sandbox: landlock");
    mh_close(&fd);
    return code;
}

static int
add_rules(scmp_filter_ctx ctx, enum mh_service_profile profile)
{
    int rc = 0;

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && rc == 0; i++)
        if ((rules[i].who & BIT(profile)) != 0)
            rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, rules[i].call, 0);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]) && rc == 0; i++)
        rc = seccomp_rule_add(
            ctx, SCMP_ACT_ERRNO((uint32_t)refused[i].err), refused[i].call, 0);
    /* Memory may never become executable. */
    if (rc == 0)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (rc == 0)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    /* Threads, no processes; channels to helpers, no other sockets. */
    if (rc == 0)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
            SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_A_THREAD, CLONE_A_THREAD));
    if (rc == 0)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socketpair), 1,
            SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
    /* The database's, of this machine, or none at all. */
    if (rc == 0 && profile == MH_PROFILE_PORTAL_NODE)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
            SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
    if (rc == 0)
        rc = profile == MH_PROFILE_PORTAL_NODE
                 ? seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES),
                       SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0))
                 : seccomp_rule_add(
                       ctx, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 0);
    /* libmicrohttpd names its threads. */
    if (rc == 0)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
            SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0));
    return rc;
}

static enum mh_code
enter(enum mh_service_profile profile, struct mh_err *err)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
    enum mh_code code = MH_OK;

    if (ctx == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sandbox: no memory");
    if (add_rules(ctx, profile) != 0 || seccomp_load(ctx) != 0)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "sandbox: rules");
    seccomp_release(ctx);
    return code;
}

/* What must be refused is tried once. */
static enum mh_code
self_check(enum mh_service_profile profile, bool files, struct mh_err *err)
{
    int family = profile == MH_PROFILE_PORTAL_NODE ? AF_INET : AF_UNIX;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 && errno == EACCES && files)
        fd = open("/", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 || errno != EACCES) {
        mh_close(&fd);
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "sandbox: not in force");
    }
    return MH_OK;
}

enum mh_code
mh_sandbox_service(enum mh_service_profile profile, const char *dir,
    bool landlock, struct mh_err *err)
{
    struct rlimit none = {0, 0};
    enum mh_code code;

    if (setrlimit(RLIMIT_CORE, &none) != 0 ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return mh_fail_sys(err, "sandbox: confine");
    if (!mh_sandbox_built())
        return MH_OK;
    code = only_below(dir, err);
    if (code == MH_EUNSUP && !landlock)
        code = MH_OK;
    else
        landlock = true;
    if (code == MH_OK)
        code = enter(profile, err);
    return code == MH_OK ? self_check(profile, landlock, err) : code;
}
