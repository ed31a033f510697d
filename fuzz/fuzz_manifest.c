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
#include "docformat/zip/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static size_t
read_manifest(struct mh_span in, struct mh_arena *arena)
{
    struct df_zip_entry entries[2] = {
        {.name = MH_SPAN_LIT("iddia.txt")}, {.name = MH_SPAN_LIT("a.txt")}};
    struct df_zip zip = {.arena = arena, .entries = entries, .count = 2};
    struct df_asic_file files[2] = {
        {.entry = &entries[0]}, {.entry = &entries[1], .index = 1}};
    struct df_asic asic = {.zip = &zip, .files = files, .file_count = 2};
    struct df_notes notes;

    if (df_zip_names_index(&zip, NULL) != MH_OK)
        abort();
    df_notes_init(&notes, arena);
    if (df_manifest_read(&asic, in, DF_FAIL, arena, &notes, NULL) != MH_OK)
        return 0;
    /* An accepted manifest names the root. */
    if (notes.count == 0 && asic.root_type.ptr == NULL)
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
