#include "portal/pages/joinpage.h"

#include <stdio.h>
#include <string.h>

#include "base/digest/digest.h"
#include "pages.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/notify/deliver.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/store/deliveries.h"
#include "portal/store/joins.h"

enum {
    SIGNED = 3, /* level of a session */
};

bool
pt_signed_must(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, const struct pt_who *who, const char *what)
{
    char actor[32], data[64];
    const struct pt_record r = {.ev = "join.refused",
        .who = actor,
        .obj = "join",
        .res = "refused",
        .data = data};
    struct mh_err err = {.msg = ""};

    if (who->session.level >= SIGNED)
        return true;
    (void)snprintf(
        actor, sizeof(actor), "p:%lld", (long long)who->account.id); /* fits */
    (void)snprintf(data, sizeof(data), "level=%u\nvia=%s\nwhy=level\n",
        who->session.level, what); /* fits */
    if (pt_store_record_add(app->store, &r, pt_time(), &err) != MH_OK) {
        pt_answer_error(answer, &err);
        return false;
    }
    pt_ledger_wake(app->ledger);
    pt_page_refuse(rq, answer, 403,
        PT_T("This needs a sign-in by signature or card"),
        PT_T("A password alone does not show who you are. Sign in by Asan "
             "İmza or with your card, and come back."));
    return false;
}

bool
pt_join_hash(const char *typed, uint8_t out[static PT_HASH])
{
    char code[PT_JOIN_CODE];
    uint8_t hash[MH_DIGEST_MAX];
    size_t n = 0;

    for (; *typed != '\0'; typed++) {
        char c = *typed;

        if (c == ' ' || c == '-')
            continue;
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (n == sizeof(code) ||
            !((c >= 'a' && c <= 'z') || (c >= '2' && c <= '7')))
            return false;
        code[n++] = c;
    }
    if (n != sizeof(code) ||
        mh_digest_once(MH_SHA256,
            (struct mh_span){(const uint8_t *)code, sizeof(code)}, NULL,
            hash) != MH_OK)
        return false;
    memcpy(out, hash, PT_HASH);
    return true;
}

enum mh_code
pt_join_set(struct pt_app *app, struct pt_request *rq, struct pt_map *m,
    const struct pt_who *who, struct mh_err *err)
{
    enum mh_lang lang = pt_lang_of(rq);
    struct pt_join_pendings list = {.count = 0};
    enum mh_code code = MH_OK;

    if (pt_role_official(who->account.role))
        return MH_OK;
    pt_set_flag(m, "may_join", true);
    if (who->session.level < SIGNED)
        pt_set_flag(m, "step_shows_more", true);
    else
        code = pt_store_join_pending(
            app->store, &who->account, rq->arena, err, &list);
    for (size_t i = 0; i < list.count; i++) {
        struct pt_map *item = pt_add(m, "pendings");

        pt_set(item, "id", list.item[i].case_id);
        pt_set(item, "case_number", list.item[i].number);
        pt_set(item, "court", list.item[i].court);
        pt_set(
            item, "role", pt_text(lang, pt_case_role_text(list.item[i].side)));
        pt_set_int(item, "side", (int64_t)list.item[i].side);
    }
    return code;
}

static void
show(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, const struct pt_fault *fault)
{
    struct mh_err err = {.msg = ""};
    struct pt_page page;

    pt_page_of(&page, rq, answer, PT_T("Join a case"), who);
    pt_set_flag(&page.root, "in_cases", true);
    pt_set(&page.root, "number", pt_field(rq, "number"));
    if (pt_join_set(app, rq, &page.root, who, &err) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    if (fault != NULL)
        pt_fault_set(&page, fault);
    pt_page_end(&pt_tmpl_join, &page, rq, answer, fault == NULL ? 200 : 422);
}

/* Somebody who can take part in cases; else answer says. */
static bool
begin(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    struct pt_who *who)
{
    if (!pt_who_must(app, rq, answer, who))
        return false;
    if (!pt_role_official(who->account.role))
        return true;
    pt_page_absent(rq, answer);
    return false;
}

void
pt_web_join(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_who who;

    if (begin(ctx, rq, answer, &who))
        show(ctx, rq, answer, &who, NULL);
}

static void
lead(struct pt_app *app, struct pt_answer *answer, const char *case_id)
{
    pt_ledger_wake(app->ledger);
    answer->status = 303;
    pt_answer_header(answer, "Location", "/cases/%s", case_id);
}

void
pt_web_join_match(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    const char *side = pt_field(rq, "side");
    struct mh_err err = {.msg = ""};
    struct pt_join join = {.now = pt_time(), .case_id = pt_field(rq, "case")};
    struct pt_join_done done;
    struct pt_who who;

    if (!pt_form_is_ours(rq, answer) || !begin(app, rq, answer, &who) ||
        !pt_signed_must(app, rq, answer, &who, "match"))
        return;
    join.account = &who.account;
    if (side[0] >= '1' && side[0] <= '3' && side[1] == '\0')
        join.side = (enum pt_case_role)(side[0] - '0');
    if (pt_store_join_match(app->store, &join, &err, &done) != MH_OK) {
        pt_answer_error(answer, &err);
    } else if (done.what == PT_JOIN_NOT) {
        pt_ledger_wake(app->ledger);
        pt_page_refuse(rq, answer, 409, PT_T("You cannot join this case"),
            PT_T("No party of the case has your FIN, or your part in it was "
                 "ended by the court. Ask the court for a code."));
    } else {
        lead(app, answer, done.case_id);
    }
}

/* By e-mail as well: it may be somebody else who tried. */
static enum mh_code
tell_lock(struct pt_app *app, const struct pt_who *who, struct mh_err *err)
{
    struct pt_delivery d = {
        .account = who->account.id,
        .channel = PT_CHANNEL_MAIL,
        .kind = "join-locked",
        .created = pt_time(),
    };

    if (!who->account.email_proven)
        return MH_OK;
    memcpy(d.lang, who->account.lang, sizeof(d.lang));
    return pt_store_delivery_add(app->store, &d, err);
}

static struct pt_fault
fault_of(const struct pt_join_done *done, enum mh_lang lang)
{
    const char *text =
        done->what == PT_JOIN_PERSON
            ? PT_T("This code is for another person: the court knows the party "
                   "by a FIN that is not yours")
            : PT_T("The number and the code do not belong together, or the "
                   "code is used up or too old");

    if (done->what == PT_JOIN_LOCKED || done->locks)
        text = PT_T("There were five wrong codes: no code is looked at for 24 "
                    "hours");
    return (struct pt_fault){"code", "wrong_code", pt_text(lang, text)};
}

void
pt_web_join_code(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    enum mh_lang lang = pt_lang_of(rq);
    struct mh_err err = {.msg = ""};
    char number[PT_NUMBER_MAX + 1];
    uint8_t hash[PT_HASH];
    struct pt_join join = {.now = pt_time(), .number = number, .hash = hash};
    struct pt_join_done done = {.what = PT_JOIN_NOT};
    struct pt_fault fault = {.field = NULL};
    struct pt_who who;
    enum mh_code code = MH_OK;

    if (!pt_form_is_ours(rq, answer) || !begin(app, rq, answer, &who) ||
        !pt_signed_must(app, rq, answer, &who, "code"))
        return;
    join.account = &who.account;
    if (!pt_number_clean(pt_field(rq, "number"), number) || number[0] == '\0')
        fault = (struct pt_fault){"number", "wrong_number",
            pt_text(lang, PT_T("Write the number of the case"))};
    else if (!pt_join_hash(pt_field(rq, "code"), hash))
        fault = (struct pt_fault){"code", "wrong_code",
            pt_text(lang, PT_T("Write the code of the letter: twelve letters "
                               "and digits"))};
    else
        code = pt_store_join_code(app->store, &join, &err, &done);
    if (code == MH_OK && done.locks)
        code = tell_lock(app, &who, &err);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
    } else if (done.what == PT_JOIN_DONE || done.what == PT_JOIN_AGAIN) {
        lead(app, answer, done.case_id);
    } else {
        pt_ledger_wake(app->ledger);
        if (fault.field == NULL)
            fault = fault_of(&done, lang);
        show(app, rq, answer, &who, &fault);
    }
}
