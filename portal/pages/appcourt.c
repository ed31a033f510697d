#include "portal/pages/appcourt.h"

#include <stdio.h>
#include <string.h>

#include "pages.h"
#include "portal/money/money.h"
#include "portal/pages/appvenue.h"
#include "portal/pages/appwords.h"
#include "portal/pages/fees.h"
#include "portal/pages/wizard.h"
#include "portal/store/courtinfo.h"

/* What the form shows: what is kept, or what was written. */
struct shown {
    const char *court, *kind, *category, *claim, *price;
    bool urgent;
};

static void
option(struct pt_map *m, const char *code, const char *text, bool chosen)
{
    pt_set(m, "code", code);
    pt_set(m, "text", text);
    pt_set_flag(m, "chosen", chosen);
}

/* How deep a category is below its kind. */
static unsigned
depth(const struct pt_wizard *w, const struct pt_policy_rule *r)
{
    unsigned n = 0;

    while (r != NULL && r->parent[0] != '\0' && n < PT_CATEGORY_DEPTH) {
        const struct pt_policy_ask ask = {
            PT_POLICY_CATEGORY, r->parent, r->of, w->d.day};

        r = pt_policy_find(&w->d.policy, &ask);
        n++;
    }
    return n;
}

/* A complaint stays what it is; nothing else becomes one. */
static bool
fits(const struct pt_wizard *w, const char *kind)
{
    return w->d.a.act[0] == '\0' ? !pt_appeals_kind(kind)
                                 : strcmp(w->d.a.kind, kind) == 0;
}

/* The kinds that count today, and the categories of each. */
static void
set_kinds(struct pt_wizard *w, struct pt_map *m, const struct shown *s)
{
    static const char *const indent[] = {"", "– ", "– – ", "– – "};

    for (size_t i = 0; i < w->d.policy.count; i++) {
        const struct pt_policy_rule *k = &w->d.policy.rule[i];
        struct pt_map *group;

        if (k->row != PT_POLICY_KIND || !pt_policy_counts(k, "", w->d.day) ||
            !fits(w, k->code))
            continue;
        option(pt_add(m, "kinds"), k->code,
            pt_text(w->lang, pt_application_kind_text(k->code)),
            strcmp(s->kind, k->code) == 0);
        group = pt_add(m, "groups");
        pt_set(group, "group",
            pt_text(w->lang, pt_application_kind_text(k->code)));
        pt_set_list(group, "categories");
        for (size_t n = 0; n < w->d.policy.count; n++) {
            const struct pt_policy_rule *c = &w->d.policy.rule[n];
            struct pt_map *o;

            if (c->row != PT_POLICY_CATEGORY ||
                !pt_policy_counts(c, k->code, w->d.day))
                continue;
            o = pt_add(group, "categories");
            option(o, c->code, "", strcmp(s->category, c->code) == 0);
            pt_setf(o, "text", "%s%s", indent[depth(w, c)],
                pt_text(w->lang, pt_application_category_text(c->code)));
        }
    }
}

static void
set_claims(struct pt_wizard *w, struct pt_map *m, const struct shown *s)
{
    static const enum pt_fee_claim claims[] = {
        PT_CLAIM_VALUED, PT_CLAIM_UNVALUED, PT_CLAIM_DWELLING};

    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        const char *code = pt_fee_claim_code(claims[i]);
        struct pt_map *o = pt_add(m, "options");

        option(o, code, pt_text(w->lang, pt_fee_claim_text(claims[i])),
            strcmp(s->claim, code) == 0);
        pt_set(o, "field", i == 0 ? "claim" : code); /* the first is led to */
    }
}

static void
show(struct pt_wizard *w, const struct shown *s)
{
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    struct pt_map *m = &page.root;

    pt_wizard_page(w, &page);
    if (pt_venue_courts(w, m, s->court, &err) != MH_OK) {
        pt_answer_error(w->answer, &err);
        return;
    }
    set_kinds(w, m, s);
    set_claims(w, m, s);
    pt_set(m, "price", s->price);
    pt_set_flag(m, "urgent", s->urgent);
    pt_set_flag(m, "complaint", w->d.a.act[0] != '\0');
    pt_wizard_show(w, &page, &pt_tmpl_application_court);
}

void
pt_web_application_court(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    const struct pt_application *a = &w.d.a;
    char price[PT_MONEY_TEXT] = "";

    if (pt_wizard_step(&w, 1)) {
        const struct shown s = {
            a->court_code, a->kind, a->category, a->claim, price, a->urgent};

        if (a->price > 0)
            pt_money_write(a->price, w.lang, price);
        show(&w, &s);
    }
    pt_wizard_end(&w);
}

/* ---- saving ---- */

#define WRONG(w, field, text) pt_wizard_wrong(w, field, "wrong_" field, text)

static const struct pt_policy_rule *
rule_of(const struct pt_wizard *w, enum pt_policy_row row, const char *code,
    const char *kind)
{
    const struct pt_policy_ask ask = {row, code, kind, w->d.day};

    return pt_policy_find(&w->d.policy, &ask);
}

/* The proceedings of a kind, which has one or none. */
static const char *
proceeding_of(const struct pt_wizard *w, const char *kind)
{
    for (size_t i = 0; i < w->d.policy.count; i++) {
        const struct pt_policy_rule *r = &w->d.policy.rule[i];

        if (r->row == PT_POLICY_PROCEEDING &&
            pt_policy_counts(r, kind, w->d.day))
            return r->code;
    }
    return "";
}

/* Kind, and what follows of it. */
static void
take_kind(struct pt_wizard *w, const struct shown *s, struct pt_application *a)
{
    const struct pt_policy_rule *kind = rule_of(w, PT_POLICY_KIND, s->kind, "");
    bool choice;

    if (kind != NULL && !fits(w, kind->code))
        kind = NULL;
    a->kind[0] = a->proceeding[0] = a->category[0] = a->claim[0] = '\0';
    if (kind == NULL) {
        WRONG(w, "kind", PT_T("Choose the kind of the application"));
        return;
    }
    choice = strcmp(kind->fee, "choice") == 0;
    (void)snprintf(a->kind, sizeof(a->kind), "%s", kind->code);
    (void)snprintf(a->proceeding, sizeof(a->proceeding), "%s",
        proceeding_of(w, kind->code));
    if (rule_of(w, PT_POLICY_CATEGORY, s->category, kind->code) != NULL)
        (void)snprintf(a->category, sizeof(a->category), "%s", s->category);
    else
        WRONG(w, "category",
            PT_T("Choose what it is about, of those of its kind"));
    if (!choice)
        (void)snprintf(a->claim, sizeof(a->claim), "%s", kind->fee);
    else if (strcmp(s->claim, pt_fee_claim_code(PT_CLAIM_VALUED)) == 0 ||
             strcmp(s->claim, pt_fee_claim_code(PT_CLAIM_UNVALUED)) == 0 ||
             strcmp(s->claim, pt_fee_claim_code(PT_CLAIM_DWELLING)) == 0)
        (void)snprintf(a->claim, sizeof(a->claim), "%s", s->claim);
    else
        WRONG(w, "claim", PT_T("Choose whether the claim has a price"));
}

static void
take_price(struct pt_wizard *w, const struct shown *s, struct pt_application *a)
{
    bool valued = strcmp(a->claim, pt_fee_claim_code(PT_CLAIM_VALUED)) == 0;
    bool good;

    a->price = 0;
    good = valued ? pt_money_parse(s->price, &a->price) && a->price > 0
                  : s->price[strspn(s->price, " ")] == '\0';
    if (!good && a->claim[0] != '\0')
        WRONG(w, "price",
            PT_T("A claim with a price has one of 0,01 to 1 000 000 000 000 "
                 "AZN, and no other has one"));
    if (!good || !valued)
        a->price = 0;
}

static enum mh_code
take_court(struct pt_wizard *w, const struct shown *s, struct pt_application *a,
    struct mh_err *err)
{
    struct pt_court_info info;
    enum pt_found found = PT_ABSENT;
    enum mh_code code =
        pt_store_court_find(w->app->store, s->court, err, &a->court);

    if (code == MH_OK && a->court != 0)
        code = pt_store_court_info(w->app->store, s->court, err, &info, &found);
    if (code != MH_OK)
        return code;
    if (found == PT_ABSENT)
        WRONG(w, "court", PT_T("Choose a court from the list"));
    else if (info.closed)
        WRONG(w, "court", PT_T("This court takes no new cases"));
    else if (!info.connected)
        WRONG(w, "court",
            PT_T("This court takes applications on paper only, at its address. "
                 "The list of courts has it."));
    else
        return MH_OK;
    a->court = 0;
    return MH_OK;
}

/* The court of a complaint is that above the court of the act. */
static enum mh_code
above(struct pt_wizard *w, const char *court, struct mh_err *err)
{
    const struct pt_appeals_ask ask = {
        w->d.a.act_code, w->d.a.act_kind, w->d.day};
    struct pt_appeals_route route;
    struct pt_appeals appeals;
    enum mh_code code =
        pt_appeals_read(pt_appeals_text(), w->arena, err, &appeals);

    if (code == MH_OK && pt_appeals_find(&appeals, &ask, &route) &&
        route.court->above[0] != '\0' && strcmp(route.court->above, court) != 0)
        WRONG(w, "court",
            PT_T("Another court hears complaints against this act: choose the "
                 "one above the court that made it"));
    return code;
}

/* The form into a; what cannot be kept is said, and left out. */
static enum mh_code
take(struct pt_wizard *w, const struct shown *s, struct pt_application *a,
    struct mh_err *err)
{
    enum mh_code code = take_court(w, s, a, err);

    if (code == MH_OK && a->court != 0 && a->act[0] != '\0')
        code = above(w, s->court, err);
    take_kind(w, s, a);
    take_price(w, s, a);
    a->urgent = s->urgent;
    return code;
}

void
pt_web_application_court_set(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    const struct shown s = {pt_field(rq, "court"), pt_field(rq, "kind"),
        pt_field(rq, "category"), pt_field(rq, "claim"), pt_field(rq, "price"),
        strcmp(pt_field(rq, "urgent"), "yes") == 0};
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};
    struct pt_application *a;

    if (pt_wizard_step(&w, 1) &&
        pt_wizard_by(
            &w, pt_wizard_do(&w, "autosave") ? NULL : "application.changed")) {
        enum mh_code code;

        a = &w.d.a;
        code = take(&w, &s, a, &err);
        if (code == MH_OK && w.faults > 0 && pt_wizard_do(&w, "next")) {
            show(&w, &s);
            pt_wizard_end(&w);
            return;
        }
        w.faults = 0; /* of what is only kept for later */
        w.status = 0;
        if (code == MH_OK)
            code = pt_store_application_set_court(
                w.app->store, &w.by, a, &err, &done);
        if (pt_wizard_done(&w, code, done, &err, "step-1"))
            pt_wizard_saved(&w);
        else if (w.faults > 0)
            show(&w, &s);
    }
    pt_wizard_end(&w);
}
