#include "portal/store/auditlog.h"

#include <string.h>

#include "portal/store/rows.h"

static bool
number_row(void *ctx, struct pt_cursor *stmt)
{
    *(int64_t *)ctx = pt_column_i64(stmt, 0);
    return false;
}

enum mh_code
pt_store_audit_next(struct pt_store *store, struct mh_err *err, int64_t *next)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT coalesce(max(n), -1) + 1 FROM audit_index"
               " WHERE node = ?1",
        .arg = {PT_N(pt_store_node(store))},
        .args = 1};

    *next = 0;
    return pt_rows_read(store, &stmt, number_row, next, err);
}

/* ---- adding ---- */

struct adding {
    const struct pt_audit_row *row;
    size_t rows;
};

/* Whether the row of that number is the next one, known before it is added. */
static enum mh_code
is_next(struct pt_store *s, int64_t n, struct mh_err *err)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT coalesce(max(n), -1) + 1 FROM audit_index"
               " WHERE node = ?1",
        .arg = {PT_N(pt_store_node(s))},
        .args = 1};
    int64_t next = -1;
    enum mh_code code = pt_rows_first(s, &stmt, number_row, &next, err);

    return code != MH_OK || next == n
               ? code
               : mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                     "store: the index of the log is elsewhere");
}

/* What stands behind "kind:", or "". */
static const char *
named(const char *text, const char *kind)
{
    size_t n = strlen(kind);

    return strncmp(text, kind, n) == 0 && text[n] == ':' ? text + n + 1 : "";
}

static enum mh_code
add_row(struct pt_store *s, const struct pt_audit_row *r, struct mh_err *err)
{
    struct pt_stmt row = {
        .sql =
            "INSERT INTO audit_index (node, n, at, ev, who, obj, res, case_id)"
            " VALUES (?14, ?6, ?7, ?8, ?9, ?5, ?10, coalesce("
            "(SELECT id FROM court_case WHERE id = ?1),"
            "(SELECT case_id FROM document WHERE id = ?2),"
            "(SELECT case_id FROM act WHERE id = ?3),"
            "(SELECT case_id FROM hearing WHERE id = ?4),"
            "(SELECT id FROM court_case WHERE id = ?11),"
            "(SELECT case_id FROM document WHERE id = ?12),"
            "(SELECT case_id FROM act WHERE id = ?13)))",
        .arg = {PT_S(named(r->obj, "case")), PT_S(named(r->obj, "filing")),
            PT_S(named(r->obj, "act")), PT_S(named(r->obj, "hearing")),
            PT_S(r->obj), PT_N(r->n), PT_N(r->at), PT_S(r->ev), PT_S(r->who),
            PT_S(r->res), PT_S(named(r->case_id, "case")),
            PT_S(named(r->case_id, "filing")), PT_S(named(r->case_id, "act")),
            PT_N(pt_store_node(s))},
        .args = 14};
    enum mh_code code = pt_rows_run(s, &row, err);

    for (size_t i = 0; i < r->hashes && code == MH_OK; i++) {
        struct pt_stmt hash = {
            .sql = "INSERT INTO audit_hash (sha256, node, n)"
                   " VALUES (?1, ?3, ?2) ON CONFLICT DO NOTHING",
            .arg = {PT_B(((struct mh_span){r->hash[i], PT_HASH})), PT_N(r->n),
                PT_N(pt_store_node(s))},
            .args = 3};

        code = pt_rows_run(s, &hash, err);
    }
    return code;
}

static enum mh_code
add(struct pt_store *s, void *arg, struct mh_err *err)
{
    const struct adding *a = arg;
    enum mh_code code = is_next(s, a->row[0].n, err);

    for (size_t i = 0; i < a->rows && code == MH_OK; i++)
        code = a->row[i].n == a->row[0].n + (int64_t)i
                   ? add_row(s, &a->row[i], err)
                   : mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                         "store: a record of the log is missing");
    return code;
}

enum mh_code
pt_store_audit_add(struct pt_store *store, const struct pt_audit_row *row,
    size_t rows, struct mh_err *err)
{
    struct adding a = {row, rows};
    struct pt_write w = {.run = add, .arg = &a};

    return rows == 0 ? MH_OK : pt_write_do(store, &w, err);
}

enum mh_code
pt_store_audit_forget(struct pt_store *store, struct mh_err *err)
{
    struct pt_stmt stmt[] = {{.sql = "DELETE FROM audit_hash WHERE node = ?1",
                                 .arg = {PT_N(pt_store_node(store))},
                                 .args = 1},
        {.sql = "DELETE FROM audit_index WHERE node = ?1",
            .arg = {PT_N(pt_store_node(store))},
            .args = 1}};

    return pt_rows_write(store, stmt, 2, err);
}

/* ---- searching ---- */

static bool
search_row(void *ctx, struct pt_cursor *stmt)
{
    struct pt_audit_page *out = ctx;
    struct pt_audit_row *r;

    if (out->count == PT_AUDIT_PAGE) {
        out->more = true;
        return false;
    }
    r = &out->item[out->count++];
    *r = (struct pt_audit_row){
        .n = pt_column_i64(stmt, 0), .at = pt_column_i64(stmt, 1)};
    pt_column_text(stmt, 2, r->ev, sizeof(r->ev));
    pt_column_text(stmt, 3, r->who, sizeof(r->who));
    pt_column_text(stmt, 4, r->obj, sizeof(r->obj));
    pt_column_text(stmt, 5, r->res, sizeof(r->res));
    pt_column_text(stmt, 6, r->case_id, sizeof(r->case_id));
    pt_column_text(stmt, 7, r->number, sizeof(r->number));
    r->node = pt_column_i64(stmt, 8);
    return true;
}

/*
 * One statement for each way to find rows: the condition that leaves the fewest
 * goes by its index, which has its rows in the order of the pages; the
 * others are looked at in what it finds.
 */
#define COLUMNS                                                                \
    "SELECT i.n, i.at, i.ev, i.who, i.obj, i.res, i.case_id, c.number,"        \
    " i.node FROM audit_index i"
#define WHERE                                                                  \
    " LEFT JOIN court_case c ON c.id = i.case_id"                              \
    " WHERE i.at >= ?1 AND (i.at, i.node, i.n) < (?2, ?9, ?10)"                \
    " AND (?11 < 0 OR i.node = ?11) AND (?3 = '' OR i.ev = ?3)"                \
    " AND (?4 = '' OR i.who = ?4) AND (?5 = '' OR i.obj = ?5)"                 \
    " AND (?6 = '' OR i.case_id = ?6) AND (?7 IS NULL OR EXISTS"               \
    "  (SELECT 1 FROM audit_hash h WHERE h.sha256 = ?7 AND h.node = i.node"    \
    "  AND h.n = i.n))"
#define ORDER " ORDER BY i.at DESC, i.node DESC, i.n DESC LIMIT ?8"

static const char *
way(const struct pt_audit_query *q)
{
    if (q->hash != NULL)
        return COLUMNS WHERE " AND (i.node, i.n) IN (SELECT node, n"
                             "  FROM audit_hash WHERE sha256 = ?7)" ORDER;
    if (q->obj[0] != '\0')
        return COLUMNS " INDEXED BY audit_index_obj" WHERE
                       " AND i.obj = ?5" ORDER;
    if (q->case_id[0] != '\0')
        return COLUMNS " INDEXED BY audit_index_case" WHERE
                       " AND i.case_id = ?6" ORDER;
    if (q->who[0] != '\0')
        return COLUMNS " INDEXED BY audit_index_who" WHERE
                       " AND i.who = ?4" ORDER;
    if (q->ev[0] != '\0')
        return COLUMNS " INDEXED BY audit_index_ev" WHERE
                       " AND i.ev = ?3" ORDER;
    return COLUMNS " INDEXED BY audit_index_at" WHERE ORDER;
}

/* Behind the last record that is wanted. */
static struct pt_audit_place
end_of(const struct pt_audit_query *q)
{
    const struct pt_audit_place end = {q->to == 0 ? INT64_MAX : q->to, 0, 0};

    return q->before.n >= 0 && q->before.at < end.at ? q->before : end;
}

enum mh_code
pt_store_audit_search(struct pt_store *store, const struct pt_audit_query *q,
    struct mh_arena *arena, struct mh_err *err, struct pt_audit_page *out)
{
    const struct pt_audit_place end = end_of(q);
    struct pt_stmt stmt = {.sql = way(q), .args = 11};

    *out = (struct pt_audit_page){
        .item = mh_arena_array(arena, PT_AUDIT_PAGE, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    stmt.arg[0] = (struct pt_arg)PT_N(q->from);
    stmt.arg[1] = (struct pt_arg)PT_N(end.at);
    stmt.arg[2] = (struct pt_arg)PT_S(q->ev);
    stmt.arg[3] = (struct pt_arg)PT_S(q->who);
    stmt.arg[4] = (struct pt_arg)PT_S(q->obj);
    stmt.arg[5] = (struct pt_arg)PT_S(q->case_id);
    if (q->hash != NULL)
        stmt.arg[6] = (struct pt_arg)PT_B(((struct mh_span){q->hash, PT_HASH}));
    else
        stmt.arg[6].none = true;
    stmt.arg[7] = (struct pt_arg)PT_N(PT_AUDIT_PAGE + 1);
    stmt.arg[8] = (struct pt_arg)PT_N(end.node);
    stmt.arg[9] = (struct pt_arg)PT_N(end.n);
    stmt.arg[10] = (struct pt_arg)PT_N(q->log);
    return pt_rows_read(store, &stmt, search_row, out, err);
}

/* ---- logs ---- */

static bool
log_row(void *ctx, struct pt_cursor *stmt)
{
    struct pt_audit_logs *out = ctx;

    out->more = out->count == PT_AUDIT_LOGS;
    if (!out->more)
        out->node[out->count++] = pt_column_i64(stmt, 0);
    return !out->more;
}

enum mh_code
pt_store_audit_logs(
    struct pt_store *store, struct mh_err *err, struct pt_audit_logs *out)
{
    /* From one log to the next by the key: there are few of them. */
    const struct pt_stmt stmt = {
        .sql = "WITH RECURSIVE log (node) AS (SELECT min(node) FROM audit_index"
               " UNION ALL SELECT (SELECT min(i.node) FROM audit_index i"
               "  WHERE i.node > log.node) FROM log WHERE log.node IS NOT NULL)"
               " SELECT node FROM log WHERE node IS NOT NULL"};

    *out = (struct pt_audit_logs){.count = 0};
    return pt_rows_read(store, &stmt, log_row, out, err);
}

enum mh_code
pt_store_audit_logs_of(struct pt_store *store, const char *case_id,
    struct mh_err *err, struct pt_audit_logs *out)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT DISTINCT node, CASE node WHEN ?2 THEN 0 ELSE 1 END AS o"
               " FROM audit_index WHERE case_id = ?1 ORDER BY o, node",
        .arg = {PT_S(case_id), PT_N(pt_store_node(store))},
        .args = 2};
    enum mh_code code;

    *out = (struct pt_audit_logs){.count = 0};
    code = pt_rows_read(store, &stmt, log_row, out, err);
    return code == MH_OK && out->more
               ? mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
                     "store: a case has records in too many logs")
               : code;
}

/* ---- of a case ---- */

static bool
case_row(void *ctx, struct pt_cursor *stmt)
{
    struct pt_audit_numbers *out = ctx;

    out->n[out->count++] = pt_column_i64(stmt, 0);
    return out->count < out->max;
}

enum mh_code
pt_store_audit_of_case(struct pt_store *store, const char *case_id,
    int64_t from, struct mh_err *err, struct pt_audit_numbers *out)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT n FROM audit_index WHERE case_id = ?1 AND n >= ?2"
               " AND node = ?4 ORDER BY n LIMIT ?3",
        .arg = {PT_S(case_id), PT_N(from), PT_N((int64_t)out->max),
            PT_N(pt_store_node(store))},
        .args = 4};

    out->count = 0;
    return pt_rows_read(store, &stmt, case_row, out, err);
}

static bool
event_row(void *ctx, struct pt_cursor *stmt)
{
    struct pt_audit_events *out = ctx;
    char *ev = out->ev[out->count++];

    pt_column_text(stmt, 0, ev, sizeof(out->ev[0]));
    return out->count < PT_AUDIT_EVENTS;
}

enum mh_code
pt_store_audit_events(
    struct pt_store *store, struct mh_err *err, struct pt_audit_events *out)
{
    /* From one kind to the next by the index: there are few of them. */
    const struct pt_stmt stmt = {
        .sql = "WITH RECURSIVE kind (ev) AS (SELECT min(ev) FROM audit_index"
               " UNION ALL SELECT (SELECT min(i.ev) FROM audit_index i"
               "  WHERE i.ev > kind.ev) FROM kind WHERE kind.ev IS NOT NULL)"
               " SELECT ev FROM kind WHERE ev IS NOT NULL"};

    out->count = 0;
    return pt_rows_read(store, &stmt, event_row, out, err);
}

static bool
id_row(void *ctx, struct pt_cursor *stmt)
{
    pt_column_text(stmt, 0, ctx, 27);
    return false;
}

enum mh_code
pt_store_case_of_number(struct pt_store *store, const char *number,
    struct mh_err *err, char id[static 27])
{
    const struct pt_stmt stmt = {
        .sql = "SELECT id FROM court_case WHERE number = ?1",
        .arg = {PT_S(number)},
        .args = 1};

    id[0] = '\0';
    return pt_rows_read(store, &stmt, id_row, id, err);
}
