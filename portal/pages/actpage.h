/*
 * One act of a court (portal.md 3.4, 5): drafting it, its page with the exact
 * PDF, changing it while it is a draft, and sending it to its judge.
 */
#ifndef PORTAL_PAGES_ACTPAGE_H
#define PORTAL_PAGES_ACTPAGE_H

#include "portal/pages/docpage.h"
#include "portal/store/acts.h"

extern const char *const pt_web_act_new_query[];  /* NULL-ended */
extern const char *const pt_web_act_file_query[]; /* NULL-ended */
extern const char *const pt_web_act_files[];      /* parts; NULL-ended */

void pt_web_act_new(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_act_make(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_act(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_act_file(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_act_edit(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_act_change(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_act_send(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* An act, its case, and who asks. */
struct pt_act_view {
    struct pt_app *app;
    struct pt_request *rq;
    struct pt_answer *answer;
    struct mh_arena *arena; /* freed by the caller, found or not */
    struct pt_who who;
    struct pt_case c;
    struct pt_act a;
    bool draft; /* what is not published may be seen */
};
/* The act of the path for who has that right on its case, with app, rq and
   answer given; budget: bytes of the arena, the act's text included.  False:
   answer says why. */
bool pt_act_open(struct pt_act_view *v, size_t budget, enum pt_right right);

/* The answer to a step that the act's state does not permit: 409, and a record
   of it. */
void pt_act_refuse(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, const struct pt_account *who,
    const struct pt_act *a, enum pt_act_state to);

#endif
