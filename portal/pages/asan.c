#include "portal/pages/asan.h"

#include <stdio.h>
#include <string.h>

#include "base/digest/digest.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "pages.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/pages/cardsign.h"
#include "portal/pages/fields.h"
#include "portal/people/logins.h"
#include "portal/signing/statement.h"

enum {
    SECRET = 32,      /* random bytes of the cookie that owns a transaction */
    USER_DIGITS = 6,  /* of Asan İmza */
    LOCAL_DIGITS = 9, /* behind +994 */
};

static const char cookie[] = "__Host-mid";

const char *const pt_web_step_query[] = {"case", NULL};

static void
send_to(struct pt_answer *answer, const char *path, const char *more)
{
    answer->status = 303;
    pt_answer_header(answer, "Location", "%s%s", path, more);
}

/* ---- the form ---- */

struct wrong {
    const char *field, *text; /* an id of a text; NULL: nothing is wrong */
    unsigned status;
};

/* who: of a step up, for that case or ""; NULL: somebody signs in. */
static void
show_form(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, const struct wrong *wrong)
{
    enum mh_lang lang = pt_lang_of(rq);
    const char *case_id = rq->gate.method == PT_POST ? pt_field(rq, "case")
                          : who != NULL && pt_query(rq, "case") != NULL
                              ? pt_query(rq, "case")
                              : "";
    struct pt_page page;
    struct pt_map *m = &page.root;

    if (who == NULL)
        pt_page_begin(&page, rq, answer, PT_T("Sign in with Asan İmza"));
    else
        pt_page_of(&page, rq, answer, PT_T("Confirm who you are"), who);
    pt_set_flag(m, "there", app->mobile != NULL);
    pt_set_flag(m, "card", pt_card_there(app));
    pt_set_flag(m, "none", app->mobile == NULL && !pt_card_there(app));
    pt_set(m, "telephone", pt_field(rq, "telephone"));
    pt_set(m, "number", pt_field(rq, "number"));
    if (pt_id_valid(mh_span_str(case_id)))
        pt_set(m, "case_id", case_id);
    if (wrong->text != NULL) {
        pt_page_error(&page, wrong->field, pt_text(lang, wrong->text));
        pt_set_flag(m, "wrong_telephone", wrong->field[0] == 't');
        pt_set_flag(m, "wrong_number", wrong->field[0] == 'n');
        pt_set(m, "wrong", pt_text(lang, wrong->text));
    }
    pt_page_end(who == NULL ? &pt_tmpl_asan : &pt_tmpl_step_up, &page, rq,
        answer, wrong->text == NULL ? 200 : wrong->status);
}

bool
pt_phone_clean(const char *in, char out[static 24])
{
    char digits[16] = "";
    size_t n = 0;
    const char *from = digits;

    for (; *in != '\0'; in++) {
        if (*in >= '0' && *in <= '9') {
            if (n == sizeof(digits) - 1)
                return false;
            digits[n++] = *in;
        } else if (strchr(" -().", *in) == NULL && !(*in == '+' && n == 0)) {
            return false;
        }
    }
    digits[n] = '\0';
    if (strncmp(from, "00994", 5) == 0)
        from += 5;
    else if (strncmp(from, "994", 3) == 0)
        from += 3;
    else if (*from == '0')
        from++;
    if (strlen(from) != LOCAL_DIGITS || *from == '0')
        return false;
    (void)snprintf(out, 24, "+994%s", from);
    return true;
}

static struct wrong
wrong_of(enum pt_mobile_begun begun)
{
    switch (begun) {
    case PT_MOBILE_BUSY:
        return (struct wrong){"telephone",
            PT_T("A request is under way for this telephone. Answer it, or "
                 "wait two minutes."),
            409};
    case PT_MOBILE_OFTEN:
        return (struct wrong){"telephone",
            PT_T("Five requests in an hour were made for this telephone. Try "
                 "again in an hour."),
            429};
    case PT_MOBILE_ADDRESS:
        return (struct wrong){
            "telephone", PT_T("Write the number as +994501234567"), 422};
    case PT_MOBILE_OK:
        return (struct wrong){"", NULL, 200};
    case PT_MOBILE_NONE:
    case PT_MOBILE_FULL:
        break;
    }
    return (struct wrong){"",
        PT_T("Signing in does not work at the moment. Try again soon."), 503};
}

struct asked {
    const struct pt_who *who; /* NULL: somebody signs in */
    uint8_t owner[PT_HASH];
    char id[27];
};

/* Telephone and number of the form, and a transaction of them. */
static struct wrong
begin(struct pt_app *app, struct pt_request *rq, struct asked *asked)
{
    const char *number = pt_field(rq, "number"), *back = pt_field(rq, "case");
    char phone[24];
    struct pt_mobile_asked what = {
        .phone = phone, .user = number, .lang = pt_lang_of(rq)};
    struct pt_mobile_work work;

    if (!pt_phone_clean(pt_field(rq, "telephone"), phone))
        return wrong_of(PT_MOBILE_ADDRESS);
    if (strlen(number) != USER_DIGITS ||
        strspn(number, "0123456789") != USER_DIGITS)
        return (struct wrong){
            "number", PT_T("Write the six digits of your user number"), 422};
    if (asked->who != NULL && asked->who->account.fin[0] == '\0')
        return (struct wrong){"",
            PT_T("Your cabinet has no FIN: whose signature it is cannot be "
                 "told. Ask the court."),
            422};
    if (!pt_id_valid(mh_span_str(back)))
        back = "";
    if (asked->who != NULL)
        what.account = asked->who->account.id;
    memcpy(what.owner, asked->owner, PT_HASH);
    if (!pt_statement_work(app,
            asked->who == NULL ? "" : asked->who->account.fin, back, &work))
        return wrong_of(PT_MOBILE_FULL);
    return wrong_of(pt_mobile_begin(app, &what, &work, asked->id));
}

/* ---- waiting ---- */

static bool
owner_of(struct pt_request *rq, uint8_t out[static PT_HASH])
{
    char value[2 * SECRET + 1];
    uint8_t hash[MH_DIGEST_MAX];

    if (!pt_cookie(rq, cookie, value, sizeof(value)) ||
        strlen(value) != 2 * (size_t)SECRET ||
        mh_digest_once(MH_SHA256, mh_span_str(value), NULL, hash) != MH_OK)
        return false;
    memcpy(out, hash, PT_HASH);
    return true;
}

/* Why it came to nothing; done: it was signed. */
static const char *
failure(const struct pt_mobile_status *s, enum mh_lang lang)
{
    if (s->stage == PT_MOBILE_FAILED && s->outcome != MH_REMOTE_OK)
        return mh_remote_text(s->outcome, lang);
    if (s->stage == PT_MOBILE_FAILED && strcmp(s->why, pt_statement_other) == 0)
        return pt_text(
            lang, PT_T("This is another person's Asan İmza. Use the one of the "
                       "person who is signed in."));
    if (s->stage == PT_MOBILE_DONE && strcmp(s->result, "unknown") == 0)
        return pt_text(
            lang, PT_T("Your signature is good, but you have no cabinet yet. "
                       "Register with the court first."));
    if (s->stage == PT_MOBILE_DONE && strcmp(s->result, "closed") == 0)
        return pt_text(
            lang, PT_T("This cabinet cannot be used. Ask the court."));
    if (s->stage == PT_MOBILE_DONE)
        return pt_text(lang,
            PT_T("The signature could not be confirmed: the certificate is "
                 "not trusted, is revoked, or its issuer does not answer."));
    return pt_text(
        lang, PT_T("Signing in does not work at the moment. Try again soon."));
}

/* who: of a step up. */
static void
show_wait(struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, const struct pt_mobile_status *s)
{
    bool ended = s->stage == PT_MOBILE_DONE || s->stage == PT_MOBILE_FAILED;
    struct pt_page page;
    struct pt_map *m = &page.root;

    if (who == NULL)
        pt_page_begin(&page, rq, answer, PT_T("Sign in with Asan İmza"));
    else
        pt_page_of(&page, rq, answer, PT_T("Confirm who you are"), who);
    pt_set(m, "tx", rq->param);
    pt_set_flag(m, "step", who != NULL);
    pt_set_flag(m, "ended", ended);
    pt_set(m, "stage", ended ? "ended" : s->code[0] == '\0' ? "begun" : "code");
    if (s->code[0] != '\0' && !ended)
        pt_set(m, "code", s->code);
    if (ended)
        pt_page_error(&page, "", failure(s, pt_lang_of(rq)));
    pt_page_end(&pt_tmpl_asan_wait, &page, rq, answer, ended ? 422 : 200);
}

static void
not_there(struct pt_request *rq, struct pt_answer *answer)
{
    pt_page_refuse(rq, answer, 404, PT_T("This request is no longer here"),
        PT_T("Requests of Asan İmza live for a few minutes, in the browser "
             "that made them. Begin again."));
}

/* ---- signing in ---- */

void
pt_web_asan_form(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    const struct wrong none = {"", NULL, 200};
    struct pt_who who;

    if (pt_who_is(ctx, rq, &who))
        send_to(answer, "/cabinet", "");
    else
        show_form(ctx, rq, answer, NULL, &none);
}

void
pt_web_asan(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asked asked = {.who = NULL};
    uint8_t secret[SECRET], hash[MH_DIGEST_MAX];
    char value[2 * SECRET + 1];
    struct wrong wrong;
    unsigned wait = 1;

    if (!pt_form_is_ours(rq, answer))
        return;
    if (!pt_login_rate(ctx, rq, &wait)) {
        wrong = (struct wrong){
            "", PT_T("Too many tries from your address. Wait a minute."), 429};
        pt_answer_header(answer, "Retry-After", "%u", wait);
        show_form(ctx, rq, answer, NULL, &wrong);
        return;
    }
    pt_random(secret, sizeof(secret));
    mh_hex_encode((struct mh_span){secret, sizeof(secret)}, value);
    if (mh_digest_once(MH_SHA256, mh_span_str(value), NULL, hash) != MH_OK)
        wrong = wrong_of(PT_MOBILE_FULL);
    else {
        memcpy(asked.owner, hash, PT_HASH);
        wrong = begin(ctx, rq, &asked);
    }
    if (wrong.text != NULL) {
        show_form(ctx, rq, answer, NULL, &wrong);
    } else {
        pt_answer_header(answer, "Set-Cookie",
            "%s=%s; Path=/; Max-Age=%d; Secure; HttpOnly; SameSite=Lax", cookie,
            value, PT_MOBILE_KEEP);
        send_to(answer, "/login/asan/", asked.id);
    }
    explicit_bzero(secret, sizeof(secret));
    explicit_bzero(value, sizeof(value));
}

/* The one session that a signature begins. */
static void
enter(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const uint8_t *owner)
{
    enum pt_found found = PT_ABSENT;
    struct mh_err err = {.msg = ""};
    struct pt_mobile_status s;
    struct pt_account account;
    const char *back;
    enum mh_code code;

    if (pt_mobile_take(app, rq->param, owner, &s) != PT_FOUND) {
        not_there(rq, answer);
        return;
    }
    code = pt_store_account_get(app->store,
        pt_statement_account(s.result, &back), &err, &account, &found);
    if (code == MH_OK &&
        (found != PT_FOUND || account.state != PT_ACCOUNT_ACTIVE))
        code = mh_fail(&err, MH_EINTERNAL, MH_NO_OFFSET, "login: account");
    if (code == MH_OK)
        code = pt_session_signed(app, &account, answer, &err);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_answer_header(answer, "Set-Cookie",
        "%s=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax", cookie);
    send_to(answer, "/cases", "");
}

void
pt_web_asan_wait(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_mobile_status s;
    uint8_t owner[PT_HASH];
    const char *back;

    if (!pt_id_valid(mh_span_str(rq->param)) || !owner_of(rq, owner) ||
        pt_mobile_look(ctx, rq->param, owner, &s) != PT_FOUND) {
        not_there(rq, answer);
        return;
    }
    if (s.stage == PT_MOBILE_DONE &&
        pt_statement_account(s.result, &back) != 0) {
        enter(ctx, rq, answer, owner);
        return;
    }
    show_wait(rq, answer, NULL, &s);
}

/* ---- more than a password ---- */

bool
pt_step_enough(struct pt_app *app, const struct pt_who *who,
    const char *case_id, struct pt_answer *answer)
{
    if (who->session.level >= atomic_load(&app->set.filing_level))
        return true;
    send_to(answer, "/step-up?case=", case_id);
    return false;
}

void
pt_web_step_form(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    const struct wrong none = {"", NULL, 200};
    struct pt_who who;

    if (pt_who_must(ctx, rq, answer, &who))
        show_form(ctx, rq, answer, &who, &none);
}

void
pt_web_step(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asked asked;
    struct wrong wrong;
    struct pt_who who;

    if (!pt_form_is_ours(rq, answer) || !pt_who_must(ctx, rq, answer, &who))
        return;
    asked.who = &who;
    memcpy(asked.owner, who.session.token, PT_HASH);
    wrong = begin(ctx, rq, &asked);
    if (wrong.text != NULL)
        show_form(ctx, rq, answer, &who, &wrong);
    else
        send_to(answer, "/step-up/", asked.id);
}

/* A new session in place of this one. */
static void
raise_session(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, const struct pt_who *who)
{
    struct mh_err err = {.msg = ""};
    struct pt_mobile_status s;
    char path[64] = "/cabinet";
    const char *back = "";
    enum mh_code code;

    if (pt_mobile_take(app, rq->param, who->session.token, &s) != PT_FOUND ||
        pt_statement_account(s.result, &back) != who->account.id) {
        not_there(rq, answer);
        return;
    }
    code = pt_login_record(app, who->account.id, 3, true, &err);
    /* Who has the password has the telephone as well. */
    if (code == MH_OK && who->account.pending)
        code = pt_store_account_confirm(app->store, who->account.id, &err);
    if (code == MH_OK)
        code = pt_store_session_end(
            app->store, who->account.id, who->session.token, &err);
    if (code == MH_OK)
        code = pt_session_begin(app, &who->account, 3, answer, &err);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    mh_log("login", "account=%lld level=3", (long long)who->account.id);
    if (who->account.role == PT_ROLE_OPERATOR)
        (void)snprintf(path, sizeof(path), "/admin"); /* fits */
    if (pt_id_valid(mh_span_str(back)))
        (void)snprintf(path, sizeof(path), "/cases/%.26s/documents/new", back);
    send_to(answer, path, "");
}

void
pt_web_step_wait(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_mobile_status s;
    struct pt_who who;
    const char *back;

    if (!pt_who_must(ctx, rq, answer, &who))
        return;
    if (!pt_id_valid(mh_span_str(rq->param)) ||
        pt_mobile_look(ctx, rq->param, who.session.token, &s) != PT_FOUND)
        not_there(rq, answer);
    else if (s.stage == PT_MOBILE_DONE &&
             pt_statement_account(s.result, &back) != 0)
        raise_session(ctx, rq, answer, &who);
    else
        show_wait(rq, answer, &who, &s);
}
