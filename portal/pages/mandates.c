#include "portal/pages/mandates.h"

#include <stdio.h>
#include <string.h>

#include "base/sys/log.h"
#include "base/time.h"
#include "pages.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/pages/casepage.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/pages/ident.h"
#include "portal/pages/joinpage.h"
#include "portal/store/deliveries.h"
#include "portal/store/mandates.h"

enum {
    DAY = 86400, /* seconds */
};

static const struct {
    const char *field;
    unsigned bit;
    const char *text;
} scopes[] = {
    {"scope-read", PT_SCOPE_READ, PT_T("to read the case")},
    {"scope-file", PT_SCOPE_FILE, PT_T("to file documents")},
    {"scope-pay", PT_SCOPE_PAY, PT_T("to pay")},
    {"scope-notices", PT_SCOPE_NOTICES,
        PT_T("to receive notifications and service")},
};
enum {
    SCOPES = sizeof(scopes) / sizeof(scopes[0]),
};

static const char *
state_text(enum pt_mandate_state state)
{
    switch (state) {
    case PT_MANDATE_PENDING:
        return PT_T("waits for the lawyer");
    case PT_MANDATE_ACTIVE:
        return PT_T("active");
    case PT_MANDATE_EXPIRED:
        return PT_T("its time is over");
    case PT_MANDATE_REVOKED:
    case PT_MANDATE_STATES:
        break;
    }
    return PT_T("ended");
}

static void
set_mandate(struct pt_map *m, const struct pt_mandate *d, enum mh_lang lang)
{
    char day[24], list[512] = "";
    size_t at = 0;

    pt_set(m, "id", d->id);
    pt_set(m, "fin", d->fin);
    pt_set(m, "other", d->other);
    pt_set(m, "case_number", d->number);
    for (size_t i = 0; i < SCOPES; i++)
        if ((d->scopes & scopes[i].bit) != 0) {
            int n = snprintf(list + at, sizeof(list) - at, "%s%s",
                at == 0 ? "" : ", ", pt_text(lang, scopes[i].text));

            at += n > 0 && (size_t)n < sizeof(list) - at ? (size_t)n : 0;
        }
    pt_set(m, "scopes", list);
    pt_baku_minute(d->until - 1, day); /* its last minute */
    pt_set(m, "until", day);
    pt_set(m, "state", pt_text(lang, state_text(d->state)));
    pt_set_flag(m, "pending", d->state == PT_MANDATE_PENDING);
    pt_set_flag(m, "open", d->state < PT_MANDATE_EXPIRED);
    pt_set_flag(m, "may_accept", !d->given && d->state == PT_MANDATE_PENDING);
}

static void
set_form(struct pt_page *page, struct pt_request *rq, enum mh_lang lang)
{
    struct pt_map *m = &page->root;
    bool sent = pt_form_id_good(rq);

    pt_set(m, "lawyer", pt_field(rq, "lawyer"));
    pt_set_flag(m, "one_case", strcmp(pt_field(rq, "which"), "all") != 0);
    pt_set_flag(m, "all_cases", strcmp(pt_field(rq, "which"), "all") == 0);
    pt_set(m, "number", pt_field(rq, "number"));
    pt_set(m, "until_day", pt_field(rq, "until"));
    for (size_t i = 0; i < SCOPES; i++) {
        struct pt_map *o = pt_add(m, "scopes");

        pt_set(o, "field", scopes[i].field);
        pt_set(o, "text", pt_text(lang, scopes[i].text));
        pt_set_flag(o, "chosen",
            sent ? pt_field(rq, scopes[i].field)[0] != '\0' : i == 0);
    }
    pt_form_id_set(m, rq);
}

static void
show(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, const struct pt_fault *fault)
{
    enum mh_lang lang = pt_lang_of(rq);
    struct mh_err err = {.msg = ""};
    struct pt_mandates list;
    struct pt_page page;

    if (pt_store_mandate_list(app->store, &who->account, pt_time(), rq->arena,
            &err, &list) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_page_of(&page, rq, answer, PT_T("Mandates"), who);
    pt_set_flag(&page.root, "in_cases", true);
    for (size_t i = 0; i < list.count; i++)
        set_mandate(pt_add(&page.root, list.item[i].given ? "gave" : "got"),
            &list.item[i], lang);
    set_form(&page, rq, lang);
    if (fault != NULL)
        pt_fault_set(&page, fault);
    pt_page_end(
        &pt_tmpl_mandates, &page, rq, answer, fault == NULL ? 200 : 422);
}

static bool
begin(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    struct pt_who *who)
{
    if (!pt_who_must(app, rq, answer, who))
        return false;
    if (!pt_role_official(who->account.role))
        return true;
    pt_page_absent(rq, answer);
    return false;
}

void
pt_web_mandates(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_who who;

    if (begin(ctx, rq, answer, &who))
        show(ctx, rq, answer, &who, NULL);
}

/* The other of the two hears of it by e-mail, where one is proven; that it
   could not be put into the outbox undoes nothing. */
static void
tell(struct pt_app *app, int64_t account)
{
    struct pt_delivery d = {.account = account,
        .channel = PT_CHANNEL_MAIL,
        .kind = "mandate",
        .created = pt_time()};
    struct mh_err err = {.msg = ""};
    enum pt_found found = PT_ABSENT;
    struct pt_account a;

    if (account == 0 ||
        pt_store_account_get(app->store, account, &err, &a, &found) != MH_OK ||
        found != PT_FOUND || !a.email_proven || !a.notify_email)
        return;
    memcpy(d.lang, a.lang, sizeof(d.lang));
    if (pt_store_delivery_add(app->store, &d, &err) != MH_OK)
        mh_log("mandate", "mail=%s", mh_code_name(err.code));
}

static void
lead(struct pt_app *app, struct pt_answer *answer, int64_t other)
{
    tell(app, other);
    pt_ledger_wake(app->ledger);
    answer->status = 303;
    pt_answer_header(answer, "Location", "/mandates");
}

/* ---- giving ---- */

struct filled {
    char fin[PT_VOEN + 1], number[PT_NUMBER_MAX + 1];
    struct pt_mandate_give give;
};

#define FAULT(field, name, text)                                               \
    (struct pt_fault)                                                          \
    {                                                                          \
        field, name, pt_text(lang, text)                                       \
    }

/* What is wrong with the form; field NULL: nothing. */
static struct pt_fault
read_form(const struct pt_request *rq, struct filled *f)
{
    enum mh_lang lang = pt_lang_of(rq);
    bool fin = false, all = strcmp(pt_field(rq, "which"), "all") == 0;

    if (!pt_ident_read(pt_field(rq, "lawyer"), f->fin, &fin) || !fin)
        return FAULT("lawyer", "wrong_lawyer",
            PT_T("Write the FIN of the lawyer: seven letters and digits"));
    if (!all && strcmp(pt_field(rq, "which"), "one") != 0)
        return FAULT("which-one", "wrong_which",
            PT_T("Choose one case, or all your cases"));
    if (!all && (!pt_number_clean(pt_field(rq, "number"), f->number) ||
                    f->number[0] == '\0'))
        return FAULT(
            "number", "wrong_number", PT_T("Write the number of the case"));
    for (size_t i = 0; i < SCOPES; i++)
        if (pt_field(rq, scopes[i].field)[0] != '\0')
            f->give.scopes |= scopes[i].bit;
    if ((f->give.scopes & PT_SCOPE_READ) == 0)
        return FAULT("scope-read", "wrong_scopes",
            PT_T("A lawyer who files, pays or is told has to read the case: "
                 "choose it too"));
    if (!pt_baku_day_parse(pt_field(rq, "until"), &f->give.until))
        return FAULT(
            "until", "wrong_until", PT_T("Write the day as 31.12.2026"));
    f->give.until += DAY; /* the day itself belongs to it */
    if (f->give.until <= f->give.now ||
        f->give.until > f->give.now + PT_MANDATE_LONGEST)
        return FAULT("until", "wrong_until",
            PT_T("The last day is today or later, and within three years"));
    return (struct pt_fault){.field = NULL};
}

static struct pt_fault
not_given(enum pt_mandate_what what, enum mh_lang lang)
{
    switch (what) {
    case PT_MANDATE_NOT:
        return FAULT("number", "wrong_number",
            PT_T("You are no party of a case of this number"));
    case PT_MANDATE_SELF:
        return FAULT("lawyer", "wrong_lawyer", PT_T("This is your own FIN"));
    case PT_MANDATE_TWICE:
        return FAULT("lawyer", "wrong_lawyer",
            PT_T("This lawyer has a mandate for the same already: end it "
                 "first"));
    case PT_MANDATE_MANY:
        return FAULT("lawyer", "wrong_lawyer",
            PT_T("You have given 50 mandates: end one first"));
    case PT_MANDATE_DONE:
    case PT_MANDATE_OTHER:
    case PT_MANDATE_STATE:
    case PT_MANDATE_SIDE:
        break;
    }
    return (struct pt_fault){.field = NULL};
}

void
pt_web_mandate_give(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    struct filled f = {.fin = "", .number = ""};
    struct pt_mandate_done done = {.what = PT_MANDATE_DONE};
    uint8_t digest[PT_HASH];
    struct pt_fault fault;
    struct pt_who who;

    if (!pt_form_is_ours(rq, answer) || !begin(app, rq, answer, &who) ||
        !pt_signed_must(app, rq, answer, &who, "mandate"))
        return;
    f.give = (struct pt_mandate_give){.grantor = &who.account,
        .fin = f.fin,
        .number = f.number,
        .now = pt_time(),
        .form = pt_field(rq, "form"),
        .digest = digest};
    fault = read_form(rq, &f);
    if (!pt_form_id_good(rq))
        done.what = PT_MANDATE_OTHER;
    else if (fault.field == NULL &&
             (pt_fields_digest(rq, &err, digest) != MH_OK ||
                 pt_store_mandate_give(app->store, &f.give, &err, &done) !=
                     MH_OK)) {
        pt_answer_error(answer, &err);
        return;
    }
    if (done.what == PT_MANDATE_OTHER) {
        pt_page_refuse(rq, answer, 400, PT_T("This form cannot be read"),
            PT_T("Open the page again and fill in a new one."));
        return;
    }
    if (fault.field == NULL)
        fault = not_given(done.what, pt_lang_of(rq));
    if (fault.field != NULL)
        show(app, rq, answer, &who, &fault);
    else
        lead(app, answer, done.other);
}

/* ---- steps ---- */

static void
answer_step(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_mandate_done *done)
{
    if (done->what == PT_MANDATE_DONE) {
        lead(app, answer, done->other);
        return;
    }
    pt_ledger_wake(app->ledger);
    if (done->what == PT_MANDATE_NOT)
        pt_page_absent(rq, answer);
    else if (done->what == PT_MANDATE_SIDE)
        pt_page_refuse(rq, answer, 409, PT_T("This mandate cannot be accepted"),
            PT_T("You take part in the case yourself, or for another side."));
    else
        pt_page_refuse(rq, answer, 409, PT_T("This mandate has changed"),
            PT_T("It was accepted or ended meanwhile, or its time is over. "
                 "Open the list of mandates again."));
}

static void
do_step(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    bool accept)
{
    struct pt_mandate_step step = {.id = rq->param, .now = pt_time()};
    struct mh_err err = {.msg = ""};
    struct pt_mandate_done done;
    struct pt_who who;

    if (!pt_form_is_ours(rq, answer) || !begin(app, rq, answer, &who) ||
        (accept && !pt_signed_must(app, rq, answer, &who, "mandate")))
        return;
    step.account = &who.account;
    if ((accept ? pt_store_mandate_accept(app->store, &step, &err, &done)
                : pt_store_mandate_end(app->store, &step, &err, &done)) !=
        MH_OK)
        pt_answer_error(answer, &err);
    else
        answer_step(app, rq, answer, &done);
}

void
pt_web_mandate_accept(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    do_step(ctx, rq, answer, true);
}

void
pt_web_mandate_end(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    do_step(ctx, rq, answer, false);
}

/* ---- what the own lawyer did ---- */

static const char *
act_text(const char *kind)
{
    if (strcmp(kind, "view") == 0)
        return PT_T("Opened the case");
    if (strcmp(kind, "act-read") == 0)
        return PT_T("Read a court act");
    return pt_event_text(kind);
}

void
pt_web_case_lawyer(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    enum mh_lang lang = pt_lang_of(rq);
    struct mh_err err = {.msg = ""};
    struct pt_lawyer_acts list;
    struct pt_page page;
    struct pt_who who;
    struct pt_case c;
    const struct pt_asked asked = {&who.account, rq->param, PT_MAY_SEE_LAWYER};

    if (!pt_who_must(app, rq, answer, &who) ||
        !pt_case_of(app, rq, answer, &asked, &c))
        return;
    if (pt_store_lawyer_acts(
            app->store, &c, who.account.id, rq->arena, &err, &list) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_page_of(&page, rq, answer, PT_T("My lawyer's actions"), &who);
    pt_case_tabs(&page.root, &c, lang);
    pt_set_flag(&page.root, "on_lawyer", true);
    for (size_t i = 0; i < list.count; i++) {
        struct pt_map *m = pt_add(&page.root, "actions");
        const struct pt_lawyer_act *a = &list.item[i];
        char when[24], data[PT_DETAIL_MAX + 1];

        pt_baku_minute(a->at, when);
        pt_set(m, "when", when);
        pt_set(m, "what", pt_text(lang, act_text(a->kind)));
        pt_event_detail(a->kind, a->data, lang, data);
        pt_set(m, "data", data);
        pt_set(m, "name", a->name);
    }
    pt_page_end(&pt_tmpl_case_lawyer, &page, rq, answer, 200);
}
