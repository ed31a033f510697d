#include "signer/verify/package.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "hsm/hsm.h"
#include "signer/verify/logkey.h"
#include "signer/verify/signed.h"

enum {
    HEX = 2 * MH_SHA256_LENGTH,
    ERRORS = 20, /* that are named; one spoils the package as well */
};

struct package {
    struct sg_ctx *ctx;
    const struct sg_verify_input *in;
    struct sg_files *files;
    const struct mh_report *report;
    struct mh_err *err;
    json_t *json;  /* NULL: the container is none */
    size_t errors; /* of the package */
    const char *log;
    struct hsm_note_keys *keys;  /* NULL: the log's key was not given */
    struct hsm_checkpoint point; /* of the package; size 0: there is none */
    struct hsm_proof proof;      /* scratch */
    struct mh_span note;         /* a checkpoint that was found good last */
    size_t proven;               /* records */
    bool *filed;                 /* by file: its record says so */
};

static void
error(struct package *p, enum mh_finding_code code, const char *what)
{
    if (p->errors++ < ERRORS)
        sg_out_add(
            &p->ctx->out, code, MH_ERROR, sg_clean_str(p->ctx->arena, what));
}

static const char *
text_of(const json_t *j, const char *key)
{
    const char *s = json_string_value(json_object_get(j, key));

    return s == NULL ? "" : s;
}

static json_int_t
number_of(const json_t *j, const char *key)
{
    const json_t *n = json_object_get(j, key);

    return json_is_integer(n) ? json_integer_value(n) : -1;
}

/* ---- package.json ---- */

static bool
has_digest(const json_t *j)
{
    const char *hash = text_of(j, "sha256");

    return strlen(hash) == HEX && strspn(hash, "0123456789abcdef") == HEX &&
           number_of(j, "size") >= 0;
}

static bool
others_are_good(const json_t *json, json_int_t volume, json_int_t volumes)
{
    const json_t *others = json_object_get(json, "others"), *one;
    size_t i;

    if (volume != 1 || volumes == 1)
        return others == NULL;
    if (!json_is_array(others) ||
        json_array_size(others) != (size_t)volumes - 1)
        return false;
    json_array_foreach(others, i, one)
    {
        if (number_of(one, "volume") != (json_int_t)i + 2 || !has_digest(one))
            return false;
    }
    return true;
}

/* All of it that package.h names. */
static bool
is_good(const json_t *json)
{
    static const char *const texts[] = {"id", "case", "made", "made_by", "log"};
    json_int_t volume = number_of(json, "volume");
    json_int_t volumes = number_of(json, "volumes");
    const json_t *files = json_object_get(json, "files"), *file;
    size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (text_of(json, texts[i])[0] == '\0')
            return false;
    if (number_of(json, "v") != 1 || volume < 1 || volume > volumes ||
        volumes > MH_PACKAGE_VOLUMES_MAX || !json_is_array(files) ||
        json_array_size(files) == 0 ||
        json_array_size(files) > MH_PACKAGE_FILES_MAX)
        return false;
    json_array_foreach(files, i, file)
    {
        const char *name = text_of(file, "name");

        if (name[0] == '\0' || strcmp(name, "package.json") == 0 ||
            text_of(file, "what")[0] == '\0' || !has_digest(file))
            return false;
        for (size_t k = 0; k < i; k++)
            if (strcmp(text_of(json_array_get(files, k), "name"), name) == 0)
                return false;
    }
    return others_are_good(json, volume, volumes);
}

static enum mh_code
open_package(struct package *p)
{
    const struct sg_file *f =
        sg_signed_file(p->files, p->report, "package.json");
    struct mh_span bytes = {0};
    json_error_t why;
    enum mh_code code = f == NULL ? MH_OK
                                  : sg_signed_read(p->ctx, p->files, f,
                                        MH_PACKAGE_MAX, p->err, &bytes);

    if (code != MH_OK || bytes.len == 0)
        return code;
    p->json = json_loadb(
        (const char *)bytes.ptr, bytes.len, JSON_REJECT_DUPLICATES, &why);
    if (p->json == NULL ||
        strcmp(text_of(p->json, "type"), "mohur-package") == 0)
        return MH_OK;
    json_decref(p->json); /* a file that is called so */
    p->json = NULL;
    return MH_OK;
}

/* ---- its files ---- */

static bool
names(const struct package *p, const char *name)
{
    const json_t *files = json_object_get(p->json, "files"), *file;
    size_t i;

    json_array_foreach(files, i, file)
    {
        if (strcmp(text_of(file, "name"), name) == 0)
            return true;
    }
    return strcmp(name, "package.json") == 0;
}

/* The file of an entry, if it is the one that it names. */
static const struct sg_file *
file_of(const struct package *p, const json_t *entry)
{
    const struct sg_file *f =
        sg_signed_file(p->files, p->report, text_of(entry, "name"));
    char hex[HEX + 1];

    if (f == NULL || f->size != (uint64_t)number_of(entry, "size"))
        return NULL;
    mh_hex_encode(
        (struct mh_span){f->digest[MH_SHA256], MH_SHA256_LENGTH}, hex);
    return strcmp(hex, text_of(entry, "sha256")) == 0 ? f : NULL;
}

static void
check_files(struct package *p)
{
    const json_t *files = json_object_get(p->json, "files"), *file;
    size_t i;

    json_array_foreach(files, i, file)
    {
        if (file_of(p, file) == NULL)
            error(p, MH_F_PACKAGE_FILE, text_of(file, "name"));
    }
    for (i = 0; i < p->report->files; i++)
        if (!names(p, p->report->file[i].name))
            error(p, MH_F_PACKAGE_FILE, p->report->file[i].name);
}

/* The bytes of each file of a kind in its turn; *at is 0 first. */
static enum mh_code
next_of(struct package *p, const char *what, size_t *at, struct mh_span *bytes,
    const char **name)
{
    const json_t *files = json_object_get(p->json, "files");

    *name = NULL;
    for (; *at < json_array_size(files); ++*at) {
        const json_t *entry = json_array_get(files, *at);
        const struct sg_file *f = file_of(p, entry);

        if (f == NULL || strcmp(text_of(entry, "what"), what) != 0)
            continue;
        ++*at;
        *name = text_of(entry, "name");
        return sg_signed_read(
            p->ctx, p->files, f, MH_PACKAGE_LOG_MAX, p->err, bytes);
    }
    return MH_OK;
}

/* ---- the log ---- */

/* A checkpoint of this log, signed with its key where that was given. */
static bool
is_ours(struct package *p, const struct hsm_checkpoint *c, const char *what)
{
    if (!mh_span_is(c->origin, p->log)) {
        error(p, MH_F_PACKAGE_CHECKPOINT, what);
        return false;
    }
    if (p->keys != NULL && hsm_checkpoint_verify(c, p->keys, NULL) != MH_OK) {
        error(p, MH_F_LOG_KEY_OTHER, what);
        return false;
    }
    return true;
}

static enum mh_code
check_point(struct package *p)
{
    struct mh_span bytes = {0};
    const char *name, *more;
    size_t at = 0;
    enum mh_code code = next_of(p, "checkpoint", &at, &bytes, &name);

    if (code != MH_OK)
        return code;
    if (name == NULL || hsm_checkpoint_read(bytes, NULL, &p->point) != MH_OK) {
        error(p, MH_F_PACKAGE_CHECKPOINT, name == NULL ? "" : name);
        p->point.size = 0;
        return MH_OK;
    }
    if (!is_ours(p, &p->point, name))
        p->point.size = 0;
    code = next_of(p, "checkpoint", &at, &bytes, &more);
    if (code == MH_OK && more != NULL)
        error(p, MH_F_PACKAGE_CHECKPOINT, more);
    return code;
}

/* That of a proof, beside the package's own. */
static bool
proof_is_ours(struct package *p, const char *what)
{
    const struct hsm_checkpoint *c = &p->proof.checkpoint;

    if (p->note.len > 0 && mh_span_eq(p->note, c->note))
        return true;
    if (p->point.size == 0)
        return false; /* the package's own is bad, and that was said */
    if (c->size > p->point.size ||
        (c->size == p->point.size && !hsm_hash_eq(&c->root, &p->point.root))) {
        error(p, MH_F_PACKAGE_CHECKPOINT, what);
        return false;
    }
    return is_ours(p, c, what);
}

/* What a record says of a document: that it was filed with this digest. */
static void
mark_filed(struct package *p, json_int_t n, const char *record)
{
    const json_t *files = json_object_get(p->json, "files"), *file;
    json_t *j = NULL;
    size_t i;

    json_array_foreach(files, i, file)
    {
        uint8_t digest[MH_DIGEST_MAX];
        char hex[HEX + 1];
        struct mh_buf text;

        if (number_of(file, "record") != n)
            continue;
        if (j == NULL)
            j = json_loads(record, JSON_REJECT_DUPLICATES, NULL);
        mh_buf_init(&text, 2 * (size_t)MH_REPORT_TEXT_MAX);
        mh_buf_printf(
            &text, "%s\n%s\n", text_of(file, "of"), text_of(file, "sha256"));
        if (mh_buf_ok(&text) && mh_digest_once(MH_SHA256, mh_buf_get(&text),
                                    NULL, digest) == MH_OK) {
            mh_hex_encode((struct mh_span){digest, MH_SHA256_LENGTH}, hex);
            p->filed[i] =
                strcmp(text_of(j, "ev"), "filing.accepted") == 0 &&
                strcmp(text_of(json_object_get(j, "d"), "receipt"), hex) == 0;
        }
        mh_buf_fini(&text);
    }
    json_decref(j);
}

/* One record and its proof; *last: the number of the one before it, or -1. */
static void
check_record(struct package *p, const json_t *one, size_t i, const char *name,
    json_int_t *last)
{
    const json_t *record = json_object_get(one, "record");
    const json_t *proof = json_object_get(one, "proof");
    char what[96];

    (void)snprintf(
        what, sizeof(what), "%.60s, record %zu of it", name, i + 1); /* cut */
    if (!json_is_string(record) || !json_is_string(proof) ||
        hsm_proof_read(
            (struct mh_span){(const uint8_t *)json_string_value(proof),
                json_string_length(proof)},
            NULL, &p->proof) != MH_OK ||
        !hsm_proof_covers(&p->proof,
            (struct mh_span){(const uint8_t *)json_string_value(record),
                json_string_length(record)})) {
        error(p, MH_F_PACKAGE_RECORD, what);
        return;
    }
    (void)snprintf(what, sizeof(what), "record %llu",
        (unsigned long long)p->proof.index); /* fits */
    if ((json_int_t)p->proof.index <= *last) {
        error(p, MH_F_PACKAGE_RECORD, what);
        return;
    }
    *last = (json_int_t)p->proof.index;
    if (!proof_is_ours(p, what))
        return;
    p->note = p->proof.checkpoint.note;
    p->proven++;
    mark_filed(p, *last, json_string_value(record));
}

static enum mh_code
check_records(struct package *p)
{
    struct mh_span bytes = {0};
    const char *name;
    size_t at = 0;
    enum mh_code code = next_of(p, "records", &at, &bytes, &name);

    for (; code == MH_OK && name != NULL;
         code = next_of(p, "records", &at, &bytes, &name)) {
        json_t *j = bytes.len == 0
                        ? NULL
                        : json_loadb((const char *)bytes.ptr, bytes.len,
                              JSON_REJECT_DUPLICATES, NULL);
        const json_t *list = json_object_get(j, "records"), *one;
        json_int_t last = -1;
        size_t i;

        if (number_of(j, "v") != 1 || !json_is_array(list) ||
            json_array_size(list) == 0 ||
            json_array_size(list) > MH_PACKAGE_RECORDS_MAX) {
            error(p, MH_F_PACKAGE_MALFORMED, name);
        } else {
            json_array_foreach(list, i, one)
                check_record(p, one, i, name, &last);
        }
        p->note = (struct mh_span){0}; /* it lives in this file */
        json_decref(j);
    }
    return code;
}

static enum mh_code
check_log(struct package *p)
{
    const json_t *files = json_object_get(p->json, "files"), *file;
    size_t i;
    enum mh_code code = MH_OK;

    if (p->in->log_key.len > 0)
        code = hsm_note_keys_read(p->in->log_key, p->err, &p->keys);
    else
        sg_out_add(&p->ctx->out, MH_F_LOG_KEY_NOT_GIVEN, MH_WARNING, "");
    if (code == MH_OK)
        code = check_point(p);
    if (code == MH_OK)
        code = check_records(p);
    json_array_foreach(files, i, file)
    {
        if (code == MH_OK && json_object_get(file, "record") != NULL &&
            !p->filed[i])
            error(p, MH_F_PACKAGE_UNRECORDED, text_of(file, "name"));
    }
    return code;
}

/* ---- what lies beside it ---- */

/* Which of the others this is; 0: none. */
static json_int_t
volume_of(const struct package *p, const char *hash, size_t size)
{
    const json_t *others = json_object_get(p->json, "others"), *one;
    size_t i;

    json_array_foreach(others, i, one)
    {
        if (strcmp(text_of(one, "sha256"), hash) == 0 &&
            (uint64_t)number_of(one, "size") == size)
            return (json_int_t)i + 2;
    }
    return 0;
}

static enum mh_code
check_beside(struct package *p)
{
    json_int_t volume = number_of(p->json, "volume");
    json_int_t volumes = number_of(p->json, "volumes");
    bool there[MH_PACKAGE_VOLUMES_MAX + 1] = {false};
    enum mh_code code = MH_OK;
    char what[64];

    for (size_t i = 0; i < p->in->data_count && code == MH_OK; i++) {
        const struct sg_named *data = &p->in->data[i];
        uint8_t digest[MH_DIGEST_MAX];
        char hex[HEX + 1];
        json_int_t v;

        code = mh_digest_once(MH_SHA256, data->bytes, p->err, digest);
        if (code != MH_OK)
            return code;
        mh_hex_encode((struct mh_span){digest, MH_SHA256_LENGTH}, hex);
        v = volume_of(p, hex, data->bytes.len);
        there[v] = true;
        if (v == 0 && !sg_signed_has(p->report, hex))
            error(p,
                volumes > 1 ? MH_F_PACKAGE_VOLUME : MH_F_DATA_NOT_IN_CONTAINER,
                data->name);
    }
    there[1] = volume == 1;
    for (json_int_t v = 1; v <= volumes; v++) {
        /* A later volume passes by the first one, which names it. */
        if (there[v] || (volume > 1 && v > 1))
            continue;
        (void)snprintf(what, sizeof(what), "volume %lld of %lld", (long long)v,
            (long long)volumes); /* fits */
        p->ctx->partial = true;
        sg_out_add(&p->ctx->out, MH_F_PACKAGE_VOLUME, MH_WARNING,
            sg_clean_str(p->ctx->arena, what));
    }
    return code;
}

static enum mh_code
check_all(struct package *p)
{
    size_t count = json_array_size(json_object_get(p->json, "files"));
    enum mh_code code;

    p->log = text_of(p->json, "log");
    p->filed = mh_arena_array(p->ctx->arena, count, sizeof(*p->filed));
    if (p->filed == NULL)
        return mh_fail(p->err, MH_ENOMEM, MH_NO_OFFSET, "package: no memory");
    check_files(p);
    code = check_beside(p);
    if (code == MH_OK)
        code = check_log(p);
    if (code != MH_OK || p->errors > 0 || p->ctx->partial)
        return code;
    sg_out_add(&p->ctx->out, MH_F_PACKAGE_COMPLETE, MH_INFO, "");
    if (p->proven > 0)
        sg_out_add(&p->ctx->out, MH_F_PACKAGE_PROVEN, MH_INFO, "");
    if (p->keys != NULL)
        sg_out_add(&p->ctx->out, MH_F_LOG_KEY_GOOD, MH_INFO, "");
    return MH_OK;
}

enum mh_code
sg_check_package(struct sg_ctx *ctx, const struct sg_verify_input *in,
    struct sg_files *files, const struct mh_report *report, struct mh_err *err,
    bool *is)
{
    struct package *p = mh_arena_alloc(ctx->arena, sizeof(*p));
    enum mh_code code;

    *is = false;
    if (p == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "package: no memory");
    *p = (struct package){
        .ctx = ctx, .in = in, .files = files, .report = report, .err = err};
    code = open_package(p);
    if (code == MH_OK && p->json != NULL) {
        *is = true;
        if (is_good(p->json))
            code = check_all(p);
        else
            error(p, MH_F_PACKAGE_MALFORMED, "package.json");
    }
    hsm_note_keys_free(p->keys);
    json_decref(p->json);
    return code;
}
