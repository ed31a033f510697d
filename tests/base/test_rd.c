#include "tests/t.h"

#include "base/rd.h"

static void
test_fields(void **state)
{
    static const uint8_t in[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
        15, 16, 17, 18, 19, 20, 21, 22, 23, 24};
    struct mh_rd rd = mh_rd_from((struct mh_span){in, sizeof(in)});

    (void)state;
    assert_int_equal(mh_rd_u8(&rd), 1);
    assert_int_equal(mh_rd_u16le(&rd), 0x0302);
    assert_int_equal(mh_rd_u32le(&rd), 0x07060504);
    assert_true(mh_rd_u64le(&rd) == UINT64_C(0x0f0e0d0c0b0a0908));
    assert_int_equal(mh_rd_u16be(&rd), 0x1011);
    assert_int_equal(mh_rd_u32be(&rd), 0x12131415);
    assert_int_equal(mh_rd_left(&rd), 3);
    assert_false(mh_rd_done(&rd));
    assert_int_equal(mh_rd_bytes(&rd, 3).ptr[2], 24);
    assert_true(mh_rd_done(&rd));
    assert_int_equal(mh_rd_bytes(&rd, 0).len, 0);
    assert_true(mh_rd_done(&rd));
}

/* Once bad, a reader stays bad and gives zeros. */
static void
test_sticky(void **state)
{
    static const struct {
        const char *name;
        size_t have, want;
        bool ok;
    } rows[] = {
        {"exactly", 4, 4, true},
        {"one short", 3, 4, false},
        {"nothing", 0, 1, false},
        {"no overflow", 4, SIZE_MAX, false},
    };
    static const uint8_t in[4] = {9, 9, 9, 9};

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_rd rd = mh_rd_from((struct mh_span){in, rows[i].have});
        struct mh_span got = mh_rd_bytes(&rd, rows[i].want);

        T_CHECK(rows[i].name, mh_rd_done(&rd) == rows[i].ok);
        T_CHECK(rows[i].name, got.len == (rows[i].ok ? rows[i].want : 0));
        if (!rows[i].ok) {
            T_CHECK(rows[i].name, mh_rd_left(&rd) == 0);
            T_CHECK(rows[i].name, mh_rd_u8(&rd) == 0);
            T_CHECK(rows[i].name, !mh_rd_done(&rd));
        }
    }
}

static void
test_short_integers(void **state)
{
    static const uint8_t in[7] = {255, 255, 255, 255, 255, 255, 255};
    struct mh_rd rd;

    (void)state;
    rd = mh_rd_from((struct mh_span){in, 1});
    assert_int_equal(mh_rd_u16le(&rd), 0);
    rd = mh_rd_from((struct mh_span){in, 3});
    assert_int_equal(mh_rd_u32le(&rd), 0);
    rd = mh_rd_from((struct mh_span){in, 3});
    assert_int_equal(mh_rd_u32be(&rd), 0);
    rd = mh_rd_from((struct mh_span){in, 7});
    assert_true(mh_rd_u64le(&rd) == 0);
    assert_true(rd.bad);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_sticky),
        cmocka_unit_test(test_short_integers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
