/*
 * Joining a case (portal.md 2.3, 8.2): the page for a code of a letter of the
 * court, and for cases that have a party of one's own FIN.
 */
#ifndef PORTAL_PAGES_JOINPAGE_H
#define PORTAL_PAGES_JOINPAGE_H

#include "portal/pages/session.h"

/* Whether the session was begun by a signature or a card: what gives somebody
   a part in a case takes no less.  false: answer says it, and the refusal is a
   record; what: a word for it. */
bool pt_signed_must(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, const struct pt_who *who, const char *what);

/* What a list of cases says of those that wait for somebody to join: the names
   "pendings" (id, case_number, court, role, side), or "step_shows_more". */
enum mh_code pt_join_set(struct pt_app *app, struct pt_request *rq,
    struct pt_map *m, const struct pt_who *who, struct mh_err *err) MH_MUST_USE;

void pt_web_join(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_join_code(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_join_match(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* A code as it was typed, and its SHA-256; false: it is spelled like none. */
bool pt_join_hash(const char *typed, uint8_t out[static PT_HASH]);

#endif
