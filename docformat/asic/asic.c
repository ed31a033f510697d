#include "docformat/asic/asic.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "docformat/asic/manifest.h"
#include "docformat/asic/parts.h"
#include "docformat/detect.h"

/* Bytes of a mimetype entry; the longest known type has 45. */
#define MIMETYPE_MAX 255U

struct profile {
    const char *mimetype;
    enum df_asic_format format;
    const char *name;
};

/* formats.md 5.1. */
static const struct profile profiles[] = {
    {"application/vnd.etsi.asic-e+zip", DF_ASIC_E, "ASiC-E"},
    {"application/vnd.etsi.asic-s+zip", DF_ASIC_S, "ASiC-S"},
    {"application/vnd.lt.archyvai.adoc-2008", DF_ADOC_2008, "ADOC-V1.0"},
    {"application/vnd.bdoc-1.0", DF_BDOC_1, "BDOC 1.0"},
};

static const char *const format_names[] = {
    [DF_ASIC_E] = "asic-e",
    [DF_ASIC_S] = "asic-s",
    [DF_ADOC_2008] = "adoc-2008",
    [DF_BDOC_1] = "bdoc-1",
};

struct opening {
    struct df_asic *asic;
    struct mh_arena *arena;
    struct df_notes *notes;
    struct mh_err *err;
    const struct df_zip_entry *manifest;
    size_t p7s, tst, manifests; /* tokens by kind */
    bool nested;                /* META-INF/signatures/ is used */
};

static void
note(struct opening *o, enum mh_finding_code code, enum df_class class,
    const struct df_zip_entry *e)
{
    df_note_add(o->notes, code, class,
        e == NULL ? MH_NO_OFFSET : e->local_offset,
        e == NULL ? (struct mh_span){0} : e->name);
}

static enum mh_code
no_memory(struct opening *o)
{
    return mh_fail(o->err, MH_ENOMEM, MH_NO_OFFSET, "asic: no memory");
}

static void
add_file(struct opening *o, const struct df_zip_entry *e, size_t index)
{
    o->asic->files[o->asic->file_count++] =
        (struct df_asic_file){.entry = e, .index = index};
}

static void
add_meta(struct opening *o, const struct df_zip_entry *e, size_t index)
{
    struct df_asic *asic = o->asic;
    enum df_asic_token_kind kind = DF_TOKEN_TST;

    switch (df_part_of(e->name, &kind)) {
    case DF_PART_MANIFEST:
        o->manifest = e;
        break;
    case DF_PART_SIGFILE:
        o->nested =
            o->nested || mh_span_starts(e->name, "META-INF/signatures/");
        asic->sigfiles[asic->sigfile_count++] =
            (struct df_asic_sigfile){.entry = e, .index = index};
        break;
    case DF_PART_TOKEN:
        o->p7s += kind == DF_TOKEN_P7S;
        o->tst += kind == DF_TOKEN_TST;
        o->manifests += kind == DF_TOKEN_MANIFEST;
        asic->tokens[asic->token_count++] = (struct df_asic_token){
            .entry = e, .index = index, .kind = kind, .by = DF_NO_ENTRY};
        break;
    case DF_PART_RELATIONS:
    case DF_PART_UNKNOWN:
        break; /* noted once the profile is known */
    }
}

static int
by_sigfile_name(const void *a, const void *b)
{
    const struct df_asic_sigfile *x = a, *y = b;

    return mh_span_cmp(x->entry->name, y->entry->name);
}

static int
by_token_name(const void *a, const void *b)
{
    const struct df_asic_token *x = a, *y = b;

    return mh_span_cmp(x->entry->name, y->entry->name);
}

/* Sorts every entry into one of the lists. */
static enum mh_code
sort_entries(struct opening *o)
{
    struct df_asic *asic = o->asic;
    size_t n = asic->zip->count;

    asic->files = mh_arena_array(o->arena, n, sizeof(*asic->files));
    asic->sigfiles = mh_arena_array(o->arena, n, sizeof(*asic->sigfiles));
    asic->tokens = mh_arena_array(o->arena, n, sizeof(*asic->tokens));
    if (asic->files == NULL || asic->sigfiles == NULL || asic->tokens == NULL)
        return no_memory(o);
    for (size_t i = 0; i < n; i++) {
        const struct df_zip_entry *e = &asic->zip->entries[i];

        if (e->is_directory || mh_span_is(e->name, "mimetype"))
            continue;
        if (mh_span_starts(e->name, "META-INF/"))
            add_meta(o, e, i);
        else
            add_file(o, e, i);
    }
    qsort(asic->sigfiles, asic->sigfile_count, sizeof(*asic->sigfiles),
        by_sigfile_name);
    qsort(
        asic->tokens, asic->token_count, sizeof(*asic->tokens), by_token_name);
    asic->kind = asic->sigfile_count != 0 ? DF_ASIC_XADES
                 : o->p7s != 0            ? DF_ASIC_CADES
                 : o->tst != 0            ? DF_ASIC_TOKEN
                                          : DF_ASIC_NONE;
    asic->has_manifest = o->manifest != NULL;
    return MH_OK;
}

static bool
is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct mh_span
trim(struct mh_span s)
{
    if (mh_span_starts(s, "\xef\xbb\xbf")) {
        s.ptr += 3;
        s.len -= 3;
    }
    while (s.len != 0 && is_blank(s.ptr[s.len - 1]))
        s.len--;
    while (s.len != 0 && is_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    return s;
}

static void
set_profile(struct df_asic *asic, const struct profile *p)
{
    asic->format = p->format;
    asic->format_name = format_names[p->format];
    asic->profile_name = p->name;
}

/* Without mimetype only META-INF is left to tell (formats.md 5.2). */
static const struct profile *
profile_by_meta_inf(const struct opening *o)
{
    const struct df_asic *asic = o->asic;
    bool single;

    if (o->nested)
        return &profiles[2];
    /* ASiC-S names its one signature object without a number. */
    single = asic->file_count == 1 && o->manifests == 0 &&
             (asic->sigfile_count == 1
                     ? o->manifest == NULL &&
                           mh_span_is(asic->sigfiles[0].entry->name,
                               "META-INF/signatures.xml")
                     : asic->sigfile_count == 0);
    return single ? &profiles[1] : &profiles[0];
}

static enum mh_code
unknown(struct opening *o)
{
    return mh_fail_finding(o->err, MH_EUNSUP, MH_F_FORMAT_UNKNOWN, MH_NO_OFFSET,
        "container: %s", df_detect_zip(o->asic->zip));
}

/* No mimetype, or one that names no profile of ours. */
static enum mh_code
without_profile(struct opening *o, bool missing)
{
    if ((o->asic->kind == DF_ASIC_NONE && o->asic->token_count == 0) ||
        strcmp(df_detect_zip(o->asic->zip), "zip archive") != 0)
        return unknown(o);
    if (!missing)
        return mh_fail_finding(o->err, MH_EFORMAT, MH_F_MIMETYPE_CONTENT,
            MH_NO_OFFSET, "container: mimetype names no known profile");
    o->asic->by_meta_inf_only = true;
    set_profile(o->asic, profile_by_meta_inf(o));
    note(o, MH_F_MIMETYPE_MISSING, DF_STRICT, NULL);
    return MH_OK;
}

/* The mimetype entry decides; what else there is must agree with it. */
static enum mh_code
find_profile(struct opening *o)
{
    struct df_asic *asic = o->asic;
    const struct df_zip_entry *e =
        df_zip_find(asic->zip, MH_SPAN_LIT("mimetype"));
    struct mh_span text;
    enum mh_code code;

    if (e == NULL)
        return without_profile(o, true);
    if (e->usize > MIMETYPE_MAX)
        return without_profile(o, false);
    code = df_zip_read(asic->zip, e, o->arena, MIMETYPE_MAX, o->err, &text);
    if (code != MH_OK)
        return code;
    asic->mimetype = trim(text);
    for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
        if (!mh_span_is(asic->mimetype, profiles[i].mimetype))
            continue;
        set_profile(asic, &profiles[i]);
        if (!e->is_first_plain)
            note(o, MH_F_MIMETYPE_FIRST, DF_STRICT, e);
        if (asic->mimetype.len != text.len)
            note(o, MH_F_MIMETYPE_WHITESPACE, DF_STRICT, e);
        return MH_OK;
    }
    return without_profile(o, false);
}

/* META-INF names that the profile gives no meaning. */
static void
check_meta_names(struct opening *o)
{
    const struct df_asic *asic = o->asic;
    bool adoc = asic->format == DF_ADOC_2008;

    for (size_t i = 0; i < asic->zip->count; i++) {
        const struct df_zip_entry *e = &asic->zip->entries[i];
        enum df_asic_token_kind kind = DF_TOKEN_TST;
        enum df_part part;

        if (e->is_directory || !mh_span_starts(e->name, "META-INF/"))
            continue;
        part = df_part_of(e->name, &kind);
        if (part == DF_PART_UNKNOWN || (part == DF_PART_RELATIONS && !adoc) ||
            (part == DF_PART_SIGFILE && !adoc &&
                mh_span_starts(e->name, "META-INF/signatures/")))
            note(o, MH_F_META_INF_UNKNOWN, DF_STRICT, e);
        if (part == DF_PART_TOKEN && kind == DF_TOKEN_EVIDENCE)
            note(o, MH_F_EVIDENCE_RECORD, DF_WARNING, e);
        /* No signature object is passed over in silence. */
        if (part == DF_PART_TOKEN && kind != DF_TOKEN_EVIDENCE &&
            asic->kind == DF_ASIC_XADES && asic->format != DF_ASIC_S)
            note(o, MH_F_FORMAT_UNSUPPORTED,
                kind == DF_TOKEN_P7S ? DF_FAIL : DF_WARNING, e);
    }
}

static void
check_files(struct opening *o)
{
    struct df_asic *asic = o->asic;

    if (asic->file_count == 0)
        note(o, MH_F_NO_DATA_FILE, DF_REFUSE, NULL);
    for (size_t i = 0; i < asic->file_count; i++) {
        struct df_asic_file *f = &asic->files[i];

        if (asic->format == DF_ADOC_2008 &&
            mh_span_starts(f->entry->name, "metadata/unsignable")) {
            f->unsignable = true;
            note(o, MH_F_FILE_UNSIGNABLE, DF_INFO, f->entry);
        }
        if (f->entry->usize == 0)
            note(o, MH_F_DATA_FILE_EMPTY, DF_WARNING, f->entry);
    }
}

/* EN 319 162-1 4.3.3: one file in the root, one signature object of one kind.
 */
static void
check_asics(struct opening *o)
{
    const struct df_asic *asic = o->asic;
    int kinds = (asic->sigfile_count != 0) + (o->p7s != 0) + (o->tst != 0);
    bool good = asic->file_count <= 1 && kinds <= 1 &&
                asic->sigfile_count <= 1 && o->p7s <= 1 && o->manifests == 0;

    if (asic->format != DF_ASIC_S)
        return;
    if (asic->file_count == 1) {
        struct mh_span name = asic->files[0].entry->name;

        good = good && memchr(name.ptr, '/', name.len) == NULL;
    }
    if (asic->sigfile_count == 1)
        good = good && mh_span_is(asic->sigfiles[0].entry->name,
                           "META-INF/signatures.xml");
    if (o->p7s == 1 || o->tst != 0)
        good = good &&
               df_zip_find(asic->zip,
                   o->tst != 0 ? MH_SPAN_LIT("META-INF/timestamp.tst")
                               : MH_SPAN_LIT("META-INF/signature.p7s")) != NULL;
    if (!good)
        note(o, MH_F_ASICS_STRUCTURE, DF_REFUSE, NULL);
}

/* In ASiC-E a token or .p7s needs the manifest that says what it covers. */
static void
check_asice(struct opening *o)
{
    const struct df_asic *asic = o->asic;

    if (asic->format == DF_ASIC_E && o->manifests == 0 &&
        (asic->kind == DF_ASIC_CADES || asic->kind == DF_ASIC_TOKEN))
        note(o, MH_F_MIMETYPE_CONTENT, DF_REFUSE, NULL);
    if ((asic->format == DF_ADOC_2008 || asic->format == DF_BDOC_1) &&
        (asic->kind == DF_ASIC_CADES || asic->kind == DF_ASIC_TOKEN))
        note(o, MH_F_MIMETYPE_CONTENT, DF_REFUSE, NULL);
    /* ADOC-V1.0 keeps its signatures in a folder of their own. */
    for (size_t i = 0; i < asic->sigfile_count; i++)
        if (asic->format == DF_ADOC_2008 &&
            !mh_span_starts(
                asic->sigfiles[i].entry->name, "META-INF/signatures/"))
            note(o, MH_F_MIMETYPE_CONTENT, DF_REFUSE, asic->sigfiles[i].entry);
}

static enum mh_code
check_manifest(struct opening *o)
{
    struct df_asic *asic = o->asic;
    enum df_class class =
        asic->format != DF_ASIC_S && asic->kind == DF_ASIC_XADES ? DF_FAIL
                                                                 : DF_WARNING;
    struct mh_span bytes;
    enum mh_code code;

    if (o->manifest == NULL) {
        note(o, MH_F_MANIFEST_MISSING, class == DF_FAIL ? DF_FAIL : DF_INFO,
            NULL);
        return MH_OK;
    }
    code = df_zip_read(
        asic->zip, o->manifest, o->arena, MH_META_INF_FILE_MAX, o->err, &bytes);
    if (code == MH_OK)
        code = df_manifest_read(asic, bytes, class, o->arena, o->notes, o->err);
    if (code != MH_OK)
        return code;
    if (asic->root_type.len != 0 && !asic->by_meta_inf_only &&
        !mh_span_eq(asic->root_type, asic->mimetype))
        note(o, MH_F_MANIFEST_ROOT_TYPE, DF_STRICT, o->manifest);
    return MH_OK;
}

static enum mh_code
load_sigfiles(struct opening *o)
{
    struct df_asic *asic = o->asic;

    for (size_t i = 0; i < asic->sigfile_count; i++) {
        struct df_asic_sigfile *f = &asic->sigfiles[i];
        enum mh_code code =
            df_part_load_sigfile(asic, f, o->arena, o->notes, o->err);

        if (code != MH_OK)
            return code;
        for (size_t k = 0; k < i && !f->duplicate; k++)
            f->duplicate = asic->sigfiles[k].entry->crc == f->entry->crc &&
                           asic->sigfiles[k].bytes.len != 0 &&
                           mh_span_eq(asic->sigfiles[k].bytes, f->bytes);
        if (f->duplicate)
            note(o, MH_F_SIGNATURE_FILE_DUPLICATE, DF_STRICT, f->entry);
    }
    return MH_OK;
}

enum mh_code
df_asic_open(struct df_zip *zip, struct mh_arena *arena, struct df_notes *notes,
    struct mh_err *err, struct df_asic **out)
{
    struct opening o = {.arena = arena, .notes = notes, .err = err};
    enum mh_code code;

    *out = NULL;
    o.asic = mh_arena_alloc(arena, sizeof(*o.asic));
    if (o.asic == NULL)
        return no_memory(&o);
    o.asic->zip = zip;
    code = sort_entries(&o);
    if (code == MH_OK)
        code = find_profile(&o);
    if (code != MH_OK)
        return code;
    check_meta_names(&o);
    check_files(&o);
    check_asics(&o);
    check_asice(&o);
    code = check_manifest(&o);
    if (code == MH_OK)
        code = load_sigfiles(&o);
    if (code == MH_OK)
        code = df_part_load_tokens(o.asic, arena, notes, err);
    if (code != MH_OK) {
        df_asic_free(o.asic);
        return code;
    }
    *out = o.asic;
    return MH_OK;
}

void
df_asic_free(struct df_asic *asic)
{
    if (asic == NULL)
        return;
    for (size_t i = 0; i < asic->sigfile_count; i++) {
        df_xml_free(asic->sigfiles[i].xml);
        asic->sigfiles[i].xml = NULL;
    }
}
