/* Pages are counted by walking their tree; what is no tree has no number. */
#include "tests/t.h"

#include "docformat/pdf/pages.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/wire/codes.h"
#include "tests/docformat/pdfmake.h"

enum {
    ARENA = 512 << 20,
    FILE_MAX = 32 << 20,
};

struct counted {
    enum mh_code code;
    struct mh_err err;
    uint32_t pages;
};

static struct counted
count(struct mh_span file)
{
    struct counted c = {.pages = 99};
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct df_notes notes;
    struct df_pdf *pdf = NULL;

    assert_non_null(arena);
    df_notes_init(&notes, arena);
    assert_int_equal(
        df_pdf_open(file, NULL, arena, &notes, &c.err, &pdf), MH_OK);
    c.code = df_pdf_count_pages(pdf, &c.err, &c.pages);
    mh_arena_free(arena);
    return c;
}

/* Objects 2 to 5 of a file whose catalog says where its tree is. */
struct row {
    const char *name, *tree, *obj[4];
    enum mh_code code;
    uint32_t pages;
};

#define PAGE "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
static const struct row rows[] = {
    {"one", "2 0 R", {"<</Type/Pages/Kids[3 0 R]/Count 1>>", PAGE}, MH_OK, 1},
    {"none", "2 0 R", {"<</Type/Pages/Kids[]/Count 0>>"}, MH_OK, 0},
    {"two levels", "2 0 R",
        {"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>", PAGE,
            "<</Type/Pages/Parent 2 0 R/Kids[5 0 R]/Count 1>>", PAGE},
        MH_OK, 2},
    {"/Count is too large", "2 0 R",
        {"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 999>>", PAGE, PAGE}, MH_OK, 2},
    {"/Count is too small", "2 0 R",
        {"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 1>>", PAGE, PAGE}, MH_OK, 2},
    {"/Count is negative", "2 0 R",
        {"<</Type/Pages/Kids[3 0 R]/Count -1>>", PAGE}, MH_OK, 1},
    {"no /Count", "2 0 R", {"<</Type/Pages/Kids[3 0 R]>>", PAGE}, MH_OK, 1},
    {"/Kids elsewhere", "2 0 R",
        {"<</Type/Pages/Kids 4 0 R/Count 1>>", PAGE, "[3 0 R]"}, MH_OK, 1},
    {"a node of itself", "2 0 R", {"<</Type/Pages/Kids[2 0 R]/Count 1>>"},
        MH_EFORMAT, 0},
    {"a cycle", "2 0 R",
        {"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>", PAGE,
            "<</Type/Pages/Parent 2 0 R/Kids[2 0 R]/Count 1>>"},
        MH_EFORMAT, 0},
    {"a page twice", "2 0 R",
        {"<</Type/Pages/Kids[3 0 R 3 0 R]/Count 2>>", PAGE}, MH_EFORMAT, 0},
    {"a page that is none", "2 0 R",
        {"<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</MediaBox[0 0 9 9]>>"},
        MH_EFORMAT, 0},
    {"a page with kids", "2 0 R",
        {"<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Kids[]>>"},
        MH_EFORMAT, 0},
    {"a node without kids", "2 0 R", {"<</Type/Pages/Count 1>>"}, MH_EFORMAT,
        0},
    {"kids that are none", "2 0 R", {"<</Type/Pages/Kids 3/Count 1>>"},
        MH_EFORMAT, 0},
    {"a kid that is not there", "2 0 R", {"<</Type/Pages/Kids[9 0 R]>>"},
        MH_EFORMAT, 0},
    {"a direct kid", "2 0 R", {"<</Type/Pages/Kids[<</Type/Page>>]>>"},
        MH_EFORMAT, 0},
    {"a number as kid", "2 0 R", {"<</Type/Pages/Kids[7]>>"}, MH_EFORMAT, 0},
    {"no tree", "null", {"null"}, MH_EFORMAT, 0},
};

static void
test_trees(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[100];
        struct counted c;
        struct pm m;

        pm_begin(&m);
        (void)snprintf(text, sizeof(text), "<</Type/Catalog/Pages %s>>",
            rows[i].tree); /* fits */
        pm_obj(&m, 1, text);
        for (unsigned k = 0; k < 4; k++)
            if (rows[i].obj[k] != NULL)
                pm_obj(&m, k + 2, rows[i].obj[k]);
        pm_end(&m, "");
        c = count(mh_buf_get(&m.out));
        T_CHECK(rows[i].name, c.code == rows[i].code);
        T_CHECK(rows[i].name, c.pages == rows[i].pages);
        T_CHECK(rows[i].name,
            c.err.finding == (c.code == MH_OK ? 0 : MH_F_PDF_OBJECT));
        mh_buf_fini(&m.out);
    }
}

/* The last revision counts, and so does what stands in an object stream. */
static void
test_revisions(void **state)
{
    struct counted c;
    struct pm m;

    (void)state;
    pm_base(&m, "");
    pm_end(&m, "");
    pm_obj(&m, 2, "<</Type/Pages/Kids[3 0 R 6 0 R]/Count 2>>");
    pm_packed(&m, 8, 6, PAGE);
    pm_end_refs(&m, 9, "");
    c = count(mh_buf_get(&m.out));
    assert_int_equal(c.code, MH_OK);
    assert_int_equal(c.pages, 2);
    mh_buf_fini(&m.out);
}

/* A chain of nodes, the last of which is a page. */
static void
test_depth(void **state)
{
    (void)state;
    for (unsigned past = 0; past < 2; past++) {
        unsigned last = 2 + MH_PDF_PAGE_DEPTH + past;
        char text[64];
        struct counted c;
        struct pm m;

        pm_begin(&m);
        pm_obj(&m, 1, "<</Type/Catalog/Pages 2 0 R>>");
        for (unsigned i = 2; i < last; i++) {
            (void)snprintf(
                text, sizeof(text), "<</Type/Pages/Kids[%u 0 R]>>", i + 1);
            pm_obj(&m, i, text);
        }
        pm_obj(&m, last, PAGE);
        pm_end(&m, "");
        c = count(mh_buf_get(&m.out));
        assert_int_equal(c.code, past != 0 ? MH_ELIMIT : MH_OK);
        assert_int_equal(c.err.finding, past != 0 ? MH_F_PDF_LIMIT : 0);
        assert_int_equal(c.pages, past != 0 ? 0 : 1);
        mh_buf_fini(&m.out);
    }
}

/* A node and so many pages under it. */
static void
wide(unsigned pages, struct mh_buf *out)
{
    size_t *at = calloc(pages + 3, sizeof(*at)), section;

    assert_non_null(at);
    mh_buf_init(out, FILE_MAX);
    mh_buf_str(out, "%PDF-1.7\n");
    at[1] = out->len;
    mh_buf_str(out, "1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n");
    at[2] = out->len;
    mh_buf_str(out, "2 0 obj\n<</Type/Pages/Kids[");
    for (unsigned i = 0; i < pages; i++)
        mh_buf_printf(out, "%u 0 R\n", i + 3);
    mh_buf_printf(out, "]/Count %u>>\nendobj\n", pages);
    for (unsigned i = 0; i < pages; i++) {
        at[i + 3] = out->len;
        mh_buf_printf(out, "%u 0 obj\n" PAGE "\nendobj\n", i + 3);
    }
    section = out->len;
    mh_buf_printf(out, "xref\n0 %u\n0000000000 65535 f \n", pages + 3);
    for (unsigned i = 1; i < pages + 3; i++)
        mh_buf_printf(out, "%010zu 00000 n \n", at[i]);
    mh_buf_printf(out,
        "trailer\n<</Size %u/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n",
        pages + 3, section);
    assert_true(mh_buf_ok(out));
    free(at);
}

static void
test_nodes(void **state)
{
    (void)state;
    for (unsigned past = 0; past < 2; past++) {
        unsigned pages = MH_PDF_PAGES_MAX - 1 + past;
        struct mh_buf file;
        struct counted c;

        wide(pages, &file);
        c = count(mh_buf_get(&file));
        assert_int_equal(c.code, past != 0 ? MH_ELIMIT : MH_OK);
        assert_int_equal(c.err.finding, past != 0 ? MH_F_PDF_LIMIT : 0);
        assert_int_equal(c.pages, past != 0 ? 0 : pages);
        mh_buf_fini(&file);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trees),
        cmocka_unit_test(test_revisions),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_nodes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
