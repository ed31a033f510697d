/* Trust material of the command line, compiled and given to the examiner. */
#ifndef SIGNER_CMD_TRUST_LOAD_H
#define SIGNER_CMD_TRUST_LOAD_H

#include "base/peer/examiner.h"
#include "signer/cmd/input.h"

struct sg_trust_args {
    const char **path; /* files and folders */
    size_t paths;
    const char **signer; /* certificates that sign trusted lists */
    size_t signers;
};

/*
 * Compiles everything in a worker and sets the examiner up with it.  A single
 * compiled snapshot is handed over as it is.  *snapshot, which may be NULL,
 * gets the compiled bytes in the arena.  An unusable file is an error that
 * names it; with no paths nothing happens.
 */
enum mh_code sg_trust_load(struct mh_examiner *ex,
    const struct sg_trust_args *args, struct mh_arena *arena,
    struct mh_err *err, const char **bad_path,
    struct mh_span *snapshot) MH_MUST_USE;

#endif
