/* The rows of cases, for the store's own files. */
#ifndef PORTAL_STORE_CASELIST_H
#define PORTAL_STORE_CASELIST_H

#include "portal/store/cases.h"
#include "portal/store/db.h"

/* Of court_case c; what follows them is the role of who asks. */
#define PT_CASE_COLUMNS                                                        \
    "c.id, c.number, c.filed, c.type, c.proceeding, k.name,"                   \
    " coalesce(j.surname || ' ' || j.name, ''), c.status"
#define PT_CASE_JUDGE " LEFT JOIN account j ON j.id = c.judge"
#define PT_CASE_JOINS " JOIN court k ON k.id = c.court" PT_CASE_JUDGE

void pt_case_read(struct pt_cursor *stmt, struct pt_case *out);

#endif
