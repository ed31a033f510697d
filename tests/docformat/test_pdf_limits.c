/* Each limit that a PDF can meet: at it, and one past it. */
#include "tests/t.h"

#include "docformat/pdf/form.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/wire/codes.h"
#include "tests/docformat/pdfmake.h"

enum {
    ARENA = 512 << 20,
    FILE_MAX = 32 << 20,
};

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
    o->arena = mh_arena_new(ARENA);
    assert_non_null(o->arena);
    df_notes_init(&o->notes, o->arena);
    o->code = df_pdf_open(file, NULL, o->arena, &o->notes, &o->err, &o->pdf);
}

static void
expect(const struct opened *o, enum mh_code code, bool past)
{
    assert_int_equal(code, past ? MH_ELIMIT : MH_OK);
    assert_int_equal(o->err.finding, past ? MH_F_PDF_LIMIT : 0);
}

static void
test_hops(void **state)
{
    (void)state;
    for (unsigned past = 0; past < 2; past++) {
        struct df_pdf_obj ref = {.type = DF_PDF_REF, .num = 10};
        unsigned last = 10 + MH_PDF_HOPS_MAX - 1 + past;
        const struct df_pdf_obj *out;
        struct opened o;
        struct pm m;
        char text[32];

        pm_base(&m, "");
        for (unsigned i = 10; i < last; i++) {
            (void)snprintf(text, sizeof(text), "%u 0 R", i + 1);
            pm_obj(&m, i, text);
        }
        pm_obj(&m, last, "true");
        pm_end(&m, "");
        open_file(&o, mh_buf_get(&m.out));
        assert_int_equal(o.code, MH_OK);
        expect(&o, df_pdf_resolve(o.pdf, 0, &ref, &o.err, &out), past != 0);
        assert_true(past != 0 || out->truth);
        mh_arena_free(o.arena);
        mh_buf_fini(&m.out);
    }
}

static enum mh_code
read_form(struct opened *o)
{
    struct df_pdf_form form;
    size_t budget = MH_PDF_FIELD_VISITS;

    return df_pdf_form(o->pdf, 0, &budget, &o->err, &form);
}

static void
test_field_depth(void **state)
{
    (void)state;
    for (unsigned past = 0; past < 2; past++) {
        unsigned last = 10 + MH_PDF_FIELD_DEPTH + past;
        struct opened o;
        struct pm m;
        char text[64];

        pm_base(&m, "/AcroForm<</Fields[10 0 R]>>");
        for (unsigned i = 10; i < last; i++) {
            (void)snprintf(text, sizeof(text), "<</T(a)/Kids[%u 0 R]>>", i + 1);
            pm_obj(&m, i, text);
        }
        pm_obj(&m, last, "<</T(a)>>");
        pm_end(&m, "");
        open_file(&o, mh_buf_get(&m.out));
        assert_int_equal(o.code, MH_OK);
        expect(&o, read_form(&o), past != 0);
        mh_arena_free(o.arena);
        mh_buf_fini(&m.out);
    }
}

/* A name of so many bytes, in two parts and the period between them. */
static void
test_field_name(void **state)
{
    static char text[MH_PDF_FIELD_NAME_MAX + 64];

    (void)state;
    for (unsigned past = 0; past < 2; past++) {
        struct opened o;
        struct pm m;
        size_t len = MH_PDF_FIELD_NAME_MAX - 1 + past;

        pm_base(&m, "/AcroForm<</Fields[10 0 R]>>");
        pm_obj(&m, 10, "<</T(a)/Kids[11 0 R]>>");
        memset(text, 0, sizeof(text));
        (void)snprintf(text, sizeof(text), "<</T("); /* fits */
        memset(text + 5, 'b', len);
        text[5 + len] = ')';
        text[6 + len] = text[7 + len] = '>';
        pm_obj(&m, 11, text);
        pm_end(&m, "");
        open_file(&o, mh_buf_get(&m.out));
        assert_int_equal(o.code, MH_OK);
        expect(&o, read_form(&o), past != 0);
        mh_arena_free(o.arena);
        mh_buf_fini(&m.out);
    }
}

static void
repeat(struct mh_buf *b, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        mh_buf_str(b, text);
}

static void
test_field_visits(void **state)
{
    (void)state;
    for (unsigned past = 0; past < 2; past++) {
        struct opened o;
        struct pm m;

        pm_base(&m, "/AcroForm<</Fields 10 0 R>>");
        m.out.max = FILE_MAX;
        pm_note(&m, 10);
        mh_buf_str(&m.out, "10 0 obj\n[");
        repeat(&m.out, "null ", MH_PDF_FIELD_VISITS + past);
        mh_buf_str(&m.out, "]\nendobj\n");
        pm_end(&m, "");
        open_file(&o, mh_buf_get(&m.out));
        assert_int_equal(o.code, MH_OK);
        expect(&o, read_form(&o), past != 0);
        mh_arena_free(o.arena);
        mh_buf_fini(&m.out);
    }
}

static void
test_runs(void **state)
{
    (void)state;
    for (unsigned past = 0; past < 2; past++) {
        struct opened o;
        struct pm m;
        size_t at;

        pm_begin(&m);
        m.out.max = FILE_MAX;
        at = m.out.len;
        mh_buf_str(&m.out, "xref\n");
        for (unsigned i = 0; i < MH_PDF_SUBSECTIONS_MAX + past; i++)
            mh_buf_printf(&m.out, "%u 1\n0000000000 65535 f \n", i);
        mh_buf_str(&m.out, "trailer\n<</Size 1>>\n");
        pm_tail(&m, at);
        open_file(&o, mh_buf_get(&m.out));
        expect(&o, o.code, past != 0);
        mh_arena_free(o.arena);
        mh_buf_fini(&m.out);
    }
}

static void
test_numbers(void **state)
{
    (void)state;
    for (unsigned past = 0; past < 2; past++) {
        struct opened o;
        struct pm m;
        size_t at;

        pm_begin(&m);
        at = m.out.len;
        mh_buf_printf(&m.out,
            "xref\n%u 1\n0000000000 65535 f \ntrailer\n<</Size 1>>\n",
            MH_PDF_OBJECTS_MAX - 1 + past);
        pm_tail(&m, at);
        open_file(&o, mh_buf_get(&m.out));
        expect(&o, o.code, past != 0);
        mh_arena_free(o.arena);
        mh_buf_fini(&m.out);
    }
}

/* The entries of a stream against the bytes of its file. */
static void
test_entries(void **state)
{
    (void)state;
    for (unsigned past = 0; past < 2; past++) {
        struct opened o;
        struct pm m;
        size_t at;
        uint64_t most;

        pm_begin(&m);
        at = m.out.len;
        mh_buf_str(&m.out,
            "1 0 obj\n<</Type/XRef/Size 1/W[0 1 0]/Index[0 000000]/Length 1>>"
            "\nstream\nx\nendstream\nendobj\n");
        pm_tail(&m, at);
        most = MH_PDF_ENTRIES_FREE + m.out.len / MH_PDF_ENTRY_BYTES + past;
        assert_true(most < 999999);
        for (unsigned k = 0; k < 6; k++, most /= 10) {
            uint8_t *p = memmem(m.out.ptr, m.out.len, "]/Length", 8);

            p[-1 - (int)k] = (uint8_t)('0' + most % 10);
        }
        open_file(&o, mh_buf_get(&m.out));
        expect(&o, o.code, past != 0);
        mh_arena_free(o.arena);
        mh_buf_fini(&m.out);
    }
}

static void
test_packed(void **state)
{
    (void)state;
    for (unsigned past = 0; past < 2; past++) {
        unsigned count = MH_PDF_PACKED_MAX + past;
        const struct df_pdf_obj *out;
        struct mh_buf head;
        struct opened o;
        struct pm m;

        mh_buf_init(&head, FILE_MAX);
        for (unsigned i = 0; i < count; i++)
            mh_buf_printf(&head, "%u 0 ", 100 + i);
        pm_base(&m, "");
        m.out.max = FILE_MAX;
        pm_note(&m, 8);
        mh_buf_printf(&m.out,
            "8 0 obj\n<</Type/ObjStm/N %u/First %zu/Length %zu>>\nstream\n",
            count, head.len, head.len + 4);
        mh_buf_span(&m.out, mh_buf_get(&head));
        mh_buf_str(&m.out, "true\nendstream\nendobj\n");
        pm_note(&m, 100);
        m.obj[100].packed = true;
        m.obj[100].at = 8;
        pm_end_refs(&m, 9, "");
        open_file(&o, mh_buf_get(&m.out));
        assert_int_equal(o.code, MH_OK);
        /* The first has no bytes of its own; the stream was read before. */
        if (past == 0) {
            assert_int_equal(
                df_pdf_get(o.pdf, 0, 100, &o.err, &out), MH_EFORMAT);
            assert_int_equal(o.err.finding, MH_F_PDF_OBJECT);
        } else {
            expect(&o, df_pdf_get(o.pdf, 0, 100, &o.err, &out), true);
        }
        mh_arena_free(o.arena);
        mh_buf_fini(&head);
        mh_buf_fini(&m.out);
    }
}

static void
test_pack_bytes(void **state)
{
    (void)state;
    for (unsigned past = 0; past < 2; past++) {
        size_t len = MH_PDF_PACK_BYTES_MAX + past;
        const struct df_pdf_obj *out;
        struct opened o;
        struct pm m;

        pm_base(&m, "");
        m.out.max = FILE_MAX;
        pm_note(&m, 8);
        mh_buf_printf(&m.out,
            "8 0 obj\n<</Type/ObjStm/N 1/First 6/Length %zu>>\nstream\n"
            "100 0 true",
            len);
        repeat(&m.out, " ", len - 10);
        mh_buf_str(&m.out, "\nendstream\nendobj\n");
        pm_note(&m, 100);
        m.obj[100].packed = true;
        m.obj[100].at = 8;
        pm_end_refs(&m, 9, "");
        open_file(&o, mh_buf_get(&m.out));
        assert_int_equal(o.code, MH_OK);
        expect(&o, df_pdf_get(o.pdf, 0, 100, &o.err, &out), past != 0);
        mh_arena_free(o.arena);
        mh_buf_fini(&m.out);
    }
}

/* A signature value of so many bytes, mostly padding. */
static void
test_contents(void **state)
{
    (void)state;
    for (unsigned past = 0; past < 2; past++) {
        struct df_pdf_sigs sigs;
        struct opened o;
        struct pm m;

        pm_base(&m, "/AcroForm<</Fields[6 0 R]>>");
        m.out.max = (size_t)2 * FILE_MAX;
        pm_obj(&m, 6, "<</FT/Sig/T(S)/V 7 0 R>>");
        pm_note(&m, 7);
        mh_buf_str(&m.out, "7 0 obj\n<</ByteRange[0 1 2 3]/Contents<");
        mh_buf_str(&m.out, PM_VALUE);
        repeat(&m.out, "00",
            MH_PDF_CONTENTS_MAX - (sizeof(PM_VALUE) - 1) / 2 + past);
        mh_buf_str(&m.out, ">>>\nendobj\n");
        pm_end(&m, "");
        open_file(&o, mh_buf_get(&m.out));
        assert_int_equal(o.code, MH_OK);
        assert_int_equal(
            df_pdf_signatures(o.pdf, &o.notes, &o.err, &sigs), MH_OK);
        assert_int_equal(sigs.count, 1);
        assert_int_equal(sigs.sig[0].defect,
            past != 0 ? MH_F_PDF_CONTENTS : MH_F_PDF_BYTE_RANGE);
        mh_arena_free(o.arena);
        mh_buf_fini(&m.out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hops),
        cmocka_unit_test(test_field_depth),
        cmocka_unit_test(test_field_name),
        cmocka_unit_test(test_field_visits),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_packed),
        cmocka_unit_test(test_pack_bytes),
        cmocka_unit_test(test_contents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
