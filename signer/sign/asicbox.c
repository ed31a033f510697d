#include "signer/sign/asicbox.h"

#include <stdlib.h>
#include <strings.h>

#include "base/limits.h"
#include "base/sys/chan.h"

enum {
    META_ENTRIES = 4, /* mimetype and what META-INF may get */
    HEAD = 64 << 10   /* bytes that tell a media type */
};

static enum mh_code
no_memory(struct mh_err *err)
{
    return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
}

/* The first note that strict does not take, as an error. */
static enum mh_code
first_breach(const struct df_notes *notes, struct mh_err *err)
{
    if (notes->lost)
        return no_memory(err);
    for (const struct df_note *n = notes->first; n != NULL; n = n->next)
        if (n->class == DF_REFUSE || n->class == DF_FAIL ||
            n->class == DF_STRICT)
            return mh_fail_finding(err, MH_EFORMAT, (int)n->code, n->offset,
                "sign: the container breaks a rule (%s)",
                mh_finding_name(n->code));
    return MH_OK;
}

enum mh_code
sg_box_open(const struct sg_sign_file *file, struct mh_arena *arena,
    struct mh_err *err, struct sg_box *out)
{
    struct df_notes notes;
    enum mh_code code;

    *out = (struct sg_box){.arena = arena};
    df_notes_init(&notes, arena);
    code = df_zip_scan(file->bytes, arena, &notes, err, &out->zip);
    if (code != MH_OK)
        return code;
    out->zip->mapped = file->mapped;
    code = df_asic_open(out->zip, arena, &notes, err, &out->asic);
    if (code != MH_OK)
        return code;
    if (out->asic->format == DF_ADOC_2008 || out->asic->format == DF_BDOC_1)
        code = mh_fail_finding(err, MH_EUNSUP, MH_F_FORMAT_UNSUPPORTED,
            MH_NO_OFFSET, "sign: %s is never written", out->asic->profile_name);
    else
        code = first_breach(&notes, err);
    if (code != MH_OK)
        sg_box_close(out);
    return code;
}

void
sg_box_close(struct sg_box *box)
{
    df_asic_free(box->asic);
    box->asic = NULL;
}

static int
by_offset(const void *a, const void *b)
{
    const struct df_zip_entry *const *x = a, *const *y = b;

    return ((*x)->local_offset > (*y)->local_offset) -
           ((*x)->local_offset < (*y)->local_offset);
}

static enum mh_code
write_changed(struct df_zip_writer *w, const struct sg_box_change *change,
    struct mh_err *err)
{
    const struct df_zip_input in = {
        .name = change->entry->name, .bytes = change->bytes};

    return change->bytes.ptr == NULL ? MH_OK : df_zip_write(w, &in, err);
}

enum mh_code
sg_box_copy(const struct sg_box *box, struct df_zip_writer *w,
    const struct sg_box_change *change, size_t changes, struct mh_err *err)
{
    const struct df_zip *zip = box->zip;
    const struct df_zip_entry **order = mh_arena_array(
        box->arena, zip->count, sizeof(const struct df_zip_entry *));
    enum mh_code code = MH_OK;

    if (order == NULL)
        return no_memory(err);
    for (size_t i = 0; i < zip->count; i++)
        order[i] = &zip->entries[i];
    qsort(order, zip->count, sizeof(const struct df_zip_entry *), by_offset);
    for (size_t i = 0; i < zip->count && code == MH_OK; i++) {
        size_t k = 0;

        while (k < changes && change[k].entry != order[i])
            k++;
        code = k < changes ? write_changed(w, &change[k], err)
                           : df_zip_write_copy(w, zip, order[i], err);
    }
    return code;
}

/* A digest and the head of what passes. */
struct tap {
    struct mh_digest *digest;
    uint8_t *head; /* HEAD bytes, or NULL */
    size_t len;
};

static void
tap_write(void *ctx, struct mh_span bytes)
{
    struct tap *t = ctx;
    size_t n = HEAD - t->len;

    mh_digest_update(t->digest, bytes);
    if (t->head == NULL || bytes.len == 0)
        return;
    if (n > bytes.len)
        n = bytes.len;
    memcpy(t->head + t->len, bytes.ptr, n);
    t->len += n;
}

static enum mh_code
tap_open(struct tap *t, enum mh_digest_alg alg, struct mh_err *err)
{
    t->len = 0;
    return mh_digest_start(t->digest, alg, err);
}

/* The digest of what passed, in the arena. */
static enum mh_code
tap_close(struct tap *t, enum mh_digest_alg alg, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out)
{
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code code = mh_digest_finish(t->digest, err, hash);

    if (code != MH_OK)
        return code;
    *out = mh_arena_copy(arena, (struct mh_span){hash, mh_digest_length(alg)});
    return out->ptr == NULL ? no_memory(err) : MH_OK;
}

enum mh_code
sg_box_digest(const struct sg_box *box, const struct df_zip_entry *entry,
    enum mh_digest_alg alg, struct mh_err *err, struct mh_span *out)
{
    struct tap tap = {.digest = mh_digest_new()};
    const struct df_sink sink = {&tap, tap_write};
    enum mh_code code =
        tap.digest == NULL ? no_memory(err) : tap_open(&tap, alg, err);

    if (code == MH_OK)
        code = df_zip_stream(box->zip, entry, &sink, err);
    if (code == MH_OK)
        code = tap_close(&tap, alg, box->arena, err, out);
    mh_digest_free(tap.digest);
    return code;
}

/* One document: the type it is known by is the one that is signed. */
static enum mh_code
read_file(const struct sg_box *box, const struct df_asic_file *f,
    enum mh_digest_alg alg, struct tap *tap, struct mh_err *err,
    struct df_written_file *out)
{
    const struct df_sink sink = {tap, tap_write};
    enum mh_code code = tap_open(tap, alg, err);

    if (code == MH_OK)
        code = df_zip_stream(box->zip, f->entry, &sink, err);
    if (code == MH_OK)
        code = tap_close(tap, alg, box->arena, err, &out->digest);
    if (code != MH_OK)
        return code;
    out->name = f->entry->name;
    out->method = sg_digest_uri(alg);
    out->type = f->listed && f->media_type.len > 0
                    ? mh_arena_str(box->arena, f->media_type)
                    : df_media_of((struct mh_span){tap->head, tap->len}).type;
    return out->type == NULL ? no_memory(err) : MH_OK;
}

enum mh_code
sg_box_files(const struct sg_box *box, enum mh_digest_alg alg,
    struct mh_err *err, struct df_written_file **file, size_t *count)
{
    const struct df_asic *asic = box->asic;
    struct tap tap = {.head = mh_arena_raw(box->arena, HEAD)};
    enum mh_code code = MH_OK;

    *count = asic->file_count;
    *file = mh_arena_array(box->arena, asic->file_count, sizeof(**file));
    if (*file == NULL || tap.head == NULL)
        return no_memory(err);
    tap.digest = mh_digest_new();
    if (tap.digest == NULL)
        return no_memory(err);
    for (size_t i = 0; i < asic->file_count && code == MH_OK; i++)
        code = read_file(box, &asic->files[i], alg, &tap, err, &(*file)[i]);
    mh_digest_free(tap.digest);
    return code;
}

bool
sg_box_has(const struct sg_box *box, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < box->zip->count; i++) {
        struct mh_span s = box->zip->entries[i].name;

        if (s.len == n && strncasecmp((const char *)s.ptr, name, n) == 0)
            return true;
    }
    return false;
}

/* A URI that, read raw, is the name of another file (formats.md 5.3). */
static enum mh_code
check_ambiguous(const struct mh_span *name, size_t count, struct mh_err *err)
{
    struct mh_buf uri;
    bool clash = false;

    mh_buf_init(&uri, (size_t)3 * MH_ZIP_NAME_MAX);
    for (size_t i = 0; i < count && !clash; i++) {
        mh_buf_clear(&uri);
        df_uri_put(&uri, name[i]);
        for (size_t k = 0; k < count && !clash; k++)
            clash = k != i && mh_span_eq(name[k], mh_buf_get(&uri));
    }
    mh_buf_fini(&uri);
    return clash ? mh_fail_finding(err, MH_EFORMAT, MH_F_NAME_AMBIGUOUS,
                       MH_NO_OFFSET, "sign: a name is another one encoded")
                 : MH_OK;
}

enum mh_code
sg_files_allowed(const struct sg_sign_file *file, size_t files,
    struct mh_arena *arena, struct mh_err *err)
{
    struct mh_span *name;
    enum mh_code code;

    if (files == 0)
        return mh_fail_finding(
            err, MH_EFORMAT, MH_F_NO_DATA_FILE, MH_NO_OFFSET, "sign: no file");
    if (files > MH_ZIP_ENTRIES_MAX - META_ENTRIES)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_ZIP_LIMIT, MH_NO_OFFSET,
            "sign: too many files");
    name = mh_arena_array(arena, files + 2, sizeof(*name));
    if (name == NULL)
        return no_memory(err);
    for (size_t i = 0; i < files; i++) {
        name[i] = mh_span_str(file[i].name);
        if (name[i].len > 0 && memchr(name[i].ptr, '/', name[i].len) != NULL)
            return mh_fail_finding(err, MH_EFORMAT, MH_F_ZIP_NAME, MH_NO_OFFSET,
                "sign: a name has a path");
        if (!df_xml_text_valid(name[i])) /* the manifest states it */
            return mh_fail_finding(err, MH_EFORMAT, MH_F_ZIP_NAME, MH_NO_OFFSET,
                "sign: a name is no text of XML");
    }
    /* What the container itself has beside them. */
    name[files] = MH_SPAN_LIT("mimetype");
    name[files + 1] = MH_SPAN_LIT("META-INF");
    code = df_zip_names_allowed(name, files + 2, arena, err);
    return code == MH_OK ? check_ambiguous(name, files, err) : code;
}

static enum mh_code
write_file(struct df_zip_writer *w, const struct sg_new_files *list,
    const struct sg_sign_file *f, struct tap *tap, struct mh_err *err,
    struct df_written_file *out)
{
    const struct df_media media = df_media_of(f->bytes);
    const struct df_sink sink = {tap, tap_write};
    const struct df_zip_input in = {.name = mh_span_str(f->name),
        .bytes = f->bytes,
        .mapped = f->mapped,
        .store = media.packed,
        .sink = &sink};
    enum mh_code code = tap_open(tap, list->alg, err);

    if (code == MH_OK)
        code = df_zip_write(w, &in, err);
    if (code == MH_OK)
        code = tap_close(tap, list->alg, list->arena, err, &out->digest);
    out->name = in.name;
    out->type = media.type;
    out->method = sg_digest_uri(list->alg);
    return code;
}

enum mh_code
sg_files_write(struct df_zip_writer *w, const struct sg_new_files *list,
    struct mh_err *err, struct df_written_file **out)
{
    const struct df_zip_input first = {.name = MH_SPAN_LIT("mimetype"),
        .bytes = mh_span_str(list->mimetype),
        .store = true};
    struct tap tap = {.digest = NULL};
    enum mh_code code;

    *out = mh_arena_array(list->arena, list->files, sizeof(**out));
    if (*out == NULL)
        return no_memory(err);
    tap.digest = mh_digest_new();
    if (tap.digest == NULL)
        return no_memory(err);
    code = df_zip_write(w, &first, err);
    for (size_t i = 0; i < list->files && code == MH_OK; i++)
        code = write_file(w, list, &list->file[i], &tap, err, &(*out)[i]);
    mh_digest_free(tap.digest);
    return code;
}

enum mh_code
sg_file_digest(const struct sg_sign_file *file, enum mh_digest_alg alg,
    struct mh_err *err, uint8_t hash[static MH_DIGEST_MAX])
{
    struct mh_digest *digest = mh_digest_new();
    enum mh_code code =
        digest == NULL ? no_memory(err) : mh_digest_start(digest, alg, err);

    for (size_t at = 0; code == MH_OK && at < file->bytes.len;) {
        struct mh_span part = {file->bytes.ptr + at, file->bytes.len - at};

        if (part.len > MH_ZIP_CHUNK)
            part.len = MH_ZIP_CHUNK;
        mh_digest_update(digest, part);
        if (file->mapped)
            mh_map_release(file->bytes, part);
        at += part.len;
    }
    if (code == MH_OK)
        code = mh_digest_finish(digest, err, hash);
    mh_digest_free(digest);
    return code;
}
