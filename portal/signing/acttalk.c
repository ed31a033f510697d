#include "portal/signing/acttalk.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/digest/digest.h"
#include "base/limits.h"
#include "base/peer/keyd.h"
#include "base/sys/chan.h"
#include "base/sys/log.h"

enum {
    ASK_MS = 10000,
    JUDGES_MAX = 16, /* that sign at the same time */
};

/* ---- one judge at a time ---- */

static struct {
    pthread_mutex_t lock;
    int64_t judge[JUDGES_MAX];
} busy = {.lock = PTHREAD_MUTEX_INITIALIZER};

bool
pt_acts_turn(int64_t judge)
{
    int64_t *place = NULL;

    (void)pthread_mutex_lock(&busy.lock); /* it is ours */
    for (size_t i = 0; i < JUDGES_MAX; i++) {
        if (busy.judge[i] == judge) {
            place = NULL;
            break;
        }
        if (busy.judge[i] == 0 && place == NULL)
            place = &busy.judge[i];
    }
    if (place != NULL)
        *place = judge;
    (void)pthread_mutex_unlock(&busy.lock); /* the same */
    return place != NULL;
}

void
pt_acts_turn_end(int64_t judge)
{
    (void)pthread_mutex_lock(&busy.lock); /* it is ours */
    for (size_t i = 0; i < JUDGES_MAX; i++)
        if (busy.judge[i] == judge)
            busy.judge[i] = 0;
    (void)pthread_mutex_unlock(&busy.lock); /* the same */
}

/* ---- keyd ---- */

struct mh_keyd_bond
pt_acts_bond(const struct pt_acts_talk *v, size_t n)
{
    return (struct mh_keyd_bond){.requester = v->who,
        .purpose = MH_KEY_JUDGE,
        .key = v->key,
        .document = {v->s->act[n].sha256, PT_HASH}};
}

enum mh_code
pt_acts_ask(struct pt_acts_talk *v, struct mh_keyd_question *q,
    struct mh_buf *message, struct mh_err *err, struct mh_keyd_answer *out)
{
    enum mh_code code;

    *out = (struct mh_keyd_answer){.fd = -1, .where = ""};
    q->message = message;
    code = mh_keyd_ask(v->app->keyd, q, v->arena, err, out);
    v->refusal = out->refusal;
    v->said_no = code != MH_OK && out->packet.len > 0;
    v->gone = code != MH_OK && out->packet.len == 0;
    if (message->ptr != NULL)
        explicit_bzero(message->ptr, message->cap);
    mh_buf_fini(message);
    return code;
}

enum mh_code
pt_acts_enqueue(struct pt_acts_talk *v, size_t n, struct mh_err *err)
{
    struct mh_keyd_ticket t = {
        .id = mh_keyd_next(v->app->keyd), .bond = pt_acts_bond(v, n)};
    struct mh_keyd_queue_add add = {.bond = t.bond};
    struct mh_keyd_question q = {
        .id = t.id, .want = MH_KEYD_TICKETED, .timeout_ms = ASK_MS};
    const struct pt_act *a = &v->s->act[n];
    struct mh_keyd_ticketed ticketed;
    struct mh_keyd_answer answer;
    uint8_t title[MH_DIGEST_MAX];
    struct mh_buf message;
    char shown[512];
    enum mh_code code;

    (void)snprintf(shown, sizeof(shown), "%s\n%s\n%s\n", a->number, a->kind,
        a->title); /* they fit */
    mh_buf_init(&message, MH_MESSAGE_MAX);
    mh_keyd_ticket_pack(&t, &message);
    code = pt_acts_ask(v, &q, &message, err, &answer);
    mh_close(&answer.fd);
    if (code == MH_OK)
        code = mh_keyd_ticketed_unpack(answer.packet, v->arena, err, &ticketed);
    if (code == MH_OK)
        code = mh_digest_once(MH_SHA256, mh_span_str(shown), err, title);
    if (code != MH_OK)
        return code;
    memcpy(v->op[n], ticketed.op.ptr, MH_OP_ID);
    add.id = q.id = mh_keyd_next(v->app->keyd);
    add.op = (struct mh_span){v->op[n], MH_OP_ID};
    add.title = (struct mh_span){title, PT_HASH};
    q.want = MH_KEYD_FINE;
    mh_buf_init(&message, MH_MESSAGE_MAX);
    mh_keyd_queue_add_pack(&add, &message);
    code = pt_acts_ask(v, &q, &message, err, &answer);
    mh_close(&answer.fd);
    v->queued[n] = code == MH_OK;
    return code;
}

enum mh_code
pt_acts_approve(struct pt_acts_talk *v, struct mh_err *err)
{
    struct mh_span op[PT_ACTS_WAITING];
    struct mh_keyd_queue_approve m = {.id = mh_keyd_next(v->app->keyd),
        .key = v->key,
        .requester = v->who,
        .pin = v->s->pin,
        .op = op};
    struct mh_keyd_question q = {
        .id = m.id, .want = MH_KEYD_APPROVED, .timeout_ms = PT_ACTS_SIGN_MS};
    struct mh_keyd_answer answer;
    struct mh_buf message;
    enum mh_code code;

    for (size_t i = 0; i < v->s->acts; i++)
        if (v->queued[i])
            op[m.ops++] = (struct mh_span){v->op[i], MH_OP_ID};
    if (m.ops == 0)
        return MH_OK;
    mh_buf_init(&message, MH_MESSAGE_MAX);
    if (mh_buf_grow(&message, MH_MESSAGE_MAX) != NULL)
        message.len = 0; /* its room is there: growing would leave copies */
    mh_keyd_queue_approve_pack(&m, &message);
    code = pt_acts_ask(v, &q, &message, err, &answer);
    mh_close(&answer.fd);
    /* A token that cannot be asked for a PIN has not activated the key. */
    if (v->said_no && strcmp(answer.where, "key") == 0)
        v->refusal = MH_REFUSED_PIN;
    return code;
}

enum mh_code
pt_acts_refuse(struct pt_acts_talk *v, struct mh_span op, struct mh_err *err)
{
    struct mh_keyd_queue_refuse m = {
        .id = mh_keyd_next(v->app->keyd), .op = op, .requester = v->who};
    struct mh_keyd_question q = {
        .id = m.id, .want = MH_KEYD_FINE, .timeout_ms = ASK_MS};
    struct mh_keyd_answer answer;
    struct mh_buf message;
    enum mh_code code;

    mh_buf_init(&message, MH_MESSAGE_MAX);
    mh_keyd_queue_refuse_pack(&m, &message);
    code = pt_acts_ask(v, &q, &message, err, &answer);
    mh_close(&answer.fd);
    return code;
}

void
pt_acts_withdraw(struct pt_acts_talk *v)
{
    for (size_t i = 0; i < v->s->acts; i++) {
        struct mh_err err = {.msg = ""};

        if (v->queued[i] &&
            pt_acts_refuse(v, (struct mh_span){v->op[i], MH_OP_ID}, &err) !=
                MH_OK)
            mh_log("act", "id=%s stays-in-queue=1", v->s->act[i].id);
    }
}

static enum mh_code
list_queue(
    struct pt_acts_talk *v, struct mh_err *err, struct mh_keyd_queue *out)
{
    const struct mh_keyd_queue_list m = {
        .id = mh_keyd_next(v->app->keyd), .key = v->key};
    struct mh_keyd_question q = {
        .id = m.id, .want = MH_KEYD_QUEUE, .timeout_ms = ASK_MS};
    struct mh_keyd_answer answer;
    struct mh_buf message;
    enum mh_code code;

    mh_buf_init(&message, MH_MESSAGE_MAX);
    mh_keyd_queue_list_pack(&m, &message);
    code = pt_acts_ask(v, &q, &message, err, &answer);
    mh_close(&answer.fd);
    return code == MH_OK
               ? mh_keyd_queue_unpack(answer.packet, v->arena, err, out)
               : code;
}

enum mh_code
pt_acts_clear(struct pt_acts_talk *v, struct mh_err *err, bool *held)
{
    const struct mh_span document = {v->s->act[0].sha256, PT_HASH};
    struct mh_keyd_queue list = {.items = 0};
    enum mh_code code = list_queue(v, err, &list);

    *held = false;
    for (size_t i = 0; i < list.items && code == MH_OK; i++) {
        if (!mh_span_eq(list.item[i].document, document) ||
            strcmp(list.item[i].requester, v->who) != 0)
            continue;
        code = pt_acts_refuse(v, list.item[i].op, err);
        if (code != MH_OK && v->said_no) {
            /* It ended meanwhile, or the key is at it. */
            *held = *held || v->refusal == MH_REFUSED_STATE;
            code = MH_OK;
        }
    }
    return code;
}
