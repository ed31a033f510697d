/*
 * The signer of a SignedData and its value; declared in cms.h.
 */
#include "signer/trust/cms.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/wire/codes.h"
#include "signer/trust/name.h"
#include "signer/trust/oid.h"

#define SIGNED_ATTRS_MAX (1U << 20) /* bytes of signed attributes */

/* IssuerSerial of an ESSCertID, if it is there. */
static bool
issuer_serial_fits(struct df_der *d, const struct sg_cert *c)
{
    struct df_der is, names;
    struct mh_span serial;
    struct df_tlv t;

    if (!df_der_more(d))
        return !d->bad;
    is = df_der_enter(d, DF_SEQUENCE);
    names = df_der_enter(&is, DF_SEQUENCE);
    serial = df_der_get(&is, DF_INTEGER);
    if (!df_der_done(&is) || !df_der_any(&names, &t) || !df_der_done(&names))
        return false;
    /* GeneralName directoryName [4]; compared in full by the hash already. */
    return t.tag == DF_CONTEXT_CONS(4) && mh_span_eq(serial, c->serial);
}

/* The first ESSCertID(V2) of the attribute against a certificate. */
static bool
ess_fits(struct mh_span value, bool v2, const struct sg_cert *c)
{
    struct df_der all = df_der_from(value);
    struct df_der d = df_der_enter(&all, DF_SEQUENCE);
    struct df_der list = df_der_enter(&d, DF_SEQUENCE);
    struct df_der id = df_der_enter(&list, DF_SEQUENCE);
    enum mh_digest_alg alg = v2 ? MH_SHA256 : MH_SHA1;
    uint8_t hash[MH_DIGEST_MAX];
    struct sg_algid a;
    struct mh_span got;

    if (v2 && df_der_peek(&id) == DF_SEQUENCE) {
        if (!sg_algid_read(&id, &a))
            return false;
        alg = sg_digest_from_algid(&a);
    }
    got = df_der_get(&id, DF_OCTET_STRING);
    if (alg == MH_DIGEST_NONE || got.len != mh_digest_length(alg) ||
        mh_digest_once(alg, c->der, NULL, hash) != MH_OK ||
        memcmp(hash, got.ptr, got.len) != 0)
        return false;
    return df_der_done(&all) && issuer_serial_fits(&id, c);
}

static bool
id_fits(const struct sg_cms_signer *s, const struct sg_cert *c)
{
    if (s->ski.len > 0)
        return mh_span_eq(s->ski, c->ski);
    return mh_span_eq(s->serial, c->serial) &&
           sg_name_eq(&s->issuer, &c->issuer);
}

/* Every form of the attribute that is there must fit. */
static bool
all_ess_fit(const struct sg_cms_signer *s, const struct sg_cert *c)
{
    struct mh_span oids[] = {SG_OID_ESS_CERT, SG_OID_ESS_CERT_V2};

    for (unsigned i = 0; i < 2; i++) {
        struct mh_span value;

        if (sg_cms_attr_count(s->signed_attrs, s->signed_count, oids[i]) == 0)
            continue;
        if (!sg_cms_attr_one(
                s->signed_attrs, s->signed_count, oids[i], &value) ||
            !ess_fits(value, i == 1, c))
            return false;
    }
    return true;
}

enum mh_code
sg_cms_signer_cert(const struct sg_cms_signer *signer,
    const struct sg_pool *pool, struct mh_err *err, const struct sg_cert **out,
    bool *ess)
{
    (void)err; /* nothing here fails */
    *out = NULL;
    *ess = sg_cms_attr_count(signer->signed_attrs, signer->signed_count,
               SG_OID_ESS_CERT) > 0 ||
           sg_cms_attr_count(signer->signed_attrs, signer->signed_count,
               SG_OID_ESS_CERT_V2) > 0;
    for (size_t i = 0; i < sg_pool_count(pool) && *out == NULL; i++) {
        const struct sg_cert *c = sg_pool_at(pool, i);

        if (id_fits(signer, c) && all_ess_fit(signer, c))
            *out = c;
    }
    return MH_OK;
}

static void
no(struct sg_cms_result *out, int finding, const char *text)
{
    out->ok = false;
    out->finding = finding;
    out->text = text;
}

static int
by_bytes(const void *x, const void *y)
{
    const struct sg_cms_attr *const *a = x, *const *b = y;

    return mh_span_cmp((*a)->all, (*b)->all);
}

/* What was signed: the attributes as DER SET OF (RFC 5652 5.4). */
static bool
signed_bytes(const struct sg_cms_signer *s, struct mh_buf *out)
{
    const struct sg_cms_attr *order[64];
    size_t len = 0, shift = 24;

    if (s->signed_count > 64)
        return false;
    for (size_t i = 0; i < s->signed_count; i++) {
        order[i] = &s->signed_attrs[i];
        len += s->signed_attrs[i].all.len;
    }
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are sorted */
    qsort(order, s->signed_count, sizeof(order[0]), by_bytes);
    mh_buf_byte(out, DF_SET);
    if (len < 0x80) {
        mh_buf_byte(out, (uint8_t)len);
    } else {
        while (len >> shift == 0)
            shift -= 8;
        mh_buf_byte(out, (uint8_t)(0x80 + shift / 8 + 1));
        for (;; shift -= 8) {
            mh_buf_byte(out, (uint8_t)(len >> shift));
            if (shift == 0)
                break;
        }
    }
    for (size_t i = 0; i < s->signed_count; i++)
        mh_buf_span(out, order[i]->all);
    return mh_buf_ok(out);
}

/* contentType and messageDigest (RFC 5652 11.1, 11.2). */
static void
check_attrs(const struct sg_cms *cms, const struct sg_cms_signer *s,
    struct mh_span hash, struct sg_cms_result *out)
{
    struct mh_span type, digest;
    struct df_der d;

    out->ok = true;
    if (!sg_cms_attr_one(
            s->signed_attrs, s->signed_count, SG_OID_PKCS9("\x03"), &type) ||
        !sg_cms_attr_one(
            s->signed_attrs, s->signed_count, SG_OID_PKCS9("\x04"), &digest)) {
        no(out, MH_F_ATTRIBUTE_INVALID,
            "cms: contentType or messageDigest is not there once");
        return;
    }
    d = df_der_from(type);
    if (!mh_span_eq(df_der_get(&d, DF_OID), cms->econtent_type)) {
        no(out, MH_F_ATTRIBUTE_INVALID, "cms: contentType is another");
        return;
    }
    d = df_der_from(digest);
    if (!mh_span_eq(df_der_get(&d, DF_OCTET_STRING), hash))
        no(out, MH_F_DIGEST_MISMATCH, "cms: content is not what was signed");
}

/* The algorithm of the value, agreeing with the digest announced. */
static bool
find_alg(const struct sg_cms_signer *s, struct sg_cms_result *out)
{
    struct mh_err e = {0};

    if (sg_sigalg_parse(&s->sigalg, true, &e, &out->sigalg) != MH_OK) {
        no(out, e.finding, "cms: signature algorithm refused");
        return false;
    }
    if (out->sigalg.digest == MH_DIGEST_NONE && out->sigalg.scheme != SG_EDDSA)
        out->sigalg.digest = s->digest;
    if (out->sigalg.scheme != SG_EDDSA && out->sigalg.digest != s->digest) {
        no(out, MH_F_ALGORITHM_PARAMETERS,
            "cms: digest of the signature is another");
        return false;
    }
    if (s->digest == MH_DIGEST_NONE || s->digest == MH_MD5) {
        no(out, MH_F_ALGORITHM_UNKNOWN, "cms: digest algorithm refused");
        return false;
    }
    return true;
}

static void
conclude(enum sg_verdict sig, struct sg_cms_result *out)
{
    switch (sig) {
    case SG_SIG_GOOD:
        out->ok = true;
        break;
    case SG_SIG_BAD:
        no(out, MH_F_SIGNATURE_MISMATCH, "cms: signature is wrong");
        break;
    case SG_SIG_FORM:
        no(out, MH_F_SIGNATURE_VALUE_FORM, "cms: value has a wrong form");
        break;
    case SG_SIG_KEY:
        no(out, MH_F_ALGORITHM_PARAMETERS, "cms: algorithm does not fit key");
        break;
    }
}

/* The value over the signed attributes, which name the content's digest. */
static enum mh_code
verify_attrs(const struct sg_cms *cms, const struct sg_cms_signer *signer,
    struct mh_span digest, const struct sg_key *key, struct mh_err *err,
    struct sg_cms_result *out)
{
    enum sg_verdict sig = SG_SIG_BAD;
    struct mh_buf buf;
    enum mh_code rc;

    check_attrs(cms, signer, digest, out);
    if (!out->ok)
        return MH_OK;
    mh_buf_init(&buf, SIGNED_ATTRS_MAX);
    if (!signed_bytes(signer, &buf))
        rc = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "cms: attributes too large");
    else
        rc = sg_verify(
            key, &out->sigalg, mh_buf_get(&buf), signer->signature, err, &sig);
    mh_buf_fini(&buf);
    if (rc == MH_OK)
        conclude(sig, out);
    return rc;
}

enum mh_code
sg_cms_verify_digest(const struct sg_cms *cms,
    const struct sg_cms_signer *signer, struct mh_span digest,
    const struct sg_key *key, struct mh_err *err, struct sg_cms_result *out)
{
    enum sg_verdict sig = SG_SIG_BAD;
    enum mh_code rc;

    *out = (struct sg_cms_result){0};
    if (!find_alg(signer, out))
        return MH_OK;
    if (signer->signed_count > 0)
        return verify_attrs(cms, signer, digest, key, err, out);
    rc = sg_verify_digest(
        key, &out->sigalg, digest, signer->signature, err, &sig);
    if (rc == MH_OK)
        conclude(sig, out);
    return rc;
}

enum mh_code
sg_cms_verify(const struct sg_cms *cms, const struct sg_cms_signer *signer,
    struct mh_span content, const struct sg_key *key, struct mh_err *err,
    struct sg_cms_result *out)
{
    enum sg_verdict sig = SG_SIG_BAD;
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code rc;

    *out = (struct sg_cms_result){0};
    if (!find_alg(signer, out))
        return MH_OK;
    if (signer->signed_count > 0) {
        rc = mh_digest_once(signer->digest, content, err, hash);
        if (rc != MH_OK)
            return rc;
        return verify_attrs(cms, signer,
            (struct mh_span){hash, mh_digest_length(signer->digest)}, key, err,
            out);
    }
    rc = sg_verify(key, &out->sigalg, content, signer->signature, err, &sig);
    if (rc == MH_OK)
        conclude(sig, out);
    return rc;
}
