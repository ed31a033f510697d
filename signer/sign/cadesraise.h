/*
 * CAdES signatures raised (EN 319 122-1 5.3, 5.5; RFC 5652 10.2), alone or in
 * a container.  Internal to signer/sign.
 */
#ifndef SIGNER_SIGN_CADESRAISE_H
#define SIGNER_SIGN_CADESRAISE_H

#include "signer/sign/asicbox.h"
#include "signer/sign/raisestate.h"

/* One .p7s. */
struct sg_p7s {
    struct mh_span der;
    struct mh_arena *arena;
    size_t first;             /* number of its first signer in the report */
    const struct sg_box *box; /* NULL: a file by itself */
    const struct df_zip_entry *content; /* of ASiC-S, else NULL */
};

/* Signers of a .p7s, to count them. */
enum mh_code sg_p7s_signers(
    const struct sg_p7s *p7s, struct mh_err *err, size_t *count) MH_MUST_USE;

/*
 * Appends the imprints of its signers that lack the step to imprint[], which
 * has room for all.
 */
enum mh_code sg_p7s_imprints(const struct sg_p7s *p7s,
    struct sg_raise_state *state, struct mh_err *err,
    struct sg_imprint *imprint, size_t *count) MH_MUST_USE;

/* The .p7s with what the items add; empty where none is of its signers. */
enum mh_code sg_p7s_change(const struct sg_p7s *p7s,
    const struct sg_raise_batch *batch, struct mh_err *err,
    struct mh_span *out) MH_MUST_USE;

#endif
