/* portal/filing/draft: whether a container that comes back is just what was
   prepared. */
#include "tests/t.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/text.h"
#include "portal/filing/application.h"
#include "portal/filing/draft.h"

static int
open_arena(void **state)
{
    *state = mh_arena_new(16 << 20);
    return *state == NULL ? -1 : 0;
}

static int
close_arena(void **state)
{
    mh_arena_free(*state);
    return 0;
}

/* A report of a container with these files, in this order. */
static struct mh_report
report_of(struct mh_arena *arena, const struct pt_draft_file *file,
    const size_t *order, size_t files)
{
    struct mh_report_file *f = mh_arena_array(arena, files, sizeof(*f));

    assert_non_null(f);
    for (size_t i = 0; i < files; i++) {
        char hex[2 * PT_HASH + 1];

        mh_hex_encode((struct mh_span){file[order[i]].sha256, PT_HASH}, hex);
        f[i].name = file[order[i]].name;
        f[i].sha256 = mh_arena_str(arena, mh_span_str(hex));
        assert_non_null(f[i].sha256);
    }
    return (struct mh_report){
        .format = MH_FORMAT_ASIC_E, .file = f, .files = files};
}

static void
test_same(void **state)
{
    static const size_t other_order[] = {2, 0, 1}, less[] = {0, 1},
                        twice[] = {0, 1, 1}, more[] = {0, 1, 2, 2};
    static const struct pt_draft_file file[] = {
        {.name = "application.pdf", .sha256 = {1}},
        {.name = "a.pdf", .sha256 = {2}}, {.name = "b.pdf", .sha256 = {3}}};
    const size_t files = T_COUNT(file);
    struct mh_report r;

    r = report_of(*state, file, other_order, 3);
    assert_true(pt_draft_same(file, files, &r));
    r.format = MH_FORMAT_ASIC_S;
    assert_false(pt_draft_same(file, files, &r));
    r = report_of(*state, file, less, 2);
    assert_false(pt_draft_same(file, files, &r));
    r = report_of(*state, file, twice, 3);
    assert_false(pt_draft_same(file, files, &r));
    r = report_of(*state, file, more, 4);
    assert_false(pt_draft_same(file, files, &r));
    r = report_of(*state, file, other_order, 3);
    r.file[1].name = "A.pdf"; /* another name */
    assert_false(pt_draft_same(file, files, &r));
    r = report_of(*state, file, other_order, 3);
    r.file[0].sha256 = r.file[1].sha256; /* other bytes */
    assert_false(pt_draft_same(file, files, &r));
    r = report_of(*state, file, other_order, 3);
    r.file[0].name = r.file[1].name; /* two that changed places */
    r.file[1].name = "b.pdf";
    assert_false(pt_draft_same(file, files, &r));
}

/* One that was prepared twice hides nothing that was never prepared. */
static void
test_same_doubled(void **state)
{
    static const size_t order[] = {0, 2};
    static const struct pt_draft_file file[] = {
        {.name = "a.pdf", .sha256 = {2}}, {.name = "a.pdf", .sha256 = {2}},
        {.name = "other.pdf", .sha256 = {9}}};
    const struct mh_report r = report_of(*state, file, order, 2);

    assert_false(pt_draft_same(file, 2, &r));
}

/* The largest, at the limit of a comparison and past it. */
static void
test_same_limit(void **state)
{
    static struct pt_draft_file file[PT_DRAFT_SAME + 1];
    static size_t order[PT_DRAFT_SAME + 1];
    struct mh_report r;

    /* An application with all its files is within it. */
    assert_true((size_t)PT_APPLICATION_PAYLOAD <= (size_t)PT_DRAFT_SAME);
    for (size_t i = 0; i <= PT_DRAFT_SAME; i++) {
        (void)snprintf(file[i].name, sizeof(file[i].name), "%zu.pdf", i);
        order[i] = i;
    }
    r = report_of(*state, file, order, PT_DRAFT_SAME);
    assert_true(pt_draft_same(file, PT_DRAFT_SAME, &r));
    r = report_of(*state, file, order, PT_DRAFT_SAME + 1);
    assert_false(pt_draft_same(file, PT_DRAFT_SAME + 1, &r));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_same, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(
            test_same_doubled, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(
            test_same_limit, open_arena, close_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
