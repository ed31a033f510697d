/*
 * Letters that anybody writes to a court, and the court's answers; nothing of
 * them is ever public.
 *
 *   unproven -> received -> answered -> closed
 *                       `-------------> closed
 *
 * Who has no cabinet proves the address of the answer first: an unproven letter
 * is nobody's to read, and is gone a day later.
 *
 * Times are seconds UTC; texts are clean UTF-8 with LF between lines.  Every
 * step stores its record in the same transaction.
 */
#ifndef PORTAL_STORE_COURTLETTERS_H
#define PORTAL_STORE_COURTLETTERS_H

#include "portal/store/cases.h"
#include "portal/store/deliveries.h"

enum {
    PT_LETTER_NAME = 100,    /* characters of who writes */
    PT_LETTER_SUBJECT = 150, /* characters */
    PT_LETTER_TEXT = 4000,   /* characters */
    PT_LETTER_ANSWER = 1500, /* characters; it goes out by e-mail */
    PT_LETTER_BYTES = 3300,  /* of an answer */
    PT_LETTERS_DAY = 10,     /* of one account in 24 hours */
    PT_LETTERS_OPEN = 3,     /* to one address that nobody proved, likewise */
    PT_LETTERS_LISTED = 100,
    PT_LETTER_PROOF = 86400, /* seconds that an address can be proven in */
};

enum pt_letter_state { /* numbers are kept */
    PT_LETTER_UNPROVEN = 1,
    PT_LETTER_RECEIVED,
    PT_LETTER_ANSWERED,
    PT_LETTER_CLOSED,
    PT_LETTER_STATES,
};
const char *pt_letter_state_name(enum pt_letter_state s); /* "received" */

struct pt_court_letter {
    char id[27]; /* "": there is none */
    char court_code[PT_COURT_CODE_MAX + 1], court[PT_COURT_MAX + 1];
    int64_t account; /* 0: of nobody with a cabinet */
    char email[PT_TEXT_MAX + 1];
    char lang[3];
    char name[4 * PT_LETTER_NAME + 1], subject[4 * PT_LETTER_SUBJECT + 1];
    const char *text;   /* in the arena; lists have "" */
    const char *answer; /* the same */
    enum pt_letter_state state;
    int64_t created, received, answered, closed; /* MH_TIME_NONE: not yet */
};

enum pt_letter_done {
    PT_LETTER_DONE,    /* now, or when the form came first */
    PT_LETTER_MANY,    /* PT_LETTERS_DAY, or PT_LETTERS_OPEN, are there */
    PT_LETTER_ILLEGAL, /* its state does not permit it; a record says so */
    PT_LETTER_ABSENT,  /* no such court, no such letter */
};

/* One of letter->account, which is received at once; or, of account 0,
   unproven.  id is made. */
enum mh_code pt_store_court_letter_add(struct pt_store *store,
    struct pt_court_letter *letter, const char *form, struct mh_err *err,
    enum pt_letter_done *done) MH_MUST_USE;
/* Its address is proven. */
enum mh_code pt_store_court_letter_prove(struct pt_store *store, const char *id,
    int64_t now, struct mh_err *err, enum pt_letter_done *done) MH_MUST_USE;

struct pt_letter_step {
    const char *id;
    int64_t account, at;
    enum pt_letter_state to;
    const char *answer;                 /* of ANSWERED */
    const struct pt_delivery *delivery; /* that tells of it; NULL: none */
};
/* ANSWERED of a received one, CLOSED of one that is received or answered. */
enum mh_code pt_store_court_letter_step(struct pt_store *store,
    const struct pt_letter_step *asked, struct mh_err *err,
    enum pt_letter_done *done) MH_MUST_USE;

/* One that is received, for its account or a clerk of its court; id "": none
   such. */
enum mh_code pt_store_court_letter_get(struct pt_store *store, const char *id,
    const struct pt_account *account, struct mh_arena *arena,
    struct mh_err *err, struct pt_court_letter *out) MH_MUST_USE;

struct pt_court_letters {
    struct pt_court_letter *item; /* in the arena */
    size_t count;
    bool more;
};
/* Of a clerk those of the courts, the ones that wait first; of anybody else the
   own ones, the last first. */
enum mh_code pt_store_court_letter_list(struct pt_store *store,
    const struct pt_account *account, struct mh_arena *arena,
    struct mh_err *err, struct pt_court_letters *out) MH_MUST_USE;

#endif
