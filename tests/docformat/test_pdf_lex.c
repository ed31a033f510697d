#include "tests/t.h"

#include "docformat/pdf/lex.h"

#include <string.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/wire/codes.h"
#include "docformat/pdf/filter.h"

struct row {
    const char *in;
    const char *out; /* the object written plainly, or the message */
    enum mh_code code;
};

static const struct row rows[] = {
    {"null", "null", MH_OK},
    {" true ", "true", MH_OK},
    {"%comment\nfalse", "false", MH_OK},
    {"0", "0", MH_OK},
    {"-17", "-17", MH_OK},
    {"+4", "4", MH_OK},
    {"4.", "4~", MH_OK},
    {"-.5", "0~", MH_OK},
    {"9223372036854775799", "9223372036854775799", MH_OK},
    {"99223372036854775807", "pdf: number too large", MH_EFORMAT},
    {"1.2.3", "pdf: unknown word", MH_EFORMAT},
    {"--1", "pdf: unknown word", MH_EFORMAT},
    {".", "pdf: unknown word", MH_EFORMAT},
    {"1e5", "pdf: unknown word", MH_EFORMAT},
    {"nul", "pdf: unknown word", MH_EFORMAT},
    {"", "pdf: object without an end", MH_EFORMAT},
    {"12 0 R", "12 0 R", MH_OK},
    {"12 0 Rx", "12", MH_OK},
    {"12 65536 R", "12", MH_OK},
    {"[1 2 3 0 R 4]", "[1 2 3 0 R 4 ]", MH_OK},
    {"[]", "[]", MH_OK},
    {"[1", "pdf: object without an end", MH_EFORMAT},
    {"[1)", "pdf: unknown word", MH_EFORMAT},
    {"/Name", "/Name", MH_OK},
    {"/", "/", MH_OK},
    {"/A#42", "/AB", MH_OK},
    {"/A#4", "pdf: name with a stray #", MH_EFORMAT},
    {"/A\vB", "pdf: name with a vertical tab", MH_EFORMAT},
    {"/A#4g", "pdf: name with a stray #", MH_EFORMAT},
    {"/A#00", "pdf: name with a stray #", MH_EFORMAT},
    {"(a(b)c)", "(a(b)c)", MH_OK},
    {"(a\\(b)", "(a(b)", MH_OK},
    {"(\\101\\7\\0611)", "(A\a11)", MH_OK},
    {"(\\n\\r\\t\\b\\f\\x\\\\)", "(\n\r\t\b\fx\\)", MH_OK},
    {"(a\\\r\nb\\\nc\\\rd)", "(abcd)", MH_OK},
    {"(a\r\nb\rc)", "(a\nb\nc)", MH_OK},
    {"(a", "pdf: string without an end", MH_EFORMAT},
    {"(a\\)", "pdf: string without an end", MH_EFORMAT},
    {"<4142>", "(AB)", MH_OK},
    {"<4 1\n4>", "(A@)", MH_OK},
    {"<>", "()", MH_OK},
    {"<4x>", "pdf: string with a wrong digit", MH_EFORMAT},
    {"<41", "pdf: string without an end", MH_EFORMAT},
    {"<</A 1/B[/C]>>", "<<A 1 B [/C ] >>", MH_OK},
    {"<</A 1 0 R/B<</C null>>>>", "<<A 1 0 R B <<C null >> >>", MH_OK},
    {"<<>>", "<<>>", MH_OK},
    {"<</A 1/A 2>>", "pdf: key stands twice", MH_EFORMAT},
    {"<</A 1/#41 2>>", "pdf: key stands twice", MH_EFORMAT},
    {"<</A>>", "pdf: unknown word", MH_EFORMAT},
    {"<<1 2>>", "pdf: key is no name", MH_EFORMAT},
    {"<</A 1", "pdf: dictionary without an end", MH_EFORMAT},
    {">>", "pdf: unknown word", MH_EFORMAT},
};

static void
put(struct mh_buf *b, const struct df_pdf_obj *o)
{
    switch (o->type) {
    case DF_PDF_NULL:
        mh_buf_str(b, "null");
        break;
    case DF_PDF_BOOL:
        mh_buf_str(b, o->truth ? "true" : "false");
        break;
    case DF_PDF_INT:
        mh_buf_printf(b, "%lld", (long long)o->integer);
        break;
    case DF_PDF_REAL:
        mh_buf_printf(b, "%lld~", (long long)o->integer);
        break;
    case DF_PDF_STRING:
        mh_buf_byte(b, '(');
        mh_buf_span(b, o->bytes);
        mh_buf_byte(b, ')');
        break;
    case DF_PDF_NAME:
        mh_buf_byte(b, '/');
        mh_buf_span(b, o->bytes);
        break;
    case DF_PDF_REF:
        mh_buf_printf(b, "%u %u R", o->num, o->gen);
        break;
    case DF_PDF_ARRAY:
        mh_buf_byte(b, '[');
        for (size_t i = 0; i < o->count; i++) {
            put(b, o->item[i]);
            mh_buf_byte(b, ' ');
        }
        mh_buf_byte(b, ']');
        break;
    case DF_PDF_DICT:
    case DF_PDF_STREAM:
        mh_buf_str(b, "<<");
        for (size_t i = 0; i < o->count; i++) {
            mh_buf_span(b, o->pair[i].key);
            mh_buf_byte(b, ' ');
            put(b, o->pair[i].value);
            mh_buf_byte(b, ' ');
        }
        mh_buf_str(b, ">>");
        break;
    }
}

static void
test_objects(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_arena *arena = mh_arena_new(1 << 20);
        struct df_pdf_lex lex =
            df_pdf_lex_at(mh_span_str(rows[i].in), 0, arena);
        const struct df_pdf_obj *o;
        struct mh_err err = {0};
        struct mh_buf b;

        mh_buf_init(&b, 1 << 16);
        T_CHECK(rows[i].in, df_pdf_parse(&lex, &err, &o) == rows[i].code);
        if (rows[i].code == MH_OK) {
            put(&b, o);
            T_CHECK(rows[i].in, mh_span_is(mh_buf_get(&b), rows[i].out));
        } else {
            T_CHECK(rows[i].in, strcmp(err.msg, rows[i].out) == 0);
            T_CHECK(rows[i].in, err.finding == MH_F_PDF_OBJECT);
        }
        mh_buf_fini(&b);
        mh_arena_free(arena);
    }
}

static const struct df_pdf_obj *
parse(const char *text, struct mh_arena *arena)
{
    struct df_pdf_lex lex = df_pdf_lex_at(mh_span_str(text), 0, arena);
    const struct df_pdf_obj *o;

    assert_int_equal(df_pdf_parse(&lex, NULL, &o), MH_OK);
    return o;
}

static const struct {
    const char *a, *b;
    bool equal;
} pairs[] = {
    {"1", "1.0", true},
    {"007", "7.", true},
    {"-0", "0", true},
    {".50", "0.5", true},
    {"1", "-1", false},
    {"1.01", "1.1", false},
    {"(A)", "<41>", true},
    {"(A)", "/A", false},
    {"/A", "/#41", true},
    {"[1 2]", "[1 2]", true},
    {"[1 2]", "[2 1]", false},
    {"[1]", "[1 1]", false},
    {"<</A 1/B 2>>", "<</B 2/A 1>>", true},
    {"<</A 1/B null>>", "<</A 1>>", true},
    {"<</A 1>>", "<</A 1/B 2>>", false},
    {"<</A 1>>", "<</B 1>>", false},
    {"1 0 R", "1 0 R", true},
    {"1 0 R", "1 1 R", false},
    {"true", "true", true},
    {"true", "false", false},
    {"null", "null", true},
    {"null", "0", false},
};

static void
test_equal(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(pairs); i++) {
        struct mh_arena *arena = mh_arena_new(1 << 20);
        const struct df_pdf_obj *a = parse(pairs[i].a, arena);
        const struct df_pdf_obj *b = parse(pairs[i].b, arena);

        T_CHECK(pairs[i].a, df_pdf_equal(a, b) == pairs[i].equal);
        T_CHECK(pairs[i].a, df_pdf_equal(b, a) == pairs[i].equal);
        T_CHECK(pairs[i].a, !df_pdf_equal(a, NULL));
        mh_arena_free(arena);
    }
}

static void
test_places(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    const struct df_pdf_obj *o =
        parse("  <</Contents <00FF>/ByteRange[0 1]>>", arena);
    const struct df_pdf_obj *c = df_pdf_key(o, "Contents");

    (void)state;
    assert_int_equal(o->at, 2);
    assert_int_equal(o->len, 35);
    assert_int_equal(o->pair[0].at, 4);
    assert_int_equal(c->at, 14);
    assert_int_equal(c->len, 6);
    assert_true(c->hex);
    assert_null(df_pdf_key(o, "Other"));
    assert_null(df_pdf_key(c, "Contents"));
    assert_null(df_pdf_key(NULL, "Contents"));
    mh_arena_free(arena);
}

static void
fill(struct mh_buf *b, const char *s, size_t times)
{
    for (size_t i = 0; i < times; i++)
        mh_buf_str(b, s);
}

/* At the limit of depth, and one past it; many members; many keys. */
static void
test_limits(void **state)
{
    struct mh_arena *arena = mh_arena_new(64 << 20);
    const struct df_pdf_obj *o;
    struct df_pdf_lex lex;
    struct mh_err err = {0};
    struct mh_buf b;

    (void)state;
    mh_buf_init(&b, 1 << 24);
    fill(&b, "[", MH_PDF_DEPTH_MAX);
    fill(&b, "]", MH_PDF_DEPTH_MAX);
    lex = df_pdf_lex_at(mh_buf_get(&b), 0, arena);
    assert_int_equal(df_pdf_parse(&lex, &err, &o), MH_OK);
    assert_true(df_pdf_equal(o, o));
    mh_buf_clear(&b);
    fill(&b, "[", MH_PDF_DEPTH_MAX + 1);
    fill(&b, "]", MH_PDF_DEPTH_MAX + 1);
    lex = df_pdf_lex_at(mh_buf_get(&b), 0, arena);
    assert_int_equal(df_pdf_parse(&lex, &err, &o), MH_ELIMIT);
    assert_int_equal(err.finding, MH_F_PDF_LIMIT);

    mh_buf_clear(&b);
    mh_buf_str(&b, "[");
    fill(&b, "1 ", 5000);
    mh_buf_str(&b, "]");
    lex = df_pdf_lex_at(mh_buf_get(&b), 0, arena);
    assert_int_equal(df_pdf_parse(&lex, &err, &o), MH_OK);
    assert_int_equal(o->count, 5000);
    assert_int_equal(o->item[4999]->integer, 1);

    mh_buf_clear(&b);
    mh_buf_str(&b, "<<");
    for (unsigned i = 0; i < 1000; i++)
        mh_buf_printf(&b, "/K%u %u", i, i);
    mh_buf_str(&b, ">>");
    lex = df_pdf_lex_at(mh_buf_get(&b), 0, arena);
    assert_int_equal(df_pdf_parse(&lex, &err, &o), MH_OK);
    assert_int_equal(df_pdf_key(o, "K0")->integer, 0);
    assert_int_equal(df_pdf_key(o, "K999")->integer, 999);
    assert_null(df_pdf_key(o, "K1000"));
    assert_null(df_pdf_key(o, "A"));
    b.len -= 2;
    mh_buf_str(&b, "/K7 1>>");
    lex = df_pdf_lex_at(mh_buf_get(&b), 0, arena);
    assert_int_equal(df_pdf_parse(&lex, &err, &o), MH_EFORMAT);
    assert_string_equal(err.msg, "pdf: key stands twice");
    mh_buf_fini(&b);
    mh_arena_free(arena);
}

static const struct {
    const char *in;
    size_t len;
    const char *out;
} texts[] = {
    {"plain", 5, "plain"},
    {"\xfe\xff\0A\x04\x18", 6, "A\xd0\x98"},
    {"\xfe\xff\xd8\x3d\xde\0", 6, "\xf0\x9f\x98\x80"},
    {"\xfe\xff\xd8\x3d", 4, "\xef\xbf\xbd"},
    {"\xfe\xff\xd8\x3d\0A", 6,
        "\xef\xbf\xbd"
        "A"},
    {"\xfe\xff\0A\0", 5, "A\xef\xbf\xbd"},
    {"\xef\xbb\xbf\xc9\x99", 5, "\xc9\x99"},
    {"\xef\xbb\xbf\xff", 4, "\xef\xbf\xbd"},
    {"\x18\x80\xa0\xe9\x7f", 5,
        "\xcb\x98\xe2\x80\xa2\xe2\x82\xac\xc3\xa9\xef\xbf\xbd"},
};

static void
test_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(texts); i++) {
        struct mh_arena *arena = mh_arena_new(1 << 16);
        struct mh_span in = {(const uint8_t *)texts[i].in, texts[i].len};

        T_CHECK(texts[i].out, mh_span_is(df_pdf_text(in, arena), texts[i].out));
        mh_arena_free(arena);
    }
}

static const struct {
    const char *filter, *parms, *in;
    const char *out; /* or the message */
    enum mh_code code;
} filters[] = {
    {"null", "null", "abc", "abc", MH_OK},
    {"/ASCIIHexDecode", "null", "4 1 4>", "A@", MH_OK},
    {"/AHx", "null", "41", "pdf: stream without its end mark", MH_EFORMAT},
    {"/AHx", "null", "4x>", "pdf: wrong digit in a stream", MH_EFORMAT},
    {"/ASCII85Decode", "null", "87cURD]i,\"Ebo80~>", "Hello World!", MH_OK},
    {"/A85", "null", "87cUR~>", "Hell", MH_OK},
    {"/A85", "null", "87~>", "H", MH_OK},
    {"/A85", "null", "8~>", "pdf: stream without its end mark", MH_EFORMAT},
    {"/A85", "null", "87cUR", "pdf: stream without its end mark", MH_EFORMAT},
    {"/A85", "null", "uuuuu~>", "pdf: wrong digit in a stream", MH_EFORMAT},
    {"/A85", "null", "87{~>", "pdf: wrong digit in a stream", MH_EFORMAT},
    {"[/AHx/AHx]", "null", "34313e>", "A", MH_OK},
    {"[/AHx/AHx]", "[null null]", "34313e>", "A", MH_OK},
    {"[/AHx/AHx]", "[null]", "34313e>",
        "pdf: filters and their parameters differ in number", MH_EFORMAT},
    {"[/AHx/AHx/AHx/AHx/AHx]", "null", ">", "pdf: stream unpacks to too much",
        MH_ELIMIT},
    {"[/Crypt/Crypt/Crypt/Crypt]", "null", "abc", "abc", MH_OK},
    {"/LZWDecode", "null", "x", "pdf: filter that is not read", MH_EUNSUP},
    {"1", "null", "x", "pdf: filter is no name", MH_EFORMAT},
    {"/AHx", "1", ">", "pdf: filter parameters are no dictionary", MH_EFORMAT},
    {"/Crypt", "<</Name/Identity>>", "x", "x", MH_OK},
    {"/Crypt", "<</Name/Other>>", "x", "pdf: filter that is not read",
        MH_EUNSUP},
    {"/FlateDecode", "null", "x", "pdf: stream does not unpack", MH_EFORMAT},
};

static void
test_filters(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(filters); i++) {
        struct mh_arena *arena = mh_arena_new(1 << 20);
        struct mh_err err = {0};
        struct mh_span out;
        enum mh_code code = df_pdf_decode(mh_span_str(filters[i].in),
            parse(filters[i].filter, arena), parse(filters[i].parms, arena),
            arena, &err, &out);

        T_CHECK(filters[i].in, code == filters[i].code);
        if (code == MH_OK)
            T_CHECK(filters[i].in, mh_span_is(out, filters[i].out));
        else
            T_CHECK(filters[i].in, strcmp(err.msg, filters[i].out) == 0);
        mh_arena_free(arena);
    }
}

/* Deflates; more is put behind it. */
static struct mh_span
deflated(struct mh_arena *arena, struct mh_span in, const char *more)
{
    uLong len = compressBound(in.len);
    uint8_t *out = mh_arena_alloc(arena, len + 16);

    assert_int_equal(compress(out, &len, in.ptr, in.len), Z_OK);
    for (; *more != 0; more++)
        out[len++] = (uint8_t)*more;
    return (struct mh_span){out, len};
}

static const struct {
    const char *parms;
    const char *in;
    size_t len;
    const char *out; /* NULL: refused */
} predictors[] = {
    {"<<>>", "abc", 3, "abc"},
    {"<</Predictor 1>>", "abc", 3, "abc"},
    {"<</Predictor 12/Columns 3>>", "\0abc\2\0\0\1", 8, "abcabd"},
    {"<</Predictor 10/Columns 3>>", "\1a\1\1", 4, "abc"},
    {"<</Predictor 15/Columns 2>>", "\0ab\3\61\0\4\0\1", 9, "abaaab"},
    {"<</Predictor 12/Columns 3>>", "\0abc\2\0\0", 7, NULL},
    {"<</Predictor 12/Columns 3>>", "\5abc", 4, NULL},
    {"<</Predictor 2/Columns 3>>", "a\1\1", 3, "abc"},
    {"<</Predictor 2/Columns 2>>", "a\1\1", 3, NULL},
    {"<</Predictor 2/BitsPerComponent 4>>", "a", 1, NULL},
    {"<</Predictor 3>>", "abc", 3, NULL},
    {"<</Predictor 16>>", "abc", 3, NULL},
    {"<</Predictor 12/Columns 0>>", "abc", 3, NULL},
    {"<</Predictor 12/Colors 65>>", "abc", 3, NULL},
};

static void
test_predictors(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(predictors); i++) {
        struct mh_arena *arena = mh_arena_new(1 << 20);
        struct mh_span in = {
            (const uint8_t *)predictors[i].in, predictors[i].len};
        struct mh_err err = {0};
        struct mh_span out;
        enum mh_code code =
            df_pdf_decode(deflated(arena, in, "\r\n"), parse("/Fl", arena),
                parse(predictors[i].parms, arena), arena, &err, &out);

        T_CHECK(predictors[i].parms,
            (code == MH_OK) == (predictors[i].out != NULL));
        if (code == MH_OK)
            T_CHECK(predictors[i].parms, mh_span_is(out, predictors[i].out));
        mh_arena_free(arena);
    }
}

/* A bomb ends at the limit; what is as large as it may be does not. */
static void
test_bomb(void **state)
{
    struct mh_arena *arena = mh_arena_new(192 << 20);
    const struct df_pdf_obj *flate = parse("/FlateDecode", arena);
    uint8_t *zeros = mh_arena_alloc(arena, MH_PDF_RATIO_FREE + 1);
    struct mh_span in = {zeros, MH_PDF_RATIO_FREE};
    struct mh_err err = {0};
    struct mh_span out;

    (void)state;
    assert_int_equal(
        df_pdf_decode(deflated(arena, in, ""), flate, NULL, arena, &err, &out),
        MH_OK);
    assert_int_equal(out.len, in.len);
    in.len++;
    assert_int_equal(
        df_pdf_decode(deflated(arena, in, ""), flate, NULL, arena, &err, &out),
        MH_ELIMIT);
    assert_int_equal(err.finding, MH_F_PDF_LIMIT);
    in.len = 3;
    assert_int_equal(
        df_pdf_decode(deflated(arena, in, "x"), flate, NULL, arena, &err, &out),
        MH_EFORMAT);
    assert_string_equal(err.msg, "pdf: stream has bytes after its end");
    mh_arena_free(arena);
}

static void
test_memory(void **state)
{
    struct mh_arena *small = mh_arena_new(200);
    struct mh_arena *tiny = mh_arena_new(4);
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct df_pdf_lex lex =
        df_pdf_lex_at(mh_span_str("[1 2 3 4 5 6 7 8 9]"), 0, small);
    const struct df_pdf_obj *o;
    struct mh_err err = {0};
    struct mh_span in = {(const uint8_t *)"aaaaaaaa", 8}, out;

    (void)state;
    assert_int_equal(df_pdf_parse(&lex, &err, &o), MH_ELIMIT);
    assert_null(o);
    assert_int_equal(
        df_pdf_decode(deflated(arena, in, ""), parse("/Fl", arena),
            parse("<</Predictor 2/Columns 8>>", arena), tiny, &err, &out),
        MH_ELIMIT);
    mh_arena_free(tiny);
    mh_arena_free(small);
    mh_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_predictors),
        cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
