#include "portal/http/watch.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "portal/http/clock.h"

enum {
    LOOK_NS = 100 * 1000 * 1000 /* nanoseconds between two looks */
};

static void
look(struct pt_watch *w)
{
    int64_t now = pt_now_ms();

    (void)pthread_mutex_lock(&w->lock); /* a plain mutex cannot fail */
    for (struct pt_conn *c = w->head.next; c != &w->head; c = c->next)
        if (atomic_load(&c->deadline) < now) {
            atomic_store(&c->deadline, INT64_MAX);
            atomic_fetch_add(&w->killed, 1);
            (void)shutdown(c->fd, SHUT_RDWR); /* gone already is fine */
        }
    (void)pthread_mutex_unlock(&w->lock);
}

static void *
run(void *ctx)
{
    struct pt_watch *w = ctx;
    const struct timespec pause = {0, LOOK_NS};

    while (!atomic_load(&w->stop)) {
        look(w);
        (void)nanosleep(&pause, NULL); /* sooner is fine */
    }
    return NULL;
}

enum mh_code
pt_watch_start(struct pt_watch *w, struct mh_err *err)
{
    w->head.prev = w->head.next = &w->head;
    atomic_store(&w->stop, false);
    if (pthread_mutex_init(&w->lock, NULL) != 0 ||
        pthread_create(&w->thread, NULL, run, w) != 0)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "http: no thread");
    return MH_OK;
}

void
pt_watch_stop(struct pt_watch *w)
{
    atomic_store(&w->stop, true);
    (void)pthread_join(w->thread, NULL); /* started before */
    (void)pthread_mutex_destroy(&w->lock);
}

struct pt_conn *
pt_watch_add(struct pt_watch *w, int fd, int64_t deadline)
{
    struct pt_conn *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return NULL;
    c->fd = fd;
    atomic_store(&c->deadline, deadline);
    (void)pthread_mutex_lock(&w->lock);
    c->next = &w->head;
    c->prev = w->head.prev;
    c->prev->next = c;
    w->head.prev = c;
    (void)pthread_mutex_unlock(&w->lock);
    atomic_fetch_add(&w->open, 1);
    return c;
}

void
pt_watch_remove(struct pt_watch *w, struct pt_conn *c)
{
    if (c == NULL)
        return;
    (void)pthread_mutex_lock(&w->lock);
    c->prev->next = c->next;
    c->next->prev = c->prev;
    (void)pthread_mutex_unlock(&w->lock);
    atomic_fetch_sub(&w->open, 1);
    free(c);
}
