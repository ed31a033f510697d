/*
 * What participants say of a court after a hearing or an act (portal.md 4, 6):
 * 1 to 5 and a text, once for each event of each account.  Figures are public
 * per court from PT_FEEDBACK_COUNTED answers on, names never; a text is shown
 * to nobody but the court's president until that president lets it be shown.
 *
 * Times are seconds UTC.
 */
#ifndef PORTAL_STORE_FEEDBACK_H
#define PORTAL_STORE_FEEDBACK_H

#include "portal/store/cases.h"

enum {
    PT_FEEDBACK_TEXT = 500,   /* characters; four bytes at most */
    PT_FEEDBACK_COUNTED = 5,  /* answers, below which a court has no figures */
    PT_FEEDBACK_EVENTS = 100, /* of a case, the newest */
    PT_FEEDBACK_SHOWN = 20,   /* texts of a court, the newest */
    PT_FEEDBACK_DESK = 50,    /* texts that wait, the oldest */
};

struct pt_feedback_event {
    char id[27];
    char kind[PT_KIND_MAX + 1];
    char data[2 * PT_TEXT_MAX + 1];
    int64_t at;
    unsigned score; /* the account's own; 0: not yet */
};
struct pt_feedback_events {
    struct pt_feedback_event *item; /* in the arena, newest first */
    size_t count;
};
/* Of a case: what the account can be asked about. */
enum mh_code pt_store_feedback_events(struct pt_store *store,
    const char *case_id, int64_t account, struct mh_arena *arena,
    struct mh_err *err, struct pt_feedback_events *out) MH_MUST_USE;

enum pt_feedback_what {
    PT_FEEDBACK_DONE,
    PT_FEEDBACK_NONE,  /* the case has no such event to be asked about; of a
                          decision: no such text of a court of the president */
    PT_FEEDBACK_TWICE, /* given, or decided, already: a record */
};
struct pt_feedback {
    int64_t account; /* who takes part: the caller has seen to it */
    const char *case_id, *event;
    unsigned score;   /* 1 to 5 */
    const char *text; /* clean, or "" */
    int64_t now;
};
enum mh_code pt_store_feedback_add(struct pt_store *store,
    const struct pt_feedback *feedback, struct mh_err *err,
    enum pt_feedback_what *out) MH_MUST_USE;

/* ---- the president's desk ---- */

struct pt_feedback_text {
    char id[27];
    char court[PT_COURT_MAX + 1];
    unsigned score;
    int64_t at;
    char text[4 * PT_FEEDBACK_TEXT + 1];
};
struct pt_feedback_texts {
    struct pt_feedback_text *item; /* in the arena */
    size_t count;
};
/* Those that wait in the courts of an official, oldest first. */
enum mh_code pt_store_feedback_waiting(struct pt_store *store, int64_t account,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_feedback_texts *out) MH_MUST_USE;
struct pt_feedback_decision {
    int64_t account; /* a president */
    const char *id;
    bool show;
    int64_t now;
};
enum mh_code pt_store_feedback_decide(struct pt_store *store,
    const struct pt_feedback_decision *decision, struct mh_err *err,
    enum pt_feedback_what *out) MH_MUST_USE;

/* ---- what everybody sees ---- */

struct pt_feedback_court {
    uint32_t answers; /* 0 below PT_FEEDBACK_COUNTED, and no texts then */
    uint32_t tenths;  /* the mean, 10 to 50 */
    struct pt_feedback_texts texts;
};
enum mh_code pt_store_feedback_court(struct pt_store *store, int64_t court,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_feedback_court *out) MH_MUST_USE;

#endif
