/* Packages that were made (auditjobs.h). */
#include "portal/store/auditjobs.h"

#include <string.h>

#include "portal/store/rows.h"

struct ending {
    const struct pt_audit_job *job;
    const struct pt_audit_volumes *volumes;
    const struct pt_record *record;
};

static enum mh_code
keep(struct pt_store *s, const struct ending *v, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < v->volumes->count && code == MH_OK; i++) {
        struct pt_staged *one = &v->volumes->staged[i];
        struct pt_stmt row = {
            .sql = "INSERT INTO audit_package (job, volume, sha256, size)"
                   " VALUES (?1, ?2, ?3, ?4)",
            .arg = {PT_S(v->job->id), PT_N((int64_t)i + 1),
                PT_B(((struct mh_span){one->sha256, PT_HASH})),
                PT_N((int64_t)one->size)},
            .args = 4};

        code = pt_blob_keep(s, one, v->job->finished, err);
        if (code == MH_OK)
            code = pt_rows_run(s, &row, err);
    }
    return code;
}

static enum mh_code
end(struct pt_store *s, void *arg, struct mh_err *err)
{
    const struct ending *v = arg;
    const struct pt_audit_job *j = v->job;
    struct pt_stmt row = {
        .sql = "UPDATE audit_job SET state = ?2, finished = ?3, said = ?4,"
               " done = ?5, due = NULL WHERE id = ?1 AND state = 1",
        .arg = {PT_S(j->id), PT_N((int64_t)j->state), PT_N(j->finished),
            PT_S(j->said), PT_N(j->done)},
        .args = 5};
    enum mh_code code = pt_rows_run(s, &row, err);

    /* Somebody else has ended it meanwhile: that one is the package. */
    if (code == MH_OK && row.changes == 0)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "store: the job has ended");
    if (code == MH_OK)
        code = keep(s, v, err);
    for (size_t i = 0; i < 2 && code == MH_OK; i++)
        code = pt_record_put(s, &v->record[i], j->finished, err);
    return code;
}

enum mh_code
pt_store_audit_package_end(struct pt_store *store,
    const struct pt_audit_job *job, const struct pt_audit_volumes *volumes,
    const struct pt_record record[static 2], struct mh_err *err)
{
    struct ending v = {job, volumes, record};
    struct pt_write w = {.run = end, .arg = &v};

    return pt_write_do(store, &w, err);
}

struct reading {
    struct pt_audit_volume *out;
    size_t count;
};

static bool
volume_row(void *ctx, struct pt_cursor *stmt)
{
    struct reading *r = ctx;
    struct pt_audit_volume *v = &r->out[r->count++];
    struct mh_span sha256 = pt_column_blob(stmt, 0);

    *v = (struct pt_audit_volume){.size = (uint64_t)pt_column_i64(stmt, 1)};
    if (sha256.len == PT_HASH)
        memcpy(v->sha256, sha256.ptr, PT_HASH);
    return r->count < PT_AUDIT_VOLUMES;
}

enum mh_code
pt_store_audit_package(struct pt_store *store, const char *job,
    struct mh_err *err, struct pt_audit_volume *out, size_t *count)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT sha256, size FROM audit_package WHERE job = ?1"
               " ORDER BY volume",
        .arg = {PT_S(job)},
        .args = 1};
    struct reading r = {out, 0};
    enum mh_code code = pt_rows_read(store, &stmt, volume_row, &r, err);

    *count = r.count;
    return code;
}
