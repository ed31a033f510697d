#include "tests/t.h"

#include "docformat/pdf/writefield.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "docformat/pdf/writedss.h"
#include "tests/docformat/pdfmake.h"

static const uint8_t id[DF_PDF_ID] = {0xab};

/* A file that is being added to, and what came out. */
struct job {
    struct mh_arena *arena;
    struct df_notes notes;
    struct mh_err err;
    struct df_pdf *pdf, *after;
    struct df_pdf_write *w;
    struct mh_buf out;
};

static void
begin(struct job *j, struct mh_span file)
{
    memset(j, 0, sizeof(*j));
    j->arena = mh_arena_new(64 << 20);
    df_notes_init(&j->notes, j->arena);
    mh_buf_init(&j->out, 32 << 20);
    mh_buf_span(&j->out, file);
    assert_int_equal(
        df_pdf_open(file, NULL, j->arena, &j->notes, &j->err, &j->pdf), MH_OK);
    assert_int_equal(
        df_pdf_write_begin(j->pdf, NULL, j->arena, &j->err, &j->w), MH_OK);
}

static void
take(void *ctx, struct mh_span bytes)
{
    mh_buf_span(ctx, bytes);
}

/* Writes, and opens what was written. */
static void
end(struct job *j)
{
    const struct df_sink sink = {&j->out, take};
    struct df_pdf_layout layout;

    assert_int_equal(
        df_pdf_write_layout(j->w, 0, 0, id, &j->err, &layout), MH_OK);
    assert_int_equal(layout.start, j->out.len);
    df_pdf_write_emit(j->w, &sink);
    assert_int_equal(j->out.len, layout.start + layout.length);
    assert_int_equal(df_pdf_open(mh_buf_get(&j->out), NULL, j->arena, &j->notes,
                         &j->err, &j->after),
        MH_OK);
    assert_int_equal(df_pdf_revisions(j->after), df_pdf_revisions(j->pdf) + 1);
    assert_int_equal(
        df_pdf_account(j->after, df_pdf_revisions(j->pdf) - 1, &j->err), MH_OK);
}

static void
fini(struct job *j)
{
    mh_buf_fini(&j->out);
    mh_arena_free(j->arena);
}

static bool
wrote(const struct job *j, const char *text)
{
    size_t from = df_pdf_file(j->pdf).len;

    return memmem(j->out.ptr + from, j->out.len - from, text, strlen(text)) !=
           NULL;
}

static void
test_numbers(void **state)
{
    static const struct {
        const char *name, *find, *with;
        unsigned next;
    } rows[] = {
        {"as counted", "/Size 5", "/Size 5", 5},
        {"more claimed", "/Size 5", "/Size 77", 77},
        {"fewer claimed", "/Size 5", "/Size 2", 5},
        {"the last one", "/Size 5", "/Size 7999999", 7999999},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct job j;
        struct pm m;
        uint32_t num;

        pm_base(&m, "");
        pm_end(&m, "");
        assert_true(pm_replace(&m.out, rows[i].find, rows[i].with));
        begin(&j, mh_buf_get(&m.out));
        assert_int_equal(df_pdf_write_number(j.w, &j.err, &num), MH_OK);
        T_CHECK(rows[i].name, num == rows[i].next);
        if (num == MH_PDF_OBJECTS_MAX - 1) {
            T_CHECK(rows[i].name,
                df_pdf_write_number(j.w, &j.err, &num) == MH_ELIMIT);
            T_CHECK(rows[i].name, j.err.finding == MH_F_PDF_LIMIT);
        }
        fini(&j);
        mh_buf_fini(&m.out);
    }
}

static void
test_no_number_left(void **state)
{
    struct df_pdf_write *w;
    struct job j;
    struct pm m;

    (void)state;
    pm_base(&m, "");
    pm_end(&m, "");
    assert_true(pm_replace(&m.out, "/Size 5", "/Size 8000000"));
    memset(&j, 0, sizeof(j));
    j.arena = mh_arena_new(1 << 20);
    df_notes_init(&j.notes, j.arena);
    assert_int_equal(df_pdf_open(mh_buf_get(&m.out), NULL, j.arena, &j.notes,
                         &j.err, &j.pdf),
        MH_OK);
    assert_int_equal(
        df_pdf_write_begin(j.pdf, NULL, j.arena, &j.err, &w), MH_ELIMIT);
    assert_int_equal(j.err.finding, MH_F_PDF_LIMIT);
    fini(&j);
    mh_buf_fini(&m.out);
}

/* What becomes of "<</Type/Catalog/Pages 2 0 R" and more of the catalog. */
static void
test_set(void **state)
{
    static const struct {
        const char *name, *more, *key, *text, *want;
    } rows[] = {
        {"absent", "", "X", "7",
            "1 0 obj\n<</Type/Catalog/Pages 2 0 R\n/X 7>>\nendobj\n"},
        {"present", "/X(a)/Y 1", "X", "7",
            "1 0 obj\n<</Type/Catalog/Pages 2 0 R/X 7/Y 1>>\nendobj\n"},
        {"null", "/X null", "X", "7",
            "1 0 obj\n<</Type/Catalog/Pages 2 0 R/X  7>>\nendobj\n"},
        {"a reference", "/X 3 0 R", "X", "[1]",
            "1 0 obj\n<</Type/Catalog/Pages 2 0 R/X  [1]>>\nendobj\n"},
        {"the rest as written", "/X 1 % note\n/Y +007 /Z<4 1>", "W", "7",
            "1 0 obj\n<</Type/Catalog/Pages 2 0 R/X 1 % note\n/Y +007 /Z<4 1>"
            "\n/W 7>>\nendobj\n"},
        {"behind a comment", "/X 1 % note\n", "W", "7",
            "1 0 obj\n<</Type/Catalog/Pages 2 0 R/X 1 % note\n\n/W 7>>\n"
            "endobj\n"},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        const struct df_pdf_obj *obj, *root;
        struct df_pdf_edit *edit;
        struct job j;
        struct pm m;

        pm_base(&m, rows[i].more);
        pm_end(&m, "");
        begin(&j, mh_buf_get(&m.out));
        assert_int_equal(df_pdf_write_edit(j.w, 1, &j.err, &edit, &obj), MH_OK);
        assert_int_equal(
            df_pdf_edit_set(j.w, edit, obj, rows[i].key, rows[i].text, &j.err),
            MH_OK);
        end(&j);
        T_CHECK(rows[i].name, wrote(&j, rows[i].want));
        assert_int_equal(df_pdf_root(j.after, 1, &j.err, &root), MH_OK);
        T_CHECK(rows[i].name, df_pdf_key(root, rows[i].key) != NULL);
        fini(&j);
        mh_buf_fini(&m.out);
    }
}

static void
test_lists(void **state)
{
    static const struct {
        const char *name, *page, *other, *want;
    } rows[] = {
        {"absent", "", "null", "/Annots [9 0 R]>>"},
        {"direct", "/Annots[3 0 R]", "null", "/Annots[3 0 R 9 0 R]>>"},
        {"empty", "/Annots[ ]", "null", "/Annots[  9 0 R]>>"},
        {"of its own", "/Annots 5 0 R", "[ 3 0 R]",
            "5 0 obj\n[ 3 0 R 9 0 R]\nendobj\n"},
        {"reference to null", "/Annots 5 0 R", "null", "/Annots  [9 0 R]>>"},
        {"reference to nothing", "/Annots 90 0 R", "null",
            "/Annots  [9 0 R]>>"},
        {"null", "/Annots null", "null", "/Annots  [9 0 R]>>"},
        {"two steps", "/Annots 6 0 R", "[3 0 R]",
            "5 0 obj\n[3 0 R 9 0 R]\nendobj\n"},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        const struct df_pdf_obj *obj;
        struct df_pdf_edit *edit;
        char page[200];
        struct job j;
        struct pm m;

        pm_base(&m, "");
        (void)snprintf(page, sizeof(page),
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]%s>>", rows[i].page);
        pm_obj(&m, 3, page);
        pm_obj(&m, 5, rows[i].other);
        pm_obj(&m, 6, "5 0 R");
        pm_end(&m, "");
        begin(&j, mh_buf_get(&m.out));
        assert_int_equal(df_pdf_write_edit(j.w, 3, &j.err, &edit, &obj), MH_OK);
        assert_int_equal(
            df_pdf_edit_list(j.w, edit, obj, "Annots", "9 0 R", &j.err), MH_OK);
        end(&j);
        T_CHECK(rows[i].name, wrote(&j, rows[i].want));
        fini(&j);
        mh_buf_fini(&m.out);
    }
}

/* An object of an object stream gets a place of its own. */
static void
test_packed(void **state)
{
    const struct df_pdf_obj *obj;
    struct df_pdf_edit *edit;
    struct df_pdf_entry e;
    struct job j;
    struct pm m;

    (void)state;
    pm_begin(&m);
    pm_obj(&m, 1, "<</Type/Catalog/Pages 2 0 R>>");
    pm_packed(&m, 8, 2, "<</Type/Pages/Kids[]/Count 0>>");
    pm_end_refs(&m, 9, "/ID[<01><02>]");
    begin(&j, mh_buf_get(&m.out));
    assert_int_equal(df_pdf_write_edit(j.w, 2, &j.err, &edit, &obj), MH_OK);
    assert_int_equal(
        df_pdf_edit_set(j.w, edit, obj, "Count", "00", &j.err), MH_OK);
    end(&j);
    assert_true(
        wrote(&j, "2 0 obj\n<</Type/Pages/Kids[]/Count  00>>\nendobj\n"));
    assert_true(wrote(&j, "/Index[2 1 10 1]"));
    assert_true(wrote(&j, "/ID[<01><ab000000000000000000000000000000>]"));
    assert_int_equal(df_pdf_find(j.after, 1, 2, &j.err, &e), MH_OK);
    assert_int_equal(e.where, DF_PDF_AT);
    assert_int_equal(e.gen, 0);
    assert_int_equal(df_pdf_revision(j.after, 1)->kind, DF_PDF_XREFSTM);
    fini(&j);
    mh_buf_fini(&m.out);
}

/* A hybrid file goes on with a table that names no stream. */
static void
test_hybrid(void **state)
{
    uint32_t a, b, c;
    struct job j;
    struct pm m;

    (void)state;
    pm_base(&m, "");
    pm_end_hybrid(&m, 9);
    begin(&j, mh_buf_get(&m.out));
    assert_int_equal(df_pdf_write_number(j.w, &j.err, &a), MH_OK);
    assert_int_equal(df_pdf_write_number(j.w, &j.err, &b), MH_OK);
    assert_int_equal(df_pdf_write_number(j.w, &j.err, &c), MH_OK);
    assert_int_equal(
        df_pdf_write_object(j.w, c, MH_SPAN_LIT("3"), &j.err), MH_OK);
    assert_int_equal(
        df_pdf_write_object(j.w, a, MH_SPAN_LIT("1"), &j.err), MH_OK);
    assert_int_equal(
        df_pdf_write_stream(j.w, b, "/K 1", MH_SPAN_LIT("data"), false, &j.err),
        MH_OK);
    end(&j);
    assert_true(wrote(&j, "xref\n10 3\n"));
    assert_true(
        wrote(&j, "<</K 1/Length 4>>\nstream\ndata\nendstream\nendobj\n"));
    assert_false(wrote(&j, "XRefStm"));
    assert_int_equal(df_pdf_revision(j.after, 1)->kind, DF_PDF_TABLE);
    fini(&j);
    mh_buf_fini(&m.out);
}

static void
test_line_end(void **state)
{
    uint32_t num;
    struct job j;
    struct pm m;

    (void)state;
    pm_base(&m, "");
    pm_end(&m, "");
    m.out.len--;
    begin(&j, mh_buf_get(&m.out));
    assert_int_equal(df_pdf_write_number(j.w, &j.err, &num), MH_OK);
    assert_int_equal(
        df_pdf_write_object(j.w, num, MH_SPAN_LIT("1"), &j.err), MH_OK);
    end(&j);
    assert_true(wrote(&j, "\n5 0 obj\n1\nendobj\n"));
    assert_int_equal(df_pdf_write_where(j.w, num),
        df_pdf_file(j.pdf).len + sizeof("\n5 0 obj\n") - 1);
    fini(&j);
    mh_buf_fini(&m.out);
}

/* "Encrypts": the number, then every byte with its bits turned. */
static enum mh_code
turn(void *ctx, const struct df_pdf_secret *s, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out)
{
    uint8_t *p = mh_arena_raw(arena, s->data.len + 1);

    (void)ctx;
    (void)err;
    assert_non_null(p);
    p[0] = (uint8_t)s->num;
    for (size_t i = 0; i < s->data.len; i++)
        p[i + 1] = (uint8_t)~s->data.ptr[i];
    *out = (struct mh_span){p, s->data.len + 1};
    return MH_OK;
}

static enum mh_code
accept(void *ctx, const struct df_pdf *pdf, const struct df_pdf_obj *encrypt,
    struct mh_span first, struct mh_err *err)
{
    (void)ctx;
    (void)pdf;
    (void)encrypt;
    (void)first;
    (void)err;
    return MH_OK;
}

static enum mh_code
turn_back(void *ctx, const struct df_pdf_secret *s, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out)
{
    (void)ctx;
    (void)arena;
    (void)err;
    *out = s->data; /* nothing here looks at it */
    return MH_OK;
}

/* What of a text is encrypted, and for which object. */
static void
test_seal(void **state)
{
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"<</A(a)/B 1>>", "<</A<079e>/B 1>>"},
        {"<</A<41>/B<</C<4>>>>>", "<</A<07be>/B<</C<07bf>>>>>"},
        {"[(a(b)\\))(c)]", "[<079ed79dd6d6><079c>]"},
        {"/A#28 % (x)\n(y)", "/A#28 % (x)\n<0786>"},
        {"/Reg(), <>", "/Reg<07>, <07>"},
        {"no string", "no string"},
    };
    static const struct df_pdf_crypto crypto = {NULL, accept, turn_back};
    static const struct df_pdf_cipher cipher = {NULL, turn};
    struct df_pdf_write *w;
    struct mh_span out;
    struct job j;
    struct pm m;

    (void)state;
    pm_base(&m, "");
    pm_obj(&m, 5, "<</Filter/Standard>>");
    pm_end(&m, "/Encrypt 5 0 R/ID[<01><02>]");
    memset(&j, 0, sizeof(j));
    j.arena = mh_arena_new(1 << 20);
    df_notes_init(&j.notes, j.arena);
    assert_int_equal(df_pdf_open(mh_buf_get(&m.out), &crypto, j.arena, &j.notes,
                         &j.err, &j.pdf),
        MH_OK);
    assert_int_equal(
        df_pdf_write_begin(j.pdf, NULL, j.arena, &j.err, &w), MH_EUNSUP);
    assert_int_equal(j.err.finding, MH_F_PDF_ENCRYPTED);
    assert_int_equal(
        df_pdf_write_begin(j.pdf, &cipher, j.arena, &j.err, &w), MH_OK);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        assert_int_equal(
            df_pdf_write_seal(w, 7, mh_span_str(rows[i].in), &j.err, &out),
            MH_OK);
        if (!mh_span_is(out, rows[i].want))
            fail_msg(
                "%s: %.*s", rows[i].in, (int)out.len, (const char *)out.ptr);
    }
    assert_int_equal(
        df_pdf_write_seal(w, 7, MH_SPAN_LIT("(open"), &j.err, &out),
        MH_EFORMAT);
    mh_arena_free(j.arena);
    mh_buf_fini(&m.out);
}

static void
test_strings(void **state)
{
    static const struct {
        const char *in, *want;
    } rows[] = {{"abc", "(abc)"}, {"", "()"}, {"a(b)\\c", "(a\\(b\\)\\\\c)"},
        {"Ə", "<FEFF018F>"}, {"aЖ", "<FEFF00610416>"},
        {"\xf0\x9f\x96\x8b", "<FEFFD83DDD8B>"}, {"a\nb", "<FEFF0061000A0062>"},
        {"\xff", NULL}};
    struct mh_arena *arena = mh_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        const char *got = df_pdf_string(arena, mh_span_str(rows[i].in));

        T_CHECK(rows[i].in, (got == NULL) == (rows[i].want == NULL));
        T_CHECK(rows[i].in, got == NULL || strcmp(got, rows[i].want) == 0);
    }
    assert_string_equal(
        df_pdf_write_date(arena, 1654000000), "(D:20220531122640Z)");
    assert_null(df_pdf_write_date(arena, INT64_MAX));
    mh_arena_free(arena);
}

static void
test_place(void **state)
{
    /* A page of 10,20 to 110,220; shown 5,7 with 30 by 40. */
    static const struct {
        unsigned rotate;
        double unit, rect[4], matrix[6];
    } rows[] = {
        {0, 1, {15, 27, 45, 67}, {1, 0, 0, 1, 0, 0}},
        {90, 1, {63, 25, 103, 55}, {0, 1, -1, 0, 40, 0}},
        {180, 1, {75, 173, 105, 213}, {-1, 0, 0, -1, 30, 40}},
        {270, 1, {17, 185, 57, 215}, {0, -1, 1, 0, 0, 30}},
        {0, 2, {12.5, 23.5, 27.5, 43.5}, {1, 0, 0, 1, 0, 0}},
    };
    static const double shown[4] = {5, 7, 30, 40};

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        const struct df_pdf_page page = {.rotate = rows[i].rotate,
            .box = {10, 20, 110, 220},
            .unit = rows[i].unit};
        double rect[4], matrix[6];

        df_pdf_place(&page, shown, rect, matrix);
        assert_memory_equal(rect, rows[i].rect, sizeof(rect));
        for (size_t k = 0; k < 6; k++)
            assert_true(matrix[k] == rows[i].matrix[k]);
    }
}

static void
test_pages(void **state)
{
    static const struct {
        const char *name, *pages, *page;
        unsigned number;
        enum mh_code code;
        double w, h;
        unsigned rotate;
    } rows[] = {
        {"plain", "", "/MediaBox[0 0 100 200]", 1, MH_OK, 100, 200, 0},
        {"inherited", "/MediaBox[0 0 100 200]/Rotate 90", "", 1, MH_OK, 200,
            100, 90},
        {"turned back", "/Rotate 90", "/MediaBox[100 200 0 0]/Rotate -90", 1,
            MH_OK, 200, 100, 270},
        {"cropped", "/CropBox[10 10 60 1000]", "/MediaBox[0 0 100 200]", 1,
            MH_OK, 50, 190, 0},
        {"reals", "", "/MediaBox[-.5 +0 99.50 200.]/UserUnit 2.0", 1, MH_OK,
            200, 400, 0},
        {"no second one", "", "/MediaBox[0 0 100 200]", 2, MH_EFORMAT, 0, 0, 0},
        {"none before the first", "", "/MediaBox[0 0 9 9]", 0, MH_EFORMAT, 0, 0,
            0},
        {"no box", "", "", 1, MH_EFORMAT, 0, 0, 0},
        {"empty box", "", "/MediaBox[0 0 0 9]", 1, MH_EFORMAT, 0, 0, 0},
        {"box of names", "", "/MediaBox[/a 0 0 9]", 1, MH_EFORMAT, 0, 0, 0},
        {"three numbers", "", "/MediaBox[0 0 9]", 1, MH_EFORMAT, 0, 0, 0},
        {"cropped away", "/CropBox[200 0 300 9]", "/MediaBox[0 0 9 9]", 1,
            MH_EFORMAT, 0, 0, 0},
        {"45 degrees", "", "/MediaBox[0 0 9 9]/Rotate 45", 1, MH_EFORMAT, 0, 0,
            0},
        {"no unit", "", "/MediaBox[0 0 9 9]/UserUnit 0", 1, MH_EFORMAT, 0, 0,
            0},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct df_pdf_page page;
        char text[200];
        struct job j;
        struct pm m;

        pm_base(&m, "");
        (void)snprintf(text, sizeof(text),
            "<</Type/Pages/Kids[3 0 R]/Count 1%s>>", rows[i].pages);
        pm_obj(&m, 2, text);
        (void)snprintf(
            text, sizeof(text), "<</Type/Page/Parent 2 0 R%s>>", rows[i].page);
        pm_obj(&m, 3, text);
        pm_end(&m, "");
        begin(&j, mh_buf_get(&m.out));
        T_CHECK(rows[i].name, df_pdf_find_page(j.pdf, rows[i].number, &j.err,
                                  &page) == rows[i].code);
        if (rows[i].code == MH_OK)
            T_CHECK(rows[i].name, page.w == rows[i].w && page.h == rows[i].h &&
                                      page.rotate == rows[i].rotate &&
                                      page.num == 3);
        fini(&j);
        mh_buf_fini(&m.out);
    }
}

/* A tree of so many nodes above the page. */
static enum mh_code
deep(unsigned depth)
{
    struct df_pdf_page page;
    enum mh_code code;
    struct job j;
    struct pm m;

    pm_begin(&m);
    pm_obj(&m, 1, "<</Type/Catalog/Pages 2 0 R>>");
    for (unsigned i = 0; i < depth; i++) {
        char text[80];

        (void)snprintf(
            text, sizeof(text), "<</Type/Pages/Kids[%u 0 R]>>", i + 3);
        pm_obj(&m, i + 2, text);
    }
    pm_obj(&m, depth + 2, "<</Type/Page/MediaBox[0 0 9 9]>>");
    pm_end(&m, "");
    begin(&j, mh_buf_get(&m.out));
    code = df_pdf_find_page(j.pdf, 1, &j.err, &page);
    fini(&j);
    mh_buf_fini(&m.out);
    return code;
}

static void
test_deep(void **state)
{
    (void)state;
    assert_int_equal(deep(MH_PDF_PAGE_DEPTH), MH_OK);
    assert_int_equal(deep(MH_PDF_PAGE_DEPTH + 1), MH_ELIMIT);
}

/* A tree with so many empty nodes before its page. */
static enum mh_code
wide(size_t nodes)
{
    struct df_pdf_page page;
    enum mh_code code;
    struct job j;
    struct pm m;

    pm_base(&m, "");
    m.out.max = 16 << 20;
    pm_obj(&m, 5, "<</Type/Pages/Kids[]>>");
    pm_note(&m, 2);
    mh_buf_str(&m.out, "2 0 obj\n<</Kids[");
    for (size_t i = 0; i < nodes; i++)
        mh_buf_str(&m.out, "5 0 R ");
    mh_buf_str(&m.out, "3 0 R]>>\nendobj\n");
    pm_end(&m, "");
    memset(&j, 0, sizeof(j));
    j.arena = mh_arena_new(512 << 20);
    df_notes_init(&j.notes, j.arena);
    assert_int_equal(df_pdf_open(mh_buf_get(&m.out), NULL, j.arena, &j.notes,
                         &j.err, &j.pdf),
        MH_OK);
    code = df_pdf_find_page(j.pdf, 1, &j.err, &page);
    mh_arena_free(j.arena);
    mh_buf_fini(&m.out);
    return code;
}

static void
test_wide(void **state)
{
    (void)state;
    /* The root and the page are nodes as well. */
    assert_int_equal(wide(MH_PDF_PAGE_VISITS - 2), MH_OK);
    assert_int_equal(wide(MH_PDF_PAGE_VISITS - 1), MH_ELIMIT);
}

static void
test_dss(void **state)
{
    static const struct mh_span first[] = {{(const uint8_t *)"one", 3},
        {(const uint8_t *)"two", 3}, {(const uint8_t *)"one", 3}};
    static const char *const keys[] = {
        "0123456789ABCDEF0123456789ABCDEF01234567",
        "89ABCDEF0123456789ABCDEF0123456701234567"};
    struct df_pdf_dss dss = {
        .value = {first}, .count = {3}, .vri = keys, .vris = 1};
    struct job j, k;
    struct pm m;

    (void)state;
    pm_base(&m, "/Extensions<</ADBE<</BaseVersion/1.7>>>>");
    pm_end(&m, "");
    begin(&j, mh_buf_get(&m.out));
    assert_int_equal(df_pdf_add_dss(j.w, j.pdf, &dss, &j.err), MH_OK);
    assert_int_equal(df_pdf_add_extension(j.w, j.pdf, &j.err), MH_OK);
    end(&j);
    assert_true(wrote(&j, "<</Certs[5 0 R 6 0 R]/VRI<</01234567"));
    assert_true(wrote(&j, "/ESIC <</BaseVersion/1.7/ExtensionLevel 5>>"));
    assert_true(wrote(&j, "/ADBE"));
    /* Once more with one that is there and one that is not. */
    begin(&k, mh_buf_get(&j.out));
    dss.value[DF_PDF_DSS_CRLS] = first + 1;
    dss.count[DF_PDF_DSS_CRLS] = 1;
    dss.count[DF_PDF_DSS_CERTS] = 1;
    dss.vris = 2;
    assert_int_equal(df_pdf_add_dss(k.w, k.pdf, &dss, &k.err), MH_OK);
    assert_int_equal(df_pdf_add_extension(k.w, k.pdf, &k.err), MH_OK);
    end(&k);
    assert_true(wrote(&k, "/Certs[5 0 R 6 0 R]"));
    /* The entry that was there says what it said; the new one has its own. */
    assert_true(wrote(&k,
        "/0123456789ABCDEF0123456789ABCDEF01234567 <</Cert[5 0 R 6 0 R]>>"));
    assert_true(wrote(&k, "/89ABCDEF0123456789ABCDEF0123456701234567 <</Cert[5 "
                          "0 R]/CRL[8 0 R]>>"));
    assert_true(wrote(&k, "/CRLs [8 0 R]"));
    assert_false(wrote(&k, "ESIC"));
    fini(&k);
    fini(&j);
    mh_buf_fini(&m.out);
}

/* Lists of any length, and the most that a store may have. */
static void
test_dss_long(void **state)
{
    static char text[MH_PDF_DSS_MAX + 1][8];
    static struct mh_span value[MH_PDF_DSS_MAX + 1];
    struct df_pdf_dss dss = {.value = {value}};
    struct mh_buf file;
    struct pm m;

    (void)state;
    for (unsigned i = 0; i <= MH_PDF_DSS_MAX; i++) {
        (void)snprintf(text[i], sizeof(text[i]), "%u", i);
        value[i] = mh_span_str(text[i]);
    }
    pm_base(&m, "");
    pm_end(&m, "");
    mh_buf_init(&file, 32 << 20);
    mh_buf_span(&file, mh_buf_get(&m.out));
    /* 600 values, then 300 of them again with 300 new ones. */
    for (unsigned i = 0; i < 2; i++) {
        const struct df_pdf_obj *root, *store, *certs;
        struct job j;

        dss.value[0] = value + (i == 0 ? 0 : 300);
        dss.count[0] = 600;
        begin(&j, mh_buf_get(&file));
        assert_int_equal(df_pdf_add_dss(j.w, j.pdf, &dss, &j.err), MH_OK);
        end(&j);
        assert_int_equal(df_pdf_root(j.after, i + 1, &j.err, &root), MH_OK);
        assert_int_equal(
            df_pdf_at(j.after, i + 1, root, "DSS", &j.err, &store), MH_OK);
        assert_int_equal(
            df_pdf_at(j.after, i + 1, store, "Certs", &j.err, &certs), MH_OK);
        assert_int_equal(certs->count, i == 0 ? 600 : 900);
        mh_buf_clear(&file);
        mh_buf_span(&file, mh_buf_get(&j.out));
        fini(&j);
    }
    for (unsigned i = 0; i < 2; i++) {
        struct job j;

        dss.value[0] = value;
        dss.count[0] = MH_PDF_DSS_MAX + i;
        begin(&j, mh_buf_get(&m.out));
        assert_int_equal(df_pdf_add_dss(j.w, j.pdf, &dss, &j.err),
            i == 0 ? MH_OK : MH_ELIMIT);
        assert_int_equal(j.err.finding, i == 0 ? 0 : MH_F_PDF_LIMIT);
        fini(&j);
    }
    mh_buf_fini(&file);
    mh_buf_fini(&m.out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_no_number_left),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_packed),
        cmocka_unit_test(test_hybrid),
        cmocka_unit_test(test_line_end),
        cmocka_unit_test(test_seal),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_dss),
        cmocka_unit_test(test_dss_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
