/* The image in memory of its own; linked as the examiners are. */
#include "base/sys/image.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/t.h"
/* banned.h comes with it, after setjmp */
#include "base/sys/sandbox.h"

static const char constant[] = "a constant that must stay what it is";

/* Written by the loader, and only read from then on. */
static const char *const relocated[] = {constant};

/* What /proc/self/maps says of an address: its rights, and whether a file. */
static void
mapping(uintptr_t at, char rights[5], bool *file)
{
    FILE *f = fopen("/proc/self/maps", "re");
    char line[512];
    bool found = false;

    assert_non_null(f);
    while (!found && fgets(line, sizeof(line), f) != NULL) {
        char *next;
        uintptr_t from = strtoul(line, &next, 16);
        uintptr_t to = strtoul(next + 1, &next, 16);

        found = at >= from && at < to;
        memcpy(rights, next + 1, 4);
        *file = strchr(next, '/') != NULL;
    }
    (void)fclose(f); /* it was read */
    assert_true(found);
}

static void
copied_image_runs(void **state)
{
    uint8_t before[sizeof(constant)];
    char rights[5] = "";
    bool file = false;
    int status = -1;
    pid_t pid;

    (void)state;
    memcpy(before, constant, sizeof(before));
    mapping((uintptr_t)constant, rights, &file);
    assert_true(file);
    if (!mh_sandbox_built()) {
        assert_false(mh_image_own());
        mapping((uintptr_t)constant, rights, &file);
        assert_true(file);
        return;
    }
    assert_true(mh_image_own());
    mapping((uintptr_t)constant, rights, &file);
    assert_string_equal(rights, "r--p");
    assert_false(file);
    mapping((uintptr_t)&copied_image_runs, rights, &file);
    assert_string_equal(rights, "r-xp");
    assert_false(file);
    assert_memory_equal(before, constant, sizeof(before));
    mapping((uintptr_t)relocated, rights, &file);
    assert_string_equal(rights, "r--p");
    assert_false(file);
    assert_ptr_equal(relocated[0], constant);
    pid = fork();
    if (pid == 0)
        _exit(memcmp(before, constant, sizeof(before)) == 0 ? 0 : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_true(mh_image_own()); /* once more is no harm */
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(copied_image_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
