/*
 * Accounts as operators see them (portal.md 6): found by user name, FIN or a
 * name, with their courts; no passwords, no addresses.
 */
#ifndef PORTAL_STORE_PERSONS_H
#define PORTAL_STORE_PERSONS_H

#include "portal/store/people.h"

enum {
    PT_PERSONS_PAGE = 25, /* of one page */
    PT_PERSON_WORDS = 4,  /* words that are searched for; more are left */
};

struct pt_person {
    int64_t id;
    char username[PT_USERNAME_MAX + 1];
    char fin[PT_FIN + 1];
    char name[3 * PT_TEXT_MAX + 3]; /* surname first */
    enum pt_role role;
    enum pt_account_state state;
    bool pending;
    int64_t created;
    int64_t seen; /* newest request of a session; MH_TIME_NONE: no session */
};

struct pt_person_query {
    const char *text;  /* a user name, a FIN, or beginnings of names; "": any */
    enum pt_role role; /* 0: any */
    int64_t after;     /* accounts behind this one */
};
struct pt_persons {
    struct pt_person *item; /* in the arena, by their numbers */
    size_t count;
    bool more;
};
enum mh_code pt_store_person_list(struct pt_store *store,
    const struct pt_person_query *query, struct mh_arena *arena,
    struct mh_err *err, struct pt_persons *out) MH_MUST_USE;
enum mh_code pt_store_person_get(struct pt_store *store, int64_t id,
    struct mh_err *err, struct pt_person *out,
    enum pt_found *found) MH_MUST_USE;

#endif
