#include "portal/pages/documents.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "pages.h"
#include "portal/api/report.h"
#include "portal/filing/filing.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/disposition.h"
#include "portal/pages/casepage.h"
#include "portal/pages/docpage.h"
#include "portal/pages/reportpage.h"
#include "portal/pages/session.h"
#include "portal/store/cases.h"
#include "portal/store/preserved.h"

enum {
    DOCUMENT_ARENA = 64 << 20, /* bytes of a document's report */
};

const char *const pt_web_document_report_query[] = {"form", NULL};

/* ---- the list ---- */

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
    arena = mh_arena_new(DOCUMENT_ARENA);
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

struct view {
    enum pt_right right; /* what it is asked for */
    struct pt_who who;
    struct pt_case c;
    struct pt_document d;
    struct mh_arena *arena;
    struct mh_subject subject;
    char hex[2 * PT_HASH + 1];
};

/* The document of the path, its case and who asks; else answer says. */
static bool
find_document(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, struct view *v)
{
    struct mh_err err = {.msg = ""};
    struct pt_asked asked;
    enum mh_code code;

    v->arena = NULL;
    if (!pt_who_must(app, rq, answer, &v->who))
        return false;
    v->arena = mh_arena_new(DOCUMENT_ARENA);
    code = v->arena == NULL
               ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
               : pt_store_document_get(
                     app->store, rq->param, v->arena, &err, &v->d);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return false;
    }
    if (v->d.id[0] == '\0') {
        pt_page_absent(rq, answer);
        return false;
    }
    mh_hex_encode((struct mh_span){v->d.sha256, PT_HASH}, v->hex);
    v->subject = (struct mh_subject){v->d.name, v->d.size, v->hex};
    asked = (struct pt_asked){&v->who.account, v->d.case_id, v->right};
    return pt_case_of(app, rq, answer, &asked, &v->c);
}

/* Who opened what goes to the log before the bytes go out. */
static bool
record_opened(struct pt_app *app, struct pt_answer *answer,
    const struct view *v, const char *what)
{
    char who[32], obj[48], data[64];
    const struct pt_record r = {.ev = "document.opened",
        .who = who,
        .obj = obj,
        .res = "ok",
        .data = data};
    struct mh_err err = {.msg = ""};

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)v->who.account.id);
    (void)snprintf(obj, sizeof(obj), "filing:%s", v->d.id);
    (void)snprintf(
        data, sizeof(data), "level=%u\npart=%s\n", v->who.session.level, what);
    if (pt_store_record_add(app->store, &r, pt_time(), &err) != MH_OK) {
        pt_answer_error(answer, &err);
        return false;
    }
    pt_ledger_wake(app->ledger);
    return true;
}

static enum mh_code
add_receipts(struct pt_app *app, const struct view *v, struct pt_map *m,
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
add_lasting(struct pt_app *app, const struct view *v, struct pt_map *m,
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
    struct view v = {.right = PT_MAY_SEE_DOCUMENTS};

    if (find_document(app, rq, answer, &v) &&
        record_opened(app, answer, &v, "page")) {
        enum mh_lang lang = pt_lang_of(rq);
        enum mh_code code =
            mh_report_unpack(v.d.report, v.arena, &err, &report);

        pt_page_of(&page, rq, answer, PT_T("Document"), &v.who);
        pt_case_set(&page.root, &v.c);
        pt_set_flag(&page.root, "in_cases", true);
        pt_set_flag(
            &page.root, "may_read", pt_may(v.c.relation, PT_MAY_READ_DOCUMENT));
        pt_doc_describe(&page.root, &v.d, lang);
        if (code == MH_OK) {
            if (v.d.state == PT_DOC_RECEIVED || v.d.state == PT_DOC_DESK)
                pt_set(
                    &page.root, "why", pt_text(lang, pt_filing_why(&report)));
            (void)pt_report_page(&page.root, &v.subject, &report, lang);
            code = add_receipts(app, &v, &page.root, lang, &err);
        }
        if (code == MH_OK)
            code = add_lasting(app, &v, &page.root, &err);
        if (code == MH_OK)
            pt_page_end(&pt_tmpl_document, &page, rq, answer, 200);
        else
            pt_answer_error(answer, &err);
    }
    mh_arena_free(v.arena);
}

/* Bytes of the store, to be saved. */
static void
give(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const uint8_t sha256[static PT_HASH], const char *name)
{
    struct mh_err err = {.msg = ""};
    enum pt_found found = PT_ABSENT;
    uint64_t size = 0;
    int fd = -1;

    if (pt_store_blob_open(app->store, sha256, &err, &fd, &size, &found) !=
        MH_OK) {
        pt_answer_error(answer, &err);
    } else if (found == PT_ABSENT) {
        pt_page_absent(rq, answer);
    } else {
        pt_answer_file(answer, "application/octet-stream", fd, size);
        pt_answer_attachment(answer, name);
    }
}

void
pt_web_document_bytes(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct view v = {.right = PT_MAY_READ_DOCUMENT};

    if (find_document(ctx, rq, answer, &v) &&
        record_opened(ctx, answer, &v, "bytes"))
        give(ctx, rq, answer, v.d.sha256, v.d.name);
    mh_arena_free(v.arena);
}

void
pt_web_document_lasting(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct view v = {.right = PT_MAY_READ_DOCUMENT};
    struct pt_preserved p = {.document = ""};
    struct mh_err err = {.msg = ""};

    if (find_document(app, rq, answer, &v)) {
        if (pt_store_preserved_get(app->store, v.d.id, &err, &p) != MH_OK)
            pt_answer_error(answer, &err);
        else if (!p.copied)
            pt_page_absent(rq, answer);
        else if (record_opened(app, answer, &v, "lasting"))
            give(app, rq, answer, p.sha256, v.d.name);
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
    struct view v = {.right = PT_MAY_SEE_DOCUMENTS};

    if (find_document(app, rq, answer, &v)) {
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
            give(app, rq, answer, made->sha256, name);
        }
    }
    mh_arena_free(v.arena);
}

void
pt_web_document_report(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    static const char *const names[] = {"json", "text", "etsi", "html"};
    static const char *const ends[] = {"json", "txt", "xml", "html"};
    struct pt_options options = {.lang = pt_lang_of(rq), .lang_given = true};
    const char *form = pt_query(rq, "form");
    struct mh_err err = {.msg = ""};
    struct mh_report report;
    struct view v = {.right = PT_MAY_SEE_DOCUMENTS};
    size_t i = 0;

    while (i < PT_REPORTS && (form == NULL || strcmp(names[i], form) != 0))
        i++;
    if (!find_document(ctx, rq, answer, &v)) {
        mh_arena_free(v.arena);
        return;
    }
    if (i == PT_REPORTS) {
        pt_page_absent(rq, answer);
    } else if (mh_report_unpack(v.d.report, v.arena, &err, &report) != MH_OK) {
        pt_answer_error(answer, &err);
    } else {
        options.report = (enum pt_form_of_report)i;
        pt_report_answer(&options, &v.subject, &report, answer);
        pt_answer_header(answer, "Content-Disposition",
            "attachment; filename=\"report.%s\"", ends[i]);
    }
    mh_arena_free(v.arena);
}
