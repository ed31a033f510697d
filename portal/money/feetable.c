#include "portal/money/feetable.h"

#include <string.h>

#include "portal/money/money.h"

enum {
    PERCENT = 100,
    RATE_MAX = 100000, /* all of it */
};

/* What a duty may come to: billionths of a qəpik. */
#define DUTY_MAX INT64_C(1000000000000000000)

static const char *const claims[] = {
    [PT_CLAIM_VALUED] = "valued",
    [PT_CLAIM_UNVALUED] = "unvalued",
    [PT_CLAIM_DWELLING] = "dwelling",
    [PT_CLAIM_ORDER] = "order",
    [PT_CLAIM_SPECIAL] = "special",
    [PT_CLAIMS] = NULL,
};
static const char *const instances[] = {
    [PT_INSTANCE_FIRST] = "first",
    [PT_INSTANCE_APPEAL] = "appeal",
    [PT_INSTANCE_CASSATION] = "cassation",
    [PT_INSTANCE_REOPENING] = "reopening",
    [PT_INSTANCES] = NULL,
};
static const char *const roundings[] = {
    [PT_ROUND_HALF_UP] = "half-up",
    [PT_ROUND_DOWN] = "down",
    [PT_ROUND_UP] = "up",
    [PT_ROUNDINGS] = NULL,
};
/* A kind of row: how many fields, and what its second one may be. */
static const struct {
    const char *word;
    size_t fields;
    const char *const *names; /* NULL: any word */
} kinds[] = {
    [PT_FEE_ROUND] = {"round", 6, roundings},
    [PT_FEE_TIER] = {"tier", 12, claims},
    [PT_FEE_SHARE] = {"share", 8, instances},
    [PT_FEE_RELIEF] = {"relief", 8, NULL},
    [PT_FEE_EXEMPT] = {"exempt", 7, NULL},
};

const char *
pt_fee_claim_code(size_t i)
{
    return i < PT_CLAIMS ? claims[i] : NULL;
}

const char *
pt_fee_instance_code(size_t i)
{
    return i < PT_INSTANCES ? instances[i] : NULL;
}

/* A table being read. */
struct reading {
    struct pt_table t;
    struct pt_fee_table *out;
};

static enum mh_code
wrong(const struct reading *r, const char *what)
{
    return pt_table_wrong(&r->t, what);
}

/* over, upto, base, rate, cap: fields 5 to 9. */
static enum mh_code
tier(struct reading *r, struct pt_fee_rule *rule)
{
    const struct mh_span *f = r->t.field;
    int64_t most, duty;

    if (!pt_table_number(f[5], PT_MONEY_MAX, false, &rule->over) ||
        !pt_table_number(f[6], PT_MONEY_MAX, true, &rule->upto) ||
        !pt_table_number(f[7], PT_MONEY_MAX, false, &rule->base) ||
        !pt_table_number(f[8], RATE_MAX, false, &rule->rate) ||
        !pt_table_number(f[9], PT_MONEY_MAX, true, &rule->cap))
        return wrong(r, "an amount");
    most = rule->upto == INT64_MAX ? PT_MONEY_MAX : rule->upto;
    if (most <= rule->over)
        return wrong(r, "a tier without prices");
    if (rule->cap == INT64_MAX) {
        /* At most 10^19: divided before it is compared. */
        duty = (most - rule->over) / RATE_MAX * rule->rate + rule->base;
        if (duty > DUTY_MAX / 1000000000)
            return wrong(r, "a fee that is too high");
    } else if (rule->cap > DUTY_MAX / 1000000000) {
        return wrong(r, "a cap that is too high");
    }
    return MH_OK;
}

/* The field of percents, of what has one. */
static enum mh_code
percent(struct reading *r, struct pt_fee_rule *rule)
{
    if (!pt_table_number(r->t.field[5], PERCENT, false, &rule->percent) ||
        rule->percent == 0)
        return wrong(r, "a percentage");
    return MH_OK;
}

static enum mh_code
row(struct reading *r)
{
    struct pt_fee_rule rule = {.kind = PT_FEE_KINDS, .line = "-"};
    unsigned certainty;
    bool round;
    size_t at;
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < PT_FEE_KINDS; i++)
        if (mh_span_is(r->t.field[0], kinds[i].word))
            rule.kind = (enum pt_fee_kind)i;
    if (rule.kind == PT_FEE_KINDS || r->t.fields != kinds[rule.kind].fields)
        return wrong(r, "no row of the table");
    if (kinds[rule.kind].names != NULL &&
        !pt_table_word(kinds[rule.kind].names, r->t.field[1], &rule.which))
        return wrong(r, "an unknown word");
    round = rule.kind == PT_FEE_ROUND;
    at = round ? 2 : 3;
    if (!pt_table_text(&r->t, r->t.field[1], &rule.name) ||
        (!round && !pt_table_text(&r->t, r->t.field[2], &rule.line)) ||
        !pt_table_text(&r->t, r->t.field[r->t.fields - 1], &rule.source))
        return wrong(r, "a text");
    if (!pt_table_day(r->t.field[at], false, &rule.from) ||
        !pt_table_day(r->t.field[at + 1], true, &rule.until) ||
        rule.until <= rule.from)
        return wrong(r, "a day");
    if (!pt_table_word(
            pt_certainty_words, r->t.field[r->t.fields - 2], &certainty))
        return wrong(r, "a certainty");
    rule.certainty = (enum pt_rule_certainty)certainty;
    if (rule.kind == PT_FEE_TIER)
        code = tier(r, &rule);
    else if (rule.kind == PT_FEE_SHARE || rule.kind == PT_FEE_RELIEF)
        code = percent(r, &rule);
    if (code == MH_OK && r->out->count == PT_FEE_ROWS_MAX)
        return wrong(r, "too many rows");
    if (code == MH_OK)
        r->out->rule[r->out->count++] = rule;
    return code;
}

/* ---- the rules among themselves ---- */

static bool
together(const struct pt_fee_rule *a, const struct pt_fee_rule *b)
{
    return a->from < b->until && b->from < a->until;
}

static bool
same_prices(const struct pt_fee_rule *a, const struct pt_fee_rule *b)
{
    return a->kind != PT_FEE_TIER || (a->over < b->upto && b->over < a->upto);
}

/* Two that would both be right. */
static bool
clash(const struct pt_fee_rule *a, const struct pt_fee_rule *b)
{
    bool one = a->kind == b->kind &&
               (a->kind == PT_FEE_ROUND || strcmp(a->name, b->name) == 0);

    return one && together(a, b) && same_prices(a, b);
}

/* Whether a tier that begins where t's prices end counts as long as t. */
static bool
goes_on(const struct pt_fee_table *table, const struct pt_fee_rule *t)
{
    if (t->upto == INT64_MAX)
        return true;
    for (size_t i = 0; i < table->count; i++) {
        const struct pt_fee_rule *n = &table->rule[i];

        if (n->kind == PT_FEE_TIER && n->which == t->which &&
            n->over == t->upto && n->from <= t->from && n->until >= t->until)
            return true;
    }
    return false;
}

static enum mh_code
check(const struct pt_fee_table *t, struct mh_err *err)
{
    bool rounded = false;

    for (size_t i = 0; i < t->count; i++) {
        const struct pt_fee_rule *a = &t->rule[i];

        rounded = rounded || a->kind == PT_FEE_ROUND;
        if (a->kind == PT_FEE_TIER && !goes_on(t, a))
            return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                "fees: nothing follows the prices of line %s", a->line);
        for (size_t j = 0; j < i; j++)
            if (clash(a, &t->rule[j]))
                return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                    "fees: two rules %s on one day", a->name);
    }
    return rounded ? MH_OK
                   : mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                         "fees: no rule of rounding");
}

enum mh_code
pt_fee_read(struct mh_span table, struct mh_arena *arena, struct mh_err *err,
    struct pt_fee_table *out)
{
    struct reading r = {
        .t = {.what = "fees", .left = table, .arena = arena, .err = err},
        .out = out};
    bool there;
    enum mh_code code;

    *out = (struct pt_fee_table){
        .rule = mh_arena_array(arena, PT_FEE_ROWS_MAX, sizeof(*out->rule))};
    if (out->rule == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "fees: no memory");
    if (table.len > PT_FEE_TABLE_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "fees: too large");
    while ((code = pt_table_next(&r.t, &there)) == MH_OK && there) {
        code = row(&r);
        if (code != MH_OK)
            return code;
    }
    return code == MH_OK ? check(out, err) : code;
}
