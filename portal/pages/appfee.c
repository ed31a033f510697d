#include "portal/pages/appfee.h"

#include <stdio.h>
#include <string.h>

#include "base/digest/digest.h"
#include "pages.h"
#include "portal/http/id.h"
#include "portal/jobs/payer.h"
#include "portal/money/money.h"
#include "portal/pages/appattach.h"
#include "portal/pages/appwords.h"
#include "portal/pages/fees.h"

const char *const pt_web_application_fee_files[] = {"receipt", "proof", NULL};

bool
pt_application_fee_set(struct pt_wizard *w, struct pt_map *m)
{
    const struct pt_application *a = &w->d.a;
    struct pt_fee_ask ask = {.claim = PT_CLAIM_VALUED,
        .instance = pt_application_instance(a),
        .price = a->price,
        .relief = "",
        .exempt = "",
        .day = w->d.day};
    struct mh_err err = {.msg = ""};
    struct pt_fee fee;

    for (unsigned i = 0; i < PT_CLAIMS; i++)
        if (strcmp(pt_fee_claim_code(i), a->claim) == 0)
            ask.claim = (enum pt_fee_claim)i;
    if (pt_application_fee(&w->d, &err, &fee) != MH_OK)
        return false;
    pt_fee_tell(m, w->lang, &ask, &fee);
    return true;
}

static void
set_exemptions(struct pt_wizard *w, struct pt_map *m)
{
    for (size_t i = 0; i < w->d.fees.count; i++) {
        const struct pt_fee_rule *r = &w->d.fees.rule[i];
        const char *text =
            r->kind == PT_FEE_EXEMPT ? pt_fee_exempt_text(r->name) : NULL;
        struct pt_map *o;

        if (text == NULL || w->d.day < r->from || w->d.day >= r->until)
            continue;
        o = pt_add(m, "exemptions");
        pt_set(o, "code", r->name);
        pt_set(o, "text", pt_text(w->lang, text));
        pt_set_flag(o, "chosen", strcmp(w->d.a.exempt, r->name) == 0);
    }
}

/* Nothing can be paid here without a gateway; what was, stays paid. */
static bool
offered(const struct pt_wizard *w, size_t way)
{
    return strcmp(pt_application_fee_of(way), "paid") != 0 ||
           pt_payer_gateway(w->app->payer) != NULL || w->d.paid > 0;
}

/* What was paid here already. */
static void
set_paid(struct pt_wizard *w, struct pt_map *m)
{
    char text[PT_MONEY_TEXT];

    if (w->d.paid <= 0)
        return;
    pt_money_write(w->d.paid, w->lang, text);
    pt_set(m, "paid_here", text);
}

static void
show(struct pt_wizard *w)
{
    const struct pt_application *a = &w->d.a;
    struct pt_page page;
    struct pt_map *m = &page.root;
    bool first = true;

    pt_wizard_page(w, &page);
    for (size_t i = 0; pt_application_fee_of(i) != NULL; i++) {
        const char *code = pt_application_fee_of(i);
        struct pt_map *o;

        if (!offered(w, i))
            continue;
        o = pt_add(m, "ways");

        pt_set(o, "code", code);
        pt_set(o, "text", pt_text(w->lang, pt_application_fee_text(code)));
        pt_set_flag(o, "chosen", strcmp(a->fee, code) == 0);
        pt_set(o, "field", first ? "fee" : code); /* it is led to */
        first = false;
        pt_set_flag(o, "is_receipt", strcmp(code, "receipt_submitted") == 0);
        pt_set_flag(o, "is_exempt", strcmp(code, "exempt_claimed") == 0);
        pt_set_flag(o, "is_deferral", strcmp(code, "deferral_requested") == 0);
    }
    pt_set_flag(m, "first", a->relief);
    pt_set_flag(m, "complaint", a->act[0] != '\0');
    pt_set_lines(m, "why", mh_span_str(a->fee_why));
    set_exemptions(w, m);
    pt_attach_list(w, m, true);
    set_paid(w, m);
    if (!pt_application_fee_set(w, m))
        pt_set_flag(m, "no_fee", true);
    pt_wizard_show(w, &page, &pt_tmpl_application_fee);
}

void
pt_web_application_fee(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;

    if (pt_wizard_step(&w, 5))
        show(&w);
    pt_wizard_end(&w);
}

/* ---- saving ---- */

/* The form's words; codes that are none are left out. */
static void
take(struct pt_wizard *w, struct pt_application *a)
{
    const char *fee = pt_field(w->rq, "fee"),
               *exempt = pt_field(w->rq, "exempt");
    struct pt_fee worked;

    a->fee[0] = a->exempt[0] = a->fee_why[0] = '\0';
    for (size_t i = 0; pt_application_fee_of(i) != NULL; i++)
        if (strcmp(fee, pt_application_fee_of(i)) == 0 && offered(w, i))
            (void)snprintf(a->fee, sizeof(a->fee), "%s", fee);
    if (strcmp(a->fee, "exempt_claimed") == 0 &&
        pt_fee_exempt_text(exempt) != NULL)
        (void)snprintf(a->exempt, sizeof(a->exempt), "%s", exempt);
    if (strcmp(a->fee, "deferral_requested") == 0 &&
        !pt_line_of(pt_field(w->rq, "why"), PT_APPLICATION_WHY, a->fee_why))
        pt_wizard_wrong(w, "why", "wrong_why",
            PT_T("The reason is longer than 500 characters, or has characters "
                 "that cannot be read"));
    /* A relief is for the first instance alone. */
    a->relief =
        a->act[0] == '\0' && strcmp(pt_field(w->rq, "first"), "yes") == 0;
    a->policy = w->d.policy.version;
    a->total = 0;
    if (pt_application_fee(&w->d, NULL, &worked) == MH_OK)
        a->total = worked.total;
}

/* What is wrong with the step, beside the field that it is about. */
static void
check(struct pt_wizard *w)
{
    static const struct {
        const char *field, *id, *name;
    } names[] = {{"fee", "fee", "wrong_fee"},
        {"exempt", "exempt", "wrong_exempt"},
        {"exemption", "proof", "wrong_proof"},
        {"receipt", "receipt", "wrong_receipt"}, {"why", "why", "wrong_why"}};
    struct pt_application_fault f;

    if (pt_application_step(&w->d, 5, &f) || strcmp(f.rule, "unpaid") == 0)
        return; /* what is not paid is paid next */
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i].field, f.field) == 0)
            pt_wizard_wrong(
                w, names[i].id, names[i].name, pt_application_fault_text(&f));
}

/* What follows the files is another change: the same form makes the same one.
 */
static bool
another_form(struct pt_wizard *w, char form[static 27])
{
    static const char more[] = "fee";
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_err err = {.msg = ""};
    char text[27 + sizeof(more)];

    (void)snprintf(text, sizeof(text), "%s%s", w->by.form, more); /* it fits */
    if (mh_digest_once(MH_SHA256, mh_span_str(text), &err, hash) != MH_OK) {
        pt_answer_error(w->answer, &err);
        return false;
    }
    pt_id_of(hash, form);
    w->by.form = form;
    w->by.version++;
    return true;
}

/* The fee, and what will be signed where it goes on. */
static void
settle(struct pt_wizard *w)
{
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct pt_rule rule = {PT_RULED_ACCEPT, "", ""};
    struct mh_err err = {.msg = ""};
    struct pt_staged pdf, *made = NULL;
    struct pt_application_fault f;
    bool unpaid =
        !pt_application_step(&w->d, 5, &f) && strcmp(f.rule, "unpaid") == 0;
    enum mh_code code = MH_OK;

    if (pt_wizard_do(w, "next") && !unpaid) {
        code = pt_application_render(w->app, &w->d, &err, &pdf, &rule);
        made = &pdf;
    }
    if (code == MH_OK && rule.what == PT_RULED_REFUSE) {
        pt_wizard_wrong(w, "", "wrong_text", rule.why);
        show(w);
        return;
    }
    if (code == MH_OK)
        code = pt_store_application_set_fee(
            w->app->store, &w->by, &w->d.a, made, &err, &done);
    if (!pt_wizard_done(w, code, done, &err, "step-5")) {
        if (w->faults > 0)
            show(w);
    } else if (unpaid && pt_wizard_do(w, "next")) {
        pt_wizard_go(w, "/pay");
    } else {
        pt_wizard_saved(w);
    }
}

static bool
attach(struct pt_wizard *w, struct pt_attached *files)
{
    static const struct pt_attaching receipt = {
        "receipt", "fee", "", "", "receipt", "wrong_receipt"};
    static const struct pt_attaching proof = {
        "proof", "exemption", "", "", "proof", "wrong_proof"};

    return pt_attach_take(w, &receipt, files) &&
           pt_attach_take(w, &proof, files);
}

/* What a page saves by itself: the words, no files, and nothing goes on.  What
   cannot be kept is left out, and is said when it is sent. */
static void
autosave(struct pt_wizard *w)
{
    take(w, &w->d.a);
    w->faults = 0;
    w->status = 0;
    settle(w);
}

static void
save(struct pt_wizard *w)
{
    struct pt_attached *files = mh_arena_alloc(w->arena, sizeof(*files));
    struct mh_err err = {.msg = ""};
    char form[27];
    bool more;

    if (files == NULL) {
        (void)mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
        pt_answer_error(w->answer, &err);
        return;
    }
    take(w, &w->d.a);
    if (attach(w, files) && w->faults == 0 && !pt_wizard_do(w, "leave"))
        check(w);
    if (w->faults > 0) {
        pt_attach_forget(w, files);
        show(w);
        return;
    }
    if (w->answer->status != 200) /* nobody could examine the files */
        return;
    more = files->count > 0;
    if (!pt_attach_keep(w, files, "receipt", "wrong_receipt")) {
        if (w->faults > 0)
            show(w);
    } else if (!more || another_form(w, form)) {
        settle(w);
    }
}

/* The form once more after it went on: it is told where that is. */
static bool
went_on(struct pt_wizard *w)
{
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};
    enum mh_code code;
    const char *ev = pt_wizard_do(w, "autosave") ? NULL
                     : pt_wizard_do(w, "next")   ? "application.prepared"
                                                 : "application.changed";

    if (!pt_wizard_open(w, PT_MAY_WRITE_APPLICATION) || !pt_wizard_by(w, ev))
        return false;
    if (w->d.a.state != PT_APPLICATION_AWAITING_SIGNATURE)
        return true;
    code = pt_store_application_set_fee(
        w->app->store, &w->by, &w->d.a, NULL, &err, &done);
    if (pt_wizard_done(w, code, done, &err, "step-5"))
        pt_wizard_saved(w);
    return false;
}

void
pt_web_application_fee_set(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;

    w.step = 5;
    if (went_on(&w)) {
        if (w.d.a.state == PT_APPLICATION_DRAFT &&
            pt_application_next(&w.d) >= w.step) {
            if (pt_wizard_do(&w, "autosave"))
                autosave(&w);
            else
                save(&w);
        } else {
            pt_wizard_illegal(&w, "step-5");
        }
    }
    pt_wizard_end(&w);
}
