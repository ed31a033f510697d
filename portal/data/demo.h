/*
 * mohur-portal demo --state DIR [--lawyer USER] [--citizen USER]
 *   [--clerk USER] [--president USER] [--judge USER]
 * With --generate: generate.h.
 *
 * Eight cases to look at, with invented parties, for accounts that are there
 * (mohur-portal account add): this makes none, so there is no password that
 * anybody could know.  Once more changes nothing.  Not for a store that real
 * cases are in.
 */
#ifndef PORTAL_DATA_DEMO_H
#define PORTAL_DATA_DEMO_H

#include "portal/store/store.h"

/* Accounts of each part; 0: nobody's. */
struct pt_demo {
    int64_t lawyer, citizen, clerk, president, judge;
};

/* Adds what is not there. */
enum mh_code pt_demo_add(struct pt_store *store, const struct pt_demo *demo,
    int64_t now, struct mh_err *err) MH_MUST_USE;

/* Exit codes: 0, 64 for a request that cannot be, 70. */
int pt_demo_main(int argc, char **argv);

#endif
