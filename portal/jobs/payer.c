#include "portal/jobs/payer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/sys/log.h"
#include "base/text.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"

enum {
    POLL = 2,        /* seconds */
    ARENA = 1 << 20, /* bytes of an answer */
    ASK_MS = 4000,   /* that a person waits */
    POLL_MS = 10000, /* that the poller does */
    AGAIN_MS = 2000, /* from one question of a person to the next */
    RECENT = 64,     /* payments that were asked about last */
    HTTP_OK = 200,
    NONCE_BYTES = 16,
};

struct pt_payer {
    struct pt_payer_settings set;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
    struct {
        int64_t number, at_ms; /* monotonic */
    } recent[RECENT];
    size_t next;
};

const struct pt_gateway *
pt_payer_gateway(const struct pt_payer *p)
{
    return p == NULL ? NULL : p->set.gateway;
}

/* Nothing that the gateway says could still change it. */
static bool
decided(const struct pt_payment *p)
{
    return p->state == PT_PAYMENT_CREATED || p->state == PT_PAYMENT_SUCCEEDED ||
           p->state >= PT_PAYMENT_REFUND_REQUESTED;
}

/* A request and its answer, in the arena. */
static enum mh_code
talk(struct pt_payer *p, struct mh_span body, uint32_t timeout_ms,
    struct mh_arena *arena, struct mh_err *err, struct mh_span *answer)
{
    struct mh_fetch f = {.kind = MH_FETCH_FORM_POST,
        .endpoint = "payment",
        .url = "",
        .timeout_ms = timeout_ms,
        .body = body};
    uint32_t status = 0;
    enum mh_code code =
        pt_judge_fetch(p->set.judge, &f, arena, err, &status, answer);

    if (code == MH_OK && status != HTTP_OK)
        code = mh_fail(err, MH_EIO, MH_NO_OFFSET, "gateway: status %u", status);
    return code;
}

static void
new_nonce(char out[static 2 * NONCE_BYTES + 1])
{
    uint8_t random[NONCE_BYTES];

    pt_random(random, sizeof(random));
    mh_hex_encode((struct mh_span){random, sizeof(random)}, out);
}

/* One exchange; MH_OK with the gateway's word. */
static enum mh_code
exchange(struct pt_payer *p, const struct pt_payment *payment,
    uint32_t timeout_ms, struct mh_err *err, struct pt_gateway_said *said)
{
    char nonce[2 * NONCE_BYTES + 1];
    struct pt_gateway_order o = {.number = payment->number,
        .amount = payment->amount,
        .now = pt_time(),
        .id = payment->id,
        .nonce = nonce};
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct mh_span answer = {0};
    struct mh_buf body;
    enum mh_code code;

    if (arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "payment: no memory");
    new_nonce(nonce);
    mh_buf_init(&body, MH_FETCH_BODY_MAX);
    code = pt_gateway_ask(p->set.gateway, &o, err, &body);
    if (code == MH_OK)
        code = talk(p, mh_buf_get(&body), timeout_ms, arena, err, &answer);
    if (code == MH_OK)
        code = pt_gateway_read(p->set.gateway, &o, answer, arena, err, said);
    mh_buf_fini(&body);
    mh_arena_free(arena);
    return code;
}

/* Whether an exchange that failed so was tried at all: a courier of our own
   that is away is no answer of the gateway's. */
static bool
was_tried(enum mh_code code, const struct mh_err *why)
{
    return code == MH_OK || strncmp(why->msg, "courier: ", 9) != 0;
}

/* Asks, and does what the answer says. */
static enum mh_code
ask(struct pt_payer *p, struct pt_payment *payment, uint32_t timeout_ms,
    struct mh_err *err, bool *tried)
{
    struct mh_err why = {.msg = ""};
    struct pt_gateway_said said = {.word = PT_GATEWAY_WAITING};
    struct pt_payment_turn t = {
        .id = payment->id, .rrn = said.rrn, .int_ref = said.int_ref};
    enum pt_application_done done = PT_APPLICATION_DONE;
    struct pt_payment after = *payment;
    enum mh_code code = exchange(p, payment, timeout_ms, &why, &said);
    struct mh_log l = mh_log_event("payment.asked");

    t.now = pt_time();
    t.event =
        said.word == PT_GATEWAY_PAID ? PT_PAYMENT_PAID : PT_PAYMENT_DECLINED;
    mh_log_text(&l, "id", payment->id);
    mh_log_num(&l, "word", code == MH_OK ? (int64_t)said.word : -1);
    mh_log_text(&l, "why", why.msg);
    mh_log_end(&l);
    *tried = was_tried(code, &why);
    /* That it is declined is no news of one that was given up. */
    if (code != MH_OK || said.word == PT_GATEWAY_WAITING ||
        (said.word == PT_GATEWAY_DECLINED &&
            payment->state != PT_PAYMENT_PENDING))
        return MH_OK;
    code = pt_store_payment_turn(p->set.store, &t, err, &after, &done);
    if (code == MH_OK && done == PT_APPLICATION_DONE)
        *payment = after;
    if (p->set.ledger != NULL)
        pt_ledger_wake(p->set.ledger);
    return code;
}

/* ---- giving back ---- */

/* As exchange: whether the money was given back. */
static enum mh_code
request_back(struct pt_payer *p, const struct pt_payment *payment,
    uint32_t timeout_ms, struct mh_err *err, enum pt_gateway_word *word)
{
    char nonce[2 * NONCE_BYTES + 1];
    const struct pt_gateway_back b = {.number = payment->number,
        .amount = payment->amount,
        .now = pt_time(),
        .type = payment->refund,
        .rrn = payment->rrn,
        .int_ref = payment->int_ref,
        .nonce = nonce};
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct mh_span answer = {0};
    struct mh_buf body;
    enum mh_code code;

    if (arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "payment: no memory");
    new_nonce(nonce);
    mh_buf_init(&body, MH_FETCH_BODY_MAX);
    code = pt_gateway_give(p->set.gateway, &b, err, &body);
    if (code == MH_OK)
        code = talk(p, mh_buf_get(&body), timeout_ms, arena, err, &answer);
    if (code == MH_OK)
        code = pt_gateway_given(p->set.gateway, &b, answer, arena, err, word);
    mh_buf_fini(&body);
    mh_arena_free(arena);
    return code;
}

/* Sends it, and does what the answer says. */
static enum mh_code
give(struct pt_payer *p, struct pt_payment *payment, uint32_t timeout_ms,
    struct mh_err *err, bool *tried)
{
    struct mh_err why = {.msg = ""};
    enum pt_gateway_word word = PT_GATEWAY_WAITING;
    const struct pt_payment_turn t = {
        .id = payment->id, .event = PT_PAYMENT_REFUND, .now = pt_time()};
    enum pt_application_done done = PT_APPLICATION_DONE;
    struct pt_payment after;
    enum mh_code code = request_back(p, payment, timeout_ms, &why, &word);
    struct mh_log l = mh_log_event("payment.back");

    mh_log_text(&l, "id", payment->id);
    mh_log_num(&l, "word", code == MH_OK ? (int64_t)word : -1);
    mh_log_text(&l, "why", why.msg);
    mh_log_end(&l);
    *tried = was_tried(code, &why);
    if (code != MH_OK || word == PT_GATEWAY_WAITING)
        return MH_OK;
    if (word == PT_GATEWAY_DECLINED)
        code = pt_store_refund_declined(
            p->set.store, payment->id, payment->refund, t.now, err);
    else
        code = pt_store_payment_turn(p->set.store, &t, err, &after, &done);
    if (p->set.ledger != NULL)
        pt_ledger_wake(p->set.ledger);
    return code;
}

enum mh_code
pt_payer_give(
    struct pt_payer *p, struct mh_err *err, struct pt_payment *payment)
{
    bool tried;

    return payment->refund_open && pt_gateway_gives(pt_payer_gateway(p))
               ? give(p, payment, ASK_MS, err, &tried)
               : MH_OK;
}

/* Whether nobody asked about it a moment ago. */
static bool
may_ask(struct pt_payer *p, int64_t number)
{
    int64_t now = pt_now_ms();
    bool may = true;

    (void)pthread_mutex_lock(&p->lock); /* cannot fail */
    for (size_t i = 0; i < RECENT; i++)
        if (p->recent[i].number == number &&
            now - p->recent[i].at_ms < AGAIN_MS)
            may = false;
    if (may) {
        p->recent[p->next].number = number;
        p->recent[p->next].at_ms = now;
        p->next = (p->next + 1) % RECENT;
    }
    (void)pthread_mutex_unlock(&p->lock);
    return may;
}

enum mh_code
pt_payer_ask(struct pt_payer *p, struct mh_err *err, struct pt_payment *payment)
{
    bool tried;

    if (pt_payer_gateway(p) == NULL || decided(payment) ||
        !may_ask(p, payment->number))
        return MH_OK;
    return ask(p, payment, ASK_MS, err, &tried);
}

/* False: it is the end. */
static bool
doze(struct pt_payer *p)
{
    struct timespec until;
    bool stop;

    (void)pthread_mutex_lock(&p->lock); /* cannot fail */
    if (!p->stop && clock_gettime(CLOCK_REALTIME, &until) == 0) {
        until.tv_sec += POLL;
        (void)pthread_cond_timedwait(
            &p->wake, &p->lock, &until); /* sooner is fine */
    }
    stop = p->stop;
    (void)pthread_mutex_unlock(&p->lock);
    return !stop;
}

/* What is due, one after the other. */
static void
poll_one(struct pt_payer *p, struct pt_payment *payment, struct mh_err *err)
{
    enum mh_code code = MH_OK;
    bool tried = true;

    if (payment->refund_open && pt_gateway_gives(pt_payer_gateway(p)))
        code = give(p, payment, POLL_MS, err, &tried);
    else if (pt_payer_gateway(p) != NULL && !decided(payment))
        code = ask(p, payment, POLL_MS, err, &tried);
    /* Of one that is decided there is nothing to ask any more. */
    if (code == MH_OK)
        code = pt_store_payment_polled(
            p->set.store, payment->id, tried, pt_time(), err);
    if (code != MH_OK)
        mh_log("payment.fail", "id=%s code=%s", payment->id,
            mh_code_name(err->code));
}

static void *
run(void *ctx)
{
    struct pt_payer *p = ctx;
    struct mh_err err = {.msg = ""};

    do {
        struct pt_payment payment;

        /* One asks for all; who comes back from the gateway is served by
           any. */
        while (pt_store_leads(p->set.store) &&
               pt_store_payment_due(p->set.store, pt_time(), &err, &payment) ==
                   MH_OK &&
               payment.id[0] != '\0') {
            struct pt_payment before = payment;

            poll_one(p, &payment, &err);
            /* One that stays due waits for the next round. */
            if (pt_store_payment_get(p->set.store, before.id, &err, &payment) !=
                    MH_OK ||
                payment.poll_at == before.poll_at)
                break;
        }
    } while (doze(p));
    return NULL;
}

enum mh_code
pt_payer_start(const struct pt_payer_settings *set, struct mh_err *err,
    struct pt_payer **out)
{
    struct pt_payer *p = calloc(1, sizeof(*p));

    *out = NULL;
    if (p == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    p->set = *set;
    if (pthread_mutex_init(&p->lock, NULL) != 0 ||
        pthread_cond_init(&p->wake, NULL) != 0 ||
        pthread_create(&p->thread, NULL, run, p) != 0) {
        free(p);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no thread");
    }
    *out = p;
    return MH_OK;
}

void
pt_payer_stop(struct pt_payer *p)
{
    if (p == NULL)
        return;
    (void)pthread_mutex_lock(&p->lock); /* cannot fail */
    p->stop = true;
    (void)pthread_cond_signal(&p->wake);
    (void)pthread_mutex_unlock(&p->lock);
    (void)pthread_join(p->thread, NULL); /* started before */
    (void)pthread_cond_destroy(&p->wake);
    (void)pthread_mutex_destroy(&p->lock);
    pt_gateway_free(p->set.gateway);
    free(p);
}
