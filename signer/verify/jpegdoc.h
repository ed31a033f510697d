/* A JPEG by itself: its structure, and that nothing in it is a signature. */
#ifndef SIGNER_VERIFY_JPEGDOC_H
#define SIGNER_VERIFY_JPEGDOC_H

#include "signer/verify/ctx.h"

/*
 * A JPG is signed inside a container or beside it; by itself it is
 * NO-SIGNATURE, or REFUSED where its structure is broken or, under strict,
 * where it can be taken for another kind of document (formats.md 11).
 */
enum mh_code sg_verify_jpeg(struct sg_ctx *ctx, struct mh_span file,
    struct mh_report *report, struct mh_err *err) MH_MUST_USE;

#endif
