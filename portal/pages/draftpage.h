/*
 * Documents that are prepared here and signed by their filer: the form, the
 * draft's own page with its bytes, and what comes back signed (portal.md 3.4).
 */
#ifndef PORTAL_PAGES_DRAFTPAGE_H
#define PORTAL_PAGES_DRAFTPAGE_H

#include "portal/pages/docpage.h"
#include "portal/store/drafts.h"

extern const char *const pt_web_draft_files[];      /* parts; NULL-ended */
extern const char *const pt_web_draft_file_query[]; /* NULL-ended */

void pt_web_draft_new(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_draft_make(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_draft(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_draft_file(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_draft_signed(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_draft_drop(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* The form's text stays in it, where it can be read. */
void pt_draft_keep_text(struct pt_request *rq, struct pt_map *m);

struct pt_draftview {
    struct pt_who who;
    struct pt_case c;
    struct pt_draft d;
};
/* The draft of the path, where it is that of who asks, who may still file in
   its case; else answer says. */
bool pt_draft_find(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, struct pt_draftview *v);

/* Its page; wrong: the id of a text about a field of it, NULL: nothing is. */
struct pt_draft_wrong {
    const char *field, *wrong;
    const char *rule;             /* of a refusal, or NULL */
    enum mh_finding_code finding; /* what it is, where it is one */
};
void pt_draft_show(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, const struct pt_draftview *v,
    const struct pt_draft_wrong *wrong);

#endif
