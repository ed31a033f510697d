#include "portal/data/policy.h"

#include <string.h>

enum {
    DAY = 86400,     /* seconds */
    BAKU = 4 * 3600, /* ahead of UTC, the whole year */
    VERSIONS = 1000000,
};

static const char *const words[] = {
    [PT_POLICY_KIND] = "kind",
    [PT_POLICY_PROCEEDING] = "proceeding",
    [PT_POLICY_CATEGORY] = "category",
    [PT_POLICY_DOCUMENT] = "document",
    [PT_POLICY_ROWS] = "version",
    NULL,
};
/* Fields of each, and where its days begin. */
static const struct {
    size_t fields, days;
} shape[] = {
    [PT_POLICY_KIND] = {8, 4},
    [PT_POLICY_PROCEEDING] = {7, 3},
    [PT_POLICY_CATEGORY] = {8, 4},
    [PT_POLICY_DOCUMENT] = {7, 3},
    [PT_POLICY_ROWS] = {2, 0},
};
static const char *const fees[] = {
    "choice", "unvalued", "order", "special", NULL};
static const char *const against[] = {"optional", "required", NULL};

int64_t
pt_policy_day(int64_t t)
{
    return (t + BAKU) / DAY * DAY;
}

bool
pt_policy_counts(const struct pt_policy_rule *r, const char *of, int64_t day)
{
    return day >= r->from && day < r->until &&
           (of[0] == '\0' || strcmp(r->of, of) == 0);
}

const struct pt_policy_rule *
pt_policy_find(const struct pt_policy *p, const struct pt_policy_ask *ask)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct pt_policy_rule *r = &p->rule[i];

        if (r->row == ask->row && strcmp(r->code, ask->code) == 0 &&
            pt_policy_counts(r, ask->of, ask->day))
            return r;
    }
    return NULL;
}

/* ---- reading ---- */

static bool
code(const struct pt_table *t, struct mh_span s, const char **out)
{
    return s.len <= PT_POLICY_CODE_MAX && pt_table_text(t, s, out) &&
           strspn(*out, "abcdefghijklmnopqrstuvwxyz-") == s.len;
}

static enum mh_code
row_of_kind(
    const struct pt_table *t, const char **fee, struct pt_policy_rule *r)
{
    unsigned n;

    if (!pt_table_word(fees, t->field[2], &n))
        return pt_table_wrong(t, "a claim of the fees");
    *fee = fees[n];
    if (!pt_table_word(against, t->field[3], &n))
        return pt_table_wrong(t, "whether there is a defendant");
    r->against = n == 1;
    return MH_OK;
}

static enum mh_code
row(const struct pt_table *t, struct pt_policy *out)
{
    struct pt_policy_rule r = {.of = "", .parent = "", .fee = ""};
    unsigned word, certainty;
    size_t at;
    enum mh_code result = MH_OK;

    if (!pt_table_word(words, t->field[0], &word) ||
        t->fields != shape[word].fields)
        return pt_table_wrong(t, "no row of the table");
    if (word == PT_POLICY_ROWS)
        return out->version == 0 &&
                       pt_table_number(
                           t->field[1], VERSIONS, false, &out->version) &&
                       out->version > 0
                   ? MH_OK
                   : pt_table_wrong(t, "a version");
    r.row = (enum pt_policy_row)word;
    at = shape[word].days;
    if (!code(t, t->field[1], &r.code) ||
        (r.row != PT_POLICY_KIND && !code(t, t->field[2], &r.of)) ||
        (r.row == PT_POLICY_CATEGORY && !mh_span_is(t->field[3], "-") &&
            !code(t, t->field[3], &r.parent)))
        return pt_table_wrong(t, "a code");
    if (r.row == PT_POLICY_KIND)
        result = row_of_kind(t, &r.fee, &r);
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
    if (out->count == PT_POLICY_ROWS_MAX)
        return pt_table_wrong(t, "too many rows");
    out->rule[out->count++] = r;
    return MH_OK;
}

/* One of that row and code that counts as long as r. */
static const struct pt_policy_rule *
beside(const struct pt_policy *p, const struct pt_policy_rule *r,
    enum pt_policy_row row_of, const char *name)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct pt_policy_rule *o = &p->rule[i];

        if (o->row == row_of && strcmp(o->code, name) == 0 &&
            (row_of == PT_POLICY_KIND || strcmp(o->of, r->of) == 0) &&
            o->from <= r->from && o->until >= r->until)
            return o;
    }
    return NULL;
}

static bool
clash(const struct pt_policy_rule *a, const struct pt_policy_rule *b)
{
    return a->row == b->row && strcmp(a->code, b->code) == 0 &&
           strcmp(a->of, b->of) == 0 && a->from < b->until &&
           b->from < a->until;
}

static enum mh_code
check(const struct pt_policy *p, struct mh_err *err)
{
    if (p->version == 0)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "policy: no version");
    for (size_t i = 0; i < p->count; i++) {
        const struct pt_policy_rule *r = &p->rule[i], *up = r;
        size_t depth = 1;

        for (size_t j = 0; j < i; j++)
            if (clash(r, &p->rule[j]))
                return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                    "policy: two rules %s on one day", r->code);
        if (r->row != PT_POLICY_KIND &&
            beside(p, r, PT_POLICY_KIND, r->of) == NULL)
            return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                "policy: %s is of a kind that is not there", r->code);
        for (; up != NULL && up->parent[0] != '\0'; depth++) {
            if (depth == PT_CATEGORY_DEPTH)
                return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                    "policy: %s is too deep", r->code);
            up = beside(p, up, PT_POLICY_CATEGORY, up->parent);
        }
        if (up == NULL)
            return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                "policy: what is above %s is not there", r->code);
    }
    return MH_OK;
}

enum mh_code
pt_policy_read(struct mh_span table, struct mh_arena *arena, struct mh_err *err,
    struct pt_policy *out)
{
    struct pt_table t = {
        .what = "policy", .left = table, .arena = arena, .err = err};
    bool there;
    enum mh_code result;

    *out = (struct pt_policy){
        .rule = mh_arena_array(arena, PT_POLICY_ROWS_MAX, sizeof(*out->rule))};
    if (out->rule == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "policy: no memory");
    if (table.len > PT_POLICY_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "policy: too large");
    while ((result = pt_table_next(&t, &there)) == MH_OK && there) {
        result = row(&t, out);
        if (result != MH_OK)
            return result;
    }
    return result == MH_OK ? check(out, err) : result;
}
