/* What a time-stamping authority is asked (RFC 3161 2.4.1). */
#ifndef BASE_PEER_TSQ_H
#define BASE_PEER_TSQ_H

#include "base/buf.h"
#include "base/digest/digest.h"
#include "base/err.h"
#include "base/span.h"

#define MH_TSQ_NONCE_MAX 20U /* bytes */

/* What is asked for, and what the reply is held against. */
struct mh_tsq {
    enum mh_digest_alg alg; /* SHA-256, 384 or 512 */
    struct mh_span digest;
    struct mh_span nonce; /* big-endian, without sign; not all zero */
};

/*
 * A TimeStampReq, in DER, that asks for the authority's certificate.
 * MH_EUNSUP: another digest; MH_ELIMIT: a nonce of other lengths.
 */
enum mh_code mh_tsq_build(const struct mh_tsq *query, struct mh_err *err,
    struct mh_buf *out) MH_MUST_USE;

#endif
