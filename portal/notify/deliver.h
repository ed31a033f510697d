/*
 * The outbox's thread: takes what is due, has the courier send it, and says
 * what became of it (portal.md 3.5).
 *
 * A message is tried again after 1, 5, 15 minutes, 1, 4, 12 and 24 hours and
 * is dead then.  Where the portal falls while one is sent, nobody knows whether
 * it went out: it is sent again, and the log says deliver.again; its
 * Message-ID is the same.
 */
#ifndef PORTAL_NOTIFY_DELIVER_H
#define PORTAL_NOTIFY_DELIVER_H

#include "portal/api/app.h"

struct pt_deliver;

struct pt_deliver_settings {
    struct pt_store *store;
    struct pt_judge *judge;
    const char *origin;                      /* borrowed */
    const struct mh_notify_settings *notify; /* borrowed */
};
enum mh_code pt_deliver_start(const struct pt_deliver_settings *set,
    struct mh_err *err, struct pt_deliver **out) MH_MUST_USE;
void pt_deliver_stop(struct pt_deliver *d); /* NULL is fine */
void pt_deliver_wake(struct pt_deliver *d); /* something is due; NULL is fine */

/* Seconds until the next try after so many; -1: there is none. */
int64_t pt_deliver_wait(uint32_t tries);

/* GET /sms/report: Kannel's word on a message. */
void pt_sms_reported(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
extern const char *const pt_sms_query[]; /* NULL-ended */

#endif
