#include "portal/pages/paypage.h"

#include <stdio.h>
#include <string.h>

#include "base/sys/log.h"
#include "base/text.h"
#include "base/time.h"
#include "pages.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/jobs/payer.h"
#include "portal/money/money.h"
#include "portal/pages/fields.h"
#include "portal/pages/reportpage.h"
#include "portal/pages/wizard.h"

enum {
    ARENA = 4 << 20,
    NONCE_BYTES = 16,
};

bool
pt_paying_begin(struct pt_paying *w)
{
    struct mh_err err = {.msg = ""};

    if ((w->rq->gate.method == PT_POST && !pt_form_is_ours(w->rq, w->answer)) ||
        !pt_who_must(w->app, w->rq, w->answer, &w->who))
        return false;
    w->arena = mh_arena_new(ARENA);
    if (w->arena != NULL)
        return true;
    (void)mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    pt_answer_error(w->answer, &err);
    return false;
}

/* What who asks is to the payment: that of its application's court. */
static enum mh_code
relate(struct pt_paying *w, struct mh_err *err)
{
    const struct pt_account *who = &w->who.account;
    struct mh_arena *arena;
    struct pt_application a;
    bool official = false;
    enum mh_code code;

    w->relation = PT_REL_NONE;
    if (w->p.id[0] == '\0')
        return MH_OK;
    if (w->p.owner == who->id)
        w->relation = PT_REL_APPLICANT;
    else if (who->role == PT_ROLE_AUDITOR)
        w->relation = PT_REL_AUDITOR;
    if (w->relation != PT_REL_NONE ||
        (who->role != PT_ROLE_CLERK && who->role != PT_ROLE_PRESIDENT))
        return MH_OK;
    arena = mh_arena_new(PT_WIZARD_ARENA);
    if (arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    code = pt_store_application_get(
        w->app->store, w->p.application, arena, err, &a);
    if (code == MH_OK && a.id[0] != '\0')
        code = pt_store_application_official(
            w->app->store, &a, who->id, err, &official);
    /* Where the draft is gone, its refund is any clerk's. */
    else if (code == MH_OK)
        official = who->role == PT_ROLE_CLERK;
    mh_arena_free(arena);
    if (official)
        w->relation =
            who->role == PT_ROLE_CLERK ? PT_REL_CLERK : PT_REL_PRESIDENT;
    return code;
}

bool
pt_paying_open(struct pt_paying *w, enum pt_right right)
{
    struct mh_err err = {.msg = ""};

    if (!pt_paying_begin(w))
        return false;
    if (pt_store_payment_get(w->app->store, w->rq->param, &err, &w->p) !=
            MH_OK ||
        relate(w, &err) != MH_OK) {
        pt_answer_error(w->answer, &err);
        return false;
    }
    if (pt_may(w->relation, right))
        return true;
    pt_page_absent(w->rq, w->answer);
    return false;
}

void
pt_paying_end(struct pt_paying *w)
{
    mh_arena_free(w->arena);
}

static void
go(struct pt_paying *w, const char *where)
{
    w->answer->status = 303;
    pt_answer_header(w->answer, "Location", "/payments/%s%s", w->p.id, where);
}

static void
illegal(struct pt_request *rq, struct pt_answer *answer)
{
    pt_page_refuse(rq, answer, 409,
        PT_T("This is not possible with this payment"),
        PT_T("It has another state by now, or another payment of this "
             "application is under way. Nothing was changed. Look at your "
             "payments to see where they stand."));
}

void
pt_paying_turned(struct pt_paying *w, enum mh_code code,
    enum pt_application_done done, const struct mh_err *err, const char *where)
{
    mh_log("payment", "id=%s to=%s done=%d code=%s", w->p.id, where, (int)done,
        mh_code_name(code));
    pt_ledger_wake(w->app->ledger);
    if (code != MH_OK)
        pt_answer_error(w->answer, err);
    else if (done == PT_APPLICATION_DONE)
        pt_wizard_to(w->answer, where);
    else if (done == PT_APPLICATION_NONE)
        pt_page_absent(w->rq, w->answer);
    else if (done == PT_APPLICATION_OTHER)
        pt_page_refuse(w->rq, w->answer, 409, PT_T("This form was sent before"),
            PT_T("It said something else then. Open a new form."));
    else
        illegal(w->rq, w->answer);
}

/* ---- what it is ---- */

static const struct {
    const char *text, *colour;
} states[PT_PAYMENT_STATES] = {
    [PT_PAYMENT_CREATED] = {PT_T("Prepared"), "grey"},
    [PT_PAYMENT_PENDING] = {PT_T("Waits for the bank"), "yellow"},
    [PT_PAYMENT_SUCCEEDED] = {PT_T("Paid"), "green"},
    [PT_PAYMENT_FAILED] = {PT_T("Declined by the bank"), "red"},
    [PT_PAYMENT_CANCELLED] = {PT_T("Given up"), "grey"},
    [PT_PAYMENT_EXPIRED] = {PT_T("Never paid"), "grey"},
    [PT_PAYMENT_REFUND_REQUESTED] = {PT_T("Refund asked for"), "yellow"},
    [PT_PAYMENT_REFUNDED] = {PT_T("Refunded"), "blue"},
    [PT_PAYMENT_REFUND_REJECTED] = {PT_T("Refund refused"), "red"},
};

const char *
pt_payment_state_text(enum pt_payment_state s)
{
    return s < PT_PAYMENT_STATES ? states[s].text : "";
}

void
pt_payment_set(struct pt_map *m, const struct pt_payment *p, enum mh_lang lang)
{
    char amount[PT_MONEY_TEXT], when[40];

    pt_money_write(p->amount, lang, amount);
    pt_set(m, "id", p->id);
    pt_set_int(m, "order", p->number);
    pt_set(m, "amount", amount);
    pt_set(m, "pay_state", pt_text(lang, states[p->state].text));
    pt_set(m, "pay_colour", states[p->state].colour);
    pt_baku_time(p->created, when);
    pt_set(m, "begun", when);
    pt_baku_time(p->changed, when);
    pt_set(m, "changed", when);
    pt_set(m, "rrn", p->rrn);
    pt_set(m, "why", p->why);
    pt_set(m, "application", p->application);
    pt_set_flag(m, "waits", p->state == PT_PAYMENT_PENDING);
    pt_set_flag(m, "paid",
        p->state == PT_PAYMENT_SUCCEEDED ||
            p->state >= PT_PAYMENT_REFUND_REQUESTED);
}

/* ---- what is owed ---- */

static bool
owed(struct pt_wizard *w, struct pt_paid *paid, int64_t *out)
{
    struct mh_err err = {.msg = ""};
    struct pt_fee fee;
    enum mh_code code =
        pt_store_payment_paid(w->app->store, w->d.a.id, &err, paid);

    if (code == MH_OK)
        code = pt_application_fee(&w->d, &err, &fee);
    if (code != MH_OK) {
        pt_answer_error(w->answer, &err);
        return false;
    }
    *out = fee.total - paid->paid;
    return true;
}

/* Before step 5 nothing is owed yet; and where there is no gateway, never. */
static bool
payable(struct pt_wizard *w)
{
    if (pt_payer_gateway(w->app->payer) == NULL) {
        pt_page_absent(w->rq, w->answer);
        return false;
    }
    if (w->d.a.state == PT_APPLICATION_DRAFT &&
        pt_application_next(&w->d) >= 5 && strcmp(w->d.a.fee, "paid") == 0)
        return true;
    if (w->rq->gate.method == PT_POST)
        pt_wizard_illegal(w, "pay");
    else
        pt_wizard_go(w, "/step/5");
    return false;
}

void
pt_web_pay_form(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    char text[PT_MONEY_TEXT];
    struct pt_paid paid;
    struct pt_page page;
    struct pt_map *m = &page.root;
    int64_t sum = 0;

    if (pt_wizard_open(&w, PT_MAY_WRITE_APPLICATION) && payable(&w) &&
        owed(&w, &paid, &sum)) {
        if (sum <= 0) {
            pt_wizard_go(&w, "/step/5");
        } else {
            pt_page_of(&page, rq, answer, PT_T("Pay the state fee"), &w.who);
            page.arena = w.arena;
            pt_set_flag(m, "in_applications", true);
            pt_set(m, "id", w.d.a.id);
            pt_money_write(sum, w.lang, text);
            pt_set(m, "owed", text);
            if (paid.paid > 0) {
                pt_money_write(paid.paid, w.lang, text);
                pt_set(m, "before", text);
            }
            pt_set(m, "open", paid.open);
            pt_form_id_set(m, rq);
            pt_page_end(&pt_tmpl_pay, &page, rq, answer, 200);
        }
    }
    pt_wizard_end(&w);
}

/* A view-only session pays nothing (portal.md 3.1). */
static bool
level_good(struct pt_wizard *w)
{
    if (w->who.session.level >= atomic_load(&w->app->set.filing_level))
        return true;
    pt_page_refuse(w->rq, w->answer, 403,
        PT_T("A password is not enough to pay"),
        PT_T("Sign out, and sign in with mobile ID or a card. Nothing was "
             "paid."));
    return false;
}

/* The payment, and that it leaves: before anybody sees the signed form. */
static void
pay(struct pt_wizard *w)
{
    struct pt_paying out = {
        .app = w->app, .rq = w->rq, .answer = w->answer, .lang = w->lang};
    struct pt_payment_turn t = {
        .id = out.p.id, .event = PT_PAYMENT_SEND, .now = w->by.now};
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};
    struct pt_paid paid;
    char where[48], id[27];
    int64_t sum = 0;
    enum mh_code code;

    if (!owed(w, &paid, &sum))
        return;
    if (sum <= 0) {
        pt_wizard_illegal(w, "pay");
        return;
    }
    code = pt_store_payment_new(w->app->store, &w->by, sum, &err, id, &done);
    memcpy(out.p.id, id, sizeof(id));
    if (code == MH_OK && done == PT_APPLICATION_ILLEGAL) {
        pt_wizard_illegal(w, "pay");
        return;
    }
    t.account = w->who.account.id;
    /* The same form again: it is where it is by now. */
    if (code == MH_OK && done == PT_APPLICATION_DONE)
        code = pt_store_payment_get(w->app->store, id, &err, &out.p);
    if (code == MH_OK && done == PT_APPLICATION_DONE &&
        out.p.state == PT_PAYMENT_CREATED)
        code = pt_store_payment_turn(w->app->store, &t, &err, &out.p, &done);
    (void)snprintf(where, sizeof(where), "/payments/%s", id); /* it fits */
    pt_paying_turned(&out, code, done, &err, where);
}

void
pt_web_pay(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;

    if (pt_wizard_open(&w, PT_MAY_WRITE_APPLICATION) && level_good(&w) &&
        payable(&w) && pt_wizard_by(&w, NULL))
        pay(&w);
    pt_wizard_end(&w);
}

/* ---- one payment ---- */

/* Scheme, host, port and segments of the gateway's address, which has nothing
   else. */
static void
set_address(struct pt_map *m, const char *url)
{
    const char *at = strstr(url, "://") + 3; /* of a set-up that was checked */
    size_t n = strcspn(at, ":/");

    pt_set_flag(m, "gateway_tls", strncmp(url, "https:", 6) == 0);
    pt_set_span(m, "gateway_host", (struct mh_span){(const uint8_t *)at, n});
    at += n;
    if (*at == ':') {
        n = strcspn(++at, "/");
        pt_set_span(
            m, "gateway_port", (struct mh_span){(const uint8_t *)at, n});
        at += n;
    }
    pt_set_list(m, "segments");
    while (*at == '/') {
        n = strcspn(++at, "/");
        pt_set_span(pt_add(m, "segments"), "segment",
            (struct mh_span){(const uint8_t *)at, n});
        at += n;
    }
}

/* The signed form, and the one origin that this page may send one to. */
static bool
set_form(struct pt_paying *w, struct pt_map *m, struct mh_err *err)
{
    const struct pt_gateway *g = pt_payer_gateway(w->app->payer);
    struct pt_gateway_form *form = mh_arena_alloc(w->arena, sizeof(*form));
    uint8_t random[NONCE_BYTES];
    char nonce[2 * NONCE_BYTES + 1];
    const struct pt_gateway_order o = {
        w->p.number, w->p.amount, pt_time(), w->p.id, w->lang, nonce};

    if (form == NULL) {
        (void)mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
        return false;
    }
    pt_random(random, sizeof(random));
    mh_hex_encode((struct mh_span){random, sizeof(random)}, nonce);
    if (pt_gateway_pay(g, &o, err, form) != MH_OK)
        return false;
    pt_set_flag(m, "gateway", true);
    set_address(m, pt_gateway_url(g));
    for (size_t i = 0; i < form->fields; i++) {
        struct pt_map *f = pt_add(m, "fields");

        pt_set(f, "name", form->field[i].name);
        pt_set(f, "value", form->field[i].value);
    }
    return true;
}

void
pt_paying_show(struct pt_paying *w, const char *wrong)
{
    bool owner = pt_may(w->relation, PT_MAY_PAY), gateway = false;
    const struct pt_gateway *g = pt_payer_gateway(w->app->payer);
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    struct pt_map *m = &page.root;

    pt_page_of(&page, w->rq, w->answer, PT_T("Payment"), &w->who);
    page.arena = w->arena;
    pt_set_flag(m, owner ? "in_applications" : "in_desk", true);
    pt_set_flag(m, "owner", owner);
    pt_payment_set(m, &w->p, w->lang);
    pt_set_flag(m, "may_decide",
        pt_may(w->relation, PT_MAY_REFUND) &&
            w->p.state == PT_PAYMENT_REFUND_REQUESTED);
    pt_set_flag(m, "bank_gives",
        pt_gateway_gives(g) && w->p.rrn[0] != '\0' && w->p.int_ref[0] != '\0');
    pt_set_flag(m, "bank_asked", w->p.refund_open);
    pt_set_flag(m, "bank_declined",
        w->p.refund != 0 && !w->p.refund_open &&
            w->p.state == PT_PAYMENT_REFUND_REQUESTED);
    pt_set_flag(m, "succeeded", w->p.state == PT_PAYMENT_SUCCEEDED);
    pt_set_flag(m, "over",
        w->p.state == PT_PAYMENT_FAILED || w->p.state == PT_PAYMENT_CANCELLED ||
            w->p.state == PT_PAYMENT_EXPIRED);
    if (wrong != NULL) {
        const struct pt_fault fault = {
            "why", "wrong_why", pt_text(w->lang, wrong)};

        pt_fault_set(&page, &fault);
        pt_set_lines(m, "why_text", mh_span_str(pt_field(w->rq, "why")));
    }
    if (owner && g != NULL && w->p.state == PT_PAYMENT_PENDING) {
        gateway = set_form(w, m, &err);
        if (!gateway) {
            pt_answer_error(w->answer, &err);
            return;
        }
    }
    pt_page_end(
        &pt_tmpl_payment, &page, w->rq, w->answer, wrong == NULL ? 200 : 422);
    if (gateway && w->answer->status == 200)
        pt_page_form_action(w->answer, pt_gateway_origin(g));
}

void
pt_web_payment(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_paying w = PT_PAYING;

    if (pt_paying_open(&w, PT_MAY_SEE_PAYMENT))
        pt_paying_show(&w, NULL);
    pt_paying_end(&w);
}

void
pt_web_payment_refresh(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_paying w = PT_PAYING;
    struct mh_err err = {.msg = ""};

    if (pt_paying_open(&w, PT_MAY_PAY)) {
        if (pt_payer_ask(w.app->payer, &err, &w.p) == MH_OK)
            go(&w, "");
        else
            pt_answer_error(answer, &err);
    }
    pt_paying_end(&w);
}

static void
turn(struct pt_paying *w, enum pt_payment_event event)
{
    const struct pt_payment_turn t = {.id = w->p.id,
        .event = event,
        .account = w->who.account.id,
        .now = pt_time()};
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};
    struct pt_payment after;
    char where[48];
    enum mh_code code =
        pt_store_payment_turn(w->app->store, &t, &err, &after, &done);

    (void)snprintf(where, sizeof(where), "/payments/%s", w->p.id); /* fits */
    pt_paying_turned(w, code, done, &err, where);
}

/* Asked first: what was paid is not given up. */
void
pt_web_payment_cancel(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_paying w = PT_PAYING;
    struct mh_err err = {.msg = ""};

    if (pt_paying_open(&w, PT_MAY_PAY)) {
        if (pt_payer_ask(w.app->payer, &err, &w.p) != MH_OK)
            pt_answer_error(answer, &err);
        else
            turn(&w, PT_PAYMENT_CANCEL);
    }
    pt_paying_end(&w);
}

void
pt_web_payment_refund(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_paying w = PT_PAYING;

    if (pt_paying_open(&w, PT_MAY_PAY))
        turn(&w, PT_PAYMENT_ASK_REFUND);
    pt_paying_end(&w);
}

/* ---- the way back ---- */

/* The browser comes from elsewhere and without its session: nothing is shown
   but the way on. */
void
pt_web_payment_back(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct pt_payment p = {.id = ""};
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    enum mh_code code = pt_store_payment_get(app->store, rq->param, &err, &p);

    if (code == MH_OK && p.id[0] == '\0') {
        pt_page_absent(rq, answer);
        return;
    }
    if (code == MH_OK)
        code = pt_payer_ask(app->payer, &err, &p);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_page_begin(&page, rq, answer, PT_T("Back from the bank"));
    pt_set(&page.root, "id", p.id);
    pt_page_end(&pt_tmpl_pay_back, &page, rq, answer, 200);
}
