/*
 * Mechanisms: which the key may be used with, and what they are given
 * (keys.md 3.5).  Never a decryption, never a raw RSA operation, no SHA-1.
 */
#ifndef HSM_MECH_H
#define HSM_MECH_H

#include <p11-kit/pkcs11.h>

#include "base/err.h"
#include "hsm/module.h"

#define HSM_MECH_INPUT_MAX 128U /* bytes: DigestInfo with SHA-512 is 83 */

/* Signing mechanisms of the slot, as MH_TOKEN_HAS_... bits. */
uint32_t hsm_mech_of_slot(const struct hsm_module *m, CK_SLOT_ID slot);
/* Those of the bits that a list of CKA_ALLOWED_MECHANISMS leaves. */
uint32_t hsm_mech_allowed(
    uint32_t bits, const CK_MECHANISM_TYPE *allowed, size_t count);

/* One operation: mechanism, its parameter, and what is signed. */
struct hsm_mech {
    CK_MECHANISM mechanism;
    CK_RSA_PKCS_PSS_PARAMS pss; /* mechanism points to it where it is PSS */
    uint8_t own[HSM_MECH_INPUT_MAX];
    struct mh_span input; /* own, or the message that was given */
};

/*
 * Builds the operation out of what the key can do.  MH_EUNSUP if it cannot be
 * done with these mechanisms.  out may not be moved afterwards.
 */
enum mh_code hsm_mech_build(const struct mh_token_sign *request, uint32_t bits,
    struct mh_err *err, struct hsm_mech *out) MH_MUST_USE;

#endif
