/* Text put into XML by its raw bytes: nothing else changes. */
#define MH_ALLOW_BANNED
#include "signer/sign/xadessplice.h"

#include <string.h>

#include "tests/t.h"

#define TEXT "<t/>"

enum {
    ROOM = 1 << 20
};

/* The element named x gets the text. */
static const struct {
    const char *name, *in, *out;
} rows[] = {
    {"plain", "<a><x>1</x></a>", "<a><x>1<t/></x></a>"},
    {"root", "<x>1</x>\n", "<x>1<t/></x>\n"},
    {"empty", "<a><x></x></a>", "<a><x><t/></x></a>"},
    {"one tag", "<a><x/></a>", "<a><x><t/></x></a>"},
    {"one tag with blanks", "<a><x  /></a>", "<a><x  ><t/></x></a>"},
    {"one tag with attribute", "<a><x b='/>'/></a>",
        "<a><x b='/>'><t/></x></a>"},
    {"prefix", "<p:a xmlns:p='urn:p'><p:x/></p:a>",
        "<p:a xmlns:p='urn:p'><p:x><t/></p:x></p:a>"},
    {"nested", "<a><x><x>1</x><b/></x></a>", "<a><x><x>1</x><b/><t/></x></a>"},
    {"blanks in the end tag", "<a><x>1</x ></a>", "<a><x>1<t/></x ></a>"},
    {"tags in attributes", "<a b='<' c='&gt;</x>'><x d=\"</x>\">1</x></a>",
        NULL},
    {"quotes", "<a b='\">' c=\"'>\"><x d='>'>1</x></a>",
        "<a b='\">' c=\"'>\"><x d='>'>1<t/></x></a>"},
    {"comment", "<!-- <x> --><a><!-- <x/> --><x><!-- </x> -->1</x></a>",
        "<!-- <x> --><a><!-- <x/> --><x><!-- </x> -->1<t/></x></a>"},
    {"CDATA", "<a><![CDATA[<x>]]><x><![CDATA[</x>]]]]></x></a>",
        "<a><![CDATA[<x>]]><x><![CDATA[</x>]]]]><t/></x></a>"},
    {"instruction", "<?xml version='1.0'?><a><?x <x> ?><x><?y </x>?></x></a>",
        "<?xml version='1.0'?><a><?x <x> ?><x><?y </x>?><t/></x></a>"},
    {"byte order mark", "\xef\xbb\xbf<a><x/></a>",
        "\xef\xbb\xbf<a><x><t/></x></a>"},
    {"comment at the end", "<x>1</x><!-- </x> -->", NULL},
};

static void
test_append(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_arena *arena = mh_arena_new(ROOM);
        struct mh_span in = mh_span_str(rows[i].in), out;
        const struct df_node *n;
        struct sg_splice splice;
        struct df_xml *xml = NULL;

        if (df_xml_load(in, arena, NULL, &xml) != MH_OK) {
            T_CHECK(rows[i].name, rows[i].out == NULL);
            mh_arena_free(arena);
            continue;
        }
        n = df_xml_root(xml);
        while (n != NULL && strcmp(df_node_local(n), "x") != 0)
            n = df_node_walk(df_xml_root(xml), n);
        T_CHECK(rows[i].name, n != NULL);
        T_CHECK(rows[i].name, sg_splice_append(xml, n, MH_SPAN_LIT(TEXT), arena,
                                  NULL, &splice) == MH_OK);
        T_CHECK(rows[i].name,
            sg_splice_apply(in, &splice, 1, arena, NULL, &out) == MH_OK);
        if (!mh_span_is(out, rows[i].out))
            fail_msg(
                "%s: %.*s", rows[i].name, (int)out.len, (const char *)out.ptr);
        df_xml_free(xml);
        mh_arena_free(arena);
    }
}

static void
test_several(void **state)
{
    struct mh_arena *arena = mh_arena_new(ROOM);
    struct sg_splice s[] = {{.at = 4, .text = MH_SPAN_LIT("Y")},
        {.at = 0, .remove = 1, .text = MH_SPAN_LIT("X")}};
    struct mh_span out;

    (void)state;
    assert_int_equal(
        sg_splice_apply(MH_SPAN_LIT("abcdef"), s, 2, arena, NULL, &out), MH_OK);
    assert_true(mh_span_is(out, "XbcdYef"));
    s[0] = (struct sg_splice){.at = 0, .remove = 3};
    s[1] = (struct sg_splice){.at = 2, .text = MH_SPAN_LIT("Y")};
    assert_int_equal(
        sg_splice_apply(MH_SPAN_LIT("abcdef"), s, 2, arena, NULL, &out),
        MH_EINTERNAL);
    s[0] = (struct sg_splice){.at = 7};
    assert_int_equal(
        sg_splice_apply(MH_SPAN_LIT("abcdef"), s, 1, arena, NULL, &out),
        MH_EINTERNAL);
    mh_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_several),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
