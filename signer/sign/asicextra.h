/*
 * What goes into a signature beside its value, checked before it does.
 * Internal to signer/sign.
 */
#ifndef SIGNER_SIGN_ASICEXTRA_H
#define SIGNER_SIGN_ASICEXTRA_H

#include "signer/sign/sign.h"
#include "signer/sign/xadeswrite.h"

/*
 * A token that is one and is over this digest or, digest empty, over these
 * bytes: MH_EFORMAT with timestamp-invalid or timestamp-imprint.
 */
enum mh_code sg_token_fits(struct mh_span token, struct mh_span bytes,
    struct mh_span digest, struct mh_arena *arena,
    struct mh_err *err) MH_MUST_USE;

struct sg_values_in {
    const struct sg_sign_extra *extra;
    const struct mh_span *chain; /* known before */
    size_t chain_count;
    struct mh_span own; /* the signer's certificate, which KeyInfo has */
};

/*
 * The values to embed: chain and certificates of extra without the signer's
 * own, each once.  All empty where extra brings no validation data.
 */
enum mh_code sg_values_of(const struct sg_values_in *in, struct mh_arena *arena,
    struct mh_err *err, struct sg_values *out) MH_MUST_USE;

#endif
