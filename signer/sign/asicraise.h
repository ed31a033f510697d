/* Containers and CMS files raised; the functions of family.h. */
#ifndef SIGNER_SIGN_ASICRAISE_H
#define SIGNER_SIGN_ASICRAISE_H

#include "signer/sign/sign.h"

enum mh_code sg_asic_imprints(enum sg_raise step, enum mh_digest_alg alg,
    const struct sg_sign_file *document, int64_t time, size_t room,
    struct mh_arena *arena, struct mh_out *out, struct mh_err *err,
    struct sg_imprint **imprint, size_t *count) MH_MUST_USE;

enum mh_code sg_asic_apply(enum sg_raise step,
    const struct sg_sign_file *document, const struct sg_raise_item *item,
    size_t items, int64_t time, struct mh_arena *arena, struct mh_out *out,
    struct mh_err *err) MH_MUST_USE;

#endif
