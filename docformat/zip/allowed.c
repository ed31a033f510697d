#include "docformat/zip/allowed.h"

#include "base/limits.h"
#include "docformat/zip/names.h"

enum {
    FLAG_UTF8 = 1U << 11
};

enum mh_code
df_zip_names_allowed(const struct mh_span *name, size_t count,
    struct mh_arena *arena, struct mh_err *err)
{
    struct df_zip zip = {.arena = arena};
    struct df_notes notes;
    enum mh_code code = MH_OK;

    if (count > MH_ZIP_ENTRIES_MAX)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_ZIP_LIMIT, MH_NO_OFFSET,
            "zip: too many entries");
    df_notes_init(&notes, arena);
    zip.entries = mh_arena_array(arena, count, sizeof(*zip.entries));
    if (zip.entries == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "zip: no memory");
    for (; zip.count < count && code == MH_OK; zip.count++) {
        struct df_zip_entry *e = &zip.entries[zip.count];

        *e = (struct df_zip_entry){.name = name[zip.count], .flags = FLAG_UTF8};
        code = df_zip_name_check(e, &notes, err);
        if (code == MH_OK && mh_span_ends(e->name, "/"))
            code = mh_fail_finding(err, MH_EFORMAT, MH_F_ZIP_NAME, MH_NO_OFFSET,
                "zip: entry name is that of a directory");
    }
    if (code == MH_OK && (notes.count > 0 || notes.lost))
        code = mh_fail_finding(err, MH_EFORMAT, MH_F_ZIP_NAME_ENCODING,
            MH_NO_OFFSET, "zip: entry name is unusually encoded");
    return code == MH_OK ? df_zip_names_index(&zip, err) : code;
}
