/*
 * Ratio 13 (limits.md 3): a published court act as everybody reads it, 20 KB
 * with rows of five tables, against libmicrohttpd that says hello, both with
 * keep-alive connections of one client; beside it pages of more rows, a court's
 * day and my cases of somebody with many; and how pages and searches do with
 * very many cases in the store.
 *
 *     bench_pages MOHUR-PORTAL SMALL LARGE
 *
 * SMALL and LARGE are folders as make_cases.py makes them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/client.h"
#include "tests/bench/measure.h"

enum {
    ROUNDS = 7,     /* the median of */
    AT_ONCE = 16,   /* connections */
    REQUESTS = 32,  /* of a folder, at most */
    REQUEST = 2048, /* bytes of one */
    DAY = 0,        /* the first request: a court's day */
    LIST = 1,       /* the second one: my cases */
    ACT = 2,        /* the third one: a court act for everybody */
};

struct asked {
    char name[64];
    char bytes[REQUEST];
};

/* The file "requests" of a folder: name, path and cookies, tabs between. */
static size_t
read_requests(const char *folder, struct asked list[static REQUESTS])
{
    struct mh_span s = b_file(folder, "requests");
    char *text = malloc(s.len + 1), *line, *save = NULL;
    size_t count = 0;

    b_need(text != NULL, "no memory");
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    for (line = strtok_r(text, "\n", &save); line != NULL && count < REQUESTS;
         line = strtok_r(NULL, "\n", &save)) {
        char *path = strchr(line, '\t');
        char *cookies = path == NULL ? NULL : strchr(path + 1, '\t');

        b_need(cookies != NULL, "requests: a line has three parts");
        *path++ = '\0';
        *cookies++ = '\0';
        (void)snprintf(
            list[count].name, sizeof(list[count].name), "%s", line); /* cut */
        b_need(snprintf(list[count].bytes, REQUEST,
                   "GET %s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n\r\n", path,
                   *cookies == '\0' ? "Accept: */*" : "Cookie: ", cookies) <
                   REQUEST,
            "requests: too long");
        count++;
    }
    free(text);
    b_need(count > 0, "no requests");
    return count;
}

/* A share of hello: by processor time, which what else runs changes least. */
static double
against_hello(const struct b_server *portal, const struct asked *asked)
{
    static const char hello[] =
        "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";
    double share[ROUNDS], wall[ROUNDS], page[ROUNDS], bytes = 0;
    struct b_server other;

    b_hello_start(&other);
    for (int i = -1; i < ROUNDS; i++) { /* the first one warms up */
        const struct b_load a = {hello, AT_ONCE, 0.3};
        const struct b_load b = {asked->bytes, AT_ONCE, 0.5};
        struct b_result floor, ours;

        b_drive(&other, &a, &floor);
        b_drive(portal, &b, &ours);
        if (i < 0)
            continue;
        page[i] = ours.cpu / (double)ours.answers;
        share[i] = floor.cpu / (double)floor.answers / page[i];
        wall[i] = (double)ours.answers / ours.wall * floor.wall /
                  (double)floor.answers;
        bytes = ours.body;
    }
    b_server_stop(&other);
    (void)printf("      %s: %.0f bytes; by the clock %.3f of hello\n",
        asked->name, bytes, b_median(wall, ROUNDS));
    b_note("processor time of the page", b_median(page, ROUNDS));
    return b_median(share, ROUNDS);
}

/* portal.md 10.2 */
static void
targets(const struct b_server *portal, const struct asked *list)
{
    const struct b_load load = {list->bytes, AT_ONCE, 3};
    struct b_result r;

    b_drive(portal, &load, &r);
    b_ratio("my cases: pages a second", (double)r.answers / r.wall, true, 500,
        1000, "");
    b_ratio("my cases: 95 of 100 within", r.p95 * 1e3, false, 60, 30, "ms");
    b_ratio("my cases: 99 of 100 within", r.p99 * 1e3, false, 150, 75, "ms");
}

/* Processor time of a page, which what else runs changes least. */
static double
once(const struct b_server *server, const struct asked *a, double *p95)
{
    const struct b_load load = {a->bytes, 1, 0.5};
    struct b_result r;

    b_drive(server, &load, &r);
    *p95 = r.p95;
    return r.cpu / (double)r.answers;
}

int
main(int argc, char **argv)
{
    static struct asked small[REQUESTS], large[REQUESTS];
    struct b_server few, many;
    size_t count;

    b_need(argc == 4, "usage: bench_pages MOHUR-PORTAL SMALL LARGE");
    count = read_requests(argv[2], small);
    b_need(read_requests(argv[3], large) == count, "not the same requests");
    b_portal_start(argv[1], argv[2], &few);
    b_portal_start(argv[1], argv[3], &many);
    b_ratio("13 a published act, share of hello",
        against_hello(&many, &large[ACT]), true, 0.18, 0.25, "");
    /* Of more rows than limits.md 13 speaks of: each hearing is one. */
    (void)printf("      a court's day: %.3f of hello\n",
        against_hello(&many, &large[DAY]));
    (void)printf(
        "      my cases: %.3f of hello\n", against_hello(&many, &large[LIST]));
    targets(&many, &large[LIST]);
    for (size_t i = 0; i < count; i++) {
        double p95, unused;
        double with = once(&many, &large[i], &p95);
        double without = once(&few, &small[i], &unused);

        (void)printf("      %-38s %9.2f ms cpu, %5.1f x that of 100 cases\n",
            large[i].name, with * 1e3, with / without);
        if (strstr(large[i].name, "search") != NULL)
            b_ratio(large[i].name, p95 * 1e3, false, 200, 60, "ms");
        else if (strstr(large[i].name, "case page") != NULL)
            b_ratio(large[i].name, p95 * 1e3, false, 60, 30, "ms");
    }
    b_server_stop(&few);
    b_server_stop(&many);
    return b_failed() > 0 ? 1 : 0;
}
