#include "portal/pages/paylist.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/time.h"
#include "pages.h"
#include "portal/filing/draft.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/jobs/payer.h"
#include "portal/money/money.h"
#include "portal/pages/fields.h"
#include "portal/pages/paypage.h"
#include "portal/pages/reportpage.h"
#include "portal/pages/wizard.h"

enum {
    DAYS = 14,
    DAY = 86400,
    BAKU = 4 * 3600, /* seconds before UTC, all the year */
    TEXT_MAX = 4096,
};

const char *const pt_web_payments_query[] = {"after", NULL};

static void
list(struct pt_paying *w, const struct pt_payment_list *items,
    struct pt_page *page)
{
    pt_set_list(&page->root, "items");
    for (size_t i = 0; i < items->count; i++)
        pt_payment_set(pt_add(&page->root, "items"), &items->item[i], w->lang);
    if (items->count == PT_PAYMENTS_PAGE)
        pt_set(&page->root, "after", items->item[items->count - 1].id);
}

void
pt_web_payments(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_paying w = PT_PAYING;
    const char *after = pt_query(rq, "after");
    struct pt_payment_list items;
    struct mh_err err = {.msg = ""};
    struct pt_page page;

    if (after == NULL || !pt_id_valid(mh_span_str(after)))
        after = "";
    if (pt_paying_begin(&w)) {
        if (!pt_wizard_may(&w.who.account)) {
            pt_page_absent(rq, answer);
        } else if (pt_store_payment_list(w.app->store, w.who.account.id, after,
                       w.arena, &err, &items) != MH_OK) {
            pt_answer_error(answer, &err);
        } else {
            pt_page_of(&page, rq, answer, PT_T("My payments"), &w.who);
            page.arena = w.arena;
            pt_set_flag(&page.root, "in_applications", true);
            pt_set_flag(&page.root, "wide", true);
            list(&w, &items, &page);
            pt_page_end(&pt_tmpl_payments, &page, rq, answer, 200);
        }
    }
    pt_paying_end(&w);
}

/* ---- the receipt ---- */

static void
write_receipt(struct pt_paying *w, char out[static TEXT_MAX])
{
    char amount[PT_MONEY_TEXT], when[40];
    int n;

    pt_money_write(w->p.amount, w->lang, amount);
    pt_baku_time(w->p.created, when);
    n = snprintf(out, TEXT_MAX, "%s: %lld\n%s: %s AZN\n%s: %s\n%s: %s\n",
        pt_text(w->lang, PT_T("Number of the payment")), (long long)w->p.number,
        pt_text(w->lang, PT_T("Amount")), amount,
        pt_text(w->lang, PT_T("Begun")), when,
        pt_text(w->lang, PT_T("Reference of the bank")), w->p.rrn);
    pt_baku_time(w->p.changed, when);
    (void)snprintf(out + n, TEXT_MAX - (size_t)n, "%s: %s\n%s: %s\n%s: %s\n",
        pt_text(w->lang, PT_T("Changed")), when,
        pt_text(w->lang, PT_T("Payer")), w->p.payer,
        pt_text(w->lang, PT_T("Status")),
        pt_text(w->lang, pt_payment_state_text(w->p.state))); /* all fits */
}

void
pt_web_payment_receipt(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_paying w = PT_PAYING;
    struct pt_draft_writing from = {.text = {.name = "text", .fd = -1}};
    struct pt_rule rule = {PT_RULED_ACCEPT, "", ""};
    struct mh_err err = {.msg = ""};
    char text[TEXT_MAX];
    enum mh_code code = MH_OK;
    off_t size = 0;
    int fd = -1;

    if (!pt_paying_open(&w, PT_MAY_SEE_PAYMENT)) {
        pt_paying_end(&w);
        return;
    }
    if (w.p.state != PT_PAYMENT_SUCCEEDED &&
        w.p.state < PT_PAYMENT_REFUND_REQUESTED) {
        pt_page_absent(rq, answer); /* nothing was paid */
        pt_paying_end(&w);
        return;
    }
    write_receipt(&w, text);
    from.title = pt_text(w.lang, PT_T("Receipt of the payment"));
    from.lang = w.lang;
    from.text.size = strlen(text);
    code = mh_memfd_new("receipt", from.text.size, &err, &from.text.fd);
    if (code == MH_OK && pwrite(from.text.fd, text, from.text.size, 0) !=
                             (ssize_t)from.text.size)
        code = mh_fail_sys(&err, "receipt");
    if (code == MH_OK)
        code = mh_memfd_new("receipt", 0, &err, &fd);
    if (code == MH_OK)
        code = pt_draft_pdf(w.app, &from, &err, fd, &rule);
    if (code == MH_OK && rule.what == PT_RULED_REFUSE)
        code = mh_fail(&err, MH_EINTERNAL, MH_NO_OFFSET, "receipt: no PDF");
    size = code == MH_OK ? lseek(fd, 0, SEEK_END) : 0;
    mh_close(&from.text.fd);
    if (code != MH_OK || size <= 0) {
        mh_close(&fd);
        pt_answer_error(answer, &err);
    } else {
        pt_answer_header(answer, "Content-Disposition",
            "attachment; filename=\"payment-%lld.pdf\"", (long long)w.p.number);
        pt_answer_file(answer, "application/pdf", fd, (uint64_t)size);
    }
    pt_paying_end(&w);
}

/* ---- refunds ---- */

void
pt_web_refunds(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_paying w = PT_PAYING;
    struct pt_payment_list items;
    struct mh_err err = {.msg = ""};
    struct pt_page page;

    if (pt_paying_begin(&w)) {
        if (w.who.account.role != PT_ROLE_CLERK) {
            pt_page_absent(rq, answer);
        } else if (pt_store_payment_refunds(w.app->store, w.who.account.id,
                       w.arena, &err, &items) != MH_OK) {
            pt_answer_error(answer, &err);
        } else {
            pt_page_of(&page, rq, answer, PT_T("Refunds"), &w.who);
            page.arena = w.arena;
            pt_set_flag(&page.root, "in_desk", true);
            pt_set_flag(&page.root, "wide", true);
            list(&w, &items, &page);
            pt_page_end(&pt_tmpl_refunds, &page, rq, answer, 200);
        }
    }
    pt_paying_end(&w);
}

/* The gateway is asked; where it does not answer, the payer asks again. */
static void
through_bank(struct pt_paying *w)
{
    const struct pt_payment_turn t = {
        .id = w->p.id, .account = w->who.account.id, .now = pt_time()};
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};
    struct pt_payment after;
    char where[48];
    enum mh_code code =
        pt_store_refund_send(w->app->store, &t, &err, &after, &done);

    if (code == MH_OK && done == PT_APPLICATION_DONE)
        code = pt_payer_give(w->app->payer, &err, &after);
    (void)snprintf(where, sizeof(where), "/payments/%s", w->p.id); /* fits */
    pt_paying_turned(w, code, done, &err, where);
}

void
pt_web_refund_decide(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_paying w = PT_PAYING;
    struct pt_payment_turn t = {.event = PT_PAYMENT_REJECT, .now = pt_time()};
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};
    struct pt_payment after;
    char why[4 * PT_PAYMENT_WHY + 1], where[48];
    enum mh_code code;
    bool good;

    if (pt_paying_open(&w, PT_MAY_REFUND)) {
        good = pt_line_of(pt_field(rq, "why"), PT_PAYMENT_WHY, why);
        if (strcmp(pt_field(rq, "do"), "bank") == 0 &&
            pt_gateway_gives(pt_payer_gateway(w.app->payer))) {
            through_bank(&w);
            pt_paying_end(&w);
            return;
        }
        if (strcmp(pt_field(rq, "do"), "refund") == 0) {
            t.event = PT_PAYMENT_REFUND;
        } else if (!good || !pt_line_says(why) ||
                   strcmp(pt_field(rq, "do"), "reject") != 0) {
            pt_paying_show(
                &w, PT_T("Nothing was decided: write why it is refused, in at "
                         "most 500 characters."));
            pt_paying_end(&w);
            return;
        }
        t.id = w.p.id;
        t.account = w.who.account.id;
        t.why = t.event == PT_PAYMENT_REJECT ? why : NULL;
        code = pt_store_payment_turn(w.app->store, &t, &err, &after, &done);
        (void)snprintf(
            where, sizeof(where), "/payments/%s", w.p.id); /* it fits */
        pt_paying_turned(&w, code, done, &err, where);
    }
    pt_paying_end(&w);
}

/* ---- the ledger ---- */

static void
set_money(struct pt_map *m, const char *name, int64_t qepik, enum mh_lang lang)
{
    char text[PT_MONEY_TEXT];

    pt_money_write(qepik < 0 ? -qepik : qepik, lang, text);
    pt_setf(m, name, "%s%s", qepik < 0 ? "−" : "", text);
}

static enum mh_code
set_days(struct pt_paying *w, struct pt_map *m, struct mh_err *err)
{
    int64_t today = (pt_time() + BAKU) / DAY;
    enum mh_code code = MH_OK;

    for (int64_t d = today; d > today - DAYS && code == MH_OK; d--) {
        struct pt_ledger_day day;
        char when[40];

        code = pt_store_ledger_day(
            w->app->store, d * DAY - BAKU, (d + 1) * DAY - BAKU, err, &day);
        if (code == MH_OK) {
            struct pt_map *o = pt_add(m, "days");

            pt_baku_time(d * DAY - BAKU, when);
            when[10] = '\0'; /* the day alone: 31.12.2026 */
            pt_set(o, "day", when);
            pt_set_int(o, "postings", (int64_t)day.postings);
            set_money(o, "received", day.received, w->lang);
            set_money(o, "back", day.given_back, w->lang);
            set_money(o, "owed", day.owed, w->lang);
        }
    }
    return code;
}

void
pt_web_ledger(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_paying w = PT_PAYING;
    struct mh_err err = {.msg = ""};
    struct pt_ledger_sums s;
    struct pt_page page;
    struct pt_map *m = &page.root;

    if (pt_paying_begin(&w)) {
        enum pt_role role = w.who.account.role;

        if (role != PT_ROLE_CLERK && role != PT_ROLE_OPERATOR &&
            role != PT_ROLE_AUDITOR) {
            pt_page_absent(rq, answer);
        } else if (pt_store_ledger_sums(w.app->store, 0, INT64_MAX, &err, &s) !=
                   MH_OK) {
            pt_answer_error(answer, &err);
        } else {
            pt_page_of(&page, rq, answer, PT_T("Ledger of payments"), &w.who);
            page.arena = w.arena;
            pt_set_flag(m, "wide", true);
            set_money(m, "sum_gateway", s.gateway, w.lang);
            set_money(m, "sum_fees", s.fees, w.lang);
            set_money(m, "sum_refunds", s.refunds, w.lang);
            pt_set_flag(m, "balanced",
                s.gateway + s.fees + s.refunds == 0 && s.odd == 0);
            pt_set_int(m, "odd", (int64_t)s.odd);
            if (set_days(&w, m, &err) == MH_OK)
                pt_page_end(&pt_tmpl_ledger, &page, rq, answer, 200);
            else
                pt_answer_error(answer, &err);
        }
    }
    pt_paying_end(&w);
}
