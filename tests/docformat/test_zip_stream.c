/*
 * Entries on both sides of the size from which they are inflated in pieces,
 * and of the one from which a second thread helps: whichever way is taken, the
 * same bytes come out and the same lies are found.
 */
#include "tests/t.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "docformat/zip/zip.h"

enum {
    WHOLE = 1 << 20, /* bytes of output that are inflated at once */
    BESIDE = 8 << 20 /* bytes from which a thread is started */
};

static const struct {
    const char *name;
    size_t size;
} rows[] = {
    {"one byte", 1},
    {"below the border", WHOLE - 1},
    {"at the border", WHOLE},
    {"past the border", WHOLE + 1},
    {"below the thread", BESIDE - 1},
    {"at the thread", BESIDE},
};

/* Text that deflates to about a third, the same every time. */
static uint8_t *
content(size_t size)
{
    uint8_t *p = malloc(size);
    uint32_t x = 1;

    assert_non_null(p);
    for (size_t i = 0; i < size; i++) {
        x = x * 1664525U + 1013904223U;
        p[i] = (uint8_t)('a' + (x >> 30));
    }
    return p;
}

/* An archive with one deflated entry, as libzip writes it. */
static uint8_t *
archive(const uint8_t *data, size_t size, size_t *len)
{
    zip_source_t *to = zip_source_buffer_create(NULL, 0, 0, NULL), *from;
    zip_stat_t st;
    uint8_t *out;
    zip_t *zip;

    assert_non_null(to);
    zip_source_keep(to);
    zip = zip_open_from_source(to, ZIP_TRUNCATE, NULL);
    assert_non_null(zip);
    from = zip_source_buffer(zip, data, size, 0);
    assert_non_null(from);
    assert_int_equal(zip_file_add(zip, "entry", from, 0), 0);
    assert_int_equal(zip_set_file_compression(zip, 0, ZIP_CM_DEFLATE, 6), 0);
    assert_int_equal(zip_close(zip), 0);
    assert_int_equal(zip_source_stat(to, &st), 0);
    *len = (size_t)st.size;
    out = malloc(*len);
    assert_non_null(out);
    assert_int_equal(zip_source_open(to), 0);
    assert_int_equal(zip_source_read(to, out, *len), *len);
    assert_int_equal(zip_source_close(to), 0);
    zip_source_free(to);
    return out;
}

/* Where the stream is in what it must give out. */
struct compare {
    const uint8_t *want;
    size_t size, seen;
    bool differs;
};

static void
take(void *ctx, struct mh_span part)
{
    struct compare *c = ctx;

    if (part.len > c->size - c->seen ||
        memcmp(c->want + c->seen, part.ptr, part.len) != 0)
        c->differs = true;
    else
        c->seen += part.len;
}

/* Streams the only entry; err says what is wrong with it. */
static enum mh_code
stream(struct mh_span file, struct compare *c, struct mh_err *err)
{
    struct mh_arena *arena = mh_arena_new(64U << 20);
    struct df_sink sink = {c, take};
    struct df_notes notes;
    struct df_zip *zip;
    enum mh_code code;

    assert_non_null(arena);
    df_notes_init(&notes, arena);
    code = df_zip_scan(file, arena, &notes, err, &zip);
    if (code == MH_OK) {
        assert_int_equal(zip->count, 1);
        assert_int_equal(zip->entries[0].method, DF_ZIP_DEFLATED);
        code = df_zip_stream(zip, &zip->entries[0], &sink, err);
    }
    mh_arena_free(arena);
    return code;
}

static void
test_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        uint8_t *data = content(rows[i].size), *file;
        struct compare c = {.want = data, .size = rows[i].size};
        struct mh_err err = {.msg = ""};
        size_t len;

        file = archive(data, rows[i].size, &len);
        T_CHECK(rows[i].name,
            stream((struct mh_span){file, len}, &c, &err) == MH_OK);
        T_CHECK(rows[i].name, !c.differs && c.seen == rows[i].size);
        free(file);
        free(data);
    }
}

/* Adds to a 32-bit field of the local header and of the directory. */
static void
lie(uint8_t *file, size_t len, size_t local, size_t central, int add)
{
    uint8_t *dir = memmem(file, len, "PK\1\2", 4);
    uint8_t *at[2] = {file + local, NULL};

    assert_non_null(dir);
    at[1] = dir + central;
    for (size_t i = 0; i < 2; i++) {
        uint32_t v = (uint32_t)at[i][0] | (uint32_t)at[i][1] << 8 |
                     (uint32_t)at[i][2] << 16 | (uint32_t)at[i][3] << 24;

        v += (uint32_t)add;
        for (unsigned k = 0; k < 4; k++)
            at[i][k] = (uint8_t)(v >> (8 * k));
    }
}

/* Declared too short, too long, and with another checksum. */
static void
test_lies(void **state)
{
    static const struct {
        const char *name;
        size_t local, central;
        int add;
        enum mh_finding_code finding;
    } lies[] = {
        {"a byte more than declared", 22, 24, -1, MH_F_ZIP_SIZE},
        {"a byte less than declared", 22, 24, 1, MH_F_ZIP_SIZE},
        {"checksum", 14, 16, 1, MH_F_ZIP_CRC},
    };

    (void)state;
    for (size_t i = 1; i < T_COUNT(rows); i++)
        for (size_t k = 0; k < T_COUNT(lies); k++) {
            uint8_t *data = content(rows[i].size), *file;
            struct compare c = {.want = data, .size = rows[i].size};
            struct mh_err err = {.msg = ""};
            size_t len;

            file = archive(data, rows[i].size, &len);
            lie(file, len, lies[k].local, lies[k].central, lies[k].add);
            if (stream((struct mh_span){file, len}, &c, &err) != MH_EFORMAT ||
                err.finding != (int)lies[k].finding)
                fail_msg("%s, %s: %s", rows[i].name, lies[k].name, err.msg);
            free(file);
            free(data);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_lies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
