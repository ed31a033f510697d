#include "signer/verify/signed.h"

#include <string.h>

const struct sg_file *
sg_signed_file(const struct sg_files *files, const struct mh_report *report,
    const char *name)
{
    for (size_t i = 0; i < report->files; i++)
        if (strcmp(report->file[i].name, name) == 0 && report->sigs > 0 &&
            report->file[i].signed_by_count == report->sigs)
            for (size_t k = 0; k < files->count; k++)
                if (mh_span_is(files->file[k].raw_name, name) &&
                    files->file[k].done && files->file[k].failed == MH_OK)
                    return &files->file[k];
    return NULL;
}

enum mh_code
sg_signed_read(struct sg_ctx *ctx, const struct sg_files *files,
    const struct sg_file *file, size_t max, struct mh_err *err,
    struct mh_span *out)
{
    enum mh_code code = MH_OK;

    *out = file->bytes;
    if (file->entry != NULL)
        code = df_zip_read(files->zip, file->entry, ctx->arena, max, err, out);
    if (code == MH_EFORMAT || code == MH_ELIMIT) {
        *out = (struct mh_span){0};
        code = MH_OK; /* what is wrong with an entry has been found already */
    }
    return code;
}

bool
sg_signed_has(const struct mh_report *report, const char *sha256)
{
    for (size_t i = 0; i < report->files; i++)
        if (strcmp(report->file[i].sha256, sha256) == 0 &&
            report->file[i].signed_by_count == report->sigs && report->sigs > 0)
            return true;
    return false;
}
