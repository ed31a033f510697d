#include "portal/notify/deliver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/digest/digest.h"
#include "base/sys/log.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/notify/mail.h"
#include "portal/notify/sms.h"
#include "portal/notify/text.h"

enum {
    LEASE = 120,       /* seconds: longer than a try takes */
    POLL = 2,          /* seconds */
    SWEEP = 3600,      /* seconds */
    KEEP = 30 * 86400, /* seconds that ends are kept */
    ARENA = 1 << 20,
    SMTP_TAKEN = 250,
};

struct pt_deliver {
    struct pt_deliver_settings set;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool called, stop;
};

int64_t
pt_deliver_wait(uint32_t tries)
{
    static const int64_t wait[] = {60, 300, 900, 3600, 14400, 43200, 86400};

    if (tries == 0)
        return 0;
    return tries > sizeof(wait) / sizeof(wait[0]) ? -1 : wait[tries - 1];
}

/* What a try came to. */
struct outcome {
    enum pt_delivery_state state; /* QUEUED: later */
    char ref[24];
    uint32_t status;
    char why[160];
};

static void
ask(struct pt_deliver *d, struct mh_fetch *f, struct mh_arena *arena,
    struct outcome *o, struct mh_span *body)
{
    struct mh_err err = {.msg = ""};
    enum mh_code code =
        pt_judge_fetch(d->set.judge, f, arena, &err, &o->status, body);

    o->state = PT_DELIVERY_QUEUED;
    if (o->status == 0)
        (void)snprintf(o->why, sizeof(o->why), "%s", err.msg);
    /* Not configured, or not to be said in this protocol: never. */
    if (code == MH_EUNSUP)
        o->state = PT_DELIVERY_FAILED;
}

static void
send_mail(struct pt_deliver *d, const struct pt_delivery *one,
    struct pt_letter *m, struct mh_arena *arena, struct outcome *o)
{
    struct mh_span text, answer;
    struct mh_err err = {.msg = ""};
    struct mh_buf mail;
    struct pt_mail parts = {.from = d->set.notify->mail_from,
        .to = one->address,
        .subject = m->subject,
        .id = one->id,
        .date = one->created};
    struct mh_fetch f = {.kind = MH_FETCH_MAIL,
        .endpoint = "",
        .url = "",
        .from = parts.from,
        .to = one->address};
    enum mh_code code;

    text = mh_buf_get(&m->text);
    parts.text = mh_arena_str(arena, text);
    mh_buf_init(&mail, PT_MAIL_MAX);
    code = parts.text == NULL ? MH_ENOMEM : pt_mail_build(&parts, &err, &mail);
    f.body = mh_buf_get(&mail);
    if (code == MH_OK)
        ask(d, &f, arena, o, &answer);
    else if (code != MH_ENOMEM)
        o->state = PT_DELIVERY_FAILED;
    if (code != MH_OK)
        (void)snprintf(o->why, sizeof(o->why), "%s", err.msg);
    /* RFC 5321 4.2.1: 4yz passes, 5yz does not. */
    if (o->status == SMTP_TAKEN)
        o->state = PT_DELIVERY_SENT;
    else if (o->status >= 500)
        o->state = PT_DELIVERY_FAILED;
    mh_buf_fini(&mail);
}

/* Where Kannel reports to; its token is for this message alone. */
static const char *
report_url(
    struct pt_deliver *d, const struct pt_delivery *one, struct mh_arena *arena)
{
    char token[27];
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_err err = {.msg = ""};

    if (d->set.notify->sms_lsim)
        return "";
    pt_id_new(token);
    if (mh_digest_once(MH_SHA256, mh_span_str(token), &err, hash) != MH_OK ||
        pt_store_delivery_token(d->set.store, one->id, hash, &err) != MH_OK)
        return "";
    return mh_arena_printf(arena, "%s/sms/report?id=%s&token=%s&status=%%d",
        d->set.origin, one->id, token);
}

static void
send_sms(struct pt_deliver *d, const struct pt_delivery *one,
    struct pt_letter *m, struct mh_arena *arena, struct outcome *o)
{
    struct mh_span answer = {0};
    struct mh_fetch f = {.kind = MH_FETCH_SMS,
        .endpoint = "",
        .from = d->set.notify->sms_sender,
        .to = one->address[0] == '+' ? one->address + 1 : one->address,
        .body = mh_buf_get(&m->text)};
    enum pt_sms_outcome what;

    f.url = report_url(d, one, arena);
    if (f.url == NULL) {
        o->state = PT_DELIVERY_QUEUED;
        return;
    }
    ask(d, &f, arena, o, &answer);
    if (o->status == 0)
        return;
    what = d->set.notify->sms_lsim ? pt_sms_lsim(o->status, answer, o->ref)
                                   : pt_sms_kannel(o->status, answer);
    o->state = what == PT_SMS_TAKEN     ? PT_DELIVERY_SENT
               : what == PT_SMS_REFUSED ? PT_DELIVERY_FAILED
                                        : PT_DELIVERY_QUEUED;
}

static void
send_one(struct pt_deliver *d, const struct pt_delivery *one)
{
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct outcome o = {.state = PT_DELIVERY_QUEUED, .ref = "", .why = ""};
    struct pt_letter m;
    struct mh_err err = {.msg = ""};
    struct pt_delivered end = {.id = one->id, .ref = o.ref};
    struct mh_log l;
    int64_t wait = pt_deliver_wait(one->tries);

    if (one->again)
        mh_log(
            "deliver.again", "id=%s tries=%u maybe=twice", one->id, one->tries);
    if (!pt_letter_make(one, d->set.origin, &m) || one->address[0] == '\0')
        o.state = PT_DELIVERY_FAILED;
    else if (arena != NULL && one->channel == PT_CHANNEL_MAIL)
        send_mail(d, one, &m, arena, &o);
    else if (arena != NULL)
        send_sms(d, one, &m, arena, &o);
    mh_buf_fini(&m.text);
    mh_arena_free(arena);
    if (o.state == PT_DELIVERY_QUEUED && wait < 0)
        o.state = PT_DELIVERY_DEAD;
    end.state = o.state;
    end.next_at = pt_time() + (wait > 0 ? wait : 0);
    if (pt_store_delivery_end(d->set.store, &end, &err) != MH_OK)
        mh_log("deliver.fail", "id=%s code=%s", one->id,
            mh_code_name(err.code)); /* its lease runs out */
    l = mh_log_event("deliver");
    mh_log_text(&l, "id", one->id);
    mh_log_text(&l, "kind", one->kind);
    mh_log_num(&l, "channel", (int64_t)one->channel);
    mh_log_num(&l, "state", (int64_t)o.state);
    mh_log_num(&l, "status", o.status);
    mh_log_num(&l, "tries", one->tries);
    mh_log_text(&l, "why", o.why);
    mh_log_end(&l);
}

/* False: it is the end. */
static bool
doze(struct pt_deliver *d)
{
    struct timespec until;
    bool stop;

    (void)pthread_mutex_lock(&d->lock); /* cannot fail */
    if (!d->called && !d->stop && clock_gettime(CLOCK_REALTIME, &until) == 0) {
        until.tv_sec += POLL;
        (void)pthread_cond_timedwait(
            &d->wake, &d->lock, &until); /* sooner is fine */
    }
    d->called = false;
    stop = d->stop;
    (void)pthread_mutex_unlock(&d->lock);
    return !stop;
}

static bool
stopped(struct pt_deliver *d)
{
    bool stop;

    (void)pthread_mutex_lock(&d->lock);
    stop = d->stop;
    (void)pthread_mutex_unlock(&d->lock);
    return stop;
}

/* Whether messages are this process's to send; *led: whether they were.  What
   its predecessor was at is looked at first. */
static bool
take_over(struct pt_deliver *d, bool *led)
{
    struct mh_err err = {.msg = ""};
    bool was = *led;

    *led = pt_store_leads(d->set.store);
    if (*led && !was && pt_store_delivery_recover(d->set.store, &err) != MH_OK)
        mh_log("deliver.fail", "code=%s", mh_code_name(err.code));
    return *led;
}

static void *
run(void *ctx)
{
    struct pt_deliver *d = ctx;
    struct pt_delivery *one = calloc(1, sizeof(*one));
    struct mh_err err = {.msg = ""};
    int64_t swept = 0;
    bool led = false;

    if (one == NULL)
        mh_log("deliver.fail", "code=%s", mh_code_name(MH_ENOMEM));
    while (one != NULL && !stopped(d)) {
        enum pt_found found = PT_ABSENT;
        int64_t now = pt_time();

        if (!take_over(d, &led)) {
            if (!doze(d))
                break;
            continue;
        }
        if (now - swept >= SWEEP && pt_store_delivery_expire(d->set.store,
                                        now - KEEP, now, &err) == MH_OK)
            swept = now;
        if (pt_store_delivery_lease(
                d->set.store, now, now + LEASE, &err, one, &found) == MH_OK &&
            found == PT_FOUND)
            send_one(d, one);
        else if (!doze(d))
            break;
    }
    free(one);
    return NULL;
}

enum mh_code
pt_deliver_start(const struct pt_deliver_settings *set, struct mh_err *err,
    struct pt_deliver **out)
{
    struct pt_deliver *d = calloc(1, sizeof(*d));

    if (d == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    d->set = *set;
    if (pthread_mutex_init(&d->lock, NULL) != 0 ||
        pthread_cond_init(&d->wake, NULL) != 0 ||
        pthread_create(&d->thread, NULL, run, d) != 0) {
        free(d);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no thread");
    }
    *out = d;
    return MH_OK;
}

void
pt_deliver_wake(struct pt_deliver *d)
{
    if (d == NULL)
        return;
    (void)pthread_mutex_lock(&d->lock); /* cannot fail */
    d->called = true;
    (void)pthread_cond_signal(&d->wake);
    (void)pthread_mutex_unlock(&d->lock);
}

void
pt_deliver_stop(struct pt_deliver *d)
{
    if (d == NULL)
        return;
    (void)pthread_mutex_lock(&d->lock); /* cannot fail */
    d->stop = true;
    (void)pthread_cond_signal(&d->wake);
    (void)pthread_mutex_unlock(&d->lock);
    (void)pthread_join(d->thread, NULL); /* started before */
    (void)pthread_cond_destroy(&d->wake);
    (void)pthread_mutex_destroy(&d->lock);
    free(d);
}

const char *const pt_sms_query[] = {"id", "token", "status", NULL};

void
pt_sms_reported(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    const char *id = pt_query(rq, "id"), *token = pt_query(rq, "token"),
               *type = pt_query(rq, "status");
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_err err = {.msg = ""};
    enum pt_found found = PT_ABSENT;
    enum pt_sms_report report;
    enum mh_code code = MH_OK;

    report = type == NULL ? PT_SMS_UNKNOWN : pt_sms_report(type);
    if (id != NULL && token != NULL && type != NULL &&
        strlen(id) == PT_DELIVERY_ID && pt_id_valid(mh_span_str(token))) {
        code = mh_digest_once(MH_SHA256, mh_span_str(token), &err, hash);
        if (code == MH_OK)
            code = pt_store_delivery_report(app->store, id, hash,
                report == PT_SMS_ARRIVED ? PT_DELIVERY_DELIVERED
                : report == PT_SMS_LOST  ? PT_DELIVERY_FAILED
                                         : PT_DELIVERY_SENT,
                &err, &found);
    }
    if (code != MH_OK)
        pt_answer_error(answer, &err);
    else if (found == PT_ABSENT)
        pt_answer_problem(answer, 404, "not-found", "there is nothing here");
    else
        answer->status = 204;
}
