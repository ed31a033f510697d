#include "portal/pages/letters.h"

#include <stdio.h>
#include <string.h>

#include "pages.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/notify/deliver.h"
#include "portal/notify/mail.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/pages/proofs.h"
#include "portal/store/courtletters.h"

enum {
    LETTERS_AN_HOUR = 5, /* from one address */
    FAULTS = 6,
};

const char *const pt_web_letter_query[] = {"court", NULL};

static const char purpose[] = "court-letter";

struct writing {
    struct pt_app *app;
    struct pt_request *rq;
    struct pt_answer *answer;
    enum mh_lang lang;
    struct pt_who who;
    bool known; /* who is signed in */
    bool mail;  /* addresses can be proven */
    struct pt_court_letter letter;
    char text[4 * PT_LETTER_TEXT + 1];
    struct pt_fault fault[FAULTS];
    size_t faults;
    struct mh_err err;
};

static void
wrong(struct writing *w, const char *field, const char *name, const char *id)
{
    if (w->faults < FAULTS)
        w->fault[w->faults++] =
            (struct pt_fault){field, name, pt_text(w->lang, id)};
}

static void
show(struct writing *w)
{
    static const char *const fields[] = {"name", "email", "subject"};
    const char *court = w->rq->gate.method == PT_POST
                            ? pt_field(w->rq, "court")
                            : pt_query(w->rq, "court");
    struct pt_courts list;
    struct pt_page page;
    struct pt_map *m = &page.root;

    if (pt_store_court_list(w->app->store, w->rq->arena, &w->err, &list) !=
        MH_OK) {
        pt_answer_error(w->answer, &w->err);
        return;
    }
    if (w->known)
        pt_page_of(
            &page, w->rq, w->answer, PT_T("Write to the court"), &w->who);
    else
        pt_page_begin(&page, w->rq, w->answer, PT_T("Write to the court"));
    pt_set_flag(m, "known", w->known);
    pt_set_flag(m, "at_letters", true);
    pt_set_flag(m, "in_letters", true);
    pt_set_flag(m, "can", w->known || w->mail);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        pt_set(m, fields[i], pt_field(w->rq, fields[i]));
    pt_set_lines(m, "text", mh_span_str(pt_field(w->rq, "text")));
    for (size_t i = 0; i < list.count; i++) {
        struct pt_map *o = pt_add(m, "courts");

        pt_set(o, "code", list.item[i].code);
        pt_set(o, "text", list.item[i].name);
        pt_set_flag(o, "chosen",
            court != NULL && strcmp(list.item[i].code, court) == 0);
    }
    pt_form_id_set(m, w->rq);
    if (w->rq->gate.method == PT_POST)
        pt_set(m, "path", "/letters/new");
    for (size_t i = 0; i < w->faults; i++)
        pt_fault_set(&page, &w->fault[i]);
    pt_page_end(&pt_tmpl_letter_new, &page, w->rq, w->answer,
        w->faults == 0 ? 200 : 422);
}

static void
begin(struct writing *w)
{
    w->lang = pt_lang_of(w->rq);
    w->known = pt_who_is(w->app, w->rq, &w->who);
    w->mail = w->app->deliver != NULL && w->app->notify.mail_from != NULL &&
              w->app->notify.mail_from[0] != '\0';
}

void
pt_web_letter_new(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct writing w = {.app = ctx, .rq = rq, .answer = answer};

    begin(&w);
    show(&w);
}

static void
take(struct writing *w)
{
    static const char *const codes[] = {"az", "en", "ru"};
    struct pt_court_letter *l = &w->letter;
    int64_t court = 0;

    *l = (struct pt_court_letter){.created = pt_time(),
        .account = w->known ? w->who.account.id : 0,
        .text = w->text};
    (void)snprintf(l->lang, sizeof(l->lang), "%s", codes[w->lang]);
    if (strlen(pt_field(w->rq, "court")) <= PT_COURT_CODE_MAX)
        (void)snprintf(l->court_code, sizeof(l->court_code), "%s",
            pt_field(w->rq, "court")); /* it fits */
    if (l->court_code[0] == '\0' ||
        pt_store_court_find(w->app->store, l->court_code, &w->err, &court) !=
            MH_OK ||
        court == 0)
        wrong(w, "court", "wrong_court", PT_T("Choose a court from the list"));
    if (w->known) {
        (void)snprintf(l->name, sizeof(l->name), "%.199s %.200s",
            w->who.account.surname, w->who.account.name);
    } else {
        if (!pt_line_of(pt_field(w->rq, "name"), PT_LETTER_NAME, l->name) ||
            !pt_line_says(l->name))
            wrong(w, "name", "wrong_name",
                PT_T("Write the name, in at most 100 characters"));
        if (!pt_mail_address(pt_field(w->rq, "email")))
            wrong(w, "email", "wrong_email", PT_T("This is no e-mail address"));
        else
            (void)snprintf(l->email, sizeof(l->email), "%s",
                pt_field(w->rq, "email")); /* it fits */
    }
    if (!pt_line_of(
            pt_field(w->rq, "subject"), PT_LETTER_SUBJECT, l->subject) ||
        !pt_line_says(l->subject))
        wrong(w, "subject", "wrong_subject",
            PT_T("Write what it is about, in at most 150 characters"));
    if (!pt_lines_of(pt_field(w->rq, "text"), PT_LETTER_TEXT, w->text,
            sizeof(w->text)) ||
        !pt_line_says(w->text))
        wrong(w, "text", "wrong_text",
            PT_T("Write the letter, in at most 4,000 characters"));
}

/* The link that proves the address of an unproven letter. */
static enum mh_code
ask_proof(struct writing *w)
{
    struct pt_proof proof = {.purpose = purpose,
        .until = w->letter.created + PT_LETTER_PROOF,
        .data = w->letter.id};
    struct pt_delivery d;
    char secret[PT_SECRET];
    enum mh_code code = pt_secret_new(secret, proof.token, &w->err);

    pt_delivery_begin(w->rq, "letter-proof", &d);
    memcpy(d.address, w->letter.email, sizeof(d.address));
    (void)snprintf(d.args, sizeof(d.args), "%s", secret);
    if (code == MH_OK)
        code = pt_store_proof_add(w->app->store, &proof, &d, &w->err);
    explicit_bzero(secret, sizeof(secret));
    explicit_bzero(d.args, sizeof(d.args));
    pt_deliver_wake(w->app->deliver);
    return code;
}

static void
finish(struct writing *w, enum pt_letter_done done)
{
    pt_ledger_wake(w->app->ledger);
    if (done == PT_LETTER_MANY) {
        pt_page_refuse(w->rq, w->answer, 429, PT_T("Too many letters"),
            PT_T("Many letters were written within 24 hours. Wait for the "
                 "answers, or try again tomorrow."));
    } else if (done != PT_LETTER_DONE) {
        wrong(w, "court", "wrong_court", PT_T("Choose a court from the list"));
        show(w);
    } else if (w->known) {
        w->answer->status = 303;
        pt_answer_header(w->answer, "Location", "/letters/%s", w->letter.id);
    } else if (ask_proof(w) != MH_OK) {
        pt_answer_error(w->answer, &w->err);
    } else {
        pt_message_show(w->rq, w->answer, PT_T("Look into your mailbox"),
            PT_T("The court gets your letter once you open the link that is on "
                 "its way to your address. It is good for 24 hours."));
    }
}

void
pt_web_letter_write(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct writing w = {.app = ctx, .rq = rq, .answer = answer};
    enum pt_letter_done done = PT_LETTER_DONE;

    if (!pt_form_is_ours(rq, answer))
        return;
    begin(&w);
    if (!w.known && !w.mail) {
        pt_page_refuse(rq, answer, 403, PT_T("Sign in to write a letter"),
            PT_T("This service sends no e-mail: without a cabinet no answer "
                 "would reach you."));
        return;
    }
    if (!pt_form_id_good(rq)) {
        pt_page_refuse(rq, answer, 400, PT_T("This form cannot be read"),
            PT_T("Open the page again and fill in a new one."));
        return;
    }
    take(&w);
    if (w.faults > 0) {
        show(&w);
    } else if (w.known ||
               pt_address_may(w.app, rq, answer, purpose, LETTERS_AN_HOUR)) {
        if (pt_store_court_letter_add(w.app->store, &w.letter,
                pt_field(rq, "form"), &w.err, &done) != MH_OK)
            pt_answer_error(answer, &w.err);
        else
            finish(&w, done);
    }
}

/* ---- the link ---- */

static void
no_link(struct pt_request *rq, struct pt_answer *answer)
{
    pt_page_refuse(rq, answer, 404, PT_T("This link is no longer good"),
        PT_T("A link is good for 24 hours and for one time. Write the letter "
             "once more."));
}

static enum mh_code
take_link(struct pt_app *app, const char *secret, bool look, struct mh_err *err,
    struct pt_proven *out)
{
    uint8_t token[PT_HASH] = {0};
    const struct pt_proof_given given = {
        .purpose = purpose, .token = token, .now = pt_time(), .look = look};

    *out = (struct pt_proven){.found = PT_ABSENT};
    return pt_secret_hash(secret, token)
               ? pt_store_proof_take(app->store, &given, err, out)
               : MH_OK;
}

void
pt_web_letter_confirm_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct mh_err err = {.msg = ""};
    struct pt_proven proven;
    struct pt_page page;

    if (take_link(ctx, rq->param, true, &err, &proven) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    if (proven.found == PT_ABSENT) {
        no_link(rq, answer);
        return;
    }
    pt_page_begin(&page, rq, answer, PT_T("Send your letter to the court"));
    pt_set(&page.root, "token", rq->param);
    /* The way back from a change of the language; not the link once more. */
    pt_set(&page.root, "path", "/letters/new");
    pt_answer_header(answer, "Referrer-Policy", "strict-origin");
    pt_page_end(&pt_tmpl_letter_confirm, &page, rq, answer, 200);
}

void
pt_web_letter_confirm(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    enum pt_letter_done done = PT_LETTER_ABSENT;
    struct mh_err err = {.msg = ""};
    struct pt_proven proven;
    enum mh_code code;

    if (!pt_form_is_ours(rq, answer))
        return;
    code = take_link(app, pt_field(rq, "token"), false, &err, &proven);
    if (code == MH_OK && proven.found == PT_FOUND)
        code = pt_store_court_letter_prove(
            app->store, proven.data, pt_time(), &err, &done);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
    } else if (done != PT_LETTER_DONE) {
        no_link(rq, answer);
    } else {
        pt_ledger_wake(app->ledger);
        pt_message_show(rq, answer, PT_T("The court has your letter"),
            PT_T("The answer comes to your e-mail address."));
    }
}
