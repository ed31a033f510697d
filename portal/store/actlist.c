/* Acts as they are listed and looked at, and the figures of their clock. */
#include "portal/store/acts.h"

#include <string.h>

#include "base/time.h"
#include "portal/store/rows.h"

#define COLUMNS                                                                \
    "a.id, a.case_id, a.author, a.form, a.kind, a.title, a.sha256,"            \
    " CASE WHEN a.discarded IS NULL THEN a.state ELSE 5 END,"                  \
    " a.version, a.step, a.created, a.announced, a.due, a.signed, "            \
    "a.published,"                                                             \
    " coalesce(a.replaces, ''), coalesce(a.signer, 0), a.op, a.signed_sha256," \
    " coalesce(a.verdict, 0), a.signer_name, coalesce(a.document, ''),"        \
    " coalesce(c.judge, 0), c.number,"                                         \
    " (SELECT size FROM blob WHERE blob.sha256 = a.sha256),"                   \
    " (SELECT name || ' ' || surname FROM account WHERE account.id = "         \
    "c.judge),"                                                                \
    " (SELECT name || ' ' || surname FROM account"                             \
    "  WHERE account.id = a.author),"                                          \
    " coalesce((SELECT r.id FROM act r WHERE r.replaces = a.id"                \
    "  AND r.state = 4 ORDER BY r.published DESC LIMIT 1), '')"
#define FROM " FROM act a JOIN court_case c ON c.id = a.case_id"
enum {
    TEXT_AT = 28 /* column */
};

static void
read_hash(struct pt_cursor *stmt, int at, uint8_t out[static PT_HASH])
{
    struct mh_span hash = pt_column_blob(stmt, at);

    if (hash.len == PT_HASH)
        memcpy(out, hash.ptr, PT_HASH);
}

static void
read_act(struct pt_cursor *stmt, struct pt_act *a)
{
    struct mh_span op = pt_column_blob(stmt, 17);

    *a = (struct pt_act){.author = pt_column_i64(stmt, 2),
        .text = "",
        .state = (enum pt_act_state)pt_column_int(stmt, 7),
        .version = pt_column_i64(stmt, 8),
        .created = pt_column_i64(stmt, 10),
        .announced = pt_column_i64(stmt, 11),
        .due = pt_column_i64(stmt, 12),
        .signed_at = pt_column_time(stmt, 13),
        .published = pt_column_time(stmt, 14),
        .signer = pt_column_i64(stmt, 16),
        .has_op = op.len == MH_OP_ID,
        .verdict = (enum mh_verdict)pt_column_int(stmt, 19),
        .judge = pt_column_i64(stmt, 22),
        .size = (uint64_t)pt_column_i64(stmt, 24)};
    pt_column_text(stmt, 0, a->id, sizeof(a->id));
    pt_column_text(stmt, 1, a->case_id, sizeof(a->case_id));
    pt_column_text(stmt, 3, a->form, sizeof(a->form));
    pt_column_text(stmt, 4, a->kind, sizeof(a->kind));
    pt_column_text(stmt, 5, a->title, sizeof(a->title));
    read_hash(stmt, 6, a->sha256);
    pt_column_text(stmt, 9, a->step, sizeof(a->step));
    pt_column_text(stmt, 15, a->replaces, sizeof(a->replaces));
    if (a->has_op)
        memcpy(a->op, op.ptr, MH_OP_ID);
    read_hash(stmt, 18, a->signed_sha256);
    pt_column_text(stmt, 20, a->signer_name, sizeof(a->signer_name));
    pt_column_text(stmt, 21, a->document, sizeof(a->document));
    pt_column_text(stmt, 23, a->number, sizeof(a->number));
    pt_column_text(stmt, 25, a->judge_name, sizeof(a->judge_name));
    pt_column_text(stmt, 26, a->author_name, sizeof(a->author_name));
    pt_column_text(stmt, 27, a->replaced_by, sizeof(a->replaced_by));
}

/* ---- one ---- */

struct one {
    struct pt_act *act;
    struct mh_arena *arena;
    bool full; /* the arena is */
};

static bool
one_row(void *ctx, struct pt_cursor *stmt)
{
    struct one *o = ctx;

    read_act(stmt, o->act);
    o->act->text =
        mh_arena_str(o->arena, mh_span_str(pt_column_str(stmt, TEXT_AT)));
    o->full = o->act->text == NULL;
    return false;
}

static enum mh_code
get(struct pt_store *store, const struct pt_stmt *stmt, struct mh_arena *arena,
    struct mh_err *err, struct pt_act *out)
{
    struct one o = {.act = out, .arena = arena};
    enum mh_code code;

    *out = (struct pt_act){.text = ""};
    code = pt_rows_read(store, stmt, one_row, &o, err);
    return code == MH_OK && o.full
               ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory")
               : code;
}

enum mh_code
pt_store_act_get(struct pt_store *store, const char *id, struct mh_arena *arena,
    struct mh_err *err, struct pt_act *out)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT " COLUMNS ", a.text" FROM " WHERE a.id = ?1",
        .arg = {PT_S(id)},
        .args = 1};

    return get(store, &stmt, arena, err, out);
}

enum mh_code
pt_store_act_of_document(struct pt_store *store, const char *document,
    struct mh_arena *arena, struct mh_err *err, struct pt_act *out)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT " COLUMNS ", a.text" FROM " WHERE a.document = ?1",
        .arg = {PT_S(document)},
        .args = 1};

    return get(store, &stmt, arena, err, out);
}

struct packed {
    struct mh_arena *arena;
    struct mh_span *out;
};

static bool
report_row(void *ctx, struct pt_cursor *stmt)
{
    struct packed *p = ctx;

    *p->out = mh_arena_copy(p->arena, pt_column_blob(stmt, 0));
    return false;
}

enum mh_code
pt_store_act_report(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err, struct mh_span *out)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT report FROM act WHERE id = ?1 AND report IS NOT NULL",
        .arg = {PT_S(id)},
        .args = 1};
    struct packed p = {arena, out};
    enum mh_code code;

    *out = (struct mh_span){0};
    code = pt_rows_read(store, &stmt, report_row, &p, err);
    return code == MH_OK && out->ptr == NULL
               ? mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "act: no report")
               : code;
}

/* ---- lists ---- */

struct listing {
    struct pt_acts *out;
    size_t max;
};

static bool
list_row(void *ctx, struct pt_cursor *stmt)
{
    struct listing *l = ctx;

    if (l->out->count == l->max) {
        l->out->more = true;
        return false;
    }
    read_act(stmt, &l->out->item[l->out->count++]);
    return true;
}

/* Of a statement that gives one row more than max, where there is one. */
static enum mh_code
list(struct pt_store *store, const struct pt_stmt *stmt, size_t max,
    struct mh_arena *arena, struct mh_err *err, struct pt_acts *out)
{
    struct listing l = {out, max};

    *out = (struct pt_acts){
        .item = mh_arena_array(arena, max, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, stmt, list_row, &l, err);
}

enum mh_code
pt_store_act_waiting(struct pt_store *store, const struct pt_account *account,
    enum pt_act_state state, struct mh_arena *arena, struct mh_err *err,
    struct pt_acts *out)
{
    const struct pt_stmt judges = {
        .sql = "SELECT " COLUMNS FROM " WHERE c.judge = ?1 AND a.state = ?2"
               " AND a.discarded IS NULL"
               " ORDER BY a.announced, a.id LIMIT ?3",
        .arg = {PT_N(account->id), PT_N((int64_t)state),
            PT_N(PT_ACTS_WAITING + 1)},
        .args = 3};
    const struct pt_stmt clerks = {
        .sql = "SELECT " COLUMNS FROM " WHERE a.state = ?2 AND a.state < 4"
               " AND a.discarded IS NULL"
               " AND c.court IN (SELECT court FROM official WHERE account = ?1)"
               " ORDER BY a.announced, a.id LIMIT ?3",
        .arg = {PT_N(account->id), PT_N((int64_t)state),
            PT_N(PT_ACTS_WAITING + 1)},
        .args = 3};

    return list(store, account->role == PT_ROLE_JUDGE ? &judges : &clerks,
        PT_ACTS_WAITING, arena, err, out);
}

enum mh_code
pt_store_act_of_case(struct pt_store *store, const char *case_id,
    struct mh_arena *arena, struct mh_err *err, struct pt_acts *out)
{
    const struct pt_stmt stmt = {.sql = "SELECT " COLUMNS FROM
                                        " WHERE a.case_id = ?1"
                                        " AND a.discarded IS NULL"
                                        " ORDER BY a.announced DESC, a.id"
                                        " LIMIT ?2",
        .arg = {PT_S(case_id), PT_N(PT_ACTS_OF_CASE + 1)},
        .args = 2};

    return list(store, &stmt, PT_ACTS_OF_CASE, arena, err, out);
}

enum mh_code
pt_store_act_overdue(struct pt_store *store, int64_t account, int64_t now,
    struct mh_arena *arena, struct mh_err *err, struct pt_acts *out)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT " COLUMNS FROM " WHERE a.state < 4 AND a.due < ?2"
               " AND a.discarded IS NULL"
               " AND c.court IN (SELECT court FROM official WHERE account = ?1)"
               " ORDER BY a.due, a.id LIMIT ?3",
        .arg = {PT_N(account), PT_N(now), PT_N(PT_ACTS_OVERDUE + 1)},
        .args = 3};

    return list(store, &stmt, PT_ACTS_OVERDUE, arena, err, out);
}

/* ---- who read it ---- */

static bool
reader_row(void *ctx, struct pt_cursor *stmt)
{
    struct pt_act_readers *r = ctx;

    r->item[r->count++] = (struct pt_act_reader){
        (enum pt_case_role)pt_column_int(stmt, 0), pt_column_time(stmt, 1)};
    return r->count < PT_ACT_READERS;
}

enum mh_code
pt_store_act_readers(struct pt_store *store, const char *id, struct mh_err *err,
    struct pt_act_readers *out)
{
    /* Parties and their representatives; others are not addressed. */
    const struct pt_stmt stmt = {
        .sql = "SELECT p.role, (SELECT at FROM act_read r WHERE r.act = a.id"
               "  AND r.account = p.account)"
               " FROM act a JOIN participant p ON p.case_id = a.case_id"
               " WHERE a.id = ?1 AND a.state = 4 AND p.active = 1"
               " AND p.role < 6 AND (p.mandated = 0 OR EXISTS (SELECT 1"
               "  FROM mandated v WHERE v.case_id = p.case_id"
               "  AND v.account = p.account AND v.part = p.role AND v.scopes & "
               "8 > 0))"
               " ORDER BY p.role, p.account LIMIT ?2",
        .arg = {PT_S(id), PT_N(PT_ACT_READERS)},
        .args = 2};

    *out = (struct pt_act_readers){.count = 0};
    return pt_rows_read(store, &stmt, reader_row, out, err);
}

/* ---- how long courts take ---- */

static bool
clock_row(void *ctx, struct pt_cursor *stmt)
{
    struct pt_act_clocks *clocks = ctx;
    struct pt_act_clock *c = &clocks->item[clocks->count++];

    *c = (struct pt_act_clock){.acts = (uint32_t)pt_column_i64(stmt, 1)};
    pt_column_text(stmt, 0, c->court, sizeof(c->court));
    if (c->acts >= PT_ACTS_COUNTED) {
        c->median = pt_column_i64(stmt, 2);
        c->p90 = pt_column_i64(stmt, 3);
    }
    return clocks->count < PT_COURTS_MAX;
}

enum mh_code
pt_store_act_clocks(struct pt_store *store, int64_t from, int64_t to,
    struct mh_arena *arena, struct mh_err *err, struct pt_act_clocks *out)
{
    const struct pt_stmt stmt = {
        .sql = "WITH t AS (SELECT c.court, a.published - a.announced AS took,"
               "  row_number() OVER (PARTITION BY c.court"
               "   ORDER BY a.published - a.announced) AS n,"
               "  count(*) OVER (PARTITION BY c.court) AS total" FROM
               "  WHERE a.state = 4 AND a.published > ?1 AND a.published <= ?2)"
               " SELECT k.name, coalesce(max(t.total), 0),"
               " max(CASE WHEN t.n = (t.total + 1) / 2 THEN t.took END),"
               " max(CASE WHEN t.n = (9 * t.total + 9) / 10 THEN t.took END)"
               " FROM court k LEFT JOIN t ON t.court = k.id"
               " GROUP BY k.id ORDER BY k.name, k.id LIMIT ?3",
        .arg = {PT_N(from), PT_N(to), PT_N(PT_COURTS_MAX)},
        .args = 3};

    *out = (struct pt_act_clocks){
        .item = mh_arena_array(arena, PT_COURTS_MAX, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &stmt, clock_row, out, err);
}

/* ---- keys ---- */

static bool
name_row(void *ctx, struct pt_cursor *stmt)
{
    pt_column_text(stmt, 0, ctx, 65);
    return false;
}

enum mh_code
pt_store_judge_key(struct pt_store *store, int64_t account, struct mh_err *err,
    char name[static 65])
{
    const struct pt_stmt stmt = {
        .sql = "SELECT name FROM judge_key WHERE account = ?1",
        .arg = {PT_N(account)},
        .args = 1};

    name[0] = '\0';
    return pt_rows_read(store, &stmt, name_row, name, err);
}
