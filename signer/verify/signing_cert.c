#include "signer/verify/signing_cert.h"

#include <openssl/bn.h>

#include "base/text.h"
#include "signer/trust/name.h"

#define DSIG11 DF_NS_DSIG11

static void
not_found(struct sg_dsig *dsig, struct sg_out *out, enum mh_finding_code code,
    const char *what)
{
    sg_out_add(out, code, MH_ERROR, what);
    if (dsig->sub == MH_SUB_NONE)
        dsig->sub = MH_NO_SIGNING_CERTIFICATE_FOUND;
}

static enum mh_code
matches(const struct sg_cert_ref *ref, const struct sg_cert *cert,
    struct mh_err *err, bool *yes)
{
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code code = MH_OK;

    *yes = false;
    if (ref->alg == MH_DIGEST_NONE ||
        ref->digest.len != mh_digest_length(ref->alg))
        return MH_OK;
    if (ref->alg == MH_SHA256)
        memcpy(hash, cert->sha256, MH_SHA256_LENGTH);
    else
        code = mh_digest_once(ref->alg, cert->der, err, hash);
    *yes = code == MH_OK && memcmp(hash, ref->digest.ptr, ref->digest.len) == 0;
    return code;
}

/* Decimal text of an INTEGER's content, compared with what was written. */
static bool
serial_is(struct mh_span serial, struct mh_span text)
{
    BIGNUM *bn = BN_bin2bn(serial.ptr, (int)serial.len, NULL);
    char *dec = bn == NULL ? NULL : BN_bn2dec(bn);
    bool same;

    while (text.len > 1 && text.ptr[0] == '0') {
        text.ptr++;
        text.len--;
    }
    same = dec != NULL && mh_span_is(text, dec);
    OPENSSL_free(dec);
    BN_free(bn);
    return same;
}

/* IssuerSerial of RFC 5035: GeneralNames with one directoryName, serial. */
bool
sg_issuer_serial_fits(
    struct sg_ctx *ctx, const struct sg_cert *cert, struct mh_span der)
{
    struct df_der d = df_der_from(der), seq, names, dir;
    struct mh_span name, serial;
    struct sg_name parsed;

    seq = df_der_enter(&d, DF_SEQUENCE);
    names = df_der_enter(&seq, DF_SEQUENCE);
    dir = df_der_enter(&names, DF_CONTEXT_CONS(4));
    name = df_der_get_all(&dir, DF_SEQUENCE);
    serial = df_der_get(&seq, DF_INTEGER);
    if (!df_der_done(&d) || !df_der_done(&seq) || !df_der_done(&names) ||
        !df_der_done(&dir) ||
        sg_name_parse(name, ctx->arena, NULL, &parsed) != MH_OK)
        return false;
    return mh_span_eq(serial, cert->serial) &&
           sg_name_eq(&parsed, &cert->issuer);
}

/*
 * The certificate named first.  Where the digest fits but issuer or serial do
 * not, the reference contradicts itself.
 */
static enum mh_code
find_named(struct sg_ctx *ctx, struct sg_dsig *dsig, const struct sg_xades *x,
    struct mh_err *err, const struct sg_cert **cert)
{
    enum mh_code code = MH_OK;
    bool yes;

    for (size_t i = 0; i < dsig->certs && code == MH_OK; i++) {
        code = matches(&x->cert[0], dsig->cert[i], err, &yes);
        if (code == MH_OK && yes) {
            *cert = dsig->cert[i];
            return MH_OK;
        }
    }
    for (size_t i = 0; i < sg_pool_count(ctx->pool) && code == MH_OK; i++) {
        code = matches(&x->cert[0], sg_pool_at(ctx->pool, i), err, &yes);
        if (code == MH_OK && yes) {
            *cert = sg_pool_at(ctx->pool, i);
            return MH_OK;
        }
    }
    return code;
}

/* One ds:RSAKeyValue or dsig11:ECKeyValue against the certificate. */
static bool
key_value_agrees(struct sg_ctx *ctx, const struct df_node *kv,
    const struct sg_cert *cert, struct sg_out *out)
{
    const struct df_node *rsa = df_node_child(kv, DF_NS_DS, "RSAKeyValue");
    const struct df_node *ec = df_node_child(kv, DSIG11, "ECKeyValue");
    struct df_der d = df_der_from(cert->key_bits), seq;
    const struct df_node *n;
    struct mh_span value, mod;

    if (rsa != NULL) {
        n = df_node_child(rsa, DF_NS_DS, "Modulus");
        seq = df_der_enter(&d, DF_SEQUENCE);
        mod = df_der_get(&seq, DF_INTEGER);
        if (n == NULL || seq.bad || !sg_node_base64(ctx, n, out, &value))
            return false;
        while (mod.len > 0 && mod.ptr[0] == 0)
            (void)mh_span_sub(mod, 1, mod.len - 1, &mod); /* inside mod */
        while (value.len > 0 && value.ptr[0] == 0)
            (void)mh_span_sub(value, 1, value.len - 1, &value);
        return mh_span_eq(mod, value);
    }
    if (ec != NULL) {
        n = df_node_child(ec, DSIG11, "PublicKey");
        return n != NULL && sg_node_base64(ctx, n, out, &value) &&
               mh_span_eq(value, cert->key_bits);
    }
    return false;
}

static void
check_key_values(struct sg_ctx *ctx, struct sg_dsig *dsig,
    const struct sg_cert *cert, struct sg_out *out)
{
    if (dsig->key_values == 0)
        return;
    for (const struct df_node *kv =
             df_node_child(dsig->key_info, DF_NS_DS, "KeyValue");
         kv != NULL; kv = df_node_sibling(kv, DF_NS_DS, "KeyValue"))
        if (!key_value_agrees(ctx, kv, cert, out)) {
            sg_out_add(out, MH_F_KEY_VALUE_MISMATCH, MH_ERROR, "");
            if (dsig->sub == MH_SUB_NONE)
                dsig->sub = MH_FORMAT_FAILURE;
            return;
        }
}

/* The loose part of version 1: every written value occurs in the name. */
static bool
issuer_name_fits(
    struct sg_ctx *ctx, const struct sg_cert *cert, struct mh_span written)
{
    const struct sg_attr *cn = sg_name_find(&cert->issuer, SG_ATTR_CN);
    struct mh_span value;

    if (cn == NULL)
        cn = sg_name_find(&cert->issuer, SG_ATTR_O);
    if (cn == NULL)
        return true;
    value = sg_attr_text(cn, ctx->arena);
    /* Escapes differ between writers: a name with one is not compared. */
    if (memchr(written.ptr, '\\', written.len) != NULL ||
        memchr(written.ptr, '#', written.len) != NULL ||
        memchr(written.ptr, '"', written.len) != NULL || value.len == 0)
        return true;
    return memmem(written.ptr, written.len, value.ptr, value.len) != NULL;
}

static bool
reference_consistent(struct sg_ctx *ctx, const struct sg_cert_ref *ref,
    const struct sg_cert *cert)
{
    if (ref->issuer_serial.len > 0 &&
        !sg_issuer_serial_fits(ctx, cert, ref->issuer_serial))
        return false;
    if (ref->serial_text.len > 0 && !serial_is(cert->serial, ref->serial_text))
        return false;
    return ref->issuer_name.len == 0 ||
           issuer_name_fits(ctx, cert, ref->issuer_name);
}

enum mh_code
sg_signing_cert_find(struct sg_ctx *ctx, struct sg_dsig *dsig,
    const struct sg_xades *xades, struct sg_out *out, struct mh_err *err,
    const struct sg_cert **cert)
{
    enum mh_code code;

    *cert = NULL;
    if (!xades->signing_certificate || xades->certs == 0) {
        not_found(dsig, out, MH_F_SIGNING_CERTIFICATE_MISSING, "");
        return MH_OK;
    }
    if (xades->cert[0].alg == MH_DIGEST_NONE) {
        sg_out_add(out, MH_F_ALGORITHM_UNKNOWN, MH_ERROR, "CertDigest");
        if (dsig->sub == MH_SUB_NONE)
            dsig->sub = MH_CRYPTO_CONSTRAINTS_FAILURE;
        return MH_OK;
    }
    code = find_named(ctx, dsig, xades, err, cert);
    if (code != MH_OK)
        return code;
    if (*cert == NULL) {
        not_found(dsig, out,
            dsig->certs == 0 ? MH_F_SIGNING_CERTIFICATE_MISSING
                             : MH_F_SIGNING_CERTIFICATE_MISMATCH,
            "");
        return MH_OK;
    }
    if (!reference_consistent(ctx, &xades->cert[0], *cert))
        not_found(dsig, out, MH_F_SIGNING_CERTIFICATE_MISMATCH, "IssuerSerial");
    check_key_values(ctx, dsig, *cert, out);
    return MH_OK;
}

enum mh_code
sg_signing_cert_chain(const struct sg_xades *xades, const struct sg_path *path,
    struct sg_out *out, struct mh_err *err, bool *fits)
{
    enum mh_code code = MH_OK;

    *fits = true;
    for (size_t i = 1; i < xades->certs && code == MH_OK; i++) {
        bool found = false;

        for (size_t k = 0; k < path->count && !found && code == MH_OK; k++)
            code = matches(&xades->cert[i], path->chain[k], err, &found);
        if (code == MH_OK && !found) {
            sg_out_add(out, MH_F_SIGNING_CERTIFICATE_EXTRA, MH_ERROR, "");
            *fits = false;
        }
    }
    return code;
}
