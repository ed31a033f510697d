/* Reports as files to keep, of the public page and of filed documents. */
#ifndef PORTAL_PAGES_REPORTFILE_H
#define PORTAL_PAGES_REPORTFILE_H

#include "base/report/print.h"
#include "portal/api/app.h"
#include "portal/http/request.h"

/* "json", "text", "etsi", "html", "pdf". */
bool pt_report_form_good(const char *form);

/*
 * The report in a form that is good, in the reader's language, to be saved.  A
 * PDF is made by a worker; where it cannot be, answer says why.
 */
void pt_report_file(struct pt_app *app, struct pt_request *rq, const char *form,
    const struct mh_subject *subject, const struct mh_report *report,
    struct pt_answer *answer);

#endif
