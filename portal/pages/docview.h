/* One filed document: found for who asks, opened for the record, given out. */
#ifndef PORTAL_PAGES_DOCVIEW_H
#define PORTAL_PAGES_DOCVIEW_H

#include "base/report/print.h"
#include "portal/pages/docpage.h"

enum {
    PT_DOCVIEW_ARENA = 64 << 20, /* bytes of a document's report */
};

struct pt_docview {
    enum pt_right right; /* what it is asked for; set by the caller */
    bool shown;          /* not HEAD, which shows nothing */
    struct pt_who who;
    struct pt_case c;
    struct pt_document d;
    struct mh_arena *arena; /* freed by the caller, found or not */
    struct mh_subject subject;
    char hex[2 * PT_HASH + 1];
};

/* The document of the path, its case and who asks; else answer says.  Reading
   one of a restricted case needs a session that a signature began. */
bool pt_docview_find(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, struct pt_docview *v);

/* Bytes of a restricted case are for who has signed in with a signature; false:
   answer says so (portal.md 6). */
bool pt_bytes_open(struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, const struct pt_case *c);

/* Who opened what goes to the log before the bytes go out; false: it could not
   be written down, and answer says so. */
bool pt_docview_opened(struct pt_app *app, struct pt_answer *answer,
    const struct pt_docview *v, const char *what);

/* For part_pages.html: "pages" of a PDF or a JPG, of a container "inside", its
   files; "uncounted", which is shown as a dash. */
void pt_pages_set(struct pt_map *m, enum mh_format format, uint32_t pages);

/* Bytes of the store, to be saved. */
void pt_docview_give(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, const uint8_t sha256[static PT_HASH],
    const char *name);

#endif
