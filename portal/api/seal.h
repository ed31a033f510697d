/*
 * Seals of the appliance's own keys: POST /api/v1/seal has keyd sign documents
 * with the court's key.  The operation is stored before keyd is asked for the
 * signature; the same Idempotency-Key comes to the same document, whatever
 * stopped in between.  PT_SIGNING_BYTES_MAX bytes of documents at most; what a
 * document does not allow is 422, what keyd does not allow 403, a limit of the
 * key 429, keyd or an authority that does not answer 503.
 */
#ifndef PORTAL_API_SEAL_H
#define PORTAL_API_SEAL_H

#include "portal/api/app.h"

extern const char *const pt_seal_files[];

void pt_seal(void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
