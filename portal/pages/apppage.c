#include "portal/pages/apppage.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "pages.h"
#include "portal/filing/filing.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/disposition.h"
#include "portal/http/id.h"
#include "portal/money/money.h"
#include "portal/pages/appreceipt.h"
#include "portal/pages/appwords.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docview.h"
#include "portal/pages/fees.h"
#include "portal/pages/inner.h"
#include "portal/pages/reportpage.h"

enum {
    KB = 1024, /* bytes */
};

const char *const pt_web_application_file_query[] = {"n", "view", NULL};

/* ---- what was said ---- */

static void
set_parties(struct pt_wizard *w, struct pt_map *m)
{
    pt_set_list(m, "parties");
    for (size_t i = 0; i < w->d.parties.count; i++) {
        const struct pt_application_party *p = &w->d.parties.item[i];
        struct pt_map *o = pt_add(m, "parties");

        pt_set(o, "party_side",
            pt_text(w->lang, pt_application_side_text(&w->d.a, p->side)));
        pt_set(o, "party_name", p->name);
        pt_set(o, "party_ident", p->ident);
        pt_set(o, "party_birth", p->birth);
        pt_set(o, "party_address", p->address);
        pt_set(o, "party_phone", p->phone);
        pt_set(o, "party_email", p->email);
        pt_set(o, "party_why", p->why);
    }
}

static void
set_files(struct pt_wizard *w, struct pt_map *m)
{
    pt_set_list(m, "files");
    for (size_t i = 0; i < w->d.files.count; i++) {
        const struct pt_application_file *f = &w->d.files.item[i];
        struct pt_map *o = pt_add(m, "files");
        char hex[2 * PT_HASH + 1];

        mh_hex_encode((struct mh_span){f->sha256, PT_HASH}, hex);
        pt_set_int(o, "n", (int64_t)i);
        pt_set(o, "file_name", f->name);
        pt_set(o, "file_title", f->title);
        pt_set(o, "file_kind",
            pt_text(w->lang, pt_application_file_text(f->kind)));
        pt_set(o, "file_day", f->day);
        pt_set_int(o, "kb", (int64_t)((f->size + KB - 1) / KB));
        pt_pages_set(o, f->format, f->pages);
        pt_set(o, "digest", hex);
    }
}

static void
set_fee(struct pt_wizard *w, struct pt_map *m)
{
    const struct pt_application *a = &w->d.a;
    const char *exempt = pt_fee_exempt_text(a->exempt);
    char amount[PT_MONEY_TEXT];

    if (a->price > 0) {
        pt_money_write(a->price, w->lang, amount);
        pt_set(m, "price", amount);
    }
    if (a->fee[0] == '\0')
        return;
    pt_money_write(a->total, w->lang, amount);
    pt_set(m, "fee_total", amount);
    pt_set(m, "fee_way", pt_text(w->lang, pt_application_fee_text(a->fee)));
    if (exempt != NULL)
        pt_set(m, "fee_exempt", pt_text(w->lang, exempt));
    pt_set(m, "fee_why", a->fee_why);
}

/* What a complaint is against, and whether it came in time. */
static void
set_against(struct pt_wizard *w, struct pt_map *m)
{
    const struct pt_application *a = &w->d.a;
    int64_t at = a->submitted == MH_TIME_NONE ? w->d.now : a->submitted;
    char day[16];

    if (a->act[0] == '\0')
        return;
    pt_set(m, "against_title", a->act_title);
    pt_set(m, "against_number", a->act_number);
    pt_set(m, "against_court", a->act_court);
    pt_baku_day(a->served, day);
    pt_set(m, "served", day);
    pt_baku_day(a->deadline - 1, day);
    pt_set(m, "deadline", day);
    pt_set_flag(m, "too_late", at >= a->deadline);
    pt_set(m, "late_why", a->late);
}

bool
pt_application_describe(struct pt_wizard *w, struct pt_map *m)
{
    const struct pt_application *a = &w->d.a;
    char hex[2 * PT_HASH + 1];

    pt_set(m, "id", a->id);
    pt_set(m, "court", a->court_name);
    pt_set(m, "kind", pt_text(w->lang, pt_application_kind_text(a->kind)));
    pt_set(m, "category",
        pt_text(w->lang, pt_application_category_text(a->category)));
    pt_set_flag(m, "urgent", a->urgent);
    pt_set(m, "heading", a->title);
    set_parties(w, m);
    set_files(w, m);
    set_fee(w, m);
    set_against(w, m);
    pt_set_flag(m, "made", a->made);
    if (a->made) {
        mh_hex_encode((struct mh_span){a->pdf, PT_HASH}, hex);
        pt_set(m, "pdf_digest", hex);
        pt_set_int(m, "pdf_size", (int64_t)a->pdf_size);
        if (a->pdf_pages > 0)
            pt_set_int(m, "pdf_pages", a->pdf_pages);
    }
    return true;
}

/* ---- its page ---- */

static enum mh_code
set_receipts(struct pt_wizard *w, struct pt_map *m, struct mh_err *err)
{
    struct pt_receipts list = {.count = 0};
    enum mh_code code =
        pt_store_receipt_list(w->app->store, w->d.a.d.id, w->arena, err, &list);

    for (size_t i = 0; code == MH_OK && i < list.count; i++) {
        const struct pt_receipt *r = &list.receipt[i];
        struct pt_map *o = pt_add(m, "receipts");
        char when[40];

        pt_baku_time(r->created, when);
        pt_set(o, "time", when);
        pt_set_flag(o, "made", r->made);
        pt_set_int(o, "record", r->record);
        if (r->made)
            pt_set_flag(m, "has_receipt", true);
    }
    return code == MH_OK ? pt_application_receipt_set(w, m, err) : code;
}

/* How its signature was judged, and why it waits. */
static enum mh_code
set_verdict(struct pt_wizard *w, struct pt_map *m, struct mh_err *err)
{
    const struct pt_document *d = &w->d.a.d;
    struct mh_report report;
    struct pt_map *doc = pt_set_map(m, "doc");
    enum mh_code code = mh_report_unpack(d->report, w->arena, err, &report);

    if (code != MH_OK)
        return code;
    pt_doc_describe(doc, d, w->lang);
    pt_pages_set(doc, report.format, pt_filing_pages(&report));
    if (d->state == PT_DOC_RECEIVED || d->state == PT_DOC_DESK)
        pt_set(doc, "wait", pt_text(w->lang, pt_filing_why(&report)));
    pt_set_flag(m, "not_judged", d->state == PT_DOC_RECEIVED);
    pt_set_flag(m, "found_bad", d->state == PT_DOC_RETURNED);
    return MH_OK;
}

/* What may be done with it by who asks. */
static void
set_actions(struct pt_wizard *w, struct pt_map *m)
{
    const struct pt_application *a = &w->d.a;
    bool owner = pt_may(w->relation, PT_MAY_WRITE_APPLICATION);
    bool clerk = pt_may(w->relation, PT_MAY_REVIEW_APPLICATION);
    bool ended = pt_application_may_follow(a->state, PT_APPLICATION_ARCHIVED);

    pt_set_flag(m, "owner", owner);
    pt_set_flag(
        m, "may_withdraw", owner && a->state == PT_APPLICATION_SUBMITTED);
    pt_set_flag(m, "may_correct",
        owner && a->state == PT_APPLICATION_RETURNED && a->next[0] == '\0');
    pt_set_flag(m, "may_archive", owner && ended && !a->archived);
    pt_set_flag(m, "may_review", clerk && a->state == PT_APPLICATION_SUBMITTED);
    pt_set_flag(m, "may_decide", clerk && a->state == PT_APPLICATION_IN_REVIEW);
    pt_set_flag(m, "may_register",
        clerk && a->state == PT_APPLICATION_IN_REVIEW &&
            (a->d.state == PT_DOC_ACCEPTED || a->d.state == PT_DOC_DESK));
    pt_set_flag(m, "may_judge",
        clerk && a->state == PT_APPLICATION_IN_REVIEW &&
            a->d.state == PT_DOC_RECEIVED);
}

static void
set_state(struct pt_wizard *w, struct pt_map *m)
{
    const struct pt_application *a = &w->d.a;
    char when[40], form[27];

    pt_set(m, "number", a->number);
    pt_set(
        m, "app_state", pt_text(w->lang, pt_application_state_text(a->state)));
    pt_set(m, "app_colour", pt_application_state_colour(a->state));
    pt_baku_time(a->submitted, when);
    pt_set(m, "sent", when);
    if (a->decided != MH_TIME_NONE) {
        pt_baku_time(a->decided, when);
        pt_set(m, "decided", when);
    }
    pt_set(m, "reviewer", a->reviewer);
    pt_set(m, "why", a->why);
    pt_set(m, "filer", a->d.filer_name);
    pt_set(m, "case_id", a->case_id);
    pt_set(m, "case_number", a->case_number);
    pt_set(m, "next", a->next);
    pt_set(m, "origin", a->origin);
    pt_set_flag(m, "waits",
        a->state == PT_APPLICATION_SUBMITTED ||
            a->state == PT_APPLICATION_IN_REVIEW);
    pt_set_int(m, "version", a->version);
    pt_id_new(form);
    pt_set(m, "form", form);
}

/* Who opened what goes to the log before it goes out. */
static bool
opened(struct pt_wizard *w, const char *part)
{
    struct pt_application_record r;
    struct mh_err err = {.msg = ""};

    pt_application_record(&r, "document.opened", w->who.account.id, w->d.a.id);
    (void)snprintf(r.data, sizeof(r.data), "level=%u\npart=%s\n",
        w->who.session.level, part);
    if (pt_store_record_add(w->app->store, &r.r, pt_time(), &err) != MH_OK) {
        pt_answer_error(w->answer, &err);
        return false;
    }
    pt_ledger_wake(w->app->ledger);
    return true;
}

/* Where of the menu it stands. */
static const char *
menu_of(const struct pt_wizard *w)
{
    if (w->relation != PT_REL_APPLICANT)
        return "in_desk";
    return w->d.a.act[0] == '\0' ? "in_applications" : "in_complaints";
}

void
pt_web_application(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    struct pt_map *m = &page.root;

    if (pt_wizard_open(&w, PT_MAY_SEE_APPLICATION)) {
        enum mh_code code = MH_OK;

        if (w.d.a.state < PT_APPLICATION_SUBMITTED) {
            pt_wizard_go(&w,
                w.d.a.state == PT_APPLICATION_DRAFT ? "/step/5" : "/step/6");
        } else if (opened(&w, "page")) {
            pt_page_of(&page, rq, answer, PT_T("Application"), &w.who);
            page.arena = w.arena;
            pt_set_flag(m, menu_of(&w), true);
            set_state(&w, m);
            set_actions(&w, m);
            if (pt_application_describe(&w, m)) {
                code = set_verdict(&w, m, &err);
                if (code == MH_OK)
                    code = set_receipts(&w, m, &err);
                if (code == MH_OK)
                    pt_page_end(&pt_tmpl_application, &page, rq, answer, 200);
                else
                    pt_answer_error(answer, &err);
            }
        }
    }
    pt_wizard_end(&w);
}

/* ---- its bytes ---- */

struct given {
    const uint8_t *sha256; /* PT_HASH bytes */
    enum mh_format format;
    const char *name;
};

static void
give(struct pt_wizard *w, const struct given *g)
{
    struct mh_err err = {.msg = ""};
    enum pt_found found = PT_ABSENT;
    uint64_t size = 0;
    int fd = -1;

    if (pt_store_blob_open(
            w->app->store, g->sha256, &err, &fd, &size, &found) != MH_OK) {
        pt_answer_error(w->answer, &err);
    } else if (found == PT_ABSENT) {
        pt_page_absent(w->rq, w->answer);
    } else {
        pt_answer_file(w->answer, "application/octet-stream", fd, size);
        if (pt_query(w->rq, "view") != NULL)
            pt_inner_show(w->answer, g->format, g->name);
        else
            pt_answer_attachment(w->answer, g->name);
    }
}

void
pt_web_application_pdf(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;

    if (pt_wizard_open(&w, PT_MAY_SEE_APPLICATION)) {
        const struct given g = {w.d.a.pdf, MH_FORMAT_PDF, PT_APPLICATION_PDF};

        if (!w.d.a.made)
            pt_page_absent(rq, answer);
        else if (opened(&w, "pdf"))
            give(&w, &g);
    }
    pt_wizard_end(&w);
}

void
pt_web_application_file(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    size_t n = 0;

    if (pt_wizard_open(&w, PT_MAY_SEE_APPLICATION)) {
        if (!pt_inner_number(pt_query(rq, "n"), w.d.files.count, &n)) {
            pt_page_absent(rq, answer);
        } else if (opened(&w, "file")) {
            const struct pt_application_file *f = &w.d.files.item[n];
            const struct given g = {f->sha256, f->format, f->name};

            give(&w, &g);
        }
    }
    pt_wizard_end(&w);
}

void
pt_web_application_document(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;

    if (pt_wizard_open(&w, PT_MAY_SEE_APPLICATION)) {
        if (w.d.a.state < PT_APPLICATION_SUBMITTED)
            pt_page_absent(rq, answer);
        else if (opened(&w, "bytes"))
            pt_docview_give(w.app, rq, answer, w.d.a.d.sha256, w.d.a.d.name);
    }
    pt_wizard_end(&w);
}

void
pt_web_application_receipt(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    const struct pt_receipt *made = NULL;
    struct pt_receipts list = {.count = 0};
    struct mh_err err = {.msg = ""};

    if (pt_wizard_open(&w, PT_MAY_SEE_APPLICATION)) {
        if (pt_store_receipt_list(
                w.app->store, w.d.a.d.id, w.arena, &err, &list) != MH_OK) {
            pt_answer_error(answer, &err);
            pt_wizard_end(&w);
            return;
        }
        for (size_t i = 0; i < list.count; i++)
            if (list.receipt[i].made)
                made = &list.receipt[i];
        if (made == NULL) {
            pt_answer_header(answer, "Retry-After", "5");
            pt_page_refuse(rq, answer, 404, PT_T("There is no receipt yet"),
                PT_T("The document is stored, and its receipt follows. Look "
                     "again in a minute."));
        } else {
            char name[48];

            (void)snprintf(
                name, sizeof(name), "receipt-%.8s.asice", w.d.a.d.id);
            pt_docview_give(w.app, rq, answer, made->sha256, name);
        }
    }
    pt_wizard_end(&w);
}
