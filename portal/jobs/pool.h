/*
 * Workers that wait for others so that the network need not: a queue a
 * client, served in turn, so that no client waits behind another's many.
 */
#ifndef PORTAL_JOBS_POOL_H
#define PORTAL_JOBS_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct pt_pool;

struct pt_task {
    void (*run)(void *arg);
    void *arg;
    struct pt_task *next; /* the pool's own */
};

enum pt_pooled {
    PT_POOLED,
    PT_POOL_CLIENT_FULL, /* this client has enough waiting */
    PT_POOL_FULL,        /* everybody has */
};

/* threads: tasks at once; each: tasks of one client that wait; all: of all. */
enum mh_code pt_pool_new(size_t threads, size_t each, size_t all,
    struct mh_err *err, struct pt_pool **out) MH_MUST_USE;
/* Runs what waits, then ends; NULL is fine. */
void pt_pool_free(struct pt_pool *pool);

/* The task is the caller's again when it runs. */
enum pt_pooled pt_pool_add(
    struct pt_pool *pool, int64_t client, struct pt_task *task);

size_t pt_pool_waiting(struct pt_pool *pool);

#endif
