/* What every step of judging one document shares. */
#ifndef SIGNER_VERIFY_CTX_H
#define SIGNER_VERIFY_CTX_H

#include "base/arena.h"
#include "base/digest/digest.h"
#include "base/wire/job.h"
#include "base/wire/material.h"
#include "signer/trust/key.h"
#include "signer/trust/pool.h"
#include "signer/trust/store.h"
#include "signer/verify/gather.h"
#include "signer/verify/out.h"
#include "signer/verify/second.h"

struct sg_ctx {
    struct mh_arena *arena;
    const struct mh_policy *policy;
    int64_t now; /* validation time */
    struct sg_trust *trust;
    struct sg_facts *facts;
    const struct sg_second_reader *second; /* of PDF; may be NULL */
    struct sg_pool *pool;     /* every certificate the document brings */
    struct mh_digest *digest; /* scratch */
    struct sg_out out;        /* findings about the document */
    const struct mh_material *material; /* from outside; NULL: none */
    struct sg_gather *gather; /* what was met and lacked; NULL: not asked */
    bool mapped;              /* the document, as struct df_zip has it */
    bool pages;               /* of a PDF are counted */
    bool refused;             /* a rule was broken that refuses the document */
    bool partial; /* a part of it is not here: at most INDETERMINATE */
};

/*
 * A rule that refuses the document under strict and is a warning under
 * lenient (class S of formats.md 1.5).
 */
static inline void
sg_strict_rule(struct sg_ctx *ctx, struct sg_out *out,
    enum mh_finding_code code, const char *what)
{
    sg_out_add(out, code, ctx->policy->strict ? MH_ERROR : MH_WARNING, what);
    if (ctx->policy->strict)
        ctx->refused = true;
}

#endif
