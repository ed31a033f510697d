/*
 * Seals of the appliance's own keys: POST /api/v1/seal has keyd sign documents
 * with the court's key.  The operation is stored before keyd is asked for the
 * signature; the same Idempotency-Key comes to the same document, whatever
 * stopped in between.
 */
#ifndef PORTAL_API_SEAL_H
#define PORTAL_API_SEAL_H

#include "portal/api/app.h"

extern const char *const pt_seal_files[];

void pt_seal(void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
