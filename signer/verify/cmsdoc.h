/*
 * A CMS file as a document (.p7s, .p7m; formats.md 7): with its content inside,
 * or detached over one file given beside it.
 */
#ifndef SIGNER_VERIFY_CMSDOC_H
#define SIGNER_VERIFY_CMSDOC_H

#include "signer/verify/ctx.h"
#include "signer/verify/document.h"

/* pem: between PEM lines.  MH_OK with a filled report, whatever it says. */
enum mh_code sg_verify_cms(struct sg_ctx *ctx, const struct sg_verify_input *in,
    bool pem, struct mh_report *report, struct mh_err *err) MH_MUST_USE;

#endif
