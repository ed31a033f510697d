/*
 * Keys behind a telephone: what every provider has in common.  First the
 * certificate, then a signature over a digest; the verification code is
 * computed here and shown before the telephone is asked; the person is the one
 * whose certificate it is, the telephone's word counts for nothing.
 *
 * Dialects (mid.h) are pure functions over bytes that the courier carries.
 */
#ifndef BASE_REMOTE_REMOTE_H
#define BASE_REMOTE_REMOTE_H

#include <stdbool.h>

#include "base/digest/digest.h"
#include "base/err.h"
#include "base/wire/codes.h"

/* What came of a request; each has a text of its own. */
enum mh_remote_outcome {
    MH_REMOTE_OK,
    MH_REMOTE_PENDING,       /* the person has not answered yet */
    MH_REMOTE_NOT_CLIENT,    /* no such user of the service */
    MH_REMOTE_TIMEOUT,       /* the person did not answer in time */
    MH_REMOTE_CANCELLED,     /* the person said no */
    MH_REMOTE_HASH_MISMATCH, /* the telephone was shown another digest */
    MH_REMOTE_ABSENT,        /* the telephone is off or out of reach */
    MH_REMOTE_DELIVERY,      /* the message could not be delivered */
    MH_REMOTE_SIM,           /* the SIM card reports an error */
    MH_REMOTE_EXPIRED,       /* the provider has forgotten the session */
    MH_REMOTE_REFUSED,       /* we may not use the service (401, 403) */
    MH_REMOTE_BAD_REQUEST,   /* the service did not understand us */
    MH_REMOTE_UNAVAILABLE,   /* it has failed itself, or is too busy */
    MH_REMOTE_MALFORMED,     /* its answer cannot be read */
    MH_REMOTE_WRONG_PERSON,  /* the certificate is somebody else's */
    MH_REMOTE_WRONG_VALUE,   /* the signature is not one over our digest */
    MH_REMOTE_OUTCOMES,
};

/* "cancelled", ...: stable, for logs and error lines. */
const char *mh_remote_name(enum mh_remote_outcome outcome);
const char *mh_remote_text(enum mh_remote_outcome outcome, enum mh_lang lang);

/*
 * The verification code of a digest (domain.md 1.5): the first 6 and the last
 * 7 of its bits as four decimal digits and a NUL.  False for a digest under 20
 * bytes.
 */
bool mh_remote_code(struct mh_span digest, char out[static 5]);

#endif
