/*
 * The store's statements as PostgreSQL reads them.  The store has one set of
 * statements, written so that SQLite reads them as they are; what differs is
 * translated here, word by word and once for each statement:
 *
 *   ?1                     $1, or NULL where it is given none
 *   a IS b, a IS NOT b     IS [NOT] DISTINCT FROM, but for NULL
 *   x'00'                  '\x00'::bytea
 *   char(10)               chr(10)
 *   INTEGER, TEXT, BLOB    bigint, text in the order of its bytes, bytea
 *   DO UPDATE SET a = a    the row's own columns get the name of its table
 *   CROSS JOIN b ON, INDEXED BY: hints to SQLite's planner, left out
 *   (query) w CROSS JOIN t a ON a.x = w.y: few rows that are looked up one by
 *       one, which PostgreSQL's planner is told as well (LATERAL, OFFSET 0)
 *   names that PostgreSQL keeps for itself: in quotes
 *
 * Functions that only SQLite has (instr, hex, date, pt_fold, max and min of
 * two) are functions of the same name in PostgreSQL (pgschema.h).  Words
 * of SQL are written in upper case and names in lower case: what follows
 * relies on it, and tests/portal/pgstore.py prepares every statement of the
 * store on a real server.
 */
#ifndef PORTAL_STORE_DIALECT_H
#define PORTAL_STORE_DIALECT_H

#include "base/buf.h"

enum {
    PT_PARAMETERS_MAX = 32, /* of a statement: ?1 to ?32 */
    PT_SQL_MAX = 64 << 10,  /* bytes of a translated statement */
};

/* Bit n-1 of none: parameter n is NULL.  Appends; out goes bad where the text
   is none that the store could have. */
void pt_dialect_query(const char *sql, uint32_t none, struct mh_buf *out);

/*
 * The next statement of a migration, appended; *script moves behind it.
 * false: there is none.  Tables lose STRICT and WITHOUT ROWID; a key that
 * SQLite counts by itself is counted by pt_next; a trigger becomes a function
 * and a trigger of it, in which RAISE(ABORT) is an integrity violation.
 */
bool pt_dialect_next(const char **script, struct mh_buf *out);

/*
 * Whether a statement looks up the rows of a query, of which there may be none
 * or thousands: PostgreSQL plans it for its values each time.  A plan for any
 * values takes a hundred times as long (150,000 cases: 1.1 s for 0.01).
 */
bool pt_dialect_picks(const char *sql);

/* The highest ?N of a statement. */
int pt_dialect_parameters(const char *sql);

#endif
