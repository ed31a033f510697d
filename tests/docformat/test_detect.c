#include "tests/t.h"

#include "docformat/detect.h"

#include <string.h>
#include <zip.h>

#include "base/arena.h"
#include "docformat/zip/zip.h"

#define B(s) ((struct mh_span){(const uint8_t *)(s), sizeof(s) - 1})
/* The same where a constant must stand. */
#define ROW(s)                                                                 \
    {                                                                          \
        (const uint8_t *)(s), sizeof(s) - 1                                    \
    }
#define DS  "http://www.w3.org/2000/09/xmldsig#"
#define OID "\6\x09\x2a\x86\x48\x86\xf7\x0d\1\7\2"

struct row {
    const char *name;
    struct mh_span in;
    enum df_kind kind;
    const char *looks_like;
};

static const struct row rows[] = {
    {"nothing", ROW(""), DF_KIND_EMPTY, "empty file"},
    {"archive", ROW("PK\3\4"), DF_KIND_ZIP, "zip archive"},
    {"archive, first of all", ROW("PK\3\4%PDF-"), DF_KIND_ZIP, "zip archive"},
    {"empty archive", ROW("PK\5\6"), DF_KIND_ZIP, "zip archive"},
    {"archive behind other bytes", ROW("MZ\0PK\5\6"), DF_KIND_ZIP,
        "zip archive"},
    {"pdf", ROW("%PDF-1.7"), DF_KIND_PDF, "PDF document"},
    {"pdf behind other bytes", ROW("x\n%PDF-1.7"), DF_KIND_PDF, "PDF document"},
    {"pdf with an archive", ROW("%PDF-PK\5\6"), DF_KIND_PDF, "PDF document"},
    {"jpeg", ROW("\xff\xd8\xff\xe0"), DF_KIND_JPEG, "JPEG image"},
    {"jpeg cut short", ROW("\xff\xd8"), DF_KIND_UNKNOWN, "plain text"},
    {"cms", ROW("\x30\x0b" OID), DF_KIND_CMS, "CMS signature"},
    {"cms, long", ROW("\x30\x82\1\0" OID), DF_KIND_CMS, "CMS signature"},
    {"cms, indefinite", ROW("\x30\x80" OID), DF_KIND_CMS, "CMS signature"},
    {"cms cut short", ROW("\x30\x80\6\x09\x2a\x86\x48\x86\xf7\x0d\1\7"),
        DF_KIND_UNKNOWN, "unknown data"},
    {"other content", ROW("\x30\x0b\6\x09\x2a\x86\x48\x86\xf7\x0d\1\7\1"),
        DF_KIND_UNKNOWN, "unknown data"},
    {"length of nine bytes", ROW("\x30\x89\1\0\0\0\0\0\0\0\0" OID),
        DF_KIND_UNKNOWN, "unknown data"},
    {"cms in pem", ROW("-----BEGIN CMS-----\n"), DF_KIND_CMS_PEM,
        "CMS signature (PEM)"},
    {"pkcs7 in pem", ROW("-----BEGIN PKCS7-----\n"), DF_KIND_CMS_PEM,
        "CMS signature (PEM)"},
    {"certificate in pem", ROW("-----BEGIN CERTIFICATE-----\n"),
        DF_KIND_UNKNOWN, "plain text"},
    {"signature", ROW("<Signature xmlns='" DS "'/>"), DF_KIND_XML,
        "signed XML document"},
    {"signature with a prefix", ROW("<ds:Signature/>"), DF_KIND_XML,
        "signed XML document"},
    {"signatures", ROW("<a:XAdESSignatures>"), DF_KIND_XML,
        "signed XML document"},
    {"signed", ROW("<doc><s:Signature xmlns:s='" DS "'/></doc>"), DF_KIND_XML,
        "signed XML document"},
    {"signature behind a prologue",
        ROW("\xef\xbb\xbf<?xml version='1.0'?>\n<!-- c -->\r\n"
            "<!DOCTYPE x>\t<Signature/>"),
        DF_KIND_XML, "signed XML document"},
    {"xml", ROW("<a/>"), DF_KIND_UNKNOWN, "XML document"},
    {"ddoc", ROW("<SignedDoc format='DIGIDOC-XML'><Signature xmlns='" DS "'/>"),
        DF_KIND_UNKNOWN, "DDOC (DigiDoc XML)"},
    {"edoc", ROW("<e:EDoc>"), DF_KIND_UNKNOWN, "EDoc (XML)"},
    {"edoc, small", ROW("<edoc>"), DF_KIND_UNKNOWN, "EDoc (XML)"},
    {"trusted list", ROW("<TrustServiceStatusList>"), DF_KIND_UNKNOWN,
        "ETSI trusted list"},
    {"page", ROW("<!DOCTYPE html><html>"), DF_KIND_UNKNOWN, "HTML page"},
    {"drawing", ROW("<svg "), DF_KIND_UNKNOWN, "SVG image"},
    {"comment without end", ROW("<!-- <a/>"), DF_KIND_UNKNOWN, "plain text"},
    {"instruction without end", ROW("<?a <a/>"), DF_KIND_UNKNOWN, "plain text"},
    {"less-than alone", ROW("<"), DF_KIND_UNKNOWN, "plain text"},
    {"tag without name", ROW("< a>"), DF_KIND_UNKNOWN, "plain text"},
    {"ole2", ROW("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), DF_KIND_UNKNOWN,
        "OLE2 document (old Office)"},
    {"rar", ROW("Rar!\x1a\7\1"), DF_KIND_UNKNOWN, "RAR archive"},
    {"7z", ROW("7z\xbc\xaf\x27\x1c"), DF_KIND_UNKNOWN, "7z archive"},
    {"gzip", ROW("\x1f\x8b\x08"), DF_KIND_UNKNOWN, "gzip file"},
    {"bzip2", ROW("BZh9"), DF_KIND_UNKNOWN, "bzip2 file"},
    {"xz",
        ROW("\xfd"
            "7zXZ"),
        DF_KIND_UNKNOWN, "xz file"},
    {"elf",
        ROW("\x7f"
            "ELF"),
        DF_KIND_UNKNOWN, "ELF program"},
    {"pe", ROW("MZ\x90"), DF_KIND_UNKNOWN, "Windows program"},
    {"png", ROW("\x89PNG\r\n\x1a\n"), DF_KIND_UNKNOWN, "PNG image"},
    {"gif", ROW("GIF89a"), DF_KIND_UNKNOWN, "GIF image"},
    {"tiff", ROW("II*\0"), DF_KIND_UNKNOWN, "TIFF image"},
    {"tiff, big", ROW("MM\0*"), DF_KIND_UNKNOWN, "TIFF image"},
    {"rtf", ROW("{\\rtf1"), DF_KIND_UNKNOWN, "RTF document"},
    {"postscript", ROW("%!PS-Adobe"), DF_KIND_UNKNOWN, "PostScript document"},
    {"asciidoc", ROW("= Title\n"), DF_KIND_UNKNOWN, "AsciiDoc text"},
    {"text", ROW("a\t\f\r\n"), DF_KIND_UNKNOWN, "plain text"},
    {"data", ROW("a\1"), DF_KIND_UNKNOWN, "unknown data"},
    {"zero", ROW("\0"), DF_KIND_UNKNOWN, "unknown data"},
};

static void
test_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct df_detected got = df_detect(rows[i].in);

        if (got.kind != rows[i].kind ||
            strcmp(got.looks_like, rows[i].looks_like) != 0)
            fail_msg("%s: %d %s", rows[i].name, (int)got.kind, got.looks_like);
    }
}

static void
put(uint8_t *at, struct mh_span what)
{
    memcpy(at, what.ptr, what.len);
}

/* Only a bounded part of the file is looked at. */
static void
test_reach(void **state)
{
    static uint8_t file[100000];
    const struct mh_span whole = {file, sizeof(file)};
    const size_t tail = 22 + 65535; /* end record and longest comment */

    (void)state;
    memset(file, ' ', sizeof(file));
    put(file + 1019, B("%PDF-"));
    assert_int_equal(df_detect(whole).kind, DF_KIND_PDF);
    memset(file, ' ', sizeof(file));
    put(file + 1020, B("%PDF-"));
    assert_int_equal(df_detect(whole).kind, DF_KIND_UNKNOWN);
    memset(file, ' ', sizeof(file));
    put(file + sizeof(file) - tail, B("PK\5\6"));
    assert_int_equal(df_detect(whole).kind, DF_KIND_ZIP);
    memset(file, ' ', sizeof(file));
    put(file + sizeof(file) - tail - 1, B("PK\5\6"));
    assert_int_equal(df_detect(whole).kind, DF_KIND_UNKNOWN);
    memset(file, ' ', sizeof(file));
    put(file + 4085, B("<Signature>"));
    assert_int_equal(df_detect(whole).kind, DF_KIND_XML);
}

struct zip_row {
    const char *name;
    struct {
        const char *name, *data;
    } entries[3];
    zip_int32_t method;
    const char *looks_like;
};

static const struct zip_row zip_rows[] = {
    {"odf", {{"mimetype", "application/vnd.oasis.opendocument.text"}},
        ZIP_CM_STORE, "OpenDocument document"},
    {"epub", {{"mimetype", "application/epub+zip"}}, ZIP_CM_STORE, "EPUB book"},
    {"deflated mimetype",
        {{"mimetype", "application/vnd.oasis.opendocument."
                      "opendocument.opendocument.opendocument"}},
        ZIP_CM_DEFLATE, "zip archive"},
    {"ooxml", {{"a", "x"}, {"[Content_Types].xml", "x"}}, ZIP_CM_STORE,
        "OOXML document"},
    {"jar", {{"META-INF/MANIFEST.MF", "x"}}, ZIP_CM_STORE, "JAR archive"},
    {"manifest beside a mimetype",
        {{"mimetype", "x"}, {"META-INF/MANIFEST.MF", "x"}}, ZIP_CM_STORE,
        "zip archive"},
    {"other", {{"a", "x"}}, ZIP_CM_STORE, "zip archive"},
};

static struct mh_span
make(const struct zip_row *row, struct mh_arena *arena)
{
    zip_error_t error;
    zip_source_t *out = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_t *zip;
    zip_stat_t st;
    uint8_t *p;

    assert_non_null(out);
    zip_source_keep(out);
    zip = zip_open_from_source(out, ZIP_TRUNCATE, &error);
    assert_non_null(zip);
    for (size_t i = 0; i < 3 && row->entries[i].name != NULL; i++) {
        zip_int64_t at = zip_file_add(zip, row->entries[i].name,
            zip_source_buffer(
                zip, row->entries[i].data, strlen(row->entries[i].data), 0),
            0);

        assert_true(at >= 0);
        assert_int_equal(
            zip_set_file_compression(zip, (zip_uint64_t)at, row->method, 0), 0);
    }
    assert_int_equal(zip_close(zip), 0);
    assert_int_equal(zip_source_open(out), 0);
    assert_int_equal(zip_source_stat(out, &st), 0);
    p = mh_arena_alloc(arena, st.size);
    assert_non_null(p);
    assert_int_equal(zip_source_read(out, p, st.size), st.size);
    assert_int_equal(zip_source_close(out), 0);
    zip_source_free(out);
    return (struct mh_span){p, st.size};
}

static void
test_archives(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(zip_rows); i++) {
        struct mh_arena *arena = mh_arena_new(1 << 20);
        struct df_notes notes;
        struct df_zip *zip;

        df_notes_init(&notes, arena);
        assert_int_equal(
            df_zip_scan(make(&zip_rows[i], arena), arena, &notes, NULL, &zip),
            MH_OK);
        T_CHECK(zip_rows[i].name,
            strcmp(df_detect_zip(zip), zip_rows[i].looks_like) == 0);
        mh_arena_free(arena);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_reach),
        cmocka_unit_test(test_archives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
