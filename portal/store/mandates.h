/*
 * Powers of attorney (portal.md 4, 5, "mandates"): a client lets a lawyer,
 * known by the FIN, act in one case or in all own ones, within scopes (may.h)
 * and until a day.  The lawyer accepts it, and takes part in the cases from
 * then on; either ends it at once.  Every step is a record; what changes who
 * takes part in a case is told to everybody there.
 *
 * Who gives and who accepts has signed in with a signature: that is the
 * caller's to see to.  Times are seconds UTC.
 */
#ifndef PORTAL_STORE_MANDATES_H
#define PORTAL_STORE_MANDATES_H

#include "portal/store/cases.h"

enum {
    PT_MANDATES_OPEN = 50,   /* that one account has given and that are
                                pending or active */
    PT_MANDATES_SHOWN = 100, /* newest first */
    PT_MANDATE_LONGEST = 1096 * 86400, /* seconds: three years */
    PT_MANDATE_CASES = 1000,           /* whose people are told, of one */
    PT_MANDATE_ACTS = 200,             /* of a lawyer, shown at once */
};

enum pt_mandate_state { /* numbers are kept */
    PT_MANDATE_PENDING = 1,
    PT_MANDATE_ACTIVE,
    PT_MANDATE_EXPIRED,
    PT_MANDATE_REVOKED, /* by either, or refused by the lawyer */
    PT_MANDATE_STATES,
};

struct pt_mandate {
    char id[27];
    bool given;                      /* by who asks, else to them */
    char fin[PT_FIN + 1];            /* of the lawyer */
    char other[2 * PT_TEXT_MAX + 2]; /* the client's name; the lawyer's once it
                                        is accepted, or "" */
    char number[PT_NUMBER_MAX + 1];  /* of the case; "": all */
    unsigned scopes;
    enum pt_mandate_state state; /* EXPIRED from its end on */
    int64_t made, until;
    int64_t ended; /* MH_TIME_NONE: not yet */
};
struct pt_mandates {
    struct pt_mandate *item; /* in the arena, newest first */
    size_t count;
};
/* Those that an account gave, and a lawyer's own. */
enum mh_code pt_store_mandate_list(struct pt_store *store,
    const struct pt_account *account, int64_t now, struct mh_arena *arena,
    struct mh_err *err, struct pt_mandates *out) MH_MUST_USE;

struct pt_mandate_give {
    const struct pt_account *grantor;
    const char *fin;    /* of the lawyer */
    const char *number; /* of the case, as the store has it; "": all own */
    unsigned scopes;    /* with PT_SCOPE_READ */
    int64_t until, now;
    const char *form; /* one mandate for each (sent.h) */
    const uint8_t *digest;
};
enum pt_mandate_what {
    PT_MANDATE_DONE,  /* now, or when the form came first */
    PT_MANDATE_OTHER, /* the form was used for something else */
    PT_MANDATE_NOT,   /* there is no such mandate; giving: the client is no
                         party of such a case */
    PT_MANDATE_SELF,  /* to oneself */
    PT_MANDATE_TWICE, /* one for the same is open */
    PT_MANDATE_MANY,
    PT_MANDATE_STATE, /* it is not in the state for this: a record */
    PT_MANDATE_SIDE,  /* the lawyer takes part in the case otherwise */
};
struct pt_mandate_done {
    enum pt_mandate_what what;
    int64_t other; /* the account of the other of the two; 0: none yet */
};
enum mh_code pt_store_mandate_give(struct pt_store *store,
    const struct pt_mandate_give *what, struct mh_err *err,
    struct pt_mandate_done *out) MH_MUST_USE;

struct pt_mandate_step {
    const struct pt_account *account;
    const char *id;
    int64_t now;
};
/* By the lawyer whose FIN it has. */
enum mh_code pt_store_mandate_accept(struct pt_store *store,
    const struct pt_mandate_step *what, struct mh_err *err,
    struct pt_mandate_done *out) MH_MUST_USE;
/* By the client, or the lawyer: of a pending one, that it is refused.  The
   lawyer has no part in the cases any more that no other mandate gives, and
   what they prepared there is gone. */
enum mh_code pt_store_mandate_end(struct pt_store *store,
    const struct pt_mandate_step *what, struct mh_err *err,
    struct pt_mandate_done *out) MH_MUST_USE;
/* Those whose time is over, some at a time. */
enum mh_code pt_store_mandate_expire(
    struct pt_store *store, int64_t now, struct mh_err *err) MH_MUST_USE;

/* ---- what the own lawyer did ---- */

struct pt_lawyer_act {
    char kind[PT_KIND_MAX + 1]; /* of an event; "act-read": read an act */
    int64_t at;
    char name[2 * PT_TEXT_MAX + 2];
    char data[2 * PT_TEXT_MAX + 1];
};
struct pt_lawyer_acts {
    struct pt_lawyer_act *item; /* in the arena, newest first */
    size_t count;
};
/* In a case of a client of this role: of the lawyers with a mandate, while it
   was active, and of the side's representatives whom the court entered. */
enum mh_code pt_store_lawyer_acts(struct pt_store *store,
    const struct pt_case *c, int64_t client, struct mh_arena *arena,
    struct mh_err *err, struct pt_lawyer_acts *out) MH_MUST_USE;

#endif
