/* base/sys/netbox: what a courier that was taken over cannot do. */
#include "tests/t.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys/netbox.h"
#include "base/sys/sandbox.h"

enum {
    OPEN = 0,     /* it could be done */
    REFUSED = 1,  /* an error was the answer */
    TROUBLE = 99, /* the limits could not be entered */
};

static int
answer(long result)
{
    return result >= 0 ? OPEN : REFUSED;
}

static int
write_passwd(void)
{
    return answer(open("/etc/passwd", O_WRONLY | O_CLOEXEC));
}

static int
append_passwd(void)
{
    return answer(open("/etc/passwd", O_RDWR | O_APPEND | O_CLOEXEC));
}

static int
make_file(void)
{
    return answer(open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
}

static int
cut_file(void)
{
    return answer(open("/dev/null", O_RDONLY | O_TRUNC | O_CLOEXEC));
}

static int
read_hosts(void)
{
    return answer(open("/etc/hosts", O_RDONLY | O_CLOEXEC));
}

static int
unix_socket(void)
{
    return answer(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int
inet_socket(void)
{
    return answer(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int
packet_socket(void)
{
    return answer(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int
listening(void)
{
    return answer(listen(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), 1));
}

static int
execute(void)
{
    char name[] = "true";
    char *const argv[] = {name, NULL};

    return answer(execv("/bin/true", argv));
}

static int
fork_one(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return answer(pid);
}

static int
unlink_file(void)
{
    return answer(unlink("/nonexistent/mohur"));
}

static int
make_folder(void)
{
    return answer(mkdir("/nonexistent/mohur", 0700));
}

static int
run_memory(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
               ? REFUSED
               : OPEN;
}

static int
kill_parent(void)
{
    return answer(kill(getppid(), 0));
}

static int
trace(void)
{
    return answer(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

/* What act comes to in a process of its own: its status, or -signal. */
static int
inside(int (*act)(void))
{
    struct mh_err err = {.msg = ""};
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        if (mh_netbox_enter("", &err) != MH_OK)
            _exit(TROUBLE);
        _exit(act());
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void
test_limits(void **state)
{
    static const struct {
        const char *name;
        int (*act)(void);
        int want;
    } rows[] = {{"read /etc/hosts", read_hosts, OPEN},
        {"internet socket", inet_socket, OPEN},
        {"write /etc/passwd", write_passwd, REFUSED},
        {"append to /etc/passwd", append_passwd, REFUSED},
        {"make a file", make_file, REFUSED}, {"cut a file", cut_file, REFUSED},
        {"unix socket", unix_socket, REFUSED},
        {"packet socket", packet_socket, -SIGSYS},
        {"listen", listening, -SIGSYS}, {"execute", execute, -SIGSYS},
        {"fork", fork_one, -SIGSYS}, {"unlink", unlink_file, -SIGSYS},
        {"make a folder", make_folder, -SIGSYS},
        {"executable memory", run_memory, -SIGSYS},
        {"signal another", kill_parent, -SIGSYS}, {"trace", trace, -SIGSYS}};

    (void)state;
    T_NEEDS_SANDBOX();
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        int got = inside(rows[i].act);

        if (got != rows[i].want)
            print_error("%s: %d\n", rows[i].name, got);
        T_CHECK(rows[i].name, got == rows[i].want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_limits)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
