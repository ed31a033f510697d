/*
 * Ratio 12 of limits.md: small containers through POST /api/v1/verify of a
 * running instance, against as many documents as the processors could judge if
 * the sum of the floors of ratio 1 were all there is to do.
 *
 *     bench_api FOLDER PORT KEY NAME=PID...
 *
 * FOLDER is as make_input.py writes it; api.py makes the instance.  KEY is of a
 * client without a limit; the processor time of each PID, and of the children
 * it has waited for, is printed under its NAME.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "signer/verify/warm.h"
#include "tests/bench/floors.h"
#include "tests/bench/measure.h"

#define ROUND_SECONDS 3.0

enum {
    DOCUMENTS = 32,  /* with a signing certificate each */
    CONNECTIONS = 8, /* kept alive, a request at a time on each */
    ROUNDS = 5,      /* the median of; one more before them to get warm */
    ANSWER_MAX = 256 * 1024,
    PROCESSES_MAX = 32,
};

struct process {
    const char *name;
    int pid;
    double before, used; /* seconds of its processor time */
};

static struct mh_span request[DOCUMENTS];
static uint16_t port;
static struct process process[PROCESSES_MAX];
static size_t processes;
static atomic_uint answered;
static atomic_bool stopping;

/* ---- requests ---- */

static struct mh_span
make_request(struct mh_span document, const char *key)
{
    static const char head[] =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; "
        "filename=\"a.edoc\"\r\n\r\n",
                      tail[] = "\r\n--b--\r\n";
    size_t body = sizeof(head) - 1 + document.len + sizeof(tail) - 1;
    struct mh_buf out;

    mh_buf_init(&out, body + 4096);
    mh_buf_printf(&out,
        "POST /api/v1/verify?time=2022-06-01T12:00:00Z&offline=true&"
        "policy=lenient HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
        "Authorization: Bearer %s\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n"
        "Content-Length: %zu\r\n\r\n",
        port, key, body);
    mh_buf_span(&out, MH_SPAN_LIT(head));
    mh_buf_span(&out, document);
    mh_buf_span(&out, MH_SPAN_LIT(tail));
    b_need(mh_buf_ok(&out), "memory");
    return mh_buf_get(&out); /* until the end of the program */
}

static int
connect_one(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    b_need(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
               setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0,
        "connect");
    return fd;
}

static void
put_all(int fd, struct mh_span s)
{
    for (size_t at = 0; at < s.len;) {
        ssize_t n = send(fd, s.ptr + at, s.len - at, MSG_NOSIGNAL);

        b_need(n > 0, "send: the connection was closed");
        at += (size_t)n;
    }
}

/* A whole answer, which must be of a document that passed. */
static void
take_answer(int fd, char *buf)
{
    size_t have = 0, want = ANSWER_MAX;
    const char *body = NULL;

    while (have < want) {
        ssize_t n = recv(fd, buf + have, ANSWER_MAX - 1 - have, 0);
        const char *length;

        b_need(n > 0, "recv: no whole answer");
        have += (size_t)n;
        buf[have] = '\0';
        if (body != NULL || (body = strstr(buf, "\r\n\r\n")) == NULL)
            continue;
        length = strcasestr(buf, "\r\ncontent-length:");
        b_need(length != NULL && length < body, "an answer without a length");
        want = (size_t)(body + 4 - buf) + strtoul(length + 17, NULL, 10);
    }
    b_need(strncmp(buf, "HTTP/1.1 200 ", 13) == 0 &&
               strstr(body, "\"verdict\":\"TOTAL-PASSED\"") != NULL,
        buf);
}

static void *
ask(void *arg)
{
    size_t i = *(const size_t *)arg;
    char *buf = malloc(ANSWER_MAX);
    int fd = connect_one();

    b_need(buf != NULL, "memory");
    while (!atomic_load(&stopping)) {
        put_all(fd, request[i++ % DOCUMENTS]);
        take_answer(fd, buf);
        (void)atomic_fetch_add(&answered, 1);
    }
    mh_close(&fd);
    free(buf);
    return NULL;
}

/* ---- processor time ---- */

/* utime, stime, cutime and cstime of proc(5). */
static double
time_of(int pid)
{
    char path[64], line[2048];
    double sum = 0;
    FILE *f;
    const char *p;
    char *end;

    (void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    f = fopen(path, "re");
    b_need(f != NULL && fgets(line, sizeof(line), f) != NULL, path);
    (void)fclose(f);        /* opened for reading */
    p = strrchr(line, ')'); /* the name may hold anything */
    for (int field = 3; p != NULL && field < 18; field++) {
        p = strchr(p + 1, ' ');
        if (p != NULL && field >= 14)
            sum += (double)strtoul(p, &end, 10);
    }
    b_need(p != NULL, path);
    return sum / (double)sysconf(_SC_CLK_TCK);
}

static double
round_of(double *seconds)
{
    size_t first[CONNECTIONS]; /* each begins with a document of its own */
    pthread_t t[CONNECTIONS];
    double from = b_wall();
    unsigned count;

    atomic_store(&stopping, false);
    atomic_store(&answered, 0);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        first[i] = i * DOCUMENTS / CONNECTIONS;
        b_need(pthread_create(&t[i], NULL, ask, &first[i]) == 0, "thread");
    }
    while (b_wall() - from < ROUND_SECONDS)
        (void)usleep(20000); /* only how long it sleeps differs */
    atomic_store(&stopping, true);
    for (size_t i = 0; i < CONNECTIONS; i++)
        b_need(pthread_join(t[i], NULL) == 0, "thread");
    *seconds = b_wall() - from;
    count = atomic_load(&answered);
    b_need(count > 0, "no answer");
    return (double)count;
}

/* Requests a second; *each: processor time of the instance for one. */
static double
drive(double *each)
{
    double value[ROUNDS], count = 0, seconds, own;

    (void)round_of(&seconds);
    for (size_t i = 0; i < processes; i++)
        process[i].before = time_of(process[i].pid);
    own = b_process();
    for (int r = 0; r < ROUNDS; r++) {
        double n = round_of(&seconds);

        value[r] = n / seconds;
        count += n;
    }
    *each = 0;
    b_note("a request: who asks", (b_process() - own) / count);
    for (size_t i = 0; i < processes; i++) {
        char text[80];

        process[i].used = (time_of(process[i].pid) - process[i].before) / count;
        *each += process[i].used;
        if (process[i].used < 1e-6)
            continue;
        (void)snprintf(text, sizeof(text), "a request: %.60s", process[i].name);
        b_note(text, process[i].used);
    }
    b_note("a request: processor time of the instance", *each);
    return b_median(value, ROUNDS);
}

/* ---- a set ---- */

static double
floors_of(const char *folder, const char *kind)
{
    static struct b_parts parts[DOCUMENTS];
    double sum;

    for (int i = 0; i < DOCUMENTS; i++)
        b_parts_open(folder, kind, i, &parts[i]);
    sum = b_floors(parts, DOCUMENTS);
    for (int i = 0; i < DOCUMENTS; i++)
        b_parts_close(&parts[i]);
    return sum;
}

static void
fill(const char *folder, const char *kind, const char *key)
{
    for (int i = 0; i < DOCUMENTS; i++) {
        char name[64];

        (void)snprintf(name, sizeof(name), "%s/%02d.edoc", kind, i);
        request[i] = make_request(b_file(folder, name), key);
    }
}

static void
measure(const char *folder, const struct b_set *of, const char *key)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    double before, floor, rate, each;

    (void)printf("%s, through the API\n", of->text);
    fill(folder, of->kind, key);
    before = floors_of(folder, of->kind);
    rate = drive(&each);
    /* Before and after, as the machine may be busier now. */
    floor = (before + floors_of(folder, of->kind)) / 2;
    (void)printf("      %-52s %10.0f a second\n", "answers", rate);
    (void)printf("      %-52s %10.0f a second\n", "floor, on all processors",
        (double)cores / floor);
    (void)printf(
        "      %-52s %10.2f x\n", "floor, of the processor time", floor / each);
    (void)printf("      %-52s %10.2f x\n",
        "share of the floor on one processor", rate * floor);
    b_ratio("12 answers of the API, share of the floor",
        rate * floor / (double)cores, true, 0.4, 0.6, "x");
}

int
main(int argc, char **argv)
{
    struct mh_err err = {.msg = ""};

    b_need(argc >= 4 && argc - 4 <= PROCESSES_MAX,
        "usage: bench_api FOLDER PORT KEY NAME=PID...");
    b_must(sg_warm(&err), &err);
    port = (uint16_t)strtoul(argv[2], NULL, 10);
    for (int i = 4; i < argc; i++) {
        char *eq = strchr(argv[i], '=');

        b_need(eq != NULL, "NAME=PID");
        *eq = '\0';
        process[processes++] = (struct process){
            .name = argv[i], .pid = (int)strtol(eq + 1, NULL, 10)};
    }
    for (size_t i = 0; i < B_SETS; i++)
        measure(argv[1], &b_sets[i], argv[3]);
    return b_failed() > 0 ? 1 : 0;
}
