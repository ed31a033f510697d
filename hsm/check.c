#include "hsm/check.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static const struct {
    const char *group;
    unsigned bits;
} curves[] = {
    {"prime256v1", 256},
    {"P-256", 256},
    {"secp384r1", 384},
    {"P-384", 384},
    {"secp521r1", 521},
    {"P-521", 521},
};

static enum mh_code
take_ec(struct mh_err *err, struct hsm_check *out)
{
    char group[64] = "";

    if (EVP_PKEY_get_utf8_string_param(out->key, OSSL_PKEY_PARAM_GROUP_NAME,
            group, sizeof(group), NULL) != 1)
        group[0] = '\0';
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
        if (strcmp(group, curves[i].group) == 0) {
            out->bits = curves[i].bits;
            out->width = (curves[i].bits + 7) / 8;
            return MH_OK;
        }
    return mh_fail(
        err, MH_EUNSUP, MH_NO_OFFSET, "the key is on a curve we do not use");
}

static enum mh_code
take_key(struct mh_err *err, struct hsm_check *out)
{
    int bits = EVP_PKEY_get_bits(out->key);

    switch (EVP_PKEY_get_base_id(out->key)) {
    case EVP_PKEY_RSA:
        out->rsa = true;
        out->bits = bits > 0 ? (unsigned)bits : 0;
        if (bits < 2048)
            return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
                "the RSA key has less than 2048 bits");
        if ((unsigned)bits > 8 * HSM_SIGNATURE_MAX)
            return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
                "the RSA key has more than 4096 bits");
        return MH_OK;
    case EVP_PKEY_EC:
        return take_ec(err, out);
    default:
        return mh_fail(
            err, MH_EUNSUP, MH_NO_OFFSET, "the key is neither RSA nor EC");
    }
}

/* What the certificate says the key is for (keys.md 3.1). */
static void
take_usage(X509 *x, struct hsm_check *out)
{
    uint32_t flags, usage, extended;

    if (X509_check_purpose(x, -1, 0) != 1) /* fills what is asked below */
        return;
    flags = X509_get_extension_flags(x);
    usage = (flags & EXFLAG_KUSAGE) != 0 ? X509_get_key_usage(x) : 0;
    extended =
        (flags & EXFLAG_XKUSAGE) != 0 ? X509_get_extended_key_usage(x) : 0;
    out->non_repudiation = (usage & KU_NON_REPUDIATION) != 0;
    out->authentication = !out->non_repudiation &&
                          (usage & KU_DIGITAL_SIGNATURE) != 0 &&
                          (extended & XKU_SSL_CLIENT) != 0;
}

enum mh_code
hsm_check_init(struct mh_span der, struct mh_err *err, struct hsm_check *out)
{
    const unsigned char *p = der.ptr;
    X509 *x = d2i_X509(NULL, &p, (long)der.len);
    enum mh_code code;

    *out = (struct hsm_check){0};
    if (x == NULL || p != der.ptr + der.len) {
        X509_free(x);
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "the certificate on the token is malformed");
    }
    out->key = X509_get_pubkey(x);
    if (out->key == NULL)
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "the certificate on the token has a malformed key");
    else
        code = take_key(err, out);
    if (code == MH_OK)
        take_usage(x, out);
    else
        hsm_check_fini(out);
    X509_free(x);
    return code;
}

void
hsm_check_fini(struct hsm_check *c)
{
    EVP_PKEY_free(c->key);
    *c = (struct hsm_check){0};
}

static const EVP_MD *
digest_of(enum mh_digest_alg hash)
{
    if (hash == MH_SHA256)
        return EVP_sha256();
    return hash == MH_SHA384 ? EVP_sha384() : EVP_sha512();
}

static bool
verify(const struct hsm_check *c, const struct hsm_request *r,
    struct mh_span value)
{
    const EVP_MD *md = digest_of(r->hash);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(c->key, NULL);
    bool ok = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1;

    if (ok && r->scheme != MH_TOKEN_ECDSA)
        ok = EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
             EVP_PKEY_CTX_set_rsa_padding(ctx, r->scheme == MH_TOKEN_PSS
                                                   ? RSA_PKCS1_PSS_PADDING
                                                   : RSA_PKCS1_PADDING) == 1;
    if (ok && r->scheme == MH_TOKEN_PSS)
        ok = EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
    ok = ok && EVP_PKEY_verify(ctx, value.ptr, value.len, r->digest.ptr,
                   r->digest.len) == 1;
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

bool
hsm_check_value(const struct hsm_check *c, const struct hsm_request *request,
    struct mh_span value)
{
    struct mh_buf der;
    bool ok;

    if ((request->scheme == MH_TOKEN_ECDSA) == c->rsa)
        return false;
    if (c->rsa)
        return value.len == (c->bits + 7) / 8 && verify(c, request, value);
    if (value.len != (size_t)2 * c->width)
        return false;
    mh_buf_init(&der, (size_t)2 * HSM_SIGNATURE_MAX);
    ok = hsm_ecdsa_to_der(value, &der) && verify(c, request, mh_buf_get(&der));
    mh_buf_fini(&der);
    return ok;
}
