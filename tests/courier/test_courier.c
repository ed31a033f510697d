/* signer/courier: where requests may lead, what is kept, what is said. */
#include "tests/t.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "signer/courier/address.h"
#include "signer/courier/cache.h"

static bool
is_public(const char *text, unsigned *port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(443)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(80)};

    if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
        *port = sg_address_port((const struct sockaddr *)&in, sizeof(in));
        return sg_address_public((const struct sockaddr *)&in, sizeof(in));
    }
    assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
    *port = sg_address_port((const struct sockaddr *)&in6, sizeof(in6));
    return sg_address_public((const struct sockaddr *)&in6, sizeof(in6));
}

static void
test_addresses(void **state)
{
    static const struct {
        const char *text;
        bool open;
    } rows[] = {{"0.0.0.0", false}, {"1.1.1.1", true}, {"9.255.255.255", true},
        {"10.0.0.0", false}, {"10.255.255.255", false}, {"11.0.0.0", true},
        {"100.63.255.255", true}, {"100.64.0.1", false},
        {"100.127.255.255", false}, {"100.128.0.0", true}, {"127.0.0.1", false},
        {"127.255.255.255", false}, {"128.0.0.1", true}, {"169.253.1.1", true},
        {"169.254.169.254", false}, {"172.15.255.255", true},
        {"172.16.0.1", false}, {"172.31.255.255", false}, {"172.32.0.0", true},
        {"192.0.0.1", false}, {"192.0.2.1", false}, {"192.0.3.1", true},
        {"192.88.99.1", false}, {"192.167.255.255", true},
        {"192.168.0.1", false}, {"192.169.0.0", true}, {"198.17.0.1", true},
        {"198.18.0.1", false}, {"198.19.255.255", false}, {"198.20.0.0", true},
        {"198.51.100.7", false}, {"203.0.113.9", false},
        {"223.255.255.255", true}, {"224.0.0.1", false},
        {"239.255.255.255", false}, {"240.0.0.1", false},
        {"255.255.255.255", false}, {"::", false}, {"::1", false},
        {"::ffff:8.8.8.8", false}, {"64:ff9b::8.8.8.8", false},
        {"fe80::1", false}, {"fc00::1", false}, {"fd12:3456::1", false},
        {"ff02::1", false}, {"2001::1", false}, {"2001:20::1", false},
        {"2001:db8::1", false}, {"2001:4860:4860::8888", true},
        {"2002:0808:0808::1", true}, {"2002:7f00:1::1", false},
        {"2002:0a00:1::1", false}, {"2a00:1450:4001::1", true},
        {"3fff::1", false}, {"4000::1", false}};
    struct sockaddr_un {
        sa_family_t family;
        char path[8];
    } un = {AF_UNIX, "/x"};

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        unsigned port = 0;

        T_CHECK(rows[i].text, is_public(rows[i].text, &port) == rows[i].open);
        T_CHECK(rows[i].text, port == 443 || port == 80);
    }
    assert_false(sg_address_public((const struct sockaddr *)&un, sizeof(un)));
    assert_int_equal(
        sg_address_port((const struct sockaddr *)&un, sizeof(un)), 0);
}

static bool
key_of(const char *url, enum mh_fetch_kind kind, struct mh_span body,
    struct sg_cache_key *out)
{
    struct sg_cache_question q = {url, "", body, kind, false};

    return sg_cache_key_of(&q, out);
}

/* An answer on looser terms is no answer on stricter ones. */
static void
test_cache_terms(void **state)
{
    struct sg_cache_question q[] = {
        {"http://a/", "", {0}, MH_FETCH_CRL, false},
        {"http://a/", "", {0}, MH_FETCH_CRL, true},
        {"http://a/", "sha256//x=", {0}, MH_FETCH_CRL, true},
        {"http://a/", "sha256//y=", {0}, MH_FETCH_CRL, true},
        {"http://a/", "", {0}, MH_FETCH_LIST, true},
        {"", "http://a/", {0}, MH_FETCH_CRL, true},
        {"http://a/", "", mh_span_str("x"), MH_FETCH_CRL, true},
        {"http://a/x", "", {0}, MH_FETCH_CRL, true},
    };
    struct sg_cache_key key[T_COUNT(q)];

    (void)state;
    assert_int_equal(mh_digest_init(NULL), MH_OK);
    for (size_t i = 0; i < T_COUNT(q); i++) {
        assert_true(sg_cache_key_of(&q[i], &key[i]));
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(&key[i], &key[k], sizeof(key[i]));
    }
}

static void
test_cache(void **state)
{
    struct sg_cache *c = sg_cache_new();
    struct sg_cache_key a, b, other;
    struct sg_cache_now now = {0, 5000};
    struct mh_span body = mh_span_str("question"), got;

    (void)state;
    assert_int_equal(mh_digest_init(NULL), MH_OK);
    assert_non_null(c);
    assert_true(key_of("http://a/", MH_FETCH_OCSP, body, &a));
    assert_true(key_of("http://b/", MH_FETCH_OCSP, body, &b));
    assert_true(key_of("http://a/", MH_FETCH_CRL, body, &other));
    assert_memory_not_equal(&a, &b, sizeof(a));
    assert_memory_not_equal(&a, &other, sizeof(a));
    /* What must be asked each time has no key. */
    assert_false(key_of("http://a/", MH_FETCH_TSA, body, &other));
    assert_false(key_of("http://a/", MH_FETCH_JSON_POST, body, &other));
    assert_false(sg_cache_get(c, &a, &now, 0, &got));
    now.ms = 1000;
    sg_cache_put(c, &a, MH_FETCH_OCSP, &now, mh_span_str("answer"));
    now.ms = 1000 + 59999;
    now.wall += 60;
    assert_true(sg_cache_get(c, &a, &now, 0, &got));
    assert_true(sg_cache_get(c, &a, &now, 5000, &got));
    assert_false(sg_cache_get(c, &a, &now, 5001, &got)); /* too early */
    assert_true(mh_span_eq(got, mh_span_str("answer")));
    now.ms = 1000 + 60000;
    assert_false(sg_cache_get(c, &a, &now, 0, &got));
    now.ms = 1000;
    assert_false(sg_cache_get(c, &b, &now, 0, &got));
    now.ms = 2000;
    sg_cache_put(c, &a, MH_FETCH_OCSP, &now, mh_span_str("newer"));
    assert_true(sg_cache_get(c, &a, &now, 0, &got));
    assert_true(mh_span_eq(got, mh_span_str("newer")));
    sg_cache_free(c);
}

/* The oldest makes room; what is half of everything or more is not kept. */
static void
test_cache_full(void **state)
{
    struct sg_cache *c = sg_cache_new();
    uint8_t *big = calloc(1, (32 << 20) + 1);
    const struct sg_cache_now now = {0, 5000};
    struct sg_cache_key key[600];
    struct mh_span got;
    char url[32];

    (void)state;
    assert_non_null(c);
    assert_non_null(big);
    for (unsigned i = 0; i < 600; i++) {
        (void)snprintf(url, sizeof(url), "http://h/%u", i);
        assert_true(key_of(url, MH_FETCH_CRL, (struct mh_span){0}, &key[i]));
        sg_cache_put(c, &key[i], MH_FETCH_CRL, &now, mh_span_str(url));
    }
    assert_false(sg_cache_get(c, &key[87], &now, 0, &got));
    assert_true(sg_cache_get(c, &key[88], &now, 0, &got));
    assert_true(sg_cache_get(c, &key[599], &now, 0, &got));
    sg_cache_put(
        c, &key[0], MH_FETCH_CRL, &now, (struct mh_span){big, (32 << 20) + 1});
    assert_false(sg_cache_get(c, &key[0], &now, 0, &got));
    sg_cache_put(
        c, &key[0], MH_FETCH_CRL, &now, (struct mh_span){big, 32 << 20});
    sg_cache_put(
        c, &key[1], MH_FETCH_CRL, &now, (struct mh_span){big, 32 << 20});
    assert_true(sg_cache_get(c, &key[0], &now, 0, &got));
    assert_true(sg_cache_get(c, &key[1], &now, 0, &got));
    assert_false(sg_cache_get(c, &key[599], &now, 0, &got));
    sg_cache_free(c);
    free(big);
}

static void
test_wire(void **state)
{
    struct mh_endpoint e = {"tsa", "http://tsa/", "sha256//x="};
    struct mh_fetch_setup s = {.proxy = "http://p:1",
                              .ca_file = "/ca.pem",
                              .public_only = true,
                              .endpoint = &e,
                              .endpoints = 1},
                          s2;
    struct mh_fetch f = {.id = 7,
                        .kind = MH_FETCH_TSA,
                        .endpoint = "tsa",
                        .url = "",
                        .proven = true,
                        .timeout_ms = 1234,
                        .body = mh_span_str("body")},
                    f2;
    struct mh_fetched r = {.id = 7, .message = "", .status = 200, .size = 9},
                      r2;
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_buf out;

    (void)state;
    mh_buf_init(&out, MH_MESSAGE_MAX);
    mh_fetch_setup_pack(&s, &out);
    assert_int_equal(
        mh_fetch_setup_unpack(mh_buf_get(&out), arena, NULL, &s2), MH_OK);
    assert_string_equal(s2.endpoint[0].pin, "sha256//x=");
    assert_true(s2.public_only);
    for (size_t n = 0; n < out.len; n++)
        assert_int_equal(mh_fetch_setup_unpack(
                             (struct mh_span){out.ptr, n}, arena, NULL, &s2),
            MH_EFORMAT);
    mh_buf_clear(&out);
    mh_fetch_pack(&f, &out);
    assert_int_equal(
        mh_fetch_unpack(mh_buf_get(&out), arena, NULL, &f2), MH_OK);
    assert_true(mh_span_eq(f2.body, f.body));
    assert_int_equal(f2.timeout_ms, 1234);
    f.body.len = MH_FETCH_BODY_MAX + 1;
    mh_buf_clear(&out);
    f.body.ptr = mh_arena_alloc(arena, f.body.len);
    mh_fetch_pack(&f, &out);
    assert_false(mh_buf_ok(&out));
    f.body.len = MH_FETCH_BODY_MAX;
    mh_buf_clear(&out);
    mh_fetch_pack(&f, &out);
    assert_true(mh_buf_ok(&out));
    mh_buf_clear(&out);
    mh_fetched_pack(&r, &out);
    assert_int_equal(
        mh_fetched_unpack(mh_buf_get(&out), arena, NULL, &r2), MH_OK);
    assert_int_equal(r2.size, 9);
    mh_buf_byte(&out, 0);
    assert_int_equal(
        mh_fetched_unpack(mh_buf_get(&out), arena, NULL, &r2), MH_EFORMAT);
    mh_buf_fini(&out);
    mh_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_cache),
        cmocka_unit_test(test_cache_terms),
        cmocka_unit_test(test_cache_full),
        cmocka_unit_test(test_wire),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
