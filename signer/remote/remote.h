/*
 * Keys behind a telephone, where their certificates are read: whose it is,
 * what it signs with, and whether a value is its key's.  What is said to the
 * service stands in base/remote.
 */
#ifndef SIGNER_REMOTE_REMOTE_H
#define SIGNER_REMOTE_REMOTE_H

#include "base/remote/mid.h"
#include "signer/trust/cert.h"

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

/* Whether the certificate is that user's, where the profile can tell. */
bool sg_remote_person_fits(const struct mh_mid_profile *p, const char *user,
    struct mh_span certificate);

#endif
