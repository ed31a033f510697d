/*
 * Complaints against acts (portal.md 3.7, 5): an application that begins with
 * what its case says, and, once it is registered, a case of the court above
 * that names the one before.  What may be filed until when is data of
 * portal/data/appeals.h.  Times are seconds UTC.
 */
#ifndef PORTAL_STORE_COMPLAINTS_H
#define PORTAL_STORE_COMPLAINTS_H

#include "portal/store/acts.h"
#include "portal/store/applications.h"

enum {
    PT_RELATED_MAX = 20, /* cases that follow one */
};

/* When a published act counts as served on an account: read: the first time it
   was opened by it, where it was; else when it was published. */
enum mh_code pt_store_complaint_served(struct pt_store *store,
    const struct pt_act *act, int64_t account, bool read, struct mh_err *err,
    int64_t *served) MH_MUST_USE;

/*
 * The parties of a case as a complaint of the account has them, in the arena:
 * the side that complains is the first, and the other one opposite.  A third
 * person who complains stands there alone, against both.  A party that the
 * case has no FIN of, and that the account joined it as, has the account's.
 */
enum mh_code pt_store_complaint_parties(struct pt_store *store,
    const char *case_id, const struct pt_account *account,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_application_parties *out) MH_MUST_USE;

struct pt_complaint {
    const struct pt_act *act; /* a published one */
    uint32_t act_pages;       /* of its document (applications.h) */
    const char *court;        /* code of the one above; "": to be chosen */
    const char *kind, *proceeding, *category; /* of the court policy */
    const char *title;
    int64_t served, deadline;
    const struct pt_application_parties *parties; /* ids are made */
};
/* A new draft of by->account; by->id is not looked at.  id: of the draft. */
enum mh_code pt_store_complaint_new(struct pt_store *store,
    const struct pt_application_by *by, const struct pt_complaint *c,
    struct mh_err *err, char id[static 27],
    enum pt_application_done *done) MH_MUST_USE;

/* Cases that belong together: the one before (id "": none), those after. */
struct pt_related_case {
    char id[27], number[PT_NUMBER_MAX + 1], court[PT_COURT_MAX + 1];
    bool before;
};
struct pt_related {
    struct pt_related_case item[PT_RELATED_MAX];
    size_t count;
};
enum mh_code pt_store_case_related(struct pt_store *store, const char *case_id,
    struct mh_err *err, struct pt_related *out) MH_MUST_USE;

/* Inside the writer's transaction: everybody of the case before case_id, if
   there is one, is told of it. */
enum mh_code pt_complaint_told(struct pt_store *s, const char *case_id,
    int64_t clerk, int64_t now, struct mh_err *err) MH_MUST_USE;

#endif
