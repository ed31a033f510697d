/* Every end date of the algorithm table: the last second, and the day. */
#define MH_ALLOW_BANNED
#include "signer/policy/algo.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "signer/trust/key.h"
#include "signer/trust/keymake.h"
#include "tests/t.h"

static int64_t
at(const char *day)
{
    char text[32];
    int64_t t = 0;

    (void)snprintf(text, sizeof(text), "%sT00:00:00Z", day);
    T_CHECK(day, mh_time_parse(mh_span_str(text), false, &t));
    return t;
}

#define FAR    "2090-01-01"
#define TABLED "2024-10-13" /* ends after the table's date only warn */

static void
check_end(const char *row, enum sg_algo_state before,
    enum sg_algo_state on_the_day, const char *end)
{
    T_CHECK(row, before == SG_ALGO_GOOD);
    if (end == NULL)
        T_CHECK(row, on_the_day == SG_ALGO_GOOD);
    else if (at(end) > at(TABLED))
        T_CHECK(row, on_the_day == SG_ALGO_OLD);
    else
        T_CHECK(row, on_the_day == SG_ALGO_EXPIRED);
}

static void
test_digests(void **state)
{
    static const struct {
        enum mh_digest_alg alg;
        const char *end;
    } rows[] = {
        {MH_MD5, "2004-08-01"},
        {MH_SHA1, "2012-08-01"},
        {MH_RIPEMD160, "2014-08-01"},
        {MH_WHIRLPOOL, "2020-12-01"},
        {MH_SHA224, "2029-01-01"},
        {MH_SHA256, NULL},
        {MH_SHA384, NULL},
        {MH_SHA512, NULL},
        {MH_SHA3_256, NULL},
        {MH_SHA3_384, NULL},
        {MH_SHA3_512, NULL},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        int64_t end = at(rows[i].end == NULL ? FAR : rows[i].end);

        check_end(mh_digest_name(rows[i].alg),
            sg_algo_digest(rows[i].alg, end - 1),
            sg_algo_digest(rows[i].alg, end), rows[i].end);
    }
    assert_int_equal(sg_algo_digest(MH_DIGEST_NONE, 0), SG_ALGO_UNKNOWN);
}

static void
test_keys(void **state)
{
    static const struct {
        const char *row;
        enum sg_scheme scheme;
        unsigned bits;
        const char *end; /* "": not in the table */
    } rows[] = {
        {"RSA 785", SG_RSA_PKCS1, 785, ""},
        {"RSA 786", SG_RSA_PKCS1, 786, "2010-08-01"},
        {"RSA 1023", SG_RSA_PKCS1, 1023, "2010-08-01"},
        {"RSA 1024", SG_RSA_PKCS1, 1024, "2019-10-01"},
        {"RSA 1899", SG_RSA_PKCS1, 1899, "2019-10-01"},
        {"RSA 1900", SG_RSA_PKCS1, 1900, "2029-01-01"},
        {"RSA 16384", SG_RSA_PKCS1, 16384, "2029-01-01"},
        {"RSA 16385", SG_RSA_PKCS1, 16385, ""},
        {"PSS 785", SG_RSA_PSS, 785, ""},
        {"PSS 1023", SG_RSA_PSS, 1023, "2010-08-01"},
        {"PSS 1899", SG_RSA_PSS, 1899, "2019-10-01"},
        {"PSS 1900", SG_RSA_PSS, 1900, "2029-01-01"},
        {"PSS 2999", SG_RSA_PSS, 2999, "2029-01-01"},
        {"PSS 3000", SG_RSA_PSS, 3000, NULL},
        {"DSA 1023", SG_DSA, 1023, ""},
        {"DSA 1024", SG_DSA, 1024, "2015-12-01"},
        {"DSA 1899", SG_DSA, 1899, "2015-12-01"},
        {"DSA 1900", SG_DSA, 1900, "2029-01-01"},
        {"DSA 3000", SG_DSA, 3000, NULL},
        {"ECDSA 159", SG_ECDSA, 159, ""},
        {"ECDSA 160", SG_ECDSA, 160, "2012-08-01"},
        {"ECDSA 223", SG_ECDSA, 223, "2012-08-01"},
        {"ECDSA 224", SG_ECDSA, 224, "2021-10-01"},
        {"ECDSA 256", SG_ECDSA, 256, NULL},
        {"ECDSA 521", SG_ECDSA, 521, NULL},
        {"ECDSA 522", SG_ECDSA, 522, ""},
    };
    struct mh_policy policy;

    (void)state;
    mh_policy_default(&policy, true);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct sg_key key = {.bits = rows[i].bits, .name = rows[i].row};
        struct sg_sigalg alg = {.scheme = rows[i].scheme, .digest = MH_SHA256};
        const char *end = rows[i].end;
        int64_t t;

        if (end != NULL && end[0] == '\0') {
            T_CHECK(rows[i].row,
                sg_algo_signature(&policy, &alg, &key, 0) == SG_ALGO_UNKNOWN);
            continue;
        }
        t = at(end == NULL ? FAR : end);
        check_end(rows[i].row, sg_algo_signature(&policy, &alg, &key, t - 1),
            sg_algo_signature(&policy, &alg, &key, t), end);
    }
}

/* The earlier end of digest and key counts. */
static void
test_both(void **state)
{
    struct sg_key key = {.bits = 256, .name = "P-256"};
    struct sg_sigalg alg = {.scheme = SG_ECDSA, .digest = MH_SHA1};
    int64_t end = at("2012-08-01");
    struct mh_policy policy;

    (void)state;
    mh_policy_default(&policy, false);
    assert_int_equal(
        sg_algo_signature(&policy, &alg, &key, end - 1), SG_ALGO_GOOD);
    assert_int_equal(
        sg_algo_signature(&policy, &alg, &key, end), SG_ALGO_EXPIRED);
    alg.digest = MH_DIGEST_NONE;
    assert_int_equal(
        sg_algo_signature(&policy, &alg, &key, 0), SG_ALGO_UNKNOWN);
    alg.scheme = SG_EDDSA;
    assert_int_equal(
        sg_algo_signature(&policy, &alg, &key, end), SG_ALGO_UNKNOWN);
    policy.accept_eddsa = true;
    assert_int_equal(sg_algo_signature(&policy, &alg, &key, end), SG_ALGO_GOOD);
}

/* What services signed with SHA-1: lenient only, with a warning, to 2017. */
static void
test_issued(void **state)
{
    struct sg_key key = {.bits = 256, .name = "P-256"};
    struct sg_sigalg alg = {.scheme = SG_ECDSA, .digest = MH_SHA1};
    int64_t sha1 = at("2012-08-01"), collision = at("2017-01-01");
    struct mh_policy strict, lenient;

    (void)state;
    mh_policy_default(&strict, true);
    mh_policy_default(&lenient, false);
    assert_int_equal(
        sg_algo_issued(&lenient, &alg, &key, sha1 - 1), SG_ALGO_GOOD);
    assert_int_equal(sg_algo_issued(&lenient, &alg, &key, sha1), SG_ALGO_OLD);
    assert_int_equal(
        sg_algo_issued(&lenient, &alg, &key, collision - 1), SG_ALGO_OLD);
    assert_int_equal(
        sg_algo_issued(&lenient, &alg, &key, collision), SG_ALGO_EXPIRED);
    assert_int_equal(
        sg_algo_issued(&strict, &alg, &key, sha1), SG_ALGO_EXPIRED);
    alg.digest = MH_MD5;
    assert_int_equal(
        sg_algo_issued(&lenient, &alg, &key, sha1), SG_ALGO_EXPIRED);
    alg.digest = MH_SHA1; /* a weak key gains nothing by it */
    key.bits = 160;
    assert_int_equal(
        sg_algo_issued(&lenient, &alg, &key, sha1), SG_ALGO_EXPIRED);
}

static void
test_names_and_hash(void **state)
{
    struct sg_key key = {.bits = 3072, .name = "RSA-3072"};
    struct sg_sigalg alg = {.scheme = SG_RSA_PSS, .digest = MH_SHA256};
    struct mh_policy policy;
    char name[64], cut[8], one[65], two[65];

    (void)state;
    sg_algo_name(&alg, &key, name, sizeof(name));
    assert_string_equal(name, "RSA-PSS SHA-256 RSA-3072");
    sg_algo_name(&alg, NULL, cut, sizeof(cut));
    assert_string_equal(cut, "RSA-PSS");
    mh_policy_default(&policy, true);
    assert_int_equal(sg_policy_hash(&policy, NULL, one), MH_OK);
    assert_int_equal(strlen(one), 64);
    policy.revocation_span++;
    assert_int_equal(sg_policy_hash(&policy, NULL, two), MH_OK);
    assert_string_not_equal(one, two);
}

static int
setup(void **state)
{
    (void)state;
    return mh_digest_init(NULL) == MH_OK && sg_algo_init(NULL) == MH_OK ? 0
                                                                        : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_digests),
        cmocka_unit_test(test_keys), cmocka_unit_test(test_both),
        cmocka_unit_test(test_issued), cmocka_unit_test(test_names_and_hash)};

    return cmocka_run_group_tests(tests, setup, NULL);
}
