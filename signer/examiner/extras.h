/*
 * What only some of the examiner's programs have: libraries that the others
 * need not carry are reached through here.
 */
#ifndef SIGNER_EXAMINER_EXTRAS_H
#define SIGNER_EXAMINER_EXTRAS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/sys/chan.h"
#include "base/wire/job.h"
#include "signer/trust/key.h"
#include "signer/verify/second.h"

/* One step on the way to a signed document. */
struct sg_sign_work {
    const struct mh_job *job;
    const struct mh_map *input; /* the request, then the documents */
    int out_fd;                 /* the file that is written */
    struct mh_arena *arena;
    struct sg_facts *facts;
};

struct sg_extras {
    const struct sg_second_reader *second; /* NULL: judges no PDF */
    /* NULL: signs nothing.  The packed result goes into out. */
    enum mh_code (*sign)(const struct sg_sign_work *work, struct mh_err *err,
        struct mh_buf *out);
};

#endif
