/*
 * Reading the records of a log off its files (security.md 10): segments
 * seg/NNNNNNNNNNNN.log, named by the index of their first record, each of
 * HSM_SEGMENT_RECORDS records but the last; a record is a big-endian 16-bit
 * length and its bytes.
 */
#ifndef HSM_AUDIT_SCAN_H
#define HSM_AUDIT_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#define HSM_SEGMENT_RECORDS 65536U
#define HSM_SEGMENT_NAME    32U /* bytes of "seg/NNNNNNNNNNNN.log" and a NUL */
#define HSM_SMALL_FILE_MAX                                                     \
    (64U << 20) /* bytes: checkpoints.log, key, tokens                         \
                 */

void hsm_segment_name(uint64_t first, char out[static HSM_SEGMENT_NAME]);

/* How the records ended. */
struct hsm_scan_end {
    uint64_t count;   /* records that are whole */
    uint64_t segment; /* index of the first record of the last segment */
    uint64_t good;    /* bytes of the last segment that hold whole records */
    uint64_t torn;    /* bytes after them: a record that is not whole */
};

/*
 * Called for each record; the span lives until the call returns.  Another
 * result than MH_OK ends the scan and is passed up.
 */
typedef enum mh_code hsm_scan_fn(
    void *arg, uint64_t index, struct mh_span record, struct mh_err *err);

/*
 * Calls fn for the records below limit in their order.  MH_EFORMAT: damage,
 * err->offset is the index of the record where it shows: a length of zero or
 * past the limit, a segment that is missing, ends early or is too long, a file
 * in seg that is none.  What is left over at the very end is no damage; the
 * caller judges end->torn.  *end is right also then, up to the damage.
 */
enum mh_code hsm_scan(int dir, uint64_t limit, hsm_scan_fn *fn, void *arg,
    struct mh_err *err, struct hsm_scan_end *end) MH_MUST_USE;

/* A whole small file of the log; MH_EIO and err->sys ENOENT: there is none.
   Appends to out. */
enum mh_code hsm_read_file(int dir, const char *name, struct mh_err *err,
    struct mh_buf *out) MH_MUST_USE;

#endif
