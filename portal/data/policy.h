/*
 * Court policy as data (portal/data/policy.tsv, which says what its columns
 * are): kinds of applications, their proceedings and categories, and the
 * documents each must have, with the days they count.
 */
#ifndef PORTAL_DATA_POLICY_H
#define PORTAL_DATA_POLICY_H

#include "portal/data/table.h"

enum {
    PT_POLICY_ROWS_MAX = 512,
    PT_POLICY_MAX = 1 << 16, /* bytes of the table */
    PT_POLICY_CODE_MAX = 32, /* bytes of a code */
    PT_CATEGORY_DEPTH = 3,   /* a category, and those above it */
};

enum pt_policy_row {
    PT_POLICY_KIND,
    PT_POLICY_PROCEEDING,
    PT_POLICY_CATEGORY,
    PT_POLICY_DOCUMENT,
    PT_POLICY_ROWS,
};

struct pt_policy_rule {
    enum pt_policy_row row;
    const char *code;
    const char *of;      /* PROCEEDING, CATEGORY, DOCUMENT: the kind */
    const char *parent;  /* CATEGORY: the one above, or "" */
    const char *fee;     /* KIND: a claim of the fees, or "choice" */
    bool against;        /* KIND: there must be a defendant */
    int64_t from, until; /* days: seconds UTC of their midnights */
    enum pt_rule_certainty certainty;
    const char *source;
};

struct pt_policy {
    int64_t version;
    struct pt_policy_rule *rule;
    size_t count;
};

/*
 * Reads a table; texts and rows are in the arena.  MH_EFORMAT names the line
 * and what is wrong with it: a field, a day, two rules of one name that count
 * on one day, a kind or a parent that is not there on all of its days, a
 * category that is deeper than PT_CATEGORY_DEPTH, no version.
 */
enum mh_code pt_policy_read(struct mh_span table, struct mh_arena *arena,
    struct mh_err *err, struct pt_policy *out) MH_MUST_USE;

/* The table inside the program. */
struct mh_span pt_policy_text(void);

/* The rule of that code that counts on a day (of "": of any kind); NULL: there
   is none. */
struct pt_policy_ask {
    enum pt_policy_row row;
    const char *code, *of;
    int64_t day;
};
const struct pt_policy_rule *pt_policy_find(
    const struct pt_policy *p, const struct pt_policy_ask *ask);
/* Whether a rule counts on a day, and is of that kind (of "": any). */
bool pt_policy_counts(
    const struct pt_policy_rule *r, const char *of, int64_t day);

/* The day of a time: midnight UTC of the day it is in Baku. */
int64_t pt_policy_day(int64_t t);

#endif
