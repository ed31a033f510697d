/*
 * The malicious worker: each class of escape is tried in a child that holds
 * the profile, and must be refused or end the child.
 */
#include "tests/t.h"

#include "base/sys/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys/chan.h"

enum outcome {
    WORKED,
    REFUSED, /* an error came back */
    KILLED,
    BROKEN, /* the sandbox could not be set up */
};

static int chan[2]; /* a descriptor the worker rightly holds */

/* Each returns true where what it tried worked. */
static bool
try_work(void)
{
    uint8_t *p = malloc(8 << 20), byte;
    struct mh_err err;
    bool ok = p != NULL;

    if (ok)
        memset(p, 1, 8 << 20);
    free(p);
    return ok && getpid() > 0 && getentropy(&byte, 1) == 0 &&
           mh_chan_send(chan[0], MH_SPAN_LIT("x"), NULL, 0, &err) == MH_OK;
}

static bool
try_open(void)
{
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool
try_create(void)
{
    return open("/tmp/mohur-test", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0;
}

static bool
try_openat2(void)
{
    uint64_t how[3] = {O_RDONLY, 0, 0};

    return syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", how, sizeof(how)) >= 0;
}

static bool
try_unlink(void)
{
    return unlink("/tmp/mohur-test-absent") == 0 || errno == ENOENT;
}

static bool
try_socket(void)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
}

static bool
try_connect(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "/x"};

    return connect(chan[0], (struct sockaddr *)&to, sizeof(to)) == 0 ||
           errno != 0;
}

static bool
try_receive(void)
{
    char byte;

    return recv(chan[0], &byte, 1, MSG_DONTWAIT) >= 0 || errno != 0;
}

static bool
try_execve(void)
{
    char name[] = "/bin/true";
    char *const argv[] = {name, NULL}, *const envp[] = {NULL};

    return execve(name, argv, envp) == 0;
}

static bool
try_fork(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return pid > 0;
}

static bool
try_vfork(void)
{
    return syscall(SYS_vfork) >= 0;
}

static bool
try_ptrace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool
try_read_parent(void)
{
    return syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0) >= 0;
}

static bool
try_map_executable(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool
try_make_executable(void)
{
    void *p = mmap(
        NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool
try_kill(void)
{
    return kill(getppid(), 0) == 0;
}

static bool
try_io_uring(void)
{
    uint8_t params[120] = {0};

    return syscall(SYS_io_uring_setup, 1, params) >= 0;
}

static bool
try_bpf(void)
{
    return syscall(SYS_bpf, 0, NULL, 0) >= 0;
}

static bool
try_userfaultfd(void)
{
    return syscall(SYS_userfaultfd, 0) >= 0;
}

static bool
try_memfd(void)
{
    return memfd_create("x", MFD_CLOEXEC) >= 0;
}

static bool
try_much_memory(void)
{
    void *p = mmap(NULL, (size_t)2 << 30, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return p != MAP_FAILED;
}

static void *
thread(void *arg)
{
    return arg;
}

static bool
try_thread(void)
{
    pthread_t t;

    return pthread_create(&t, NULL, thread, NULL) == 0 &&
           pthread_join(t, NULL) == 0;
}

/* A worker forked by a confined process starts its thread under both. */
static bool
try_worker_thread(void)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        struct mh_err err;

        _exit(
            mh_sandbox_limits(0, true, 0, &err) == MH_OK &&
                    mh_sandbox_enter(MH_PROFILE_WORKER_THREAD, &err) == MH_OK &&
                    try_thread()
                ? 0
                : 1);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

#ifdef __x86_64__
/* getpid by the 32-bit door: its numbers mean other calls. */
static bool
try_other_abi(void)
{
    long rc = 20;

    __asm__ volatile("int $0x80" : "+a"(rc) : : "memory");
    return rc > 0;
}
#endif

static enum outcome
run(enum mh_profile profile, bool (*act)(void))
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        struct mh_err err;
        bool worker = profile != MH_PROFILE_ZYGOTE;

        (void)alarm(20); /* nothing here may hang */
        if (mh_sandbox_prepare(&err) != MH_OK ||
            mh_sandbox_confine(&err) != MH_OK ||
            (worker && mh_sandbox_limits(0, profile == MH_PROFILE_WORKER_THREAD,
                           false, &err)) ||
            mh_sandbox_enter(profile, &err) != MH_OK)
            _exit(BROKEN);
        _exit(act() ? WORKED : REFUSED);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGALRM ? BROKEN : KILLED;
    return (enum outcome)WEXITSTATUS(status);
}

struct row {
    const char *name;
    bool (*act)(void);
    enum outcome expected;
};

static void
check(enum mh_profile profile, const struct row *rows, size_t count)
{
    struct mh_err err;

    T_NEEDS_SANDBOX();
    assert_int_equal(mh_chan_pair(&err, chan), MH_OK);
    for (size_t i = 0; i < count; i++)
        T_CHECK(rows[i].name, run(profile, rows[i].act) == rows[i].expected);
    mh_close(&chan[0]);
    mh_close(&chan[1]);
}

static void
test_worker(void **state)
{
    static const struct row rows[] = {
        {"memory, answer", try_work, WORKED},
        {"open", try_open, REFUSED},
        {"create", try_create, REFUSED},
        {"openat2", try_openat2, KILLED},
        {"unlink", try_unlink, KILLED},
        {"socket", try_socket, REFUSED},
        {"connect", try_connect, KILLED},
        {"receive", try_receive, KILLED},
        {"execve", try_execve, KILLED},
        {"fork", try_fork, REFUSED},
        {"vfork", try_vfork, KILLED},
        {"ptrace", try_ptrace, KILLED},
        {"read the parent's memory", try_read_parent, KILLED},
        {"map executable", try_map_executable, KILLED},
        {"make executable", try_make_executable, KILLED},
        {"kill", try_kill, KILLED},
        {"io_uring", try_io_uring, KILLED},
        {"bpf", try_bpf, KILLED},
        {"userfaultfd", try_userfaultfd, KILLED},
        {"memfd", try_memfd, KILLED},
        {"2 GiB of memory", try_much_memory, REFUSED},
        {"thread", try_thread, KILLED},
#ifdef __x86_64__
        {"32-bit calls", try_other_abi, KILLED},
#endif
    };

    (void)state;
    check(MH_PROFILE_WORKER, rows, T_COUNT(rows));
}

static void
test_worker_with_threads(void **state)
{
    static const struct row rows[] = {
        {"memory, answer", try_work, WORKED},
        {"thread", try_thread, WORKED},
        {"fork", try_fork, KILLED},
        {"open", try_open, REFUSED},
        {"execve", try_execve, KILLED},
        {"map executable", try_map_executable, KILLED},
    };

    (void)state;
    check(MH_PROFILE_WORKER_THREAD, rows, T_COUNT(rows));
}

static void
test_zygote(void **state)
{
    static const struct row rows[] = {
        {"memory, answer", try_work, WORKED},
        {"fork", try_fork, WORKED},
        {"thread of a worker", try_worker_thread, WORKED},
        {"open", try_open, REFUSED},
        {"socket", try_socket, REFUSED},
        {"connect", try_connect, KILLED},
        {"execve", try_execve, KILLED},
        {"ptrace", try_ptrace, KILLED},
        {"map executable", try_map_executable, KILLED},
    };

    (void)state;
    check(MH_PROFILE_ZYGOTE, rows, T_COUNT(rows));
}

/* Without translation first, entering fails instead of doing nothing. */
static void
test_not_prepared(void **state)
{
    struct mh_err err;

    (void)state;
    T_NEEDS_SANDBOX();
    assert_int_equal(mh_sandbox_enter(MH_PROFILE_WORKER, &err), MH_EINTERNAL);
    assert_string_equal(err.msg, "sandbox: no profile");
}

static void
test_close_from(void **state)
{
    int status = 0;
    pid_t pid = fork();

    (void)state;
    assert_true(pid >= 0);
    if (pid == 0) {
        int fd = fcntl(0, F_DUPFD_CLOEXEC, 100);
        enum mh_code code = mh_sandbox_close_from(4, NULL);

        _exit(fd >= 100 && code == MH_OK && fcntl(fd, F_GETFD) < 0 ? 0 : 1);
    }
    assert_true(waitpid(pid, &status, 0) == pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_prepared),
        cmocka_unit_test(test_worker),
        cmocka_unit_test(test_worker_with_threads),
        cmocka_unit_test(test_zygote),
        cmocka_unit_test(test_close_from),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
