#include "signer/sign/asicdraft.h"

#include "base/limits.h"
#include "signer/sign/asicbox.h"
#include "signer/sign/cmsedit.h"
#include "signer/sign/cmswrite.h"
#include "signer/sign/xadessplice.h"
#include "signer/sign/xadeswrite.h"
#include "signer/trust/cms.h"

#define SINGLE_P7S "META-INF/signature.p7s"

/* A signature about to be drafted, its files digested. */
struct signing {
    struct sg_asic_draft *d;
    const struct sg_profile *profile;
    struct df_zip_writer w;
    const struct df_written_file *file;
    size_t files;
    unsigned number;           /* of the signature file and its Id */
    struct mh_span head, tail; /* of the file that XAdES goes into */
};

static enum mh_code
no_memory(struct mh_err *err)
{
    return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
}

static enum mh_code
unsupported(struct mh_err *err, const char *what)
{
    return mh_fail_finding(err, MH_EUNSUP, MH_F_FORMAT_UNSUPPORTED,
        MH_NO_OFFSET, "sign: %s", what);
}

static enum mh_code
keep(struct mh_arena *arena, const struct mh_buf *buf, struct mh_err *err,
    struct mh_span *out)
{
    if (!mh_buf_ok(buf))
        return mh_fail_finding(err, MH_ELIMIT, MH_F_LIMIT, MH_NO_OFFSET,
            "sign: the signature is too large");
    *out = mh_arena_copy(arena, mh_buf_get(buf));
    return out->ptr == NULL ? no_memory(err) : MH_OK;
}

static enum mh_code
set_name(struct signing *s, const char *name, struct mh_err *err)
{
    if (name == NULL)
        return no_memory(err);
    s->d->state.name = mh_span_str(name);
    return MH_OK;
}

/* What stands in the output so far. */
static enum mh_code
keep_archive(struct signing *s, struct mh_span comment, struct mh_err *err)
{
    struct sg_asic_state *st = &s->d->state;

    /* No key is asked for what finish could not write. */
    if (s->d->out->at + s->w.directory.len + MH_META_INF_FILE_MAX >=
            UINT32_MAX ||
        s->w.count >= MH_ZIP_ENTRIES_MAX)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_ZIP_LIMIT, MH_NO_OFFSET,
            "sign: the container becomes too large");
    st->archive = true;
    st->at = s->d->out->at;
    st->entries = s->w.count;
    st->comment = comment;
    return keep(s->d->arena, &s->w.directory, err, &st->directory);
}

/*
 * Whether a reader would take the signature file with a value in it: no key is
 * asked for one that breaks a limit.
 */
static enum mh_code
try_xades(struct sg_asic_draft *d, struct mh_err *err)
{
    static const struct sg_values none;
    static const uint8_t value[1];
    const struct sg_asic_state *st = &d->state;
    struct df_xml *xml = NULL;
    struct mh_buf buf;
    enum mh_code code;

    mh_buf_init(&buf, MH_XML_SIZE_MAX);
    mh_buf_span(&buf, st->head);
    sg_xades_put_value(
        &buf, st->id, (struct mh_span){value, sizeof(value)}, false);
    mh_buf_span(&buf, st->middle);
    sg_xades_end(&buf, &none, (struct mh_span){0});
    mh_buf_span(&buf, st->tail);
    if (mh_buf_ok(&buf))
        code = df_xml_load(mh_buf_get(&buf), d->arena, err, &xml);
    else
        code = mh_fail_finding(err, MH_ELIMIT, MH_F_XML_LIMIT, MH_NO_OFFSET,
            "sign: the signature file is too large");
    df_xml_free(xml);
    mh_buf_fini(&buf);
    return code;
}

static enum mh_code
draft_xades(struct signing *s, struct mh_err *err)
{
    struct sg_asic_draft *d = s->d;
    char *id = mh_arena_printf(d->arena, "S%u", s->number);
    struct sg_xades_spec spec = {.sign = d->spec,
        .certificate = d->cert,
        .c14n = s->profile->c14n,
        .file = s->file,
        .files = s->files};
    struct mh_buf head, middle, tbs;
    enum mh_code code;

    if (id == NULL)
        return no_memory(err);
    spec.id = mh_span_str(id);
    mh_buf_init(&head, MH_XML_SIZE_MAX);
    mh_buf_init(&middle, MH_XML_SIZE_MAX);
    mh_buf_init(&tbs, MH_XML_SIZE_MAX);
    mh_buf_span(&head, s->head);
    code = sg_xades_begin(&spec, err, &head, &middle, &tbs);
    if (code == MH_OK)
        code = keep(d->arena, &head, err, &d->state.head);
    if (code == MH_OK)
        code = keep(d->arena, &middle, err, &d->state.middle);
    if (code == MH_OK)
        code = keep(d->arena, &tbs, err, &d->tbs);
    mh_buf_fini(&head);
    mh_buf_fini(&middle);
    mh_buf_fini(&tbs);
    d->state.form = SG_FORM_XADES;
    d->state.id = spec.id;
    d->state.tail = s->tail;
    return code == MH_OK ? try_xades(d, err) : code;
}

static enum mh_code
draft_cades(struct sg_asic_draft *d, struct mh_span digest, const char *mime,
    struct mh_err *err)
{
    const struct sg_cms_spec spec = {.scheme = d->spec->scheme,
        .digest = d->spec->digest,
        .certificate = d->spec->certificate,
        .time = d->spec->time,
        .role = d->spec->role,
        .place = d->spec->place,
        .mime = mime};
    struct mh_buf buf;
    enum mh_code code;

    mh_buf_init(&buf, MH_META_INF_FILE_MAX);
    code = sg_cms_attributes(&spec, digest, err, &buf);
    if (code == MH_OK)
        code = keep(d->arena, &buf, err, &d->state.attributes);
    mh_buf_fini(&buf);
    d->state.form = SG_FORM_CADES;
    d->tbs = d->state.attributes;
    return code;
}

static enum mh_code
write_meta(struct df_zip_writer *w, const char *name, const struct mh_buf *xml,
    struct mh_err *err)
{
    const struct df_zip_input in = {
        .name = mh_span_str(name), .bytes = mh_buf_get(xml)};

    if (name == NULL || !mh_buf_ok(xml))
        return no_memory(err);
    return df_zip_write(w, &in, err);
}

static enum mh_code
write_manifest(struct signing *s, struct mh_err *err)
{
    struct mh_buf xml;
    enum mh_code code;

    if (!s->profile->manifest)
        return MH_OK;
    mh_buf_init(&xml, MH_META_INF_FILE_MAX);
    df_manifest_put(&xml, s->profile->mimetype, s->file, s->files);
    code = write_meta(&s->w, "META-INF/manifest.xml", &xml, err);
    mh_buf_fini(&xml);
    return code;
}

/* ASiC-E with CAdES: the manifest is what is signed (EN 319 162-1 4.4.4). */
static enum mh_code
draft_asicmanifest(struct signing *s, struct mh_err *err)
{
    struct mh_arena *arena = s->d->arena;
    enum mh_digest_alg alg = s->d->spec->digest;
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_buf xml;
    enum mh_code code = set_name(s,
        mh_arena_printf(arena, "META-INF/signature%03u.p7s", s->number), err);

    if (code != MH_OK)
        return code;
    mh_buf_init(&xml, MH_META_INF_FILE_MAX);
    df_asicmanifest_put(&xml, s->d->state.name, DF_MIME_CMS, s->file, s->files);
    code = write_meta(&s->w,
        mh_arena_printf(arena, "META-INF/ASiCManifest%03u.xml", s->number),
        &xml, err);
    if (code == MH_OK)
        code = mh_digest_once(alg, mh_buf_get(&xml), err, hash);
    if (code == MH_OK)
        code = draft_cades(
            s->d, (struct mh_span){hash, mh_digest_length(alg)}, "", err);
    mh_buf_fini(&xml);
    return code;
}

/* The signature of a container whose files stand in the output. */
static enum mh_code
draft_new_signature(struct signing *s, struct mh_err *err)
{
    struct mh_arena *arena = s->d->arena;
    enum mh_code code = MH_OK;

    if (s->d->spec->cades && s->profile->single) {
        code = set_name(s, SINGLE_P7S, err);
        return code == MH_OK
                   ? draft_cades(s->d, s->file[0].digest, s->file[0].type, err)
                   : code;
    }
    if (s->d->spec->cades) {
        s->number = 1;
        return draft_asicmanifest(s, err);
    }
    code = write_manifest(s, err);
    if (code == MH_OK)
        code = set_name(s,
            s->profile->single
                ? mh_arena_printf(arena, "%s.xml", s->profile->sigfile)
                : mh_arena_printf(
                      arena, "%s%u.xml", s->profile->sigfile, s->number),
            err);
    s->head = MH_SPAN_LIT(SG_XADES_ROOT);
    s->tail = MH_SPAN_LIT(SG_XADES_ROOT_END);
    return code == MH_OK ? draft_xades(s, err) : code;
}

enum mh_code
sg_draft_new(struct sg_asic_draft *d, const struct sg_sign_file *file,
    size_t files, struct mh_err *err)
{
    struct signing s = {.d = d, .profile = sg_profile_of(d->spec->as)};
    struct df_written_file *written = NULL;
    enum mh_code code;

    if (s.profile == NULL || (d->spec->cades && d->spec->as != SG_AS_ASICE &&
                                 d->spec->as != SG_AS_ASICS))
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "sign: choices");
    code = sg_files_allowed(file, files, d->arena, err);
    if (code == MH_OK && s.profile->single && files != 1)
        code = mh_fail_finding(err, MH_EFORMAT, MH_F_ASICS_STRUCTURE,
            MH_NO_OFFSET, "sign: ASiC-S takes one file");
    if (code != MH_OK)
        return code;
    s.number = s.profile->first;
    df_zip_writer_init(&s.w, d->out, d->spec->time);
    code = sg_files_write(&s.w,
        &(struct sg_new_files){
            s.profile->mimetype, file, files, d->spec->digest, d->arena},
        err, &written);
    s.file = written;
    s.files = files;
    if (code == MH_OK)
        code = draft_new_signature(&s, err);
    if (code == MH_OK)
        code = keep_archive(&s, (struct mh_span){0}, err);
    df_zip_writer_fini(&s.w);
    return code;
}

/* The first number whose names are free. */
static enum mh_code
free_number(struct signing *s, const struct sg_box *box, const char *format,
    const char *second, struct mh_err *err)
{
    for (; s->number <= 2 * MH_ZIP_ENTRIES_MAX; s->number++) {
        char name[64], other[64];

        if (second == NULL)
            (void)snprintf(name, sizeof(name), "%s%u.xml", format, s->number);
        else
            (void)snprintf(name, sizeof(name), "%s%03u.p7s", format, s->number);
        (void)snprintf(other, sizeof(other), "%s%03u.xml",
            second == NULL ? "" : second, s->number); /* short, all three */
        if (!sg_box_has(box, name) &&
            (second == NULL || !sg_box_has(box, other)))
            return MH_OK;
    }
    return mh_fail_finding(err, MH_ELIMIT, MH_F_ZIP_LIMIT, MH_NO_OFFSET,
        "sign: too many signature files");
}

/* Whether the Id, or one made from it, may stand in these bytes already. */
static bool
id_used(struct mh_span bytes, unsigned number)
{
    static const char after[] = "\"'-";

    for (size_t i = 0; i < sizeof(after) - 1; i++) {
        char id[32];

        (void)snprintf(id, sizeof(id), "S%u%c", number, after[i]); /* fits */
        if (memmem(bytes.ptr, bytes.len, id, strlen(id)) != NULL)
            return true;
    }
    return false;
}

/* One more ds:Signature in the one file of ASiC-S, by raw bytes. */
static enum mh_code
add_inside_xades(struct signing *s, const struct sg_box *box,
    struct sg_box_change *change, struct mh_err *err)
{
    const struct df_asic_sigfile *f = &box->asic->sigfiles[0];
    struct sg_place place;
    enum mh_code code;

    if (f->root != DF_ROOT_XADES_SIGNATURES)
        return unsupported(err, "the signature file takes one signature only");
    if (f->signatures >= MH_XML_SIGNATURES_MAX)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_XML_LIMIT, MH_NO_OFFSET,
            "sign: too many signatures");
    code = sg_splice_find(f->xml, df_xml_root(f->xml), err, &place);
    if (code != MH_OK)
        return code;
    while (id_used(f->bytes, s->number))
        s->number++;
    s->head = (struct mh_span){f->bytes.ptr, place.close};
    s->tail = (struct mh_span){
        f->bytes.ptr + place.close, f->bytes.len - place.close};
    *change = (struct sg_box_change){.entry = f->entry};
    return set_name(s, mh_arena_str(s->d->arena, f->entry->name), err);
}

/* The .p7s that is added to: DER, and detached. */
static enum mh_code
check_before(struct sg_asic_draft *d, struct mh_span der, struct mh_err *err)
{
    struct sg_cms_parts parts;
    struct sg_cms *cms = NULL;
    enum mh_code code = sg_cms_split(der, 0, d->arena, err, &parts);

    if (code == MH_OK)
        code = sg_cms_parse(der, false, d->arena, err, &cms);
    if (code == MH_OK && cms != NULL && cms->econtent.ptr != NULL)
        code = unsupported(err, "the content stands inside the signature");
    d->state.before = der;
    return code;
}

/* One more signer in the one .p7s of ASiC-S. */
static enum mh_code
add_inside_cades(struct signing *s, const struct sg_box *box,
    struct sg_box_change *change, struct mh_err *err)
{
    const struct df_asic_token *t = &box->asic->tokens[0];
    enum mh_code code;

    *change = (struct sg_box_change){.entry = t->entry};
    code = check_before(s->d, t->bytes, err);
    return code == MH_OK
               ? set_name(s, mh_arena_str(s->d->arena, t->entry->name), err)
               : code;
}

/* Files are digested; what else the new signature needs is found. */
static enum mh_code
add_xades(struct signing *s, const struct sg_box *box, struct mh_err *err)
{
    struct sg_box_change change = {0};
    size_t changes = 0;
    enum mh_code code;

    s->head = MH_SPAN_LIT(SG_XADES_ROOT);
    s->tail = MH_SPAN_LIT(SG_XADES_ROOT_END);
    if (s->profile->single && box->asic->sigfile_count > 0) {
        code = add_inside_xades(s, box, &change, err);
        changes = 1;
    } else if (s->profile->single) {
        code = set_name(s,
            mh_arena_printf(s->d->arena, "%s.xml", s->profile->sigfile), err);
    } else {
        code = free_number(s, box, s->profile->sigfile, NULL, err);
        if (code == MH_OK)
            code = set_name(s,
                mh_arena_printf(
                    s->d->arena, "%s%u.xml", s->profile->sigfile, s->number),
                err);
    }
    if (code == MH_OK)
        code = sg_box_copy(box, &s->w, &change, changes, err);
    if (code == MH_OK && !box->asic->has_manifest)
        code = write_manifest(s, err); /* it had no signature either */
    return code == MH_OK ? draft_xades(s, err) : code;
}

static enum mh_code
add_cades(struct signing *s, const struct sg_box *box, struct mh_err *err)
{
    struct sg_box_change change = {0};
    size_t changes = 0;
    enum mh_code code = MH_OK;

    if (s->profile->single && box->asic->token_count > 0) {
        code = add_inside_cades(s, box, &change, err);
        changes = 1;
    } else if (s->profile->single) {
        code = set_name(s, SINGLE_P7S, err);
    } else {
        s->number = 1;
        code = free_number(
            s, box, "META-INF/signature", "META-INF/ASiCManifest", err);
    }
    if (code == MH_OK)
        code = sg_box_copy(box, &s->w, &change, changes, err);
    if (code != MH_OK)
        return code;
    return s->profile->single
               ? draft_cades(s->d, s->file[0].digest, s->file[0].type, err)
               : draft_asicmanifest(s, err);
}

/* Which row goes on: what is there decides, then the caller. */
static enum mh_code
choose(struct signing *s, const struct df_asic *asic, struct mh_err *err)
{
    enum sg_as as = s->d->spec->as;

    if (asic->kind == DF_ASIC_TOKEN)
        return unsupported(
            err, "a container with time-stamps only takes no signature");
    if (asic->kind != DF_ASIC_NONE && s->d->spec->cades &&
        asic->kind != DF_ASIC_CADES)
        return unsupported(err, "the container holds XAdES signatures");
    if (asic->format == DF_ASIC_S)
        as = SG_AS_ASICS;
    else if (as == SG_AS_ASICS)
        as = SG_AS_ASICE;
    for (size_t i = 0; i < asic->sigfile_count; i++)
        if (asic->format == DF_ASIC_E &&
            mh_span_starts(
                asic->sigfiles[i].entry->name, "META-INF/edoc-signatures"))
            as = SG_AS_EDOC;
    s->profile = sg_profile_of(as);
    if (s->profile == NULL)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "sign: choices");
    s->number = s->profile->first;
    return MH_OK;
}

enum mh_code
sg_draft_add(struct sg_asic_draft *d, const struct sg_sign_file *file,
    size_t files, struct mh_err *err)
{
    struct signing s = {.d = d};
    struct df_written_file *written = NULL;
    struct sg_box box;
    enum mh_code code;

    if (files != 1)
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "sign: one container is added to");
    code = sg_box_open(&file[0], d->arena, err, &box);
    if (code != MH_OK)
        return code;
    df_zip_writer_init(&s.w, d->out, d->spec->time);
    code = choose(&s, box.asic, err);
    if (code == MH_OK)
        code = sg_box_files(&box, d->spec->digest, err, &written, &s.files);
    s.file = written;
    if (code == MH_OK)
        code = box.asic->kind == DF_ASIC_CADES ||
                       (box.asic->kind == DF_ASIC_NONE && d->spec->cades)
                   ? add_cades(&s, &box, err)
                   : add_xades(&s, &box, err);
    if (code == MH_OK)
        code = keep_archive(&s, box.zip->comment, err);
    df_zip_writer_fini(&s.w);
    sg_box_close(&box);
    return code;
}

enum mh_code
sg_draft_cms(struct sg_asic_draft *d, const struct sg_sign_file *file,
    size_t files, struct mh_err *err)
{
    enum mh_digest_alg alg = d->spec->digest;
    size_t wanted = d->spec->add ? 2 : 1;
    uint8_t hash[MH_DIGEST_MAX];
    const struct sg_sign_file *data;
    enum mh_code code = MH_OK;

    if (files == 0)
        return mh_fail_finding(
            err, MH_EFORMAT, MH_F_NO_DATA_FILE, MH_NO_OFFSET, "sign: no file");
    if (files != wanted)
        return mh_fail_finding(err, MH_EFORMAT, MH_F_DETACHED_DATA_MISSING,
            MH_NO_OFFSET, "sign: a CMS signature is over one file");
    data = &file[wanted - 1];
    if (d->spec->add)
        code = check_before(d, file[0].bytes, err);
    if (code == MH_OK)
        code = sg_file_digest(data, alg, err, hash);
    if (code == MH_OK)
        code = draft_cades(d, (struct mh_span){hash, mh_digest_length(alg)},
            df_media_of(data->bytes).type, err);
    return code;
}
