/*
 * The clock of court acts (portal.md 2.3): announced, signed, published, read.
 * Parties see it in their case, the president of a court what is overdue
 * there, everybody how long each court takes.
 */
#ifndef PORTAL_PAGES_ACTCLOCK_H
#define PORTAL_PAGES_ACTCLOCK_H

#include "portal/pages/docpage.h"
#include "portal/store/acts.h"

/* Names of an act for a template; its title only where draft says that it may
   be seen before it is published. */
void pt_act_describe(struct pt_map *m, const struct pt_act *a, bool draft,
    int64_t now, enum mh_lang lang);
/* The list "readers" of a published act: who reads it, and since when. */
enum mh_code pt_act_readers_set(struct pt_app *app, struct pt_map *m,
    const struct pt_act *a, enum mh_lang lang, struct mh_err *err) MH_MUST_USE;
/* The list "acts" of a case's page, for who may see them. */
enum mh_code pt_act_case_set(struct pt_app *app, struct pt_map *m,
    const struct pt_case *c, enum mh_lang lang, struct mh_err *err) MH_MUST_USE;

void pt_web_acts_overdue(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_acts_clock(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
