/*
 * The steps of a signature inside a worker (MH_JOB_SIGN): documents are read,
 * and the file is written, where nothing else can be reached.
 */
#ifndef SIGNER_EXAMINER_SIGNJOB_H
#define SIGNER_EXAMINER_SIGNJOB_H

#include "signer/examiner/extras.h"

/* As sg_extras has it. */
enum mh_code sg_sign_job(const struct sg_sign_work *work, struct mh_err *err,
    struct mh_buf *out) MH_MUST_USE;

#endif
