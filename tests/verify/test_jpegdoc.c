/* Images that a signature covers. */
#include "tests/t.h"

#include "signer/verify/jpegdoc.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/limits.h"

#define SOI "\xff\xd8"
#define EOI "\xff\xd9"
#define BODY                                                                   \
    "\xff\xdb\0\3\1"                                                           \
    "\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0"                                     \
    "\xff\xda\0\2\x7f"
#define ROW(text)                                                              \
    {                                                                          \
        (const uint8_t *)(text), sizeof(text) - 1                              \
    }

static const struct {
    const char *name;
    struct mh_span bytes;
    int code;    /* of the one finding; 0: none */
    bool strict; /* strict refuses the document for it */
} rows[] = {
    {"sound", ROW(SOI BODY EOI), 0, false},
    {"no image", ROW("\xff\xd7"), 0, false},
    {"too short", ROW("\xff"), 0, false},
    {"nothing", ROW(""), 0, false},
    {"tail", ROW(SOI BODY EOI "more"), MH_F_JPEG_TRAILING, false},
    {"another kind", ROW(SOI "\xff\xfe\0\7%PDF-" BODY EOI), MH_F_POLYGLOT,
        true},
    {"no end", ROW(SOI BODY), MH_F_JPEG_INVALID, true},
    {"two bytes", ROW(SOI), MH_F_JPEG_INVALID, true},
    {"too large", ROW(SOI "\xff\xc0\0\x0b\x08\0\1\xff\xff\1\1\x11\0" EOI),
        MH_F_LIMIT, true},
    {"credentials", ROW(SOI "\xff\xeb\0\4JP" BODY EOI),
        MH_F_CONTENT_CREDENTIALS, false},
};

static void
look(size_t i, bool strict, bool done)
{
    struct mh_policy policy;
    struct sg_ctx ctx = {.arena = mh_arena_new(1 << 20), .policy = &policy};
    struct sg_file file = {
        .name = "photo.jpg", .bytes = rows[i].bytes, .done = done};
    const struct sg_files files = {.file = &file, .count = 1};
    struct mh_err err = {0};

    mh_policy_default(&policy, strict);
    sg_out_init(&ctx.out, ctx.arena);
    while (file.head_len < SG_FILE_HEAD && file.head_len < file.bytes.len) {
        file.head[file.head_len] = file.bytes.ptr[file.head_len];
        file.head_len++;
    }
    T_CHECK(rows[i].name, sg_look_at_image(&ctx, &files, &file, &err) == MH_OK);
    if (!done || rows[i].code == 0) {
        T_CHECK(rows[i].name, ctx.out.count == 0 && !ctx.refused);
    } else {
        const struct mh_finding *f = &ctx.out.first->f;

        T_CHECK(rows[i].name, ctx.out.count == 1);
        T_CHECK(rows[i].name, (int)f->code == rows[i].code);
        T_CHECK(rows[i].name,
            strstr(f->what, "photo.jpg") == f->what || !rows[i].strict);
        T_CHECK(rows[i].name,
            f->level == (rows[i].strict && strict ? MH_ERROR : MH_WARNING));
        T_CHECK(rows[i].name, ctx.refused == (rows[i].strict && strict));
    }
    mh_arena_free(ctx.arena);
}

static void
test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        look(i, false, true);
        look(i, true, true);
        look(i, true, false); /* a file that nobody has read */
    }
}

/* A sound image of so many bytes that deflates to about a third. */
static uint8_t *
image(size_t size)
{
    static const struct mh_span head = ROW(SOI BODY);
    uint8_t *p = malloc(size);
    uint32_t x = 1;

    assert_non_null(p);
    for (size_t i = 0; i < size; i++) {
        x = x * 1664525U + 1013904223U;
        p[i] = (uint8_t)('a' + (x >> 30));
    }
    memcpy(p, head.ptr, head.len);
    p[size - 2] = 0xff;
    p[size - 1] = 0xd9;
    return p;
}

/* An archive whose one entry is deflated, as libzip writes it. */
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
    assert_int_equal(zip_file_add(zip, "photo.jpg", from, 0), 0);
    assert_int_equal(zip_set_file_compression(zip, 0, ZIP_CM_DEFLATE, 1), 0);
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

/* A compressed one at the limit, and one byte past it. */
static void
test_packed(void **state)
{
    (void)state;
    for (size_t more = 0; more <= 1; more++) {
        size_t size = (size_t)MH_JPEG_PACKED_MAX + more, len;
        struct mh_arena *arena = mh_arena_new(1 << 20);
        uint8_t *data = image(size), *packed = archive(data, size, &len);
        struct mh_policy policy;
        struct sg_ctx ctx = {.arena = arena, .policy = &policy};
        struct sg_file file = {.name = "photo.jpg",
            .done = true,
            .head = {0xff, 0xd8},
            .head_len = 2};
        struct sg_files files = {.file = &file, .count = 1};
        struct mh_err err = {.msg = ""};
        struct df_notes notes;

        mh_policy_default(&policy, true);
        sg_out_init(&ctx.out, ctx.arena);
        df_notes_init(&notes, arena);
        assert_int_equal(df_zip_scan((struct mh_span){packed, len}, arena,
                             &notes, &err, &files.zip),
            MH_OK);
        file.entry = &files.zip->entries[0];
        assert_int_equal(sg_look_at_image(&ctx, &files, &file, &err), MH_OK);
        assert_int_equal(ctx.out.count, more);
        assert_int_equal(ctx.refused, more == 1);
        if (more == 1)
            assert_int_equal(ctx.out.first->f.code, MH_F_LIMIT);
        free(packed);
        free(data);
        mh_arena_free(arena);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows), cmocka_unit_test(test_packed)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
