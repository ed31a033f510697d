#include "portal/pages/lookpage.h"

#include <string.h>

#include "pages.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/store/look.h"

/* A judge; else answer says. */
static bool
begin(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    struct pt_who *who)
{
    if (!pt_who_must(app, rq, answer, who))
        return false;
    if (who->account.role == PT_ROLE_JUDGE)
        return true;
    pt_page_absent(rq, answer);
    return false;
}

static void
show(struct pt_request *rq, struct pt_answer *answer, const struct pt_who *who,
    const struct pt_fault *fault)
{
    struct pt_page page;

    pt_page_of(&page, rq, answer,
        PT_T("Read a case of another judge of your court"), who);
    pt_set_flag(&page.root, "in_cases", true);
    pt_set(&page.root, "number", pt_field(rq, "number"));
    pt_set(&page.root, "reason", pt_field(rq, "reason"));
    pt_form_id_set(&page.root, rq);
    if (fault != NULL)
        pt_fault_set(&page, fault);
    pt_page_end(
        &pt_tmpl_case_reason, &page, rq, answer, fault == NULL ? 200 : 422);
}

void
pt_web_look(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_who who;

    if (begin(ctx, rq, answer, &who))
        show(rq, answer, &who, NULL);
}

void
pt_web_look_give(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    enum mh_lang lang = pt_lang_of(rq);
    char number[PT_NUMBER_MAX + 1], reason[4 * PT_LOOK_REASON + 1];
    struct pt_fault fault = {.field = NULL};
    struct pt_look look = {.number = number, .reason = reason};
    struct pt_look_done done = {.what = PT_LOOK_NONE};
    struct mh_err err = {.msg = ""};
    struct pt_who who;

    if (!pt_form_is_ours(rq, answer) || !begin(app, rq, answer, &who))
        return;
    if (!pt_form_id_good(rq)) {
        pt_page_refuse(rq, answer, 400, PT_T("This form cannot be read"),
            PT_T("Open the page again and fill in a new one."));
        return;
    }
    look.account = who.account.id;
    look.form = pt_field(rq, "form");
    look.now = pt_time();
    if (!pt_number_clean(pt_field(rq, "number"), number) || number[0] == '\0')
        fault = (struct pt_fault){"number", "wrong_number",
            pt_text(lang, PT_T("Write the number of the case"))};
    else if (!pt_line_of(pt_field(rq, "reason"), PT_LOOK_REASON, reason) ||
             !pt_line_says(reason))
        fault = (struct pt_fault){"reason", "wrong_reason",
            pt_text(lang, PT_T("Write the reason, in at most 100 characters"))};
    else if (pt_store_look_add(app->store, &look, &err, &done) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    } else if (done.what == PT_LOOK_NONE)
        fault = (struct pt_fault){"number", "wrong_number",
            pt_text(lang, PT_T("Your court has no case of this number"))};
    if (fault.field != NULL) {
        show(rq, answer, &who, &fault);
        return;
    }
    pt_ledger_wake(app->ledger);
    answer->status = 303;
    pt_answer_header(answer, "Location", "/cases/%s", done.id);
}
