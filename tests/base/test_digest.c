#include "tests/t.h"

#include <pthread.h>
#include <string.h>

#include "base/digest/digest.h"

#include "base/text.h"

/* FIPS 180-4 and 202 examples for "abc"; the others from their papers. */
static const struct {
    enum mh_digest_alg alg;
    const char *name, *expected;
} rows[] = {
    {MH_MD5, "MD5", "900150983cd24fb0d6963f7d28e17f72"},
    {MH_SHA1, "SHA-1", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {MH_SHA224, "SHA-224",
        "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
    {MH_SHA256, "SHA-256",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {MH_SHA3_256, "SHA3-256",
        "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
    {MH_RIPEMD160, "RIPEMD-160", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"},
};

static int
setup(void **state)
{
    struct mh_err err;

    (void)state;
    return mh_digest_init(&err) == MH_OK ? 0 : -1;
}

static void
test_known_answers(void **state)
{
    struct mh_digest *d = mh_digest_new();

    (void)state;
    assert_non_null(d);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        uint8_t out[MH_DIGEST_MAX], two[MH_DIGEST_MAX];
        size_t n = mh_digest_length(rows[i].alg);
        char hex[2 * MH_DIGEST_MAX + 1];
        struct mh_err err;
        enum mh_code code =
            mh_digest_once(rows[i].alg, MH_SPAN_LIT("abc"), &err, out);

        assert_string_equal(mh_digest_name(rows[i].alg), rows[i].name);
        if (rows[i].alg == MH_RIPEMD160 && code == MH_EUNSUP)
            continue; /* not in every libcrypto; then it is never accepted */
        assert_int_equal(code, MH_OK);
        mh_hex_encode((struct mh_span){out, n}, hex);
        assert_string_equal(hex, rows[i].expected);
        assert_int_equal(mh_digest_start(d, rows[i].alg, &err), MH_OK);
        mh_digest_update(d, MH_SPAN_LIT("a"));
        mh_digest_update(d, (struct mh_span){0});
        mh_digest_update(d, MH_SPAN_LIT("bc"));
        assert_int_equal(mh_digest_finish(d, &err, two), MH_OK);
        assert_memory_equal(out, two, n);
    }
    mh_digest_free(d);
    mh_digest_free(NULL);
}

static void
test_lengths(void **state)
{
    uint8_t out[MH_DIGEST_MAX];
    struct mh_err err;

    (void)state;
    for (int a = 1; a < MH_DIGEST_ALGS; a++)
        assert_in_range(
            mh_digest_length((enum mh_digest_alg)a), 16, MH_DIGEST_MAX);
    assert_int_equal(mh_digest_length(MH_DIGEST_NONE), 0);
    assert_int_equal(mh_digest_length(MH_DIGEST_ALGS), 0);
    assert_string_equal(mh_digest_name(MH_DIGEST_ALGS), "?");
    assert_int_equal(
        mh_digest_once(MH_DIGEST_NONE, MH_SPAN_LIT("x"), &err, out), MH_EUNSUP);
    assert_int_equal(
        mh_digest_once(MH_DIGEST_ALGS, MH_SPAN_LIT("x"), &err, out), MH_EUNSUP);
}

/* A fork goes on from where the other stands; neither disturbs the other. */
static void
test_fork(void **state)
{
    struct mh_digest *run = mh_digest_new(), *part = mh_digest_new();
    uint8_t one[MH_DIGEST_MAX], two[MH_DIGEST_MAX], want[MH_DIGEST_MAX];
    struct mh_err err;

    (void)state;
    assert_non_null(run);
    assert_non_null(part);
    assert_int_equal(mh_digest_start(run, MH_SHA256, &err), MH_OK);
    mh_digest_update(run, MH_SPAN_LIT("begin "));
    assert_int_equal(mh_digest_fork(run, &err, part), MH_OK);
    mh_digest_update(part, MH_SPAN_LIT("left"));
    mh_digest_update(run, MH_SPAN_LIT("right"));
    assert_int_equal(mh_digest_finish(part, &err, one), MH_OK);
    assert_int_equal(mh_digest_finish(run, &err, two), MH_OK);
    assert_int_equal(
        mh_digest_once(MH_SHA256, MH_SPAN_LIT("begin left"), &err, want),
        MH_OK);
    assert_memory_equal(one, want, MH_SHA256_LENGTH);
    assert_int_equal(
        mh_digest_once(MH_SHA256, MH_SPAN_LIT("begin right"), &err, want),
        MH_OK);
    assert_memory_equal(two, want, MH_SHA256_LENGTH);
    mh_digest_free(run);
    mh_digest_free(part);
}

enum {
    THREADS = 8,
    ROUNDS = 20000,
    BYTES = 100, /* more than a block, and a part of one */
};

/* Digests of its own bytes again and again; NULL: each was theirs. */
static void *
hash_often(void *arg)
{
    uint8_t bytes[BYTES], want[MH_DIGEST_MAX], got[MH_DIGEST_MAX];
    uintptr_t bad = 0;

    memset(bytes, *(const uint8_t *)arg, sizeof(bytes));
    if (mh_digest_once(MH_SHA256, (struct mh_span){bytes, sizeof(bytes)}, NULL,
            want) != MH_OK)
        return arg;
    for (int i = 0; i < ROUNDS; i++)
        bad += mh_digest_once(MH_SHA256, (struct mh_span){bytes, sizeof(bytes)},
                   NULL, got) != MH_OK ||
               memcmp(want, got, MH_SHA256_LENGTH) != 0;
    return bad == 0 ? NULL : arg;
}

static void
test_threads(void **state)
{
    pthread_t thread[THREADS];
    uint8_t fill[THREADS];

    (void)state;
    for (size_t i = 0; i < THREADS; i++) {
        fill[i] = (uint8_t)i;
        assert_int_equal(
            pthread_create(&thread[i], NULL, hash_often, &fill[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *word = NULL;

        assert_int_equal(pthread_join(thread[i], &word), 0);
        assert_null(word);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
