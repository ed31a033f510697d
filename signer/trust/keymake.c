#include "signer/trust/keymake.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include "base/wire/codes.h"
#include "signer/trust/oid.h"

#define RSA_BITS_MIN 512U /* weaker ones are judged by the table of dates */
#define DSA_BITS_MIN 512U /* as with RSA */
#define DSA_BITS_MAX 4096U
#define DSA_Q_MIN    160U /* FIPS 186-4 4.2 */
#define DSA_Q_MAX    256U

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

bool
sg_key_positive(struct df_der *d, struct mh_span *out)
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
rsa_pkey(struct sg_makers *makers, struct mh_span n, struct mh_span e)
{
    uint8_t n_room[RSA_BITS_MAX / 8], e_room[8];

    return from_params(&makers->rsa, "RSA",
        (OSSL_PARAM[]){number(OSSL_PKEY_PARAM_RSA_N, n, n_room),
            number(OSSL_PKEY_PARAM_RSA_E, e, e_room),
            OSSL_PARAM_construct_end()});
}

static unsigned
bit_length(struct mh_span magnitude)
{
    unsigned bits = (unsigned)magnitude.len * 8;

    for (uint8_t top = magnitude.ptr[0]; (top & 0x80) == 0;
         top = (uint8_t)(top << 1))
        bits--;
    return bits;
}

static enum mh_code
make_rsa(struct sg_makers *makers, const struct sg_cert *c, struct mh_err *err,
    struct sg_key *k)
{
    struct df_der all = df_der_from(c->key_bits);
    struct df_der d = df_der_enter(&all, DF_SEQUENCE);
    struct mh_span n, e;

    if (!magnitude(&d, &n) || !sg_key_positive(&d, &e) || !df_der_done(&d) ||
        !df_der_done(&all))
        return malformed(err);
    if (n.len > RSA_BITS_MAX / 8 || e.len > 8)
        return refused(err, "RSA key too large");
    k->bits = bit_length(n);
    if (k->bits < RSA_BITS_MIN)
        return refused(err, "RSA key too small");
    if ((n.ptr[n.len - 1] & 1) == 0 || (e.ptr[e.len - 1] & 1) == 0 ||
        (e.len == 1 && e.ptr[0] == 1))
        return refused(err, "RSA key with an even or unit number");
    (void)snprintf(k->made_name, sizeof(k->made_name), "RSA-%u", k->bits);
    k->name = k->made_name;
    k->pkey = rsa_pkey(makers, n, e);
    return k->pkey == NULL ? malformed(err) : MH_OK;
}

struct dsa {
    struct mh_span p, q, g, y;
};

static EVP_PKEY *
dsa_pkey(struct sg_makers *makers, const struct dsa *k)
{
    uint8_t p[DSA_BITS_MAX / 8], q[DSA_Q_MAX / 8], g[DSA_BITS_MAX / 8];
    uint8_t y[DSA_BITS_MAX / 8];

    return from_params(&makers->dsa, "DSA",
        (OSSL_PARAM[]){number(OSSL_PKEY_PARAM_FFC_P, k->p, p),
            number(OSSL_PKEY_PARAM_FFC_Q, k->q, q),
            number(OSSL_PKEY_PARAM_FFC_G, k->g, g),
            number(OSSL_PKEY_PARAM_PUB_KEY, k->y, y),
            OSSL_PARAM_construct_end()});
}

/* Whether 1 < n < limit, both without leading zeros. */
static bool
between(struct mh_span n, struct mh_span limit)
{
    if (n.len == 1 && n.ptr[0] == 1)
        return false;
    return n.len < limit.len ||
           (n.len == limit.len && memcmp(n.ptr, limit.ptr, n.len) < 0);
}

/* RFC 3279 2.3.2. */
static enum mh_code
make_dsa(struct sg_makers *makers, const struct sg_cert *c, struct mh_err *err,
    struct sg_key *k)
{
    struct df_der all = df_der_from(c->key_alg.params), d;
    struct df_der bits = df_der_from(c->key_bits);
    struct mh_span p, q, g, y;

    if (c->key_alg.params.len == 0)
        return refused(err, "DSA key without domain parameters");
    d = df_der_enter(&all, DF_SEQUENCE);
    if (!sg_key_positive(&d, &p) || !sg_key_positive(&d, &q) ||
        !sg_key_positive(&d, &g) || !df_der_done(&d) || !df_der_done(&all) ||
        !sg_key_positive(&bits, &y) || !df_der_done(&bits))
        return malformed(err);
    if (p.len > DSA_BITS_MAX / 8 || q.len > DSA_Q_MAX / 8)
        return refused(err, "DSA key too large");
    k->bits = bit_length(p);
    k->q_bits = bit_length(q);
    if (k->bits < DSA_BITS_MIN || k->q_bits < DSA_Q_MIN)
        return refused(err, "DSA key too small");
    if ((p.ptr[p.len - 1] & 1) == 0 || (q.ptr[q.len - 1] & 1) == 0 ||
        !between(g, p) || !between(y, p))
        return refused(err, "DSA key with an even or unit number");
    (void)snprintf(k->made_name, sizeof(k->made_name), "DSA-%u", k->bits);
    k->name = k->made_name;
    if (k->q_bits < 200 && k->bits >= 1900)
        k->bits = 1899;
    else if (k->q_bits < 250 && k->bits >= 3000)
        k->bits = 2999;
    k->pkey = dsa_pkey(makers, &(struct dsa){p, q, g, y});
    return k->pkey == NULL ? malformed(err) : MH_OK;
}

static enum mh_code
make_ec(struct sg_makers *makers, const struct sg_cert *c, struct mh_err *err,
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
    k->pkey = from_params(&makers->ec, "EC",
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

enum mh_code
sg_key_make(struct sg_makers *makers, const struct sg_cert *c,
    struct mh_err *err, struct sg_key *k)
{
    struct mh_span oid = c->key_alg.oid;
    struct sg_sigalg pss;
    enum mh_code rc;

    if (mh_span_eq(oid, SG_OID_PKCS1("\x01"))) {
        k->type = SG_KEY_RSA;
        return make_rsa(makers, c, err, k);
    }
    if (mh_span_eq(oid, SG_OID_PKCS1("\x0a"))) {
        k->type = SG_KEY_RSA_PSS;
        if (c->key_alg.params.len != 0) {
            rc = sg_sigalg_parse(&c->key_alg, false, err, &pss);
            if (rc != MH_OK)
                return rc;
            k->pss_digest = pss.digest;
        }
        return make_rsa(makers, c, err, k);
    }
    if (mh_span_eq(oid, SG_OID_EC_KEY))
        return make_ec(makers, c, err, k);
    if (mh_span_eq(oid, SG_OID_DSA_KEY)) {
        k->type = SG_KEY_DSA;
        return make_dsa(makers, c, err, k);
    }
    if (mh_span_eq(oid, SG_OID_ED25519) || mh_span_eq(oid, SG_OID_ED448)) {
        k->type = mh_span_eq(oid, SG_OID_ED448) ? SG_KEY_ED448 : SG_KEY_ED25519;
        return make_ed(c, err, k);
    }
    return refused(err, "kind not allowed");
}
