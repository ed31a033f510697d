#include "portal/store/caselist.h"

#include <stdio.h>
#include <string.h>

#include "base/digest/digest.h"
#include "portal/http/id.h"
#include "portal/store/parties.h"
#include "portal/store/rows.h"

/*
 * One statement for each way to find cases and each order, so that each walks
 * an index from where the page before ended.  A page begins behind a key: that
 * of the last case of the page before, or what no key comes before.
 *
 *  ?1 account  ?4 ?5 the key  ?6 LIMIT  ?7 number  ?8 status  ?9 type
 *  ?10 <= filed < ?11  ?12 court  ?13 to ?16 words with a blank before each
 *  ?17 <= picked by < ?18  ?19 every court  ?20 the key's court  ?21 a court
 *  ?22 <= picked by as well < ?23  ?24 judge  ?25 role of a participant
 *
 * A plus keeps SQLite from an index: where it would read all of a court to put
 * it in order, walking that order meets a page of the court sooner.
 */
#define NAMES                                                                  \
    " AND instr(' ' || q.fold, ?13) > 0 AND instr(' ' || q.fold, ?14) > 0"     \
    " AND instr(' ' || q.fold, ?15) > 0 AND instr(' ' || q.fold, ?16) > 0"
/* Walking all cases, of which many are expected to be named so. */
#define NAMED(id)                                                              \
    "EXISTS (SELECT 1 FROM party q WHERE q.case_id = " id NAMES ")"
/* Of a few that are picked; no planner makes a join of it. */
#define PICKED_NAMED(id)                                                       \
    "1 = (SELECT 1 FROM party q WHERE q.case_id = " id NAMES " LIMIT 1)"
#define FILTERS                                                                \
    " AND (?7 = '' OR substr(c.number, 1, length(?7)) = ?7)"                   \
    " AND (?8 = 0 OR c.status = ?8) AND (?9 = '' OR c.type = ?9)"              \
    " AND (?12 = '' OR k.code = ?12) AND (?24 = 0 OR c.judge = ?24)"
/* Whoever picks by a word has looked at the names already. */
#define IF_NAMED " AND (?13 = '' OR " NAMED("c.id") ")"

/* dates: what the days are compared with; an index may serve it, or not. */
#define ORDERED(from, dates, key, id, than, way)                               \
    from FILTERS " AND " dates " >= ?10 AND " dates " < ?11"                   \
                 " AND (" key ", " id ") " than " (?4, ?5)"                    \
                 " ORDER BY " key " " way ", " id " " way " LIMIT ?6"

#define BOTH(from, dates, key, id)                                             \
    {                                                                          \
        ORDERED(from, dates, key, id, "<", "DESC"),                            \
            ORDERED(from, dates, key, id, ">", "ASC")                          \
    }

#define WAYS(from, by_court)                                                   \
    {                                                                          \
        [PT_SORT_FILED] = BOTH(from, "c.filed", "c.filed", "c.id"),            \
        [PT_SORT_NUMBER] = BOTH(from, "+c.filed", "c.number", "c.id"),         \
        [PT_SORT_COURT] = {by_court("<=", "<", "DESC"),                        \
            by_court(">=", ">", "ASC")},                                       \
        [PT_SORT_STATUS] = BOTH(from, "+c.filed", "c.status", "c.id")          \
    }

#define SELECT "SELECT " PT_CASE_COLUMNS ", "
#define FROM_OWN                                                               \
    SELECT "p.role FROM participant p JOIN court_case c ON c.id = "            \
           "p.case_id" PT_CASE_JOINS " WHERE p.account = ?1 AND p.active = 1"  \
           " AND (?25 = 0 OR p.role = ?25)" IF_NAMED
#define FROM_JUDGED                                                            \
    SELECT "0 FROM court_case c" PT_CASE_JOINS " WHERE c.judge = ?1" IF_NAMED
#define IN_COURT "c.court IN (SELECT court FROM official WHERE account = ?1)"
#define FROM_COURTS                                                            \
    SELECT "0 FROM court_case c" PT_CASE_JOINS " WHERE +" IN_COURT IF_NAMED
#define FROM_COURT                                                             \
    SELECT "0 FROM court_case c" PT_CASE_JOINS " WHERE +c.court = "            \
           "?21" IF_NAMED
#define FROM_COURT_FILED                                                       \
    SELECT "0 FROM court_case c" PT_CASE_JOINS " WHERE c.court = ?21" IF_NAMED
#define FROM_JUDGE                                                             \
    SELECT "0 FROM court_case c" PT_CASE_JOINS                                 \
           " WHERE c.judge = ?24 AND (?19 = 1 OR +" IN_COURT ")" IF_NAMED
#define FROM_ALL                                                               \
    SELECT "0 FROM court_case c" PT_CASE_JOINS " WHERE ?1 = ?1" IF_NAMED
#define PICKED(what)                                                           \
    SELECT "0 FROM (" what                                                     \
           ") w CROSS JOIN court_case c ON c.id = w.case_id" PT_CASE_JOINS     \
           " WHERE (?19 = 1 OR " IN_COURT ")"
#define FROM_WORD                                                              \
    PICKED("SELECT v.case_id FROM (SELECT case_id FROM party_word"             \
           " WHERE word >= ?17 AND word < ?18 INTERSECT"                       \
           " SELECT case_id FROM party_word WHERE word >= ?22 AND word < ?23)" \
           " v WHERE " PICKED_NAMED("v.case_id"))
#define FROM_NUMBER                                                            \
    PICKED("SELECT id AS case_id FROM court_case"                              \
           " WHERE number >= ?17 AND number < ?18")                            \
    IF_NAMED

#define FROM_DAYS                                                              \
    PICKED("SELECT id AS case_id FROM court_case"                              \
           " WHERE filed >= ?10 AND filed < ?11")                              \
    IF_NAMED

/* Two courts of one name stand by their ids. */
#define COURTWISE(from, near, than, way)                                       \
    from FILTERS " AND +c.filed >= ?10 AND +c.filed < ?11"                     \
                 " AND k.name " near " ?4"                                     \
                 " AND (k.name, k.id, c.id) " than " (?4, ?20, ?5)"            \
                 " ORDER BY k.name " way ", k.id " way ", c.id " way           \
                 " LIMIT ?6"
#define OWN_COURT(near, than, way)    COURTWISE(FROM_OWN, near, than, way)
#define JUDGED_COURT(near, than, way) COURTWISE(FROM_JUDGED, near, than, way)
#define COURTS_COURT(near, than, way)                                          \
    COURTWISE(SELECT "0 FROM court k CROSS JOIN court_case c"                  \
                     " ON c.court = k.id" PT_CASE_JUDGE                        \
                     " WHERE k.id IN (SELECT court FROM official"              \
                     "  WHERE account = ?1)" IF_NAMED,                         \
        near, than, way)
#define ALL_COURT(near, than, way)                                             \
    COURTWISE(SELECT "0 FROM court k CROSS JOIN court_case c"                  \
                     " ON c.court = k.id" PT_CASE_JUDGE                        \
                     " WHERE ?1 = ?1" IF_NAMED,                                \
        near, than, way)
#define WORD_COURT(near, than, way) COURTWISE(FROM_WORD, near, than, way)
#define COURT_COURT(near, than, way)                                           \
    COURTWISE(FROM_COURT_FILED, near, than, way)
#define JUDGE_COURT(near, than, way)  COURTWISE(FROM_JUDGE, near, than, way)
#define DAYS_COURT(near, than, way)   COURTWISE(FROM_DAYS, near, than, way)
#define NUMBER_COURT(near, than, way) COURTWISE(FROM_NUMBER, near, than, way)

enum source {
    OWN,
    JUDGED,
    COURTS, /* of an official */
    COURT,  /* one */
    ALL,
    BY_WORD, /* few, which are picked first */
    BY_NUMBER,
    BY_JUDGE,
    BY_DAYS,
    SOURCES,
};

static const char *const statements[SOURCES][PT_SORTS][2] = {
    [OWN] = WAYS(FROM_OWN, OWN_COURT),
    [JUDGED] = WAYS(FROM_JUDGED, JUDGED_COURT),
    [COURTS] = WAYS(FROM_COURTS, COURTS_COURT),
    [COURT] = WAYS(FROM_COURT, COURT_COURT),
    [ALL] = WAYS(FROM_ALL, ALL_COURT),
    [BY_WORD] = WAYS(FROM_WORD, WORD_COURT),
    [BY_NUMBER] = WAYS(FROM_NUMBER, NUMBER_COURT),
    [BY_JUDGE] = WAYS(FROM_JUDGE, JUDGE_COURT),
    [BY_DAYS] = WAYS(FROM_DAYS, DAYS_COURT),
};

/* The order that most pages are in has indexes for whose cases they are. */
static const char *const own_filed[2] =
    BOTH(FROM_OWN, "p.filed", "p.filed", "p.case_id");
static const char *const court_filed[2] =
    BOTH(FROM_COURT_FILED, "c.filed", "c.filed", "c.id");

static bool
source_of(enum pt_role role, enum source *out)
{
    switch (role) {
    case PT_ROLE_CITIZEN:
    case PT_ROLE_LAWYER:
    case PT_ROLE_PARTICIPANT:
        *out = OWN;
        return true;
    case PT_ROLE_JUDGE:
        *out = JUDGED;
        return true;
    case PT_ROLE_CLERK:
    case PT_ROLE_PRESIDENT:
        *out = COURTS;
        return true;
    case PT_ROLE_AUDITOR:
        *out = ALL;
        return true;
    case PT_ROLE_OPERATOR:
    case PT_ROLES:
        break;
    }
    return false;
}

/* ---- what is bound ---- */

enum {
    PICK_MAX = 2000, /* cases that are picked first and put in order then */
    /* The same with one of several words: the others leave few of them. */
    PICK_WORD_MAX = 50000,
    END_LENGTH = 4, /* bytes of end */
    KEY = 2 * PT_TEXT_MAX,
};

static const char end[] = "\xf4\x8f\xbf\xbf"; /* no text comes after it */

struct listing {
    const struct pt_case_query *q;
    enum source source;
    int64_t account;
    bool all;
    int64_t one; /* court */
    /* The key behind which the page begins. */
    int64_t number, court;
    char text[KEY], id[27];
    char word[PT_WORDS_MAX][PT_TEXT_MAX + 2]; /* with a blank before it */
    size_t words;
    struct range {
        char low[PT_TEXT_MAX + 1], high[PT_TEXT_MAX + END_LENGTH + 1];
    } range[2];
};

static bool
key_is_text(enum pt_case_sort sort)
{
    return sort == PT_SORT_NUMBER || sort == PT_SORT_COURT;
}

/* Where the first page begins, and any other; false: after no case. */
static bool
find_key(struct pt_db *db, struct listing *l, enum pt_stepped *rc)
{
    const struct pt_case_query *q = l->q;
    struct pt_cursor *stmt;
    bool found;

    l->number = l->court = q->up ? INT64_MIN : INT64_MAX;
    if (!q->up)
        memcpy(l->text, end, sizeof(end));
    memcpy(l->id, q->up ? "" : "~", q->up ? 1 : 2);
    *rc = PT_DONE;
    if (q->after[0] == '\0')
        return true;
    stmt = pt_db_prepare(db,
        "SELECT c.filed, c.number, k.name, c.status, k.id FROM court_case c"
        " JOIN court k ON k.id = c.court WHERE c.id = ?1");
    *rc = PT_ERROR;
    if (stmt == NULL)
        return false;
    pt_bind_text(stmt, 1, q->after);
    *rc = pt_step(stmt);
    found = *rc == PT_ROW && strlen(q->after) < sizeof(l->id);
    if (found) {
        int at = (int)q->sort; /* as the columns stand */

        if (key_is_text(q->sort))
            pt_column_text(stmt, at, l->text, sizeof(l->text));
        else
            l->number = pt_column_i64(stmt, at);
        l->court = pt_column_i64(stmt, 4);
        (void)snprintf(l->id, sizeof(l->id), "%s", q->after); /* fits */
    }
    pt_reset(stmt);
    return found;
}

static void
find_words(struct listing *l)
{
    const char *p = l->q->words == NULL ? "" : l->q->words;
    char word[PT_TEXT_MAX + 1];

    while (l->words < PT_WORDS_MAX && pt_word_next(&p, word))
        (void)snprintf(
            l->word[l->words++], sizeof(l->word[0]), " %s", word); /* fits */
}

/* Binds what a statement may ask for but the key. */
static void
bind_filters(struct pt_cursor *stmt, const struct listing *l)
{
    const struct pt_case_query *q = l->q;

    pt_bind_i64(stmt, 1, l->account);
    pt_bind_text(stmt, 7, q->number);
    pt_bind_i64(stmt, 8, (int64_t)q->status);
    pt_bind_text(stmt, 9, q->type == NULL ? "" : q->type);
    pt_bind_i64(stmt, 10, q->from == 0 ? INT64_MIN : q->from);
    pt_bind_i64(stmt, 11, q->to == 0 ? INT64_MAX : q->to);
    pt_bind_text(stmt, 12, q->court == NULL ? "" : q->court);
    for (int i = 0; i < PT_WORDS_MAX; i++)
        pt_bind_text(stmt, 13 + i, l->word[i]);
    pt_bind_text(stmt, 17, l->range[0].low);
    pt_bind_text(stmt, 18, l->range[0].high);
    pt_bind_i64(stmt, 19, l->all);
    pt_bind_i64(stmt, 20, l->court);
    pt_bind_i64(stmt, 21, l->one);
    pt_bind_text(stmt, 22, l->range[1].low);
    pt_bind_text(stmt, 23, l->range[1].high);
    pt_bind_i64(stmt, 24, q->judge);
    pt_bind_i64(stmt, 25, (int64_t)q->role);
}

/* What a statement counts, up to max; l->one: its second column. */
static int64_t
count_of(struct pt_db *db, const char *sql, int64_t max, struct listing *l)
{
    struct pt_cursor *stmt = pt_db_prepare(db, sql);
    int64_t count = max;

    if (stmt == NULL)
        return count; /* the list itself says what is wrong */
    bind_filters(stmt, l);
    pt_bind_i64(stmt, 6, max);
    if (pt_step(stmt) == PT_ROW) {
        count = pt_column_i64(stmt, 0);
        l->one = pt_column_i64(stmt, 1);
    }
    pt_reset(stmt); /* as above */
    return count;
}

static void
set_range(struct range *r, const char *low)
{
    (void)snprintf(r->low, sizeof(r->low), "%.*s", PT_TEXT_MAX, low); /* and */
    (void)snprintf(r->high, sizeof(r->high), "%s%s", r->low, end);    /* fits */
}

/* Whether a word is rare; the two that are make the ranges. */
static bool
pick_word(struct pt_db *db, struct listing *l)
{
    const int64_t max = l->words > 1 ? PICK_WORD_MAX : PICK_MAX;
    int64_t least[2] = {max, max};
    size_t rare[2] = {l->words, l->words};

    for (size_t i = 0; i < l->words && least[0] > 0; i++) {
        int64_t count;

        set_range(&l->range[0], l->word[i] + 1);
        count = count_of(db,
            "SELECT count(*), 0 FROM (SELECT 1 FROM party_word"
            " WHERE word >= ?17 AND word < ?18 LIMIT ?6) w",
            max, l);
        if (count < least[0]) {
            least[1] = least[0];
            rare[1] = rare[0];
            least[0] = count;
            rare[0] = i;
        } else if (count < least[1]) {
            least[1] = count;
            rare[1] = i;
        }
    }
    if (rare[0] == l->words)
        return false;
    set_range(&l->range[0], l->word[rare[0]] + 1);
    set_range(
        &l->range[1], l->word[rare[1] == l->words ? rare[0] : rare[1]] + 1);
    return true;
}

static bool
pick_number(struct pt_db *db, struct listing *l)
{
    if (l->q->number[0] == '\0')
        return false;
    set_range(&l->range[0], l->q->number);
    return count_of(db,
               "SELECT count(*), 0 FROM (SELECT 1 FROM court_case"
               " WHERE number >= ?17 AND number < ?18 LIMIT ?6) w",
               PICK_MAX, l) < PICK_MAX;
}

static bool
pick_days(struct pt_db *db, struct listing *l)
{
    return (l->q->from != 0 || l->q->to != 0) &&
           count_of(db,
               "SELECT count(*), 0 FROM (SELECT 1 FROM court_case"
               " WHERE filed >= ?10 AND filed < ?11 LIMIT ?6) w",
               PICK_MAX, l) < PICK_MAX;
}

/*
 * Of very many cases, few are picked first; where many fit, walking all of
 * them in order meets a page of them soon.
 */
static void
pick(struct pt_db *db, struct listing *l)
{
    if (l->source != COURTS && l->source != ALL)
        return;
    l->all = l->source == ALL;
    if (pick_word(db, l))
        l->source = BY_WORD;
    else if (pick_number(db, l))
        l->source = BY_NUMBER;
    else if (l->q->judge != 0)
        l->source = BY_JUDGE;
    else if (pick_days(db, l))
        l->source = BY_DAYS;
    else if (count_of(db,
                 "SELECT count(*), max(id) FROM (SELECT id FROM court WHERE"
                 " (?12 = '' OR code = ?12) AND (?19 = 1 OR id IN"
                 " (SELECT court FROM official WHERE account = ?1)) LIMIT 2) w",
                 2, l) == 1)
        l->source = COURT;
}

static const char *
statement_of(const struct listing *l)
{
    const struct pt_case_query *q = l->q;

    if (q->sort == PT_SORT_FILED && l->source == OWN)
        return own_filed[q->up];
    if (q->sort == PT_SORT_FILED && l->source == COURT)
        return court_filed[q->up];
    return statements[l->source][q->sort][q->up];
}

static enum pt_stepped
read_list(struct pt_db *db, struct listing *l, struct pt_cases *out)
{
    const struct pt_case_query *q = l->q;
    size_t size = q->size == 0 ? PT_CASES_PAGE : q->size;
    struct pt_cursor *stmt;
    enum pt_stepped rc;

    if (!find_key(db, l, &rc))
        return rc;
    find_words(l);
    pick(db, l);
    stmt = pt_db_prepare(db, statement_of(l));
    if (stmt == NULL)
        return PT_ERROR;
    bind_filters(stmt, l);
    if (key_is_text(q->sort))
        pt_bind_text(stmt, 4, l->text);
    else
        pt_bind_i64(stmt, 4, l->number);
    pt_bind_text(stmt, 5, l->id);
    pt_bind_i64(stmt, 6, (int64_t)size + 1);
    while ((rc = pt_step(stmt)) == PT_ROW && out->count < size)
        pt_case_read(stmt, &out->item[out->count++]);
    out->more = rc == PT_ROW;
    pt_reset(stmt);
    return rc;
}

enum mh_code
pt_store_case_list(struct pt_store *store, const struct pt_account *account,
    const struct pt_case_query *query, struct mh_err *err, struct pt_cases *out)
{
    struct listing l = {.q = query, .account = account->id};
    enum mh_code code = MH_OK;
    struct pt_db *db;
    enum pt_stepped rc;

    out->count = 0;
    out->more = false;
    if (query->size > PT_CASES_PAGE_MAX || query->sort >= PT_SORTS)
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "store: case: no such page");
    if (!source_of(account->role, &l.source))
        return MH_OK;
    db = pt_read_begin(store);
    rc = read_list(db, &l, out);
    if (rc != PT_DONE && rc != PT_ROW)
        code = pt_db_fail(db, "case", err);
    pt_read_end(store, db);
    return code;
}

/* ---- whose cases they are ---- */

/* An account's number stays inside: what stands in addresses is made of it. */
static enum mh_code
judge_id(int64_t account, struct mh_err *err, char out[static 27])
{
    uint8_t hash[MH_DIGEST_MAX];
    char text[48];
    enum mh_code code;

    (void)snprintf(
        text, sizeof(text), "mohur judge %lld", (long long)account); /* fits */
    code = mh_digest_once(MH_SHA256, mh_span_str(text), err, hash);
    if (code == MH_OK)
        pt_id_of(hash, out);
    return code;
}

struct judging {
    struct pt_case_judges *list;
    struct mh_arena *arena;
    bool full; /* it is */
};

static bool
take_judge(void *ctx, struct pt_cursor *stmt)
{
    struct judging *v = ctx;
    struct pt_case_judge *j = &v->list->item[v->list->count];

    j->account = pt_column_i64(stmt, 0);
    j->name = mh_arena_str(v->arena, mh_span_str(pt_column_str(stmt, 1)));
    v->full = j->name == NULL;
    v->list->count += !v->full;
    return !v->full; /* the statement has a limit */
}

enum mh_code
pt_store_case_judges(struct pt_store *store, const struct pt_account *account,
    struct mh_arena *arena, struct mh_err *err, struct pt_case_judges *out)
{
    static const char own[] =
        "SELECT id, surname || ' ' || name FROM account WHERE id IN"
        " (SELECT c.judge FROM participant p JOIN court_case c"
        "  ON c.id = p.case_id WHERE p.account = ?1 AND p.active = 1)"
        " ORDER BY surname, name, id LIMIT ?2";
    /* Those who left, too: their cases are there. */
    static const char of_courts[] =
        "SELECT id, surname || ' ' || name FROM account WHERE id IN"
        " (SELECT account FROM official WHERE ?1 = 0 OR court IN"
        "  (SELECT court FROM official WHERE account = ?1))"
        " AND role = ?3 ORDER BY surname, name, id LIMIT ?2";
    struct pt_stmt s = {.arg = {PT_N(account->id), PT_N(PT_CASE_JUDGES_MAX),
                            PT_N(PT_ROLE_JUDGE)},
        .args = 3};
    struct judging v = {.list = out, .arena = arena};
    enum source source = JUDGED;
    enum mh_code code;

    *out = (struct pt_case_judges){.count = 0};
    if (!source_of(account->role, &source) || source == JUDGED)
        return MH_OK;
    out->item = mh_arena_array(arena, PT_CASE_JUDGES_MAX, sizeof(*out->item));
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    s.sql = source == OWN ? own : of_courts;
    s.args = source == OWN ? 2 : 3;
    if (source == ALL)
        s.arg[0] = (struct pt_arg)PT_N(0);
    code = pt_rows_read(store, &s, take_judge, &v, err);
    if (code == MH_OK && v.full)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    for (size_t i = 0; i < out->count && code == MH_OK; i++)
        code = judge_id(out->item[i].account, err, out->item[i].id);
    return code;
}
