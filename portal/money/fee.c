#include "portal/money/fee.h"

#include <string.h>

#include "portal/money/money.h"

#define NANO INT64_C(1000000000) /* of a qəpik */

enum {
    RATE_NANO = 10000, /* billionths in a hundred-thousandth */
    PERCENT = 100,
};

static bool
counts(const struct pt_fee_rule *r, enum pt_fee_kind kind, int64_t day)
{
    return r->kind == kind && r->from <= day && day < r->until;
}

/* The rule of that kind, by its number (name NULL) or by its name. */
static const struct pt_fee_rule *
find(const struct pt_fee_table *t, enum pt_fee_kind kind, unsigned which,
    const char *name, int64_t day)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct pt_fee_rule *r = &t->rule[i];

        if (counts(r, kind, day) &&
            (name == NULL ? kind == PT_FEE_ROUND || r->which == which
                          : strcmp(r->name, name) == 0))
            return r;
    }
    return NULL;
}

static const struct pt_fee_rule *
tier_of(
    const struct pt_fee_table *t, const struct pt_fee_ask *ask, int64_t price)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct pt_fee_rule *r = &t->rule[i];

        if (counts(r, PT_FEE_TIER, ask->day) &&
            r->which == (unsigned)ask->claim && r->over < price &&
            price <= r->upto)
            return r;
    }
    return NULL;
}

/* By the tier: multiples of RATE_NANO, so that percents of it are exact. */
static int64_t
duty_of(const struct pt_fee_rule *t, int64_t price, bool *capped)
{
    int64_t more = t->rate * (price - t->over); /* hundred-thousandths */

    *capped =
        t->cap != INT64_MAX && t->base + more / (NANO / RATE_NANO) >= t->cap;
    return *capped ? t->cap * NANO : t->base * NANO + more * RATE_NANO;
}

static int64_t
rounded(int64_t nano, unsigned how)
{
    int64_t down = nano / NANO, rest = nano % NANO;
    bool up = how == PT_ROUND_UP        ? rest > 0
              : how == PT_ROUND_HALF_UP ? rest >= NANO / 2
                                        : false;

    return down + up;
}

static void
use(struct pt_fee *f, const struct pt_fee_rule *r)
{
    if (r != NULL && r->certainty > f->certainty)
        f->certainty = r->certainty;
}

static enum mh_code
none(struct mh_err *err, const char *what)
{
    return mh_fail(
        err, MH_EUNSUP, MH_NO_OFFSET, "fee: no rule of %s on that day", what);
}

/* The rules that count; all there, or an error. */
static enum mh_code
choose(const struct pt_fee_table *t, const struct pt_fee_ask *ask,
    int64_t price, struct mh_err *err, struct pt_fee *f)
{
    f->tier = tier_of(t, ask, price);
    if (f->tier == NULL)
        return none(err, "the claim");
    f->round = find(t, PT_FEE_ROUND, 0, NULL, ask->day);
    if (f->round == NULL)
        return none(err, "rounding");
    if (ask->instance != PT_INSTANCE_FIRST) {
        f->share =
            find(t, PT_FEE_SHARE, (unsigned)ask->instance, NULL, ask->day);
        if (f->share == NULL)
            return none(err, "the instance");
    }
    if (ask->relief[0] != '\0') {
        f->relief = find(t, PT_FEE_RELIEF, 0, ask->relief, ask->day);
        if (f->relief == NULL || f->share != NULL)
            return none(err, "the relief");
    }
    if (ask->exempt[0] != '\0') {
        f->exempt = find(t, PT_FEE_EXEMPT, 0, ask->exempt, ask->day);
        if (f->exempt == NULL)
            return none(err, "the exemption");
    }
    return MH_OK;
}

enum mh_code
pt_fee_work_out(const struct pt_fee_table *table, const struct pt_fee_ask *ask,
    struct mh_err *err, struct pt_fee *out)
{
    int64_t price = ask->claim == PT_CLAIM_VALUED ? ask->price : 1;
    enum mh_code code;

    *out = (struct pt_fee){.total = 0};
    if (price < 1 || price > PT_MONEY_MAX)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "fee: no price");
    code = choose(table, ask, price, err, out);
    if (code != MH_OK)
        return code;
    out->duty = duty_of(out->tier, price, &out->capped);
    out->shared = out->share == NULL
                      ? out->duty
                      : out->duty / PERCENT * out->share->percent;
    out->relieved = out->relief == NULL ? out->shared
                                        : out->shared / PERCENT *
                                              (PERCENT - out->relief->percent);
    if (out->exempt == NULL)
        out->total = rounded(out->relieved, out->round->which);
    use(out, out->tier);
    use(out, out->round);
    use(out, out->share);
    use(out, out->relief);
    use(out, out->exempt);
    return MH_OK;
}
