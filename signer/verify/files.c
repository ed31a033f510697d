#include "signer/verify/files.h"

/* One computation for each digest wanted of a file. */
struct fan {
    struct mh_digest *run[MH_DIGEST_ALGS];
    struct sg_file *file; /* whose first bytes are kept */
};

void
sg_file_want(struct sg_file *file, enum mh_digest_alg alg)
{
    if (alg > MH_DIGEST_NONE && alg < MH_DIGEST_ALGS)
        file->wanted |= 1U << alg;
}

static void
fan_write(void *ctx, struct mh_span bytes)
{
    struct fan *fan = ctx;
    struct sg_file *f = fan->file;

    for (size_t i = 0; i < bytes.len && f->head_len < SG_FILE_HEAD; i++)
        f->head[f->head_len++] = bytes.ptr[i];
    for (int a = 1; a < MH_DIGEST_ALGS; a++)
        if (fan->run[a] != NULL)
            mh_digest_update(fan->run[a], bytes);
}

static enum mh_code
feed(struct sg_files *files, const struct sg_file *file,
    const struct df_sink *sink, struct mh_err *err)
{
    if (file->entry != NULL)
        return df_zip_stream(files->zip, file->entry, sink, err);
    sink->write(sink->ctx, file->bytes);
    return MH_OK;
}

static enum mh_code
fan_open(struct fan *fan, unsigned wanted, struct mh_digest *scratch,
    struct mh_err *err)
{
    enum mh_code code = MH_OK;

    for (int a = 1; a < MH_DIGEST_ALGS && code == MH_OK; a++) {
        if ((wanted >> a & 1) == 0)
            continue;
        fan->run[a] = a == MH_SHA256 ? scratch : mh_digest_new();
        if (fan->run[a] == NULL)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "file: no memory");
        else
            code = mh_digest_start(fan->run[a], (enum mh_digest_alg)a, err);
    }
    return code;
}

static enum mh_code
fan_close(struct fan *fan, struct sg_file *file, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    for (int a = 1; a < MH_DIGEST_ALGS && code == MH_OK; a++)
        if (fan->run[a] != NULL)
            code = mh_digest_finish(fan->run[a], err, file->digest[a]);
    return code;
}

static enum mh_code
digest_file(struct sg_ctx *ctx, struct sg_files *files, struct sg_file *file,
    struct mh_err *err)
{
    struct fan fan = {.file = file};
    struct df_sink sink = {&fan, fan_write};
    enum mh_code code = fan_open(&fan, file->wanted, ctx->digest, err);

    if (code == MH_OK)
        code = feed(files, file, &sink, err);
    if (code == MH_OK)
        code = fan_close(&fan, file, err);
    for (int a = 1; a < MH_DIGEST_ALGS; a++)
        if (a != MH_SHA256)
            mh_digest_free(fan.run[a]);
    return code;
}

enum mh_code
sg_files_digest(struct sg_ctx *ctx, struct sg_files *files, struct mh_err *err)
{
    for (size_t i = 0; i < files->count; i++) {
        struct sg_file *f = &files->file[i];

        if (f->done || (!f->data && f->wanted == 0))
            continue;
        sg_file_want(f, MH_SHA256);
        f->failed = digest_file(ctx, files, f, err);
        f->done = true;
        if (f->failed == MH_ENOMEM || f->failed == MH_EINTERNAL ||
            f->failed == MH_EIO)
            return f->failed;
        if (f->failed != MH_OK)
            sg_out_err(&ctx->out, err, MH_F_ZIP_SIZE, MH_ERROR);
    }
    return MH_OK;
}

static void
digest_write(void *ctx, struct mh_span bytes)
{
    mh_digest_update(ctx, bytes);
}

enum mh_code
sg_file_feed(struct sg_files *files, const struct sg_file *file,
    struct mh_digest *digest, struct mh_err *err)
{
    struct df_sink sink = {digest, digest_write};

    return feed(files, file, &sink, err);
}
