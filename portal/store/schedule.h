/*
 * Hearings as they are scheduled, moved, cancelled and held (portal.md 5): the
 * rules of their times and states, and what everybody of the case is told.
 * A hearing that was moved stays as a row, and the new one names it.
 *
 * Times are seconds UTC.  Texts are clean UTF-8 within the limits of cases.h.
 */
#ifndef PORTAL_STORE_SCHEDULE_H
#define PORTAL_STORE_SCHEDULE_H

#include "portal/store/cases.h"
#include "portal/store/sent.h"

enum {
    PT_HEARING_AHEAD = 730 * 86400, /* seconds: two years */
};

enum pt_change {
    PT_CHANGE_SCHEDULE,
    PT_CHANGE_MOVE,
    PT_CHANGE_CANCEL,
    PT_CHANGE_HOLD, /* it took place */
};

struct pt_plan {
    enum pt_change change;
    const char *case_id;
    const char *hearing; /* that is changed; NULL: a new one */
    int64_t account;     /* of who does it */
    int64_t now;
    /* Of a new time: */
    int64_t starts;
    uint32_t minutes; /* PT_MINUTES_MIN to PT_MINUTES_MAX */
    const char *hall;
    const char *kind;   /* of a new one */
    const char *reason; /* of a move or a cancellation */
    const char *form;   /* each form does what it says once (sent.h) */
    uint8_t digest[PT_HASH];
};

enum pt_planned {
    PT_PLANNED,        /* done, now or when the form came first */
    PT_PLANNED_OTHER,  /* the form was used for something else */
    PT_PLANNED_PAST,   /* the time is not to come */
    PT_PLANNED_FAR,    /* it is more than PT_HEARING_AHEAD away */
    PT_PLANNED_HALL,   /* the hall has another hearing then, */
    PT_PLANNED_JUDGE,  /* the judge has, */
    PT_PLANNED_CASE,   /* the case has */
    PT_PLANNED_STATE,  /* it is moved, cancelled or held; or there is none */
    PT_PLANNED_EARLY,  /* held, and it has not begun */
    PT_PLANNED_CLOSED, /* the case is archived or was returned */
};

struct pt_plan_done {
    enum pt_planned what;
    char hearing[27];        /* PLANNED: the one that is there now */
    struct pt_hearing other; /* HALL, JUDGE, CASE: number, starts, ends, hall */
};

/*
 * The change, its record, and what everybody of the case and its judge are
 * told, all or nothing.  STATE, EARLY and CLOSED leave a record of what was
 * refused.  Two hearings meet where one begins before the other ends.
 */
enum mh_code pt_store_hearing_change(struct pt_store *store,
    const struct pt_plan *plan, struct mh_err *err,
    struct pt_plan_done *out) MH_MUST_USE;

/*
 * Events of hearings are hearing-scheduled, hearing-moved, hearing-cancelled
 * and hearing-held; their data is "STARTS HALL", of a move "BEFORE STARTS
 * HALL", times as decimal numbers.  false: it is none such.
 */
struct pt_hearing_told {
    int64_t before; /* MH_TIME_NONE: none */
    int64_t starts;
    const char *hall; /* inside of data */
};
bool pt_hearing_told(
    const char *kind, const char *data, struct pt_hearing_told *out);

#endif
