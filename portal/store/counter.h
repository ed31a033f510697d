/* The next number of a series (portal/data/series.h), for the store's own
   files. */
#ifndef PORTAL_STORE_COUNTER_H
#define PORTAL_STORE_COUNTER_H

#include "portal/data/series.h"

struct pt_counter_key {
    int64_t court; /* its number in the store */
    const char *type;
    int64_t now; /* seconds UTC */
};
/*
 * Inside the writer's transaction, with the case that gets it: the series of a
 * court's type and the year of a time.  A series begins behind the highest
 * number that is there; numbers that others brought meanwhile are passed over.
 * MH_ELIMIT: it is at its end.  MH_EFORMAT: there is no such court.
 */
enum mh_code pt_counter_next(struct pt_store *store,
    const struct pt_counter_key *key, struct mh_err *err,
    char number[static PT_NUMBER_MAX + 1]) MH_MUST_USE;

#endif
