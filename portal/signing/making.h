/*
 * The two halves of a signature whose key is behind a telephone: documents are
 * prepared for the key, and the value is put in, raised to a level and judged.
 * What papers (paper.h) and jobs of the API have in common.
 */
#ifndef PORTAL_SIGNING_MAKING_H
#define PORTAL_SIGNING_MAKING_H

#include "base/sys/outfile.h"
#include "portal/signing/mobile.h"

struct pt_making {
    struct pt_app *app;
    unsigned as; /* enum sg_as (signer/sign/sign.h) */
    enum mh_sig_level level;
    int64_t begun;              /* seconds UTC; set by pt_making_prepare */
    struct mh_outfile prepared; /* {-1, -1} before it; the caller drops it */
    struct mh_span state;       /* in the arena */
};

/* What the key shall sign: alg, and digest in the arena. */
struct pt_making_files {
    const struct pt_judge_file *file;
    size_t files;
};
enum mh_code pt_making_prepare(struct pt_making *m,
    const struct pt_making_files *files, const struct pt_mobile_key *key,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_sign_draft *draft) MH_MUST_USE;

/*
 * The document with the value in it, at a level, in a work file that the
 * caller drops; what was prepared stays as it is, so that it can be done
 * again.  fault: whose trouble a failure is.
 */
enum mh_code pt_making_finish(const struct pt_making *m, struct mh_span value,
    enum mh_sig_level level, enum mh_flow_fault *fault, struct mh_err *err,
    struct mh_outfile *out) MH_MUST_USE;

#endif
