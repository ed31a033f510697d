/* XAdES in plain XML: detached with data beside it, enveloped, enveloping. */
#ifndef SIGNER_VERIFY_XMLDOC_H
#define SIGNER_VERIFY_XMLDOC_H

#include "signer/verify/ctx.h"
#include "signer/verify/document.h"

enum mh_code sg_verify_xml(struct sg_ctx *ctx, const struct sg_verify_input *in,
    struct mh_report *report, struct mh_err *err) MH_MUST_USE;

#endif
