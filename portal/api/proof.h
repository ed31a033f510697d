/*
 * GET /api/v1/audit/{n}: record n of the audit log, verbatim, and the proof
 * (C2SP tlog-proof; RFC 9162 2.1.3) that it stands below a checkpoint.  A
 * number that no record has is 404, keyd that does not answer 503.
 */
#ifndef PORTAL_API_PROOF_H
#define PORTAL_API_PROOF_H

#include "portal/api/app.h"

void pt_proof(void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
