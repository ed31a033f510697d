#include "signer/cmd/init_pki.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

enum {
    YEARS_CA = 10,
    YEARS_KEY = 3,
    DAY = 86400, /* seconds */
    SERIAL_BITS = 127,
};

/* What every certificate is made of. */
struct issue {
    const char *name; /* CN */
    const char *usage;
    bool authority;
    int years;
    EVP_PKEY *key; /* its own */
    X509 *issuer;  /* NULL: itself */
    EVP_PKEY *issuer_key;
};

static bool
add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *ext;
    bool ok;

    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    ok = ext != NULL && X509_add_ext(cert, ext, -1) == 1;
    X509_EXTENSION_free(ext);
    return ok;
}

static bool
put_names(X509 *cert, const struct issue *i)
{
    static const unsigned char country[] = "AZ", org[] = "Mohur DEMO";
    X509_NAME *name = X509_get_subject_name(cert);
    union {
        const char *given;
        const unsigned char *wanted;
    } cn = {i->name};

    return X509_NAME_add_entry_by_txt(
               name, "C", MBSTRING_UTF8, country, -1, -1, 0) == 1 &&
           X509_NAME_add_entry_by_txt(
               name, "O", MBSTRING_UTF8, org, -1, -1, 0) == 1 &&
           X509_NAME_add_entry_by_txt(
               name, "CN", MBSTRING_UTF8, cn.wanted, -1, -1, 0) == 1 &&
           X509_set_issuer_name(cert,
               i->issuer == NULL ? name : X509_get_subject_name(i->issuer)) ==
               1;
}

static bool
put_serial(X509 *cert)
{
    BIGNUM *n = BN_new();
    bool ok =
        n != NULL &&
        BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
        BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;

    BN_free(n);
    return ok;
}

/* RFC 9608: nobody keeps the status of what this authority made. */
static bool
put_no_rev_avail(X509 *cert)
{
    static const unsigned char null[] = {0x05, 0x00};
    ASN1_OBJECT *oid = OBJ_txt2obj("2.5.29.56", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *ext = NULL;
    bool ok = oid != NULL && value != NULL &&
              ASN1_OCTET_STRING_set(value, null, sizeof(null)) == 1;

    if (ok)
        ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value);
    ok = ext != NULL && X509_add_ext(cert, ext, -1) == 1;
    X509_EXTENSION_free(ext);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
    return ok;
}

static X509 *
issue(const struct issue *i)
{
    X509 *cert = X509_new();
    X509 *issuer = i->issuer == NULL ? cert : i->issuer;
    bool ok = cert != NULL && X509_set_version(cert, 2) == 1 &&
              put_serial(cert) && put_names(cert, i) &&
              X509_gmtime_adj(X509_getm_notBefore(cert), -DAY) != NULL &&
              X509_time_adj_ex(
                  X509_getm_notAfter(cert), 365 * i->years, 0, NULL) != NULL &&
              X509_set_pubkey(cert, i->key) == 1;

    ok = ok &&
         add_extension(cert, issuer, NID_basic_constraints,
             i->authority ? "critical,CA:TRUE,pathlen:0" : "CA:FALSE") &&
         add_extension(cert, issuer, NID_key_usage, i->usage) &&
         add_extension(cert, issuer, NID_subject_key_identifier, "hash") &&
         add_extension(
             cert, issuer, NID_authority_key_identifier, "keyid:always") &&
         (i->authority || put_no_rev_avail(cert)) &&
         X509_sign(cert, i->issuer_key, EVP_sha256()) > 0;
    if (!ok) {
        X509_free(cert);
        return NULL;
    }
    return cert;
}

static bool
der_of(X509 *cert, struct mh_arena *arena, struct mh_span *out)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    uint8_t *copy = len > 0 ? mh_arena_array(arena, (size_t)len, 1) : NULL;

    if (copy != NULL)
        memcpy(copy, der, (size_t)len);
    OPENSSL_free(der);
    *out = (struct mh_span){copy, copy == NULL ? 0 : (size_t)len};
    return copy != NULL;
}

static bool
subject_of(X509 *cert, struct mh_arena *arena, struct mh_span *out)
{
    unsigned char *der = NULL;
    int len = i2d_X509_NAME(X509_get_subject_name(cert), &der);
    uint8_t *copy = len > 0 ? mh_arena_array(arena, (size_t)len, 1) : NULL;

    if (copy != NULL)
        memcpy(copy, der, (size_t)len);
    OPENSSL_free(der);
    *out = (struct mh_span){copy, copy == NULL ? 0 : (size_t)len};
    return copy != NULL;
}

static bool
scalar_of(EVP_PKEY *key, uint8_t out[static 32])
{
    BIGNUM *n = NULL;
    bool ok = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &n) == 1 &&
              BN_bn2binpad(n, out, 32) == 32;

    BN_clear_free(n);
    return ok;
}

static bool
make_key(const struct issue *how, const char *label, uint8_t id,
    struct mh_arena *arena, struct mh_soft_key *out, uint8_t secret[static 32])
{
    uint8_t *number = mh_arena_array(arena, 1, 1);
    X509 *cert = how->key == NULL ? NULL : issue(how);
    bool ok =
        number != NULL && cert != NULL && der_of(cert, arena, &out->cert) &&
        subject_of(cert, arena, &out->subject) && scalar_of(how->key, secret);

    if (ok) {
        *number = id;
        out->id = (struct mh_span){number, 1};
        out->label = label;
        out->value = (struct mh_span){secret, 32};
    }
    X509_free(cert);
    return ok;
}

enum mh_code
sg_init_pki(const char *host, struct mh_arena *arena, struct mh_err *err,
    struct sg_init_pki *out)
{
    EVP_PKEY *ca = EVP_EC_gen("P-256"), *seal = EVP_EC_gen("P-256"),
             *log = EVP_EC_gen("P-256");
    struct issue root = {.name = "DEMO authority, not for use",
        .usage = "critical,keyCertSign,cRLSign",
        .authority = true,
        .years = YEARS_CA,
        .key = ca,
        .issuer_key = ca};
    struct issue leaf = {
        .name = mh_arena_printf(arena, "DEMO seal of %.40s", host),
        .usage = "critical,digitalSignature,nonRepudiation",
        .years = YEARS_KEY,
        .key = seal,
        .issuer_key = ca};
    bool ok = ca != NULL && seal != NULL && log != NULL && leaf.name != NULL;

    *out = (struct sg_init_pki){0};
    if (ok)
        leaf.issuer = issue(&root);
    ok = ok && leaf.issuer != NULL &&
         der_of(leaf.issuer, arena, &out->authority) &&
         make_key(&leaf, "seal", 1, arena, &out->key[0], out->secret[0]);
    leaf.name = "DEMO audit log";
    leaf.usage = "critical,digitalSignature";
    leaf.key = log;
    ok = ok && make_key(&leaf, "log", 2, arena, &out->key[1], out->secret[1]);
    X509_free(leaf.issuer);
    EVP_PKEY_free(ca);
    EVP_PKEY_free(seal);
    EVP_PKEY_free(log);
    if (!ok)
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "init: keys cannot be made");
    return MH_OK;
}
