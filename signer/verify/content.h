/* Files and spans as the content of CMS signatures. */
#ifndef SIGNER_VERIFY_CONTENT_H
#define SIGNER_VERIFY_CONTENT_H

#include "signer/verify/cades.h"
#include "signer/verify/files.h"

/* A file whose digest is taken from what was read, or made by reading again. */
struct sg_file_content {
    struct sg_ctx *ctx;
    struct sg_files *files;
    const struct sg_file *file;
};
struct sg_content sg_content_file(struct sg_file_content *of);

/* Bytes in memory; borrowed. */
struct sg_content sg_content_span(struct mh_span *of);

#endif
