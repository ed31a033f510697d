/*
 * Questions about the audit log, asked of mohur-keyd: its records, proofs that
 * they stand in it, and what it is when it is checked.  Answers live in the
 * arena.  MH_EINTERNAL: keyd is gone or did not answer in time.
 */
#ifndef PORTAL_FILING_LOGASK_H
#define PORTAL_FILING_LOGASK_H

#include "base/peer/keyd.h"

struct pt_log_asker {
    struct mh_keyd *keyd;
    struct mh_arena *arena;
    bool heard; /* out: the last answer was keyd's own, be it no */
};

/* Record n with its proof under the latest checkpoint; MH_EFORMAT: there is
   none. */
enum mh_code pt_log_prove(struct pt_log_asker *ask, uint64_t n,
    struct mh_err *err, struct mh_keyd_proved *out) MH_MUST_USE;
/* The same under the first checkpoint that covers it. */
enum mh_code pt_log_prove_first(struct pt_log_asker *ask, uint64_t n,
    struct mh_err *err, struct mh_keyd_proved *out) MH_MUST_USE;
/* Records from number n on, as many as one answer has. */
enum mh_code pt_log_read(struct pt_log_asker *ask, uint64_t n,
    struct mh_err *err, struct mh_keyd_records *out) MH_MUST_USE;
/* The next record of what was read, off the front of *rest; false: no more. */
bool pt_log_next(struct mh_span *rest, struct mh_span *record);
/* whole: everything is read again, which takes its time. */
enum mh_code pt_log_check(struct pt_log_asker *ask, bool whole,
    struct mh_err *err, struct mh_keyd_checked *out) MH_MUST_USE;

#endif
