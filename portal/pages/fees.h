/* The open calculator of state fees: the rule, the arithmetic, the source. */
#ifndef PORTAL_PAGES_FEES_H
#define PORTAL_PAGES_FEES_H

#include "base/wire/codes.h"
#include "portal/http/request.h"
#include "portal/money/fee.h"
#include "portal/pages/val.h"

extern const char *const pt_web_fees_query[];
void pt_web_fees(void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* An exemption's id of a text, by its name in the table; NULL: it has none. */
const char *pt_fee_exempt_text(const char *name);
/* The same of a claim. */
const char *pt_fee_claim_text(enum pt_fee_claim claim);

/* What part_fee.html shows: each step with its rule and arithmetic, the total,
   how certain the rules are and where they are from. */
void pt_fee_tell(struct pt_map *to, enum mh_lang lang,
    const struct pt_fee_ask *ask, const struct pt_fee *fee);

#endif
