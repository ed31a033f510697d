/* A store of its own for each test, and documents in it. */
#ifndef TESTS_PORTAL_STOREBED_H
#define TESTS_PORTAL_STOREBED_H

#include "tests/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "portal/store/store.h"
#include "tests/folder.h"
#include "tests/portal/blobs.h"

struct fixture {
    char dir[64], where[256];
    struct pt_store *store;
    struct mh_arena *arena;
};

static inline void
open_store(struct fixture *f)
{
    struct mh_err err = {.msg = ""};

    if (pt_store_open(f->where, 1000, &err, &f->store) != MH_OK ||
        pt_store_start(f->store, &err) != MH_OK)
        fail_msg("%s", err.msg);
}

static inline void
reopen(struct fixture *f)
{
    pt_store_close(f->store);
    open_store(f);
}

static inline int
setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    (void)snprintf(f->dir, sizeof(f->dir), "/tmp/mohur-store-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    t_where(f->where, sizeof(f->where), f->dir);
    f->arena = mh_arena_new(64 << 20);
    assert_non_null(f->arena);
    open_store(f);
    *state = f;
    return 0;
}

static inline int
teardown(void **state)
{
    struct fixture *f = *state;

    pt_store_close(f->store);
    assert_int_equal(t_remove_all(f->dir), 0);
    mh_arena_free(f->arena);
    free(f);
    return 0;
}

static inline size_t
objects(const struct fixture *f)
{
    return t_blobs(f->dir, f->where);
}

static inline void
add_job_at(struct fixture *f, const char *id, int64_t created, int64_t run_at,
    const char *doc)
{
    struct pt_job_blob blob = {.name = "s\xc9\x99n\xc9\x99"
                                       "d.pdf"};
    struct pt_job job = {.client = 0,
        .kind = "verify",
        .payload = MH_SPAN_LIT("{}"),
        .created = created,
        .run_at = run_at,
        .blob = &blob,
        .blobs = doc == NULL ? 0 : 1};
    struct pt_staged staged = {.temp = ""};

    (void)snprintf(job.id, sizeof(job.id), "%s", id);
    if (doc != NULL)
        staged = t_stage(f->store, doc);
    assert_int_equal(pt_store_job_add(f->store, &job, &staged, NULL), MH_OK);
}

static inline void
add_job(struct fixture *f, const char *id, int64_t run_at, const char *doc)
{
    add_job_at(f, id, 1000, run_at, doc);
}

#endif
