/*
 * A portal that was taken over: in its sandbox each class of call is tried,
 * in a process of its own.
 */
#include "tests/t.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys/sandbox.h"

enum {
    KILLED = 1000, /* by SIGSYS */
};

static char dir[64];

static int
open_etc(void)
{
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int
open_up(void)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "%s/../outside", dir);
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) < 0 ? errno : 0;
}

static int
open_own(void)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "%s/inside", dir);
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) < 0 ? errno : 0;
}

static int
through_link(void)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "%s/link", dir);
    return open(path, O_RDONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int
unlink_outside(void)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "%s-victim", dir);
    return unlink(path) < 0 ? errno : 0;
}

static int
rename_out(void)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "%s/kept", dir);
    return rename(path, "/tmp/mohur-sandbox-out") < 0 ? errno : 0;
}

static int
make_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int
make_pair(void)
{
    int pair[2];

    return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0 ? errno : 0;
}

static int
connect_out(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(80)};

    return connect(0, (struct sockaddr *)&a, sizeof(a)) < 0 ? errno : 0;
}

static int
bind_here(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET};

    return bind(0, (struct sockaddr *)&a, sizeof(a)) < 0 ? errno : 0;
}

static int
execute(void)
{
    return execl("/bin/true", "true", (char *)NULL) < 0 ? errno : 0;
}

static int
fork_one(void)
{
    return fork() < 0 ? errno : 0;
}

static void *
nothing(void *arg)
{
    return arg;
}

static int
start_thread(void)
{
    pthread_t t;
    int rc = pthread_create(&t, NULL, nothing, NULL);

    return rc != 0 ? rc : pthread_join(t, NULL);
}

enum {
    THREADS = 40,
    PIECES = 200,
};

static void *
allocate(void *arg)
{
    pthread_barrier_t *all = arg;
    void *piece[PIECES];
    bool good = true;

    (void)pthread_barrier_wait(all); /* all at once, or some for the first */
    for (size_t i = 0; i < PIECES; i++) {
        piece[i] = malloc(i * 500 + 1);
        if (piece[i] != NULL)
            memset(piece[i], 1, i * 500 + 1);
        else
            good = false;
    }
    (void)pthread_barrier_wait(all);
    for (size_t i = 0; i < PIECES; i++)
        free(piece[i]);
    return good ? arg : NULL;
}

/* More threads that allocate at once than the C library has heaps for. */
static int
allocate_in_threads(void)
{
    pthread_barrier_t all;
    pthread_t t[THREADS];
    int bad = 0;

    if (pthread_barrier_init(&all, NULL, THREADS) != 0)
        return 1;
    for (size_t i = 0; i < THREADS; i++)
        if (pthread_create(&t[i], NULL, allocate, &all) != 0)
            _exit(2);
    for (size_t i = 0; i < THREADS; i++) {
        void *done = NULL;

        if (pthread_join(t[i], &done) != 0 || done == NULL)
            bad++;
    }
    return bad;
}

static int
trace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno : 0;
}

static int
kill_parent(void)
{
    return kill(getppid(), 0) < 0 ? errno : 0;
}

static int
make_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
               ? errno
               : 0;
}

static int
make_memory(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
               -1, 0) == MAP_FAILED
               ? errno
               : 0;
}

static int
io_uring(void)
{
    return syscall(SYS_io_uring_setup, 1, NULL) < 0 ? errno : 0;
}

static int
change_mode(void)
{
    return chmod("/tmp", 0777) < 0 ? errno : 0;
}

static int
socket_of(int family, int type)
{
    return socket(family, type | SOCK_CLOEXEC, 0) < 0 ? errno : 0;
}

static int
make_unix(void)
{
    return socket_of(AF_UNIX, SOCK_STREAM);
}

static int
make_inet6(void)
{
    return socket_of(AF_INET6, SOCK_DGRAM);
}

static int
make_netlink(void)
{
    return socket_of(AF_NETLINK, SOCK_RAW);
}

static int
connect_unix(void)
{
    const struct sockaddr_un to = {AF_UNIX, "/nonexistent/.s.PGSQL.5432"};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 ? errno
                                                                     : 0;
}

static int
make_link(void)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "%s/new", dir);
    return symlink("/etc", path) < 0 ? errno : 0;
}

struct row {
    const char *name;
    int (*try)(void);
    int want; /* errno, 0: allowed, KILLED */
};

static const struct row rows[] = {
    {"a file outside", open_etc, EACCES},
    {"a file above its folder", open_up, EACCES},
    {"a file through a link", through_link, EACCES},
    {"a file of its own", open_own, 0},
    {"removing a file outside", unlink_outside, EACCES},
    {"moving a file out", rename_out, EACCES},
    {"a socket", make_socket, EACCES},
    {"a socket of this machine", make_unix, EACCES},
    {"a channel to a helper", make_pair, 0},
    {"connecting", connect_out, KILLED},
    {"binding", bind_here, KILLED},
    {"executing", execute, KILLED},
    {"a process", fork_one, KILLED},
    {"a thread", start_thread, 0},
    {"many threads with memory", allocate_in_threads, 0},
    {"tracing", trace, KILLED},
    {"a signal", kill_parent, KILLED},
    {"memory with code", make_code, KILLED},
    {"memory", make_memory, 0},
    {"io_uring", io_uring, KILLED},
    {"the mode of a file", change_mode, KILLED},
    {"a link", make_link, KILLED},
};

/* With the store in a server of this machine: its socket, and no other. */
static const struct row node_rows[] = {
    {"a file outside", open_etc, EACCES},
    {"a socket of this machine", make_unix, 0},
    {"a socket of the network", make_socket, EACCES},
    {"a datagram of the network", make_inet6, EACCES},
    {"a socket of the kernel", make_netlink, EACCES},
    {"connecting on this machine", connect_unix, ENOENT},
    {"binding", bind_here, KILLED},
    {"executing", execute, KILLED},
    {"a process", fork_one, KILLED},
    {"memory with code", make_code, KILLED},
};

/* What the call came to in a process that locked itself down before. */
static int
outcome(enum mh_service_profile profile, int (*try)(void))
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        struct mh_err err = {.msg = ""};

        if (mh_sandbox_service(profile, dir, true, &err) != MH_OK) {
            (void)fprintf(stderr, "%s\n", err.msg);
            _exit(255);
        }
        _exit(try());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGSYS ? KILLED : -1;
    return WEXITSTATUS(status);
}

static void
try_row(enum mh_service_profile profile, const struct row *row)
{
    int got = outcome(profile, row->try);

    if (got != row->want)
        fail_msg("%d: %s: %d, not %d", (int)profile, row->name, got, row->want);
}

static void
calls(void **state)
{
    char path[96];
    int fd;

    (void)state;
    T_NEEDS_SANDBOX();
    (void)snprintf(dir, sizeof(dir), "/tmp/mohur-sandbox-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof(path), "%s/link", dir);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    (void)snprintf(path, sizeof(path), "%s/kept", dir);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
    (void)snprintf(path, sizeof(path), "%s-victim", dir);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
    for (size_t i = 0; i < T_COUNT(rows); i++)
        try_row(MH_PROFILE_PORTAL, &rows[i]);
    for (size_t i = 0; i < T_COUNT(node_rows); i++)
        try_row(MH_PROFILE_PORTAL_NODE, &node_rows[i]);
    for (const char *const *n =
             (const char *const[]){"link", "kept", "inside", NULL};
         *n != NULL; n++) {
        (void)snprintf(path, sizeof(path), "%s/%s", dir, *n);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(dir), 0);
    (void)snprintf(path, sizeof(path), "%s-victim", dir);
    assert_int_equal(unlink(path), 0);
}

/* A folder that is not there: it does not start. */
static void
fails_closed(void **state)
{
    (void)state;
    T_NEEDS_SANDBOX();
    (void)snprintf(dir, sizeof(dir), "/nonexistent");
    assert_int_equal(outcome(MH_PROFILE_PORTAL, make_memory), 255);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls),
        cmocka_unit_test(fails_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
