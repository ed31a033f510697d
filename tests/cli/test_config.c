#include "tests/t.h"

#include "signer/cmd/config.h"

#include <stdio.h>
#include <unistd.h>

static enum mh_code
read_text(const char *text, struct mh_arena *arena, struct sg_config *out)
{
    char path[] = "/tmp/mohur-config-XXXXXX";
    int fd = mkstemp(path);
    enum mh_code code;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(close(fd), 0);
    code = sg_config_read(path, arena, NULL, out);
    assert_int_equal(unlink(path), 0);
    return code;
}

static void
test_config_keys(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct sg_config c;

    (void)state;
    assert_int_equal(
        read_text("trust = { \"/a\", \"/b\" }\nmodule = \"/m.so\"\n"
                  "modules = { \"/n.so\" }\nmodule-profile = \"card\"\n"
                  "module-writable = { \"/w\", \"/x\" }\nelse = 1\n",
            arena, &c),
        MH_OK);
    assert_int_equal(c.trusts, 2);
    assert_string_equal(c.trust[1], "/b");
    assert_string_equal(c.module, "/m.so");
    assert_int_equal(c.modules_len, 1);
    assert_string_equal(c.modules[0], "/n.so");
    assert_string_equal(c.module_profile, "card");
    assert_int_equal(c.writable_len, 2);
    assert_string_equal(c.writable[1], "/x");
    mh_arena_free(arena);
}

static void
test_config_empty(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct sg_config c;

    (void)state;
    assert_int_equal(read_text("", arena, &c), MH_OK);
    assert_null(c.module);
    assert_null(c.module_profile);
    assert_int_equal(c.trusts + c.modules_len + c.writable_len, 0);
    assert_int_equal(
        sg_config_read("/nonexistent/mohur.conf", arena, NULL, &c), MH_OK);
    assert_null(c.module);
    assert_int_equal(read_text("module = {", arena, &c), MH_EFORMAT);
    mh_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config_keys),
        cmocka_unit_test(test_config_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
