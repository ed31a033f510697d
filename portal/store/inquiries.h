/*
 * Inquiries to a court about a case (portal.md 3.6, 5), and the court's sealed
 * answers.
 *
 *   sent -> in_review -> answered | rejected
 *
 * Times are seconds UTC; texts are clean UTF-8 with LF between lines.  Every
 * step stores its record in the same transaction.
 */
#ifndef PORTAL_STORE_INQUIRIES_H
#define PORTAL_STORE_INQUIRIES_H

#include "portal/store/cases.h"
#include "portal/store/deliveries.h"

enum {
    PT_INQUIRY_KIND = 15,     /* bytes */
    PT_INQUIRY_TEXT = 2000,   /* characters */
    PT_INQUIRY_ANSWER = 4000, /* characters of an answer, or of a reason */
    PT_INQUIRY_DAYS = 10,     /* that the court has */
    PT_INQUIRIES_OPEN = 5,    /* of one account in one case */
    PT_INQUIRIES_LISTED = 100,
};

enum pt_inquiry_state { /* numbers are kept */
    PT_INQUIRY_SENT = 1,
    PT_INQUIRY_REVIEW,
    PT_INQUIRY_ANSWERED,
    PT_INQUIRY_REJECTED,
    PT_INQUIRY_STATES,
};
const char *pt_inquiry_state_name(enum pt_inquiry_state s); /* "in_review" */

struct pt_inquiry {
    char id[27]; /* "": there is none */
    char kind[PT_INQUIRY_KIND + 1];
    char case_id[27];
    int64_t account;
    int64_t created, due;
    enum pt_inquiry_state state;
    const char *text;        /* in the arena; lists have "" */
    const char *answer;      /* the same; of a rejected one the reason */
    int64_t ended;           /* MH_TIME_NONE: not yet */
    uint8_t sha256[PT_HASH]; /* of the answer, where it is answered */
    /* Read only. */
    char number[PT_NUMBER_MAX + 1], court[PT_COURT_MAX + 1];
    char asker[2 * PT_TEXT_MAX + 2]; /* the name */
    bool restricted;                 /* the case is */
};

enum pt_inquiry_done {
    PT_INQUIRY_DONE,    /* now, or when the form came first */
    PT_INQUIRY_MANY,    /* PT_INQUIRIES_OPEN wait already */
    PT_INQUIRY_ILLEGAL, /* its state does not permit it; a record says so */
};

/* One of kind, case_id, account, created and text; id is made. */
enum mh_code pt_store_inquiry_add(struct pt_store *store,
    struct pt_inquiry *inquiry, const char *form, struct mh_err *err,
    enum pt_inquiry_done *done) MH_MUST_USE;

struct pt_inquiry_step {
    const char *id;
    int64_t account, at;
    enum pt_inquiry_state to;
    const char *answer;       /* of ANSWERED, or why it is REJECTED */
    struct pt_staged *staged; /* of ANSWERED: the sealed PDF, which is used
                                 up; else NULL */
    const struct pt_delivery *delivery; /* that tells of it; NULL: none */
};
enum mh_code pt_store_inquiry_step(struct pt_store *store,
    const struct pt_inquiry_step *asked, struct mh_err *err,
    enum pt_inquiry_done *done) MH_MUST_USE;

enum mh_code pt_store_inquiry_get(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_inquiry *out) MH_MUST_USE;

struct pt_inquiries {
    struct pt_inquiry *item; /* in the arena */
    size_t count;
    bool more;
};
/* Of a clerk those of the courts, what waits first and the next due before; of
   anybody else the own ones, the last first. */
enum mh_code pt_store_inquiry_list(struct pt_store *store,
    const struct pt_account *account, struct mh_arena *arena,
    struct mh_err *err, struct pt_inquiries *out) MH_MUST_USE;

#endif
