/*
 * The segments of an accepted picture tile it from its first byte to its end,
 * with entropy-coded data behind scans alone; nothing shorter is a picture,
 * and a second reading finds the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "docformat/docformat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Entropy-coded data holds no marker but restarts (T.81 B.1.1.5). */
static void
check_entropy(const uint8_t *p, const uint8_t *end)
{
    for (; p < end; p++) {
        if (*p != 0xff)
            continue;
        if (p + 1 < end && p[1] == 0xff)
            continue;
        p++;
        if (p < end && *p != 0 && (*p < DF_JPEG_RST0 || *p > 0xd7))
            abort();
    }
}

static void
check_tiles(struct mh_span in, const struct df_jpeg *j)
{
    uint64_t at = 0;

    if (j->segments < 4 || j->segments > MH_JPEG_SEGMENTS_MAX ||
        j->segment[0].marker != DF_JPEG_SOI ||
        j->segment[j->segments - 1].marker != DF_JPEG_EOI)
        abort();
    for (size_t i = 0; i < j->segments; i++) {
        const struct df_jpeg_segment *s = &j->segment[i];
        bool bare = s->marker == DF_JPEG_SOI || s->marker == DF_JPEG_EOI;

        if (i > 0 && j->segment[i - 1].marker == DF_JPEG_SOS && s->offset >= at)
            check_entropy(in.ptr + at, in.ptr + s->offset);
        else if (s->offset != at)
            abort();
        for (at = s->offset; in.ptr[at] == 0xff;)
            at++;
        if (in.ptr[at++] != s->marker)
            abort();
        if (!bare && s->body.ptr != in.ptr + at + 2)
            abort();
        at += bare ? 0 : 2 + s->body.len;
    }
    if (at != j->end || j->tail.len != in.len - at ||
        (j->tail.len != 0 && j->tail.ptr != in.ptr + at))
        abort();
}

static void
check_same(const struct df_jpeg *a, const struct df_jpeg *b)
{
    if (a->parts != b->parts || a->width != b->width ||
        a->height != b->height || a->components != b->components ||
        a->progressive != b->progressive || a->end != b->end ||
        a->segments != b->segments)
        abort();
    for (size_t i = 0; i < a->segments; i++)
        if (a->segment[i].marker != b->segment[i].marker ||
            a->segment[i].offset != b->segment[i].offset ||
            a->segment[i].body.ptr != b->segment[i].body.ptr ||
            a->segment[i].body.len != b->segment[i].body.len)
            abort();
}

/* The picture alone is one without a tail; a byte less is none. */
static void
check_end(struct mh_span in, const struct df_jpeg *j, struct mh_arena *arena)
{
    struct df_notes notes;
    struct df_jpeg *again;

    df_notes_init(&notes, arena);
    in.len = (size_t)j->end;
    if (df_jpeg_scan(in, arena, &notes, NULL, &again) != MH_OK ||
        again->tail.len != 0)
        abort();
    check_same(j, again);
    in.len--;
    if (df_jpeg_scan(in, arena, &notes, NULL, &again) == MH_OK)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(4U << 20);
    struct mh_span in = {data, len};
    struct df_notes notes, more;
    struct df_jpeg *j, *again;

    df_notes_init(&notes, arena);
    df_notes_init(&more, arena);
    if (df_jpeg_scan(in, arena, &notes, NULL, &j) == MH_OK) {
        check_tiles(in, j);
        check_end(in, j, arena);
        for (const struct df_note *n = notes.first; n != NULL; n = n->next)
            if (n->offset >= len || n->what.len == 0)
                abort();
        if (df_jpeg_scan(in, arena, &more, NULL, &again) != MH_OK ||
            more.count != notes.count || again->tail.len != j->tail.len)
            abort();
        check_same(j, again);
    }
    mh_arena_free(arena);
    return 0;
}
