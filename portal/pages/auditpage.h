/*
 * The auditor's pages (portal.md 6): the state of the log, records that
 * are searched, documents that are verified again.  Every look is a record
 * of the log itself.
 */
#ifndef PORTAL_PAGES_AUDITPAGE_H
#define PORTAL_PAGES_AUDITPAGE_H

#include "portal/pages/session.h"
#include "portal/pages/val.h"
#include "portal/store/auditjobs.h"

extern const char *const pt_web_audit_log_query[];

/* An auditor; else answer says, and nobody else learns that there is such a
   page. */
bool pt_auditor(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, struct pt_who *who);
/* That who looked goes to the log before what is shown; data: "key=value" in
   lines.  false: it could not, and answer says so. */
bool pt_audit_look_kept(struct pt_app *app, struct pt_answer *answer,
    const struct pt_who *who, const char *ev, const char *obj,
    const char *data);
/* The same of a search in obj, by what the address or the form says. */
bool pt_audit_search_kept(struct pt_app *app, const struct pt_request *rq,
    struct pt_answer *answer, const struct pt_who *who, const char *obj);

/* The job of the path; false: answer says that there is none. */
bool pt_audit_job_find(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, struct pt_audit_job *j);

void pt_web_audit(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_audit_note(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_audit_index(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_audit_begin(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_audit_job(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_audit_csv(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* Packages that were made (auditpackage.c): the volumes of a job as the page
   shows them; false: answer says that they cannot be read.  Each is given as
   it was sealed. */
bool pt_audit_volumes_set(struct pt_app *app, struct pt_map *m,
    const struct pt_audit_job *j, struct pt_answer *answer);
extern const char *const pt_web_audit_volume_query[];
void pt_web_audit_volume(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* Documents, and the warrants under which they are opened (auditdoc.c). */
/* The report of a job of one document, which is a look at it (auditdoc.c). */
bool pt_audit_report_set(struct pt_app *app, struct pt_page *page,
    const struct pt_audit_job *j, const struct pt_who *who,
    const struct pt_request *rq, struct pt_answer *answer);
extern const char *const pt_web_audit_documents_query[];
void pt_web_audit_documents(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_audit_filer(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_audit_warrant(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_audit_warrant_give(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* Records (auditlog.c). */
/* "logs" of a page: the logs of a store that nodes share, with "code", "here"
   and "chosen"; of one that they do not there are none. */
enum mh_code pt_audit_logs_set(struct pt_app *app, struct pt_map *m,
    int64_t chosen, struct mh_err *err) MH_MUST_USE;
void pt_web_audit_log(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_audit_person(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_audit_record(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_audit_record_bytes(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_audit_record_proof(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* The account of that user name or FIN. */
enum mh_code pt_audit_account(struct pt_app *app, const char *name,
    struct mh_err *err, struct pt_account *out,
    enum pt_found *found) MH_MUST_USE;

#endif
