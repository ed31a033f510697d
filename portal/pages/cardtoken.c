#include "portal/pages/cardtoken.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "pages.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/pages/cardjudge.h"
#include "portal/pages/cardsign.h"
#include "portal/pages/fields.h"
#include "portal/pages/proofs.h"
#include "portal/people/logins.h"
#include "portal/people/webeid.h"

enum {
    CASE = 26,               /* characters of a case's identifier */
    COOKIE = PT_SECRET + 27, /* a secret, and where to go on */
    NONCE = 45,              /* bytes of 256 bits in base64, with the NUL */
};

static const char cookie[] = "__Host-question";
static const char purpose[] = "question";

bool
pt_token_there(const struct pt_app *app)
{
    return app->origin != NULL && strncmp(app->origin, "https://", 8) == 0;
}

static void
not_here(struct pt_request *rq, struct pt_answer *answer)
{
    pt_page_refuse(rq, answer, 404, PT_T("Page not found"),
        PT_T("This service has no sign-in with a card."));
}

/* Nothing that was asked is under way any more, or it came to nothing. */
static void
begin_again(struct pt_answer *answer, const char *why, const char *back)
{
    answer->status = 303;
    if (back[0] == '\0')
        pt_answer_header(answer, "Location", "/login/card?why=%s", why);
    else
        pt_answer_header(
            answer, "Location", "/login/card?case=%s&why=%s", back, why);
}

struct question {
    uint8_t token[PT_HASH]; /* as the store knows it */
    char nonce[NONCE];
    char back[CASE + 1]; /* the case to go on with, or "" */
};

/* The question of a secret: nobody can tell it who has not got the secret. */
static bool
question_of(const char *secret, struct question *q)
{
    char about[PT_SECRET + 16];
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_buf text;
    bool good;

    (void)snprintf(about, sizeof(about), "question %.43s", secret);
    good = pt_secret_hash(secret, q->token) &&
           mh_digest_once(MH_SHA256, mh_span_str(about), NULL, hash) == MH_OK;
    explicit_bzero(about, sizeof(about));
    mh_buf_init(&text, NONCE);
    if (good) {
        mh_base64_encode((struct mh_span){hash, PT_HASH}, &text);
        mh_buf_byte(&text, 0);
        good = mh_buf_ok(&text) && text.len == NONCE;
    }
    if (good)
        memcpy(q->nonce, text.ptr, NONCE);
    mh_buf_fini(&text);
    return good;
}

/* What this browser was asked. */
static bool
asked(struct pt_request *rq, struct question *q)
{
    char value[COOKIE];
    bool good;

    *q = (struct question){.nonce = ""};
    if (!pt_cookie(rq, cookie, value, sizeof(value)) ||
        strlen(value) < PT_SECRET - 1)
        return false;
    if (pt_id_valid(mh_span_str(value + PT_SECRET - 1)))
        (void)snprintf(
            q->back, sizeof(q->back), "%.26s", value + PT_SECRET - 1);
    value[PT_SECRET - 1] = '\0';
    good = question_of(value, q);
    explicit_bzero(value, sizeof(value));
    return good;
}

/* ---- asking ---- */

void
pt_web_token_begin(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    const char *back = pt_field(rq, "case");
    struct pt_proof proof = {
        .purpose = purpose, .until = pt_time() + PT_TOKEN_SECONDS, .data = ""};
    struct mh_err err = {.msg = ""};
    char secret[PT_SECRET] = "";
    unsigned wait = 1;
    enum mh_code code;

    if (!pt_form_is_ours(rq, answer))
        return;
    if (!pt_token_there(app)) {
        not_here(rq, answer);
        return;
    }
    if (!pt_id_valid(mh_span_str(back)))
        back = "";
    if (!pt_login_rate(app, rq, &wait)) {
        begin_again(answer, "often", back);
        return;
    }
    code = pt_secret_new(secret, proof.token, &err);
    if (code == MH_OK)
        code = pt_store_proof_keep(app->store, &proof, &err);
    if (code == MH_OK) {
        answer->status = 303;
        pt_answer_header(answer, "Set-Cookie",
            "%s=%s%s; Path=/; Max-Age=%d; Secure; HttpOnly; SameSite=Strict",
            cookie, secret, back, PT_TOKEN_SECONDS);
        pt_answer_header(answer, "Location", "/login/token");
    } else {
        pt_answer_error(answer, &err);
    }
    explicit_bzero(secret, sizeof(secret));
}

static void
show(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct question *q, const char *why)
{
    struct pt_page page;

    pt_page_begin(&page, rq, answer, PT_T("Sign in with a card"));
    pt_setf(&page.root, "command",
        "mohur sign-challenge --key URI --origin %s %s", app->origin, q->nonce);
    if (q->back[0] != '\0')
        pt_set(&page.root, "case_id", q->back);
    if (why != NULL) {
        const struct pt_fault fault = {
            "token", "wrong", pt_text(pt_lang_of(rq), pt_card_reason(why))};

        pt_fault_set(&page, &fault);
    }
    pt_page_end(&pt_tmpl_token, &page, rq, answer, why == NULL ? 200 : 422);
}

void
pt_web_token_form(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct question q;
    struct pt_proof_given given = {
        .purpose = purpose, .token = q.token, .now = pt_time(), .look = true};
    struct pt_proven there = {.found = PT_ABSENT};
    struct mh_err err = {.msg = ""};

    if (!pt_token_there(app))
        not_here(rq, answer);
    else if (!asked(rq, &q))
        begin_again(answer, "over", "");
    else if (pt_store_proof_take(app->store, &given, &err, &there) != MH_OK)
        pt_answer_error(answer, &err);
    else if (there.found != PT_FOUND)
        begin_again(answer, "over", q.back);
    else
        show(app, rq, answer, &q, NULL);
}

/* ---- the answer ---- */

static enum mh_code
sealed(const char *name, struct mh_span bytes, struct mh_err *err,
    struct pt_judge_file *out)
{
    enum mh_code code;

    *out = (struct pt_judge_file){.name = name, .fd = -1, .size = bytes.len};
    code = mh_memfd_new(name, 0, err, &out->fd);
    if (code == MH_OK &&
        write(out->fd, bytes.ptr, bytes.len) != (ssize_t)bytes.len)
        code = mh_fail_sys(err, "token: memory");
    return code == MH_OK ? mh_memfd_seal(out->fd, err) : code;
}

/* Whose token it is; *why: a reason's word. */
static enum mh_code
judge(struct pt_app *app, const struct pt_webeid *token, const char *nonce,
    struct mh_err *err, struct pt_account *account, const char **why)
{
    struct pt_judge_file shown[2] = {{.fd = -1}, {.fd = -1}};
    struct pt_question q = {
        .document = {.fd = -1}, .data = shown, .datas = 2, .time = pt_time()};
    uint8_t message[PT_WEBEID_MESSAGE];
    size_t len = 0;
    enum mh_code code = pt_webeid_message(
        token->algorithm, app->origin, nonce, err, message, &len);

    if (code == MH_OK)
        code = sealed("certificate", token->certificate, err, &q.document);
    if (code == MH_OK)
        code = sealed(token->algorithm, token->signature, err, &shown[0]);
    if (code == MH_OK)
        code =
            sealed("message", (struct mh_span){message, len}, err, &shown[1]);
    if (code == MH_OK)
        code = pt_card_judge(app, &q, MH_PROFILE_SHOWN, err, account, why);
    mh_close(&q.document.fd);
    mh_close(&shown[0].fd);
    mh_close(&shown[1].fd);
    return code;
}

static void
enter(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_webeid *token, const struct question *q)
{
    struct pt_account account = {.id = 0};
    struct mh_err err = {.msg = ""};
    const char *why = "fault";
    enum mh_code code = judge(app, token, q->nonce, &err, &account, &why);

    if (code == MH_OK && why != NULL && strcmp(why, "fault") != 0)
        code = pt_login_record(app, account.id, 3, false, &err);
    if (code == MH_OK && why == NULL)
        code = pt_card_session(app, rq, &account, answer, &err);
    if (code != MH_OK)
        mh_log("card", "code=%s", mh_code_name(code));
    pt_answer_header(answer, "Set-Cookie",
        "%s=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict", cookie);
    if (code != MH_OK || why != NULL)
        begin_again(answer, code == MH_OK ? why : "fault", q->back);
    else
        pt_card_on(answer, q->back);
}

void
pt_web_token(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct question q;
    struct pt_proof_given given = {
        .purpose = purpose, .token = q.token, .now = pt_time()};
    struct pt_proven proven = {.found = PT_ABSENT};
    struct mh_err err = {.msg = ""};
    struct pt_webeid token;
    unsigned wait = 1;
    enum mh_code code;

    if (!pt_form_is_ours(rq, answer))
        return;
    if (!pt_token_there(app)) {
        not_here(rq, answer);
        return;
    }
    if (!asked(rq, &q)) {
        begin_again(answer, "over", "");
        return;
    }
    if (!pt_login_rate(app, rq, &wait)) {
        begin_again(answer, "often", q.back);
        return;
    }
    code = pt_webeid_read(
        mh_span_str(pt_field(rq, "token")), rq->arena, &err, &token);
    if (code == MH_EFORMAT || code == MH_ELIMIT) {
        show(app, rq, answer, &q, "token");
        return;
    }
    if (code == MH_OK)
        code = pt_store_proof_take(app->store, &given, &err, &proven);
    if (code != MH_OK)
        pt_answer_error(answer, &err);
    else if (proven.found != PT_FOUND)
        begin_again(answer, "over", q.back);
    else
        enter(app, rq, answer, &token, &q);
}
