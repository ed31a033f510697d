#include "portal/store/enforcement.h"

#include <stdio.h>
#include <string.h>

#include "portal/http/id.h"
#include "portal/store/documents.h"
#include "portal/store/events.h"
#include "portal/store/rows.h"

#define BIT(state) (1U << (unsigned)PT_WRIT_##state)

const char *
pt_writ_state_name(enum pt_writ_state s)
{
    static const char *const names[] = {"", "issued", "sent", "in_execution",
        "paused", "executed", "returned", "cancelled"};

    return s > 0 && s < PT_WRIT_STATES ? names[s] : "";
}

bool
pt_writ_may_follow(enum pt_writ_state from, enum pt_writ_state to)
{
    static const unsigned follows[PT_WRIT_STATES] = {
        [PT_WRIT_ISSUED] = BIT(SENT),
        [PT_WRIT_SENT] = BIT(IN_EXECUTION),
        [PT_WRIT_IN_EXECUTION] =
            BIT(PAUSED) | BIT(EXECUTED) | BIT(RETURNED) | BIT(CANCELLED),
        [PT_WRIT_PAUSED] =
            BIT(IN_EXECUTION) | BIT(EXECUTED) | BIT(RETURNED) | BIT(CANCELLED),
    };

    return from > 0 && from < PT_WRIT_STATES && to > 0 && to < PT_WRIT_STATES &&
           (follows[from] & (1U << (unsigned)to)) != 0;
}

/* ---- changing ---- */

struct changing {
    const struct pt_writ_by *by;
    struct pt_writ *writ;                /* a new one, or as it is */
    const struct pt_writ_change *change; /* NULL: a new one */
    enum pt_writ_done done;
    bool again;
};

/* Whether the form came before. */
static enum mh_code
look(struct pt_store *s, struct changing *v, struct mh_err *err)
{
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "SELECT enforcement FROM enforcement_step WHERE account = ?1"
        " AND form = ?2");
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "enforcement", err);
    pt_bind_i64(stmt, 1, v->by->account);
    pt_bind_text(stmt, 2, v->by->form);
    rc = pt_step(stmt);
    v->again = rc == PT_ROW;
    if (v->again)
        pt_column_text(stmt, 0, v->writ->id, sizeof(v->writ->id));
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE
               ? MH_OK
               : pt_db_fail(&s->writer, "enforcement", err);
}

/* Its state in the writer's own sight. */
static enum mh_code
look_state(struct pt_store *s, struct changing *v, struct mh_err *err)
{
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "SELECT state, case_id, writ FROM enforcement WHERE id = ?1");
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "enforcement", err);
    pt_bind_text(stmt, 1, v->change->id);
    rc = pt_step(stmt);
    v->done = PT_WRIT_ILLEGAL;
    if (rc == PT_ROW) {
        struct pt_writ *w = v->writ;

        (void)snprintf(w->id, sizeof(w->id), "%.26s", v->change->id);
        pt_column_text(stmt, 1, w->case_id, sizeof(w->case_id));
        pt_column_text(stmt, 2, w->number, sizeof(w->number));
        if (pt_writ_may_follow(
                (enum pt_writ_state)pt_column_int(stmt, 0), v->change->to))
            v->done = PT_WRIT_DONE;
    }
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE
               ? MH_OK
               : pt_db_fail(&s->writer, "enforcement", err);
}

/* The step, its record, and what everybody is told. */
static enum mh_code
note(struct pt_store *s, const struct changing *v, enum pt_writ_state state,
    const char *text, struct mh_err *err)
{
    const struct pt_writ_by *by = v->by;
    char who[32], obj[48], data[96];
    const struct pt_record r = {.ev = "enforcement.changed",
        .who = who,
        .obj = obj,
        .res = "ok",
        .data = data};
    const struct pt_event_new e = {.case_id = v->writ->case_id,
        .kind = "enforcement",
        .actor = by->account,
        .at = by->now,
        .data = strlen(v->writ->number) > PT_TEXT_MAX ? "" : v->writ->number,
        .judge = true};
    struct pt_stmt step = {
        .sql = "INSERT INTO enforcement_step (enforcement, state, at, account,"
               " note, form) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        .arg = {PT_S(v->writ->id), PT_N((int64_t)state), PT_N(by->now),
            PT_N(by->account), PT_S(text), PT_S(by->form)},
        .args = 6};
    enum mh_code code = pt_rows_run(s, &step, err);

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)by->account);
    (void)snprintf(obj, sizeof(obj), "enforcement:%.26s", v->writ->id);
    (void)snprintf(data, sizeof(data), "case=%.26s\nstate=%s\n",
        v->writ->case_id, pt_writ_state_name(state)); /* all fit */
    if (code == MH_OK)
        code = pt_record_put(s, &r, by->now, err);
    return code == MH_OK ? pt_event_write(s, &e, err) : code;
}

static enum mh_code
add(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct changing *v = arg;
    struct pt_writ *w = v->writ;
    struct pt_stmt row = {
        .sql = "INSERT INTO enforcement (id, case_id, writ, creditor, debtor,"
               " office, amount, state, created, changed) VALUES (?1, ?2, ?3,"
               " ?4, ?5, ?6, ?7, 1, ?8, ?8) ON CONFLICT DO NOTHING",
        .arg = {PT_S(w->id), PT_S(w->case_id), PT_S(w->number),
            PT_S(w->creditor), PT_S(w->debtor), PT_S(w->office),
            PT_N(w->amount), PT_N(v->by->now)},
        .args = 8};
    enum mh_code code = look(s, v, err);

    v->done = PT_WRIT_DONE;
    if (code != MH_OK || v->again)
        return code;
    pt_id_new(w->id);
    code = pt_rows_run(s, &row, err);
    if (code == MH_OK && row.changes == 0) {
        v->done = PT_WRIT_TWICE;
        return MH_OK;
    }
    return code == MH_OK ? note(s, v, PT_WRIT_ISSUED, "", err) : code;
}

enum mh_code
pt_store_writ_add(struct pt_store *store, const struct pt_writ_by *by,
    struct pt_writ *writ, struct mh_err *err, enum pt_writ_done *done)
{
    struct changing v = {.by = by, .writ = writ};
    struct pt_write w = {.run = add, .arg = &v};
    enum mh_code code = pt_write_do(store, &w, err);

    *done = v.done;
    return code;
}

static enum mh_code
change(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct changing *v = arg;
    struct pt_stmt row = {
        .sql = "UPDATE enforcement SET state = ?2, changed = ?3 WHERE id = ?1",
        .arg = {PT_S(v->change->id), PT_N((int64_t)v->change->to),
            PT_N(v->by->now)},
        .args = 3};
    enum mh_code code = look(s, v, err);

    v->done = PT_WRIT_DONE;
    if (code == MH_OK && !v->again)
        code = look_state(s, v, err);
    if (code != MH_OK || v->again || v->done != PT_WRIT_DONE)
        return code;
    code = pt_rows_run(s, &row, err);
    return code == MH_OK ? note(s, v, v->change->to, v->change->note, err)
                         : code;
}

enum mh_code
pt_store_writ_change(struct pt_store *store, const struct pt_writ_by *by,
    const struct pt_writ_change *asked, struct mh_err *err,
    enum pt_writ_done *done)
{
    struct pt_writ as_it_is = {.id = ""};
    struct changing v = {.by = by, .writ = &as_it_is, .change = asked};
    struct pt_write w = {.run = change, .arg = &v};
    enum mh_code code = pt_write_do(store, &w, err);

    *done = v.done;
    return code;
}

/* ---- reading ---- */

#define COLUMNS                                                                \
    "SELECT e.id, e.case_id, e.writ, e.creditor, e.debtor, e.office,"          \
    " e.amount, e.state, e.created, e.changed, c.number, k.name"               \
    " FROM enforcement e JOIN court_case c ON c.id = e.case_id"                \
    " JOIN court k ON k.id = c.court"

static void
read_writ(struct pt_cursor *stmt, struct pt_writ *w)
{
    *w = (struct pt_writ){.amount = pt_column_i64(stmt, 6),
        .state = (enum pt_writ_state)pt_column_int(stmt, 7),
        .created = pt_column_i64(stmt, 8),
        .changed = pt_column_i64(stmt, 9)};
    pt_column_text(stmt, 0, w->id, sizeof(w->id));
    pt_column_text(stmt, 1, w->case_id, sizeof(w->case_id));
    pt_column_text(stmt, 2, w->number, sizeof(w->number));
    pt_column_text(stmt, 3, w->creditor, sizeof(w->creditor));
    pt_column_text(stmt, 4, w->debtor, sizeof(w->debtor));
    pt_column_text(stmt, 5, w->office, sizeof(w->office));
    pt_column_text(stmt, 10, w->case_number, sizeof(w->case_number));
    pt_column_text(stmt, 11, w->court, sizeof(w->court));
}

static bool
take_one(void *ctx, struct pt_cursor *stmt)
{
    read_writ(stmt, ctx);
    return false;
}

enum mh_code
pt_store_writ_get(struct pt_store *store, const char *id, struct mh_err *err,
    struct pt_writ *out)
{
    const struct pt_stmt stmt = {
        .sql = COLUMNS " WHERE e.id = ?1", .arg = {PT_S(id)}, .args = 1};

    *out = (struct pt_writ){.id = ""};
    return pt_rows_read(store, &stmt, take_one, out, err);
}

static bool
take_writ(void *ctx, struct pt_cursor *stmt)
{
    struct pt_writs *list = ctx;

    list->more = list->count == PT_WRITS_LISTED;
    if (!list->more)
        read_writ(stmt, &list->item[list->count++]);
    return !list->more;
}

enum mh_code
pt_store_writ_list(struct pt_store *store, const struct pt_account *account,
    struct mh_arena *arena, struct mh_err *err, struct pt_writs *out)
{
    const struct pt_stmt stmt = {
        .sql = COLUMNS " WHERE ?2 = 7 OR c.judge = ?1 OR (?2 IN (5, 6) AND"
                       "  c.court IN (SELECT court FROM official"
                       "   WHERE account = ?1)) OR EXISTS (SELECT 1 FROM"
                       "  participant p WHERE p.case_id = c.id AND"
                       "  p.account = ?1 AND p.active = 1 AND p.role < 6)"
                       " ORDER BY e.changed DESC, e.id LIMIT ?3",
        .arg = {PT_N(account->id), PT_N((int64_t)account->role),
            PT_N(PT_WRITS_LISTED + 1)},
        .args = 3};

    *out = (struct pt_writs){
        .item = mh_arena_array(arena, PT_WRITS_LISTED, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &stmt, take_writ, out, err);
}

static bool
take_step(void *ctx, struct pt_cursor *stmt)
{
    struct pt_writ_steps *list = ctx;
    struct pt_writ_step *s = &list->item[list->count++];

    s->state = (enum pt_writ_state)pt_column_int(stmt, 0);
    s->at = pt_column_i64(stmt, 1);
    pt_column_text(stmt, 2, s->note, sizeof(s->note));
    return list->count < PT_WRIT_STEPS;
}

enum mh_code
pt_store_writ_steps(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err, struct pt_writ_steps *out)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT state, at, note FROM enforcement_step"
               " WHERE enforcement = ?1 ORDER BY at, rowid LIMIT ?2",
        .arg = {PT_S(id), PT_N(PT_WRIT_STEPS)},
        .args = 2};

    *out = (struct pt_writ_steps){
        .item = mh_arena_array(arena, PT_WRIT_STEPS, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &stmt, take_step, out, err);
}
