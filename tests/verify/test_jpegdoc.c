/* Images that a signature covers. */
#include "tests/t.h"

#include "signer/verify/jpegdoc.h"

#include <string.h>

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

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
