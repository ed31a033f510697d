#include "portal/pages/enforcement.h"

#include <stdio.h>
#include <string.h>

#include "pages.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/money/money.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/store/enforcement.h"

enum {
    ARENA = 4 << 20, /* bytes of a list */
    FAULTS = 6,
};

struct writing {
    struct pt_app *app;
    struct pt_request *rq;
    struct pt_answer *answer;
    enum mh_lang lang;
    struct mh_arena *arena;
    struct pt_who who;
    struct pt_case c;
    struct pt_writ w;
    struct pt_fault fault[FAULTS];
    size_t faults;
};
#define WRITING                                                                \
    {                                                                          \
        .app = ctx, .rq = rq, .answer = answer, .lang = pt_lang_of(rq)         \
    }

static const struct {
    const char *text, *colour;
} states[PT_WRIT_STATES] = {
    [PT_WRIT_ISSUED] = {PT_T("Writ issued"), "blue"},
    [PT_WRIT_SENT] = {PT_T("Writ sent for execution"), "blue"},
    [PT_WRIT_IN_EXECUTION] = {PT_T("In execution"), "yellow"},
    [PT_WRIT_PAUSED] = {PT_T("Execution paused"), "orange"},
    [PT_WRIT_EXECUTED] = {PT_T("Executed"), "green"},
    [PT_WRIT_RETURNED] = {PT_T("Writ returned unexecuted"), "red"},
    [PT_WRIT_CANCELLED] = {PT_T("Writ cancelled"), "grey"},
};

/* Somebody, with an arena, by one of our forms; else answer says. */
static bool
begin(struct writing *v)
{
    struct mh_err err = {.msg = ""};

    if ((v->rq->gate.method == PT_POST && !pt_form_is_ours(v->rq, v->answer)) ||
        !pt_who_must(v->app, v->rq, v->answer, &v->who))
        return false;
    v->arena = mh_arena_new(ARENA);
    if (v->arena != NULL)
        return true;
    (void)mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    pt_answer_error(v->answer, &err);
    return false;
}

/* The case of an id, for who has that right in it. */
static bool
begin_case(struct writing *v, const char *case_id, enum pt_right right)
{
    const struct pt_asked asked = {&v->who.account, case_id, right};

    return pt_case_of(v->app, v->rq, v->answer, &asked, &v->c);
}

/* The writ of the path. */
static bool
begin_writ(struct writing *v, enum pt_right right)
{
    struct mh_err err = {.msg = ""};

    if (!begin(v))
        return false;
    if (pt_store_writ_get(v->app->store, v->rq->param, &err, &v->w) != MH_OK) {
        pt_answer_error(v->answer, &err);
        return false;
    }
    if (v->w.id[0] != '\0')
        return begin_case(v, v->w.case_id, right);
    pt_page_absent(v->rq, v->answer);
    return false;
}

static void
wrong(struct writing *v, const char *field, const char *name, const char *text)
{
    if (v->faults < FAULTS)
        v->fault[v->faults++] =
            (struct pt_fault){field, name, pt_text(v->lang, text)};
}

static bool
good_form(struct writing *v)
{
    if (pt_form_id_good(v->rq))
        return true;
    pt_page_refuse(v->rq, v->answer, 400, PT_T("This form cannot be read"),
        PT_T("Open the page again and fill in a new one."));
    return false;
}

/* ---- looking ---- */

static void
set_writ(struct writing *v, struct pt_map *m, const struct pt_writ *w)
{
    char amount[PT_MONEY_TEXT], when[24];

    pt_set(m, "id", w->id);
    pt_set(m, "writ", w->number);
    pt_set(m, "case_id", w->case_id);
    pt_set(m, "case_number", w->case_number);
    pt_set(m, "court", w->court);
    pt_set(m, "creditor", w->creditor);
    pt_set(m, "debtor", w->debtor);
    pt_set(m, "office", w->office);
    if (w->amount > 0) {
        pt_money_write(w->amount, v->lang, amount);
        pt_set(m, "amount", amount);
    }
    pt_set(m, "state", pt_text(v->lang, states[w->state].text));
    pt_set(m, "state_colour", states[w->state].colour);
    pt_baku_minute(w->changed, when);
    pt_set(m, "changed", when);
}

void
pt_web_writs(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct writing v = WRITING;
    struct pt_writs list = {.count = 0};
    struct mh_err err = {.msg = ""};
    struct pt_page page;

    if (begin(&v)) {
        if (pt_store_writ_list(
                v.app->store, &v.who.account, v.arena, &err, &list) == MH_OK) {
            pt_page_of(&page, rq, answer, PT_T("Enforcement"), &v.who);
            page.arena = v.arena;
            pt_set_flag(&page.root, "in_cases", true);
            pt_set_flag(&page.root, "wide", true);
            pt_set_flag(&page.root, "more", list.more);
            pt_set_list(&page.root, "writs");
            for (size_t i = 0; i < list.count; i++)
                set_writ(&v, pt_add(&page.root, "writs"), &list.item[i]);
            pt_page_end(&pt_tmpl_enforcement, &page, rq, answer, 200);
        } else {
            pt_answer_error(answer, &err);
        }
    }
    mh_arena_free(v.arena);
}

static void
show(struct writing *v)
{
    struct pt_writ_steps steps = {.count = 0};
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    struct pt_map *m = &page.root;

    if (pt_store_writ_steps(v->app->store, v->w.id, v->arena, &err, &steps) !=
        MH_OK) {
        pt_answer_error(v->answer, &err);
        return;
    }
    pt_page_of(&page, v->rq, v->answer, PT_T("Writ of execution"), &v->who);
    page.arena = v->arena;
    pt_set_flag(m, "in_cases", true);
    set_writ(v, m, &v->w);
    for (size_t i = 0; i < steps.count; i++) {
        struct pt_map *o = pt_add(m, "steps");
        char when[24];

        pt_baku_minute(steps.item[i].at, when);
        pt_set(o, "at", when);
        pt_set(o, "to", pt_text(v->lang, states[steps.item[i].state].text));
        pt_set(o, "note", steps.item[i].note);
    }
    for (unsigned s = 1;
         s < PT_WRIT_STATES && pt_may(v->c.relation, PT_MAY_KEEP_ENFORCEMENT);
         s++)
        if (pt_writ_may_follow(v->w.state, (enum pt_writ_state)s)) {
            struct pt_map *o = pt_add(m, "follow");
            const char *code = pt_writ_state_name((enum pt_writ_state)s);

            pt_set(o, "code", code);
            pt_set(o, "text", pt_text(v->lang, states[s].text));
            pt_set_flag(o, "chosen", strcmp(pt_field(v->rq, "to"), code) == 0);
        }
    pt_set_lines(m, "note", mh_span_str(pt_field(v->rq, "note")));
    pt_form_id_set(m, v->rq);
    for (size_t i = 0; i < v->faults; i++)
        pt_fault_set(&page, &v->fault[i]);
    pt_page_end(
        &pt_tmpl_writ, &page, v->rq, v->answer, v->faults == 0 ? 200 : 422);
}

void
pt_web_writ(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct writing v = WRITING;

    if (begin_writ(&v, PT_MAY_SEE_ENFORCEMENT))
        show(&v);
    mh_arena_free(v.arena);
}

/* ---- changing ---- */

/* Its state does not permit it: 409, and a record. */
static void
refuse(struct writing *v, enum pt_writ_state to)
{
    char who[32], obj[48], data[64];
    const struct pt_record r = {.ev = "illegal_transition",
        .who = who,
        .obj = obj,
        .res = "refused",
        .data = data};
    struct mh_err err = {.msg = ""};

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)v->who.account.id);
    (void)snprintf(obj, sizeof(obj), "enforcement:%.26s", v->w.id);
    (void)snprintf(data, sizeof(data), "from=%s\nto=%s\n",
        pt_writ_state_name(v->w.state), pt_writ_state_name(to)); /* all fit */
    if (pt_store_record_add(v->app->store, &r, pt_time(), &err) != MH_OK) {
        pt_answer_error(v->answer, &err);
        return;
    }
    pt_page_refuse(v->rq, v->answer, 409,
        PT_T("This step is not possible with this writ"),
        PT_T("It is at another one by now. Nothing was changed. Open the writ "
             "to see where it stands."));
}

static void
change(struct writing *v, enum pt_writ_state to, const char *note)
{
    const struct pt_writ_by by = {
        v->who.account.id, pt_time(), pt_field(v->rq, "form")};
    const struct pt_writ_change c = {v->w.id, note, to};
    enum pt_writ_done done = PT_WRIT_ILLEGAL;
    struct mh_err err = {.msg = ""};

    if (pt_store_writ_change(v->app->store, &by, &c, &err, &done) != MH_OK) {
        pt_answer_error(v->answer, &err);
        return;
    }
    if (done == PT_WRIT_ILLEGAL) {
        refuse(v, to);
    } else {
        v->answer->status = 303;
        pt_answer_header(v->answer, "Location", "/enforcement/%s", v->w.id);
    }
    pt_ledger_wake(v->app->ledger);
}

void
pt_web_writ_change(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct writing v = WRITING;
    char note[4 * PT_WRIT_NOTE + 1];
    unsigned to = 0;

    if (begin_writ(&v, PT_MAY_KEEP_ENFORCEMENT) && good_form(&v)) {
        for (unsigned s = 1; s < PT_WRIT_STATES; s++)
            if (strcmp(pt_writ_state_name((enum pt_writ_state)s),
                    pt_field(rq, "to")) == 0)
                to = s;
        if (to == 0)
            wrong(&v, "to", "wrong_to", PT_T("Choose the next state"));
        if (!pt_line_of(pt_field(rq, "note"), PT_WRIT_NOTE, note))
            wrong(&v, "note", "wrong_note",
                PT_T("The note is longer than 500 characters, or has "
                     "characters that cannot be read"));
        if (v.faults > 0)
            show(&v);
        else
            change(&v, (enum pt_writ_state)to, note);
    }
    mh_arena_free(v.arena);
}

/* ---- a new one ---- */

static void
show_new(struct writing *v)
{
    static const char *const fields[] = {
        "writ", "creditor", "debtor", "office", "amount"};
    struct pt_page page;
    struct pt_map *m = &page.root;

    pt_page_of(
        &page, v->rq, v->answer, PT_T("A new writ of execution"), &v->who);
    page.arena = v->arena;
    pt_case_set(m, &v->c);
    pt_set_flag(m, "in_cases", true);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        pt_set(m, fields[i], pt_field(v->rq, fields[i]));
    pt_form_id_set(m, v->rq);
    for (size_t i = 0; i < v->faults; i++)
        pt_fault_set(&page, &v->fault[i]);
    pt_page_end(
        &pt_tmpl_writ_new, &page, v->rq, v->answer, v->faults == 0 ? 200 : 422);
}

void
pt_web_writ_new(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct writing v = WRITING;

    if (begin(&v) && begin_case(&v, rq->param, PT_MAY_KEEP_ENFORCEMENT))
        show_new(&v);
    mh_arena_free(v.arena);
}

static void
take(struct writing *v)
{
    struct pt_writ *w = &v->w;
    const char *amount = pt_field(v->rq, "amount");

    memcpy(w->case_id, v->c.id, sizeof(w->case_id));
    if (!pt_line_of(pt_field(v->rq, "writ"), PT_WRIT_MAX, w->number) ||
        !pt_line_says(w->number))
        wrong(v, "writ", "wrong_writ",
            PT_T("Write the number of the writ, in at most 40 characters"));
    if (!pt_line_of(pt_field(v->rq, "creditor"), PT_WRIT_NAME, w->creditor) ||
        !pt_line_says(w->creditor))
        wrong(v, "creditor", "wrong_creditor",
            PT_T("Write the name, in at most 100 characters"));
    if (!pt_line_of(pt_field(v->rq, "debtor"), PT_WRIT_NAME, w->debtor) ||
        !pt_line_says(w->debtor))
        wrong(v, "debtor", "wrong_debtor",
            PT_T("Write the name, in at most 100 characters"));
    if (!pt_line_of(pt_field(v->rq, "office"), PT_WRIT_NAME, w->office) ||
        !pt_line_says(w->office))
        wrong(v, "office", "wrong_office",
            PT_T("Write the name, in at most 100 characters"));
    if (amount[strspn(amount, " ")] != '\0' &&
        (!pt_money_parse(amount, &w->amount) || w->amount <= 0))
        wrong(v, "amount", "wrong_amount",
            PT_T("Write the amount as 1 234,56, or leave it out"));
}

static void
add(struct writing *v)
{
    const struct pt_writ_by by = {
        v->who.account.id, pt_time(), pt_field(v->rq, "form")};
    enum pt_writ_done done = PT_WRIT_TWICE;
    struct mh_err err = {.msg = ""};

    if (pt_store_writ_add(v->app->store, &by, &v->w, &err, &done) != MH_OK) {
        pt_answer_error(v->answer, &err);
        return;
    }
    if (done == PT_WRIT_TWICE) {
        wrong(v, "writ", "wrong_writ",
            PT_T("The case has a writ of this number already"));
        show_new(v);
        return;
    }
    pt_ledger_wake(v->app->ledger);
    v->answer->status = 303;
    pt_answer_header(v->answer, "Location", "/enforcement/%s", v->w.id);
}

void
pt_web_writ_add(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct writing v = WRITING;

    if (begin(&v) && begin_case(&v, rq->param, PT_MAY_KEEP_ENFORCEMENT) &&
        good_form(&v)) {
        take(&v);
        if (v.faults > 0)
            show_new(&v);
        else
            add(&v);
    }
    mh_arena_free(v.arena);
}
