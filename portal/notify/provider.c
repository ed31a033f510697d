#include "portal/notify/provider.h"

#include <stdio.h>
#include <string.h>

#include "base/peer/tsq.h"
#include "base/remote/mid.h"
#include "base/sys/log.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/notify/mail.h"
#include "portal/notify/sms.h"
#include "portal/pages/tmpl.h"
#include "portal/store/documents.h"

enum {
    TRY_MS = 10000,
    TRY_ARENA = 1 << 20, /* bytes of an answer */
    NONCE = 8,           /* bytes */
    SMTP_TAKEN = 250,
    HTTP_OK = 200,
    DATA_MAX = 128,
};

static const char *const names[PT_PROVIDERS] = {
    [PT_PROVIDER_TSA] = "tsa",
    [PT_PROVIDER_MOBILE] = "mobile",
    [PT_PROVIDER_MAIL] = "mail",
    [PT_PROVIDER_SMS] = "sms",
};

const char *
pt_provider_name(enum pt_provider p)
{
    return p < PT_PROVIDERS ? names[p] : "";
}

bool
pt_provider_of(const char *name, enum pt_provider *out)
{
    for (int i = 0; i < PT_PROVIDERS; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum pt_provider)i;
            return true;
        }
    return false;
}

const char *
pt_provider_end_name(enum pt_provider_end end)
{
    static const char *const words[] = {
        [PT_PROVIDER_WORKS] = "works",
        [PT_PROVIDER_REFUSES] = "refuses",
        [PT_PROVIDER_SILENT] = "silent",
        [PT_PROVIDER_NOWHERE] = "nowhere",
        [PT_PROVIDER_NOT_SET] = "not-set",
    };

    return end <= PT_PROVIDER_NOT_SET ? words[end] : "not-set";
}

static const char *
url_of(const struct pt_app *app, const char *name)
{
    for (size_t i = 0; app->fetch != NULL && i < app->fetch->endpoints; i++)
        if (strcmp(app->fetch->endpoint[i].name, name) == 0)
            return app->fetch->endpoint[i].url;
    return "";
}

bool
pt_provider_there(
    const struct pt_app *app, enum pt_provider p, const char **address)
{
    const char *said = NULL;

    switch (p) {
    case PT_PROVIDER_TSA:
    case PT_PROVIDER_MOBILE:
        said = url_of(app, names[p]);
        break;
    case PT_PROVIDER_MAIL:
        said = app->notify.mail_from;
        break;
    case PT_PROVIDER_SMS:
        said = app->notify.sms_sender;
        break;
    case PT_PROVIDERS:
        break;
    }
    *address = said == NULL ? "" : said;
    return **address != '\0';
}

/* ---- the exchanges ---- */

struct trying {
    struct pt_app *app;
    const struct pt_account *operator;
    struct mh_arena *arena;
    struct pt_provider_test *out;
    struct mh_span answer;
};

static enum mh_lang
lang_of(const struct pt_account *a)
{
    return strcmp(a->lang, "en") == 0   ? MH_EN
           : strcmp(a->lang, "ru") == 0 ? MH_RU
                                        : MH_AZ;
}

/* Sends it; false, and out says so: no answer came. */
static bool
carry(struct trying *t, struct mh_fetch *f)
{
    struct mh_err err = {.msg = ""};
    enum mh_code code;

    f->timeout_ms = TRY_MS;
    code = pt_judge_fetch(
        t->app->judge, f, t->arena, &err, &t->out->status, &t->answer);
    if (code == MH_OK || t->out->status != 0)
        return true;
    t->out->end = PT_PROVIDER_SILENT;
    (void)snprintf(
        t->out->said, sizeof(t->out->said), "%s", err.msg); /* fits */
    return false;
}

/* The length of a DER value; false: it is none that is met here. */
static bool
header(struct mh_span *s, uint8_t tag)
{
    size_t more;

    if (s->len < 2 || s->ptr[0] != tag)
        return false;
    more = s->ptr[1] < 0x80 ? 0 : (size_t)(s->ptr[1] & 0x7f);
    if (more > 4 || s->len < 2 + more)
        return false;
    return mh_span_sub(*s, 2 + more, s->len - 2 - more, s);
}

bool
pt_provider_granted(struct mh_span reply)
{
    /* TimeStampResp, PKIStatusInfo, status: 0 granted, 1 with changes. */
    bool inside = header(&reply, 0x30);

    return inside && header(&reply, 0x30) && reply.len > 3 &&
           reply.ptr[0] == 0x02 && reply.ptr[1] == 1 && reply.ptr[2] <= 1;
}

static enum mh_code
try_tsa(struct trying *t, struct mh_err *err)
{
    uint8_t digest[MH_SHA256_LENGTH], nonce[NONCE];
    const struct mh_tsq query = {
        MH_SHA256, {digest, sizeof(digest)}, {nonce, sizeof(nonce)}};
    struct mh_fetch f = {.kind = MH_FETCH_TSA, .endpoint = "tsa", .url = ""};
    struct mh_buf body;
    enum mh_code code;

    pt_random(digest, sizeof(digest));
    pt_random(nonce, sizeof(nonce));
    nonce[0] = (uint8_t)((nonce[0] & 0x7f) | 0x40); /* without sign, not 0 */
    mh_buf_init(&body, MH_FETCH_BODY_MAX);
    code = mh_tsq_build(&query, err, &body);
    f.body = mh_buf_get(&body);
    if (code == MH_OK && carry(t, &f))
        t->out->end =
            t->out->status == HTTP_OK && pt_provider_granted(t->answer)
                ? PT_PROVIDER_WORKS
                : PT_PROVIDER_REFUSES;
    mh_buf_fini(&body);
    return code;
}

/* That nobody has such a number is what a service that works says. */
static enum mh_code
try_mobile(struct trying *t, struct mh_err *err)
{
    const struct mh_mobile_settings *m = &t->app->mobile_set;
    enum mh_remote_outcome outcome = MH_REMOTE_MALFORMED;
    struct mh_mid_profile profile;
    struct mh_fetch f = {.kind = MH_FETCH_JSON_POST,
        .endpoint = "mobile",
        .url = MH_MID_CERTIFICATE_PATH};
    struct mh_span certificate;
    struct mh_buf body;
    enum mh_code code;

    if (!mh_mid_profile_of(m->profile, m->uuid, m->name, &profile)) {
        t->out->end = PT_PROVIDER_NOT_SET;
        return MH_OK;
    }
    mh_buf_init(&body, MH_FETCH_BODY_MAX);
    code = mh_mid_certificate_request(
        &profile, "+994000000000", "000000", err, &body);
    f.body = mh_buf_get(&body);
    if (code == MH_OK && carry(t, &f)) {
        code = mh_mid_certificate_reply(
            t->answer, t->out->status, t->arena, err, &outcome, &certificate);
        t->out->end = outcome == MH_REMOTE_OK || outcome == MH_REMOTE_NOT_CLIENT
                          ? PT_PROVIDER_WORKS
                          : PT_PROVIDER_REFUSES;
        (void)snprintf(t->out->said, sizeof(t->out->said), "%s",
            mh_remote_name(outcome)); /* fits */
    }
    mh_buf_fini(&body);
    return code;
}

static enum mh_code
try_mail(struct trying *t, struct mh_err *err)
{
    const struct mh_notify_settings *n = &t->app->notify;
    char id[27];
    struct pt_mail mail = {.from = n->mail_from,
        .to = n->operator_to,
        .subject = pt_text(lang_of(t->operator), PT_T("Möhür: a test")),
        .text = pt_text(lang_of(t->operator),
            PT_T("An operator tests whether e-mail works.")),
        .id = id,
        .date = pt_time()};
    struct mh_fetch f = {.kind = MH_FETCH_MAIL, .endpoint = "", .url = ""};
    struct mh_buf body;
    enum mh_code code;

    if (mail.to == NULL || mail.to[0] == '\0')
        mail.to = t->operator->email_proven ? t->operator->email : "";
    if (mail.to[0] == '\0') {
        t->out->end = PT_PROVIDER_NOWHERE;
        return MH_OK;
    }
    pt_id_new(id);
    mh_buf_init(&body, PT_MAIL_MAX);
    code = pt_mail_build(&mail, err, &body);
    f.from = mail.from;
    f.to = mail.to;
    f.body = mh_buf_get(&body);
    if (code == MH_OK && carry(t, &f))
        t->out->end = t->out->status == SMTP_TAKEN ? PT_PROVIDER_WORKS
                                                   : PT_PROVIDER_REFUSES;
    mh_buf_fini(&body);
    return code;
}

static void
try_sms(struct trying *t)
{
    const struct mh_notify_settings *n = &t->app->notify;
    const char *to = t->operator->phone;
    char ref[24];
    struct mh_fetch f = {.kind = MH_FETCH_SMS,
        .endpoint = "",
        .url = "",
        .from = n->sms_sender,
        .to = to[0] == '+' ? to + 1 : to,
        .body =
            mh_span_str(pt_text(lang_of(t->operator), PT_T("Möhür: a test")))};
    enum pt_sms_outcome what;

    if (to[0] == '\0') {
        t->out->end = PT_PROVIDER_NOWHERE;
        return;
    }
    if (!carry(t, &f))
        return;
    what = n->sms_lsim ? pt_sms_lsim(t->out->status, t->answer, ref)
                       : pt_sms_kannel(t->out->status, t->answer);
    t->out->end =
        what == PT_SMS_TAKEN ? PT_PROVIDER_WORKS : PT_PROVIDER_REFUSES;
}

static enum mh_code
exchange(struct trying *t, enum pt_provider p, struct mh_err *err)
{
    switch (p) {
    case PT_PROVIDER_TSA:
        return try_tsa(t, err);
    case PT_PROVIDER_MOBILE:
        return try_mobile(t, err);
    case PT_PROVIDER_MAIL:
        return try_mail(t, err);
    case PT_PROVIDER_SMS:
        try_sms(t);
        break;
    case PT_PROVIDERS:
        break;
    }
    return MH_OK;
}

static enum mh_code
note(struct pt_app *app, enum pt_provider p, int64_t account,
    const struct pt_provider_test *done, struct mh_err *err)
{
    char who[32], obj[48], data[DATA_MAX];
    const struct pt_record r = {.ev = "admin.tested",
        .who = who,
        .obj = obj,
        .res = done->end == PT_PROVIDER_WORKS ? "ok" : "failed",
        .data = data};
    enum mh_code code;

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)account); /* fits */
    (void)snprintf(
        obj, sizeof(obj), "provider:%s", pt_provider_name(p)); /* too */
    (void)snprintf(data, sizeof(data), "end=%s\nstatus=%u\n",
        pt_provider_end_name(done->end), done->status); /* too */
    code = pt_store_record_add(app->store, &r, pt_time(), err);
    pt_ledger_wake(app->ledger);
    return code;
}

enum mh_code
pt_provider_try(struct pt_app *app, enum pt_provider p,
    const struct pt_account *operator, struct mh_err * err,
    struct pt_provider_test *out)
{
    struct trying t = {.app = app, .operator= operator, .out = out };
    int64_t begun = pt_now_ms();
    const char *address;
    enum mh_code code = MH_OK;

    *out = (struct pt_provider_test){.end = PT_PROVIDER_NOT_SET};
    t.arena = mh_arena_new(TRY_ARENA);
    if (t.arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "provider: no memory");
    if (pt_provider_there(app, p, &address))
        code = exchange(&t, p, err);
    out->ms = pt_now_ms() - begun;
    mh_arena_free(t.arena);
    if (code == MH_OK)
        code = note(app, p, operator->id, out, err);
    mh_log("admin.test", "provider=%s end=%s status=%u ms=%lld",
        pt_provider_name(p), pt_provider_end_name(out->end), out->status,
        (long long)out->ms);
    return code;
}
