/*
 * What every unit test needs: cmocka with its own needs first, and checks
 * that name the row of a table that failed.
 */
#ifndef TESTS_T_H
#define TESTS_T_H

#ifndef MH_ALLOW_BANNED
#define MH_ALLOW_BANNED /* cmocka needs setjmp */
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Fails the test and names the row. */
#define T_CHECK(row, what)                                                     \
    do {                                                                       \
        if (!(what))                                                           \
            fail_msg("%s: %s", (row), #what);                                  \
    } while (0)

/*
 * A sanitizer build has no sandbox, and its test says so; every other build has
 * one, or the test fails.
 */
#ifdef MH_SANITIZED
#define T_NEEDS_SANDBOX() skip()
#else
#define T_NEEDS_SANDBOX() assert_true(mh_sandbox_built())
#endif

#define T_COUNT(a) (sizeof(a) / sizeof((a)[0]))

#endif
