#include "signer/trust/key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/wire/codes.h"
#include "signer/trust/oid.h"

#define RSA_BITS_MIN 512U   /* weaker ones are judged by the table of dates */
#define RSA_BITS_MAX 16384U /* one verification stays below 10 ms */
#define FACTS        4096U  /* remembered signatures; a power of two */
#define KEY_BUCKETS  256U   /* chains of keys; a power of two */
#define PLAIN_MAX    132U   /* bytes of r||s over P-521 */

/* What libcrypto prepared for a key and an algorithm, kept for the next use. */
struct verifier {
    EVP_PKEY_CTX *ctx; /* NULL: nothing prepared */
    struct sg_sigalg alg;
};

struct sg_key {
    struct sg_key *next;
    uint8_t cert[MH_SHA256_LENGTH];
    enum sg_key_type type;
    enum mh_digest_alg pss_digest; /* the only one the key allows, or NONE */
    unsigned bits;
    const char *name;
    char rsa_name[16];
    EVP_PKEY *pkey;
    struct verifier *verifier; /* behind a pointer: users' keys are const */
};

struct fact {
    uint8_t cert[MH_SHA256_LENGTH];
    uint8_t issuer[MH_SHA256_LENGTH];
    enum sg_verdict verdict; /* 0: empty */
};

struct sg_facts {
    EVP_PKEY_CTX *rsa_maker, *ec_maker; /* NULL until the first key */
    struct sg_key *keys[KEY_BUCKETS];
    struct fact facts[FACTS];
};

struct curve {
    const char *name;  /* for people */
    const char *group; /* for libcrypto */
    unsigned bits;
    uint8_t len;
    const char *oid;
};

#define BP "\x2b\x24\x03\x03\x02\x08\x01\x01"

static const struct curve curves[] = {
    {"P-256", "prime256v1", 256, 8, "\x2a\x86\x48\xce\x3d\x03\x01\x07"},
    {"P-384", "secp384r1", 384, 5, "\x2b\x81\x04\x00\x22"},
    {"P-521", "secp521r1", 521, 5, "\x2b\x81\x04\x00\x23"},
    {"brainpoolP256r1", "brainpoolP256r1", 256, 9, BP "\x07"},
    {"brainpoolP384r1", "brainpoolP384r1", 384, 9, BP "\x0b"},
    {"brainpoolP512r1", "brainpoolP512r1", 512, 9, BP "\x0d"},
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

static enum mh_code
refused(struct mh_err *err, const char *what)
{
    return mh_fail_finding(err, MH_EUNSUP, MH_F_ALGORITHM_UNKNOWN, MH_NO_OFFSET,
        "public key: %s", what);
}

static enum mh_code
malformed(struct mh_err *err)
{
    return mh_fail_finding(err, MH_EFORMAT, MH_F_CERTIFICATE_INVALID,
        MH_NO_OFFSET, "public key: malformed");
}

/*
 * The magnitude of an INTEGER that stands for a positive number.  Moduli with
 * a superfluous zero or without the sign byte were issued on identity cards;
 * everybody reads them as the number they can only mean.
 */
static bool
magnitude(struct df_der *d, struct mh_span *out)
{
    struct mh_span b = df_der_get(d, DF_INTEGER);

    while (b.len > 0 && b.ptr[0] == 0) {
        b.ptr++;
        b.len--;
    }
    *out = b;
    return b.len > 0;
}

/* A positive INTEGER without its sign byte. */
static bool
positive(struct df_der *d, struct mh_span *out)
{
    struct mh_span b = df_der_get(d, DF_INTEGER);

    if (!df_der_integer_valid(b) || (b.ptr[0] & 0x80) != 0)
        return false;
    if (b.ptr[0] == 0) {
        b.ptr++;
        b.len--;
    }
    *out = b;
    return b.len > 0;
}

static EVP_PKEY *
from_params(EVP_PKEY_CTX **maker, const char *type, OSSL_PARAM *params)
{
    EVP_PKEY *pkey = NULL;

    if (*maker == NULL) {
        *maker = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
        if (*maker != NULL && EVP_PKEY_fromdata_init(*maker) != 1) {
            EVP_PKEY_CTX_free(*maker);
            *maker = NULL;
        }
    }
    if (*maker == NULL ||
        EVP_PKEY_fromdata(*maker, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
        pkey = NULL;
    ERR_clear_error();
    return pkey;
}

/* An unsigned number as OSSL_PARAM has it: in the order of the machine. */
static OSSL_PARAM
number(const char *name, struct mh_span big_endian, uint8_t *room)
{
    size_t len = big_endian.len;

    for (size_t i = 0; i < len; i++)
        room[__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? len - 1 - i : i] =
            big_endian.ptr[i];
    return OSSL_PARAM_construct_BN(name, room, len);
}

static EVP_PKEY *
rsa_pkey(struct sg_facts *facts, struct mh_span n, struct mh_span e)
{
    uint8_t n_room[RSA_BITS_MAX / 8], e_room[8];

    return from_params(&facts->rsa_maker, "RSA",
        (OSSL_PARAM[]){number(OSSL_PKEY_PARAM_RSA_N, n, n_room),
            number(OSSL_PKEY_PARAM_RSA_E, e, e_room),
            OSSL_PARAM_construct_end()});
}

static enum mh_code
make_rsa(struct sg_facts *facts, const struct sg_cert *c, struct mh_err *err,
    struct sg_key *k)
{
    struct df_der all = df_der_from(c->key_bits);
    struct df_der d = df_der_enter(&all, DF_SEQUENCE);
    struct mh_span n, e;
    uint8_t top;

    if (!magnitude(&d, &n) || !positive(&d, &e) || !df_der_done(&d) ||
        !df_der_done(&all))
        return malformed(err);
    if (n.len > RSA_BITS_MAX / 8 || e.len > 8)
        return refused(err, "RSA key too large");
    k->bits = (unsigned)n.len * 8;
    for (top = n.ptr[0]; (top & 0x80) == 0; top = (uint8_t)(top << 1))
        k->bits--;
    if (k->bits < RSA_BITS_MIN)
        return refused(err, "RSA key too small");
    if ((n.ptr[n.len - 1] & 1) == 0 || (e.ptr[e.len - 1] & 1) == 0 ||
        (e.len == 1 && e.ptr[0] == 1))
        return refused(err, "RSA key with an even or unit number");
    (void)snprintf(k->rsa_name, sizeof(k->rsa_name), "RSA-%u", k->bits);
    k->name = k->rsa_name;
    k->pkey = rsa_pkey(facts, n, e);
    return k->pkey == NULL ? malformed(err) : MH_OK;
}

static enum mh_code
make_ec(struct sg_facts *facts, const struct sg_cert *c, struct mh_err *err,
    struct sg_key *k)
{
    struct df_der d = df_der_from(c->key_alg.params);
    struct mh_span oid;
    const struct curve *curve = NULL;
    char group[32];
    uint8_t point[1 + PLAIN_MAX];

    if (df_der_peek(&d) != DF_OID)
        return refused(err, "curve not named");
    oid = df_der_get(&d, DF_OID);
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
        if (mh_span_eq(oid, (struct mh_span){
                                (const uint8_t *)curves[i].oid, curves[i].len}))
            curve = &curves[i];
    if (curve == NULL || !df_der_done(&d))
        return refused(err, "curve not allowed");
    if (c->key_bits.len != 1 + 2 * (size_t)((curve->bits + 7) / 8) ||
        c->key_bits.ptr[0] != 4)
        return malformed(err);
    k->type = SG_KEY_EC;
    k->bits = curve->bits;
    k->name = curve->name;
    (void)snprintf(group, sizeof(group), "%s", curve->group);
    memcpy(point, c->key_bits.ptr, c->key_bits.len);
    k->pkey = from_params(&facts->ec_maker, "EC",
        (OSSL_PARAM[]){OSSL_PARAM_construct_utf8_string(
                           OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
            OSSL_PARAM_construct_octet_string(
                OSSL_PKEY_PARAM_PUB_KEY, point, c->key_bits.len),
            OSSL_PARAM_construct_end()});
    return k->pkey == NULL ? malformed(err) : MH_OK;
}

static enum mh_code
make_ed(const struct sg_cert *c, struct mh_err *err, struct sg_key *k)
{
    bool is448 = k->type == SG_KEY_ED448;

    if (c->key_bits.len != (is448 ? 57U : 32U) || c->key_alg.params.len != 0)
        return malformed(err);
    k->bits = is448 ? 448 : 256;
    k->name = is448 ? "Ed448" : "Ed25519";
    k->pkey =
        EVP_PKEY_new_raw_public_key(is448 ? EVP_PKEY_ED448 : EVP_PKEY_ED25519,
            NULL, c->key_bits.ptr, c->key_bits.len);
    ERR_clear_error();
    return k->pkey == NULL ? malformed(err) : MH_OK;
}

static enum mh_code
make_key(struct sg_facts *facts, const struct sg_cert *c, struct mh_err *err,
    struct sg_key *k)
{
    struct mh_span oid = c->key_alg.oid;
    struct sg_sigalg pss;
    enum mh_code rc;

    if (mh_span_eq(oid, SG_OID_PKCS1("\x01"))) {
        k->type = SG_KEY_RSA;
        return make_rsa(facts, c, err, k);
    }
    if (mh_span_eq(oid, SG_OID_PKCS1("\x0a"))) {
        k->type = SG_KEY_RSA_PSS;
        if (c->key_alg.params.len != 0) {
            rc = sg_sigalg_parse(&c->key_alg, false, err, &pss);
            if (rc != MH_OK)
                return rc;
            k->pss_digest = pss.digest;
        }
        return make_rsa(facts, c, err, k);
    }
    if (mh_span_eq(oid, SG_OID_EC_KEY))
        return make_ec(facts, c, err, k);
    if (mh_span_eq(oid, SG_OID_ED25519) || mh_span_eq(oid, SG_OID_ED448)) {
        k->type = mh_span_eq(oid, SG_OID_ED448) ? SG_KEY_ED448 : SG_KEY_ED25519;
        return make_ed(c, err, k);
    }
    return refused(err, "kind not allowed");
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

void
sg_facts_free(struct sg_facts *facts)
{
    if (facts == NULL)
        return;
    for (size_t i = 0; i < KEY_BUCKETS; i++)
        while (facts->keys[i] != NULL) {
            struct sg_key *k = facts->keys[i];

            facts->keys[i] = k->next;
            free_key(k);
        }
    EVP_PKEY_CTX_free(facts->rsa_maker);
    EVP_PKEY_CTX_free(facts->ec_maker);
    free(facts);
}

enum mh_code
sg_facts_key(struct sg_facts *facts, const struct sg_cert *cert,
    struct mh_err *err, const struct sg_key **out)
{
    struct sg_key **bucket = &facts->keys[cert->sha256[0] & (KEY_BUCKETS - 1)];
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
             : make_key(facts, cert, err, k);
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

enum mh_code
sg_facts_signed_by(struct sg_facts *facts, const struct sg_cert *cert,
    const struct sg_cert *issuer, struct mh_err *err, enum sg_verdict *out)
{
    uint32_t slot;
    struct fact *f;
    enum mh_code rc;

    memcpy(&slot, cert->sha256, sizeof(slot));
    f = &facts->facts[(slot ^ issuer->sha256[0]) & (FACTS - 1)];
    if (f->verdict != 0 &&
        memcmp(f->cert, cert->sha256, sizeof(f->cert)) == 0 &&
        memcmp(f->issuer, issuer->sha256, sizeof(f->issuer)) == 0) {
        *out = f->verdict;
        return MH_OK;
    }
    rc = signed_by(facts, cert, issuer, err, out);
    if (rc != MH_OK)
        return rc;
    memcpy(f->cert, cert->sha256, sizeof(f->cert));
    memcpy(f->issuer, issuer->sha256, sizeof(f->issuer));
    f->verdict = *out;
    return MH_OK;
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

    return positive(&d, &r) && positive(&d, &s) && df_der_done(&d) &&
           df_der_done(&all) && r.len <= half && s.len <= half;
}

/* The value in the form libcrypto takes; SG_SIG_GOOD where it has its form. */
static enum sg_verdict
check_form(const struct sg_key *key, const struct sg_sigalg *alg,
    struct mh_span *sig, uint8_t *room)
{
    size_t half = (key->bits + 7) / 8;

    switch (key->type) {
    case SG_KEY_RSA:
    case SG_KEY_RSA_PSS:
        if (alg->scheme != SG_RSA_PSS &&
            (alg->scheme != SG_RSA_PKCS1 || key->type == SG_KEY_RSA_PSS))
            return SG_SIG_KEY;
        if (key->pss_digest != MH_DIGEST_NONE && key->pss_digest != alg->digest)
            return SG_SIG_KEY; /* RFC 4055 3.3 */
        return sig->len == half ? SG_SIG_GOOD : SG_SIG_FORM;
    case SG_KEY_EC:
        if (alg->scheme != SG_ECDSA)
            return SG_SIG_KEY;
        if (alg->form == SG_ECDSA_DER)
            return ecdsa_der_valid(*sig, half) ? SG_SIG_GOOD : SG_SIG_FORM;
        if (sig->len != 2 * half)
            return SG_SIG_FORM;
        *sig = (struct mh_span){room, plain_to_der(*sig, room)};
        return SG_SIG_GOOD;
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
    struct verifier *v = key->verifier;

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

void
sg_facts_prime(struct sg_facts *facts, const struct sg_cert *cert)
{
    static const uint8_t one[RSA_BITS_MAX / 8 + 1] = {[RSA_BITS_MAX / 8] = 1};
    static const uint8_t digest[MH_SHA256_LENGTH];
    struct sg_sigalg alg = {.digest = MH_SHA256};
    const struct sg_key *key;
    size_t len;

    if (sg_facts_key(facts, cert, NULL, &key) != MH_OK)
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
