/*
 * Asking a time-stamping authority (RFC 3161 2.4).  Pure: the bytes travel
 * through the courier.
 */
#ifndef SIGNER_TRUST_TSA_H
#define SIGNER_TRUST_TSA_H

#include "base/buf.h"
#include "signer/trust/tst.h"

/* What is asked for, and what the reply is held against. */
struct sg_tsa_query {
    enum mh_digest_alg alg;
    struct mh_span digest;
    struct mh_span nonce; /* big-endian, without sign; not all zero */
};

/* A TimeStampReq that asks for the authority's certificate. */
enum mh_code sg_tsa_request(const struct sg_tsa_query *query,
    struct mh_err *err, struct mh_buf *out) MH_MUST_USE;

/*
 * The token of a TimeStampResp that was granted, over exactly what was asked
 * and with the nonce; now: genTime may be at most MH_CLOCK_SKEW_MAX seconds
 * away.  MH_EFORMAT with a line that says what is wrong; a refusal is
 * MH_EUNSUP with the authority's own reason.
 */
enum mh_code sg_tsa_reply(struct mh_span reply,
    const struct sg_tsa_query *query, int64_t now, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *token) MH_MUST_USE;

#endif
