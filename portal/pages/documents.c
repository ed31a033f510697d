#include "portal/pages/documents.h"

#include <stdio.h>
#include <string.h>

#include "base/sys/log.h"
#include "base/text.h"
#include "base/time.h"
#include "pages.h"
#include "portal/api/report.h"
#include "portal/filing/filing.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/pages/reportpage.h"
#include "portal/pages/session.h"
#include "portal/store/cases.h"

enum {
    DOCUMENT_ARENA = 64 << 20, /* bytes of a document's report */
    RECEIPT_WAIT_MS = 4000,    /* for a receipt before the answer goes out */
    MEGABYTE = 1 << 20,
};

const char *const pt_web_document_report_query[] = {"form", NULL};

/* What may be filed in a case; data of the court's policy in time. */
static const struct {
    const char *code, *text;
} kinds[] = {
    {"motion", PT_T("Motion")},
    {"objection", PT_T("Objection")},
    {"explanation", PT_T("Explanation")},
    {"evidence", PT_T("Evidence")},
    {"mandate", PT_T("Power of attorney")},
    {"fee", PT_T("Proof of the state fee")},
    {"other", PT_T("Other document")},
};

static const char *
kind_text(const char *code)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].code, code) == 0)
            return kinds[i].text;
    return NULL;
}

static const char *
state_text(enum pt_doc_state state)
{
    switch (state) {
    case PT_DOC_RECEIVED:
        return PT_T("Received, not judged yet");
    case PT_DOC_DESK:
        return PT_T("Received, with the clerk");
    case PT_DOC_ACCEPTED:
        return PT_T("Accepted");
    case PT_DOC_RETURNED:
        return PT_T("Returned");
    case PT_DOC_STATES:
        break;
    }
    return PT_T("Unknown");
}

static const char *
state_colour(enum pt_doc_state state)
{
    return state == PT_DOC_ACCEPTED   ? "green"
           : state == PT_DOC_RETURNED ? "red"
                                      : "yellow";
}

/* The badge beside a document (portal.md 3.4, 3). */
static const char *
badge_text(enum mh_verdict v)
{
    if (v == MH_TOTAL_PASSED)
        return PT_T("Valid");
    return v == MH_TOTAL_FAILED || v == MH_REFUSED ? PT_T("Not valid")
                                                   : PT_T("Not determined");
}

static const char *
badge_colour(enum mh_verdict v)
{
    if (v == MH_TOTAL_PASSED)
        return "green";
    return v == MH_TOTAL_FAILED || v == MH_REFUSED ? "red" : "yellow";
}

static const char *
field(const struct pt_request *rq, const char *name)
{
    const char *value = pt_form_get(&rq->form, name);

    return value == NULL ? "" : value;
}

static void
absent(struct pt_request *rq, struct pt_answer *answer)
{
    pt_page_refuse(rq, answer, 404, PT_T("This page is not there"),
        PT_T("It was never there, or you have no part in this case."));
}

/* Who asks, and the case of this id as they may see it; else answer says. */
static bool
find_case(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    struct pt_who *who, const char *id, struct pt_case *c)
{
    struct mh_err err = {.msg = ""};
    enum pt_found found = PT_ABSENT;

    if (pt_store_case_get(app->store, id, &who->account, rq->arena, &err, c,
            &found) != MH_OK) {
        pt_answer_error(answer, &err);
        return false;
    }
    if (found == PT_ABSENT)
        absent(rq, answer);
    return found == PT_FOUND;
}

static void
add_size(struct pt_map *m, uint64_t size)
{
    if (size < MEGABYTE)
        pt_setf(m, "size", "%llu kB", (unsigned long long)(size + 1023) / 1024);
    else
        pt_setf(m, "size", "%llu MB",
            (unsigned long long)(size + MEGABYTE - 1) / MEGABYTE);
}

static void
describe(struct pt_map *m, const struct pt_document *d, enum mh_lang lang)
{
    const char *kind = kind_text(d->kind);
    char when[40], hex[2 * PT_HASH + 1];

    pt_set(m, "id", d->id);
    pt_set(m, "title", d->title[0] == '\0' ? d->name : d->title);
    pt_set(m, "filename", d->name);
    pt_set(m, "kind", kind == NULL ? d->kind : pt_text(lang, kind));
    pt_set(m, "note", d->note);
    pt_set(m, "filer", d->filer_name);
    pt_set(m, "signer", d->signer);
    pt_baku_time(d->filed, when);
    pt_set(m, "filed", when);
    pt_baku_time(d->judged, when);
    pt_set(m, "judged", when);
    pt_set(m, "state", pt_text(lang, state_text(d->state)));
    pt_set(m, "state_colour", state_colour(d->state));
    pt_set(m, "badge", pt_text(lang, badge_text(d->verdict)));
    pt_set(m, "badge_colour", badge_colour(d->verdict));
    mh_hex_encode((struct mh_span){d->sha256, PT_HASH}, hex);
    pt_set(m, "digest", hex);
    hex[12] = '\0';
    pt_set(m, "short_digest", hex);
    add_size(m, d->size);
}

static void
set_case(struct pt_map *m, const struct pt_case *c)
{
    pt_set(m, "case_id", c->id);
    pt_set(m, "case_number", c->number);
    pt_set_flag(m, "on_documents", true);
}

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
    enum mh_code code;

    if (!pt_who_must(app, rq, answer, &who) ||
        !find_case(app, rq, answer, &who, rq->param, &c))
        return;
    arena = mh_arena_new(DOCUMENT_ARENA);
    code = arena == NULL
               ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
               : pt_store_document_list(app->store, c.id, arena, &err, &list);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
    } else {
        pt_page_of(&page, rq, answer, PT_T("Documents"), &who);
        set_case(&page.root, &c);
        pt_set_flag(&page.root, "may_file", pt_case_may_file(&c));
        pt_set_list(&page.root, "documents");
        for (size_t i = 0; i < list.count; i++) {
            struct pt_map *m = pt_add(&page.root, "documents");

            pt_set_int(m, "number", (int64_t)(list.count - i));
            describe(m, &list.document[i], pt_lang_of(rq));
        }
        pt_page_end(&pt_tmpl_documents, &page, rq, answer, 200);
    }
    mh_arena_free(arena);
}

/* ---- filing ---- */

struct form {
    const char *wrong_field, *wrong; /* an id of a text; NULL: nothing is */
    const char *rule;                /* of a refusal; NULL: none */
};

static void
show_form(struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, const struct pt_case *c, const struct form *form)
{
    enum mh_lang lang = pt_lang_of(rq);
    const char *chosen = field(rq, "kind"), *given = field(rq, "form");
    struct pt_page page;
    char id[27];

    pt_page_of(&page, rq, answer, PT_T("File a document"), who);
    set_case(&page.root, c);
    /* A form that was refused may be sent again as the same one. */
    if (pt_id_valid(mh_span_str(given)))
        pt_set(&page.root, "form", given);
    else {
        pt_id_new(id);
        pt_set(&page.root, "form", id);
    }
    pt_set_int(&page.root, "limit", PT_UPLOAD_MAX / MEGABYTE);
    pt_set(&page.root, "document_title", field(rq, "title"));
    pt_set(&page.root, "note", field(rq, "note"));
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct pt_map *m = pt_add(&page.root, "kinds");

        pt_set(m, "code", kinds[i].code);
        pt_set(m, "text", pt_text(lang, kinds[i].text));
        pt_set_flag(m, "chosen", strcmp(chosen, kinds[i].code) == 0);
    }
    if (form->wrong != NULL) {
        pt_setf(&page.root, "wrong_field", "%s", form->wrong_field);
        pt_set_flag(
            &page.root, "wrong_file", strcmp(form->wrong_field, "file") == 0);
        pt_set(&page.root, "wrong", pt_text(lang, form->wrong));
        if (form->rule != NULL)
            pt_set(&page.root, "rule", form->rule);
        pt_page_error(&page, form->wrong_field, pt_text(lang, form->wrong));
    }
    pt_page_end(&pt_tmpl_document_new, &page, rq, answer,
        form->wrong == NULL ? 200 : 422);
}

void
pt_web_document_new(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct form form = {.wrong = NULL};
    struct pt_who who;
    struct pt_case c;

    if (!pt_who_must(app, rq, answer, &who) ||
        !find_case(app, rq, answer, &who, rq->param, &c))
        return;
    if (!pt_case_may_file(&c))
        absent(rq, answer);
    else
        show_form(rq, answer, &who, &c, &form);
}

/* A text of the form within its limit and without controls. */
static bool
text_fits(const char *s, size_t max)
{
    return mh_text_is_clean(mh_span_str(s), max);
}

static void
check_form(struct pt_request *rq, const struct pt_file *file, struct form *form)
{
    if (kind_text(field(rq, "kind")) == NULL)
        *form = (struct form){"kind",
            PT_T("Choose what kind of document it "
                 "is"),
            NULL};
    else if (!text_fits(field(rq, "title"), PT_DOC_TITLE_MAX))
        *form = (struct form){"title",
            PT_T("The title is longer than 200 bytes, or has characters that "
                 "cannot be read"),
            NULL};
    else if (!text_fits(field(rq, "note"), PT_DOC_NOTE_MAX))
        *form = (struct form){"note",
            PT_T("The note is longer than 500 bytes, or has characters that "
                 "cannot be read"),
            NULL};
    else if (file == NULL || file->spool.size == 0)
        *form = (struct form){"file", PT_T("Choose a signed document"), NULL};
    else if (strlen(file->part.filename) == 0 ||
             !text_fits(file->part.filename, PT_DOC_NAME_MAX))
        *form = (struct form){"file",
            PT_T("The name of the file is longer than 200 bytes, or has "
                 "characters that cannot be read"),
            NULL};
}

/* Files it, and waits a little for the receipt. */
static void
file_it(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, const struct pt_case *c)
{
    struct pt_file *file = pt_request_file(rq, "file");
    struct mh_arena *arena = mh_arena_new(DOCUMENT_ARENA);
    struct form form = {.wrong = NULL};
    struct mh_err err = {.msg = ""};
    struct pt_filed_as filed = {.what = PT_FILED_NEW};
    const struct pt_filing f = {.filer = &who->account,
        .case_id = c->id,
        .form = field(rq, "form"),
        .kind = field(rq, "kind"),
        .title = field(rq, "title"),
        .note = field(rq, "note"),
        .file = {file->part.filename, file->spool.fd, file->spool.size},
        .sha256 = file->spool.sha256};
    enum mh_code code =
        arena == NULL
            ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
            : pt_filing_make(app, &f, arena, &err, &filed);

    if (code != MH_OK) {
        mh_log("filing", "id=%s code=%s", rq->id, mh_code_name(code));
        pt_answer_header(answer, "Retry-After", "5");
        pt_page_refuse(rq, answer, 503, PT_T("It could not be filed now"),
            PT_T("Nothing was stored. This is our fault: try again in a "
                 "minute with the same form."));
    } else if (filed.rule.what == PT_RULED_REFUSE) {
        form = (struct form){"file", filed.rule.why, filed.rule.code};
        show_form(rq, answer, who, c, &form);
    } else if (filed.what == PT_FILED_OTHER) {
        pt_page_refuse(rq, answer, 409, PT_T("This form was sent before"),
            PT_T("It brought another document. Open a new form for this "
                 "one."));
    } else {
        (void)pt_ledger_wait(app->ledger, filed.id,
            RECEIPT_WAIT_MS); /* the page says when it is not made yet */
        answer->status = 303;
        pt_answer_header(answer, "Location", "/documents/%s", filed.id);
    }
    mh_arena_free(arena);
}

void
pt_web_document_file(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct form form = {.wrong = NULL};
    struct pt_who who;
    struct pt_case c;

    if (!pt_form_is_ours(rq, answer) || !pt_who_must(app, rq, answer, &who) ||
        !find_case(app, rq, answer, &who, rq->param, &c))
        return;
    if (!pt_case_may_file(&c)) {
        absent(rq, answer);
        return;
    }
    check_form(rq, pt_request_file(rq, "file"), &form);
    if (form.wrong != NULL)
        show_form(rq, answer, &who, &c, &form);
    else if (!pt_id_valid(mh_span_str(field(rq, "form"))))
        pt_page_refuse(rq, answer, 400, PT_T("This form cannot be read"),
            PT_T("Open the page again and fill in a new one."));
    else
        file_it(app, rq, answer, &who, &c);
}

/* ---- one document ---- */

struct view {
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
        absent(rq, answer);
        return false;
    }
    mh_hex_encode((struct mh_span){v->d.sha256, PT_HASH}, v->hex);
    v->subject = (struct mh_subject){v->d.name, v->d.size, v->hex};
    return find_case(app, rq, answer, &v->who, v->d.case_id, &v->c);
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

void
pt_web_document(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    struct mh_report report;
    struct pt_page page;
    struct view v;

    if (find_document(app, rq, answer, &v) &&
        record_opened(app, answer, &v, "page")) {
        enum mh_lang lang = pt_lang_of(rq);
        enum mh_code code =
            mh_report_unpack(v.d.report, v.arena, &err, &report);

        pt_page_of(&page, rq, answer, PT_T("Document"), &v.who);
        set_case(&page.root, &v.c);
        describe(&page.root, &v.d, lang);
        if (code == MH_OK) {
            if (v.d.state == PT_DOC_RECEIVED || v.d.state == PT_DOC_DESK)
                pt_set(
                    &page.root, "why", pt_text(lang, pt_filing_why(&report)));
            (void)pt_report_page(&page.root, &v.subject, &report, lang);
            code = add_receipts(app, &v, &page.root, lang, &err);
        }
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
        absent(rq, answer);
    } else {
        pt_answer_file(answer, "application/octet-stream", fd, size);
        pt_answer_attachment(answer, name);
    }
}

void
pt_web_document_bytes(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct view v;

    if (find_document(ctx, rq, answer, &v) &&
        record_opened(ctx, answer, &v, "bytes"))
        give(ctx, rq, answer, v.d.sha256, v.d.name);
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
    struct view v;

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
    struct view v;
    size_t i = 0;

    while (i < PT_REPORTS && (form == NULL || strcmp(names[i], form) != 0))
        i++;
    if (!find_document(ctx, rq, answer, &v)) {
        mh_arena_free(v.arena);
        return;
    }
    if (i == PT_REPORTS) {
        absent(rq, answer);
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
