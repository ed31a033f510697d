/*
 * Deadlines of connections.  The HTTP library counts inactivity only: one
 * byte every few seconds would keep a connection for ever.  Here each has a
 * point in time by which it must be farther; one thread looks, and shuts down
 * the sockets of those that are not, which ends them in the library.
 */
#ifndef PORTAL_HTTP_WATCH_H
#define PORTAL_HTTP_WATCH_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct pt_conn {
    struct pt_conn *prev, *next;
    int fd;                   /* borrowed; valid until pt_watch_remove */
    _Atomic int64_t deadline; /* monotonic milliseconds; INT64_MAX: none */
    bool used;                /* a request came over it before */
};

struct pt_watch {
    pthread_mutex_t lock;
    pthread_t thread;
    struct pt_conn head; /* of the ring */
    _Atomic bool stop;
    _Atomic uint64_t open, killed; /* connections */
};

enum mh_code pt_watch_start(struct pt_watch *w, struct mh_err *err) MH_MUST_USE;
void pt_watch_stop(struct pt_watch *w);

/* NULL without memory: then the connection must not be served. */
struct pt_conn *pt_watch_add(struct pt_watch *w, int fd, int64_t deadline);
void pt_watch_remove(struct pt_watch *w, struct pt_conn *c); /* NULL is fine */

#endif
