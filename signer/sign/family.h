/*
 * The families of formats behind sign.h: containers and CMS files, and PDF.
 * Internal to signer/sign.
 */
#ifndef SIGNER_SIGN_FAMILY_H
#define SIGNER_SIGN_FAMILY_H

#include "signer/sign/sign.h"

/* The first byte of every state: which family goes on with it. */
enum sg_family_id {
    SG_FAMILY_ASIC = 1, /* ASiC with XAdES or CAdES, and detached CMS */
    SG_FAMILY_PDF,
};

/* As the functions of sign.h. */
struct sg_family {
    enum mh_code (*prepare)(const struct sg_sign_spec *spec,
        const struct sg_sign_file *file, size_t files, struct mh_arena *arena,
        struct mh_out *out, struct mh_err *err, struct sg_draft *draft);
    enum mh_code (*stamp_input)(struct mh_span state, struct mh_span value,
        struct mh_arena *arena, struct mh_err *err, struct mh_span *out);
    enum mh_code (*finish)(struct mh_span state, struct mh_span value,
        const struct sg_sign_extra *extra, struct mh_arena *arena,
        struct mh_out *out, struct mh_err *err);
    enum mh_code (*imprints)(enum sg_raise step, enum mh_digest_alg alg,
        const struct sg_sign_file *document, int64_t time, size_t room,
        struct mh_arena *arena, struct mh_out *out, struct mh_err *err,
        struct sg_imprint **imprint, size_t *count);
    enum mh_code (*apply)(enum sg_raise step,
        const struct sg_sign_file *document, const struct sg_raise_item *item,
        size_t items, int64_t time, struct mh_arena *arena, struct mh_out *out,
        struct mh_err *err);
};

extern const struct sg_family sg_family_asic;
extern const struct sg_family sg_family_pdf;

#endif
