/* My cases: search, pages, and the list as a table for spreadsheets
 * (portal.md 3.3). */
#ifndef PORTAL_PAGES_CASES_H
#define PORTAL_PAGES_CASES_H

#include "portal/api/app.h"

enum {
    PT_CSV_ROWS_MAX = 10000, /* cases of one table */
};

extern const char *const pt_web_cases_query[]; /* NULL-ended */

void pt_web_cases(void *ctx, struct pt_request *rq, struct pt_answer *answer);
/*
 * A form that was sent, with "party": the name that is searched for, and the
 * fields of the address.  Leads to the list, whose address has an id in place
 * of the name (portal.md 3.3).
 */
void pt_web_cases_name(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_cases_csv(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

/*
 * A field of CSV (RFC 4180), in quotes; one that a spreadsheet would take for
 * a formula begins with an apostrophe.
 */
void pt_csv_field(struct mh_buf *out, const char *text);

#endif
