/* base/report/markup: what may stand for itself between tags, and what not. */
#include "tests/t.h"

#include <string.h>

#include "base/report/markup.h"
#include "base/text.h"

static struct mh_span
marked(struct mh_buf *buf, struct mh_span text)
{
    mh_buf_clear(buf);
    mh_markup_span(buf, text);
    assert_true(mh_buf_ok(buf));
    return mh_buf_get(buf);
}

static void
test_words(void **state)
{
    static const struct {
        const char *text, *want;
    } row[] = {
        {"", ""},
        {"İddiaçı: \"Tikinti\" & 'Oğlu' <b>",
            "İddiaçı: &quot;Tikinti&quot; &amp; &#39;Oğlu&#39; &lt;b&gt;"},
        {"Суд – 3/5; Ελλάδα 中文 \xf0\x9f\x96\x8b",
            "Суд – 3/5; Ελλάδα 中文 \xf0\x9f\x96\x8b"},
        /* Hidden characters are shown, controls and wrong bytes replaced. */
        {"a\xc2\xad"
         "b\xe2\x80\x8b\xe2\x80\xae",
            "a[U+00AD]b[U+200B][U+202E]"},
        {"\x01\t\n\x7f\xc2\x85\xe2\x80\xa8\xef\xbf\xbf",
            "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
            "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xc3(\xff", "\xef\xbf\xbd(\xef\xbf\xbd"},
        {"12345678\xc9", "12345678\xef\xbf\xbd"},
    };
    struct mh_buf buf;

    (void)state;
    mh_buf_init(&buf, 4096);
    for (size_t i = 0; i < T_COUNT(row); i++) {
        struct mh_span got = marked(&buf, mh_span_str(row[i].text));

        assert_int_equal(got.len, strlen(row[i].want));
        assert_memory_equal(got.ptr, row[i].want, got.len);
    }
    mh_buf_fini(&buf);
}

/* A text is what its characters are one by one, which no run of eight is. */
static void
assert_one_by_one(struct mh_span text, struct mh_buf *want, struct mh_buf *got)
{
    struct mh_span left = text, whole;

    mh_buf_clear(want);
    while (left.len > 0) {
        struct mh_span one = left;
        uint32_t cp;

        if (!mh_utf8_next(&left, &cp)) {
            left.ptr++;
            left.len--;
        }
        one.len -= left.len;
        mh_markup_span(want, one);
    }
    whole = marked(got, text);
    assert_int_equal(whole.len, mh_buf_get(want).len);
    assert_memory_equal(whole.ptr, mh_buf_get(want).ptr, whole.len);
}

/* Every two bytes, one place after another, between letters of one byte and of
   two. */
static void
test_pairs(void **state)
{
    static const char *const around[] = {
        "aaaaaaaaaaaaaaaaaaaaa", "əəəəəəəəəəəəəəə", "aсуд məhkəməsi, şəhər"};
    struct mh_buf want, got;

    (void)state;
    mh_buf_init(&want, 4096);
    mh_buf_init(&got, 4096);
    for (unsigned pair = 0; pair < 1U << 16; pair++) {
        uint8_t text[20];
        size_t at = pair % 9;

        for (size_t i = 0; i < T_COUNT(around); i++, at += 3) {
            memcpy(text, around[i], sizeof(text));
            text[at] = (uint8_t)(pair >> 8);
            text[at + 1] = (uint8_t)pair;
            assert_one_by_one(
                (struct mh_span){text, sizeof(text)}, &want, &got);
        }
    }
    mh_buf_fini(&want);
    mh_buf_fini(&got);
}

/* Ends of lines and tabs, and nothing else that is a control. */
static void
test_lines(void **state)
{
    struct mh_buf buf;
    struct mh_span got;
    static const char text[] = "Qərar\r\n\tsətir & <\n\v\n\n";
    static const char want[] = "Qərar\r\n\tsətir &amp; &lt;\n\xef\xbf\xbd\n\n";

    (void)state;
    mh_buf_init(&buf, 4096);
    mh_markup_lines(&buf, mh_span_str(text));
    got = mh_buf_get(&buf);
    assert_int_equal(got.len, sizeof(want) - 1);
    assert_memory_equal(got.ptr, want, got.len);
    mh_buf_fini(&buf);
}

/* Every byte at every place of a run of ASCII is as it is alone. */
static void
test_places(void **state)
{
    struct mh_buf buf, alone;

    (void)state;
    mh_buf_init(&buf, 4096);
    mh_buf_init(&alone, 4096);
    for (unsigned c = 0; c < 128; c++) {
        uint8_t byte = (uint8_t)c, text[19];
        struct mh_span mark = marked(&alone, (struct mh_span){&byte, 1});

        for (size_t at = 0; at < sizeof(text); at++) {
            struct mh_span got;

            memset(text, c % 2 == 0 ? '%' : '=', sizeof(text));
            text[at] = byte;
            got = marked(&buf, (struct mh_span){text, sizeof(text)});
            assert_int_equal(got.len, sizeof(text) - 1 + mark.len);
            assert_memory_equal(got.ptr, text, at);
            assert_memory_equal(got.ptr + at, mark.ptr, mark.len);
            assert_memory_equal(
                got.ptr + at + mark.len, text + at + 1, sizeof(text) - at - 1);
        }
    }
    mh_buf_fini(&buf);
    mh_buf_fini(&alone);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
