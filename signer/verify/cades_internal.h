/* Steps of sg_cades_judge that stand in a file of their own. */
#ifndef SIGNER_VERIFY_CADES_INTERNAL_H
#define SIGNER_VERIFY_CADES_INTERNAL_H

#include "signer/verify/cades.h"

/*
 * All time-stamps of the signature: content, signature, archive (version 3),
 * and those given from outside; then their order and the best signature time.
 */
enum mh_code sg_cades_times(struct sg_ctx *ctx, const struct sg_cades_in *in,
    struct mh_err *err, struct sg_sig *sig) MH_MUST_USE;

/*
 * The imprint of an archive-time-stamp-v3 (EN 319 122-1 5.5.3) by alg.
 * MH_EFORMAT with a message where its index of hashes is missing, malformed,
 * or names what is not there.
 */
enum mh_code sg_cades_archive_imprint(const struct sg_cades_in *in,
    const struct sg_cms *token, enum mh_digest_alg alg,
    struct mh_digest *digest, struct mh_err *err,
    uint8_t hash[static MH_DIGEST_MAX]) MH_MUST_USE;

#endif
