#include "portal/pages/register.h"

#include <stdio.h>
#include <string.h>

#include "base/sys/log.h"
#include "base/text.h"
#include "pages.h"
#include "portal/http/clock.h"
#include "portal/notify/mail.h"
#include "portal/pages/fields.h"
#include "portal/pages/proofs.h"
#include "portal/people/accounts.h"
#include "portal/people/password.h"

enum {
    ASKED_AN_HOUR = 5, /* from one address */
    PARTS = 10,
};

static const char purpose[] = "register";

struct fault {
    const char *field, *text; /* an id of a text */
};

static void
show(struct pt_request *rq, struct pt_answer *answer, const struct fault *fault,
    size_t faults)
{
    const char *role = pt_field(rq, "role");
    struct pt_page page;
    struct pt_map *m = &page.root;

    pt_page_begin(&page, rq, answer, PT_T("Registration"));
    pt_set(m, "fin", pt_field(rq, "fin"));
    pt_set(m, "surname", pt_field(rq, "surname"));
    pt_set(m, "given", pt_field(rq, "name"));
    pt_set(m, "patronymic", pt_field(rq, "patronymic"));
    pt_set(m, "email", pt_field(rq, "email"));
    pt_set(m, "phone", pt_field(rq, "phone"));
    pt_set(m, "username", pt_field(rq, "username"));
    pt_set_flag(m, "is_citizen", strcmp(role, "citizen") == 0);
    pt_set_flag(m, "is_lawyer", strcmp(role, "lawyer") == 0);
    pt_set_flag(m, "agreed", pt_field(rq, "consent")[0] != '\0');
    if (rq->gate.method == PT_POST)
        pt_set(m, "path", "/register");
    for (size_t i = 0; i < faults; i++)
        pt_page_error(
            &page, fault[i].field, pt_text(pt_lang_of(rq), fault[i].text));
    pt_page_end(&pt_tmpl_register, &page, rq, answer, faults > 0 ? 422 : 200);
}

void
pt_web_register_form(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    (void)ctx;
    show(rq, answer, NULL, 0);
}

static bool
is_name(const char *s)
{
    return s[0] != '\0' && mh_text_is_clean(mh_span_str(s), PT_TEXT_MAX);
}

/* Everything that is wrong, in the order of the form. */
static size_t
check(const struct pt_request *rq, struct fault out[static PARTS])
{
    const char *patronymic = pt_field(rq, "patronymic"),
               *role = pt_field(rq, "role"),
               *username = pt_field(rq, "username");
    const char *weak = pt_password_refused(pt_field(rq, "password"), username);
    const struct {
        bool good;
        struct fault fault;
    } rows[PARTS] = {
        {pt_fin_good(pt_field(rq, "fin")),
            {"fin", PT_T("A FIN is seven capital letters and digits")}},
        {is_name(pt_field(rq, "surname")),
            {"surname", PT_T("Write the surname")}},
        {is_name(pt_field(rq, "name")), {"given", PT_T("Write the name")}},
        {patronymic[0] == '\0' || is_name(patronymic),
            {"patronymic", PT_T("The father's name is too long")}},
        {pt_mail_address(pt_field(rq, "email")),
            {"email", PT_T("This is no e-mail address")}},
        {pt_phone_good(pt_field(rq, "phone")),
            {"telephone", PT_T("Write the number as +994501234567")}},
        {strcmp(role, "citizen") == 0 || strcmp(role, "lawyer") == 0,
            {"role", PT_T("Choose a role")}},
        {pt_username_good(username),
            {"username",
                PT_T("A user name is 1 to 64 small letters, digits, points "
                     "and dashes")}},
        {weak == NULL, {"password-new", weak}},
        {pt_field(rq, "consent")[0] != '\0',
            {"consent", PT_T("Registration needs your consent")}},
    };
    size_t n = 0;

    for (size_t i = 0; i < PARTS; i++)
        if (!rows[i].good)
            out[n++] = rows[i].fault;
    return n;
}

/* The account whose FIN or name it is already. */
static enum mh_code
find(struct pt_app *app, const struct pt_request *rq, struct mh_err *err,
    struct pt_account *account, enum pt_found *found)
{
    struct pt_account other = {.id = 0};
    enum pt_found by_name = PT_ABSENT;
    enum mh_code code = pt_store_account_by_fin(
        app->store, pt_field(rq, "fin"), err, account, found);

    if (code == MH_OK)
        code = pt_store_account_find(
            app->store, pt_field(rq, "username"), err, &other, &by_name);
    if (*found == PT_ABSENT && by_name == PT_FOUND) {
        *account = other;
        *found = PT_FOUND;
    }
    return code;
}

/* Unit separators between the parts: clean text has none. */
static const char format[] = "%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f"
                             "%s\x1f" PT_CONSENT;

void
pt_web_register(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct fault fault[PARTS];
    struct pt_account there = {.email = ""};
    struct pt_code_asked asked = {.purpose = purpose};
    enum pt_found found = PT_ABSENT;
    struct mh_err err = {.msg = ""};
    char hash[PT_PASSWORD_HASH], data[PT_PROOF_DATA];
    struct pt_delivery d;
    size_t faults;
    enum mh_code code;

    if (!pt_form_is_ours(rq, answer))
        return;
    faults = check(rq, fault);
    if (faults > 0) {
        show(rq, answer, fault, faults);
        return;
    }
    if (!pt_address_may(app, rq, answer, purpose, ASKED_AN_HOUR))
        return;
    code = pt_password_hash(pt_field(rq, "password"), &err, hash);
    if (code == MH_OK)
        code = find(app, rq, &err, &there, &found);
    asked.decoy = found == PT_FOUND;
    pt_delivery_begin(rq, asked.decoy ? "exists" : "code", &d);
    (void)snprintf(d.address, sizeof(d.address), "%s",
        asked.decoy ? there.email : pt_field(rq, "email"));
    (void)snprintf(data, sizeof(data), format, pt_field(rq, "username"), hash,
        pt_field(rq, "fin"), pt_field(rq, "surname"), pt_field(rq, "name"),
        pt_field(rq, "patronymic"), pt_field(rq, "email"),
        pt_field(rq, "phone"),
        pt_field(rq, "role")); /* it fits: each was checked */
    asked.data = data;
    if (code == MH_OK)
        code = pt_code_ask(app, &asked, &d, answer, &err);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    answer->status = 303;
    pt_answer_header(answer, "Location", "/register/code");
}

void
pt_web_register_code_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    (void)ctx;
    pt_code_show(rq, answer, "/register/code", NULL);
}

/* The parts of what was kept; data is cut up. */
static bool
split(char *data, const char *part[static PARTS])
{
    size_t n = 0;

    for (char *at = data; n < PARTS;) {
        char *end = strchr(at, '\x1f');

        part[n++] = at;
        if (end == NULL)
            break;
        *end = '\0';
        at = end + 1;
    }
    return n == PARTS;
}

static enum mh_code
add(struct pt_app *app, const struct pt_request *rq, struct pt_proven *proven,
    struct mh_err *err, struct pt_account *a)
{
    static const char *const codes[] = {"az", "en", "ru"};
    const char *part[PARTS];

    *a = (struct pt_account){.state = PT_ACCOUNT_ACTIVE,
        .created = pt_time(),
        .pending = true,
        .email_proven = true};
    if (!split(proven->data, part) || !pt_role_of(part[8], &a->role))
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "register: data");
    {
        const struct {
            char *out;
            size_t size;
        } rows[] = {{a->username, sizeof(a->username)},
            {a->hash, sizeof(a->hash)}, {a->fin, sizeof(a->fin)},
            {a->surname, sizeof(a->surname)}, {a->name, sizeof(a->name)},
            {a->patronymic, sizeof(a->patronymic)},
            {a->email, sizeof(a->email)}, {a->phone, sizeof(a->phone)}};

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
            (void)snprintf(rows[i].out, rows[i].size, "%s", part[i]);
    }
    (void)snprintf(a->consent, sizeof(a->consent), "%s", part[9]);
    (void)snprintf(a->lang, sizeof(a->lang), "%s", codes[pt_lang_of(rq)]);
    return pt_store_account_add(app->store, a, err, &a->id);
}

void
pt_web_register_code(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    struct pt_proven proven;
    struct pt_account account = {.id = 0};
    enum mh_code code;

    if (!pt_form_is_ours(rq, answer))
        return;
    code = pt_code_take(app, rq, purpose, &err, &proven);
    if (code == MH_OK && proven.found == PT_FOUND) {
        code = add(app, rq, &proven, &err, &account);
        /* Somebody was quicker: no more is said than of a code. */
        if (code == MH_EFORMAT) {
            code = MH_OK;
            proven.found = PT_ABSENT;
        }
    }
    if (code == MH_OK && proven.found == PT_ABSENT) {
        pt_code_show(rq, answer, "/register/code",
            proven.wrong ? PT_T("This code is wrong")
                         : PT_T("The code is no longer good: ask for another"));
        return;
    }
    if (code == MH_OK)
        code = pt_session_begin(app, &account, 1, answer, &err);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    mh_log("register", "account=%lld", (long long)account.id);
    answer->status = 303;
    pt_answer_header(answer, "Location", "/cabinet");
}
