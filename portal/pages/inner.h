/*
 * What is inside of a filed document: the files of a container, each to be
 * saved or looked at, and a PDF or picture to be looked at (portal.md 3.4).
 */
#ifndef PORTAL_PAGES_INNER_H
#define PORTAL_PAGES_INNER_H

#include "portal/pages/docview.h"

enum {
    PT_INNER_SHOWN = 200 /* files of a container that are listed */
};

extern const char *const pt_web_document_inner_query[];

/*
 * For the document's page: the list "inner" of the files in it, where it is a
 * container, with the number of each in the report;
 * "viewable", where the document itself can be looked at.
 */
void pt_inner_list(struct pt_map *m, const struct pt_document *d,
    const struct mh_report *report);

/* A number below a limit, as it stands in a query. */
bool pt_inner_number(const char *s, size_t below, size_t *out);
/* The answer's file, a PDF or a JPEG, is to be looked at. */
void pt_inner_show(
    struct pt_answer *answer, enum mh_format format, const char *name);

/* The document itself, to be looked at. */
void pt_web_document_view(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/*
 * File n of the report, as its bytes are in the container: to be looked at with
 * view=1 where it is a PDF or a picture, else to be saved.  What is not the
 * file that was judged is not given out.
 */
void pt_web_document_inner(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
