/*
 * Records of a log by their number, while it is being written: for readers that
 * follow it from where they were (portal.md 8.2, the index for search).
 */
#ifndef HSM_AUDIT_READ_H
#define HSM_AUDIT_READ_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Where a reader was: the next read from there need not look for it.  All zero
   is the beginning. */
struct hsm_reader {
    uint64_t n;      /* a record */
    uint64_t offset; /* bytes before it in its segment */
};

struct hsm_read {
    uint64_t n;    /* the first record that is wanted */
    uint64_t size; /* records that are committed */
    size_t max;    /* bytes */
};
/*
 * Appends records from want->n on to out, each a big-endian 16-bit length and
 * its bytes as in a segment: those below want->size as far
 * as they fit into want->max bytes, none where n is not below size.
 * MH_EFORMAT: damage, err->offset is the record; MH_EIO.
 */
enum mh_code hsm_records_read(int dir, struct hsm_reader *at,
    const struct hsm_read *want, struct mh_err *err,
    struct mh_buf *out) MH_MUST_USE;

/*
 * Record n, found by its place in its segment: records are of different
 * lengths, each tells its number, and halves are thrown away until it is near.
 * Appends it, without its length; *bytes grows by what was read.  The caller
 * holds the record against the tree.  MH_EFORMAT: there is no such record, or
 * damage.
 */
enum mh_code hsm_record_at(int dir, uint64_t n, struct mh_err *err,
    struct mh_buf *out, uint64_t *bytes) MH_MUST_USE;

#endif
