/*
 * Words of cases, hearings and notifications for readers: ids of texts
 * (tmpl.h) for what the store has as codes.  A code that nobody knows is
 * itself.
 */
#ifndef PORTAL_PAGES_CASEWORDS_H
#define PORTAL_PAGES_CASEWORDS_H

#include "base/wire/codes.h"
#include "portal/store/cases.h"

enum {
    PT_DETAIL_MAX = 2 * PT_TEXT_MAX, /* bytes */
};

struct pt_word {
    const char *code, *text; /* an id of a text */
};
/* The text of a code among rows that end with a NULL one. */
const char *pt_word_text(const struct pt_word *rows, const char *code);

const char *pt_case_status_text(enum pt_case_status status);
const char *pt_case_status_code(enum pt_case_status status); /* in URLs */
const char *pt_case_status_colour(enum pt_case_status status);
const char *pt_case_type_text(const char *code);
const char *pt_case_proceeding_text(const char *code);
const char *pt_case_role_text(enum pt_case_role role); /* 0: an official */
const char *pt_case_role_code(enum pt_case_role role); /* in URLs; 0: "" */
const char *pt_hearing_kind_text(const char *code);
const char *pt_hearing_state_text(const char *code);
const char *pt_event_text(const char *kind);
const char *pt_person_text(enum pt_role role);

/* What an event's data says to a reader: of a hearing its time and hall. */
void pt_event_detail(const char *kind, const char *data, enum mh_lang lang,
    char out[static PT_DETAIL_MAX + 1]);

/* The n-th type that can be searched, and its text; NULL: no more. */
const char *pt_case_type_of(size_t n);
/* The same of proceedings and of kinds of hearings, for forms. */
const char *pt_case_proceeding_of(size_t n);
const char *pt_hearing_kind_of(size_t n);

/* Dates as people write them, DD.MM.YYYY in Baku. */
void pt_baku_day(int64_t t, char out[static 16]);
/* The same with hours and minutes. */
void pt_baku_minute(int64_t t, char out[static 24]);
/* The beginning of that day; false: it is none. */
bool pt_baku_day_parse(const char *text, int64_t *out);

#endif
