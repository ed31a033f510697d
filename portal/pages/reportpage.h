/* A report as a page shows it (html/report.html): one item of "documents". */
#ifndef PORTAL_PAGES_REPORTPAGE_H
#define PORTAL_PAGES_REPORTPAGE_H

#include "base/report/print.h"
#include "portal/pages/val.h"

/* "01.06.2022 16:00:00 (UTC+4)", Baku's time; "" for MH_TIME_NONE. */
void pt_baku_time(int64_t t, char out[static 40]);

/* Adds a document to the list "documents" of m, and gives it back.  Strings
   are copied. */
struct pt_map *pt_report_page(struct pt_map *m,
    const struct mh_subject *subject, const struct mh_report *report,
    enum mh_lang lang);

#endif
