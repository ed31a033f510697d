#include "portal/pages/desk.h"

#include <string.h>

#include "base/time.h"
#include "pages.h"
#include "portal/filing/filing.h"
#include "portal/pages/fields.h"
#include "portal/pages/reportpage.h"
#include "portal/store/desk.h"

enum {
    DESK_ARENA = 4 << 20, /* bytes of a list */
};

/* ---- the list ---- */

static void
add_item(struct pt_map *m, const struct pt_desk_item *item, enum mh_lang lang)
{
    const char *kind = pt_doc_kind_text(item->kind);
    enum mh_finding_code reason = mh_finding_of(item->reason);
    char when[40];

    pt_set(m, "id", item->document);
    pt_set(m, "case_number", item->number);
    pt_set(m, "document_title", item->title);
    pt_set(m, "kind", kind == NULL ? item->kind : pt_text(lang, kind));
    pt_set(m, "filer", item->filer);
    pt_set(m, "why",
        reason == MH_FINDING_NONE ? item->reason
                                  : mh_finding_text(reason, lang));
    pt_baku_time(item->filed, when);
    pt_set(m, "when", when);
}

void
pt_web_desk(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    struct mh_arena *arena;
    struct pt_desk desk = {.count = 0};
    struct pt_page page;
    struct pt_who who;
    enum mh_code code;

    if (!pt_who_must(app, rq, answer, &who))
        return;
    if (who.account.role != PT_ROLE_CLERK) {
        pt_page_absent(rq, answer);
        return;
    }
    arena = mh_arena_new(DESK_ARENA);
    code = arena == NULL
               ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
               : pt_store_desk_list(
                     app->store, who.account.id, arena, &err, &desk);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
    } else {
        pt_page_of(&page, rq, answer, PT_T("Clerk's desk"), &who);
        pt_set_flag(&page.root, "in_desk", true);
        pt_set_flag(&page.root, "wide", true);
        pt_set_flag(&page.root, "more", desk.more);
        pt_set_list(&page.root, "items");
        for (size_t i = 0; i < desk.count; i++)
            add_item(
                pt_add(&page.root, "items"), &desk.item[i], pt_lang_of(rq));
        pt_page_end(&pt_tmpl_desk, &page, rq, answer, 200);
    }
    mh_arena_free(arena);
}

/* ---- one document ---- */

enum mh_code
pt_desk_set(struct pt_app *app, struct pt_map *m, const struct pt_docview *v,
    struct mh_err *err)
{
    struct pt_decision d;
    enum mh_code code = pt_store_decision_get(app->store, v->d.id, err, &d);
    char when[40];

    pt_set_flag(m, "may_decide",
        v->d.state == PT_DOC_DESK && pt_may(v->c.relation, PT_MAY_DECIDE));
    if (code != MH_OK || d.document[0] == '\0')
        return code;
    pt_set_flag(m, "decided", true);
    pt_set_flag(m, "decided_accepted", d.accepted);
    pt_baku_time(d.at, when);
    pt_set(m, "decided_at", when);
    pt_set(m, "decided_by", d.by);
    pt_set(m, "decided_reason", d.reason);
    return MH_OK;
}

/* wrong: an id of a text, about the field; NULL: nothing is. */
static void
show_form(struct pt_request *rq, struct pt_answer *answer,
    const struct pt_docview *v, const char *about, const char *wrong)
{
    enum mh_lang lang = pt_lang_of(rq);
    struct mh_err err = {.msg = ""};
    struct mh_report report;
    struct pt_page page;

    pt_page_of(&page, rq, answer, PT_T("Decide on the document"), &v->who);
    pt_case_set(&page.root, &v->c);
    pt_doc_describe(&page.root, &v->d, lang);
    pt_set_flag(&page.root, "in_desk", true);
    if (mh_report_unpack(v->d.report, v->arena, &err, &report) == MH_OK)
        pt_set(&page.root, "why", pt_text(lang, pt_filing_why(&report)));
    pt_set_flag(
        &page.root, "accept", strcmp(pt_field(rq, "word"), "accept") == 0);
    pt_set_flag(
        &page.root, "return", strcmp(pt_field(rq, "word"), "return") == 0);
    pt_set_lines(&page.root, "reason", mh_span_str(pt_field(rq, "reason")));
    if (wrong != NULL) {
        pt_set_flag(&page.root, "wrong_word", strcmp(about, "word") == 0);
        pt_set_flag(&page.root, "wrong_reason", strcmp(about, "reason") == 0);
        pt_set(&page.root, "wrong", pt_text(lang, wrong));
        pt_page_error(&page, about, pt_text(lang, wrong));
    }
    pt_page_end(
        &pt_tmpl_decision, &page, rq, answer, wrong == NULL ? 200 : 422);
}

/* Whether the document can be decided on; else answer says. */
static bool
on_desk(
    struct pt_request *rq, struct pt_answer *answer, const struct pt_docview *v)
{
    if (v->d.state == PT_DOC_DESK)
        return true;
    pt_page_refuse(rq, answer, 409, PT_T("The document is not on the desk"),
        PT_T("It was decided on meanwhile. Open its page to see what was "
             "decided."));
    return false;
}

void
pt_web_decision(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_docview v = {.right = PT_MAY_DECIDE};

    if (pt_docview_find(ctx, rq, answer, &v) && on_desk(rq, answer, &v))
        show_form(rq, answer, &v, NULL, NULL);
    mh_arena_free(v.arena);
}

static void
decide(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_docview *v)
{
    const char *word = pt_field(rq, "word"), *reason = pt_field(rq, "reason");
    struct pt_decision d = {
        .account = v->who.account.id, .accepted = strcmp(word, "accept") == 0};
    enum pt_found found = PT_ABSENT;
    struct mh_err err = {.msg = ""};

    if (!d.accepted && strcmp(word, "return") != 0) {
        show_form(rq, answer, v, "word", PT_T("Choose what you decide"));
        return;
    }
    if (reason[strspn(reason, " \t\r\n")] == '\0') {
        show_form(rq, answer, v, "reason", PT_T("Give a reason"));
        return;
    }
    if (!pt_line_of(reason, PT_DECISION_MAX, d.reason)) {
        show_form(rq, answer, v, "reason",
            PT_T("The reason is longer than 500 characters, or has characters "
                 "that cannot be read"));
        return;
    }
    if (pt_filing_decide(app, &v->d, &d, v->arena, &err, &found) != MH_OK) {
        pt_answer_error(answer, &err);
    } else if (found == PT_ABSENT) {
        pt_page_refuse(rq, answer, 409, PT_T("The document is not on the desk"),
            PT_T("It was decided on meanwhile. Open its page to see what was "
                 "decided."));
    } else {
        answer->status = 303;
        pt_answer_header(answer, "Location", "/documents/%s", v->d.id);
    }
}

void
pt_web_decide(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_docview v = {.right = PT_MAY_DECIDE};

    if (!pt_form_is_ours(rq, answer))
        return;
    if (pt_docview_find(ctx, rq, answer, &v) && on_desk(rq, answer, &v))
        decide(ctx, rq, answer, &v);
    mh_arena_free(v.arena);
}
