/* Who is signed in on the pages. */
#ifndef PORTAL_PAGES_SESSION_H
#define PORTAL_PAGES_SESSION_H

#include "portal/api/app.h"
#include "portal/pages/layout.h"
#include "portal/store/people.h"

enum {
    PT_IDLE_OFFICIAL = 15 * 60, /* seconds */
    PT_IDLE = 30 * 60,
    PT_SESSION_MAX = 8 * 3600,
};

/* Whether somebody is; a store that cannot be read is nobody. */
bool pt_who_is(struct pt_app *app, struct pt_request *rq, struct pt_who *out);

/* Nobody is signed in with this request, as far as it says itself. */
bool pt_who_visits(const struct pt_request *rq);

/*
 * The same for a page that needs somebody: false, and answer leads to the page
 * of signing in; an account that waits to be proven has its cabinet
 * alone, and is led there.
 */
bool pt_who_must(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, struct pt_who *out);

/* Begins a session; its cookie goes out with the answer. */
enum mh_code pt_session_begin(struct pt_app *app,
    const struct pt_account *account, uint32_t level, struct pt_answer *answer,
    struct mh_err *err) MH_MUST_USE;

/*
 * The session that a signature begins, or a card: at level 3, in the log.  An
 * account that waited is proven by it; and its password and address, which may
 * be somebody else's, go.
 */
enum mh_code pt_session_signed(struct pt_app *app,
    const struct pt_account *account, struct pt_answer *answer,
    struct mh_err *err) MH_MUST_USE;

/* Whether the address that asks may try to sign in once more in this minute;
   else *wait seconds later. */
bool pt_login_rate(
    struct pt_app *app, const struct pt_request *rq, unsigned *wait);

/* Begins a page of somebody who is signed in. */
void pt_page_of(struct pt_page *page, struct pt_request *rq,
    struct pt_answer *answer, const char *title, const struct pt_who *who);

#endif
