#include "tests/t.h"

#include "base/err.h"

#include <errno.h>
#include <string.h>

static void
test_fail_fills_everything(void **state)
{
    struct mh_err err = {.sys = 7, .finding = 7};

    (void)state;
    assert_int_equal(
        mh_fail(&err, MH_EFORMAT, 12, "thing: wrong by %d", 3), MH_EFORMAT);
    assert_int_equal(err.code, MH_EFORMAT);
    assert_int_equal(err.sys, 0);
    assert_int_equal(err.finding, 0);
    assert_int_equal(err.offset, 12);
    assert_string_equal(err.msg, "thing: wrong by 3");
}

static void
test_finding_is_kept(void **state)
{
    struct mh_err err = {.finding = 0};

    (void)state;
    assert_int_equal(
        mh_fail_finding(&err, MH_EUNSUP, 5, 9, "thing: odd"), MH_EUNSUP);
    assert_int_equal(err.finding, 5);
    assert_int_equal(err.offset, 9);
}

static void
test_sys_keeps_errno(void **state)
{
    struct mh_err err = {.code = MH_OK};

    (void)state;
    errno = ENOENT;
    assert_int_equal(mh_fail_sys(&err, "input"), MH_EIO);
    assert_int_equal(err.sys, ENOENT);
    assert_string_equal(err.msg, "input: No such file or directory");
}

static void
test_null_is_allowed(void **state)
{
    (void)state;
    assert_int_equal(mh_fail(NULL, MH_ELIMIT, 0, "x"), MH_ELIMIT);
    assert_int_equal(mh_fail_finding(NULL, MH_EFORMAT, 1, 0, "x"), MH_EFORMAT);
    assert_int_equal(mh_fail_sys(NULL, "x"), MH_EIO);
}

static void
test_long_text_is_cut(void **state)
{
    struct mh_err err = {.code = MH_OK};
    char text[400];

    (void)state;
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    (void)mh_fail(&err, MH_EFORMAT, 0, "%s", text); /* the code is known */
    assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
}

static void
test_names(void **state)
{
    static const struct {
        enum mh_code code;
        const char *expected;
    } rows[] = {
        {MH_OK, "ok"},
        {MH_ENOMEM, "nomem"},
        {MH_ELIMIT, "limit"},
        {MH_EFORMAT, "format"},
        {MH_EUNSUP, "unsupported"},
        {MH_EIO, "io"},
        {MH_EINTERNAL, "internal"},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        assert_string_equal(mh_code_name(rows[i].code), rows[i].expected);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fail_fills_everything),
        cmocka_unit_test(test_finding_is_kept),
        cmocka_unit_test(test_sys_keeps_errno),
        cmocka_unit_test(test_null_is_allowed),
        cmocka_unit_test(test_long_text_is_cut),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
