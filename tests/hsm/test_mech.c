#include "tests/t.h"

#include "hsm/mech.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>

static const uint8_t digest[MH_DIGEST_MAX] = {1, 2, 3};
static const uint8_t message[] = "what was digested";

static struct mh_token_sign
request_of(enum mh_token_scheme scheme, enum mh_digest_alg hash)
{
    return (struct mh_token_sign){.scheme = scheme,
        .hash = hash,
        .width = scheme == MH_TOKEN_ECDSA ? 32 : 0,
        .digest = {digest, mh_digest_length(hash)}};
}

/* The DigestInfo is the one that libcrypto makes: a raw operation with it is
 * checked by libcrypto as a signature. */
static void
test_mech_digest_info(void **state)
{
    static const enum mh_digest_alg hashes[] = {
        MH_SHA256, MH_SHA384, MH_SHA512};
    const EVP_MD *mds[] = {EVP_sha256(), EVP_sha384(), EVP_sha512()};
    EVP_PKEY *key = EVP_RSA_gen(2048);

    (void)state;
    assert_non_null(key);
    for (size_t i = 0; i < T_COUNT(hashes); i++) {
        struct mh_token_sign r = request_of(MH_TOKEN_PKCS1, hashes[i]);
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
        EVP_PKEY_CTX *check = EVP_PKEY_CTX_new(key, NULL);
        uint8_t value[256];
        size_t len = sizeof(value);
        struct hsm_mech m;

        assert_int_equal(
            hsm_mech_build(&r, MH_TOKEN_HAS_RSA_PKCS, NULL, &m), MH_OK);
        assert_int_equal(m.mechanism.mechanism, CKM_RSA_PKCS);
        assert_int_equal(m.input.len, 19 + r.digest.len);
        /* Without a digest set, libcrypto pads what it is given. */
        assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
        assert_int_equal(
            EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING), 1);
        assert_int_equal(
            EVP_PKEY_sign(ctx, value, &len, m.input.ptr, m.input.len), 1);
        assert_int_equal(EVP_PKEY_verify_init(check), 1);
        assert_int_equal(EVP_PKEY_CTX_set_signature_md(check, mds[i]), 1);
        assert_int_equal(
            EVP_PKEY_verify(check, value, len, r.digest.ptr, r.digest.len), 1);
        EVP_PKEY_CTX_free(ctx);
        EVP_PKEY_CTX_free(check);
    }
    EVP_PKEY_free(key);
}

static void
test_mech_pss(void **state)
{
    static const struct {
        enum mh_digest_alg hash;
        CK_MECHANISM_TYPE type;
        CK_RSA_PKCS_MGF_TYPE mgf;
        CK_ULONG salt;
    } rows[] = {
        {MH_SHA256, CKM_SHA256, CKG_MGF1_SHA256, 32},
        {MH_SHA384, CKM_SHA384, CKG_MGF1_SHA384, 48},
        {MH_SHA512, CKM_SHA512, CKG_MGF1_SHA512, 64},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_token_sign r = request_of(MH_TOKEN_PSS, rows[i].hash);
        struct hsm_mech m;

        assert_int_equal(
            hsm_mech_build(&r, MH_TOKEN_HAS_RSA_PSS, NULL, &m), MH_OK);
        assert_int_equal(m.mechanism.mechanism, CKM_RSA_PKCS_PSS);
        assert_ptr_equal(m.mechanism.pParameter, &m.pss);
        assert_int_equal(m.mechanism.ulParameterLen, sizeof(m.pss));
        assert_int_equal(m.pss.hashAlg, rows[i].type);
        assert_int_equal(m.pss.mgf, rows[i].mgf);
        assert_int_equal(m.pss.sLen, rows[i].salt);
        assert_true(mh_span_eq(m.input, r.digest));
        assert_int_equal(
            hsm_mech_build(&r, MH_TOKEN_HAS_RSA_PKCS, NULL, &m), MH_EUNSUP);
    }
}

/* A digest longer than the order is cut at its end. */
static void
test_mech_ecdsa(void **state)
{
    struct mh_token_sign r = request_of(MH_TOKEN_ECDSA, MH_SHA384);
    struct hsm_mech m;

    (void)state;
    assert_int_equal(hsm_mech_build(&r, MH_TOKEN_HAS_ECDSA, NULL, &m), MH_OK);
    assert_int_equal(m.mechanism.mechanism, CKM_ECDSA);
    assert_int_equal(m.input.len, 32);
    assert_ptr_equal(m.input.ptr, digest);
    r.width = 48;
    assert_int_equal(hsm_mech_build(&r, MH_TOKEN_HAS_ECDSA, NULL, &m), MH_OK);
    assert_int_equal(m.input.len, 48);
    r.width = 66;
    assert_int_equal(hsm_mech_build(&r, MH_TOKEN_HAS_ECDSA, NULL, &m), MH_OK);
    assert_int_equal(m.input.len, 48);
    assert_int_equal(
        hsm_mech_build(&r, MH_TOKEN_HAS_RSA_PKCS, NULL, &m), MH_EUNSUP);
}

/* Some national cards digest by themselves: they get the message. */
static void
test_mech_whole(void **state)
{
    struct mh_token_sign r = request_of(MH_TOKEN_PKCS1, MH_SHA384);
    struct hsm_mech m;

    (void)state;
    assert_int_equal(
        hsm_mech_build(&r, MH_TOKEN_HAS_SHA384_RSA, NULL, &m), MH_EUNSUP);
    r.message = (struct mh_span){message, sizeof(message)};
    assert_int_equal(
        hsm_mech_build(&r, MH_TOKEN_HAS_SHA384_RSA, NULL, &m), MH_OK);
    assert_int_equal(m.mechanism.mechanism, CKM_SHA384_RSA_PKCS);
    assert_true(mh_span_eq(m.input, r.message));
    assert_int_equal(
        hsm_mech_build(&r, MH_TOKEN_HAS_SHA256_RSA, NULL, &m), MH_EUNSUP);
    assert_int_equal(
        hsm_mech_build(
            &r, MH_TOKEN_HAS_SHA384_RSA | MH_TOKEN_HAS_RSA_PKCS, NULL, &m),
        MH_OK);
    assert_int_equal(m.mechanism.mechanism, CKM_RSA_PKCS);
}

static void
test_mech_allowed(void **state)
{
    static const CK_MECHANISM_TYPE list[] = {
        CKM_RSA_PKCS_PSS, CKM_RSA_X_509, CKM_SHA256_RSA_PKCS};

    (void)state;
    assert_int_equal(hsm_mech_allowed(MH_TOKEN_HAS_ALL, list, 3),
        MH_TOKEN_HAS_RSA_PSS | MH_TOKEN_HAS_SHA256_RSA);
    assert_int_equal(hsm_mech_allowed(MH_TOKEN_HAS_RSA_PKCS, list, 3), 0);
    assert_int_equal(hsm_mech_allowed(MH_TOKEN_HAS_ALL, list, 0), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mech_digest_info),
        cmocka_unit_test(test_mech_pss),
        cmocka_unit_test(test_mech_ecdsa),
        cmocka_unit_test(test_mech_whole),
        cmocka_unit_test(test_mech_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
