/* portal/data/policy: the table inside, and tables that are refused. */
#include "tests/t.h"

#include <string.h>

#include "portal/data/policy.h"

#define KIND "kind\tclaim\tchoice\trequired\t2020-01-01\t-\tunverified\tx\n"
#define CATEGORY(code, up)                                                     \
    "category\t" code "\tclaim\t" up "\t2020-01-01\t-\tunverified\tx\n"

static const struct {
    const char *name, *table;
    enum mh_code code;
} rows[] = {
    {"least", "version\t1\n" KIND, MH_OK},
    {"no version", KIND, MH_EFORMAT},
    {"two versions", "version\t1\nversion\t2\n" KIND, MH_EFORMAT},
    {"twice", "version\t1\n" KIND KIND, MH_EFORMAT},
    {"no kind", "version\t1\n" CATEGORY("a", "-"), MH_EFORMAT},
    {"three deep",
        "version\t1\n" KIND CATEGORY("a", "-") CATEGORY("b", "a")
            CATEGORY("c", "b"),
        MH_OK},
    {"four deep",
        "version\t1\n" KIND CATEGORY("a", "-") CATEGORY("b", "a")
            CATEGORY("c", "b") CATEGORY("d", "c"),
        MH_EFORMAT},
    {"a ring", "version\t1\n" KIND CATEGORY("a", "b") CATEGORY("b", "a"),
        MH_EFORMAT},
    {"nothing above", "version\t1\n" KIND CATEGORY("a", "z"), MH_EFORMAT},
    {"a day",
        "version\t1\nkind\tclaim\tchoice\trequired\t2020-02-30\t-\tlaw\tx",
        MH_EFORMAT},
    {"a code",
        "version\t1\nkind\tCLAIM\tchoice\trequired\t2020-01-01\t-\tlaw\tx",
        MH_EFORMAT},
    {"a field too many", "version\t1\t2\n", MH_EFORMAT},
};

static void
test_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_arena *arena = mh_arena_new(1 << 20);
        struct pt_policy p;

        assert_non_null(arena);
        if (pt_policy_read(mh_span_str(rows[i].table), arena, NULL, &p) !=
            rows[i].code)
            fail_msg("%s", rows[i].name);
        mh_arena_free(arena);
    }
}

static void
test_inside(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_err err = {.msg = ""};
    struct pt_policy p;
    struct pt_policy_ask ask = {
        PT_POLICY_CATEGORY, "contract-loan", "claim", 1700000000};

    (void)state;
    if (pt_policy_read(pt_policy_text(), arena, &err, &p) != MH_OK)
        fail_msg("%s", err.msg);
    assert_int_equal(p.version, 1);
    assert_non_null(pt_policy_find(&p, &ask));
    ask.of = "order";
    assert_null(pt_policy_find(&p, &ask));
    mh_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
