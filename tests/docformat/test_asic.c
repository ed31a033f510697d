#ifndef MH_ALLOW_BANNED
#define MH_ALLOW_BANNED /* cmocka needs setjmp */
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/buf.h"
#include "docformat/docformat.h"

#define ASICE "application/vnd.etsi.asic-e+zip"
#define ASICS "application/vnd.etsi.asic-s+zip"
#define ADOC  "application/vnd.lt.archyvai.adoc-2008"
#define BDOC  "application/vnd.bdoc-1.0"
#define SIG                                                                    \
    "<x:XAdESSignatures xmlns:x='http://uri.etsi.org/02918/v1.2.1#'>"          \
    "<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/>"                  \
    "</x:XAdESSignatures>"
#define SIG2                                                                   \
    "<x:XAdESSignatures xmlns:x='http://uri.etsi.org/2918/v1.2.1#'>"           \
    "<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/>"                  \
    "<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/>"                  \
    "</x:XAdESSignatures>"
#define BARE "<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/>"
#define MNS  "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
#define ENTRY(path, type)                                                      \
    "<m:file-entry m:full-path='" path "' m:media-type='" type "'/>"
#define MAN(type, more)                                                        \
    "<m:manifest xmlns:m='" MNS "'>" ENTRY("/", type) more "</m:manifest>"
#define ONE MAN(ASICE, ENTRY("a.txt", "text/plain"))
#define AMAN                                                                   \
    "<ASiCManifest xmlns='http://uri.etsi.org/02918/v1.2.1#'>"                 \
    "<SigReference URI='META-INF/timestamp.tst'/>"                             \
    "<DataObjectReference URI='a.txt'>"                                        \
    "<DigestMethod xmlns='http://www.w3.org/2000/09/xmldsig#' Algorithm='u'/>" \
    "<DigestValue "                                                            \
    "xmlns='http://www.w3.org/2000/09/xmldsig#'>AAE=</DigestValue>"            \
    "</DataObjectReference></ASiCManifest>"

struct entry {
    const char *name, *data;
};

struct row {
    const char *what;
    struct entry entries[8];
    const char *error;  /* finding of the failure; NULL: opens */
    const char *format; /* where it opens */
    const char *notes;  /* "CLASS:code ..." of all but information */
};

static const struct row rows[] = {
    {"asic-e",
        {{"mimetype", ASICE}, {"a.txt", "x"}, {"META-INF/manifest.xml", ONE},
            {"META-INF/signatures0.xml", SIG}},
        NULL, "asic-e", ""},
    {"mimetype last",
        {{"a.txt", "x"}, {"META-INF/manifest.xml", ONE},
            {"META-INF/signatures0.xml", SIG}, {"mimetype", ASICE}},
        NULL, "asic-e", "S:mimetype-first "},
    {"white space",
        {{"mimetype", "\xef\xbb\xbf" ASICE "\r\n"}, {"a.txt", "x"},
            {"META-INF/manifest.xml", ONE}, {"META-INF/signatures0.xml", SIG}},
        NULL, "asic-e", "S:mimetype-whitespace "},
    {"no mimetype",
        {{"a.txt", "x"}, {"META-INF/manifest.xml", ONE},
            {"META-INF/signatures0.xml", SIG}},
        NULL, "asic-e", "S:mimetype-missing "},
    {"other mimetype",
        {{"mimetype", "text/plain"}, {"a.txt", "x"},
            {"META-INF/signatures0.xml", SIG}},
        "mimetype-content", NULL, NULL},
    {"long mimetype",
        {{"mimetype", ASICE ASICE ASICE ASICE ASICE ASICE ASICE ASICE ASICE},
            {"a.txt", "x"}, {"META-INF/signatures0.xml", SIG}},
        "mimetype-content", NULL, NULL},
    {"plain zip", {{"a.txt", "x"}}, "format-unknown", NULL, NULL},
    {"odf",
        {{"mimetype", "application/vnd.oasis.opendocument.text"},
            {"META-INF/documentsignatures.xml", SIG}},
        "format-unknown", NULL, NULL},
    {"ooxml", {{"[Content_Types].xml", "x"}, {"META-INF/signatures.xml", SIG}},
        "format-unknown", NULL, NULL},
    {"meta-inf in other letters",
        {{"mimetype", ASICE}, {"meta-inf/signatures0.xml", SIG},
            {"META-INFx/b", "x"}},
        NULL, "asic-e", ""},
    {"no manifest",
        {{"mimetype", ASICE}, {"a.txt", "x"},
            {"META-INF/signatures0.xml", SIG}},
        NULL, "asic-e", "F:manifest-missing "},
    {"manifest names less",
        {{"mimetype", ASICE}, {"a.txt", "x"}, {"b", "x"},
            {"META-INF/manifest.xml", ONE}, {"META-INF/signatures0.xml", SIG}},
        NULL, "asic-e", "F:manifest-unlisted "},
    {"manifest names more",
        {{"mimetype", ASICE}, {"a.txt", "x"},
            {"META-INF/manifest.xml", MAN(ASICE, ENTRY("a.txt", "text/plain")
                                                     ENTRY("b", "text/plain"))},
            {"META-INF/signatures0.xml", SIG}},
        NULL, "asic-e", "F:manifest-absent-file "},
    {"manifest names twice",
        {{"mimetype", ASICE}, {"a.txt", "x"},
            {"META-INF/manifest.xml",
                MAN(ASICE,
                    ENTRY("a.txt", "text/plain") ENTRY("a.txt", "text/html"))},
            {"META-INF/signatures0.xml", SIG}},
        NULL, "asic-e", "F:manifest-duplicate "},
    {"two roots",
        {{"mimetype", ASICE}, {"a.txt", "x"},
            {"META-INF/manifest.xml",
                MAN(ASICE, ENTRY("/", ASICE) ENTRY("a.txt", "text/plain"))},
            {"META-INF/signatures0.xml", SIG}},
        NULL, "asic-e", "F:manifest-duplicate "},
    {"no root",
        {{"mimetype", ASICE}, {"a.txt", "x"},
            {"META-INF/manifest.xml",
                "<m:manifest xmlns:m='" MNS
                "'>" ENTRY("a.txt", "text/plain") "</m:manifest>"},
            {"META-INF/signatures0.xml", SIG}},
        NULL, "asic-e", "F:manifest-invalid "},
    {"root type",
        {{"mimetype", ASICE}, {"a.txt", "x"},
            {"META-INF/manifest.xml", MAN(BDOC, ENTRY("a.txt", "text/plain"))},
            {"META-INF/signatures0.xml", SIG}},
        NULL, "asic-e", "S:manifest-root-type "},
    {"other namespace",
        {{"mimetype", ASICE}, {"a.txt", "x"},
            {"META-INF/manifest.xml", "<manifest xmlns='urn:x'/>"},
            {"META-INF/signatures0.xml", SIG}},
        NULL, "asic-e", "F:manifest-invalid "},
    {"bare attributes",
        {{"mimetype", ASICE}, {"a.txt", "x"},
            {"META-INF/manifest.xml",
                "<manifest xmlns='" MNS "'>"
                "<file-entry full-path='/' media-type='" ASICE "'/>"
                "<file-entry full-path='a.txt' media-type='text/plain'/>"
                "</manifest>"},
            {"META-INF/signatures0.xml", SIG}},
        NULL, "asic-e", "S:manifest-attribute "},
    {"attributes in both",
        {{"mimetype", ASICE}, {"a.txt", "x"},
            {"META-INF/manifest.xml",
                "<manifest xmlns='" MNS "' xmlns:m='" MNS
                "'><file-entry full-path='/' m:full-path='/' media-type='" ASICE
                "'/></manifest>"},
            {"META-INF/signatures0.xml", SIG}},
        NULL, "asic-e", "F:manifest-invalid "},
    {"media type",
        {{"mimetype", ASICE}, {"a.txt", "x"},
            {"META-INF/manifest.xml", MAN(ASICE, ENTRY("a.txt", "text"))},
            {"META-INF/signatures0.xml", SIG}},
        NULL, "asic-e", "W:media-type-syntax "},
    {"manifest with a doctype",
        {{"mimetype", ASICE}, {"a.txt", "x"},
            {"META-INF/manifest.xml", "<!DOCTYPE a>" ONE},
            {"META-INF/signatures0.xml", SIG}},
        NULL, "asic-e", "F:xml-doctype F:manifest-invalid "},
    {"unknown name",
        {{"mimetype", ASICE}, {"a.txt", "x"}, {"META-INF/manifest.xml", ONE},
            {"META-INF/signatures0.xml", SIG}, {"META-INF/x.xml", "x"},
            {"META-INF/relations.xml", "x"}},
        NULL, "asic-e", "S:meta-inf-unknown S:meta-inf-unknown "},
    {"signature file with a doctype",
        {{"mimetype", ASICE}, {"a.txt", "x"}, {"META-INF/manifest.xml", ONE},
            {"META-INF/signatures0.xml", "<!DOCTYPE a>" SIG}},
        NULL, "asic-e", "R:xml-doctype R:signature-file-invalid "},
    {"signature file without a signature",
        {{"mimetype", ASICE}, {"a.txt", "x"}, {"META-INF/manifest.xml", ONE},
            {"META-INF/signatures0.xml",
                "<XAdESSignatures "
                "xmlns='http://uri.etsi.org/02918/v1.2.1#'/>"}},
        NULL, "asic-e", "R:signature-file-invalid "},
    {"signature file with more",
        {{"mimetype", ASICE}, {"a.txt", "x"}, {"META-INF/manifest.xml", ONE},
            {"META-INF/signatures0.xml",
                "<XAdESSignatures "
                "xmlns='http://uri.etsi.org/02918/v1.2.1#'>" BARE
                "<x/></XAdESSignatures>"}},
        NULL, "asic-e", "R:signature-file-invalid "},
    {"bare signature",
        {{"mimetype", ASICE}, {"a.txt", "x"}, {"META-INF/manifest.xml", ONE},
            {"META-INF/signatures0.xml", BARE}},
        NULL, "asic-e", "R:signature-file-invalid "},
    {"signature file twice",
        {{"mimetype", ASICE}, {"a.txt", "x"}, {"META-INF/manifest.xml", ONE},
            {"META-INF/signatures0.xml", SIG},
            {"META-INF/signatures1.xml", SIG}},
        NULL, "asic-e", "S:signature-file-duplicate "},
    {"signatures and p7s",
        {{"mimetype", ASICE}, {"a.txt", "x"}, {"META-INF/manifest.xml", ONE},
            {"META-INF/signatures0.xml", SIG}, {"META-INF/signature.p7s", "x"}},
        NULL, "asic-e", "F:format-unsupported "},
    {"no file",
        {{"mimetype", ASICE}, {"META-INF/manifest.xml", MAN(ASICE, "")},
            {"META-INF/signatures0.xml", SIG}},
        NULL, "asic-e", "R:no-data-file "},
    {"empty file",
        {{"mimetype", ASICE}, {"a.txt", ""}, {"META-INF/manifest.xml", ONE},
            {"META-INF/signatures0.xml", SIG}},
        NULL, "asic-e", "W:data-file-empty "},
    {"evidence record",
        {{"mimetype", ASICE}, {"a.txt", "x"}, {"META-INF/manifest.xml", ONE},
            {"META-INF/signatures0.xml", SIG},
            {"META-INF/evidencerecord.ers", "x"}},
        NULL, "asic-e", "W:evidence-record "},
    {"asic-e token",
        {{"mimetype", ASICE}, {"a.txt", "x"}, {"META-INF/timestamp.tst", "x"},
            {"META-INF/ASiCManifest.xml", AMAN}},
        NULL, "asic-e", ""},
    {"asic-e token without manifest",
        {{"mimetype", ASICE}, {"a.txt", "x"}, {"META-INF/timestamp.tst", "x"}},
        NULL, "asic-e", "R:mimetype-content "},
    {"asic manifest broken",
        {{"mimetype", ASICE}, {"a.txt", "x"}, {"META-INF/timestamp.tst", "x"},
            {"META-INF/ASiCManifest.xml", "<a/>"}},
        NULL, "asic-e", "R:signature-file-invalid "},
    {"asic-s",
        {{"mimetype", ASICS}, {"a.txt", "x"}, {"META-INF/signatures.xml", SIG}},
        NULL, "asic-s", ""},
    {"asic-s token",
        {{"mimetype", ASICS}, {"a.txt", "x"}, {"META-INF/timestamp.tst", "x"}},
        NULL, "asic-s", ""},
    {"asic-s token by another name",
        {{"mimetype", ASICS}, {"a.txt", "x"}, {"META-INF/timestamp2.tst", "x"}},
        NULL, "asic-s", "R:asics-structure "},
    {"asic-s two files",
        {{"mimetype", ASICS}, {"a.txt", "x"}, {"b", "x"},
            {"META-INF/signatures.xml", SIG}},
        NULL, "asic-s", "R:asics-structure "},
    {"asic-s file below",
        {{"mimetype", ASICS}, {"a/b", "x"}, {"META-INF/signatures.xml", SIG}},
        NULL, "asic-s", "R:asics-structure "},
    {"asic-s two kinds",
        {{"mimetype", ASICS}, {"a.txt", "x"}, {"META-INF/signatures.xml", SIG},
            {"META-INF/timestamp.tst", "x"}},
        NULL, "asic-s", "R:asics-structure "},
    {"adoc",
        {{"mimetype", ADOC}, {"a.txt", "x"},
            {"META-INF/manifest.xml", MAN(ADOC, ENTRY("a.txt", "text/plain"))},
            {"META-INF/relations.xml", "x"},
            {"META-INF/signatures/signatures0.xml", BARE}},
        NULL, "adoc-2008", ""},
    {"bdoc",
        {{"mimetype", BDOC}, {"a.txt", "x"},
            {"META-INF/manifest.xml", MAN(BDOC, ENTRY("a.txt", "text/plain"))},
            {"META-INF/signatures0.xml", SIG2}},
        NULL, "bdoc-1", ""},
};

/* Writes an archive with libzip, everything stored. */
static struct mh_span
make(const struct entry *entries, size_t count, struct mh_arena *arena)
{
    zip_error_t error;
    zip_source_t *out = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_t *zip;
    zip_stat_t st;
    struct mh_span file;
    uint8_t *p;

    assert_non_null(out);
    zip_source_keep(out);
    zip = zip_open_from_source(out, ZIP_TRUNCATE, &error);
    assert_non_null(zip);
    for (size_t i = 0; i < count; i++) {
        zip_source_t *src =
            zip_source_buffer(zip, entries[i].data, strlen(entries[i].data), 0);
        zip_int64_t at = zip_file_add(zip, entries[i].name, src, 0);

        assert_true(at >= 0);
        assert_int_equal(
            zip_set_file_compression(zip, (zip_uint64_t)at, ZIP_CM_STORE, 0),
            0);
    }
    assert_int_equal(zip_close(zip), 0);
    assert_int_equal(zip_source_open(out), 0);
    assert_int_equal(zip_source_stat(out, &st), 0);
    p = mh_arena_alloc(arena, st.size);
    assert_non_null(p);
    assert_int_equal(zip_source_read(out, p, st.size), st.size);
    assert_int_equal(zip_source_close(out), 0);
    zip_source_free(out);
    file = (struct mh_span){p, st.size};
    return file;
}

static enum mh_code
open_span(struct mh_span file, struct mh_arena *arena, struct df_notes *notes,
    struct mh_err *err, struct df_asic **asic)
{
    struct df_zip *zip;

    df_notes_init(notes, arena);
    assert_int_equal(df_zip_scan(file, arena, notes, err, &zip), MH_OK);
    return df_asic_open(zip, arena, notes, err, asic);
}

static size_t
count_entries(const struct entry *entries, size_t most)
{
    size_t n = 0;

    while (n < most && entries[n].name != NULL)
        n++;
    return n;
}

static void
rules(void **state)
{
    static const char classes[] = "RFSWI";

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        struct mh_arena *arena = mh_arena_new(1 << 22);
        struct df_notes notes;
        struct mh_err err = {0};
        struct df_asic *asic;
        struct mh_buf got;
        enum mh_code code =
            open_span(make(row->entries, count_entries(row->entries, 8), arena),
                arena, &notes, &err, &asic);

        mh_buf_init(&got, 4096);
        for (const struct df_note *n = notes.first; n != NULL; n = n->next)
            if (n->class != DF_INFO)
                mh_buf_printf(&got, "%c:%s ", classes[n->class],
                    mh_finding_name(n->code));
        if (row->error != NULL) {
            if (code == MH_OK ||
                strcmp(mh_finding_name((unsigned)err.finding), row->error) != 0)
                fail_msg("%s: %s", row->what,
                    mh_finding_name((unsigned)err.finding));
        } else if (code != MH_OK ||
                   strcmp(asic->format_name, row->format) != 0 ||
                   !mh_span_is(mh_buf_get(&got), row->notes)) {
            fail_msg("%s: %s %.*s", row->what, err.msg, (int)got.len,
                (const char *)got.ptr);
        }
        df_asic_free(asic);
        mh_buf_fini(&got);
        mh_arena_free(arena);
    }
}

/* What a reader of signatures needs. */
static void
content(void **state)
{
    struct entry entries[] = {{"mimetype", ASICE}, {"a.txt", "x"},
        {"META-INF/manifest.xml", ONE}, {"META-INF/signatures1.xml", SIG2},
        {"META-INF/signatures0.xml", SIG}, {"META-INF/timestamp.tst", "x"},
        {"META-INF/ASiCManifest1.xml", AMAN}};
    struct mh_arena *arena = mh_arena_new(1 << 22);
    struct df_notes notes;
    struct df_asic *asic;
    const struct df_node *s;

    (void)state;
    assert_int_equal(
        open_span(make(entries, 7, arena), arena, &notes, NULL, &asic), MH_OK);
    assert_int_equal(asic->kind, DF_ASIC_XADES);
    assert_true(mh_span_is(asic->mimetype, ASICE));
    assert_true(mh_span_is(asic->root_type, ASICE));
    assert_int_equal(asic->file_count, 1);
    assert_true(mh_span_is(asic->files[0].media_type, "text/plain"));
    assert_int_equal(asic->sigfile_count, 2);
    assert_true(mh_span_ends(asic->sigfiles[0].entry->name, "0.xml"));
    assert_int_equal(asic->sigfiles[1].signatures, 2);
    s = df_asic_signature(&asic->sigfiles[1], NULL);
    assert_non_null(s);
    s = df_asic_signature(&asic->sigfiles[1], s);
    assert_non_null(s);
    assert_null(df_asic_signature(&asic->sigfiles[1], s));
    assert_int_equal(asic->token_count, 2);
    assert_int_equal(asic->tokens[0].kind, DF_TOKEN_MANIFEST);
    assert_int_equal(asic->tokens[1].by, 0);
    assert_int_equal(asic->tokens[0].manifest->count, 1);
    assert_true(mh_span_is(asic->tokens[0].manifest->refs[0].uri, "a.txt"));
    assert_int_equal(asic->tokens[0].manifest->refs[0].digest.len, 2);
    df_asic_free(asic);
    mh_arena_free(arena);
}

struct uri_row {
    const char *uri;
    enum df_uri_kind kind;
    const char *name; /* of the entry */
};

static const struct uri_row uris[] = {
    {"a.txt", DF_URI_DATA, "a.txt"},
    {"a%2etxt", DF_URI_DATA, "a.txt"},
    {"d/b%20c", DF_URI_DATA, "d/b c"},
    {"d/b c", DF_URI_DATA, "d/b c"},
    {"d/b+c", DF_URI_NOT_FOUND, NULL},
    {"p+q", DF_URI_DATA, "p+q"},
    {"p%2Bq", DF_URI_DATA, "p+q"},
    {"%C9%99", DF_URI_DATA, "\xc9\x99"},
    {"\xc9\x99", DF_URI_DATA, "\xc9\x99"},
    {"x%2579", DF_URI_DATA, "x%79"},
    {"x%79", DF_URI_AMBIGUOUS, NULL},
    {"mimetype", DF_URI_MIMETYPE, "mimetype"},
    {"META-INF/manifest.xml", DF_URI_META_INF, "META-INF/manifest.xml"},
    {"A.TXT", DF_URI_NOT_FOUND, NULL},
    {"d", DF_URI_NOT_FOUND, NULL},
    {"", DF_URI_REFUSED, NULL},
    {"#a", DF_URI_REFUSED, NULL},
    {"a.txt#x", DF_URI_REFUSED, NULL},
    {"a.txt?x", DF_URI_REFUSED, NULL},
    {"/a.txt", DF_URI_REFUSED, NULL},
    {"//host/a.txt", DF_URI_REFUSED, NULL},
    {"./a.txt", DF_URI_REFUSED, NULL},
    {"d/../a.txt", DF_URI_REFUSED, NULL},
    {"d/%2e%2e/a.txt", DF_URI_REFUSED, NULL},
    {"d//b", DF_URI_REFUSED, NULL},
    {"d/", DF_URI_REFUSED, NULL},
    {"d\\b", DF_URI_REFUSED, NULL},
    {"d%5Cb", DF_URI_REFUSED, NULL},
    {"d%2Fb", DF_URI_REFUSED, NULL},
    {"a%00", DF_URI_REFUSED, NULL},
    {"a%", DF_URI_REFUSED, NULL},
    {"a%4", DF_URI_REFUSED, NULL},
    {"a%zz", DF_URI_REFUSED, NULL},
    {"%c0%ae", DF_URI_REFUSED, NULL},
    {"%e9", DF_URI_REFUSED, NULL},
    {"http://host/a", DF_URI_REFUSED, NULL},
    {"file:a.txt", DF_URI_REFUSED, NULL},
    {"cid:x", DF_URI_REFUSED, NULL},
};

static void
references(void **state)
{
    struct entry entries[] = {{"mimetype", ASICE}, {"a.txt", "x"},
        {"d/b c", "x"}, {"p+q", "x"}, {"\xc9\x99", "x"}, {"x%79", "x"},
        {"xy", "x"}, {"META-INF/manifest.xml", ONE}};
    struct mh_arena *arena = mh_arena_new(1 << 22);
    struct df_notes notes;
    struct df_asic *asic;

    (void)state;
    assert_int_equal(
        open_span(make(entries, 8, arena), arena, &notes, NULL, &asic), MH_OK);
    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        struct df_uri_target t;

        assert_int_equal(
            df_uri_resolve(asic, mh_span_str(uris[i].uri), arena, NULL, &t),
            MH_OK);
        if (t.kind != uris[i].kind ||
            (uris[i].name == NULL) != (t.index == DF_NO_ENTRY) ||
            (uris[i].name != NULL &&
                !mh_span_is(asic->zip->entries[t.index].name, uris[i].name)))
            fail_msg("%s: %d", uris[i].uri, (int)t.kind);
    }
    df_asic_free(asic);
    mh_arena_free(arena);
}

struct media_row {
    const char *type;
    bool valid;
};

static void
media_types(void **state)
{
    static const struct media_row types[] = {
        {"text/plain", true},
        {"application/vnd.etsi.asic-e+zip", true},
        {"text/plain; charset=utf-8", true},
        {"text/plain;charset=\"a b\"; x=y", true},
        {"", false},
        {"text", false},
        {"text/", false},
        {"/plain", false},
        {"text/plain/x", false},
        {"text/pl ain", false},
        {"text/plain;", false},
        {"text/plain;x", false},
        {"text/plain;x=", false},
        {"text/plain;x=\"a", false},
        {"application/-x", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (df_media_type_valid(mh_span_str(types[i].type)) != types[i].valid)
            fail_msg("%s", types[i].type);
}

/*
 * With less memory than it takes a container is not opened, and neither is a
 * part of it; with enough it says what it said with plenty.
 */
static void
memory(void **state)
{
    struct entry entries[] = {{"mimetype", ASICE}, {"\xc9\x99.txt", "x"},
        {"META-INF/manifest.xml", ONE}, {"META-INF/signatures0.xml", SIG2},
        {"META-INF/timestamp.tst", "x"}, {"META-INF/ASiCManifest.xml", AMAN}};
    struct mh_arena *keep = mh_arena_new(1 << 22);
    struct mh_span file = make(entries, 6, keep);
    size_t opened = 0, refused = 0, notes_whole = 0;

    (void)state;
    for (size_t budget = 64; budget <= 32768; budget += 64) {
        struct mh_arena *arena = mh_arena_new(budget);
        struct df_asic *asic = NULL;
        struct df_notes notes;
        struct df_zip *zip;
        enum mh_code code;

        df_notes_init(&notes, arena);
        code = df_zip_scan(file, arena, &notes, NULL, &zip);
        if (code == MH_OK)
            code = df_asic_open(zip, arena, &notes, NULL, &asic);
        if (code == MH_OK && !notes.lost) {
            assert_true(opened == 0 || notes.count == notes_whole);
            notes_whole = notes.count;
            opened++;
        } else {
            assert_true(code == MH_ENOMEM || notes.lost);
            assert_int_equal(opened, 0);
            refused++;
        }
        df_asic_free(asic);
        mh_arena_free(arena);
    }
    assert_true(opened > 0 && refused > 20);
    mh_arena_free(keep);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules),
        cmocka_unit_test(content),
        cmocka_unit_test(memory),
        cmocka_unit_test(references),
        cmocka_unit_test(media_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
