#include "portal/store/courtletters.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "portal/http/id.h"
#include "portal/store/documents.h"
#include "portal/store/rows.h"

enum {
    DAY = 86400, /* seconds */
};

const char *
pt_letter_state_name(enum pt_letter_state s)
{
    static const char *const names[] = {
        "", "unproven", "received", "answered", "closed"};

    return s > 0 && s < PT_LETTER_STATES ? names[s] : "";
}

struct writing {
    struct pt_court_letter *letter;
    const char *form;
    const struct pt_letter_step *step;
    const char *id;
    int64_t at, account, count;
    enum pt_letter_state state;
    char court[PT_COURT_CODE_MAX + 1];
    enum pt_letter_done done;
};

static enum mh_code
note(struct pt_store *s, const struct writing *w, const char *ev,
    enum pt_letter_state to, struct mh_err *err)
{
    bool refused = w->done == PT_LETTER_ILLEGAL;
    char who[32] = "", obj[48], data[96];
    const struct pt_record r = {.ev = ev,
        .who = who,
        .obj = obj,
        .res = refused ? "refused" : "ok",
        .data = data};

    if (w->account > 0)
        (void)snprintf(who, sizeof(who), "p:%lld", (long long)w->account);
    (void)snprintf(obj, sizeof(obj), "letter:%.26s", w->id);
    if (refused)
        (void)snprintf(data, sizeof(data), "from=%s\nto=%s\n",
            pt_letter_state_name(w->state), pt_letter_state_name(to));
    else
        (void)snprintf(data, sizeof(data), "court=%s\n", w->court);
    return pt_record_put(s, &r, w->at, err);
}

/* ---- writing ---- */

static bool
take_id(void *ctx, struct pt_cursor *stmt)
{
    struct writing *w = ctx;

    pt_column_text(stmt, 0, w->letter->id, sizeof(w->letter->id));
    return false;
}

static bool
take_count(void *ctx, struct pt_cursor *stmt)
{
    ((struct writing *)ctx)->count = pt_column_i64(stmt, 0);
    return false;
}

/* Whether the form came before; and how many letters there were. */
static enum mh_code
look(struct pt_store *s, struct writing *w, struct mh_err *err)
{
    const struct pt_stmt again = {
        .sql = "SELECT id FROM court_letter WHERE account = ?1 AND form = ?2",
        .arg = {PT_N(w->account), PT_S(w->form)},
        .args = 2};
    const struct pt_stmt count = {
        .sql = "SELECT count(*) FROM court_letter WHERE account = ?1"
               " AND created > ?2",
        .arg = {PT_N(w->account), PT_N(w->at - DAY)},
        .args = 2};
    /* Nobody gets more than a few links that they did not ask for. */
    const struct pt_stmt open = {
        .sql = "SELECT count(*) FROM court_letter WHERE state = 1"
               " AND lower(email) = lower(?1)",
        .arg = {PT_S(w->letter->email)},
        .args = 1};
    enum mh_code code = MH_OK;

    if (w->account == 0)
        return pt_rows_first(s, &open, take_count, w, err);
    code = pt_rows_first(s, &again, take_id, w, err);
    return code == MH_OK ? pt_rows_first(s, &count, take_count, w, err) : code;
}

static enum mh_code
add(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct writing *w = arg;
    struct pt_court_letter *l = w->letter;
    bool known = w->account > 0;
    struct pt_stmt old = {
        .sql = "DELETE FROM court_letter WHERE state = 1 AND created < ?1",
        .arg = {PT_N(w->at - PT_LETTER_PROOF)},
        .args = 1};
    struct pt_stmt row = {
        .sql = "INSERT INTO court_letter (id, court, account, email, lang,"
               " name, subject, text, state, form, created, received)"
               " SELECT ?1, id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
               " CASE WHEN ?9 = 2 THEN ?11 END FROM court WHERE code = ?2",
        .arg = {PT_S(l->id), PT_S(l->court_code),
            {.number = w->account, .none = !known}, PT_S(l->email),
            PT_S(l->lang), PT_S(l->name), PT_S(l->subject), PT_S(l->text),
            PT_N(known ? PT_LETTER_RECEIVED : PT_LETTER_UNPROVEN),
            PT_S(w->form), PT_N(w->at)},
        .args = 11};
    enum mh_code code = pt_rows_run(s, &old, err);

    w->done = PT_LETTER_DONE;
    l->id[0] = '\0';
    if (code == MH_OK)
        code = look(s, w, err);
    if (code != MH_OK || l->id[0] != '\0')
        return code;
    if (w->count >= (known ? PT_LETTERS_DAY : PT_LETTERS_OPEN)) {
        w->done = PT_LETTER_MANY;
        return MH_OK;
    }
    pt_id_new(l->id);
    code = pt_rows_run(s, &row, err);
    if (code == MH_OK && row.changes == 0)
        w->done = PT_LETTER_ABSENT;
    return code == MH_OK && known && w->done == PT_LETTER_DONE
               ? note(s, w, "letter.received", PT_LETTER_RECEIVED, err)
               : code;
}

enum mh_code
pt_store_court_letter_add(struct pt_store *store,
    struct pt_court_letter *letter, const char *form, struct mh_err *err,
    enum pt_letter_done *done)
{
    struct writing v = {.letter = letter,
        .form = form,
        .id = letter->id,
        .at = letter->created,
        .account = letter->account};
    struct pt_write w = {.run = add, .arg = &v};
    enum mh_code code;

    memcpy(v.court, letter->court_code, sizeof(v.court));
    code = pt_write_do(store, &w, err);
    *done = v.done;
    return code;
}

/* ---- steps ---- */

static bool
take_now(void *ctx, struct pt_cursor *stmt)
{
    struct writing *w = ctx;

    w->state = (enum pt_letter_state)pt_column_int(stmt, 0);
    pt_column_text(stmt, 1, w->court, sizeof(w->court));
    return false;
}

static enum mh_code
look_now(struct pt_store *s, struct writing *w, struct mh_err *err)
{
    const struct pt_stmt now = {
        .sql = "SELECT l.state, k.code FROM court_letter l JOIN court k"
               " ON k.id = l.court WHERE l.id = ?1",
        .arg = {PT_S(w->id)},
        .args = 1};
    enum mh_code code = pt_rows_first(s, &now, take_now, w, err);

    w->done = w->state == 0 ? PT_LETTER_ABSENT : PT_LETTER_DONE;
    return code;
}

static enum mh_code
prove(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct writing *w = arg;
    struct pt_stmt row = {.sql =
                              "UPDATE court_letter SET state = 2, received = ?2"
                              " WHERE id = ?1 AND state = 1",
        .arg = {PT_S(w->id), PT_N(w->at)},
        .args = 2};
    enum mh_code code = look_now(s, w, err);

    if (code != MH_OK || w->done != PT_LETTER_DONE ||
        w->state != PT_LETTER_UNPROVEN)
        return code;
    code = pt_rows_run(s, &row, err);
    return code == MH_OK
               ? note(s, w, "letter.received", PT_LETTER_RECEIVED, err)
               : code;
}

enum mh_code
pt_store_court_letter_prove(struct pt_store *store, const char *id, int64_t now,
    struct mh_err *err, enum pt_letter_done *done)
{
    struct writing v = {.id = id, .at = now};
    struct pt_write w = {.run = prove, .arg = &v};
    enum mh_code code = pt_write_do(store, &w, err);

    *done = v.done;
    return code;
}

static enum mh_code
step(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct writing *w = arg;
    bool answers = w->step->to == PT_LETTER_ANSWERED;
    struct pt_stmt answer = {
        .sql = "UPDATE court_letter SET state = 3, answer = ?2, answered = ?3,"
               " answerer = ?4 WHERE id = ?1",
        .arg = {PT_S(w->id), PT_S(w->step->answer), PT_N(w->at),
            PT_N(w->account)},
        .args = 4};
    struct pt_stmt close = {
        .sql = "UPDATE court_letter SET state = 4, closed = ?2 WHERE id = ?1",
        .arg = {PT_S(w->id), PT_N(w->at)},
        .args = 2};
    enum mh_code code = look_now(s, w, err);

    if (code != MH_OK || w->done != PT_LETTER_DONE)
        return code;
    if (answers ? w->state != PT_LETTER_RECEIVED
                : w->state != PT_LETTER_RECEIVED &&
                      w->state != PT_LETTER_ANSWERED) {
        w->done = PT_LETTER_ILLEGAL;
        return note(s, w, "illegal_transition", w->step->to, err);
    }
    code = pt_rows_run(s, answers ? &answer : &close, err);
    if (code == MH_OK && w->step->delivery != NULL)
        code = pt_delivery_write(s, w->step->delivery, err);
    return code == MH_OK
               ? note(s, w, answers ? "letter.answered" : "letter.closed",
                     w->step->to, err)
               : code;
}

enum mh_code
pt_store_court_letter_step(struct pt_store *store,
    const struct pt_letter_step *asked, struct mh_err *err,
    enum pt_letter_done *done)
{
    struct writing v = {.id = asked->id,
        .step = asked,
        .at = asked->at,
        .account = asked->account};
    struct pt_write w = {.run = step, .arg = &v};
    enum mh_code code = pt_write_do(store, &w, err);

    *done = v.done;
    return code;
}

/* ---- reading ---- */

#define COLUMNS                                                                \
    "SELECT l.id, k.code, k.name, coalesce(l.account, 0), l.email, l.lang,"    \
    " l.name, l.subject, l.state, l.created, l.received, l.answered, l.closed"

#define OF_COURT " FROM court_letter l JOIN court k ON k.id = l.court"

struct reading {
    struct mh_arena *arena;
    void *out;
    bool failed;
};

static void
read_letter(struct pt_cursor *stmt, struct pt_court_letter *l)
{
    *l = (struct pt_court_letter){.account = pt_column_i64(stmt, 3),
        .state = (enum pt_letter_state)pt_column_int(stmt, 8),
        .created = pt_column_i64(stmt, 9),
        .received = pt_column_time(stmt, 10),
        .answered = pt_column_time(stmt, 11),
        .closed = pt_column_time(stmt, 12),
        .text = "",
        .answer = ""};
    pt_column_text(stmt, 0, l->id, sizeof(l->id));
    pt_column_text(stmt, 1, l->court_code, sizeof(l->court_code));
    pt_column_text(stmt, 2, l->court, sizeof(l->court));
    pt_column_text(stmt, 4, l->email, sizeof(l->email));
    pt_column_text(stmt, 5, l->lang, sizeof(l->lang));
    pt_column_text(stmt, 6, l->name, sizeof(l->name));
    pt_column_text(stmt, 7, l->subject, sizeof(l->subject));
}

static bool
take_one(void *ctx, struct pt_cursor *stmt)
{
    struct reading *r = ctx;
    struct pt_court_letter *l = r->out;
    const char *text = pt_column_str(stmt, 13), *answer;

    read_letter(stmt, l);
    l->text = mh_arena_str(r->arena, mh_span_str(text == NULL ? "" : text));
    answer = pt_column_str(stmt, 14);
    l->answer =
        mh_arena_str(r->arena, mh_span_str(answer == NULL ? "" : answer));
    r->failed = l->text == NULL || l->answer == NULL;
    return false;
}

enum mh_code
pt_store_court_letter_get(struct pt_store *store, const char *id,
    const struct pt_account *account, struct mh_arena *arena,
    struct mh_err *err, struct pt_court_letter *out)
{
    const struct pt_stmt s = {
        .sql = COLUMNS ", l.text, l.answer" OF_COURT
                       " WHERE l.id = ?1 AND l.state > 1 AND (l.account = ?2 OR"
                       "  (?3 = 5 AND l.court IN (SELECT court FROM official"
                       "   WHERE account = ?2)))",
        .arg = {PT_S(id), PT_N(account->id), PT_N((int64_t)account->role)},
        .args = 3};
    struct reading r = {.arena = arena, .out = out};
    enum mh_code code;

    *out = (struct pt_court_letter){.text = "", .answer = ""};
    code = pt_rows_read(store, &s, take_one, &r, err);
    return code == MH_OK && r.failed
               ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory")
               : code;
}

static bool
take_letter(void *ctx, struct pt_cursor *stmt)
{
    struct pt_court_letters *list = ctx;

    list->more = list->count == PT_LETTERS_LISTED;
    if (!list->more)
        read_letter(stmt, &list->item[list->count++]);
    return !list->more;
}

enum mh_code
pt_store_court_letter_list(struct pt_store *store,
    const struct pt_account *account, struct mh_arena *arena,
    struct mh_err *err, struct pt_court_letters *out)
{
    const struct pt_stmt own = {.sql = COLUMNS OF_COURT
                                " WHERE l.account = ?1 AND l.state > 1"
                                " ORDER BY l.received DESC, l.id LIMIT ?2",
        .arg = {PT_N(account->id), PT_N(PT_LETTERS_LISTED + 1)},
        .args = 2};
    const struct pt_stmt desk = {
        .sql = COLUMNS OF_COURT
        " WHERE l.state > 1 AND l.court IN (SELECT court FROM"
        "  official WHERE account = ?1) ORDER BY l.state <> 2,"
        " CASE WHEN l.state = 2 THEN l.received ELSE -l.received END, l.id"
        " LIMIT ?2",
        .arg = {PT_N(account->id), PT_N(PT_LETTERS_LISTED + 1)},
        .args = 2};

    *out = (struct pt_court_letters){
        .item = mh_arena_array(arena, PT_LETTERS_LISTED, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, account->role == PT_ROLE_CLERK ? &desk : &own,
        take_letter, out, err);
}
