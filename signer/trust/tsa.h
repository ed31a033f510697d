/*
 * What a time-stamping authority answers (RFC 3161 2.4.2).  Pure: the bytes
 * travel through the courier.
 */
#ifndef SIGNER_TRUST_TSA_H
#define SIGNER_TRUST_TSA_H

#include "base/peer/tsq.h"
#include "signer/trust/tst.h"

/*
 * The token of a TimeStampResp that was granted, over exactly what was asked
 * and with the nonce; now: genTime may be at most MH_CLOCK_SKEW_MAX seconds
 * away.  MH_EFORMAT with a line that says what is wrong; a refusal is
 * MH_EUNSUP with the authority's own reason.
 */
enum mh_code sg_tsa_reply(struct mh_span reply, const struct mh_tsq *query,
    int64_t now, struct mh_arena *arena, struct mh_err *err,
    struct mh_span *token) MH_MUST_USE;

#endif
