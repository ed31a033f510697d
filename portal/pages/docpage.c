#include "portal/pages/docpage.h"

#include <string.h>

#include "base/text.h"
#include "pages.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/pages/reportpage.h"
#include "portal/store/look.h"

enum {
    RECEIPT_WAIT_MS = 4000, /* for a receipt before the answer goes out */
    MEGABYTE = 1 << 20,     /* bytes */
};

struct kind {
    const char *code, *text; /* text: an id of one */
};

/* What may be filed in a case; data of the court's policy in time. */
static const struct kind kinds[] = {
    {"motion", PT_T("Motion")},
    {"objection", PT_T("Objection")},
    {"explanation", PT_T("Explanation")},
    {"evidence", PT_T("Evidence")},
    {"mandate", PT_T("Power of attorney")},
    {"fee", PT_T("Proof of the state fee")},
    {"other", PT_T("Other document")},
    {NULL, NULL},
};

static const struct kind acts[] = {
    {"judgment", PT_T("Judgment")},
    {"decision", PT_T("Decision of the court")},
    {"ruling", PT_T("Ruling")},
    {"order", PT_T("Court order")},
    {NULL, NULL},
};

static const char *
text_of(const struct kind *rows, const char *code)
{
    for (; rows->code != NULL; rows++)
        if (strcmp(rows->code, code) == 0)
            return rows->text;
    return NULL;
}

static void
choice(struct pt_map *m, const struct kind *rows, const char *chosen,
    enum mh_lang lang)
{
    for (; rows->code != NULL; rows++) {
        struct pt_map *kind = pt_add(m, "kinds");

        pt_set(kind, "code", rows->code);
        pt_set(kind, "text", pt_text(lang, rows->text));
        pt_set_flag(kind, "chosen", strcmp(chosen, rows->code) == 0);
    }
}

const char *
pt_doc_kind_text(const char *code)
{
    return text_of(kinds, code);
}

void
pt_doc_kinds_set(struct pt_map *m, const char *chosen, enum mh_lang lang)
{
    choice(m, kinds, chosen, lang);
}

const char *
pt_act_kind_text(const char *code)
{
    return text_of(acts, code);
}

void
pt_act_kinds_set(struct pt_map *m, const char *chosen, enum mh_lang lang)
{
    choice(m, acts, chosen, lang);
}

void
pt_page_filed(struct pt_app *app, struct pt_answer *answer, const char *id)
{
    (void)pt_ledger_wait(app->ledger, id,
        RECEIPT_WAIT_MS); /* the page says when it is not made yet */
    answer->status = 303;
    pt_answer_header(answer, "Location", "/documents/%s", id);
}

void
pt_page_sent(struct pt_app *app, struct pt_answer *answer, const char *document,
    const char *application)
{
    if (document[0] != '\0') /* the page says when it is not made yet */
        (void)pt_ledger_wait(app->ledger, document, RECEIPT_WAIT_MS);
    answer->status = 303;
    pt_answer_header(answer, "Location", "/applications/%s", application);
}

void
pt_page_not_stored(
    struct pt_request *rq, struct pt_answer *answer, const char *title)
{
    pt_answer_header(answer, "Retry-After", "5");
    pt_page_refuse(rq, answer, 503, title,
        PT_T("Nothing was stored. This is our fault: try again in a minute "
             "with the same form."));
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

const char *
pt_one_line(struct pt_request *rq, const char *name)
{
    const char *value = pt_form_get(&rq->form, name);
    char *line =
        value == NULL ? NULL : mh_arena_str(rq->arena, mh_span_str(value));
    size_t n = 0;

    if (line == NULL)
        return "";
    for (const char *p = value; *p != '\0'; p++)
        if (*p != '\r')
            line[n++] = (char)(*p == '\n' || *p == '\t' ? ' ' : *p);
    line[n] = '\0';
    return line;
}

void
pt_page_absent(struct pt_request *rq, struct pt_answer *answer)
{
    pt_page_refuse(rq, answer, 404, PT_T("This page is not there"),
        PT_T("It was never there, or you have no part in this case."));
}

/* The same page whether there is such a case or not; a judge is offered to give
   a reason, whatever was asked for. */
static void
absent(struct pt_request *rq, struct pt_answer *answer,
    const struct pt_asked *asked)
{
    struct pt_page page;

    if (asked->account->role != PT_ROLE_JUDGE ||
        asked->right != PT_MAY_SEE_CASE) {
        pt_page_absent(rq, answer);
        return;
    }
    pt_page_begin(&page, rq, answer, PT_T("This page is not there"));
    pt_set_flag(&page.root, "error", true);
    pt_set(&page.root, "text",
        pt_text(pt_lang_of(rq),
            PT_T("It was never there, or you have no part in this case.")));
    pt_set_flag(&page.root, "offers_reason", true);
    pt_set(&page.root, "request", rq->id);
    pt_page_end(&pt_tmpl_error, &page, rq, answer, 404);
}

/* What the account is to a case that it gave a reason for. */
static enum mh_code
with_reason(struct pt_app *app, const struct pt_account *account,
    struct pt_case *c, struct mh_err *err, enum pt_found *found)
{
    bool holds = false;
    enum mh_code code = pt_store_look_holds(
        app->store, c->id, account->id, pt_time(), err, &holds);

    if (code == MH_OK && holds) {
        c->relation = PT_REL_REASONED;
        *found = PT_FOUND;
    }
    return code;
}

bool
pt_case_of(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_asked *asked, struct pt_case *c)
{
    struct mh_err err = {.msg = ""};
    enum pt_found found = PT_ABSENT;

    c->relation = PT_REL_NONE;
    if (pt_store_case_get(app->store, asked->case_id, asked->account, &err, c,
            &found) != MH_OK ||
        (found == PT_ABSENT && c->relation == PT_REL_COURT_JUDGE &&
            with_reason(app, asked->account, c, &err, &found) != MH_OK)) {
        pt_answer_error(answer, &err);
        return false;
    }
    if (found == PT_ABSENT || !pt_may(c->relation, asked->right)) {
        absent(rq, answer, asked);
        return false;
    }
    return true;
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

void
pt_doc_describe(
    struct pt_map *m, const struct pt_document *d, enum mh_lang lang)
{
    const char *kind = pt_doc_kind_text(d->kind);
    char when[40], hex[2 * PT_HASH + 1];

    if (kind == NULL)
        kind = strcmp(d->kind, "application") == 0 ? PT_T("Application")
                                                   : pt_act_kind_text(d->kind);

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

void
pt_case_set(struct pt_map *m, const struct pt_case *c)
{
    pt_set(m, "case_id", c->id);
    pt_set(m, "case_number", c->number);
}
