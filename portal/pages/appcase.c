#include "portal/pages/appcase.h"

#include <stdio.h>
#include <string.h>

#include "base/sys/log.h"
#include "base/text.h"
#include "pages.h"
#include "portal/filing/ledger.h"
#include "portal/pages/appwords.h"
#include "portal/pages/casewords.h"
#include "portal/pages/ident.h"
#include "portal/pages/wizard.h"

/* A party, and who of the cabinet it is. */
struct match {
    struct pt_register_party party;
    bool other; /* its FIN is somebody's of another name */
};

struct making {
    struct pt_wizard *w;
    struct match *match; /* one a party */
    struct pt_register r;
    char subject[4 * PT_SUBJECT_MAX + 1];
};

/* ---- who is told ---- */

/* A representative is named and no more: a power of attorney of their client
   opens the case to them. */
static bool
is_agent(const struct pt_application_party *p)
{
    return p->side == PT_CASE_CLAIMANTS_LAWYER ||
           p->side == PT_CASE_DEFENDANTS_LAWYER;
}

/* Whose FIN it is takes part at once, where the name is theirs as well: a
   wrong letter in a FIN opens the case to nobody else. */
static enum mh_code
match_one(struct making *v, size_t n, struct mh_err *err)
{
    const struct pt_application_party *p = &v->w->d.parties.item[n];
    struct match *m = &v->match[n];
    struct pt_account a = {.id = 0};
    enum pt_found found = PT_ABSENT;
    char full[2 * PT_TEXT_MAX + 2];
    enum mh_code code;

    *m = (struct match){.party.p.side = p->side};
    if (is_agent(p))
        return MH_OK;
    (void)snprintf(m->party.p.name, sizeof(m->party.p.name), "%s", p->name);
    (void)snprintf(m->party.ident, sizeof(m->party.ident), "%s", p->ident);
    if (strlen(p->ident) != PT_FIN)
        return MH_OK;
    code = pt_store_account_by_fin(v->w->app->store, p->ident, err, &a, &found);
    if (code != MH_OK || found == PT_ABSENT || a.pending ||
        a.state != PT_ACCOUNT_ACTIVE)
        return code;
    (void)snprintf(full, sizeof(full), "%s %s", a.surname, a.name); /* fits */
    m->other = a.id != v->w->d.a.owner && !pt_ident_names(full, p->name);
    if (!m->other)
        m->party.account = a.id;
    return MH_OK;
}

static bool
begin(struct making *v)
{
    struct pt_wizard *w = v->w;
    struct mh_err err = {.msg = ""};
    enum mh_code code = MH_OK;

    if (!pt_wizard_open(w, PT_MAY_REVIEW_APPLICATION))
        return false;
    v->match =
        mh_arena_array(w->arena, w->d.parties.count + 1, sizeof(*v->match));
    if (v->match == NULL) {
        (void)mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
        pt_answer_error(w->answer, &err);
        return false;
    }
    for (size_t i = 0; i < w->d.parties.count && code == MH_OK; i++)
        code = match_one(v, i, &err);
    if (code != MH_OK)
        pt_answer_error(w->answer, &err);
    return code == MH_OK;
}

/* ---- the form ---- */

static void
option(struct pt_map *m, const char *code, const char *text, bool chosen)
{
    pt_set(m, "code", code);
    pt_set(m, "text", text);
    pt_set_flag(m, "chosen", chosen);
}

static void
set_choices(struct making *v, struct pt_map *m, bool first)
{
    struct pt_wizard *w = v->w;
    const char *type = first && strcmp(w->d.a.kind, "interim") == 0
                           ? "MXMT"
                           : pt_field(w->rq, "type");
    const char *proceeding =
        first ? w->d.a.proceeding : pt_field(w->rq, "proceeding");

    for (size_t i = 0; pt_series_of(i) != NULL; i++) {
        const char *code = pt_series_of(i)->type;

        option(pt_add(m, "types"), code,
            pt_text(w->lang, pt_case_type_text(code)), strcmp(type, code) == 0);
    }
    for (size_t i = 0; pt_case_proceeding_of(i) != NULL; i++) {
        const char *code = pt_case_proceeding_of(i);

        option(pt_add(m, "proceedings"), code,
            pt_text(w->lang, pt_case_proceeding_text(code)),
            strcmp(proceeding, code) == 0);
    }
}

static void
show(struct making *v, bool first)
{
    struct pt_wizard *w = v->w;
    struct pt_page page;
    struct pt_map *m = &page.root;

    pt_page_of(
        &page, w->rq, w->answer, PT_T("Register the application"), &w->who);
    page.arena = w->arena;
    pt_set_flag(m, "in_desk", true);
    pt_set(m, "id", w->d.a.id);
    pt_set(m, "number", w->d.a.number);
    pt_set(m, "court", w->d.a.court_name);
    pt_set_int(m, "version", w->d.a.version);
    pt_form_id_set(m, w->rq);
    set_choices(v, m, first);
    pt_set(m, "subject", first ? w->d.a.title : pt_field(w->rq, "subject"));
    pt_set_flag(
        m, "restricted", strcmp(pt_field(w->rq, "restricted"), "yes") == 0);
    for (size_t i = 0; i < w->d.parties.count; i++) {
        struct pt_map *o = pt_add(m, "parties");

        pt_set(o, "party_name", w->d.parties.item[i].name);
        pt_set(o, "party_ident", w->d.parties.item[i].ident);
        pt_set(o, "party_side",
            pt_text(w->lang,
                pt_application_side_text(&w->d.a, w->d.parties.item[i].side)));
        pt_set_flag(o, "told", v->match[i].party.account != 0);
        pt_set_flag(o, "other", v->match[i].other);
    }
    for (size_t i = 0; i < w->faults; i++)
        pt_fault_set(&page, &w->fault[i]);
    pt_page_end(&pt_tmpl_application_case, &page, w->rq, w->answer,
        w->faults == 0 ? 200 : 422);
}

void
pt_web_application_case_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    struct making v = {.w = &w};

    if (begin(&v)) {
        if (w.d.a.state != PT_APPLICATION_IN_REVIEW)
            pt_wizard_go(&w, "");
        else
            show(&v, true);
    }
    pt_wizard_end(&w);
}

/* ---- the case ---- */

static void
take(struct making *v)
{
    struct pt_wizard *w = v->w;
    const char *proceeding = pt_field(w->rq, "proceeding");

    v->r.court = w->d.a.court;
    v->r.series = pt_series_find(pt_field(w->rq, "type"));
    if (v->r.series == NULL)
        pt_wizard_wrong(
            w, "type", "wrong_type", PT_T("Choose the type of the case"));
    v->r.proceeding = "";
    for (size_t i = 0; pt_case_proceeding_of(i) != NULL; i++)
        if (strcmp(pt_case_proceeding_of(i), proceeding) == 0)
            v->r.proceeding = pt_case_proceeding_of(i);
    if (strcmp(v->r.proceeding, proceeding) != 0 ||
        (v->r.series != NULL && v->r.series->proceeding &&
            proceeding[0] == '\0'))
        pt_wizard_wrong(w, "proceeding", "wrong_proceeding",
            PT_T("Choose the kind of proceedings"));
    v->r.subject = v->subject;
    if (!pt_line_of(pt_field(w->rq, "subject"), PT_SUBJECT_MAX, v->subject) ||
        !pt_line_says(v->subject))
        pt_wizard_wrong(w, "subject", "wrong_subject",
            PT_T("Write what the case is about, in at most 200 characters"));
    v->r.restricted = strcmp(pt_field(w->rq, "restricted"), "yes") == 0;
}

/* The parties as the case has them, without representatives; NULL: memory. */
static struct pt_register_party *
parties_of(struct making *v, size_t *count)
{
    struct pt_register_party *out =
        mh_arena_array(v->w->arena, v->w->d.parties.count + 1, sizeof(*out));

    *count = 0;
    for (size_t i = 0; out != NULL && i < v->w->d.parties.count; i++)
        if (!is_agent(&v->w->d.parties.item[i]))
            out[(*count)++] = v->match[i].party;
    return out;
}

static void
register_it(struct making *v)
{
    struct pt_wizard *w = v->w;
    size_t count;
    struct pt_register_party *parties = parties_of(v, &count);
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct pt_register_done out = {.what = PT_REGISTERED_NOT};
    struct mh_err err = {.msg = ""};
    struct pt_receipt receipt;
    const struct pt_application_case c = {&v->r, &receipt};
    enum mh_code code =
        parties == NULL
            ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
            : pt_application_owe(w->app, &w->d.a, w->arena, &err, &receipt);

    v->r.party = parties;
    v->r.parties = count;
    if (code == MH_OK)
        code = pt_store_application_register(
            w->app->store, &w->by, &c, &err, &out, &done);
    if (code == MH_ELIMIT) {
        pt_page_refuse(w->rq, w->answer, 409,
            PT_T("The series of numbers is at its end"),
            PT_T("Nothing was registered. Tell the operator."));
    } else if (pt_wizard_done(w, code, done, &err, "registered")) {
        w->answer->status = 303;
        pt_answer_header(w->answer, "Location", "/cases/%s", out.id);
    }
}

void
pt_web_application_case(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    struct making v = {.w = &w};

    if (begin(&v) && pt_wizard_by(&w, "application.registered")) {
        take(&v);
        if (w.faults > 0)
            show(&v, false);
        else
            register_it(&v);
    }
    pt_wizard_end(&w);
}
