/* How the store is, and what waits in it, for the operator. */
#ifndef PORTAL_STORE_STATE_H
#define PORTAL_STORE_STATE_H

#include "portal/store/store.h"

/* Things that wait: how many, and since when the oldest does. */
struct pt_waiting {
    int64_t count;
    int64_t since; /* seconds UTC; MH_TIME_NONE: nothing waits */
};
struct pt_store_state {
    struct pt_waiting records;   /* on their way to the log */
    struct pt_waiting receipts;  /* that are owed */
    struct pt_waiting judging;   /* documents that are judged again */
    struct pt_waiting lasting;   /* long-term copies that are owed */
    struct pt_waiting jobs;      /* of the API */
    struct pt_waiting letters;   /* e-mail and SMS */
    struct pt_waiting dead;      /* that could not be sent */
    struct pt_waiting proposals; /* that wait for a second operator */
    int64_t sessions, accounts, cases, documents;
    uint64_t bytes;      /* of the database */
    uint64_t free_bytes; /* of its disk; what a user may take */
    uint64_t disk_bytes;
    const char *engine; /* "SQLite 3.40.1" */
};
enum mh_code pt_store_state(struct pt_store *store, int64_t now,
    struct mh_err *err, struct pt_store_state *out) MH_MUST_USE;

#endif
