#include "signer/verify/jpegdoc.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "signer/verify/assemble.h"

enum {
    TEXT_MAX = 300,          /* bytes of a finding's text */
    SCRATCH_BYTES = 1 << 20, /* of the segments of one image */
};

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
    report->pages = 1;
    return sg_conclude(ctx, report, false, err);
}

/* A note about the image, with the name of the file it stands in. */
static void
take_note(
    struct sg_ctx *ctx, const struct sg_file *file, const struct df_note *n)
{
    char text[TEXT_MAX];
    bool hard = n->class <= DF_STRICT;

    (void)snprintf(text, sizeof(text), "%s: %.*s", file->name,
        (int)(n->what.len > 99 ? 99 : n->what.len),
        (const char *)n->what.ptr); /* what does not fit is left out */
    if (hard)
        sg_strict_rule(ctx, &ctx->out, n->code, sg_clean_str(ctx->arena, text));
    else
        sg_out_at(&ctx->out, n->code, MH_WARNING, n->offset,
            sg_clean_str(ctx->arena, text));
}

static enum mh_code
look(struct sg_ctx *ctx, const struct sg_files *files,
    const struct sg_file *file, struct mh_arena *arena, struct mh_err *err)
{
    struct mh_span bytes = file->bytes;
    struct df_notes notes;
    struct df_jpeg *jpeg = NULL;
    enum mh_code code = MH_OK;

    if (file->entry != NULL)
        code = df_zip_read(
            files->zip, file->entry, arena, MH_JPEG_PACKED_MAX, err, &bytes);
    df_notes_init(&notes, arena);
    if (code == MH_OK)
        code = df_jpeg_scan(bytes, arena, &notes, err, &jpeg);
    for (const struct df_note *n = notes.first; n != NULL; n = n->next)
        take_note(ctx, file, n);
    if (notes.lost)
        ctx->out.lost = true;
    if (code == MH_EFORMAT || code == MH_ELIMIT) {
        sg_strict_rule(ctx, &ctx->out,
            code == MH_ELIMIT ? MH_F_LIMIT : MH_F_JPEG_INVALID, file->name);
        code = MH_OK;
    }
    if (jpeg != NULL && (jpeg->parts & DF_JPEG_JUMBF) != 0)
        sg_out_add(&ctx->out, MH_F_CONTENT_CREDENTIALS, MH_WARNING, file->name);
    return code;
}

enum mh_code
sg_look_at_image(struct sg_ctx *ctx, const struct sg_files *files,
    const struct sg_file *file, struct mh_err *err)
{
    static const uint8_t start[SG_FILE_HEAD] = {0xff, 0xd8};
    struct mh_arena *arena;
    enum mh_code code;

    if (!file->done || file->failed != MH_OK ||
        file->head_len < sizeof(start) ||
        memcmp(file->head, start, sizeof(start)) != 0)
        return MH_OK;
    arena = mh_arena_new(MH_JPEG_PACKED_MAX + SCRATCH_BYTES);
    if (arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "image: no memory");
    code = look(ctx, files, file, arena, err);
    mh_arena_free(arena);
    return code;
}
