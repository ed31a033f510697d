#include "hsm/keyd/engine.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "hsm/worker.h"

int64_t
hsm_engine_now(void)
{
    return hsm_now();
}

void
hsm_hex(struct mh_span bytes, char *out)
{
    static const char digit[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes.len; i++) {
        *out++ = digit[bytes.ptr[i] >> 4];
        *out++ = digit[bytes.ptr[i] & 15];
    }
    *out = '\0';
}

struct hsm_value
hsm_text(const char *key, const char *value)
{
    return (struct hsm_value){.key = mh_span_str(key),
        .kind = HSM_VALUE_STRING,
        .string = mh_span_str(value)};
}

struct hsm_value
hsm_number(const char *key, uint64_t value)
{
    return (struct hsm_value){.key = mh_span_str(key),
        .kind = HSM_VALUE_INT,
        .number = (int64_t)value};
}

enum mh_code
hsm_engine_record(struct hsm_engine *e, const struct hsm_event *event,
    struct mh_err *err, uint64_t *n)
{
    struct hsm_record r = {.src = MH_SPAN_LIT("keyd"),
        .ev = mh_span_str(event->ev),
        .who = mh_span_str(event->who),
        .obj = mh_span_str(event->obj),
        .res = mh_span_str(event->res),
        .data_count = event->values};
    struct hsm_writer_job job = {
        .record = &r, .records = 1, .checkpoint = event->checkpoint};
    enum mh_code code;

    memcpy(r.data, event->value, event->values * sizeof(r.data[0]));
    code = hsm_writer_run(e->writer, &job, err);
    if (n != NULL)
        *n = job.n;
    return code;
}

enum mh_code
hsm_engine_covered(struct hsm_engine *e, uint64_t n, struct mh_err *err)
{
    struct hsm_writer_job job = {.checkpoint = true};

    if (hsm_writer_state(e->writer).signed_ > n)
        return MH_OK;
    return hsm_writer_run(e->writer, &job, err);
}

void
hsm_engine_fail(struct hsm_engine *e, struct hsm_call *call, enum mh_code code,
    const char *where, const struct mh_err *err)
{
    struct mh_keyd_failed m = {.id = call->id,
        .code = code == MH_OK ? MH_EINTERNAL : code,
        .where = where,
        .message = err != NULL ? err->msg : ""};

    (void)e;
    mh_buf_clear(&call->out);
    mh_keyd_failed_pack(&m, &call->out);
}

void
hsm_engine_refuse(struct hsm_engine *e, struct hsm_call *call,
    const struct mh_keyd_bond *bond, struct mh_span op, enum mh_refusal why)
{
    char hex[2 * 32 + 1] = "", obj[80] = "", id[2 * MH_OP_ID + 1] = "";
    struct mh_keyd_failed m = {.id = call->id,
        .code = MH_EUNSUP,
        .refusal = why,
        .where = "ticket",
        .message = mh_refusal_name(why)};
    struct hsm_event event = {.ev = HSM_EV_TICKET,
        .who = bond->requester,
        .obj = obj,
        .res = "refused",
        .values = 3};
    struct mh_err err = {.msg = ""};

    if (bond->document.len == 32)
        hsm_hex(bond->document, hex);
    if (hex[0] != '\0')
        (void)snprintf(obj, sizeof(obj), "doc:%s", hex); /* it fits */
    if (op.len == MH_OP_ID)
        hsm_hex(op, id);
    event.value[0] = hsm_text("key", bond->key);
    event.value[1] = hsm_text("op", id);
    event.value[2] = hsm_text("why", mh_refusal_name(why));
    if (hsm_engine_record(e, &event, &err, NULL) != MH_OK)
        m.message = err.msg; /* refused all the same */
    mh_buf_clear(&call->out);
    mh_keyd_failed_pack(&m, &call->out);
}

/* ---- the key ---- */

static const char *
purpose_name(enum mh_key_purpose p)
{
    return p == MH_KEY_SEAL ? "seal" : p == MH_KEY_JUDGE ? "judge" : "log";
}

enum mh_code
hsm_engine_use_key(struct hsm_engine *e, struct hsm_use *use,
    const struct hsm_request *request, struct mh_err *err, uint8_t *value,
    size_t *len)
{
    const struct mh_key_settings *key = &e->settings.key[use->key];
    char digest[2 * MH_DIGEST_MAX + 1], sig[2 * 32 + 1] = "";
    struct hsm_event event = {.ev = HSM_EV_KEY_USE,
        .who = use->who,
        .obj = use->obj,
        .res = "ok",
        .values = 4};
    struct mh_err lost = {.msg = ""};
    uint8_t hash[MH_DIGEST_MAX];
    enum hsm_class c;
    enum mh_code code;
    uint64_t n = 0;

    hsm_hex(request->digest, digest);
    event.value[0] = hsm_text("digest", digest);
    event.value[1] = hsm_text("key", key->name);
    event.value[2] = hsm_text("op", use->op);
    event.value[3] = hsm_text("purpose", purpose_name(key->purpose));
    code = hsm_engine_record(e, &event, err, &n);
    if (code != MH_OK)
        return code; /* without its record no signature */
    c = hsm_keys_sign(e->keys, use->key, request, err, value, len);
    event = (struct hsm_event){.ev = HSM_EV_KEY_DONE,
        .who = use->who,
        .obj = use->obj,
        .res = c == HSM_OK ? "ok" : "failed",
        .values = 1};
    if (c == HSM_OK && mh_digest_once(MH_SHA256, (struct mh_span){value, *len},
                           NULL, hash) == MH_OK) {
        hsm_hex((struct mh_span){hash, 32}, sig);
        event.value[0] = hsm_text("sig", sig);
    } else {
        event.value[0] = hsm_text("class", hsm_class_name(c));
    }
    event.value[event.values++] = hsm_number("use", n);
    code = hsm_engine_record(e, &event, &lost, &use->done_n);
    if (c != HSM_OK)
        return c == HSM_INTERNAL ? MH_EINTERNAL : MH_EIO;
    if (code != MH_OK) {
        explicit_bzero(value, *len); /* not recorded: not released */
        *err = lost;
    }
    return code;
}

/* ---- requests ---- */

/* The packet is not what its type says: its channel ends. */
static void
malformed(struct hsm_call *call)
{
    call->malformed = true;
}

static void
fine(struct hsm_call *call)
{
    struct mh_keyd_number m = {call->id, 0};

    mh_keyd_number_pack(MH_KEYD_FINE, &m, &call->out);
}

static void
ticket(struct hsm_engine *e, struct hsm_call *call)
{
    struct mh_keyd_ticketed answer = {.id = call->id};
    uint8_t id[MH_OP_ID];
    struct mh_keyd_ticket m;
    enum mh_refusal why;
    struct hsm_op *op;
    char hex[2 * MH_OP_ID + 1], doc[65], obj[80];
    struct hsm_event event = {
        .ev = HSM_EV_TICKET, .obj = obj, .res = "ok", .values = 3};
    struct mh_err err = {.msg = ""};

    if (mh_keyd_ticket_unpack(call->packet, call->arena, NULL, &m) != MH_OK) {
        malformed(call);
        return;
    }
    if (getrandom(id, sizeof(id), 0) != (ssize_t)sizeof(id)) {
        hsm_engine_fail(e, call, mh_fail_sys(&err, "random"), "ticket", &err);
        return;
    }
    answer.ttl_s = m.ttl_s == 0 || m.ttl_s > e->settings.ticket_s
                       ? e->settings.ticket_s
                       : m.ttl_s;
    (void)pthread_mutex_lock(&e->lock); /* it is ours */
    why = hsm_ops_ticket(e->ops, &m.bond, id, hsm_engine_now(),
        (int64_t)answer.ttl_s * 1000, &op);
    (void)pthread_mutex_unlock(&e->lock); /* the same */
    if (why != MH_REFUSED_NOT) {
        hsm_engine_refuse(e, call, &m.bond, (struct mh_span){0}, why);
        return;
    }
    answer.op = (struct mh_span){id, sizeof(id)};
    hsm_hex(answer.op, hex);
    hsm_hex(m.bond.document, doc);
    (void)snprintf(obj, sizeof(obj), "doc:%s", doc); /* it fits */
    event.who = m.bond.requester;
    event.value[0] = hsm_text("key", m.bond.key);
    event.value[1] = hsm_text("op", hex);
    event.value[2] = hsm_text("purpose", purpose_name(m.bond.purpose));
    if (hsm_engine_record(e, &event, &err, NULL) != MH_OK) {
        hsm_engine_fail(e, call, MH_EIO, "log", &err);
        return;
    }
    mh_keyd_ticketed_pack(&answer, &call->out);
}

enum mh_code
hsm_engine_made_for(const struct hsm_call *call, uint8_t out[static 32])
{
    uint8_t hash[MH_DIGEST_MAX];
    /* The caller's number is another one each time. */
    struct mh_span what = {call->packet.ptr + 9, call->packet.len - 9};
    enum mh_code code = mh_digest_once(MH_SHA256, what, NULL, hash);

    memcpy(out, hash, 32);
    return code;
}

enum mh_code
hsm_engine_kept(struct hsm_engine *e, struct hsm_call *call, struct mh_span op,
    const uint8_t made[static 32], struct mh_err *err, bool *done)
{
    struct mh_keyd_sealed answer = {.id = call->id};
    struct hsm_kept kept;
    enum mh_code code = hsm_keep_get(e->settings.state, op, err, done, &kept);

    if (code != MH_OK || !*done)
        return code;
    call->out_fd = kept.fd;
    answer.size = kept.size;
    if (memcmp(kept.made_for, made, 32) != 0) {
        mh_close(&call->out_fd);
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
            "this operation was asked for something else");
    }
    answer.n = kept.n;
    mh_keyd_sealed_pack(mh_keyd_type(call->packet) == MH_KEYD_SEAL
                            ? MH_KEYD_SEALED
                            : MH_KEYD_RECEIPTED,
        &answer, &call->out);
    return MH_OK;
}

static bool
may_use(struct hsm_engine *e, struct hsm_call *call, struct mh_span id,
    const struct mh_keyd_bond *bond, enum hsm_op_event event)
{
    enum mh_refusal why;
    struct hsm_op *op;

    (void)pthread_mutex_lock(&e->lock); /* it is ours */
    why = hsm_ops_use(e->ops, id, bond, event, hsm_engine_now(), &op);
    if (why == MH_REFUSED_NOT)
        why = hsm_ops_move(e->ops, op, event, hsm_engine_now());
    (void)pthread_mutex_unlock(&e->lock); /* the same */
    if (why != MH_REFUSED_NOT)
        hsm_engine_refuse(e, call, bond, id, why);
    return why == MH_REFUSED_NOT;
}

/* From a ticket to a signature: the seal approves itself, a judge did. */
bool
hsm_engine_begin(struct hsm_engine *e, struct hsm_call *call, struct mh_span op,
    const struct mh_keyd_bond *bond)
{
    if (bond->purpose == MH_KEY_SEAL)
        if (!may_use(e, call, op, bond, HSM_OP_PREPARE) ||
            !may_use(e, call, op, bond, HSM_OP_APPROVE))
            return false;
    return may_use(e, call, op, bond, HSM_OP_SIGN);
}

void
hsm_engine_finish(struct hsm_engine *e, struct mh_span id, bool good)
{
    int64_t now = hsm_engine_now();
    bool judge = false, moved = true;
    struct hsm_op *op;

    (void)pthread_mutex_lock(&e->lock); /* it is ours */
    op = hsm_ops_find(e->ops, id);
    if (op != NULL && good)
        moved = hsm_ops_move(e->ops, op, HSM_OP_DONE, now) == MH_REFUSED_NOT &&
                hsm_ops_move(e->ops, op, HSM_OP_RELEASE, now) == MH_REFUSED_NOT;
    else if (op != NULL)
        moved = hsm_ops_move(e->ops, op, HSM_OP_FAIL, now) == MH_REFUSED_NOT;
    judge = op != NULL && op->purpose == MH_KEY_JUDGE;
    (void)pthread_mutex_unlock(&e->lock); /* the same */
    if (!moved)
        mh_log("op.state", NULL); /* it was in use: no other thread moves it */
    if (judge)
        hsm_engine_put_down(e);
}

static void
sign(struct hsm_engine *e, struct hsm_call *call)
{
    uint8_t value[HSM_SIGNATURE_MAX];
    struct mh_keyd_value answer = {.id = call->id};
    struct mh_err err = {.msg = ""};
    struct hsm_use use = {.obj = ""};
    struct hsm_key_facts facts;
    struct mh_keyd_sign m;
    struct hsm_request request;
    enum mh_code code = MH_EIO;
    char doc[65];

    if (mh_keyd_sign_unpack(call->packet, call->arena, NULL, &m) != MH_OK) {
        malformed(call);
        return;
    }
    if (!hsm_engine_begin(e, call, m.op, &m.bond))
        return;
    use.who = m.bond.requester;
    use.key = hsm_keys_find(e->keys, m.bond.key);
    hsm_hex(m.op, use.op);
    hsm_hex(m.bond.document, doc);
    (void)snprintf(use.obj, sizeof(use.obj), "doc:%s", doc); /* it fits */
    if (hsm_keys_has(e->keys, use.key) &&
        hsm_keys_facts(e->keys, use.key, call->arena, &err, &facts) == HSM_OK) {
        request = (struct hsm_request){
            .scheme = facts.scheme, .hash = m.alg, .digest = m.bond.digest};
        code = hsm_engine_use_key(
            e, &use, &request, &err, value, &answer.value.len);
    }
    hsm_engine_finish(e, m.op, code == MH_OK);
    if (code != MH_OK) {
        hsm_engine_fail(e, call, code, "key", &err);
        return;
    }
    answer.value.ptr = value;
    answer.n = use.done_n;
    mh_keyd_value_pack(&answer, &call->out);
}

static void
proof(struct hsm_engine *e, struct hsm_call *call)
{
    struct hsm_audit_input in = {
        .dir = e->log_dir, .keys = hsm_logkey_keys(e->logkey)};
    struct mh_err err = {.msg = ""};
    struct mh_keyd_proved answer = {.id = call->id};
    struct hsm_proof_cost cost;
    struct mh_keyd_proof m;
    struct mh_buf text, record;
    enum mh_code code;

    if (mh_keyd_proof_unpack(call->packet, call->arena, NULL, &m) != MH_OK) {
        malformed(call);
        return;
    }
    mh_buf_init(&text, HSM_PROOF_TEXT_MAX);
    mh_buf_init(&record, HSM_RECORD_MAX);
    /* What was recorded last gets its checkpoint for the asking. */
    code = m.n < hsm_writer_state(e->writer).size
               ? hsm_engine_covered(e, m.n, &err)
               : mh_fail(&err, MH_EFORMAT, MH_NO_OFFSET, "no such record");
    in.first = m.first;
    if (code == MH_OK)
        code = hsm_audit_prove_near(&in, m.n, &err, &text, &record, &cost);
    answer.proof = mh_buf_get(&text);
    answer.record = mh_buf_get(&record);
    if (code == MH_OK)
        mh_keyd_proved_pack(&answer, &call->out);
    else
        hsm_engine_fail(e, call, code, "log", &err);
    mh_buf_fini(&text);
    mh_buf_fini(&record);
}

static void
status(struct hsm_engine *e, struct hsm_call *call)
{
    struct hsm_writer_state w = hsm_writer_state(e->writer);
    struct mh_key_state key[MH_KEYS_MAX];
    struct mh_keyd_is answer = {.id = call->id,
        .log_size = w.size,
        .checkpoint_size = w.signed_,
        .log_ok = w.ok,
        .key = key};
    struct hsm_op *op;
    uint64_t id;
    size_t at = 0;

    if (mh_keyd_status_unpack(call->packet, NULL, &id) != MH_OK) {
        malformed(call);
        return;
    }
    while (hsm_keys_has(e->keys, answer.keys)) {
        hsm_keys_state(e->keys, answer.keys, &key[answer.keys]);
        answer.keys++;
    }
    (void)pthread_mutex_lock(&e->lock); /* it is ours */
    while ((op = hsm_ops_each(e->ops, &at)) != NULL)
        if (!hsm_op_ended(op->state))
            answer.tickets++;
    (void)pthread_mutex_unlock(&e->lock); /* the same */
    mh_keyd_is_pack(&answer, &call->out);
}

static void
done(struct hsm_engine *e, struct hsm_call *call)
{
    struct mh_keyd_done m;

    if (mh_keyd_done_unpack(call->packet, call->arena, NULL, &m) != MH_OK) {
        malformed(call);
        return;
    }
    hsm_keep_forget(e->settings.state, m.op);
    fine(call);
}

bool
hsm_engine_seals(uint8_t type)
{
    return type == MH_KEYD_SEAL || type == MH_KEYD_RECEIPT;
}

void
hsm_engine_serve(struct hsm_engine *e, struct hsm_call *call)
{
    static void (*const serve[MH_KEYD_REQUEST_END])(
        struct hsm_engine *, struct hsm_call *) = {
        [MH_KEYD_TICKET] = ticket,
        [MH_KEYD_SEAL] = hsm_engine_seal,
        [MH_KEYD_SIGN] = sign,
        [MH_KEYD_QUEUE_ADD] = hsm_engine_queue,
        [MH_KEYD_QUEUE_LIST] = hsm_engine_queue,
        [MH_KEYD_QUEUE_APPROVE] = hsm_engine_queue,
        [MH_KEYD_QUEUE_REFUSE] = hsm_engine_queue,
        [MH_KEYD_RECEIPT] = hsm_engine_receipt,
        [MH_KEYD_PROOF] = proof,
        [MH_KEYD_STATUS] = status,
        [MH_KEYD_DONE] = done,
        [MH_KEYD_READ] = hsm_engine_read,
        [MH_KEYD_CHECK] = hsm_engine_check,
    };
    uint8_t type = mh_keyd_type(call->packet);

    if (!mh_keyd_is_request(type) || serve[type] == NULL ||
        (call->fds != 0 && type != MH_KEYD_SEAL))
        call->malformed = true;
    else
        serve[type](e, call);
}
