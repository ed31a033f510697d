/*
 * POST /V3/validate: the request and answer of SiVa 3 (open-eid, interface
 * description "REST JSON"), so that its integrators only change an address.
 *
 * Where SiVa and this house differ, the stricter word stands: a signature is
 * TOTAL-PASSED only if the document it stands in has no error of its own, and
 * no signature is said to be a qualified one: nobody here looks that up.
 */
#ifndef PORTAL_API_SIVA_H
#define PORTAL_API_SIVA_H

#include "portal/api/app.h"

enum {
    PT_SIVA_MAX = 40 << 20 /* bytes of a request: 30 MB of document */
};

void pt_siva_validate(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
