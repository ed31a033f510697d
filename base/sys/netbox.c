#include "base/sys/netbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netdb.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/sys/sandbox.h"

/* Configuration of names and addresses, and certificates of authorities. */
static const char *const readable[] = {
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/ssl",
    "/run/systemd/resolve",
    "/usr/lib/ssl",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
};

static const int allowed[] = {
    /* descriptors */
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev),
    SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(close), SCMP_SYS(lseek),
    SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(stat),
    SCMP_SYS(lstat), SCMP_SYS(access), SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
    SCMP_SYS(getdents64), SCMP_SYS(fcntl), SCMP_SYS(ioctl), SCMP_SYS(dup),
    SCMP_SYS(pipe2), SCMP_SYS(eventfd2), SCMP_SYS(memfd_create),
    SCMP_SYS(ftruncate),
    /* waiting */
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6),
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    SCMP_SYS(restart_syscall),
    /* sockets; their making is looked at below */
    SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(sendto), SCMP_SYS(recvfrom),
    SCMP_SYS(sendmsg), SCMP_SYS(recvmsg), SCMP_SYS(sendmmsg),
    SCMP_SYS(recvmmsg), SCMP_SYS(shutdown), SCMP_SYS(getsockname),
    SCMP_SYS(getpeername), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
    SCMP_SYS(socketpair),
    /* memory, threads, time, signals */
    SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
    SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(sysinfo),
    SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
    SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(uname), SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
    SCMP_SYS(tgkill), SCMP_SYS(exit), SCMP_SYS(exit_group)};

static enum mh_code
allow_path(int ruleset, const char *path, struct mh_err *err)
{
    struct landlock_path_beneath_attr attr = {
        .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE};
    struct stat st;
    enum mh_code code = MH_OK;
    int fd = open(path, O_PATH | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES
                   ? MH_OK
                   : mh_fail_sys(err, "courier: readable file");
    attr.parent_fd = fd;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        attr.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
            &attr, 0) != 0)
        code = mh_fail_sys(err, "courier: landlock");
    mh_close(&fd);
    return code;
}

static enum mh_code
limit_files(const char *ca_file, struct mh_err *err)
{
    struct landlock_ruleset_attr attr = {
        .handled_access_fs = (UINT64_C(1) << 13) - 1, /* ABI 1 */
    };
    enum mh_code code = MH_OK;
    long abi = syscall(
        SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    int fd;

    if (abi < 1)
        return MH_OK; /* there is nothing else to limit them with */
    fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
    if (fd < 0)
        return mh_fail_sys(err, "courier: landlock");
    for (size_t i = 0;
         i < sizeof(readable) / sizeof(readable[0]) && code == MH_OK; i++)
        code = allow_path(fd, readable[i], err);
    if (code == MH_OK && ca_file != NULL && ca_file[0] != '\0')
        code = allow_path(fd, ca_file, err);
    if (code == MH_OK && syscall(SYS_landlock_restrict_self, fd, 0) != 0)
        code = mh_fail_sys(err, "courier: landlock");
    mh_close(&fd);
    return code;
}

/* Files are opened for reading: Landlock says which, where there is one. */
static int
add_opening(scmp_filter_ctx ctx, int call, unsigned arg)
{
    static const int writing[] = {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC};
    scmp_datum_t mask = 0;
    int rc = 0;

    for (size_t i = 0; i < sizeof(writing) / sizeof(writing[0]); i++)
        mask |= (scmp_datum_t)writing[i];
    rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1,
        SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, mask, 0));
    for (size_t i = 0; i < sizeof(writing) / sizeof(writing[0]) && rc == 0; i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), call, 1,
            SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, (scmp_datum_t)writing[i],
                (scmp_datum_t)writing[i]));
    return rc;
}

/* A family of sockets, or memory that is not executable. */
static int
add_looked_at(scmp_filter_ctx ctx)
{
    static const int family[] = {
        AF_INET, AF_INET6, AF_NETLINK /* which of them there are */};
    int rc = 0;

    for (size_t i = 0; i < sizeof(family) / sizeof(family[0]) && rc == 0; i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
            SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family[i], 0));
    if (rc == 0) /* daemons of the C library's: it goes on without */
        rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 1,
            SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
    if (rc == 0)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (rc == 0)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (rc == 0)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    if (rc == 0)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
            SCMP_A0(SCMP_CMP_MASKED_EQ, 0x10000 /* CLONE_THREAD */, 0x10000));
    if (rc == 0)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
            SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0));
    return rc;
}

static enum mh_code
limit_calls(struct mh_err *err)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int rc = 0;

    if (ctx == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "courier: no memory");
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]) && rc == 0; i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
    if (rc == 0)
        rc = add_opening(ctx, SCMP_SYS(open), 1);
    if (rc == 0)
        rc = add_opening(ctx, SCMP_SYS(openat), 2);
    if (rc == 0)
        rc = add_looked_at(ctx);
    if (rc == 0)
        rc = seccomp_load(ctx);
    seccomp_release(ctx);
    return rc == 0 ? MH_OK
                   : mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
                         "courier: calls cannot be limited");
}

/* What must be refused is tried once, where an error is the answer. */
static enum mh_code
self_check(struct mh_err *err)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool refused = fd < 0 && errno == EACCES;

    mh_close(&fd);
    fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    refused = refused && fd < 0 && errno == EACCES;
    mh_close(&fd);
    if (!refused)
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "courier: limits not in force");
    return MH_OK;
}

/* The C library loads what resolves names when it is first asked. */
static void
warm_resolver(void)
{
    struct addrinfo hint = {.ai_flags = AI_NUMERICSERV};
    struct addrinfo *list = NULL;

    if (getaddrinfo("localhost", "80", &hint, &list) == 0)
        freeaddrinfo(list);
}

enum mh_code
mh_netbox_enter(const char *ca_file, struct mh_err *err)
{
    struct rlimit none = {0, 0};
    enum mh_code code;

    if (setrlimit(RLIMIT_CORE, &none) != 0 ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return mh_fail_sys(err, "courier: limits");
    if (!mh_sandbox_built())
        return MH_OK;
    warm_resolver();
    code = limit_files(ca_file, err);
    if (code == MH_OK)
        code = limit_calls(err);
    return code == MH_OK ? self_check(err) : code;
}
