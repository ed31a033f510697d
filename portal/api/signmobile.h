/*
 * Signatures by mobile ID for clients of the API: documents, a telephone and a
 * user's number go in, the verification code comes out at once, and the signed
 * document when its person has answered (portal/signing/mobile.h).
 *
 *   POST /api/v1/mobile        what is asked; 202
 *   GET  /api/v1/mobile/{id}   how it stands
 */
#ifndef PORTAL_API_SIGNMOBILE_H
#define PORTAL_API_SIGNMOBILE_H

#include "portal/api/app.h"

extern const char *const pt_sign_mobile_files[]; /* parts; NULL-ended */

void pt_sign_mobile(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_sign_mobile_show(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
