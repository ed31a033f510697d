/*
 * Signatures that a client makes itself: POST /api/v1/sign prepares a document
 * and says what is to be signed, POST /api/v1/sign/{id}/value takes the value,
 * adds what the level asks for and judges the document (signjob.h: the rest).
 */
#ifndef PORTAL_API_SIGN_H
#define PORTAL_API_SIGN_H

#include "portal/api/app.h"

enum {
    PT_SIGN_CERTIFICATE_MAX = 16384, /* bytes of one */
};

extern const char *const pt_sign_files[];

void pt_sign(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_sign_value(void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
