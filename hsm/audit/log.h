/*
 * Writing the audit log (security.md 10).  One process writes; nothing counts
 * as written before hsm_log_commit has returned MH_OK.
 *
 *     hsm_log_create once; hsm_log_open -> hsm_log_append ... hsm_log_commit
 *         -> hsm_log_checkpoint -> hsm_log_close
 *
 * Files of the folder:
 *   seg/          the records (scan.h)
 *   tile/         hashes for readers; made again where they are missing
 *   checkpoint    the latest, checkpoints.log all, each with an empty line
 *   signed        "SIZE ROOT": what a signature was last asked for, written
 *                 before it is; no checkpoint may contradict it
 *   tst/SIZE.tsr  timestamps over checkpoints (of the caller)
 *   log.pub       the public key (note.h)
 */
#ifndef HSM_AUDIT_LOG_H
#define HSM_AUDIT_LOG_H

#include "base/buf.h"
#include "hsm/audit/note.h"
#include "hsm/audit/record.h"

struct hsm_log;

struct hsm_log_options {
    int64_t (*clock)(void *arg); /* microseconds since 1970, UTC */
    void *arg;
    /* Both NULL where no checkpoint is made; each one is verified with keys
       before it is published. */
    const struct hsm_note_signer *signer;
    const struct hsm_note_keys *keys;
    /* Called for each record that is there when the log is opened, or opened
       again; NULL: nobody wants them. */
    void (*seen)(void *arg, const struct hsm_record *record);
    void *seen_arg;
};

/* An empty log in a folder that has none; pub: the text of log.pub. */
enum mh_code hsm_log_create(
    const char *dir, struct mh_span pub, struct mh_err *err) MH_MUST_USE;

/*
 * Reads the whole log.  A last record that is not whole was never acknowledged:
 * it is cut, and log.repair says so; each key.use that was under way gets its
 * key.orphan.  Tiles that are missing are made.  Any other damage, a log that
 * is shorter than what was signed or contradicts it, or another writer:
 * MH_EFORMAT (err->offset: the record) or MH_EIO, and the files are as before.
 */
enum mh_code hsm_log_open(const char *dir,
    const struct hsm_log_options *options, struct mh_err *err,
    struct hsm_log **out) MH_MUST_USE;
/* What was not committed is forgotten. */
void hsm_log_close(struct hsm_log *log);

uint64_t hsm_log_size(const struct hsm_log *log); /* records committed */

/*
 * Adds a record; its n and time are set here and n is given back.  MH_EFORMAT:
 * it breaks a rule (record.h, pairs.h); MH_EIO: the log cannot be written.
 */
enum mh_code hsm_log_append(struct hsm_log *log, const struct hsm_record *r,
    struct mh_err *err, uint64_t *n) MH_MUST_USE;

/*
 * Writes and flushes what was appended.  MH_EIO: none of it is in the log, and
 * all of it is forgotten; after a full disk the next append may succeed, after
 * a failed flush none does until the log is opened again.
 */
enum mh_code hsm_log_commit(
    struct hsm_log *log, struct mh_err *err) MH_MUST_USE;

/*
 * Commits, then signs a checkpoint of all records and publishes it; note, which
 * may be NULL, gets its text.  Before it is signed the tree is shown to be the
 * one last signed with the records since.
 */
enum mh_code hsm_log_checkpoint(
    struct hsm_log *log, struct mh_err *err, struct mh_buf *note) MH_MUST_USE;

#endif
