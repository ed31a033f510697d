#include "signer/sign/asicraise.h"

#include "base/limits.h"
#include "signer/sign/asicextra.h"
#include "signer/sign/cadesraise.h"
#include "signer/sign/xadesraise.h"

/* A document being raised. */
struct work {
    struct sg_raise_state state; /* step, algorithm, document */
    struct mh_arena *arena;
    struct sg_box box;
    struct sg_p7s *p7s;
    size_t p7s_count;
    size_t sigs; /* rows of the report */
};

static enum mh_code
no_memory(struct mh_err *err)
{
    return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "raise: no memory");
}

static enum mh_code
unsupported(struct mh_err *err, const char *what)
{
    return mh_fail_finding(err, MH_EUNSUP, MH_F_FORMAT_UNSUPPORTED,
        MH_NO_OFFSET, "raise: %s", what);
}

/* Every .p7s of a container, numbered as in the report: tokens count too. */
static enum mh_code
list_p7s(struct work *w, struct mh_err *err)
{
    const struct df_asic *asic = w->box.asic;
    enum mh_code code = MH_OK;

    w->p7s = mh_arena_array(w->arena, asic->token_count, sizeof(*w->p7s));
    if (w->p7s == NULL)
        return no_memory(err);
    for (size_t i = 0; i < asic->token_count && code == MH_OK; i++) {
        const struct df_asic_token *t = &asic->tokens[i];
        struct sg_p7s *p = &w->p7s[w->p7s_count];
        size_t n = t->kind == DF_TOKEN_TST ? 1 : 0;

        if (t->kind == DF_TOKEN_P7S) {
            *p = (struct sg_p7s){.der = t->bytes,
                .arena = w->arena,
                .first = w->sigs,
                .box = &w->box};
            if (asic->format == DF_ASIC_S && asic->file_count == 1)
                p->content = asic->files[0].entry;
            code = sg_p7s_signers(p, err, &n);
            w->p7s_count++;
        }
        w->sigs += n;
    }
    return code;
}

/*
 * The directory names every entry of a container by place, size and checksum:
 * enough to know the document again.
 */
static enum mh_code
open_box(
    struct work *w, const struct sg_sign_file *document, struct mh_err *err)
{
    struct mh_span rest;
    enum mh_code code = sg_box_open(document, w->arena, err, &w->box);

    if (code != MH_OK)
        return code;
    rest = (struct mh_span){document->bytes.ptr + (size_t)w->box.zip->directory,
        document->bytes.len - (size_t)w->box.zip->directory};
    code = mh_digest_once(MH_SHA256, rest, err, w->state.document);
    if (code == MH_OK && w->box.asic->kind == DF_ASIC_TOKEN)
        code = unsupported(err, "a container with time-stamps only");
    if (code == MH_OK && w->box.asic->kind == DF_ASIC_NONE)
        code = mh_fail_finding(err, MH_EFORMAT, MH_F_NO_SIGNATURE, MH_NO_OFFSET,
            "raise: the container has no signature");
    if (code == MH_OK && w->box.asic->kind == DF_ASIC_CADES)
        code = list_p7s(w, err);
    return code;
}

/* A .p7s by itself. */
static enum mh_code
open_cms(
    struct work *w, const struct sg_sign_file *document, struct mh_err *err)
{
    enum mh_code code =
        mh_digest_once(MH_SHA256, document->bytes, err, w->state.document);

    w->p7s = mh_arena_array(w->arena, 1, sizeof(*w->p7s));
    if (w->p7s == NULL)
        return no_memory(err);
    w->p7s[0] = (struct sg_p7s){.der = document->bytes, .arena = w->arena};
    w->p7s_count = 1;
    if (code == MH_OK)
        code = sg_p7s_signers(&w->p7s[0], err, &w->sigs);
    if (code == MH_OK && w->sigs == 0)
        code = mh_fail_finding(err, MH_EFORMAT, MH_F_NO_SIGNATURE, MH_NO_OFFSET,
            "raise: the file has no signature");
    return code;
}

static enum mh_code
open_work(
    struct work *w, const struct sg_sign_file *document, struct mh_err *err)
{
    switch (df_detect(document->bytes).kind) {
    case DF_KIND_ZIP:
        return open_box(w, document, err);
    case DF_KIND_CMS:
        return open_cms(w, document, err);
    case DF_KIND_CMS_PEM:
        return unsupported(err, "a CMS file in PEM");
    case DF_KIND_UNKNOWN:
    case DF_KIND_EMPTY:
    case DF_KIND_PDF:
    case DF_KIND_JPEG:
    case DF_KIND_XML:
        break;
    }
    return unsupported(err, "neither a container nor a CMS file");
}

static bool
is_xades(const struct work *w)
{
    return w->box.asic != NULL && w->box.asic->kind == DF_ASIC_XADES;
}

static bool
is_asice_cades(const struct work *w)
{
    return w->box.asic != NULL && w->box.asic->kind == DF_ASIC_CADES &&
           w->box.asic->format == DF_ASIC_E;
}

/* Whether an archive manifest names the .p7s. */
static enum mh_code
is_archived(const struct work *w, const struct df_asic_token *p7s,
    struct mh_err *err, bool *yes)
{
    const struct df_asic *asic = w->box.asic;
    enum mh_code code = MH_OK;

    *yes = false;
    for (size_t i = 0; i < asic->token_count; i++) {
        const struct df_asic_token *t = &asic->tokens[i];

        if (t->kind != DF_TOKEN_ARCHIVE_MANIFEST || t->manifest == NULL)
            continue;
        for (size_t k = 0; k < t->manifest->count && code == MH_OK; k++) {
            struct df_uri_target target = {.index = DF_NO_ENTRY};

            code = df_uri_resolve(
                asic, t->manifest->refs[k].uri, w->arena, err, &target);
            *yes = *yes || (code == MH_OK && target.index == p7s->index);
        }
    }
    return code;
}

static enum mh_code
count_archived(const struct work *w, struct mh_err *err, size_t *archived)
{
    const struct df_asic *asic = w->box.asic;
    enum mh_code code = MH_OK;

    *archived = 0;
    for (size_t i = 0; i < asic->token_count && code == MH_OK; i++) {
        bool yes = false;

        if (asic->tokens[i].kind == DF_TOKEN_P7S)
            code = is_archived(w, &asic->tokens[i], err, &yes);
        *archived += yes;
    }
    return code;
}

/* Names of a new archive manifest and its token. */
struct archive_names {
    const char *manifest, *token;
};

static enum mh_code
archive_names(
    const struct work *w, struct mh_err *err, struct archive_names *out)
{
    for (unsigned n = 1; n <= MH_ZIP_ENTRIES_MAX; n++) {
        const char *manifest = "META-INF/ASiCArchiveManifest.xml";
        const char *token =
            mh_arena_printf(w->arena, "META-INF/timestamp%03u.tst", n);

        if (sg_box_has(&w->box, manifest))
            manifest = mh_arena_printf(
                w->arena, "META-INF/ASiCArchiveManifest%03u.xml", n);
        if (manifest == NULL || token == NULL)
            return no_memory(err);
        if (!sg_box_has(&w->box, manifest) && !sg_box_has(&w->box, token)) {
            *out = (struct archive_names){manifest, token};
            return MH_OK;
        }
    }
    return mh_fail_finding(err, MH_ELIMIT, MH_F_ZIP_LIMIT, MH_NO_OFFSET,
        "raise: too many archive manifests");
}

static const char *
archived_type(struct mh_span name)
{
    if (mh_span_ends(name, ".p7s"))
        return DF_MIME_CMS;
    if (mh_span_ends(name, ".tst"))
        return DF_MIME_TST;
    return mh_span_starts(name, "META-INF/") ? "application/xml"
                                             : "application/octet-stream";
}

/* Everything but the container's own apparatus (EN 319 162-1 A.7). */
static enum mh_code
archive_manifest(const struct work *w, struct mh_err *err, struct mh_span *out)
{
    const struct df_zip *zip = w->box.zip;
    struct df_written_file *file =
        mh_arena_array(w->arena, zip->count, sizeof(*file));
    struct archive_names names = {0};
    struct mh_buf xml;
    size_t n = 0;
    enum mh_code code;

    if (file == NULL)
        return no_memory(err);
    code = archive_names(w, err, &names);
    for (size_t i = 0; i < zip->count && code == MH_OK; i++) {
        const struct df_zip_entry *e = &zip->entries[i];

        if (e->is_directory || mh_span_is(e->name, "mimetype") ||
            mh_span_is(e->name, "META-INF/manifest.xml"))
            continue;
        file[n] = (struct df_written_file){.name = e->name,
            .type = archived_type(e->name),
            .method = sg_digest_uri(w->state.alg)};
        code = sg_box_digest(&w->box, e, w->state.alg, err, &file[n].digest);
        n++;
    }
    if (code != MH_OK)
        return code;
    mh_buf_init(&xml, MH_META_INF_FILE_MAX);
    df_asicmanifest_put(&xml, mh_span_str(names.token), DF_MIME_TST, file, n);
    *out = mh_buf_ok(&xml) ? mh_arena_copy(w->arena, mh_buf_get(&xml))
                           : (struct mh_span){0};
    mh_buf_fini(&xml);
    return out->ptr == NULL ? no_memory(err) : MH_OK;
}

/* One imprint for the whole container. */
static enum mh_code
archive_imprint(
    struct work *w, struct mh_err *err, struct sg_imprint *im, size_t *count)
{
    size_t archived;
    enum mh_code code = count_archived(w, err, &archived);

    if (code != MH_OK || archived == w->p7s_count)
        return code;
    code = archive_manifest(w, err, &w->state.more);
    if (code == MH_OK)
        code =
            mh_digest_once(w->state.alg, w->state.more, err, w->state.digest);
    if (code == MH_OK)
        code = sg_raise_state_pack(&w->state, w->arena, err, &im->state);
    memcpy(im->digest, w->state.digest, sizeof(im->digest));
    *count = code == MH_OK;
    return code;
}

static enum mh_code
cades_imprints(struct work *w, struct mh_err *err, struct sg_imprint **imprint,
    size_t *count)
{
    size_t archived = 0;
    enum mh_code code = MH_OK;

    *imprint = mh_arena_array(w->arena, w->sigs + 1, sizeof(**imprint));
    if (*imprint == NULL)
        return no_memory(err);
    if (w->state.step == SG_RAISE_LTA && is_asice_cades(w))
        return archive_imprint(w, err, *imprint, count);
    for (size_t i = 0; i < w->p7s_count && code == MH_OK; i++)
        code = sg_p7s_imprints(&w->p7s[i], &w->state, err, *imprint, count);
    if (code == MH_OK && *count > 0 && is_asice_cades(w))
        code = count_archived(w, err, &archived);
    if (code == MH_OK && archived > 0)
        code = unsupported(
            err, "an archive time-stamp covers the signature file as it is");
    return code;
}

/* NOLINTBEGIN(readability-function-size): parameters as sign.h has them */
enum mh_code
sg_asic_imprints(enum sg_raise step, enum mh_digest_alg alg,
    const struct sg_sign_file *document, int64_t time, size_t room,
    struct mh_arena *arena, struct mh_out *out, struct mh_err *err,
    struct sg_imprint **imprint, size_t *count)
{
    struct work w = {.state = {.step = step, .alg = alg}, .arena = arena};
    enum mh_code code;

    (void)time; /* nothing is written here */
    (void)room;
    (void)out;
    *imprint = NULL;
    *count = 0;
    if (sg_digest_uri(alg) == NULL || step >= SG_RAISES)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "raise: choices");
    code = open_work(&w, document, err);
    if (code == MH_OK)
        code = is_xades(&w)
                   ? sg_xades_imprints(&w.box, &w.state, err, imprint, count)
                   : cades_imprints(&w, err, imprint, count);
    sg_box_close(&w.box);
    return code;
}
/* NOLINTEND(readability-function-size) */

/* Entries that change, and entries at the end. */
struct delta {
    const struct sg_box_change *change;
    size_t changes;
    const struct df_zip_input *more;
    size_t mores;
};

static enum mh_code
write_box(const struct work *w, const struct delta *delta, int64_t time,
    struct mh_out *out, struct mh_err *err)
{
    struct df_zip_writer zip;
    enum mh_code code;

    df_zip_writer_init(&zip, out, time);
    code = sg_box_copy(&w->box, &zip, delta->change, delta->changes, err);
    for (size_t i = 0; i < delta->mores && code == MH_OK; i++)
        code = df_zip_write(&zip, &delta->more[i], err);
    if (code == MH_OK && w->box.zip != NULL)
        code = df_zip_write_end(&zip, w->box.zip->comment, err);
    df_zip_writer_fini(&zip);
    return code;
}

static enum mh_code
apply_archive(const struct work *w, const struct sg_raise_item *item,
    size_t items, int64_t time, struct mh_out *out, struct mh_err *err)
{
    struct archive_names names = {0};
    struct sg_raise_state st;
    struct df_zip_input more[2];
    enum mh_code code;

    if (items == 0)
        return write_box(w, &(struct delta){0}, time, out, err);
    if (items != 1)
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "raise: one time-stamp for all");
    code = sg_raise_item_read(
        &item[0], w->state.step, w->state.document, w->arena, err, &st);
    if (code == MH_OK)
        code = archive_names(w, err, &names);
    if (code != MH_OK)
        return code;
    more[0] = (struct df_zip_input){
        .name = mh_span_str(names.manifest), .bytes = st.more};
    more[1] = (struct df_zip_input){
        .name = mh_span_str(names.token), .bytes = item[0].extra.token};
    return write_box(
        w, &(struct delta){.more = more, .mores = 2}, time, out, err);
}

static const struct df_zip_entry *
entry_of(const struct work *w, const struct sg_p7s *p7s)
{
    for (size_t i = 0; i < w->box.asic->token_count; i++)
        if (w->box.asic->tokens[i].bytes.ptr == p7s->der.ptr)
            return w->box.asic->tokens[i].entry;
    return NULL;
}

/* Every item is of some signer, each signer has one at most. */
static enum mh_code
check_items(const struct work *w, const struct sg_raise_item *item,
    size_t items, struct mh_err *err)
{
    for (size_t i = 0; i < items; i++) {
        bool twice = false;

        for (size_t k = 0; k < i; k++)
            twice = twice || item[k].sig == item[i].sig;
        if (twice || item[i].sig >= w->sigs)
            return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "raise: signature");
    }
    return MH_OK;
}

static enum mh_code
apply_cades(struct work *w, const struct sg_raise_batch *batch, int64_t time,
    struct mh_out *out, struct mh_err *err)
{
    struct sg_box_change *change =
        mh_arena_array(w->arena, w->p7s_count, sizeof(*change));
    struct delta delta = {.change = change};
    enum mh_code code;

    if (change == NULL)
        return no_memory(err);
    code = check_items(w, batch->item, batch->items, err);
    for (size_t i = 0; i < w->p7s_count && code == MH_OK; i++) {
        struct mh_span bytes;

        code = sg_p7s_change(&w->p7s[i], batch, err, &bytes);
        if (code == MH_OK && w->box.asic == NULL)
            return mh_out_append(
                out, bytes.len > 0 ? bytes : w->p7s[i].der, err);
        if (code == MH_OK && bytes.len > 0)
            change[delta.changes++] =
                (struct sg_box_change){entry_of(w, &w->p7s[i]), bytes};
    }
    return code == MH_OK ? write_box(w, &delta, time, out, err) : code;
}

static enum mh_code
apply_xades(struct work *w, const struct sg_raise_batch *batch, int64_t time,
    struct mh_out *out, struct mh_err *err)
{
    struct sg_box_change *change;
    struct delta delta = {0};
    enum mh_code code =
        sg_xades_changes(&w->box, batch, err, &change, &delta.changes);

    if (code != MH_OK)
        return code;
    delta.change = change;
    return write_box(w, &delta, time, out, err);
}

/* NOLINTBEGIN(readability-function-size): parameters as sign.h has them */
enum mh_code
sg_asic_apply(enum sg_raise step, const struct sg_sign_file *document,
    const struct sg_raise_item *item, size_t items, int64_t time,
    struct mh_arena *arena, struct mh_out *out, struct mh_err *err)
{
    struct work w = {.state = {.step = step, .alg = MH_SHA256}, .arena = arena};
    const struct sg_raise_batch batch = {&w.state, item, items};
    enum mh_code code;

    if (out->at != 0 || step >= SG_RAISES)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "raise: choices");
    code = open_work(&w, document, err);
    if (code == MH_OK && is_xades(&w))
        code = apply_xades(&w, &batch, time, out, err);
    else if (code == MH_OK && step == SG_RAISE_LTA && is_asice_cades(&w))
        code = apply_archive(&w, item, items, time, out, err);
    else if (code == MH_OK)
        code = apply_cades(&w, &batch, time, out, err);
    sg_box_close(&w.box);
    return code;
}
/* NOLINTEND(readability-function-size) */
