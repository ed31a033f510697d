/*
 * Courts, cases, who takes part, hearings and what happened (portal.md 4).
 * Every call that shows a case asks who wants to see it.  Times are seconds
 * UTC; names are clean UTF-8 within the limits below.
 */
#ifndef PORTAL_STORE_CASES_H
#define PORTAL_STORE_CASES_H

#include "portal/people/may.h"
#include "portal/store/people.h"

enum {
    PT_NUMBER_MAX = 40,    /* bytes of a case's number (domain.md 5.1) */
    PT_COURT_MAX = 160,    /* bytes of a court's name */
    PT_CASE_CODE_MAX = 15, /* bytes of a type, a proceeding */
    PT_CASES_PAGE = 25,    /* cases of one page */
    PT_PARTIES_MAX = 200,  /* of a case */
    PT_HEARINGS_MAX = 200, /* shown at once */
    PT_EVENTS_MAX = 200,   /* shown at once, the newest */
    PT_NOTICES_PAGE = 50,  /* notifications of one page */
};

enum pt_case_status { /* portal.md 5; numbers are kept */
    PT_CASE_REGISTERED = 1,
    PT_CASE_ASSIGNED,
    PT_CASE_IN_PROCEEDINGS,
    PT_CASE_SUSPENDED,
    PT_CASE_FINAL_ACT,
    PT_CASE_IN_FORCE,
    PT_CASE_APPEALED,
    PT_CASE_ARCHIVED,
    PT_CASE_RETURNED,
    PT_CASE_STATUSES,
};

enum pt_case_role { /* numbers are kept */
    PT_CASE_CLAIMANT = 1,
    PT_CASE_DEFENDANT,
    PT_CASE_THIRD,
    PT_CASE_CLAIMANTS_LAWYER,
    PT_CASE_DEFENDANTS_LAWYER,
    PT_CASE_OTHER, /* witness, expert ... */
    PT_CASE_ROLES,
};

struct pt_case {
    char id[27];
    char number[PT_NUMBER_MAX + 1];
    int64_t filed;
    char type[PT_CASE_CODE_MAX + 1];       /* "2-1"; data */
    char proceeding[PT_CASE_CODE_MAX + 1]; /* "claim", or "" */
    char court[PT_COURT_MAX + 1];
    char judge[2 * PT_TEXT_MAX + 2]; /* name, or "" */
    enum pt_case_status status;
    enum pt_case_role role; /* of who asks; 0: an official */
    enum pt_relation relation;
};

/* ---- making ---- */

/* Adds a court, or renames it; *id is its number in the store. */
enum mh_code pt_store_court_put(struct pt_store *store, const char *code,
    const char *name, struct mh_err *err, int64_t *id) MH_MUST_USE;
/* An official of a court. */
enum mh_code pt_store_official_put(struct pt_store *store, int64_t account,
    int64_t court, struct mh_err *err) MH_MUST_USE;
/*
 * Adds a case of this number, where there is none; c->id is made, or that of
 * the one that is there.  judge: an account, 0: none yet.
 */
enum mh_code pt_store_case_add(struct pt_store *store, struct pt_case *c,
    int64_t court, int64_t judge, struct mh_err *err) MH_MUST_USE;
enum mh_code pt_store_participant_put(struct pt_store *store, const char *id,
    int64_t account, enum pt_case_role role, struct mh_err *err) MH_MUST_USE;

struct pt_party {
    enum pt_case_role side; /* CLAIMANT, DEFENDANT, THIRD */
    char name[2 * PT_TEXT_MAX + 2];
};
enum mh_code pt_store_party_put(struct pt_store *store, const char *id,
    const struct pt_party *party, struct mh_err *err) MH_MUST_USE;

struct pt_hearing {
    char case_id[27], number[PT_NUMBER_MAX + 1];
    char court[PT_COURT_MAX + 1];
    int64_t starts;
    char hall[PT_TEXT_MAX + 1];
    char kind[PT_CASE_CODE_MAX + 1];  /* "preparatory", "trial", "oral" */
    char state[PT_CASE_CODE_MAX + 1]; /* "scheduled", "held", ... */
};
enum mh_code pt_store_hearing_put(struct pt_store *store,
    const struct pt_hearing *hearing, struct mh_err *err) MH_MUST_USE;

/* ---- reading ---- */

/* The case as this account may see it; PT_ABSENT: it may not, or there is
   none. */
enum mh_code pt_store_case_get(struct pt_store *store, const char *id,
    const struct pt_account *account, struct mh_err *err, struct pt_case *out,
    enum pt_found *found) MH_MUST_USE;

struct pt_case_query {
    const char *number;         /* how it begins; "": any */
    enum pt_case_status status; /* 0: any */
    const char *type;           /* NULL: any */
    int64_t from, to;           /* filed from <= t < to; to 0: no end */
    const char *after;          /* id of the last case of the page before */
};
struct pt_cases {
    struct pt_case item[PT_CASES_PAGE];
    size_t count;
    bool more;
};
/* Those of an account, the latest first. */
enum mh_code pt_store_case_list(struct pt_store *store,
    const struct pt_account *account, const struct pt_case_query *query,
    struct mh_err *err, struct pt_cases *out) MH_MUST_USE;

struct pt_parties {
    struct pt_party *item;
    size_t count;
};
enum mh_code pt_store_party_list(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_parties *out) MH_MUST_USE;

struct pt_hearings {
    struct pt_hearing *item;
    size_t count;
};
/* Of a case; the latest first. */
enum mh_code pt_store_hearing_list(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_hearings *out) MH_MUST_USE;
/* Of all cases of an account, from a time on, in order. */
enum mh_code pt_store_hearing_mine(struct pt_store *store,
    const struct pt_account *account, int64_t from, struct mh_arena *arena,
    struct mh_err *err, struct pt_hearings *out) MH_MUST_USE;

/* A number as people write it, made what the store has: no blanks, round
   brackets, capital letters but for "e-".  false: too long. */
bool pt_number_clean(const char *in, char out[static PT_NUMBER_MAX + 1]);

#endif
