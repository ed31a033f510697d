#include "tests/t.h"

#include "signer/examiner/gnutls.h"

#include <string.h>

#include "base/text.h"

/* What libqpdf asks of GnuTLS, against the vectors of the standards. */
static const struct {
    gnutls_digest_algorithm_t algorithm;
    size_t len;
    const char *hex; /* of "abc": RFC 1321 A.5, FIPS 180-2 */
} digests[] = {
    {GNUTLS_DIG_MD5, 16, "900150983cd24fb0d6963f7d28e17f72"},
    {GNUTLS_DIG_SHA256, 32,
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {GNUTLS_DIG_SHA384, 48,
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
        "8086072ba1e7cc2358baeca134c825a7"},
    {GNUTLS_DIG_SHA512, 64,
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

static void
test_digests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
        gnutls_hash_hd_t h;
        uint8_t out[64];
        char hex[2 * sizeof(out) + 1];

        assert_int_equal(gnutls_hash_init(&h, digests[i].algorithm), 0);
        assert_int_equal(gnutls_hash(h, "a", 1), 0);
        assert_int_equal(gnutls_hash(h, "bc", 2), 0);
        gnutls_hash_deinit(h, out);
        mh_hex_encode((struct mh_span){out, digests[i].len}, hex);
        assert_string_equal(hex, digests[i].hex);
    }
}

static void
test_unknown(void **state)
{
    uint8_t bytes[16] = {0};
    gnutls_datum_t key = {bytes, sizeof(bytes)}, iv = {bytes, sizeof(bytes)};
    gnutls_cipher_hd_t c;
    gnutls_hash_hd_t h;

    (void)state;
    assert_true(gnutls_hash_init(&h, GNUTLS_DIG_SHA1) < 0);
    assert_null(h);
    assert_true(
        gnutls_cipher_init(&c, GNUTLS_CIPHER_AES_128_GCM, &key, &iv) < 0);
    assert_null(c);
    /* A key or a vector of another length. */
    assert_true(
        gnutls_cipher_init(&c, GNUTLS_CIPHER_AES_256_CBC, &key, &iv) < 0);
    iv.size = 15;
    assert_true(
        gnutls_cipher_init(&c, GNUTLS_CIPHER_AES_128_CBC, &key, &iv) < 0);
    assert_true(
        gnutls_cipher_init(&c, GNUTLS_CIPHER_AES_128_CBC, &key, NULL) < 0);
    key.size = 0;
    assert_true(
        gnutls_cipher_init(&c, GNUTLS_CIPHER_ARCFOUR_128, &key, NULL) < 0);
    assert_int_equal(gnutls_cipher_get_key_size(GNUTLS_CIPHER_AES_192_CBC), 24);
    assert_int_equal(gnutls_cipher_get_key_size(GNUTLS_CIPHER_AES_128_GCM), 0);
    assert_non_null(gnutls_strerror(GNUTLS_E_INTERNAL_ERROR));
    assert_non_null(strstr(gnutls_strerror(GNUTLS_E_MEMORY_ERROR), "alloc"));
}

/* SP 800-38A F.2.1 to F.2.6: the first two blocks. */
static const struct {
    gnutls_cipher_algorithm_t cipher;
    const char *key, *sealed;
} ciphers[] = {
    {GNUTLS_CIPHER_AES_128_CBC, "2b7e151628aed2a6abf7158809cf4f3c",
        "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"},
    {GNUTLS_CIPHER_AES_192_CBC,
        "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
        "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"},
    {GNUTLS_CIPHER_AES_256_CBC,
        "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
        "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"},
};

static const char plain[] =
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";

static size_t
from_hex(const char *hex, uint8_t *out)
{
    size_t n = strlen(hex) / 2;

    for (size_t i = 0; i < n; i++) {
        unsigned high = (unsigned)(hex[2 * i] % 32 + 9) % 25;
        unsigned low = (unsigned)(hex[2 * i + 1] % 32 + 9) % 25;

        out[i] = (uint8_t)(high << 4 | low);
    }
    return n;
}

static void
test_aes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++) {
        uint8_t key[32], iv[16], in[32], sealed[32], out[32], none[32] = {0};
        gnutls_datum_t k = {key, 0}, v = {iv, sizeof(iv)};
        gnutls_cipher_hd_t c;

        for (size_t n = 0; n < sizeof(iv); n++)
            iv[n] = (uint8_t)n;
        k.size = (unsigned)from_hex(ciphers[i].key, key);
        (void)from_hex(plain, in);
        (void)from_hex(ciphers[i].sealed, sealed);
        assert_int_equal(gnutls_cipher_init(&c, ciphers[i].cipher, &k, &v), 0);
        /* Block by block: the chain goes on. */
        assert_int_equal(gnutls_cipher_encrypt2(c, in, 16, out, 16), 0);
        assert_int_equal(
            gnutls_cipher_encrypt2(c, in + 16, 16, out + 16, 16), 0);
        assert_memory_equal(out, sealed, sizeof(out));
        /* The other way, a part of a block, too little room. */
        assert_true(gnutls_cipher_decrypt2(c, in, 32, out, 32) < 0);
        assert_memory_equal(out, none, sizeof(out));
        assert_true(gnutls_cipher_encrypt2(c, in, 15, out, 32) < 0);
        assert_true(gnutls_cipher_encrypt2(c, in, 32, out, 16) < 0);
        gnutls_cipher_deinit(c);
        assert_int_equal(gnutls_cipher_init(&c, ciphers[i].cipher, &k, &v), 0);
        assert_int_equal(gnutls_cipher_decrypt2(c, sealed, 32, out, 32), 0);
        assert_memory_equal(out, in, sizeof(out));
        gnutls_cipher_deinit(c);
    }
}

static void
test_rc4(void **state)
{
    static const uint8_t sealed[] = {
        0xbb, 0xf3, 0x16, 0xe8, 0xd9, 0x40, 0xaf, 0x0a, 0xd3};
    uint8_t key[] = {'K', 'e', 'y'}, out[sizeof(sealed)];
    gnutls_datum_t k = {key, sizeof(key)};
    gnutls_cipher_hd_t c;

    (void)state;
    assert_int_equal(
        gnutls_cipher_init(&c, GNUTLS_CIPHER_ARCFOUR_128, &k, NULL), 0);
    assert_int_equal(gnutls_cipher_encrypt2(c, "Plain", 5, out, 5), 0);
    assert_int_equal(gnutls_cipher_encrypt2(c, "text", 4, out + 5, 4), 0);
    assert_memory_equal(out, sealed, sizeof(sealed));
    gnutls_cipher_deinit(c);
}

static void
test_random(void **state)
{
    uint8_t a[32] = {0}, b[32] = {0};

    (void)state;
    assert_int_equal(gnutls_rnd(GNUTLS_RND_KEY, a, sizeof(a)), 0);
    assert_int_equal(gnutls_rnd(GNUTLS_RND_KEY, b, sizeof(b)), 0);
    assert_memory_not_equal(a, b, sizeof(a));
    assert_true(gnutls_rnd(GNUTLS_RND_KEY, a, (size_t)1 << 31) < 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_aes),
        cmocka_unit_test(test_rc4),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
