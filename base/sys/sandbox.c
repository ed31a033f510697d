#include "base/sys/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sys/chan.h"

enum {
    WORKER_AS = 512 << 20,       /* bytes of address space besides the input */
    WORKER_CPU = 5,              /* seconds */
    WORKER_CPU_BYTES = 20 << 20, /* bytes of input that give one second more */
    FILTER_MAX = 512,            /* instructions of one profile */
};

struct rule {
    int call;
    bool zygote; /* also needed before the fork */
    bool worker;
    const char *why;
};

/* Calls allowed without looking at their arguments. */
static const struct rule rules[] = {
    {SCMP_SYS(read), true, true, "input that is not mapped"},
    {SCMP_SYS(pread64), true, true, "the same, at a place"},
    {SCMP_SYS(write), true, true, "a last word on standard error"},
    {SCMP_SYS(pwrite64), true, true, "the document that a worker writes"},
    {SCMP_SYS(close), true, true, "descriptors of a job"},
    {SCMP_SYS(fstat), true, true, "size of the input"},
    {SCMP_SYS(newfstatat), true, true, "fstat in newer C libraries"},
    {SCMP_SYS(lseek), true, true, "C library streams"},
    {SCMP_SYS(munmap), true, true, "memory"},
    {SCMP_SYS(mremap), true, true, "memory (realloc)"},
    {SCMP_SYS(madvise), true, true, "memory given back behind a stream"},
    {SCMP_SYS(brk), true, true, "memory"},
    {SCMP_SYS(futex), true, true, "locks in libraries"},
    {SCMP_SYS(rt_sigprocmask), true, true, "fork and abort"},
    {SCMP_SYS(rt_sigreturn), true, true, "signals"},
    {SCMP_SYS(getpid), true, true, "libcrypto notices forks"},
    {SCMP_SYS(gettid), true, true, "fork and abort"},
    {SCMP_SYS(getrandom), true, true, "hash seeds"},
    {SCMP_SYS(clock_gettime), true, true, "where there is no vDSO"},
    {SCMP_SYS(sendmsg), true, true, "the reply"},
    {SCMP_SYS(restart_syscall), true, true, "a wait that was stopped"},
    {SCMP_SYS(exit), true, true, "threads end"},
    {SCMP_SYS(exit_group), true, true, "the end"},
    {SCMP_SYS(sched_yield), true, true, "locks in libraries"},
    {SCMP_SYS(sysinfo), true, true, "qsort asks how much memory there is"},
    {SCMP_SYS(recvmsg), true, false, "jobs"},
    {SCMP_SYS(poll), true, false, "jobs and deadlines"},
    {SCMP_SYS(ppoll), true, false, "jobs and deadlines"},
    {SCMP_SYS(wait4), true, false, "workers end"},
    {SCMP_SYS(pidfd_open), true, false, "the end of a worker can be polled"},
    {SCMP_SYS(fcntl), true, false, "seals of what a job brings"},
    {SCMP_SYS(kill), true, false, "a worker past its deadline"},
    {SCMP_SYS(close_range), true, false, "a worker's other descriptors"},
    {SCMP_SYS(prlimit64), true, false, "a worker's limits"},
    {SCMP_SYS(setrlimit), true, false, "a worker's limits"},
    {SCMP_SYS(seccomp), true, false, "a worker's own profile"},
    {SCMP_SYS(set_robust_list), true, false, "fork"},
    {SCMP_SYS(rseq), true, false, "fork"},
    {SCMP_SYS(rt_sigaction), true, false, "a worker starts a thread"},
};

/* Calls that a thread start needs besides clone. */
static const int thread_calls[] = {
    SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
    SCMP_SYS(rt_sigaction), /* the C library's cancellation signal */
};

/* Refused with an error: libraries degrade, and the self-check looks. */
static const struct {
    int call;
    int err;
} refused[] = {
    {SCMP_SYS(open), EACCES}, {SCMP_SYS(openat), EACCES},
    {SCMP_SYS(socket), EACCES},
    {SCMP_SYS(clone3), ENOSYS}, /* the C library falls back to clone */
    {SCMP_SYS(ioctl), ENOTTY},  /* isatty of standard error */
};

static struct {
    struct sock_filter code[FILTER_MAX];
    unsigned short len; /* instructions; 0: not prepared */
} filters[MH_PROFILES];

bool
mh_sandbox_built(void)
{
#ifdef MH_SANITIZED
    return false;
#else
    return true;
#endif
}

static int
add_memory_rules(scmp_filter_ctx ctx)
{
    int rc;

    /* Memory may never become executable. */
    rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
        SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (rc == 0)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return rc;
}

static int
add_clone_rules(scmp_filter_ctx ctx, enum mh_profile profile)
{
    int rc;

    if (profile == MH_PROFILE_ZYGOTE)
        return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 0);
    if (profile == MH_PROFILE_WORKER)
        return seccomp_rule_add(
            ctx, SCMP_ACT_ERRNO(EAGAIN), SCMP_SYS(clone), 0);
    rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
        SCMP_A0(SCMP_CMP_MASKED_EQ, 0x10000 /* CLONE_THREAD */, 0x10000));
    for (size_t i = 0;
         i < sizeof(thread_calls) / sizeof(thread_calls[0]) && rc == 0; i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, thread_calls[i], 0);
    return rc;
}

static int
add_rules(scmp_filter_ctx ctx, enum mh_profile profile)
{
    bool zygote = profile == MH_PROFILE_ZYGOTE;
    int rc = 0;

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && rc == 0; i++)
        if (zygote ? rules[i].zygote : rules[i].worker)
            rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, rules[i].call, 0);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]) && rc == 0; i++)
        rc = seccomp_rule_add(
            ctx, SCMP_ACT_ERRNO((uint32_t)refused[i].err), refused[i].call, 0);
    if (rc == 0)
        rc = add_memory_rules(ctx);
    if (rc == 0)
        rc = add_clone_rules(ctx, profile);
    return rc;
}

static enum mh_code
translate(enum mh_profile profile, struct mh_err *err)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
    enum mh_code code = MH_OK;
    int fd = -1;
    ssize_t n = -1;

    if (ctx == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sandbox: no memory");
    if (add_rules(ctx, profile) != 0)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "sandbox: rules");
    /* Only the profiles' priorities matter for speed: the kernel gets bytes. */
    if (code == MH_OK)
        code = mh_memfd_new("profile", 0, err, &fd);
    if (code == MH_OK && seccomp_export_bpf(ctx, fd) == 0)
        n = pread(fd, filters[profile].code, sizeof(filters[profile].code), 0);
    if (code == MH_OK && (n <= 0 || n % (ssize_t)sizeof(struct sock_filter)))
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "sandbox: export");
    if (code == MH_OK)
        filters[profile].len =
            (unsigned short)((size_t)n / sizeof(struct sock_filter));
    mh_close(&fd);
    seccomp_release(ctx);
    return code;
}

enum mh_code
mh_sandbox_prepare(struct mh_err *err)
{
    enum mh_code code = MH_OK;

    if (!mh_sandbox_built())
        return MH_OK;
    for (int p = 0; p < MH_PROFILES && code == MH_OK; p++)
        code = translate((enum mh_profile)p, err);
    return code;
}

enum mh_code
mh_sandbox_close_from(int keep, struct mh_err *err)
{
    if (close_range((unsigned)keep, ~0U, 0) != 0)
        return mh_fail_sys(err, "sandbox: close descriptors");
    return MH_OK;
}

/* A ruleset that handles everything and allows nothing. */
static enum mh_code
deny_files(struct mh_err *err)
{
    struct landlock_ruleset_attr attr = {
        .handled_access_fs = (UINT64_C(1) << 13) - 1, /* ABI 1 */
    };
    long abi = syscall(
        SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    int fd;

    if (abi < 1)
        return MH_OK; /* seccomp denies every open all the same */
    fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
    if (fd < 0 || syscall(SYS_landlock_restrict_self, fd, 0) != 0) {
        enum mh_code code = mh_fail_sys(err, "sandbox: landlock");

        mh_close(&fd);
        return code;
    }
    mh_close(&fd);
    return MH_OK;
}

enum mh_code
mh_sandbox_confine(struct mh_err *err)
{
    struct rlimit none = {0, 0};

    if (setrlimit(RLIMIT_CORE, &none) != 0 ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return mh_fail_sys(err, "sandbox: confine");
    return mh_sandbox_built() ? deny_files(err) : MH_OK;
}

enum mh_code
mh_sandbox_limits(uint64_t input_bytes, bool threads, uint64_t max_written,
    struct mh_err *err)
{
    rlim_t as = WORKER_AS + 2 * (rlim_t)input_bytes;
    rlim_t cpu = WORKER_CPU + (rlim_t)(input_bytes / WORKER_CPU_BYTES);
    struct rlimit lim;

    if (!mh_sandbox_built())
        return MH_OK; /* a sanitizer maps terabytes */
    lim = (struct rlimit){as, as};
    if (setrlimit(RLIMIT_AS, &lim) != 0)
        return mh_fail_sys(err, "sandbox: address space");
    lim = (struct rlimit){cpu, cpu};
    if (setrlimit(RLIMIT_CPU, &lim) != 0)
        return mh_fail_sys(err, "sandbox: cpu");
    lim = (struct rlimit){max_written, max_written};
    if (setrlimit(RLIMIT_FSIZE, &lim) != 0)
        return mh_fail_sys(err, "sandbox: written bytes");
    lim = (struct rlimit){0, 0};
    if ((!threads && setrlimit(RLIMIT_NPROC, &lim) != 0))
        return mh_fail_sys(err, "sandbox: limits");
    return MH_OK;
}

/* What must be refused is tried once, where an error is the answer. */
static enum mh_code
self_check(struct mh_err *err)
{
    int fd = open("/", O_RDONLY | O_CLOEXEC);

    if (fd < 0 && errno == EACCES)
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    else if (fd < 0)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "sandbox: open");
    if (fd >= 0 || errno != EACCES)
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "sandbox: not in force");
    return MH_OK;
}

enum mh_code
mh_sandbox_enter(enum mh_profile profile, struct mh_err *err)
{
    struct sock_fprog prog = {
        .len = filters[profile].len, .filter = filters[profile].code};

    if (!mh_sandbox_built())
        return MH_OK;
    if (prog.len == 0)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "sandbox: no profile");
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) != 0)
        return mh_fail_sys(err, "sandbox: seccomp");
    return self_check(err);
}
