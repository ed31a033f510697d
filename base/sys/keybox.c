#include "base/sys/keybox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/sys/sandbox.h"

/* Calls allowed without looking at their arguments. */
static const struct {
    int call;
    const char *why;
} allowed[] = {
    {SCMP_SYS(read), "files of the state folder"},
    {SCMP_SYS(pread64), "the same, at a place"},
    {SCMP_SYS(write), "lines of the program's log"},
    {SCMP_SYS(pwrite64), "records, results, memfds"},
    {SCMP_SYS(close), "descriptors"},
    {SCMP_SYS(fstat), "sizes"},
    {SCMP_SYS(newfstatat), "sizes"},
    {SCMP_SYS(lseek), "ends of files"},
    {SCMP_SYS(openat), "below the state folder, by Landlock"},
    {SCMP_SYS(open), "the same, from older C libraries"},
    {SCMP_SYS(faccessat), "whether a file is there"},
    {SCMP_SYS(faccessat2), "whether a file is there"},
    {SCMP_SYS(getdents64), "results that were kept, segments"},
    {SCMP_SYS(mkdirat), "folders of tiles"},
    {SCMP_SYS(unlinkat), "results that were taken, narrow tiles"},
    {SCMP_SYS(unlink), "the same"},
    {SCMP_SYS(renameat), "files that come whole"},
    {SCMP_SYS(renameat2), "files that come whole"},
    {SCMP_SYS(rename), "files that come whole"},
    {SCMP_SYS(linkat), "a result gets its name"},
    {SCMP_SYS(fchmod), "its mode"},
    {SCMP_SYS(ftruncate), "a torn tail, memfds"},
    {SCMP_SYS(fdatasync), "records"},
    {SCMP_SYS(fsync), "results, folders"},
    {SCMP_SYS(flock), "one writer of the log"},
    {SCMP_SYS(fcntl), "one writer, seals"},
    {SCMP_SYS(memfd_create), "results that are handed out"},
    {SCMP_SYS(sendmsg), "channels"},
    {SCMP_SYS(recvmsg), "channels"},
    {SCMP_SYS(shutdown), "a channel whose peer broke the protocol"},
    {SCMP_SYS(socketpair), "a job's own reply channel"},
    {SCMP_SYS(poll), "waiting"},
    {SCMP_SYS(ppoll), "waiting"},
    {SCMP_SYS(nanosleep), "a pause before a token is tried again"},
    {SCMP_SYS(clock_nanosleep), "the same"},
    {SCMP_SYS(restart_syscall), "a wait that was stopped"},
    {SCMP_SYS(munmap), "memory"},
    {SCMP_SYS(mremap), "memory"},
    {SCMP_SYS(madvise), "memory"},
    {SCMP_SYS(brk), "memory"},
    {SCMP_SYS(mlock), "secrets"},
    {SCMP_SYS(futex), "threads"},
    {SCMP_SYS(set_robust_list), "threads"},
    {SCMP_SYS(rseq), "threads"},
    {SCMP_SYS(sched_yield), "threads"},
    {SCMP_SYS(sched_getaffinity), "threads"},
    {SCMP_SYS(rt_sigaction), "threads"},
    {SCMP_SYS(rt_sigprocmask), "threads, abort"},
    {SCMP_SYS(rt_sigreturn), "signals"},
    {SCMP_SYS(getpid), "libcrypto notices forks"},
    {SCMP_SYS(gettid), "abort"},
    {SCMP_SYS(getrandom), "ids of tickets, nonces"},
    {SCMP_SYS(clock_gettime), "where there is no vDSO"},
    {SCMP_SYS(gettimeofday), "where there is no vDSO"},
    {SCMP_SYS(sysinfo), "qsort asks how much memory there is"},
    {SCMP_SYS(exit), "threads end"},
    {SCMP_SYS(exit_group), "the end"},
};

/* Refused with an error: libraries degrade, and the self-check looks. */
static const struct {
    int call;
    int err;
} refused[] = {
    {SCMP_SYS(socket), EACCES},
    {SCMP_SYS(clone3), ENOSYS}, /* the C library falls back to clone */
    {SCMP_SYS(ioctl), ENOTTY},  /* isatty of standard error */
};

static enum mh_code
limit_files(const char *state, bool needed, struct mh_err *err)
{
    struct landlock_ruleset_attr attr = {
        .handled_access_fs = (UINT64_C(1) << 13) - 1, /* ABI 1 */
    };
    struct landlock_path_beneath_attr below = {
        .allowed_access =
            LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
            LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
            LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE};
    enum mh_code code = MH_OK;
    int rules;

    if (syscall(SYS_landlock_create_ruleset, NULL, 0,
            LANDLOCK_CREATE_RULESET_VERSION) < 1)
        return needed ? mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
                            "keyd: the kernel has no Landlock")
                      : MH_OK;
    rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
    if (rules < 0)
        return mh_fail_sys(err, "keyd: landlock");
    below.parent_fd = open(state, O_PATH | O_CLOEXEC);
    if (below.parent_fd < 0 ||
        syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH,
            &below, 0) != 0 ||
        syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        code = mh_fail_sys(err, "keyd: state folder");
    if (below.parent_fd >= 0)
        (void)close(below.parent_fd); /* only a name */
    mh_close(&rules);
    return code;
}

static enum mh_code
limit_calls(struct mh_err *err)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int rc = 0;

    if (ctx == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "keyd: no memory");
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]) && rc == 0; i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i].call, 0);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]) && rc == 0; i++)
        rc = seccomp_rule_add(
            ctx, SCMP_ACT_ERRNO((uint32_t)refused[i].err), refused[i].call, 0);
    if (rc == 0) /* memory may never become executable */
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (rc == 0)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (rc == 0) /* threads yes, processes no */
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
            SCMP_A0(SCMP_CMP_MASKED_EQ, 0x10000 /* CLONE_THREAD */, 0x10000));
    if (rc == 0)
        rc = seccomp_load(ctx);
    seccomp_release(ctx);
    return rc == 0 ? MH_OK
                   : mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
                         "keyd: calls cannot be limited");
}

/* What must be refused is tried once, where an error is the answer. */
static enum mh_code
self_check(bool landlock, struct mh_err *err)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = fd < 0 && errno == EACCES;

    mh_close(&fd);
    if (landlock) {
        fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        good = good && fd < 0 && errno == EACCES;
        mh_close(&fd);
    }
    return good ? MH_OK
                : mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
                      "keyd: limits not in force");
}

enum mh_code
mh_keybox_enter(const char *state, bool landlock, struct mh_err *err)
{
    struct rlimit none = {0, 0};
    enum mh_code code;

    if (setrlimit(RLIMIT_CORE, &none) != 0 ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return mh_fail_sys(err, "keyd: limits");
    if (!mh_sandbox_built())
        return MH_OK;
    code = limit_files(state, landlock, err);
    if (code == MH_OK)
        code = limit_calls(err);
    return code == MH_OK ? self_check(landlock, err) : code;
}
