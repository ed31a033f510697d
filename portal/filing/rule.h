/*
 * What a verdict does to a filing (portal.md 3.4a).  A filing is never lost to
 * an outage, ours or another's: it is received, and judged later.  It is
 * refused only for what the document itself says.
 */
#ifndef PORTAL_FILING_RULE_H
#define PORTAL_FILING_RULE_H

#include "base/wire/report.h"

enum pt_ruling {
    PT_RULED_ACCEPT,
    PT_RULED_WAIT, /* received; judged again, later */
    PT_RULED_DESK, /* received; the clerk decides */
    PT_RULED_REFUSE,
};

struct pt_rule {
    enum pt_ruling what;
    const char *why;  /* an id of a text for people; "" where it is accepted */
    const char *code; /* of a finding, or a rule of filing; "" likewise */
};

/*
 * name: of the file, as its sender calls it; fin: the filer's, "" where the
 * account has none.  One of the signatures must be the filer's own, over the
 * whole document.
 */
struct pt_rule pt_filing_rule(
    const struct mh_report *report, const char *name, const char *fin);

/* Whether the ending of a file's name is that of its kind. */
bool pt_filing_name_fits(enum mh_format format, const char *name);

/* How many pages a PDF has, 1 of a JPG; of a container, how many files are
   inside; 0: they were not counted. */
uint32_t pt_filing_pages(const struct mh_report *report);

/* Why a document that was received waits: an id of a text. */
const char *pt_filing_why(const struct mh_report *report);

/* The signature that is the filer's own; NULL: there is none. */
const struct mh_report_sig *pt_filing_own(
    const struct mh_report *report, const char *fin);

#endif
