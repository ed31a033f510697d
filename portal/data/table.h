/*
 * Rules that are data: a text of lines, a line of fields with a tab between,
 * a # before what is said to people, days as 2026-12-31.  The reader of such
 * a table says which line is wrong and why; a rule that cannot be read is an
 * error of the whole table, for nothing is ever decided with half of it.
 */
#ifndef PORTAL_DATA_TABLE_H
#define PORTAL_DATA_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

enum {
    PT_TABLE_FIELDS = 12, /* of a line */
};

/* How sure a rule is; each table has its words for it. */
enum pt_rule_certainty {
    PT_CERTAIN_LAW,        /* the statute was read */
    PT_CERTAIN_PRESS,      /* reported; the statute was not seen */
    PT_CERTAIN_UNVERIFIED, /* neither */
    PT_CERTAINTIES,
};
/* "law", "press", "unverified"; NULL-ended. */
extern const char *const pt_certainty_words[];

struct pt_table {
    const char *what;    /* of its errors: "fees" */
    struct mh_span left; /* not read yet */
    struct mh_arena *arena;
    struct mh_err *err;
    size_t line; /* from 1 */
    struct mh_span field[PT_TABLE_FIELDS];
    size_t fields;
};

/* The next line that is a rule.  *there false: there is none.  MH_EFORMAT: it
   has more than PT_TABLE_FIELDS. */
enum mh_code pt_table_next(struct pt_table *t, bool *there) MH_MUST_USE;

/* MH_EFORMAT with the line and what is wrong with it. */
enum mh_code pt_table_wrong(
    const struct pt_table *t, const char *what) MH_MUST_USE;

/* The number of a word in a NULL-ended list; false: it is none of them. */
bool pt_table_word(const char *const *words, struct mh_span s, unsigned *out);
/* A whole number from 0 to max; "-" is INT64_MAX, where it may be. */
bool pt_table_number(
    struct mh_span s, int64_t max, bool optional, int64_t *out);
/* The midnight UTC of a day; "-" is INT64_MAX, where it may be. */
bool pt_table_day(struct mh_span s, bool optional, int64_t *out);
/* A text that is not empty, in the arena; false: it is none, or no memory. */
bool pt_table_text(
    const struct pt_table *t, struct mh_span s, const char **out);

#endif
