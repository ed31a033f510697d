/*
 * Many made cases at once, each call in one transaction: for stores to try
 * things on (portal/data/generate.h).  Everything is as the caller says,
 * identifiers too; nothing that is there is changed.
 */
#ifndef PORTAL_STORE_BULK_H
#define PORTAL_STORE_BULK_H

#include "portal/store/cases.h"

enum {
    PT_BULK_PARTIES = 4,
    PT_BULK_PEOPLE = 4,
    PT_BULK_HEARINGS = 2,
    PT_BULK_EVENTS = 4,
};

struct pt_bulk_case {
    struct pt_case c;     /* id, number, filed, type, proceeding, status */
    int64_t court, judge; /* numbers in the store; judge 0: none */
    struct pt_party party[PT_BULK_PARTIES];
    struct {
        int64_t account;
        enum pt_case_role role;
    } person[PT_BULK_PEOPLE]; /* who takes part; none twice */
    struct pt_hearing hearing[PT_BULK_HEARINGS]; /* id, starts to state */
    /* Each has a notification for each person of person[]. */
    struct {
        char id[27], notice[PT_BULK_PEOPLE][27];
        const char *kind;
        int64_t at;
        bool old; /* its notifications were put away */
    } event[PT_BULK_EVENTS];
    size_t parties, people, hearings, events;
};

/* MH_EFORMAT: a number or an identifier is there already. */
enum mh_code pt_store_bulk_cases(struct pt_store *store,
    const struct pt_bulk_case *list, size_t count,
    struct mh_err *err) MH_MUST_USE;
/* Their ids are set.  MH_EFORMAT: a user name is somebody's already. */
enum mh_code pt_store_bulk_accounts(struct pt_store *store,
    struct pt_account *list, size_t count, struct mh_err *err) MH_MUST_USE;

#endif
