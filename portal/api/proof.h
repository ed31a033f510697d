/*
 * GET /api/v1/audit/{n}: record n of the audit log, verbatim, and the proof
 * (C2SP tlog-proof) that it stands below a checkpoint.
 */
#ifndef PORTAL_API_PROOF_H
#define PORTAL_API_PROOF_H

#include "portal/api/app.h"

void pt_proof(void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
