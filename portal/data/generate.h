/*
 * mohur-portal demo --state DIR --generate N --seed S [--lawyer USER]
 *   [--citizen USER] [--clerk USER] [--president USER] [--judge USER]
 *
 * N cases of a country's courts with invented people, to try out how the
 * portal does with many.  The same seed makes the same cases; they can be made
 * once in a store.  What is made of people are accounts without a password,
 * which nobody can sign in to.
 *
 * Of the accounts that are named the lawyer takes part in 200 cases at most,
 * spread over all of them, the citizen in three; clerk and president are of
 * the first court, and the judge is one of its judges.
 */
#ifndef PORTAL_DATA_GENERATE_H
#define PORTAL_DATA_GENERATE_H

#include "portal/data/demo.h"

enum {
    PT_GENERATE_MAX = 10000000, /* cases */
};

struct pt_generate {
    uint64_t cases, seed;
};

/* MH_EFORMAT: cases of that seed are there already. */
enum mh_code pt_generate_add(struct pt_store *store, const struct pt_demo *demo,
    const struct pt_generate *what, struct mh_err *err) MH_MUST_USE;

#endif
