#include "portal/pages/judgepage.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "pages.h"
#include "portal/data/policy.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/pages/casepage.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/store/draws.h"

enum {
    ARENA = 8 << 20, /* bytes of lists */
    DAY = 86400,     /* seconds */
    CODE = 48,       /* bytes of a judge in a form */
};

struct judging {
    struct pt_app *app;
    struct pt_request *rq;
    struct pt_answer *answer;
    enum mh_lang lang;
    struct mh_arena *arena;
    struct pt_who who;
    struct pt_case c;
    struct pt_judges judges;
    struct pt_fault fault; /* field NULL: nothing is wrong */
};
#define JUDGING                                                                \
    {                                                                          \
        .app = ctx, .rq = rq, .answer = answer, .lang = pt_lang_of(rq)         \
    }

/* Somebody, with an arena; else answer says.  The caller frees it. */
static bool
begin(struct judging *v)
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

static bool
begin_case(struct judging *v, enum pt_right right)
{
    const struct pt_asked asked = {&v->who.account, v->rq->param, right};

    return begin(v) && pt_case_of(v->app, v->rq, v->answer, &asked, &v->c);
}

/* ---- how it was drawn ---- */

static void
set_judges(struct pt_map *m, const struct pt_draw *d)
{
    char name[258];
    int64_t account;

    pt_set_list(m, "list");
    for (size_t i = 0; pt_draw_line(d->judges, i, &account, name); i++) {
        struct pt_map *o = pt_add(m, "list");

        pt_set_int(o, "place", (int64_t)i);
        pt_set_int(o, "account", account);
        pt_set(o, "name", name);
        pt_set_flag(o, "drawn", d->drawn != MH_TIME_NONE && i == d->place);
    }
}

static void
set_draw(struct pt_map *m, const struct pt_draw *d)
{
    char hex[2 * PT_HASH + 1], when[24];
    struct mh_buf root;

    mh_hex_encode((struct mh_span){d->sha256, PT_HASH}, hex);
    pt_set(m, "digest", hex);
    pt_set(m, "application", d->application);
    pt_set_int(m, "count", (int64_t)d->count);
    pt_baku_minute(d->published, when);
    pt_set(m, "published", when);
    pt_set_flag(m, "drawn", d->drawn != MH_TIME_NONE);
    if (d->node > 0)
        pt_set_int(m, "node", d->node);
    set_judges(m, d);
    if (d->drawn == MH_TIME_NONE)
        return;
    pt_baku_minute(d->drawn, when);
    pt_set(m, "when", when);
    pt_set_int(m, "record", d->record);
    pt_set_int(m, "place", (int64_t)d->place);
    pt_set_lines(m, "note", mh_span_str(d->note));
    mh_buf_init(&root, 64);
    mh_base64_encode((struct mh_span){d->root, PT_HASH}, &root);
    if (mh_buf_ok(&root))
        pt_set_span(m, "root", mh_buf_get(&root));
    mh_buf_fini(&root);
}

static void
set_openings(struct pt_map *m, const struct pt_draw_openings *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct pt_draw_opening *one = &list->item[i];
        struct pt_map *o = pt_add(m, "openings");
        char when[24];

        pt_set_int(o, "number", one->n);
        pt_set_int(o, "node", one->node);
        pt_baku_minute(one->taken, when);
        pt_set(o, "taken", when);
        pt_baku_minute(one->ended, when);
        pt_set(o, "ended", when);
    }
}

static void
set_given(struct pt_map *m, const struct pt_given_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct pt_given_to *g = &list->item[i];
        struct pt_map *o = pt_add(m, "given");
        char when[24];

        pt_baku_minute(g->at, when);
        pt_set(o, "at", when);
        pt_set(o, "was", g->was);
        pt_set(o, "will", g->will);
        pt_set(o, "by", g->by);
        pt_set(o, "why", g->reason);
    }
}

void
pt_web_draw(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct judging v = JUDGING;
    struct pt_draw_openings openings = {.count = 0};
    struct pt_given_list given = {.count = 0};
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    struct pt_draw d;

    if (begin_case(&v, PT_MAY_SEE_CASE)) {
        enum mh_code code =
            pt_store_draw_get(v.app->store, v.c.id, v.arena, &err, &d);

        if (code == MH_OK)
            code =
                pt_store_draw_openings(v.app->store, v.c.id, &err, &openings);
        if (code == MH_OK)
            code = pt_store_given_list(
                v.app->store, v.c.id, v.arena, &err, &given);
        if (code == MH_OK) {
            pt_page_of(
                &page, rq, answer, PT_T("How the judge was chosen"), &v.who);
            page.arena = v.arena;
            pt_case_set(&page.root, &v.c);
            pt_set_flag(&page.root, "in_cases", true);
            pt_set(&page.root, "judge", v.c.judge);
            pt_set_flag(&page.root, "draw", d.case_id[0] != '\0');
            if (d.case_id[0] != '\0')
                set_draw(&page.root, &d);
            set_openings(&page.root, &openings);
            set_given(&page.root, &given);
            pt_set_flag(
                &page.root, "may_give", pt_may(v.c.relation, PT_MAY_GIVE_CASE));
            pt_page_end(&pt_tmpl_case_draw, &page, rq, answer, 200);
        } else {
            pt_answer_error(answer, &err);
        }
    }
    mh_arena_free(v.arena);
}

/* ---- choices ---- */

static void
code_of(const struct pt_judge_of *j, char out[static CODE])
{
    (void)snprintf(out, CODE, "%lld-%lld", (long long)j->court,
        (long long)j->account); /* fits */
}

/* The judge that the form names; NULL: none of them. */
static const struct pt_judge_of *
chosen(const struct judging *v)
{
    char code[CODE];

    for (size_t i = 0; i < v->judges.count; i++) {
        code_of(&v->judges.item[i], code);
        if (strcmp(code, pt_field(v->rq, "judge")) == 0)
            return &v->judges.item[i];
    }
    return NULL;
}

static void
set_choice(struct judging *v, struct pt_map *m)
{
    char code[CODE];

    for (size_t i = 0; i < v->judges.count; i++) {
        struct pt_map *o = pt_add(m, "judges");

        code_of(&v->judges.item[i], code);
        pt_set(o, "code", code);
        pt_set(o, "name", v->judges.item[i].name);
        pt_set_flag(o, "chosen", strcmp(code, pt_field(v->rq, "judge")) == 0);
    }
}

static void
wrong(struct judging *v, const char *field, const char *name, const char *text)
{
    if (v->fault.field == NULL)
        v->fault = (struct pt_fault){field, name, pt_text(v->lang, text)};
}

/* ---- another judge ---- */

static void
show_giving(struct judging *v)
{
    struct pt_page page;

    pt_page_of(&page, v->rq, v->answer, PT_T("Give the case to another judge"),
        &v->who);
    page.arena = v->arena;
    pt_case_set(&page.root, &v->c);
    pt_set_flag(&page.root, "in_cases", true);
    pt_set(&page.root, "judge", v->c.judge);
    set_choice(v, &page.root);
    pt_set_lines(&page.root, "reason", mh_span_str(pt_field(v->rq, "reason")));
    pt_form_id_set(&page.root, v->rq);
    if (v->fault.field != NULL)
        pt_fault_set(&page, &v->fault);
    pt_page_end(&pt_tmpl_case_judge, &page, v->rq, v->answer,
        v->fault.field == NULL ? 200 : 422);
}

static bool
begin_giving(struct judging *v)
{
    struct mh_err err = {.msg = ""};

    if (!begin_case(v, PT_MAY_GIVE_CASE))
        return false;
    if (pt_store_official_judges(v->app->store, v->who.account.id, v->arena,
            &err, &v->judges) == MH_OK)
        return true;
    pt_answer_error(v->answer, &err);
    return false;
}

void
pt_web_case_judge_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct judging v = JUDGING;

    if (begin_giving(&v))
        show_giving(&v);
    mh_arena_free(v.arena);
}

static void
give(struct judging *v, const char *reason)
{
    const struct pt_judge_of *j = chosen(v);
    const struct pt_giving g = {.case_id = v->c.id,
        .reason = reason,
        .form = pt_field(v->rq, "form"),
        .judge = j == NULL ? 0 : j->account,
        .president = v->who.account.id,
        .now = pt_time()};
    enum pt_given given = PT_GIVEN_NOT;
    struct mh_err err = {.msg = ""};

    if (pt_store_case_give(v->app->store, &g, &err, &given) != MH_OK) {
        pt_answer_error(v->answer, &err);
        return;
    }
    pt_ledger_wake(v->app->ledger);
    if (given == PT_GIVEN_SAME)
        wrong(v, "judge", "wrong_judge",
            PT_T("The case is that judge's already"));
    else if (given == PT_GIVEN_NOT)
        wrong(v, "judge", "wrong_judge", PT_T("Choose a judge of the court"));
    if (v->fault.field != NULL) {
        show_giving(v);
        return;
    }
    v->answer->status = 303;
    pt_answer_header(v->answer, "Location", "/cases/%s/draw", v->c.id);
}

void
pt_web_case_judge(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct judging v = JUDGING;
    char reason[4 * PT_GIVE_WHY + 1];

    if (begin_giving(&v)) {
        if (chosen(&v) == NULL)
            wrong(&v, "judge", "wrong_judge",
                PT_T("Choose a judge of the court"));
        if (!pt_line_of(pt_field(rq, "reason"), PT_GIVE_WHY, reason))
            wrong(&v, "reason", "wrong_reason",
                PT_T("The reason is longer than 500 characters, or has "
                     "characters that cannot be read"));
        else if (!pt_line_says(reason))
            wrong(&v, "reason", "wrong_reason", PT_T("Give a reason"));
        if (!pt_form_id_good(rq))
            pt_page_refuse(rq, answer, 400, PT_T("This form cannot be read"),
                PT_T("Open the page again and fill in a new one."));
        else if (v.fault.field != NULL)
            show_giving(&v);
        else
            give(&v, reason);
    }
    mh_arena_free(v.arena);
}

/* ---- leave ---- */

static enum mh_code
set_leaves(struct judging *v, struct pt_map *m, struct mh_err *err)
{
    struct pt_leaves *list = mh_arena_alloc(v->arena, sizeof(*list));
    enum mh_code code;

    if (list == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    code = pt_store_leave_list(
        v->app->store, v->who.account.id, pt_policy_day(pt_time()), err, list);
    for (size_t i = 0; code == MH_OK && i < list->count; i++) {
        const struct pt_leave *l = &list->item[i];
        const struct pt_judge_of j = {.court = l->court, .account = l->account};
        struct pt_map *o = pt_add(m, "leaves");
        char day[16], code_text[CODE];

        code_of(&j, code_text);
        pt_set(o, "code", code_text);
        pt_set(o, "name", l->name);
        pt_baku_day(l->begins, day);
        pt_set(o, "from", day);
        pt_baku_day(l->ends - DAY, day);
        pt_set(o, "until", day);
    }
    return code;
}

static void
show_judges(struct judging *v)
{
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    struct pt_map *m = &page.root;

    pt_page_of(
        &page, v->rq, v->answer, PT_T("Judges who are on leave"), &v->who);
    page.arena = v->arena;
    pt_set_flag(m, "in_judges", true);
    set_choice(v, m);
    pt_set(m, "from", pt_field(v->rq, "from"));
    pt_set(m, "until", pt_field(v->rq, "until"));
    if (v->fault.field != NULL)
        pt_fault_set(&page, &v->fault);
    if (set_leaves(v, m, &err) == MH_OK)
        pt_page_end(&pt_tmpl_judges, &page, v->rq, v->answer,
            v->fault.field == NULL ? 200 : 422);
    else
        pt_answer_error(v->answer, &err);
}

static bool
begin_judges(struct judging *v)
{
    struct mh_err err = {.msg = ""};

    if (!begin(v))
        return false;
    if (v->who.account.role != PT_ROLE_PRESIDENT) {
        pt_page_absent(v->rq, v->answer);
        return false;
    }
    if (pt_store_official_judges(v->app->store, v->who.account.id, v->arena,
            &err, &v->judges) == MH_OK)
        return true;
    pt_answer_error(v->answer, &err);
    return false;
}

void
pt_web_judges(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct judging v = JUDGING;

    if (begin_judges(&v))
        show_judges(&v);
    mh_arena_free(v.arena);
}

/* The days of the form; what is wrong with them is said. */
static void
take_days(struct judging *v, struct pt_leave *l)
{
    int64_t from = 0, until = 0;

    if (!pt_baku_day_parse(pt_field(v->rq, "from"), &from))
        wrong(v, "from", "wrong_from", PT_T("Write the day as DD.MM.YYYY"));
    if (!pt_baku_day_parse(pt_field(v->rq, "until"), &until))
        wrong(v, "until", "wrong_until", PT_T("Write the day as DD.MM.YYYY"));
    else if (until < from || until - from >= (int64_t)PT_LEAVE_DAYS * DAY)
        wrong(v, "until", "wrong_until",
            PT_T("A leave ends on its first day or later, and is at most 366 "
                 "days long"));
    l->begins = pt_policy_day(from);
    l->ends = pt_policy_day(until) + DAY;
}

void
pt_web_judges_leave(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct judging v = JUDGING;
    struct pt_leave l = {.court = 0};
    struct mh_err err = {.msg = ""};
    enum pt_found found = PT_ABSENT;

    if (begin_judges(&v)) {
        const struct pt_judge_of *j = chosen(&v);
        struct pt_leave_set set = {&l, v.who.account.id, pt_time(),
            strcmp(pt_field(rq, "do"), "drop") == 0};

        if (j == NULL)
            wrong(&v, "judge", "wrong_judge",
                PT_T("Choose a judge of the court"));
        take_days(&v, &l);
        l.court = j == NULL ? 0 : j->court;
        l.account = j == NULL ? 0 : j->account;
        if (v.fault.field != NULL)
            show_judges(&v);
        else if (pt_store_leave_set(v.app->store, &set, &err, &found) != MH_OK)
            pt_answer_error(answer, &err);
        else if (found == PT_ABSENT)
            pt_page_refuse(rq, answer, 409, PT_T("There is no such leave"),
                PT_T("Nothing was changed. Open the page again."));
        else {
            pt_ledger_wake(v.app->ledger);
            answer->status = 303;
            pt_answer_header(answer, "Location", "/judges");
        }
    }
    mh_arena_free(v.arena);
}
