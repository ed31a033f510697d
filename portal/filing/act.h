/*
 * Acts of a court from their text to publication (portal.md 4, 5): the text
 * becomes the PDF that is shown, signed (portal/signing/actsign.h) and
 * published as a document of its case.
 */
#ifndef PORTAL_FILING_ACT_H
#define PORTAL_FILING_ACT_H

#include "portal/api/app.h"
#include "portal/filing/rule.h"
#include "portal/store/acts.h"

/* Who takes a step, with which form. */
struct pt_act_by {
    const struct pt_account *account;
    const char *form;
};

struct pt_act_source {
    struct pt_judge_file text;
    enum mh_lang lang;
    struct mh_arena *arena; /* of what a points to */
};
struct pt_act_drafted {
    struct pt_rule rule; /* REFUSE: why the text is not taken */
    enum pt_found found; /* PT_ABSENT: it is no draft any more, or was changed
                            meanwhile */
};
/*
 * A new act of a's case, kind, title, announced and replaces with that text;
 * or, where a->id is not "", the draft of a->version with others.  a->id is
 * the act that is there now.
 */
enum mh_code pt_act_draft(struct pt_app *app, const struct pt_act_by *by,
    const struct pt_act_source *from, struct pt_act *a, struct mh_err *err,
    struct pt_act_drafted *out) MH_MUST_USE;

/* It waits for its judge. */
enum mh_code pt_act_send(struct pt_app *app, const struct pt_act_by *by,
    const struct pt_act *a, int64_t version, struct mh_err *err,
    enum pt_found *found) MH_MUST_USE;

/* A draft that its judge looked at is discarded. */
enum mh_code pt_act_discard(struct pt_app *app, const struct pt_act_by *by,
    const struct pt_act *a, int64_t version, struct mh_err *err,
    enum pt_found *found) MH_MUST_USE;
/* One that waits for its judge's signature, which nobody has begun, is a draft
   again (portal/signing/actsign.h ends one that was). */
enum mh_code pt_act_withdraw(struct pt_app *app, const struct pt_act_by *by,
    const struct pt_act *a, struct mh_err *err,
    enum pt_found *found) MH_MUST_USE;

/* A signed one becomes a document of its case; document: its id. */
enum mh_code pt_act_publish(struct pt_app *app, const struct pt_act_by *by,
    const struct pt_act *a, struct mh_err *err, enum pt_found *found,
    char document[static 27]) MH_MUST_USE;

/* A step that its state does not permit goes to the log. */
enum mh_code pt_act_illegal(struct pt_app *app, const struct pt_account *who,
    const struct pt_act *a, enum pt_act_state to,
    struct mh_err *err) MH_MUST_USE;

/* Whether its time is over and it is not published. */
bool pt_act_late(const struct pt_act *a, int64_t now);

#endif
