/* A JPEG by itself: its structure, and that nothing in it is a signature. */
#ifndef SIGNER_VERIFY_JPEGDOC_H
#define SIGNER_VERIFY_JPEGDOC_H

#include "signer/verify/ctx.h"
#include "signer/verify/files.h"

/*
 * A JPG is signed inside a container or beside it; by itself it is
 * NO-SIGNATURE, or REFUSED where its structure is broken or, under strict,
 * where it can be taken for another kind of document (formats.md 11).
 */
enum mh_code sg_verify_jpeg(struct sg_ctx *ctx, struct mh_span file,
    struct mh_report *report, struct mh_err *err) MH_MUST_USE;

/*
 * A file that has been read: if it begins as a JPG, its structure is looked
 * at as above, and what is wrong with it is a finding of the document that
 * names the file; what refuses the image alone refuses under strict the
 * document that carries it.  A compressed one of more than MH_JPEG_PACKED_MAX
 * bytes is refused so as well.  MH_ENOMEM and MH_EINTERNAL only.
 */
enum mh_code sg_look_at_image(struct sg_ctx *ctx, const struct sg_files *files,
    const struct sg_file *file, struct mh_err *err) MH_MUST_USE;

#endif
