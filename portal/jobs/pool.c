#include "portal/jobs/pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

/* A client with something waiting; in a ring, the next one first. */
struct line {
    struct line *next;
    int64_t client;
    struct pt_task *first, *last;
    size_t count;
};

struct pt_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t *thread;
    size_t threads, each, all, waiting;
    struct line *tail; /* the line served last; its next is served next */
    bool stop;
};

static struct line *
find(struct pt_pool *p, int64_t client)
{
    struct line *l = p->tail;

    if (l == NULL)
        return NULL;
    do {
        if (l->client == client)
            return l;
        l = l->next;
    } while (l != p->tail);
    return NULL;
}

/* The next task of the next line; an empty line leaves the ring. */
static struct pt_task *
take(struct pt_pool *p)
{
    struct line *l = p->tail->next;
    struct pt_task *t = l->first;

    l->first = t->next;
    l->count--;
    p->waiting--;
    if (l->first != NULL) {
        p->tail = l;
    } else {
        if (l == p->tail)
            p->tail = NULL;
        else
            p->tail->next = l->next;
        free(l);
    }
    return t;
}

static void *
work(void *ctx)
{
    struct pt_pool *p = ctx;

    (void)pthread_mutex_lock(&p->lock); /* a plain mutex cannot fail */
    while (!p->stop || p->tail != NULL) {
        struct pt_task *t;

        if (p->tail == NULL) {
            (void)pthread_cond_wait(&p->wake, &p->lock);
            continue;
        }
        t = take(p);
        (void)pthread_mutex_unlock(&p->lock);
        t->run(t->arg);
        (void)pthread_mutex_lock(&p->lock);
    }
    (void)pthread_mutex_unlock(&p->lock);
    return NULL;
}

enum mh_code
pt_pool_new(size_t threads, size_t each, size_t all, struct mh_err *err,
    struct pt_pool **out)
{
    struct pt_pool *p = calloc(1, sizeof(*p));

    if (p != NULL)
        p->thread = calloc(threads, sizeof(*p->thread));
    if (p == NULL || p->thread == NULL ||
        pthread_mutex_init(&p->lock, NULL) != 0 ||
        pthread_cond_init(&p->wake, NULL) != 0) {
        if (p != NULL)
            free(p->thread);
        free(p);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "pool: no memory");
    }
    p->each = each;
    p->all = all;
    while (p->threads < threads) {
        if (pthread_create(&p->thread[p->threads], NULL, work, p) != 0) {
            pt_pool_free(p);
            return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "pool: no thread");
        }
        p->threads++;
    }
    *out = p;
    return MH_OK;
}

void
pt_pool_free(struct pt_pool *p)
{
    if (p == NULL)
        return;
    (void)pthread_mutex_lock(&p->lock);
    p->stop = true;
    (void)pthread_cond_broadcast(&p->wake);
    (void)pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; i < p->threads; i++)
        (void)pthread_join(p->thread[i], NULL); /* started before */
    (void)pthread_mutex_destroy(&p->lock);
    (void)pthread_cond_destroy(&p->wake);
    free(p->thread);
    free(p);
}

/* Puts a new line at the end of the ring. */
static struct line *
join(struct pt_pool *p, int64_t client)
{
    struct line *l = calloc(1, sizeof(*l));

    if (l == NULL)
        return NULL;
    l->client = client;
    if (p->tail == NULL) {
        l->next = l;
    } else {
        l->next = p->tail->next;
        p->tail->next = l;
    }
    p->tail = l;
    return l;
}

enum pt_pooled
pt_pool_add(struct pt_pool *p, int64_t client, struct pt_task *task)
{
    enum pt_pooled what = PT_POOLED;
    struct line *l;

    task->next = NULL;
    (void)pthread_mutex_lock(&p->lock);
    l = find(p, client);
    if (p->waiting >= p->all || p->stop)
        what = PT_POOL_FULL;
    else if (l != NULL && l->count >= p->each)
        what = PT_POOL_CLIENT_FULL;
    else if (l == NULL && (l = join(p, client)) == NULL)
        what = PT_POOL_FULL;
    if (what == PT_POOLED) {
        if (l->first == NULL)
            l->first = task;
        else
            l->last->next = task;
        l->last = task;
        l->count++;
        p->waiting++;
        (void)pthread_cond_signal(&p->wake);
    }
    (void)pthread_mutex_unlock(&p->lock);
    return what;
}

size_t
pt_pool_waiting(struct pt_pool *p)
{
    size_t n;

    (void)pthread_mutex_lock(&p->lock);
    n = p->waiting;
    (void)pthread_mutex_unlock(&p->lock);
    return n;
}
