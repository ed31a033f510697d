/* Files of a container that every signature covers: receipts, packages. */
#ifndef SIGNER_VERIFY_SIGNED_H
#define SIGNER_VERIFY_SIGNED_H

#include "signer/verify/files.h"

/* A document of that name that every signature covers and that could be read;
   NULL: there is none. */
const struct sg_file *sg_signed_file(const struct sg_files *files,
    const struct mh_report *report, const char *name);

/*
 * Its bytes, in the arena or borrowed; *out is empty where they cannot be had
 * or are more than max, which is a finding of its own.  MH_ENOMEM and
 * MH_EINTERNAL only.
 */
enum mh_code sg_signed_read(struct sg_ctx *ctx, const struct sg_files *files,
    const struct sg_file *file, size_t max, struct mh_err *err,
    struct mh_span *out) MH_MUST_USE;

/* Whether a file of this SHA-256 (hex) is one that every signature covers. */
bool sg_signed_has(const struct mh_report *report, const char *sha256);

#endif
