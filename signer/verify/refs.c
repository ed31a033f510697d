#include "signer/verify/refs.h"

#include "base/limits.h"
#include "base/text.h"

static void
fail(struct sg_dsig *dsig, struct sg_out *out, enum mh_finding_code code,
    enum mh_sub sub, const char *what)
{
    sg_out_add(out, code, MH_ERROR, what);
    if (dsig->sub == MH_SUB_NONE)
        dsig->sub = sub;
}

static size_t
file_of_entry(
    const struct sg_files *files, const struct df_asic *asic, size_t index)
{
    for (size_t i = 0; i < files->count; i++)
        if (files->file[i].entry == &asic->zip->entries[index])
            return i;
    return SIZE_MAX;
}

/* The references of one signature on their way to what they name. */
struct binding {
    struct sg_ctx *ctx;
    struct sg_dsig *dsig;
    const struct sg_names *names;
    struct sg_files *files;
    struct sg_out *out;
};

/* A name inside a container. */
static enum mh_code
bind_entry(const struct binding *b, struct sg_ref *ref, struct mh_err *err)
{
    const struct df_asic *asic = b->names->asic;
    struct sg_ctx *ctx = b->ctx;
    struct sg_dsig *dsig = b->dsig;
    struct sg_out *out = b->out;
    struct df_uri_target t;
    enum mh_code code = df_uri_resolve(asic, ref->uri, ctx->arena, err, &t);
    const char *what = sg_clean(ctx->arena, ref->uri);

    if (code != MH_OK)
        return code;
    switch (t.kind) {
    case DF_URI_REFUSED:
        fail(dsig, out, MH_F_REFERENCE_URI, MH_FORMAT_FAILURE, what);
        break;
    case DF_URI_AMBIGUOUS:
        fail(dsig, out, MH_F_NAME_AMBIGUOUS, MH_FORMAT_FAILURE, what);
        break;
    case DF_URI_NOT_FOUND:
        fail(dsig, out, MH_F_REFERENCE_FILE_MISSING, MH_SIGNED_DATA_NOT_FOUND,
            what);
        break;
    case DF_URI_META_INF:
    case DF_URI_MIMETYPE:
        ref->meta = true;
        if (asic->format == DF_ADOC_2008)
            sg_out_add(out, MH_F_REFERENCE_META_INF, MH_INFO, what);
        else
            sg_strict_rule(ctx, out, MH_F_REFERENCE_META_INF, what);
        ref->file = file_of_entry(b->files, asic, t.index);
        break;
    case DF_URI_DATA:
        ref->file = file_of_entry(b->files, asic, t.index);
        break;
    }
    return MH_OK;
}

/* Whether a path is that name, or ends in it after a slash. */
static bool
path_ends_in(struct mh_span path, struct mh_span name)
{
    if (name.len == 0 || path.len < name.len ||
        memcmp(path.ptr + path.len - name.len, name.ptr, name.len) != 0)
        return false;
    return path.len == name.len || path.ptr[path.len - name.len - 1] == '/';
}

/* A name beside a detached signature: as written, or decoded once. */
static void
bind_plain(const struct binding *b, struct sg_ref *ref)
{
    const struct sg_files *files = b->files;
    const char *what = sg_clean(b->ctx->arena, ref->uri);
    struct mh_span name;
    size_t found = 0;

    if (!df_uri_decode(ref->uri, b->ctx->arena, &name)) {
        fail(b->dsig, b->out, MH_F_REFERENCE_URI, MH_FORMAT_FAILURE, what);
        return;
    }
    for (size_t i = 0; i < files->count; i++)
        if (path_ends_in(files->file[i].raw_name, name) ||
            path_ends_in(files->file[i].raw_name, ref->uri)) {
            ref->file = i;
            found++;
        }
    if (found > 1) {
        ref->file = SIZE_MAX;
        fail(b->dsig, b->out, MH_F_NAME_AMBIGUOUS, MH_FORMAT_FAILURE, what);
    } else if (found == 0) {
        fail(b->dsig, b->out, MH_F_DETACHED_DATA_MISSING,
            MH_SIGNED_DATA_NOT_FOUND, what);
    }
}

enum mh_code
sg_refs_bind(struct sg_ctx *ctx, struct sg_dsig *dsig,
    const struct sg_names *names, struct sg_files *files, struct sg_out *out,
    struct mh_err *err)
{
    const struct binding b = {ctx, dsig, names, files, out};
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < dsig->refs && code == MH_OK; i++) {
        struct sg_ref *ref = &dsig->ref[i];

        if (ref->kind == SG_REF_WHOLE && !names->whole_allowed)
            fail(dsig, out, MH_F_REFERENCE_URI, MH_FORMAT_FAILURE, "\"\"");
        if (ref->kind != SG_REF_FILE)
            continue;
        if (names->asic != NULL)
            code = bind_entry(&b, ref, err);
        else
            bind_plain(&b, ref);
        if (ref->file != SIZE_MAX)
            sg_file_want(&files->file[ref->file], ref->alg);
        else if (code == MH_OK && dsig->sub == MH_SUB_NONE)
            code =
                mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "reference: unbound");
    }
    return code;
}

/* The decoded content of a ds:Object that declares base64. */
static enum mh_code
object_bytes(struct sg_ctx *ctx, const struct sg_ref *ref, struct mh_err *err,
    struct mh_buf *buf)
{
    struct mh_span text;
    uint8_t *p;
    size_t len;
    enum mh_code code = df_node_text(ref->target, ctx->arena, err, &text);

    if (code != MH_OK)
        return code;
    p = mh_arena_raw(ctx->arena, mh_base64_max(text.len));
    if (p == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "reference: no memory");
    if (!mh_base64_decode(text, p, &len))
        return mh_fail_finding(err, MH_EFORMAT, MH_F_BASE64_INVALID,
            MH_NO_OFFSET, "object: no base64");
    mh_buf_add(buf, p, len);
    return MH_OK;
}

enum mh_code
sg_ref_octets(struct sg_ctx *ctx, const struct sg_dsig *dsig,
    const struct sg_ref *ref, struct mh_err *err, struct mh_buf *buf)
{
    struct df_c14n how = ref->c14n;

    if (ref->base64)
        return object_bytes(ctx, ref, err, buf);
    if (ref->enveloped)
        how.omit = dsig->node;
    return df_c14n_write(dsig->xml,
        ref->kind == SG_REF_WHOLE ? NULL : ref->target, &how, err, buf);
}

/* Digests what is not a file. */
static enum mh_code
check_node(struct sg_ctx *ctx, struct sg_dsig *dsig, struct sg_ref *ref,
    struct sg_out *out, struct mh_err *err)
{
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_buf buf;
    enum mh_code code;

    mh_buf_init(&buf, 2 * (size_t)MH_XML_SIZE_MAX);
    code = sg_ref_octets(ctx, dsig, ref, err, &buf);
    if (code == MH_EFORMAT || code == MH_ELIMIT || code == MH_EUNSUP) {
        sg_out_err(out, err, MH_F_C14N_FAILED, MH_ERROR);
        if (dsig->sub == MH_SUB_NONE)
            dsig->sub = MH_FORMAT_FAILURE;
        mh_buf_fini(&buf);
        return MH_OK;
    }
    if (code == MH_OK && !mh_buf_ok(&buf))
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "reference: no memory");
    if (code == MH_OK)
        code = mh_digest_once(ref->alg, mh_buf_get(&buf), err, hash);
    mh_buf_fini(&buf);
    if (code != MH_OK)
        return code;
    ref->matched = memcmp(hash, ref->value, ref->value_len) == 0;
    if (!ref->matched)
        fail(dsig, out, MH_F_DIGEST_MISMATCH, MH_HASH_FAILURE,
            ref->kind == SG_REF_PROPERTIES ? "SignedProperties"
                                           : sg_clean(ctx->arena, ref->uri));
    return MH_OK;
}

static void
check_file(struct sg_dsig *dsig, struct sg_ref *ref, const struct sg_file *file,
    struct sg_out *out)
{
    if (file->failed != MH_OK) {
        fail(dsig, out, MH_F_DIGEST_MISMATCH, MH_HASH_FAILURE, file->name);
        return;
    }
    ref->matched =
        memcmp(file->digest[ref->alg], ref->value, ref->value_len) == 0;
    if (!ref->matched)
        fail(dsig, out, MH_F_DIGEST_MISMATCH, MH_HASH_FAILURE, file->name);
}

enum mh_code
sg_refs_check(struct sg_ctx *ctx, struct sg_dsig *dsig, struct sg_files *files,
    struct sg_out *out, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < dsig->refs && code == MH_OK; i++) {
        struct sg_ref *ref = &dsig->ref[i];

        if (ref->kind != SG_REF_FILE)
            code = check_node(ctx, dsig, ref, out, err);
        else if (ref->file != SIZE_MAX)
            check_file(dsig, ref, &files->file[ref->file], out);
    }
    return code;
}
