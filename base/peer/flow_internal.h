/* What the files of the flow share; internal to them. */
#ifndef BASE_PEER_FLOW_INTERNAL_H
#define BASE_PEER_FLOW_INTERNAL_H

#include "base/peer/flow.h"

/* Notes where and with which exit code a step failed; returns code. */
enum mh_code mh_flow_at(
    struct mh_flow *flow, const char *where, enum mh_code code);

/* One step in the worker. */
struct mh_flow_step {
    const struct mh_sign_request *request;
    const struct mh_flow_input *input;
    size_t inputs;
    const struct mh_outfile *out; /* NULL: nothing is written */
};
enum mh_code mh_flow_step(struct mh_flow *flow, const struct mh_flow_step *step,
    struct mh_err *err, struct mh_span *result) MH_MUST_USE;

/* The peers, held where they are shared. */
enum mh_code mh_flow_submit(struct mh_flow *flow, struct mh_job *job,
    const int *fd, struct mh_err *err, struct mh_ticket *ticket) MH_MUST_USE;
enum mh_code mh_flow_fetch(struct mh_flow *flow, const struct mh_report *report,
    struct mh_err *err, struct mh_fetched_set *f, bool *more) MH_MUST_USE;

/* A time-stamp over this digest, from the endpoint "tsa". */
enum mh_code mh_flow_stamp(struct mh_flow *flow, enum mh_digest_alg alg,
    struct mh_span digest, struct mh_err *err,
    struct mh_span *token) MH_MUST_USE;

/* Which levels a signature that is being made still needs. */
enum mh_code mh_flow_lift(struct mh_flow *flow, enum mh_sig_level level,
    struct mh_err *err, struct mh_outfile *out, bool *changed) MH_MUST_USE;

/*
 * Judges what was written.  since: signatures claimed at or after that time
 * must pass, or lack trust or revocation data only; no other may fail.
 */
enum mh_code mh_flow_judge(struct mh_flow *flow, const struct mh_outfile *out,
    int64_t since, struct mh_err *err) MH_MUST_USE;

#endif
