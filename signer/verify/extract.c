#include "signer/verify/extract.h"

#include "docformat/docformat.h"

struct writing {
    struct mh_out *out;
    struct mh_err *err;
    enum mh_code code; /* the first failure */
    const char *type;  /* NULL before the first bytes */
};

/* Readers take a PDF whose header comes later for one as well; here it is
   one only from its first byte on. */
static const char *
type_of(struct mh_span first)
{
    if (mh_span_starts(first, "%PDF-"))
        return "application/pdf";
    return df_detect(first).kind == DF_KIND_JPEG ? "image/jpeg"
                                                 : "application/octet-stream";
}

static void
take(void *ctx, struct mh_span bytes)
{
    struct writing *w = ctx;

    if (w->type == NULL)
        w->type = type_of(bytes);
    if (w->code == MH_OK)
        w->code = mh_out_append(w->out, bytes, w->err);
}

enum mh_code
sg_extract_entry(const struct sg_entry *wanted, struct mh_arena *arena,
    struct mh_err *err, struct mh_out *out, const char **type)
{
    struct writing w = {.out = out, .err = err};
    const struct df_sink sink = {&w, take};
    const struct df_zip_entry *entry;
    struct df_notes notes;
    struct df_zip *zip;
    enum mh_code code;

    *type = "application/octet-stream";
    df_notes_init(&notes, arena);
    if (df_detect(wanted->container).kind != DF_KIND_ZIP)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "extract: it is no container");
    code = df_zip_scan(wanted->container, arena, &notes, err, &zip);
    if (code != MH_OK)
        return code;
    zip->mapped = true;
    entry = df_zip_find(zip, wanted->name);
    if (entry == NULL || entry->is_directory)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "extract: no file of that name");
    if (entry->usize > wanted->max)
        return mh_fail(
            err, MH_ELIMIT, MH_NO_OFFSET, "extract: the file is too large");
    code = df_zip_stream(zip, entry, &sink, err);
    if (code == MH_OK)
        code = w.code;
    if (code == MH_OK && w.type != NULL)
        *type = w.type;
    return code;
}
