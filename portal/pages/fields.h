/* Fields of forms that were sent, and the forms' identifiers. */
#ifndef PORTAL_PAGES_FIELDS_H
#define PORTAL_PAGES_FIELDS_H

#include "portal/http/request.h"
#include "portal/pages/layout.h"
#include "portal/store/store.h"

/* "" where it is missing. */
const char *pt_field(const struct pt_request *rq, const char *name);

/*
 * A text as one line without blanks at its ends; out has room for 4 * chars
 * bytes and a NUL.  false, and out is "": more than chars characters, or some
 * that cannot be read.
 */
bool pt_line_of(const char *text, size_t chars, char *out);

/*
 * A text of several lines with LF between them; out has room for size bytes
 * with the NUL.  false: nothing, more than chars characters or than there is
 * room for, or some that cannot be read.
 */
bool pt_lines_of(const char *text, size_t chars, char *out, size_t size);

/* Whether a text has a letter or a digit. */
bool pt_line_says(const char *text);

/* SHA-256 of every field but the token: what the form says. */
enum mh_code pt_fields_digest(const struct pt_request *rq, struct mh_err *err,
    uint8_t out[static PT_HASH]) MH_MUST_USE;

/* The form's identifier as the name "form": that which was sent, else a new
   one. */
void pt_form_id_set(struct pt_map *m, const struct pt_request *rq);
/* Whether one was sent. */
bool pt_form_id_good(const struct pt_request *rq);

/* The version that a form was made for; -1: none. */
int64_t pt_version_of(const struct pt_request *rq);

/*
 * What is wrong with a field: a message in the summary that leads to it, and
 * beside it under a name of the template.
 */
struct pt_fault {
    const char *field; /* its id */
    const char *name;  /* a literal */
    const char *text;  /* in the reader's language */
};
void pt_fault_set(struct pt_page *page, const struct pt_fault *fault);

/* Minutes of a form: PT_MINUTES_MIN to PT_MINUTES_MAX; false: none such. */
bool pt_minutes_read(const char *text, uint32_t *out);
/* A day as 31.12.2026 and a time as 9:30 or 09:30, in Baku. */
bool pt_baku_time_read(const char *day, const char *time, int64_t *out);

#endif
