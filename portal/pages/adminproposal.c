/* Changes that take two operators: what is proposed, and decisions. */
#include "portal/pages/admin.h"

#include <stdio.h>
#include <string.h>

#include "base/sys/log.h"
#include "base/time.h"
#include "pages.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/pages/reportpage.h"

enum {
    LIST_ARENA = 4 << 20, /* bytes */
};

static const char *
kind_text(enum pt_proposal_kind kind)
{
    switch (kind) {
    case PT_PROPOSE_PERSON:
        return PT_T("Account");
    case PT_PROPOSE_COURT:
        return PT_T("Court");
    case PT_PROPOSE_RULES:
        return PT_T("Rules");
    case PT_PROPOSE_TEXT:
        return PT_T("Text of the front pages");
    case PT_PROPOSAL_KINDS:
        break;
    }
    return PT_T("Unknown");
}

static const char *
state_text(enum pt_proposal_state state)
{
    switch (state) {
    case PT_PROPOSAL_OPEN:
        return PT_T("Waits for a second operator");
    case PT_PROPOSAL_APPROVED:
        return PT_T("Approved");
    case PT_PROPOSAL_REFUSED:
        return PT_T("Refused");
    case PT_PROPOSAL_EXPIRED:
        return PT_T("Expired");
    case PT_PROPOSAL_WITHDRAWN:
        return PT_T("Withdrawn");
    case PT_PROPOSAL_ALONE:
        return PT_T("Done at once");
    case PT_PROPOSAL_STATES:
        break;
    }
    return PT_T("Unknown");
}

static void
set_proposal(struct pt_map *m, const struct pt_proposal *p, enum mh_lang lang)
{
    static const char *const colours[PT_PROPOSAL_STATES] = {
        "grey", "yellow", "green", "red", "grey", "grey", "blue"};
    enum pt_proposal_state state = p->state;
    const char *name = strchr(p->subject, ':');
    char when[40];

    if (state == PT_PROPOSAL_OPEN && p->until <= pt_time())
        state = PT_PROPOSAL_EXPIRED; /* its record follows */
    pt_set(m, "id", p->id);
    pt_set(m, "kind", pt_text(lang, kind_text(p->kind)));
    pt_set(m, "subject",
        p->person[0] != '\0' ? p->person
        : name == NULL       ? p->subject
                             : name + 1);
    pt_set(m, "proposer", p->proposer_name);
    pt_set(m, "decider", p->decider_name);
    pt_set(m, "reason_given", p->reason);
    pt_set(m, "why_given", p->why);
    pt_set(m, "state_text", pt_text(lang, state_text(state)));
    pt_set(m, "state_colour",
        state < PT_PROPOSAL_STATES ? colours[state] : "grey");
    pt_set_flag(m, "open", state == PT_PROPOSAL_OPEN);
    pt_baku_minute(p->created, when);
    pt_set(m, "created", when);
    pt_baku_minute(p->until, when);
    pt_set(m, "until", when);
    if (p->decided != MH_TIME_NONE) {
        pt_baku_minute(p->decided, when);
        pt_set(m, "decided", when);
    }
}

/* ---- the list ---- */

void
pt_web_proposals(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct pt_proposal_query q = {.open = true, .subject = ""};
    struct pt_proposals open = {.count = 0}, ended = {.count = 0};
    struct mh_arena *arena;
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    struct pt_who who;
    enum mh_code code;

    if (!pt_operator(app, rq, answer, &who))
        return;
    q.now = pt_time();
    arena = mh_arena_new(LIST_ARENA);
    code = arena == NULL
               ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
               : pt_store_proposal_list(app->store, &q, arena, &err, &open);
    q.open = false;
    if (code == MH_OK)
        code = pt_store_proposal_list(app->store, &q, arena, &err, &ended);
    if (code == MH_OK) {
        pt_admin_begin(
            &page, rq, answer, PT_T("Proposals"), &who, "at_proposals");
        pt_set_flag(&page.root, "wide", true);
        for (size_t i = 0; i < open.count; i++)
            set_proposal(
                pt_add(&page.root, "waiting"), &open.item[i], pt_lang_of(rq));
        for (size_t i = 0; i < ended.count; i++)
            set_proposal(
                pt_add(&page.root, "ended"), &ended.item[i], pt_lang_of(rq));
        pt_set_flag(&page.root, "more_waiting", open.more);
        pt_set_flag(&page.root, "more_ended", ended.more);
        pt_page_end(&pt_tmpl_admin_proposals, &page, rq, answer, 200);
    } else {
        pt_answer_error(answer, &err);
    }
    mh_arena_free(arena);
}

/* ---- one ---- */

struct asking {
    struct pt_app *app;
    struct pt_request *rq;
    struct pt_answer *answer;
    struct pt_who who;
    struct pt_proposal p;
    const char *wrong; /* id of a text; NULL: nothing is */
};

static bool
find(struct asking *a)
{
    struct mh_err err = {.msg = ""};

    if (pt_id_valid(mh_span_str(a->rq->param)) &&
        pt_store_proposal_get(
            a->app->store, a->rq->param, a->rq->arena, &err, &a->p) != MH_OK) {
        pt_answer_error(a->answer, &err);
        return false;
    }
    if (a->p.id[0] != '\0')
        return true;
    pt_page_absent(a->rq, a->answer);
    return false;
}

static void
show(struct asking *a)
{
    enum mh_lang lang = pt_lang_of(a->rq);
    bool own = a->p.proposer == a->who.account.id;
    char self[32];
    struct pt_page page;
    struct pt_map *m = &page.root;

    pt_admin_begin(
        &page, a->rq, a->answer, PT_T("Proposal"), &a->who, "at_proposals");
    (void)snprintf(
        self, sizeof(self), "p:%lld", (long long)a->who.account.id); /* fits */
    set_proposal(m, &a->p, lang);
    pt_set_flag(m, "own", own);
    pt_set_flag(m, "self", strcmp(self, a->p.subject) == 0);
    pt_set_flag(m, "may_approve", !own && strcmp(self, a->p.subject) != 0);
    pt_admin_changes(m, a->p.was, a->p.will, a->p.kind, lang);
    if (a->wrong != NULL) {
        pt_set(m, "wrong", pt_text(lang, a->wrong));
        pt_set_lines(m, "why", mh_span_str(pt_field(a->rq, "why")));
        pt_page_error(&page, "why", pt_text(lang, a->wrong));
    }
    pt_page_end(&pt_tmpl_admin_proposal, &page, a->rq, a->answer,
        a->wrong == NULL ? 200 : 422);
}

void
pt_web_proposal(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = {.app = ctx, .rq = rq, .answer = answer};

    if (pt_operator(ctx, rq, answer, &a.who) && find(&a))
        show(&a);
}

static void
refuse(struct asking *a, const char *text)
{
    pt_page_refuse(a->rq, a->answer, 409,
        PT_T("The proposal cannot be decided on so"), text);
}

static void
tell(struct asking *a, const struct pt_decided_done *done)
{
    switch (done->what) {
    case PT_DECIDED:
        a->answer->status = 303;
        pt_answer_header(a->answer, "Location", "/admin/proposals/%s", a->p.id);
        return;
    case PT_DECIDED_OTHER:
        refuse(a, PT_T("This form was sent before, and said something else "
                       "then. Open the page again."));
        return;
    case PT_DECIDED_OVER:
        refuse(a, PT_T("It was decided on meanwhile, was withdrawn, or its 72 "
                       "hours are over."));
        return;
    case PT_DECIDED_OWN:
        refuse(a, PT_T("Nobody approves what they proposed themselves: "
                       "another operator has to."));
        return;
    case PT_DECIDED_SELF:
        refuse(a, PT_T("Nobody approves a change of their own account: "
                       "another operator has to."));
        return;
    case PT_DECIDED_PROPOSER:
        refuse(a, PT_T("Who proposed it is no operator any more, or is "
                       "locked: it can only be refused."));
        return;
    case PT_DECIDED_STALE:
        refuse(a, PT_T("What is to be changed has changed since it was "
                       "proposed. Refuse it, and propose anew."));
        return;
    case PT_DECIDED_RULE:
        refuse(a, pt_admin_rule_text(done->rule));
        return;
    case PT_DECIDED_NOT:
    case PT_DECIDED_ABSENT:
        break;
    }
    pt_page_absent(a->rq, a->answer);
}

static void
decide(struct asking *a, bool approve)
{
    char why[4 * PT_PROPOSAL_REASON + 1];
    struct pt_deciding d = {.id = a->p.id,
        .approve = approve,
        .why = why,
        .account = a->who.account.id,
        .now = pt_time(),
        .form = pt_field(a->rq, "form")};
    struct pt_decided_done done;
    struct mh_err err = {.msg = ""};
    enum mh_code code;

    if (!pt_line_of(pt_field(a->rq, "why"), PT_PROPOSAL_REASON, why))
        a->wrong = PT_T("The reason is longer than 500 characters, or has "
                        "characters that cannot be read");
    else if (!approve && !pt_line_says(why))
        a->wrong = PT_T("Give a reason");
    if (a->wrong != NULL) {
        show(a);
        return;
    }
    code = pt_fields_digest(a->rq, &err, d.digest);
    if (code == MH_OK)
        code = pt_store_proposal_decide(a->app->store, &d, &err, &done);
    if (code != MH_OK) {
        pt_answer_error(a->answer, &err);
        return;
    }
    mh_log("admin.decide", "proposal=%s approve=%d what=%d", a->p.id, approve,
        (int)done.what);
    pt_ledger_wake(a->app->ledger);
    tell(a, &done);
}

void
pt_web_proposal_decide(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = {.app = ctx, .rq = rq, .answer = answer};
    const char *word = pt_field(rq, "word");

    if (!pt_operator_sends(ctx, rq, answer, &a.who) || !find(&a))
        return;
    if (strcmp(word, "approve") == 0 || strcmp(word, "refuse") == 0) {
        decide(&a, word[0] == 'a');
    } else {
        a.wrong = PT_T("Choose what you decide");
        show(&a);
    }
}
