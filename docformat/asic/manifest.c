#include "docformat/asic/manifest.h"

#include <string.h>

#include "base/limits.h"

/* Entries worth reading: every file, its META-INF and some folders. */
#define ENTRIES_MAX ((size_t)3 * MH_ZIP_ENTRIES_MAX)

struct reading {
    struct df_asic *asic;
    struct mh_arena *arena;
    struct df_notes *notes;
    enum df_class breach;
    size_t *file_of; /* zip index -> position in files + 1, or 0 */
    bool *listed;    /* by zip index */
    size_t roots;    /* entries for "/" */
    bool bare;       /* an attribute without its namespace was noted */
};

static void
breach(struct reading *r, enum mh_finding_code code, struct mh_span what)
{
    df_note_add(r->notes, code, r->breach, MH_NO_OFFSET, what);
}

/*
 * The attribute in the manifest's namespace or, as some writers do, in none;
 * false where it is missing or there twice.
 */
static bool
get_attr(struct reading *r, const struct df_node *n, const char *name,
    struct mh_span *out)
{
    struct mh_span bare;
    bool good = df_node_attr(n, DF_NS_MANIFEST, name, out);

    if (!df_node_attr(n, NULL, name, &bare))
        return good;
    if (good)
        return false;
    if (!r->bare)
        df_note_add(
            r->notes, MH_F_MANIFEST_ATTRIBUTE, DF_STRICT, MH_NO_OFFSET, bare);
    r->bare = true;
    *out = bare;
    return true;
}

static bool
read_entry(struct reading *r, const struct df_node *n)
{
    struct df_asic *asic = r->asic;
    const struct df_zip_entry *e;
    struct mh_span path, type;
    size_t index;

    if (!get_attr(r, n, "full-path", &path) || path.len == 0 ||
        !get_attr(r, n, "media-type", &type))
        return false;
    path = mh_arena_copy(r->arena, path);
    type = mh_arena_copy(r->arena, type);
    if (path.ptr == NULL || type.ptr == NULL) {
        r->notes->lost = true;
        return false;
    }
    if (mh_span_is(path, "/")) {
        if (++r->roots == 1)
            asic->root_type = type;
        else
            breach(r, MH_F_MANIFEST_DUPLICATE, path);
        return true;
    }
    e = df_zip_find(asic->zip, path);
    if (e == NULL) {
        /* OpenDocument lists folders, which need no entry. */
        if (!mh_span_ends(path, "/"))
            breach(r, MH_F_MANIFEST_ABSENT_FILE, path);
        return true;
    }
    index = (size_t)(e - asic->zip->entries);
    if (r->listed[index])
        breach(r, MH_F_MANIFEST_DUPLICATE, path);
    r->listed[index] = true;
    if (r->file_of[index] != 0) {
        struct df_asic_file *f = &asic->files[r->file_of[index] - 1];

        if (!f->listed)
            f->media_type = type;
        f->listed = true;
        if (!df_media_type_valid(type))
            df_note_add(r->notes, MH_F_MEDIA_TYPE_SYNTAX, DF_WARNING,
                MH_NO_OFFSET, path);
    }
    return true;
}

static void
read_root(struct reading *r, const struct df_node *root)
{
    size_t count = 0;

    if (!df_node_is(root, DF_NS_MANIFEST, "manifest")) {
        breach(r, MH_F_MANIFEST_INVALID, (struct mh_span){0});
        return;
    }
    for (const struct df_node *n = df_node_first(root); n != NULL;
         n = df_node_next(n))
        if (!df_node_is(n, DF_NS_MANIFEST, "file-entry") ||
            ++count > ENTRIES_MAX || !read_entry(r, n)) {
            breach(r, MH_F_MANIFEST_INVALID, (struct mh_span){0});
            return;
        }
    if (r->roots == 0)
        breach(r, MH_F_MANIFEST_INVALID, MH_SPAN_LIT("/"));
    for (size_t i = 0; i < r->asic->file_count; i++)
        if (!r->asic->files[i].listed)
            breach(r, MH_F_MANIFEST_UNLISTED, r->asic->files[i].entry->name);
}

enum mh_code
df_manifest_read(struct df_asic *asic, struct mh_span bytes,
    enum df_class breach_class, struct mh_arena *arena, struct df_notes *notes,
    struct mh_err *err)
{
    struct reading r = {
        .asic = asic, .arena = arena, .notes = notes, .breach = breach_class};
    struct mh_err cause = {0};
    struct df_xml *xml;
    enum mh_code code = df_xml_load(bytes, arena, &cause, &xml);

    if (code == MH_EFORMAT || code == MH_ELIMIT) {
        breach(&r, (enum mh_finding_code)cause.finding,
            MH_SPAN_LIT("META-INF/manifest.xml"));
        breach(&r, MH_F_MANIFEST_INVALID, (struct mh_span){0});
        return MH_OK;
    }
    if (code != MH_OK) {
        if (err != NULL)
            *err = cause;
        return code;
    }
    r.file_of = mh_arena_array(arena, asic->zip->count, sizeof(*r.file_of));
    r.listed = mh_arena_array(arena, asic->zip->count, sizeof(*r.listed));
    if (r.file_of != NULL && r.listed != NULL) {
        for (size_t i = 0; i < asic->file_count; i++)
            r.file_of[asic->files[i].index] = i + 1;
        read_root(&r, df_xml_root(xml));
    }
    df_xml_free(xml);
    return r.file_of == NULL || r.listed == NULL
               ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "manifest: no memory")
               : MH_OK;
}
