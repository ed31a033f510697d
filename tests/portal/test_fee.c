/* portal/money: amounts, the table of fees, and what it comes to. */
#include "tests/t.h"

#include <string.h>

#include "base/time.h"
#include "portal/money/fee.h"
#include "portal/money/money.h"
#include "portal/pages/fees.h"

static struct mh_arena *arena;
static struct pt_fee_table table;

static int64_t
day(const char *text)
{
    char whole[32];
    int64_t t;

    (void)snprintf(whole, sizeof(whole), "%sT00:00:00Z", text);
    assert_true(mh_time_parse(mh_span_str(whole), false, &t));
    return t;
}

static int
set_up(void **state)
{
    struct mh_err err = {.msg = ""};

    (void)state;
    arena = mh_arena_new(4 << 20);
    assert_non_null(arena);
    if (pt_fee_read(pt_fee_text(), arena, &err, &table) != MH_OK)
        fail_msg("%s", err.msg);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    mh_arena_free(arena);
    return 0;
}

/* ---- amounts ---- */

static const struct {
    const char *text;
    int64_t qepik; /* -1: it is no amount */
} amounts[] = {
    {"0", 0},
    {"0,01", 1},
    {"0.5", 50},
    {"1 250,50", 125050},
    {"1\u00a0250.5", 125050},
    {" 7 ", 700},
    {"1234567", 123456700},
    {"007", 700},
    {"1000000000000", PT_MONEY_MAX},
    {"1 000 000 000 000,00", PT_MONEY_MAX},
    {"1 000 000 000 000,01", -1},
    {"1000000000001", -1},
    {"99999999999999999999999", -1},
    {"", -1},
    {" ", -1},
    {",5", -1},
    {"5,", -1},
    {"1,234", -1},
    {"1.234,50", -1},
    {"1,2,3", -1},
    {"1 25", -1},
    {"1234 567", -1},
    {"1  250", -1},
    {"-1", -1},
    {"+1", -1},
    {"1e3", -1},
    {"0x10", -1},
    {"1 AZN", -1},
    {"\xc2", -1},
    {"1\xc2", -1},
};

static void
test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(amounts); i++) {
        int64_t got = -2;
        bool good = pt_money_parse(amounts[i].text, &got);

        T_CHECK(amounts[i].text, good == (amounts[i].qepik >= 0));
        if (good)
            T_CHECK(amounts[i].text, got == amounts[i].qepik);
    }
}

static void
test_write(void **state)
{
    static const struct {
        int64_t qepik;
        const char *az, *en;
    } rows[] = {{0, "0,00", "0.00"}, {5, "0,05", "0.05"},
        {99999, "999,99", "999.99"}, {100000, "1\u00a0000,00", "1,000.00"},
        {PT_MONEY_MAX, "1\u00a0000\u00a0000\u00a0000\u00a0000,00",
            "1,000,000,000,000.00"}};
    char out[PT_MONEY_TEXT];

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        pt_money_write(rows[i].qepik, MH_AZ, out);
        assert_string_equal(out, rows[i].az);
        pt_money_write(rows[i].qepik, MH_RU, out);
        assert_string_equal(out, rows[i].az);
        pt_money_write(rows[i].qepik, MH_EN, out);
        assert_string_equal(out, rows[i].en);
    }
    pt_money_write_exact(INT64_C(142357550000000), MH_AZ, out);
    assert_string_equal(out, "1\u00a0423,5755");
    pt_money_write_exact(INT64_C(1000000000), MH_EN, out);
    assert_string_equal(out, "0.01");
    pt_money_write_exact(1, MH_EN, out);
    assert_string_equal(out, "0.00000000001");
    pt_money_write_exact(INT64_C(1000000000000000000), MH_AZ, out);
    assert_string_equal(out, "10\u00a0000\u00a0000,00");
}

/* ---- fees ---- */

/* Prices and fees in qəpik: each tier's edges, and what lies past them. */
static const struct {
    int64_t price, fee;
} valued[] = {
    {1, 3000},
    {99999, 3000},
    {100000, 3000},   /* 1,000: the edge of the first tier */
    {100001, 3000},   /* 30.0001 */
    {100049, 3000},   /* 30.0049 */
    {100050, 3001},   /* 30.005: half up */
    {105000, 3050},   /* 1,050 */
    {500000, 7000},   /* 5,000 */
    {999999, 12000},  /* 119.9999 */
    {1000000, 12000}, /* 10,000 */
    {1000001, 12000}, /* 120.00003 */
    {1000166, 12000}, /* 120.00498 */
    {1000167, 12001}, /* 120.00501 */
    {5000000, 24000}, /* 50,000 */
    {9999999, 39000},
    {10000000, 39000}, /* 100,000 */
    {10000499, 39000}, /* 390.00499 */
    {10000500, 39001}, /* 390.005 */
    {45379000, 74379}, /* 453,790 */
    {99999999, 129000},
    {100000000, 129000},   /* 1,000,000 */
    {100000999, 129000},   /* 1,290.004995 */
    {100001000, 129001},   /* 1,290.005 */
    {126715100, 142358},   /* 1,267,151: 1,423.5755 */
    {9841998000, 4999999}, /* 98,419,980: 49,999.99 */
    {9842000000, 5000000}, /* 98,420,000: the cap exactly */
    {9842000100, 5000000},
    {PT_MONEY_MAX, 5000000},
};

static struct pt_fee
fee(struct pt_fee_ask ask)
{
    struct mh_err err = {.msg = ""};
    struct pt_fee f;

    if (ask.relief == NULL)
        ask.relief = "";
    if (ask.exempt == NULL)
        ask.exempt = "";
    if (ask.day == 0)
        ask.day = day("2026-01-01");
    if (pt_fee_work_out(&table, &ask, &err, &f) != MH_OK)
        fail_msg("%s", err.msg);
    return f;
}

static enum mh_code
refused(struct pt_fee_ask ask)
{
    struct pt_fee f;

    if (ask.relief == NULL)
        ask.relief = "";
    if (ask.exempt == NULL)
        ask.exempt = "";
    if (ask.day == 0)
        ask.day = day("2026-01-01");
    return pt_fee_work_out(&table, &ask, NULL, &f);
}

static void
test_valued(void **state)
{
    char name[32];

    (void)state;
    for (size_t i = 0; i < T_COUNT(valued); i++) {
        struct pt_fee f = fee((struct pt_fee_ask){.price = valued[i].price});

        (void)snprintf(name, sizeof(name), "%lld", (long long)valued[i].price);
        T_CHECK(name, f.total == valued[i].fee);
        T_CHECK(name, f.capped == (valued[i].price >= 9842000000));
        assert_int_equal(f.certainty, PT_CERTAIN_UNVERIFIED); /* rounding */
    }
}

/* A higher price never costs less, and a qəpik more at most a qəpik more. */
static void
test_continuous(void **state)
{
    static const int64_t edges[] = {
        100000, 1000000, 10000000, 100000000, 9842000000};

    (void)state;
    for (size_t i = 0; i < T_COUNT(edges); i++) {
        int64_t last = -1;

        for (int64_t p = edges[i] - 3000; p <= edges[i] + 3000; p++) {
            int64_t got = fee((struct pt_fee_ask){.price = p}).total;

            assert_true(last < 0 || (got >= last && got <= last + 1));
            last = got;
        }
    }
}

static void
test_others(void **state)
{
    struct pt_fee f;

    (void)state;
    for (int c = PT_CLAIM_UNVALUED; c < PT_CLAIMS; c++)
        assert_int_equal(
            fee((struct pt_fee_ask){.claim = (enum pt_fee_claim)c}).total,
            10000);
    /* 25 AZN were too little for a cassation on a claim without a price. */
    for (int i = PT_INSTANCE_APPEAL; i < PT_INSTANCES; i++)
        assert_int_equal(fee((struct pt_fee_ask){.claim = PT_CLAIM_UNVALUED,
                                 .instance = (enum pt_fee_instance)i})
                             .total,
            5000);
    f = fee((struct pt_fee_ask){
        .price = 126715100, .instance = PT_INSTANCE_APPEAL});
    assert_int_equal(f.total, 71179); /* 711.78775 */
    assert_true(f.shared == INT64_C(71178775000000));
    f = fee((struct pt_fee_ask){.price = 126715100, .relief = "first-efiling"});
    assert_int_equal(f.total, 128122); /* 1,281.21795 */
    f = fee((struct pt_fee_ask){.price = 126715100, .exempt = "wages"});
    assert_int_equal(f.total, 0);
    assert_true(f.relieved == INT64_C(142357550000000));
}

static void
test_refused(void **state)
{
    (void)state;
    assert_int_equal(refused((struct pt_fee_ask){.price = 0}), MH_EFORMAT);
    assert_int_equal(refused((struct pt_fee_ask){.price = -1}), MH_EFORMAT);
    assert_int_equal(
        refused((struct pt_fee_ask){.price = PT_MONEY_MAX + 1}), MH_EFORMAT);
    assert_int_equal(
        refused((struct pt_fee_ask){.price = 1, .relief = "x"}), MH_EUNSUP);
    assert_int_equal(
        refused((struct pt_fee_ask){.price = 1, .exempt = "x"}), MH_EUNSUP);
    assert_int_equal(refused((struct pt_fee_ask){.price = 1,
                         .instance = PT_INSTANCE_APPEAL,
                         .relief = "first-efiling"}),
        MH_EUNSUP);
    /* The first day of the table, and the last before it. */
    assert_int_equal(
        refused((struct pt_fee_ask){.price = 1, .day = day("2021-08-01")}),
        MH_OK);
    assert_int_equal(
        refused((struct pt_fee_ask){.price = 1, .day = day("2021-07-31")}),
        MH_EUNSUP);
    assert_int_equal(
        refused((struct pt_fee_ask){
            .price = 1, .relief = "first-efiling", .day = day("2023-12-31")}),
        MH_EUNSUP);
    assert_int_equal(
        refused((struct pt_fee_ask){
            .price = 1, .relief = "first-efiling", .day = day("2024-01-01")}),
        MH_OK);
}

/* Each exemption of the table has words for people. */
static void
test_words(void **state)
{
    size_t count = 0;

    (void)state;
    for (size_t i = 0; i < table.count; i++)
        if (table.rule[i].kind == PT_FEE_EXEMPT) {
            T_CHECK(table.rule[i].name,
                pt_fee_exempt_text(table.rule[i].name) != NULL);
            count++;
        }
    assert_int_equal(count, 8);
    assert_null(pt_fee_exempt_text("x"));
}

/* ---- tables ---- */

#define ROUND "round\thalf-up\t2021-08-01\t-\tlaw\ts\n"
#define TIER(from, until, over, upto)                                          \
    "tier\tvalued\t1\t" from "\t" until "\t" over "\t" upto                    \
    "\t10\t0\t-\tlaw\ts\n"

static const struct {
    const char *name, *text, *why; /* NULL: it is read */
} tables[] = {
    {"the least", ROUND, NULL},
    {"two tiers",
        ROUND TIER("2021-08-01", "-", "0", "5")
            TIER("2021-08-01", "-", "5", "-"),
        NULL},
    {"one after the other",
        ROUND TIER("2021-08-01", "2022-01-01", "0", "-")
            TIER("2022-01-01", "-", "0", "-"),
        NULL},
    {"nothing", "", "no rule of rounding"},
    {"comments alone", "# a\n\n", "no rule of rounding"},
    {"two of one day",
        ROUND TIER("2021-08-01", "2022-01-02", "0", "-")
            TIER("2022-01-01", "-", "0", "-"),
        "two rules valued"},
    {"two roundings", ROUND ROUND, "two rules half-up"},
    {"a hole in the prices",
        ROUND TIER("2021-08-01", "-", "0", "5")
            TIER("2021-08-01", "-", "6", "-"),
        "nothing follows"},
    {"a hole in the days",
        ROUND TIER("2021-08-01", "-", "0", "5")
            TIER("2021-08-02", "-", "5", "-"),
        "nothing follows"},
    {"no price in it", ROUND TIER("2021-08-01", "-", "5", "5"),
        "without prices"},
    {"no such day", ROUND TIER("2021-02-30", "-", "0", "-"), "a day"},
    {"a day with a time", ROUND TIER("2021-02-03T", "-", "0", "-"), "a day"},
    {"until before from", ROUND TIER("2021-08-01", "2021-08-01", "0", "-"),
        "a day"},
    {"no number", ROUND TIER("2021-08-01", "-", "0x", "-"), "an amount"},
    {"a sign", ROUND TIER("2021-08-01", "-", "-1", "-"), "an amount"},
    {"too large a number",
        ROUND TIER("2021-08-01", "-", "0", "100000000000001"), "an amount"},
    {"an unknown row", ROUND "x\ty\n", "line 2: no row"},
    {"a field too few", "round\thalf-up\t2021-08-01\t-\tlaw\n", "no row"},
    {"a field too many", "round\thalf-up\t2021-08-01\t-\tlaw\ts\tt\n",
        "no row"},
    {"thirteen fields", "tier\t\t\t\t\t\t\t\t\t\t\t\t\n", "too many fields"},
    {"an unknown rounding", "round\tmaybe\t2021-08-01\t-\tlaw\ts\n",
        "unknown word"},
    {"an unknown certainty", "round\tup\t2021-08-01\t-\tsure\ts\n",
        "a certainty"},
    {"no source", "round\tup\t2021-08-01\t-\tlaw\t\n", "a text"},
    {"bytes that are no text", "round\tup\t2021-08-01\t-\tlaw\t\xff\n",
        "a text"},
    {"no percent", ROUND "share\tappeal\t1\t2021-08-01\t-\t0\tlaw\ts\n",
        "a percentage"},
    {"all of it", ROUND "share\tappeal\t1\t2021-08-01\t-\t100\tlaw\ts\n", NULL},
    {"more than all", ROUND "share\tappeal\t1\t2021-08-01\t-\t101\tlaw\ts\n",
        "a percentage"},
    {"a rate of all that is never capped",
        ROUND "tier\tvalued\t1\t2021-08-01\t-\t0\t-\t0\t100000\t-\tlaw\ts\n",
        "too high"},
    {"a cap that cannot be counted",
        ROUND "tier\tvalued\t1\t2021-08-01\t-\t0\t-\t0\t1\t1000000001\tlaw\t"
              "s\n",
        "cap that is too high"},
    {"the highest cap",
        ROUND "tier\tvalued\t1\t2021-08-01\t-\t0\t-\t0\t1\t1000000000\tlaw\t"
              "s\n",
        NULL},
};

static void
test_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(tables); i++) {
        struct mh_arena *a = mh_arena_new(1 << 20);
        struct mh_err err = {.msg = ""};
        struct pt_fee_table t;
        enum mh_code code =
            pt_fee_read(mh_span_str(tables[i].text), a, &err, &t);

        if (tables[i].why == NULL) {
            T_CHECK(tables[i].name, code == MH_OK);
        } else {
            T_CHECK(tables[i].name, code == MH_EFORMAT);
            if (strstr(err.msg, tables[i].why) == NULL)
                fail_msg("%s: %s", tables[i].name, err.msg);
        }
        mh_arena_free(a);
    }
}

/* At its limits and past them. */
static void
test_limits(void **state)
{
    static char text[PT_FEE_TABLE_MAX + 2];
    struct mh_arena *a = mh_arena_new(4 << 20);
    struct mh_err err = {.msg = ""};
    struct pt_fee_table t;
    size_t n = 0;

    (void)state;
    n += (size_t)snprintf(text, sizeof(text), ROUND);
    for (int i = 1; i < PT_FEE_ROWS_MAX; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n,
            "exempt\te%d\t9\t2021-08-01\t-\tlaw\ts\n", i);
    assert_int_equal(pt_fee_read(mh_span_str(text), a, &err, &t), MH_OK);
    assert_int_equal(t.count, PT_FEE_ROWS_MAX);
    (void)snprintf(
        text + n, sizeof(text) - n, "exempt\tlast\t9\t2021-08-01\t-\tlaw\ts\n");
    assert_int_equal(pt_fee_read(mh_span_str(text), a, &err, &t), MH_EFORMAT);
    assert_non_null(strstr(err.msg, "too many rows"));
    memset(text, '\n', PT_FEE_TABLE_MAX + 1);
    memcpy(text, ROUND, sizeof(ROUND) - 1);
    text[PT_FEE_TABLE_MAX] = '\0';
    assert_int_equal(pt_fee_read(mh_span_str(text), a, &err, &t), MH_OK);
    text[PT_FEE_TABLE_MAX] = '\n';
    assert_int_equal(pt_fee_read(mh_span_str(text), a, &err, &t), MH_ELIMIT);
    mh_arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_valued),
        cmocka_unit_test(test_continuous),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
