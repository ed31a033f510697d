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
    PT_CASES_PAGE = 25,    /* cases of one page, where none other is said */
    PT_CASES_PAGE_MAX = 100,
    PT_COURT_CODE_MAX = 15,    /* bytes of a court's code */
    PT_COURTS_MAX = 200,       /* courts there are */
    PT_CASE_JUDGES_MAX = 1000, /* judges that can be chosen in a search */
    PT_WORDS_MAX = 4,          /* words of a name that is searched for */
    PT_LETTERS_MIN = 3,        /* of the longest of them */
    PT_SEARCH_KEEP = 86400,    /* seconds that a search for a name is kept */
    PT_PARTIES_MAX = 200,      /* of a case */
    PT_HEARINGS_MAX = 200,     /* shown at once */
    PT_EVENTS_MAX = 200,       /* shown at once, the newest */
    PT_NOTICES_PAGE = 50,      /* notifications of one page */
    PT_SUBJECT_MAX = 200,      /* characters of what a case is about */
    PT_HALL_MAX = 40,          /* characters; four bytes at most */
    PT_HEARING_REASON = 500,   /* characters, of a move or an end */
    PT_MINUTES_MIN = 15,       /* that a hearing lasts */
    PT_MINUTES_MAX = 480,
    PT_MINUTES = 60, /* where none are said */
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
    /* Of one case alone, not of those of a list: */
    char subject[4 * PT_SUBJECT_MAX + 1]; /* what it is about, or "" */
    bool restricted; /* family, minors: its documents need a signature */
    bool mandated;   /* who asks takes part by a mandate, now of these */
    unsigned scopes; /* bits (may.h); all of them where there is none */
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
    char id[27];
    char case_id[27], number[PT_NUMBER_MAX + 1];
    char court[PT_COURT_MAX + 1];
    int64_t starts;
    int64_t ends; /* 0 when it is put: PT_MINUTES later */
    char hall[PT_TEXT_MAX + 1];
    char kind[PT_CASE_CODE_MAX + 1];  /* "preparatory", "trial", "oral" */
    char state[PT_CASE_CODE_MAX + 1]; /* "scheduled", "held", ... */
    /* Read only: */
    int64_t moved_from, moved_to; /* other times; MH_TIME_NONE: none */
    char uid[64];      /* of a calendar: it stays when the hearing moves */
    uint32_t sequence; /* changes so far (RFC 5545 3.8.7.4) */
};
/* Of its case at its time: another one there gets its hall, kind and state.
   Nobody is told (schedule.h). */
enum mh_code pt_store_hearing_put(struct pt_store *store,
    const struct pt_hearing *hearing, struct mh_err *err) MH_MUST_USE;

/* ---- reading ---- */

/* The case as this account may see it; PT_ABSENT: it may not, or there is
   none. */
enum mh_code pt_store_case_get(struct pt_store *store, const char *id,
    const struct pt_account *account, struct mh_err *err, struct pt_case *out,
    enum pt_found *found) MH_MUST_USE;

enum pt_case_sort { /* equal ones in the order of their ids */
    PT_SORT_FILED,
    PT_SORT_NUMBER, /* as it is spelled */
    PT_SORT_COURT,  /* by its name */
    PT_SORT_STATUS, /* in the order of enum pt_case_status */
    PT_SORTS,
};

struct pt_case_query {
    const char *number;         /* how it begins; "": any */
    enum pt_case_status status; /* 0: any */
    const char *type;           /* NULL, "": any */
    const char *court;          /* its code; NULL, "": any */
    int64_t judge;              /* an account; 0: any */
    enum pt_case_role role;     /* of a participant who asks; 0: any */
    int64_t from, to;           /* filed from <= t < to; to 0: no end */
    /*
     * The search form (fold.h) of at most PT_WORDS_MAX words: one of the
     * case's parties has a name with a word that begins with each.  NULL, "":
     * any.
     */
    const char *words;
    enum pt_case_sort sort;
    bool up;           /* the least first; else the last first */
    unsigned size;     /* cases of a page; 0: PT_CASES_PAGE */
    const char *after; /* id of the last case of the page before; "": none */
};
struct pt_cases {
    struct pt_case item[PT_CASES_PAGE_MAX];
    size_t count;
    bool more;
};
/* Those of an account that the query asks for. */
enum mh_code pt_store_case_list(struct pt_store *store,
    const struct pt_account *account, const struct pt_case_query *query,
    struct mh_err *err, struct pt_cases *out) MH_MUST_USE;

/*
 * Whose cases an account can search for: a participant the judges of the own
 * cases, an official those of the own courts, an auditor all; a judge, who has
 * the own cases alone, none.  By their names; past the limit none.
 */
struct pt_case_judge {
    int64_t account;
    char id[27];      /* in addresses: it stays, and says no number */
    const char *name; /* in the arena */
};
struct pt_case_judges {
    struct pt_case_judge *item; /* in the arena */
    size_t count;
};
enum mh_code pt_store_case_judges(struct pt_store *store,
    const struct pt_account *account, struct mh_arena *arena,
    struct mh_err *err, struct pt_case_judges *out) MH_MUST_USE;

/*
 * What a name that is searched for comes to: its search form, where it is
 * good.
 */
enum pt_words {
    PT_WORDS_GOOD,
    PT_WORDS_SHORT, /* no word of PT_LETTERS_MIN letters */
    PT_WORDS_LONG,  /* more than PT_TEXT_MAX bytes, or PT_WORDS_MAX words */
};
enum pt_words pt_words_of(const char *name, char out[static PT_TEXT_MAX + 1]);
/*
 * A name that is searched for stands in no address (portal.md 3.3): it is
 * kept for its account, for PT_SEARCH_KEEP, under an id that this makes.
 */
enum mh_code pt_store_search_put(struct pt_store *store, int64_t account,
    const char *name, int64_t now, struct mh_err *err,
    char id[static 27]) MH_MUST_USE;
struct pt_search_key {
    const char *id;
    int64_t account, now;
};
enum mh_code pt_store_search_get(struct pt_store *store,
    const struct pt_search_key *key, struct mh_err *err,
    char name[static PT_TEXT_MAX + 1], enum pt_found *found) MH_MUST_USE;

struct pt_court {
    char code[PT_COURT_CODE_MAX + 1];
    char name[PT_COURT_MAX + 1];
};
struct pt_courts {
    struct pt_court *item;
    size_t count;
};
/* All, by their names. */
enum mh_code pt_store_court_list(struct pt_store *store, struct mh_arena *arena,
    struct mh_err *err, struct pt_courts *out) MH_MUST_USE;
/* The number in the store of the court with a code; 0: there is none. */
enum mh_code pt_store_court_find(struct pt_store *store, const char *code,
    struct mh_err *err, int64_t *id) MH_MUST_USE;

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
/* One, with why it was moved or cancelled and the ids of the one that it was
   moved from and to; those are "" where there is none.  h.id "": it is not. */
struct pt_hearing_full {
    struct pt_hearing h;
    char reason[4 * PT_HEARING_REASON + 1];
    char from_id[27], to_id[27];
};
enum mh_code pt_store_hearing_get(struct pt_store *store, const char *id,
    struct mh_err *err, struct pt_hearing_full *out) MH_MUST_USE;
/* Of all cases of an account, from a time on, in order. */
enum mh_code pt_store_hearing_mine(struct pt_store *store,
    const struct pt_account *account, int64_t from, struct mh_arena *arena,
    struct mh_err *err, struct pt_hearings *out) MH_MUST_USE;

/* A number as people write it, made what the store has: no blanks, round
   brackets, capital letters but for "e-".  false: too long. */
bool pt_number_clean(const char *in, char out[static PT_NUMBER_MAX + 1]);

#endif
