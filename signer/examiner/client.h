/*
 * The caller's side of the examiner: starts the program, hands it documents,
 * takes back results and believes nothing unchecked.
 *
 * One examiner serves many jobs side by side, each in a process of its own.
 */
#ifndef SIGNER_EXAMINER_CLIENT_H
#define SIGNER_EXAMINER_CLIENT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/wire/job.h"
#include "base/wire/report.h"

struct sg_examiner;

/* A job on its way; every field is private but reply_fd, for poll(2). */
struct sg_ticket {
    uint64_t id;
    int reply_fd; /* readable when the answer, or the worker's death, is here */
    int output_fd;
};

/*
 * Starts mohur-examiner, which stands beside the running program, or, where
 * first may be a PDF, mohur-examiner-pdf; the other starts with the first job
 * that needs it.  first: path of a document that is going to be examined;
 * NULL: none is known yet.  side: documents examined side by side; jobs past
 * it may be submitted and wait.  MH_EIO if it cannot be started.
 */
enum mh_code sg_examiner_start(const char *first, size_t side,
    struct mh_err *err, struct sg_examiner **out) MH_MUST_USE;
/* Ends them and waits for them. */
void sg_examiner_free(struct sg_examiner *ex);

/* Gives it a compiled snapshot (a sealed memfd or file; borrowed). */
enum mh_code sg_examiner_setup(
    struct sg_examiner *ex, int snapshot_fd, struct mh_err *err) MH_MUST_USE;

/*
 * Submits a job; fd[] are its inputs in the order of job->input, borrowed, and
 * for MH_JOB_SIGN the file that is written behind them.
 * job->id is set here.
 */
enum mh_code sg_examiner_submit(struct sg_examiner *ex, struct mh_job *job,
    const int *fd, struct mh_err *err, struct sg_ticket *out) MH_MUST_USE;

/*
 * Waits for the answer and ends the ticket.  The result's bytes are copied
 * into the arena.  A worker that died, or answered nonsense, is MH_EINTERNAL
 * with "examiner: ..."; what the worker itself could not do is its own code.
 */
enum mh_code sg_examiner_wait(struct sg_ticket *ticket, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *result) MH_MUST_USE;

/* Ends a ticket without waiting; the worker runs into a closed channel. */
void sg_ticket_drop(struct sg_ticket *ticket);

#endif
