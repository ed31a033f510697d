/*
 * How people come into cases by themselves (portal.md 2.3, 3.4, 8.2): a party
 * is known by its FIN, or brings the code of a letter of the court; a clerk
 * makes the codes, and can undo that somebody came.  Every step is a record,
 * and whoever takes part, the judge and the clerks of the court are told.
 *
 * Who asks has signed in with a signature: that is the caller's to see to.
 * Times are seconds UTC.
 */
#ifndef PORTAL_STORE_JOINS_H
#define PORTAL_STORE_JOINS_H

#include "portal/store/cases.h"

enum {
    PT_JOIN_CODE = 12,          /* characters of a code */
    PT_JOIN_KEEP = 180 * 86400, /* seconds that a code is good for */
    PT_JOIN_TRIES = 5,          /* wrong ones, then a lock */
    PT_JOIN_LOCK = 86400, /* seconds; tries older than that are forgotten */
    PT_JOIN_REASON = 500, /* characters, of undoing it */
    PT_JOIN_PENDING = 50, /* shown at once */
    PT_JOIN_ROWS = 200,   /* shown at once, of a case */
};

/* ---- by the FIN ---- */

/* Nothing more of the case is told before it is accepted. */
struct pt_join_pending {
    char case_id[27];
    char number[PT_NUMBER_MAX + 1];
    char court[PT_COURT_MAX + 1];
    enum pt_case_role side;
};
struct pt_join_pendings {
    struct pt_join_pending *item; /* in the arena, by their numbers */
    size_t count;
};
/* The cases that have a party of the account's FIN, and where the account
   never took part itself; none of an official. */
enum mh_code pt_store_join_pending(struct pt_store *store,
    const struct pt_account *account, struct mh_arena *arena,
    struct mh_err *err, struct pt_join_pendings *out) MH_MUST_USE;

enum pt_join_what {
    PT_JOIN_DONE,
    PT_JOIN_AGAIN,  /* the account takes part already; nothing is changed */
    PT_JOIN_NOT,    /* there is no such thing to accept */
    PT_JOIN_WRONG,  /* number and code do not belong together */
    PT_JOIN_LOCKED, /* after too many wrong ones; not looked at */
    PT_JOIN_PERSON, /* the code is of a party with another FIN */
};
struct pt_join_done {
    enum pt_join_what what;
    char case_id[27]; /* DONE, AGAIN */
    int64_t until;    /* LOCKED: when it ends */
    bool locks;       /* this try was the last: the account is locked now */
};
struct pt_join {
    const struct pt_account *account; /* no official's: NOT, WRONG */
    const char *case_id;              /* by the FIN */
    enum pt_case_role side;
    const char *number;  /* by a code: of the case, as the store has it */
    const uint8_t *hash; /* PT_HASH bytes: SHA-256 of the code */
    int64_t now;
};
enum mh_code pt_store_join_match(struct pt_store *store,
    const struct pt_join *join, struct mh_err *err,
    struct pt_join_done *out) MH_MUST_USE;

/* ---- by a code ---- */

/*
 * PT_JOIN_TRIES wrong ones of an account, whatever the numbers, lock it; as
 * many for one case, whoever made them, lock the case, until a clerk makes
 * another code for it; the clerks are told of that.
 */
enum mh_code pt_store_join_code(struct pt_store *store,
    const struct pt_join *join, struct mh_err *err,
    struct pt_join_done *out) MH_MUST_USE;

struct pt_join_make {
    int64_t clerk; /* of the case's court: the caller has seen to it */
    const char *case_id, *party;
    enum pt_case_role side;
    const uint8_t *hash; /* of the code; nothing else of it is kept */
    const char *form;    /* one code for each (sent.h) */
    const uint8_t *digest;
    int64_t now;
};
enum pt_join_made {
    PT_JOIN_MADE,
    PT_JOIN_MADE_BEFORE, /* the form came before: that code was shown then */
    PT_JOIN_NO_PARTY,
    PT_JOIN_HAS_JOINED, /* the party is there already */
};
/* The party's code before it ends. */
enum mh_code pt_store_join_make(struct pt_store *store,
    const struct pt_join_make *m, struct mh_err *err,
    enum pt_join_made *out) MH_MUST_USE;

/* ---- what a clerk sees of a case ---- */

struct pt_join_party {
    enum pt_case_role side;
    char name[2 * PT_TEXT_MAX + 2];
    bool known;      /* by a FIN or VÖEN */
    int64_t code;    /* until when its code is good; 0: it has none */
    char joined[27]; /* id of how it came; "": it did not */
    char via[8];     /* "match", "code" */
    int64_t at;      /* when it came */
    char account[2 * PT_TEXT_MAX + 2]; /* who came */
};
struct pt_join_parties {
    struct pt_join_party *item; /* in the arena */
    size_t count;
};
enum mh_code pt_store_join_parties(struct pt_store *store, const char *case_id,
    int64_t now, struct mh_arena *arena, struct mh_err *err,
    struct pt_join_parties *out) MH_MUST_USE;

struct pt_join_end {
    int64_t clerk;
    const char *case_id, *joined; /* the id of how it came */
    const char *reason;           /* clean text, not empty */
    int64_t now;
};
/* Who came leaves the case, and their representatives with them.  PT_ABSENT:
   it is undone already, or there is none; that is a record as well. */
enum mh_code pt_store_join_end(struct pt_store *store,
    const struct pt_join_end *what, struct mh_err *err,
    enum pt_found *found) MH_MUST_USE;

#endif
