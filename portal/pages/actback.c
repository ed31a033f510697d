#include "portal/pages/actback.h"

#include <string.h>

#include "pages.h"
#include "portal/filing/act.h"
#include "portal/http/id.h"
#include "portal/pages/actpage.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/signing/actsign.h"

enum {
    BACK_ARENA = 8 << 20, /* bytes of an act with its text, and of keyd's */
};

/* The act of the path and a form of ours, for its judge; else answer says. */
static bool
begin(struct pt_act_view *v)
{
    if (!pt_form_is_ours(v->rq, v->answer) ||
        !pt_act_open(v, BACK_ARENA, PT_MAY_TAKE_ACT_BACK))
        return false;
    if (!pt_form_id_good(v->rq)) {
        pt_page_refuse(v->rq, v->answer, 400, PT_T("This form cannot be read"),
            PT_T("Open the page again and fill in a new one."));
        return false;
    }
    return true;
}

/* What came of it: the act's page, or that its state does not permit it. */
static void
end(struct pt_act_view *v, enum pt_act_state to, enum pt_found found)
{
    struct mh_err err = {.msg = ""};
    struct pt_act now;
    bool again;

    if (pt_store_act_get(v->app->store, v->a.id, v->arena, &err, &now) !=
        MH_OK) {
        pt_answer_error(v->answer, &err);
        return;
    }
    /* The same form once more is no other step. */
    again = now.state == to && strcmp(now.step, pt_field(v->rq, "form")) == 0;
    if (found == PT_ABSENT && !again) {
        pt_act_refuse(v->app, v->rq, v->answer, &v->who.account, &now, to);
        return;
    }
    v->answer->status = 303;
    pt_answer_header(v->answer, "Location", "/acts/%s", v->a.id);
}

static void
withdraw(struct pt_act_view *v)
{
    struct pt_acts_signing s = {.judge = &v->who.account,
        .form = pt_field(v->rq, "form"),
        .act = &v->a,
        .acts = 1};
    enum pt_found found = PT_ABSENT;
    enum pt_acts_end how = PT_ACTS_DONE;

    if (v->a.state == PT_ACT_FOR_SIGNATURE)
        how = pt_acts_take_back(v->app, &s, v->arena, &found);
    if (how == PT_ACTS_DONE) {
        end(v, PT_ACT_DRAFT, found);
        return;
    }
    if (how == PT_ACTS_BUSY) {
        pt_page_refuse(v->rq, v->answer, 409,
            PT_T("The act was not taken back"),
            PT_T("Acts of yours are being signed just now: look at the list "
                 "again in a minute"));
        return;
    }
    pt_answer_header(v->answer, "Retry-After", "60");
    pt_page_refuse(v->rq, v->answer, 503, PT_T("The act was not taken back"),
        how == PT_ACTS_NO_KEYD
            ? PT_T("The court's key service is not there just now: try again "
                   "in a minute")
            : PT_T("A signature of it was begun, and how that ended is not "
                   "known yet. Try again in a minute."));
}

#define BACK                                                                   \
    {                                                                          \
        .app = ctx, .rq = rq, .answer = answer                                 \
    }

void
pt_web_act_withdraw(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_act_view v = BACK;

    if (begin(&v))
        withdraw(&v);
    mh_arena_free(v.arena);
}

void
pt_web_act_discard(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_act_view v = BACK;
    enum pt_found found = PT_ABSENT;
    struct mh_err err = {.msg = ""};

    if (begin(&v)) {
        const struct pt_act_by by = {&v.who.account, pt_field(rq, "form")};

        if (v.a.state == PT_ACT_DRAFT &&
            pt_act_discard(v.app, &by, &v.a, pt_version_of(rq), &err, &found) !=
                MH_OK)
            pt_answer_error(answer, &err);
        else
            end(&v, PT_ACT_DISCARDED, found);
    }
    mh_arena_free(v.arena);
}
