/* Who signed in, or tried to, goes to the audit log. */
#ifndef PORTAL_PEOPLE_LOGINS_H
#define PORTAL_PEOPLE_LOGINS_H

#include "portal/api/app.h"

/* account 0: nobody's; level as in struct pt_session. */
enum mh_code pt_login_record(struct pt_app *app, int64_t account,
    unsigned level, bool good, struct mh_err *err) MH_MUST_USE;

#endif
