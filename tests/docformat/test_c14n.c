#ifndef MH_ALLOW_BANNED
#define MH_ALLOW_BANNED /* cmocka needs setjmp */
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <string.h>

#include "base/buf.h"
#include "docformat/docformat.h"
#include "docformat/xml/node.h"

/* libxml2's form of the same nodes: its visibility callback. */
struct seen {
    const xmlNode *apex, *omit;
};

static int
visible(void *data, xmlNodePtr node, xmlNodePtr parent)
{
    const struct seen *s = data;
    const xmlNode *n = node;
    bool in = s->apex == NULL;

    if (node->type == XML_NAMESPACE_DECL || node->type == XML_ATTRIBUTE_NODE)
        n = parent;
    for (; n != NULL; n = n->parent) {
        if (n == s->omit)
            return 0;
        if (n == s->apex)
            in = true;
    }
    return in;
}

static int
other_form(const struct df_xml *xml, const struct df_node *apex,
    const struct df_c14n *how, xmlChar **prefixes, struct mh_buf *out)
{
    static const int modes[] = {
        XML_C14N_1_0, XML_C14N_1_1, XML_C14N_EXCLUSIVE_1_0};
    struct seen seen = {df_xml_raw(apex), df_xml_raw(how->omit)};
    xmlOutputBufferPtr buf = xmlAllocOutputBuffer(NULL);
    int rc;

    assert_non_null(buf);
    rc = xmlC14NExecute(xml->doc, visible, &seen, modes[how->method], prefixes,
        how->comments, buf);
    mh_buf_add(
        out, xmlOutputBufferGetContent(buf), xmlOutputBufferGetSize(buf));
    assert_true(xmlOutputBufferClose(buf) >= 0);
    return rc;
}

static void
compare(const struct df_xml *xml, const struct df_node *apex,
    const struct df_c14n *how, xmlChar **prefixes)
{
    struct mh_buf ours, theirs;
    struct mh_err err = {0};
    enum mh_code code;
    int rc;

    mh_buf_init(&ours, 1 << 22);
    mh_buf_init(&theirs, 1 << 22);
    rc = other_form(xml, apex, how, prefixes, &theirs);
    code = df_c14n_write(xml, apex, how, &err, &ours);
    if (code == MH_OK) {
        assert_true(rc >= 0);
        if (ours.len != theirs.len ||
            memcmp(ours.ptr, theirs.ptr, ours.len) != 0)
            fail_msg("method %d of %.*s\n%.*s\n%.*s", (int)how->method,
                (int)xml->source.len, (const char *)xml->source.ptr,
                (int)ours.len, (const char *)ours.ptr, (int)theirs.len,
                (const char *)theirs.ptr);
    } else {
        assert_int_equal(code, MH_EFORMAT);
        assert_true(
            rc < 0 || theirs.len == 0 || strstr(err.msg, "xml:base") != NULL);
    }
    mh_buf_fini(&ours);
    mh_buf_fini(&theirs);
}

/* Every element as apex, every method, with and without an omitted child. */
static void
compare_all(struct mh_span in, size_t most)
{
    static xmlChar list[3][9] = {"a", "b", "#default"};
    xmlChar *prefixes[4] = {list[0], list[1], list[2], NULL};
    struct mh_arena *arena = mh_arena_new(1 << 24);
    struct df_xml *xml;
    struct mh_err err = {0};
    size_t n = 0;

    if (df_xml_load(in, arena, &err, &xml) != MH_OK)
        fail_msg("%s: %.*s", err.msg, (int)in.len, (const char *)in.ptr);
    for (const struct df_node *e = df_xml_root(xml); e != NULL && n < most;
         e = df_node_walk(df_xml_root(xml), e), n++)
        for (unsigned k = 0; k < 16; k++) {
            struct df_c14n how = {.method = k % 4 == 3 ? 2 : k % 4,
                .comments = (k & 4) != 0,
                .omit = (k & 8) != 0 ? df_node_first(e) : NULL};

            if (k % 4 == 3)
                how.prefixes = MH_SPAN_LIT(" a b\n#default");
            compare(xml, e, &how, k % 4 == 3 ? prefixes : NULL);
            if (n == 0)
                compare(xml, NULL, &how, k % 4 == 3 ? prefixes : NULL);
        }
    df_xml_free(xml);
    mh_arena_free(arena);
}

static const char *const docs[] = {
    "<a/>",
    "<?pi data?><!-- c --><a><!-- d --><?x?></a>\n",
    "<a xmlns='urn:1'><b xmlns=''><c xmlns='urn:1'/></b></a>",
    "<p:a xmlns:p='urn:1' xmlns:q='urn:2' q:z='1' b='&#9;&lt;\"&#13;&#10;'/>",
    "<a>&lt;&gt;&amp;&#13;\"<![CDATA[<x>&]]>t</a>",
    "<a xml:lang='az' xml:space='preserve' xml:id='i'><b xml:lang='ru'>"
    "<c/></b></a>",
    "<a xml:base='http://x/'><b xml:base='y/'><c/></b></a>",
    "<b:a xmlns:b='urn:b' xmlns:a='urn:a'><c><a:d a:x='' b:x=''/>"
    "<b:e xmlns:b='urn:c'><b:f/></b:e></c></b:a>",
    "<a xmlns:b='urn:b' xmlns='urn:d'><x xmlns:b='urn:b' xmlns='urn:d'/>"
    "<y xmlns:a='urn:q'><b:z xmlns=''/></y></a>",
    "\xef\xbb\xbf<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n"
    "<a>\xc9\x99\r\n\r</a>",
    "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='x'><b/></a>",
};

static void
table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(docs) / sizeof(docs[0]); i++)
        compare_all(mh_span_str(docs[i]), 100);
}

static uint32_t seed = 1;

static unsigned
dice(unsigned n)
{
    seed = seed * 1664525U + 1013904223U;
    return (seed >> 8) % n;
}

static void
random_attrs(struct mh_buf *b, unsigned *scope)
{
    static const char *const ns[] = {"xmlns=''", "xmlns='urn:1'",
        "xmlns:a='urn:1'", "xmlns:b='urn:2'", "xmlns:a='urn:3'",
        "xmlns:c='urn:2'"};
    static const char *const attr[] = {"x='1'", "y='&#10;&amp;'",
        "xml:lang='az'", "xml:space='default'", "a:x='1'", "b:y='2'",
        "b:x='&quot;'", "z=''"};
    unsigned used = 0;

    for (unsigned i = 0; i < 6; i++)
        if (dice(5) == 0 && !(i == 1 && (used & 1)) &&
            !(i == 4 && (used & 4))) {
            used |= 1U << i;
            mh_buf_printf(b, " %s", ns[i]);
            if (i == 2 || i == 4)
                *scope |= 1;
            if (i == 3)
                *scope |= 2;
        }
    for (unsigned i = 0; i < 8; i++) {
        if ((i == 4 && (*scope & 1) == 0) ||
            ((i == 5 || i == 6) && (*scope & 2) == 0))
            continue;
        if (dice(4) == 0)
            mh_buf_printf(b, " %s", attr[i]);
    }
}

static void
random_element(struct mh_buf *b, unsigned scope, int depth)
{
    static const char *const names[] = {"e", "f", "a:g", "b:h"};
    struct mh_buf attrs;
    const char *name;
    unsigned kids = depth > 4 ? 0 : dice(4), pick;

    mh_buf_init(&attrs, 4096);
    random_attrs(&attrs, &scope);
    do
        pick = dice(4);
    while ((pick == 2 && (scope & 1) == 0) || (pick == 3 && (scope & 2) == 0));
    name = names[pick];
    mh_buf_printf(b, "<%s", name);
    mh_buf_add(b, attrs.ptr, attrs.len);
    mh_buf_fini(&attrs);
    mh_buf_str(b, ">");
    for (unsigned i = 0; i < kids; i++) {
        static const char *const bits[] = {
            "t&lt;", "<!--c-->", "<?p d?>", "<![CDATA[&]]>", "\n"};

        mh_buf_str(b, bits[dice(5)]);
        random_element(b, scope, depth + 1);
    }
    mh_buf_printf(b, "</%s>", name);
}

static void
random_documents(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        struct mh_buf b;

        mh_buf_init(&b, 1 << 20);
        random_element(&b, 0, 0);
        if (b.len < 6000)
            compare_all(mh_buf_get(&b), 20);
        mh_buf_fini(&b);
    }
}

struct uri_row {
    const char *uri;
    int method; /* -1: refused */
    bool comments;
};

static void
uris(void **state)
{
    static const struct uri_row rows[] = {
        {"http://www.w3.org/TR/2001/REC-xml-c14n-20010315", DF_C14N_10, false},
        {"http://www.w3.org/2006/12/xml-c14n11", DF_C14N_11, false},
        {"http://www.w3.org/2006/12/xml-c14n11#WithComments", DF_C14N_11, true},
        {"http://www.w3.org/2001/10/xml-exc-c14n#", DF_C14N_EXC, false},
        {"http://www.w3.org/2001/10/xml-exc-c14n#WithComments", DF_C14N_EXC,
            true},
        {"http://www.w3.org/2001/10/xml-exc-c14n", -1, false},
        {"", -1, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct df_c14n how = {0};
        bool ok = df_c14n_from_uri(mh_span_str(rows[i].uri), &how);

        assert_int_equal(ok, rows[i].method >= 0);
        if (ok) {
            assert_int_equal(how.method, rows[i].method);
            assert_int_equal(how.comments, rows[i].comments);
        }
    }
}

static void
refused(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct df_xml *xml;
    struct df_c14n how = {.method = DF_C14N_EXC};
    struct mh_err err = {0};
    struct mh_buf out;
    char list[200] = "";

    (void)state;
    assert_int_equal(
        df_xml_load(MH_SPAN_LIT("<abc>text</abc>"), arena, &err, &xml), MH_OK);
    mh_buf_init(&out, 15);
    assert_int_equal(df_c14n_write(xml, NULL, &how, &err, &out), MH_OK);
    mh_buf_fini(&out);
    mh_buf_init(&out, 14);
    assert_int_equal(df_c14n_write(xml, NULL, &how, &err, &out), MH_ELIMIT);
    mh_buf_fini(&out);
    mh_buf_init(&out, 100);
    how.omit = df_xml_root(xml);
    assert_int_equal(
        df_c14n_write(xml, df_xml_root(xml), &how, &err, &out), MH_EFORMAT);
    assert_int_equal(err.finding, MH_F_C14N_FAILED);
    how.omit = NULL;
    for (size_t i = 0; i < 64; i++)
        list[i] = i % 2 == 0 ? 'p' : ' ';
    how.prefixes = mh_span_str(list);
    assert_int_equal(df_c14n_write(xml, NULL, &how, &err, &out), MH_OK);
    list[64] = 'p';
    how.prefixes = mh_span_str(list);
    assert_int_equal(df_c14n_write(xml, NULL, &how, &err, &out), MH_EFORMAT);
    mh_buf_fini(&out);
    df_xml_free(xml);
    mh_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(random_documents),
        cmocka_unit_test(uris),
        cmocka_unit_test(refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
