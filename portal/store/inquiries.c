#include "portal/store/inquiries.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "portal/http/id.h"
#include "portal/store/documents.h"
#include "portal/store/rows.h"

enum {
    DAY = 86400, /* seconds */
};

const char *
pt_inquiry_state_name(enum pt_inquiry_state s)
{
    static const char *const names[] = {
        "", "sent", "in_review", "answered", "rejected"};

    return s > 0 && s < PT_INQUIRY_STATES ? names[s] : "";
}

struct asking {
    struct pt_inquiry *inquiry;
    const char *form;
    const struct pt_inquiry_step *step;
    const char *id;
    int64_t account, at, open;
    enum pt_inquiry_state state;
    char case_id[27];
    enum pt_inquiry_done done;
};

static enum mh_code
note(struct pt_store *s, const struct asking *a, const char *ev,
    enum pt_inquiry_state to, struct mh_err *err)
{
    bool refused = a->done == PT_INQUIRY_ILLEGAL;
    char who[32], obj[48], data[160], hex[2 * PT_HASH + 1];
    const struct pt_record r = {.ev = ev,
        .who = who,
        .obj = obj,
        .res = refused ? "refused" : "ok",
        .data = data};

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)a->account);
    (void)snprintf(obj, sizeof(obj), "inquiry:%.26s", a->id);
    if (refused) {
        (void)snprintf(data, sizeof(data), "from=%s\nto=%s\n",
            pt_inquiry_state_name(a->state), pt_inquiry_state_name(to));
    } else if (to == PT_INQUIRY_ANSWERED) {
        mh_hex_encode((struct mh_span){a->step->staged->sha256, PT_HASH}, hex);
        (void)snprintf(data, sizeof(data), "case=%.26s\ndoc=%s\nstate=%s\n",
            a->case_id, hex, pt_inquiry_state_name(to));
    } else {
        (void)snprintf(data, sizeof(data), "case=%.26s\nstate=%s\n", a->case_id,
            pt_inquiry_state_name(to));
    }
    return pt_record_put(s, &r, a->at, err);
}

/* ---- asking ---- */

static bool
take_id(void *ctx, struct pt_cursor *stmt)
{
    struct asking *a = ctx;

    pt_column_text(stmt, 0, a->inquiry->id, sizeof(a->inquiry->id));
    return false;
}

static bool
take_open(void *ctx, struct pt_cursor *stmt)
{
    ((struct asking *)ctx)->open = pt_column_i64(stmt, 0);
    return false;
}

static enum mh_code
add(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct asking *a = arg;
    struct pt_inquiry *q = a->inquiry;
    const struct pt_stmt again = {
        .sql = "SELECT id FROM inquiry WHERE account = ?1 AND form = ?2",
        .arg = {PT_N(a->account), PT_S(a->form)},
        .args = 2};
    const struct pt_stmt open = {
        .sql = "SELECT count(*) FROM inquiry WHERE account = ?1"
               " AND case_id = ?2 AND state <= 2",
        .arg = {PT_N(a->account), PT_S(q->case_id)},
        .args = 2};
    struct pt_stmt row = {
        .sql = "INSERT INTO inquiry (id, kind, case_id, account, form, text,"
               " created, due, state)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1)",
        .arg = {PT_S(q->id), PT_S(q->kind), PT_S(q->case_id), PT_N(a->account),
            PT_S(a->form), PT_S(q->text), PT_N(a->at),
            PT_N(a->at + (int64_t)PT_INQUIRY_DAYS * DAY)},
        .args = 8};
    enum mh_code code;

    a->done = PT_INQUIRY_DONE;
    q->id[0] = '\0';
    code = pt_rows_first(s, &again, take_id, a, err);
    if (code != MH_OK || q->id[0] != '\0')
        return code;
    code = pt_rows_first(s, &open, take_open, a, err);
    if (code == MH_OK && a->open >= PT_INQUIRIES_OPEN) {
        a->done = PT_INQUIRY_MANY;
        return MH_OK;
    }
    pt_id_new(q->id);
    if (code == MH_OK)
        code = pt_rows_run(s, &row, err);
    return code == MH_OK ? note(s, a, "inquiry.sent", PT_INQUIRY_SENT, err)
                         : code;
}

enum mh_code
pt_store_inquiry_add(struct pt_store *store, struct pt_inquiry *inquiry,
    const char *form, struct mh_err *err, enum pt_inquiry_done *done)
{
    struct asking a = {.inquiry = inquiry,
        .form = form,
        .id = inquiry->id,
        .account = inquiry->account,
        .at = inquiry->created};
    struct pt_write w = {.run = add, .arg = &a};
    enum mh_code code;

    memcpy(a.case_id, inquiry->case_id, sizeof(a.case_id));
    code = pt_write_do(store, &w, err);
    *done = a.done;
    return code;
}

/* ---- steps ---- */

static bool
take_now(void *ctx, struct pt_cursor *stmt)
{
    struct asking *a = ctx;

    a->state = (enum pt_inquiry_state)pt_column_int(stmt, 0);
    pt_column_text(stmt, 1, a->case_id, sizeof(a->case_id));
    return false;
}

static bool
may_follow(enum pt_inquiry_state from, enum pt_inquiry_state to)
{
    return (from == PT_INQUIRY_SENT && to == PT_INQUIRY_REVIEW) ||
           (from == PT_INQUIRY_REVIEW &&
               (to == PT_INQUIRY_ANSWERED || to == PT_INQUIRY_REJECTED));
}

static enum mh_code
step(struct pt_store *s, void *arg, struct mh_err *err)
{
    static const char *const events[PT_INQUIRY_STATES] = {"", "inquiry.sent",
        "inquiry.review", "inquiry.answered", "inquiry.rejected"};
    struct asking *a = arg;
    enum pt_inquiry_state to = a->step->to;
    struct pt_staged *staged = a->step->staged;
    const struct pt_stmt now = {
        .sql = "SELECT state, case_id FROM inquiry WHERE id = ?1",
        .arg = {PT_S(a->id)},
        .args = 1};
    struct pt_stmt row = {
        .sql = "UPDATE inquiry SET state = ?2, clerk = ?3, answer = ?4,"
               " ended = CASE WHEN ?2 > 2 THEN ?5 END, sha256 = ?6"
               " WHERE id = ?1",
        .arg = {PT_S(a->id), PT_N((int64_t)to), PT_N(a->account),
            PT_S(a->step->answer), PT_N(a->at), {.none = staged == NULL}},
        .args = 6};
    enum mh_code code = pt_rows_first(s, &now, take_now, a, err);

    a->done = PT_INQUIRY_DONE;
    if (code != MH_OK)
        return code;
    if (!may_follow(a->state, to)) {
        a->done = PT_INQUIRY_ILLEGAL;
        return note(s, a, "illegal_transition", to, err);
    }
    if (staged != NULL) {
        row.arg[5].bytes = (struct mh_span){staged->sha256, PT_HASH};
        code = pt_blob_keep(s, staged, a->at, err);
    }
    if (code == MH_OK)
        code = pt_rows_run(s, &row, err);
    if (code == MH_OK && a->step->delivery != NULL)
        code = pt_delivery_write(s, a->step->delivery, err);
    return code == MH_OK ? note(s, a, events[to], to, err) : code;
}

enum mh_code
pt_store_inquiry_step(struct pt_store *store,
    const struct pt_inquiry_step *asked, struct mh_err *err,
    enum pt_inquiry_done *done)
{
    struct asking a = {.id = asked->id,
        .step = asked,
        .account = asked->account,
        .at = asked->at};
    struct pt_write w = {.run = step, .arg = &a};
    enum mh_code code = pt_write_do(store, &w, err);

    if (asked->staged != NULL)
        pt_store_blob_forget(store, asked->staged); /* where it was not used */
    *done = a.done;
    return code;
}

/* ---- reading ---- */

#define COLUMNS                                                                \
    "SELECT i.id, i.kind, i.case_id, i.account, i.created, i.due, i.state,"    \
    " i.ended, i.sha256, c.number, k.name, a.surname || ' ' || a.name,"        \
    " c.restricted"

#define OF_CASE                                                                \
    " FROM inquiry i JOIN court_case c ON c.id = i.case_id"                    \
    " JOIN court k ON k.id = c.court JOIN account a ON a.id = i.account"

struct reading {
    struct mh_arena *arena;
    struct pt_inquiry *out;
    bool failed;
};

static void
read_inquiry(struct pt_cursor *stmt, struct pt_inquiry *q)
{
    struct mh_span hash = pt_column_blob(stmt, 8);

    *q = (struct pt_inquiry){.account = pt_column_i64(stmt, 3),
        .created = pt_column_i64(stmt, 4),
        .due = pt_column_i64(stmt, 5),
        .state = (enum pt_inquiry_state)pt_column_int(stmt, 6),
        .ended = pt_column_time(stmt, 7),
        .restricted = pt_column_int(stmt, 12) != 0,
        .text = "",
        .answer = ""};
    if (hash.len == PT_HASH)
        memcpy(q->sha256, hash.ptr, PT_HASH);
    pt_column_text(stmt, 0, q->id, sizeof(q->id));
    pt_column_text(stmt, 1, q->kind, sizeof(q->kind));
    pt_column_text(stmt, 2, q->case_id, sizeof(q->case_id));
    pt_column_text(stmt, 9, q->number, sizeof(q->number));
    pt_column_text(stmt, 10, q->court, sizeof(q->court));
    pt_column_text(stmt, 11, q->asker, sizeof(q->asker));
}

static bool
take_one(void *ctx, struct pt_cursor *stmt)
{
    struct reading *r = ctx;
    const char *text = pt_column_str(stmt, 13), *answer;

    read_inquiry(stmt, r->out);
    r->out->text =
        mh_arena_str(r->arena, mh_span_str(text == NULL ? "" : text));
    answer = pt_column_str(stmt, 14);
    r->out->answer =
        mh_arena_str(r->arena, mh_span_str(answer == NULL ? "" : answer));
    r->failed = r->out->text == NULL || r->out->answer == NULL;
    return false;
}

enum mh_code
pt_store_inquiry_get(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err, struct pt_inquiry *out)
{
    const struct pt_stmt s = {
        .sql = COLUMNS ", i.text, i.answer" OF_CASE " WHERE i.id = ?1",
        .arg = {PT_S(id)},
        .args = 1};
    struct reading r = {.arena = arena, .out = out};
    enum mh_code code;

    *out = (struct pt_inquiry){.text = "", .answer = ""};
    code = pt_rows_read(store, &s, take_one, &r, err);
    return code == MH_OK && r.failed
               ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory")
               : code;
}

static bool
take_inquiry(void *ctx, struct pt_cursor *stmt)
{
    struct pt_inquiries *list = ctx;

    list->more = list->count == PT_INQUIRIES_LISTED;
    if (!list->more)
        read_inquiry(stmt, &list->item[list->count++]);
    return !list->more;
}

enum mh_code
pt_store_inquiry_list(struct pt_store *store, const struct pt_account *account,
    struct mh_arena *arena, struct mh_err *err, struct pt_inquiries *out)
{
    const struct pt_stmt own = {.sql = COLUMNS OF_CASE
                                " WHERE i.account = ?1"
                                " ORDER BY i.created DESC, i.id LIMIT ?2",
        .arg = {PT_N(account->id), PT_N(PT_INQUIRIES_LISTED + 1)},
        .args = 2};
    const struct pt_stmt desk = {
        .sql = COLUMNS OF_CASE
        " WHERE c.court IN (SELECT court FROM official WHERE account = ?1)"
        " ORDER BY i.state > 2, CASE WHEN i.state <= 2 THEN i.due ELSE"
        "  -i.due END, i.id LIMIT ?2",
        .arg = {PT_N(account->id), PT_N(PT_INQUIRIES_LISTED + 1)},
        .args = 2};

    *out = (struct pt_inquiries){
        .item = mh_arena_array(arena, PT_INQUIRIES_LISTED, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, account->role == PT_ROLE_CLERK ? &desk : &own,
        take_inquiry, out, err);
}
