/*
 * multipart/form-data: what comes out, whatever pieces it comes in; what is
 * refused; limits.
 */
#include "tests/t.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "portal/http/multipart.h"

/* Events as text: <name|filename|type:bytes>. */
static enum mh_code
begin(void *ctx, const struct pt_part *part, struct mh_err *err)
{
    (void)err;
    mh_buf_printf(ctx, "<%s|%s%s|%s:", part->name,
        part->has_filename ? "@" : "", part->filename, part->type);
    return MH_OK;
}

static enum mh_code
bytes(void *ctx, struct mh_span b, struct mh_err *err)
{
    (void)err;
    mh_buf_span(ctx, b);
    return MH_OK;
}

static enum mh_code
end(void *ctx, struct mh_err *err)
{
    (void)err;
    mh_buf_str(ctx, ">");
    return MH_OK;
}

static enum mh_code
parse(const char *boundary, struct mh_span in, size_t piece, struct mh_buf *out,
    struct mh_err *err)
{
    const struct pt_part_sink sink = {begin, bytes, end, out};
    struct pt_multipart m;
    enum mh_code code = MH_OK;

    mh_buf_clear(out);
    pt_multipart_init(&m, boundary, &sink);
    for (size_t at = 0; at < in.len && code == MH_OK; at += piece)
        code = pt_multipart_push(&m,
            (struct mh_span){
                in.ptr + at, in.len - at < piece ? in.len - at : piece},
            err);
    return code == MH_OK ? pt_multipart_end(&m, err) : code;
}

#define CD   "Content-Disposition: form-data; "
#define CRLF "\r\n"

static const struct {
    const char *name, *in, *out; /* out NULL: refused */
} rows[] = {
    {"one", "--b" CRLF CD "name=\"a\"" CRLF CRLF "x" CRLF "--b--" CRLF,
        "<a||:x>"},
    {"no CRLF at the end", "--b" CRLF CD "name=a" CRLF CRLF "x" CRLF "--b--",
        "<a||:x>"},
    {"CRLF first", CRLF "--b" CRLF CD "name=a" CRLF CRLF CRLF "--b--",
        "<a||:>"},
    {"two",
        "--b" CRLF CD "name=a" CRLF CRLF "1" CRLF "--b" CRLF CD
        "name=f; filename=\"x.pdf\"" CRLF
        "Content-Type: application/pdf" CRLF CRLF "%PDF" CRLF "--b--" CRLF,
        "<a||:1><f|@x.pdf|application/pdf:%PDF>"},
    {"nearly delimiters",
        "--b" CRLF CD "name=a" CRLF CRLF "\r\r\n-\r\n--\r\n--c\r\n" CRLF
        "--b--",
        "<a||:\r\r\n-\r\n--\r\n--c\r\n>"},
    {"no part", "--b--" CRLF, ""},
    {"quotes in a name",
        "--b" CRLF CD "name=f; filename=\"a\\\"b\\\\c.pdf\"" CRLF CRLF CRLF
        "--b--",
        "<f|@c.pdf|:>"},
    {"quote alone",
        "--b" CRLF CD "name=f; filename=\"a\\\"b.pdf\"" CRLF CRLF CRLF "--b--",
        "<f|@a\"b.pdf|:>"},
    {"path",
        "--b" CRLF CD "name=f; filename=\"../../etc/passwd\"" CRLF CRLF CRLF
        "--b--",
        "<f|@passwd|:>"},
    {"windows path",
        "--b" CRLF CD "name=f; filename=\"C:\\dir\\a.pdf\"" CRLF CRLF CRLF
        "--b--",
        "<f|@a.pdf|:>"},
    {"filename*",
        "--b" CRLF CD
        "name=f; filename=\"x\"; filename*=UTF-8''%c6%8frz%c9%99.pdf" CRLF CRLF
            CRLF "--b--",
        "<f|@\xc6\x8frz\xc9\x99.pdf|:>"},
    {"filename* first",
        "--b" CRLF CD
        "name=f; filename*=utf-8'az'%C9%99; filename=\"x\"" CRLF CRLF CRLF
        "--b--",
        "<f|@\xc9\x99|:>"},
    {"UTF-8 as it is",
        "--b" CRLF CD
        "name=f; filename=\"\xc6\x8frz\xc9\x99.pdf\"" CRLF CRLF CRLF "--b--",
        "<f|@\xc6\x8frz\xc9\x99.pdf|:>"},
    {"bidi in a name",
        "--b" CRLF CD "name=f; filename=\"a\xe2\x80\xaepdf\"" CRLF CRLF CRLF
        "--b--",
        "<f|@a\xef\xbf\xbdpdf|:>"},
    {"other header",
        "--b" CRLF "X-Other: y" CRLF CD "name=a" CRLF CRLF "x" CRLF "--b--",
        "<a||:x>"},
    {"preamble", "x" CRLF "--b" CRLF CD "name=a" CRLF CRLF "x" CRLF "--b--",
        NULL},
    {"epilogue", "--b" CRLF CD "name=a" CRLF CRLF "x" CRLF "--b--" CRLF "y",
        NULL},
    {"never closed", "--b" CRLF CD "name=a" CRLF CRLF "x", NULL},
    {"half closed", "--b" CRLF CD "name=a" CRLF CRLF "x" CRLF "--b-", NULL},
    {"empty", "", NULL},
    {"no disposition", "--b" CRLF "X: y" CRLF CRLF "x" CRLF "--b--", NULL},
    {"disposition twice",
        "--b" CRLF CD "name=a" CRLF CD "name=b" CRLF CRLF CRLF "--b--", NULL},
    {"attachment",
        "--b" CRLF "Content-Disposition: attachment; name=a" CRLF CRLF CRLF
        "--b--",
        NULL},
    {"no name", "--b" CRLF CD "filename=a" CRLF CRLF CRLF "--b--", NULL},
    {"name twice", "--b" CRLF CD "name=a; name=b" CRLF CRLF CRLF "--b--", NULL},
    {"name empty", "--b" CRLF CD "name=\"\"" CRLF CRLF CRLF "--b--", NULL},
    {"name with space", "--b" CRLF CD "name=\"a b\"" CRLF CRLF CRLF "--b--",
        NULL},
    {"quote open", "--b" CRLF CD "name=\"a" CRLF CRLF CRLF "--b--", NULL},
    {"filename* other charset",
        "--b" CRLF CD "name=f; filename*=latin1''a" CRLF CRLF CRLF "--b--",
        NULL},
    {"filename* NUL",
        "--b" CRLF CD "name=f; filename*=UTF-8''a%00b" CRLF CRLF CRLF "--b--",
        NULL},
    {"filename* no UTF-8",
        "--b" CRLF CD "name=f; filename*=UTF-8''%ff" CRLF CRLF CRLF "--b--",
        NULL},
    {"folded", "--b" CRLF CD CRLF " name=a" CRLF CRLF CRLF "--b--", NULL},
    {"bare LF", "--b\n" CD "name=a\n\nx\n--b--", NULL},
    {"bare LF in headers", "--b" CRLF CD "name=a\n" CRLF CRLF "--b--", NULL},
    {"bare CR in headers", "--b" CRLF CD "name=a\rX: y" CRLF CRLF CRLF "--b--",
        NULL},
    {"encoded",
        "--b" CRLF CD "name=a" CRLF
        "Content-Transfer-Encoding: base64" CRLF CRLF CRLF "--b--",
        NULL},
    {"type twice",
        "--b" CRLF CD "name=a" CRLF "Content-Type: a" CRLF
        "Content-Type: b" CRLF CRLF CRLF "--b--",
        NULL},
    {"delimiter goes on", "--bx" CRLF CD "name=a" CRLF CRLF CRLF "--b--", NULL},
};

static void
table(void **state)
{
    struct mh_buf out;

    (void)state;
    mh_buf_init(&out, 1 << 20);
    for (size_t i = 0; i < T_COUNT(rows); i++)
        for (size_t piece = 1; piece <= 64; piece += piece < 8 ? 1 : 28) {
            struct mh_err err = {.msg = ""};
            enum mh_code code =
                parse("b", mh_span_str(rows[i].in), piece, &out, &err);

            T_CHECK(rows[i].name, (code == MH_OK) == (rows[i].out != NULL));
            if (rows[i].out == NULL)
                T_CHECK(
                    rows[i].name, code == MH_EFORMAT &&
                                      strncmp(err.msg, "multipart: ", 11) == 0);
            else
                T_CHECK(
                    rows[i].name, mh_span_is(mh_buf_get(&out), rows[i].out));
        }
    mh_buf_fini(&out);
}

static void
boundaries(void **state)
{
    static const struct {
        const char *type;
        const char *boundary; /* NULL: refused */
    } b[] = {
        {"multipart/form-data; boundary=b", "b"},
        {"Multipart/Form-Data;boundary=\"a b\"", "a b"},
        {"multipart/form-data; charset=utf-8; boundary=x", "x"},
        {"multipart/form-data", NULL},
        {"multipart/form-data; boundary=", NULL},
        {"multipart/form-data; boundary=\"\"", NULL},
        {"multipart/form-data; boundary=\"a \"", NULL},
        {"multipart/form-data; boundary=\"a;b\"", NULL},
        {"multipart/form-data; boundary=a; boundary=b", NULL},
        {"multipart/form-data boundary=a", NULL},
        {"multipart/mixed; boundary=a", NULL},
        {"text/plain", NULL},
        {"", NULL},
    };
    char out[PT_BOUNDARY_MAX + 1], type[200], longest[PT_BOUNDARY_MAX + 2];

    (void)state;
    for (size_t i = 0; i < T_COUNT(b); i++) {
        enum mh_code code =
            pt_multipart_boundary(mh_span_str(b[i].type), NULL, out);

        T_CHECK(b[i].type, (code == MH_OK) == (b[i].boundary != NULL));
        if (b[i].boundary != NULL)
            T_CHECK(b[i].type, strcmp(out, b[i].boundary) == 0);
    }
    memset(longest, 'x', sizeof(longest));
    for (int n = PT_BOUNDARY_MAX; n <= PT_BOUNDARY_MAX + 1; n++) {
        (void)snprintf(type, sizeof(type), "multipart/form-data; boundary=%.*s",
            n, longest);
        assert_int_equal(pt_multipart_boundary(mh_span_str(type), NULL, out),
            n == PT_BOUNDARY_MAX ? MH_OK : MH_EFORMAT);
    }
}

/* Counts and lengths at the limit and one past it. */
static void
limits(void **state)
{
    struct mh_buf in, out;

    (void)state;
    mh_buf_init(&in, 1 << 20);
    mh_buf_init(&out, 1 << 20);
    for (int n = PT_PARTS_MAX; n <= PT_PARTS_MAX + 1; n++) {
        mh_buf_clear(&in);
        for (int i = 0; i < n; i++)
            mh_buf_str(&in, "--b" CRLF CD "name=a" CRLF CRLF "x" CRLF);
        mh_buf_str(&in, "--b--");
        assert_int_equal(parse("b", mh_buf_get(&in), 100, &out, NULL),
            n == PT_PARTS_MAX ? MH_OK : MH_ELIMIT);
    }
    for (size_t n = PT_PART_HEADERS_MAX; n <= PT_PART_HEADERS_MAX + 1; n++) {
        size_t fixed = strlen(CD "name=a" CRLF "X: " CRLF CRLF);

        mh_buf_clear(&in);
        mh_buf_str(&in, "--b" CRLF CD "name=a" CRLF "X: ");
        for (size_t i = fixed; i < n; i++)
            mh_buf_byte(&in, 'x');
        mh_buf_str(&in, CRLF CRLF CRLF "--b--");
        assert_int_equal(parse("b", mh_buf_get(&in), 100, &out, NULL),
            n == PT_PART_HEADERS_MAX ? MH_OK : MH_ELIMIT);
    }
    for (size_t n = PT_PART_NAME_MAX; n <= PT_PART_NAME_MAX + 1; n++) {
        mh_buf_clear(&in);
        mh_buf_str(&in, "--b" CRLF CD "name=");
        for (size_t i = 0; i < n; i++)
            mh_buf_byte(&in, 'n');
        mh_buf_str(&in, CRLF CRLF CRLF "--b--");
        assert_int_equal(parse("b", mh_buf_get(&in), 100, &out, NULL),
            n == PT_PART_NAME_MAX ? MH_OK : MH_EFORMAT);
    }
    /* A label past its limit is cut between points. */
    mh_buf_clear(&in);
    mh_buf_str(&in, "--b" CRLF CD "name=f; filename=x");
    for (size_t i = 0; i < 200; i++)
        mh_buf_str(&in, "\xc9\x99");
    mh_buf_str(&in, CRLF CRLF CRLF "--b--");
    assert_int_equal(parse("b", mh_buf_get(&in), 100, &out, NULL), MH_EFORMAT);
    mh_buf_fini(&in);
    mh_buf_init(&in, 1 << 20);
    mh_buf_str(&in, "--b" CRLF CD "name=f; filename=\"x");
    for (size_t i = 0; i < 200; i++)
        mh_buf_str(&in, "\xc9\x99");
    mh_buf_str(&in, "\"" CRLF CRLF CRLF "--b--");
    assert_int_equal(parse("b", mh_buf_get(&in), 100, &out, NULL), MH_OK);
    assert_int_equal(out.len, strlen("<f|@|:>") + PT_PART_FILENAME_MAX);
    mh_buf_fini(&in);
    mh_buf_fini(&out);
}

static enum mh_code
count(void *ctx, struct mh_span b, struct mh_err *err)
{
    (void)b;
    (void)err;
    ++*(size_t *)ctx;
    return MH_OK;
}

static enum mh_code
no_begin(void *ctx, const struct pt_part *part, struct mh_err *err)
{
    (void)ctx;
    (void)part;
    (void)err;
    return MH_OK;
}

static enum mh_code
no_end(void *ctx, struct mh_err *err)
{
    (void)ctx;
    (void)err;
    return MH_OK;
}

/* Whatever the content is, it is given on in as few pieces as it came: each
   costs a digest and a write. */
static void
few_pieces(void **state)
{
    static const char *const contents[] = {
        "x", "\r", "\r\n", "\r\n--", "\r\n--c", "-\r\n-", "\r\r\n--\r\n-"};
    enum {
        SIZE = 1 << 20,
        PIECE = 65536
    };
    size_t pieces = SIZE / PIECE + 1;
    struct mh_buf in;

    (void)state;
    mh_buf_init(&in, 2 * (size_t)SIZE);
    for (size_t i = 0; i < T_COUNT(contents); i++) {
        size_t calls = 0;
        const struct pt_part_sink sink = {no_begin, count, no_end, &calls};
        struct pt_multipart m;
        struct mh_span all;

        mh_buf_clear(&in);
        mh_buf_str(&in, "--b" CRLF CD "name=a" CRLF CRLF);
        while (in.len < SIZE)
            mh_buf_str(&in, contents[i]);
        mh_buf_str(&in, CRLF "--b--");
        all = mh_buf_get(&in);
        pt_multipart_init(&m, "b", &sink);
        for (size_t at = 0; at < all.len; at += PIECE)
            assert_int_equal(
                pt_multipart_push(&m,
                    (struct mh_span){all.ptr + at,
                        all.len - at < PIECE ? all.len - at : PIECE},
                    NULL),
                MH_OK);
        assert_int_equal(pt_multipart_end(&m, NULL), MH_OK);
        T_CHECK(contents[i], calls <= 2 * pieces);
    }
    mh_buf_fini(&in);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(boundaries),
        cmocka_unit_test(limits),
        cmocka_unit_test(few_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
