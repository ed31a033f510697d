#include "portal/store/publications.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "portal/http/id.h"
#include "portal/store/fold.h"
#include "portal/store/parties.h"
#include "portal/store/rows.h"

#define BIT(state) (1U << (unsigned)PT_VERSION_##state)

const char *
pt_version_state_name(enum pt_version_state s)
{
    static const char *const names[] = {
        "none", "draft", "review", "released", "withdrawn", "dropped"};

    return s > 0 && s < PT_VERSION_STATES ? names[s] : names[0];
}

static bool
may_follow(enum pt_version_state from, enum pt_version_state to)
{
    static const unsigned follows[PT_VERSION_STATES] = {
        [PT_VERSION_DRAFT] = BIT(REVIEW) | BIT(DROPPED),
        [PT_VERSION_REVIEW] = BIT(DRAFT) | BIT(RELEASED),
        [PT_VERSION_RELEASED] = BIT(WITHDRAWN),
    };

    return from > 0 && from < PT_VERSION_STATES &&
           (follows[from] & (1U << (unsigned)to)) != 0;
}

struct stepping {
    const struct pt_version_by *by;
    const struct pt_version_new *what;
    const struct pt_version_step *step;
    enum pt_version_done done;
    /* As it is, in the writer's own sight. */
    char id[27];
    enum pt_version_state state;
    int64_t row;
    bool again, worked, open;
};

/* ---- looking ---- */

static bool
take_now(void *ctx, struct pt_cursor *stmt)
{
    struct stepping *v = ctx;

    v->open = pt_column_int(stmt, 0) != 0;
    pt_column_text(stmt, 1, v->id, sizeof(v->id));
    v->state = (enum pt_version_state)pt_column_int(stmt, 2);
    v->row = pt_column_i64(stmt, 3);
    v->worked = pt_column_int(stmt, 4) != 0;
    return false;
}

static bool
take_again(void *ctx, struct pt_cursor *stmt)
{
    (void)stmt;
    ((struct stepping *)ctx)->again = true;
    return false;
}

static enum mh_code
look(struct pt_store *s, struct stepping *v, struct mh_err *err)
{
    const struct pt_stmt form = {
        .sql = "SELECT 1 FROM publication_step WHERE account = ?1"
               " AND form = ?2",
        .arg = {PT_N(v->by->account), PT_S(v->by->form)},
        .args = 2};
    const struct pt_stmt now = {
        .sql = "SELECT a.state = 4 AND c.restricted = 0, coalesce(p.id, ''),"
               " coalesce(p.state, 0), coalesce(p.row, 0), EXISTS (SELECT 1"
               "  FROM publication_step t WHERE t.publication = p.id"
               "  AND t.account = ?2 AND t.worked = 1)"
               " FROM act a JOIN court_case c ON c.id = a.case_id"
               " LEFT JOIN publication p ON p.act = a.id AND p.state <= 3"
               " WHERE a.id = ?1",
        .arg = {PT_S(v->by->act), PT_N(v->by->account)},
        .args = 2};
    enum mh_code code = pt_rows_first(s, &form, take_again, v, err);

    return code == MH_OK && !v->again ? pt_rows_first(s, &now, take_now, v, err)
                                      : code;
}

/* ---- records ---- */

static enum mh_code
note(struct pt_store *s, const struct stepping *v, const char *ev,
    enum pt_version_state to, struct mh_err *err)
{
    bool refused = v->done != PT_VERSION_DONE;
    char who[32], obj[48], data[128];
    const struct pt_record r = {.ev = ev,
        .who = who,
        .obj = obj,
        .res = refused ? "refused" : "ok",
        .data = data};

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)v->by->account);
    (void)snprintf(
        obj, sizeof(obj), "publication:%s", v->id[0] == '\0' ? "none" : v->id);
    if (!refused)
        (void)snprintf(data, sizeof(data), "act=%.26s\nstate=%s\n", v->by->act,
            pt_version_state_name(to));
    else
        (void)snprintf(data, sizeof(data), "act=%.26s\nfrom=%s\nto=%s\n",
            v->by->act, pt_version_state_name(v->state),
            v->done == PT_VERSION_SAME ? "released by who prepared it"
                                       : pt_version_state_name(to));
    return pt_record_put(s, &r, v->by->at, err);
}

/* Who did it, by which form. */
static enum mh_code
note_step(struct pt_store *s, const struct stepping *v, bool worked,
    struct mh_err *err)
{
    struct pt_stmt row = {.sql = "INSERT INTO publication_step (publication,"
                                 " account, form, worked, at)"
                                 " VALUES (?1, ?2, ?3, ?4, ?5)",
        .arg = {PT_S(v->id), PT_N(v->by->account), PT_S(v->by->form),
            PT_N(worked), PT_N(v->by->at)},
        .args = 5};

    return pt_rows_run(s, &row, err);
}

/* ---- a draft ---- */

static enum mh_code
put_cuts(struct pt_store *s, const struct stepping *v, struct mh_err *err)
{
    struct pt_stmt gone = {
        .sql = "DELETE FROM publication_cut WHERE publication = ?1",
        .arg = {PT_S(v->id)},
        .args = 1};
    enum mh_code code = pt_rows_run(s, &gone, err);

    for (size_t i = 0; i < v->what->cuts->count && code == MH_OK; i++) {
        const struct pt_cut *c = &v->what->cuts->item[i];
        struct pt_stmt row = {
            .sql = "INSERT INTO publication_cut (publication, n, kind, needle,"
                   " put, who, hard, kept)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            .arg = {PT_S(v->id), PT_N((int64_t)i), PT_N((int64_t)c->kind),
                PT_S(c->needle), PT_S(c->by), PT_N(c->who), PT_N(c->hard),
                PT_N(c->kept)},
            .args = 8};

        code = pt_rows_run(s, &row, err);
    }
    return code;
}

static enum mh_code
put(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct stepping *v = arg;
    bool fresh;
    enum mh_code code = look(s, v, err);

    v->done = PT_VERSION_DONE;
    if (code != MH_OK || v->again)
        return code;
    fresh = v->id[0] == '\0';
    if (!v->open && fresh) {
        v->done = PT_VERSION_CLOSED;
        return note(s, v, "illegal_transition", PT_VERSION_DRAFT, err);
    }
    if (v->row != v->what->row || (!fresh && v->state != PT_VERSION_DRAFT)) {
        v->done = PT_VERSION_ILLEGAL;
        return note(s, v, "illegal_transition", PT_VERSION_DRAFT, err);
    }
    if (fresh)
        pt_id_new(v->id);
    {
        struct pt_stmt row = {
            .sql = "INSERT INTO publication (id, act, state, announced, title,"
                   " text, created) SELECT ?1, id, 1, announced, ?3, ?4, ?5"
                   " FROM act WHERE id = ?2 ON CONFLICT (id) DO UPDATE SET"
                   " title = ?3, text = ?4, row = row + 1",
            .arg = {PT_S(v->id), PT_S(v->by->act), PT_S(v->what->title),
                PT_S(v->what->text), PT_N(v->by->at)},
            .args = 5};

        code = pt_rows_run(s, &row, err);
    }
    if (code == MH_OK)
        code = put_cuts(s, v, err);
    if (code == MH_OK)
        code = note_step(s, v, true, err);
    return code == MH_OK
               ? note(s, v, fresh ? "publication.begun" : "publication.changed",
                     PT_VERSION_DRAFT, err)
               : code;
}

enum mh_code
pt_store_version_put(struct pt_store *store, const struct pt_version_by *by,
    const struct pt_version_new *what, struct mh_err *err,
    enum pt_version_done *done)
{
    struct stepping v = {.by = by, .what = what};
    struct pt_write w = {.run = put, .arg = &v};
    enum mh_code code = pt_write_do(store, &w, err);

    *done = v.done;
    return code;
}

/* ---- steps ---- */

static bool
take_text(void *ctx, struct pt_cursor *stmt)
{
    struct mh_buf *out = ctx;
    const char *text = pt_column_str(stmt, 0);

    if (text != NULL)
        mh_buf_str(out, text);
    mh_buf_byte(out, '\0');
    return false;
}

/* Words of the text that is public now, for those who search. */
static enum mh_code
put_words(struct pt_store *s, const struct stepping *v, struct mh_err *err)
{
    const struct pt_stmt text = {
        .sql = "SELECT title || ' ' || text FROM publication WHERE id = ?1",
        .arg = {PT_S(v->id)},
        .args = 1};
    struct mh_buf whole;
    char *form = NULL, word[PT_TEXT_MAX + 1];
    enum mh_code code;

    mh_buf_init(&whole, (size_t)16 * PT_ACT_TEXT);
    code = pt_rows_first(s, &text, take_text, &whole, err);
    if (code == MH_OK && mh_buf_ok(&whole) && whole.len > 0)
        form = malloc(whole.len);
    if (code == MH_OK && form == NULL)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    if (code == MH_OK && !pt_fold((const char *)whole.ptr, form, whole.len))
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "store: no UTF-8");
    for (const char *at = form; code == MH_OK && at != NULL && *at != '\0';) {
        size_t n = strcspn(at, " ");
        struct pt_stmt row = {
            .sql = "INSERT INTO publication_word (word, publication)"
                   " VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            .arg = {PT_S(word), PT_S(v->id)},
            .args = 2};

        /* Nobody looks for what is longer. */
        (void)snprintf(word, sizeof(word), "%.*s", (int)(n < 60 ? n : 60), at);
        if (n < 60)
            code = pt_rows_run(s, &row, err);
        at += n + (at[n] == ' ');
    }
    free(form);
    mh_buf_fini(&whole);
    return code;
}

static const char *
event_of(enum pt_version_state to)
{
    switch (to) {
    case PT_VERSION_REVIEW:
        return "publication.sent";
    case PT_VERSION_DRAFT:
        return "publication.returned";
    case PT_VERSION_RELEASED:
        return "publication.released";
    case PT_VERSION_WITHDRAWN:
        return "publication.withdrawn";
    case PT_VERSION_DROPPED:
    case PT_VERSION_STATES:
        break;
    }
    return "publication.dropped";
}

/* What stands against it; a record says so. */
static enum mh_code
refuse(struct pt_store *s, struct stepping *v, struct mh_err *err)
{
    enum pt_version_state to = v->step->to;

    if (!may_follow(v->state, to) || v->row != v->step->row)
        v->done = PT_VERSION_ILLEGAL;
    else if (to == PT_VERSION_RELEASED && !v->open)
        v->done = PT_VERSION_CLOSED; /* restricted since */
    else if (to == PT_VERSION_RELEASED && v->worked)
        v->done = PT_VERSION_SAME;
    return v->done == PT_VERSION_DONE
               ? MH_OK
               : note(s, v, "illegal_transition", to, err);
}

static enum mh_code
step(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct stepping *v = arg;
    enum pt_version_state to = v->step->to;
    bool out = to == PT_VERSION_RELEASED;
    struct pt_stmt row = {
        .sql = "UPDATE publication SET state = ?2, row = row + 1,"
               " reason = CASE WHEN ?3 = '' THEN reason ELSE ?3 END,"
               " released = CASE WHEN ?2 = 3 THEN ?4 ELSE released END,"
               " releaser = CASE WHEN ?2 = 3 THEN ?5 ELSE releaser END"
               " WHERE id = ?1",
        .arg = {PT_S(v->id), PT_N((int64_t)to), PT_S(v->step->reason),
            PT_N(v->by->at), PT_N(v->by->account)},
        .args = 5};
    struct pt_stmt words = {
        .sql = "DELETE FROM publication_word WHERE publication = ?1",
        .arg = {PT_S(v->id)},
        .args = 1};
    enum mh_code code = look(s, v, err);

    v->done = PT_VERSION_DONE;
    if (code != MH_OK || v->again)
        return code;
    code = refuse(s, v, err);
    if (code != MH_OK || v->done != PT_VERSION_DONE)
        return code;
    code = pt_rows_run(s, &row, err);
    if (code == MH_OK && out)
        code = put_words(s, v, err);
    if (code == MH_OK && to == PT_VERSION_WITHDRAWN)
        code = pt_rows_run(s, &words, err);
    if (code == MH_OK)
        code = note_step(s, v, to == PT_VERSION_REVIEW, err);
    return code == MH_OK ? note(s, v, event_of(to), to, err) : code;
}

enum mh_code
pt_store_version_step(struct pt_store *store, const struct pt_version_by *by,
    const struct pt_version_step *asked, struct mh_err *err,
    enum pt_version_done *done)
{
    struct stepping v = {.by = by, .step = asked};
    struct pt_write w = {.run = step, .arg = &v};
    enum mh_code code = pt_write_do(store, &w, err);

    *done = v.done;
    return code;
}
