/*
 * The one writer of the audit log: a thread, or for a moment a caller whose job
 * is the only one.  What several threads ask for while one is flushed is
 * written together and flushed once, so a record waits for two flushes at most
 * (security.md 10, group commit).
 *
 * A full disk fails what was asked for and leaves the log whole; the next
 * request tries again.  After a failed flush the log is opened again first.
 */
#ifndef HSM_KEYD_WRITER_H
#define HSM_KEYD_WRITER_H

#include "hsm/audit/log.h"

struct hsm_writer;

struct hsm_writer_options {
    const char *dir;            /* of the log; borrowed */
    struct hsm_log_options log; /* borrowed; its signer runs in the thread */
    uint32_t checkpoint_s; /* between checkpoints of a log that grew; 0: none */
};

/* What is asked for; the caller's until done was called. */
struct hsm_writer_job {
    const struct hsm_record *record; /* n and time are ignored */
    size_t records;                  /* written together; may be 0 */
    bool checkpoint;                 /* and one over them, at once */
    /* Called by the writer's thread, must not block; NULL: hsm_writer_run. */
    void (*done)(struct hsm_writer_job *job);
    void *arg;

    enum mh_code code; /* MH_OK: all of it is on the disk */
    struct mh_err err;
    uint64_t n, last; /* of the first and the last record */
    bool over;        /* private */
    struct hsm_writer_job *next;
};

/* Opens the log (hsm_log_open) and starts the thread. */
enum mh_code hsm_writer_new(const struct hsm_writer_options *options,
    struct mh_err *err, struct hsm_writer **out) MH_MUST_USE;
/* Writes what was asked for, a last checkpoint if the log grew, and ends. */
void hsm_writer_free(struct hsm_writer *w); /* NULL is fine */

void hsm_writer_submit(struct hsm_writer *w, struct hsm_writer_job *job);
/* Submits and waits, or writes in the caller's thread where nobody else does;
   returns job->code. */
enum mh_code hsm_writer_run(struct hsm_writer *w, struct hsm_writer_job *job,
    struct mh_err *err) MH_MUST_USE;

struct hsm_writer_state {
    uint64_t size;    /* records on the disk */
    uint64_t signed_; /* of the last checkpoint made by this process */
    uint64_t flushes; /* batches */
    bool ok;          /* the last batch was written */
};
struct hsm_writer_state hsm_writer_state(struct hsm_writer *w);

#endif
