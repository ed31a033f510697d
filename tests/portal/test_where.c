/* Where a store is: what is refused before anything is reached. */
#include "tests/t.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "portal/store/store.h"
#include "tests/folder.h"

static char dir[64];

static int
setup(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof(dir), "/tmp/mohur-where-XXXXXX");
    return mkdtemp(dir) == NULL || mh_digest_init(NULL) != MH_OK;
}

static int
teardown(void **state)
{
    (void)state;
    return t_remove_all(dir);
}

static void
write_file(const char *name, const char *text)
{
    char path[128];
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void
refused(const char *where, enum mh_code code, const char *why)
{
    struct mh_err err = {.msg = ""};
    struct pt_store *store = NULL;
    enum mh_code got = pt_store_open_in(dir, where, 1, &err, &store);

    assert_null(store);
    if (got != code || strstr(err.msg, why) == NULL)
        fail_msg("%s: %d %s", where, (int)got, err.msg);
}

/* A server of this machine, reached by its socket; all else is no option. */
static void
test_options(void **state)
{
    char long_one[512] = "postgresql:host=/";

    (void)state;
    refused("postgresql:dbname=a", MH_EUNSUP, "host");
    refused("postgresql:host=db.example", MH_EUNSUP, "host");
    refused("postgresql:host=127.0.0.1 port=5432", MH_EUNSUP, "host");
    refused("postgresql:host=/a,/b", MH_EUNSUP, "one server");
    refused("postgresql:host=/a hostaddr=127.0.0.1", MH_EUNSUP, "hostaddr");
    refused("postgresql:host=/a password=x", MH_EUNSUP, "password");
    refused("postgresql:host=/a options=-csynchronous_commit=off", MH_EUNSUP,
        "options");
    refused("postgresql:host=/a service=x", MH_EUNSUP, "service");
    refused("postgresql:host", MH_EFORMAT, "name=value");
    refused("postgresql:postgresql://host/db", MH_EUNSUP, "host");
    memset(long_one + 17, 'a', 300);
    refused(long_one, MH_EIO, "reached"); /* no such folder */
    refused("postgresql:host=/nonexistent", MH_EIO, "reached");
}

/* A folder has the one or the other, and remembers which. */
static void
test_remembered(void **state)
{
    struct pt_store *store = NULL;

    (void)state;
    write_file("postgresql", "host=/nonexistent dbname=a");
    refused("sqlite", MH_EFORMAT, "in PostgreSQL");
    refused(NULL, MH_EIO, "reached");
    write_file("postgresql", "");
    assert_int_equal(pt_store_open_in(dir, "sqlite", 1, NULL, &store), MH_OK);
    assert_false(pt_store_is_remote(store));
    pt_store_close(store);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_options, setup, teardown),
        cmocka_unit_test_setup_teardown(test_remembered, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
