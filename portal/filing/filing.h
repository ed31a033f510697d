/*
 * Filing a document in a case: judged, ruled upon (rule.h), stored with the
 * receipt it is owed.  Documents that could not be judged at once are judged
 * again here.
 */
#ifndef PORTAL_FILING_FILING_H
#define PORTAL_FILING_FILING_H

#include "base/report/print.h"
#include "portal/api/app.h"
#include "portal/filing/rule.h"
#include "portal/store/desk.h"

enum {
    PT_FILING_WORDS = 900, /* bytes of the line of a receipt */
};

struct pt_filing {
    const struct pt_account *filer;
    const char *case_id;
    const char *form; /* the form's identifier: one document for each */
    const char *kind, *title, *note;
    struct pt_judge_file file;
    const char *sha256; /* hex, computed here */
};

struct pt_filed_as {
    struct pt_rule rule;     /* REFUSE: nothing is stored but a record of it */
    struct pt_filed_doc doc; /* where it is stored */
    struct mh_report report; /* in the arena */
};

/*
 * MH_EIO, MH_ENOMEM, MH_EINTERNAL: it was not stored, and may be filed again;
 * whether the judge, the log or the key are there does not matter.
 */
enum mh_code pt_filing_make(struct pt_app *app, const struct pt_filing *f,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_filed_as *out) MH_MUST_USE;

/*
 * The same without storing anything: what the judgement of f->file for its
 * filer comes to.  d gets name, size, digest, format, state, verdict, reason,
 * signer, report (in the arena) and judged.
 */
struct pt_filing_judged {
    struct pt_rule rule;
    struct mh_report report;         /* in the arena */
    char words[PT_FILING_WORDS + 1]; /* of a receipt */
};
enum mh_code pt_filing_judge(struct pt_app *app, const struct pt_filing *f,
    struct mh_arena *arena, struct mh_err *err, struct pt_document *d,
    struct pt_filing_judged *out) MH_MUST_USE;

/*
 * What a clerk decides on a document of the desk, whose row is d with its
 * report: decision has its account, its word and its reason; document and at
 * are set here.  PT_ABSENT: it is on no desk any more.
 */
enum mh_code pt_filing_decide(struct pt_app *app, const struct pt_document *d,
    struct pt_decision *decision, struct mh_arena *arena, struct mh_err *err,
    enum pt_found *found) MH_MUST_USE;

/* The line of a receipt: verdict, the signer where one has that FIN, digest of
   the report. */
enum mh_code pt_filing_words(const struct mh_subject *subject,
    const struct mh_report *report, const char *fin, struct mh_err *err,
    char out[static PT_FILING_WORDS + 1]) MH_MUST_USE;
/* The receipt that a document is owed from now on; text is borrowed. */
void pt_filing_owe(struct pt_receipt *r, const struct pt_document *d,
    const char *text, int64_t now);

/* Judges one document that is due; false: none was. */
bool pt_filing_judge_due(struct pt_app *app, int64_t now);

#endif
