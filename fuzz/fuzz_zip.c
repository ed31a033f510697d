/*
 * An accepted archive reads the same by both ways, finds its own names, and
 * is no archive any more with one byte in front of it or behind it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "docformat/docformat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
    READ_MAX = 9 << 20, /* bytes of the entries of an archive that are read */
};

struct copy {
    uint8_t *p;
    size_t len, cap;
};

static void
take(void *ctx, struct mh_span bytes)
{
    struct copy *c = ctx;

    if (bytes.len > c->cap - c->len)
        abort();
    memcpy(c->p + c->len, bytes.ptr, bytes.len);
    c->len += bytes.len;
}

static void
check_entry(struct df_zip *zip, const struct df_zip_entry *e,
    struct mh_arena *arena, uint64_t *left)
{
    struct copy c = {.cap = (size_t)e->usize};
    struct df_sink sink = {&c, take};
    struct mh_span all;
    enum mh_code a, b;

    if (df_zip_find(zip, e->name) != e)
        abort();
    if (e->usize > *left)
        return;
    *left -= e->usize;
    c.p = malloc(c.cap + 1);
    if (c.p == NULL)
        return;
    a = df_zip_stream(zip, e, &sink, NULL);
    b = df_zip_read(zip, e, arena, READ_MAX, NULL, &all);
    if (a != b ||
        (a == MH_OK && (c.len != e->usize ||
                           !mh_span_eq((struct mh_span){c.p, c.len}, all))))
        abort();
    free(c.p);
}

static void
check_moved(const uint8_t *data, size_t len, struct mh_arena *arena)
{
    uint8_t *p = calloc(1, len + 1);
    struct df_notes notes;
    struct df_zip *zip;

    if (p == NULL)
        return;
    df_notes_init(&notes, arena);
    memcpy(p + 1, data, len);
    if (df_zip_scan((struct mh_span){p, len + 1}, arena, &notes, NULL, &zip) ==
        MH_OK)
        abort();
    memcpy(p, data, len);
    p[len] = 0;
    if (df_zip_scan((struct mh_span){p, len + 1}, arena, &notes, NULL, &zip) ==
        MH_OK)
        abort();
    free(p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(64U << 20);
    struct df_notes notes;
    struct df_zip *zip;
    struct df_asic *asic;
    uint64_t left = READ_MAX;

    df_notes_init(&notes, arena);
    if (df_zip_scan((struct mh_span){data, len}, arena, &notes, NULL, &zip) ==
        MH_OK) {
        for (size_t i = 0; i < zip->count && i < 16; i++)
            check_entry(zip, &zip->entries[i], arena, &left);
        check_moved(data, len, arena);
        if (df_asic_open(zip, arena, &notes, NULL, &asic) == MH_OK)
            df_asic_free(asic);
    }
    mh_arena_free(arena);
    return 0;
}
