#include "signer/verify/receipt.h"

#include <jansson.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "hsm/hsm.h"
#include "signer/verify/logkey.h"
#include "signer/verify/signed.h"

struct receipt {
    struct sg_ctx *ctx;
    struct sg_files *files;
    const struct mh_report *report;
    struct mh_span log_key; /* empty: not given */
    json_t *json;           /* NULL: the container is none */
};

static void
error(struct receipt *r, enum mh_finding_code code, const char *what)
{
    sg_out_add(&r->ctx->out, code, MH_ERROR, what);
}

static bool
is_receipt(const json_t *json)
{
    const char *type = json_string_value(json_object_get(json, "type"));

    return type != NULL && strcmp(type, "mohur-receipt") == 0;
}

/* Whether all of "files" is what receipt.h says. */
static bool
is_good(const json_t *json)
{
    const json_t *files = json_object_get(json, "files"), *file;
    size_t i;

    if (json_integer_value(json_object_get(json, "v")) != 1 ||
        !json_is_array(files) || json_array_size(files) == 0 ||
        json_array_size(files) > MH_RECEIPT_FILES_MAX)
        return false;
    json_array_foreach(files, i, file)
    {
        const char *hash = json_string_value(json_object_get(file, "sha256"));

        if (!json_is_string(json_object_get(file, "name")) ||
            !json_is_integer(json_object_get(file, "size")) ||
            json_integer_value(json_object_get(file, "size")) < 0 ||
            hash == NULL || strlen(hash) != 2 * (size_t)MH_SHA256_LENGTH ||
            strspn(hash, "0123456789abcdef") != strlen(hash))
            return false;
    }
    return true;
}

static enum mh_code
open_receipt(struct receipt *r, struct mh_err *err)
{
    const struct sg_file *f =
        sg_signed_file(r->files, r->report, "receipt.json");
    struct mh_span bytes = {0};
    json_error_t why;
    enum mh_code code = f == NULL ? MH_OK
                                  : sg_signed_read(r->ctx, r->files, f,
                                        MH_RECEIPT_MAX, err, &bytes);

    if (code != MH_OK || bytes.len == 0)
        return code;
    r->json = json_loadb(
        (const char *)bytes.ptr, bytes.len, JSON_REJECT_DUPLICATES, &why);
    if (r->json != NULL && !is_receipt(r->json)) {
        json_decref(r->json); /* a file that is called so */
        r->json = NULL;
    } else if (r->json != NULL && !is_good(r->json)) {
        error(r, MH_F_RECEIPT_MALFORMED, "receipt.json");
        json_decref(r->json);
        r->json = NULL;
    }
    return MH_OK;
}

/* The record stands in the log where the proof says. */
static enum mh_code
check_proof(struct receipt *r, struct mh_err *err)
{
    const struct sg_file *record =
        sg_signed_file(r->files, r->report, "record.json");
    const struct sg_file *text =
        sg_signed_file(r->files, r->report, "record.tlog-proof");
    struct mh_span bytes = {0}, proof_text = {0};
    struct hsm_proof proof;
    enum mh_code code;

    if (record == NULL && text == NULL)
        return MH_OK;
    if (record == NULL || text == NULL) {
        error(r, MH_F_RECEIPT_PROOF, "record.tlog-proof");
        return MH_OK;
    }
    code =
        sg_signed_read(r->ctx, r->files, record, MH_RECEIPT_MAX, err, &bytes);
    if (code == MH_OK)
        code = sg_signed_read(
            r->ctx, r->files, text, MH_RECEIPT_MAX, err, &proof_text);
    if (code != MH_OK)
        return code;
    if (hsm_proof_read(proof_text, NULL, &proof) != MH_OK ||
        !hsm_proof_covers(&proof, bytes)) {
        error(r, MH_F_RECEIPT_PROOF, "record.tlog-proof");
        return MH_OK;
    }
    if (r->log_key.len == 0)
        sg_out_add(&r->ctx->out, MH_F_RECEIPT_PROVEN, MH_INFO, "");
    return sg_check_log_key(
        r->ctx, r->log_key, &proof.checkpoint, "record.tlog-proof", err);
}

static bool
is_received(const struct receipt *r, const char *hash, size_t size)
{
    const json_t *files = json_object_get(r->json, "files"), *file;
    size_t i;

    json_array_foreach(files, i,
        file) if (strcmp(json_string_value(json_object_get(file, "sha256")),
                      hash) == 0 &&
                  (uint64_t)json_integer_value(json_object_get(file, "size")) ==
                      size) return true;
    return false;
}

static enum mh_code
check_beside(struct receipt *r, const struct sg_named *data, struct mh_err *err)
{
    uint8_t digest[MH_DIGEST_MAX];
    char hash[2 * MH_SHA256_LENGTH + 1];
    const char *name = sg_clean_str(r->ctx->arena, data->name);
    enum mh_code code = mh_digest_once(MH_SHA256, data->bytes, err, digest);

    if (code != MH_OK)
        return code;
    mh_hex_encode((struct mh_span){digest, MH_SHA256_LENGTH}, hash);
    if (r->json != NULL && is_received(r, hash, data->bytes.len))
        sg_out_add(&r->ctx->out, MH_F_RECEIPT_MATCH, MH_INFO, name);
    else if (!sg_signed_has(r->report, hash))
        error(r,
            r->json != NULL ? MH_F_RECEIPT_MISMATCH
                            : MH_F_DATA_NOT_IN_CONTAINER,
            name);
    return MH_OK;
}

enum mh_code
sg_check_receipt(struct sg_ctx *ctx, const struct sg_verify_input *in,
    struct sg_files *files, const struct mh_report *report, struct mh_err *err)
{
    struct receipt r = {ctx, files, report, in->log_key, NULL};
    enum mh_code code = open_receipt(&r, err);

    if (code == MH_OK && r.json != NULL)
        code = check_proof(&r, err);
    for (size_t i = 0; i < in->data_count && code == MH_OK; i++)
        code = check_beside(&r, &in->data[i], err);
    json_decref(r.json);
    return code;
}
