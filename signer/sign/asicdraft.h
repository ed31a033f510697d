/*
 * Everything of a container or CMS file up to the signature value.  Internal
 * to signer/sign.
 */
#ifndef SIGNER_SIGN_ASICDRAFT_H
#define SIGNER_SIGN_ASICDRAFT_H

#include "signer/sign/asicstate.h"
#include "signer/trust/cert.h"

struct sg_asic_draft {
    const struct sg_sign_spec *spec;
    struct mh_arena *arena;
    struct mh_out *out;
    struct sg_cert *cert;
    struct sg_asic_state state; /* to be completed by what follows */
    struct mh_span tbs;         /* what is signed */
};

/* A new container of the files. */
enum mh_code sg_draft_new(struct sg_asic_draft *d,
    const struct sg_sign_file *file, size_t files,
    struct mh_err *err) MH_MUST_USE;

/* One more signature in the container file[0]; its content decides how. */
enum mh_code sg_draft_add(struct sg_asic_draft *d,
    const struct sg_sign_file *file, size_t files,
    struct mh_err *err) MH_MUST_USE;

/*
 * A detached .p7s over file[0]; with spec->add one more signer in the .p7s
 * file[0] over file[1].
 */
enum mh_code sg_draft_cms(struct sg_asic_draft *d,
    const struct sg_sign_file *file, size_t files,
    struct mh_err *err) MH_MUST_USE;

#endif
