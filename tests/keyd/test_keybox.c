#include "tests/t.h"

#include "base/sys/keybox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys/sandbox.h"

static char state_dir[] = "/tmp/keybox-XXXXXX";

enum {
    KILLED = 1000, /* by SIGSYS */
};

/* Each tries one class of call; its result: 0 it worked, or errno. */
static int
try_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : errno;
}

static int
try_connect(void)
{
    struct sockaddr sa = {.sa_family = AF_INET};

    return connect(0, &sa, sizeof(sa)) == 0 ? 0 : errno;
}

static int
try_outside(void)
{
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 ? 0 : errno;
}

static int
try_create(void)
{
    return open("/tmp/keybox.outside", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >=
                   0
               ? 0
               : errno;
}

static int
try_inside(void)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "%s/file", state_dir); /* it fits */
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) >= 0 ? 0 : errno;
}

static int
try_exec(void)
{
    char name[] = "/bin/true";
    char *const argv[] = {name, NULL};

    return execve(name, argv, argv) == 0 ? 0 : errno;
}

static int
try_fork(void)
{
    return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) >= 0 ? 0 : errno;
}

static int
try_ptrace(void)
{
    return ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 ? 0 : errno;
}

static int
try_kill(void)
{
    return kill(getpid(), 0) == 0 ? 0 : errno;
}

static int
try_uring(void)
{
    return syscall(SYS_io_uring_setup, 1, NULL) >= 0 ? 0 : errno;
}

static int
try_wx(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED
               ? 0
               : errno;
}

static int
try_keyctl(void)
{
    return syscall(SYS_keyctl, 0, 0, 0, 0, 0) >= 0 ? 0 : errno;
}

static int
try_mount(void)
{
    return syscall(SYS_mount, "a", "b", "c", 0, NULL) == 0 ? 0 : errno;
}

/* What became of a process that is locked down and tries it. */
static int
outcome(int (*call)(void))
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        if (mh_keybox_enter(state_dir, true, NULL) != MH_OK)
            _exit(255);
        _exit(call());
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGSYS ? KILLED : -WTERMSIG(status);
    return WEXITSTATUS(status);
}

static void
test_calls(void **state)
{
    static const struct {
        const char *name;
        int (*call)(void);
        int want;
    } rows[] = {
        {"a file of the state folder", try_inside, 0},
        {"a socket", try_socket, EACCES},
        {"a connection", try_connect, KILLED},
        {"a file elsewhere", try_outside, EACCES},
        {"a new file elsewhere", try_create, EACCES},
        {"a program", try_exec, KILLED},
        {"a process", try_fork, KILLED},
        {"tracing", try_ptrace, KILLED},
        {"a signal", try_kill, KILLED},
        {"io_uring", try_uring, KILLED},
        {"memory to write and execute", try_wx, KILLED},
        {"the kernel's keys", try_keyctl, KILLED},
        {"mounting", try_mount, KILLED},
    };

    (void)state;
    T_NEEDS_SANDBOX();
    for (size_t i = 0; i < T_COUNT(rows); i++)
        T_CHECK(rows[i].name, outcome(rows[i].call) == rows[i].want);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),
    };
    char path[64];
    int rc;

    if (mkdtemp(state_dir) == NULL)
        return 1;
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    (void)snprintf(path, sizeof(path), "%s/file", state_dir); /* it fits */
    (void)unlink(path);
    (void)rmdir(state_dir);
    return rc;
}
