/* Steps of sg_sig_judge that stand in files of their own. */
#ifndef SIGNER_VERIFY_JUDGE_INTERNAL_H
#define SIGNER_VERIFY_JUDGE_INTERNAL_H

#include "signer/trust/path.h"
#include "signer/verify/judge.h"

/* Ends the judgement with the first sub-indication; FAILED ones override. */
void sg_sig_fail(struct sg_sig *sig, enum mh_finding_code code, enum mh_sub sub,
    const char *what);

/* Whether the value fits what was signed (EN 319 102-1 5.2.7.4). */
void sg_sig_value(struct sg_sig *sig, enum sg_verdict verdict);

/* Certificates and revocation values among the unsigned properties. */
enum mh_code sg_sig_collect(
    struct sg_ctx *ctx, struct sg_sig *sig, struct mh_err *err) MH_MUST_USE;

/* All time-stamps and the time-mark: sets stamp[], best_time, proven. */
enum mh_code sg_sig_times(struct sg_ctx *ctx, struct sg_sig *sig,
    struct sg_files *files, struct mh_err *err) MH_MUST_USE;

/* Revocation values and certificates that a token brings itself. */
enum mh_code sg_sig_collect_token(struct sg_ctx *ctx, struct sg_sig *sig,
    const struct sg_cms *cms, struct mh_err *err) MH_MUST_USE;

/* Once all time-stamps are judged: their order, best_time, proven. */
void sg_sig_times_done(const struct sg_ctx *ctx, struct sg_sig *sig);

/* Trust, attributes and level, once the times are known. */
enum mh_code sg_sig_finish(
    struct sg_ctx *ctx, struct sg_sig *sig, struct mh_err *err) MH_MUST_USE;

/* BDOC time-marks (formats.md 5.2): sets marked, best_time, proven. */
enum mh_code sg_sig_timemark(
    struct sg_ctx *ctx, struct sg_sig *sig, struct mh_err *err) MH_MUST_USE;

/* X.509 validation, revocation, algorithms at the best signature time. */
enum mh_code sg_sig_trust(
    struct sg_ctx *ctx, struct sg_sig *sig, struct mh_err *err) MH_MUST_USE;

/* The earliest time a passing content time-stamp proves; or MH_TIME_NONE. */
int64_t sg_sig_not_before(const struct sg_sig *sig);

#endif
