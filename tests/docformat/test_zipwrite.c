/*
 * Archives as they are written: our own strict scan and libzip must both read
 * back what went in.
 */
#define MH_ALLOW_BANNED
#include "docformat/zip/write.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zip.h>

#include "base/limits.h"
#include "docformat/zip/allowed.h"
#include "tests/t.h"

#define SEEDS T_SOURCE_DIR "/../fuzz/seeds/zip/"
#define TIME  INT64_C(1654000001) /* 2022-05-31T12:26:41Z */

enum {
    ARENA = 64 << 20,
    LARGE = (1 << 20) + 1, /* one byte more than is deflated at once */
    FILE_MAX = 8 << 20
};

static uint8_t noise[LARGE], lines[LARGE], zeros[LARGE];

static int
setup(void **state)
{
    uint32_t x = 1;

    (void)state;
    for (size_t i = 0; i < LARGE; i++) {
        x = x * 1664525 + 1013904223;
        noise[i] = (uint8_t)(x >> 24);
        lines[i] = (uint8_t)("abcdefghijklmnop"[x >> 28]);
    }
    return 0;
}

/* An output in memory. */
static struct mh_out
fresh(void)
{
    int fd = memfd_create("zip", MFD_CLOEXEC);

    assert_true(fd >= 0);
    return mh_out_at(fd, 0);
}

static struct mh_span
written(const struct mh_out *out)
{
    void *p = mmap(NULL, (size_t)out->at, PROT_READ, MAP_SHARED, out->fd, 0);

    assert_true(p != MAP_FAILED);
    return (struct mh_span){p, (size_t)out->at};
}

struct sum {
    size_t len;
    uint32_t hash;
};

static void
add(void *ctx, struct mh_span bytes)
{
    struct sum *s = ctx;

    for (size_t i = 0; i < bytes.len; i++)
        s->hash = (s->hash ^ bytes.ptr[i]) * UINT32_C(16777619);
    s->len += bytes.len;
}

static bool
libzip_reads(struct mh_span file, const char *name, struct mh_span want)
{
    zip_source_t *src = zip_source_buffer_create(file.ptr, file.len, 0, NULL);
    zip_t *z = zip_open_from_source(src, ZIP_CHECKCONS | ZIP_RDONLY, NULL);
    zip_file_t *f = z == NULL ? NULL : zip_fopen(z, name, ZIP_FL_ENC_UTF_8);
    uint8_t *buf = malloc(want.len + 1);
    zip_int64_t n = f == NULL ? -1 : zip_fread(f, buf, want.len + 1);
    bool ok = n >= 0 && (size_t)n == want.len &&
              (want.len == 0 || memcmp(buf, want.ptr, want.len) == 0);

    free(buf);
    if (f != NULL)
        ok = zip_fclose(f) == 0 && ok;
    if (z != NULL)
        zip_discard(z);
    return ok;
}

static void
test_entries(void **state)
{
    const struct {
        const char *name;
        struct mh_span bytes;
        bool store;
        uint16_t method;
    } rows[] = {
        {"empty", {NULL, 0}, false, DF_ZIP_STORED},
        {"one byte", MH_SPAN_LIT("a"), false, DF_ZIP_STORED},
        {"text", {lines, 5000}, false, DF_ZIP_DEFLATED},
        {"text stored", {lines, 5000}, true, DF_ZIP_STORED},
        {"ə, as UTF-8", {lines, 5000}, false, DF_ZIP_DEFLATED},
        {"noise", {noise, 5000}, false, DF_ZIP_STORED},
        {"zeros", {zeros, 100000}, false, DF_ZIP_STORED},
        {"at once", {lines, LARGE - 1}, false, DF_ZIP_DEFLATED},
        {"in pieces", {lines, LARGE}, false, DF_ZIP_DEFLATED},
        {"large noise", {noise, LARGE}, false, DF_ZIP_STORED},
        {"large zeros", {zeros, LARGE}, false, DF_ZIP_STORED},
        {"large stored", {lines, LARGE}, true, DF_ZIP_STORED},
    };
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct mh_out out = fresh();
    struct df_zip_writer w;
    struct df_notes notes;
    struct mh_span file;
    struct df_zip *zip;

    (void)state;
    df_zip_writer_init(&w, &out, TIME);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct sum sum = {0, 1}, want = {0, 1};
        const struct df_sink sink = {&sum, add};
        const struct df_zip_input in = {.name = mh_span_str(rows[i].name),
            .bytes = rows[i].bytes,
            .store = rows[i].store,
            .sink = &sink};

        T_CHECK(rows[i].name, df_zip_write(&w, &in, NULL) == MH_OK);
        add(&want, rows[i].bytes);
        T_CHECK(rows[i].name, sum.len == want.len && sum.hash == want.hash);
    }
    assert_int_equal(df_zip_write_end(&w, MH_SPAN_LIT(""), NULL), MH_OK);
    df_zip_writer_fini(&w);
    file = written(&out);
    df_notes_init(&notes, arena);
    assert_int_equal(df_zip_scan(file, arena, &notes, NULL, &zip), MH_OK);
    assert_int_equal(notes.count, 0);
    assert_int_equal(zip->count, T_COUNT(rows));
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        const struct df_zip_entry *e = &zip->entries[i];
        struct mh_span bytes;

        T_CHECK(rows[i].name, mh_span_is(e->name, rows[i].name));
        T_CHECK(rows[i].name, e->method == rows[i].method);
        T_CHECK(rows[i].name, e->extra.len + e->local_extra.len == 0);
        T_CHECK(rows[i].name,
            e->flags == ((uint8_t)rows[i].name[0] >= 0x80 ? 1U << 11 : 0U));
        T_CHECK(rows[i].name,
            df_zip_read(zip, e, arena, FILE_MAX, NULL, &bytes) == MH_OK);
        T_CHECK(rows[i].name, mh_span_eq(bytes, rows[i].bytes));
        T_CHECK(rows[i].name, libzip_reads(file, rows[i].name, rows[i].bytes));
    }
    mh_arena_free(arena);
    (void)close(out.fd);
}

/* MS-DOS dates begin in 1980, end in 2107, and count two seconds. */
static void
test_times(void **state)
{
    static const struct {
        const char *name;
        int64_t time;
        uint16_t date, clock;
    } rows[] = {
        {"1979", INT64_C(315532799), 1 << 5 | 1, 0},
        {"1980", INT64_C(315532800), 1 << 5 | 1, 0},
        {"2022", TIME, 42 << 9 | 5 << 5 | 31, 12 << 11 | 26 << 5 | 20},
        {"2107", INT64_C(4354819199), 127 << 9 | 12 << 5 | 31,
            23 << 11 | 59 << 5 | 29},
        {"2108", INT64_C(4354819200), 127 << 9 | 12 << 5 | 31,
            23 << 11 | 59 << 5 | 29},
        {"no time", INT64_MIN, 1 << 5 | 1, 0},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_out out = fresh();
        struct df_zip_writer w;

        df_zip_writer_init(&w, &out, rows[i].time);
        T_CHECK(rows[i].name, w.date == rows[i].date);
        T_CHECK(rows[i].name, w.clock == rows[i].clock);
        df_zip_writer_fini(&w);
        (void)close(out.fd);
    }
}

static void
test_limits(void **state)
{
    struct df_zip_input in = {.bytes = MH_SPAN_LIT("x"), .store = true};
    char name[MH_ZIP_NAME_MAX + 2];
    struct mh_out out = fresh();
    struct df_zip_writer w;
    struct mh_err err;

    (void)state;
    df_zip_writer_init(&w, &out, TIME);
    for (unsigned i = 0; i <= MH_ZIP_ENTRIES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "%u", i);
        in.name = mh_span_str(name);
        assert_int_equal(df_zip_write(&w, &in, &err),
            i < MH_ZIP_ENTRIES_MAX ? MH_OK : MH_ELIMIT);
    }
    assert_int_equal(err.finding, MH_F_ZIP_LIMIT);
    df_zip_writer_fini(&w);
    memset(name, 'a', sizeof(name));
    df_zip_writer_init(&w, &out, TIME);
    in.name = (struct mh_span){(uint8_t *)name, MH_ZIP_NAME_MAX};
    assert_int_equal(df_zip_write(&w, &in, NULL), MH_OK);
    in.name.len++;
    assert_int_equal(df_zip_write(&w, &in, NULL), MH_EINTERNAL);
    /* The last offset that 32 bits hold is one too many. */
    in.name.len = 1;
    out.at = UINT32_MAX - 1;
    assert_int_equal(df_zip_write(&w, &in, NULL), MH_OK);
    assert_int_equal(df_zip_write(&w, &in, &err), MH_ELIMIT);
    assert_int_equal(df_zip_write_end(&w, MH_SPAN_LIT(""), &err), MH_ELIMIT);
    df_zip_writer_fini(&w);
    (void)close(out.fd);
}

/* A directory record whose size needs 64 bits: the field, and only it. */
static void
test_wide(void **state)
{
    static const uint8_t *central =
        (const uint8_t *)"PK\1\2\x2d\0\x2d\0\0\0\x08\0\0\0\0\0\1\2\3\4"
                         "\x05\0\0\0\xff\xff\xff\xff\1\0\x0c\0\0\0\0\0\0\0"
                         "\0\0\0\0\0\0\0\0a\1\0\x08\0\0\0\0\0\1\0\0\0";
    struct df_zip zip = {.file = MH_SPAN_LIT("hello"), .count = 1};
    struct df_zip_entry e = {.name = {central + 46, 1},
        .data = {zip.file.ptr, 5},
        .extra = {central + 47, 12},
        .usize = UINT64_C(1) << 32,
        .central = central};
    struct mh_out out = fresh();
    struct df_zip_writer w;

    (void)state;
    zip.entries = &e;
    zip.directory = 5;
    df_zip_writer_init(&w, &out, TIME);
    assert_int_equal(df_zip_write_copy(&w, &zip, &e, NULL), MH_OK);
    assert_int_equal(w.directory.len, 59);
    assert_memory_equal(w.directory.ptr, central, 59);
    df_zip_writer_fini(&w);
    (void)close(out.fd);
}

/* One archive with its first entry moved behind the others. */
static void
turn(const char *row, struct df_zip *zip, struct mh_arena *arena)
{
    struct mh_out out = fresh();
    struct df_zip_writer w;
    struct df_notes notes;
    struct df_zip *again;
    struct mh_span file;

    df_zip_writer_init(&w, &out, TIME);
    for (size_t i = 1; i <= zip->count; i++)
        T_CHECK(row, df_zip_write_copy(&w, zip, &zip->entries[i % zip->count],
                         NULL) == MH_OK);
    T_CHECK(row, df_zip_write_end(&w, zip->comment, NULL) == MH_OK);
    df_zip_writer_fini(&w);
    file = written(&out);
    df_notes_init(&notes, arena);
    T_CHECK(row, df_zip_scan(file, arena, &notes, NULL, &again) == MH_OK);
    T_CHECK(row, again->count == zip->count);
    T_CHECK(row, mh_span_eq(again->comment, zip->comment));
    for (size_t i = 1; i <= zip->count; i++) {
        const struct df_zip_entry *a = &zip->entries[i % zip->count];
        const struct df_zip_entry *b = &again->entries[i - 1];
        size_t n = (size_t)(df_zip_record_end(zip, a) - a->local_offset);

        T_CHECK(row, mh_span_eq(a->name, b->name));
        T_CHECK(row, mh_span_eq(a->comment, b->comment));
        T_CHECK(row, mh_span_eq(a->data, b->data));
        T_CHECK(row, memcmp(zip->file.ptr + a->local_offset,
                         file.ptr + b->local_offset, n) == 0);
    }
    (void)close(out.fd);
}

static void
test_copies(void **state)
{
    static uint8_t room[FILE_MAX];
    DIR *dir = opendir(SEEDS);
    const struct dirent *d;
    size_t turned = 0;

    (void)state;
    assert_non_null(dir);
    while ((d = readdir(dir)) != NULL) {
        struct mh_arena *arena = mh_arena_new(ARENA);
        struct df_notes notes;
        struct df_zip *zip;
        char path[1024];
        FILE *f;

        (void)snprintf(path, sizeof(path), SEEDS "%s", d->d_name);
        f = d->d_name[0] == '.' ? NULL : fopen(path, "rb");
        if (f != NULL) {
            struct mh_span file = {room, fread(room, 1, FILE_MAX, f)};

            (void)fclose(f);
            df_notes_init(&notes, arena);
            if (df_zip_scan(file, arena, &notes, NULL, &zip) == MH_OK &&
                zip->count > 0) {
                turn(d->d_name, zip, arena);
                turned++;
            }
        }
        mh_arena_free(arena);
    }
    (void)closedir(dir);
    assert_true(turned >= 20);
}

static void
test_names(void **state)
{
    const struct {
        const char *name;
        struct mh_span a, b;
        enum mh_finding_code code;
    } rows[] = {
        {"two", MH_SPAN_LIT("a"), MH_SPAN_LIT("b"), MH_FINDING_NONE},
        {"Ə and ə", MH_SPAN_LIT("Ə"), MH_SPAN_LIT("ə"),
            MH_F_ZIP_CASE_DUPLICATE},
        {"same", MH_SPAN_LIT("a"), MH_SPAN_LIT("a"), MH_F_ZIP_DUPLICATE_NAME},
        {"directory", MH_SPAN_LIT("a/"), MH_SPAN_LIT("b"), MH_F_ZIP_NAME},
        {"empty", {NULL, 0}, MH_SPAN_LIT("b"), MH_F_ZIP_NAME},
        {"NUL", MH_SPAN_LIT("a\0b"), MH_SPAN_LIT("b"), MH_F_ZIP_NAME},
        {"up", MH_SPAN_LIT("a/../b"), MH_SPAN_LIT("b"), MH_F_ZIP_NAME},
        {"drive", MH_SPAN_LIT("C:b"), MH_SPAN_LIT("b"), MH_F_ZIP_NAME},
        {"decomposed", MH_SPAN_LIT("o\xcc\x88"), MH_SPAN_LIT("b"),
            MH_F_ZIP_NAME_ENCODING},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        const struct mh_span names[] = {rows[i].a, rows[i].b};
        struct mh_arena *arena = mh_arena_new(ARENA);
        struct mh_err err = {0};

        T_CHECK(rows[i].name, (df_zip_names_allowed(names, 2, arena, &err) ==
                                  MH_OK) == (rows[i].code == MH_FINDING_NONE));
        T_CHECK(rows[i].name, err.finding == (int)rows[i].code);
        mh_arena_free(arena);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
