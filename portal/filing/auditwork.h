/*
 * What an auditor asks for and the service does by itself (portal.md 6): the
 * log is checked, documents are verified again, a case is made an evidence
 * package (package.h).  Every one of them is a record when it is asked for and
 * when it has ended; what leaves as a package is a record with its digest.
 */
#ifndef PORTAL_FILING_AUDITWORK_H
#define PORTAL_FILING_AUDITWORK_H

#include "portal/api/app.h"
#include "portal/store/auditjobs.h"

const char *pt_audit_kind_name(enum pt_audit_kind kind); /* "verify" */

/* A job of that kind and scope of job->account; sent twice it is one. */
enum mh_code pt_audit_begin(struct pt_app *app, struct pt_audit_job *job,
    const struct pt_sent *sent, struct mh_err *err,
    enum pt_sent_was *was) MH_MUST_USE;

/* A step of a job that is due; false: none is, or it did not work. */
bool pt_audit_due(struct pt_app *app, int64_t now);

/* That somebody looked: an event, what at, and "key=value" in lines. */
struct pt_audit_look {
    int64_t account;
    const char *ev, *obj, *data;
};
enum mh_code pt_audit_looked(struct pt_app *app,
    const struct pt_audit_look *look, struct mh_err *err) MH_MUST_USE;

#endif
