#include "portal/pages/appreceipt.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "pages.h"
#include "portal/money/money.h"
#include "portal/pages/fields.h"
#include "portal/store/payments.h"

static bool
has_receipt(const struct pt_wizard *w)
{
    return strcmp(w->d.a.fee, "receipt_submitted") == 0;
}

static const char *
said(enum pt_fee_receipt is)
{
    if (is == PT_FEE_RECEIPT_GOOD)
        return PT_T("It was checked: the fee is paid");
    if (is == PT_FEE_RECEIPT_BAD)
        return PT_T("It was checked: the fee is not paid");
    return PT_T("Nobody has checked it yet");
}

enum mh_code
pt_application_receipt_set(
    struct pt_wizard *w, struct pt_map *m, struct mh_err *err)
{
    bool clerk = pt_may(w->relation, PT_MAY_REVIEW_APPLICATION) &&
                 w->d.a.state == PT_APPLICATION_IN_REVIEW;
    struct pt_fee_checked c;
    enum mh_code code;

    if (!has_receipt(w))
        return MH_OK;
    code = pt_store_fee_receipt(w->app->store, w->d.a.id, err, &c);
    pt_set(m, "fee_receipt", pt_text(w->lang, said(c.is)));
    pt_set(m, "fee_number", c.number);
    pt_set(m, "fee_bad", c.why);
    pt_set_flag(m, "may_check", clerk);
    pt_set_flag(m, "must_check", clerk && c.is == PT_FEE_RECEIPT_NONE);
    if (c.is != PT_FEE_RECEIPT_GOOD)
        pt_set_flag(m, "may_register", false);
    return code;
}

/* ---- its page ---- */

/* The files that came as the receipt. */
static void
set_files(struct pt_wizard *w, struct pt_map *m)
{
    pt_set_list(m, "files");
    for (size_t i = 0; i < w->d.files.count; i++) {
        const struct pt_application_file *f = &w->d.files.item[i];
        char hex[2 * PT_HASH + 1];
        struct pt_map *o;

        if (strcmp(f->kind, "fee") != 0)
            continue;
        o = pt_add(m, "files");
        mh_hex_encode((struct mh_span){f->sha256, PT_HASH}, hex);
        pt_set_int(o, "n", (int64_t)i);
        pt_set(o, "file_name", f->name);
        pt_set(o, "digest", hex);
    }
}

static void
show(struct pt_wizard *w)
{
    struct pt_fee_checked c;
    struct mh_err err = {.msg = ""};
    bool again = w->rq->gate.method == PT_POST;
    char total[PT_MONEY_TEXT];
    struct pt_page page;
    struct pt_map *m = &page.root;

    if (pt_store_fee_receipt(w->app->store, w->d.a.id, &err, &c) != MH_OK) {
        pt_answer_error(w->answer, &err);
        return;
    }
    pt_page_of(
        &page, w->rq, w->answer, PT_T("Check the receipt of the fee"), &w->who);
    page.arena = w->arena;
    pt_set_flag(m, "in_desk", true);
    pt_set(m, "id", w->d.a.id);
    pt_set(m, "number", w->d.a.number);
    pt_set(m, "heading", w->d.a.title);
    pt_set(m, "filer", w->d.a.d.filer_name);
    pt_money_write(w->d.a.total, w->lang, total);
    pt_set(m, "total", total);
    pt_set(m, "said", pt_text(w->lang, said(c.is)));
    set_files(w, m);
    pt_set_int(m, "version", w->d.a.version);
    pt_form_id_set(m, w->rq);
    pt_set_flag(m, "good",
        again ? pt_wizard_do(w, "good") : c.is == PT_FEE_RECEIPT_GOOD);
    pt_set_flag(
        m, "bad", again ? pt_wizard_do(w, "bad") : c.is == PT_FEE_RECEIPT_BAD);
    pt_set(m, "receipt_number", again ? pt_field(w->rq, "number") : c.number);
    pt_set_lines(m, "why", mh_span_str(again ? pt_field(w->rq, "why") : c.why));
    for (size_t i = 0; i < w->faults; i++)
        pt_fault_set(&page, &w->fault[i]);
    pt_page_end(&pt_tmpl_application_receipt, &page, w->rq, w->answer,
        w->faults == 0 ? 200 : w->status);
}

void
pt_web_application_receipt_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;

    if (pt_wizard_open(&w, PT_MAY_REVIEW_APPLICATION)) {
        if (w.d.a.state != PT_APPLICATION_IN_REVIEW || !has_receipt(&w))
            pt_wizard_go(&w, "");
        else
            show(&w);
    }
    pt_wizard_end(&w);
}

/* ---- what it is ---- */

static void
take(struct pt_wizard *w, struct pt_fee_checked *c)
{
    *c = (struct pt_fee_checked){.is = PT_FEE_RECEIPT_BAD};
    if (pt_wizard_do(w, "good"))
        c->is = PT_FEE_RECEIPT_GOOD;
    else if (!pt_wizard_do(w, "bad"))
        pt_wizard_wrong(
            w, "do", "wrong_do", PT_T("Choose what the receipt is"));
    if (c->is == PT_FEE_RECEIPT_GOOD &&
        (!pt_line_of(pt_field(w->rq, "number"), PT_FEE_NUMBER, c->number) ||
            !pt_line_says(c->number)))
        pt_wizard_wrong(w, "number", "wrong_number",
            PT_T("Write the number of the receipt, in at most 40 characters"));
    if (pt_wizard_do(w, "bad") &&
        (!pt_line_of(pt_field(w->rq, "why"), PT_PAYMENT_WHY, c->why) ||
            !pt_line_says(c->why)))
        pt_wizard_wrong(w, "why", "wrong_why",
            PT_T("Write why the fee is not paid, in at most 500 characters"));
}

void
pt_web_application_receipt_check(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};
    struct pt_fee_checked c;
    enum mh_code code;

    if (pt_wizard_open(&w, PT_MAY_REVIEW_APPLICATION) &&
        pt_wizard_by(&w, "payment")) {
        take(&w, &c);
        if (w.faults > 0) {
            show(&w);
        } else {
            (void)snprintf(w.record.data, sizeof(w.record.data), "state=%s\n",
                c.is == PT_FEE_RECEIPT_GOOD ? "receipt_confirmed"
                                            : "receipt_refused"); /* it fits */
            code = pt_store_fee_receipt_check(
                w.app->store, &w.by, &c, &err, &done);
            if (code == MH_OK && done == PT_APPLICATION_TAKEN) {
                pt_wizard_wrong(&w, "number", "wrong_number",
                    PT_T("Another application has a receipt of this number"));
                show(&w);
            } else if (pt_wizard_done(&w, code, done, &err, "receipt")) {
                pt_wizard_go(&w, "");
            }
        }
    }
    pt_wizard_end(&w);
}
