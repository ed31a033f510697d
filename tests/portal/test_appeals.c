/* portal/data/appeals: the table inside, tables that are refused, and days. */
#include "tests/t.h"

#include <string.h>

#include "base/time.h"
#include "portal/data/appeals.h"
#include "portal/data/policy.h"

#define ALWAYS "\t2020-01-01\t-\tunverified\tx\n"
#define OTHER  "court\tother\tfirst\t-" ALWAYS
#define SERVED "service\tread" ALWAYS
#define LEAST  OTHER SERVED

static const struct {
    const char *name, *table;
    enum mh_code code;
} rows[] = {
    {"least", LEAST, MH_OK},
    {"no service", OTHER, MH_EFORMAT},
    {"no other courts", SERVED, MH_EFORMAT},
    {"twice", LEAST OTHER, MH_EFORMAT},
    {"service twice", LEAST "service\tpublished" ALWAYS, MH_EFORMAT},
    {"a court above", LEAST "court\t1\tfirst\t2" ALWAYS, MH_EFORMAT},
    {"a court above that is there",
        LEAST "court\t2\tappeal\t-" ALWAYS "court\t1\tfirst\t2" ALWAYS, MH_OK},
    {"a level", LEAST "court\t1\tlast\t-" ALWAYS, MH_EFORMAT},
    {"a complaint", LEAST "complaint\ta\tfirst\tappeal\t366\tdays" ALWAYS,
        MH_OK},
    {"of two levels",
        LEAST "complaint\ta\tfirst\tappeal\t1\tdays" ALWAYS
              "complaint\ta\tappeal\tcassation\t1\tdays" ALWAYS,
        MH_OK},
    {"367 days", LEAST "complaint\ta\tfirst\tappeal\t367\tdays" ALWAYS,
        MH_EFORMAT},
    {"no time", LEAST "complaint\ta\tfirst\tappeal\t0\tdays" ALWAYS,
        MH_EFORMAT},
    {"a unit", LEAST "complaint\ta\tfirst\tappeal\t1\tyears" ALWAYS,
        MH_EFORMAT},
    {"a kind", LEAST "complaint\ta\tfirst\tclaim\t1\tdays" ALWAYS, MH_EFORMAT},
    {"an event", OTHER "service\tsent" ALWAYS, MH_EFORMAT},
    {"a field too many", LEAST "service\tread\tx" ALWAYS, MH_EFORMAT},
};

static void
test_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_arena *arena = mh_arena_new(1 << 20);
        struct pt_appeals a;

        assert_non_null(arena);
        if (pt_appeals_read(mh_span_str(rows[i].table), arena, NULL, &a) !=
            rows[i].code)
            fail_msg("%s", rows[i].name);
        mh_arena_free(arena);
    }
}

/* court, act: kind, court above; kind NULL: nothing. */
static const struct {
    const char *court, *act, *kind, *above;
} routes[] = {
    {"113", "judgment", "appeal", "103"},
    {"113", "ruling", "ruling", "103"},
    {"113", "decision", "appeal", "103"},
    {"113", "order", NULL, NULL},
    {"050", "judgment", "appeal", "106"},
    {"103", "judgment", "cassation", "102"},
    {"103", "ruling", "cassation", "102"},
    {"102", "judgment", NULL, NULL},
    {"999", "judgment", "appeal", ""},
    {"", "judgment", "appeal", ""},
};

static void
test_inside(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_err err = {.msg = ""};
    struct pt_appeals a;

    (void)state;
    if (pt_appeals_read(pt_appeals_text(), arena, &err, &a) != MH_OK)
        fail_msg("%s", err.msg);
    for (size_t i = 0; i < T_COUNT(routes); i++) {
        const struct pt_appeals_ask ask = {
            routes[i].court, routes[i].act, pt_policy_day(1700000000)};
        struct pt_appeals_route r;

        assert_int_equal(pt_appeals_find(&a, &ask, &r), routes[i].kind != NULL);
        if (routes[i].kind == NULL)
            continue;
        assert_string_equal(r.complaint->kind, routes[i].kind);
        assert_string_equal(r.court->above, routes[i].above);
        assert_true(pt_appeals_kind(r.complaint->kind));
    }
    assert_false(pt_appeals_kind("claim"));
    mh_arena_free(arena);
}

/* Every kind of the table is one of the court policy, with a category that a
   draft begins with. */
static void
test_policy(void **state)
{
    static const char *const kinds[][2] = {{"appeal", "appeal-whole"},
        {"cassation", "cassation-whole"}, {"ruling", "ruling-whole"}};
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct pt_policy p;

    (void)state;
    assert_int_equal(pt_policy_read(pt_policy_text(), arena, NULL, &p), MH_OK);
    for (size_t i = 0; i < T_COUNT(kinds); i++) {
        const struct pt_policy_ask ask = {PT_POLICY_CATEGORY, kinds[i][1],
            kinds[i][0], pt_policy_day(1700000000)};

        assert_non_null(pt_policy_find(&p, &ask));
    }
    mh_arena_free(arena);
}

/* Served at a time; the first second after, both as UTC. */
static const struct {
    const char *served, *until;
    int64_t count;
    bool months;
} days[] = {
    {"2026-01-31T08:00:00Z", "2026-02-28T20:00:00Z", 1, true},
    {"2024-01-31T08:00:00Z", "2024-02-29T20:00:00Z", 1, true},
    {"2026-11-27T08:00:00Z", "2026-12-27T20:00:00Z", 1, true},
    {"2026-12-31T08:00:00Z", "2027-02-28T20:00:00Z", 2, true},
    {"2026-03-31T08:00:00Z", "2026-04-30T20:00:00Z", 1, true},
    {"2026-11-27T08:00:00Z", "2026-12-07T20:00:00Z", 10, false},
    {"2026-02-20T08:00:00Z", "2026-03-02T20:00:00Z", 10, false},
    /* Midnight of Baku is 20:00 UTC. */
    {"2026-11-27T19:59:59Z", "2026-12-07T20:00:00Z", 10, false},
    {"2026-11-27T20:00:00Z", "2026-12-08T20:00:00Z", 10, false},
};

static void
test_days(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(days); i++) {
        const struct pt_appeals_rule r = {
            .count = days[i].count, .months = days[i].months};
        int64_t served, until;

        assert_true(mh_time_parse(mh_span_str(days[i].served), false, &served));
        assert_true(mh_time_parse(mh_span_str(days[i].until), false, &until));
        if (pt_appeals_until(&r, served) != until)
            fail_msg("%s", days[i].served);
    }
    assert_int_equal(
        pt_appeals_until(&(struct pt_appeals_rule){.count = 1}, MH_TIME_NONE),
        INT64_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_inside),
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_days),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
