#ifndef MH_ALLOW_BANNED
#define MH_ALLOW_BANNED /* cmocka needs setjmp */
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "docformat/docformat.h"

/* Loads and frees; the finding, or 0. */
static int
load(struct mh_span in)
{
    struct mh_arena *arena = mh_arena_new(1 << 24);
    struct mh_err err = {0};
    struct df_xml *xml;
    enum mh_code code = df_xml_load(in, arena, &err, &xml);

    if (code == MH_OK)
        df_xml_free(xml);
    else
        assert_null(xml);
    mh_arena_free(arena);
    return code == MH_OK ? 0 : err.finding;
}

struct row {
    const char *what, *in;
    int finding;
};

static const struct row rows[] = {
    {"plain", "<a/>", 0},
    {"declaration", "<?xml version=\"1.0\" encoding='UTF-8'?><a></a>\n", 0},
    {"lower case", "<?xml version='1.0' encoding='utf-8' ?>\n<a/>", 0},
    {"byte order mark", "\xef\xbb\xbf<a/>", 0},
    {"references", "<a b='&lt;&#65;'>&amp;&#x42;&quot;&apos;&gt;</a>", 0},
    {"cdata", "<a><![CDATA[<b>&c;]]></a>", 0},
    {"markup before the root", "<!-- c --><?p d?>\n<a/>", 0},
    {"empty", "", MH_F_XML_MALFORMED},
    {"text", "abc", MH_F_XML_MALFORMED},
    {"latin-1 declared", "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
        MH_F_XML_ENCODING},
    {"utf-16 declared", "<?xml version='1.0' encoding='UTF-16'?><a/>",
        MH_F_XML_ENCODING},
    {"version 1.1", "<?xml version='1.1'?><a/>", MH_F_XML_ENCODING},
    {"no version", "<?xml encoding='UTF-8'?><a/>", MH_F_XML_ENCODING},
    {"latin-1 bytes", "<a>\xe9</a>", MH_F_XML_ENCODING},
    {"overlong", "<a>\xc0\xbc</a>", MH_F_XML_ENCODING},
    {"utf-16 mark", "\xff\xfe<a/>", MH_F_XML_ENCODING},
    {"doctype", "<!DOCTYPE a><a/>", MH_F_XML_DOCTYPE},
    {"doctype with entity", "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
        MH_F_XML_DOCTYPE},
    {"doctype behind a comment", "<!--x--><!DOCTYPE a SYSTEM 'file:///x'><a/>",
        MH_F_XML_DOCTYPE},
    {"other declaration inside", "<a><!ELEMENT a ANY></a>", MH_F_XML_DOCTYPE},
    {"entity", "<a>&e;</a>", MH_F_XML_MALFORMED},
    {"entity in a value", "<a b='&e;'/>", MH_F_XML_MALFORMED},
    {"bare ampersand", "<a>&</a>", MH_F_XML_MALFORMED},
    {"second root", "<a/><b/>", MH_F_XML_MALFORMED},
    {"comment behind", "<a/><!--c-->", MH_F_XML_MALFORMED},
    {"text behind", "<a/>x", MH_F_XML_MALFORMED},
    {"text before", "x<a/>", MH_F_XML_MALFORMED},
    {"not closed", "<a><b></a>", MH_F_XML_MALFORMED},
    {"cut in a tag", "<a b='c'", MH_F_XML_MALFORMED},
    {"cut in a comment", "<a><!-- ", MH_F_XML_MALFORMED},
    {"attribute twice", "<a b='' b=''/>", MH_F_XML_MALFORMED},
    {"attribute twice by namespace",
        "<a xmlns:p='urn:x' xmlns:q='urn:x' p:b='' q:b=''/>",
        MH_F_XML_MALFORMED},
    {"no quotes", "<a b=c/>", MH_F_XML_MALFORMED},
    {"run together", "<a b='c'd='e'/>", MH_F_XML_MALFORMED},
    {"markup in a value", "<a b='<'/>", MH_F_XML_MALFORMED},
    {"prefix not bound", "<p:a/>", MH_F_XML_MALFORMED},
    {"control character", "<a>\x01</a>", MH_F_XML_MALFORMED},
    {"control character reference", "<a>&#1;</a>", MH_F_XML_MALFORMED},
    {"relative namespace", "<a xmlns='b'/>", MH_F_XML_NAMESPACE},
    {"relative namespace below", "<a><b xmlns:c='../d'/></a>",
        MH_F_XML_NAMESPACE},
};

static void
forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int f = load(mh_span_str(rows[i].in));

        if (f != rows[i].finding)
            fail_msg("%s: %s", rows[i].what, mh_finding_name((unsigned)f));
    }
    assert_int_equal(load(MH_SPAN_LIT("<a>\0</a>")), MH_F_XML_ENCODING);
}

/* An @ stands for a running number of at least four digits. */
static void
put_each(struct mh_buf *b, const char *each, size_t number)
{
    size_t n = strcspn(each, "@");

    mh_buf_add(b, each, n);
    if (each[n] == '\0')
        return;
    mh_buf_printf(b, "%04zu", number);
    mh_buf_str(b, each + n + 1);
}

/* head, then count times each, then count times back, then tail. */
static int
repeat(const char *head, const char *each, const char *back, const char *tail,
    size_t count)
{
    struct mh_buf b;
    int f;

    mh_buf_init(&b, 1 << 25);
    mh_buf_str(&b, head);
    for (size_t i = 0; i < count; i++)
        put_each(&b, each, i);
    for (size_t i = 0; i < count; i++)
        mh_buf_str(&b, back);
    mh_buf_str(&b, tail);
    assert_true(mh_buf_ok(&b));
    f = load(mh_buf_get(&b));
    mh_buf_fini(&b);
    return f;
}

struct limit_row {
    const char *what, *head, *each, *back, *tail;
    size_t most;
};

#define PAD "12345678901234567890123456789012"

static const struct limit_row limit_rows[] = {
    {"depth", "", "<a i='@'>", "</a>", "", MH_XML_DEPTH_MAX},
    {"attributes", "<a", " b@=''", "", "/>", MH_XML_ATTRS_MAX},
    {"attributes in all", "<a>",
        "<b n='@" PAD PAD PAD PAD PAD PAD PAD PAD
        "' a='' b='' c='' d='' e='' f='' g='' h='' i='' j='' k='' l=''"
        " m='' o='' p='' q='' r='' s='' t=''/>",
        "", "</a>", MH_XML_ATTRS_TOTAL_MAX / 20},
    {"namespaces in scope", "<a", " xmlns:n@='urn:x'", "", "/>",
        MH_XML_NS_SCOPE_MAX},
    {"namespaces in scope, nested", "", "<a xmlns='urn:x@'>", "</a>", "",
        MH_XML_NS_SCOPE_MAX},
    {"namespaces in all", "<a>", "<b xmlns='urn:x@'/>", "", "</a>",
        MH_XML_NS_TOTAL_MAX},
    {"elements", "<a>", "<b i='@" PAD "'/>", "", "</a>",
        MH_XML_ELEMENTS_MAX - 1},
    {"nodes", "<a>", "<!--@" PAD "-->", "", "</a>", MH_XML_ELEMENTS_MAX - 1},
    /* 11 bytes for a comment and a text, which need 24. */
    {"markup for its size", "<a>", "<!---->@", "", "</a>", 194},
    {"text", "<a>", "@", "", "</a>", MH_XML_TEXT_MAX / 8},
    {"ids", "<a xmlns='http://www.w3.org/2000/09/xmldsig#'>",
        "<b Id='@" PAD "'/>", "", "</a>", MH_XML_IDS_MAX},
    {"one id", "<a xmlns='http://www.w3.org/2000/09/xmldsig#'>",
        "<b Id='x' n='@" PAD "'/>", "", "</a>", MH_XML_SIGNATURES_MAX},
};

static void
limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(limit_rows) / sizeof(limit_rows[0]); i++) {
        const struct limit_row *r = &limit_rows[i];
        int f = repeat(r->head, r->each, r->back, r->tail, r->most);

        if (f != 0)
            fail_msg(
                "%s: %s at the limit", r->what, mh_finding_name((unsigned)f));
        /* Numbers of five and six digits would not double the text. */
        f = repeat(r->head, r->each, r->back, r->tail,
            strcmp(r->what, "text") == 0 ? r->most * 2 : r->most + 1);
        if (f != MH_F_XML_LIMIT)
            fail_msg(
                "%s: %s past the limit", r->what, mh_finding_name((unsigned)f));
    }
}

static void
size(void **state)
{
    struct mh_buf b;

    (void)state;
    mh_buf_init(&b, 1 << 25);
    mh_buf_str(&b, "<a>");
    while (b.len < MH_XML_SIZE_MAX - 2048)
        mh_buf_printf(&b, "<b>%01000d</b>", 0);
    mh_buf_str(&b, "</a>");
    while (b.len < MH_XML_SIZE_MAX)
        mh_buf_byte(&b, '\n');
    assert_int_equal(load(mh_buf_get(&b)), 0);
    mh_buf_byte(&b, '\n');
    assert_int_equal(load(mh_buf_get(&b)), MH_F_XML_LIMIT);
    mh_buf_fini(&b);
}

#define DS "http://www.w3.org/2000/09/xmldsig#"

static void
nodes(void **state)
{
    static const char in[] =
        "<r xmlns='" DS "' xmlns:o='urn:o'><!--c--><A Id='1' o:x='&lt;y'>t"
        "<![CDATA[<]]>u</A> <B ID='2'><C id='1'>x<!--c--></C><?p?></B>"
        "<o:D Id='3'/><A/> </r>";
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct df_xml *xml;
    const struct df_node *r, *a, *b, *c, *d;
    struct mh_span v;
    struct df_attr attr;
    size_t count;

    (void)state;
    assert_int_equal(df_xml_load(MH_SPAN_LIT(in), arena, NULL, &xml), MH_OK);
    r = df_xml_root(xml);
    a = df_node_first(r);
    b = df_node_next(a);
    c = df_node_first(b);
    d = df_node_next(b);
    assert_true(df_node_is(a, DS, "A"));
    assert_false(df_node_is(a, NULL, "A"));
    assert_ptr_equal(df_node_child(r, DS, "B"), b);
    assert_ptr_equal(df_node_child(r, "urn:o", "D"), d);
    assert_null(df_node_child(r, DS, "D"));
    assert_ptr_equal(df_node_sibling(a, DS, "A"), df_node_next(d));
    assert_int_equal(df_node_count(r, DS, "A"), 2);
    assert_ptr_equal(df_node_walk(r, b), c);
    assert_ptr_equal(df_node_walk(r, c), d);
    assert_null(df_node_walk(b, c));
    assert_null(df_node_parent(r));
    assert_true(df_node_within(c, b) && df_node_within(b, b));
    assert_false(df_node_within(b, c));
    assert_true(df_node_order(a, c) < 0 && df_node_order(d, c) > 0);
    assert_int_equal(df_node_order(a, a), 0);
    assert_true(df_node_attr(a, "urn:o", "x", &v) && mh_span_is(v, "<y"));
    assert_false(df_node_attr(a, NULL, "x", &v));
    assert_int_equal(df_node_attr_count(a), 2);
    assert_true(df_node_attr_at(a, 1, &attr));
    assert_string_equal(attr.ns, "urn:o");
    assert_false(df_node_attr_at(a, 2, &attr));
    assert_int_equal(df_node_text(a, arena, NULL, &v), MH_OK);
    assert_true(mh_span_is(v, "t<u"));
    assert_int_equal(df_node_text(c, arena, NULL, &v), MH_EFORMAT);
    assert_int_equal(df_node_text(d, arena, NULL, &v), MH_OK);
    assert_int_equal(v.len, 0);
    assert_true(df_node_has_text(a));
    assert_false(df_node_has_text(r));
    assert_true(df_node_has_comment(b) && df_node_has_pi(b));
    assert_false(df_node_has_comment(a));
    assert_false(df_xml_has_outer(xml));
    /* D is in a foreign namespace: its Id is none. */
    assert_null(df_xml_id(xml, MH_SPAN_LIT("3"), &count));
    assert_int_equal(count, 0);
    assert_ptr_equal(df_xml_id(xml, MH_SPAN_LIT("2"), &count), b);
    assert_int_equal(count, 1);
    assert_ptr_equal(df_xml_id(xml, MH_SPAN_LIT("1"), &count), a);
    assert_int_equal(count, 2);
    assert_ptr_equal(df_xml_id_within(xml, b, MH_SPAN_LIT("1"), &count), c);
    assert_int_equal(count, 1);
    assert_int_equal(df_xml_ids_doubled(xml, &v), 1);
    assert_true(mh_span_is(v, "1"));
    assert_true(df_node_id(b, &v) && mh_span_is(v, "2"));
    assert_false(df_node_id(d, &v));
    df_xml_free(xml);
    mh_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(limits),
        cmocka_unit_test(size),
        cmocka_unit_test(nodes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
