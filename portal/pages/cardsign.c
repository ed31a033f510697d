#include "portal/pages/cardsign.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "pages.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/pages/cardjudge.h"
#include "portal/pages/cardtoken.h"
#include "portal/pages/proofs.h"
#include "portal/people/logins.h"

enum {
    COOKIE_SECONDS = 600,    /* to find a card and its PIN */
    CASE = 26,               /* characters of a case's identifier */
    COOKIE = PT_SECRET + 27, /* a secret, and where to go on */
};

static const char cookie[] = "__Host-card";
static const char purpose[] = "card";

const char *const pt_web_card_query[] = {"case", "why", NULL};
const char *const pt_web_card_go_query[] = {"case", NULL};

static bool
host_there(const struct pt_app *app)
{
    return app->card_origin != NULL && app->card_origin[0] != '\0';
}

bool
pt_card_there(const struct pt_app *app)
{
    return host_there(app) || pt_token_there(app);
}

/* ---- where it begins ---- */

/* What the other host knows the secret by: nobody gets back from it. */
static bool
name_of(const char *secret, char out[static 27])
{
    uint8_t hash[PT_HASH];

    if (!pt_secret_hash(secret, hash))
        return false;
    pt_id_of(hash, out);
    return true;
}

/* Where to go on, or "". */
static const char *
case_of(const struct pt_request *rq)
{
    const char *back = pt_query(rq, "case");

    return back != NULL && pt_id_valid(mh_span_str(back)) ? back : "";
}

static void
show(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const char *why)
{
    const char *text = pt_card_reason(why);
    struct pt_page page;

    pt_page_begin(&page, rq, answer, PT_T("Sign in with a card"));
    pt_set(&page.root, "case_id", case_of(rq));
    pt_set_flag(&page.root, "host", host_there(app));
    pt_set_flag(&page.root, "token", pt_token_there(app));
    if (text != NULL)
        pt_page_error(&page, "", pt_text(pt_lang_of(rq), text));
    pt_page_end(&pt_tmpl_card, &page, rq, answer, text == NULL ? 200 : 422);
}

static void
not_here(struct pt_request *rq, struct pt_answer *answer)
{
    pt_page_refuse(rq, answer, 404, PT_T("Page not found"),
        PT_T("This service has no sign-in with a card."));
}

void
pt_web_card_form(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;

    if (pt_card_there(app))
        show(app, rq, answer, pt_query(rq, "why"));
    else
        not_here(rq, answer);
}

void
pt_web_card_go(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    uint8_t hash[PT_HASH];
    struct mh_err err = {.msg = ""};
    char secret[PT_SECRET] = "", name[27];

    if (!host_there(app)) {
        not_here(rq, answer);
        return;
    }
    if (pt_secret_new(secret, hash, &err) == MH_OK && name_of(secret, name)) {
        answer->status = 303;
        pt_answer_header(answer, "Set-Cookie",
            "%s=%s%s; Path=/; Max-Age=%d; Secure; HttpOnly; SameSite=Lax",
            cookie, secret, case_of(rq), COOKIE_SECONDS);
        pt_answer_header(
            answer, "Location", "%s/card/%s", app->card_origin, name);
    } else {
        pt_answer_error(answer, &err);
    }
    explicit_bzero(secret, sizeof(secret));
}

/* ---- the card ---- */

/* Back to the court's host: nothing is shown on this one. */
static void
send_back(struct pt_app *app, struct pt_answer *answer, const char *why)
{
    answer->status = 303;
    pt_answer_header(
        answer, "Location", "%s/login/card?why=%s", app->origin, why);
}

/* What the front passed on, as the file that is judged. */
static enum mh_code
file_of(
    const struct pt_request *rq, struct mh_err *err, struct pt_judge_file *out)
{
    const char *pem = NULL;
    size_t len;
    enum mh_code code;

    *out = (struct pt_judge_file){.name = "certificate", .fd = -1};
    if (!pt_form_decode(rq->gate.certificate, rq->arena, &pem))
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "certificate: a bad escape");
    len = strlen(pem);
    code = mh_memfd_new("certificate", 0, err, &out->fd);
    if (code == MH_OK && write(out->fd, pem, len) != (ssize_t)len)
        code = mh_fail_sys(err, "certificate: memory");
    out->size = len;
    return code == MH_OK ? mh_memfd_seal(out->fd, err) : code;
}

/* Whose card it is. */
static enum mh_code
judge(struct pt_app *app, struct pt_request *rq, struct mh_err *err,
    struct pt_account *account, const char **why)
{
    struct pt_question q = {.time = pt_time()};
    enum mh_code code = file_of(rq, err, &q.document);

    *why = "unread";
    account->id = 0;
    if (code == MH_OK)
        code = pt_card_judge(app, &q, "certificate", err, account, why);
    else if (code == MH_EFORMAT)
        code = MH_OK;
    mh_close(&q.document.fd);
    return code;
}

/* A ticket for who brings the secret of that name. */
static enum mh_code
give_ticket(struct pt_app *app, const struct pt_request *rq, int64_t account,
    struct pt_answer *answer, struct mh_err *err)
{
    struct pt_proof proof = {.purpose = purpose,
        .account = account,
        .until = pt_time() + PT_TICKET_SECONDS,
        .data = ""};
    uint8_t hash[MH_DIGEST_MAX];
    char ticket[PT_SECRET] = "";
    enum mh_code code = pt_secret_new(ticket, proof.token, err);

    if (code == MH_OK)
        code = mh_digest_once(MH_SHA256, mh_span_str(rq->param), err, hash);
    if (code == MH_OK) {
        memcpy(proof.code, hash, PT_HASH);
        code = pt_store_proof_keep(app->store, &proof, err);
    }
    if (code == MH_OK) {
        answer->status = 303;
        pt_answer_header(
            answer, "Location", "%s/login/card/%s", app->origin, ticket);
    }
    explicit_bzero(ticket, sizeof(ticket));
    return code;
}

void
pt_web_card_shown(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct pt_account account = {.id = 0};
    struct mh_err err = {.msg = ""};
    const char *why = NULL;
    unsigned wait = 1;
    enum mh_code code;

    if (!host_there(app) || !pt_id_valid(mh_span_str(rq->param))) {
        not_here(rq, answer);
        return;
    }
    if (!pt_login_rate(app, rq, &wait)) {
        send_back(app, answer, "often");
        return;
    }
    if (rq->gate.certificate.len == 0) {
        send_back(app, answer, "none");
        return;
    }
    code = judge(app, rq, &err, &account, &why);
    if (code == MH_OK && why != NULL && strcmp(why, "fault") != 0)
        code = pt_login_record(app, account.id, 3, false, &err);
    if (code == MH_OK && why == NULL)
        code = give_ticket(app, rq, account.id, answer, &err);
    if (code != MH_OK)
        mh_log("card", "code=%s", mh_code_name(code));
    if (code != MH_OK || why != NULL)
        send_back(app, answer, code == MH_OK ? why : "fault");
}

/* ---- back again ---- */

/* The secret that this browser began with, and the case it wants to go on
   with, or "". */
static bool
began(struct pt_request *rq, uint8_t code[static PT_HASH],
    char back[static CASE + 1])
{
    char value[COOKIE], name[27];
    uint8_t hash[MH_DIGEST_MAX];
    bool good = pt_cookie(rq, cookie, value, sizeof(value)) &&
                strlen(value) >= PT_SECRET - 1;

    back[0] = '\0';
    if (good) {
        (void)snprintf(back, CASE + 1, "%.26s", value + PT_SECRET - 1);
        value[PT_SECRET - 1] = '\0';
        good =
            name_of(value, name) &&
            mh_digest_once(MH_SHA256, mh_span_str(name), NULL, hash) == MH_OK;
    }
    if (good)
        memcpy(code, hash, PT_HASH);
    explicit_bzero(value, sizeof(value));
    return good;
}

void
pt_web_card_enter(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    uint8_t token[PT_HASH], mark[PT_HASH];
    const struct pt_proof_given given = {
        .purpose = purpose, .token = token, .code = mark, .now = pt_time()};
    struct pt_proven proven = {.found = PT_ABSENT};
    enum pt_found found = PT_ABSENT;
    struct mh_err err = {.msg = ""};
    struct pt_account account;
    char back[CASE + 1];
    enum mh_code code = MH_OK;

    if (!host_there(app)) {
        not_here(rq, answer);
        return;
    }
    if (began(rq, mark, back) && pt_secret_hash(rq->param, token))
        code = pt_store_proof_take(app->store, &given, &err, &proven);
    if (code == MH_OK && proven.found != PT_FOUND) {
        show(app, rq, answer, "ticket");
        return;
    }
    if (code == MH_OK)
        code = pt_store_account_get(
            app->store, proven.account, &err, &account, &found);
    if (code == MH_OK &&
        (found != PT_FOUND || account.state != PT_ACCOUNT_ACTIVE)) {
        show(app, rq, answer, "closed");
        return;
    }
    if (code == MH_OK)
        code = pt_card_session(app, rq, &account, answer, &err);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_answer_header(answer, "Set-Cookie",
        "%s=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax", cookie);
    pt_card_on(answer, back);
}
