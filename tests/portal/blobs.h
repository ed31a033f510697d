/* Documents of the store's tests: made of a text, and counted on the disk. */
#ifndef TESTS_PORTAL_BLOBS_H
#define TESTS_PORTAL_BLOBS_H

#include "tests/t.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/sys/chan.h"
#include "portal/store/store.h"
#include "tests/portal/behind.h"

static inline void
t_hash(const char *text, uint8_t out[static PT_HASH])
{
    uint8_t whole[MH_DIGEST_MAX];

    assert_int_equal(
        mh_digest_once(MH_SHA256, mh_span_str(text), NULL, whole), MH_OK);
    memcpy(out, whole, PT_HASH);
}

/* A memfd with that text. */
static inline int
t_memfd(const char *text)
{
    int fd = -1;

    assert_int_equal(mh_memfd_new("t", 0, NULL, &fd), MH_OK);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    return fd;
}

static inline struct pt_staged
t_stage(struct pt_store *store, const char *text)
{
    struct pt_staged s;
    uint8_t sha256[PT_HASH];
    int fd = t_memfd(text);

    t_hash(text, sha256);
    assert_int_equal(
        pt_store_blob_stage(store, fd, strlen(text), sha256, NULL, &s), MH_OK);
    mh_close(&fd);
    return s;
}

static size_t t_files;

static inline int
t_see_file(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)path;
    (void)st;
    (void)at;
    t_files += type == FTW_F;
    return 0;
}

/* How many documents the store of that folder has bytes of; where: t_where's.
 */
static inline size_t
t_blobs(const char *dir, const char *where)
{
    static struct pt_db db;
    char path[256];

    if (t_on_postgresql()) {
        t_behind_open(&db, where);
        t_files = (size_t)t_behind_number(
            &db, "SELECT count(DISTINCT sha256) FROM blob_piece");
        pt_db_close(&db);
        return t_files;
    }
    (void)snprintf(path, sizeof(path), "%s/objects", dir);
    t_files = 0;
    assert_int_equal(nftw(path, t_see_file, 16, FTW_PHYS), 0);
    return t_files;
}

#endif
