#include "portal/pages/recover.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/sys/log.h"
#include "pages.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/notify/deliver.h"
#include "portal/notify/mail.h"
#include "portal/pages/fields.h"
#include "portal/pages/proofs.h"
#include "portal/people/accounts.h"
#include "portal/people/password.h"

enum {
    ASKED_AN_HOUR = 10, /* from one address */
};

static const char purpose[] = "reset";

static void
show_forgot(struct pt_request *rq, struct pt_answer *answer, const char *at,
    const char *wrong)
{
    struct pt_page page;

    pt_page_begin(&page, rq, answer, PT_T("Forgotten password"));
    pt_set(&page.root, "username", pt_field(rq, "username"));
    pt_set(&page.root, "email", pt_field(rq, "email"));
    if (rq->gate.method == PT_POST)
        pt_set(&page.root, "path", "/password/forgot");
    if (wrong != NULL)
        pt_page_error(&page, at, pt_text(pt_lang_of(rq), wrong));
    pt_page_end(&pt_tmpl_forgot, &page, rq, answer, wrong == NULL ? 200 : 422);
}

void
pt_web_forgot_form(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    (void)ctx;
    show_forgot(rq, answer, "", NULL);
}

/* The account of both, if there is one that may get a link. */
static enum mh_code
find(struct pt_app *app, const struct pt_request *rq, struct mh_err *err,
    struct pt_account *account, bool *fits)
{
    const char *name = pt_field(rq, "username");
    enum pt_found found = PT_ABSENT, by_fin = PT_ABSENT;
    struct pt_account other = {.id = 0};
    /* Both are looked for, whatever the first look finds. */
    enum mh_code code =
        pt_store_account_find(app->store, name, err, account, &found);

    if (code == MH_OK)
        code = pt_store_account_by_fin(app->store, name, err, &other, &by_fin);
    if (found == PT_ABSENT && by_fin == PT_FOUND)
        *account = other;
    *fits = (found == PT_FOUND || by_fin == PT_FOUND) &&
            account->state == PT_ACCOUNT_ACTIVE && account->email_proven &&
            account->email[0] != '\0' &&
            strcasecmp(account->email, pt_field(rq, "email")) == 0;
    return code;
}

void
pt_web_forgot(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct pt_proof proof = {
        .purpose = purpose, .until = pt_time() + PT_LINK_SECONDS, .data = ""};
    struct pt_account account = {.id = 0};
    struct mh_err err = {.msg = ""};
    char secret[PT_SECRET];
    struct pt_delivery d;
    bool fits = false;
    enum mh_code code;

    if (!pt_form_is_ours(rq, answer) ||
        !pt_address_may(app, rq, answer, purpose, ASKED_AN_HOUR))
        return;
    if (pt_field(rq, "username")[0] == '\0') {
        show_forgot(
            rq, answer, "username", PT_T("Write the user name or the FIN"));
        return;
    }
    if (!pt_mail_address(pt_field(rq, "email"))) {
        show_forgot(rq, answer, "email", PT_T("This is no e-mail address"));
        return;
    }
    pt_delivery_begin(rq, purpose, &d);
    code = find(app, rq, &err, &account, &fits);
    if (code == MH_OK)
        code = pt_secret_new(secret, proof.token, &err);
    /* Nobody's proof is kept like somebody's; its message goes nowhere. */
    if (code == MH_OK && fits) {
        proof.account = account.id;
        memcpy(d.address, account.email, sizeof(d.address));
    } else if (code == MH_OK) {
        pt_random(proof.token, PT_HASH);
    }
    (void)snprintf(d.args, sizeof(d.args), "%s", secret);
    if (code == MH_OK)
        code = pt_store_proof_add(app->store, &proof, &d, &err);
    explicit_bzero(secret, sizeof(secret));
    explicit_bzero(d.args, sizeof(d.args));
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_deliver_wake(app->deliver);
    pt_message_show(rq, answer, PT_T("Look into your mailbox"),
        PT_T("If user name and address belong to one cabinet, a link is on "
             "its way. It is good for 20 minutes and for one time."));
}

static void
show_reset(struct pt_request *rq, struct pt_answer *answer, const char *token,
    const char *wrong)
{
    struct pt_page page;

    pt_page_begin(&page, rq, answer, PT_T("New password"));
    pt_set(&page.root, "token", token);
    /* The way back from a change of the language; not the link once more. */
    pt_set(&page.root, "path", "/login");
    /* The form's own request must have an Origin, which no-referrer takes. */
    pt_answer_header(answer, "Referrer-Policy", "strict-origin");
    if (wrong != NULL)
        pt_page_error(&page, "password-new", pt_text(pt_lang_of(rq), wrong));
    pt_page_end(&pt_tmpl_reset, &page, rq, answer, wrong == NULL ? 200 : 422);
}

/* The account that a link is for; false: answer says that it is over. */
static bool
look(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_proof_given *given, struct pt_account *account)
{
    struct mh_err err = {.msg = ""};
    struct pt_proven proven;
    enum pt_found found = PT_ABSENT;
    enum mh_code code = pt_store_proof_take(app->store, given, &err, &proven);

    if (code == MH_OK && proven.found == PT_FOUND)
        code = pt_store_account_get(
            app->store, proven.account, &err, account, &found);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
    } else if (found == PT_ABSENT || account->state != PT_ACCOUNT_ACTIVE) {
        found = PT_ABSENT;
        pt_page_refuse(rq, answer, 404, PT_T("This link is no longer good"),
            PT_T("A link is good for 20 minutes and for one time. Ask for "
                 "another on the page of signing in."));
    }
    return code == MH_OK && found == PT_FOUND;
}

void
pt_web_reset_form(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    uint8_t token[PT_HASH] = {0};
    const struct pt_proof_given given = {
        .purpose = purpose, .token = token, .now = pt_time(), .look = true};
    struct pt_account account;

    (void)pt_secret_hash(rq->param, token); /* else it is nobody's */
    if (look(ctx, rq, answer, &given, &account))
        show_reset(rq, answer, rq->param, NULL);
}

/* The new password; all sessions end, and the address is told. */
static enum mh_code
set_password(struct pt_app *app, struct pt_request *rq,
    const struct pt_account *account, struct mh_err *err)
{
    char hash[PT_PASSWORD_HASH];
    struct pt_delivery d;
    enum mh_code code = pt_password_hash(pt_field(rq, "new"), err, hash);

    if (code == MH_OK)
        code = pt_store_account_password(app->store, account->id, hash, err);
    pt_delivery_begin(rq, "changed", &d);
    memcpy(d.address, account->email, sizeof(d.address));
    if (code == MH_OK)
        code = pt_store_delivery_add(app->store, &d, err);
    return code;
}

void
pt_web_reset(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    uint8_t token[PT_HASH] = {0};
    struct pt_proof_given given = {
        .purpose = purpose, .token = token, .now = pt_time(), .look = true};
    struct mh_err err = {.msg = ""};
    struct pt_account account;
    const char *wrong;

    if (!pt_form_is_ours(rq, answer))
        return;
    (void)pt_secret_hash(pt_field(rq, "token"), token); /* as above */
    if (!look(app, rq, answer, &given, &account))
        return;
    wrong = pt_password_refused(pt_field(rq, "new"), account.username);
    if (wrong != NULL) {
        show_reset(rq, answer, pt_field(rq, "token"), wrong);
        return;
    }
    given.look = false; /* once */
    if (!look(app, rq, answer, &given, &account))
        return;
    if (set_password(app, rq, &account, &err) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    mh_log("reset", "account=%lld", (long long)account.id);
    pt_deliver_wake(app->deliver);
    pt_message_show(rq, answer, PT_T("The password is changed"),
        PT_T("All sessions of your cabinet have ended. Sign in with the new "
             "password."));
}
