/* ASiC-S containers whose signatures are time-stamp tokens. */
#ifndef SIGNER_VERIFY_TOKENS_H
#define SIGNER_VERIFY_TOKENS_H

#include "signer/verify/files.h"

/*
 * One report row per token (EN 319 162-1 4.3.3, annex A.7): over the data
 * file, or over what an ASiCArchiveManifest names.  *covered is made as
 * sg_fill_files wants it.
 */
enum mh_code sg_verify_tokens(struct sg_ctx *ctx, const struct df_asic *asic,
    struct sg_files *files, struct mh_report *report, struct mh_err *err,
    bool **covered) MH_MUST_USE;

#endif
