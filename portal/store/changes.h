/*
 * What proposals are about (proposals.h), kind by kind: for the store's own
 * files, inside the writer's transaction.
 */
#ifndef PORTAL_STORE_CHANGES_H
#define PORTAL_STORE_CHANGES_H

#include "base/buf.h"
#include "portal/store/proposals.h"
#include "portal/store/rows.h"

enum {
    PT_CHANGE_DATA = 512, /* bytes of what a record says */
};

struct pt_change {
    const char *subject, *was, *will;
    const char *id; /* of the proposal; applied only */
    int64_t now;
};

struct pt_change_kind {
    /* What the subject is; *there false: there is none such. */
    enum mh_code (*read)(struct pt_db *db, const char *subject,
        struct mh_err *err, struct mh_buf *out, bool *there);
    /* The rule that the change breaks, in out->rule (NULL: none). */
    enum mh_code (*check)(struct pt_store *store, const struct pt_change *c,
        struct mh_err *err, struct pt_proposed_done *out);
    enum mh_code (*apply)(
        struct pt_store *store, const struct pt_change *c, struct mh_err *err);
};

extern const struct pt_change_kind pt_change_person, pt_change_court,
    pt_change_rules, pt_change_text;

/* NULL: there is no such kind. */
const struct pt_change_kind *pt_change_kind_of(enum pt_proposal_kind kind);

/* Whether the account is an operator who may work. */
enum mh_code pt_change_operator(struct pt_db *db, int64_t account,
    struct mh_err *err, bool *out) MH_MUST_USE;

/* A record about a proposal. */
struct pt_change_note {
    const char *ev, *res;
    int64_t account; /* 0: the service itself */
    const char *proposal;
    int64_t now;
};
enum mh_code pt_change_noted(struct pt_store *store,
    const struct pt_change_note *n, const char *data,
    struct mh_err *err) MH_MUST_USE;
/* What it says of a change: digests, and of a person role and state. */
enum mh_code pt_change_data(const struct pt_proposal *p, struct mh_err *err,
    char out[static PT_CHANGE_DATA]) MH_MUST_USE;

/* pt_store_proposal_expire inside the writer's transaction. */
enum mh_code pt_change_expire(
    struct pt_store *store, int64_t now, struct mh_err *err) MH_MUST_USE;

/* Steps a bound statement that has one row at most; a column of numbers.
 *there false: it has none. */
enum mh_code pt_change_number(struct pt_db *db, const struct pt_stmt *s,
    struct mh_err *err, int64_t *out, bool *there) MH_MUST_USE;
/* The same of a text, appended to out. */
enum mh_code pt_change_text_of(struct pt_db *db, const struct pt_stmt *s,
    struct mh_err *err, struct mh_buf *out, bool *there) MH_MUST_USE;

/* The number behind a prefix, as "12" of "p:12"; 0: it is none. */
int64_t pt_change_account(const char *subject);

#endif
