/*
 * DER as it is written: the bytes of X.690's own rules, and that the strict
 * reader takes them.
 */
#define MH_ALLOW_BANNED
#include "docformat/der/write.h"

#include <string.h>

#include "docformat/der/der.h"
#include "tests/t.h"

enum {
    ROOM = 1 << 18
};

static struct mh_buf
fresh(void)
{
    struct mh_buf b;

    mh_buf_init(&b, ROOM);
    return b;
}

static void
test_lengths(void **state)
{
    static const struct {
        const char *name;
        size_t len;
        const char *head;
        size_t head_len;
    } rows[] = {
        {"empty", 0, "\x04\x00", 2},
        {"127", 127, "\x04\x7f", 2},
        {"128", 128, "\x04\x81\x80", 3},
        {"255", 255, "\x04\x81\xff", 3},
        {"256", 256, "\x04\x82\x01\x00", 4},
        {"65536", 65536, "\x04\x83\x01\x00\x00", 5},
    };
    static uint8_t body[65536];

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_buf put = fresh(), opened = fresh();
        size_t open = df_der_open(&opened, DF_OCTET_STRING);
        struct df_der d;

        df_der_put(&put, DF_OCTET_STRING, (struct mh_span){body, rows[i].len});
        mh_buf_add(&opened, body, rows[i].len);
        df_der_close(&opened, open);
        T_CHECK(rows[i].name, mh_buf_ok(&put) && mh_buf_ok(&opened));
        T_CHECK(rows[i].name, put.len == rows[i].head_len + rows[i].len);
        T_CHECK(
            rows[i].name, memcmp(put.ptr, rows[i].head, rows[i].head_len) == 0);
        T_CHECK(
            rows[i].name, mh_span_eq(mh_buf_get(&put), mh_buf_get(&opened)));
        d = df_der_from(mh_buf_get(&put));
        T_CHECK(
            rows[i].name, df_der_get(&d, DF_OCTET_STRING).len == rows[i].len &&
                              df_der_done(&d));
        mh_buf_fini(&put);
        mh_buf_fini(&opened);
    }
}

static void
test_numbers(void **state)
{
    const struct {
        const char *name;
        struct mh_span in, out;
    } rows[] = {
        {"none", {NULL, 0}, MH_SPAN_LIT("\x02\x01\x00")},
        {"zeros", MH_SPAN_LIT("\0\0\0"), MH_SPAN_LIT("\x02\x01\x00")},
        {"127", MH_SPAN_LIT("\x7f"), MH_SPAN_LIT("\x02\x01\x7f")},
        {"128", MH_SPAN_LIT("\x80"), MH_SPAN_LIT("\x02\x02\x00\x80")},
        {"leading", MH_SPAN_LIT("\0\0\x80\x01"),
            MH_SPAN_LIT("\x02\x03\x00\x80\x01")},
        {"one leading", MH_SPAN_LIT("\0\x01"), MH_SPAN_LIT("\x02\x01\x01")},
    };
    struct mh_buf b = fresh();

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        mh_buf_clear(&b);
        df_der_put_number(&b, rows[i].in);
        T_CHECK(rows[i].name, mh_span_eq(mh_buf_get(&b), rows[i].out));
    }
    mh_buf_clear(&b);
    df_der_put_uint(&b, UINT64_MAX);
    assert_int_equal(b.len, 11);
    assert_memory_equal(b.ptr, "\x02\x09\x00\xff\xff", 5);
    mh_buf_fini(&b);
}

static void
test_times(void **state)
{
    static const struct {
        const char *out;
        int64_t time;
    } rows[] = {
        {"\x17\x0d"
         "491231235959Z",
            INT64_C(2524607999)},
        {"\x18\x0f"
         "20500101000000Z",
            INT64_C(2524608000)},
        {"\x17\x0d"
         "500101000000Z",
            INT64_C(-631152000)},
        {"\x18\x0f"
         "19491231235959Z",
            INT64_C(-631152001)},
    };
    struct mh_buf b = fresh();

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        mh_buf_clear(&b);
        df_der_put_time(&b, rows[i].time);
        T_CHECK(rows[i].out + 2, mh_span_is(mh_buf_get(&b), rows[i].out));
    }
    df_der_put_time(&b, INT64_MAX);
    assert_false(mh_buf_ok(&b));
    mh_buf_fini(&b);
}

static void
test_sets(void **state)
{
    struct mh_buf b = fresh();
    size_t set = df_der_open(&b, DF_SET);

    (void)state;
    df_der_put_uint(&b, 300);
    df_der_put_uint(&b, 2);
    df_der_put(&b, DF_NULL, (struct mh_span){0});
    df_der_put_uint(&b, 1);
    df_der_close_set(&b, set);
    assert_true(mh_span_eq(mh_buf_get(&b),
        MH_SPAN_LIT("\x31\x0c\x02\x01\x01\x02\x01\x02\x02\x02\x01\x2c\x05"
                    "\x00")));
    mh_buf_clear(&b);
    set = df_der_open(&b, DF_SET);
    df_der_close_set(&b, set);
    assert_true(mh_span_eq(mh_buf_get(&b), MH_SPAN_LIT("\x31\x00")));
    /* What is no DER inside cannot be ordered. */
    mh_buf_clear(&b);
    set = df_der_open(&b, DF_SET);
    mh_buf_str(&b, "\x02\x05\x01");
    df_der_close_set(&b, set);
    assert_false(mh_buf_ok(&b));
    mh_buf_fini(&b);
}

static void
test_full(void **state)
{
    struct mh_buf b;
    size_t open;

    (void)state;
    mh_buf_init(&b, 4);
    open = df_der_open(&b, DF_SEQUENCE);
    mh_buf_str(&b, "abc");
    df_der_close(&b, open); /* one octet too many */
    assert_false(mh_buf_ok(&b));
    mh_buf_clear(&b);
    df_der_put_retagged(&b, DF_SET, MH_SPAN_LIT("\x30"));
    assert_false(mh_buf_ok(&b));
    mh_buf_fini(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
