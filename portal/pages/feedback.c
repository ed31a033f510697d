#include "portal/pages/feedback.h"

#include <string.h>

#include "pages.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/pages/casepage.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/store/feedback.h"

static const char *const score_texts[] = {PT_T("1 – very bad"), PT_T("2 – bad"),
    PT_T("3 – middling"), PT_T("4 – good"), PT_T("5 – very good")};
enum {
    SCORES = sizeof(score_texts) / sizeof(score_texts[0]),
};

/* ---- the tab of a case ---- */

struct tab {
    struct pt_app *app;
    struct pt_request *rq;
    struct pt_answer *answer;
    struct pt_who who;
    struct pt_case c;
    struct mh_err err;
};

static bool
begin(struct tab *t)
{
    const struct pt_asked asked = {&t->who.account, t->rq->param, PT_MAY_RATE};

    return pt_who_must(t->app, t->rq, t->answer, &t->who) &&
           pt_case_of(t->app, t->rq, t->answer, &asked, &t->c);
}

static void
set_events(struct pt_map *m, const struct pt_feedback_events *list,
    const char *chosen, enum mh_lang lang)
{
    for (size_t i = 0, n = 0; i < list->count; i++) {
        const struct pt_feedback_event *e = &list->item[i];
        struct pt_map *o = pt_add(m, e->score == 0 ? "open" : "given");
        char when[24], data[PT_DETAIL_MAX + 1];

        pt_baku_minute(e->at, when);
        pt_event_detail(e->kind, e->data, lang, data);
        pt_set(o, "id", e->id);
        pt_setf(o, "n", "%zu", e->score == 0 ? ++n : n);
        pt_set(o, "when", when);
        pt_set(o, "what", pt_text(lang, pt_event_text(e->kind)));
        pt_set(o, "data", data);
        pt_set_flag(o, "chosen", strcmp(e->id, chosen) == 0);
        if (e->score > 0 && e->score <= SCORES)
            pt_set(o, "score", pt_text(lang, score_texts[e->score - 1]));
    }
}

static void
show(struct tab *t, const struct pt_fault *fault, unsigned status)
{
    enum mh_lang lang = pt_lang_of(t->rq);
    const char *score = pt_field(t->rq, "score");
    struct pt_feedback_events list;
    struct pt_page page;

    if (pt_store_feedback_events(t->app->store, t->c.id, t->who.account.id,
            t->rq->arena, &t->err, &list) != MH_OK) {
        pt_answer_error(t->answer, &t->err);
        return;
    }
    pt_page_of(&page, t->rq, t->answer, PT_T("Feedback on the court"), &t->who);
    pt_case_tabs(&page.root, &t->c, lang);
    pt_set_flag(&page.root, "on_feedback", true);
    set_events(&page.root, &list, pt_field(t->rq, "event"), lang);
    for (size_t i = 0; i < SCORES; i++) {
        struct pt_map *o = pt_add(&page.root, "scores");

        pt_setf(o, "n", "%zu", i + 1);
        pt_set(o, "text", pt_text(lang, score_texts[i]));
        pt_set_flag(
            o, "chosen", score[0] == (char)('1' + (int)i) && score[1] == '\0');
    }
    pt_set_lines(&page.root, "text", mh_span_str(pt_field(t->rq, "text")));
    if (fault != NULL)
        pt_fault_set(&page, fault);
    pt_page_end(&pt_tmpl_case_feedback, &page, t->rq, t->answer, status);
}

#define TAB                                                                    \
    {                                                                          \
        .app = ctx, .rq = rq, .answer = answer                                 \
    }

void
pt_web_feedback(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct tab t = TAB;

    if (begin(&t))
        show(&t, NULL, 200);
}

void
pt_web_feedback_give(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct tab t = TAB;
    enum mh_lang lang = pt_lang_of(rq);
    const char *score = pt_field(rq, "score");
    char text[4 * PT_FEEDBACK_TEXT + 1];
    struct pt_feedback f = {.event = pt_field(rq, "event"), .text = text};
    enum pt_feedback_what what = PT_FEEDBACK_DONE;
    struct pt_fault fault = {.field = NULL};

    if (!pt_form_is_ours(rq, answer) || !begin(&t))
        return;
    f.account = t.who.account.id;
    f.case_id = t.c.id;
    f.now = pt_time();
    if (score[0] >= '1' && score[0] <= '5' && score[1] == '\0')
        f.score = (unsigned)(score[0] - '0');
    if (f.event[0] == '\0')
        fault = (struct pt_fault){"event-1", "wrong_event",
            pt_text(lang, PT_T("Choose the hearing or the act"))};
    else if (f.score == 0)
        fault = (struct pt_fault){
            "score-1", "wrong_score", pt_text(lang, PT_T("Choose 1 to 5"))};
    else if (!pt_line_of(pt_one_line(rq, "text"), PT_FEEDBACK_TEXT, text))
        fault = (struct pt_fault){"text", "wrong_text",
            pt_text(lang, PT_T("Write at most 500 characters"))};
    else if (pt_store_feedback_add(t.app->store, &f, &t.err, &what) != MH_OK) {
        pt_answer_error(answer, &t.err);
        return;
    }
    if (what != PT_FEEDBACK_DONE)
        fault = (struct pt_fault){"event-1", "wrong_event",
            pt_text(lang, what == PT_FEEDBACK_TWICE
                              ? PT_T("You have given feedback on this already")
                              : PT_T("Choose the hearing or the act"))};
    pt_ledger_wake(t.app->ledger);
    if (fault.field != NULL) {
        show(&t, &fault, what == PT_FEEDBACK_TWICE ? 409 : 422);
        return;
    }
    answer->status = 303;
    pt_answer_header(answer, "Location", "/cases/%s/feedback", t.c.id);
}

/* ---- the president's desk ---- */

static bool
begin_desk(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    struct pt_who *who)
{
    if (!pt_who_must(app, rq, answer, who))
        return false;
    if (who->account.role == PT_ROLE_PRESIDENT)
        return true;
    pt_page_absent(rq, answer);
    return false;
}

static void
set_texts(struct pt_map *m, const struct pt_feedback_texts *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct pt_map *o = pt_add(m, "texts");
        char day[16];

        pt_baku_day(list->item[i].at, day);
        pt_set(o, "id", list->item[i].id);
        pt_set(o, "court", list->item[i].court);
        pt_set_int(o, "score", (int64_t)list->item[i].score);
        pt_set(o, "day", day);
        pt_set(o, "text", list->item[i].text);
    }
}

void
pt_web_feedback_desk(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    struct pt_feedback_texts list;
    struct pt_page page;
    struct pt_who who;

    if (!begin_desk(app, rq, answer, &who))
        return;
    if (pt_store_feedback_waiting(
            app->store, who.account.id, rq->arena, &err, &list) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_page_of(&page, rq, answer, PT_T("Texts of feedback"), &who);
    pt_set_flag(&page.root, "in_cases", true);
    set_texts(&page.root, &list);
    pt_page_end(&pt_tmpl_feedback, &page, rq, answer, 200);
}

void
pt_web_feedback_decide(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    const char *said = pt_field(rq, "decision");
    struct pt_feedback_decision d = {
        .id = pt_field(rq, "id"), .now = pt_time()};
    enum pt_feedback_what what = PT_FEEDBACK_NONE;
    struct mh_err err = {.msg = ""};
    struct pt_who who;

    if (!pt_form_is_ours(rq, answer) || !begin_desk(app, rq, answer, &who))
        return;
    d.account = who.account.id;
    d.show = strcmp(said, "show") == 0;
    if ((d.show || strcmp(said, "hide") == 0) &&
        pt_store_feedback_decide(app->store, &d, &err, &what) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_ledger_wake(app->ledger);
    if (what == PT_FEEDBACK_NONE) {
        pt_page_absent(rq, answer);
    } else if (what == PT_FEEDBACK_TWICE) {
        pt_page_refuse(rq, answer, 409, PT_T("This text was decided already"),
            PT_T("Open the list again: it has what waits."));
    } else {
        answer->status = 303;
        pt_answer_header(answer, "Location", "/feedback");
    }
}

/* ---- what everybody sees ---- */

enum mh_code
pt_feedback_set(struct pt_app *app, struct pt_map *m, int64_t court,
    struct mh_arena *arena, struct mh_err *err)
{
    struct pt_feedback_court c;
    enum mh_code done =
        pt_store_feedback_court(app->store, court, arena, err, &c);

    if (done != MH_OK || c.answers == 0)
        return done;
    pt_set_int(m, "answers", (int64_t)c.answers);
    pt_setf(
        m, "mean", "%u,%u", (unsigned)c.tenths / 10, (unsigned)c.tenths % 10);
    set_texts(m, &c.texts);
    return MH_OK;
}
