/*
 * Whether a PDF is its first bytes and nothing but signatures behind them:
 * small PDFs, written here object by object.
 */
#define MH_ALLOW_BANNED
#include "signer/verify/pdfchanges.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "tests/t.h"
#include "tests/verify/pdfrevise.h"

static struct pr_writer w;

#define BARE  "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [7 0 R] >> "
#define SHOWN "/Annots [7 0 R 6 0 R] >>"
#define SEAL                                                                   \
    "<< /Type /Annot /Subtype /Widget /FT /Sig /T (mine) /P 3 0 R /F 132 "     \
    "/V 10 0 R "

/* One page with a text field; *size: its bytes. */
static void
prepared(size_t *size)
{
    memset(&w, 0, sizeof(w));
    (void)snprintf(w.trailer, sizeof(w.trailer), "/Root 1 0 R");
    pr_put(&w, "%PDF-1.7\n");
    pr_object(&w, 1, BARE ">>");
    pr_object(&w, 2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    pr_object(&w, 3, PAGE "/Annots [7 0 R] >>");
    pr_stream(&w, 4, "", "q /X Do Q");
    pr_object(&w, 7, TEXT "/V (1) /AP << /N 8 0 R >> >>");
    pr_stream(&w, 8, BOX, "BT (1) Tj ET");
    pr_stream(&w, 9, BOX, "0 0 80 20 re f");
    pr_end(&w);
    *size = w.len;
}

#define ROOT                                                                   \
    "<< /Type /Catalog /Pages 2 0 R /AcroForm "                                \
    "<< /SigFlags 3 /Fields [7 0 R 6 0 R] >> >>"

/* The objects of a signature: the catalog, the page, and keys of the field
   with what closes it. */
static void
sign_with(const char *root, const char *page, const char *keys)
{
    char field[400];

    (void)snprintf(field, sizeof(field), SEAL "%s", keys);
    pr_object(&w, 1, root);
    pr_object(&w, 3, page);
    pr_object(&w, 6, field);
    pr_signature(&w, 10, "");
}

static void
sign_plainly(void)
{
    sign_with(ROOT, PAGE SHOWN, "/Rect [0 0 0 0] >>");
}

static void
expect(const char *name, size_t size, bool want)
{
    static char loaded[PR_FILE_MAX];
    struct mh_arena *arena = mh_arena_new(MH_DOC_ARENA_MAX);
    struct mh_err err = {.msg = ""};
    bool got = !want;

    assert_non_null(arena);
    assert_false(w.full);
    memcpy(loaded, w.text, w.len);
    if (sg_pdf_only_signed((struct mh_span){(const uint8_t *)loaded, w.len},
            size, arena, &err, &got) != MH_OK)
        fail_msg("%s: %s", name, err.msg);
    if (got != want)
        fail_msg("%s: %d %s", name, got, err.msg);
    mh_arena_free(arena);
}

static void
test_signed(void **state)
{
    size_t size;

    (void)state;
    prepared(&size);
    sign_plainly();
    pr_end_signed(&w);
    expect("signed", size, true);
    pr_object(&w, 1,
        "<< /Type /Catalog /Pages 2 0 R /AcroForm "
        "<< /SigFlags 3 /Fields [7 0 R 6 0 R] >> /DSS << /Certs [32 0 R] >> "
        ">>");
    pr_stream(&w, 32, "", "cert");
    pr_end(&w);
    expect("and validation data", size, true);

    prepared(&size);
    sign_with(ROOT, PAGE SHOWN, "/Rect [200 10 280 30] /AP << /N 14 0 R >> >>");
    pr_stream(&w, 14, BOX, "0 0 80 20 re S");
    pr_end_signed(&w);
    expect("signed with a picture", size, true);
}

/* A page without a form, which comes with the first signature. */
static void
test_first_form(void **state)
{
    static const struct {
        const char *name, *form;
        bool want;
    } rows[] = {
        {"a form of the signature alone", "/SigFlags 3 /Fields [6 0 R]", true},
        {"with a font",
            "/DA (/F 1 Tf) /DR << /Font << /F << >> >> >>"
            " /SigFlags 3 /Fields [6 0 R]",
            true},
        {"with a text field", "/SigFlags 3 /Fields [6 0 R 7 0 R]", false},
        {"with a script", "/SigFlags 3 /Fields [6 0 R] /XFA (x)", false},
        {"with new looks", "/NeedAppearances true /Fields [6 0 R]", false},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        char root[300];
        size_t size;

        memset(&w, 0, sizeof(w));
        (void)snprintf(w.trailer, sizeof(w.trailer), "/Root 1 0 R");
        pr_put(&w, "%PDF-1.7\n");
        pr_object(&w, 1, "<< /Type /Catalog /Pages 2 0 R >>");
        pr_object(&w, 2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
        pr_object(&w, 3, PAGE ">>");
        pr_stream(&w, 4, "", "q /X Do Q");
        pr_stream(&w, 9, BOX, "0 0 80 20 re f");
        pr_end(&w);
        size = w.len;
        (void)snprintf(root, sizeof(root),
            "<< /Type /Catalog /Pages 2 0 R /AcroForm << %s >> >>",
            rows[i].form);
        sign_with(root, PAGE "/Annots [6 0 R] >>", "/Rect [0 0 0 0] >>");
        if (strstr(rows[i].form, "7 0 R") != NULL)
            pr_object(&w, 7, TEXT "/V (1) >>");
        pr_end_signed(&w);
        expect(rows[i].name, size, rows[i].want);
    }
}

/* What is signed with the rest, and was not seen before. */
struct row {
    const char *name;
    unsigned num;
    const char *body, *data; /* data not NULL: a stream of these keys */
};

static const struct row rows[] = {
    {"the page's content", 4, "", "q Q"},
    {"a picture of the page", 9, BOX, "0 0 1 1 re f"},
    {"a field's value", 7, TEXT "/V (2) /AP << /N 8 0 R >> >>", NULL},
    {"a field's picture", 8, BOX, "BT (2) Tj ET"},
    {"the pages", 2, "<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 2 >>", NULL},
    {"a note", 3,
        PAGE "/Annots [7 0 R 6 0 R << /Type /Annot /Subtype /Text /Rect "
             "[0 0 9 9] /Contents (n) >>] >>",
        NULL},
    {"the page's size", 3,
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 30 20] /Contents 4 0 "
        "R /Resources << /XObject << /X 9 0 R >> >> " SHOWN,
        NULL},
    {"what opening does", 1,
        "<< /Type /Catalog /Pages 2 0 R /OpenAction [3 0 R /Fit] /AcroForm "
        "<< /SigFlags 3 /Fields [7 0 R 6 0 R] >> >>",
        NULL},
    {"how all fields look", 1,
        "<< /Type /Catalog /Pages 2 0 R /AcroForm << /SigFlags 3 "
        "/NeedAppearances true /Fields [7 0 R 6 0 R] >> >>",
        NULL},
};

static void
change(const struct row *r)
{
    if (r->data != NULL)
        pr_stream(&w, r->num, r->body, r->data);
    else
        pr_object(&w, r->num, r->body);
}

static void
test_changed(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        for (int when = -1; when <= 1; when++) {
            char name[80];
            size_t size;

            /* In a revision before the signature's, in it, and after it. */
            (void)snprintf(name, sizeof(name), "%s, %d", rows[i].name, when);
            prepared(&size);
            if (when > 0) {
                sign_plainly();
                pr_end_signed(&w);
            }
            if (when != 0)
                change(&rows[i]);
            if (when < 0)
                pr_end(&w);
            if (when <= 0)
                sign_with(rows[i].num == 1 ? rows[i].body : ROOT,
                    rows[i].num == 3 ? rows[i].body : PAGE SHOWN,
                    "/Rect [0 0 0 0] >>");
            if (when == 0 && rows[i].num != 1 && rows[i].num != 3)
                change(&rows[i]);
            if (when > 0)
                pr_end(&w);
            else
                pr_end_signed(&w);
            expect(name, size, false);
        }
}

/* A file that goes around what was prepared. */
static void
test_around(void **state)
{
    size_t size, first;

    (void)state;
    prepared(&size);
    first = w.xref;
    pr_stream(&w, 4, "", "q 1 0 0 1 9 9 cm /X Do Q");
    pr_end(&w);
    size = w.len;
    sign_plainly();
    w.xref = first;
    pr_end_signed(&w);
    expect("the last revision is passed over", size, false);

    prepared(&size);
    sign_plainly();
    w.xref = 0;
    pr_end_signed(&w);
    expect("all revisions are passed over", size, false);
}

static void
test_shapes(void **state)
{
    size_t size, all;

    (void)state;
    prepared(&size);
    expect("as it was prepared", size, false);
    pr_end(&w);
    expect("a revision of nothing", size, false);
    prepared(&size);
    pr_put(&w, "% a remark\n");
    sign_plainly();
    pr_end_signed(&w);
    all = w.len;
    expect("a remark between", size, true);
    expect("a part that is no PDF", size - 20, false);
    expect("a part that ends amid the signature", size + 40, false);
    expect("nothing of it", 0, false);
    expect("all of it", all, false);
    expect("more than all", all + 1, false);
    memset(&w, 0, sizeof(w));
    pr_put(&w, "no PDF at all");
    expect("no PDF", 5, false);
    prepared(&size);
    pr_put(&w, "31 0 obj\n<< /Hidden true >>\nendobj\n");
    sign_plainly();
    pr_end_signed(&w);
    expect("an object that no section names", size, false);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_signed),
        cmocka_unit_test(test_first_form), cmocka_unit_test(test_changed),
        cmocka_unit_test(test_around), cmocka_unit_test(test_shapes)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
