#include "tests/t.h"

#include "docformat/pdf/pdf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/wire/codes.h"
#include "tests/docformat/pdfmake.h"

/* A file, opened. */
struct opened {
    struct mh_arena *arena;
    struct df_notes notes;
    struct mh_err err;
    struct df_pdf *pdf;
    enum mh_code code;
};

static void
open_file(struct opened *o, struct mh_span file)
{
    memset(o, 0, sizeof(*o));
    o->arena = mh_arena_new(16 << 20);
    df_notes_init(&o->notes, o->arena);
    o->code = df_pdf_open(file, NULL, o->arena, &o->notes, &o->err, &o->pdf);
}

static bool
has_note(const struct df_notes *notes, enum mh_finding_code code)
{
    for (const struct df_note *n = notes->first; n != NULL; n = n->next)
        if (n->code == code)
            return true;
    return false;
}

enum shape {
    TABLE,
    REFS,   /* a stream of references */
    HYBRID, /* both */
    TWO,    /* two revisions with tables: object 4 is changed */
    PACKED, /* the pages are in object stream 8 */
};

static void
make(struct pm *m, enum shape shape)
{
    if (shape == PACKED) {
        pm_begin(m);
        pm_obj(m, 1, "<</Type/Catalog/Pages 2 0 R>>");
        pm_packed(m, 8, 2, "<</Type/Pages/Kids[]/Count 0>>");
        pm_end_refs(m, 9, "");
        return;
    }
    pm_base(m, "");
    if (shape == REFS) {
        pm_end_refs(m, 9, "");
    } else if (shape == HYBRID) {
        pm_packed(m, 8, 5, "[1]");
        pm_end_hybrid(m, 9);
    } else {
        pm_end(m, "");
    }
    if (shape == TWO) {
        pm_obj(m, 4, "<</Length 4>>\nstream\nq  Q\nendstream");
        pm_end(m, "");
    }
}

struct row {
    const char *name;
    enum shape shape;
    const char *find, *with; /* one change; NULL: none */
    const char *error;       /* of opening; NULL: opens */
    int finding;
};

static const struct row rows[] = {
    {"table", TABLE, NULL, NULL, NULL, 0},
    {"stream", REFS, NULL, NULL, NULL, 0},
    {"hybrid", HYBRID, NULL, NULL, NULL, 0},
    {"two revisions", TWO, NULL, NULL, NULL, 0},
    {"packed", PACKED, NULL, NULL, NULL, 0},
    {"version 2.0", TABLE, "%PDF-1.7", "%PDF-2.0", NULL, 0},
    {"no header", TABLE, "%PDF-1.7", "%PDE-1.7",
        "pdf: no header at the beginning", MH_F_PDF_HEADER},
    {"odd version", TABLE, "%PDF-1.7", "%PDF-x.7", "pdf: unknown version",
        MH_F_PDF_HEADER},
    {"bytes after the end", TABLE, "%%EOF\n", "%%EOF\nx",
        "pdf: bytes after the end", MH_F_PDF_TRAILING},
    {"no end", TABLE, "%%EOF", "%EOF", "pdf: no end of file mark",
        MH_F_PDF_STARTXREF},
    {"no startxref", TABLE, "startxref", "startxxxx",
        "pdf: no startxref before the end", MH_F_PDF_STARTXREF},
    {"start past the end", TABLE, "startxref\n", "startxref\n9",
        "pdf: cross-reference section outside the file", MH_F_PDF_XREF_CHAIN},
    {"start elsewhere", TABLE, "xref\n0 1", "xxxx\n0 1",
        "pdf: no cross-reference section here", MH_F_PDF_XREF_CHAIN},
    {"run cut short", TABLE, "xref\n0 1", "xref\n0 99",
        "pdf: cross-reference table cut short", MH_F_PDF_XREF},
    {"run without a number", TABLE, "xref\n0 1", "xref\nx 1",
        "pdf: cross-reference run malformed", MH_F_PDF_XREF},
    {"no run", TABLE, "xref\n0 1", "xref\ntrailer",
        "pdf: cross-reference run malformed", MH_F_PDF_XREF},
    {"run twice", TABLE, "\n2 1\n", "\n1 1\n",
        "pdf: cross-reference runs overlap", MH_F_PDF_XREF},
    {"number too large", TABLE, "\n4 1\n", "\n8000000 1\n",
        "pdf: object number too large", MH_F_PDF_LIMIT},
    {"trailer no dictionary", TABLE, "<</Size 5/Root 1 0 R>>", "[ ]",
        "pdf: trailer is no dictionary", MH_F_PDF_XREF},
    {"trailer that is a stream", TABLE, "startxref", "stream\nstartxref",
        "pdf: trailer is no dictionary", MH_F_PDF_XREF},
    {"no size", TABLE, "/Size", "/Sise", "pdf: trailer without size",
        MH_F_PDF_XREF},
    {"size by reference", TABLE, "/Size 5", "/Size 5 0 R",
        "pdf: trailer number malformed", MH_F_PDF_XREF},
    {"encrypted", TABLE, "/Root 1 0 R", "/Root 1 0 R/Encrypt 3 0 R",
        "pdf: encrypted", MH_F_PDF_ENCRYPTED},
    {"encrypted later", TWO, "/Root 1 0 R/Prev",
        "/Root 1 0 R/Encrypt 3 0 R/Prev",
        "pdf: revisions encrypted differently", MH_F_PDF_ENCRYPTED},
    {"leads forwards", TABLE, "/Root 1 0 R", "/Root 1 0 R/Prev 99999",
        "pdf: section that leads forwards", MH_F_PDF_XREF_CHAIN},
    {"leads to zero", TABLE, "/Root 1 0 R", "/Root 1 0 R/Prev 0",
        "pdf: no cross-reference section here", MH_F_PDF_XREF_CHAIN},
    {"older end gone", TWO, "startxref", "startxxxx",
        "pdf: revision without an end that leads to it", MH_F_PDF_STARTXREF},
    {"section that is object 0", REFS, "9 0 obj", "0 0 obj",
        "pdf: no cross-reference section here", MH_F_PDF_XREF_CHAIN},
    {"no widths", REFS, "/W[1 4 2]", "/V[1 4 2]",
        "pdf: cross-reference stream without widths", MH_F_PDF_XREF},
    {"wide", REFS, "/W[1 4 2]", "/W[1 9 2]",
        "pdf: cross-reference width malformed", MH_F_PDF_XREF},
    {"no offsets", REFS, "/W[1 4 2]", "/W[1 0 2]",
        "pdf: cross-reference width malformed", MH_F_PDF_XREF},
    {"odd index", REFS, "/Index[0 1", "/Index[1",
        "pdf: cross-reference index malformed", MH_F_PDF_XREF},
    {"index by name", REFS, "/Index[0 1", "/Index[/A 1",
        "pdf: cross-reference index malformed", MH_F_PDF_XREF},
    {"other type", REFS, "/Type/XRef", "/Type/XXef",
        "pdf: no cross-reference section here", MH_F_PDF_XREF},
    {"stream cut", REFS, "/Length 42", "/Length 41",
        "pdf: stream of another length", MH_F_PDF_OBJECT},
    {"stream too long", REFS, "/Length 42", "/Length 4200",
        "pdf: stream longer than the file", MH_F_PDF_OBJECT},
    {"keyword with CR alone", REFS, "]>>\nstream\n", "]>>\nstream\r",
        "pdf: stream without a line end", MH_F_PDF_OBJECT},
    {"hybrid to a table", HYBRID, "/XRefStm ", "/XRefStm 1",
        "pdf: cross-reference section outside the file", MH_F_PDF_XREF_CHAIN},
};

static void
test_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        const struct row *r = &rows[i];
        struct opened o;
        struct pm m;

        make(&m, r->shape);
        if (r->find != NULL)
            T_CHECK(r->name, pm_replace(&m.out, r->find, r->with));
        open_file(&o, mh_buf_get(&m.out));
        if (r->error == NULL) {
            T_CHECK(r->name, o.code == MH_OK && o.pdf != NULL);
            T_CHECK(r->name, o.notes.count == 0);
        } else {
            if (strcmp(o.err.msg, r->error) != 0)
                fail_msg("%s: %s", r->name, o.err.msg);
            T_CHECK(r->name, o.code != MH_OK && o.pdf == NULL);
            T_CHECK(r->name, o.err.finding == r->finding);
        }
        mh_arena_free(o.arena);
        mh_buf_fini(&m.out);
    }
}

static void
test_revisions(void **state)
{
    const struct df_pdf_entry *list;
    const struct df_pdf_obj *a, *b, *root;
    struct df_pdf_entry e;
    struct opened o;
    struct pm m;
    size_t n;

    (void)state;
    make(&m, TWO);
    open_file(&o, mh_buf_get(&m.out));
    assert_int_equal(o.code, MH_OK);
    assert_int_equal(df_pdf_revisions(o.pdf), 2);
    assert_int_equal(df_pdf_revision(o.pdf, 0)->start, 0);
    assert_int_equal(
        df_pdf_revision(o.pdf, 0)->end, df_pdf_revision(o.pdf, 1)->start);
    assert_int_equal(df_pdf_revision(o.pdf, 1)->end, m.out.len);
    assert_int_equal(df_pdf_revision(o.pdf, 1)->eof, m.out.len - 1);
    assert_null(df_pdf_revision(o.pdf, 2));
    assert_true(mh_span_is(df_pdf_version(o.pdf), "1.7"));
    assert_int_equal(df_pdf_get(o.pdf, 0, 4, NULL, &a), MH_OK);
    assert_int_equal(df_pdf_get(o.pdf, 1, 4, NULL, &b), MH_OK);
    assert_true(mh_span_is(a->bytes, "q Q"));
    assert_true(mh_span_is(b->bytes, "q  Q"));
    assert_int_equal(df_pdf_get(o.pdf, 0, 3, NULL, &a), MH_OK);
    assert_int_equal(df_pdf_get(o.pdf, 1, 3, NULL, &b), MH_OK);
    assert_ptr_equal(a, b);
    assert_int_equal(df_pdf_get(o.pdf, 1, 33, NULL, &b), MH_OK);
    assert_null(b);
    assert_int_equal(df_pdf_changes(o.pdf, 1, NULL, &list, &n), MH_OK);
    assert_int_equal(n, 1);
    assert_int_equal(list[0].num, 4);
    assert_int_equal(list[0].where, DF_PDF_AT);
    assert_int_equal(df_pdf_find(o.pdf, 1, 0, NULL, &e), MH_OK);
    assert_int_equal(e.where, DF_PDF_FREE);
    assert_int_equal(df_pdf_root(o.pdf, 1, NULL, &root), MH_OK);
    assert_int_equal(df_pdf_at(o.pdf, 1, root, "Pages", NULL, &a), MH_OK);
    assert_true(df_pdf_is_name(df_pdf_key(a, "Type"), "Pages"));
    mh_arena_free(o.arena);

    /* Every prefix that ends with a revision is a file of its own. */
    open_file(&o, (struct mh_span){m.out.ptr, 0});
    assert_int_equal(o.code, MH_EFORMAT);
    mh_arena_free(o.arena);
    for (size_t len = 1; len < m.out.len; len++) {
        struct mh_span prefix = {m.out.ptr, len};

        open_file(&o, prefix);
        if (o.code == MH_OK && !mh_span_ends(prefix, "%%EOF") &&
            !mh_span_ends(prefix, "%%EOF\n"))
            fail_msg("opens when cut at %zu", len);
        mh_arena_free(o.arena);
    }
    mh_buf_fini(&m.out);
}

static void
test_freed(void **state)
{
    const struct df_pdf_entry *list;
    const struct df_pdf_obj *a;
    struct opened o;
    struct pm m;
    size_t n;

    (void)state;
    make(&m, TABLE);
    pm_free(&m, 4);
    pm_free(&m, 9);
    pm_end(&m, "");
    open_file(&o, mh_buf_get(&m.out));
    assert_int_equal(o.code, MH_OK);
    assert_int_equal(df_pdf_get(o.pdf, 0, 4, NULL, &a), MH_OK);
    assert_non_null(a);
    assert_int_equal(df_pdf_get(o.pdf, 1, 4, NULL, &a), MH_OK);
    assert_null(a);
    assert_int_equal(df_pdf_changes(o.pdf, 1, NULL, &list, &n), MH_OK);
    assert_int_equal(n, 1); /* 9 was never there */
    assert_int_equal(list[0].where, DF_PDF_FREE);
    mh_arena_free(o.arena);
    mh_buf_fini(&m.out);
}

static void
test_packed(void **state)
{
    static const struct {
        const char *find, *with;
        int finding;
    } broken[] = {
        {"/Type/ObjStm", "/Type/ObjStx", MH_F_PDF_OBJECT_STREAM},
        {"/N 1", "/N 2", MH_F_PDF_OBJECT_STREAM},
        {"/N 1", "/N x", MH_F_PDF_OBJECT},
        {"/First 4", "/First 2", MH_F_PDF_OBJECT_STREAM},
        {"/First 4", "/First 9", MH_F_PDF_OBJECT_STREAM},
        {"stream\n2 0 ", "stream\n2 9 ", MH_F_PDF_OBJECT},
        {"stream\n2 0 ", "stream\n3 0 ", MH_F_PDF_XREF_OFFSET},
        {"stream\n2 0 ", "stream\n0 0 ", MH_F_PDF_OBJECT_STREAM},
        {"/Count 0>>\nends", "/Count 0>]\nends", MH_F_PDF_OBJECT},
        {"8 0 obj", "8 1 obj", MH_F_PDF_XREF_OFFSET},
    };
    const struct df_pdf_obj *a;
    struct df_pdf_entry e;
    struct opened o;
    struct pm m;

    (void)state;
    make(&m, PACKED);
    open_file(&o, mh_buf_get(&m.out));
    assert_int_equal(df_pdf_get(o.pdf, 0, 2, NULL, &a), MH_OK);
    assert_true(df_pdf_is_name(df_pdf_key(a, "Type"), "Pages"));
    assert_int_equal(df_pdf_find(o.pdf, 0, 2, NULL, &e), MH_OK);
    assert_int_equal(e.where, DF_PDF_INSIDE);
    assert_int_equal(e.stream, 8);
    mh_arena_free(o.arena);
    mh_buf_fini(&m.out);
    for (size_t i = 0; i < T_COUNT(broken); i++) {
        make(&m, PACKED);
        T_CHECK(
            broken[i].find, pm_replace(&m.out, broken[i].find, broken[i].with));
        open_file(&o, mh_buf_get(&m.out));
        T_CHECK(broken[i].with, o.code == MH_OK);
        T_CHECK(broken[i].with,
            df_pdf_get(o.pdf, 0, 2, &o.err, &a) != MH_OK && a == NULL);
        T_CHECK(broken[i].with, o.err.finding == broken[i].finding);
        mh_arena_free(o.arena);
        mh_buf_fini(&m.out);
    }
}

/* Changes of one object that show when it is read. */
static const struct {
    const char *find, *with;
    int finding; /* 0: reads */
    int note;    /* or 0 */
} reads[] = {
    {"%PDF-1.7\n", "%PDF-1.7\n", 0, 0},
    {"4 0 obj", "5 0 obj", MH_F_PDF_XREF_OFFSET, 0},
    {"4 0 obj", "4 1 obj", MH_F_PDF_XREF_OFFSET, 0},
    {"4 0 obj", "4 0 abj", MH_F_PDF_XREF_OFFSET, 0},
    {"\n4 0 obj", " 4 0 obj", 0, 0},
    {"4 0 obj\n<</Length 3>>\nstream\nq", "  4 0 obj<</Length 3>>stream\nq", 0,
        MH_F_PDF_XREF_OFFSET},
    {"/Length 3", "/Length 2", MH_F_PDF_OBJECT, 0},
    {"/Length 3", "/Length/3", MH_F_PDF_OBJECT, 0},
    {"/Length 3", "/Lengtx 3", MH_F_PDF_OBJECT, 0},
    {"endstream\nendobj", "endstream\nendobx", MH_F_PDF_OBJECT, 0},
    {"stream\nq Q", "stxeam\nq Q", MH_F_PDF_OBJECT, 0},
};

static void
test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(reads); i++) {
        const struct df_pdf_obj *a;
        enum mh_code code;
        struct opened o;
        struct pm m;

        make(&m, TABLE);
        assert_true(pm_replace(&m.out, reads[i].find, reads[i].with));
        open_file(&o, mh_buf_get(&m.out));
        T_CHECK(reads[i].with, o.code == MH_OK);
        code = df_pdf_get(o.pdf, 0, 4, &o.err, &a);
        T_CHECK(reads[i].with, (code == MH_OK) == (reads[i].finding == 0));
        T_CHECK(reads[i].with, o.err.finding == reads[i].finding);
        if (reads[i].note != 0)
            T_CHECK(reads[i].with,
                has_note(&o.notes, (enum mh_finding_code)reads[i].note));
        else
            T_CHECK(reads[i].with, o.notes.count == 0);
        mh_arena_free(o.arena);
        mh_buf_fini(&m.out);
    }
}

/* Objects that need each other, and lengths that change later. */
static void
test_references(void **state)
{
    const struct df_pdf_obj *a, *b;
    struct mh_span data;
    struct opened o;
    struct pm m;

    (void)state;
    pm_base(&m, "");
    pm_obj(&m, 5, "<</Length 5 0 R>>\nstream\nx\nendstream");
    pm_obj(&m, 6, "7 0 R");
    pm_obj(&m, 7, "6 0 R");
    pm_obj(&m, 8,
        "<</Length 9 0 R/Filter[/AHx 10 0 R]>>\nstream\n"
        "34313e>\nendstream\nendobj\nx\nendstream");
    pm_obj(&m, 9, "7");
    pm_obj(&m, 10, "/AHx");
    pm_obj(&m, 11, "[1 1 R]");
    pm_end(&m, "");
    pm_obj(&m, 9, "17");
    pm_end(&m, "");
    open_file(&o, mh_buf_get(&m.out));
    assert_int_equal(o.code, MH_OK);
    assert_int_equal(df_pdf_get(o.pdf, 0, 5, &o.err, &a), MH_ELIMIT);
    assert_int_equal(df_pdf_get(o.pdf, 0, 6, &o.err, &a), MH_OK);
    assert_int_equal(df_pdf_resolve(o.pdf, 0, a, &o.err, &b), MH_ELIMIT);
    assert_int_equal(o.err.finding, MH_F_PDF_LIMIT);
    assert_int_equal(df_pdf_get(o.pdf, 0, 11, &o.err, &a), MH_OK);
    assert_int_equal(df_pdf_resolve(o.pdf, 0, a->item[0], &o.err, &b), MH_OK);
    assert_null(b); /* another generation */
    assert_int_equal(df_pdf_get(o.pdf, 0, 8, &o.err, &a), MH_OK);
    assert_int_equal(df_pdf_data(o.pdf, 0, 8, a, &o.err, &data), MH_OK);
    assert_true(mh_span_is(data, "A"));
    assert_int_equal(df_pdf_get(o.pdf, 1, 8, &o.err, &a), MH_EFORMAT);
    assert_string_equal(o.err.msg, "pdf: length of a stream was exchanged");
    mh_arena_free(o.arena);
    mh_buf_fini(&m.out);
}

/* White space before the header and after the end: refused in strict. */
static void
test_outside(void **state)
{
    struct opened o;
    struct pm m;

    (void)state;
    make(&m, TABLE);
    mh_buf_str(&m.out, "\n");
    open_file(&o, mh_buf_get(&m.out));
    assert_int_equal(o.code, MH_OK);
    assert_true(has_note(&o.notes, MH_F_PDF_TRAILING));
    mh_arena_free(o.arena);
    assert_true(pm_replace(&m.out, "%PDF", "junk\n%PDF"));
    open_file(&o, mh_buf_get(&m.out));
    assert_int_equal(o.code, MH_OK);
    assert_int_equal(df_pdf_prefix(o.pdf), 5);
    assert_true(has_note(&o.notes, MH_F_PDF_HEADER));
    mh_arena_free(o.arena);
    mh_buf_fini(&m.out);
}

/* As many revisions as may be, and one more. */
static void
test_many(void **state)
{
    struct opened o;
    struct pm m;

    (void)state;
    make(&m, TABLE);
    for (unsigned i = 1; i < MH_PDF_REVISIONS_MAX; i++)
        pm_end(&m, "");
    open_file(&o, mh_buf_get(&m.out));
    assert_int_equal(o.code, MH_OK);
    assert_int_equal(df_pdf_revisions(o.pdf), MH_PDF_REVISIONS_MAX);
    mh_arena_free(o.arena);
    pm_end(&m, "");
    open_file(&o, mh_buf_get(&m.out));
    assert_int_equal(o.code, MH_ELIMIT);
    assert_int_equal(o.err.finding, MH_F_PDF_LIMIT);
    mh_arena_free(o.arena);
    mh_buf_fini(&m.out);
}

/* Searches through revisions are counted: at the limit, and one more. */
static void
test_steps(void **state)
{
    struct df_pdf_entry e;
    struct opened o;
    struct pm m;
    uint64_t steps = 0;

    (void)state;
    make(&m, TABLE);
    for (unsigned i = 1; i < MH_PDF_REVISIONS_MAX; i++)
        pm_end(&m, "");
    open_file(&o, mh_buf_get(&m.out));
    for (; steps < MH_PDF_STEPS_MAX; steps += MH_PDF_REVISIONS_MAX)
        assert_int_equal(
            df_pdf_find(o.pdf, MH_PDF_REVISIONS_MAX - 1, 99, &o.err, &e),
            MH_OK);
    assert_int_equal(df_pdf_find(o.pdf, 0, 99, &o.err, &e), MH_ELIMIT);
    assert_int_equal(o.err.finding, MH_F_PDF_LIMIT);
    mh_arena_free(o.arena);
    mh_buf_fini(&m.out);
}

/* The first page's section stands first and leads forwards (annex F). */
static void
test_linearized(void **state)
{
    const struct df_pdf_obj *a;
    struct opened o, bad;
    struct pm m;
    size_t at, first;
    char text[32];

    (void)state;
    pm_begin(&m);
    pm_obj(&m, 3, "<</Linearized 1>>");
    first = m.out.len;
    mh_buf_printf(&m.out,
        "xref\n1 1\n%010zu 00000 n \n"
        "trailer\n<</Size 4/Root 1 0 R/Prev %010u>>\nstartxref\n0\n%%%%EOF\n",
        first + 94, 0U);
    assert_int_equal(m.out.len - first, 94);
    pm_obj(&m, 1, "<</Type/Catalog/Pages 2 0 R>>");
    pm_obj(&m, 2, "<</Type/Pages/Kids[]/Count 0>>");
    at = m.out.len;
    mh_buf_printf(&m.out,
        "xref\n0 1\n0000000000 65535 f \n2 2\n%010zu 00000 n \n"
        "%010zu 00000 n \ntrailer\n<</Size 4>>\nstartxref\n%zu\n%%%%EOF\n",
        m.obj[2].at, m.obj[3].at, first);
    (void)snprintf(text, sizeof(text), "/Prev %010zu", at);
    assert_true(pm_replace(&m.out, "/Prev 0000000000", text));
    /* Object 0 of the second section is read by nobody: it counts as well. */
    assert_true(pm_replace(&m.out, "0 65535 f", "0 6[535 f"));
    open_file(&bad, mh_buf_get(&m.out));
    assert_int_equal(bad.code, MH_EFORMAT);
    assert_non_null(strstr(bad.err.msg, "entry malformed"));
    mh_arena_free(bad.arena);
    assert_true(pm_replace(&m.out, "0 6[535 f", "0 65535 f"));
    open_file(&o, mh_buf_get(&m.out));
    assert_string_equal(o.err.msg, "");
    assert_int_equal(df_pdf_revisions(o.pdf), 1);
    assert_true(df_pdf_revision(o.pdf, 0)->linearized);
    assert_int_equal(df_pdf_root(o.pdf, 0, &o.err, &a), MH_OK);
    assert_int_equal(df_pdf_get(o.pdf, 0, 2, &o.err, &a), MH_OK);
    assert_non_null(a);
    mh_arena_free(o.arena);
    m.prev = first;
    pm_obj(&m, 2, "<</Type/Pages/Kids[]/Count 0/A 1>>");
    pm_end(&m, "");
    open_file(&o, mh_buf_get(&m.out));
    assert_string_equal(o.err.msg, "");
    assert_int_equal(df_pdf_revisions(o.pdf), 2);
    mh_arena_free(o.arena);
    mh_buf_fini(&m.out);
}

/* Offsets must stand in their own revision or repeat what was in force. */
static void
test_offsets(void **state)
{
    const struct df_pdf_entry *list;
    const struct df_pdf_obj *a;
    struct opened o;
    struct pm m;
    size_t n, four, three;

    (void)state;
    pm_base(&m, "");
    three = m.obj[3].at;
    four = m.obj[4].at;
    pm_end(&m, "");
    pm_note(&m, 4);
    m.obj[4].at = four;
    pm_end(&m, "");
    open_file(&o, mh_buf_get(&m.out));
    assert_int_equal(df_pdf_get(o.pdf, 1, 4, &o.err, &a), MH_OK);
    assert_int_equal(df_pdf_changes(o.pdf, 1, &o.err, &list, &n), MH_OK);
    assert_int_equal(n, 0);
    mh_arena_free(o.arena);
    pm_note(&m, 5);
    m.obj[5].at = three;
    pm_end(&m, "");
    open_file(&o, mh_buf_get(&m.out));
    assert_int_equal(df_pdf_get(o.pdf, 2, 5, &o.err, &a), MH_EFORMAT);
    assert_int_equal(o.err.finding, MH_F_PDF_XREF_OFFSET);
    assert_int_equal(df_pdf_changes(o.pdf, 2, &o.err, &list, &n), MH_EFORMAT);
    mh_arena_free(o.arena);
    mh_buf_fini(&m.out);
}

/* A cipher that anybody can undo: every byte with its lowest bit turned. */
static enum mh_code
begin(void *ctx, const struct df_pdf *pdf, const struct df_pdf_obj *encrypt,
    struct mh_span id, struct mh_err *err)
{
    (void)ctx;
    assert_true(df_pdf_encrypted(pdf));
    assert_true(mh_span_is(id, "first"));
    assert_true(mh_span_is(df_pdf_key(encrypt, "O")->bytes, "owner"));
    if (df_pdf_is_name(df_pdf_key(encrypt, "Filter"), "Ours"))
        return MH_OK;
    return mh_fail_finding(
        err, MH_EUNSUP, MH_F_PDF_ENCRYPTED, MH_NO_OFFSET, "pdf: other cipher");
}

static enum mh_code
decrypt(void *ctx, const struct df_pdf_secret *secret, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out)
{
    uint8_t *p = mh_arena_alloc(arena, secret->data.len + 1);

    (void)ctx;
    (void)err;
    assert_non_null(p);
    assert_true(secret->num >= 6 && secret->num <= 8 && secret->gen == 0);
    for (size_t i = 0; i < secret->data.len; i++)
        p[i] = secret->data.ptr[i] ^ 1;
    *out = (struct mh_span){p, secret->data.len};
    return MH_OK;
}

static void
test_encrypted(void **state)
{
    static const struct df_pdf_crypto crypto = {NULL, begin, decrypt};
    struct mh_arena *arena = mh_arena_new(1 << 20);
    const struct df_pdf_obj *a;
    struct df_notes notes;
    struct mh_err err = {0};
    struct df_pdf *pdf;
    struct mh_span data;
    struct pm m;

    (void)state;
    pm_base(&m, "");
    pm_obj(&m, 5, "<</Filter/Ours/O(owner)>>");
    pm_obj(&m, 6, "<</A(bcd)/B[<62>]/Contents<62>/C<</Contents(b)>>>>");
    pm_obj(&m, 7, "<</A(b)/Contents<62>/ByteRange[0 1 2 3]>>");
    pm_obj(&m, 8, "<</Length 3>>\nstream\nbcd\nendstream");
    pm_end(&m, "/Encrypt 5 0 R/ID[(first)(second)]");
    df_notes_init(&notes, arena);
    assert_int_equal(
        df_pdf_open(mh_buf_get(&m.out), &crypto, arena, &notes, &err, &pdf),
        MH_OK);
    assert_int_equal(df_pdf_get(pdf, 0, 6, &err, &a), MH_OK);
    assert_true(mh_span_is(df_pdf_key(a, "A")->bytes, "cbe"));
    assert_true(mh_span_is(df_pdf_key(a, "B")->item[0]->bytes, "c"));
    assert_true(mh_span_is(df_pdf_key(a, "Contents")->bytes, "c"));
    assert_true(
        mh_span_is(df_pdf_key(df_pdf_key(a, "C"), "Contents")->bytes, "c"));
    assert_int_equal(df_pdf_get(pdf, 0, 7, &err, &a), MH_OK);
    assert_true(mh_span_is(df_pdf_key(a, "A")->bytes, "c"));
    assert_true(mh_span_is(df_pdf_key(a, "Contents")->bytes, "b"));
    assert_int_equal(df_pdf_get(pdf, 0, 8, &err, &a), MH_OK);
    assert_true(mh_span_is(a->bytes, "bcd"));
    assert_int_equal(df_pdf_data(pdf, 0, 8, a, &err, &data), MH_OK);
    assert_true(mh_span_is(data, "cbe"));
    assert_true(pm_replace(&m.out, "/Filter/Ours", "/Filter/Othe"));
    assert_int_equal(
        df_pdf_open(mh_buf_get(&m.out), &crypto, arena, &notes, &err, &pdf),
        MH_EUNSUP);
    assert_int_equal(err.finding, MH_F_PDF_ENCRYPTED);
    mh_arena_free(arena);
    mh_buf_fini(&m.out);
}

enum {
    FAR = 20,           /* objects far apart */
    FAR_BYTES = 3 << 20 /* of the stream of each */
};

static void
write_at(int fd, size_t *at, const char *text)
{
    size_t len = strlen(text);

    assert_int_equal(pwrite(fd, text, len, (off_t)*at), (ssize_t)len);
    *at += len;
}

/* Pages that are given back between objects are read again, the same. */
static void
test_mapped(void **state)
{
    int fd = memfd_create("far", MFD_CLOEXEC);
    struct mh_arena *arena = mh_arena_new(1 << 20);
    size_t at = 0, place[FAR + 1];
    struct df_notes notes;
    struct mh_err err = {0};
    struct df_pdf *pdf;
    struct mh_map map;
    char text[200];

    (void)state;
    write_at(fd, &at, "%PDF-1.7\n");
    for (int i = 1; i <= FAR; i++) {
        place[i] = at;
        (void)snprintf(text, sizeof(text),
            "%d 0 obj\n<</Mark %d/Length %d>>\nstream\n", i, i, FAR_BYTES);
        write_at(fd, &at, text);
        at += FAR_BYTES; /* a hole: zeros */
        write_at(fd, &at, "\nendstream\nendobj\n");
    }
    place[0] = at;
    write_at(fd, &at, "xref\n0 21\n0000000000 65535 f \n");
    for (int i = 1; i <= FAR; i++) {
        (void)snprintf(text, sizeof(text), "%010zu 00000 n \n", place[i]);
        write_at(fd, &at, text);
    }
    (void)snprintf(text, sizeof(text),
        "trailer\n<</Size 21/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n",
        place[0]);
    write_at(fd, &at, text);
    assert_int_equal(mh_map_fd(fd, at, &err, &map), MH_OK);
    df_notes_init(&notes, arena);
    assert_int_equal(
        df_pdf_open(map.bytes, NULL, arena, &notes, &err, &pdf), MH_OK);
    df_pdf_mapped(pdf);
    for (int i = FAR; i >= 1; i--) {
        const struct df_pdf_obj *o;

        assert_int_equal(df_pdf_get(pdf, 0, (uint32_t)i, &err, &o), MH_OK);
        assert_int_equal(df_pdf_key(o, "Mark")->integer, i);
        assert_int_equal(o->bytes.len, FAR_BYTES);
    }
    assert_memory_equal(map.bytes.ptr, "%PDF-1.7\n", 9);
    mh_map_fini(&map);
    mh_arena_free(arena);
    assert_int_equal(close(fd), 0);
}

/* Too little memory is no finding about the document. */
static void
test_memory(void **state)
{
    struct pm m;

    (void)state;
    make(&m, PACKED);
    for (size_t budget = 64; budget < 8192; budget += 64) {
        struct mh_arena *arena = mh_arena_new(budget);
        const struct df_pdf_obj *a;
        struct df_notes notes;
        struct mh_err err = {0};
        struct df_pdf *pdf;
        enum mh_code code;

        df_notes_init(&notes, arena);
        code = df_pdf_open(mh_buf_get(&m.out), NULL, arena, &notes, &err, &pdf);
        if (code == MH_OK)
            code = df_pdf_get(pdf, 0, 2, &err, &a);
        assert_true(code == MH_OK || code == MH_ELIMIT);
        assert_int_equal(err.finding, 0);
        mh_arena_free(arena);
    }
    mh_buf_fini(&m.out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_revisions),
        cmocka_unit_test(test_freed),
        cmocka_unit_test(test_packed),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_outside),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_linearized),
        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_encrypted),
        cmocka_unit_test(test_mapped),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
