/* ASiC-E, ASiC-S, ADOC-V1.0 and BDOC containers (formats.md 5). */
#ifndef SIGNER_VERIFY_CONTAINER_H
#define SIGNER_VERIFY_CONTAINER_H

#include "signer/verify/ctx.h"
#include "signer/verify/document.h"

/* Judges an archive; the report's head is filled in by the caller. */
enum mh_code sg_verify_container(struct sg_ctx *ctx,
    const struct sg_verify_input *in, struct mh_report *report,
    struct mh_err *err) MH_MUST_USE;

#endif
