/* What everybody may see of the courts: judges, hearings of a day, no names of
   parties. */
#ifndef PORTAL_STORE_FRONT_H
#define PORTAL_STORE_FRONT_H

#include "portal/store/cases.h"

enum {
    PT_FRONT_HEARINGS = 500, /* of a day of one court */
    PT_FRONT_JUDGES = 200,   /* of one court */
};

struct pt_front_hearing {
    char number[PT_NUMBER_MAX + 1];
    int64_t starts, ends; /* seconds UTC */
    char hall[PT_TEXT_MAX + 1];
    char kind[PT_CASE_CODE_MAX + 1], state[PT_CASE_CODE_MAX + 1];
};
struct pt_front_judge {
    char name[2 * PT_TEXT_MAX + 2]; /* surname first */
};
struct pt_front {
    struct pt_front_hearing *hearing; /* in the arena, by their times */
    size_t hearings;
    bool more;                    /* of them than are listed */
    struct pt_front_judge *judge; /* in the arena, by their names */
    size_t judges;
};

/*
 * Of a court: its active judges, and hearings that begin in
 * the 24 hours from `from` on (seconds UTC), moved and cancelled ones too, but
 * none of restricted cases.  A court that there is not has neither.
 */
enum mh_code pt_store_front_day(struct pt_store *store, int64_t court,
    int64_t from, struct mh_arena *arena, struct mh_err *err,
    struct pt_front *out) MH_MUST_USE;

#endif
