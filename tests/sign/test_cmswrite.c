/*
 * A SignedData as it is written: libcrypto's CMS and the project's own strict
 * reader must both accept it, and one flipped bit must not pass.
 */
#define MH_ALLOW_BANNED
#include "signer/sign/cmswrite.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/limits.h"
#include "base/time.h"
#include "docformat/docformat.h"
#include "signer/trust/cms.h"
#include "signer/trust/oid.h"
#include "tests/t.h"

#define NOW INT64_C(1654084800)

enum {
    ROOM = 1 << 20,
    CERT_ROOM = 8192,
    VALUE_ROOM = 1024
};

struct signer {
    const char *name;
    enum sg_scheme scheme;
    enum mh_digest_alg digest;
    EVP_PKEY *key;
    uint8_t cert[CERT_ROOM];
    size_t cert_len;
};

static struct signer signers[] = {
    {"RSA-2048", SG_RSA_PKCS1, MH_SHA256, NULL, {0}, 0},
    {"RSA-3072 PSS", SG_RSA_PSS, MH_SHA384, NULL, {0}, 0},
    {"P-256", SG_ECDSA, MH_SHA256, NULL, {0}, 0},
    {"P-384", SG_ECDSA, MH_SHA384, NULL, {0}, 0},
    {"P-521", SG_ECDSA, MH_SHA512, NULL, {0}, 0},
};

static void
make_cert(struct signer *s, long serial)
{
    X509 *x = X509_new();
    X509_NAME *n = X509_get_subject_name(x);
    uint8_t *p = s->cert;
    int len;

    assert_int_equal(X509_set_version(x, 2), 1);
    ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
    ASN1_TIME_set(X509_getm_notBefore(x), NOW - 1000);
    ASN1_TIME_set(X509_getm_notAfter(x), NOW + 100000);
    X509_NAME_add_entry_by_txt(
        n, "C", MBSTRING_ASC, (const unsigned char *)"AZ", -1, -1, 0);
    X509_NAME_add_entry_by_txt(
        n, "CN", MBSTRING_UTF8, (const unsigned char *)s->name, -1, -1, 0);
    X509_set_issuer_name(x, n);
    X509_set_pubkey(x, s->key);
    assert_true(X509_sign(x, s->key, EVP_sha256()) > 0);
    len = i2d_X509(x, NULL);
    assert_true(len > 0 && len < CERT_ROOM);
    s->cert_len = (size_t)i2d_X509(x, &p);
    X509_free(x);
}

static int
setup(void **state)
{
    (void)state;
    if (mh_digest_init(NULL) != MH_OK)
        return -1;
    signers[0].key = EVP_RSA_gen(2048);
    signers[1].key = EVP_RSA_gen(3072);
    signers[2].key = EVP_EC_gen("P-256");
    signers[3].key = EVP_EC_gen("P-384");
    signers[4].key = EVP_EC_gen("P-521");
    for (size_t i = 0; i < T_COUNT(signers); i++)
        make_cert(&signers[i], (long)(200 + i));
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(signers); i++)
        EVP_PKEY_free(signers[i].key);
    return 0;
}

/* What a token would do: RSA value, or r||s. */
static size_t
sign(const struct signer *s, struct mh_span tbs, uint8_t value[VALUE_ROOM])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx;
    uint8_t der[VALUE_ROOM];
    const uint8_t *p = der;
    size_t len = sizeof(der);
    ECDSA_SIG *sig;
    int half;

    assert_int_equal(
        EVP_DigestSignInit(ctx, &pctx,
            EVP_get_digestbyname(mh_digest_name(s->digest)), NULL, s->key),
        1);
    if (s->scheme == SG_RSA_PSS) {
        EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST);
    }
    assert_int_equal(EVP_DigestSign(ctx, der, &len, tbs.ptr, tbs.len), 1);
    EVP_MD_CTX_free(ctx);
    if (s->scheme != SG_ECDSA) {
        memcpy(value, der, len);
        return len;
    }
    sig = d2i_ECDSA_SIG(NULL, &p, (long)len);
    assert_non_null(sig);
    half = (EVP_PKEY_get_bits(s->key) + 7) / 8;
    BN_bn2binpad(ECDSA_SIG_get0_r(sig), value, half);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), value + half, half);
    ECDSA_SIG_free(sig);
    return 2 * (size_t)half;
}

static struct sg_cms_spec
spec_of(const struct signer *s)
{
    return (struct sg_cms_spec){.scheme = s->scheme,
        .digest = s->digest,
        .certificate = {s->cert, s->cert_len},
        .time = NOW,
        .role = "",
        .place = "",
        .mime = ""};
}

static void
make(const struct signer *s, const struct sg_cms_spec *spec,
    struct mh_span content, const struct sg_sign_extra *extra,
    struct mh_buf *out)
{
    uint8_t hash[MH_DIGEST_MAX], value[VALUE_ROOM];
    struct mh_buf attrs;
    size_t len;

    mh_buf_init(&attrs, ROOM);
    mh_buf_init(out, ROOM);
    assert_int_equal(mh_digest_once(s->digest, content, NULL, hash), MH_OK);
    assert_int_equal(
        sg_cms_attributes(spec,
            (struct mh_span){hash, mh_digest_length(s->digest)}, NULL, &attrs),
        MH_OK);
    len = sign(s, mh_buf_get(&attrs), value);
    assert_int_equal(sg_cms_assemble(spec, mh_buf_get(&attrs),
                         (struct mh_span){value, len}, extra, NULL, out),
        MH_OK);
    mh_buf_fini(&attrs);
}

static bool
libcrypto_accepts(struct mh_span cms, struct mh_span content)
{
    const uint8_t *p = cms.ptr;
    CMS_ContentInfo *ci = d2i_CMS_ContentInfo(NULL, &p, (long)cms.len);
    BIO *data = BIO_new_mem_buf(content.ptr, (int)content.len);
    uint8_t *again = NULL;
    int len;
    bool ok;

    if (ci == NULL) {
        BIO_free(data);
        return false;
    }
    ok = CMS_verify(ci, NULL, NULL, data, NULL,
             CMS_BINARY | CMS_DETACHED | CMS_NO_SIGNER_CERT_VERIFY) == 1;
    len = i2d_CMS_ContentInfo(ci, &again);
    ok = ok && len > 0 && (size_t)len == cms.len &&
         memcmp(again, cms.ptr, cms.len) == 0;
    OPENSSL_free(again);
    BIO_free(data);
    CMS_ContentInfo_free(ci);
    return ok;
}

static bool
own_accepts(const struct signer *s, struct mh_span der, struct mh_span content)
{
    struct mh_arena *arena = mh_arena_new(8U << 20);
    struct sg_facts *facts = sg_facts_new();
    struct sg_cms_result result = {0};
    const struct sg_key *key;
    struct sg_cert *cert;
    struct sg_cms *cms;
    bool ok;

    ok = sg_cert_parse((struct mh_span){s->cert, s->cert_len}, arena, NULL,
             &cert) == MH_OK &&
         sg_facts_key(facts, cert, NULL, &key) == MH_OK &&
         sg_cms_parse(der, false, arena, NULL, &cms) == MH_OK &&
         cms->signer_count == 1 &&
         sg_cms_verify(cms, &cms->signers[0], content, key, NULL, &result) ==
             MH_OK &&
         result.ok && result.sigalg.scheme == s->scheme &&
         result.sigalg.digest == s->digest;
    sg_facts_free(facts);
    mh_arena_free(arena);
    return ok;
}

static void
test_accepted(void **state)
{
    struct mh_span content = MH_SPAN_LIT("Ərizə\n");

    (void)state;
    for (size_t i = 0; i < T_COUNT(signers); i++) {
        struct sg_cms_spec spec = spec_of(&signers[i]);
        struct mh_buf out;

        make(&signers[i], &spec, content, NULL, &out);
        T_CHECK(signers[i].name, libcrypto_accepts(mh_buf_get(&out), content));
        T_CHECK(signers[i].name,
            own_accepts(&signers[i], mh_buf_get(&out), content));
        T_CHECK(signers[i].name, !own_accepts(&signers[i], mh_buf_get(&out),
                                     MH_SPAN_LIT("Ariza\n")));
        mh_buf_fini(&out);
    }
}

/* Any byte of the signed attributes or the value that flips is noticed. */
static void
test_flips(void **state)
{
    const struct signer *s = &signers[2];
    struct mh_span content = MH_SPAN_LIT("x");
    struct sg_cms_spec spec = spec_of(s);
    struct mh_buf out;
    size_t first, passed = 0;

    (void)state;
    make(s, &spec, content, NULL, &out);
    first = out.len - 200; /* inside the SignerInfo */
    for (size_t i = first; i < out.len; i++) {
        out.ptr[i] ^= 1;
        passed += own_accepts(s, mh_buf_get(&out), content);
        out.ptr[i] ^= 1;
    }
    assert_int_equal(passed, 0);
    assert_true(own_accepts(s, mh_buf_get(&out), content));
    mh_buf_fini(&out);
}

/* What the spec names stands there, and nothing else. */
static void
test_attributes(void **state)
{
    static const struct {
        const char *name;
        const char *role, *place, *mime;
        int64_t time;
        size_t count;
    } rows[] = {
        {"PAdES", "", "", "", MH_TIME_NONE, 3},
        {"CAdES", "", "", "", NOW, 4},
        {"role", "hakim", "", "", NOW, 5},
        {"all", "hakim", "Bakı, AZ", "text/plain", NOW, 7},
    };
    static const uint8_t digest[MH_SHA256_LENGTH];
    const struct signer *s = &signers[0];
    struct mh_buf out;

    (void)state;
    mh_buf_init(&out, ROOM);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct sg_cms_spec spec = spec_of(s);
        struct df_der d, set;
        struct mh_span one, before = {0};
        size_t count = 0;

        spec.role = rows[i].role;
        spec.place = rows[i].place;
        spec.mime = rows[i].mime;
        spec.time = rows[i].time;
        mh_buf_clear(&out);
        T_CHECK(rows[i].name,
            sg_cms_attributes(&spec, (struct mh_span){digest, sizeof(digest)},
                NULL, &out) == MH_OK);
        T_CHECK(rows[i].name, df_der_check(mh_buf_get(&out), NULL) == MH_OK);
        d = df_der_from(mh_buf_get(&out));
        set = df_der_enter(&d, DF_SET);
        while (df_der_more(&set)) {
            one = df_der_get_all(&set, DF_SEQUENCE);
            T_CHECK(
                rows[i].name, before.len == 0 || mh_span_cmp(before, one) < 0);
            before = one;
            count++;
        }
        T_CHECK(rows[i].name, df_der_done(&set) && count == rows[i].count);
        T_CHECK(rows[i].name,
            rows[i].role[0] == '\0' || memmem(out.ptr, out.len, rows[i].role,
                                           strlen(rows[i].role)) != NULL);
    }
    mh_buf_fini(&out);
}

/* Certificates once each; the token and OCSP where their RFCs put them. */
static void
test_extra(void **state)
{
    const struct signer *s = &signers[2];
    struct mh_span certs[] = {{signers[0].cert, signers[0].cert_len},
        {s->cert, s->cert_len}, {signers[0].cert, signers[0].cert_len}};
    struct mh_span ocsp = MH_SPAN_LIT("\x30\x03\x0a\x01\x06");
    struct mh_span token = MH_SPAN_LIT("\x30\x00");
    struct mh_span content = MH_SPAN_LIT("x"), value;
    struct sg_cms_spec spec = spec_of(s);
    struct sg_sign_extra extra = {.token = token,
        .certs = certs,
        .cert_count = T_COUNT(certs),
        .ocsps = &ocsp,
        .ocsp_count = 1};
    struct mh_arena *arena = mh_arena_new(1U << 20);
    struct sg_cms *cms;
    struct mh_buf out;

    (void)state;
    spec.chain = certs;
    spec.chain_count = 1;
    make(s, &spec, content, &extra, &out);
    assert_int_equal(
        sg_cms_parse(mh_buf_get(&out), false, arena, NULL, &cms), MH_OK);
    assert_int_equal(cms->cert_count, 2);
    assert_int_equal(cms->ocsp_count, 1);
    assert_true(mh_span_eq(cms->ocsps[0], ocsp));
    assert_true(sg_cms_attr_one(cms->signers[0].unsigned_attrs,
        cms->signers[0].unsigned_count, SG_OID_AA("\x0e"), &value));
    assert_true(mh_span_eq(value, token));
    assert_true(own_accepts(s, mh_buf_get(&out), content));
    assert_true(libcrypto_accepts(mh_buf_get(&out), content));
    mh_buf_fini(&out);
    mh_arena_free(arena);
}

static void
test_values(void **state)
{
    const struct {
        const char *name;
        enum sg_scheme scheme;
        struct mh_span in;
        enum mh_code code;
        struct mh_span out;
    } rows[] = {
        {"small", SG_ECDSA, MH_SPAN_LIT("\0\1\0\2"), MH_OK,
            MH_SPAN_LIT("\x30\x06\x02\x01\x01\x02\x01\x02")},
        {"high bits", SG_ECDSA, MH_SPAN_LIT("\x80\x7f"), MH_OK,
            MH_SPAN_LIT("\x30\x07\x02\x02\x00\x80\x02\x01\x7f")},
        {"odd", SG_ECDSA, MH_SPAN_LIT("\1\2\3"), MH_EINTERNAL, {NULL, 0}},
        {"none", SG_RSA_PKCS1, {NULL, 0}, MH_EINTERNAL, {NULL, 0}},
        {"rsa", SG_RSA_PSS, MH_SPAN_LIT("\0\1\2"), MH_OK,
            MH_SPAN_LIT("\0\1\2")},
    };
    struct mh_buf out;

    (void)state;
    mh_buf_init(&out, ROOM);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        mh_buf_clear(&out);
        T_CHECK(rows[i].name, sg_value_der(rows[i].scheme, rows[i].in, NULL,
                                  &out) == rows[i].code);
        T_CHECK(rows[i].name,
            rows[i].code != MH_OK || mh_span_eq(mh_buf_get(&out), rows[i].out));
    }
    mh_buf_fini(&out);
}

/* As many certificates as a reader takes, and one more. */
static void
test_certs_limit(void **state)
{
    static uint8_t der[MH_CERTS_MAX][4];
    struct mh_span certs[MH_CERTS_MAX];
    const struct signer *s = &signers[2];
    struct sg_cms_spec spec = spec_of(s);
    struct sg_sign_extra extra = {
        .certs = certs, .cert_count = MH_CERTS_MAX - 1};
    struct mh_buf out;

    (void)state;
    for (unsigned i = 0; i < MH_CERTS_MAX; i++) {
        memcpy(der[i], "\x30\x02\x05\x00", 4);
        der[i][2] = (uint8_t)i;
        certs[i] = (struct mh_span){der[i], 4};
    }
    make(s, &spec, MH_SPAN_LIT("x"), &extra, &out);
    assert_true(out.len > 0);
    mh_buf_clear(&out);
    extra.cert_count++;
    assert_int_equal(sg_cms_assemble(&spec, MH_SPAN_LIT("\x31\x00"),
                         MH_SPAN_LIT("vv"), &extra, NULL, &out),
        MH_ELIMIT);
    mh_buf_fini(&out);
}

static void
test_refused(void **state)
{
    static const uint8_t digest[MH_SHA256_LENGTH];
    struct sg_cms_spec spec = spec_of(&signers[0]);
    struct mh_span short_digest = {digest, sizeof(digest) - 1};
    struct mh_buf out;

    (void)state;
    mh_buf_init(&out, ROOM);
    assert_int_equal(
        sg_cms_attributes(&spec, short_digest, NULL, &out), MH_EINTERNAL);
    spec.certificate.len--;
    assert_int_equal(sg_cms_attributes(&spec,
                         (struct mh_span){digest, sizeof(digest)}, NULL, &out),
        MH_EFORMAT);
    spec = spec_of(&signers[0]);
    assert_int_equal(sg_cms_assemble(&spec, MH_SPAN_LIT("\x31\x01"),
                         MH_SPAN_LIT("v"), NULL, NULL, &out),
        MH_EINTERNAL);
    spec.digest = MH_SHA1;
    assert_int_equal(sg_cms_assemble(&spec, MH_SPAN_LIT("\x31\x00"),
                         MH_SPAN_LIT("v"), NULL, NULL, &out),
        MH_EINTERNAL);
    mh_buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_extra),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_certs_limit),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
