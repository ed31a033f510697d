/*
 * The malicious module: what it might try, each in a child that is confined
 * as mohur-token is, has to be refused or to end the child; what a module
 * needs has to work.
 */
#include "tests/t.h"

#include "base/sys/module.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys/sandbox.h"

enum outcome {
    WORKED,
    REFUSED,
    KILLED,
    BROKEN, /* it could not be confined */
};

static char folder[] = "/tmp/mohur-module-XXXXXX";
static char inside[64], outside[64];

static bool
try_exec(void)
{
    char path[] = "/bin/true";
    char *const argv[] = {path, NULL};

    return execve(path, argv, argv) == 0; /* "worked" is exit status 0 */
}

static bool
try_fork(void)
{
    return fork() >= 0;
}

static void *
nothing(void *arg)
{
    return arg;
}

static bool
try_thread(void)
{
    pthread_t t;

    return pthread_create(&t, NULL, nothing, NULL) == 0 &&
           pthread_join(t, NULL) == 0;
}

static bool
try_local(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
}

static bool
try_net(void)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
}

static bool
try_net6(void)
{
    return socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0) >= 0;
}

static bool
try_netlink(void)
{
    return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0) >= 0;
}

static bool
try_packet(void)
{
    return socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0) >= 0;
}

static bool
try_read(void)
{
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool
try_write_inside(void)
{
    return open(inside, O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0 &&
           unlink(inside) == 0;
}

static bool
try_write_outside(void)
{
    return open(outside, O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0;
}

static bool
try_executable(void)
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
try_io_uring(void)
{
    return syscall(SYS_io_uring_setup, 1, NULL) >= 0;
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
try_keyctl(void)
{
    return syscall(SYS_keyctl, 0, 0, 0, 0, 0) >= 0;
}

static bool
try_mount(void)
{
    return syscall(SYS_mount, "a", "/", "tmpfs", 0, NULL) >= 0;
}

static bool
try_unshare(void)
{
    return syscall(SYS_unshare, 0) >= 0;
}

static bool
try_chmod(void)
{
    return chmod(folder, 0777) == 0;
}

static bool
no_core(void)
{
    struct rlimit lim;

    return getrlimit(RLIMIT_CORE, &lim) == 0 && lim.rlim_max == 0;
}

enum which {
    CARD,
    SOFT,
    NET,
    PROFILES,
};

static const struct {
    const char *name;
    bool (*attempt)(void);
    enum outcome want[PROFILES]; /* card, soft, net */
} rows[] = {
    {"exec", try_exec, {REFUSED, REFUSED, REFUSED}},
    {"fork", try_fork, {REFUSED, REFUSED, REFUSED}},
    {"thread", try_thread, {WORKED, WORKED, WORKED}},
    {"local socket", try_local, {WORKED, REFUSED, WORKED}},
    {"network socket", try_net, {REFUSED, REFUSED, WORKED}},
    {"IPv6 socket", try_net6, {REFUSED, REFUSED, WORKED}},
    {"netlink socket", try_netlink, {REFUSED, REFUSED, REFUSED}},
    {"packet socket", try_packet, {REFUSED, REFUSED, REFUSED}},
    {"read", try_read, {WORKED, WORKED, WORKED}},
    {"write inside", try_write_inside, {WORKED, WORKED, WORKED}},
    {"write outside", try_write_outside, {REFUSED, REFUSED, REFUSED}},
    {"executable memory", try_executable, {REFUSED, REFUSED, REFUSED}},
    {"made executable", try_make_executable, {REFUSED, REFUSED, REFUSED}},
    {"ptrace", try_ptrace, {KILLED, KILLED, KILLED}},
    {"parent's memory", try_read_parent, {KILLED, KILLED, KILLED}},
    {"io_uring", try_io_uring, {KILLED, KILLED, KILLED}},
    {"bpf", try_bpf, {KILLED, KILLED, KILLED}},
    {"userfaultfd", try_userfaultfd, {KILLED, KILLED, KILLED}},
    {"keyctl", try_keyctl, {KILLED, KILLED, KILLED}},
    {"mount", try_mount, {KILLED, KILLED, KILLED}},
    {"unshare", try_unshare, {KILLED, KILLED, KILLED}},
    {"chmod", try_chmod, {REFUSED, REFUSED, REFUSED}},
    {"no core", no_core, {WORKED, WORKED, WORKED}},
};

static enum outcome
run(bool (*attempt)(void), enum which which)
{
    const char *writable[] = {folder, "/nonexistent"};
    struct mh_module_may may = {.local = which == CARD,
        .net = which == NET,
        .writable = writable,
        .writables = 2};
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        if (mh_module_start(3, NULL) != MH_OK ||
            mh_module_confine(&may, NULL) != MH_OK)
            _exit(BROKEN);
        _exit(attempt() ? WORKED : REFUSED);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGSYS ? KILLED : BROKEN;
    return (enum outcome)WEXITSTATUS(status);
}

static void
test_module_attempts(void **state)
{
    (void)state;
    T_NEEDS_SANDBOX();
    assert_non_null(mkdtemp(folder));
    (void)snprintf(inside, sizeof(inside), "%s/file", folder);
    (void)snprintf(outside, sizeof(outside), "%s.outside", folder);
    for (size_t i = 0; i < T_COUNT(rows); i++)
        for (int which = 0; which < PROFILES; which++) {
            enum outcome got = run(rows[i].attempt, (enum which)which);

            if (got != rows[i].want[which])
                fail_msg("%s, profile %d: outcome %d", rows[i].name, which,
                    (int)got);
        }
    (void)unlink(outside);
    assert_int_equal(rmdir(folder), 0);
}

static void
test_module_memory(void **state)
{
    uint8_t *p = mh_locked_memory(70000);
    int status = 0;
    pid_t pid;

    (void)state;
    assert_non_null(p);
    memset(p, 7, 70000);
    pid = fork();
    if (pid == 0)
        _exit(p[0] == 0 && p[69999] == 0 ? 0 : 1); /* no child has it */
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(p[69999], 7);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_module_attempts),
        cmocka_unit_test(test_module_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
