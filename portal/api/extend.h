/*
 * POST /api/v1/extend: a signed document raised to T, LT or LTA (EN 319 122,
 * 132, 142).  PT_UPLOAD_MAX bytes at most; what the document does not allow is
 * 422, an authority that does not answer 503.  A document that is there already
 * comes back as it is.
 */
#ifndef PORTAL_API_EXTEND_H
#define PORTAL_API_EXTEND_H

#include "portal/api/app.h"

extern const char *const pt_extend_files[];

void pt_extend(void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
