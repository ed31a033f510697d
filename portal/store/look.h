/*
 * A judge reads a case of another judge of the same court with a reason
 * (portal.md 6): for an hour, the case alone, and whoever may see who looked at
 * the case reads the reason (events.h).  Times are seconds UTC.
 */
#ifndef PORTAL_STORE_LOOK_H
#define PORTAL_STORE_LOOK_H

#include "portal/store/cases.h"

enum {
    PT_LOOK_REASON = 100,   /* characters; four bytes at most */
    PT_LOOK_SECONDS = 3600, /* that it holds for */
};

struct pt_look {
    const char *number; /* of the case, as the store has it */
    int64_t account;    /* a judge's */
    const char *reason; /* clean text, not empty */
    const char *form;   /* one reason for each of an account */
    int64_t now;
};
enum pt_looked {
    PT_LOOK_GIVEN, /* now, or when the form came first */
    PT_LOOK_OWN,   /* the case is open to the account without a reason */
    PT_LOOK_NONE,  /* no court of the account has such a case */
};
struct pt_look_done {
    enum pt_looked what;
    char id[27]; /* of the case; NONE: "" */
};
/* Keeps the reason and its record. */
enum mh_code pt_store_look_add(struct pt_store *store,
    const struct pt_look *look, struct mh_err *err,
    struct pt_look_done *out) MH_MUST_USE;
/* Whether a reason of the account for the case holds now. */
enum mh_code pt_store_look_holds(struct pt_store *store, const char *case_id,
    int64_t account, int64_t now, struct mh_err *err, bool *out) MH_MUST_USE;

#endif
