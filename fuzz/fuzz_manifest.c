/*
 * Manifests of both kinds, and names: what is accepted keeps the promises of
 * the headers, and a second reading notes the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "docformat/asic/manifest.h"
#include "docformat/docformat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* An archive of empty files by these names, as a writer would make it. */
static struct mh_span
archive(struct mh_arena *arena)
{
    static const char *const names[] = {"a.txt", "b", "mimetype"};
    struct mh_buf local, all;
    struct mh_span out;

    mh_buf_init(&local, 4096);
    mh_buf_init(&all, 4096);
    for (size_t i = 0; i < 3; i++) {
        uint8_t h[30] = {'P', 'K', 3, 4}, c[46] = {'P', 'K', 1, 2};

        h[26] = c[28] = (uint8_t)strlen(names[i]);
        c[42] = (uint8_t)local.len;
        mh_buf_add(&local, h, sizeof(h));
        mh_buf_str(&local, names[i]);
        mh_buf_add(&all, c, sizeof(c));
        mh_buf_str(&all, names[i]);
    }
    mh_buf_add(&all,
        (uint8_t[22]){'P', 'K', 5, 6, [8] = 3, [10] = 3,
            [12] = (uint8_t)all.len, [16] = (uint8_t)local.len},
        22);
    mh_buf_span(&local, mh_buf_get(&all));
    out = mh_arena_copy(arena, mh_buf_get(&local));
    mh_buf_fini(&local);
    mh_buf_fini(&all);
    return out;
}

static size_t
read_manifest(struct mh_span in, struct mh_arena *arena)
{
    struct df_asic_file files[2] = {{.index = 0}, {.index = 1}};
    struct df_asic asic = {.files = files, .file_count = 2};
    struct df_notes notes;

    df_notes_init(&notes, arena);
    if (df_zip_scan(archive(arena), arena, &notes, NULL, &asic.zip) != MH_OK)
        abort();
    for (size_t i = 0; i < 2; i++)
        files[i].entry = &asic.zip->entries[i];
    if (df_manifest_read(&asic, in, DF_FAIL, arena, &notes, NULL) != MH_OK)
        return 0;
    /* A manifest without a breach names the root and every file. */
    if (notes.count == 0 &&
        (asic.root_type.ptr == NULL || !files[0].listed || !files[1].listed))
        abort();
    return notes.count + 1;
}

static void
check_uri(struct mh_span in, struct mh_arena *arena)
{
    struct mh_span path;
    size_t start = 0;

    if (!df_uri_decode(in, arena, &path))
        return;
    if (path.len == 0 || path.len > in.len || path.ptr[0] == '/' ||
        memchr(path.ptr, 0, path.len) != NULL ||
        memchr(path.ptr, '\\', path.len) != NULL)
        abort();
    for (size_t i = 0; i <= path.len; i++)
        if (i == path.len || path.ptr[i] == '/') {
            struct mh_span seg = {path.ptr + start, i - start};

            if (seg.len == 0 || mh_span_is(seg, ".") || mh_span_is(seg, ".."))
                abort();
            start = i + 1;
        }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(64U << 20);
    struct mh_span in = {data, len};
    struct df_asicmanifest *m;
    size_t first;

    first = read_manifest(in, arena);
    if (read_manifest(in, arena) != first)
        abort();
    if (df_asicmanifest_parse(in, arena, NULL, &m) == MH_OK) {
        if (m->count == 0 || m->count > MH_XML_REFERENCES_MAX ||
            m->sig_uri.len == 0)
            abort();
        for (size_t i = 0; i < m->count; i++)
            if (m->refs[i].uri.len == 0 || m->refs[i].digest.len == 0)
                abort();
    }
    check_uri(in, arena);
    mh_arena_free(arena);
    return 0;
}
