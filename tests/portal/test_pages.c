/* portal/pages: values, templates as steps, escaping, texts. */
#include "tests/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "pages.h"
#include "portal/assets/assets.h"
#include "portal/pages/compiler/parse.h"
#include "portal/pages/compiler/po.h"
#include "portal/pages/reportpage.h"
#include "portal/pages/tmpl.h"

static struct mh_arena *arena;
static char dir[] = "/tmp/test_pages.XXXXXX";

static int
set_up(void **state)
{
    (void)state;
    arena = mh_arena_new(64U << 20);
    return arena == NULL || mkdtemp(dir) == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    mh_arena_free(arena);
    return rmdir(dir);
}

static void
put_file(const char *name, const char *text)
{
    char path[64];
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void
drop_file(const char *name)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_int_equal(unlink(path), 0);
}

/* Compiles one template; its error, or NULL. */
static const char *
compile(const char *text, struct pt_parse *p)
{
    *p = (struct pt_parse){.arena = arena, .dir = dir};
    put_file("t.html", text);
    put_file("part_p.html", "<b>{{x}}</b>");
    put_file("part_open.html", "{{#if x}}");
    put_file("part_loop.html", "{{>part_loop}}");
    (void)pt_parse_template(p, "t");
    drop_file("t.html");
    drop_file("part_p.html");
    drop_file("part_open.html");
    drop_file("part_loop.html");
    return p->error[0] == '\0' ? NULL : p->error;
}

/* What a template makes of the page. */
static const char *
render(const char *text, const struct pt_page *page, enum mh_lang lang)
{
    static char out[4096];
    struct pt_parse p;
    struct pt_tmpl tmpl;
    struct mh_buf buf;

    assert_null(compile(text, &p));
    tmpl = (struct pt_tmpl){"t", p.step, p.steps};
    mh_buf_init(&buf, sizeof(out) - 1);
    assert_int_equal(pt_tmpl_render(&tmpl, page, lang, NULL, &buf), MH_OK);
    if (buf.len > 0)
        memcpy(out, buf.ptr, buf.len);
    out[buf.len] = '\0';
    mh_buf_fini(&buf);
    return out;
}

static void
test_values(void **state)
{
    static const struct {
        const char *name, *template, *want;
    } rows[] = {
        {"text", "<p>{{a}}</p>", "<p>1 &lt; 2 &amp; &quot;3&quot; &#39;</p>"},
        {"attribute", "<p title=\"{{a}}\"></p>",
            "<p title=\"1 &lt; 2 &amp; &quot;3&quot; &#39;\"></p>"},
        {"address", "<a href=\"/x/{{u|url}}\">x</a>",
            "<a href=\"/x/javascript%3Aalert%281%29%2F%C9%99\">x</a>"},
        {"absent", "<p>{{none}}</p>", "<p></p>"},
        {"nested", "{{m.x}}", "inner"},
        {"a name of no map", "{{a.x}}", ""},
        {"if", "{{#if yes}}1{{else}}2{{/if}}{{#if no}}3{{else}}4{{/if}}", "14"},
        {"an empty text is false", "{{#if empty}}1{{else}}2{{/if}}", "2"},
        {"unless", "{{#unless no}}1{{/unless}}{{#unless yes}}2{{/unless}}",
            "1"},
        {"each, and outside", "{{#each l}}[{{x}}{{a.b}}{{u2}}]{{/each}}",
            "[1u][2u][3u]"},
        {"each of nothing", "{{#each empty}}x{{/each}}{{#each nl}}x{{/each}}",
            ""},
        {"each in each",
            "{{#each l}}{{#each l}}{{#if x}}{{x}}{{/if}}{{/each}};{{/each}}",
            "123;123;123;"},
        {"a part", "{{>part_p}}", "<b></b>"},
        {"a text that no catalogue has", "{{_ \"<no {1} {2}>\" a}}",
            "&lt;no 1 &lt; 2 &amp; &quot;3&quot; &#39; {2}&gt;"},
        {"control", "{{c}}", "a\xef\xbf\xbd|\xef\xbf\xbd|c"},
        {"what turns the reading round", "{{bidi}}", "a[U+202E]gpj.exe"},
        {"not UTF-8", "{{bad}}", "x\xef\xbf\xbd&lt;"},
        {"inside a tag", "<input {{#if yes}}checked{{/if}}>",
            "<input checked>"},
        {"branches inside a tag",
            "<input {{#if no}}checked{{else}}hidden{{/if}} disabled>",
            "<input hidden disabled>"},
    };
    struct pt_page page;
    struct pt_map *m;

    (void)state;
    pt_page_init(&page, arena);
    m = &page.root;
    pt_set(m, "a", "first");
    pt_set(m, "a", "1 < 2 & \"3\" '");
    pt_set(m, "u", "javascript:alert(1)/ə");
    pt_set(m, "u2", "u");
    pt_set(m, "empty", "");
    pt_set(m, "c", "a\001|\n|c");
    pt_set(m, "bidi",
        "a\xe2\x80\xae"
        "gpj.exe");
    pt_set_span(m, "bad", (struct mh_span){(const uint8_t *)"x\xff<", 3});
    pt_set_flag(m, "yes", true);
    pt_set_flag(m, "no", false);
    pt_set(pt_set_map(m, "m"), "x", "inner");
    pt_set_list(m, "nl");
    for (int i = 1; i <= 3; i++)
        pt_set_int(pt_add(m, "l"), "x", i);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        const char *got = render(rows[i].template, &page, MH_AZ);

        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].name, got);
    }
}

/* Memory that is out is said when the page is written, not before. */
static void
test_memory(void **state)
{
    struct mh_arena *small = mh_arena_new(4096);
    struct pt_tmpl tmpl = {"t", NULL, 0};
    struct pt_page page;
    struct mh_buf buf;

    (void)state;
    assert_non_null(small);
    pt_page_init(&page, small);
    for (int i = 0; i < 1000; i++)
        pt_set(pt_set_map(pt_add(&page.root, "list"), "m"), "x", "text");
    mh_buf_init(&buf, 1 << 20);
    assert_true(page.bad);
    assert_int_equal(
        pt_tmpl_render(&tmpl, &page, MH_AZ, NULL, &buf), MH_ENOMEM);
    mh_buf_fini(&buf);
    mh_arena_free(small);
}

static void
test_refused(void **state)
{
    static const struct {
        const char *template, *rule;
    } rows[] = {
        {"<script>alert(1)</script>", "inline script"},
        {"<script>{{a}}</script>", "inside a script"},
        {"<p style=\"x\">", "style attribute"},
        {"<p onclick=\"x\">", "event handler"},
        {"<p onclick>", "event handler"},
        {"<p title=x>", "quoted"},
        {"<p title='x'>", "quoted"},
        {"<p title={{a}}>", "quoted attribute"},
        {"<{{a}}>", "quoted attribute"},
        {"<p {{a}}>", "quoted attribute"},
        {"<!-- {{a}} -->", "quoted attribute"},
        {"<a href=\"{{a}}\">", "needs |url"},
        {"<form action=\"/x/{{a}}\">", "needs |url"},
        {"<img src=\"{{_ \"x\"}}\">", "needs |url"},
        {"<style>p{}</style>", "no place"},
        {"<iframe src=\"/\">", "no place"},
        {"<P>", "begins no tag"},
        {"a < b", "begins no tag"},
        {"{{#if a}}<p title=\"{{/if}}\">", "inside the same tag"},
        {"{{#if a}}<p {{else}}>{{/if}}>", "inside the same tag"},
        {"<p o{{#if a}}nclick=\"x\"{{/if}}>", "no block here"},
        {"<p {{#if a}}o{{/if}}nclick=\"x\">", "space between"},
        {"<p {{#if a}}o{{else}} {{/if}}nclick=\"x\">", "space between"},
        {"<p {{#if a}}onclick{{/if}}>", "event handler"},
        {"{{#if a}}", "not closed"},
        {"<p", "not closed"},
        {"<p title=\"", "not closed"},
        {"<script src=\"/x.js\">", "not closed"},
        {"{{/if}}", "not open"},
        {"{{#each a}}{{/if}}", "not open"},
        {"{{else}}", "without an if"},
        {"{{#if a}}{{else}}{{else}}{{/if}}", "without an if"},
        {"{{#each a}}{{else}}{{/each}}", "without an if"},
        {"{{{a}}}", "without its"},
        {"{{a", "without its"},
        {"{{A}}", "not a name"},
        {"{{a|raw}}", "not a name"},
        {"{{#if A}}{{/if}}", "not a name"},
        {"{{>part_none}}", "cannot be read"},
        {"{{>part_open}}", "leaves a block open"},
        {"{{>part_loop}}", "too deep"},
        {"{{>../x}}", "not a partial"},
        {"{{_ x}}", "quoted"},
        {"{{_ \"x\" A}}", "not a name"},
        {"{{_ \"x\" a b c d}}", "too many"},
        {"\n\n<p title=x>", ":3: "},
    };
    struct pt_parse p;

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        const char *error = compile(rows[i].template, &p);

        if (error == NULL || strstr(error, rows[i].rule) == NULL)
            fail_msg("%s: %s", rows[i].template, error == NULL ? "-" : error);
    }
}

/* Blocks in one another: as deep as the renderer goes, and one deeper. */
static void
test_depth(void **state)
{
    struct pt_parse p;
    struct mh_buf text;

    (void)state;
    for (int more = 0; more < 2; more++) {
        mh_buf_init(&text, 4096);
        for (int i = 0; i < PT_TMPL_DEPTH_MAX + more; i++)
            mh_buf_str(&text, "{{#each a}}");
        for (int i = 0; i < PT_TMPL_DEPTH_MAX + more; i++)
            mh_buf_str(&text, "{{/each}}");
        mh_buf_byte(&text, '\0');
        assert_true(mh_buf_ok(&text));
        assert_true(
            (compile((const char *)text.ptr, &p) == NULL) == (more == 0));
        mh_buf_fini(&text);
    }
}

static void
test_catalogues(void **state)
{
    static const struct {
        const char *text, *rule;
    } rows[] = {
        {"msgid \"\"\nmsgstr \"head\"\n\nmsgid \"a\"\nmsgstr \"b\"\n", NULL},
        {"msgid \"a\"\n\"b\"\nmsgstr \"c\\n\"\n\"\\\"d\"\n", NULL},
        {"msgid \"a\"\nmsgstr \"\"\n", "without its translation"},
        {"msgid \"a\"\n", "without its translation"},
        {"msgstr \"a\"\n", "without its text"},
        {"msgid \"a\"\nmsgstr \"b\"\nmsgid \"a\"\nmsgstr \"b\"\n", "twice"},
        {"#, fuzzy\nmsgid \"a\"\nmsgstr \"b\"\n", "fuzzy"},
        {"msgid a\nmsgstr \"b\"\n", "quoted"},
        {"msgid \"a\\x\"\nmsgstr \"b\"\n", "escape"},
        {"msgid_plural \"a\"\n", "neither"},
        {"\"a\"\n", "neither"},
    };
    struct pt_po *po;

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        char path[64];
        bool good;

        po = calloc(1, sizeof(*po));
        assert_non_null(po);
        put_file("t.po", rows[i].text);
        (void)snprintf(path, sizeof(path), "%s/t.po", dir);
        good = pt_po_read(po, path, arena);
        drop_file("t.po");
        if (good != (rows[i].rule == NULL) ||
            (!good && strstr(po->error, rows[i].rule) == NULL))
            fail_msg("row %zu: %s", i, po->error);
        if (i == 1)
            assert_string_equal(pt_po_find(po, "ab")->text, "c\n\"d");
        free(po);
    }
}

/* The texts of the pages: each in all languages, found by its id. */
static void
test_texts(void **state)
{
    (void)state;
    assert_true(pt_messages_len > 0);
    for (size_t i = 0; i < pt_messages_len; i++) {
        const struct pt_message *m = &pt_messages[i];

        assert_true(i == 0 || strcmp(m[-1].id, m->id) < 0);
        assert_ptr_equal(pt_text(MH_AZ, m->id), m->az);
        assert_ptr_equal(pt_text(MH_RU, m->id), m->ru);
        assert_string_equal(pt_text(MH_EN, m->id), m->id);
        for (unsigned lang = 0; lang < T_COUNT(m->plain); lang++) {
            const char *text = pt_text((enum mh_lang)lang, m->id);
            bool as_it_is = strpbrk(text, "&<>\"'{") == NULL;

            assert_int_equal(m->plain[lang], as_it_is ? strlen(text) : 0);
        }
    }
    assert_string_equal(pt_text(MH_AZ, "Check"), "Yoxla");
    assert_string_equal(pt_text(MH_RU, "no such text"), "no such text");
}

static void
test_baku(void **state)
{
    char text[40];

    (void)state;
    pt_baku_time(1654084800, text); /* 2022-06-01T12:00:00Z */
    assert_string_equal(text, "01.06.2022 16:00:00 (UTC+4)");
    pt_baku_time(
        1654113599, text); /* 23:59:59 of that day in Baku is 19:59:59 */
    assert_string_equal(text, "01.06.2022 23:59:59 (UTC+4)");
    pt_baku_time(MH_TIME_NONE, text);
    assert_string_equal(text, "");
    pt_baku_time(INT64_MAX, text);
    assert_string_equal(text, "");
}

static const char *
page_of(const struct pt_tmpl *tmpl, const struct pt_page *page)
{
    static char out[1 << 16];
    struct mh_buf buf;

    mh_buf_init(&buf, sizeof(out) - 1);
    assert_int_equal(pt_tmpl_render(tmpl, page, MH_AZ, NULL, &buf), MH_OK);
    memcpy(out, buf.ptr, buf.len);
    out[buf.len] = '\0';
    mh_buf_fini(&buf);
    return out;
}

/* Two documents: what is of one never shows in the other. */
static void
test_report(void **state)
{
    static const struct mh_subject subject[] = {
        {"<a>.pdf", 10, "aa"}, {"b.edoc", 20, "bb"}};
    struct mh_report_file file = {
        .name = "inside.pdf", .sha256 = "", .media_type = ""};
    uint32_t covers[] = {0, 7}; /* one that is not there is left out */
    struct mh_finding finding = {
        MH_F_TIMESTAMP_OLD, MH_WARNING, MH_NO_OFFSET, "<what>"};
    struct mh_report_sig sig = {.id = "S0",
        .signer_name = "MƏMMƏDOVA & AYGÜN",
        .signer_serial_number = "",
        .signer_fin = "",
        .signer_organization = "",
        .signer_issuer = "Issuer",
        .signer_subject = "",
        .certificate_sha256 = "",
        .algorithm = "",
        .role = "",
        .place = "",
        .claimed_time = 1654084800,
        .best_signature_time = 1654084801,
        .covers = covers,
        .covers_count = 2,
        .findings = {&finding, 1}};
    struct mh_report report;
    struct pt_page page;
    const char *html, *second;

    (void)state;
    mh_report_init(&report);
    pt_page_init(&page, arena);
    report.verdict = MH_TOTAL_PASSED;
    report.validation_time = 1654084802;
    report.sig = &sig;
    report.sigs = 1;
    report.file = &file;
    report.files = 1;
    pt_report_page(&page.root, &subject[0], &report, MH_AZ);
    mh_report_init(&report);
    report.verdict = MH_REFUSED;
    report.reason =
        (struct mh_finding){MH_F_ZIP_NAME, MH_ERROR, MH_NO_OFFSET, "x"};
    pt_report_page(&page.root, &subject[1], &report, MH_AZ);
    html = page_of(&pt_tmpl_report, &page);
    second = strstr(html, "b.edoc");
    assert_non_null(second);
    assert_null(strstr(html, "<a>"));
    assert_non_null(strstr(html, "&lt;a&gt;.pdf"));
    assert_non_null(strstr(html, "MƏMMƏDOVA &amp; AYGÜN"));
    assert_non_null(strstr(html, "01.06.2022 16:00:01 (UTC+4)"));
    assert_non_null(strstr(html, "inside.pdf"));
    assert_non_null(strstr(html, "timestamp-old"));
    assert_non_null(strstr(html, "id=\"document-2\""));
    assert_non_null(strstr(html, "mohur-verdict--good"));
    assert_non_null(strstr(second, "mohur-verdict--bad"));
    assert_non_null(strstr(second, "zip-name"));
    assert_null(strstr(second, "govuk-summary-card__title\""));
}

/* No font of somebody else's in the style sheets. */
static void
test_assets(void **state)
{
    (void)state;
    assert_int_equal(strlen(pt_assets_version), 12);
    assert_int_equal(pt_assets_len, 4);
    for (size_t i = 0; i < pt_assets_len; i++) {
        struct mh_span b = pt_assets[i].bytes;

        assert_true(b.len > 500);
        assert_null(memmem(b.ptr, b.len, "@font-face", 10));
        assert_null(memmem(b.ptr, b.len, "GDS Transport", 13));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_catalogues),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_baku),
        cmocka_unit_test(test_report),
        cmocka_unit_test(test_assets),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
