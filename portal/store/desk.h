/*
 * The clerk's desk: documents that were received and that no rule accepts or
 * returns by itself, and what a clerk decided (portal.md 3.4a).
 */
#ifndef PORTAL_STORE_DESK_H
#define PORTAL_STORE_DESK_H

#include "portal/store/cases.h"
#include "portal/store/documents.h"

enum {
    PT_DECISION_MAX = 500, /* characters of its reason; four bytes at most */
    PT_DESK_MAX = 100,     /* documents that are listed, the oldest */
};

struct pt_decision {
    char document[27]; /* "": there is none */
    int64_t account;   /* of who decided */
    bool accepted;     /* else returned */
    char reason[4 * PT_DECISION_MAX + 1];
    int64_t at;                   /* seconds UTC */
    char by[2 * PT_TEXT_MAX + 2]; /* read only: the name of who decided */
};

/*
 * Decides: the document's state, the receipt that an accepted one is owed
 * (else NULL), a record, and what everybody of the case is told, all or
 * nothing.  PT_ABSENT: the document is on no desk any more.
 */
enum mh_code pt_store_desk_decide(struct pt_store *store,
    const struct pt_decision *decision, const struct pt_receipt *receipt,
    const struct pt_record *record, struct mh_err *err,
    enum pt_found *found) MH_MUST_USE;

enum mh_code pt_store_decision_get(struct pt_store *store, const char *document,
    struct mh_err *err, struct pt_decision *out) MH_MUST_USE;

struct pt_desk_item {
    char document[27];
    char number[PT_NUMBER_MAX + 1];
    char kind[PT_DOC_KIND_MAX + 1], title[PT_DOC_NAME_MAX + 1];
    char filer[2 * PT_TEXT_MAX + 2];
    char reason[PT_REASON_MAX + 1];
    int64_t filed;
};
struct pt_desk {
    struct pt_desk_item *item; /* in the arena, oldest first */
    size_t count;
    bool more;
};
/* Of the courts that the account is an official of. */
enum mh_code pt_store_desk_list(struct pt_store *store, int64_t account,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_desk *out) MH_MUST_USE;

#endif
