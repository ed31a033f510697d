/* A judgement as an answer: the report in the form that was asked for. */
#ifndef PORTAL_API_REPORT_H
#define PORTAL_API_REPORT_H

#include "base/report/print.h"
#include "portal/api/options.h"

/*
 * Prints the report; a page gets a policy that allows its own style and
 * nothing else.
 */
void pt_report_answer(const struct pt_options *options,
    const struct mh_subject *subject, const struct mh_report *report,
    struct pt_answer *answer);

#endif
