/* Documents by their SHA-256: their rows, and their way to the disk. */
#include "portal/store/db.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/sys/chan.h"
#include "base/sys/outfile.h"
#include "base/text.h"
#include "portal/store/objects.h"
#include "portal/store/pieces.h"

enum {
    PIECE = 256 << 10 /* bytes copied at once */
};

static enum mh_code
copy(int from, int to, uint64_t size, struct mh_digest *digest,
    struct mh_err *err)
{
    uint8_t *buf = malloc(PIECE);
    enum mh_code code =
        buf == NULL ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory")
                    : MH_OK;
    uint64_t at = 0;

    while (code == MH_OK && at < size) {
        size_t want = size - at < PIECE ? (size_t)(size - at) : PIECE;
        ssize_t n = pread(from, buf, want, (off_t)at);

        if (n <= 0) {
            code = mh_fail_sys(err, "store: read");
            break;
        }
        mh_digest_update(digest, (struct mh_span){buf, (size_t)n});
        for (ssize_t done = 0; done < n && code == MH_OK;) {
            ssize_t w = write(to, buf + done, (size_t)(n - done));

            if (w <= 0)
                code = mh_fail_sys(err, "store: write");
            else
                done += w;
        }
        at += (uint64_t)n;
    }
    free(buf);
    return code;
}

enum mh_code
pt_store_blob_stage(struct pt_store *store, int fd, uint64_t size,
    const uint8_t sha256[static PT_HASH], struct mh_err *err,
    struct pt_staged *out)
{
    static _Atomic uint64_t next;
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_digest *digest = mh_digest_new();
    enum mh_code code = MH_OK;
    int to;

    *out = (struct pt_staged){.size = size};
    memcpy(out->sha256, sha256, PT_HASH);
    if (digest == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    (void)snprintf(out->temp, sizeof(out->temp), "st-%ld-%llu", (long)getpid(),
        (unsigned long long)atomic_fetch_add(&next, 1)); /* always fits */
    to = openat(
        store->spool, out->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0) {
        mh_digest_free(digest);
        out->temp[0] = '\0';
        return mh_fail_sys(err, "store: document");
    }
    code = mh_digest_start(digest, MH_SHA256, err);
    if (code == MH_OK)
        code = copy(fd, to, size, digest, err);
    if (code == MH_OK)
        code = mh_digest_finish(digest, err, hash);
    if (code == MH_OK && memcmp(hash, sha256, PT_HASH) != 0)
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "store: the document is not the one that was announced");
    if (code == MH_OK && fdatasync(to) != 0)
        code = mh_fail_sys(err, "store: document");
    mh_close(&to);
    mh_digest_free(digest);
    if (code != MH_OK)
        pt_store_blob_forget(store, out);
    return code;
}

void
pt_store_blob_forget(struct pt_store *store, struct pt_staged *staged)
{
    if (staged->temp[0] != '\0')
        (void)unlinkat(store->spool, staged->temp, 0); /* the next start does */
    staged->temp[0] = '\0';
}

/* The file of a row that is there or new. */
static enum mh_code
keep_file(
    struct pt_store *s, struct pt_staged *staged, int64_t now, struct mh_err *e)
{
    struct pt_cursor *stmt;
    int64_t created = now;

    if (pt_changes(&s->writer) == 0) {
        stmt = pt_db_prepare(
            &s->writer, "SELECT created FROM blob WHERE sha256 = ?1");
        if (stmt == NULL)
            return pt_db_fail(&s->writer, "document", e);
        pt_bind_blob(stmt, 1, (struct mh_span){staged->sha256, PT_HASH});
        if (pt_step(stmt) != PT_ROW) {
            pt_reset(stmt);
            return pt_db_fail(&s->writer, "document", e);
        }
        created = pt_column_i64(stmt, 0);
        pt_reset(stmt);
    }
    return pt_objects_keep(s, staged, created, e);
}

enum mh_code
pt_blob_keep(struct pt_store *s, struct pt_staged *staged, int64_t now,
    struct mh_err *err)
{
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "INSERT INTO blob VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
    enum mh_code code;

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "document", err);
    pt_bind_blob(stmt, 1, (struct mh_span){staged->sha256, PT_HASH});
    pt_bind_i64(stmt, 2, (int64_t)staged->size);
    pt_bind_i64(stmt, 3, now);
    code = pt_db_run(&s->writer, stmt, "document", err);
    if (code != MH_OK)
        return code;
    if (s->conninfo == NULL)
        return keep_file(s, staged, now, err);
    if (pt_changes(&s->writer) > 0)
        code = pt_pieces_keep(s, staged, err);
    pt_store_blob_forget(s, staged);
    return code;
}

enum mh_code
pt_store_blob_open(struct pt_store *store, const uint8_t sha256[static PT_HASH],
    struct mh_err *err, int *fd, uint64_t *size, enum pt_found *found)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt =
        pt_db_prepare(db, "SELECT size, created FROM blob WHERE sha256 = ?1");
    enum mh_code code = MH_OK;
    int64_t created = 0;
    enum pt_stepped rc = PT_ERROR;

    *found = PT_ABSENT;
    if (stmt != NULL) {
        pt_bind_blob(stmt, 1, (struct mh_span){sha256, PT_HASH});
        rc = pt_step(stmt);
    }
    if (rc == PT_ROW) {
        *size = (uint64_t)pt_column_i64(stmt, 0);
        created = pt_column_i64(stmt, 1);
        *found = PT_FOUND;
    } else if (rc != PT_DONE) {
        code = pt_db_fail(db, "document", err);
    }
    if (stmt != NULL)
        pt_reset(stmt);
    pt_read_end(store, db);
    if (code != MH_OK || *found == PT_ABSENT)
        return code;
    if (store->conninfo != NULL)
        return pt_pieces_open(store, sha256, *size, err, fd);
    return pt_objects_open(store, sha256, created, err, fd);
}

struct gone {
    uint8_t sha256[PT_HASH];
    int64_t created;
};

struct collection {
    int64_t before;
    struct gone *gone;
    size_t count, cap;
};

static enum mh_code
collect(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct collection *c = arg;
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "DELETE FROM blob WHERE created < ?1 AND NOT EXISTS "
        "(SELECT 1 FROM job_blob WHERE job_blob.sha256 = blob.sha256) "
        "AND NOT EXISTS "
        "(SELECT 1 FROM document WHERE document.sha256 = blob.sha256) "
        "AND NOT EXISTS "
        "(SELECT 1 FROM receipt WHERE receipt.sha256 = blob.sha256) "
        "AND NOT EXISTS "
        "(SELECT 1 FROM preserved WHERE preserved.sha256 = blob.sha256) "
        "AND NOT EXISTS "
        "(SELECT 1 FROM draft_file WHERE draft_file.sha256 = blob.sha256) "
        "AND NOT EXISTS "
        "(SELECT 1 FROM act WHERE act.sha256 = blob.sha256) "
        "AND NOT EXISTS "
        "(SELECT 1 FROM act WHERE act.signed_sha256 = blob.sha256) "
        "AND NOT EXISTS "
        "(SELECT 1 FROM application_file f WHERE f.sha256 = blob.sha256) "
        "AND NOT EXISTS "
        "(SELECT 1 FROM application a WHERE a.pdf = blob.sha256) "
        "AND NOT EXISTS "
        "(SELECT 1 FROM application a WHERE a.sha256 = blob.sha256) "
        "AND NOT EXISTS "
        "(SELECT 1 FROM audit_package p WHERE p.sha256 = blob.sha256) "
        "AND NOT EXISTS "
        "(SELECT 1 FROM inquiry i WHERE i.sha256 = blob.sha256) "
        "RETURNING sha256, created");
    enum mh_code code = MH_OK;
    enum pt_stepped rc = PT_ERROR;

    if (stmt != NULL)
        pt_bind_i64(stmt, 1, c->before);
    while (stmt != NULL && code == MH_OK && (rc = pt_step(stmt)) == PT_ROW) {
        struct mh_span sha256 = pt_column_blob(stmt, 0);

        if (c->count == c->cap) {
            size_t cap = c->cap == 0 ? 64 : c->cap * 2;
            void *more = realloc(c->gone, cap * sizeof(*c->gone));

            if (more == NULL) {
                code =
                    mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
                break;
            }
            c->gone = more;
            c->cap = cap;
        }
        if (sha256.len == PT_HASH) {
            c->gone[c->count].created = pt_column_i64(stmt, 1);
            memcpy(c->gone[c->count++].sha256, sha256.ptr, PT_HASH);
        }
    }
    if (code == MH_OK && rc != PT_DONE)
        code = pt_db_fail(&s->writer, "collection", err);
    if (stmt != NULL)
        pt_reset(stmt);
    for (size_t i = 0; i < c->count && code == MH_OK && s->conninfo != NULL;
         i++)
        code = pt_pieces_drop(s, c->gone[i].sha256, err);
    return code;
}

/* The rows are gone; a file that stays behind is only space. */
static void
collected(struct pt_store *s, void *arg)
{
    struct collection *c = arg;

    for (size_t i = 0; i < c->count && s->conninfo == NULL; i++)
        pt_objects_drop(s, c->gone[i].sha256, c->gone[i].created);
}

enum mh_code
pt_store_blob_collect(struct pt_store *store, int64_t before,
    struct mh_err *err, uint64_t *removed)
{
    struct collection c = {.before = before};
    struct pt_write w = {
        .run = collect, .arg = &c, .alone = true, .after = collected};
    enum mh_code code = pt_write_do(store, &w, err);

    *removed = code == MH_OK ? c.count : 0;
    free(c.gone);
    return code;
}

enum mh_code
pt_store_work_file(
    const struct pt_store *store, struct mh_err *err, struct mh_outfile *out)
{
    char path[sizeof(store->folder) + 16];

    (void)snprintf(
        path, sizeof(path), "%s/spool/work", store->folder); /* always fits */
    return mh_outfile_new(path, err, out);
}
