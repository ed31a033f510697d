#include "portal/pages/documents.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "pages.h"
#include "portal/filing/filing.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/disposition.h"
#include "portal/pages/casepage.h"
#include "portal/pages/desk.h"
#include "portal/pages/docview.h"
#include "portal/pages/inner.h"
#include "portal/pages/reportfile.h"
#include "portal/pages/reportpage.h"
#include "portal/pages/session.h"
#include "portal/store/cases.h"
#include "portal/store/drafts.h"
#include "portal/store/preserved.h"

const char *const pt_web_document_report_query[] = {"form", NULL};

/* ---- the list ---- */

/* What somebody has prepared here and not signed yet; without it the list is
   shown as well. */
static void
add_drafts(struct pt_app *app, struct pt_map *m, const struct pt_who *who,
    const struct pt_case *c, enum mh_lang lang, struct mh_arena *arena)
{
    struct pt_draft of = {.account = who->account.id};
    struct pt_drafts list;
    struct mh_err err = {.msg = ""};

    memcpy(of.case_id, c->id, sizeof(of.case_id));
    pt_set_list(m, "drafts");
    if (pt_store_draft_list(app->store, &of, pt_time(), arena, &err, &list) !=
        MH_OK)
        return;
    for (size_t i = 0; i < list.count; i++) {
        struct pt_map *item = pt_add(m, "drafts");
        const char *kind = pt_doc_kind_text(list.item[i].kind);
        char when[40];

        pt_set(item, "id", list.item[i].id);
        pt_set(item, "draft_title",
            list.item[i].title[0] != '\0' ? list.item[i].title
            : kind != NULL                ? pt_text(lang, kind)
                                          : list.item[i].kind);
        pt_baku_time(list.item[i].until, when);
        pt_set(item, "until", when);
    }
}

void
pt_web_documents(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_arena *arena;
    struct mh_err err = {.msg = ""};
    struct pt_documents list = {.count = 0};
    struct pt_page page;
    struct pt_who who;
    struct pt_case c;
    const struct pt_asked asked = {
        &who.account, rq->param, PT_MAY_SEE_DOCUMENTS};
    enum mh_code code;

    if (!pt_who_must(app, rq, answer, &who) ||
        !pt_case_of(app, rq, answer, &asked, &c))
        return;
    arena = mh_arena_new(PT_DOCVIEW_ARENA);
    code = arena == NULL
               ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
               : pt_store_document_list(app->store, c.id, arena, &err, &list);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
    } else {
        pt_page_of(&page, rq, answer, PT_T("Documents"), &who);
        pt_case_tabs(&page.root, &c, pt_lang_of(rq));
        pt_set_flag(&page.root, "on_documents", true);
        pt_set_flag(
            &page.root, "may_read", pt_may(c.relation, PT_MAY_READ_DOCUMENT));
        pt_set_flag(&page.root, "may_file", pt_may(c.relation, PT_MAY_FILE));
        add_drafts(app, &page.root, &who, &c, pt_lang_of(rq), arena);
        pt_set_list(&page.root, "documents");
        for (size_t i = 0; i < list.count; i++) {
            struct pt_map *m = pt_add(&page.root, "documents");

            pt_set_int(m, "number", (int64_t)(list.count - i));
            pt_doc_describe(m, &list.document[i], pt_lang_of(rq));
        }
        pt_page_end(&pt_tmpl_documents, &page, rq, answer, 200);
    }
    mh_arena_free(arena);
}

/* ---- one document ---- */

static enum mh_code
add_receipts(struct pt_app *app, const struct pt_docview *v, struct pt_map *m,
    enum mh_lang lang, struct mh_err *err)
{
    struct pt_receipts list;
    enum mh_code code =
        pt_store_receipt_list(app->store, v->d.id, v->arena, err, &list);

    for (size_t i = 0; code == MH_OK && i < list.count; i++) {
        const struct pt_receipt *r = &list.receipt[i];
        struct pt_map *item = pt_add(m, "receipts");
        char when[40];

        pt_baku_time(r->created, when);
        pt_set(item, "time", when);
        pt_set_flag(item, "made", r->made);
        pt_set_int(item, "record", r->record);
        pt_set(item, "what",
            pt_text(lang, strcmp(r->status, "accepted") == 0
                              ? PT_T("Accepted")
                              : PT_T("Received")));
        if (r->made)
            pt_set_flag(m, "has_receipt", true);
    }
    return code;
}

/* The copy that lasts, where the document was accepted. */
static enum mh_code
add_lasting(struct pt_app *app, const struct pt_docview *v, struct pt_map *m,
    struct mh_err *err)
{
    struct pt_preserved p;
    enum mh_code code = pt_store_preserved_get(app->store, v->d.id, err, &p);
    char when[40];

    if (code != MH_OK || p.document[0] == '\0')
        return code;
    pt_set_flag(m, "lasting", true);
    pt_set_flag(m, "copied", p.copied);
    pt_set_flag(m, "uncopied", !p.copied && p.due == MH_TIME_NONE);
    if (!p.copied)
        return MH_OK;
    pt_baku_time(p.made, when);
    pt_set(m, "copied_at", when);
    return MH_OK;
}

void
pt_web_document(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    struct mh_report report;
    struct pt_page page;
    struct pt_docview v = {.right = PT_MAY_SEE_DOCUMENTS};

    if (pt_docview_find(app, rq, answer, &v) &&
        pt_docview_opened(app, answer, &v, "page")) {
        enum mh_lang lang = pt_lang_of(rq);
        enum mh_code code =
            mh_report_unpack(v.d.report, v.arena, &err, &report);

        pt_page_of(&page, rq, answer, PT_T("Document"), &v.who);
        pt_case_set(&page.root, &v.c);
        pt_set_flag(&page.root, "in_cases", true);
        /* An auditor is asked for a warrant there. */
        pt_set_flag(&page.root, "may_read",
            pt_may(v.c.relation, PT_MAY_READ_DOCUMENT) ||
                v.c.relation == PT_REL_AUDITOR);
        pt_doc_describe(&page.root, &v.d, lang);
        if (code == MH_OK) {
            if (v.d.state == PT_DOC_RECEIVED || v.d.state == PT_DOC_DESK)
                pt_set(
                    &page.root, "why", pt_text(lang, pt_filing_why(&report)));
            pt_inner_list(&page.root, &v.d, &report);
            pt_pages_set(&page.root, report.format, pt_filing_pages(&report));
            (void)pt_report_page(&page.root, &v.subject, &report, lang);
            code = add_receipts(app, &v, &page.root, lang, &err);
        }
        if (code == MH_OK)
            code = pt_desk_set(app, &page.root, &v, &err);
        if (code == MH_OK)
            code = add_lasting(app, &v, &page.root, &err);
        if (code == MH_OK)
            pt_page_end(&pt_tmpl_document, &page, rq, answer, 200);
        else
            pt_answer_error(answer, &err);
    }
    mh_arena_free(v.arena);
}

void
pt_web_document_bytes(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_docview v = {.right = PT_MAY_READ_DOCUMENT};

    if (pt_docview_find(ctx, rq, answer, &v) &&
        pt_docview_opened(ctx, answer, &v, "bytes"))
        pt_docview_give(ctx, rq, answer, v.d.sha256, v.d.name);
    mh_arena_free(v.arena);
}

void
pt_web_document_lasting(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct pt_docview v = {.right = PT_MAY_READ_DOCUMENT};
    struct pt_preserved p = {.document = ""};
    struct mh_err err = {.msg = ""};

    if (pt_docview_find(app, rq, answer, &v)) {
        if (pt_store_preserved_get(app->store, v.d.id, &err, &p) != MH_OK)
            pt_answer_error(answer, &err);
        else if (!p.copied)
            pt_page_absent(rq, answer);
        else if (pt_docview_opened(app, answer, &v, "lasting"))
            pt_docview_give(app, rq, answer, p.sha256, v.d.name);
    }
    mh_arena_free(v.arena);
}

/* The newest that is made. */
void
pt_web_document_receipt(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    struct pt_receipts list = {.count = 0};
    const struct pt_receipt *made = NULL;
    struct pt_docview v = {.right = PT_MAY_SEE_DOCUMENTS};

    if (pt_docview_find(app, rq, answer, &v)) {
        if (pt_store_receipt_list(app->store, v.d.id, v.arena, &err, &list) !=
            MH_OK) {
            pt_answer_error(answer, &err);
            mh_arena_free(v.arena);
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

            (void)snprintf(name, sizeof(name), "receipt-%.8s.asice", v.d.id);
            pt_docview_give(app, rq, answer, made->sha256, name);
        }
    }
    mh_arena_free(v.arena);
}

void
pt_web_document_report(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    const char *form = pt_query(rq, "form");
    struct mh_err err = {.msg = ""};
    struct mh_report report;
    struct pt_docview v = {.right = PT_MAY_SEE_DOCUMENTS};

    if (pt_docview_find(ctx, rq, answer, &v)) {
        if (!pt_report_form_good(form))
            pt_page_absent(rq, answer);
        else if (mh_report_unpack(v.d.report, v.arena, &err, &report) != MH_OK)
            pt_answer_error(answer, &err);
        else
            pt_report_file(ctx, rq, form, &v.subject, &report, answer);
    }
    mh_arena_free(v.arena);
}
