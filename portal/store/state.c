#include "portal/store/state.h"

#include <sys/vfs.h>

#include "portal/store/rows.h"

#define WAITING(table, where, since)                                           \
    "SELECT count(*), min(" since ") FROM " table " WHERE " where

#define COUNTS                                                                 \
    "SELECT (SELECT count(*) FROM session WHERE until > ?1),"                  \
    " (SELECT count(*) FROM account), (SELECT count(*) FROM court_case),"      \
    " (SELECT count(*) FROM document),"

static bool
take_waiting(void *ctx, struct pt_cursor *stmt)
{
    struct pt_waiting *w = ctx;

    w->count = pt_column_i64(stmt, 0);
    w->since = pt_column_time(stmt, 1);
    return false;
}

static bool
take_counts(void *ctx, struct pt_cursor *stmt)
{
    struct pt_store_state *s = ctx;

    s->sessions = pt_column_i64(stmt, 0);
    s->accounts = pt_column_i64(stmt, 1);
    s->cases = pt_column_i64(stmt, 2);
    s->documents = pt_column_i64(stmt, 3);
    s->bytes = (uint64_t)pt_column_i64(stmt, 4);
    return false;
}

enum mh_code
pt_store_state(struct pt_store *store, int64_t now, struct mh_err *err,
    struct pt_store_state *out)
{
    const struct {
        const char *sql;
        struct pt_waiting *out;
    } rows[] = {
        {WAITING("outbox", "id > 0", "created"), &out->records},
        {WAITING("receipt", "next_at IS NOT NULL", "created"), &out->receipts},
        {WAITING("document", "judge_at IS NOT NULL", "filed"), &out->judging},
        {WAITING("preserved", "due IS NOT NULL AND due <= ?1", "due"),
            &out->lasting},
        {WAITING("job", "state < 2", "created"), &out->jobs},
        {WAITING("delivery", "state IN (1, 2)", "created"), &out->letters},
        {WAITING("delivery", "state = 6", "created"), &out->dead},
        {WAITING("proposal", "state = 1 AND until > ?1", "created"),
            &out->proposals},
    };
    const bool pg = store->conninfo != NULL;
    const struct pt_stmt counts = {
        .sql = pg ? COUNTS " pg_database_size(current_database())"
                  : COUNTS " (SELECT page_count * page_size FROM"
                           " pragma_page_count(), pragma_page_size())",
        .arg = {PT_N(now)},
        .args = 1};
    struct statfs st;
    enum mh_code code = MH_OK;

    *out = (struct pt_store_state){
        .engine = pg ? "PostgreSQL" : "SQLite " SQLITE_VERSION};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && code == MH_OK;
         i++) {
        const struct pt_stmt s = {
            .sql = rows[i].sql, .arg = {PT_N(now)}, .args = 1};

        code = pt_rows_read(store, &s, take_waiting, rows[i].out, err);
    }
    if (code == MH_OK)
        code = pt_rows_read(store, &counts, take_counts, out, err);
    if (code != MH_OK)
        return code;
    if (fstatfs(store->root, &st) != 0)
        return mh_fail_sys(err, "store: disk");
    out->free_bytes = (uint64_t)st.f_bavail * (uint64_t)st.f_bsize;
    out->disk_bytes = (uint64_t)st.f_blocks * (uint64_t)st.f_bsize;
    return MH_OK;
}
