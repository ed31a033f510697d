/* signer/verify/extract: one file out of a container. */
#include "tests/t.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "docformat/docformat.h"
#include "signer/verify/extract.h"

static const struct {
    const char *name, *bytes, *type;
    size_t len;
    bool store;
} rows[] = {
    {"a.pdf", "%PDF-1.7 and so on", "application/pdf", 18, false},
    {"late.pdf", "x%PDF-1.7", "application/octet-stream", 9, true},
    {"b/c.jpg", "\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg", 10, true},
    {"page.html", "<script>alert(1)</script>", "application/octet-stream", 25,
        false},
    {"nothing", "", "application/octet-stream", 0, true},
    {"ə.txt", "Məhkəmə", "application/octet-stream", 10, false},
};

struct box {
    int fd;
    struct mh_map map;
    struct mh_arena *arena;
};

static void
make(struct box *b)
{
    struct mh_out out;
    struct df_zip_writer w;
    struct mh_err err = {.msg = ""};

    b->arena = mh_arena_new(4 << 20);
    assert_non_null(b->arena);
    assert_int_equal(mh_memfd_new("box", 0, &err, &b->fd), MH_OK);
    out = mh_out_at(b->fd, 0);
    df_zip_writer_init(&w, &out, 0);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct df_zip_input in = {.name = mh_span_str(rows[i].name),
            .bytes = {(const uint8_t *)rows[i].bytes, rows[i].len},
            .store = rows[i].store};

        T_CHECK(rows[i].name, df_zip_write(&w, &in, &err) == MH_OK);
    }
    assert_int_equal(df_zip_write_end(&w, (struct mh_span){0}, &err), MH_OK);
    df_zip_writer_fini(&w);
    assert_int_equal(mh_map_fd(b->fd, out.at, &err, &b->map), MH_OK);
}

static void
drop(struct box *b)
{
    mh_map_fini(&b->map);
    mh_close(&b->fd);
    mh_arena_free(b->arena);
}

static enum mh_code
get(struct box *b, const char *name, uint64_t max, char *bytes, size_t *len,
    const char **type)
{
    struct mh_err err = {.msg = ""};
    struct mh_out out;
    enum mh_code code;
    int fd;

    assert_int_equal(mh_memfd_new("file", 0, &err, &fd), MH_OK);
    out = mh_out_at(fd, 0);
    code = sg_extract_entry(
        &(struct sg_entry){b->map.bytes, mh_span_str(name), max}, b->arena,
        &err, &out, type);
    *len = (size_t)out.at;
    assert_true(*len < 64);
    assert_int_equal(pread(fd, bytes, 64, 0), (ssize_t)*len);
    mh_close(&fd);
    return code;
}

static void
test_each(void **state)
{
    struct box b;
    char bytes[64];
    const char *type;
    size_t len;

    (void)state;
    make(&b);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        T_CHECK(rows[i].name,
            get(&b, rows[i].name, rows[i].len, bytes, &len, &type) == MH_OK);
        T_CHECK(rows[i].name,
            len == rows[i].len && memcmp(bytes, rows[i].bytes, len) == 0);
        T_CHECK(rows[i].name, strcmp(type, rows[i].type) == 0);
    }
    drop(&b);
}

static void
test_limits(void **state)
{
    struct box b;
    char bytes[64];
    const char *type;
    size_t len;

    (void)state;
    make(&b);
    assert_int_equal(get(&b, "a.pdf", 17, bytes, &len, &type), MH_ELIMIT);
    assert_int_equal(len, 0);
    assert_int_equal(get(&b, "absent", 99, bytes, &len, &type), MH_EFORMAT);
    assert_int_equal(get(&b, "A.PDF", 99, bytes, &len, &type), MH_EFORMAT);
    assert_int_equal(get(&b, "", 99, bytes, &len, &type), MH_EFORMAT);
    drop(&b);
}

/* An archive with a byte too many is none, and nothing is taken out of it. */
static void
test_unsound(void **state)
{
    struct box b;
    char bytes[64];
    const char *type;
    size_t len;

    (void)state;
    make(&b);
    b.map.bytes.len--;
    assert_int_equal(get(&b, "a.pdf", 99, bytes, &len, &type), MH_EFORMAT);
    assert_int_equal(len, 0);
    b.map.bytes.len = 0;
    assert_int_equal(get(&b, "a.pdf", 99, bytes, &len, &type), MH_EFORMAT);
    drop(&b);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_unsound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
