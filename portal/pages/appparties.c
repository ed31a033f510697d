#include "portal/pages/appparties.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "pages.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/pages/appvenue.h"
#include "portal/pages/appwords.h"
#include "portal/pages/asan.h"
#include "portal/pages/casewords.h"
#include "portal/pages/ident.h"
#include "portal/pages/wizard.h"
#include "portal/people/accounts.h"

static const enum pt_case_role sides[] = {PT_CASE_CLAIMANT, PT_CASE_DEFENDANT,
    PT_CASE_THIRD, PT_CASE_CLAIMANTS_LAWYER, PT_CASE_DEFENDANTS_LAWYER};

/* ---- the page ---- */

static void
set_party(
    struct pt_wizard *w, struct pt_map *m, const struct pt_application_party *p)
{
    char form[27];

    pt_id_new(form);
    pt_set(m, "party", p->id);
    pt_set(m, "form", form);
    pt_set(m, "party_side",
        pt_text(w->lang, pt_application_side_text(&w->d.a, p->side)));
    pt_set(m, "party_name", p->name);
    pt_set(m, "party_ident", p->ident);
    pt_set(m, "party_birth", p->birth);
    pt_set(m, "party_address", p->address);
    pt_set(m, "party_phone", p->phone);
    pt_set(m, "party_email", p->email);
    pt_set(m, "party_why", p->why);
}

/* Whether who asks stands among the parties. */
static bool
is_there(const struct pt_wizard *w)
{
    for (size_t i = 0; i < w->d.parties.count; i++)
        if (w->d.fin[0] != '\0' &&
            strcmp(w->d.parties.item[i].ident, w->d.fin) == 0)
            return true;
    return false;
}

/* What was written stays, where it was not taken. */
static void
show(struct pt_wizard *w)
{
    static const char *const fields[] = {
        "ident", "name", "birth", "address", "phone", "email"};
    struct pt_page page;
    struct pt_map *m = &page.root;
    const char *side = pt_field(w->rq, "side");
    struct mh_err err = {.msg = ""};

    pt_wizard_page(w, &page);
    if (pt_venue_hint(w, m, &err) != MH_OK) {
        pt_answer_error(w->answer, &err);
        return;
    }
    pt_set_list(m, "parties");
    for (size_t i = 0; i < w->d.parties.count; i++)
        set_party(w, pt_add(m, "parties"), &w->d.parties.item[i]);
    for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++) {
        struct pt_map *o = pt_add(m, "sides");

        pt_set(o, "code", pt_case_role_code(sides[i]));
        pt_set(o, "text",
            pt_text(w->lang, pt_application_side_text(&w->d.a, sides[i])));
        pt_set_flag(
            o, "chosen", strcmp(side, pt_case_role_code(sides[i])) == 0);
    }
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        pt_set(m, fields[i], pt_field(w->rq, fields[i]));
    pt_set_lines(m, "why", mh_span_str(pt_field(w->rq, "why")));
    pt_set_flag(m, "complaint", w->d.a.act[0] != '\0');
    pt_set_flag(m, "may_add_me", w->d.fin[0] != '\0' && !is_there(w));
    pt_wizard_show(w, &page, &pt_tmpl_application_parties);
}

void
pt_web_application_parties(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;

    if (pt_wizard_step(&w, 2))
        show(&w);
    pt_wizard_end(&w);
}

/* ---- one more ---- */

#define WRONG(w, field, text) pt_wizard_wrong(w, field, "wrong_" field, text)

/* A day that was, or nothing. */
static bool
birth_good(const char *text)
{
    int64_t day;

    return text[0] == '\0' ||
           (pt_baku_day_parse(text, &day) && day <= pt_time());
}

static bool
email_good(const char *text)
{
    const char *at = strchr(text, '@');

    return text[0] == '\0' ||
           (at != NULL && at != text && at[1] != '\0' &&
               strpbrk(text, " ,;<>\"") == NULL && strchr(at + 1, '@') == NULL);
}

/* Where they are reached. */
static void
take_contact(struct pt_wizard *w, struct pt_application_party *p)
{
    const char *phone = pt_field(w->rq, "phone");
    char line[4 * PT_TEXT_MAX + 1];

    if (!pt_line_of(
            pt_field(w->rq, "address"), PT_APPLICATION_ADDRESS, p->address))
        WRONG(w, "address",
            PT_T("The address is longer than 200 characters, or has "
                 "characters that cannot be read"));
    p->phone[0] = '\0';
    if (phone[strspn(phone, " ")] != '\0' && !pt_phone_clean(phone, p->phone)) {
        if (pt_phone_good(phone) && strlen(phone) < sizeof(p->phone))
            (void)snprintf(p->phone, sizeof(p->phone), "%s", phone);
        else
            WRONG(w, "phone", PT_T("Write the number as +994501234567"));
    }
    p->email[0] = '\0';
    if (!pt_line_of(pt_field(w->rq, "email"), PT_TEXT_MAX, line) ||
        strlen(line) > PT_TEXT_MAX || !email_good(line))
        WRONG(w, "email", PT_T("This is no e-mail address"));
    else
        memcpy(p->email, line, strlen(line) + 1); /* it fits */
}

static void
take(struct pt_wizard *w, struct pt_application_party *p)
{
    const char *side = pt_field(w->rq, "side");
    char birth[4 * 10 + 1];
    bool fin;

    *p = (struct pt_application_party){.id = ""};
    for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++)
        if (strcmp(side, pt_case_role_code(sides[i])) == 0)
            p->side = sides[i];
    if (p->side == 0)
        WRONG(w, "side", PT_T("Choose on which side they stand"));
    if (!pt_ident_read(pt_field(w->rq, "ident"), p->ident, &fin))
        WRONG(w, "ident",
            PT_T("A FIN is seven capital letters and digits, a VÖEN ten "
                 "digits"));
    if (!pt_line_of(pt_field(w->rq, "name"), PT_PARTY_NAME, p->name))
        WRONG(w, "name",
            PT_T("The name is longer than 100 characters, or has characters "
                 "that cannot be read"));
    else if (!pt_line_says(p->name))
        WRONG(w, "name", PT_T("Write the name"));
    if (!pt_line_of(pt_field(w->rq, "birth"), 10, birth) || !birth_good(birth))
        WRONG(w, "birth", PT_T("Write the day as 31.12.1980"));
    else
        (void)snprintf(p->birth, sizeof(p->birth), "%.10s", birth);
    take_contact(w, p);
    if (!pt_line_of(pt_field(w->rq, "why"), PT_APPLICATION_WHY, p->why))
        WRONG(w, "why",
            PT_T("The reason is longer than 500 characters, or has characters "
                 "that cannot be read"));
    else if (p->ident[0] == '\0' && !pt_line_says(p->why))
        WRONG(w, "ident",
            PT_T("Give the FIN or VÖEN, or say why it is not known"));
    if (p->ident[0] != '\0')
        p->why[0] = '\0';
}

/* Who asks, as a claimant. */
static void
take_me(struct pt_wizard *w, struct pt_application_party *p)
{
    const struct pt_account *a = &w->who.account;

    *p = (struct pt_application_party){.side = PT_CASE_CLAIMANT};
    (void)snprintf(p->ident, sizeof(p->ident), "%s", a->fin); /* it fits */
    (void)snprintf(
        p->name, sizeof(p->name), "%s %s", a->surname, a->name); /* it fits */
    (void)pt_phone_clean(a->phone, p->phone);
    (void)snprintf(p->email, sizeof(p->email), "%s", a->email); /* it fits */
}

/* What the step comes to with everybody who is there. */
static void
check(struct pt_wizard *w, bool whole)
{
    struct pt_application_fault f;

    if (pt_application_step(&w->d, 2, &f))
        return;
    if (strcmp(f.rule, "both-sides") == 0)
        WRONG(w, "ident", pt_application_fault_text(&f));
    else if (whole)
        WRONG(w, "side", pt_application_fault_text(&f));
}

static bool
already(const struct pt_wizard *w, const struct pt_application_party *p)
{
    for (size_t i = 0; i < w->d.parties.count; i++) {
        const struct pt_application_party *o = &w->d.parties.item[i];

        if (o->side == p->side && strcmp(o->ident, p->ident) == 0 &&
            (p->ident[0] != '\0' || strcmp(o->name, p->name) == 0))
            return true;
    }
    return false;
}

/* Adds one; false: it was not, and what is wrong is said or answered. */
static bool
add(struct pt_wizard *w, struct pt_application_party *p)
{
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};
    enum mh_code code;

    if (w->faults == 0 && w->d.parties.count < PT_APPLICATION_PARTIES) {
        w->d.parties.item[w->d.parties.count++] = *p;
        check(w, pt_wizard_do(w, "next"));
        w->d.parties.count--; /* it is written below what is there */
    }
    if (w->faults > 0)
        return false;
    code =
        pt_store_application_add_party(w->app->store, &w->by, p, &err, &done);
    if (code == MH_OK && done == PT_APPLICATION_FULL) {
        WRONG(w, "name", PT_T("There are 200 parties already"));
        return false;
    }
    return pt_wizard_done(w, code, done, &err, "step-2");
}

void
pt_web_application_parties_set(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    struct pt_application_party p;
    bool me = pt_wizard_do(&w, "me");
    bool typed = me || pt_field(rq, "name")[0] != '\0' ||
                 pt_field(rq, "ident")[0] != '\0' || pt_wizard_do(&w, "add");
    bool good = true;

    if (pt_wizard_step(&w, 2) && pt_wizard_by(&w, "application.changed")) {
        if (me)
            take_me(&w, &p);
        else if (typed)
            take(&w, &p);
        if (typed && w.faults == 0 && already(&w, &p))
            typed = false; /* the form once more, or said twice */
        if (typed)
            good = add(&w, &p);
        else if (pt_wizard_do(&w, "next"))
            check(&w, true);
        if (good && w.faults == 0)
            pt_wizard_saved(&w);
        else if (w.faults > 0)
            show(&w);
    }
    pt_wizard_end(&w);
}

/* ---- one less ---- */

void
pt_web_application_drop(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    const char *party = pt_field(rq, "party"), *file = pt_field(rq, "file");
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};

    if (pt_wizard_open(&w, PT_MAY_WRITE_APPLICATION) &&
        pt_wizard_by(&w, "application.changed")) {
        enum mh_code code = party[0] != '\0'
                                ? pt_store_application_drop_party(
                                      w.app->store, &w.by, party, &err, &done)
                                : pt_store_application_drop_file(
                                      w.app->store, &w.by, file, &err, &done);

        if (pt_wizard_done(&w, code, done, &err, "drop"))
            pt_wizard_go(&w, party[0] != '\0' ? "/step/2"
                             : strcmp(pt_field(rq, "step"), "5") == 0
                                 ? "/step/5"
                                 : "/step/3");
    }
    pt_wizard_end(&w);
}
