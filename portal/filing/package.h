/*
 * Evidence packages: all that the appliance has about a case, sealed for
 * somebody outside who verifies it without the appliance (mohur verify).  What
 * a package is, signer/verify/package.h says.  It holds each document as it was
 * filed, the report of its judgement, its receipts and its long-term copy, and
 * the records of the log that are the case's with their proofs.
 *
 * A volume has at most MH_SEAL_FILES_MAX files; what is more goes into others,
 * which are sealed first and named by the first one.  Volumes are staged until
 * all are there: nothing half made can be had.
 */
#ifndef PORTAL_FILING_PACKAGE_H
#define PORTAL_FILING_PACKAGE_H

#include "portal/api/app.h"
#include "portal/store/auditjobs.h"

/* What came of it. */
struct pt_package {
    struct pt_staged staged[PT_AUDIT_VOLUMES];
    size_t volumes;
    int64_t files, records; /* of all volumes; of the case */
    uint64_t log_size;      /* records of the log when it was made */
};

/*
 * Makes the package of job->scope, "case:ID"; job->done counts documents as
 * they are taken.  MH_EFORMAT: a document's bytes are gone or altered;
 * MH_ELIMIT: the case is larger than a package can be; anything else may be
 * tried again.  Where it fails nothing stays staged.
 */
enum mh_code pt_package_make(struct pt_app *app, struct pt_audit_job *job,
    struct mh_err *err, struct pt_package *out) MH_MUST_USE;
/* What was staged and is not kept. */
void pt_package_forget(struct pt_app *app, struct pt_package *package);

#endif
