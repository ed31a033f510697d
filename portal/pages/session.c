#include "portal/pages/session.h"

#include <string.h>

#include "base/digest/digest.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "portal/api/rate.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/people/logins.h"
#include "portal/store/events.h"

enum {
    TOKEN = 32, /* random bytes of a session's cookie */
    HEX = 2 * TOKEN + 1,
    UNREAD_SHOWN = 99,    /* more are "99+" */
    LOGINS_A_MINUTE = 10, /* from one address */
};

static const char cookie[] = "__Host-sid";

static enum mh_code
hash_of(const char *value, struct mh_err *err, uint8_t out[static PT_HASH])
{
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code code =
        mh_digest_once(MH_SHA256, mh_span_str(value), err, hash);

    if (code == MH_OK)
        memcpy(out, hash, PT_HASH);
    return code;
}

bool
pt_who_is(struct pt_app *app, struct pt_request *rq, struct pt_who *out)
{
    char value[HEX];
    uint8_t token[PT_HASH];
    struct mh_err err = {.msg = ""};

    if (!pt_cookie(rq, cookie, value, sizeof(value)) ||
        strlen(value) != HEX - 1 || hash_of(value, &err, token) != MH_OK)
        return false;
    if (pt_store_session_use(app->store, token, pt_time(), &err, out) !=
        MH_OK) {
        mh_log("session", "code=%s", mh_code_name(err.code));
        return false;
    }
    if (out->found != PT_FOUND)
        return false;
    if (pt_store_notice_unread(
            app->store, out->account.id, &err, &out->unread) != MH_OK)
        mh_log("session", "code=%s", mh_code_name(err.code));
    return true;
}

bool
pt_who_visits(const struct pt_request *rq)
{
    char value[HEX];

    return !pt_cookie(rq, cookie, value, sizeof(value));
}

bool
pt_who_must(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    struct pt_who *out)
{
    static const char own[] = "/cabinet";
    bool known = pt_who_is(app, rq, out);

    /* Who waits has a cabinet, and a way to prove who they are. */
    if (known && (!out->account.pending || mh_span_starts(rq->gate.path, own) ||
                     mh_span_starts(rq->gate.path, "/step-up")))
        return true;
    answer->status = 303;
    pt_answer_header(answer, "Location", "%s", known ? own : "/login");
    return false;
}

enum mh_code
pt_session_begin(struct pt_app *app, const struct pt_account *account,
    uint32_t level, struct pt_answer *answer, struct mh_err *err)
{
    struct pt_session s = {.account = account->id,
        .level = level,
        .created = pt_time(),
        .idle_seconds =
            pt_role_official(account->role) ? PT_IDLE_OFFICIAL : PT_IDLE};
    uint8_t random[TOKEN];
    char value[HEX];
    enum mh_code code;

    s.until = s.created + PT_SESSION_MAX;
    pt_random(random, sizeof(random));
    mh_hex_encode((struct mh_span){random, sizeof(random)}, value);
    code = hash_of(value, err, s.token);
    if (code == MH_OK)
        code = pt_store_session_add(app->store, &s, err);
    if (code == MH_OK)
        pt_answer_header(answer, "Set-Cookie",
            "%s=%s; Path=/; Secure; HttpOnly; SameSite=Lax", cookie, value);
    explicit_bzero(random, sizeof(random));
    explicit_bzero(value, sizeof(value));
    return code;
}

enum mh_code
pt_session_signed(struct pt_app *app, const struct pt_account *account,
    struct pt_answer *answer, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    /* Whose FIN the account has is proven now; that who made it, and chose its
       password and its address, is the same person is not. */
    if (account->pending) {
        code = pt_store_account_password(app->store, account->id, "", err);
        if (code == MH_OK)
            code =
                pt_store_account_contact(app->store, account->id, "", "", err);
        if (code == MH_OK)
            code = pt_store_account_confirm(app->store, account->id, err);
    }
    if (code == MH_OK)
        code = pt_login_record(app, account->id, 3, true, err);
    if (code == MH_OK)
        code = pt_session_begin(app, account, 3, answer, err);
    if (code == MH_OK)
        mh_log("login", "account=%lld level=3", (long long)account->id);
    return code;
}

bool
pt_login_rate(struct pt_app *app, const struct pt_request *rq, unsigned *wait)
{
    return rq->gate.client.len == 0 ||
           pt_rate_take(app, pt_rate_address(rq, "login"), LOGINS_A_MINUTE,
               pt_now_ms(), wait);
}

void
pt_page_of(struct pt_page *page, struct pt_request *rq,
    struct pt_answer *answer, const char *title, const struct pt_who *who)
{
    struct pt_map *user;

    pt_page_begin(page, rq, answer, title);
    user = pt_set_map(&page->root, "user");
    if (who->account.name[0] != '\0')
        pt_setf(user, "name", "%s %s", who->account.name, who->account.surname);
    else
        pt_set(user, "name", who->account.username);
    pt_set_flag(user, "applicant",
        who->account.role == PT_ROLE_CITIZEN ||
            who->account.role == PT_ROLE_LAWYER);
    pt_set_flag(user, "clerk", who->account.role == PT_ROLE_CLERK);
    pt_set_flag(user, "acts",
        who->account.role == PT_ROLE_CLERK ||
            who->account.role == PT_ROLE_JUDGE);
    pt_set_flag(user, "auditor", who->account.role == PT_ROLE_AUDITOR);
    pt_set_flag(user, "operator", who->account.role == PT_ROLE_OPERATOR);
    pt_set_flag(user, "president", who->account.role == PT_ROLE_PRESIDENT);
    if (who->unread > UNREAD_SHOWN)
        pt_setf(user, "unread", "%d+", UNREAD_SHOWN);
    else if (who->unread > 0)
        pt_set_int(user, "unread", who->unread);
}
