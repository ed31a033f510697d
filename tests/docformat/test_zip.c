#define ZLIB_CONST
#ifndef MH_ALLOW_BANNED
#define MH_ALLOW_BANNED /* cmocka needs setjmp */
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "docformat/docformat.h"

/* One entry to write; the lies are applied to one of the two headers. */
struct item {
    const char *name;
    const char *data;
    size_t name_len; /* 0: strlen */
    uint16_t flags;
    uint32_t attr;
    bool deflate;
    bool descriptor;
    bool local_only;
    int lie; /* enum lie */
};

enum lie {
    TRUE_ALL = 0,
    LOCAL_NAME,
    LOCAL_METHOD,
    LOCAL_CRC,
    LOCAL_SIZE,
    LOCAL_FLAGS,
    BOTH_CRC,
    BOTH_USIZE,
    DESCRIPTOR_SIZE,
    LOCAL_ZIP64,
    LOCAL_ZIP64_WRONG,
    CENTRAL_ZIP64_SPARE,
    METHOD_12,
    UNICODE_EXTRA_OTHER,
};

struct end {
    const char *prefix, *gap, *comment, *trailing;
    int count_delta, count2_delta;
    int size_delta;
};

struct case_row {
    const char *what;
    struct item items[4];
    struct end end;
    const char *finding; /* of the error; NULL: accepted */
    const char *note;    /* a note that must be there; NULL: none but info */
};

static void
u16(struct mh_buf *b, size_t v)
{
    mh_buf_byte(b, (uint8_t)v);
    mh_buf_byte(b, (uint8_t)(v >> 8));
}

static void
u32(struct mh_buf *b, size_t v)
{
    u16(b, v);
    u16(b, v >> 16);
}

static void
u64(struct mh_buf *b, uint64_t v)
{
    u32(b, (size_t)v);
    u32(b, (size_t)(v >> 32));
}

static size_t
pack(const struct item *it, struct mh_buf *out)
{
    size_t len = strlen(it->data);
    z_stream z = {0};
    uint8_t room[65536];

    if (!it->deflate) {
        mh_buf_str(out, it->data);
        return len;
    }
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, 0), Z_OK);
    z.next_in = (const Bytef *)it->data;
    z.avail_in = (uInt)len;
    z.next_out = room;
    z.avail_out = sizeof(room);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    mh_buf_add(out, room, z.total_out);
    len = z.total_out;
    assert_int_equal(deflateEnd(&z), Z_OK);
    return len;
}

struct header {
    size_t name_len, csize, usize, crc, method, flags;
    uint32_t at;
};

static void
put_local(struct mh_buf *b, const struct item *it, struct header *h)
{
    struct mh_buf data;
    size_t usize = strlen(it->data), method = it->deflate ? 8 : 0;
    bool zip64 = it->lie == LOCAL_ZIP64 || it->lie == LOCAL_ZIP64_WRONG;

    mh_buf_init(&data, 1 << 24);
    h->at = (uint32_t)b->len;
    h->name_len = it->name_len != 0 ? it->name_len : strlen(it->name);
    h->csize = pack(it, &data);
    h->usize = usize + (it->lie == BOTH_USIZE);
    h->crc = crc32(0, (const Bytef *)it->data, (uInt)usize);
    if (it->lie == BOTH_CRC)
        h->crc ^= 1;
    h->method = it->lie == METHOD_12 ? 12 : method;
    h->flags = it->flags | (it->descriptor ? 8U : 0);
    u32(b, 0x04034b50);
    u16(b, 20);
    u16(b, h->flags ^ (it->lie == LOCAL_FLAGS ? 2U : 0));
    u16(b, it->lie == LOCAL_METHOD ? 8 - h->method : h->method);
    u32(b, 0);
    u32(b, it->descriptor ? 0 : h->crc ^ (it->lie == LOCAL_CRC));
    u32(b, zip64            ? 0xffffffff
           : it->descriptor ? 0
                            : h->csize + (it->lie == LOCAL_SIZE));
    u32(b, zip64 ? 0xffffffff : it->descriptor ? 0 : h->usize);
    u16(b, h->name_len);
    u16(b, zip64 ? 20 : 0);
    mh_buf_add(b, it->lie == LOCAL_NAME ? "zzzzzzzz" : it->name, h->name_len);
    if (zip64) {
        u16(b, 1);
        u16(b, 16);
        u64(b, h->usize + (it->lie == LOCAL_ZIP64_WRONG));
        u64(b, h->csize);
    }
    mh_buf_add(b, data.ptr, data.len);
    if (it->descriptor) {
        u32(b, 0x08074b50);
        u32(b, h->crc);
        u32(b, h->csize);
        u32(b, h->usize + (it->lie == DESCRIPTOR_SIZE));
    }
    mh_buf_fini(&data);
}

static void
put_central(struct mh_buf *b, const struct item *it, const struct header *h)
{
    bool spare = it->lie == CENTRAL_ZIP64_SPARE;
    bool unicode = it->lie == UNICODE_EXTRA_OTHER;

    u32(b, 0x02014b50);
    u32(b, 20U << 16 | 20);
    u16(b, h->flags);
    u16(b, h->method);
    u32(b, 0);
    u32(b, h->crc);
    u32(b, h->csize);
    u32(b, h->usize);
    u16(b, h->name_len);
    u16(b, spare ? 12 : unicode ? 10 : 0);
    u16(b, 0);
    u32(b, 0);
    u32(b, it->attr);
    u32(b, h->at);
    mh_buf_add(b, it->name, h->name_len);
    if (spare) {
        u16(b, 1);
        u16(b, 8);
        u64(b, h->usize);
    }
    if (unicode) {
        u16(b, 0x7075);
        u16(b, 6);
        mh_buf_add(b, "\1\0\0\0\0X", 6);
    }
}

static void
build(const struct item *items, size_t count, const struct end *end,
    struct mh_buf *b)
{
    struct header h[4] = {{0}};
    size_t at, size, n = 0;

    if (end->prefix != NULL)
        mh_buf_str(b, end->prefix);
    for (size_t i = 0; i < count; i++)
        put_local(b, &items[i], &h[i]);
    if (end->gap != NULL)
        mh_buf_str(b, end->gap);
    at = b->len;
    for (size_t i = 0; i < count; i++) {
        if (items[i].local_only)
            continue;
        put_central(b, &items[i], &h[i]);
        n++;
    }
    n += (size_t)end->count_delta;
    size = b->len - at + (size_t)end->size_delta;
    u32(b, 0x06054b50);
    u32(b, 0);
    u16(b, n);
    u16(b, n + (size_t)end->count2_delta);
    u32(b, size);
    u32(b, at);
    u16(b, end->comment != NULL ? strlen(end->comment) : 0);
    if (end->comment != NULL)
        mh_buf_str(b, end->comment);
    if (end->trailing != NULL)
        mh_buf_str(b, end->trailing);
}

static const struct case_row rows[] = {
    {"empty archive", {{0}}, {0}, NULL, NULL},
    {"one stored", {{.name = "a", .data = "x"}}, {0}, NULL, NULL},
    {"deflated, descriptor",
        {{.name = "a",
            .data = "hello hello",
            .deflate = true,
            .descriptor = true}},
        {0}, NULL, NULL},
    {"stored, descriptor", {{.name = "a", .data = "hello", .descriptor = true}},
        {0}, NULL, NULL},
    {"directory", {{.name = "d/", .data = "", .attr = 0x41ed0010}}, {0}, NULL,
        NULL},
    {"comment", {{.name = "a", .data = "x"}}, {.comment = "hi"}, NULL, NULL},
    {"utf-8 with flag", {{.name = "\xc9\x99.txt", .data = "x", .flags = 0x800}},
        {0}, NULL, NULL},
    {"utf-8 without flag", {{.name = "\xc9\x99.txt", .data = "x"}}, {0}, NULL,
        "zip-name-encoding"},
    {"not nfc", {{.name = "e\xcc\x81", .data = "x", .flags = 0x800}}, {0}, NULL,
        "zip-name-encoding"},
    {"bidi",
        {{.name = "a\xe2\x80\xae"
                  "b",
            .data = "x",
            .flags = 0x800}},
        {0}, NULL, "zip-name-encoding"},
    {"local zip64", {{.name = "a", .data = "x", .lie = LOCAL_ZIP64}}, {0}, NULL,
        "zip64"},
    {"local zip64 lies", {{.name = "a", .data = "x", .lie = LOCAL_ZIP64_WRONG}},
        {0}, "zip-local-differs", NULL},
    {"spare zip64", {{.name = "a", .data = "x", .lie = CENTRAL_ZIP64_SPARE}},
        {0}, "zip64", NULL},
    {"unicode name differs",
        {{.name = "a", .data = "x", .lie = UNICODE_EXTRA_OTHER}}, {0},
        "zip-name", NULL},
    {"prefix, offsets moved", {{.name = "a", .data = "x"}}, {.prefix = "MZ"},
        "zip-prefix", NULL},
    {"gap", {{.name = "a", .data = "x"}}, {.gap = "??"}, "zip-gap", NULL},
    {"hidden entry first",
        {{.name = "h", .data = "x", .local_only = true},
            {.name = "a", .data = "x"}},
        {0}, "zip-prefix", NULL},
    {"hidden entry",
        {{.name = "a", .data = "x"},
            {.name = "h", .data = "x", .local_only = true}},
        {0}, "zip-gap", NULL},
    {"trailing", {{.name = "a", .data = "x"}}, {.trailing = "x"},
        "zip-trailing", NULL},
    {"end record in the comment", {{.name = "a", .data = "x"}},
        {.comment = "PK\5\6aaaaaaaaaaaaaaaaaa"}, "zip-end", NULL},
    {"count more", {{.name = "a", .data = "x"}}, {.count_delta = 1},
        "zip-count", NULL},
    {"count less", {{.name = "a", .data = "x"}, {.name = "b", .data = "x"}},
        {.count_delta = -1}, "zip-count", NULL},
    {"two counts", {{.name = "a", .data = "x"}}, {.count2_delta = 1},
        "zip-count", NULL},
    {"directory size", {{.name = "a", .data = "x"}}, {.size_delta = -1},
        "zip-count", NULL},
    {"local name", {{.name = "a", .data = "x", .lie = LOCAL_NAME}}, {0},
        "zip-local-differs", NULL},
    {"local method", {{.name = "a", .data = "x", .lie = LOCAL_METHOD}}, {0},
        "zip-local-differs", NULL},
    {"local crc", {{.name = "a", .data = "x", .lie = LOCAL_CRC}}, {0},
        "zip-local-differs", NULL},
    {"local size", {{.name = "a", .data = "x", .lie = LOCAL_SIZE}}, {0},
        "zip-local-differs", NULL},
    {"local flags", {{.name = "a", .data = "x", .lie = LOCAL_FLAGS}}, {0},
        "zip-local-differs", NULL},
    {"descriptor lies",
        {{.name = "a",
            .data = "x",
            .descriptor = true,
            .lie = DESCRIPTOR_SIZE}},
        {0}, "zip-local-differs", NULL},
    {"method", {{.name = "a", .data = "x", .lie = METHOD_12}}, {0},
        "zip-method", NULL},
    {"flag 5", {{.name = "a", .data = "x", .flags = 1 << 5}}, {0}, "zip-method",
        NULL},
    {"encrypted", {{.name = "a", .data = "x", .flags = 1}}, {0},
        "zip-encrypted", NULL},
    {"strong", {{.name = "a", .data = "x", .flags = 1 << 6}}, {0},
        "zip-encrypted", NULL},
    {"masked", {{.name = "a", .data = "x", .flags = 1 << 13}}, {0},
        "zip-encrypted", NULL},
    {"stored sizes", {{.name = "a", .data = "x", .lie = BOTH_USIZE}}, {0},
        "zip-size", NULL},
    {"deflated longer",
        {{.name = "a", .data = "xx", .deflate = true, .lie = BOTH_USIZE}}, {0},
        "zip-size", NULL},
    {"crc", {{.name = "a", .data = "x", .lie = BOTH_CRC}}, {0}, "zip-crc",
        NULL},
    {"same name", {{.name = "a", .data = "x"}, {.name = "a", .data = "y"}}, {0},
        "zip-duplicate-name", NULL},
    {"case", {{.name = "a", .data = "x"}, {.name = "A", .data = "y"}}, {0},
        "zip-case-duplicate", NULL},
    {"case beyond ascii",
        {{.name = "\xc9\x99", .data = "x", .flags = 0x800},
            {.name = "\xc6\x8f", .data = "y", .flags = 0x800}},
        {0}, "zip-case-duplicate", NULL},
    {"nfc and nfd",
        {{.name = "\xc3\xa9", .data = "x", .flags = 0x800},
            {.name = "e\xcc\x81", .data = "y", .flags = 0x800}},
        {0}, "zip-case-duplicate", NULL},
    {"file and directory",
        {{.name = "a", .data = "x"}, {.name = "a/", .data = ""}}, {0},
        "zip-case-duplicate", NULL},
    {"full directory", {{.name = "d/", .data = "x"}}, {0}, "zip-directory",
        NULL},
    {"symlink", {{.name = "a", .data = "x", .attr = 0xa1ff0000}}, {0},
        "zip-special", NULL},
    {"device", {{.name = "a", .data = "x", .attr = 0x21ff0000}}, {0},
        "zip-special", NULL},
    {"file as directory", {{.name = "a", .data = "x", .attr = 0x10}}, {0},
        "zip-special", NULL},
    {"no name", {{.name = "", .data = "x"}}, {0}, "zip-name", NULL},
    {"nul", {{.name = "a\0b", .name_len = 3, .data = "x"}}, {0}, "zip-name",
        NULL},
    {"control", {{.name = "a\nb", .data = "x"}}, {0}, "zip-name", NULL},
    {"backslash", {{.name = "a\\b", .data = "x"}}, {0}, "zip-name", NULL},
    {"drive", {{.name = "c:b", .data = "x"}}, {0}, "zip-name", NULL},
    {"absolute", {{.name = "/b", .data = "x"}}, {0}, "zip-name", NULL},
    {"empty segment", {{.name = "a//b", .data = "x"}}, {0}, "zip-name", NULL},
    {"two slashes at the end", {{.name = "a//", .data = ""}}, {0}, "zip-name",
        NULL},
    {"slash alone", {{.name = "/", .data = ""}}, {0}, "zip-name", NULL},
    {"dot", {{.name = "./b", .data = "x"}}, {0}, "zip-name", NULL},
    {"dot dot", {{.name = "a/../b", .data = "x"}}, {0}, "zip-name", NULL},
    {"dot at the end", {{.name = "a.", .data = "x"}}, {0}, "zip-name", NULL},
    {"blank at the end", {{.name = "a /b", .data = "x"}}, {0}, "zip-name",
        NULL},
    {"latin-1", {{.name = "\xe9", .data = "x"}}, {0}, "zip-name", NULL},
    {"overlong", {{.name = "\xc0\xae", .data = "x"}}, {0}, "zip-name", NULL},
};

static void
count_bytes(void *ctx, struct mh_span bytes)
{
    *(uint64_t *)ctx += bytes.len;
}

/* Scans and reads everything both ways; the finding of the first error. */
static int
open_all(struct mh_span file, struct mh_arena *arena, struct df_notes *notes)
{
    struct df_zip *zip;
    struct mh_err err = {0};

    df_notes_init(notes, arena);
    if (df_zip_scan(file, arena, notes, &err, &zip) != MH_OK)
        return err.finding;
    for (size_t i = 0; i < zip->count; i++) {
        uint64_t n = 0;
        struct df_sink sink = {&n, count_bytes};
        struct mh_span all;
        enum mh_code a = df_zip_stream(zip, &zip->entries[i], &sink, &err);
        enum mh_code b =
            df_zip_read(zip, &zip->entries[i], arena, 1 << 20, &err, &all);

        if (b != MH_ELIMIT)
            assert_int_equal(a, b);
        if (a != MH_OK)
            return err.finding;
        assert_int_equal(n, zip->entries[i].usize);
        assert_ptr_equal(
            df_zip_find(zip, zip->entries[i].name), &zip->entries[i]);
    }
    return 0;
}

/* Both NULL, or the same text. */
static bool
same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
run_row(const struct case_row *row)
{
    struct mh_arena *arena = mh_arena_new(1 << 24);
    struct df_notes notes;
    struct mh_buf b;
    size_t count = 0;
    const char *got, *note = NULL;
    int finding;

    while (count < 4 && row->items[count].name != NULL)
        count++;
    mh_buf_init(&b, 1 << 20);
    build(row->items, count, &row->end, &b);
    finding = open_all(mh_buf_get(&b), arena, &notes);
    got = finding == 0 ? NULL : mh_finding_name((unsigned)finding);
    for (struct df_note *n = notes.first; n != NULL; n = n->next)
        if (n->class == DF_STRICT)
            note = mh_finding_name(n->code);
    if (!same(got, row->finding))
        fail_msg("%s: %s", row->what, got == NULL ? "accepted" : got);
    if (got == NULL && !same(note, row->note))
        fail_msg("%s: note %s", row->what, note == NULL ? "none" : note);
    mh_buf_fini(&b);
    mh_arena_free(arena);
}

static void
rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        run_row(&rows[i]);
}

/* Many entries, one name length, one ratio: at the limit and one past it. */
static int
many(size_t count)
{
    struct mh_buf b, c;
    struct mh_arena *arena = mh_arena_new(1 << 24);
    struct df_notes notes;
    int finding;

    mh_buf_init(&b, 1 << 20);
    mh_buf_init(&c, 1 << 20);
    for (size_t i = 0; i < count; i++) {
        char name[32];
        struct item it = {.name = name, .data = ""};
        struct header h = {0};

        (void)snprintf(name, sizeof(name), "f%zu", i); /* fits */
        put_local(&b, &it, &h);
        put_central(&c, &it, &h);
    }
    {
        size_t at = b.len;

        mh_buf_add(&b, c.ptr, c.len);
        u32(&b, 0x06054b50);
        u32(&b, 0);
        u16(&b, count);
        u16(&b, count);
        u32(&b, c.len);
        u32(&b, at);
        u16(&b, 0);
    }
    finding = open_all(mh_buf_get(&b), arena, &notes);
    mh_buf_fini(&b);
    mh_buf_fini(&c);
    mh_arena_free(arena);
    return finding;
}

static int
one(const char *name, const char *data, bool deflate)
{
    struct item it = {.name = name, .data = data, .deflate = deflate};
    struct end end = {0};
    struct mh_buf b;
    struct mh_arena *arena = mh_arena_new(1 << 27);
    struct df_notes notes;
    int finding;

    mh_buf_init(&b, 1 << 26);
    build(&it, 1, &end, &b);
    finding = open_all(mh_buf_get(&b), arena, &notes);
    mh_buf_fini(&b);
    mh_arena_free(arena);
    return finding;
}

static void
limits(void **state)
{
    char name[MH_ZIP_NAME_MAX + 2];
    char *big = malloc((12U << 20) + 1);

    (void)state;
    assert_non_null(big);
    assert_int_equal(many(MH_ZIP_ENTRIES_MAX), 0);
    assert_int_equal(many(MH_ZIP_ENTRIES_MAX + 1), MH_F_ZIP_LIMIT);
    memset(name, 'n', sizeof(name));
    name[MH_ZIP_NAME_MAX] = '\0';
    assert_int_equal(one(name, "x", false), 0);
    name[MH_ZIP_NAME_MAX] = 'n';
    name[MH_ZIP_NAME_MAX + 1] = '\0';
    assert_int_equal(one(name, "x", false), MH_F_ZIP_NAME);
    /* A megabyte of one letter shrinks a thousandfold. */
    memset(big, 'x', 12U << 20);
    big[MH_ZIP_RATIO_FREE] = '\0';
    assert_int_equal(one("a", big, true), 0);
    big[MH_ZIP_RATIO_FREE] = 'x';
    big[MH_ZIP_RATIO_FREE + 1] = '\0';
    assert_int_equal(one("a", big, true), MH_F_ZIP_LIMIT);
    big[MH_ZIP_RATIO_FREE + 1] = 'x';
    big[MH_META_INF_FILE_MAX] = '\0';
    assert_int_equal(one("META-INF/a", big, false), 0);
    big[MH_META_INF_FILE_MAX] = 'x';
    big[MH_META_INF_FILE_MAX + 1] = '\0';
    assert_int_equal(one("META-INF/a", big, false), MH_F_ZIP_LIMIT);
    /* Large enough for the second thread. */
    big[MH_META_INF_FILE_MAX + 1] = 'x';
    big[12U << 20] = '\0';
    assert_int_equal(one("a", big, false), 0);
    free(big);
}

struct known {
    const char *file, *finding;
};

static const struct known known[] = {
    {"backslash.zip", "zip-name"},
    {"bad-crc.zip", "zip-crc"},
    {"bomb.zip", "zip-limit"},
    {"case-dup.zip", "zip-case-duplicate"},
    {"count-wrong.zip", "zip-count"},
    {"datadesc.zip", NULL},
    {"dup-name.zip", "zip-duplicate-name"},
    {"enc-flag.zip", "zip-encrypted"},
    {"eocd-in-comment.zip", "zip-end"},
    {"hidden-lfh.zip", "zip-gap"},
    {"lfh-method-differs.zip", "zip-local-differs"},
    {"lfh-name-differs.zip", "zip-local-differs"},
    {"lfh-size-differs.zip", "zip-local-differs"},
    {"lying-usize.zip", "zip-size"},
    {"nul-name.zip", "zip-name"},
    {"ok.zip", NULL},
    {"overlap.zip", "zip-overlap"},
    {"prefix.zip", "zip-prefix"},
    {"symlink.zip", "zip-special"},
    {"trailing.zip", "zip-trailing"},
    {"traversal.zip", "zip-name"},
};

static bool
slurp(const char *path, struct mh_buf *out)
{
    FILE *f = fopen(path, "rb");
    uint8_t part[4096];
    size_t n;

    if (f == NULL)
        return false;
    while ((n = fread(part, 1, sizeof(part), f)) != 0)
        mh_buf_add(out, part, n);
    assert_int_equal(fclose(f), 0);
    return mh_buf_ok(out);
}

static void
anomalies(void **state)
{
    size_t ran = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        struct mh_arena *arena = mh_arena_new(1 << 24);
        struct mh_buf b;
        struct df_notes notes;
        char path[1024];
        int n = snprintf(path, sizeof(path), "%s/%s/%s", T_SOURCE_DIR,
            "../../shared/corpus/suites/zip-ambiguity", known[i].file);

        assert_true(n > 0 && (size_t)n < sizeof(path));
        mh_buf_init(&b, 1 << 24);
        if (slurp(path, &b)) {
            int f = open_all(mh_buf_get(&b), arena, &notes);

            ran++;
            if ((f == 0) != (known[i].finding == NULL) ||
                (f != 0 && strcmp(mh_finding_name((unsigned)f),
                               known[i].finding) != 0))
                fail_msg("%s: %s", known[i].file,
                    f == 0 ? "-" : mh_finding_name((unsigned)f));
        }
        mh_buf_fini(&b);
        mh_arena_free(arena);
    }
    if (ran == 0)
        skip(); /* the corpus is not part of the source */
    assert_int_equal(ran, sizeof(known) / sizeof(known[0]));
}

/* What we accept, libzip lists and reads alike. */
static void
second_reader(void **state)
{
    struct item items[3] = {
        {.name = "mimetype", .data = "application/x"},
        {.name = "a/b.txt",
            .data = "aaaaaaaaaaaaaaaaaaaa",
            .deflate = true,
            .descriptor = true},
        {.name = "\xc9\x99", .data = "", .flags = 0x800},
    };
    struct end end = {.comment = "c"};
    struct mh_arena *arena = mh_arena_new(1 << 22);
    struct mh_buf b;
    struct df_notes notes;
    struct df_zip *zip;
    zip_error_t error;
    zip_source_t *src;
    zip_t *other;

    (void)state;
    mh_buf_init(&b, 1 << 20);
    build(items, 3, &end, &b);
    df_notes_init(&notes, arena);
    assert_int_equal(
        df_zip_scan(mh_buf_get(&b), arena, &notes, NULL, &zip), MH_OK);
    src = zip_source_buffer_create(b.ptr, b.len, 0, &error);
    assert_non_null(src);
    other = zip_open_from_source(src, ZIP_RDONLY | ZIP_CHECKCONS, &error);
    assert_non_null(other);
    assert_int_equal(zip_get_num_entries(other, 0), zip->count);
    for (size_t i = 0; i < zip->count; i++) {
        char data[64];
        struct mh_span ours;
        zip_file_t *f = zip_fopen_index(other, i, 0);
        zip_int64_t n;

        assert_true(mh_span_is(
            zip->entries[i].name, zip_get_name(other, i, ZIP_FL_ENC_RAW)));
        assert_non_null(f);
        n = zip_fread(f, data, sizeof(data));
        assert_int_equal(zip_fclose(f), 0);
        assert_int_equal(
            df_zip_read(zip, &zip->entries[i], arena, 64, NULL, &ours), MH_OK);
        assert_int_equal(n, ours.len);
        assert_memory_equal(data, ours.ptr, ours.len);
    }
    assert_true(zip->entries[0].is_first_plain);
    assert_false(zip->entries[1].is_first_plain);
    zip_discard(other);
    mh_buf_fini(&b);
    mh_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules),
        cmocka_unit_test(limits),
        cmocka_unit_test(anomalies),
        cmocka_unit_test(second_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
