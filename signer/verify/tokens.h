/* ASiC containers with time-stamp tokens and CMS signatures. */
#ifndef SIGNER_VERIFY_TOKENS_H
#define SIGNER_VERIFY_TOKENS_H

#include "signer/verify/files.h"

/*
 * One report row per token and per signer of a CMS signature (EN 319 162-1
 * 4.3.3, 4.4.4, annex A): over the data file of an ASiC-S, or over what an
 * ASiCManifest or ASiCArchiveManifest names.  *covered is made as
 * sg_fill_files wants it.
 */
enum mh_code sg_verify_tokens(struct sg_ctx *ctx, const struct df_asic *asic,
    struct sg_files *files, struct mh_report *report, struct mh_err *err,
    bool **covered) MH_MUST_USE;

#endif
