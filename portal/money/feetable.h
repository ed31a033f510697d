/*
 * State fees: a table of rules with the days they count (portal/data/fees.tsv,
 * which says what its columns are).  A row that cannot be read is an error of
 * the whole table: a fee is never worked out with half of the rules.
 */
#ifndef PORTAL_MONEY_FEETABLE_H
#define PORTAL_MONEY_FEETABLE_H

#include "portal/data/table.h"

enum {
    PT_FEE_ROWS_MAX = 256,
    PT_FEE_TABLE_MAX = 1 << 16 /* bytes */
};

enum pt_fee_claim {
    PT_CLAIM_VALUED,   /* with a price */
    PT_CLAIM_UNVALUED, /* that cannot be assessed */
    PT_CLAIM_DWELLING, /* a natural person's, on the own dwelling or plot */
    PT_CLAIM_ORDER,    /* for a court order */
    PT_CLAIM_SPECIAL,  /* in special procedure */
    PT_CLAIMS,
};

enum pt_fee_instance {
    PT_INSTANCE_FIRST, /* the claim itself */
    PT_INSTANCE_APPEAL,
    PT_INSTANCE_CASSATION,
    PT_INSTANCE_REOPENING,
    PT_INSTANCES,
};

enum pt_rounding {
    PT_ROUND_HALF_UP,
    PT_ROUND_DOWN,
    PT_ROUND_UP,
    PT_ROUNDINGS,
};

enum pt_fee_kind {
    PT_FEE_ROUND,
    PT_FEE_TIER,
    PT_FEE_SHARE,
    PT_FEE_RELIEF,
    PT_FEE_EXEMPT,
    PT_FEE_KINDS,
};

/* A row of the table. */
struct pt_fee_rule {
    enum pt_fee_kind kind;
    const char *name; /* of an exemption or a relief, else the row's word */
    unsigned which;   /* enum pt_rounding, pt_fee_claim or pt_fee_instance */
    const char *line; /* of the law, or "-" */
    int64_t from;     /* the day it begins: seconds UTC of its midnight */
    int64_t until;    /* the first day it does not count; INT64_MAX: none */
    /* TIER, in qəpik: prices over `over` up to and with `upto`. */
    int64_t over, upto, base, cap; /* upto, cap: INT64_MAX: none */
    int64_t rate;                  /* hundred-thousandths of what is over */
    int64_t percent;               /* SHARE, RELIEF */
    enum pt_rule_certainty certainty;
    const char *source;
};

struct pt_fee_table {
    struct pt_fee_rule *rule;
    size_t count;
};

/*
 * Reads a table; texts and rows are in the arena.  MH_EFORMAT names the line
 * and what is wrong with it: a field, a day, an order of tiers (each claim's
 * tiers of one day tile all prices), a rounding missing, two rules of one name
 * that count on one day.
 */
enum mh_code pt_fee_read(struct mh_span table, struct mh_arena *arena,
    struct mh_err *err, struct pt_fee_table *out) MH_MUST_USE;

/* The table inside the program. */
struct mh_span pt_fee_text(void);

/* The words of a table for these, by their number; NULL past the last. */
const char *pt_fee_claim_code(size_t i);
const char *pt_fee_instance_code(size_t i);

#endif
