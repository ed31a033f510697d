#include "tests/t.h"

#include "base/wire/codes.h"

#include <string.h>

#include "base/text.h"

static bool
kebab(const char *s)
{
    bool letter = false;

    for (; *s != '\0'; s++) {
        bool now = (*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9');

        if (!now && (*s != '-' || !letter))
            return false;
        letter = now;
    }
    return letter;
}

static void
test_every_code(void **state)
{
    (void)state;
    for (int i = 1; i < MH_FINDING_CODES; i++) {
        enum mh_finding_code code = (enum mh_finding_code)i;
        const char *name = mh_finding_name(code);

        T_CHECK(name, kebab(name));
        T_CHECK(name, strlen(mh_finding_clause(code)) > 2);
        for (int l = 0; l < MH_LANGS; l++) {
            const char *text = mh_finding_text(code, (enum mh_lang)l);
            size_t n = strlen(text);

            T_CHECK(name, mh_utf8_valid(mh_span_str(text)));
            T_CHECK(name, n > 2 && text[n - 1] != '.' && text[0] != ' ');
        }
        for (int k = 1; k < i; k++)
            T_CHECK(
                name, strcmp(name, mh_finding_name((enum mh_finding_code)k)));
    }
}

static void
test_out_of_range(void **state)
{
    (void)state;
    assert_string_equal(mh_finding_name(MH_FINDING_NONE), "?");
    assert_string_equal(mh_finding_name(MH_FINDING_CODES), "?");
    assert_string_equal(mh_finding_text(MH_FINDING_CODES, MH_EN), "");
    assert_string_equal(mh_finding_text(MH_F_EMPTY, MH_LANGS),
        mh_finding_text(MH_F_EMPTY, MH_EN));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code),
        cmocka_unit_test(test_out_of_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
