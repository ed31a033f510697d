/* Public identifiers: their spelling, and those of rows by time. */
#include "tests/t.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "portal/http/id.h"

enum {
    MANY = 10000
};

static int
compare(const void *a, const void *b)
{
    return memcmp((const uint8_t *)a + 4, (const uint8_t *)b + 4, 12);
}

static void
spelling(void **state)
{
    static const uint8_t zero[16],
        most[16] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
            255, 255, 255, 255};
    struct mh_span short_one;
    char id[27];

    (void)state;
    pt_id_of(zero, id);
    assert_string_equal(id, "aaaaaaaaaaaaaaaaaaaaaaaaaa");
    pt_id_of(most, id);
    assert_string_equal(id, "77777777777777777777777774");
    assert_true(pt_id_valid(mh_span_str(id)));
    short_one = mh_span_str(id);
    id[25] = '8';
    assert_false(pt_id_valid(mh_span_str(id)));
    short_one.len = 25;
    assert_false(pt_id_valid(short_one));
}

/* Those of one time lie together, and none is there twice. */
static void
rows(void **state)
{
    static uint8_t raw[MANY][16];
    time_t before = time(NULL), after;
    char id[27];

    (void)state;
    for (size_t i = 0; i < MANY; i++)
        pt_row_id_raw(raw[i]);
    after = time(NULL);
    for (size_t i = 0; i < MANY; i++) {
        uint32_t at = (uint32_t)raw[i][0] << 24 | (uint32_t)raw[i][1] << 16 |
                      (uint32_t)raw[i][2] << 8 | raw[i][3];

        assert_in_range(at, (uint32_t)before, (uint32_t)after);
    }
    qsort(raw, MANY, sizeof(raw[0]), compare);
    for (size_t i = 1; i < MANY; i++) /* not by their time alone */
        assert_true(memcmp(raw[i - 1] + 4, raw[i] + 4, 12) != 0);
    pt_row_id_new(id);
    assert_true(pt_id_valid(mh_span_str(id)));
}

/* Of what a thread keeps, and past it: no bytes are given twice. */
static void
stock(void **state)
{
    static const size_t sizes[] = {1, 16, 63, 64, 65, 256, 257};
    static uint8_t bytes[MANY][16];
    uint8_t out[300];

    (void)state;
    for (size_t i = 0; i < T_COUNT(sizes); i++) {
        size_t zeros = 0;

        memset(out, 0, sizeof(out));
        for (int turn = 0; turn < 16; turn++) { /* once each is no zero */
            uint8_t one[sizeof(out)] = {0};

            pt_random(one, sizes[i]);
            for (size_t k = 0; k < sizeof(out); k++)
                out[k] |= one[k];
        }
        for (size_t k = 0; k < sizes[i]; k++)
            zeros += out[k] == 0;
        assert_int_equal(zeros, 0);
        for (size_t k = sizes[i]; k < sizeof(out); k++)
            assert_int_equal(out[k], 0);
    }
    for (size_t i = 0; i < MANY; i++)
        pt_random(bytes[i], 16);
    qsort(bytes, MANY, 16, compare);
    for (size_t i = 1; i < MANY; i++)
        assert_true(memcmp(bytes[i - 1] + 4, bytes[i] + 4, 12) != 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(spelling),
        cmocka_unit_test(rows), cmocka_unit_test(stock)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
