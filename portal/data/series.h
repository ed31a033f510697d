/*
 * Series of case numbers (domain.md 5.1), as data: which types of cases a
 * court numbers, what is known of each, and how a number of a series is
 * written and read.
 *
 *   no = ["e-"] type "(" court ")" "-" serial "/" year
 *
 * A series is one court's, one type's and one year's; its serials begin with 1
 * and have at most six digits.  "e-" marks a case that was opened
 * electronically; it counts in the same series.
 */
#ifndef PORTAL_DATA_SERIES_H
#define PORTAL_DATA_SERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "portal/store/cases.h"

enum {
    PT_SERIAL_MAX = 999999,
};

enum pt_certainty {
    PT_SEEN,       /* in a public source */
    PT_INFERRED,   /* from what was seen */
    PT_UNVERIFIED, /* to be confirmed by the court before it is relied on */
};

struct pt_series {
    const char *type;
    bool proceeding; /* a kind of proceeding is named with it */
    enum pt_certainty certainty;
    const char *source;
};

/* The n-th row; NULL: no more. */
const struct pt_series *pt_series_of(size_t n);
/* That of a type; NULL: none. */
const struct pt_series *pt_series_find(const char *type);
const char *pt_certainty_name(enum pt_certainty certainty); /* "seen" */

/* The year of the series that is open at a time: the calendar's in Baku. */
int pt_series_year(int64_t t);

struct pt_case_number {
    char type[PT_CASE_CODE_MAX + 1], court[PT_COURT_CODE_MAX + 1];
    uint32_t serial; /* 1 to PT_SERIAL_MAX */
    int year;        /* of four digits */
};
/*
 * As this house writes it, opened on paper.  false: longer than
 * PT_NUMBER_MAX, or a serial that no series has.
 */
bool pt_number_write(
    const struct pt_case_number *in, char out[static PT_NUMBER_MAX + 1]);
/*
 * Reads one as the store has it: with or without "e-" and the dash behind the
 * court, its year of four digits or two.  false: it is of no series.
 */
bool pt_number_read(const char *number, struct pt_case_number *out);

/*
 * mohur-portal series
 *
 * Prints the table: type, certainty, source.  Exit codes: 0, 64, 70.
 */
int pt_series_main(int argc, char **argv);

#endif
