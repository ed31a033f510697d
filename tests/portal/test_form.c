/* Forms: strict escapes, each field once, limits. */
#include "tests/t.h"

#include <stdio.h>
#include <string.h>

#include "portal/http/form.h"

static void
good(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    const char *const known[] = {"ad", "b", "c"};
    const char *unknown = NULL;
    struct pt_form form;

    (void)state;
    assert_int_equal(
        pt_form_parse(MH_SPAN_LIT("ad=%C6%8Fli+B%2b&b=&c"), arena, NULL, &form),
        MH_OK);
    assert_int_equal(form.fields, 3);
    assert_string_equal(pt_form_get(&form, "ad"), "\xc6\x8fli B+");
    assert_string_equal(pt_form_get(&form, "b"), "");
    assert_string_equal(pt_form_get(&form, "c"), "");
    assert_null(pt_form_get(&form, "d"));
    assert_true(pt_form_knows(&form, known, 3, &unknown));
    assert_false(pt_form_knows(&form, known, 2, &unknown));
    assert_string_equal(unknown, "c");
    assert_int_equal(
        pt_form_parse((struct mh_span){0}, arena, NULL, &form), MH_OK);
    assert_int_equal(form.fields, 0);
    mh_arena_free(arena);
}

static void
bad(void **state)
{
    static const struct {
        const char *name, *in;
    } rows[] = {
        {"escape", "a=%zz"},
        {"escape cut", "a=%4"},
        {"escape at end", "a=%"},
        {"NUL", "a=%00"},
        {"no UTF-8", "a=%ff"},
        {"overlong", "a=%c0%80"},
        {"raw byte", "a=\xc9\x99"},
        {"space", "a=b c"},
        {"no name", "=b"},
        {"empty pair", "a=1&&b=2"},
        {"twice", "a=1&a=2"},
        {"twice, escaped", "a=1&%61=2"},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_arena *arena = mh_arena_new(1 << 20);
        struct mh_err err = {.msg = ""};
        struct pt_form form;

        T_CHECK(rows[i].name, pt_form_parse(mh_span_str(rows[i].in), arena,
                                  &err, &form) == MH_EFORMAT);
        T_CHECK(rows[i].name, strncmp(err.msg, "form: ", 6) == 0);
        mh_arena_free(arena);
    }
}

static void
limits(void **state)
{
    static char in[PT_FORM_MAX + 2];
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct pt_form form;
    size_t at = 0;

    (void)state;
    memset(in, 'a', sizeof(in));
    in[1] = '=';
    assert_int_equal(pt_form_parse((struct mh_span){(uint8_t *)in, PT_FORM_MAX},
                         arena, NULL, &form),
        MH_OK);
    assert_int_equal(
        pt_form_parse((struct mh_span){(uint8_t *)in, PT_FORM_MAX + 1}, arena,
            NULL, &form),
        MH_ELIMIT);
    for (int i = 0; i < PT_FORM_FIELDS_MAX; i++)
        at += (size_t)snprintf(in + at, sizeof(in) - at, "f%d=1&", i);
    assert_int_equal(pt_form_parse((struct mh_span){(uint8_t *)in, at - 1},
                         arena, NULL, &form),
        MH_OK);
    at += (size_t)snprintf(in + at, sizeof(in) - at, "g=1");
    assert_int_equal(
        pt_form_parse((struct mh_span){(uint8_t *)in, at}, arena, NULL, &form),
        MH_ELIMIT);
    mh_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),
        cmocka_unit_test(bad),
        cmocka_unit_test(limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
