/*
 * Keys behind a telephone: what every provider has in common.  First the
 * certificate, then a signature over a digest; the verification code is
 * computed here and shown before the telephone is asked; the person is the one
 * whose certificate it is, the telephone's word counts for nothing.
 *
 * Dialects (mid.h) are pure functions over bytes that the courier carries.
 */
#ifndef SIGNER_REMOTE_REMOTE_H
#define SIGNER_REMOTE_REMOTE_H

#include <stdbool.h>

#include "base/digest/digest.h"
#include "base/err.h"
#include "base/wire/codes.h"

/* What came of a request; each has a text of its own. */
enum sg_remote_outcome {
    SG_REMOTE_OK,
    SG_REMOTE_PENDING,       /* the person has not answered yet */
    SG_REMOTE_NOT_CLIENT,    /* no such user of the service */
    SG_REMOTE_TIMEOUT,       /* the person did not answer in time */
    SG_REMOTE_CANCELLED,     /* the person said no */
    SG_REMOTE_HASH_MISMATCH, /* the telephone was shown another digest */
    SG_REMOTE_ABSENT,        /* the telephone is off or out of reach */
    SG_REMOTE_DELIVERY,      /* the message could not be delivered */
    SG_REMOTE_SIM,           /* the SIM card reports an error */
    SG_REMOTE_EXPIRED,       /* the provider has forgotten the session */
    SG_REMOTE_REFUSED,       /* we may not use the service (401, 403) */
    SG_REMOTE_BAD_REQUEST,   /* the service did not understand us */
    SG_REMOTE_UNAVAILABLE,   /* it has failed itself, or is too busy */
    SG_REMOTE_MALFORMED,     /* its answer cannot be read */
    SG_REMOTE_WRONG_PERSON,  /* the certificate is somebody else's */
    SG_REMOTE_WRONG_VALUE,   /* the signature is not one over our digest */
    SG_REMOTE_OUTCOMES,
};

/* "cancelled", ...: stable, for logs and error lines. */
const char *sg_remote_name(enum sg_remote_outcome outcome);
const char *sg_remote_text(enum sg_remote_outcome outcome, enum mh_lang lang);

/*
 * The verification code of a digest (domain.md 1.5): the first 6 and the last
 * 7 of its bits as four decimal digits and a NUL.  False for a digest under 20
 * bytes.
 */
bool sg_remote_code(struct mh_span digest, char out[static 5]);

/*
 * Whether value (r||s or RSA, as the services give it) is a signature over
 * digest by the key of certificate. RSA: PKCS#1 v1.5.
 * MH_OK with the answer; MH_EFORMAT or MH_EUNSUP for a certificate or key that
 * is not accepted.
 */
enum mh_code sg_remote_check(struct mh_span certificate, enum mh_digest_alg alg,
    struct mh_span digest, struct mh_span value, struct mh_err *err,
    bool *good) MH_MUST_USE;

/*
 * What a certificate's key signs with: RSA or ECDSA, and the digest of its
 * strength.  MH_EUNSUP for a key that is not accepted.
 */
enum mh_code sg_remote_key(struct mh_span certificate, struct mh_err *err,
    bool *rsa, enum mh_digest_alg *digest) MH_MUST_USE;

#endif
