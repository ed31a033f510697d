/*
 * A client of HTTP servers on loopback for benchmarks: keep-alive
 * connections in one thread, and the programs that answer them.
 */
#ifndef TESTS_BENCH_CLIENT_H
#define TESTS_BENCH_CLIENT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    B_CONNECTIONS = 32, /* at once, at most */
};

struct b_server {
    pid_t pid;
    uint16_t port;
};

/* A socket that listens on loopback. */
int b_listen(uint16_t *port);
/* A server of libmicrohttpd that says hello, as the portal starts its own. */
void b_hello_start(struct b_server *out);
/* mohur-portal by itself on a state folder; its log is thrown away. */
void b_portal_start(
    const char *program, const char *state, struct b_server *out);
void b_server_stop(struct b_server *server);

struct b_load {
    const char *request; /* the bytes of one */
    unsigned connections;
    double seconds; /* that it lasts, about */
};
struct b_result {
    uint64_t answers;     /* of status 200 or the run is given up */
    double wall, cpu;     /* seconds; cpu: of the server's process */
    double body;          /* bytes of an answer's body, mean */
    double p50, p95, p99; /* seconds that an answer took */
};
void b_drive(const struct b_server *server, const struct b_load *load,
    struct b_result *out);

#endif
