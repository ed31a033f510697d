/* What the files of the flow share; internal to them. */
#ifndef SIGNER_CMD_FLOW_INTERNAL_H
#define SIGNER_CMD_FLOW_INTERNAL_H

#include "signer/cmd/flow.h"

/* Notes where and with which exit code a step failed; returns code. */
enum mh_code sg_flow_at(
    struct sg_flow *flow, const char *where, enum mh_code code);

/* One step in the worker. */
struct sg_flow_step {
    const struct mh_sign_request *request;
    const struct sg_flow_input *input;
    size_t inputs;
    const struct mh_outfile *out; /* NULL: nothing is written */
};
enum mh_code sg_flow_step(struct sg_flow *flow, const struct sg_flow_step *step,
    struct mh_err *err, struct mh_span *result) MH_MUST_USE;

/* A time-stamp over this digest, from the endpoint "tsa". */
enum mh_code sg_flow_stamp(struct sg_flow *flow, enum mh_digest_alg alg,
    struct mh_span digest, struct mh_err *err,
    struct mh_span *token) MH_MUST_USE;

/* Which levels a signature that is being made still needs. */
enum mh_code sg_flow_lift(struct sg_flow *flow, enum mh_sig_level level,
    struct mh_err *err, struct mh_outfile *out, bool *changed) MH_MUST_USE;

/*
 * Judges what was written.  since: signatures claimed at or after that time
 * must pass, or lack trust or revocation data only; no other may fail.
 */
enum mh_code sg_flow_judge(struct sg_flow *flow, const struct mh_outfile *out,
    int64_t since, struct mh_err *err) MH_MUST_USE;

#endif
