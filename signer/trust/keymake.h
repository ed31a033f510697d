/*
 * Keys made of a certificate's SubjectPublicKeyInfo (RFC 3279, 4055, 5480,
 * 8410); internal to key.c.
 */
#ifndef SIGNER_TRUST_KEYMAKE_H
#define SIGNER_TRUST_KEYMAKE_H

#include <openssl/evp.h>

#include "signer/trust/key.h"

#define RSA_BITS_MAX 16384U /* one verification stays below 10 ms */
#define PLAIN_MAX    132U   /* bytes of r||s over P-521 */

/* What libcrypto prepared for a key and an algorithm, kept for the next use. */
struct sg_verifier {
    EVP_PKEY_CTX *ctx; /* NULL: nothing prepared */
    struct sg_sigalg alg;
};

struct sg_key {
    struct sg_key *next;
    uint8_t cert[MH_SHA256_LENGTH];
    enum sg_key_type type;
    enum mh_digest_alg pss_digest; /* the only one the key allows, or NONE */
    unsigned bits;
    unsigned q_bits; /* DSA */
    const char *name;
    char made_name[16];
    EVP_PKEY *pkey;
    struct sg_verifier *verifier; /* behind a pointer: users' keys are const */
};

/* libcrypto's makers of keys; NULL until the first key of the kind. */
struct sg_makers {
    EVP_PKEY_CTX *rsa, *ec, *dsa;
};

/*
 * Fills k, which the caller frees whatever the outcome.  MH_EUNSUP for a key
 * that is refused, MH_EFORMAT for a malformed one.
 */
enum mh_code sg_key_make(struct sg_makers *makers, const struct sg_cert *c,
    struct mh_err *err, struct sg_key *k) MH_MUST_USE;

/*
 * Reads an INTEGER above zero; out is its magnitude without the sign byte.
 * False where it is something else.
 */
bool sg_key_positive(struct df_der *d, struct mh_span *out);

#endif
