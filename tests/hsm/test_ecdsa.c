#include "tests/t.h"

#include "hsm/hsm.h"

#include "base/text.h"

/* Raw values and their DER, in hexadecimal. */
static const struct {
    const char *name, *raw, *der;
} rows[] = {
    {"plain", "0102", "3006020101020102"},
    {"top bit", "80ff", "30080202008002 0200ff"},
    {"zeros in front", "00000001000000ff", "3007020101020200ff"},
    {"zero then top bit", "00800001", "3007020200800201 01"},
    {"zero", "00000000", "3006020100020100"},
    {"r shorter than s", "0000007f01020304", "300902017f020401020304"},
    {"all ones, 4 bytes", "ffffffffffffffff",
        "300e020500ffffffff020500ffffffff"},
};

static size_t
unhex(const char *text, uint8_t *out)
{
    char packed[600];
    size_t n = 0;

    for (const char *p = text; *p != '\0'; p++)
        if (*p != ' ')
            packed[n++] = *p;
    assert_true(
        mh_hex_decode((struct mh_span){(const uint8_t *)packed, n}, out));
    return n / 2;
}

static void
test_ecdsa_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        uint8_t raw[300], der[300], back[300];
        size_t raw_len = unhex(rows[i].raw, raw);
        size_t der_len = unhex(rows[i].der, der);
        struct mh_buf out;

        mh_buf_init(&out, 300);
        T_CHECK(rows[i].name,
            hsm_ecdsa_to_der((struct mh_span){raw, raw_len}, &out));
        T_CHECK(rows[i].name,
            mh_span_eq(mh_buf_get(&out), (struct mh_span){der, der_len}));
        T_CHECK(rows[i].name, hsm_ecdsa_from_der((struct mh_span){der, der_len},
                                  raw_len / 2, back));
        T_CHECK(rows[i].name, memcmp(raw, back, raw_len) == 0);
        mh_buf_fini(&out);
    }
}

/* Every width, with every combination of leading bytes that matters. */
static void
test_ecdsa_widths(void **state)
{
    static const uint8_t first[] = {0x00, 0x01, 0x7f, 0x80, 0xff};

    (void)state;
    for (size_t width = 1; width <= 66; width++)
        for (size_t a = 0; a < sizeof(first); a++)
            for (size_t b = 0; b < sizeof(first); b++) {
                uint8_t raw[132], back[132];
                struct mh_buf out;

                memset(raw, 0x80, sizeof(raw));
                raw[0] = first[a];
                raw[width] = first[b];
                mh_buf_init(&out, 300);
                assert_true(
                    hsm_ecdsa_to_der((struct mh_span){raw, 2 * width}, &out));
                assert_true(hsm_ecdsa_from_der(mh_buf_get(&out), width, back));
                assert_memory_equal(raw, back, 2 * width);
                /* Not one byte more or less. */
                assert_false(hsm_ecdsa_from_der(
                    (struct mh_span){out.ptr, out.len - 1}, width, back));
                mh_buf_byte(&out, 0);
                assert_false(hsm_ecdsa_from_der(mh_buf_get(&out), width, back));
                mh_buf_fini(&out);
            }
}

static const struct {
    const char *name, *der;
} bad[] = {
    {"empty", ""},
    {"not a sequence", "3106020101020102"},
    {"length too long", "3007020101020102"},
    {"length too short", "3005020101020102"},
    {"left over inside", "300902010102010202 0103"},
    {"one integer", "3003020101"},
    {"not an integer", "3006030101020102"},
    {"negative", "3006020180020102"},
    {"not minimal", "300702020001020102"},
    {"empty integer", "30050200020102"},
    {"long form of a short length", "308106020101020102"},
    {"two-byte length", "30820006020101020102"},
    {"indefinite", "3080020101020102 0000"},
    {"too wide", "300802020101 02020101"},
    {"long form inside", "30070281010102 0102"},
};

static void
test_ecdsa_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(bad); i++) {
        uint8_t der[300], out[4] = {9, 9, 9, 9};
        size_t len = bad[i].der[0] == '\0' ? 0 : unhex(bad[i].der, der);

        T_CHECK(bad[i].name,
            !hsm_ecdsa_from_der((struct mh_span){der, len}, 1, out));
        T_CHECK(bad[i].name, out[0] == 9 && out[1] == 9);
    }
}

static void
test_ecdsa_limits(void **state)
{
    static const uint8_t raw[134] = {1};
    struct mh_buf out;

    (void)state;
    mh_buf_init(&out, 300);
    assert_true(hsm_ecdsa_to_der((struct mh_span){raw, 132}, &out));
    mh_buf_clear(&out);
    assert_false(hsm_ecdsa_to_der((struct mh_span){raw, 134}, &out));
    assert_false(hsm_ecdsa_to_der((struct mh_span){raw, 3}, &out));
    assert_false(hsm_ecdsa_to_der((struct mh_span){raw, 0}, &out));
    assert_int_equal(out.len, 0);
    mh_buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ecdsa_rows),
        cmocka_unit_test(test_ecdsa_widths),
        cmocka_unit_test(test_ecdsa_refused),
        cmocka_unit_test(test_ecdsa_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
