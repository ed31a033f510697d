/* A store of its own for each test, and documents in it. */
#ifndef TESTS_PORTAL_STOREBED_H
#define TESTS_PORTAL_STOREBED_H

#include "tests/t.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/sys/chan.h"
#include "portal/store/store.h"
#include "tests/folder.h"
#include "tests/portal/behind.h"

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

static size_t files_seen;

static inline int
see_file(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)path;
    (void)st;
    (void)at;
    files_seen += type == FTW_F;
    return 0;
}

/* How many documents the store has on the disk. */
static inline size_t
objects(const struct fixture *f)
{
    struct pt_db *db = calloc(1, sizeof(*db));
    char path[128];
    size_t n;

    assert_non_null(db);
    (void)snprintf(path, sizeof(path), "%s/objects", f->dir);
    if (!t_on_postgresql()) {
        free(db);
        files_seen = 0;
        assert_int_equal(nftw(path, see_file, 16, FTW_PHYS), 0);
        return files_seen;
    }
    t_behind_open(db, f->where);
    n = (size_t)t_behind_number(
        db, "SELECT count(DISTINCT sha256) FROM blob_piece");
    pt_db_close(db);
    free(db);
    return n;
}

static inline void
hash(const char *text, uint8_t out[static PT_HASH])
{
    uint8_t full[MH_DIGEST_MAX];

    assert_int_equal(
        mh_digest_once(MH_SHA256, mh_span_str(text), NULL, full), MH_OK);
    memcpy(out, full, PT_HASH);
}

/* A memfd with that text. */
static inline int
memfd(const char *text)
{
    int fd = -1;

    assert_int_equal(mh_memfd_new("t", 0, NULL, &fd), MH_OK);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    return fd;
}

static inline struct pt_staged
stage(struct fixture *f, const char *text)
{
    struct pt_staged s;
    uint8_t sha[PT_HASH];
    int fd = memfd(text);

    hash(text, sha);
    assert_int_equal(
        pt_store_blob_stage(f->store, fd, strlen(text), sha, NULL, &s), MH_OK);
    mh_close(&fd);
    return s;
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
        staged = stage(f, doc);
    assert_int_equal(pt_store_job_add(f->store, &job, &staged, NULL), MH_OK);
}

static inline void
add_job(struct fixture *f, const char *id, int64_t run_at, const char *doc)
{
    add_job_at(f, id, 1000, run_at, doc);
}

#endif
