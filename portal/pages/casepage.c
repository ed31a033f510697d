#include "portal/pages/casepage.h"

#include "base/sys/log.h"
#include "pages.h"
#include "portal/http/clock.h"
#include "portal/pages/actclock.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/session.h"
#include "portal/store/complaints.h"
#include "portal/store/events.h"

/* A page of one case on its way. */
struct tab {
    struct pt_app *app;
    struct pt_request *rq;
    struct pt_answer *answer;
    struct pt_who who;
    struct pt_case c;
    struct pt_page page;
    enum mh_lang lang;
    struct mh_err err;
};

void
pt_case_tabs(struct pt_map *m, const struct pt_case *c, enum mh_lang lang)
{
    char day[16];

    pt_case_set(m, c);
    pt_set_flag(m, "in_cases", true);
    pt_baku_day(c->filed, day);
    pt_set(m, "filed", day);
    pt_set(m, "court", c->court);
    pt_set(m, "judge", c->judge);
    pt_set(m, "type", pt_text(lang, pt_case_type_text(c->type)));
    pt_set(
        m, "proceeding", pt_text(lang, pt_case_proceeding_text(c->proceeding)));
    pt_set(m, "status", pt_text(lang, pt_case_status_text(c->status)));
    pt_set(m, "status_colour", pt_case_status_colour(c->status));
    pt_set(m, "role", pt_text(lang, pt_case_role_text(c->role)));
    pt_set(m, "subject", c->subject);
    pt_set_flag(m, "restricted", c->restricted);
    pt_set_flag(m, "may_documents", pt_may(c->relation, PT_MAY_SEE_DOCUMENTS));
    pt_set_flag(m, "may_hearings", pt_may(c->relation, PT_MAY_SEE_HEARINGS));
    pt_set_flag(m, "may_history", pt_may(c->relation, PT_MAY_SEE_HISTORY));
    pt_set_flag(m, "may_views", pt_may(c->relation, PT_MAY_SEE_VIEWS));
    pt_set_flag(m, "may_joins", pt_may(c->relation, PT_MAY_SEE_JOINS));
    pt_set_flag(m, "may_lawyer", pt_may(c->relation, PT_MAY_SEE_LAWYER));
    pt_set_flag(m, "may_rate", pt_may(c->relation, PT_MAY_RATE));
}

/* Who asks, the case, and the page begun; that somebody looked is kept. */
static bool
begin(struct tab *t, enum pt_right right, const char *title, const char *on)
{
    const struct pt_asked asked = {&t->who.account, t->rq->param, right};

    if (!pt_who_must(t->app, t->rq, t->answer, &t->who) ||
        !pt_case_of(t->app, t->rq, t->answer, &asked, &t->c))
        return false;
    if (pt_store_case_viewed(t->app->store, t->c.id, t->who.account.id,
            pt_time(), &t->err) != MH_OK) {
        pt_answer_error(t->answer, &t->err);
        return false;
    }
    t->lang = pt_lang_of(t->rq);
    pt_page_of(&t->page, t->rq, t->answer, title, &t->who);
    pt_case_tabs(&t->page.root, &t->c, t->lang);
    pt_set_flag(&t->page.root, on, true);
    return true;
}

static void
end(struct tab *t, const struct pt_tmpl *tmpl, enum mh_code code)
{
    if (code == MH_OK)
        pt_page_end(tmpl, &t->page, t->rq, t->answer, 200);
    else
        pt_answer_error(t->answer, &t->err);
}

#define TAB                                                                    \
    {                                                                          \
        .app = ctx, .rq = rq, .answer = answer                                 \
    }

/* Cases before and after it; whoever may not see one is told its number. */
static enum mh_code
set_related(struct tab *t)
{
    struct pt_related list;
    enum mh_code code =
        pt_store_case_related(t->app->store, t->c.id, &t->err, &list);

    for (size_t i = 0; i < list.count && code == MH_OK; i++) {
        const struct pt_related_case *r = &list.item[i];
        struct pt_map *m = pt_add(&t->page.root, "related");
        enum pt_found found = PT_ABSENT;
        struct pt_case c;

        code = pt_store_case_get(
            t->app->store, r->id, &t->who.account, &t->err, &c, &found);
        pt_set(m, "related_id", r->id);
        pt_set(m, "related_number", r->number);
        pt_set(m, "related_court", r->court);
        pt_set_flag(m, "before", r->before);
        pt_set_flag(m, "open",
            found == PT_FOUND && pt_may(c.relation, PT_MAY_SEE_CASE));
    }
    return code;
}

void
pt_web_case(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    static const char *const lists[] = {
        [PT_CASE_CLAIMANT] = "claimants",
        [PT_CASE_DEFENDANT] = "defendants",
        [PT_CASE_THIRD] = "third_persons",
    };
    struct tab t = TAB;
    struct pt_parties list = {.count = 0};
    enum mh_code code;

    if (!begin(&t, PT_MAY_SEE_CASE, PT_T("Case"), "on_details"))
        return;
    code = pt_store_party_list(t.app->store, t.c.id, rq->arena, &t.err, &list);
    for (size_t i = 0; i < list.count; i++)
        if (list.item[i].side >= PT_CASE_CLAIMANT &&
            list.item[i].side <= PT_CASE_THIRD)
            pt_set(pt_add(&t.page.root, lists[list.item[i].side]), "name",
                list.item[i].name);
    pt_set_flag(
        &t.page.root, "may_inquire", pt_may(t.c.relation, PT_MAY_INQUIRE));
    pt_set_flag(&t.page.root, "may_writs",
        pt_may(t.c.relation, PT_MAY_KEEP_ENFORCEMENT));
    if (code == MH_OK)
        code = set_related(&t);
    if (code == MH_OK)
        code = pt_act_case_set(t.app, &t.page.root, &t.c, t.lang, &t.err);
    end(&t, &pt_tmpl_case, code);
}

void
pt_hearing_set(struct pt_map *m, const struct pt_hearing *h, enum mh_lang lang)
{
    char when[24];

    pt_baku_minute(h->starts, when);
    pt_set(m, "when", when);
    pt_set(m, "hearing", h->id);
    pt_baku_minute(h->ends, when);
    pt_set(m, "until", when[0] == '\0' ? "" : when + 11); /* the time alone */
    pt_baku_minute(h->moved_from, when);
    pt_set(m, "moved_from", when);
    pt_baku_minute(h->moved_to, when);
    pt_set(m, "moved_to", when);
    pt_set(m, "id", h->case_id);
    pt_set(m, "number", h->number);
    pt_set(m, "court", h->court);
    pt_set(m, "hall", h->hall);
    pt_set(m, "kind", pt_text(lang, pt_hearing_kind_text(h->kind)));
    pt_set(m, "state", pt_text(lang, pt_hearing_state_text(h->state)));
}

void
pt_web_case_hearings(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct tab t = TAB;
    struct pt_hearings list = {.count = 0};
    enum mh_code code;

    if (!begin(&t, PT_MAY_SEE_HEARINGS, PT_T("Hearings of the case"),
            "on_hearings"))
        return;
    code =
        pt_store_hearing_list(t.app->store, t.c.id, rq->arena, &t.err, &list);
    for (size_t i = 0; i < list.count; i++)
        pt_hearing_set(pt_add(&t.page.root, "hearings"), &list.item[i], t.lang);
    pt_set_flag(
        &t.page.root, "may_schedule", pt_may(t.c.relation, PT_MAY_SCHEDULE));
    end(&t, &pt_tmpl_case_hearings, code);
}

static enum mh_code
add_events(struct tab *t, bool views)
{
    struct pt_events list = {.count = 0};
    enum mh_code code = pt_store_event_list(
        t->app->store, t->c.id, views, t->rq->arena, &t->err, &list);

    for (size_t i = 0; i < list.count; i++) {
        struct pt_map *m = pt_add(&t->page.root, "events");
        const struct pt_event *e = &list.item[i];
        char when[24], data[PT_DETAIL_MAX + 1];

        pt_baku_minute(e->at, when);
        pt_set(m, "when", when);
        pt_set(m, "what", pt_text(t->lang, pt_event_text(e->kind)));
        pt_event_detail(e->kind, e->data, t->lang, data);
        pt_set(m, "data", data);
        pt_set(
            m, "who", pt_text(t->lang, pt_person_text((enum pt_role)e->role)));
        pt_set(m, "name", e->actor);
    }
    return code;
}

void
pt_web_case_history(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct tab t = TAB;

    if (begin(
            &t, PT_MAY_SEE_HISTORY, PT_T("History of the case"), "on_history"))
        end(&t, &pt_tmpl_case_history, add_events(&t, false));
}

void
pt_web_case_views(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct tab t = TAB;

    if (begin(&t, PT_MAY_SEE_VIEWS, PT_T("Who looked at the case"), "on_views"))
        end(&t, &pt_tmpl_case_views, add_events(&t, true));
}
