/*
 * Whose card it is: what both ways of signing in with one have in common
 * (cardsign.h, cardtoken.h).
 */
#ifndef PORTAL_PAGES_CARDJUDGE_H
#define PORTAL_PAGES_CARDJUDGE_H

#include "portal/api/app.h"
#include "portal/jobs/judge.h"
#include "portal/store/people.h"

/* The id of a text that says why not; NULL: no such word. */
const char *pt_card_reason(const char *why);

/*
 * Has the certificate judged, q's document, by the strict rules; profile: how
 * its key has to have been shown (signer/verify/holder.h).  *why: a reason's
 * word, or NULL; then the account is the holder's.  With a word its id is 0
 * where nobody's is known.  Errors: those of the judge and of the store.
 */
enum mh_code pt_card_judge(struct pt_app *app, struct pt_question *q,
    const char *profile, struct mh_err *err, struct pt_account *account,
    const char **why) MH_MUST_USE;

/* The session of who showed a card, in place of the browser's own. */
enum mh_code pt_card_session(struct pt_app *app, struct pt_request *rq,
    const struct pt_account *account, struct pt_answer *answer,
    struct mh_err *err) MH_MUST_USE;
/* On to the case, or where back is no identifier to all cases. */
void pt_card_on(struct pt_answer *answer, const char *back);

#endif
