#include "portal/data/appeals.h"

#include <string.h>

#include "base/time.h"

enum {
    DAY = 86400,     /* seconds */
    BAKU = 4 * 3600, /* ahead of UTC, the whole year */
};

static const char *const words[] = {
    [PT_APPEALS_COURT] = "court",
    [PT_APPEALS_COMPLAINT] = "complaint",
    [PT_APPEALS_SERVICE] = "service",
    [PT_APPEALS_ROWS] = NULL,
};
/* Fields of each, and where its days begin. */
static const struct {
    size_t fields, days;
} shape[] = {
    [PT_APPEALS_COURT] = {8, 4},
    [PT_APPEALS_COMPLAINT] = {10, 6},
    [PT_APPEALS_SERVICE] = {6, 2},
};
static const char *const levels[] = {
    [PT_LEVEL_FIRST] = "first",
    [PT_LEVEL_APPEAL] = "appeal",
    [PT_LEVEL_SUPREME] = "supreme",
    [PT_LEVELS] = NULL,
};
static const char *const units[] = {"days", "months", NULL};
static const char *const events[] = {"published", "read", NULL};
static const char *const kinds[] = {"appeal", "cassation", "ruling", NULL};
static const char others[] = "other"; /* every court without a row */

bool
pt_appeals_kind(const char *kind)
{
    unsigned n;

    return pt_table_word(kinds, mh_span_str(kind), &n);
}

/* ---- reading ---- */

static bool
code(const struct pt_table *t, struct mh_span s, const char **out)
{
    return s.len <= PT_APPEALS_CODE_MAX && pt_table_text(t, s, out) &&
           strspn(*out, "abcdefghijklmnopqrstuvwxyz0123456789-") == s.len;
}

static enum mh_code
court(const struct pt_table *t, struct pt_appeals_rule *r)
{
    unsigned level;

    if (!code(t, t->field[1], &r->code))
        return pt_table_wrong(t, "a code");
    if (!pt_table_word(levels, t->field[2], &level))
        return pt_table_wrong(t, "a level of courts");
    r->level = (enum pt_court_level)level;
    if (!mh_span_is(t->field[3], "-") && !code(t, t->field[3], &r->above))
        return pt_table_wrong(t, "a court above");
    return MH_OK;
}

static enum mh_code
complaint(const struct pt_table *t, struct pt_appeals_rule *r)
{
    unsigned level, kind, unit;

    if (!code(t, t->field[1], &r->code))
        return pt_table_wrong(t, "a code");
    if (!pt_table_word(levels, t->field[2], &level))
        return pt_table_wrong(t, "a level of courts");
    if (!pt_table_word(kinds, t->field[3], &kind))
        return pt_table_wrong(t, "a kind of complaints");
    if (!pt_table_number(t->field[4], PT_APPEALS_COUNT_MAX, false, &r->count) ||
        r->count == 0 || !pt_table_word(units, t->field[5], &unit))
        return pt_table_wrong(t, "a time");
    r->level = (enum pt_court_level)level;
    r->kind = kinds[kind];
    r->months = unit == 1;
    return MH_OK;
}

static enum mh_code
service(const struct pt_table *t, struct pt_appeals_rule *r)
{
    unsigned event;

    if (!pt_table_word(events, t->field[1], &event))
        return pt_table_wrong(t, "what the time counts from");
    r->read = event == 1;
    return MH_OK;
}

static enum mh_code
row(const struct pt_table *t, struct pt_appeals *out)
{
    static enum mh_code (*const read[])(const struct pt_table *t,
        struct pt_appeals_rule *r) = {court, complaint, service};
    struct pt_appeals_rule r = {.code = "", .above = "", .kind = ""};
    unsigned word, certainty;
    size_t at;
    enum mh_code result;

    if (!pt_table_word(words, t->field[0], &word) ||
        t->fields != shape[word].fields)
        return pt_table_wrong(t, "no row of the table");
    r.row = (enum pt_appeals_row)word;
    at = shape[word].days;
    result = read[word](t, &r);
    if (result != MH_OK)
        return result;
    if (!pt_table_day(t->field[at], false, &r.from) ||
        !pt_table_day(t->field[at + 1], true, &r.until) || r.until <= r.from)
        return pt_table_wrong(t, "a day");
    if (!pt_table_word(pt_certainty_words, t->field[at + 2], &certainty))
        return pt_table_wrong(t, "a certainty");
    if (!pt_table_text(t, t->field[at + 3], &r.source))
        return pt_table_wrong(t, "a text");
    r.certainty = (enum pt_rule_certainty)certainty;
    if (out->count == PT_APPEALS_ROWS_MAX)
        return pt_table_wrong(t, "too many rows");
    out->rule[out->count++] = r;
    return MH_OK;
}

static bool
clash(const struct pt_appeals_rule *a, const struct pt_appeals_rule *b)
{
    return a->row == b->row && strcmp(a->code, b->code) == 0 &&
           (a->row != PT_APPEALS_COMPLAINT || a->level == b->level) &&
           a->from < b->until && b->from < a->until;
}

static bool
has(const struct pt_appeals *a, enum pt_appeals_row of, const char *name)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->rule[i].row == of && strcmp(a->rule[i].code, name) == 0)
            return true;
    return false;
}

static enum mh_code
check(const struct pt_appeals *a, struct mh_err *err)
{
    if (!has(a, PT_APPEALS_SERVICE, "") || !has(a, PT_APPEALS_COURT, others))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "appeals: no rule of service, or of other courts");
    for (size_t i = 0; i < a->count; i++) {
        const struct pt_appeals_rule *r = &a->rule[i];

        for (size_t j = 0; j < i; j++)
            if (clash(r, &a->rule[j]))
                return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                    "appeals: two rules of %s on one day", r->code);
        if (r->above[0] != '\0' && !has(a, PT_APPEALS_COURT, r->above))
            return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                "appeals: the court above %s has no row", r->code);
    }
    return MH_OK;
}

enum mh_code
pt_appeals_read(struct mh_span table, struct mh_arena *arena,
    struct mh_err *err, struct pt_appeals *out)
{
    struct pt_table t = {
        .what = "appeals", .left = table, .arena = arena, .err = err};
    bool there;
    enum mh_code result;

    *out = (struct pt_appeals){
        .rule = mh_arena_array(arena, PT_APPEALS_ROWS_MAX, sizeof(*out->rule))};
    if (out->rule == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "appeals: no memory");
    if (table.len > PT_APPEALS_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "appeals: too large");
    while ((result = pt_table_next(&t, &there)) == MH_OK && there) {
        result = row(&t, out);
        if (result != MH_OK)
            return result;
    }
    return result == MH_OK ? check(out, err) : result;
}

/* ---- asking ---- */

static const struct pt_appeals_rule *
find(
    const struct pt_appeals *a, const struct pt_appeals_rule *like, int64_t day)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct pt_appeals_rule *r = &a->rule[i];

        if (r->row == like->row && strcmp(r->code, like->code) == 0 &&
            (r->row != PT_APPEALS_COMPLAINT || r->level == like->level) &&
            day >= r->from && day < r->until)
            return r;
    }
    return NULL;
}

/* The row of a court, or that of every other. */
static const struct pt_appeals_rule *
find_court(const struct pt_appeals *a, const char *court, int64_t day)
{
    struct pt_appeals_rule like = {.row = PT_APPEALS_COURT, .code = court};
    const struct pt_appeals_rule *r = find(a, &like, day);

    like.code = others;
    return r == NULL ? find(a, &like, day) : r;
}

enum pt_court_level
pt_appeals_level(const struct pt_appeals *a, const char *court, int64_t day)
{
    const struct pt_appeals_rule *r = find_court(a, court, day);

    return r == NULL ? PT_LEVELS : r->level;
}

bool
pt_appeals_find(const struct pt_appeals *a, const struct pt_appeals_ask *ask,
    struct pt_appeals_route *out)
{
    struct pt_appeals_rule like;

    *out =
        (struct pt_appeals_route){.court = find_court(a, ask->court, ask->day)};
    if (out->court == NULL)
        return false;
    like = (struct pt_appeals_rule){.row = PT_APPEALS_COMPLAINT,
        .code = ask->act,
        .level = out->court->level};
    out->complaint = find(a, &like, ask->day);
    like = (struct pt_appeals_rule){.row = PT_APPEALS_SERVICE, .code = ""};
    out->service = find(a, &like, ask->day);
    return out->complaint != NULL && out->service != NULL;
}

/* The midnight of the day so many months later. */
static bool
add_months(int64_t day, int64_t count, int64_t *out)
{
    struct mh_civil c;
    int64_t months;

    if (!mh_time_to_civil(day, &c))
        return false;
    months = (int64_t)c.year * 12 + (int64_t)c.month - 1 + count;
    c.year = (int)(months / 12);
    c.month = (int)(months % 12) + 1;
    /* The 31st of a month of thirty is its last day. */
    while (c.day > 28 && !mh_time_from_civil(&c, out))
        c.day--;
    return mh_time_from_civil(&c, out);
}

int64_t
pt_appeals_until(const struct pt_appeals_rule *rule, int64_t from)
{
    int64_t day, last;

    if (from < 0 || from > INT64_MAX / 2)
        return INT64_MAX;
    day = (from + BAKU) / DAY * DAY;
    if (!rule->months)
        last = day + rule->count * DAY;
    else if (!add_months(day, rule->count, &last))
        return INT64_MAX;
    return last + DAY - BAKU;
}
