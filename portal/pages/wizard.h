/*
 * What the pages of an application share (portal.md 3.7, 3.8): finding it for
 * who asks, opening a step only after those before it, saving once for each
 * form and only over the version that was seen, and what is wrong with it.
 */
#ifndef PORTAL_PAGES_WIZARD_H
#define PORTAL_PAGES_WIZARD_H

#include "portal/filing/submit.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"

enum {
    PT_WIZARD_FAULTS = 12,
    PT_WIZARD_ARENA = 128 << 20, /* bytes of an application with its report */
};

struct pt_wizard {
    struct pt_app *app; /* these three are given */
    struct pt_request *rq;
    struct pt_answer *answer;
    enum mh_lang lang;
    struct pt_who who;
    struct mh_arena *arena;
    struct pt_dossier d;
    enum pt_relation relation; /* of who asks */
    unsigned step;             /* 0: none */
    struct pt_fault fault[PT_WIZARD_FAULTS];
    size_t faults;
    unsigned status; /* of its page where something is wrong: 422 or 409 */
    uint8_t digest[PT_HASH];
    struct pt_application_by by;
    struct pt_application_record record;
};
#define PT_WIZARD                                                              \
    {                                                                          \
        .app = ctx, .rq = rq, .answer = answer, .lang = pt_lang_of(rq)         \
    }

/* Who may write applications at all. */
bool pt_wizard_may(const struct pt_account *account);
/* Somebody who may, with an arena for what follows; else answer says.  The
   caller ends it in any case. */
bool pt_wizard_begin(struct pt_wizard *w);
void pt_wizard_end(struct pt_wizard *w);

/* The application of the path for who has that right on it; a form is one of
   ours.  Else answer says.  The caller ends it in any case. */
bool pt_wizard_open(struct pt_wizard *w, enum pt_right right);
/*
 * The same of its owner, for a step: it is a draft (step 6: it waits for its
 * signature), and the steps before it are as they must be.  What is asked for
 * too early leads to where it goes on; a form that is sent too early is 409,
 * and a record.
 */
bool pt_wizard_step(struct pt_wizard *w, unsigned step);

/* What is wrong with a field: its id, its name in the template ("wrong_" and
   the field, a literal), the id of a text.  The first of each field counts. */
void pt_wizard_wrong(
    struct pt_wizard *w, const char *field, const char *name, const char *text);
/* The step's page, begun: its number, names of forms, and what is wrong. */
void pt_wizard_page(struct pt_wizard *w, struct pt_page *page);
void pt_wizard_show(
    struct pt_wizard *w, struct pt_page *page, const struct pt_tmpl *tmpl);

/* Fills w->by and w->record for a change out of the form; false: the form
   cannot be read, and answer says so.  ev NULL: no record is kept. */
bool pt_wizard_by(struct pt_wizard *w, const char *ev);
/*
 * What a change came to.  True: it is done, and the caller goes on.  False
 * with w->faults > 0: another window changed it, and the step is to be shown
 * again with what was written.  Else answer says.
 */
bool pt_wizard_done(struct pt_wizard *w, enum mh_code code,
    enum pt_application_done done, const struct mh_err *err, const char *to);
/* Answers that another state forbids it: 409 and a record; to: what was to be
   done. */
void pt_wizard_illegal(struct pt_wizard *w, const char *to);

/* Whether the form's button is that one. */
bool pt_wizard_do(const struct pt_wizard *w, const char *what);
/* After saving: the next step, the list, or, for what a page saves by itself,
   the new version as JSON. */
void pt_wizard_saved(struct pt_wizard *w);
/* To a place of the application: "" or "/step/2". */
void pt_wizard_go(struct pt_wizard *w, const char *where);

/* Answers 303 to a path. */
void pt_wizard_to(struct pt_answer *answer, const char *path);

#endif
