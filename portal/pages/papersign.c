#include "portal/pages/papersign.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "pages.h"
#include "portal/http/id.h"
#include "portal/pages/asan.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/signing/paper.h"

enum {
    USER_MIN = 4,
    USER_MAX = 15, /* digits of a user's number */
};

const char *const pt_web_paper_wait_query[] = {"draft", "application", NULL};

const char *
pt_paper_begun_text(enum pt_mobile_begun begun)
{
    switch (begun) {
    case PT_MOBILE_OK:
        return NULL;
    case PT_MOBILE_NONE:
        return PT_T("No mobile ID is set up here");
    case PT_MOBILE_ADDRESS:
        return PT_T("Give a telephone number of Azerbaijan, and the user "
                    "number of Asan İmza in digits");
    case PT_MOBILE_BUSY:
        return PT_T("This telephone is being asked already: answer there, or "
                    "wait two minutes");
    case PT_MOBILE_OFTEN:
        return PT_T("This telephone was asked too often: wait an hour");
    case PT_MOBILE_FULL:
        break;
    }
    return PT_T("Too many are signing just now: try again in a minute");
}

static bool
user_good(const char *s)
{
    size_t n = strspn(s, "0123456789");

    return s[n] == '\0' && n >= USER_MIN && n <= USER_MAX;
}

bool
pt_paper_address(
    const struct pt_request *rq, char phone[static 24], const char **user)
{
    *user = pt_field(rq, "user_id");
    return pt_phone_clean(pt_field(rq, "phone"), phone) && user_good(*user);
}

void
pt_web_paper_sign(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct pt_draft_wrong wrong = {.field = "phone"};
    enum pt_mobile_begun begun = PT_MOBILE_ADDRESS;
    struct pt_mobile_asked asked = {.lang = pt_lang_of(rq)};
    struct pt_draftview v;
    char phone[24], id[27];

    if (!pt_form_is_ours(rq, answer) || !pt_draft_find(app, rq, answer, &v))
        return;
    if (pt_paper_address(rq, phone, &asked.user)) {
        asked.phone = phone;
        asked.account = v.who.account.id;
        memcpy(asked.owner, v.who.session.token, sizeof(asked.owner));
        begun = pt_paper_sign(app, &asked, &v.who.account, &v.d, id);
    }
    wrong.wrong = pt_paper_begun_text(begun);
    if (wrong.wrong != NULL) {
        pt_draft_show(app, rq, answer, &v, &wrong);
        return;
    }
    answer->status = 303;
    pt_answer_header(answer, "Location", "/asan/%s?draft=%s", id, v.d.id);
}

/* ---- while it waits ---- */

static const char *
stage_name(enum pt_mobile_stage stage)
{
    static const char *const names[] = {
        "begun", "waiting", "signed", "done", "failed"};

    return names[stage];
}

/* What went wrong, in words: the service's, or ours. */
static const char *
failure(const struct pt_mobile_status *s, enum mh_lang lang)
{
    if (s->outcome != MH_REMOTE_OK)
        return mh_remote_text(s->outcome, lang);
    return pt_text(lang, s->why[0] != '\0'
                             ? s->why
                             : PT_T("It could not be completed. This is our "
                                    "fault: try again in a minute."));
}

/* Stage, code, and what went wrong. */
static void
set_status(
    struct pt_map *m, const struct pt_mobile_status *s, enum mh_lang lang)
{
    pt_set(m, "stage", stage_name(s->stage));
    pt_set_flag(m, "waiting",
        s->stage == PT_MOBILE_WAITING || s->stage == PT_MOBILE_SIGNED);
    pt_set_flag(m, "failed", s->stage == PT_MOBILE_FAILED);
    pt_set(m, "code", s->code);
    if (s->stage == PT_MOBILE_FAILED)
        pt_set(m, "failure", failure(s, lang));
}

/* The transaction of the path, where it is that of who asks. */
static bool
find(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    struct pt_who *who, struct pt_mobile_status *status)
{
    if (!pt_who_must(app, rq, answer, who))
        return false;
    if (pt_mobile_look(app, rq->param, who->session.token, status) == PT_FOUND)
        return true;
    pt_page_refuse(rq, answer, 404, PT_T("This signature is not there"),
        PT_T("It is over for long, or it was begun elsewhere. What was not "
             "filed still waits among the documents of the case."));
    return false;
}

void
pt_web_paper_wait(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    const char *draft = pt_query(rq, "draft");
    const char *application = pt_query(rq, "application");
    struct pt_mobile_status status;
    struct pt_page page;
    struct pt_who who;

    if (!find(app, rq, answer, &who, &status))
        return;
    if (application != NULL && !pt_id_valid(mh_span_str(application)))
        application = NULL;
    if (status.stage == PT_MOBILE_DONE) {
        if (application == NULL)
            pt_page_filed(app, answer, status.result);
        else
            pt_page_sent(app, answer, status.result, application);
        return;
    }
    pt_page_of(&page, rq, answer, PT_T("Sign with Asan İmza"), &who);
    pt_set_flag(
        &page.root, application == NULL ? "in_cases" : "in_applications", true);
    pt_set(&page.root, "id", rq->param);
    if (draft != NULL && pt_id_valid(mh_span_str(draft)))
        pt_set(&page.root, "draft", draft);
    pt_set(&page.root, "application", application);
    set_status(&page.root, &status, pt_lang_of(rq));
    pt_page_end(&pt_tmpl_papersign, &page, rq, answer, 200);
}
