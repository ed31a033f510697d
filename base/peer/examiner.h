/*
 * The caller's side of the examiner: starts its programs or is given channels
 * to them, hands over documents, takes back results and believes nothing
 * unchecked.
 *
 * One examiner serves many jobs side by side, each in a process of its own.
 */
#ifndef BASE_PEER_EXAMINER_H
#define BASE_PEER_EXAMINER_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/wire/job.h"
#include "base/wire/report.h"

struct mh_examiner;

/* The programs: one that has all formats but PDF, one that has PDF, and one
   that writes. */
enum mh_examiner_part {
    MH_EXAMINER_PLAIN,
    MH_EXAMINER_PDF,
    MH_EXAMINER_SIGN,
    MH_EXAMINER_PARTS,
};
const char *mh_examiner_program(enum mh_examiner_part part); /* its name */

/* A job on its way; every field is private but reply_fd, for poll(2). */
struct mh_ticket {
    uint64_t id;
    int reply_fd; /* readable when the answer, or the worker's death, is here */
    int output_fd;
};

/*
 * Starts mohur-examiner, which stands beside the running program, or, where
 * first may be a PDF, mohur-examiner-pdf; the other starts with the first job
 * that needs it.  first: path of a document that is going to be examined;
 * NULL: none is known yet.  side: documents examined side by side; jobs past
 * it may be submitted and wait.  stays: it is going to be asked so often that
 * milliseconds of preparation pay.  MH_EIO if it cannot be started.
 */
enum mh_code mh_examiner_start(const char *first, size_t side, bool stays,
    struct mh_err *err, struct mh_examiner **out) MH_MUST_USE;
/*
 * One whose programs are started by somebody else (mohur serve): it has none
 * until mh_examiner_attach.
 */
enum mh_code mh_examiner_idle(
    struct mh_err *err, struct mh_examiner **out) MH_MUST_USE;
/*
 * The channel to a part, in place of an earlier one; chan is taken over, and
 * the snapshot of mh_examiner_setup goes to the part.  Jobs that the earlier
 * part had end as those of a dead worker.
 */
enum mh_code mh_examiner_attach(struct mh_examiner *ex,
    enum mh_examiner_part part, int chan, struct mh_err *err) MH_MUST_USE;

/* Ends what was started here and waits for it. */
void mh_examiner_free(struct mh_examiner *ex);

/* Gives it a compiled snapshot (a sealed memfd or file; borrowed). */
enum mh_code mh_examiner_setup(
    struct mh_examiner *ex, int snapshot_fd, struct mh_err *err) MH_MUST_USE;

/*
 * Submits a job; fd[] are its inputs in the order of job->input, borrowed, and
 * where mh_job_writes the file that is written behind them.
 * job->id is set here.
 */
enum mh_code mh_examiner_submit(struct mh_examiner *ex, struct mh_job *job,
    const int *fd, struct mh_err *err, struct mh_ticket *out) MH_MUST_USE;

/*
 * Waits for the answer and ends the ticket.  The result's bytes are copied
 * into the arena.  A worker that died, or answered nonsense, is MH_EINTERNAL
 * with "examiner: ..."; what the worker itself could not do is its own code.
 */
enum mh_code mh_examiner_wait(struct mh_ticket *ticket, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *result) MH_MUST_USE;

/* Ends a ticket without waiting; the worker runs into a closed channel. */
void mh_ticket_drop(struct mh_ticket *ticket);

#endif
