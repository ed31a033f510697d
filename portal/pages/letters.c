#include "portal/pages/letters.h"

#include <stdio.h>
#include <string.h>

#include "pages.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/notify/deliver.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/pages/proofs.h"
#include "portal/store/courtletters.h"

static const struct {
    const char *text, *colour;
} states[PT_LETTER_STATES] = {
    [0] = {"", "grey"},
    [PT_LETTER_UNPROVEN] = {"", "grey"},
    [PT_LETTER_RECEIVED] = {PT_T("Letter received"), "yellow"},
    [PT_LETTER_ANSWERED] = {PT_T("Letter answered"), "green"},
    [PT_LETTER_CLOSED] = {PT_T("Letter closed"), "grey"},
};

struct reading {
    struct pt_app *app;
    struct pt_request *rq;
    struct pt_answer *answer;
    enum mh_lang lang;
    struct pt_who who;
    struct pt_court_letter l;
    bool clerk; /* who may answer */
    struct pt_fault fault;
    struct mh_err err;
};
#define READING                                                                \
    {                                                                          \
        .app = ctx, .rq = rq, .answer = answer, .lang = pt_lang_of(rq)         \
    }

static void
describe(
    const struct reading *r, struct pt_map *m, const struct pt_court_letter *l)
{
    char when[24];

    pt_set(m, "id", l->id);
    pt_set(m, "court", l->court);
    pt_set(m, "writer", l->name);
    pt_set(m, "subject", l->subject);
    pt_set(m, "state", pt_text(r->lang, states[l->state].text));
    pt_set(m, "state_colour", states[l->state].colour);
    pt_baku_minute(l->received, when);
    pt_set(m, "received", when);
    if (l->answer[0] != '\0') {
        pt_baku_minute(l->answered, when);
        pt_set(m, "answered", when);
    }
}

void
pt_web_letters(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct reading r = READING;
    struct pt_court_letters list;
    struct pt_page page;

    if (!pt_who_must(r.app, rq, answer, &r.who))
        return;
    if (pt_store_court_letter_list(
            r.app->store, &r.who.account, rq->arena, &r.err, &list) != MH_OK) {
        pt_answer_error(answer, &r.err);
        return;
    }
    pt_page_of(&page, rq, answer, PT_T("Letters to the court"), &r.who);
    pt_set_flag(&page.root, "desk", r.who.account.role == PT_ROLE_CLERK);
    pt_set_flag(&page.root, "in_desk", r.who.account.role == PT_ROLE_CLERK);
    pt_set_flag(&page.root, "in_letters", true);
    pt_set_flag(&page.root, "more", list.more);
    pt_set_list(&page.root, "letters");
    for (size_t i = 0; i < list.count; i++)
        describe(&r, pt_add(&page.root, "letters"), &list.item[i]);
    pt_page_end(&pt_tmpl_letters, &page, rq, answer, 200);
}

/* The letter of the path, for its writer or a clerk of its court. */
static bool
begin(struct reading *r)
{
    if ((r->rq->gate.method == PT_POST && !pt_form_is_ours(r->rq, r->answer)) ||
        !pt_who_must(r->app, r->rq, r->answer, &r->who))
        return false;
    if (pt_store_court_letter_get(r->app->store, r->rq->param, &r->who.account,
            r->rq->arena, &r->err, &r->l) != MH_OK) {
        pt_answer_error(r->answer, &r->err);
        return false;
    }
    r->clerk = r->who.account.role == PT_ROLE_CLERK &&
               r->l.account != r->who.account.id;
    if (r->l.id[0] != '\0')
        return true;
    pt_page_absent(r->rq, r->answer);
    return false;
}

static void
show(struct reading *r)
{
    struct pt_page page;
    struct pt_map *m = &page.root;

    pt_page_of(&page, r->rq, r->answer, PT_T("Letter to the court"), &r->who);
    describe(r, m, &r->l);
    pt_set_flag(m, "in_desk", r->clerk);
    pt_set_flag(m, "in_letters", true);
    pt_set_lines(m, "text", mh_span_str(r->l.text));
    pt_set_lines(m, "answer", mh_span_str(r->l.answer));
    pt_set_flag(m, "by_mail", r->clerk && r->l.account == 0);
    pt_set_flag(m, "may_answer", r->clerk && r->l.state == PT_LETTER_RECEIVED);
    pt_set_flag(m, "may_close", r->clerk && r->l.state != PT_LETTER_CLOSED);
    pt_set_lines(m, "said", mh_span_str(pt_field(r->rq, "answer")));
    pt_form_id_set(m, r->rq);
    if (r->fault.text != NULL)
        pt_fault_set(&page, &r->fault);
    pt_page_end(&pt_tmpl_letter, &page, r->rq, r->answer,
        r->fault.text == NULL ? 200 : 422);
}

void
pt_web_court_letter(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct reading r = READING;

    if (begin(&r))
        show(&r);
}

/* How the answer reaches the writer; false: it stands in the cabinet alone. */
static bool
message(struct reading *r, const char *answer, struct pt_delivery *d)
{
    struct pt_account writer;
    enum pt_found found = PT_ABSENT;

    pt_delivery_begin(
        r->rq, r->l.account == 0 ? "letter-answer" : "letter-told", d);
    memcpy(d->lang, r->l.lang, sizeof(d->lang));
    if (r->l.account == 0) {
        memcpy(d->address, r->l.email, sizeof(d->address));
        (void)snprintf(d->args, sizeof(d->args), "%s\n%s", r->l.subject,
            answer); /* it fits */
        return true;
    }
    d->account = r->l.account;
    return pt_store_account_get(r->app->store, r->l.account, &r->err, &writer,
               &found) == MH_OK &&
           found == PT_FOUND && writer.email_proven && writer.notify_email &&
           writer.email[0] != '\0';
}

static void
step(struct reading *r, enum pt_letter_state to, const char *answer)
{
    struct pt_delivery d;
    struct pt_letter_step s = {.id = r->l.id,
        .account = r->who.account.id,
        .at = pt_time(),
        .to = to,
        .answer = answer};
    enum pt_letter_done done = PT_LETTER_ILLEGAL;

    if (to == PT_LETTER_ANSWERED && message(r, answer, &d))
        s.delivery = &d;
    if (pt_store_court_letter_step(r->app->store, &s, &r->err, &done) !=
        MH_OK) {
        pt_answer_error(r->answer, &r->err);
        return;
    }
    pt_deliver_wake(r->app->deliver);
    pt_ledger_wake(r->app->ledger);
    if (done == PT_LETTER_DONE) {
        r->answer->status = 303;
        pt_answer_header(r->answer, "Location", "/letters/%s", r->l.id);
    } else {
        pt_page_refuse(r->rq, r->answer, 409,
            PT_T("This step is not possible with this letter"),
            PT_T("It was answered or closed already. Nothing was changed. Open "
                 "it to see where it stands."));
    }
}

/* Who wrote it tried to answer or close it: a record. */
static enum mh_code
note_refusal(struct reading *r)
{
    char who[32], obj[48];
    const struct pt_record record = {.ev = "illegal_transition",
        .who = who,
        .obj = obj,
        .res = "refused",
        .data = "from=writer\nto=court\n"};

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)r->who.account.id);
    (void)snprintf(obj, sizeof(obj), "letter:%.26s", r->l.id);
    return pt_store_record_add(r->app->store, &record, pt_time(), &r->err);
}

void
pt_web_court_letter_do(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct reading r = READING;
    char text[PT_LETTER_BYTES + 1];
    const char *what = pt_field(rq, "do");

    if (!begin(&r))
        return;
    if (!r.clerk && note_refusal(&r) != MH_OK) {
        pt_answer_error(answer, &r.err);
    } else if (!r.clerk) {
        pt_page_refuse(rq, answer, 403, PT_T("The court answers letters"),
            PT_T("Nothing was changed."));
    } else if (strcmp(what, "close") == 0) {
        step(&r, PT_LETTER_CLOSED, "");
    } else if (strcmp(what, "answer") != 0) {
        pt_page_refuse(rq, answer, 400, PT_T("This form cannot be read"),
            PT_T("Open the page again and fill in a new one."));
    } else if (!pt_lines_of(pt_field(rq, "answer"), PT_LETTER_ANSWER, text,
                   sizeof(text)) ||
               !pt_line_says(text)) {
        r.fault = (struct pt_fault){"answer", "wrong_answer",
            pt_text(
                r.lang, PT_T("Write the answer, in at most 1,500 characters"))};
        show(&r);
    } else {
        step(&r, PT_LETTER_ANSWERED, text);
    }
}
