/*
 * What a hearing's row has of its case, for statements that write one; what
 * changes later is changed there as well (migratehearing.c).
 */
#ifndef PORTAL_STORE_HEARINGROW_H
#define PORTAL_STORE_HEARINGROW_H

#define PT_HEARING_CASE "court, number, restricted"
/* Their values, where ?2 is the case. */
#define PT_HEARING_CASE_OF_2                                                   \
    "(SELECT court FROM court_case WHERE id = ?2),"                            \
    " (SELECT number FROM court_case WHERE id = ?2),"                          \
    " (SELECT restricted FROM court_case WHERE id = ?2)"

#endif
