/* The judge's queue: acts that wait for the holder of a key. */
#include "hsm/keyd/engine.h"

#include <string.h>

static void
number(struct hsm_call *call, enum mh_keyd_type type, uint32_t n)
{
    struct mh_keyd_number m = {call->id, n};

    mh_keyd_number_pack(type, &m, &call->out);
}

static struct mh_keyd_bond
bond_of(const struct hsm_op *op)
{
    return (struct mh_keyd_bond){.requester = op->requester,
        .purpose = op->purpose,
        .key = op->key,
        .document = {op->document, sizeof(op->document)},
        .digest = {op->digest, op->digest_len}};
}

static void
add(struct hsm_engine *e, struct hsm_call *call)
{
    struct mh_keyd_queue_add m;
    struct hsm_op *op;
    enum mh_refusal why;

    if (mh_keyd_queue_add_unpack(call->packet, call->arena, NULL, &m) !=
        MH_OK) {
        call->malformed = true;
        return;
    }
    (void)pthread_mutex_lock(&e->lock); /* it is ours */
    why = hsm_ops_use(
        e->ops, m.op, &m.bond, HSM_OP_PREPARE, hsm_engine_now(), &op);
    if (why == MH_REFUSED_NOT && op->purpose != MH_KEY_JUDGE)
        why = MH_REFUSED_PURPOSE;
    if (why == MH_REFUSED_NOT)
        why = hsm_ops_move(e->ops, op, HSM_OP_PREPARE, hsm_engine_now());
    if (why == MH_REFUSED_NOT)
        memcpy(op->title, m.title.ptr, sizeof(op->title));
    (void)pthread_mutex_unlock(&e->lock); /* the same */
    if (why != MH_REFUSED_NOT)
        hsm_engine_refuse(e, call, &m.bond, m.op, why);
    else
        number(call, MH_KEYD_FINE, 0);
}

static void
list(struct hsm_engine *e, struct hsm_call *call)
{
    struct mh_keyd_queue answer = {.id = call->id};
    int64_t now = hsm_engine_now();
    struct mh_keyd_queue_list m;
    struct hsm_op *op;
    size_t at = 0;

    if (mh_keyd_queue_list_unpack(call->packet, call->arena, NULL, &m) !=
        MH_OK) {
        call->malformed = true;
        return;
    }
    answer.item =
        mh_arena_array(call->arena, MH_QUEUE_LIST_MAX, sizeof(*answer.item));
    if (answer.item == NULL) {
        hsm_engine_fail(e, call, MH_ENOMEM, "queue", NULL);
        return;
    }
    (void)pthread_mutex_lock(&e->lock); /* packed before it changes */
    while ((op = hsm_ops_each(e->ops, &at)) != NULL)
        if (op->purpose == MH_KEY_JUDGE && op->state >= HSM_OP_PREPARED &&
            !hsm_op_ended(op->state) && strcmp(op->key, m.key) == 0 &&
            answer.items < MH_QUEUE_LIST_MAX)
            answer.item[answer.items++] =
                (struct mh_queue_item){.op = {op->id, sizeof(op->id)},
                    .title = {op->title, sizeof(op->title)},
                    .document = {op->document, sizeof(op->document)},
                    .requester = op->requester,
                    .state = op->state,
                    .expire_s = op->expires > now
                                    ? (uint32_t)((op->expires - now) / 1000)
                                    : 0};
    mh_keyd_queue_pack(&answer, &call->out);
    (void)pthread_mutex_unlock(&e->lock); /* the same */
}

/* Whether every act may be approved by this person; else which may not. */
static enum mh_refusal
all_wait(struct hsm_engine *e, const struct mh_keyd_queue_approve *m,
    struct mh_span *which)
{
    enum mh_refusal why = MH_REFUSED_NOT;

    for (size_t i = 0; i < m->ops && why == MH_REFUSED_NOT; i++) {
        struct hsm_op *op = hsm_ops_find(e->ops, m->op[i]);
        struct mh_keyd_bond bond;

        *which = m->op[i];
        if (op == NULL)
            return MH_REFUSED_UNKNOWN;
        bond = bond_of(op);
        bond.requester = m->requester;
        bond.key = m->key;
        why = hsm_ops_use(
            e->ops, m->op[i], &bond, HSM_OP_APPROVE, hsm_engine_now(), NULL);
        for (size_t k = 0; k < i && why == MH_REFUSED_NOT; k++)
            if (mh_span_eq(m->op[k], m->op[i]))
                why = MH_REFUSED_STATE; /* named twice */
    }
    return why;
}

static uint32_t
approve_all(struct hsm_engine *e, const struct mh_keyd_queue_approve *m)
{
    int64_t now = hsm_engine_now();
    uint32_t n = 0;

    (void)pthread_mutex_lock(&e->lock); /* it is ours */
    for (size_t i = 0; i < m->ops; i++) {
        struct hsm_op *op = hsm_ops_find(e->ops, m->op[i]);

        if (op == NULL ||
            hsm_ops_move(e->ops, op, HSM_OP_APPROVE, now) != MH_REFUSED_NOT)
            continue; /* it ended while the key was activated */
        op->expires = now + (int64_t)e->settings.approval_s * 1000;
        n++;
    }
    (void)pthread_mutex_unlock(&e->lock); /* the same */
    return n;
}

static void
not_activated(struct hsm_call *call, enum hsm_class c, const struct mh_err *err)
{
    struct mh_keyd_failed m = {.id = call->id,
        .code = MH_EIO,
        .refusal = c == HSM_PIN || c == HSM_CANCELLED ? MH_REFUSED_PIN
                                                      : MH_REFUSED_NOT,
        .where = "key",
        .message = err->msg};

    mh_buf_clear(&call->out);
    mh_keyd_failed_pack(&m, &call->out);
}

static void
approve(struct hsm_engine *e, struct hsm_call *call)
{
    struct mh_keyd_bond bond = {.purpose = MH_KEY_JUDGE};
    struct hsm_event event = {
        .ev = HSM_EV_TICKET, .obj = "", .res = "approved", .values = 2};
    struct mh_err err = {.msg = ""};
    struct mh_keyd_queue_approve m;
    struct mh_span which = {0};
    enum mh_refusal why;
    enum hsm_class c;
    size_t key;

    if (mh_keyd_queue_approve_unpack(call->packet, call->arena, NULL, &m) !=
        MH_OK) {
        call->malformed = true;
        return;
    }
    key = hsm_keys_find(e->keys, m.key);
    bond.requester = m.requester;
    bond.key = m.key;
    (void)pthread_mutex_lock(&e->lock); /* it is ours */
    why =
        !hsm_keys_has(e->keys, key) ? MH_REFUSED_KEY : all_wait(e, &m, &which);
    (void)pthread_mutex_unlock(&e->lock); /* the same */
    if (why != MH_REFUSED_NOT) {
        hsm_engine_refuse(e, call, &bond, which, why);
        return;
    }
    (void)pthread_mutex_lock(&e->activation); /* it is ours */
    c = hsm_keys_activate(e->keys, key, m.pin, &err);
    event.who = m.requester;
    event.value[0] = hsm_number("acts", m.ops);
    event.value[1] = hsm_text("key", m.key);
    if (c != HSM_OK)
        event.res = "not-activated";
    if (hsm_engine_record(e, &event, c == HSM_OK ? &err : NULL, NULL) !=
            MH_OK &&
        c == HSM_OK) {
        hsm_keys_deactivate(e->keys, key);
        hsm_engine_fail(e, call, MH_EIO, "log", &err);
    } else if (c == HSM_OK) {
        number(call, MH_KEYD_APPROVED, approve_all(e, &m));
    } else {
        not_activated(call, c, &err);
    }
    (void)pthread_mutex_unlock(&e->activation); /* the same */
}

static void
refuse(struct hsm_engine *e, struct hsm_call *call)
{
    struct hsm_event event = {
        .ev = HSM_EV_TICKET, .res = "withdrawn", .obj = "", .values = 2};
    char hex[2 * MH_OP_ID + 1], key[HSM_OP_KEY] = "";
    enum mh_refusal why = MH_REFUSED_UNKNOWN;
    struct mh_err err = {.msg = ""};
    struct mh_keyd_queue_refuse m;
    struct mh_keyd_bond bond;
    struct hsm_op *op;

    if (mh_keyd_queue_refuse_unpack(call->packet, call->arena, NULL, &m) !=
        MH_OK) {
        call->malformed = true;
        return;
    }
    (void)pthread_mutex_lock(&e->lock); /* it is ours */
    op = hsm_ops_find(e->ops, m.op);
    if (op != NULL) {
        memcpy(key, op->key, sizeof(key));
        why = strcmp(op->requester, m.requester) != 0
                  ? MH_REFUSED_REQUESTER
                  : hsm_ops_move(e->ops, op, HSM_OP_REFUSE, hsm_engine_now());
    }
    (void)pthread_mutex_unlock(&e->lock); /* the same */
    bond = (struct mh_keyd_bond){.requester = m.requester, .key = key};
    if (why != MH_REFUSED_NOT) {
        hsm_engine_refuse(e, call, &bond, m.op, why);
        return;
    }
    hsm_hex(m.op, hex);
    event.who = m.requester;
    event.value[0] = hsm_text("key", key);
    event.value[1] = hsm_text("op", hex);
    if (hsm_engine_record(e, &event, &err, NULL) != MH_OK)
        hsm_engine_fail(e, call, MH_EIO, "log", &err);
    else
        number(call, MH_KEYD_FINE, 0);
}

void
hsm_engine_queue(struct hsm_engine *e, struct hsm_call *call)
{
    switch (mh_keyd_type(call->packet)) {
    case MH_KEYD_QUEUE_ADD:
        add(e, call);
        break;
    case MH_KEYD_QUEUE_LIST:
        list(e, call);
        break;
    case MH_KEYD_QUEUE_APPROVE:
        approve(e, call);
        break;
    default:
        refuse(e, call);
        break;
    }
}
