/* Signing in and out, and a person's own data. */
#ifndef PORTAL_PAGES_CABINET_H
#define PORTAL_PAGES_CABINET_H

#include "portal/http/request.h"

typedef void pt_handler(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

pt_handler pt_web_login_form, pt_web_login, pt_web_logout;
pt_handler pt_web_notify;
pt_handler pt_web_cabinet, pt_web_contact, pt_web_password, pt_web_session_end;

#endif
