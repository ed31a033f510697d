/*
 * Algorithm identifiers; declared in key.h.
 */
#include "signer/trust/key.h"

#include "base/wire/codes.h"
#include "signer/trust/oid.h"

struct digest_row {
    enum mh_digest_alg alg;
    uint8_t len;
    const char *oid; /* content octets */
};

static const struct digest_row digest_rows[] = {
    {MH_SHA256, 9, "\x60\x86\x48\x01\x65\x03\x04\x02\x01"},
    {MH_SHA384, 9, "\x60\x86\x48\x01\x65\x03\x04\x02\x02"},
    {MH_SHA512, 9, "\x60\x86\x48\x01\x65\x03\x04\x02\x03"},
    {MH_SHA1, 5, "\x2b\x0e\x03\x02\x1a"},
    {MH_SHA224, 9, "\x60\x86\x48\x01\x65\x03\x04\x02\x04"},
    {MH_SHA3_256, 9, "\x60\x86\x48\x01\x65\x03\x04\x02\x08"},
    {MH_SHA3_384, 9, "\x60\x86\x48\x01\x65\x03\x04\x02\x09"},
    {MH_SHA3_512, 9, "\x60\x86\x48\x01\x65\x03\x04\x02\x0a"},
    {MH_MD5, 8, "\x2a\x86\x48\x86\xf7\x0d\x02\x05"},
    {MH_RIPEMD160, 5, "\x2b\x24\x03\x02\x01"},
    {MH_WHIRLPOOL, 6, "\x28\xcf\x06\x03\x00\x37"},
};
#define DIGEST_ROWS (sizeof(digest_rows) / sizeof(digest_rows[0]))

static struct mh_span
row_oid(const char *oid, size_t len)
{
    return (struct mh_span){(const uint8_t *)oid, len};
}

enum mh_digest_alg
sg_digest_from_oid(struct mh_span oid)
{
    for (size_t i = 0; i < DIGEST_ROWS; i++)
        if (mh_span_eq(oid, row_oid(digest_rows[i].oid, digest_rows[i].len)))
            return digest_rows[i].alg;
    return MH_DIGEST_NONE;
}

struct mh_span
sg_digest_oid(enum mh_digest_alg alg)
{
    for (size_t i = 0; i < DIGEST_ROWS; i++)
        if (digest_rows[i].alg == alg)
            return row_oid(digest_rows[i].oid, digest_rows[i].len);
    return (struct mh_span){0};
}

static bool
no_params(const struct sg_algid *alg)
{
    return alg->params.len == 0 ||
           mh_span_eq(alg->params, MH_SPAN_LIT("\x05\x00"));
}

enum mh_digest_alg
sg_digest_from_algid(const struct sg_algid *alg)
{
    return no_params(alg) ? sg_digest_from_oid(alg->oid) : MH_DIGEST_NONE;
}

struct sig_row {
    enum sg_scheme scheme;
    enum mh_digest_alg digest;
    enum sg_ecdsa_form form;
    uint8_t len;
    const char *oid;
};

#define RSA   "\x2a\x86\x48\x86\xf7\x0d\x01\x01"
#define ECS   "\x2a\x86\x48\xce\x3d\x04"
#define NIST  "\x60\x86\x48\x01\x65\x03\x04\x03"
#define BSI   "\x04\x00\x7f\x00\x07\x01\x01\x04\x01"
#define DER   SG_ECDSA_DER
#define PLAIN SG_ECDSA_PLAIN

static const struct sig_row sig_rows[] = {
    {SG_RSA_PKCS1, MH_SHA256, DER, 9, RSA "\x0b"},
    {SG_ECDSA, MH_SHA256, DER, 8, ECS "\x03\x02"},
    {SG_ECDSA, MH_SHA384, DER, 8, ECS "\x03\x03"},
    {SG_ECDSA, MH_SHA512, DER, 8, ECS "\x03\x04"},
    {SG_RSA_PKCS1, MH_SHA384, DER, 9, RSA "\x0c"},
    {SG_RSA_PKCS1, MH_SHA512, DER, 9, RSA "\x0d"},
    {SG_RSA_PKCS1, MH_SHA224, DER, 9, RSA "\x0e"},
    {SG_RSA_PKCS1, MH_SHA1, DER, 9, RSA "\x05"},
    {SG_RSA_PKCS1, MH_MD5, DER, 9, RSA "\x04"},
    {SG_RSA_PKCS1, MH_SHA1, DER, 5, "\x2b\x0e\x03\x02\x1d"},
    {SG_RSA_PKCS1, MH_SHA3_256, DER, 9, NIST "\x0e"},
    {SG_RSA_PKCS1, MH_SHA3_384, DER, 9, NIST "\x0f"},
    {SG_RSA_PKCS1, MH_SHA3_512, DER, 9, NIST "\x10"},
    {SG_ECDSA, MH_SHA1, DER, 7, ECS "\x01"},
    {SG_ECDSA, MH_SHA224, DER, 8, ECS "\x03\x01"},
    {SG_ECDSA, MH_SHA3_256, DER, 9, NIST "\x0a"},
    {SG_ECDSA, MH_SHA3_384, DER, 9, NIST "\x0b"},
    {SG_ECDSA, MH_SHA3_512, DER, 9, NIST "\x0c"},
    {SG_ECDSA, MH_SHA1, PLAIN, 10, BSI "\x01"},
    {SG_ECDSA, MH_SHA224, PLAIN, 10, BSI "\x02"},
    {SG_ECDSA, MH_SHA256, PLAIN, 10, BSI "\x03"},
    {SG_ECDSA, MH_SHA384, PLAIN, 10, BSI "\x04"},
    {SG_ECDSA, MH_SHA512, PLAIN, 10, BSI "\x05"},
    {SG_DSA, MH_SHA1, DER, 7, "\x2a\x86\x48\xce\x38\x04\x03"},
    {SG_DSA, MH_SHA224, DER, 9, NIST "\x01"},
    {SG_DSA, MH_SHA256, DER, 9, NIST "\x02"},
    {SG_EDDSA, MH_DIGEST_NONE, DER, 3, "\x2b\x65\x70"},
    {SG_EDDSA, MH_DIGEST_NONE, DER, 3, "\x2b\x65\x71"},
};

static enum mh_code
unknown(struct mh_err *err)
{
    return mh_fail_finding(err, MH_EUNSUP, MH_F_ALGORITHM_UNKNOWN, MH_NO_OFFSET,
        "signature algorithm: unknown");
}

static enum mh_code
params(struct mh_err *err)
{
    return mh_fail_finding(err, MH_EUNSUP, MH_F_ALGORITHM_PARAMETERS,
        MH_NO_OFFSET, "signature algorithm: parameters not allowed");
}

/* [n] EXPLICIT AlgorithmIdentifier. */
static bool
tagged_algid(struct df_der *d, unsigned n, struct sg_algid *out)
{
    struct df_der in = df_der_enter(d, DF_CONTEXT_CONS(n));

    return sg_algid_read(&in, out) && df_der_done(&in);
}

static bool
tagged_uint(struct df_der *d, unsigned n, uint64_t *out)
{
    struct df_der in = df_der_enter(d, DF_CONTEXT_CONS(n));

    return df_der_uint(df_der_get(&in, DF_INTEGER), out) && df_der_done(&in);
}

/*
 * RSASSA-PSS-params (RFC 4055 3.1).  What is left out has its default:
 * SHA-1, MGF1 with SHA-1, 20, 1.
 */
static enum mh_code
pss(const struct sg_algid *alg, struct mh_err *err, struct sg_sigalg *out)
{
    struct df_der all = df_der_from(alg->params);
    struct df_der d = df_der_enter(&all, DF_SEQUENCE);
    enum mh_digest_alg digest = MH_SHA1, mgf = MH_SHA1;
    uint64_t salt = 20, trailer = 1;
    struct sg_algid a, inner;

    if (!df_der_done(&all))
        return params(err);
    if (df_der_peek(&d) == DF_CONTEXT_CONS(0)) {
        if (!tagged_algid(&d, 0, &a))
            return params(err);
        digest = sg_digest_from_algid(&a);
    }
    if (df_der_peek(&d) == DF_CONTEXT_CONS(1)) {
        struct df_der p;

        if (!tagged_algid(&d, 1, &a) ||
            !mh_span_eq(a.oid, SG_OID_PKCS1("\x08")))
            return params(err);
        p = df_der_from(a.params);
        if (!sg_algid_read(&p, &inner) || !df_der_done(&p))
            return params(err);
        mgf = sg_digest_from_algid(&inner);
    }
    if (df_der_peek(&d) == DF_CONTEXT_CONS(2) && !tagged_uint(&d, 2, &salt))
        return params(err);
    if (df_der_peek(&d) == DF_CONTEXT_CONS(3) && !tagged_uint(&d, 3, &trailer))
        return params(err);
    if (!df_der_done(&d) || digest == MH_DIGEST_NONE || mgf != digest ||
        salt != mh_digest_length(digest) || trailer != 1)
        return params(err);
    *out = (struct sg_sigalg){.scheme = SG_RSA_PSS, .digest = digest};
    return MH_OK;
}

enum mh_code
sg_sigalg_parse(const struct sg_algid *alg, bool in_cms, struct mh_err *err,
    struct sg_sigalg *out)
{
    *out = (struct sg_sigalg){.digest = MH_DIGEST_NONE};
    if (mh_span_eq(alg->oid, SG_OID_PKCS1("\x0a")))
        return pss(alg, err, out);
    for (size_t i = 0; i < sizeof(sig_rows) / sizeof(sig_rows[0]); i++) {
        const struct sig_row *r = &sig_rows[i];

        if (!mh_span_eq(alg->oid, row_oid(r->oid, r->len)))
            continue;
        if (!no_params(alg))
            return params(err);
        *out = (struct sg_sigalg){r->scheme, r->digest, r->form};
        return MH_OK;
    }
    if (!in_cms)
        return unknown(err);
    if (mh_span_eq(alg->oid, SG_OID_PKCS1("\x01")) && no_params(alg)) {
        out->scheme = SG_RSA_PKCS1;
        return MH_OK;
    }
    if (mh_span_eq(alg->oid, SG_OID_EC_KEY)) {
        out->scheme = SG_ECDSA;
        return MH_OK;
    }
    return unknown(err);
}
