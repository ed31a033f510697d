/* The index of the audit log follows the log (portal/store/auditlog.h). */
#ifndef PORTAL_FILING_FOLLOW_H
#define PORTAL_FILING_FOLLOW_H

#include "base/span.h"
#include "portal/filing/logask.h"
#include "portal/store/auditlog.h"

/*
 * What the index keeps of a record; MH_EFORMAT: it is none.  Texts that are
 * longer than a row has room for are no record's (base/wire/keyd.h).
 */
enum mh_code pt_follow_row(struct mh_span record, struct mh_err *err,
    struct pt_audit_row *out) MH_MUST_USE;

/*
 * Indexes records that are not indexed yet, as many as one answer has; *some:
 * there were.  An index that knows more than the log is forgotten: the log is
 * another one, as after a backup came back.
 */
enum mh_code pt_follow_once(struct pt_store *store, struct pt_log_asker *ask,
    struct mh_err *err, bool *some) MH_MUST_USE;

#endif
