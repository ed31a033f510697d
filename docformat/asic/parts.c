#include "docformat/asic/parts.h"

#include <string.h>

#include "base/limits.h"
#include "docformat/asic/uri.h"

static bool
contains(struct mh_span s, const char *what)
{
    return memmem(s.ptr, s.len, what, strlen(what)) != NULL;
}

enum df_part
df_part_of(struct mh_span name, enum df_asic_token_kind *kind)
{
    static const struct {
        const char *part, *end;
        enum df_asic_token_kind kind;
    } known[] = {
        {"ASiCArchiveManifest", ".xml", DF_TOKEN_ARCHIVE_MANIFEST},
        {"ASiCEvidenceRecordManifest", ".xml", DF_TOKEN_EVIDENCE},
        {"ASiCManifest", ".xml", DF_TOKEN_MANIFEST},
        {"evidencerecord", ".xml", DF_TOKEN_EVIDENCE},
        {"evidencerecord", ".ers", DF_TOKEN_EVIDENCE},
        {"timestamp", ".tst", DF_TOKEN_TST},
        {"signature", ".p7s", DF_TOKEN_P7S},
    };
    static const size_t dir = sizeof("META-INF/") - 1;
    struct mh_span rest = {name.ptr + dir, name.len - dir};
    bool nested = mh_span_starts(rest, "signatures/");

    if (mh_span_is(rest, "manifest.xml"))
        return DF_PART_MANIFEST;
    if (mh_span_is(rest, "relations.xml"))
        return DF_PART_RELATIONS;
    if (nested) {
        rest.ptr += sizeof("signatures/") - 1;
        rest.len -= sizeof("signatures/") - 1;
    }
    if (memchr(rest.ptr, '/', rest.len) != NULL)
        return DF_PART_UNKNOWN;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && !nested; i++)
        if (contains(rest, known[i].part) && mh_span_ends(rest, known[i].end)) {
            *kind = known[i].kind;
            return DF_PART_TOKEN;
        }
    /* A signature is never overlooked for the folder it stands in. */
    return contains(rest, "signatures") && mh_span_ends(rest, ".xml")
               ? DF_PART_SIGFILE
               : DF_PART_UNKNOWN;
}

/* Whether every element child is a ds:Signature, and how many there are. */
static bool
only_signatures(const struct df_node *root, size_t *count)
{
    *count = df_node_count(root, DF_NS_DS, "Signature");
    for (const struct df_node *n = df_node_first(root); n != NULL;
         n = df_node_next(n))
        if (!df_node_is(n, DF_NS_DS, "Signature"))
            return false;
    return !df_node_has_text(root);
}

/* Sets root and signatures; false where the root is none of the profile's. */
static bool
read_root(const struct df_asic *asic, struct df_asic_sigfile *file,
    bool *old_namespace)
{
    const struct df_node *root = df_xml_root(file->xml);
    bool etsi = asic->format == DF_ASIC_E || asic->format == DF_ASIC_S;

    *old_namespace = df_node_is(root, DF_NS_ASIC_OLD, "XAdESSignatures");
    if (*old_namespace || df_node_is(root, DF_NS_ASIC, "XAdESSignatures")) {
        file->root = DF_ROOT_XADES_SIGNATURES;
        return only_signatures(root, &file->signatures);
    }
    if (etsi)
        return false;
    if (df_node_is(root, DF_NS_ODF_DSIG, "document-signatures")) {
        file->root = DF_ROOT_DOC_SIGNATURES;
        return only_signatures(root, &file->signatures);
    }
    file->root = DF_ROOT_SIGNATURE;
    file->signatures = 1;
    return df_node_is(root, DF_NS_DS, "Signature");
}

/* The file is no readable signature file; the cause is a finding of its own. */
static void
refuse(struct df_asic_sigfile *file, struct df_notes *notes, int cause)
{
    struct mh_span name = file->entry->name;

    df_xml_free(file->xml);
    file->xml = NULL;
    file->signatures = 0;
    if (cause != MH_FINDING_NONE && cause != MH_F_SIGNATURE_FILE_INVALID)
        df_note_add(notes, (enum mh_finding_code)cause, DF_REFUSE,
            file->entry->local_offset, name);
    df_note_add(notes, MH_F_SIGNATURE_FILE_INVALID, DF_REFUSE,
        file->entry->local_offset, name);
}

/* Fails with what is not the document's fault, or passes a finding on. */
static enum mh_code
sort_failure(enum mh_code code, const struct mh_err *cause, struct mh_err *err)
{
    if ((code == MH_EFORMAT || code == MH_ELIMIT || code == MH_EUNSUP) &&
        cause->finding != MH_FINDING_NONE)
        return MH_OK;
    if (err != NULL)
        *err = *cause;
    return code;
}

enum mh_code
df_part_load_sigfile(struct df_asic *asic, struct df_asic_sigfile *file,
    struct mh_arena *arena, struct df_notes *notes, struct mh_err *err)
{
    struct mh_err cause = {0};
    bool old_namespace = false;
    enum mh_code code = df_zip_read(asic->zip, file->entry, arena,
        MH_META_INF_FILE_MAX, &cause, &file->bytes);

    if (code == MH_OK)
        code = df_xml_load(file->bytes, arena, &cause, &file->xml);
    if (code != MH_OK) {
        refuse(file, notes, cause.finding);
        return sort_failure(code, &cause, err);
    }
    if (!read_root(asic, file, &old_namespace) || file->signatures == 0) {
        refuse(file, notes, MH_FINDING_NONE);
        return MH_OK;
    }
    if (file->signatures > MH_XML_SIGNATURES_MAX) {
        refuse(file, notes, MH_F_XML_LIMIT);
        return MH_OK;
    }
    if (old_namespace)
        df_note_add(notes, MH_F_NAMESPACE_OLD, DF_INFO,
            file->entry->local_offset, file->entry->name);
    if (df_node_has_pi(df_xml_root(file->xml)))
        df_note_add(notes, MH_F_XML_PI, DF_WARNING, file->entry->local_offset,
            file->entry->name);
    return MH_OK;
}

const struct df_node *
df_asic_signature(
    const struct df_asic_sigfile *file, const struct df_node *prev)
{
    if (file->xml == NULL)
        return NULL;
    if (file->root == DF_ROOT_SIGNATURE)
        return prev == NULL ? df_xml_root(file->xml) : NULL;
    return prev == NULL
               ? df_node_child(df_xml_root(file->xml), DF_NS_DS, "Signature")
               : df_node_sibling(prev, DF_NS_DS, "Signature");
}

static enum mh_code
load_token(struct df_asic *asic, struct df_asic_token *t,
    struct mh_arena *arena, struct df_notes *notes, struct mh_err *err)
{
    struct mh_err cause = {0};
    enum mh_code code = df_zip_read(
        asic->zip, t->entry, arena, MH_META_INF_FILE_MAX, &cause, &t->bytes);

    if (code == MH_OK &&
        (t->kind == DF_TOKEN_MANIFEST || t->kind == DF_TOKEN_ARCHIVE_MANIFEST))
        code = df_asicmanifest_parse(t->bytes, arena, &cause, &t->manifest);
    if (code == MH_OK)
        return MH_OK;
    if (cause.finding != MH_FINDING_NONE &&
        cause.finding != MH_F_SIGNATURE_FILE_INVALID)
        df_note_add(notes, (enum mh_finding_code)cause.finding, DF_REFUSE,
            t->entry->local_offset, t->entry->name);
    df_note_add(notes, MH_F_SIGNATURE_FILE_INVALID, DF_REFUSE,
        t->entry->local_offset, t->entry->name);
    return sort_failure(code, &cause, err);
}

/* Points the token that the manifest at i names back to it. */
static enum mh_code
link_manifest(struct df_asic *asic, size_t i, const size_t *token_of,
    struct mh_arena *arena, struct mh_err *err)
{
    struct df_uri_target target;
    struct df_asic_token *t;
    enum mh_code code = df_uri_resolve(
        asic, asic->tokens[i].manifest->sig_uri, arena, err, &target);

    if (code != MH_OK || target.kind != DF_URI_META_INF ||
        token_of[target.index] == 0)
        return code;
    t = &asic->tokens[token_of[target.index] - 1];
    if (t->by == DF_NO_ENTRY &&
        (t->kind == DF_TOKEN_TST || t->kind == DF_TOKEN_P7S))
        t->by = i;
    return MH_OK;
}

/*
 * A manifest that no token or signature belongs to claims what nobody signed:
 * one that names none, or one that another manifest has named already.
 */
static void
check_linked(const struct df_asic *asic, struct df_notes *notes)
{
    for (size_t i = 0; i < asic->token_count; i++) {
        const struct df_asic_token *m = &asic->tokens[i];
        bool linked = m->manifest == NULL;

        for (size_t k = 0; k < asic->token_count && !linked; k++)
            linked = asic->tokens[k].by == i;
        if (!linked)
            df_note_add(notes, MH_F_SIGNATURE_FILE_INVALID, DF_REFUSE,
                m->entry->local_offset, m->entry->name);
    }
}

enum mh_code
df_part_load_tokens(struct df_asic *asic, struct mh_arena *arena,
    struct df_notes *notes, struct mh_err *err)
{
    size_t *token_of = mh_arena_array(arena, asic->zip->count, sizeof(size_t));
    enum mh_code code = MH_OK;

    if (token_of == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "asic: no memory");
    for (size_t i = 0; i < asic->token_count && code == MH_OK; i++) {
        asic->tokens[i].by = DF_NO_ENTRY;
        token_of[asic->tokens[i].index] = i + 1;
        code = load_token(asic, &asic->tokens[i], arena, notes, err);
    }
    for (size_t i = 0; i < asic->token_count && code == MH_OK; i++)
        if (asic->tokens[i].manifest != NULL)
            code = link_manifest(asic, i, token_of, arena, err);
    if (code == MH_OK &&
        (asic->kind == DF_ASIC_CADES || asic->kind == DF_ASIC_TOKEN))
        check_linked(asic, notes);
    return code;
}
