/*
 * XAdES signatures of a container raised (EN 319 132-1 5.3 to 5.5).  Internal
 * to signer/sign.
 */
#ifndef SIGNER_SIGN_XADESRAISE_H
#define SIGNER_SIGN_XADESRAISE_H

#include "signer/sign/asicbox.h"
#include "signer/sign/raisestate.h"

/* state gives step, algorithm and document. */
enum mh_code sg_xades_imprints(const struct sg_box *box,
    const struct sg_raise_state *state, struct mh_err *err,
    struct sg_imprint **imprint, size_t *count) MH_MUST_USE;

/* The signature files with what the items add. */
enum mh_code sg_xades_changes(const struct sg_box *box,
    const struct sg_raise_batch *batch, struct mh_err *err,
    struct sg_box_change **change, size_t *count) MH_MUST_USE;

#endif
