/*
 * An application on its way to the court (portal.md 3.8, 3.4a): the PDF that
 * is signed, the signed document that is judged and submitted, and what is
 * judged again at the court.
 */
#ifndef PORTAL_FILING_SUBMIT_H
#define PORTAL_FILING_SUBMIT_H

#include "portal/api/app.h"
#include "portal/filing/application.h"
#include "portal/filing/rule.h"

/* A record of an application and what its fields point to; not to be copied. */
struct pt_application_record {
    char who[32], obj[48], data[512];
    struct pt_record r; /* res "ok", data "" */
};
void pt_application_record(struct pt_application_record *out, const char *ev,
    int64_t account, const char *id);
/* A step that its state does not permit goes to the log; to: which. */
enum mh_code pt_application_illegal(struct pt_app *app, int64_t account,
    const struct pt_application *a, const char *to,
    struct mh_err *err) MH_MUST_USE;

/* Its text as a PDF, staged for the store.  rule REFUSE: it has a letter that
   cannot be written, and nothing is staged.  d->a.pdf_pages is set. */
enum mh_code pt_application_render(struct pt_app *app, struct pt_dossier *d,
    struct mh_err *err, struct pt_staged *pdf,
    struct pt_rule *rule) MH_MUST_USE;

struct pt_submission {
    const struct pt_account *filer; /* its owner */
    const struct pt_dossier *d;
    struct pt_judge_file file; /* the signed container */
    const char *sha256;        /* hex, computed here */
    bool uploaded;             /* it came from outside: is it what was shown? */
};
struct pt_submitted {
    struct pt_rule rule;          /* REFUSE: why; a record is all there is */
    enum mh_finding_code finding; /* what the rule is, where it is one */
    enum pt_application_done done;
    char document[27]; /* DONE: the document's id, "" where it was there */
};
/*
 * Submits what can be signed (pt_application_next is 6).  Whether the judge,
 * the log or the key are there does not matter to what was made here; where
 * nobody can say what an uploaded file is, MH_EINTERNAL: it may be tried again.
 */
enum mh_code pt_application_submit(struct pt_app *app,
    const struct pt_submission *s, struct mh_arena *arena, struct mh_err *err,
    struct pt_submitted *out) MH_MUST_USE;

/* One that is in review and was judged by nobody yet is judged now. */
enum mh_code pt_application_judge(struct pt_app *app,
    const struct pt_application *a, struct mh_arena *arena,
    struct mh_err *err) MH_MUST_USE;

/* The receipt that is owed when it becomes a case; text is in the arena. */
enum mh_code pt_application_owe(struct pt_app *app,
    const struct pt_application *a, struct mh_arena *arena, struct mh_err *err,
    struct pt_receipt *out) MH_MUST_USE;

#endif
