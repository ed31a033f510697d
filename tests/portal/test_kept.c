/* portal/pages/kept: reports that are kept for ten minutes. */
#include "tests/t.h"

#include <stdlib.h>
#include <string.h>

#include "portal/pages/kept.h"

static struct mh_arena *arena;
static struct pt_kept *kept;
enum {
    NOW = 5000
};

static int
set_up(void **state)
{
    (void)state;
    arena = mh_arena_new(256U << 20);
    kept = pt_kept_new();
    return arena == NULL || kept == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    pt_kept_free(kept);
    mh_arena_free(arena);
    return 0;
}

static bool
add(const char *name, int64_t now, char id[static PT_KEPT_ID])
{
    const struct mh_subject subject = {name, 7, "ab"};
    struct mh_report report;

    mh_report_init(&report);
    report.profile = "profile";
    report.reason =
        (struct mh_finding){MH_F_NOT_JUDGED, MH_ERROR, MH_NO_OFFSET, ""};
    return pt_kept_add(kept, now, &subject, &report, id);
}

static bool
has(const char *id, int64_t now, const char *name)
{
    struct mh_subject subject;
    struct mh_report report;

    if (!pt_kept_get(kept, now, id, arena, &subject, &report))
        return false;
    assert_string_equal(subject.file, name);
    assert_string_equal(subject.sha256, "ab");
    assert_int_equal(subject.size, 7);
    assert_string_equal(report.profile, "profile");
    assert_int_equal(report.verdict, MH_NOT_JUDGED);
    return true;
}

static void
test_time(void **state)
{
    char one[PT_KEPT_ID], two[PT_KEPT_ID];
    const int64_t end = NOW + (int64_t)PT_KEPT_SECONDS * 1000;

    (void)state;
    assert_true(add("one.pdf", NOW, one));
    assert_true(add("two.pdf", NOW + 1, two));
    assert_int_equal(strlen(one), PT_KEPT_ID - 1);
    assert_string_not_equal(one, two);
    assert_true(has(one, end - 1, "one.pdf"));
    assert_false(has(one, end, "one.pdf"));
    assert_true(has(two, end, "two.pdf"));
    assert_false(has("", NOW, ""));
    assert_false(has("aaaaaaaaaaaaaaaaaaaaaaaaaa", NOW, ""));
}

/* The one that makes it one too many takes the place of the oldest. */
static void
test_count(void **state)
{
    static char id[PT_KEPT_MAX + 1][PT_KEPT_ID];
    const int64_t later = NOW + 10000000;

    (void)state;
    for (int i = 0; i < PT_KEPT_MAX; i++)
        assert_true(add("x", later, id[i]));
    assert_true(has(id[0], later, "x"));
    assert_true(add("x", later, id[PT_KEPT_MAX]));
    assert_false(has(id[0], later, "x"));
    assert_true(has(id[1], later, "x"));
    assert_true(has(id[PT_KEPT_MAX], later, "x"));
}

/* Bytes: older ones go until it fits; what never fits is not kept. */
static void
test_bytes(void **state)
{
    const size_t half = PT_KEPT_BYTES_MAX / 2;
    char *name = calloc(PT_KEPT_BYTES_MAX + 1, 1);
    char one[PT_KEPT_ID], two[PT_KEPT_ID], three[PT_KEPT_ID];
    const int64_t later = NOW + 30000000;

    (void)state;
    assert_non_null(name);
    memset(name, 'n', PT_KEPT_BYTES_MAX);
    assert_false(add(name, later, one));
    assert_string_equal(one, "");
    name[half - 1024] = '\0';
    assert_true(add(name, later, one));
    assert_true(add(name, later, two));
    assert_true(has(one, later, name));
    assert_true(has(two, later, name));
    assert_true(add(name, later, three));
    assert_false(has(one, later, name));
    assert_true(has(two, later, name));
    assert_true(has(three, later, name));
    free(name);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_bytes),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
