#include "signer/verify/content.h"

static enum mh_code
digest_file(void *ctx, enum mh_digest_alg alg, struct mh_err *err,
    uint8_t hash[static MH_DIGEST_MAX])
{
    struct sg_file_content *c = ctx;
    struct mh_digest *digest;
    enum mh_code code;

    if (c->file->failed != MH_OK)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "content: unreadable");
    if (c->file->done && (c->file->wanted & (1U << alg)) != 0) {
        memcpy(hash, c->file->digest[alg], MH_DIGEST_MAX);
        return MH_OK;
    }
    digest = mh_digest_new();
    if (digest == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "content: no memory");
    code = mh_digest_start(digest, alg, err);
    if (code == MH_OK)
        code = sg_file_feed(c->files, c->file, digest, err);
    if (code == MH_OK)
        code = mh_digest_finish(digest, err, hash);
    mh_digest_free(digest);
    return code;
}

struct sg_content
sg_content_file(struct sg_file_content *of)
{
    return (struct sg_content){of, digest_file};
}

static enum mh_code
digest_span(void *ctx, enum mh_digest_alg alg, struct mh_err *err,
    uint8_t hash[static MH_DIGEST_MAX])
{
    const struct mh_span *bytes = ctx;

    return mh_digest_once(alg, *bytes, err, hash);
}

struct sg_content
sg_content_span(struct mh_span *of)
{
    return (struct sg_content){of, digest_span};
}
