/* POST /api/v1/extend: a signed document raised to a higher level. */
#ifndef PORTAL_API_EXTEND_H
#define PORTAL_API_EXTEND_H

#include "portal/api/app.h"

extern const char *const pt_extend_files[];

void pt_extend(void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
