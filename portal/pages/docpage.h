/* What the pages of documents share: their words, their case, who may see. */
#ifndef PORTAL_PAGES_DOCPAGE_H
#define PORTAL_PAGES_DOCPAGE_H

#include "portal/pages/session.h"
#include "portal/store/cases.h"
#include "portal/store/documents.h"

/* What may be filed in a case: the id of its text; NULL: there is none such.
   Its choice for a form, as the list "kinds". */
const char *pt_doc_kind_text(const char *code);
void pt_doc_kinds_set(struct pt_map *m, const char *chosen, enum mh_lang lang);

/* The same of a court's acts. */
const char *pt_act_kind_text(const char *code);
void pt_act_kinds_set(struct pt_map *m, const char *chosen, enum mh_lang lang);

/* After a filing: to the page of the document (303), which waits up to 4 s
   for its receipt; and where nothing could be stored (503, to be tried again;
   title: the id of a text). */
void pt_page_filed(
    struct pt_app *app, struct pt_answer *answer, const char *id);
/* The same of an application that was sent with the document. */
void pt_page_sent(struct pt_app *app, struct pt_answer *answer,
    const char *document, const char *application);
void pt_page_not_stored(
    struct pt_request *rq, struct pt_answer *answer, const char *title);

/* The page of what is not there, or not for who asks. */
void pt_page_absent(struct pt_request *rq, struct pt_answer *answer);

/* A field of several lines as one: a browser ends lines with CR LF.  "" where
   it is missing, or memory is. */
const char *pt_one_line(struct pt_request *rq, const char *name);

/* Who asks for what of which case. */
struct pt_asked {
    const struct pt_account *account;
    const char *case_id;
    enum pt_right right;
};
/* The case, where the account has that right in it; false: answer says. */
bool pt_case_of(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, const struct pt_asked *asked, struct pt_case *c);

/* Names of a document, and of its case, for a template. */
void pt_doc_describe(
    struct pt_map *m, const struct pt_document *d, enum mh_lang lang);
void pt_case_set(struct pt_map *m, const struct pt_case *c);

#endif
