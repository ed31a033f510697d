#include "portal/pages/appdesk.h"

#include <stdio.h>
#include <string.h>

#include "base/sys/log.h"
#include "base/time.h"
#include "pages.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/pages/appwords.h"
#include "portal/pages/casewords.h"
#include "portal/pages/wizard.h"

/* ---- the list ---- */

void
pt_web_application_desk(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    enum mh_lang lang = pt_lang_of(rq);
    struct mh_err err = {.msg = ""};
    struct pt_application_list list = {.count = 0};
    struct mh_arena *arena;
    struct pt_page page;
    struct pt_who who;
    enum mh_code code;

    if (!pt_who_must(app, rq, answer, &who))
        return;
    if (who.account.role != PT_ROLE_CLERK) {
        pt_page_absent(rq, answer);
        return;
    }
    arena = mh_arena_new(PT_WIZARD_ARENA);
    code = arena == NULL
               ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
               : pt_store_application_desk(
                     app->store, who.account.id, arena, &err, &list);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        mh_arena_free(arena);
        return;
    }
    pt_page_of(&page, rq, answer, PT_T("Applications to the court"), &who);
    page.arena = arena;
    pt_set_flag(&page.root, "in_desk", true);
    pt_set_flag(&page.root, "wide", true);
    pt_set_flag(&page.root, "more", list.more);
    pt_set_list(&page.root, "items");
    for (size_t i = 0; i < list.count; i++) {
        const struct pt_application_item *item = &list.item[i];
        struct pt_map *m = pt_add(&page.root, "items");
        char when[24];

        pt_set(m, "id", item->id);
        pt_set(m, "number", item->number);
        pt_set(m, "heading", item->title);
        pt_set(m, "kind", pt_text(lang, pt_application_kind_text(item->kind)));
        pt_set(m, "filer", item->owner);
        pt_set(m, "app_state",
            pt_text(lang, pt_application_state_text(item->state)));
        pt_set(m, "app_colour", pt_application_state_colour(item->state));
        pt_baku_minute(item->submitted, when);
        pt_set(m, "when", when);
    }
    pt_page_end(&pt_tmpl_application_desk, &page, rq, answer, 200);
    mh_arena_free(arena);
}

/* ---- review ---- */

void
pt_web_application_review(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};

    if (pt_wizard_open(&w, PT_MAY_REVIEW_APPLICATION) &&
        pt_wizard_by(&w, "application.review")) {
        enum mh_code code =
            pt_store_application_review(w.app->store, &w.by, &err, &done);

        if (pt_wizard_done(&w, code, done, &err, "in_review"))
            pt_wizard_go(&w, "");
    }
    pt_wizard_end(&w);
}

void
pt_web_application_judge(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    struct mh_err err = {.msg = ""};

    if (pt_wizard_open(&w, PT_MAY_REVIEW_APPLICATION)) {
        if (w.d.a.state != PT_APPLICATION_IN_REVIEW ||
            w.d.a.d.state != PT_DOC_RECEIVED)
            pt_wizard_illegal(&w, "judged");
        else if (pt_application_judge(w.app, &w.d.a, w.arena, &err) != MH_OK)
            pt_answer_error(answer, &err);
        else
            pt_wizard_go(&w, "");
    }
    pt_wizard_end(&w);
}

/* ---- back to its owner ---- */

static void
show_form(struct pt_wizard *w)
{
    const char *word = pt_field(w->rq, "word");
    struct pt_page page;
    struct pt_map *m = &page.root;

    pt_page_of(&page, w->rq, w->answer,
        PT_T("Return or reject the application"), &w->who);
    page.arena = w->arena;
    pt_set_flag(m, "in_desk", true);
    pt_set(m, "id", w->d.a.id);
    pt_set(m, "number", w->d.a.number);
    pt_set(m, "heading", w->d.a.title);
    pt_set(m, "filer", w->d.a.d.filer_name);
    pt_set_int(m, "version", w->d.a.version);
    pt_form_id_set(m, w->rq);
    pt_set_flag(m, "return", strcmp(word, "return") == 0);
    pt_set_flag(m, "reject", strcmp(word, "reject") == 0);
    pt_set_lines(m, "reason", mh_span_str(pt_field(w->rq, "reason")));
    for (size_t i = 0; i < w->faults; i++)
        pt_fault_set(&page, &w->fault[i]);
    pt_page_end(&pt_tmpl_application_decide, &page, w->rq, w->answer,
        w->faults == 0 ? 200 : 422);
}

/* Whether it is in review; else answer says. */
static bool
in_review(struct pt_wizard *w)
{
    if (w->d.a.state == PT_APPLICATION_IN_REVIEW)
        return true;
    pt_wizard_go(w, "");
    return false;
}

void
pt_web_application_decide_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;

    if (pt_wizard_open(&w, PT_MAY_REVIEW_APPLICATION) && in_review(&w))
        show_form(&w);
    pt_wizard_end(&w);
}

void
pt_web_application_decide(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    const char *word = pt_field(rq, "word"), *reason = pt_field(rq, "reason");
    char why[4 * PT_APPLICATION_WHY + 1];
    struct pt_application_word decision = {
        .to = PT_APPLICATION_RETURNED, .why = why};
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};

    if (pt_wizard_open(&w, PT_MAY_REVIEW_APPLICATION) &&
        pt_wizard_by(&w, "application.decided")) {
        if (strcmp(word, "reject") == 0)
            decision.to = PT_APPLICATION_REJECTED;
        else if (strcmp(word, "return") != 0)
            pt_wizard_wrong(
                &w, "word", "wrong_word", PT_T("Choose what you decide"));
        if (!pt_line_of(reason, PT_APPLICATION_WHY, why))
            pt_wizard_wrong(&w, "reason", "wrong_reason",
                PT_T("The reason is longer than 500 characters, or has "
                     "characters that cannot be read"));
        else if (!pt_line_says(why))
            pt_wizard_wrong(
                &w, "reason", "wrong_reason", PT_T("Give a reason"));
        if (w.faults > 0) {
            show_form(&w);
        } else {
            enum mh_code code = pt_store_application_decide(
                w.app->store, &w.by, &decision, &err, &done);

            if (pt_wizard_done(&w, code, done, &err,
                    pt_application_state_name(decision.to)))
                pt_wizard_go(&w, "");
        }
    }
    pt_wizard_end(&w);
}
