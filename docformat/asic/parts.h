/*
 * The signature objects of META-INF: names, loading, and which manifest names
 * which token.  Internal to docformat/asic.
 */
#ifndef DOCFORMAT_ASIC_PARTS_H
#define DOCFORMAT_ASIC_PARTS_H

#include "docformat/asic/asic.h"

enum df_part {
    DF_PART_UNKNOWN, /* a name no profile gives a meaning */
    DF_PART_MANIFEST,
    DF_PART_RELATIONS, /* ADOC-V1.0 */
    DF_PART_SIGFILE,
    DF_PART_TOKEN, /* *kind says which */
};

/* What the name of an entry in META-INF means. */
enum df_part df_part_of(struct mh_span name, enum df_asic_token_kind *kind);

/* Loads one XAdES signature file; what is wrong with it is a note. */
enum mh_code df_part_load_sigfile(struct df_asic *asic,
    struct df_asic_sigfile *file, struct mh_arena *arena,
    struct df_notes *notes, struct mh_err *err) MH_MUST_USE;

/* Loads every token; links them with their manifests. */
enum mh_code df_part_load_tokens(struct df_asic *asic, struct mh_arena *arena,
    struct df_notes *notes, struct mh_err *err) MH_MUST_USE;

#endif
