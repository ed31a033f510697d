#include "portal/store/publications.h"

#include <stdio.h>
#include <string.h>

#include "portal/store/parties.h"
#include "portal/store/rows.h"

/* Texts of a row go into an arena. */
struct reading {
    struct mh_arena *arena;
    void *out;
    bool failed;
};

static const char *
text_of(struct reading *r, struct pt_cursor *stmt, int at)
{
    const char *text = pt_column_str(stmt, at);
    char *out = mh_arena_str(r->arena, mh_span_str(text == NULL ? "" : text));

    r->failed = r->failed || out == NULL;
    return out == NULL ? "" : out;
}

static enum mh_code
read_rows(struct pt_store *store, const struct pt_stmt *s, pt_row *row,
    struct reading *r, struct mh_err *err)
{
    enum mh_code code = pt_rows_read(store, s, row, r, err);

    return code == MH_OK && r->failed ? mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
                                            "store: too much to read")
                                      : code;
}

/* ---- what a case knows ---- */

/* A text that has to be there whole. */
static void
whole(struct reading *r, struct pt_cursor *stmt, int at, char *out, size_t room)
{
    const char *text = pt_column_str(stmt, at);

    if (text != NULL && strlen(text) >= room)
        r->failed = true;
    pt_column_text(stmt, at, out, room);
}

static bool
take_known(void *ctx, struct pt_cursor *stmt)
{
    struct reading *r = ctx;
    struct pt_knowns *list = r->out;
    struct pt_known *k;

    if (list->count == PT_KNOWN_MAX) {
        r->failed = true;
        return false;
    }
    k = &list->item[list->count++];
    k->role = (enum pt_case_role)pt_column_int(stmt, 0);
    whole(r, stmt, 1, k->name, sizeof(k->name));
    whole(r, stmt, 2, k->ident, sizeof(k->ident));
    whole(r, stmt, 3, k->phone, sizeof(k->phone));
    whole(r, stmt, 4, k->email, sizeof(k->email));
    whole(r, stmt, 5, k->address, sizeof(k->address));
    return !r->failed;
}

enum mh_code
pt_store_known(struct pt_store *store, const char *case_id,
    struct mh_arena *arena, struct mh_err *err, struct pt_knowns *out)
{
    /* Parties first: the others are known by their names there. */
    const struct pt_stmt s = {
        .sql =
            "SELECT side, name, ident, '', '', '', 1 AS o, 0 AS n FROM party"
            " WHERE case_id = ?1 UNION ALL"
            " SELECT p.side, p.name, p.ident, p.phone, p.email, p.address,"
            "  2, p.n FROM application_party p JOIN application a"
            "  ON a.id = p.application WHERE a.case_id = ?1 UNION ALL"
            " SELECT p.role, a.surname || ' ' || a.name || ' ' ||"
            "  a.patronymic, coalesce(a.fin, ''), a.phone, a.email, '',"
            "  3, a.id FROM participant p JOIN account a"
            "  ON a.id = p.account WHERE p.case_id = ?1 UNION ALL"
            " SELECT 1, creditor, '', '', '', '', 4, created FROM enforcement"
            "  WHERE case_id = ?1 UNION ALL"
            " SELECT 2, debtor, '', '', '', '', 4, created FROM enforcement"
            "  WHERE case_id = ?1"
            " ORDER BY o, side, n, name",
        .arg = {PT_S(case_id)},
        .args = 1};
    struct reading r = {.arena = arena, .out = out};

    *out = (struct pt_knowns){
        .item = mh_arena_array(arena, PT_KNOWN_MAX, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return read_rows(store, &s, take_known, &r, err);
}

/* ---- versions ---- */

static bool
take_version(void *ctx, struct pt_cursor *stmt)
{
    struct reading *r = ctx;
    struct pt_version *v = r->out;

    pt_column_text(stmt, 0, v->id, sizeof(v->id));
    pt_column_text(stmt, 1, v->act, sizeof(v->act));
    v->state = (enum pt_version_state)pt_column_int(stmt, 2);
    v->row = pt_column_i64(stmt, 3);
    v->created = pt_column_i64(stmt, 4);
    v->released = pt_column_time(stmt, 5);
    pt_column_text(stmt, 6, v->reason, sizeof(v->reason));
    v->title = text_of(r, stmt, 7);
    v->text = text_of(r, stmt, 8);
    v->worked = pt_column_int(stmt, 9) != 0;
    pt_column_text(stmt, 10, v->last, sizeof(v->last));
    return false;
}

enum mh_code
pt_store_version_of(struct pt_store *store, const char *act, int64_t account,
    struct mh_arena *arena, struct mh_err *err, struct pt_version *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT p.id, p.act, p.state, p.row, p.created, p.released,"
               " p.reason, p.title, p.text, EXISTS (SELECT 1 FROM"
               "  publication_step t WHERE t.publication = p.id"
               "  AND t.account = ?2 AND t.worked = 1),"
               " (SELECT a.surname || ' ' || a.name FROM publication_step t"
               "  JOIN account a ON a.id = t.account WHERE"
               "  t.publication = p.id AND t.worked = 1"
               "  ORDER BY t.at DESC, t.form LIMIT 1)"
               " FROM publication p WHERE p.act = ?1 AND p.state <> 5"
               " ORDER BY p.state > 3, p.created DESC, p.id DESC LIMIT 1",
        .arg = {PT_S(act), PT_N(account)},
        .args = 2};
    struct reading r = {.arena = arena, .out = out};

    *out = (struct pt_version){.title = "", .text = ""};
    return read_rows(store, &s, take_version, &r, err);
}

static bool
take_cut(void *ctx, struct pt_cursor *stmt)
{
    struct reading *r = ctx;
    struct pt_cuts *list = r->out;
    struct pt_cut *c = &list->item[list->count++];

    c->kind = (enum pt_cut_kind)pt_column_int(stmt, 0);
    pt_column_text(stmt, 1, c->needle, sizeof(c->needle));
    pt_column_text(stmt, 2, c->by, sizeof(c->by));
    c->who = (unsigned)pt_column_i64(stmt, 3);
    c->hard = pt_column_int(stmt, 4) != 0;
    c->kept = pt_column_int(stmt, 5) != 0;
    return list->count < PT_CUTS_MAX;
}

enum mh_code
pt_store_version_cuts(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err, struct pt_cuts *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT kind, needle, put, who, hard, kept FROM publication_cut"
               " WHERE publication = ?1 ORDER BY n",
        .arg = {PT_S(id)},
        .args = 1};
    struct reading r = {.arena = arena, .out = out};

    *out = (struct pt_cuts){
        .item = mh_arena_array(arena, PT_CUTS_MAX, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return read_rows(store, &s, take_cut, &r, err);
}

static bool
take_row(void *ctx, struct pt_cursor *stmt)
{
    struct pt_version_rows *list = ((struct reading *)ctx)->out;
    struct pt_version_row *v;

    list->more = list->count == PT_VERSIONS_WAITING;
    if (list->more)
        return false;
    v = &list->item[list->count++];
    pt_column_text(stmt, 0, v->act, sizeof(v->act));
    pt_column_text(stmt, 1, v->number, sizeof(v->number));
    pt_column_text(stmt, 2, v->title, sizeof(v->title));
    pt_column_text(stmt, 3, v->kind, sizeof(v->kind));
    v->state = (enum pt_version_state)pt_column_int(stmt, 4);
    v->announced = pt_column_i64(stmt, 5);
    v->worked = pt_column_int(stmt, 6) != 0;
    return true;
}

enum mh_code
pt_store_version_waiting(struct pt_store *store,
    const struct pt_account *account, struct mh_arena *arena,
    struct mh_err *err, struct pt_version_rows *out)
{
    /* What waits for a review comes first. */
    const struct pt_stmt s = {
        .sql = "SELECT a.id, c.number, a.title, a.kind, coalesce(p.state, 0),"
               " a.announced, EXISTS (SELECT 1 FROM publication_step t WHERE"
               "  t.publication = p.id AND t.account = ?1 AND t.worked = 1)"
               " FROM act a JOIN court_case c ON c.id = a.case_id"
               " LEFT JOIN publication p ON p.act = a.id AND p.state <= 3"
               " WHERE a.state = 4 AND c.restricted = 0"
               " AND coalesce(p.state, 0) <> 3"
               " AND NOT EXISTS (SELECT 1 FROM publication w WHERE"
               "  w.act = a.id AND w.state = 4 AND p.id IS NULL)"
               " AND ((?2 = 5 AND c.court IN (SELECT court FROM official"
               "  WHERE account = ?1)) OR (?2 = 4 AND c.judge = ?1))"
               " ORDER BY coalesce(p.state, 0) <> 2, a.announced, a.id"
               " LIMIT ?3",
        .arg = {PT_N(account->id), PT_N((int64_t)account->role),
            PT_N(PT_VERSIONS_WAITING + 1)},
        .args = 3};
    struct reading r = {.arena = arena, .out = out};

    *out = (struct pt_version_rows){
        .item = mh_arena_array(arena, PT_VERSIONS_WAITING, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return read_rows(store, &s, take_row, &r, err);
}

/* ---- for everybody ---- */

#define PUBLISHED                                                              \
    "SELECT p.id, c.number, k.name, a.kind, c.type, p.announced, p.released,"  \
    " p.title, EXISTS (SELECT 1 FROM act b WHERE b.replaces = a.id"            \
    "  AND b.state = 4)"

#define OF_CASE                                                                \
    " FROM publication p JOIN act a ON a.id = p.act"                           \
    " JOIN court_case c ON c.id = a.case_id JOIN court k ON k.id = c.court"    \
    " WHERE p.state = 3 AND c.restricted = 0"

static void
read_published(
    struct reading *r, struct pt_cursor *stmt, struct pt_published *p)
{
    *p = (struct pt_published){.announced = pt_column_i64(stmt, 5),
        .released = pt_column_i64(stmt, 6),
        .corrected = pt_column_int(stmt, 8) != 0,
        .text = ""};
    pt_column_text(stmt, 0, p->id, sizeof(p->id));
    pt_column_text(stmt, 1, p->number, sizeof(p->number));
    pt_column_text(stmt, 2, p->court, sizeof(p->court));
    pt_column_text(stmt, 3, p->kind, sizeof(p->kind));
    pt_column_text(stmt, 4, p->type, sizeof(p->type));
    p->title = text_of(r, stmt, 7);
}

static bool
take_published(void *ctx, struct pt_cursor *stmt)
{
    struct reading *r = ctx;
    struct pt_published_list *list = r->out;

    list->more = list->count == PT_PUBLISHED_PAGE;
    if (!list->more)
        read_published(r, stmt, &list->item[list->count++]);
    return !list->more;
}

enum mh_code
pt_store_published_list(struct pt_store *store,
    const struct pt_published_query *query, struct mh_arena *arena,
    struct mh_err *err, struct pt_published_list *out)
{
#define WORD(n)                                                                \
    " AND (?" n " = '' OR p.id IN (SELECT publication FROM publication_word"   \
    "  WHERE word >= ?" n " AND word < ?" n " || char(1114111)))"
    char word[PT_PUBLISHED_WORDS][PT_TEXT_MAX + 1] = {"", "", "", ""};
    const char *at = query->words;
    const struct pt_stmt s = {
        .sql = PUBLISHED OF_CASE
        " AND p.announced >= ?1 AND (?2 = 0 OR p.announced < ?2)"
        " AND (?3 = '' OR k.code = ?3) AND (?4 = '' OR a.kind = ?4)"
        " AND (?5 = '' OR (p.announced, p.id) < (SELECT announced, id"
        "  FROM publication WHERE id = ?5))" WORD("6") WORD("7") WORD("8")
            WORD("9") " ORDER BY p.announced DESC, p.id DESC LIMIT ?10",
        .arg = {PT_N(query->from), PT_N(query->to), PT_S(query->court),
            PT_S(query->kind), PT_S(query->after), PT_S(word[0]), PT_S(word[1]),
            PT_S(word[2]), PT_S(word[3]), PT_N(PT_PUBLISHED_PAGE + 1)},
        .args = 10};
    struct reading r = {.arena = arena, .out = out};

    for (size_t i = 0; i < PT_PUBLISHED_WORDS && pt_word_next(&at, word[i]);)
        i++;
    *out = (struct pt_published_list){
        .item = mh_arena_array(arena, PT_PUBLISHED_PAGE, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return read_rows(store, &s, take_published, &r, err);
}

static bool
take_one(void *ctx, struct pt_cursor *stmt)
{
    struct reading *r = ctx;
    struct pt_published *p = r->out;

    read_published(r, stmt, p);
    p->text = text_of(r, stmt, 9);
    return false;
}

enum mh_code
pt_store_published_get(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err, struct pt_published *out)
{
    const struct pt_stmt s = {
        .sql = PUBLISHED ", p.text" OF_CASE " AND p.id = ?1",
        .arg = {PT_S(id)},
        .args = 1};
    struct reading r = {.arena = arena, .out = out};

    *out = (struct pt_published){.title = "", .text = ""};
    return read_rows(store, &s, take_one, &r, err);
}
