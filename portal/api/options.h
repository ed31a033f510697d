/*
 * What a request to judge asks for: lang, policy, time, offline, report; in
 * the query or in the form, not in both; strict.  Also as a job keeps it.
 */
#ifndef PORTAL_API_OPTIONS_H
#define PORTAL_API_OPTIONS_H

#include "base/wire/codes.h"
#include "base/wire/job.h"
#include "portal/http/request.h"

enum pt_form_of_report {
    PT_REPORT_JSON,
    PT_REPORT_TEXT,
    PT_REPORT_ETSI,
    PT_REPORT_HTML,
    PT_REPORTS,
};
const char *pt_report_type(enum pt_form_of_report form); /* media type */

struct pt_options {
    enum pt_form_of_report report;
    enum mh_lang lang;
    bool lang_given; /* else az in html and en in text (cli.md) */
    bool strict;     /* the policy */
    bool offline;
    int64_t time; /* MH_TIME_NONE: when it is judged */
};

/*
 * MH_EFORMAT: a value that is none, or one given twice.  MH_EUNSUP: the
 * client accepts none of what a report can be.
 */
enum mh_code pt_options_read(const struct pt_request *rq, bool strict,
    struct mh_err *err, struct pt_options *out) MH_MUST_USE;

/* Options as a job's payload, and back. */
void pt_options_pack(const struct pt_options *o, struct mh_buf *out);
enum mh_code pt_options_unpack(
    struct mh_span in, struct mh_err *err, struct pt_options *out) MH_MUST_USE;

/*
 * Which of some media types a client likes best (RFC 9110 12.5.1); -1: none.
 * An empty accept likes the first.
 */
int pt_accept(struct mh_span accept, const char *const *type, size_t types);

extern const char *const pt_options_names[]; /* NULL-ended */

#endif
