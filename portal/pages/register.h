/*
 * Registration (portal.md 3.2): own data, a code to the e-mail address, and an
 * account that waits until a signature or a clerk proves its FIN.  A FIN or a
 * user name that is somebody's is told to that person's address and to nobody
 * else.
 */
#ifndef PORTAL_PAGES_REGISTER_H
#define PORTAL_PAGES_REGISTER_H

#include "portal/http/request.h"

#define PT_CONSENT "2026-11" /* version of the text that is agreed to */

void pt_web_register_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_register(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_register_code_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_register_code(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
