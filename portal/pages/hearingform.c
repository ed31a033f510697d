#include "portal/pages/hearingform.h"

#include <stdio.h>
#include <string.h>

#include "base/sys/log.h"
#include "base/time.h"
#include "pages.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/pages/casepage.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/store/schedule.h"

enum {
    FAULTS = 6,
    LINE = 400, /* bytes of a message that names another hearing */
};

/* A request about a hearing, or about a new one of a case. */
struct asking {
    struct pt_app *app;
    struct pt_request *rq;
    struct pt_answer *answer;
    enum pt_change change;
    enum mh_lang lang;
    struct pt_who who;
    struct pt_case c;
    struct pt_hearing_full h; /* h.h.id "": a new one */
    /* What the form says, as far as it is good. */
    struct pt_plan plan;
    char hall[4 * PT_HALL_MAX + 1], reason[4 * PT_HEARING_REASON + 1];
    char met[LINE];
    struct pt_fault fault[FAULTS];
    size_t faults;
};

#define ASKING(what)                                                           \
    {                                                                          \
        .app = ctx, .rq = rq, .answer = answer, .change = (what),              \
        .lang = pt_lang_of(rq)                                                 \
    }

/* ---- who asks for what ---- */

/* The hearing of the path, where the right is there; else answer says. */
static bool
find(struct asking *a, enum pt_right right)
{
    struct mh_err err = {.msg = ""};
    const struct pt_asked asked = {&a->who.account, a->h.h.case_id, right};

    if (!pt_who_must(a->app, a->rq, a->answer, &a->who))
        return false;
    if (pt_store_hearing_get(a->app->store, a->rq->param, &err, &a->h) !=
        MH_OK) {
        pt_answer_error(a->answer, &err);
        return false;
    }
    if (a->h.h.id[0] == '\0') {
        pt_page_absent(a->rq, a->answer);
        return false;
    }
    return pt_case_of(a->app, a->rq, a->answer, &asked, &a->c);
}

/* The case of the path for a new one. */
static bool
find_case(struct asking *a)
{
    const struct pt_asked asked = {
        &a->who.account, a->rq->param, PT_MAY_SCHEDULE};

    return pt_who_must(a->app, a->rq, a->answer, &a->who) &&
           pt_case_of(a->app, a->rq, a->answer, &asked, &a->c);
}

static void
set_hearing(const struct asking *a, struct pt_map *m)
{
    const struct pt_hearing *h = &a->h.h;

    pt_hearing_set(m, h, a->lang);
    pt_set(m, "reason_given", a->h.reason);
    pt_set(m, "from_id", a->h.from_id);
    pt_set(m, "to_id", a->h.to_id);
    pt_set_flag(m, "may_change",
        pt_may(a->c.relation, PT_MAY_SCHEDULE) &&
            strcmp(h->state, "scheduled") == 0);
    pt_set_flag(m, "may_hold", h->starts <= pt_time());
}

void
pt_web_hearing(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = ASKING(PT_CHANGE_SCHEDULE);
    struct pt_page page;

    if (!find(&a, PT_MAY_SEE_HEARINGS))
        return;
    pt_page_of(&page, rq, answer, PT_T("Hearing"), &a.who);
    pt_case_set(&page.root, &a.c);
    pt_set_flag(&page.root, "in_cases", true);
    set_hearing(&a, &page.root);
    pt_page_end(&pt_tmpl_hearing, &page, rq, answer, 200);
}

/* ---- the forms ---- */

static const char *
title_of(enum pt_change change)
{
    switch (change) {
    case PT_CHANGE_SCHEDULE:
        return PT_T("Schedule a hearing");
    case PT_CHANGE_MOVE:
        return PT_T("Move the hearing");
    case PT_CHANGE_CANCEL:
        return PT_T("Cancel the hearing");
    case PT_CHANGE_HOLD:
        break;
    }
    return PT_T("The hearing took place");
}

/* What was written, else what is likely. */
static void
set_values(const struct asking *a, struct pt_map *m)
{
    bool sent = a->rq->gate.method == PT_POST;
    const struct pt_hearing *h = &a->h.h;
    bool there = h->id[0] != '\0';

    if (sent) {
        pt_set(m, "day", pt_field(a->rq, "day"));
        pt_set(m, "time", pt_field(a->rq, "time"));
        pt_set(m, "minutes", pt_field(a->rq, "minutes"));
        pt_set(m, "room", pt_field(a->rq, "hall"));
        pt_set_lines(m, "reason", mh_span_str(pt_field(a->rq, "reason")));
    } else {
        pt_set_int(m, "minutes",
            there ? (h->ends - h->starts) / 60 : (int64_t)PT_MINUTES);
        pt_set(m, "room", h->hall);
    }
    for (size_t i = 0; pt_hearing_kind_of(i) != NULL; i++) {
        const char *code = pt_hearing_kind_of(i);
        struct pt_map *o = pt_add(m, "kinds");

        pt_set(o, "code", code);
        pt_set(o, "text", pt_text(a->lang, pt_hearing_kind_text(code)));
        pt_set_flag(o, "chosen", strcmp(pt_field(a->rq, "kind"), code) == 0);
    }
}

static void
show_form(struct asking *a)
{
    bool ends = a->change == PT_CHANGE_CANCEL || a->change == PT_CHANGE_HOLD;
    struct pt_page page;
    struct pt_map *m = &page.root;

    pt_page_of(&page, a->rq, a->answer, title_of(a->change), &a->who);
    pt_case_set(m, &a->c);
    pt_set_flag(m, "in_cases", true);
    pt_form_id_set(m, a->rq);
    if (a->h.h.id[0] != '\0')
        set_hearing(a, m);
    set_values(a, m);
    pt_set_flag(m, "moves", a->change == PT_CHANGE_MOVE);
    pt_set_flag(m, "cancels", a->change == PT_CHANGE_CANCEL);
    for (size_t i = 0; i < a->faults; i++)
        pt_fault_set(&page, &a->fault[i]);
    pt_page_end(ends ? &pt_tmpl_hearing_end : &pt_tmpl_hearing_form, &page,
        a->rq, a->answer, a->faults == 0 ? 200 : 422);
}

static void
fault(struct asking *a, const char *field, const char *name, const char *text)
{
    if (a->faults < FAULTS)
        a->fault[a->faults++] = (struct pt_fault){field, name, text};
}

#define FAULT(a, field, text)                                                  \
    fault(a, field, "wrong_" field, pt_text((a)->lang, text))

static void
check_time(struct asking *a)
{
    const struct pt_request *rq = a->rq;
    struct pt_plan *p = &a->plan;
    int64_t day;

    if (!pt_baku_day_parse(pt_field(rq, "day"), &day))
        FAULT(a, "day", PT_T("Write the day as 31.12.2026"));
    if (!pt_baku_time_read("01.01.2026", pt_field(rq, "time"), &p->starts))
        FAULT(a, "time", PT_T("Write the time as 09:30"));
    if (a->faults == 0)
        (void)pt_baku_time_read(pt_field(rq, "day"), pt_field(rq, "time"),
            &p->starts); /* both are good */
    if (!pt_minutes_read(pt_field(rq, "minutes"), &p->minutes))
        FAULT(a, "minutes", PT_T("A hearing lasts 15 to 480 minutes"));
    if (!pt_line_of(pt_field(rq, "hall"), PT_HALL_MAX, a->hall) ||
        !pt_line_says(a->hall))
        FAULT(a, "hall", PT_T("Write the hall in at most 40 characters"));
    p->hall = a->hall;
}

static void
check_form(struct asking *a)
{
    const struct pt_request *rq = a->rq;
    struct pt_plan *p = &a->plan;

    if (a->change == PT_CHANGE_SCHEDULE || a->change == PT_CHANGE_MOVE)
        check_time(a);
    if (a->change == PT_CHANGE_SCHEDULE) {
        for (size_t i = 0; pt_hearing_kind_of(i) != NULL; i++)
            if (strcmp(pt_hearing_kind_of(i), pt_field(rq, "kind")) == 0)
                p->kind = pt_hearing_kind_of(i);
        if (p->kind == NULL)
            FAULT(a, "kind", PT_T("Choose what kind of hearing it is"));
    }
    if (a->change == PT_CHANGE_MOVE || a->change == PT_CHANGE_CANCEL) {
        if (!pt_line_of(pt_field(rq, "reason"), PT_HEARING_REASON, a->reason))
            FAULT(a, "reason",
                PT_T("The reason is longer than 500 characters, or has "
                     "characters that cannot be read"));
        else if (!pt_line_says(a->reason))
            FAULT(a, "reason", PT_T("Give a reason"));
        p->reason = a->reason;
    }
}

/* ---- what it came to ---- */

/* The other hearing, named. */
static void
meets(struct asking *a, const struct pt_plan_done *done)
{
    const struct pt_hearing *o = &done->other;
    char from[24], to[24];
    const char *text =
        done->what == PT_PLANNED_HALL
            ? PT_T("The hall is taken then by the hearing of case")
        : done->what == PT_PLANNED_JUDGE
            ? PT_T("The judge has the hearing of another case then:")
            : PT_T("The case itself has a hearing then:");

    pt_baku_minute(o->starts, from);
    pt_baku_minute(o->ends, to);
    (void)snprintf(a->met, sizeof(a->met), "%s %s, %s–%.5s, %s: %s",
        pt_text(a->lang, text), o->number, from, to[0] == '\0' ? "" : to + 11,
        pt_text(a->lang, PT_T("Hall")), o->hall); /* cut is fine */
    if (done->what == PT_PLANNED_HALL)
        fault(a, "hall", "wrong_hall", a->met);
    else
        fault(a, "day", "wrong_day", a->met);
}

static void
refuse(struct asking *a, const char *title, const char *text)
{
    pt_page_refuse(a->rq, a->answer, 409, title, text);
}

static void
refuse_state(struct asking *a)
{
    refuse(a, PT_T("The hearing can no longer be changed"),
        PT_T("It was moved, cancelled or held. Open its page to see what is "
             "true now."));
}

static void
say(struct asking *a, const struct pt_plan_done *done)
{
    switch (done->what) {
    case PT_PLANNED:
        a->answer->status = 303;
        pt_answer_header(a->answer, "Location", "/hearings/%s", done->hearing);
        return;
    case PT_PLANNED_OTHER:
        refuse(a, PT_T("This form was sent before"),
            PT_T("It said something else then. Open a new form."));
        return;
    case PT_PLANNED_STATE:
        refuse_state(a);
        return;
    case PT_PLANNED_EARLY:
        refuse(a, PT_T("The hearing has not begun"),
            PT_T("It can be said to have taken place once its time has "
                 "come."));
        return;
    case PT_PLANNED_CLOSED:
        refuse(a, PT_T("The case is closed"),
            PT_T("It is in the archive or was returned: no hearing can be "
                 "scheduled in it."));
        return;
    case PT_PLANNED_PAST:
        FAULT(a, "day", PT_T("The hearing has to be in the future"));
        break;
    case PT_PLANNED_FAR:
        FAULT(a, "day", PT_T("The hearing has to be within two years"));
        break;
    case PT_PLANNED_HALL:
    case PT_PLANNED_JUDGE:
    case PT_PLANNED_CASE:
        meets(a, done);
        break;
    }
    show_form(a);
}

static void
send(struct asking *a)
{
    struct pt_plan *p = &a->plan;
    struct mh_err err = {.msg = ""};
    struct pt_plan_done done;
    enum mh_code code;

    check_form(a);
    if (!pt_form_id_good(a->rq)) {
        pt_page_refuse(a->rq, a->answer, 400, PT_T("This form cannot be read"),
            PT_T("Open the page again and fill in a new one."));
        return;
    }
    if (a->faults > 0) {
        show_form(a);
        return;
    }
    p->change = a->change;
    p->case_id = a->c.id;
    p->hearing = a->h.h.id[0] == '\0' ? NULL : a->h.h.id;
    p->account = a->who.account.id;
    p->now = pt_time();
    p->form = pt_field(a->rq, "form");
    code = pt_fields_digest(a->rq, &err, p->digest);
    if (code == MH_OK)
        code = pt_store_hearing_change(a->app->store, p, &err, &done);
    if (code != MH_OK) {
        pt_answer_error(a->answer, &err);
        return;
    }
    mh_log("hearing", "case=%s change=%d what=%d", a->c.id, (int)a->change,
        (int)done.what);
    pt_ledger_wake(a->app->ledger);
    say(a, &done);
}

/* ---- routes ---- */

void
pt_web_hearing_new(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = ASKING(PT_CHANGE_SCHEDULE);

    if (find_case(&a))
        show_form(&a);
}

void
pt_web_hearing_schedule(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = ASKING(PT_CHANGE_SCHEDULE);

    if (pt_form_is_ours(rq, answer) && find_case(&a))
        send(&a);
}

static void
form(struct asking *a)
{
    if (!find(a, PT_MAY_SCHEDULE))
        return;
    if (strcmp(a->h.h.state, "scheduled") == 0)
        show_form(a);
    else
        refuse_state(a);
}

static void
sent(struct asking *a)
{
    if (pt_form_is_ours(a->rq, a->answer) && find(a, PT_MAY_SCHEDULE))
        send(a);
}

void
pt_web_hearing_move_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = ASKING(PT_CHANGE_MOVE);

    form(&a);
}

void
pt_web_hearing_move(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = ASKING(PT_CHANGE_MOVE);

    sent(&a);
}

void
pt_web_hearing_cancel_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = ASKING(PT_CHANGE_CANCEL);

    form(&a);
}

void
pt_web_hearing_cancel(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = ASKING(PT_CHANGE_CANCEL);

    sent(&a);
}

void
pt_web_hearing_held_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = ASKING(PT_CHANGE_HOLD);

    form(&a);
}

void
pt_web_hearing_held(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = ASKING(PT_CHANGE_HOLD);

    sent(&a);
}
