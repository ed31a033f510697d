/* The services outside, each with "test now" (admin.h). */
#include "portal/pages/admin.h"

#include <stdio.h>
#include <string.h>

#include "pages.h"
#include "portal/api/rate.h"
#include "portal/http/clock.h"
#include "portal/notify/provider.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"

enum {
    TESTS_A_MINUTE = 6, /* of one operator */
};

static const char *
name_text(enum pt_provider p)
{
    switch (p) {
    case PT_PROVIDER_TSA:
        return PT_T("Time-stamping authority");
    case PT_PROVIDER_MOBILE:
        return PT_T("Mobile ID (Asan İmza)");
    case PT_PROVIDER_MAIL:
        return PT_T("E-mail (SMTP)");
    case PT_PROVIDER_SMS:
        return PT_T("SMS");
    case PT_PROVIDERS:
        break;
    }
    return PT_T("Unknown");
}

static const char *
test_text(enum pt_provider p)
{
    switch (p) {
    case PT_PROVIDER_TSA:
        return PT_T("Asks for one time-stamp over random bytes.");
    case PT_PROVIDER_MOBILE:
        return PT_T("Asks for the certificate of a number that nobody has.");
    case PT_PROVIDER_MAIL:
        return PT_T("Sends one e-mail to the operator's address.");
    case PT_PROVIDER_SMS:
        return PT_T("Sends one message to the telephone of your account.");
    case PT_PROVIDERS:
        break;
    }
    return PT_T("Unknown");
}

static const char *
end_text(enum pt_provider_end end)
{
    switch (end) {
    case PT_PROVIDER_WORKS:
        return PT_T("It works: the answer is what it should be.");
    case PT_PROVIDER_REFUSES:
        return PT_T("It answers, but did not do what was asked.");
    case PT_PROVIDER_SILENT:
        return PT_T("No answer came.");
    case PT_PROVIDER_NOWHERE:
        return PT_T("There is no address or telephone of yours to send to.");
    case PT_PROVIDER_NOT_SET:
        break;
    }
    return PT_T("It is not set up.");
}

/* An address without what may be a key in it: what is behind a question mark;
   that it names no user is the settings' rule. */
static void
set_address(struct pt_map *m, const char *address)
{
    pt_setf(m, "shown", "%.*s", (int)strcspn(address, "?#"), address);
}

/* done: of the one that was tried; NULL: none was. */
static void
show(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, enum pt_provider tried,
    const struct pt_provider_test *done)
{
    enum mh_lang lang = pt_lang_of(rq);
    struct pt_page page;

    pt_admin_begin(
        &page, rq, answer, PT_T("Services outside"), who, "at_providers");
    for (int i = 0; i < PT_PROVIDERS; i++) {
        enum pt_provider p = (enum pt_provider)i;
        struct pt_map *m = pt_add(&page.root, "providers");
        const char *address;
        bool there = pt_provider_there(app, p, &address);

        pt_set(m, "provider", pt_provider_name(p));
        pt_set(m, "name", pt_text(lang, name_text(p)));
        pt_set(m, "test_says", pt_text(lang, test_text(p)));
        pt_set_flag(m, "there", there);
        set_address(m, address);
        if (done == NULL || p != tried)
            continue;
        pt_set_flag(m, "tried", true);
        pt_set_flag(m, "works", done->end == PT_PROVIDER_WORKS);
        pt_set(m, "end", pt_text(lang, end_text(done->end)));
        pt_set(m, "said", done->said);
        if (done->status != 0)
            pt_set_int(m, "status", done->status);
        pt_set_int(m, "ms", done->ms);
    }
    pt_page_end(&pt_tmpl_admin_providers, &page, rq, answer, 200);
}

void
pt_web_providers(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_who who;

    if (pt_operator(ctx, rq, answer, &who))
        show(ctx, rq, answer, &who, PT_PROVIDERS, NULL);
}

void
pt_web_provider_test(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct pt_provider_test done;
    struct mh_err err = {.msg = ""};
    enum pt_provider p;
    struct pt_who who;
    unsigned wait = 0;

    if (!pt_operator_sends(app, rq, answer, &who))
        return;
    if (!pt_provider_of(pt_field(rq, "provider"), &p)) {
        pt_page_absent(rq, answer);
        return;
    }
    /* Clients of the API have numbers of their own, from 1 on. */
    if (!pt_rate_take(app, INT64_MIN / 2 - who.account.id, TESTS_A_MINUTE,
            pt_now_ms(), &wait)) {
        pt_page_refuse(rq, answer, 429, PT_T("Too many tests"),
            PT_T("Six tests a minute are enough. Try again soon."));
        pt_answer_header(answer, "Retry-After", "%u", wait);
        return;
    }
    if (pt_provider_try(app, p, &who.account, &err, &done) != MH_OK)
        pt_answer_error(answer, &err);
    else
        show(app, rq, answer, &who, p, &done);
}
