#include "portal/pages/complaint.h"

#include <stdio.h>
#include <string.h>

#include "base/sys/log.h"
#include "pages.h"
#include "portal/data/appeals.h"
#include "portal/data/policy.h"
#include "portal/filing/ledger.h"
#include "portal/filing/rule.h"
#include "portal/filing/submit.h"
#include "portal/http/clock.h"
#include "portal/pages/actpage.h"
#include "portal/pages/appwords.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docview.h"
#include "portal/pages/fields.h"
#include "portal/pages/wizard.h"
#include "portal/store/complaints.h"

enum {
    ARENA = 8 << 20, /* bytes of an act with its text, and of the rules */
};

struct complaining {
    struct pt_act_view v;
    struct pt_appeals_route route;
    bool possible; /* there is a complaint against such an act */
    int64_t served, deadline, now;
    char above[PT_COURT_MAX + 1]; /* name of the court; "": to be chosen */
    char code[PT_COURT_CODE_MAX + 1];
};

/* The courts above and of the act, as the store has them. */
static enum mh_code
find_courts(struct complaining *c, struct mh_err *err, const char **own)
{
    struct pt_courts list = {.count = 0};
    enum mh_code code =
        pt_store_court_list(c->v.app->store, c->v.arena, err, &list);

    *own = "";
    for (size_t i = 0; i < list.count; i++)
        if (strcmp(list.item[i].name, c->v.c.court) == 0)
            *own = list.item[i].code;
    return code;
}

static enum mh_code
name_above(struct complaining *c, struct mh_err *err)
{
    struct pt_courts list = {.count = 0};
    enum mh_code code =
        pt_store_court_list(c->v.app->store, c->v.arena, err, &list);

    for (size_t i = 0; i < list.count; i++)
        if (strcmp(list.item[i].code, c->route.court->above) == 0) {
            memcpy(c->above, list.item[i].name, sizeof(c->above));
            memcpy(c->code, list.item[i].code, sizeof(c->code));
        }
    return code;
}

/* By the rules of today. */
static enum mh_code
find_route(struct complaining *c, struct mh_err *err)
{
    struct pt_appeals_ask ask = {
        .act = c->v.a.kind, .day = pt_policy_day(c->now)};
    struct pt_appeals appeals;
    enum mh_code code =
        pt_appeals_read(pt_appeals_text(), c->v.arena, err, &appeals);

    if (code == MH_OK)
        code = find_courts(c, err, &ask.court);
    if (code != MH_OK)
        return code;
    c->possible = pt_appeals_find(&appeals, &ask, &c->route);
    if (!c->possible)
        return MH_OK;
    code = pt_store_complaint_served(c->v.app->store, &c->v.a,
        c->v.who.account.id, c->route.service->read, err, &c->served);
    if (code == MH_OK)
        code = name_above(c, err);
    c->deadline = pt_appeals_until(c->route.complaint, c->served);
    return code;
}

/* The published act of the path, for who may complain; else answer says. */
static bool
begin(struct complaining *c)
{
    struct mh_err err = {.msg = ""};

    c->now = pt_time();
    if (!pt_act_open(&c->v, ARENA, PT_MAY_COMPLAIN))
        return false;
    if (c->v.a.state != PT_ACT_PUBLISHED || !pt_wizard_may(&c->v.who.account)) {
        pt_page_absent(c->v.rq, c->v.answer);
        return false;
    }
    if (find_route(c, &err) != MH_OK) {
        pt_answer_error(c->v.answer, &err);
        return false;
    }
    return true;
}

#define COMPLAINING                                                            \
    {                                                                          \
        .v = {.app = ctx, .rq = rq, .answer = answer }                         \
    }

static void
set_route(struct complaining *c, struct pt_map *m, enum mh_lang lang)
{
    const struct pt_appeals_rule *r = c->route.complaint;
    char day[16];

    pt_set(m, "kind", pt_text(lang, pt_application_kind_text(r->kind)));
    pt_set(m, "above", c->above);
    pt_baku_day(c->served, day);
    pt_set(m, "served", day);
    pt_baku_day(c->deadline - 1, day);
    pt_set(m, "deadline", day);
    pt_set_int(m, "count", r->count);
    pt_set_flag(m, "months", r->months);
    pt_set_flag(m, "by_reading", c->route.service->read);
    pt_set_flag(m, "too_late", c->now >= c->deadline);
    pt_set_flag(m, "unverified",
        r->certainty == PT_CERTAIN_UNVERIFIED ||
            c->route.court->certainty == PT_CERTAIN_UNVERIFIED ||
            c->route.service->certainty == PT_CERTAIN_UNVERIFIED);
    pt_set(m, "source", r->source);
    pt_set_flag(m, "cassation", strcmp(r->kind, "cassation") == 0);
}

void
pt_web_complaint_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct complaining c = COMPLAINING;
    enum mh_lang lang = pt_lang_of(rq);
    struct pt_page page;

    if (begin(&c)) {
        pt_page_of(
            &page, rq, answer, PT_T("Complaint against an act"), &c.v.who);
        pt_case_set(&page.root, &c.v.c);
        pt_set_flag(&page.root, "in_complaints", true);
        pt_set(&page.root, "id", c.v.a.id);
        pt_set(&page.root, "act_title", c.v.a.title);
        pt_set_flag(&page.root, "possible", c.possible);
        if (c.possible)
            set_route(&c, &page.root, lang);
        pt_form_id_set(&page.root, rq);
        pt_page_end(&pt_tmpl_complaint, &page, rq, answer, 200);
    }
    mh_arena_free(c.v.arena);
}

/* Nothing may be filed against it: 409, and a record. */
static void
refuse(struct complaining *c)
{
    char who[32], obj[48];
    const struct pt_record r = {.ev = "illegal_transition",
        .who = who,
        .obj = obj,
        .res = "refused",
        .data = "from=published\nto=complaint\n"};
    struct mh_err err = {.msg = ""};

    (void)snprintf(
        who, sizeof(who), "p:%lld", (long long)c->v.who.account.id); /* fits */
    (void)snprintf(obj, sizeof(obj), "act:%.26s", c->v.a.id);        /* fits */
    if (pt_store_record_add(c->v.app->store, &r, c->now, &err) != MH_OK) {
        pt_answer_error(c->v.answer, &err);
        return;
    }
    pt_ledger_wake(c->v.app->ledger);
    pt_page_refuse(c->v.rq, c->v.answer, 409,
        PT_T("No complaint is possible against this act"),
        PT_T("The rules have none against an act of this kind and of this "
             "court. Nothing was begun."));
}

/* "2-2(113)-1/2026 nömrəli iş üzrə: Qətnamə", in the language of the courts.
   Whoever writes the complaint may change it. */
static void
title_of(const struct complaining *c, char *out, size_t size)
{
    static const struct {
        const char *kind, *word;
    } words[] = {{"appeal", "apellyasiya şikayəti"},
        {"cassation", "kassasiya şikayəti"}, {"ruling", "qərardaddan şikayət"}};
    const char *word = "";

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i].kind, c->route.complaint->kind) == 0)
            word = words[i].word;
    (void)snprintf(
        out, size, "%s nömrəli iş üzrə %s", c->v.c.number, word); /* fits */
}

/* What is attached by itself is counted as what is uploaded. */
static enum mh_code
pages_of(struct complaining *c, struct mh_err *err, uint32_t *out)
{
    struct mh_arena *arena = mh_arena_new(PT_DOCVIEW_ARENA);
    struct pt_document d = {.id = ""};
    struct mh_report report;
    enum mh_code code = arena == NULL ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET,
                                            "portal: no memory")
                                      : pt_store_document_get(c->v.app->store,
                                            c->v.a.document, arena, err, &d);

    *out = 0;
    if (code == MH_OK && d.id[0] != '\0')
        code = mh_report_unpack(d.report, arena, err, &report);
    if (code == MH_OK && d.id[0] != '\0')
        *out = pt_filing_pages(&report);
    mh_arena_free(arena);
    return code;
}

static enum mh_code
make(struct complaining *c, const struct pt_application_by *by,
    struct mh_err *err, char id[static 27], enum pt_application_done *done)
{
    const char *kind = c->route.complaint->kind;
    struct pt_application_parties parties;
    char category[PT_APPLICATION_CODE + 1];
    char title[4 * PT_APPLICATION_TITLE + 1];
    struct pt_complaint complaint = {.act = &c->v.a,
        .court = c->code,
        .kind = kind,
        .proceeding = "",
        .category = category,
        .title = title,
        .served = c->served,
        .deadline = c->deadline,
        .parties = &parties};
    enum mh_code code = pt_store_complaint_parties(c->v.app->store,
        c->v.a.case_id, &c->v.who.account, c->v.arena, err, &parties);

    if (code == MH_OK)
        code = pages_of(c, err, &complaint.act_pages);
    (void)snprintf(category, sizeof(category), "%.24s-whole", kind); /* fits */
    title_of(c, title, sizeof(title));
    return code == MH_OK ? pt_store_complaint_new(
                               c->v.app->store, by, &complaint, err, id, done)
                         : code;
}

static void
begun(struct complaining *c, enum mh_code code, enum pt_application_done done,
    const struct mh_err *err, const char *id)
{
    struct pt_answer *answer = c->v.answer;

    mh_log("complaint", "act=%s done=%d code=%s", c->v.a.id, (int)done,
        mh_code_name(code));
    pt_ledger_wake(c->v.app->ledger);
    if (code != MH_OK) {
        pt_answer_error(answer, err);
    } else if (done == PT_APPLICATION_FULL) {
        pt_page_refuse(c->v.rq, answer, 409,
            PT_T("There are 50 drafts already"),
            PT_T("Finish or discard one of them first."));
    } else if (done != PT_APPLICATION_DONE) {
        pt_page_refuse(c->v.rq, answer, 409, PT_T("This form was sent before"),
            PT_T("It said something else then. Open a new form."));
    } else {
        answer->status = 303;
        pt_answer_header(answer, "Location", "/applications/%s/step/1", id);
    }
}

void
pt_web_complaint_begin(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct complaining c = COMPLAINING;
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct pt_application_record record;
    struct mh_err err = {.msg = ""};
    uint8_t digest[PT_HASH];
    char id[27] = "";

    if (!pt_form_is_ours(rq, answer) || !begin(&c)) {
        mh_arena_free(c.v.arena);
        return;
    }
    if (!pt_form_id_good(rq)) {
        pt_page_refuse(rq, answer, 400, PT_T("This form cannot be read"),
            PT_T("Open the page again and fill in a new one."));
    } else if (!c.possible) {
        refuse(&c);
    } else if (pt_fields_digest(rq, &err, digest) != MH_OK) {
        pt_answer_error(answer, &err);
    } else {
        struct pt_application_by by = {.id = "",
            .account = c.v.who.account.id,
            .now = c.now,
            .form = pt_field(rq, "form"),
            .digest = digest,
            .record = &record.r};
        enum mh_code code;

        pt_application_record(
            &record, "application.begun", c.v.who.account.id, "");
        (void)snprintf(record.data, sizeof(record.data), "act=%s\n", c.v.a.id);
        code = make(&c, &by, &err, id, &done);
        begun(&c, code, done, &err, id);
    }
    mh_arena_free(c.v.arena);
}
