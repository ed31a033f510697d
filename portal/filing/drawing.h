/*
 * The draw of judges (portal/store/draws.h) in step with the audit log: the
 * record that names the list gets its checkpoint, and the judge follows of it.
 */
#ifndef PORTAL_FILING_DRAWING_H
#define PORTAL_FILING_DRAWING_H

#include "portal/filing/logask.h"
#include "portal/store/draws.h"

/* The checkpoint at the end of a tlog-proof, and the root that it names.
   MH_EFORMAT: it has none. */
enum mh_code pt_drawing_root(struct mh_span proof, struct mh_err *err,
    struct mh_span *note, uint8_t root[static PT_HASH]) MH_MUST_USE;

/* One draw that is due, if there is one; *some: there was. */
enum mh_code pt_drawing_once(struct pt_store *store, struct pt_log_asker *ask,
    int64_t now, struct mh_err *err, bool *some) MH_MUST_USE;

#endif
