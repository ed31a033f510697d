/*
 * From what a person uploads or writes to what they sign, and whether what
 * comes back signed is just that (portal.md 3.4): a text becomes a PDF, every
 * file is examined before it is taken, and its bytes are kept as they are.
 */
#ifndef PORTAL_FILING_DRAFT_H
#define PORTAL_FILING_DRAFT_H

#include "portal/api/app.h"
#include "portal/filing/rule.h"
#include "portal/store/drafts.h"

/* One of a form's files; sha256: hex, computed here. */
struct pt_draft_source {
    struct pt_judge_file file;
    const char *sha256;
};

struct pt_draft_sources {
    struct pt_draft_source file[PT_DRAFT_FILES];
    size_t files;
    struct pt_judge_file text; /* size 0: none; it stands before the files */
    enum mh_lang lang;         /* of the text */
};

/*
 * Makes and stores the draft of d's account, case, kind, title and note; its
 * id, times and files are set here.  rule->what PT_RULED_REFUSE: why not, and
 * nothing is stored.  MH_EIO, MH_EINTERNAL, MH_ENOMEM: it may be tried again.
 */
enum mh_code pt_draft_make(struct pt_app *app,
    const struct pt_draft_sources *from, struct mh_err *err, struct pt_draft *d,
    struct pt_rule *rule) MH_MUST_USE;

/*
 * The text of from as the one file of d, a PDF with d's title (or kind), staged
 * for the store; rule as above, and then nothing is staged.
 */
enum mh_code pt_draft_text(struct pt_app *app,
    const struct pt_draft_sources *from, struct mh_err *err, struct pt_draft *d,
    struct pt_staged *staged, struct pt_rule *rule) MH_MUST_USE;

/*
 * One file for a container, examined and staged: f is what it is.  rule as
 * above; whether its name is there already is the caller's to ask.
 */
enum mh_code pt_draft_take(struct pt_app *app,
    const struct pt_draft_source *from, struct mh_err *err,
    struct pt_draft_file *f, struct pt_staged *staged,
    struct pt_rule *rule) MH_MUST_USE;

/* A text as a PDF, staged; f but for its name.  rule as above. */
struct pt_draft_writing {
    struct pt_judge_file text;
    const char *title;
    enum mh_lang lang;
};
enum mh_code pt_draft_write(struct pt_app *app,
    const struct pt_draft_writing *from, struct mh_err *err,
    struct pt_draft_file *f, struct pt_staged *staged,
    struct pt_rule *rule) MH_MUST_USE;
/* The same into fd, an empty memfd, and not staged. */
enum mh_code pt_draft_pdf(struct pt_app *app,
    const struct pt_draft_writing *from, struct mh_err *err, int fd,
    struct pt_rule *rule) MH_MUST_USE;

/*
 * Whether document is the draft's files and nothing else, signed in whatever
 * way: *why is NULL, or the id of a text that says what differs.
 */
enum mh_code pt_draft_compare(struct pt_app *app, const struct pt_draft *d,
    const struct pt_judge_file *document, struct mh_err *err,
    const char **why) MH_MUST_USE;

/* Whether a report is of a container that has just these files, each once:
   names and bytes.  At most PT_DRAFT_SAME. */
enum {
    PT_DRAFT_SAME = 128,
};
bool pt_draft_same(const struct pt_draft_file *file, size_t files,
    const struct mh_report *report);

/* The same of a container that has just these files. */
enum mh_code pt_draft_compare_container(struct pt_app *app,
    const struct pt_draft_file *file, size_t files,
    const struct pt_judge_file *document, struct mh_err *err,
    const char **why) MH_MUST_USE;

/* It is filed: it goes.  Where it cannot go now, it is too old in a day. */
void pt_draft_filed(struct pt_app *app, const struct pt_draft *d);

/* A PDF by itself is signed as one; everything else goes into an EDOC. */
bool pt_draft_is_pdf(const struct pt_draft *d);

#endif
