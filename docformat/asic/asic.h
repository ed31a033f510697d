/*
 * ASiC containers and their relatives (EN 319 162-1; formats.md 5): ASiC-E and
 * ASiC-S, EDOC 2.0, BDOC, ADOC-V1.0.
 *
 * df_asic_open finds out by content which profile an archive follows, sorts
 * its entries, loads what META-INF holds and notes every rule of formats.md
 * 5.2 that needs no cryptography.  Which files a signature covers is for the
 * reader of the signatures to say (file-unsigned is not noted here).
 */
#ifndef DOCFORMAT_ASIC_ASIC_H
#define DOCFORMAT_ASIC_ASIC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "docformat/asic/asicmanifest.h"
#include "docformat/notes.h"
#include "docformat/xml/xml.h"
#include "docformat/zip/zip.h"

enum df_asic_format {
    DF_ASIC_E, /* also EDOC 2.0, BDOC 2.x */
    DF_ASIC_S,
    DF_ADOC_2008, /* ADOC-V1.0 */
    DF_BDOC_1,
};

enum df_asic_kind {
    DF_ASIC_NONE = 0, /* no signature object at all */
    DF_ASIC_XADES,
    DF_ASIC_CADES, /* .p7s beside an ASiCManifest, or in ASiC-S */
    DF_ASIC_TOKEN, /* time-stamp tokens only */
};

#define DF_NO_ENTRY SIZE_MAX

/* A file outside META-INF that is neither mimetype nor a directory. */
struct df_asic_file {
    const struct df_zip_entry *entry;
    size_t index;              /* in zip->entries */
    struct mh_span media_type; /* of the manifest, trimmed of nothing; empty
                                  where it is not listed */
    bool listed;               /* in the manifest */
    bool unsignable;           /* ADOC metadata/unsignable* */
};

/* Where the ds:Signature elements of a signature file stand. */
enum df_asic_root {
    DF_ROOT_XADES_SIGNATURES, /* children of asic:XAdESSignatures */
    DF_ROOT_DOC_SIGNATURES,   /* children of document-signatures */
    DF_ROOT_SIGNATURE,        /* the root itself */
};

/* An XAdES signature file of META-INF. */
struct df_asic_sigfile {
    const struct df_zip_entry *entry;
    size_t index;
    struct mh_span bytes;
    struct df_xml *xml; /* owned by the container; NULL where unreadable: a
                           DF_REFUSE note says why */
    enum df_asic_root root;
    size_t signatures; /* ds:Signature elements; 0 where xml is NULL */
    bool duplicate;    /* equal, byte for byte, to an earlier one: judge the
                          earlier one only */
};

enum df_asic_token_kind {
    DF_TOKEN_TST,              /* META-INF/timestamp*.tst, RFC 3161 token */
    DF_TOKEN_P7S,              /* META-INF/signature*.p7s */
    DF_TOKEN_MANIFEST,         /* META-INF/ASiCManifest*.xml */
    DF_TOKEN_ARCHIVE_MANIFEST, /* META-INF/ASiCArchiveManifest*.xml */
    DF_TOKEN_EVIDENCE,         /* META-INF/evidencerecord*.ers or .xml and
                                  ASiCEvidenceRecordManifest*.xml */
};

/* Any other signature object of META-INF. */
struct df_asic_token {
    const struct df_zip_entry *entry;
    size_t index;
    enum df_asic_token_kind kind;
    struct mh_span bytes;
    struct df_asicmanifest *manifest; /* of the two manifest kinds, NULL where
                                         unreadable (DF_REFUSE note) */
    /* Tokens and p7s: the manifest whose SigReference names this file, or
       DF_NO_ENTRY; a position in tokens[]. */
    size_t by;
};

struct df_asic {
    struct df_zip *zip; /* borrowed */
    enum df_asic_format format;
    enum df_asic_kind kind;
    const char *format_name;  /* static: "asic-e", "asic-s", "adoc-2008",
                                 "bdoc-1" */
    const char *profile_name; /* static, for people */
    bool by_meta_inf_only;    /* no mimetype: at most INDETERMINATE */
    struct mh_span mimetype;  /* trimmed; empty where absent */
    struct mh_span root_type; /* the manifest's "/" type; empty for none */
    bool has_manifest;
    struct df_asic_file *files;
    size_t file_count;
    struct df_asic_sigfile *sigfiles; /* by name, bytewise */
    size_t sigfile_count;
    struct df_asic_token *tokens; /* by name, bytewise */
    size_t token_count;
};

/*
 * Opens a scanned archive.  An archive that is no container of ours is
 * MH_EUNSUP with the finding format-unknown and a message that says what it
 * looks like; a container whose mimetype is wrong for its content is
 * MH_EFORMAT with mimetype-content.  Everything else is a note, so that the
 * signatures can still be reported: a DF_REFUSE note forbids to pass.
 */
enum mh_code df_asic_open(struct df_zip *zip, struct mh_arena *arena,
    struct df_notes *notes, struct mh_err *err,
    struct df_asic **out) MH_MUST_USE;
void df_asic_free(struct df_asic *asic); /* frees the XML documents */

/*
 * The next ds:Signature of a signature file after prev (NULL: the first);
 * NULL at the end.
 */
const struct df_node *df_asic_signature(
    const struct df_asic_sigfile *file, const struct df_node *prev);

/* RFC 6838 4.2 syntax, with optional parameters. */
bool df_media_type_valid(struct mh_span s);

#endif
