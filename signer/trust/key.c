#include "signer/trust/key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "signer/trust/keymake.h"

#define FACTS   4096U /* remembered signatures */
#define BUCKETS 128U  /* chains of keys, and of facts; a power of two */

struct fact {
    struct fact *next;
    uint8_t cert[MH_SHA256_LENGTH];
    uint8_t issuer[MH_SHA256_LENGTH];
    enum sg_verdict verdict;
};

/* Small, so that a worker that adds to it has one page of it to itself. */
struct sg_facts {
    struct sg_makers makers;
    size_t count; /* of facts */
    struct sg_key *keys[BUCKETS];
    struct fact *facts[BUCKETS];
};

enum sg_key_type
sg_key_type(const struct sg_key *key)
{
    return key->type;
}

unsigned
sg_key_bits(const struct sg_key *key)
{
    return key->bits;
}

const char *
sg_key_name(const struct sg_key *key)
{
    return key->name;
}

struct sg_facts *
sg_facts_new(void)
{
    return calloc(1, sizeof(struct sg_facts));
}

static void
free_key(struct sg_key *k)
{
    if (k->verifier != NULL)
        EVP_PKEY_CTX_free(k->verifier->ctx);
    free(k->verifier);
    EVP_PKEY_free(k->pkey);
    free(k);
}

static void
forget(struct sg_facts *facts)
{
    for (size_t i = 0; i < BUCKETS; i++)
        while (facts->facts[i] != NULL) {
            struct fact *f = facts->facts[i];

            facts->facts[i] = f->next;
            free(f);
        }
    facts->count = 0;
}

void
sg_facts_free(struct sg_facts *facts)
{
    if (facts == NULL)
        return;
    forget(facts);
    for (size_t i = 0; i < BUCKETS; i++)
        while (facts->keys[i] != NULL) {
            struct sg_key *k = facts->keys[i];

            facts->keys[i] = k->next;
            free_key(k);
        }
    EVP_PKEY_CTX_free(facts->makers.rsa);
    EVP_PKEY_CTX_free(facts->makers.ec);
    EVP_PKEY_CTX_free(facts->makers.dsa);
    free(facts);
}

enum mh_code
sg_facts_key(struct sg_facts *facts, const struct sg_cert *cert,
    struct mh_err *err, const struct sg_key **out)
{
    struct sg_key **bucket = &facts->keys[cert->sha256[0] & (BUCKETS - 1)];
    struct sg_key *k;
    enum mh_code rc;

    for (k = *bucket; k != NULL; k = k->next)
        if (memcmp(k->cert, cert->sha256, sizeof(k->cert)) == 0) {
            *out = k;
            return MH_OK;
        }
    k = calloc(1, sizeof(*k));
    if (k == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "public key: memory");
    k->verifier = calloc(1, sizeof(*k->verifier));
    rc = k->verifier == NULL
             ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "public key: memory")
             : sg_key_make(&facts->makers, cert, err, k);
    if (rc != MH_OK) {
        free_key(k);
        return rc;
    }
    memcpy(k->cert, cert->sha256, sizeof(k->cert));
    k->next = *bucket;
    *bucket = k;
    *out = k;
    return MH_OK;
}

/* The whole computation; what a broken algorithm means is in *verdict. */
static enum mh_code
signed_by(struct sg_facts *facts, const struct sg_cert *cert,
    const struct sg_cert *issuer, struct mh_err *err, enum sg_verdict *verdict)
{
    const struct sg_key *key;
    struct sg_sigalg alg;
    enum mh_code rc;

    rc = sg_sigalg_parse(&cert->sigalg, false, err, &alg);
    if (rc == MH_OK)
        rc = sg_facts_key(facts, issuer, err, &key);
    if (rc == MH_EUNSUP || rc == MH_EFORMAT) {
        *verdict = SG_SIG_KEY;
        return MH_OK;
    }
    return rc != MH_OK
               ? rc
               : sg_verify(key, &alg, cert->tbs, cert->signature, err, verdict);
}

/* Without memory it is found out again the next time. */
static void
remember(struct sg_facts *facts, const struct sg_cert *cert,
    const struct sg_cert *issuer, enum sg_verdict verdict)
{
    struct fact **bucket, *f = malloc(sizeof(*f));

    if (f == NULL)
        return;
    if (facts->count == FACTS)
        forget(facts);
    bucket = &facts->facts[cert->sha256[0] & (BUCKETS - 1)];
    f->next = *bucket;
    memcpy(f->cert, cert->sha256, sizeof(f->cert));
    memcpy(f->issuer, issuer->sha256, sizeof(f->issuer));
    f->verdict = verdict;
    *bucket = f;
    facts->count++;
}

enum mh_code
sg_facts_signed_by(struct sg_facts *facts, const struct sg_cert *cert,
    const struct sg_cert *issuer, struct mh_err *err, enum sg_verdict *out)
{
    const struct fact *f = facts->facts[cert->sha256[0] & (BUCKETS - 1)];
    enum mh_code rc;

    for (; f != NULL; f = f->next)
        if (memcmp(f->cert, cert->sha256, sizeof(f->cert)) == 0 &&
            memcmp(f->issuer, issuer->sha256, sizeof(f->issuer)) == 0) {
            *out = f->verdict;
            return MH_OK;
        }
    rc = signed_by(facts, cert, issuer, err, out);
    if (rc == MH_OK)
        remember(facts, cert, issuer, *out);
    return rc;
}

static const char *
md_name(enum mh_digest_alg alg)
{
    static const char *const names[MH_DIGEST_ALGS] = {[MH_SHA1] = "SHA1",
        [MH_SHA224] = "SHA224",
        [MH_SHA256] = "SHA256",
        [MH_SHA384] = "SHA384",
        [MH_SHA512] = "SHA512",
        [MH_SHA3_256] = "SHA3-256",
        [MH_SHA3_384] = "SHA3-384",
        [MH_SHA3_512] = "SHA3-512",
        [MH_RIPEMD160] = "RIPEMD160"};

    return alg < MH_DIGEST_ALGS ? names[alg] : NULL;
}

/* One DER INTEGER of a big-endian number; returns the bytes written. */
static size_t
put_integer(uint8_t *out, const uint8_t *num, size_t len)
{
    size_t n = 2;

    while (len > 1 && num[0] == 0) {
        num++;
        len--;
    }
    out[0] = DF_INTEGER;
    out[1] = (uint8_t)(len + (num[0] >> 7));
    if (num[0] >> 7 != 0)
        out[n++] = 0;
    memcpy(out + n, num, len);
    return n + len;
}

/* r||s as ECDSA-Sig-Value; der holds 8 bytes more than the value. */
static size_t
plain_to_der(struct mh_span sig, uint8_t *der)
{
    size_t half = sig.len / 2, n = 0, head;
    uint8_t body[PLAIN_MAX + 8];

    n = put_integer(body, sig.ptr, half);
    n += put_integer(body + n, sig.ptr + half, half);
    der[0] = DF_SEQUENCE;
    if (n < 0x80) {
        der[1] = (uint8_t)n;
        head = 2;
    } else {
        der[1] = 0x81;
        der[2] = (uint8_t)n;
        head = 3;
    }
    memcpy(der + head, body, n);
    return head + n;
}

static bool
ecdsa_der_valid(struct mh_span sig, size_t half)
{
    struct df_der all = df_der_from(sig);
    struct df_der d = df_der_enter(&all, DF_SEQUENCE);
    struct mh_span r, s;

    return sg_key_positive(&d, &r) && sg_key_positive(&d, &s) &&
           df_der_done(&d) && df_der_done(&all) && r.len <= half &&
           s.len <= half;
}

static enum sg_verdict
check_rsa(
    const struct sg_key *key, const struct sg_sigalg *alg, struct mh_span sig)
{
    if (alg->scheme != SG_RSA_PSS &&
        (alg->scheme != SG_RSA_PKCS1 || key->type == SG_KEY_RSA_PSS))
        return SG_SIG_KEY;
    if (key->pss_digest != MH_DIGEST_NONE && key->pss_digest != alg->digest)
        return SG_SIG_KEY; /* RFC 4055 3.3 */
    return sig.len == (key->bits + 7) / 8 ? SG_SIG_GOOD : SG_SIG_FORM;
}

/* room takes the DER form of a plain value. */
static enum sg_verdict
check_ec(const struct sg_key *key, const struct sg_sigalg *alg,
    struct mh_span *sig, uint8_t *room)
{
    size_t half = (key->bits + 7) / 8;

    if (alg->scheme != SG_ECDSA)
        return SG_SIG_KEY;
    if (alg->form == SG_ECDSA_DER)
        return ecdsa_der_valid(*sig, half) ? SG_SIG_GOOD : SG_SIG_FORM;
    if (sig->len != 2 * half)
        return SG_SIG_FORM;
    *sig = (struct mh_span){room, plain_to_der(*sig, room)};
    return SG_SIG_GOOD;
}

/* The value in the form libcrypto takes; SG_SIG_GOOD where it has its form. */
static enum sg_verdict
check_form(const struct sg_key *key, const struct sg_sigalg *alg,
    struct mh_span *sig, uint8_t *room)
{
    switch (key->type) {
    case SG_KEY_RSA:
    case SG_KEY_RSA_PSS:
        return check_rsa(key, alg, *sig);
    case SG_KEY_EC:
        return check_ec(key, alg, sig, room);
    case SG_KEY_DSA:
        if (alg->scheme != SG_DSA || alg->form != SG_ECDSA_DER)
            return SG_SIG_KEY;
        return ecdsa_der_valid(*sig, (key->q_bits + 7) / 8) ? SG_SIG_GOOD
                                                            : SG_SIG_FORM;
    case SG_KEY_ED25519:
    case SG_KEY_ED448:
        if (alg->scheme != SG_EDDSA)
            return SG_SIG_KEY;
        return sig->len == (key->type == SG_KEY_ED448 ? 114U : 64U)
                   ? SG_SIG_GOOD
                   : SG_SIG_FORM;
    default:
        return SG_SIG_KEY;
    }
}

/* libcrypto's answer, with lack of memory told from a wrong value. */
static enum mh_code
judge(int rc, struct mh_err *err, enum sg_verdict *out)
{
    bool memory = ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE;

    ERR_clear_error();
    if (rc != 1 && memory)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "signature: memory");
    *out = rc == 1 ? SG_SIG_GOOD : SG_SIG_BAD;
    return MH_OK;
}

static bool
prepare(EVP_PKEY_CTX *ctx, const struct sg_key *key,
    const struct sg_sigalg *alg, const char *md)
{
    OSSL_PARAM params[5], *p = params;
    char name[16], pad[8];
    bool rsa = key->type == SG_KEY_RSA || key->type == SG_KEY_RSA_PSS;
    int salt = (int)mh_digest_length(alg->digest);

    (void)snprintf(name, sizeof(name), "%s", md);
    (void)snprintf(pad, sizeof(pad), "%s",
        alg->scheme == SG_RSA_PSS ? OSSL_PKEY_RSA_PAD_MODE_PSS
                                  : OSSL_PKEY_RSA_PAD_MODE_PKCSV15);
    *p++ =
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, name, 0);
    if (rsa)
        *p++ = OSSL_PARAM_construct_utf8_string(
            OSSL_SIGNATURE_PARAM_PAD_MODE, pad, 0);
    if (alg->scheme == SG_RSA_PSS) {
        *p++ = OSSL_PARAM_construct_utf8_string(
            OSSL_SIGNATURE_PARAM_MGF1_DIGEST, name, 0);
        *p++ =
            OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, &salt);
    }
    *p = OSSL_PARAM_construct_end();
    return EVP_PKEY_verify_init_ex(ctx, NULL) == 1 &&
           EVP_PKEY_CTX_set_params(ctx, params) == 1;
}

/* The verifier made ready; the same algorithm as last time costs nothing. */
static bool
ready(const struct sg_key *key, const struct sg_sigalg *alg, const char *md)
{
    struct sg_verifier *v = key->verifier;

    if (v->ctx != NULL && v->alg.scheme == alg->scheme &&
        v->alg.digest == alg->digest)
        return true;
    EVP_PKEY_CTX_free(v->ctx);
    v->alg = *alg;
    v->ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (v->ctx != NULL && prepare(v->ctx, key, alg, md))
        return true;
    EVP_PKEY_CTX_free(v->ctx);
    v->ctx = NULL;
    ERR_clear_error();
    return false;
}

enum mh_code
sg_verify_digest(const struct sg_key *key, const struct sg_sigalg *alg,
    struct mh_span digest, struct mh_span sig, struct mh_err *err,
    enum sg_verdict *out)
{
    const char *md = md_name(alg->digest);
    uint8_t room[PLAIN_MAX + 16];
    int rc;

    if (alg->scheme == SG_EDDSA || md == NULL ||
        digest.len != mh_digest_length(alg->digest)) {
        *out = SG_SIG_KEY;
        return MH_OK;
    }
    *out = check_form(key, alg, &sig, room);
    if (*out != SG_SIG_GOOD)
        return MH_OK;
    if (!ready(key, alg, md))
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
            "signature: library cannot verify this algorithm");
    rc = EVP_PKEY_verify(
        key->verifier->ctx, sig.ptr, sig.len, digest.ptr, digest.len);
    return judge(rc, err, out);
}

static enum mh_code
verify_eddsa(const struct sg_key *key, struct mh_span data, struct mh_span sig,
    struct mh_err *err, enum sg_verdict *out)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int rc;

    if (ctx == NULL ||
        EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key->pkey) != 1) {
        EVP_MD_CTX_free(ctx);
        ERR_clear_error();
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "signature: memory");
    }
    rc = EVP_DigestVerify(ctx, sig.ptr, sig.len, data.ptr, data.len);
    EVP_MD_CTX_free(ctx);
    return judge(rc, err, out);
}

enum mh_code
sg_verify(const struct sg_key *key, const struct sg_sigalg *alg,
    struct mh_span data, struct mh_span sig, struct mh_err *err,
    enum sg_verdict *out)
{
    uint8_t digest[MH_DIGEST_MAX];
    enum mh_code rc;

    if (alg->scheme == SG_EDDSA) {
        *out = check_form(key, alg, &sig, digest);
        return *out == SG_SIG_GOOD ? verify_eddsa(key, data, sig, err, out)
                                   : MH_OK;
    }
    if (md_name(alg->digest) == NULL) {
        *out = SG_SIG_KEY;
        return MH_OK;
    }
    rc = mh_digest_once(alg->digest, data, err, digest);
    if (rc != MH_OK)
        return rc;
    return sg_verify_digest(key, alg,
        (struct mh_span){digest, mh_digest_length(alg->digest)}, sig, err, out);
}

/* The key belongs to facts by then; gcc's analyzer loses sight of that. */
#ifndef __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif
void
sg_facts_prime(struct sg_facts *facts, const struct sg_cert *cert)
{
    static const uint8_t one[RSA_BITS_MAX / 8 + 1] = {[RSA_BITS_MAX / 8] = 1};
    static const uint8_t digest[MH_SHA256_LENGTH];
    struct sg_sigalg alg = {.digest = MH_SHA256};
    const struct sg_key *key = NULL;
    size_t len;

    if (sg_facts_key(facts, cert, NULL, &key) != MH_OK || key == NULL)
        return;
    if (key->type == SG_KEY_EC)
        alg.scheme = SG_ECDSA;
    else if (key->type == SG_KEY_RSA)
        alg.scheme = SG_RSA_PKCS1;
    else
        return;
    if (!ready(key, &alg, "SHA256") || key->type != SG_KEY_RSA)
        return;
    /* The power of one is one: a wrong value, found out at once. */
    len = (key->bits + 7) / 8;
    (void)EVP_PKEY_verify(key->verifier->ctx, one + sizeof(one) - len, len,
        digest, sizeof(digest)); /* what counts is the modulus prepared */
    ERR_clear_error();
}
#ifndef __clang__
#pragma GCC diagnostic pop
#endif
