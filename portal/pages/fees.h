/* The open calculator of state fees: the rule, the arithmetic, the source. */
#ifndef PORTAL_PAGES_FEES_H
#define PORTAL_PAGES_FEES_H

#include "portal/http/request.h"

extern const char *const pt_web_fees_query[];
void pt_web_fees(void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* An exemption's id of a text, by its name in the table; NULL: it has none. */
const char *pt_fee_exempt_text(const char *name);

#endif
