/* base/out.c: a file that is appended to and patched. */
#include "tests/t.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/out.h"

static void
test_append_and_patch(void **state)
{
    int fd = memfd_create("out", MFD_CLOEXEC);
    struct mh_out out = mh_out_at(fd, 0);
    char got[16] = {0};

    (void)state;
    assert_int_equal(mh_out_append(&out, mh_span_str("hello "), NULL), MH_OK);
    assert_int_equal(mh_out_append(&out, mh_span_str("w.rld"), NULL), MH_OK);
    assert_int_equal(mh_out_append(&out, mh_span_str(""), NULL), MH_OK);
    assert_int_equal(out.at, 11);
    assert_int_equal(mh_out_patch(&out, 7, mh_span_str("o"), NULL), MH_OK);
    assert_int_equal(mh_out_patch(&out, 11, mh_span_str(""), NULL), MH_OK);
    assert_int_equal(pread(fd, got, sizeof(got), 0), 11);
    assert_string_equal(got, "hello world");
    (void)close(fd);
}

/* A patch may not grow the file: what it would write is not there yet. */
static void
test_patch_past_the_end(void **state)
{
    int fd = memfd_create("out", MFD_CLOEXEC);
    struct mh_out out = mh_out_at(fd, 0);

    (void)state;
    assert_int_equal(mh_out_append(&out, mh_span_str("1234"), NULL), MH_OK);
    assert_int_equal(
        mh_out_patch(&out, 3, mh_span_str("xx"), NULL), MH_EINTERNAL);
    assert_int_equal(
        mh_out_patch(&out, 5, mh_span_str(""), NULL), MH_EINTERNAL);
    assert_int_equal(mh_out_patch(&out, 3, mh_span_str("x"), NULL), MH_OK);
    (void)close(fd);
}

static void
test_refused_by_the_system(void **state)
{
    int fd = memfd_create("out", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    struct mh_out out = mh_out_at(fd, 0);
    struct mh_err err = {.msg = ""};

    (void)state;
    assert_int_equal(mh_out_append(&out, mh_span_str("1234"), &err), MH_OK);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0);
    assert_int_equal(mh_out_append(&out, mh_span_str("5"), &err), MH_EIO);
    assert_int_equal(err.sys, EPERM);
    assert_int_equal(out.at, 4);
    out.at = (uint64_t)INT64_MAX;
    assert_int_equal(mh_out_append(&out, mh_span_str("5"), &err), MH_ELIMIT);
    (void)close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append_and_patch),
        cmocka_unit_test(test_patch_past_the_end),
        cmocka_unit_test(test_refused_by_the_system),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
