/*
 * A PDF as a document to judge (EN 319 142-1, formats.md 8 and 9): structure
 * by two readers, every signature and document time-stamp, and what came
 * after each of them.
 */
#ifndef SIGNER_VERIFY_PDFDOC_H
#define SIGNER_VERIFY_PDFDOC_H

#include "signer/verify/ctx.h"

/* MH_OK with a filled report, whatever it says. */
enum mh_code sg_verify_pdf(struct sg_ctx *ctx, struct mh_span file,
    struct mh_report *report, struct mh_err *err) MH_MUST_USE;

#endif
