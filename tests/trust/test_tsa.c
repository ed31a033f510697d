/* signer/trust/tsa.c, ocspreq.c: asking for time-stamps and answers. */
#include "tests/t.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "signer/trust/tsa.h"

/* The digest of nothing, and the nonce 4711, as the seeds answer them. */
static uint8_t digest[32];
static const uint8_t nonce[] = {0, 0x12, 0x67};
static const int64_t when = 1653998400; /* 2022-05-31T12:00:00Z */
static struct mh_arena *arena;

static struct mh_span
seed(const char *name)
{
    static uint8_t bytes[65536];
    char path[512];
    ssize_t n;
    int fd;

    (void)snprintf(
        path, sizeof(path), T_SOURCE_DIR "/../fuzz/seeds/tsa/%s", name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    n = read(fd, bytes, sizeof(bytes));
    (void)close(fd);
    assert_true(n > 0);
    return mh_arena_copy(arena, (struct mh_span){bytes, (size_t)n});
}

static struct mh_tsq
query(void)
{
    return (struct mh_tsq){
        MH_SHA256, {digest, sizeof(digest)}, {nonce, sizeof(nonce)}};
}

static void
test_replies(void **state)
{
    static const struct {
        const char *name;
        enum mh_code code;
        const char *line;
    } rows[] = {{"granted", MH_OK, ""}, {"granted-with-mods", MH_OK, ""},
        {"rejected", MH_EUNSUP, "unknown algorithm"},
        {"late", MH_EFORMAT, "clock"},
        {"nonce", MH_EFORMAT, "another request"}};
    struct mh_tsq q = query();

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_err err = {.msg = ""};
        struct mh_span token = {0};

        T_CHECK(rows[i].name, sg_tsa_reply(seed(rows[i].name), &q, when, arena,
                                  &err, &token) == rows[i].code);
        T_CHECK(rows[i].name, strstr(err.msg, rows[i].line) != NULL);
        T_CHECK(rows[i].name, rows[i].code != MH_OK || token.len > 100);
    }
}

static void
test_other_digest(void **state)
{
    struct mh_tsq q = query();
    struct mh_span token;

    (void)state;
    digest[0] ^= 1;
    assert_int_equal(
        sg_tsa_reply(seed("granted"), &q, when, arena, NULL, &token),
        MH_EFORMAT);
    digest[0] ^= 1;
    q.alg = MH_SHA384;
    assert_int_equal(
        sg_tsa_reply(seed("granted"), &q, when, arena, NULL, &token),
        MH_EFORMAT);
}

/* At the limit of the clocks' difference, and past it, both ways. */
static void
test_clock(void **state)
{
    static const struct {
        int64_t away;
        enum mh_code code;
    } rows[] = {{MH_CLOCK_SKEW_MAX, MH_OK}, {-MH_CLOCK_SKEW_MAX, MH_OK},
        {MH_CLOCK_SKEW_MAX + 1, MH_EFORMAT},
        {-MH_CLOCK_SKEW_MAX - 1, MH_EFORMAT}};
    struct mh_tsq q = query();
    struct mh_span token;

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        assert_int_equal(sg_tsa_reply(seed("granted"), &q, when + rows[i].away,
                             arena, NULL, &token),
            rows[i].code);
}

/* Cut anywhere, or with a byte more, it is no answer. */
static void
test_cut(void **state)
{
    struct mh_tsq q = query();
    struct mh_span good = seed("granted"), token;

    (void)state;
    for (size_t n = 0; n < good.len; n++)
        assert_int_equal(sg_tsa_reply((struct mh_span){good.ptr, n}, &q, when,
                             arena, NULL, &token),
            MH_EFORMAT);
}

static void
test_request(void **state)
{
    struct mh_tsq q = query();
    uint8_t many[MH_TSQ_NONCE_MAX + 1] = {0x80};
    struct mh_buf out;
    struct df_der d, r;

    (void)state;
    mh_buf_init(&out, 1024);
    assert_int_equal(mh_tsq_build(&q, NULL, &out), MH_OK);
    assert_int_equal(df_der_check(mh_buf_get(&out), NULL), MH_OK);
    d = df_der_from(mh_buf_get(&out));
    r = df_der_enter(&d, DF_SEQUENCE);
    assert_int_equal(df_der_get(&r, DF_INTEGER).len, 1);
    (void)df_der_get(&r, DF_SEQUENCE);
    /* The nonce is written without its leading zero. */
    assert_true(
        mh_span_eq(df_der_get(&r, DF_INTEGER), (struct mh_span){nonce + 1, 2}));
    assert_int_equal(df_der_get(&r, DF_BOOLEAN).len, 1);
    assert_true(df_der_done(&r) && df_der_done(&d));
    q.alg = MH_SHA1;
    assert_int_equal(mh_tsq_build(&q, NULL, &out), MH_EUNSUP);
    /* The longest nonce, one byte more, and one that is all zero. */
    q.alg = MH_SHA256;
    q.nonce = (struct mh_span){many, MH_TSQ_NONCE_MAX};
    assert_int_equal(mh_tsq_build(&q, NULL, &out), MH_OK);
    q.nonce.len++;
    assert_int_equal(mh_tsq_build(&q, NULL, &out), MH_ELIMIT);
    q.nonce = (struct mh_span){(const uint8_t *)"\0\0", 2};
    assert_int_equal(mh_tsq_build(&q, NULL, &out), MH_ELIMIT);
    q = query();
    q.digest.len--;
    assert_int_equal(mh_tsq_build(&q, NULL, &out), MH_ELIMIT);
    mh_buf_fini(&out);
}

static int
set_up(void **state)
{
    (void)state;
    arena = mh_arena_new(256U << 20);
    return arena == NULL || mh_digest_init(NULL) != MH_OK ||
           mh_digest_once(MH_SHA256, (struct mh_span){0}, NULL, digest) !=
               MH_OK;
}

static int
tear_down(void **state)
{
    (void)state;
    mh_arena_free(arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_other_digest),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_request),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
