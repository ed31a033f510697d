/* The search form of names: each rule, and what is no text. */
#include "tests/t.h"

#include <string.h>

#include "portal/store/cases.h"
#include "portal/store/fold.h"

static const struct {
    const char *name, *in, *form;
} rows[] = {
    {"nothing", "", ""},
    {"ASCII", "Abc XYZ 09", "abc xyz 09"},
    {"the four i", "İIıi", "iiii"},
    {"schwa", "Əə", "ee"},
    {"turned e for schwa", "\u018e\u01dd", "ee"},
    {"o u g s c", "ÖöÜüĞğŞşÇç", "oouuggsscc"},
    {"a whole name", "Qəhrəmanova İradə Əşrəf qızı",
        "qehremanova irade esref qizi"},
    {"without az letters", "QEHREMANOVA Irade Esref qizi",
        "qehremanova irade esref qizi"},
    {"dotless where it is dotted", "IDDIAÇI", "iddiaci"},
    {"dotted where it is dotless", "İDDİAÇİ", "iddiaci"},
    {"a decomposed dotted I", "I\u0307radə", "irade"},
    {"decomposed letters", "S\u0327u\u0308kru\u0308", "sukru"},
    {"other Latin letters", "ÀÉÎÕÝßæÿĀžŁőœ", "aeioysayazloo"},
    {"signs among them", "a×b÷c", "a b c"},
    {"Cyrillic", "ИВАНОВ Пётр", "иванов петр"},
    {"yo and short i", "ЁёЙй", "ееии"},
    {"decomposed Cyrillic", "и\u0306е\u0308", "ие"},
    {"Cyrillic before 0410", "ЂЃЄЇЎ", "ђгєіу"},
    {"Cyrillic of Azerbaijani", "ӘҒҮӨҺҸҜ", "әғүөһҹҝ"},
    {"palochka", "Ӏ\u04c1", "ӏ\u04c2"},
    {"Greek as it is", "Ωω", "Ωω"},
    {"another script", "ქართული", "ქართული"},
    {"four bytes", "\U0001f600", "\U0001f600"},
    {"runs of spaces", "  a \t\n b  ", "a b"},
    {"wide spaces", "a\u00a0\u2003\u3000b", "a b"},
    {"quotes", "“Sınaq Ticarət” MMC", "sinaq ticaret mmc"},
    {"guillemets and dots", "«A.B.» C", "a b c"},
    {"hyphens", "Abdul-Hüseyn–oğlu", "abdul huseyn oglu"},
    {"apostrophes", "Məs'ud Məs’ud Məsʼud", "mesud mesud mesud"},
    {"no width", "a\u00adb\u200bc\ufeff", "abc"},
    {"marks of direction", "\u202ea\u200fb", "ab"},
    {"marks alone", "\u0301\u0300", ""},
    {"signs alone", " -.,“” ", ""},
};

static void
test_rules(void **state)
{
    char out[200];

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        assert_true(pt_fold(rows[i].in, out, sizeof(out)));
        if (strcmp(out, rows[i].form) != 0)
            fail_msg("%s: %s", rows[i].name, out);
        /* The form of a form is itself, and never longer. */
        assert_true(strlen(out) <= strlen(rows[i].in));
        assert_true(pt_fold(rows[i].form, out, sizeof(out)));
        assert_string_equal(out, rows[i].form);
    }
}

static void
test_malformed(void **state)
{
    static const char *const bad[] = {"\x80", "a\xff", "\xc3", "\xc3(",
        "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
        "ab\xf0\x9f\x98", "\xfe\xff"};
    char out[16];

    (void)state;
    for (size_t i = 0; i < T_COUNT(bad); i++) {
        memset(out, 'x', sizeof(out));
        assert_false(pt_fold(bad[i], out, sizeof(out)));
        assert_string_equal(out, "");
    }
}

static void
test_room(void **state)
{
    static const char in[] = "Əли b"; /* "eли b": 7 bytes */
    char out[16];

    (void)state;
    for (size_t size = 0; size < 8; size++) {
        memset(out, 'x', sizeof(out));
        assert_false(pt_fold(in, out, size));
        assert_true(out[0] == (size == 0 ? 'x' : '\0'));
        for (size_t i = size; i < sizeof(out); i++)
            assert_true(out[i] == 'x');
    }
    assert_true(pt_fold(in, out, 8));
    assert_string_equal(out, "eли b");
}

/* What can be searched for. */
static void
test_words(void **state)
{
    static const struct {
        const char *in;
        enum pt_words what;
    } words[] = {
        {"", PT_WORDS_SHORT},
        {"ab", PT_WORDS_SHORT},
        {"əşr", PT_WORDS_GOOD},
        {"ив", PT_WORDS_SHORT},
        {"ива", PT_WORDS_GOOD},
        {"a b c", PT_WORDS_SHORT},
        {"a bcd", PT_WORDS_GOOD},
        {"--“”--", PT_WORDS_SHORT},
        {"a'b", PT_WORDS_SHORT},
        {"Qəhrəmanova İradə Əşrəf qızı", PT_WORDS_GOOD},
        {"Qəhrəmanova İradə Əşrəf qızı x", PT_WORDS_LONG},
    };
    char out[PT_TEXT_MAX + 1], longest[PT_TEXT_MAX + 2];

    (void)state;
    for (size_t i = 0; i < T_COUNT(words); i++)
        assert_int_equal(pt_words_of(words[i].in, out), words[i].what);
    memset(longest, 'a', sizeof(longest));
    longest[PT_TEXT_MAX + 1] = '\0';
    assert_int_equal(pt_words_of(longest, out), PT_WORDS_LONG);
    longest[PT_TEXT_MAX] = '\0';
    assert_int_equal(pt_words_of(longest, out), PT_WORDS_GOOD);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
