#include "tests/t.h"

#include "docformat/text/textpdf.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "docformat/pdf/pdf.h"
#include "docformat/text/appearance.h"
#include "docformat/text/layout.h"

static const uint8_t id[DF_PDF_ID] = {1, 2, 3};

enum {
    OUT_MAX = 64 << 20,
    ARENA = 256 << 20,
};

static enum mh_code
make(const struct df_text_block *block, size_t blocks, struct mh_arena *arena,
    struct mh_err *err, struct mh_buf *out)
{
    const struct df_textpdf doc = {.title = MH_SPAN_LIT("Title"),
        .lang = "az",
        .time = 1654000000,
        .id = id,
        .block = block,
        .blocks = blocks};

    return df_textpdf_write(&doc, arena, err, out);
}

static enum mh_code
make_plain(struct mh_span text, struct mh_err *err, struct mh_buf *out)
{
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct df_text_block *block;
    size_t blocks;
    enum mh_code code = df_textpdf_plain(text, arena, err, &block, &blocks);

    if (code == MH_OK)
        code = make(block, blocks, arena, err, out);
    mh_arena_free(arena);
    return code;
}

/* Pages of a file that our own reader takes; 0 where it does not. */
static size_t
pages_of(struct mh_span file)
{
    struct mh_arena *arena = mh_arena_new(ARENA);
    const struct df_pdf_obj *root, *pages, *count = NULL;
    struct df_notes notes;
    struct df_pdf *pdf;
    size_t n = 0;

    df_notes_init(&notes, arena);
    if (df_pdf_open(file, NULL, arena, &notes, NULL, &pdf) == MH_OK &&
        df_pdf_root(pdf, 0, NULL, &root) == MH_OK &&
        df_pdf_at(pdf, 0, root, "Pages", NULL, &pages) == MH_OK)
        count = df_pdf_key(pages, "Count");
    if (count != NULL && notes.count == 0)
        n = (size_t)count->integer;
    mh_arena_free(arena);
    return n;
}

static void
test_input(void **state)
{
    static const struct {
        const char *name, *text;
        enum mh_code code;
        const char *says;
    } rows[] = {
        {"nothing", "", MH_OK, ""},
        {"letters", "Əə Ğğ Iı İi Öö Şş Üü Çç Xx Qq", MH_OK, ""},
        {"Cyrillic", "Ёё Жж Щщ Ъъ Ыы Ээ Юю Яя №", MH_OK, ""},
        {"signs", "„“”«»–—…€ §", MH_OK, ""},
        {"line ends", "a\r\nb\n\nc", MH_OK, ""},
        {"a return alone", "a\rb", MH_EFORMAT, "U+000D"},
        {"a zero", "a\x01", MH_EFORMAT, "U+0001"},
        {"the manat sign", "150,00 ₼", MH_OK, ""},
        {"Chinese", "\xe4\xb8\xad", MH_EUNSUP, "U+4E2D"},
        {"a pen", "\xf0\x9f\x96\x8b", MH_EUNSUP, "U+1F58B"},
        {"overlong", "\xc0\xaf", MH_EFORMAT, "UTF-8"},
        {"a surrogate", "\xed\xa0\x80", MH_EFORMAT, "UTF-8"},
        {"cut", "\xc9", MH_EFORMAT, "UTF-8"},
        {"right to left", "\xe2\x80\xaeX", MH_EFORMAT, "U+202E"},
        {"line separator", "\xe2\x80\xa8", MH_EFORMAT, "U+2028"},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_err err = {0};
        struct mh_buf out;

        mh_buf_init(&out, OUT_MAX);
        T_CHECK(rows[i].name,
            make_plain(mh_span_str(rows[i].text), &err, &out) == rows[i].code);
        if (rows[i].code == MH_OK)
            T_CHECK(rows[i].name, pages_of(mh_buf_get(&out)) == 1);
        else
            T_CHECK(rows[i].name,
                out.len == 0 && strstr(err.msg, rows[i].says) != NULL);
        mh_buf_fini(&out);
    }
}

static void
test_choices(void **state)
{
    static const struct {
        const char *name, *title, *lang;
        int64_t time;
        enum mh_code code;
    } rows[] = {
        {"good", "T", "az", 0, MH_OK},
        {"no title", "", "az", 0, MH_EFORMAT},
        {"title with a control", "a\nb", "az", 0, MH_EFORMAT},
        {"no language", "T", "", 0, MH_EFORMAT},
        {"language that closes", "T", "az)", 0, MH_EFORMAT},
        {"no time", "T", "az", INT64_MIN, MH_EFORMAT},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_arena *arena = mh_arena_new(ARENA);
        const struct df_textpdf doc = {.title = mh_span_str(rows[i].title),
            .lang = rows[i].lang,
            .time = rows[i].time,
            .id = id};
        struct mh_err err = {0};
        struct mh_buf out;

        mh_buf_init(&out, OUT_MAX);
        T_CHECK(rows[i].name,
            df_textpdf_write(&doc, arena, &err, &out) == rows[i].code);
        T_CHECK(rows[i].name, (out.len > 0) == (rows[i].code == MH_OK));
        mh_buf_fini(&out);
        mh_arena_free(arena);
    }
}

static void
test_size(void **state)
{
    struct mh_span text = {NULL, MH_TEXT_SIZE_MAX};
    char *bytes = malloc(text.len + 1);
    struct mh_err err = {0};
    struct mh_buf out;

    (void)state;
    assert_non_null(bytes);
    memset(bytes, 'a', text.len + 1);
    for (size_t i = 6; i < text.len; i += 7)
        bytes[i] = ' ';
    text.ptr = (const uint8_t *)bytes;
    mh_buf_init(&out, OUT_MAX);
    assert_int_equal(make_plain(text, &err, &out), MH_OK);
    assert_true(pages_of(mh_buf_get(&out)) > 100);
    mh_buf_clear(&out);
    text.len++;
    assert_int_equal(make_plain(text, &err, &out), MH_ELIMIT);
    assert_int_equal(out.len, 0);
    mh_buf_fini(&out);
    free(bytes);
}

/* Lines of one page, and as many pages as there may be. */
static void
test_pages(void **state)
{
    struct mh_err err = {0};
    struct mh_buf out, text;
    size_t lines = 0;

    (void)state;
    mh_buf_init(&out, OUT_MAX);
    mh_buf_init(&text, MH_TEXT_SIZE_MAX);
    do {
        mh_buf_clear(&out);
        mh_buf_str(&text, "a\n");
        lines++;
        assert_int_equal(make_plain(mh_buf_get(&text), &err, &out), MH_OK);
    } while (pages_of(mh_buf_get(&out)) == 1);
    lines--;
    mh_buf_clear(&text);
    for (size_t i = 0; i < lines * MH_TEXT_PAGES_MAX; i++)
        mh_buf_str(&text, "a\n");
    mh_buf_clear(&out);
    assert_int_equal(make_plain(mh_buf_get(&text), &err, &out), MH_OK);
    assert_int_equal(pages_of(mh_buf_get(&out)), MH_TEXT_PAGES_MAX);
    mh_buf_clear(&out);
    mh_buf_str(&text, "a\n");
    assert_int_equal(make_plain(mh_buf_get(&text), &err, &out), MH_ELIMIT);
    mh_buf_fini(&text);
    mh_buf_fini(&out);
}

/* A heading never stands alone at the end of a page. */
static void
test_heading(void **state)
{
    struct df_text_block block[80];
    bool two = false;

    (void)state;
    for (size_t before = 30; before < 60; before++) {
        struct mh_arena *arena = mh_arena_new(ARENA);
        size_t pages[2];

        for (size_t i = 0; i < before; i++)
            block[i] =
                (struct df_text_block){DF_TEXT_PARAGRAPH, MH_SPAN_LIT("a")};
        block[before] =
            (struct df_text_block){DF_TEXT_HEADING, MH_SPAN_LIT("H")};
        block[before + 1] =
            (struct df_text_block){DF_TEXT_PARAGRAPH, MH_SPAN_LIT("b")};
        for (size_t i = 0; i < 2; i++) {
            struct mh_buf out;

            mh_buf_init(&out, OUT_MAX);
            assert_int_equal(
                make(block, before + 1 + i, arena, NULL, &out), MH_OK);
            pages[i] = pages_of(mh_buf_get(&out));
            mh_buf_fini(&out);
        }
        /* What follows it did not begin the next page. */
        assert_int_equal(pages[0], pages[1]);
        two = two || pages[0] == 2;
        mh_arena_free(arena);
    }
    assert_true(two);
}

struct collected {
    char text[400];
    size_t lines;
};

static bool
collect(void *ctx, struct mh_span line)
{
    struct collected *c = ctx;
    size_t n = strlen(c->text);

    c->lines++;
    (void)snprintf(c->text + n, sizeof(c->text) - n, "%.*s|", (int)line.len,
        (const char *)line.ptr);
    return c->lines < 6;
}

static void
test_wrap(void **state)
{
    static const struct {
        const char *in;
        double width; /* in widths of "a" */
        const char *want;
    } rows[] = {{"", 5, "|"}, {"aaaaa", 5, "aaaaa|"}, {"aaaaaa", 5, "aaaaa|a|"},
        {"aa aa aa", 5, "aa aa|aa|"}, {"aa aaaaaaa", 5, "aa|aaaaa|aa|"},
        {"aaaaa aa", 5, "aaaaa|aa|"}, {"aa   aa", 3, "aa|aa|"},
        {"aaa", 0.5, "a|a|a|"}, {"əəə", 1.2, "ə|ə|ə|"}, {"aa ", 5, "aa|"},
        {"  aa", 5, "  aa|"}, {"aaaaaaaaa", 1, "a|a|a|a|a|a|"}};
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct df_font *font;
    double a;

    (void)state;
    assert_int_equal(df_font_open(arena, NULL, &font), MH_OK);
    a = df_font_width(font, MH_SPAN_LIT("a"), 10);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct collected c = {0};

        df_wrap(font, mh_span_str(rows[i].in), 10, rows[i].width * a * 1.001,
            collect, &c);
        if (strcmp(c.text, rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].in, c.text);
    }
    df_font_close(font);
    mh_arena_free(arena);
}

static void
test_shorten(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct df_font *font;
    struct mh_span text = MH_SPAN_LIT("aaaaa bbbbb"), got;
    double all;
    bool cut;

    (void)state;
    assert_int_equal(df_font_open(arena, NULL, &font), MH_OK);
    all = df_font_width(font, text, 10);
    got = df_shorten(font, text, 10, all, &cut);
    assert_true(!cut && mh_span_eq(got, text));
    got = df_shorten(font, text, 10, all - 0.01, &cut);
    assert_true(
        cut && got.len < text.len &&
        df_font_width(font, got, 10) + df_font_width(font, DF_ELLIPSIS, 10) <
            all);
    got = df_shorten(font, text, 10, 1, &cut);
    assert_true(cut && got.len == 0);
    df_font_close(font);
    mh_arena_free(arena);
}

static void
test_appearance(void **state)
{
    static const double matrix[6] = {1, 0, 0, 1, 0, 0};
    const char *line[DF_APPEARANCE_LINES + 1];
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct df_appearance a = {.w = 12, .h = 12, .matrix = matrix, .line = line};
    struct df_pdf_write *w;
    struct mh_err err = {0};
    uint32_t num;

    (void)state;
    for (size_t i = 0; i < T_COUNT(line); i++)
        line[i] = "uzun bir sətir";
    assert_int_equal(df_pdf_write_begin(NULL, NULL, arena, &err, &w), MH_OK);
    a.lines = DF_APPEARANCE_LINES;
    assert_int_equal(df_appearance_write(&a, w, arena, &err, &num), MH_OK);
    assert_true(num > 0);
    a.lines = DF_APPEARANCE_LINES + 1;
    assert_int_equal(df_appearance_write(&a, w, arena, &err, &num), MH_ELIMIT);
    a.lines = 1;
    line[0] = "\xe4\xb8\xad";
    assert_int_equal(df_appearance_write(&a, w, arena, &err, &num), MH_EUNSUP);
    assert_non_null(strstr(err.msg, "U+4E2D"));
    mh_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_input),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_heading),
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_shorten),
        cmocka_unit_test(test_appearance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
