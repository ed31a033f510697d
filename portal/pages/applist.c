#include "portal/pages/applist.h"

#include <string.h>

#include "base/time.h"
#include "pages.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/pages/appwords.h"
#include "portal/pages/casewords.h"
#include "portal/pages/wizard.h"

const char *const pt_web_applications_query[] = {
    "state", "archive", "after", NULL};

/* ---- the list ---- */

/* The tabs: a state each, and its word in the address. */
static const enum pt_application_state tabs[] = {PT_APPLICATION_DRAFT,
    PT_APPLICATION_AWAITING_SIGNATURE, PT_APPLICATION_SUBMITTED,
    PT_APPLICATION_IN_REVIEW, PT_APPLICATION_RETURNED,
    PT_APPLICATION_REGISTERED};

static void
set_tabs(struct pt_wizard *w, struct pt_map *m, enum pt_application_state on)
{
    for (size_t i = 0; i < sizeof(tabs) / sizeof(tabs[0]); i++) {
        struct pt_map *o = pt_add(m, "tabs");

        pt_set(o, "code", pt_application_state_name(tabs[i]));
        pt_set(o, "text", pt_text(w->lang, pt_application_state_text(tabs[i])));
        pt_set_flag(o, "chosen", tabs[i] == on);
    }
}

static void
set_item(
    struct pt_wizard *w, struct pt_map *m, const struct pt_application_item *i)
{
    bool draft = i->state < PT_APPLICATION_SUBMITTED;
    char when[24];

    pt_set(m, "id", i->id);
    pt_set(m, "number", i->number);
    pt_set(m, "heading", i->title);
    pt_set(m, "court", i->court);
    pt_set(m, "against", i->against);
    pt_baku_day(
        i->deadline == MH_TIME_NONE ? MH_TIME_NONE : i->deadline - 1, when);
    pt_set(m, "deadline", when);
    pt_set_flag(m, "overdue",
        draft && i->deadline != MH_TIME_NONE && pt_time() >= i->deadline);
    pt_set(m, "kind",
        i->kind[0] == '\0'
            ? ""
            : pt_text(w->lang, pt_application_kind_text(i->kind)));
    pt_set(
        m, "app_state", pt_text(w->lang, pt_application_state_text(i->state)));
    pt_set(m, "app_colour", pt_application_state_colour(i->state));
    pt_set_flag(m, "is_draft", draft);
    pt_baku_minute(i->changed, when);
    pt_set(m, "changed", when);
    pt_baku_minute(i->submitted, when);
    pt_set(m, "sent", when);
}

/* The words of the two lists. */
static const char *
title_of(const struct pt_application_query *q)
{
    if (q->complaints)
        return q->archived ? PT_T("Archived complaints")
                           : PT_T("My complaints");
    return q->archived ? PT_T("Archived applications")
                       : PT_T("My applications");
}

/* What the address asks for. */
static struct pt_application_query
asked(const struct pt_request *rq, int64_t account, bool complaints)
{
    const char *state = pt_query(rq, "state"), *after = pt_query(rq, "after");
    struct pt_application_query q = {.account = account,
        .complaints = complaints,
        .archived = pt_query(rq, "archive") != NULL,
        .after = ""};

    for (size_t i = 0; state != NULL && i < sizeof(tabs) / sizeof(tabs[0]); i++)
        if (strcmp(state, pt_application_state_name(tabs[i])) == 0)
            q.state = tabs[i];
    if (after != NULL && pt_id_valid(mh_span_str(after)))
        q.after = after;
    return q;
}

static void
list_of(
    void *ctx, struct pt_request *rq, struct pt_answer *answer, bool complaints)
{
    struct pt_wizard w = PT_WIZARD;
    struct pt_application_query q;
    struct pt_application_list list;
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    struct pt_map *m = &page.root;

    if (pt_wizard_begin(&w)) {
        q = asked(rq, w.who.account.id, complaints);
        if (pt_store_application_list(w.app->store, &q, w.arena, &err, &list) ==
            MH_OK) {
            pt_page_of(&page, rq, answer, title_of(&q), &w.who);
            page.arena = w.arena;
            pt_set_flag(
                m, complaints ? "in_complaints" : "in_applications", true);
            pt_set_flag(m, "wide", true);
            pt_set_flag(m, "archive", q.archived);
            set_tabs(&w, m, q.state);
            if (q.state != 0)
                pt_set(m, "state", pt_application_state_name(q.state));
            pt_set_list(m, "items");
            for (size_t i = 0; i < list.count; i++)
                set_item(&w, pt_add(m, "items"), &list.item[i]);
            if (list.more)
                pt_set(m, "after", list.item[list.count - 1].id);
            pt_page_end(
                complaints ? &pt_tmpl_complaints : &pt_tmpl_applications, &page,
                rq, answer, 200);
        } else {
            pt_answer_error(answer, &err);
        }
    }
    pt_wizard_end(&w);
}

void
pt_web_applications(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    list_of(ctx, rq, answer, false);
}

void
pt_web_applications_archived(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    (void)ctx;
    (void)rq;
    pt_wizard_to(answer, "/applications?archive=1");
}

void
pt_web_complaints(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    list_of(ctx, rq, answer, true);
}

/* ---- a new one ---- */

void
pt_web_application_new(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    struct pt_page page;

    if (pt_wizard_begin(&w)) {
        pt_page_of(&page, rq, answer, PT_T("New application"), &w.who);
        pt_set_flag(&page.root, "in_applications", true);
        pt_set_int(&page.root, "days", PT_APPLICATION_KEEP / 86400);
        pt_form_id_set(&page.root, rq);
        pt_page_end(&pt_tmpl_application_new, &page, rq, answer, 200);
    }
    pt_wizard_end(&w);
}

/* What beginning one came to. */
static void
begun(struct pt_wizard *w, enum mh_code code, enum pt_application_done done,
    const struct mh_err *err, const char *id)
{
    if (code == MH_OK && done == PT_APPLICATION_FULL) {
        pt_page_refuse(w->rq, w->answer, 409,
            PT_T("There are 50 drafts already"),
            PT_T("Finish or discard one of them first."));
    } else if (pt_wizard_done(w, code, done, err, "draft")) {
        w->answer->status = 303;
        pt_answer_header(w->answer, "Location", "/applications/%s/step/1", id);
    }
}

void
pt_web_application_begin(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};
    char id[27];

    if (pt_wizard_begin(&w) && pt_wizard_by(&w, "application.begun")) {
        enum mh_code code =
            pt_store_application_new(w.app->store, &w.by, &err, id, &done);

        begun(&w, code, done, &err, id);
    }
    pt_wizard_end(&w);
}

void
pt_web_application_correct(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};
    char id[27];

    if (pt_wizard_open(&w, PT_MAY_WRITE_APPLICATION) &&
        pt_wizard_by(&w, "application.corrected")) {
        enum mh_code code =
            pt_store_application_copy(w.app->store, &w.by, &err, id, &done);

        begun(&w, code, done, &err, id);
    }
    pt_wizard_end(&w);
}

/* ---- its ends ---- */

void
pt_web_application_discard_ask(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    struct pt_page page;

    if (pt_wizard_open(&w, PT_MAY_WRITE_APPLICATION)) {
        if (w.d.a.state >= PT_APPLICATION_SUBMITTED) {
            pt_wizard_go(&w, "");
        } else {
            pt_page_of(&page, rq, answer, PT_T("Throw the draft away"), &w.who);
            page.arena = w.arena;
            pt_set_flag(&page.root, "in_applications", true);
            pt_set(&page.root, "id", w.d.a.id);
            pt_set(&page.root, "heading", w.d.a.title);
            pt_set_int(&page.root, "version", w.d.a.version);
            pt_form_id_set(&page.root, rq);
            pt_page_end(&pt_tmpl_application_discard, &page, rq, answer, 200);
        }
    }
    pt_wizard_end(&w);
}

/* One that waits for its signature is a draft before it goes. */
static enum mh_code
discard(struct pt_wizard *w, struct mh_err *err, enum pt_application_done *done)
{
    if (w->d.a.state == PT_APPLICATION_AWAITING_SIGNATURE) {
        struct pt_application_by first = w->by;
        char form[27];
        enum mh_code code;

        pt_id_new(form);
        first.form = form;
        first.record = NULL;
        code = pt_store_application_reopen(w->app->store, &first, err, done);
        if (code != MH_OK || *done != PT_APPLICATION_DONE)
            return code;
        w->by.version++;
    }
    return pt_store_application_discard(w->app->store, &w->by, err, done);
}

void
pt_web_application_discard(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};

    if (pt_wizard_open(&w, PT_MAY_WRITE_APPLICATION) &&
        pt_wizard_by(&w, "application.discarded")) {
        enum mh_code code = discard(&w, &err, &done);

        if (pt_wizard_done(&w, code, done, &err, "discarded"))
            pt_wizard_to(answer, "/applications");
    }
    pt_wizard_end(&w);
}

void
pt_web_application_withdraw(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};

    if (pt_wizard_open(&w, PT_MAY_WRITE_APPLICATION) &&
        pt_wizard_by(&w, "application.withdrawn")) {
        enum mh_code code =
            pt_store_application_withdraw(w.app->store, &w.by, &err, &done);

        if (pt_wizard_done(&w, code, done, &err, "withdrawn"))
            pt_wizard_go(&w, "");
    }
    pt_wizard_end(&w);
}

void
pt_web_application_archive(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};

    if (pt_wizard_open(&w, PT_MAY_WRITE_APPLICATION) &&
        pt_wizard_by(&w, "application.archived")) {
        enum mh_code code =
            pt_store_application_archive(w.app->store, &w.by, &err, &done);

        if (pt_wizard_done(&w, code, done, &err, "archived"))
            pt_wizard_to(answer, "/applications");
    }
    pt_wizard_end(&w);
}
