#include "portal/pages/inquiries.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/sys/log.h"
#include "pages.h"
#include "portal/filing/ledger.h"
#include "portal/filing/sealedanswer.h"
#include "portal/http/clock.h"
#include "portal/http/disposition.h"
#include "portal/notify/deliver.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/docview.h"
#include "portal/pages/fields.h"
#include "portal/pages/proofs.h"
#include "portal/store/inquiries.h"

enum {
    FAULTS = 2,
    ANSWER_MAX = 65536, /* bytes of what is sealed */
};

static const struct {
    const char *text, *colour;
} states[PT_INQUIRY_STATES] = {
    [0] = {"", "grey"},
    [PT_INQUIRY_SENT] = {PT_T("Inquiry sent"), "blue"},
    [PT_INQUIRY_REVIEW] = {PT_T("Being answered"), "yellow"},
    [PT_INQUIRY_ANSWERED] = {PT_T("Inquiry answered"), "green"},
    [PT_INQUIRY_REJECTED] = {PT_T("Inquiry rejected"), "red"},
};

static const struct {
    const char *code, *text;
} kinds[] = {
    {"status", PT_T("Certificate of the state of the case")},
    {"copy", PT_T("Copy of an act")},
    {"archive", PT_T("Request to the archive")},
    {"correction", PT_T("Correction of data")},
};
enum {
    KINDS = sizeof(kinds) / sizeof(kinds[0])
};

struct inquiring {
    struct pt_app *app;
    struct pt_request *rq;
    struct pt_answer *answer;
    enum mh_lang lang;
    struct pt_who who;
    struct pt_case c;
    struct pt_inquiry q;
    bool clerk; /* who may answer */
    struct pt_fault fault[FAULTS];
    size_t faults;
    struct mh_err err;
};
#define INQUIRING                                                              \
    {                                                                          \
        .app = ctx, .rq = rq, .answer = answer, .lang = pt_lang_of(rq)         \
    }

static const char *
kind_text(const char *code)
{
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].code, code) == 0)
            return kinds[i].text;
    return NULL;
}

static void
wrong(struct inquiring *v, const char *field, const char *name, const char *id)
{
    if (v->faults < FAULTS)
        v->fault[v->faults++] =
            (struct pt_fault){field, name, pt_text(v->lang, id)};
}

/* Somebody, by one of our forms; else answer says. */
static bool
begin(struct inquiring *v)
{
    return (v->rq->gate.method != PT_POST ||
               pt_form_is_ours(v->rq, v->answer)) &&
           pt_who_must(v->app, v->rq, v->answer, &v->who);
}

static bool
good_form(struct inquiring *v)
{
    if (pt_form_id_good(v->rq))
        return true;
    pt_page_refuse(v->rq, v->answer, 400, PT_T("This form cannot be read"),
        PT_T("Open the page again and fill in a new one."));
    return false;
}

static void
see_other(struct inquiring *v)
{
    pt_ledger_wake(v->app->ledger);
    v->answer->status = 303;
    pt_answer_header(v->answer, "Location", "/inquiries/%s", v->q.id);
}

/* ---- looking ---- */

static void
describe(
    const struct inquiring *v, struct pt_map *m, const struct pt_inquiry *q)
{
    const char *kind = kind_text(q->kind);
    char when[24];

    pt_set(m, "id", q->id);
    pt_set(m, "kind", kind == NULL ? q->kind : pt_text(v->lang, kind));
    pt_set(m, "case_id", q->case_id);
    pt_set(m, "case_number", q->number);
    pt_set(m, "court", q->court);
    pt_set(m, "asker", q->asker);
    pt_set(m, "state", pt_text(v->lang, states[q->state].text));
    pt_set(m, "state_colour", states[q->state].colour);
    pt_set_flag(m, "late", q->state <= PT_INQUIRY_REVIEW && pt_time() > q->due);
    pt_baku_minute(q->created, when);
    pt_set(m, "asked", when);
    pt_baku_day(q->due, when);
    pt_set(m, "due", when);
    if (q->state > PT_INQUIRY_REVIEW) {
        pt_baku_minute(q->ended, when);
        pt_set(m, "ended", when);
    }
}

void
pt_web_inquiries(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct inquiring v = INQUIRING;
    struct pt_inquiries list;
    struct pt_page page;

    if (!begin(&v))
        return;
    if (pt_store_inquiry_list(
            v.app->store, &v.who.account, rq->arena, &v.err, &list) != MH_OK) {
        pt_answer_error(answer, &v.err);
        return;
    }
    pt_page_of(&page, rq, answer, PT_T("Inquiries"), &v.who);
    pt_set_flag(&page.root, "desk", v.who.account.role == PT_ROLE_CLERK);
    pt_set_flag(&page.root, "in_desk", v.who.account.role == PT_ROLE_CLERK);
    pt_set_flag(&page.root, "in_inquiries", true);
    pt_set_flag(&page.root, "more", list.more);
    pt_set_list(&page.root, "inquiries");
    for (size_t i = 0; i < list.count; i++)
        describe(&v, pt_add(&page.root, "inquiries"), &list.item[i]);
    pt_page_end(&pt_tmpl_inquiries, &page, rq, answer, 200);
}

/* The inquiry of the path, for who asked or may answer. */
static bool
find(struct inquiring *v)
{
    if (!begin(v))
        return false;
    if (pt_store_inquiry_get(v->app->store, v->rq->param, v->rq->arena, &v->err,
            &v->q) != MH_OK) {
        pt_answer_error(v->answer, &v->err);
        return false;
    }
    if (v->q.id[0] == '\0') {
        pt_page_absent(v->rq, v->answer);
        return false;
    }
    if (v->q.account != v->who.account.id) {
        const struct pt_asked asked = {
            &v->who.account, v->q.case_id, PT_MAY_ANSWER};

        v->clerk = true;
        if (!pt_case_of(v->app, v->rq, v->answer, &asked, &v->c))
            return false;
    }
    v->c.restricted = v->q.restricted;
    return pt_bytes_open(v->rq, v->answer, &v->who, &v->c);
}

static void
show(struct inquiring *v, unsigned status)
{
    struct pt_page page;
    struct pt_map *m = &page.root;

    pt_page_of(&page, v->rq, v->answer, PT_T("Inquiry"), &v->who);
    describe(v, m, &v->q);
    pt_set_flag(m, "in_inquiries", true);
    pt_set_flag(m, "in_desk", v->clerk);
    pt_set_flag(m, "clerk", v->clerk);
    pt_set_lines(m, "text", mh_span_str(v->q.text));
    pt_set_lines(m, "said", mh_span_str(v->q.answer));
    pt_set_flag(m, "answered", v->q.state == PT_INQUIRY_ANSWERED);
    pt_set_flag(m, "rejected", v->q.state == PT_INQUIRY_REJECTED);
    pt_set_flag(m, "may_review", v->clerk && v->q.state == PT_INQUIRY_SENT);
    pt_set_flag(m, "may_answer", v->clerk && v->q.state == PT_INQUIRY_REVIEW);
    pt_set_lines(m, "written", mh_span_str(pt_field(v->rq, "answer")));
    pt_set_lines(m, "reason", mh_span_str(pt_field(v->rq, "reason")));
    for (size_t i = 0; i < v->faults; i++)
        pt_fault_set(&page, &v->fault[i]);
    pt_page_end(&pt_tmpl_inquiry, &page, v->rq, v->answer, status);
}

void
pt_web_inquiry(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct inquiring v = INQUIRING;

    if (find(&v))
        show(&v, 200);
}

void
pt_web_inquiry_answer(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct inquiring v = INQUIRING;
    enum pt_found found = PT_ABSENT;
    uint64_t size = 0;
    int fd = -1;

    if (!find(&v))
        return;
    if (v.q.state == PT_INQUIRY_ANSWERED &&
        pt_store_blob_open(
            v.app->store, v.q.sha256, &v.err, &fd, &size, &found) != MH_OK) {
        pt_answer_error(answer, &v.err);
    } else if (found == PT_ABSENT) {
        pt_page_absent(rq, answer);
    } else {
        pt_answer_file(answer, "application/pdf", fd, size);
        pt_answer_attachment(answer, "answer.pdf");
    }
}

/* ---- asking ---- */

static void
show_new(struct inquiring *v)
{
    struct pt_page page;
    struct pt_map *m = &page.root;

    pt_page_of(&page, v->rq, v->answer, PT_T("Ask the court"), &v->who);
    pt_case_set(m, &v->c);
    pt_set_flag(m, "in_inquiries", true);
    pt_set_int(m, "days", PT_INQUIRY_DAYS);
    for (size_t i = 0; i < KINDS; i++) {
        struct pt_map *o = pt_add(m, "kinds");

        pt_set(o, "code", kinds[i].code);
        pt_set(o, "text", pt_text(v->lang, kinds[i].text));
        pt_set_flag(
            o, "chosen", strcmp(pt_field(v->rq, "kind"), kinds[i].code) == 0);
    }
    pt_set_lines(m, "text", mh_span_str(pt_field(v->rq, "text")));
    pt_form_id_set(m, v->rq);
    for (size_t i = 0; i < v->faults; i++)
        pt_fault_set(&page, &v->fault[i]);
    pt_page_end(&pt_tmpl_inquiry_new, &page, v->rq, v->answer,
        v->faults == 0 ? 200 : 422);
}

/* The case of the path, for who may ask. */
static bool
begin_case(struct inquiring *v)
{
    const struct pt_asked asked = {
        &v->who.account, v->rq->param, PT_MAY_INQUIRE};

    return begin(v) && pt_case_of(v->app, v->rq, v->answer, &asked, &v->c);
}

void
pt_web_inquiry_new(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct inquiring v = INQUIRING;

    if (begin_case(&v))
        show_new(&v);
}

static void
add(struct inquiring *v)
{
    enum pt_inquiry_done done = PT_INQUIRY_MANY;

    if (pt_store_inquiry_add(v->app->store, &v->q, pt_field(v->rq, "form"),
            &v->err, &done) != MH_OK)
        pt_answer_error(v->answer, &v->err);
    else if (done == PT_INQUIRY_MANY)
        pt_page_refuse(v->rq, v->answer, 429, PT_T("Too many inquiries"),
            PT_T("Five of yours wait for an answer in this case. Nothing was "
                 "sent."));
    else
        see_other(v);
}

void
pt_web_inquiry_ask(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct inquiring v = INQUIRING;
    char text[4 * PT_INQUIRY_TEXT + 1];
    const char *kind = pt_field(rq, "kind");

    if (!begin_case(&v) || !good_form(&v))
        return;
    if (kind_text(kind) == NULL)
        wrong(&v, "kind", "wrong_kind", PT_T("Choose what you ask for"));
    if (!pt_lines_of(
            pt_field(rq, "text"), PT_INQUIRY_TEXT, text, sizeof(text)) ||
        !pt_line_says(text))
        wrong(&v, "text", "wrong_text",
            PT_T("Write what you ask, in at most 2,000 characters"));
    if (v.faults > 0) {
        show_new(&v);
        return;
    }
    v.q = (struct pt_inquiry){
        .account = v.who.account.id, .created = pt_time(), .text = text};
    memcpy(v.q.case_id, v.c.id, sizeof(v.q.case_id));
    (void)snprintf(v.q.kind, sizeof(v.q.kind), "%s", kind); /* it fits */
    add(&v);
}

/* ---- answering ---- */

/* How the asker is told; false: in the cabinet alone. */
static bool
message(struct inquiring *v, struct pt_delivery *d)
{
    struct pt_account asker;
    enum pt_found found = PT_ABSENT;

    pt_delivery_begin(v->rq, "inquiry", d);
    d->account = v->q.account;
    if (pt_store_account_get(
            v->app->store, v->q.account, &v->err, &asker, &found) != MH_OK ||
        found == PT_ABSENT)
        return false;
    memcpy(d->lang, asker.lang, sizeof(d->lang));
    return asker.email_proven && asker.notify_email && asker.email[0] != '\0';
}

static void
step(struct inquiring *v, enum pt_inquiry_state to, const char *text,
    struct pt_staged *staged)
{
    struct pt_delivery d;
    struct pt_inquiry_step s = {.id = v->q.id,
        .account = v->who.account.id,
        .at = pt_time(),
        .to = to,
        .answer = text,
        .staged = staged};
    enum pt_inquiry_done done = PT_INQUIRY_ILLEGAL;

    if (to != PT_INQUIRY_REVIEW && message(v, &d))
        s.delivery = &d;
    if (pt_store_inquiry_step(v->app->store, &s, &v->err, &done) != MH_OK) {
        pt_answer_error(v->answer, &v->err);
        return;
    }
    pt_deliver_wake(v->app->deliver);
    pt_ledger_wake(v->app->ledger);
    if (done == PT_INQUIRY_DONE)
        see_other(v);
    else
        pt_page_refuse(v->rq, v->answer, 409,
            PT_T("This step is not possible with this inquiry"),
            PT_T("It is at another one by now. Nothing was changed. Open it to "
                 "see where it stands."));
}

/* What is sealed: who asked what, and the answer, in the state's language. */
static void
write_answer(const struct inquiring *v, const char *text, struct mh_buf *out)
{
    const char *kind = kind_text(v->q.kind);
    char asked[24], now[24];

    pt_baku_minute(v->q.created, asked);
    pt_baku_minute(pt_time(), now);
    mh_buf_printf(out, "%s\n%s %s\n%s %s\n", v->q.court,
        pt_text(MH_AZ, PT_T("Case number:")), v->q.number,
        pt_text(MH_AZ, PT_T("Inquiry:")),
        kind == NULL ? v->q.kind : pt_text(MH_AZ, kind));
    mh_buf_printf(out, "%s %s, %s\n%s %s, %s %s\n\n",
        pt_text(MH_AZ, PT_T("Asked by:")), v->q.asker, asked,
        pt_text(MH_AZ, PT_T("Answered by:")), now, v->who.account.surname,
        v->who.account.name);
    mh_buf_str(out, v->q.text);
    mh_buf_printf(
        out, "\n\n%s\n\n", pt_text(MH_AZ, PT_T("Answer of the court")));
    mh_buf_str(out, text);
    mh_buf_byte(out, '\n');
}

static void
answer_it(struct inquiring *v, const char *text)
{
    struct pt_rule rule = {PT_RULED_ACCEPT, "", ""};
    struct pt_staged staged = {.size = 0};
    struct mh_buf whole;
    struct pt_sealed_answer a = {.account = v->who.account.id,
        .title = pt_text(MH_AZ, PT_T("Answer of the court")),
        .lang = MH_AZ};
    enum mh_code code = MH_OK;

    if (v->q.state != PT_INQUIRY_REVIEW) {
        step(v, PT_INQUIRY_ANSWERED, text, NULL); /* 409, and its record */
        return;
    }
    mh_buf_init(&whole, ANSWER_MAX);
    write_answer(v, text, &whole);
    mh_buf_byte(&whole, '\0');
    if (!mh_buf_ok(&whole))
        code = mh_fail(&v->err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    a.text = (const char *)whole.ptr;
    if (code == MH_OK)
        code = pt_sealed_answer_make(v->app, &a, &v->err, &staged, &rule);
    mh_buf_fini(&whole);
    if (code != MH_OK) {
        mh_log("inquiry", "id=%s code=%s why=\"%.100s\"", v->rq->id,
            mh_code_name(code), v->err.msg);
        pt_page_not_stored(
            v->rq, v->answer, PT_T("The answer could not be sealed now"));
    } else if (rule.what == PT_RULED_REFUSE) {
        wrong(v, "answer", "wrong_answer", rule.why);
        show(v, 422);
    } else {
        step(v, PT_INQUIRY_ANSWERED, text, &staged);
    }
}

/* A text of the form; false: it is wrong, and the page says so. */
static bool
take(struct inquiring *v, const char *field, const char *name, char *out,
    size_t size)
{
    if (pt_lines_of(pt_field(v->rq, field), PT_INQUIRY_ANSWER, out, size) &&
        pt_line_says(out))
        return true;
    wrong(v, field, name, PT_T("Write it, in at most 4,000 characters"));
    show(v, 422);
    return false;
}

void
pt_web_inquiry_do(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct inquiring v = INQUIRING;
    char text[4 * PT_INQUIRY_ANSWER + 1];
    const char *what = pt_field(rq, "do");

    if (!find(&v))
        return;
    if (!v.clerk) {
        /* Who asked does not answer; it is no step of theirs. */
        pt_page_absent(rq, answer);
    } else if (strcmp(what, "review") == 0) {
        step(&v, PT_INQUIRY_REVIEW, "", NULL);
    } else if (strcmp(what, "answer") == 0) {
        if (take(&v, "answer", "wrong_answer", text, sizeof(text)))
            answer_it(&v, text);
    } else if (strcmp(what, "reject") == 0) {
        if (take(&v, "reason", "wrong_reason", text, sizeof(text)))
            step(&v, PT_INQUIRY_REJECTED, text, NULL);
    } else {
        pt_page_refuse(rq, answer, 400, PT_T("This form cannot be read"),
            PT_T("Open the page again and fill in a new one."));
    }
}
