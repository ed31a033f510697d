/* State fees: what the table's rules come to for a claim. */
#ifndef PORTAL_MONEY_FEE_H
#define PORTAL_MONEY_FEE_H

#include "portal/money/feetable.h"

struct pt_fee_ask {
    enum pt_fee_claim claim;
    enum pt_fee_instance instance;
    int64_t price;      /* qəpik, of a valued claim: 1 to PT_MONEY_MAX */
    const char *relief; /* "": none asked for */
    const char *exempt; /* the same */
    int64_t day;        /* midnight UTC of the day in Baku */
};

/* What a fee comes to, and why. */
struct pt_fee {
    const struct pt_fee_rule *tier, *share, *relief, *exempt, *round;
    bool capped;              /* the tier's cap was reached */
    int64_t duty;             /* billionths of a qəpik: by the tier */
    int64_t shared, relieved; /* the same, after the share and the relief */
    int64_t total;            /* qəpik, rounded; 0 where exempt */
    enum pt_rule_certainty
        certainty; /* the least of the rules that were used */
};

/*
 * MH_EUNSUP: the table has no such rule on that day.  MH_EFORMAT: the price
 * is none.  A relief is for the first instance alone.
 */
enum mh_code pt_fee_work_out(const struct pt_fee_table *table,
    const struct pt_fee_ask *ask, struct mh_err *err,
    struct pt_fee *out) MH_MUST_USE;

#endif
