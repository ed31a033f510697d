/* Documents: searched by an auditor, opened under a warrant (auditpage.h). */
#include "portal/pages/auditpage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pages.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/pages/reportpage.h"
#include "portal/store/auditlog.h"
#include "portal/store/warrants.h"

const char *const pt_web_audit_documents_query[] = {
    "number", "hash", "filer", "kind", "day", "before", NULL};

enum {
    DAY = 86400,                 /* seconds */
    PT_AUDIT_REPORT = 128 << 20, /* bytes of a document's report */
};

struct search {
    struct pt_doc_query q;
    uint8_t hash[PT_HASH];
    char case_id[27];
    struct pt_fault fault; /* field NULL: nothing is wrong */
};

static const char *
asked(const struct pt_request *rq, const char *name)
{
    const char *value = pt_query(rq, name);

    return value == NULL ? "" : value;
}

static void
wrong(struct search *s, const char *field, const char *at, const char *text)
{
    if (s->fault.field == NULL)
        s->fault = (struct pt_fault){field, at, text};
}

static enum mh_code
read_search(struct pt_app *app, const struct pt_request *rq, struct search *s,
    struct mh_err *err)
{
    enum mh_lang lang = pt_lang_of(rq);
    char cleaned[PT_NUMBER_MAX + 1];
    enum mh_code code = MH_OK;

    *s = (struct search){.q = {.case_id = s->case_id,
                             .kind = asked(rq, "kind"),
                             .before = asked(rq, "before")}};
    if (strncmp(asked(rq, "filer"), "p:", 2) == 0)
        s->q.filer = strtoll(asked(rq, "filer") + 2, NULL, 10);
    if (asked(rq, "filer")[0] != '\0' && s->q.filer <= 0)
        wrong(s, "filer", "wrong_filer",
            pt_text(lang, PT_T("No account has this user name or FIN")));
    if (asked(rq, "day")[0] != '\0') {
        if (pt_baku_day_parse(asked(rq, "day"), &s->q.from))
            s->q.to = s->q.from + DAY;
        else
            wrong(s, "day", "wrong_day",
                pt_text(lang, PT_T("Write the day as 31.12.2026")));
    }
    if (asked(rq, "hash")[0] != '\0') {
        if (strlen(asked(rq, "hash")) == (size_t)2 * PT_HASH &&
            mh_hex_decode(mh_span_str(asked(rq, "hash")), s->hash))
            s->q.hash = s->hash;
        else
            wrong(s, "hash", "wrong_hash",
                pt_text(
                    lang, PT_T("A SHA-256 has 64 digits and letters a to f")));
    }
    if (asked(rq, "number")[0] != '\0') {
        if (pt_number_clean(asked(rq, "number"), cleaned))
            code =
                pt_store_case_of_number(app->store, cleaned, err, s->case_id);
        if (code == MH_OK && s->case_id[0] == '\0')
            wrong(s, "number", "wrong_number",
                pt_text(lang, PT_T("No case has this number")));
    }
    return code;
}

static void
set_row(struct pt_map *m, const struct pt_doc_row *r, enum mh_lang lang)
{
    const char *kind = pt_doc_kind_text(r->kind);
    char when[40], hex[2 * PT_HASH + 1], form[27];

    if (kind == NULL)
        kind = pt_act_kind_text(r->kind);
    mh_hex_encode((struct mh_span){r->sha256, PT_HASH}, hex);
    pt_baku_time(r->filed, when);
    pt_id_new(form);
    pt_set(m, "id", r->id);
    pt_set(m, "form", form);
    pt_set(m, "case_number", r->number);
    pt_set(m, "row_kind", kind == NULL ? r->kind : pt_text(lang, kind));
    pt_setf(m, "row_filer", "p:%lld", (long long)r->filer);
    pt_set(m, "when", when);
    pt_set(m, "sha256", hex);
    pt_set(m, "verdict", mh_verdict_name(r->verdict));
}

/* person: what is wrong with the form for an account, or NULL. */
static void
show(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, const char *person)
{
    static const char *const names[] = {
        "day", "number", "hash", "filer", "kind"};
    struct pt_doc_page *list = mh_arena_alloc(rq->arena, sizeof(*list));
    struct mh_err err = {.msg = ""};
    struct search s = {.case_id = ""};
    struct pt_page page;
    enum mh_code code = list == NULL ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET,
                                           "portal: no memory")
                                     : read_search(app, rq, &s, &err);

    if (code == MH_OK && person != NULL)
        s.fault = (struct pt_fault){"account", "wrong_account", person};
    if (code == MH_OK && s.fault.field == NULL)
        code = pt_store_document_search(app->store, &s.q, &err, list);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_page_of(&page, rq, answer, PT_T("Documents"), who);
    pt_set_flag(&page.root, "in_audit", true);
    pt_set_flag(&page.root, "wide", true);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        pt_set(&page.root, names[i], asked(rq, names[i]));
    pt_set(&page.root, "account", pt_field(rq, "account"));
    pt_doc_kinds_set(&page.root, asked(rq, "kind"), pt_lang_of(rq));
    pt_act_kinds_set(&page.root, asked(rq, "kind"), pt_lang_of(rq));
    if (s.fault.field != NULL)
        pt_fault_set(&page, &s.fault);
    for (size_t i = 0; i < list->count; i++)
        set_row(pt_add(&page.root, "rows"), &list->item[i], pt_lang_of(rq));
    if (list->more)
        pt_set(&page.root, "next", list->item[list->count - 1].id);
    pt_page_end(&pt_tmpl_audit_documents, &page, rq, answer,
        s.fault.field == NULL ? 200 : 422);
}

void
pt_web_audit_documents(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_who who;

    if (pt_auditor(ctx, rq, answer, &who) &&
        pt_audit_search_kept(ctx, rq, answer, &who, "documents"))
        show(ctx, rq, answer, &who, NULL);
}

/* From a user name or a FIN, which stand in no address, to what it filed. */
void
pt_web_audit_filer(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    enum pt_found found = PT_ABSENT;
    struct mh_err err = {.msg = ""};
    struct pt_account a;
    struct pt_who who;
    enum mh_code code;

    if (!pt_auditor(app, rq, answer, &who) || !pt_form_is_ours(rq, answer) ||
        !pt_audit_search_kept(app, rq, answer, &who, "accounts"))
        return;
    code = pt_audit_account(app, pt_field(rq, "account"), &err, &a, &found);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
    } else if (found == PT_ABSENT) {
        show(app, rq, answer, &who,
            pt_text(
                pt_lang_of(rq), PT_T("No account has this user name or FIN")));
    } else {
        answer->status = 303;
        pt_answer_header(answer, "Location", "/audit/documents?filer=p%%3A%lld",
            (long long)a.id);
    }
}

/* ---- the report of one that was verified again ---- */

bool
pt_audit_report_set(struct pt_app *app, struct pt_page *page,
    const struct pt_audit_job *j, const struct pt_who *who,
    const struct pt_request *rq, struct pt_answer *answer)
{
    struct mh_arena *arena;
    struct mh_err err = {.msg = ""};
    struct pt_document d = {.id = ""};
    struct mh_span packed = {0};
    struct mh_report report;
    char hex[2 * PT_HASH + 1];
    enum mh_code code;

    if (j->kind != PT_AUDIT_VERIFY || j->state != PT_AUDIT_ENDED ||
        strncmp(j->scope, "filing:", 7) != 0)
        return true;
    arena = mh_arena_new(2 * (size_t)PT_AUDIT_REPORT);
    code = arena == NULL
               ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
               : pt_store_audit_report(app->store, j->id, arena, &err, &packed);
    if (code == MH_OK)
        code = pt_store_document_get(app->store, j->scope + 7, arena, &err, &d);
    if (code == MH_OK && packed.len > 0 && d.id[0] != '\0') {
        const struct mh_subject subject = {d.name, d.size, hex};

        mh_hex_encode((struct mh_span){d.sha256, PT_HASH}, hex);
        code = mh_report_unpack(packed, arena, &err, &report);
        if (code == MH_OK)
            (void)pt_report_page(
                &page->root, &subject, &report, pt_lang_of(rq));
        if (code == MH_OK)
            pt_set(&page->root, "document", d.id);
    }
    mh_arena_free(arena);
    if (code != MH_OK)
        pt_answer_error(answer, &err);
    return code == MH_OK &&
           (packed.len == 0 || pt_audit_look_kept(app, answer, who,
                                   "audit.opened", j->scope, "part=report\n"));
}

/* ---- the warrant ---- */

static void
show_warrant(struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, const struct pt_fault *fault)
{
    struct pt_page page;

    pt_page_of(&page, rq, answer, PT_T("Open the content of a document"), who);
    pt_set_flag(&page.root, "in_audit", true);
    pt_set(&page.root, "id", rq->param);
    pt_set(&page.root, "basis", pt_field(rq, "basis"));
    pt_set(&page.root, "reason", pt_field(rq, "reason"));
    pt_form_id_set(&page.root, rq);
    if (fault != NULL)
        pt_fault_set(&page, fault);
    pt_page_end(
        &pt_tmpl_audit_warrant, &page, rq, answer, fault == NULL ? 200 : 422);
}

/* Whether there is the document of the path; else answer says. */
static bool
is_there(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer)
{
    struct mh_arena *arena = mh_arena_new(64 << 20);
    struct mh_err err = {.msg = ""};
    struct pt_document d = {.id = ""};
    enum mh_code code =
        arena == NULL
            ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
            : pt_store_document_get(app->store, rq->param, arena, &err, &d);
    bool is = code == MH_OK && d.id[0] != '\0';

    mh_arena_free(arena);
    if (code != MH_OK)
        pt_answer_error(answer, &err);
    else if (!is)
        pt_page_absent(rq, answer);
    return is;
}

void
pt_web_audit_warrant(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_who who;

    if (pt_auditor(ctx, rq, answer, &who) && is_there(ctx, rq, answer))
        show_warrant(rq, answer, &who, NULL);
}

void
pt_web_audit_warrant_give(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    enum mh_lang lang = pt_lang_of(rq);
    char basis[4 * PT_WARRANT_BASIS + 1], reason[4 * PT_WARRANT_REASON + 1];
    struct pt_fault fault = {.field = NULL};
    struct pt_warrant w = {.basis = basis, .reason = reason};
    enum pt_found found = PT_ABSENT;
    struct mh_err err = {.msg = ""};
    struct pt_who who;

    if (!pt_auditor(app, rq, answer, &who) || !pt_form_is_ours(rq, answer) ||
        !is_there(app, rq, answer))
        return;
    if (!pt_form_id_good(rq)) {
        pt_page_refuse(rq, answer, 400, PT_T("This form cannot be read"),
            PT_T("Open the page again and fill in a new one."));
        return;
    }
    if (!pt_line_of(pt_field(rq, "basis"), PT_WARRANT_BASIS, basis) ||
        !pt_line_says(basis))
        fault = (struct pt_fault){"basis", "wrong_basis",
            pt_text(lang, PT_T("Write the number of the legal basis, in at "
                               "most 60 characters"))};
    else if (!pt_line_of(pt_field(rq, "reason"), PT_WARRANT_REASON, reason) ||
             !pt_line_says(reason))
        fault = (struct pt_fault){"reason", "wrong_reason",
            pt_text(lang, PT_T("Write the reason, in at most 100 characters"))};
    if (fault.field != NULL) {
        show_warrant(rq, answer, &who, &fault);
        return;
    }
    w.document = rq->param;
    w.account = who.account.id;
    w.form = pt_field(rq, "form");
    w.now = pt_time();
    if (pt_store_warrant_add(app->store, &w, &err, &found) != MH_OK) {
        pt_answer_error(answer, &err);
    } else if (found == PT_ABSENT) {
        pt_page_absent(rq, answer);
    } else {
        pt_ledger_wake(app->ledger);
        answer->status = 303;
        pt_answer_header(answer, "Location", "/documents/%s", rq->param);
    }
}
