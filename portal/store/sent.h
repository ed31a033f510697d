/*
 * Forms of the pages that were sent: each has an identifier of its own, so
 * that what is sent twice is done once.  Both calls are for the store's own
 * files, inside the writer's transaction, around what the form does.
 */
#ifndef PORTAL_STORE_SENT_H
#define PORTAL_STORE_SENT_H

#include "portal/store/store.h"

enum {
    PT_SENT_KEEP = 86400, /* seconds that a form is known */
};

struct pt_sent {
    const char *form;      /* its identifier */
    int64_t account;       /* of who sent it */
    const uint8_t *digest; /* PT_HASH bytes: SHA-256 of what it says */
    int64_t now;           /* seconds UTC */
};

enum pt_sent_was {
    PT_SENT_NEW,
    PT_SENT_AGAIN, /* the same form saying the same */
    PT_SENT_OTHER, /* the same form saying something else */
};

/* result: what the first one came to; "" for a new one. */
enum mh_code pt_sent_take(struct pt_store *store, const struct pt_sent *sent,
    struct mh_err *err, enum pt_sent_was *was,
    char result[static 27]) MH_MUST_USE;
/* Forgets those that are older than PT_SENT_KEEP. */
enum mh_code pt_sent_keep(struct pt_store *store, const struct pt_sent *sent,
    const char *result, struct mh_err *err) MH_MUST_USE;

#endif
