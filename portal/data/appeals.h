/*
 * Complaints against acts of courts as data (portal/data/appeals.tsv, which
 * says what its columns are): which court is above which, what may be filed
 * against an act, and until when (Civil Procedure Code, 357, 396, 402).
 */
#ifndef PORTAL_DATA_APPEALS_H
#define PORTAL_DATA_APPEALS_H

#include "portal/data/table.h"

enum {
    PT_APPEALS_ROWS_MAX = 512,
    PT_APPEALS_MAX = 1 << 16, /* bytes of the table */
    PT_APPEALS_CODE_MAX = 32, /* bytes of a code */
    PT_APPEALS_COUNT_MAX = 366,
};

enum pt_court_level {
    PT_LEVEL_FIRST,
    PT_LEVEL_APPEAL,
    PT_LEVEL_SUPREME,
    PT_LEVELS,
};

enum pt_appeals_row {
    PT_APPEALS_COURT,
    PT_APPEALS_COMPLAINT,
    PT_APPEALS_SERVICE,
    PT_APPEALS_ROWS,
};

struct pt_appeals_rule {
    enum pt_appeals_row row;
    const char *code; /* COURT: its code; COMPLAINT: the kind of the act */
    enum pt_court_level level;
    const char *above;   /* COURT: the code of the one above, or "" */
    const char *kind;    /* COMPLAINT: one of the court policy */
    int64_t count;       /* COMPLAINT: days or months */
    bool months;         /* COMPLAINT: months, not days */
    bool read;           /* SERVICE: from reading, not from publication */
    int64_t from, until; /* days: seconds UTC of their midnights */
    enum pt_rule_certainty certainty;
    const char *source;
};

struct pt_appeals {
    struct pt_appeals_rule *rule; /* in the arena */
    size_t count;
};

/*
 * Reads a table.  MH_EFORMAT names the line and what is wrong with it: a
 * field, a day, two rules of one name that count on one day, a court above
 * that has no row, no rule of service, or none of other courts.
 */
enum mh_code pt_appeals_read(struct mh_span table, struct mh_arena *arena,
    struct mh_err *err, struct pt_appeals *out) MH_MUST_USE;

/* The table inside the program. */
struct mh_span pt_appeals_text(void);

/* Whether a kind of the court policy is one of complaints. */
bool pt_appeals_kind(const char *kind);

/* The level of a court on a day; PT_LEVELS: no row says it. */
enum pt_court_level pt_appeals_level(
    const struct pt_appeals *a, const char *court, int64_t day);

/* What may be done against an act of a court on a day. */
struct pt_appeals_ask {
    const char *court; /* its code */
    const char *act;   /* the kind of the act */
    int64_t day;       /* midnight UTC of the day in Baku */
};
struct pt_appeals_route {
    const struct pt_appeals_rule *court, *complaint, *service;
};
/* False: nothing, by these rules. */
bool pt_appeals_find(const struct pt_appeals *a,
    const struct pt_appeals_ask *ask, struct pt_appeals_route *out);

/*
 * When it is over: the first second after the last day in Baku, the day of
 * service not counted.  A month ends on the day of that number, or on its last
 * one.  INT64_MAX: there is no such time.
 */
int64_t pt_appeals_until(const struct pt_appeals_rule *rule, int64_t from);

#endif
