#include "tests/t.h"

#include "signer/verify/pdfcrypt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct opened {
    struct mh_arena *arena;
    struct df_notes notes;
    struct mh_err err;
    struct sg_pdfcrypt crypt;
    struct df_pdf_crypto table;
    struct df_pdf *pdf;
    enum mh_code code;
    uint8_t bytes[4096];
    size_t len;
};

static void
load(struct opened *o, const char *name)
{
    char path[512];
    FILE *f;

    memset(o, 0, sizeof(*o));
    (void)snprintf(
        path, sizeof(path), "%s/verify/pdfcrypt/%s.pdf", T_SOURCE_DIR, name);
    f = fopen(path, "rbe");
    assert_non_null(f);
    o->len = fread(o->bytes, 1, sizeof(o->bytes), f);
    assert_int_equal(fclose(f), 0);
    assert_true(o->len > 0 && o->len < sizeof(o->bytes));
}

static void
open_it(struct opened *o)
{
    o->arena = mh_arena_new(1 << 20);
    df_notes_init(&o->notes, o->arena);
    sg_pdfcrypt_init(&o->crypt, &o->table);
    o->code = df_pdf_open((struct mh_span){o->bytes, o->len}, &o->table,
        o->arena, &o->notes, &o->err, &o->pdf);
}

/* The data of the stream that a key of the dictionary refers to. */
static struct mh_span
data_of(struct opened *o, const struct df_pdf_obj *dict, const char *key)
{
    const struct df_pdf_obj *ref = df_pdf_key(dict, key), *stream;
    struct mh_span data;

    assert_true(df_pdf_is(ref, DF_PDF_REF));
    assert_int_equal(df_pdf_get(o->pdf, 0, ref->num, &o->err, &stream), MH_OK);
    assert_non_null(stream);
    o->code = df_pdf_data(o->pdf, 0, ref->num, stream, &o->err, &data);
    return data;
}

static const char *const readable[] = {
    "r2", "r3", "r4", "r4-metadata", "r5", "r6", "r6-metadata"};

static void
test_readable(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(readable); i++) {
        const struct df_pdf_obj *root, *pages, *page, *info;
        struct df_pdf_sigs sigs;
        struct opened o;

        load(&o, readable[i]);
        open_it(&o);
        if (o.code != MH_OK)
            fail_msg("%s: %s", readable[i], o.err.msg);
        assert_int_equal(df_pdf_root(o.pdf, 0, &o.err, &root), MH_OK);
        assert_int_equal(
            df_pdf_at(o.pdf, 0, root, "Pages", &o.err, &pages), MH_OK);
        assert_int_equal(df_pdf_resolve(o.pdf, 0,
                             df_pdf_key(pages, "Kids")->item[0], &o.err, &page),
            MH_OK);
        T_CHECK(readable[i],
            mh_span_is(data_of(&o, page, "Contents"), "q 1 0 0 1 Q"));
        T_CHECK(readable[i], mh_span_is(data_of(&o, root, "Metadata"), "<a/>"));
        assert_int_equal(df_pdf_at(o.pdf, 0, df_pdf_revision(o.pdf, 0)->trailer,
                             "Info", &o.err, &info),
            MH_OK);
        T_CHECK(readable[i],
            mh_span_is(df_pdf_key(info, "Title")->bytes, "A title"));
        T_CHECK(readable[i], df_pdf_key(info, "Subject")->bytes.len == 0);
        assert_int_equal(
            df_pdf_signatures(o.pdf, &o.notes, &o.err, &sigs), MH_OK);
        T_CHECK(readable[i], df_pdf_second(o.pdf, &sigs, &o.err) == MH_OK);
        mh_arena_free(o.arena);
    }
}

/* One change each, of equal length. */
static const struct {
    const char *file, *find, *with, *error;
} rows[] = {
    {"password", "%PDF", "%PDF", "pdf: encrypted with a password"},
    {"password-r3", "%PDF", "%PDF", "pdf: encrypted with a password"},
    {"r6", "/Filter /Standard", "/Filter /Standarx",
        "pdf: encrypted by another handler"},
    {"r6", "/V 5", "/V 3", "pdf: encrypted by an unknown method"},
    {"r6", "/V 5", "/V 6", "pdf: encrypted by an unknown method"},
    {"r6", "/V 5", "/V 4", "pdf: encrypted by an unknown method"},
    {"r6", "/R 6", "/R 7", "pdf: encrypted by an unknown method"},
    {"r6", "/R 6", "/R 4", "pdf: encrypted by an unknown method"},
    {"r6", "/CFM /AESV3", "/CFM /AESV2", "pdf: encrypted by an unknown method"},
    {"r6", "/CFM /AESV3", "/CFM /Other", "pdf: encrypted by an unknown method"},
    {"r4", "/CFM /AESV2", "/CFM /AESV3", "pdf: encrypted by an unknown method"},
    {"r6", "/StmF /StdCF", "/StmF (xxxx)",
        "pdf: encrypted by an unknown method"},
    {"r6", "/P -4", "/P -8", "pdf: permissions were tampered with"},
    {"r6", "/UE <", "/UX <", "pdf: encryption dictionary malformed"},
    {"r6", "/U <", "/X <", "pdf: encryption dictionary malformed"},
    {"r3", "/O <", "/X <", "pdf: encryption dictionary malformed"},
    {"r3", "/P -4", "/P -8", "pdf: encrypted with a password"},
    {"r3", "/Length 128", "/Length 136", "pdf: encrypted by an unknown method"},
    {"r3", "/Length 128", "/Length 100", "pdf: encrypted by an unknown method"},
    {"r2", "/P -4", "/P -8", "pdf: encrypted with a password"},
};

static void
test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct opened o;
        uint8_t *p;

        load(&o, rows[i].file);
        p = memmem(o.bytes, o.len, rows[i].find, strlen(rows[i].find));
        T_CHECK(rows[i].find, p != NULL);
        for (size_t k = 0; rows[i].with[k] != 0; k++)
            p[k] = (uint8_t)rows[i].with[k];
        open_it(&o);
        if (o.code == MH_OK || strcmp(o.err.msg, rows[i].error) != 0)
            fail_msg("%s %s: %s", rows[i].file, rows[i].with, o.err.msg);
        T_CHECK(rows[i].with, o.err.finding == MH_F_PDF_ENCRYPTED);
        mh_arena_free(o.arena);
    }
}

/* Data that no cipher made. */
static void
test_broken(void **state)
{
    static const struct {
        size_t len;
        const char *error; /* NULL: reads */
    } data[] = {
        {0, NULL},
        {16, "pdf: encrypted data cut short"},
        {33, "pdf: encrypted data cut short"},
        {48, "pdf: encrypted data with wrong padding"},
    };
    static const uint8_t zero[64];
    struct opened o;

    (void)state;
    load(&o, "r6");
    open_it(&o);
    assert_int_equal(o.code, MH_OK);
    for (size_t i = 0; i < T_COUNT(data); i++) {
        struct df_pdf_secret secret = {.data = {zero, data[i].len}, .num = 9};
        struct mh_span out;
        enum mh_code code =
            o.table.decrypt(o.table.ctx, &secret, o.arena, &o.err, &out);

        if (data[i].error == NULL) {
            assert_int_equal(code, MH_OK);
            assert_int_equal(out.len, 0);
        } else {
            assert_int_equal(code, MH_EFORMAT);
            assert_string_equal(o.err.msg, data[i].error);
        }
    }
    mh_arena_free(o.arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readable),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_broken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
