/*
 * Public keys, signature algorithms, and the one function that checks a
 * signature value; and the cache of facts that no time can change.
 *
 * Keys are made of a certificate's SubjectPublicKeyInfo with
 * EVP_PKEY_fromdata, once per certificate, and belong to a struct sg_facts.
 */
#ifndef SIGNER_TRUST_KEY_H
#define SIGNER_TRUST_KEY_H

#include "base/digest/digest.h"
#include "base/err.h"
#include "signer/trust/cert.h"

enum sg_key_type {
    SG_KEY_RSA = 1,
    SG_KEY_RSA_PSS, /* id-RSASSA-PSS as key type: PSS signatures only */
    SG_KEY_EC,
    SG_KEY_ED25519,
    SG_KEY_ED448,
    SG_KEY_DSA, /* only with its own domain parameters: none is inherited */
};

struct sg_key; /* owned by a struct sg_facts */

enum sg_key_type sg_key_type(const struct sg_key *key);
/*
 * Modulus, or curve.  DSA: p, but not above the class that q is enough for
 * (TS 119 312: 1900 bits of p want 200 of q, 3000 want 250).
 */
unsigned sg_key_bits(const struct sg_key *key);
/* "RSA-2048", "P-256", "brainpoolP256r1", "Ed25519", "DSA-2048". */
const char *sg_key_name(const struct sg_key *key);

enum sg_scheme {
    SG_RSA_PKCS1 = 1,
    SG_RSA_PSS, /* MGF1 with the same digest, salt = its length */
    SG_ECDSA,
    SG_EDDSA,
    SG_DSA, /* in DER, SEQUENCE { r, s } */
};
enum sg_ecdsa_form {
    SG_ECDSA_DER,   /* ECDSA-Sig-Value, Dss-Sig-Value: X.509, CMS */
    SG_ECDSA_PLAIN, /* r||s, each as long as the curve: XML */
};

struct sg_sigalg {
    enum sg_scheme scheme;
    enum mh_digest_alg digest; /* NONE for EdDSA; NONE with rsaEncryption in
                                  CMS: the digestAlgorithm decides */
    enum sg_ecdsa_form form;
};

/*
 * A signature AlgorithmIdentifier.  MH_EUNSUP with the finding
 * algorithm-unknown or algorithm-parameters.  rsaEncryption and
 * id-ecPublicKey are accepted only with in_cms: the digest stays NONE.
 */
enum mh_code sg_sigalg_parse(const struct sg_algid *alg, bool in_cms,
    struct mh_err *err, struct sg_sigalg *out) MH_MUST_USE;

/* A digest AlgorithmIdentifier or its OID alone; MH_DIGEST_NONE: unknown. */
enum mh_digest_alg sg_digest_from_oid(struct mh_span oid);
/* Content octets of the OID; empty for NONE. */
struct mh_span sg_digest_oid(enum mh_digest_alg alg);
/* Parameters absent or NULL, and the OID known; MH_DIGEST_NONE otherwise. */
enum mh_digest_alg sg_digest_from_algid(const struct sg_algid *alg);

enum sg_verdict {
    SG_SIG_GOOD = 1,
    SG_SIG_BAD,  /* the value does not fit data and key: signature-mismatch */
    SG_SIG_FORM, /* wrong length or encoding: signature-value-form */
    SG_SIG_KEY,  /* the algorithm cannot be used with this key */
};

/*
 * Facts: keys by certificate, and "this issuer's key signed this certificate",
 * by the SHA-256 of both.  Nothing in it depends on a time.  Not for use by
 * several threads at once.  A full cache forgets facts; keys are kept.
 */
struct sg_facts;
struct sg_facts *sg_facts_new(void); /* NULL without memory */
void sg_facts_free(struct sg_facts *facts);

/*
 * The key of a certificate, borrowed until sg_facts_free.  MH_EUNSUP with
 * the finding algorithm-unknown for a key we refuse (curve, size, explicit
 * parameters), MH_EFORMAT for a malformed one.
 */
enum mh_code sg_facts_key(struct sg_facts *facts, const struct sg_cert *cert,
    struct mh_err *err, const struct sg_key **out) MH_MUST_USE;

/*
 * Makes a key as above with everything the library computes once for it, for
 * the processes that are forked later.  A key we refuse is no matter.
 */
void sg_facts_prime(struct sg_facts *facts, const struct sg_cert *cert);

/*
 * Whether issuer's key signed cert: SG_SIG_*, remembered.  An unknown
 * algorithm or key is SG_SIG_KEY.
 */
enum mh_code sg_facts_signed_by(struct sg_facts *facts,
    const struct sg_cert *cert, const struct sg_cert *issuer,
    struct mh_err *err, enum sg_verdict *out) MH_MUST_USE;

/*
 * Checks sig over data (hashed here with alg->digest).  RSA values have
 * exactly the length of the modulus; ECDSA values the form alg says; DSA
 * values are DER.
 * MH_OK with a verdict, or MH_ENOMEM / MH_EINTERNAL / MH_EUNSUP (digest).
 */
enum mh_code sg_verify(const struct sg_key *key, const struct sg_sigalg *alg,
    struct mh_span data, struct mh_span sig, struct mh_err *err,
    enum sg_verdict *out) MH_MUST_USE;
/* The same over a digest made by the caller; not for EdDSA (SG_SIG_KEY). */
enum mh_code sg_verify_digest(const struct sg_key *key,
    const struct sg_sigalg *alg, struct mh_span digest, struct mh_span sig,
    struct mh_err *err, enum sg_verdict *out) MH_MUST_USE;

#endif
