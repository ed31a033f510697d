/* Media types by content, URIs, manifests: read back by the readers. */
#define MH_ALLOW_BANNED
#include "docformat/asic/write.h"

#include <string.h>

#include "docformat/docformat.h"
#include "tests/t.h"

enum {
    ROOM = 1 << 20
};

static void
test_media(void **state)
{
    const struct {
        const char *name;
        struct mh_span bytes;
        const char *type;
        bool packed;
    } rows[] = {
        {"nothing", {NULL, 0}, "application/octet-stream", false},
        {"text", MH_SPAN_LIT("İddia\r\n\t"), "text/plain", false},
        {"XML", MH_SPAN_LIT("<?xml version='1.0'?><a/>"), "application/xml",
            false},
        {"control", MH_SPAN_LIT("a\x01"), "application/octet-stream", false},
        {"not UTF-8", MH_SPAN_LIT("a\xff"), "application/octet-stream", false},
        {"PDF", MH_SPAN_LIT("%PDF-1.7\n"), "application/pdf", true},
        {"PDF later", MH_SPAN_LIT("\n\n%PDF-1.7\n"), "application/pdf", true},
        {"JPEG", MH_SPAN_LIT("\xff\xd8\xff\xe0"), "image/jpeg", true},
        {"PNG", MH_SPAN_LIT("\x89PNG\r\n\x1a\n"), "image/png", true},
        {"zip", MH_SPAN_LIT("PK\3\4abc"), "application/zip", true},
        {"ASiC-E",
            MH_SPAN_LIT("PK\3\4__________________________mimetype"
                        "application/vnd.etsi.asic-e+zipPK\3\4"),
            DF_MIME_ASIC_E, true},
        {"longer than ASiC-E",
            MH_SPAN_LIT("PK\3\4__________________________mimetype"
                        "application/vnd.etsi.asic-e+zipxPK\3\4"),
            "application/zip", true},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct df_media m = df_media_of(rows[i].bytes);

        T_CHECK(rows[i].name, strcmp(m.type, rows[i].type) == 0);
        T_CHECK(rows[i].name, m.packed == rows[i].packed);
        T_CHECK(rows[i].name, df_media_type_valid(mh_span_str(m.type)));
    }
}

/* Text that goes on past the head, a letter cut at its end. */
static void
test_long_text(void **state)
{
    static uint8_t text[(64 << 10) + 8];

    (void)state;
    memset(text, 'a', sizeof(text));
    text[(64 << 10) - 1] = 0xc9;
    text[64 << 10] = 0x99;
    assert_string_equal(
        df_media_of((struct mh_span){text, sizeof(text)}).type, "text/plain");
    text[100] = 0xff;
    assert_string_equal(df_media_of((struct mh_span){text, sizeof(text)}).type,
        "application/octet-stream");
}

static void
test_uris(void **state)
{
    const struct {
        struct mh_span name;
        const char *uri;
    } rows[] = {
        {MH_SPAN_LIT("a-b_c.d~e+f"), "a-b_c.d~e+f"},
        {MH_SPAN_LIT("1 2"), "1%202"},
        {MH_SPAN_LIT("ə"), "%C9%99"},
        {MH_SPAN_LIT("100%"), "100%25"},
        {MH_SPAN_LIT("a:b?c#d&e;f=g"), "a%3Ab%3Fc%23d%26e%3Bf%3Dg"},
        {MH_SPAN_LIT("d/e"), "d/e"},
    };
    struct mh_arena *arena = mh_arena_new(ROOM);
    struct mh_buf out;

    (void)state;
    mh_buf_init(&out, ROOM);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_span back;

        mh_buf_clear(&out);
        df_uri_put(&out, rows[i].name);
        T_CHECK(rows[i].uri, mh_span_is(mh_buf_get(&out), rows[i].uri));
        T_CHECK(rows[i].uri, df_uri_decode(mh_buf_get(&out), arena, &back));
        T_CHECK(rows[i].uri, mh_span_eq(back, rows[i].name));
    }
    mh_buf_fini(&out);
    mh_arena_free(arena);
}

/* What is escaped is what Canonical XML escapes. */
static void
test_escapes(void **state)
{
    static const char odd[] = "<a b=\"&lt;&quot;&#x9;&#xA;&#xD;>'&amp;\">"
                              "&lt;\"\t\n&#xD;&gt;'&amp;</a>";
    struct mh_span raw = MH_SPAN_LIT("<\"\t\n\r>'&");
    struct mh_arena *arena = mh_arena_new(ROOM);
    const struct df_c14n how = {.method = DF_C14N_EXC};
    struct mh_buf out, c14n;
    struct df_xml *xml;

    (void)state;
    mh_buf_init(&out, ROOM);
    mh_buf_init(&c14n, ROOM);
    mh_buf_str(&out, "<a b=\"");
    df_xml_put_attr(&out, raw);
    mh_buf_str(&out, "\">");
    df_xml_put_text(&out, raw);
    mh_buf_str(&out, "</a>");
    assert_true(mh_span_is(mh_buf_get(&out), odd));
    assert_int_equal(df_xml_load(mh_buf_get(&out), arena, NULL, &xml), MH_OK);
    assert_int_equal(
        df_c14n_write(xml, df_xml_root(xml), &how, NULL, &c14n), MH_OK);
    assert_true(mh_span_eq(mh_buf_get(&out), mh_buf_get(&c14n)));
    df_xml_free(xml);
    mh_buf_fini(&out);
    mh_buf_fini(&c14n);
    mh_arena_free(arena);
}

static void
test_characters(void **state)
{
    const struct {
        const char *name;
        struct mh_span text;
        bool valid;
    } rows[] = {
        {"nothing", {NULL, 0}, true},
        {"text", MH_SPAN_LIT("ərizə \t\r\n"), true},
        {"U+FFFD", MH_SPAN_LIT("\xef\xbf\xbd"), true},
        {"U+FFFE", MH_SPAN_LIT("\xef\xbf\xbe"), false},
        {"U+FFFF", MH_SPAN_LIT("\xef\xbf\xbf"), false},
        {"U+1FFFF", MH_SPAN_LIT("\xf0\x9f\xbf\xbf"), true},
        {"control", MH_SPAN_LIT("\x1f"), false},
        {"NUL", MH_SPAN_LIT("a\0"), false},
        {"cut", MH_SPAN_LIT("a\xc9"), false},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        T_CHECK(rows[i].name, df_xml_text_valid(rows[i].text) == rows[i].valid);
}

static void
test_asicmanifest(void **state)
{
    const struct df_written_file files[] = {
        {.name = MH_SPAN_LIT("a b&.txt"),
            .type = "text/plain",
            .digest = MH_SPAN_LIT("0123456789abcdef0123456789abcdef"),
            .method = "http://www.w3.org/2001/04/xmlenc#sha256"},
        {.name = MH_SPAN_LIT("META-INF/x.xml"),
            .type = "application/xml",
            .digest = MH_SPAN_LIT("x"),
            .method = "urn:y",
            .rootfile = true},
    };
    struct mh_arena *arena = mh_arena_new(ROOM);
    struct df_asicmanifest *m;
    struct mh_buf out;

    (void)state;
    mh_buf_init(&out, ROOM);
    df_asicmanifest_put(
        &out, MH_SPAN_LIT("META-INF/signature001.p7s"), DF_MIME_CMS, files, 2);
    assert_int_equal(
        df_asicmanifest_parse(mh_buf_get(&out), arena, NULL, &m), MH_OK);
    assert_true(mh_span_is(m->sig_uri, "META-INF/signature001.p7s"));
    assert_true(mh_span_is(m->sig_mime_type, DF_MIME_CMS));
    assert_int_equal(m->count, 2);
    assert_true(mh_span_is(m->refs[0].uri, "a%20b%26.txt"));
    assert_true(mh_span_eq(m->refs[0].digest, files[0].digest));
    assert_true(mh_span_is(m->refs[0].digest_method, files[0].method));
    assert_false(m->refs[0].rootfile);
    assert_true(m->refs[1].rootfile);
    mh_buf_fini(&out);
    mh_arena_free(arena);
}

static void
test_manifest(void **state)
{
    const struct df_written_file file = {
        .name = MH_SPAN_LIT("a<&\">.txt"), .type = "text/plain"};
    struct mh_arena *arena = mh_arena_new(ROOM);
    const struct df_node *n;
    struct mh_span value;
    struct mh_buf out;
    struct df_xml *xml;

    (void)state;
    mh_buf_init(&out, ROOM);
    df_manifest_put(&out, DF_MIME_ASIC_E, &file, 1);
    assert_int_equal(df_xml_load(mh_buf_get(&out), arena, NULL, &xml), MH_OK);
    n = df_xml_root(xml);
    assert_true(df_node_is(n, DF_NS_MANIFEST, "manifest"));
    assert_true(df_node_attr(n, DF_NS_MANIFEST, "version", &value));
    assert_true(mh_span_is(value, "1.2"));
    assert_int_equal(df_node_count(n, DF_NS_MANIFEST, "file-entry"), 2);
    n = df_node_first(n);
    assert_true(df_node_attr(n, DF_NS_MANIFEST, "media-type", &value));
    assert_true(mh_span_is(value, DF_MIME_ASIC_E));
    n = df_node_next(n);
    assert_true(df_node_attr(n, DF_NS_MANIFEST, "full-path", &value));
    assert_true(mh_span_eq(value, file.name));
    df_xml_free(xml);
    mh_buf_fini(&out);
    mh_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_media),
        cmocka_unit_test(test_long_text),
        cmocka_unit_test(test_uris),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_asicmanifest),
        cmocka_unit_test(test_manifest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
