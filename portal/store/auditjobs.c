#include "portal/store/auditjobs.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "portal/http/id.h"
#include "portal/store/rows.h"

/* ---- a new one ---- */

/* What stands behind "kind:" of a scope, or "". */
static const char *
scoped(const struct pt_audit_job *job, const char *kind)
{
    size_t n = strlen(kind);

    return strncmp(job->scope, kind, n) == 0 && job->scope[n] == ':'
               ? job->scope + n + 1
               : "";
}

struct adding {
    struct pt_audit_job *job;
    const struct pt_sent *sent;
    const struct pt_audit_work *work;
    enum pt_sent_was was;
};

/* One row of it, of the log of a node; -1: of none. */
static enum mh_code
add_row(struct pt_store *s, const struct pt_audit_job *j, const char *id,
    int64_t log, struct mh_err *err)
{
    struct pt_stmt row = {
        .sql =
            "INSERT INTO audit_job (id, account, kind, scope, state, created,"
            " due, log, total) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?5, ?9,"
            " (SELECT count(*) FROM document WHERE ?6 = 'all'"
            "  OR case_id = ?7 OR id = ?8))",
        .arg = {PT_S(id), PT_N(j->account), PT_N((int64_t)j->kind),
            PT_S(j->scope), PT_N(j->created), PT_S(j->scope),
            PT_S(scoped(j, "case")), PT_S(scoped(j, "filing")),
            {.none = log < 0, .number = log}},
        .args = 9};

    return pt_rows_run(s, &row, err);
}

static enum mh_code
add(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct adding *a = arg;
    struct pt_audit_job *j = a->job;
    const struct pt_audit_logs *logs = a->work->logs;
    enum mh_code code = pt_sent_take(s, a->sent, err, &a->was, j->id);

    if (code != MH_OK || a->was != PT_SENT_NEW)
        return code;
    pt_id_new(j->id);
    j->log = logs == NULL || logs->count == 0 ? -1 : logs->node[0];
    code = add_row(s, j, j->id, j->log, err);
    for (size_t i = 1; logs != NULL && i < logs->count && code == MH_OK; i++) {
        char id[27];

        pt_id_new(id);
        code = add_row(s, j, id, logs->node[i], err);
    }
    if (code == MH_OK)
        code = pt_record_put(s, a->work->record, j->created, err);
    return code == MH_OK ? pt_sent_keep(s, a->sent, j->id, err) : code;
}

enum mh_code
pt_store_audit_job_add(struct pt_store *store, struct pt_audit_job *job,
    const struct pt_sent *sent, const struct pt_audit_work *work,
    struct mh_err *err, enum pt_sent_was *was)
{
    struct adding a = {job, sent, work, PT_SENT_NEW};
    struct pt_write w = {.run = add, .arg = &a};
    enum mh_code code = pt_write_do(store, &w, err);

    *was = a.was;
    return code;
}

/* ---- reading ---- */

#define COLUMNS                                                                \
    "j.id, j.account, j.kind, j.scope, j.state, j.created, j.finished,"        \
    " j.tries, j.at, j.done, j.total, j.said,"                                 \
    " (SELECT number FROM court_case c WHERE 'case:' || c.id = j.scope),"      \
    " coalesce(j.log, -1)"

static void
read_job(struct pt_cursor *stmt, struct pt_audit_job *out)
{
    *out = (struct pt_audit_job){.account = pt_column_i64(stmt, 1),
        .kind = (enum pt_audit_kind)pt_column_int(stmt, 2),
        .state = (enum pt_audit_state)pt_column_int(stmt, 4),
        .created = pt_column_i64(stmt, 5),
        .finished = pt_column_time(stmt, 6),
        .tries = (uint32_t)pt_column_i64(stmt, 7),
        .done = pt_column_i64(stmt, 9),
        .total = pt_column_i64(stmt, 10)};
    pt_column_text(stmt, 0, out->id, sizeof(out->id));
    pt_column_text(stmt, 3, out->scope, sizeof(out->scope));
    pt_column_text(stmt, 8, out->at, sizeof(out->at));
    pt_column_text(stmt, 11, out->said, sizeof(out->said));
    pt_column_text(stmt, 12, out->number, sizeof(out->number));
    out->log = pt_column_i64(stmt, 13);
}

static bool
one_job(void *ctx, struct pt_cursor *stmt)
{
    read_job(stmt, ctx);
    return false;
}

enum mh_code
pt_store_audit_job_get(struct pt_store *store, const char *id,
    struct mh_err *err, struct pt_audit_job *out)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT " COLUMNS " FROM audit_job j WHERE j.id = ?1",
        .arg = {PT_S(id)},
        .args = 1};

    *out = (struct pt_audit_job){.id = ""};
    return pt_rows_read(store, &stmt, one_job, out, err);
}

static bool
each_job(void *ctx, struct pt_cursor *stmt)
{
    struct pt_audit_jobs *out = ctx;

    read_job(stmt, &out->item[out->count++]);
    return out->count < PT_AUDIT_JOBS;
}

enum mh_code
pt_store_audit_job_list(struct pt_store *store, struct mh_arena *arena,
    struct mh_err *err, struct pt_audit_jobs *out)
{
    const struct pt_stmt stmt = {.sql =
                                     "SELECT " COLUMNS " FROM audit_job j"
                                     " ORDER BY j.created DESC, j.id LIMIT ?1",
        .arg = {PT_N(PT_AUDIT_JOBS)},
        .args = 1};

    *out = (struct pt_audit_jobs){
        .item = mh_arena_array(arena, PT_AUDIT_JOBS, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &stmt, each_job, out, err);
}

/* ---- its steps ---- */

struct leasing {
    int64_t now, until;
    struct pt_audit_job *out;
};

static enum mh_code
lease(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct leasing *l = arg;
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "SELECT " COLUMNS " FROM audit_job j WHERE j.due <= ?1"
        " AND (j.log IS NULL OR j.log = ?2) ORDER BY j.due LIMIT 1");
    struct pt_stmt take = {
        .sql = "UPDATE audit_job SET due = ?2, tries = tries + 1"
               " WHERE id = ?1",
        .args = 2};
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "audit job", err);
    pt_bind_i64(stmt, 1, l->now);
    pt_bind_i64(stmt, 2, pt_store_node(s));
    rc = pt_step(stmt);
    if (rc == PT_ROW)
        read_job(stmt, l->out);
    pt_reset(stmt);
    if (rc == PT_DONE)
        return MH_OK;
    if (rc != PT_ROW)
        return pt_db_fail(&s->writer, "audit job", err);
    l->out->tries++;
    take.arg[0] = (struct pt_arg)PT_S(l->out->id);
    take.arg[1] = (struct pt_arg)PT_N(l->until);
    return pt_rows_run(s, &take, err);
}

enum mh_code
pt_store_audit_job_due(struct pt_store *store, int64_t now, int64_t until,
    struct mh_err *err, struct pt_audit_job *out)
{
    struct leasing l = {now, until, out};
    struct pt_write w = {.run = lease, .arg = &l};

    *out = (struct pt_audit_job){.id = ""};
    return pt_write_do(store, &w, err);
}

struct stepping {
    const struct pt_audit_job *job;
    const struct pt_audit_step *step;
};

static enum mh_code
take_step(struct pt_store *s, void *arg, struct mh_err *err)
{
    const struct stepping *v = arg;
    const struct pt_audit_job *j = v->job;
    struct pt_stmt move = {
        .sql = "UPDATE audit_job SET at = ?2, done = ?3, due = ?4, tries = 0"
               " WHERE id = ?1 AND at = ?5 AND state = 1",
        .arg = {PT_S(j->id), PT_S(j->at), PT_N(j->done), PT_N(v->step->next),
            PT_S(v->step->from)},
        .args = 5};
    enum mh_code code = pt_rows_run(s, &move, err);

    if (code != MH_OK || move.changes == 0)
        return code;
    for (size_t i = 0; i < v->step->verdicts && code == MH_OK; i++) {
        const struct pt_audit_verdict *d = &v->step->verdict[i];
        struct pt_stmt row = {
            .sql = "INSERT INTO audit_verdict (job, document, was, verdict,"
                   " reason, intact, at, report)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            .arg = {PT_S(j->id), PT_S(d->document), PT_N((int64_t)d->was),
                PT_N((int64_t)d->is), PT_S(d->reason), PT_N(d->intact),
                PT_N(d->at), {.none = true}},
            .args = 8};

        if (d->report.len > 0)
            row.arg[7] = (struct pt_arg)PT_B(d->report);

        code = pt_rows_run(s, &row, err);
    }
    return code;
}

enum mh_code
pt_store_audit_job_step(struct pt_store *store, const struct pt_audit_job *job,
    const struct pt_audit_step *step, struct mh_err *err)
{
    struct stepping v = {job, step};
    struct pt_write w = {.run = take_step, .arg = &v};

    return pt_write_do(store, &w, err);
}

enum mh_code
pt_store_audit_job_done(
    struct pt_store *store, const struct pt_audit_job *job, struct mh_err *err)
{
    struct pt_stmt row = {
        .sql = "UPDATE audit_job SET done = ?2 WHERE id = ?1 AND state = 1",
        .arg = {PT_S(job->id), PT_N(job->done)},
        .args = 2};

    return pt_rows_write(store, &row, 1, err);
}

struct ending {
    const struct pt_audit_job *job;
    const struct pt_record *record;
};

static enum mh_code
end(struct pt_store *s, void *arg, struct mh_err *err)
{
    const struct ending *v = arg;
    const struct pt_audit_job *j = v->job;
    struct pt_stmt row = {
        .sql = "UPDATE audit_job SET state = ?2, finished = ?3, said = ?4,"
               " due = NULL WHERE id = ?1 AND state = 1",
        .arg = {PT_S(j->id), PT_N((int64_t)j->state), PT_N(j->finished),
            PT_S(j->said)},
        .args = 4};
    enum mh_code code = pt_rows_run(s, &row, err);

    if (code == MH_OK && row.changes > 0)
        code = pt_record_put(s, v->record, j->finished, err);
    return code;
}

enum mh_code
pt_store_audit_job_end(struct pt_store *store, const struct pt_audit_job *job,
    const struct pt_record *record, struct mh_err *err)
{
    struct ending v = {job, record};
    struct pt_write w = {.run = end, .arg = &v};

    return pt_write_do(store, &w, err);
}

enum mh_code
pt_store_audit_job_again(struct pt_store *store, const struct pt_audit_job *job,
    int64_t next, struct mh_err *err)
{
    struct pt_stmt row = {
        .sql = "UPDATE audit_job SET due = ?2 WHERE id = ?1 AND state = 1",
        .arg = {PT_S(job->id), PT_N(next)},
        .args = 2};

    return pt_rows_write(store, &row, 1, err);
}

/* ---- documents ---- */

static bool
due_row(void *ctx, struct pt_cursor *stmt)
{
    struct pt_audit_due *out = ctx;

    pt_column_text(stmt, 0, out->id[out->count++], 27);
    return out->count < PT_AUDIT_STEP;
}

enum mh_code
pt_store_audit_due(struct pt_store *store, const struct pt_audit_job *job,
    struct mh_err *err, struct pt_audit_due *out)
{
    struct pt_stmt stmt = {
        .sql = "SELECT id FROM document WHERE id > ?1 ORDER BY id LIMIT ?2",
        .arg = {PT_S(job->at), PT_N(PT_AUDIT_STEP)},
        .args = 2};

    out->count = 0;
    if (scoped(job, "case")[0] != '\0') {
        stmt.sql = "SELECT id FROM document WHERE case_id = ?3 AND id > ?1"
                   " ORDER BY id LIMIT ?2";
        stmt.arg[2] = (struct pt_arg)PT_S(scoped(job, "case"));
        stmt.args = 3;
    } else if (scoped(job, "filing")[0] != '\0') {
        stmt.sql = "SELECT id FROM document WHERE id = ?3 AND id > ?1 LIMIT ?2";
        stmt.arg[2] = (struct pt_arg)PT_S(scoped(job, "filing"));
        stmt.args = 3;
    }
    return pt_rows_read(store, &stmt, due_row, out, err);
}

static bool
totals_row(void *ctx, struct pt_cursor *stmt)
{
    struct pt_audit_totals *out = ctx;
    int verdict = pt_column_int(stmt, 0);

    if (verdict >= 0 && verdict < MH_VERDICTS)
        out->verdict[verdict] = pt_column_i64(stmt, 1);
    out->altered += pt_column_i64(stmt, 2);
    out->changed += pt_column_i64(stmt, 3);
    return true;
}

enum mh_code
pt_store_audit_totals(struct pt_store *store, const char *job,
    struct mh_err *err, struct pt_audit_totals *out)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT verdict, count(*), count(*) FILTER (WHERE intact = 0),"
               " count(*) FILTER (WHERE was <> verdict)"
               " FROM audit_verdict WHERE job = ?1 GROUP BY verdict",
        .arg = {PT_S(job)},
        .args = 1};

    *out = (struct pt_audit_totals){.altered = 0};
    return pt_rows_read(store, &stmt, totals_row, out, err);
}

struct reporting {
    struct mh_arena *arena;
    struct mh_span out;
    bool lost;
};

static bool
report_row(void *ctx, struct pt_cursor *stmt)
{
    struct reporting *r = ctx;
    struct mh_span s = pt_column_blob(stmt, 0);
    uint8_t *copy = mh_arena_raw(r->arena, s.len);

    r->lost = copy == NULL;
    if (copy != NULL && s.len > 0) {
        memcpy(copy, s.ptr, s.len);
        r->out = (struct mh_span){copy, s.len};
    }
    return false;
}

enum mh_code
pt_store_audit_report(struct pt_store *store, const char *job,
    struct mh_arena *arena, struct mh_err *err, struct mh_span *out)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT report FROM audit_verdict WHERE job = ?1"
               " AND report IS NOT NULL LIMIT 1",
        .arg = {PT_S(job)},
        .args = 1};
    struct reporting r = {.arena = arena};
    enum mh_code code = pt_rows_read(store, &stmt, report_row, &r, err);

    *out = r.out;
    return code == MH_OK && r.lost
               ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory")
               : code;
}

struct telling {
    pt_audit_verdict_row *row;
    void *ctx;
};

static bool
verdict_row(void *ctx, struct pt_cursor *stmt)
{
    const struct telling *t = ctx;
    struct mh_span sha256 = pt_column_blob(stmt, 8);
    struct pt_audit_verdict v = {.was = (enum mh_verdict)pt_column_int(stmt, 1),
        .is = (enum mh_verdict)pt_column_int(stmt, 2),
        .intact = pt_column_int(stmt, 4) != 0,
        .at = pt_column_i64(stmt, 5)};

    pt_column_text(stmt, 0, v.document, sizeof(v.document));
    pt_column_text(stmt, 3, v.reason, sizeof(v.reason));
    pt_column_text(stmt, 6, v.number, sizeof(v.number));
    pt_column_text(stmt, 7, v.kind, sizeof(v.kind));
    if (sha256.len == PT_HASH)
        memcpy(v.sha256, sha256.ptr, PT_HASH);
    return t->row(t->ctx, &v);
}

enum mh_code
pt_store_audit_verdicts(struct pt_store *store, const char *job,
    pt_audit_verdict_row *row, void *ctx, struct mh_err *err)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT v.document, v.was, v.verdict, v.reason, v.intact, v.at,"
               " c.number, d.kind, d.sha256 FROM audit_verdict v"
               " JOIN document d ON d.id = v.document"
               " JOIN court_case c ON c.id = d.case_id"
               " WHERE v.job = ?1 ORDER BY v.document LIMIT ?2",
        .arg = {PT_S(job), PT_N(PT_AUDIT_VERDICTS)},
        .args = 2};
    struct telling t = {row, ctx};

    return pt_rows_read(store, &stmt, verdict_row, &t, err);
}
