/* Documents as files: where they lie, and what nobody knows of (objects.h). */
#include "tests/t.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/text.h"
#include "portal/store/store.h"
#include "tests/portal/storebed.h"

/* A file of objects that no row knows, the last digit of sha's name changed
   where other. */
static void
plant(const struct fixture *f, const char *folder, const uint8_t *sha,
    bool other, char path[static 256])
{
    char hex[2 * PT_HASH + 1];
    FILE *file;

    mh_hex_encode((struct mh_span){sha, PT_HASH}, hex);
    if (other)
        hex[2 * PT_HASH - 1] = hex[2 * PT_HASH - 1] == '0' ? '1' : '0';
    (void)snprintf(path, 256, "%s/objects/%s", f->dir, folder);
    assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
    if (strlen(folder) == 2) {
        (void)snprintf(
            path, 256, "%s/objects/%s/%.2s", f->dir, folder, hex + 2);
        assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
    }
    (void)snprintf(path + strlen(path), 80, "/%s", hex);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

/* A sweep of all folders; the number of them. */
static size_t
scrub_all(struct fixture *f, int64_t before, uint64_t *removed)
{
    char folder[PT_FOLDER] = "", last[PT_FOLDER] = "";
    uint64_t n;
    size_t folders = 0;

    *removed = 0;
    do {
        assert_int_equal(
            pt_store_blob_scrub(f->store, folder, before, NULL, &n), MH_OK);
        assert_true(last[0] == '\0' || strcmp(folder, last) < 0);
        memcpy(last, folder, sizeof(last));
        *removed += n;
        folders += folder[0] != '\0';
    } while (folder[0] != '\0');
    return folders;
}

/* What a fall leaves between a file's name and its row goes in time. */
static void
scrubbed(void **state)
{
    struct fixture *f = *state;
    const time_t now = time(NULL);
    uint8_t sha[PT_HASH];
    uint64_t removed;
    char day[256], other[256], before[256], two[3];

    add_job(f, "a", 2000, "abc"); /* on the first day */
    t_hash("abc", sha);
    assert_int_equal(objects(f), 1);
    (void)snprintf(two, sizeof(two), "%02x", sha[0]);
    plant(f, "1970-01-01", sha, true, day);
    plant(f, "1970-01-02", sha, false, other); /* the row's is another */
    plant(f, two, sha, false, before);
    assert_int_equal(objects(f), 4);
    assert_int_equal(scrub_all(f, now - 60, &removed), 3);
    assert_int_equal(removed, 0); /* they may be on their way to a row */
    assert_int_equal(scrub_all(f, now + 60, &removed), 3);
    assert_int_equal(removed, 3);
    assert_int_equal(objects(f), 1);
    assert_int_equal(access(day, F_OK), -1);
    assert_int_equal(access(other, F_OK), -1);
    assert_int_equal(access(before, F_OK), -1);
    for (size_t n = 256; n <= 257; n++) { /* removed at once, and one more */
        for (size_t i = 0; i < n; i++) {
            sha[PT_HASH - 1] = (uint8_t)i;
            sha[PT_HASH - 2] = (uint8_t)(i >> 8);
            plant(f, "1970-01-01", sha, false, day);
        }
        assert_int_equal(objects(f), n + 1);
        assert_int_equal(scrub_all(f, now + 60, &removed), 3);
        assert_int_equal(removed, n);
        assert_int_equal(objects(f), 1);
    }
}

static int
read_all(struct fixture *f, const uint8_t *sha, char text[static 4])
{
    enum pt_found found;
    uint64_t size;
    int fd, n;

    if (pt_store_blob_open(f->store, sha, NULL, &fd, &size, &found) != MH_OK)
        return -1;
    assert_int_equal(found, PT_FOUND);
    n = (int)pread(fd, text, 4, 0);
    mh_close(&fd);
    return n;
}

/* The folder of the day on which the row was made; whatever the clock says. */
static void
days(void **state)
{
    static const struct {
        int64_t created;
        const char *doc, *day;
    } cases[] = {{0, "a", "1970-01-01"}, {86399, "b", "1970-01-01"},
        {86400, "c", "1970-01-02"}, {1795824000, "d", "2026-11-28"},
        {253402300799, "e", "9999-12-31"}, {253402300800, "f", "0000-00-00"},
        {INT64_MAX, "g", "0000-00-00"}, {-1, "h", "0000-00-00"},
        {INT64_MIN + 1, "i", "0000-00-00"}};
    struct fixture *f = *state;
    char path[256], hex[2 * PT_HASH + 1], text[4];
    uint8_t sha[PT_HASH];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        add_job_at(f, cases[i].doc, cases[i].created, 2000, cases[i].doc);
        t_hash(cases[i].doc, sha);
        mh_hex_encode((struct mh_span){sha, PT_HASH}, hex);
        (void)snprintf(
            path, sizeof(path), "%s/objects/%s/%s", f->dir, cases[i].day, hex);
        assert_int_equal(access(path, F_OK), 0);
        assert_int_equal(read_all(f, sha, text), 1);
        assert_int_equal(text[0], cases[i].doc[0]);
    }
    /* Kept once more on another day: where its row says. */
    add_job_at(f, "again", 1795824000, 2000, "a");
    assert_int_equal(objects(f), sizeof(cases) / sizeof(cases[0]));
}

/* What is lost on the disk, its folder too, comes back with the same bytes. */
static void
lost_and_back(void **state)
{
    struct fixture *f = *state;
    char path[256], hex[2 * PT_HASH + 1], text[4];
    uint8_t sha[PT_HASH];

    add_job(f, "a", 2000, "abc");
    t_hash("abc", sha);
    mh_hex_encode((struct mh_span){sha, PT_HASH}, hex);
    (void)snprintf(path, sizeof(path), "%s/objects/1970-01-01/%s", f->dir, hex);
    assert_int_equal(unlink(path), 0);
    *strrchr(path, '/') = '\0';
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(read_all(f, sha, text), -1);
    add_job(f, "b", 2000, "abc");
    assert_int_equal(read_all(f, sha, text), 3);
    assert_int_equal(objects(f), 1);
}

/* A store that was made when documents lay in objects/ab/cd. */
static void
places_before(void **state)
{
    struct fixture *f = *state;
    const time_t now = time(NULL);
    char from[256], to[256], hex[2 * PT_HASH + 1], two[3], text[4];
    uint8_t sha[PT_HASH];
    uint64_t removed;

    add_job(f, "a", 2000, "abc");
    t_hash("abc", sha);
    mh_hex_encode((struct mh_span){sha, PT_HASH}, hex);
    (void)snprintf(from, sizeof(from), "%s/objects/1970-01-01/%s", f->dir, hex);
    (void)snprintf(two, sizeof(two), "%.2s", hex);
    plant(f, two, sha, false, to);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(read_all(f, sha, text), 3);
    assert_memory_equal(text, "abc", 3);
    scrub_all(f, now + 60, &removed);
    assert_int_equal(removed, 0);            /* it is the row's */
    add_job_at(f, "b", 90000, 90000, "abc"); /* to the day of its row */
    assert_int_equal(access(from, F_OK), 0);
    assert_int_equal(read_all(f, sha, text), 3);
    scrub_all(f, now + 60, &removed);
    assert_int_equal(removed, 1); /* the one of before is not needed */
    assert_int_equal(access(to, F_OK), -1);
    assert_int_equal(unlink(from), 0);
    assert_int_equal(read_all(f, sha, text), -1);
}

/* PostgreSQL has them in its tables: there are no folders to look through. */
static void
elsewhere(void **state)
{
    struct fixture *f = *state;
    char folder[PT_FOLDER] = "2026-11-28", text[4];
    uint8_t sha[PT_HASH];
    uint64_t removed = 1;

    add_job(f, "a", 2000, "abc");
    t_hash("abc", sha);
    assert_int_equal(
        pt_store_blob_scrub(f->store, folder, 1 << 20, NULL, &removed), MH_OK);
    assert_int_equal(removed, 0);
    assert_string_equal(folder, "");
    assert_int_equal(read_all(f, sha, text), 3);
}

int
main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest sqlite[] = {
        ROW(scrubbed), ROW(days), ROW(lost_and_back), ROW(places_before)};
    const struct CMUnitTest postgresql[] = {ROW(elsewhere)};

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return t_on_postgresql() ? cmocka_run_group_tests(postgresql, NULL, NULL)
                             : cmocka_run_group_tests(sqlite, NULL, NULL);
}
