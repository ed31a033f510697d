#include "portal/pages/cardjudge.h"

#include <string.h>

#include "base/limits.h"
#include "base/sys/log.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/pages/session.h"

enum {
    JUDGE_MS = 20000, /* for a worker's word */
};

static const struct {
    const char *why, *text; /* an id of a text */
} reasons[] = {
    {"none", PT_T("Your browser showed no certificate. Put the card into the "
                  "reader, close the browser and open it again, and choose the "
                  "certificate when it asks.")},
    {"revoked",
        PT_T("This certificate is revoked or suspended. Ask its issuer.")},
    {"time", PT_T("This certificate has expired or is not valid yet.")},
    {"issuer", PT_T("The issuer of this certificate is not one that the court "
                    "trusts.")},
    {"usage", PT_T("This certificate is not for signing in. Choose the one for "
                   "authentication.")},
    {"unread", PT_T("The certificate cannot be read.")},
    {"weak", PT_T("The key of this certificate is too weak for today.")},
    {"later",
        PT_T("The issuer does not answer whether the certificate is revoked. "
             "Try again soon.")},
    {"unknown",
        PT_T("Your card is good, but you have no cabinet yet. Register with "
             "the court first.")},
    {"closed", PT_T("This cabinet cannot be used. Ask the court.")},
    {"often", PT_T("Too many tries from your address. Wait a minute.")},
    {"fault", PT_T("Signing in does not work at the moment. Try again soon.")},
    {"value", PT_T("The answer was not signed by this card for this page. "
                   "Begin again, with the command as it is shown.")},
    {"token", PT_T("This is not what mohur sign-challenge prints. Copy the "
                   "whole line.")},
    {"over", PT_T("This question was answered already, or is older than five "
                  "minutes. Begin again.")},
    {"ticket",
        PT_T("The way back from your card took too long, was used already, or "
             "was begun in another browser. Begin again.")},
};

const char *
pt_card_reason(const char *why)
{
    for (size_t i = 0; why != NULL && i < sizeof(reasons) / sizeof(*reasons);
         i++)
        if (strcmp(reasons[i].why, why) == 0)
            return reasons[i].text;
    return NULL;
}

/* A reason's word for a report that is not good. */
static const char *
word_of(const struct mh_report *r)
{
    static const struct {
        enum mh_finding_code code;
        const char *why;
    } words[] = {
        {MH_F_CERTIFICATE_REVOKED, "revoked"},
        {MH_F_CERTIFICATE_ON_HOLD, "revoked"},
        {MH_F_CERTIFICATE_EXPIRED, "time"},
        {MH_F_CERTIFICATE_NOT_YET_VALID, "time"},
        {MH_F_KEY_USAGE, "usage"},
        {MH_F_REVOCATION_MISSING, "later"},
        {MH_F_REVOCATION_STALE, "later"},
        {MH_F_REVOCATION_BEFORE_SIGNING, "later"},
        {MH_F_CERTIFICATE_STATUS_UNKNOWN, "later"},
        {MH_F_CERTIFICATE_INVALID, "unread"},
        {MH_F_LIMIT, "unread"},
        {MH_F_SIGNATURE_MISMATCH, "value"},
        {MH_F_SIGNATURE_VALUE_FORM, "value"},
        {MH_F_ALGORITHM_EXPIRED, "weak"},
        {MH_F_ALGORITHM_UNKNOWN, "weak"},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (words[i].code == r->reason.code)
            return words[i].why;
    return r->verdict == MH_NOT_JUDGED ? "fault" : "issuer";
}

/* The report is a worker's word: of one holder, by what was asked for, and of
   nothing else. */
static bool
holds(const struct mh_report *r, const char *profile)
{
    return r->verdict == MH_TOTAL_PASSED && r->sigs == 1 && r->files == 0 &&
           r->sig[0].kind == MH_KIND_HOLDER && strcmp(r->profile, profile) == 0;
}

enum mh_code
pt_card_judge(struct pt_app *app, struct pt_question *q, const char *profile,
    struct mh_err *err, struct pt_account *account, const char **why)
{
    struct mh_arena *arena = mh_arena_new(2 * (size_t)MH_REPORT_SIZE_MAX);
    enum pt_found found = PT_ABSENT;
    struct mh_report report;
    enum mh_code code;

    *why = "fault";
    account->id = 0;
    if (arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "card: no memory");
    q->holder = true;
    q->timeout_ms = JUDGE_MS;
    mh_policy_default(&q->policy, true);
    code = pt_judge_verify(app->judge, q, arena, err, &report);
    if (code == MH_OK && !holds(&report, profile)) {
        *why = word_of(&report);
        mh_log("card", "verdict=%s why=\"%.100s\"",
            mh_verdict_name(report.verdict), report.reason.what);
    } else if (code == MH_OK) {
        *why = "unknown";
        if (report.sig[0].signer_fin[0] != '\0')
            code = pt_store_account_by_fin(
                app->store, report.sig[0].signer_fin, err, account, &found);
    }
    if (code == MH_OK && found == PT_FOUND)
        *why = account->state == PT_ACCOUNT_ACTIVE ? NULL : "closed";
    if (found != PT_FOUND)
        account->id = 0;
    mh_arena_free(arena);
    return code;
}

/* A session that this browser has already ends: there is one at a time. */
static enum mh_code
end_other(struct pt_app *app, struct pt_request *rq, struct mh_err *err)
{
    struct pt_who who;

    return pt_who_is(app, rq, &who)
               ? pt_store_session_end(
                     app->store, who.account.id, who.session.token, err)
               : MH_OK;
}

enum mh_code
pt_card_session(struct pt_app *app, struct pt_request *rq,
    const struct pt_account *account, struct pt_answer *answer,
    struct mh_err *err)
{
    enum mh_code code = end_other(app, rq, err);

    return code == MH_OK ? pt_session_signed(app, account, answer, err) : code;
}

void
pt_card_on(struct pt_answer *answer, const char *back)
{
    answer->status = 303;
    if (pt_id_valid(mh_span_str(back)))
        pt_answer_header(answer, "Location", "/cases/%s/documents/new", back);
    else
        pt_answer_header(answer, "Location", "/cases");
}
