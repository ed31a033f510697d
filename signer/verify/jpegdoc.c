#include "signer/verify/jpegdoc.h"

#include "signer/verify/assemble.h"

enum mh_code
sg_verify_jpeg(struct sg_ctx *ctx, struct mh_span file,
    struct mh_report *report, struct mh_err *err)
{
    struct df_notes notes;
    struct df_jpeg *jpeg;
    enum mh_code code;

    report->format = MH_FORMAT_JPEG;
    report->profile = "JPEG image";
    df_notes_init(&notes, ctx->arena);
    code = df_jpeg_scan(file, ctx->arena, &notes, err, &jpeg);
    sg_take_notes(ctx, &notes);
    if (code == MH_EFORMAT || code == MH_ELIMIT) {
        sg_refuse(ctx, report, err, MH_F_JPEG_INVALID);
        return MH_OK;
    }
    if (code != MH_OK)
        return code;
    if ((jpeg->parts & DF_JPEG_JUMBF) != 0)
        sg_out_add(&ctx->out, MH_F_CONTENT_CREDENTIALS, MH_WARNING, "APP11");
    return sg_conclude(ctx, report, false, err);
}
