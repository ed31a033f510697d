#include "portal/store/warrants.h"

#include <stdio.h>
#include <string.h>

#include "portal/http/id.h"
#include "portal/store/rows.h"

struct adding {
    const struct pt_warrant *warrant;
};

/* The parties read the basis and the reason where they see who looked. */
static enum mh_code
tell(struct pt_store *s, const struct pt_warrant *w, struct mh_err *err)
{
    char id[27];
    struct pt_stmt event = {
        .sql = "INSERT INTO event (id, case_id, kind, actor, at, data)"
               " SELECT ?1, case_id, 'view', ?3, ?4, ?5 || ': ' || ?6"
               " FROM document WHERE id = ?2",
        .arg = {PT_S(id), PT_S(w->document), PT_N(w->account), PT_N(w->now),
            PT_S(w->basis), PT_S(w->reason)},
        .args = 6};

    pt_id_new(id);
    return pt_rows_run(s, &event, err);
}

static enum mh_code
record(struct pt_store *s, const struct pt_warrant *w, struct mh_err *err)
{
    char who[32], obj[48], data[64];
    const struct pt_record r = {.ev = "document.warrant",
        .who = who,
        .obj = obj,
        .res = "ok",
        .data = data};

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)w->account);
    (void)snprintf(obj, sizeof(obj), "filing:%s", w->document);
    (void)snprintf(data, sizeof(data), "seconds=%d\n", PT_WARRANT_SECONDS);
    return pt_record_put(s, &r, w->now, err);
}

static enum mh_code
add(struct pt_store *s, void *arg, struct mh_err *err)
{
    const struct adding *v = arg;
    const struct pt_warrant *w = v->warrant;
    struct pt_stmt row = {
        .sql = "INSERT INTO warrant (document, account, at, until, basis,"
               " reason, form) SELECT id, ?2, ?3, ?3 + ?4, ?5, ?6, ?7"
               " FROM document WHERE id = ?1"
               " ON CONFLICT (account, form) DO NOTHING",
        .arg = {PT_S(w->document), PT_N(w->account), PT_N(w->now),
            PT_N(PT_WARRANT_SECONDS), PT_S(w->basis), PT_S(w->reason),
            PT_S(w->form)},
        .args = 7};
    enum mh_code code = pt_rows_run(s, &row, err);

    if (code == MH_OK && row.changes == 1) {
        code = tell(s, w, err);
        if (code == MH_OK)
            code = record(s, w, err);
    }
    return code;
}

static bool
one(void *ctx, struct pt_cursor *stmt)
{
    (void)stmt; /* that there is one is enough */
    *(bool *)ctx = true;
    return false;
}

enum mh_code
pt_store_warrant_add(struct pt_store *store, const struct pt_warrant *warrant,
    struct mh_err *err, enum pt_found *found)
{
    const struct pt_stmt there = {.sql = "SELECT 1 FROM document WHERE id = ?1",
        .arg = {PT_S(warrant->document)},
        .args = 1};
    struct adding v = {warrant};
    struct pt_write w = {.run = add, .arg = &v};
    bool is = false;
    enum mh_code code = pt_rows_read(store, &there, one, &is, err);

    *found = is ? PT_FOUND : PT_ABSENT;
    return code == MH_OK && is ? pt_write_do(store, &w, err) : code;
}

enum mh_code
pt_store_warrant_holds(struct pt_store *store, const char *document,
    int64_t account, int64_t now, struct mh_err *err, bool *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT 1 FROM warrant WHERE document = ?1 AND account = ?2"
               " AND until > ?3 LIMIT 1",
        .arg = {PT_S(document), PT_N(account), PT_N(now)},
        .args = 3};

    *out = false;
    return pt_rows_read(store, &s, one, out, err);
}

/* ---- searching ---- */

static bool
found_row(void *ctx, struct pt_cursor *stmt)
{
    struct pt_doc_page *out = ctx;
    struct mh_span sha256 = pt_column_blob(stmt, 5);
    struct pt_doc_row *r;

    if (out->count == PT_FOUND_PAGE) {
        out->more = true;
        return false;
    }
    r = &out->item[out->count++];
    *r = (struct pt_doc_row){.filer = pt_column_i64(stmt, 3),
        .filed = pt_column_i64(stmt, 4),
        .verdict = (enum mh_verdict)pt_column_int(stmt, 6)};
    pt_column_text(stmt, 0, r->id, sizeof(r->id));
    pt_column_text(stmt, 1, r->number, sizeof(r->number));
    pt_column_text(stmt, 2, r->kind, sizeof(r->kind));
    if (sha256.len == PT_HASH)
        memcpy(r->sha256, sha256.ptr, PT_HASH);
    return true;
}

#define FOUND                                                                  \
    "SELECT d.id, c.number, d.kind, d.filer, d.filed, d.sha256, d.verdict"     \
    " FROM document d JOIN court_case c ON c.id = d.case_id"                   \
    " WHERE (?1 = '' OR d.case_id = ?1) AND (?2 = '' OR d.kind = ?2)"          \
    " AND (?3 = 0 OR d.filer = ?3) AND (?4 IS NULL OR d.sha256 = ?4)"          \
    " AND d.filed >= ?5 AND (?6 = 0 OR d.filed < ?6)"                          \
    " AND (?7 = '' OR d.id < ?7)"

enum mh_code
pt_store_document_search(struct pt_store *store,
    const struct pt_doc_query *query, struct mh_err *err,
    struct pt_doc_page *out)
{
    struct pt_stmt stmt = {.sql = FOUND " ORDER BY d.id DESC LIMIT ?8",
        .arg = {PT_S(query->case_id), PT_S(query->kind), PT_N(query->filer),
            {.none = query->hash == NULL}, PT_N(query->from), PT_N(query->to),
            PT_S(query->before), PT_N(PT_FOUND_PAGE + 1)},
        .args = 8};

    if (query->hash != NULL) {
        stmt.sql = FOUND " AND d.sha256 = ?4 ORDER BY d.id DESC LIMIT ?8";
        stmt.arg[3] =
            (struct pt_arg)PT_B(((struct mh_span){query->hash, PT_HASH}));
    }
    out->count = 0;
    out->more = false;
    return pt_rows_read(store, &stmt, found_row, out, err);
}
