#include "tests/t.h"

#include "docformat/pdf/active.h"

#include <string.h>

#include "base/limits.h"
#include "tests/docformat/pdfmake.h"

/* One object 5 that the page leads to, and what is said of it. */
static const struct {
    const char *body;
    enum df_pdf_activity what; /* DF_PDF_ACTIVITIES: nothing */
} rows[] = {
    {"[1 2 3]", DF_PDF_ACTIVITIES},
    {"<</S/JavaScript/JS(x)>>", DF_PDF_JAVASCRIPT},
    {"<</JS(x)>>", DF_PDF_JAVASCRIPT},
    {"[<</A[<</S/Launch>>]>>]", DF_PDF_LAUNCH},
    {"<</S/URI/URI(http://x)>>", DF_PDF_LINK},
    {"<</S/GoToR>>", DF_PDF_OTHER_DOCUMENT},
    {"<</S/GoToE>>", DF_PDF_OTHER_DOCUMENT},
    {"<</S/SubmitForm>>", DF_PDF_SENDS_FORM},
    {"<</S/ImportData>>", DF_PDF_SENDS_FORM},
    {"<</S/Rendition>>", DF_PDF_MEDIA},
    {"<</S/GoTo/D[3 0 R]>>", DF_PDF_ACTIVITIES},
    {"<</Type/Annot/Subtype/RichMedia>>", DF_PDF_MEDIA},
    {"<</Type/Annot/Subtype/FileAttachment>>", DF_PDF_ATTACHMENT},
    {"<</Type/EmbeddedFile/Length 0>>\nstream\n\nendstream", DF_PDF_ATTACHMENT},
    {"<</AA<<>>>>", DF_PDF_EVENT_ACTIONS},
    {"<</XFA[]>>", DF_PDF_XFA},
    {"<</F(x)/Length 0>>\nstream\n\nendstream", DF_PDF_OUTSIDE},
    {"<</Type/Catalog/OpenAction<<>>>>", DF_PDF_OPEN_ACTION},
    {"<</Type/Catalog/OpenAction[3 0 R/Fit]>>", DF_PDF_ACTIVITIES},
    {"<</Type/Catalog/OCProperties<<>>>>", DF_PDF_LAYERS},
};

/* The same as an object that nothing leads to. */
static const struct {
    const char *body;
    enum df_pdf_activity what;
} unused[] = {
    {"[1 2 3]", DF_PDF_ACTIVITIES},
    {"<</Type/Catalog>>", DF_PDF_UNUSED_CATALOG},
    {"<</Type/Page>>", DF_PDF_UNUSED_PAGE},
    {"<</Type/Pages>>", DF_PDF_UNUSED_PAGE},
    {"<</Type/Font>>", DF_PDF_UNUSED_FONT},
    {"<</Subtype/Image/Length 0>>\nstream\n\nendstream", DF_PDF_UNUSED_CONTENT},
    {"<</S/JavaScript>>", DF_PDF_JAVASCRIPT},
};

static void
look(const char *body, bool used, enum df_pdf_activity what)
{
    struct mh_arena *arena = mh_arena_new(4 << 20);
    struct df_pdf_actives found;
    struct df_notes notes;
    struct mh_err err = {0};
    struct df_pdf *pdf;
    struct pm m;

    df_notes_init(&notes, arena);
    pm_base(&m, used ? "/X 5 0 R" : "");
    pm_obj(&m, 5, body);
    pm_end(&m, "");
    T_CHECK(body, df_pdf_open(mh_buf_get(&m.out), NULL, arena, &notes, &err,
                      &pdf) == MH_OK);
    T_CHECK(body, df_pdf_active(pdf, 0, &err, &found) == MH_OK);
    T_CHECK(body, found.unread == 0);
    if (what == DF_PDF_ACTIVITIES) {
        T_CHECK(body, found.count == 0);
    } else {
        T_CHECK(body, found.count == 1 && found.total[what] == 1);
        T_CHECK(body, found.item[0].what == what && found.item[0].num == 5);
        T_CHECK(
            body, memcmp(m.out.ptr + found.item[0].offset, "5 0 obj", 7) == 0);
    }
    mh_arena_free(arena);
    mh_buf_fini(&m.out);
}

static void
test_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        look(rows[i].body, true, rows[i].what);
    for (size_t i = 0; i < T_COUNT(unused); i++)
        look(unused[i].body, false, unused[i].what);
    for (int i = 0; i < DF_PDF_ACTIVITIES; i++)
        assert_true(strlen(df_pdf_activity_name((enum df_pdf_activity)i)) > 2);
    assert_string_equal(df_pdf_activity_name(DF_PDF_ACTIVITIES), "");
}

/* By revision; objects in streams; what cannot be read; the limit. */
static void
test_whole(void **state)
{
    struct mh_arena *arena = mh_arena_new(16 << 20);
    struct df_pdf_actives found;
    struct df_notes notes;
    struct df_pdf *pdf;
    struct mh_buf many;
    struct pm m;

    (void)state;
    df_notes_init(&notes, arena);
    mh_buf_init(&many, 1 << 16);
    mh_buf_str(&many, "[");
    for (unsigned i = 0; i <= MH_PDF_ACTIVE_MAX; i++)
        mh_buf_str(&many, "<</S/URI>>");
    mh_buf_str(&many, "]");
    mh_buf_byte(&many, 0);
    pm_base(&m, "/X 5 0 R");
    pm_obj(&m, 5, "[7 0 R]");
    pm_packed(&m, 6, 7, "<</S/Launch>>");
    pm_obj(&m, 8, "<</A/B");
    pm_end_refs(&m, 9, "");
    pm_obj(&m, 5, (const char *)many.ptr);
    pm_end_refs(&m, 9, "");
    assert_int_equal(
        df_pdf_open(mh_buf_get(&m.out), NULL, arena, &notes, NULL, &pdf),
        MH_OK);
    assert_int_equal(df_pdf_active(pdf, 0, NULL, &found), MH_OK);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.item[0].what, DF_PDF_LAUNCH);
    assert_memory_equal(m.out.ptr + found.item[0].offset, "6 0 obj", 7);
    assert_int_equal(found.unread, 1);
    assert_int_equal(df_pdf_active(pdf, 1, NULL, &found), MH_OK);
    assert_int_equal(found.count, MH_PDF_ACTIVE_MAX);
    assert_int_equal(found.total[DF_PDF_LINK], MH_PDF_ACTIVE_MAX + 1);
    assert_int_equal(found.total[DF_PDF_LAUNCH], 1);
    mh_buf_fini(&many);
    mh_buf_fini(&m.out);
    mh_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
