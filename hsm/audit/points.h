/* Every checkpoint of a log's folder, with what is found out about it. */
#ifndef HSM_AUDIT_POINTS_H
#define HSM_AUDIT_POINTS_H

#include <stdbool.h>

#include "base/err.h"
#include "hsm/audit/note.h"

struct hsm_point {
    uint64_t size;
    struct hsm_hash root;
    struct hsm_hash note; /* SHA-256 of the whole note: what is timestamped */
    bool good;            /* its signature */
    bool met;             /* the records give its root */
};

struct hsm_points {
    struct hsm_point *point; /* in the order they were signed */
    size_t count;
    struct hsm_checkpoint last; /* borrows from text */
    struct mh_buf text;         /* of checkpoints.log and checkpoint */
    char why[160]; /* the first thing wrong with one of them; "": nothing */
};

/*
 * Reads checkpoints.log and checkpoint and verifies their signatures.  What is
 * wrong with a checkpoint is told in why; an error means that they could not
 * be read.  Freed with hsm_points_fini in any case.
 */
enum mh_code hsm_points_read(int dir, const struct hsm_note_keys *keys,
    struct mh_err *err, struct hsm_points *out) MH_MUST_USE;
void hsm_points_fini(struct hsm_points *points);

/*
 * The first checkpoint in checkpoints.log that covers record index, at the end
 * of note; its signature is not looked at.  Read from the end of the file.
 * MH_EFORMAT: none covers it, or the file is not one of checkpoints; MH_ENOMEM:
 * it stands more than HSM_SMALL_FILE_MAX (scan.h) before the end.
 */
enum mh_code hsm_points_first(int dir, uint64_t index, struct mh_err *err,
    struct mh_buf *note) MH_MUST_USE;

/* Keys of log.pub. */
enum mh_code hsm_points_keys(
    int dir, struct mh_err *err, struct hsm_note_keys **out) MH_MUST_USE;

#endif
