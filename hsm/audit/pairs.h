/*
 * Every key.use has one key.done or key.orphan after it, and each of those a
 * key.use before it: d.use is its index.  At a start none is left open.
 */
#ifndef HSM_AUDIT_PAIRS_H
#define HSM_AUDIT_PAIRS_H

#include "hsm/audit/record.h"

#define HSM_PAIRS_MAX 4096U /* uses that are under way at once */

struct hsm_pairs {
    uint64_t use[HSM_PAIRS_MAX]; /* indexes, ascending */
    size_t count;
};

/* Takes the next record of the log.  MH_EFORMAT: it does not fit. */
enum mh_code hsm_pairs_take(struct hsm_pairs *pairs,
    const struct hsm_record *record, struct mh_err *err) MH_MUST_USE;

#endif
