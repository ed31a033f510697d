/*
 * One job in a process of its own: map, lock down, judge, answer, end.
 */
#ifndef SIGNER_EXAMINER_WORKER_H
#define SIGNER_EXAMINER_WORKER_H

#include "base/sys/chan.h"
#include "base/wire/job.h"
#include "signer/examiner/extras.h"
#include "signer/trust/key.h"
#include "signer/trust/store.h"

/*
 * Runs the job whose descriptors came in packet (reply, output, inputs) and
 * ends the process.  trust may be NULL: nothing is trusted then.  facts are
 * those known before the fork, extras what this program has.
 */
_Noreturn void sg_worker_run(const struct mh_job *job, struct mh_packet *packet,
    struct sg_trust *trust, struct sg_facts *facts,
    const struct sg_extras *extras);

#endif
