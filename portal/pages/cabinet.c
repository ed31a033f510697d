#include "portal/pages/cabinet.h"

#include <stdio.h>
#include <string.h>

#include "base/sys/log.h"
#include "base/text.h"
#include "pages.h"
#include "portal/http/clock.h"
#include "portal/notify/mail.h"
#include "portal/pages/cardsign.h"
#include "portal/pages/fields.h"
#include "portal/pages/proofs.h"
#include "portal/pages/reportpage.h"
#include "portal/pages/session.h"
#include "portal/people/accounts.h"
#include "portal/people/logins.h"
#include "portal/people/password.h"

static void
send_to(struct pt_answer *answer, const char *path)
{
    answer->status = 303;
    pt_answer_header(answer, "Location", "%s", path);
}

/* A field of the form, "" where it is not there. */
/* ---- signing in ---- */

static void
show_login(const struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, unsigned status, const char *wrong)
{
    struct pt_page page;
    enum mh_lang lang = pt_lang_of(rq);

    pt_page_begin(&page, rq, answer, PT_T("Sign in"));
    pt_set(&page.root, "username", pt_field(rq, "username"));
    pt_set_flag(&page.root, "asan", app->mobile != NULL);
    pt_set_flag(&page.root, "card", pt_card_there(app));
    /* Both prove an address: without e-mail nobody could go on. */
    pt_set_flag(&page.root, "mail", app->notify.mail_from[0] != '\0');
    if (wrong != NULL)
        pt_page_error(&page, "username", pt_text(lang, wrong));
    pt_page_end(&pt_tmpl_login, &page, rq, answer, status);
}

void
pt_web_login_form(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct pt_who who;

    if (pt_who_is(app, rq, &who))
        send_to(answer, "/cabinet");
    else
        show_login(app, rq, answer, 200, NULL);
}

/*
 * Whether name and password are somebody's.  Takes as long, and says no more,
 * for a name that nobody has, an account that waits, and one that is closed.
 */
static enum mh_code
check(struct pt_app *app, struct pt_request *rq, struct pt_account *account,
    struct mh_err *err, bool *good)
{
    enum pt_found found = PT_ABSENT;
    int64_t now = pt_time();
    const char *password = pt_field(rq, "password");
    bool known, right;
    enum mh_code code = pt_store_account_find(
        app->store, pt_field(rq, "username"), err, account, &found);

    *good = false;
    if (code != MH_OK)
        return code;
    known = found == PT_FOUND && account->hash[0] != '\0' &&
            account->state == PT_ACCOUNT_ACTIVE && account->locked_until <= now;
    right = pt_password_is(password, known ? account->hash : NULL);
    if (known)
        code = pt_store_account_tried(app->store, account->id, right, now, err);
    *good = known && right;
    if (code == MH_OK && known)
        code = pt_login_record(app, account->id, 1, right, err);
    return code;
}

void
pt_web_login(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct pt_account account;
    struct mh_err err = {.msg = ""};
    unsigned wait = 1;
    bool good = false;
    enum mh_code code;

    if (!pt_form_is_ours(rq, answer))
        return;
    if (!pt_login_rate(app, rq, &wait)) {
        pt_answer_header(answer, "Retry-After", "%u", wait);
        show_login(app, rq, answer, 429,
            PT_T("Too many tries from your address. Wait a minute."));
        return;
    }
    code = check(app, rq, &account, &err, &good);
    if (code == MH_OK && good)
        code = pt_session_begin(app, &account, 1, answer, &err);
    if (code != MH_OK) {
        mh_log("login", "code=%s", mh_code_name(code));
        show_login(app, rq, answer, 503,
            PT_T("Signing in does not work at the moment. Try again soon."));
    } else if (!good) {
        show_login(app, rq, answer, 422,
            PT_T("The user name or the password is wrong. After several wrong "
                 "tries you have to wait up to a minute."));
    } else {
        mh_log("login", "account=%lld level=1", (long long)account.id);
        send_to(answer, "/cabinet");
    }
}

void
pt_web_logout(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    struct pt_who who;

    if (!pt_form_is_ours(rq, answer))
        return;
    if (pt_who_is(app, rq, &who) &&
        pt_store_session_end(
            app->store, who.account.id, who.session.token, &err) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_answer_header(answer, "Clear-Site-Data", "\"cache\", \"storage\"");
    pt_answer_header(answer, "Set-Cookie",
        "__Host-sid=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax");
    send_to(answer, "/");
}

/* ---- own data ---- */

struct wrong {
    const char *field, *text; /* an id of a text; NULL: nothing is wrong */
};

static const char *
role_text(enum pt_role role)
{
    switch (role) {
    case PT_ROLE_CITIZEN:
        return PT_T("Citizen");
    case PT_ROLE_LAWYER:
        return PT_T("Lawyer");
    case PT_ROLE_PARTICIPANT:
        return PT_T("Other participant");
    case PT_ROLE_JUDGE:
        return PT_T("Judge");
    case PT_ROLE_CLERK:
        return PT_T("Clerk");
    case PT_ROLE_PRESIDENT:
        return PT_T("President of a court");
    case PT_ROLE_AUDITOR:
        return PT_T("Auditor");
    case PT_ROLE_OPERATOR:
        return PT_T("Operator");
    case PT_ROLES:
        break;
    }
    return "";
}

static enum mh_code
add_sessions(struct pt_app *app, struct pt_request *rq,
    const struct pt_who *who, struct pt_page *page, struct mh_err *err)
{
    struct pt_sessions list;
    enum mh_code code = pt_store_session_list(
        app->store, who->account.id, pt_time(), rq->arena, err, &list);

    for (size_t i = 0; code == MH_OK && i < list.count; i++) {
        struct pt_map *m = pt_add(&page->root, "sessions");
        char hex[2 * PT_HASH + 1], when[40];

        mh_hex_encode((struct mh_span){list.session[i].token, PT_HASH}, hex);
        pt_set(m, "token", hex);
        pt_baku_time(list.session[i].created, when);
        pt_set(m, "since", when);
        pt_baku_time(list.session[i].seen, when);
        pt_set(m, "seen", when);
        pt_set_flag(m, "this",
            memcmp(list.session[i].token, who->session.token, PT_HASH) == 0);
    }
    return code;
}

static void
show_cabinet(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, const struct pt_who *who, struct wrong wrong)
{
    const struct pt_account *a = &who->account;
    struct pt_page page;
    struct pt_map *m = &page.root;
    struct mh_err err = {.msg = ""};
    enum mh_lang lang = pt_lang_of(rq);

    pt_page_of(&page, rq, answer, PT_T("My cabinet"), who);
    pt_set(m, "username", a->username);
    pt_set(m, "surname", a->surname);
    pt_set(m, "given", a->name);
    pt_set(m, "patronymic", a->patronymic);
    pt_set(m, "fin", a->fin);
    pt_set(m, "role", pt_text(lang, role_text(a->role)));
    pt_set_flag(m, "pending", a->pending);
    pt_set_flag(m, "asan", app->mobile != NULL);
    pt_set_flag(m, "proven", a->email_proven);
    pt_set_flag(m, "by_email", a->notify_email);
    pt_set_flag(m, "by_sms", a->notify_sms);
    pt_set(m, "email", wrong.text == NULL ? a->email : pt_field(rq, "email"));
    pt_set(m, "phone", wrong.text == NULL ? a->phone : pt_field(rq, "phone"));
    if (wrong.text == NULL || wrong.field[0] == 'p') { /* of the other form */
        pt_set(m, "email", a->email);
        pt_set(m, "phone", a->phone);
    }
    if (wrong.text != NULL)
        pt_page_error(&page, wrong.field, pt_text(lang, wrong.text));
    if (add_sessions(app, rq, who, &page, &err) != MH_OK)
        pt_answer_error(answer, &err);
    else
        pt_page_end(&pt_tmpl_cabinet, &page, rq, answer,
            wrong.text == NULL ? 200 : 422);
}

void
pt_web_cabinet(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_who who;

    if (pt_who_must(ctx, rq, answer, &who))
        show_cabinet(ctx, rq, answer, &who, (struct wrong){"", NULL});
}

void
pt_web_contact(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    const char *email = pt_field(rq, "email"), *phone = pt_field(rq, "phone");
    struct wrong wrong = {"", NULL};
    struct mh_err err = {.msg = ""};
    struct pt_who who;
    bool fresh;

    if (!pt_form_is_ours(rq, answer) || !pt_who_must(app, rq, answer, &who))
        return;
    if (email[0] != '\0' && !pt_mail_address(email))
        wrong = (struct wrong){"email", PT_T("This is no e-mail address")};
    else if (phone[0] != '\0' && !pt_phone_good(phone))
        wrong = (struct wrong){
            "telephone", PT_T("Write the number as +994501234567")};
    if (wrong.text != NULL) {
        show_cabinet(app, rq, answer, &who, wrong);
        return;
    }
    /* A new address counts once a code came back from it. */
    fresh = email[0] != '\0' && (!who.account.email_proven ||
                                    strcmp(email, who.account.email) != 0);
    if (pt_store_account_contact(app->store, who.account.id,
            fresh ? who.account.email : email, phone, &err) != MH_OK ||
        (fresh && pt_contact_ask(app, rq, answer, &who, email, &err) != MH_OK))
        pt_answer_error(answer, &err);
    else
        send_to(answer, fresh ? "/cabinet/code" : "/cabinet");
}

void
pt_web_notify(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    static const char *const codes[] = {"az", "en", "ru"};
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    struct pt_who who;

    if (!pt_form_is_ours(rq, answer) || !pt_who_must(app, rq, answer, &who))
        return;
    who.account.notify_email = pt_field(rq, "by_email")[0] != '\0';
    who.account.notify_sms = pt_field(rq, "by_sms")[0] != '\0';
    memcpy(who.account.lang, codes[pt_lang_of(rq)], sizeof(who.account.lang));
    if (pt_store_account_notify(app->store, &who.account, &err) != MH_OK)
        pt_answer_error(answer, &err);
    else
        send_to(answer, "/cabinet");
}

void
pt_web_password(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    const char *old = pt_field(rq, "old"), *new = pt_field(rq, "new");
    struct wrong wrong = {"password-new", NULL};
    char hash[PT_PASSWORD_HASH];
    struct mh_err err = {.msg = ""};
    struct pt_who who;
    enum mh_code code;

    if (!pt_form_is_ours(rq, answer) || !pt_who_must(app, rq, answer, &who))
        return;
    if (!pt_password_is(
            old, who.account.hash[0] == '\0' ? NULL : who.account.hash))
        wrong = (struct wrong){
            "password-old", PT_T("The present password is wrong")};
    else
        wrong.text = pt_password_refused(new, who.account.username);
    if (wrong.text != NULL) {
        show_cabinet(app, rq, answer, &who, wrong);
        return;
    }
    /* All sessions end with the old password; this one begins anew. */
    code = pt_password_hash(new, &err, hash);
    if (code == MH_OK)
        code =
            pt_store_account_password(app->store, who.account.id, hash, &err);
    if (code == MH_OK)
        code = pt_session_begin(
            app, &who.account, who.session.level, answer, &err);
    if (code == MH_OK)
        send_to(answer, "/cabinet");
    else
        pt_answer_error(answer, &err);
}

void
pt_web_session_end(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_span hex = mh_span_str(pt_field(rq, "token"));
    uint8_t token[PT_HASH];
    struct mh_err err = {.msg = ""};
    struct pt_who who;
    enum mh_code code = MH_OK;

    if (!pt_form_is_ours(rq, answer) || !pt_who_must(app, rq, answer, &who))
        return;
    if (mh_span_is(hex, "others"))
        code = pt_store_session_end_all(
            app->store, who.account.id, who.session.token, &err);
    else if (hex.len == 2 * (size_t)PT_HASH && mh_hex_decode(hex, token))
        code = pt_store_session_end(app->store, who.account.id, token, &err);
    if (code == MH_OK)
        send_to(answer, "/cabinet");
    else
        pt_answer_error(answer, &err);
}
