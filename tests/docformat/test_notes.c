#include "tests/t.h"

#include "docformat/docformat.h"

#include <string.h>

#include "base/limits.h"

/* A note outlives the bytes it was made from. */
static void
test_bytes_are_kept(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 16);
    char name[] = "application/pdf";
    struct df_notes notes;

    (void)state;
    df_notes_init(&notes, arena);
    df_note_add(
        &notes, MH_F_MANIFEST_ATTRIBUTE, DF_STRICT, 7, mh_span_str(name));
    memset(name, 'x', sizeof(name) - 1);
    assert_int_equal(notes.count, 1);
    assert_false(notes.lost);
    assert_true(mh_span_is(notes.first->what, "application/pdf"));
    mh_arena_free(arena);
}

/* Many are dropped, but never one that decides. */
static void
test_count(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct df_notes notes;

    (void)state;
    df_notes_init(&notes, arena);
    for (size_t i = 0; i <= MH_REPORT_FINDINGS_MAX; i++)
        df_note_add(&notes, MH_F_ZIP_COMMENT, DF_WARNING, 0, MH_SPAN_LIT(""));
    assert_int_equal(notes.count, MH_REPORT_FINDINGS_MAX);
    df_note_add(&notes, MH_F_ZIP_SIZE, DF_FAIL, 0, MH_SPAN_LIT(""));
    assert_int_equal(notes.count, MH_REPORT_FINDINGS_MAX + 1);
    assert_int_equal(notes.last->code, MH_F_ZIP_SIZE);
    mh_arena_free(arena);
}

/* Without memory the document is not judged. */
static void
test_lost(void **state)
{
    struct mh_arena *arena = mh_arena_new(16);
    struct df_notes notes;

    (void)state;
    df_notes_init(&notes, arena);
    df_note_add(&notes, MH_F_ZIP_SIZE, DF_FAIL, 0, MH_SPAN_LIT("x"));
    assert_true(notes.lost);
    assert_null(notes.first);
    mh_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_are_kept),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
