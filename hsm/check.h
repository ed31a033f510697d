/*
 * What the client believes for itself: the certificate's key, and that a
 * signature value is one by that key over that digest (keys.md 1).
 */
#ifndef HSM_CHECK_H
#define HSM_CHECK_H

#include <openssl/types.h>

#include "hsm/hsm.h"

struct hsm_check {
    EVP_PKEY *key;
    bool rsa;
    unsigned bits;  /* of the modulus, or of the order */
    unsigned width; /* bytes of a coordinate; 0: RSA */
    bool non_repudiation, authentication;
};

/*
 * Reads a certificate strictly.  MH_EFORMAT: not one; MH_EUNSUP: its key is
 * none we sign with (RSA under 2048 bits, other curves).
 */
enum mh_code hsm_check_init(
    struct mh_span der, struct mh_err *err, struct hsm_check *out) MH_MUST_USE;
void hsm_check_fini(struct hsm_check *c);

/* Whether value (raw r || s for ECDSA) is good. */
bool hsm_check_value(const struct hsm_check *c,
    const struct hsm_request *request, struct mh_span value);

#endif
