/* What every page has: language, tokens, and how it is written out. */
#ifndef PORTAL_PAGES_LAYOUT_H
#define PORTAL_PAGES_LAYOUT_H

#include "portal/http/request.h"
#include "portal/pages/tmpl.h"

enum {
    PT_TOKEN = 27, /* bytes of a form's token with its NUL */
};

/* The reader's: a cookie, else az. */
enum mh_lang pt_lang_of(const struct pt_request *rq);

/* A cookie's value, at most size - 1 bytes; false: there is none such. */
bool pt_cookie(
    const struct pt_request *rq, const char *name, char *out, size_t size);

/*
 * Begins a page: the names of html/part_head.html.  A reader without a token
 * for forms gets one with the answer.  title: an id of a text.
 */
void pt_page_begin(struct pt_page *page, struct pt_request *rq,
    struct pt_answer *answer, const char *title);

/* Whether the form comes from one of our own pages; else answer is 403. */
bool pt_form_is_ours(struct pt_request *rq, struct pt_answer *answer);

/* Writes the page into the answer. */
void pt_page_end(const struct pt_tmpl *tmpl, const struct pt_page *page,
    const struct pt_request *rq, struct pt_answer *answer, unsigned status);

/* What a written page may send forms to besides: one origin, checked. */
void pt_page_form_action(struct pt_answer *answer, const char *origin);

/* An error of the page's form: a message, and the field it is about or "". */
void pt_page_error(
    struct pt_page *page, const char *field, const char *message);

/* A page that says what is wrong: title and text are ids of texts. */
void pt_page_refuse(struct pt_request *rq, struct pt_answer *answer,
    unsigned status, const char *title, const char *text);

#endif
