#include "portal/pages/proofs.h"

#include <stdio.h>
#include <string.h>

#include "base/digest/digest.h"
#include "base/text.h"
#include "pages.h"
#include "portal/api/rate.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/notify/deliver.h"
#include "portal/pages/fields.h"

enum {
    RAW = 32,
    CODE = 6,
    LETTER_MAX = 2000, /* characters */
    LETTERS_AN_HOUR = 5,
};

static const char cookie[] = "__Host-proof";
static const char contact[] = "contact";

static enum mh_code
hash_two(const char *a, const char *b, struct mh_err *err,
    uint8_t out[static PT_HASH])
{
    char text[PT_SECRET + CODE + 1];
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code code;

    (void)snprintf(text, sizeof(text), "%.43s%.6s", a, b); /* it fits */
    code = mh_digest_once(MH_SHA256, mh_span_str(text), err, hash);
    if (code == MH_OK)
        memcpy(out, hash, PT_HASH);
    explicit_bzero(text, sizeof(text));
    return code;
}

enum mh_code
pt_secret_new(char out[static PT_SECRET], uint8_t hash[static PT_HASH],
    struct mh_err *err)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t raw[PT_SECRET];

    pt_random(raw, sizeof(raw));
    for (size_t i = 0; i < PT_SECRET - 1; i++)
        out[i] = digits[raw[i] & 63]; /* 43 times 6 bits */
    out[PT_SECRET - 1] = '\0';
    explicit_bzero(raw, sizeof(raw));
    return hash_two(out, "", err, hash);
}

bool
pt_secret_hash(const char *secret, uint8_t hash[static PT_HASH])
{
    struct mh_err err = {.msg = ""};

    return strlen(secret) == PT_SECRET - 1 &&
           hash_two(secret, "", &err, hash) == MH_OK;
}

void
pt_delivery_begin(
    const struct pt_request *rq, const char *kind, struct pt_delivery *out)
{
    static const char *const codes[] = {"az", "en", "ru"};

    *out =
        (struct pt_delivery){.channel = PT_CHANNEL_MAIL, .created = pt_time()};
    (void)snprintf(out->kind, sizeof(out->kind), "%s", kind);
    (void)snprintf(out->lang, sizeof(out->lang), "%s", codes[pt_lang_of(rq)]);
}

/* Six digits, each as likely as any. */
static void
code_new(char out[static CODE + 1])
{
    uint32_t v;

    do
        pt_random((uint8_t *)&v, sizeof(v));
    while (v >= UINT32_C(4294000000));
    (void)snprintf(out, CODE + 1, "%06u", (unsigned)(v % 1000000));
}

enum mh_code
pt_code_ask(struct pt_app *app, const struct pt_code_asked *asked,
    struct pt_delivery *delivery, struct pt_answer *answer, struct mh_err *err)
{
    struct pt_proof proof = {.purpose = asked->purpose,
        .account = asked->account,
        .until = delivery->created + PT_CODE_SECONDS,
        .data = asked->data};
    char secret[PT_SECRET], code[CODE + 1];
    enum mh_code rc = pt_secret_new(secret, proof.token, err);

    code_new(code);
    if (rc == MH_OK)
        rc = hash_two(secret, code, err, proof.code);
    if (asked->decoy)
        pt_random(proof.code, PT_HASH);
    else
        (void)snprintf(delivery->args, sizeof(delivery->args), "%s", code);
    if (rc == MH_OK)
        rc = pt_store_proof_add(app->store, &proof, delivery, err);
    if (rc == MH_OK)
        pt_answer_header(answer, "Set-Cookie",
            "%s=%s; Path=/; Max-Age=%d; Secure; HttpOnly; SameSite=Strict",
            cookie, secret, PT_CODE_SECONDS);
    explicit_bzero(secret, sizeof(secret));
    explicit_bzero(code, sizeof(code));
    pt_deliver_wake(app->deliver);
    return rc;
}

enum mh_code
pt_code_take(struct pt_app *app, struct pt_request *rq, const char *purpose,
    struct mh_err *err, struct pt_proven *out)
{
    const char *given = pt_form_get(&rq->form, "code");
    char secret[PT_SECRET];
    uint8_t token[PT_HASH], code[PT_HASH];
    const struct pt_proof_given proof = {
        .purpose = purpose, .token = token, .code = code, .now = pt_time()};
    enum mh_code rc;

    *out = (struct pt_proven){.found = PT_ABSENT};
    if (!pt_cookie(rq, cookie, secret, sizeof(secret)) ||
        !pt_secret_hash(secret, token))
        return MH_OK;
    if (given == NULL || strlen(given) != CODE ||
        strspn(given, "0123456789") != CODE) {
        out->wrong = true;
        return MH_OK;
    }
    rc = hash_two(secret, given, err, code);
    return rc == MH_OK ? pt_store_proof_take(app->store, &proof, err, out) : rc;
}

void
pt_code_show(struct pt_request *rq, struct pt_answer *answer,
    const char *action, const char *wrong)
{
    struct pt_page page;

    pt_page_begin(&page, rq, answer, PT_T("Confirm the e-mail address"));
    pt_set_flag(&page.root, "own", strcmp(action, "/cabinet/code") == 0);
    if (rq->gate.method == PT_POST)
        pt_set(&page.root, "path", action);
    if (wrong != NULL)
        pt_page_error(&page, "code", pt_text(pt_lang_of(rq), wrong));
    pt_page_end(&pt_tmpl_code, &page, rq, answer, wrong == NULL ? 200 : 422);
}

void
pt_message_show(struct pt_request *rq, struct pt_answer *answer,
    const char *title, const char *text)
{
    struct pt_page page;

    pt_page_begin(&page, rq, answer, title);
    pt_set(&page.root, "text", pt_text(pt_lang_of(rq), text));
    pt_page_end(&pt_tmpl_message, &page, rq, answer, 200);
}

bool
pt_address_may(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, const char *what, uint32_t per_hour)
{
    int64_t address = pt_rate_address(rq, what);
    unsigned wait = 1;

    if (address == 0 ||
        pt_rate_hour(app, address, per_hour, pt_now_ms(), &wait))
        return true;
    pt_answer_header(answer, "Retry-After", "%u", wait);
    pt_page_refuse(rq, answer, 429, PT_T("Too many tries"),
        PT_T("Too much was asked from your address. Try again in an hour."));
    return false;
}

/* ---- a new address of an account ---- */

enum mh_code
pt_contact_ask(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, const struct pt_who *who, const char *email,
    struct mh_err *err)
{
    const struct pt_code_asked asked = {contact, email, who->account.id, false};
    struct pt_delivery d;

    pt_delivery_begin(rq, "code", &d);
    (void)snprintf(d.address, sizeof(d.address), "%s", email); /* checked */
    return pt_code_ask(app, &asked, &d, answer, err);
}

void
pt_web_contact_code_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_who who;

    if (pt_who_must(ctx, rq, answer, &who))
        pt_code_show(rq, answer, "/cabinet/code", NULL);
}

void
pt_web_contact_code(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    struct pt_proven proven;
    struct pt_delivery d;
    struct pt_who who;
    enum mh_code code;

    if (!pt_form_is_ours(rq, answer) || !pt_who_must(app, rq, answer, &who))
        return;
    code = pt_code_take(app, rq, contact, &err, &proven);
    if (code == MH_OK &&
        (proven.found == PT_ABSENT || proven.account != who.account.id)) {
        pt_code_show(rq, answer, "/cabinet/code",
            proven.wrong ? PT_T("This code is wrong")
                         : PT_T("The code is no longer good: ask for another"));
        return;
    }
    if (code == MH_OK)
        code = pt_store_account_email(
            app->store, who.account.id, proven.data, &err);
    if (code == MH_OK && who.account.email[0] != '\0' &&
        strcmp(who.account.email, proven.data) != 0) {
        pt_delivery_begin(rq, "address", &d);
        memcpy(d.address, who.account.email, sizeof(d.address));
        code = pt_store_delivery_add(app->store, &d, &err);
    }
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_deliver_wake(app->deliver);
    answer->status = 303;
    pt_answer_header(answer, "Location", "/cabinet");
}

void
pt_web_letter(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    const char *letter = pt_form_get(&rq->form, "letter");
    struct mh_err err = {.msg = ""};
    struct pt_delivery d;
    struct pt_who who;
    char text[PT_DELIVERY_ARGS - PT_USERNAME_MAX]; /* a name goes before it */

    if (!pt_form_is_ours(rq, answer) || !pt_who_must(app, rq, answer, &who) ||
        !pt_address_may(app, rq, answer, "letter", LETTERS_AN_HOUR))
        return;
    if (letter == NULL ||
        !pt_lines_of(letter, LETTER_MAX, text, sizeof(text))) {
        pt_page_refuse(rq, answer, 422, PT_T("The letter was not sent"),
            PT_T("Write some text, of at most 2,000 characters."));
        return;
    }
    pt_delivery_begin(rq, "letter", &d);
    if (app->notify.operator_to != NULL)
        (void)snprintf(
            d.address, sizeof(d.address), "%s", app->notify.operator_to);
    (void)snprintf(d.args, sizeof(d.args), "%s\n%s", who.account.username,
        text); /* it fits */
    if (pt_store_letter_add(app->store, who.account.id, text, &d, &err) !=
        MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_deliver_wake(app->deliver);
    answer->status = 303;
    pt_answer_header(answer, "Location", "/cabinet");
}
