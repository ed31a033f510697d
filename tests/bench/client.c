#include "tests/bench/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/measure.h"

enum {
    THREADS = 2,              /* as the portal has them */
    CONNECTION_LIMIT = 8192,  /* the same */
    CONNECTION_BYTES = 32768, /* the same */
    INACTIVE_S = 120,         /* the same */
    ANSWER_MAX = 1 << 20,     /* bytes */
    TIMES_MAX = 1 << 20,      /* answers whose time is kept */
    START_TRIES = 500,
    START_NS = 20000000,
    STUCK_S = 30,
};

int
b_listen(uint16_t *port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    b_need(fd >= 0 && bind(fd, (const struct sockaddr *)&at, len) == 0 &&
               listen(fd, 1024) == 0 &&
               getsockname(fd, (struct sockaddr *)&at, &len) == 0,
        "listen");
    *port = ntohs(at.sin_port);
    return fd;
}

/* ---- servers ---- */

/* NOLINTBEGIN(readability-function-size): as the library calls it */
static enum MHD_Result
hello(void *ctx, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *bytes, size_t *size,
    void **state)
{
    static char text[] = "hello"; /* nobody writes it */
    struct MHD_Response *r;
    enum MHD_Result ok;

    (void)ctx;
    (void)url;
    (void)method;
    (void)version;
    (void)bytes;
    (void)size;
    if (*state == NULL) { /* the headers; the answer follows the body */
        *state = mhd;
        return MHD_YES;
    }
    *state = NULL;
    r = MHD_create_response_from_buffer(
        sizeof(text) - 1, text, MHD_RESPMEM_PERSISTENT);
    ok = MHD_queue_response(mhd, MHD_HTTP_OK, r);
    MHD_destroy_response(r);
    return ok;
}
/* NOLINTEND(readability-function-size) */

/* The child ends with this program, whatever becomes of it. */
static pid_t
child(void)
{
    pid_t parent = getpid(), pid;

    (void)fflush(NULL); /* nothing is printed twice */
    pid = fork();
    b_need(pid >= 0, "fork");
    if (pid == 0 &&
        (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
        _exit(1);
    return pid;
}

void
b_hello_start(struct b_server *out)
{
    int fd = b_listen(&out->port);

    out->pid = child();
    if (out->pid == 0) {
        struct MHD_Daemon *d =
            MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD |
                                 MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
                0, NULL, NULL, hello, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
                MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS,
                MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTION_LIMIT,
                MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
                MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)INACTIVE_S,
                MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);

        if (d == NULL)
            _exit(1);
        for (;;)
            (void)pause(); /* until it is killed */
    }
    (void)close(fd); /* the child has its own */
}

void
b_portal_start(const char *program, const char *state, struct b_server *out)
{
    int fd = b_listen(&out->port);

    out->pid = child();
    if (out->pid == 0) {
        char number[16];
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        (void)snprintf(number, sizeof(number), "%d", fd);
        if (null >= 0 && dup2(null, 0) == 0 && dup2(null, 2) == 2)
            (void)execl(program, program, "--state", state, "--listen-fd",
                number, (char *)NULL);
        _exit(127);
    }
    (void)close(fd); /* the child has its own */
}

void
b_server_stop(struct b_server *server)
{
    (void)kill(server->pid, SIGKILL); /* it has nothing to lose */
    (void)waitpid(server->pid, NULL, 0);
    server->pid = -1;
}

static double
server_cpu(const struct b_server *server)
{
    struct timespec t;
    clockid_t clock;

    b_need(clock_getcpuclockid(server->pid, &clock) == 0 &&
               clock_gettime(clock, &t) == 0,
        "the server has ended");
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- the client ---- */

struct wire {
    int fd;
    double since;
    size_t have, want; /* bytes of the answer; want 0: not known yet */
    char *answer;      /* ANSWER_MAX */
};

static int
connect_to(const struct b_server *server)
{
    const struct timespec pause = {0, START_NS};
    const struct sockaddr_in at = {.sin_family = AF_INET,
        .sin_port = htons(server->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int tries = 0;

    while (connect(fd, (const struct sockaddr *)&at, sizeof(at)) != 0) {
        b_need(++tries < START_TRIES, "connect");
        (void)nanosleep(&pause, NULL); /* sooner is fine */
    }
    return fd;
}

static void
ask(struct wire *w, const char *request)
{
    size_t len = strlen(request);

    w->have = w->want = 0;
    w->since = b_wall();
    b_need(send(w->fd, request, len, MSG_NOSIGNAL) == (ssize_t)len, "send");
}

/* How long the whole answer is, once its head is there. */
static void
measure_head(struct wire *w, struct b_result *out)
{
    const char *end, *length;
    size_t body;

    w->answer[w->have] = '\0';
    end = strstr(w->answer, "\r\n\r\n");
    if (end == NULL)
        return;
    length = strcasestr(w->answer, "\r\ncontent-length:");
    b_need(strncmp(w->answer, "HTTP/1.1 200 ", 13) == 0 && length != NULL &&
               length < end,
        w->answer);
    body = strtoul(length + 17, NULL, 10);
    w->want = (size_t)(end - w->answer) + 4 + body;
    b_need(w->want < ANSWER_MAX, "an answer is too long");
    out->body += (double)body;
}

/* Takes what is there; whether the answer is whole. */
static int
take(struct wire *w, struct b_result *out)
{
    ssize_t n = recv(w->fd, w->answer + w->have, ANSWER_MAX - 1 - w->have, 0);

    b_need(n > 0, "the server closed a connection");
    w->have += (size_t)n;
    if (w->want == 0)
        measure_head(w, out);
    return w->want != 0 && w->have >= w->want;
}

static int
by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void
percentiles(double *took, size_t count, struct b_result *out)
{
    qsort(took, count, sizeof(*took), by_value);
    out->p50 = took[count / 2];
    out->p95 = took[count * 95 / 100];
    out->p99 = took[count * 99 / 100];
}

void
b_drive(const struct b_server *server, const struct b_load *load,
    struct b_result *out)
{
    static double took[TIMES_MAX];
    struct wire wire[B_CONNECTIONS];
    struct pollfd poll_for[B_CONNECTIONS];
    double begin, cpu, last;
    size_t busy = load->connections;

    *out = (struct b_result){0};
    b_need(busy > 0 && busy <= B_CONNECTIONS, "too many connections");
    for (size_t i = 0; i < busy; i++) {
        wire[i].fd = connect_to(server);
        wire[i].answer = malloc(ANSWER_MAX);
        b_need(wire[i].answer != NULL, "no memory");
        poll_for[i] = (struct pollfd){.fd = wire[i].fd, .events = POLLIN};
    }
    cpu = server_cpu(server);
    begin = last = b_wall();
    for (size_t i = 0; i < load->connections; i++)
        ask(&wire[i], load->request);
    while (busy > 0) {
        /* Without sleep: to wake it would be work of the server's. */
        while (poll(poll_for, load->connections, 0) == 0)
            b_need(b_wall() - last < STUCK_S, "the server is stuck");
        last = b_wall();
        for (size_t i = 0; i < load->connections; i++) {
            if (poll_for[i].revents == 0 || !take(&wire[i], out))
                continue;
            if (out->answers < TIMES_MAX)
                took[out->answers] = b_wall() - wire[i].since;
            out->answers++;
            if (b_wall() - begin < load->seconds) {
                ask(&wire[i], load->request);
            } else {
                poll_for[i].fd = -1;
                busy--;
            }
        }
    }
    out->wall = b_wall() - begin;
    out->cpu = server_cpu(server) - cpu;
    out->body /= (double)out->answers;
    percentiles(took, out->answers < TIMES_MAX ? out->answers : TIMES_MAX, out);
    for (size_t i = 0; i < load->connections; i++) {
        (void)close(wire[i].fd); /* all was read */
        free(wire[i].answer);
    }
}
