/*
 * The two halves of a signature whose key is behind a telephone: documents are
 * prepared for the key, and the value is put in, raised to a level and judged.
 * What papers (paper.h) and jobs of the API have in common.
 */
#ifndef PORTAL_SIGNING_MAKING_H
#define PORTAL_SIGNING_MAKING_H

#include "base/sys/outfile.h"
#include "portal/signing/mobile.h"
#include "portal/store/drafts.h"

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

/*
 * The same of files of the store, which are opened for it, for a person: a key
 * of another FIN is MH_EUNSUP, whose message is the id of a text.
 */
struct pt_making_of {
    const struct pt_draft_file *file;
    size_t files;
    const char *fin;
};
enum mh_code pt_making_begin(struct pt_making *m, const struct pt_making_of *of,
    const struct pt_mobile_key *key, struct mh_arena *arena, struct mh_err *err,
    struct mh_sign_draft *draft) MH_MUST_USE;
/*
 * The signed document, read only, with its SHA-256.  Where no authority
 * answers, it is made without one, at level B: a filing is lost to no outage.
 * fd is the caller's.
 */
struct pt_made {
    int fd;
    uint64_t size; /* bytes */
    char sha256[2 * PT_HASH + 1];
};
enum mh_code pt_making_end(const struct pt_making *m, struct mh_span value,
    const char *id, struct mh_err *err, struct pt_made *out) MH_MUST_USE;

#endif
