/*
 * Enforcement of judgments (portal.md 3.6, 5): writs of execution of a case, as
 * the clerk enters them, and their states.
 *
 * Times are seconds UTC, amounts whole qəpik.  Texts are clean UTF-8.
 */
#ifndef PORTAL_STORE_ENFORCEMENT_H
#define PORTAL_STORE_ENFORCEMENT_H

#include "portal/store/cases.h"

enum {
    PT_WRIT_MAX = 40,      /* characters of its number */
    PT_WRIT_NAME = 100,    /* of a creditor, a debtor, an office */
    PT_WRIT_NOTE = 500,    /* of what is said to a change */
    PT_WRITS_LISTED = 200, /* the last changed */
    PT_WRIT_STEPS = 100,   /* of one, shown */
};

enum pt_writ_state { /* numbers are kept */
    PT_WRIT_ISSUED = 1,
    PT_WRIT_SENT,
    PT_WRIT_IN_EXECUTION,
    PT_WRIT_PAUSED,
    PT_WRIT_EXECUTED,
    PT_WRIT_RETURNED,
    PT_WRIT_CANCELLED,
    PT_WRIT_STATES,
};
const char *pt_writ_state_name(enum pt_writ_state s); /* "in_execution" */
/* Whether the one may follow the other; else 409 and a record. */
bool pt_writ_may_follow(enum pt_writ_state from, enum pt_writ_state to);

struct pt_writ {
    char id[27]; /* "": there is none */
    char case_id[27];
    char number[4 * PT_WRIT_MAX + 1];
    char creditor[4 * PT_WRIT_NAME + 1], debtor[4 * PT_WRIT_NAME + 1];
    char office[4 * PT_WRIT_NAME + 1];
    int64_t amount; /* 0: none */
    enum pt_writ_state state;
    int64_t created, changed;
    /* Read only: of its case. */
    char case_number[PT_NUMBER_MAX + 1], court[PT_COURT_MAX + 1];
};

struct pt_writ_by {
    int64_t account, now;
    const char *form; /* each does what it says once */
};
enum pt_writ_done {
    PT_WRIT_DONE,    /* now, or when the form came first */
    PT_WRIT_TWICE,   /* the case has a writ of that number */
    PT_WRIT_ILLEGAL, /* its state does not permit it */
};
/* A new one of a case: case_id to amount; id is made.  Everybody of the case is
   told, as of every change. */
enum mh_code pt_store_writ_add(struct pt_store *store,
    const struct pt_writ_by *by, struct pt_writ *writ, struct mh_err *err,
    enum pt_writ_done *done) MH_MUST_USE;
struct pt_writ_change {
    const char *id, *note;
    enum pt_writ_state to;
};
enum mh_code pt_store_writ_change(struct pt_store *store,
    const struct pt_writ_by *by, const struct pt_writ_change *asked,
    struct mh_err *err, enum pt_writ_done *done) MH_MUST_USE;

enum mh_code pt_store_writ_get(struct pt_store *store, const char *id,
    struct mh_err *err, struct pt_writ *out) MH_MUST_USE;
struct pt_writs {
    struct pt_writ *item; /* in the arena, the last changed first */
    size_t count;
    bool more;
};
/* Of the cases that the account takes part in as a party or for one, judges,
   or whose court it is a clerk or the president of; of an auditor: all. */
enum mh_code pt_store_writ_list(struct pt_store *store,
    const struct pt_account *account, struct mh_arena *arena,
    struct mh_err *err, struct pt_writs *out) MH_MUST_USE;

struct pt_writ_step {
    enum pt_writ_state state;
    int64_t at;
    char note[4 * PT_WRIT_NOTE + 1];
};
struct pt_writ_steps {
    struct pt_writ_step *item; /* in the arena, the first first */
    size_t count;
};
enum mh_code pt_store_writ_steps(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_writ_steps *out) MH_MUST_USE;

#endif
