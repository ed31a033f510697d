/*
 * The algorithm table (TS 119 312 as data, signer/policy/algorithms.tsv) and
 * the identity of a policy.
 */
#ifndef SIGNER_POLICY_ALGO_H
#define SIGNER_POLICY_ALGO_H

#include <stdint.h>

#include "base/digest/digest.h"
#include "base/err.h"
#include "base/wire/job.h"
#include "signer/trust/key.h"

enum sg_algo_state {
    SG_ALGO_GOOD,
    SG_ALGO_OLD,     /* past its end, but the table is older than that end:
                        a warning only */
    SG_ALGO_EXPIRED, /* past its end at that time */
    SG_ALGO_UNKNOWN, /* not in the table */
};

/* Reads the built-in table; call once per process. */
enum mh_code sg_algo_init(struct mh_err *err) MH_MUST_USE;

/* A digest alone: references, imprints. */
enum sg_algo_state sg_algo_digest(enum mh_digest_alg alg, int64_t time);

/*
 * A signature: the earlier end of digest and key counts.  EdDSA, which the
 * table does not name, is SG_ALGO_UNKNOWN unless the policy accepts it.
 */
enum sg_algo_state sg_algo_signature(const struct mh_policy *policy,
    const struct sg_sigalg *alg, const struct sg_key *key, int64_t time);

/*
 * The same for what a trust service signed: certificates, OCSP answers, lists.
 * Under lenient a digest that the table calls "issued" is SG_ALGO_OLD until
 * that row's own end.
 */
enum sg_algo_state sg_algo_issued(const struct mh_policy *policy,
    const struct sg_sigalg *alg, const struct sg_key *key, int64_t time);

/* "RSA-PSS SHA-256 RSA-3072" and a NUL, cut to size. */
void sg_algo_name(const struct sg_sigalg *alg, const struct sg_key *key,
    char *out, size_t size);

/* SHA-256 over the policy's switches and the table, as lower-case hex. */
enum mh_code sg_policy_hash(const struct mh_policy *policy, struct mh_err *err,
    char out[static 65]) MH_MUST_USE;

#endif
