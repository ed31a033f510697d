#include "hsm/keyd/ops.h"

#include <stdlib.h>
#include <string.h>

enum {
    MINUTE = 60000,  /* ms */
    DAY = 86400000,  /* ms */
    RATE_MAX = 6000, /* uses of a minute that are counted one by one */
};

/* The uses of one key: those of the last minute, and a count of the day. */
struct rate {
    int64_t use[RATE_MAX]; /* a ring */
    size_t at, count;
    int64_t day; /* when the day being counted began */
    uint32_t day_uses;
};

struct hsm_ops {
    const struct hsm_op_limits *limit;
    struct rate *rate; /* one a limit */
    size_t limits;
    struct hsm_op op[HSM_OPS_MAX];
};

static const char *const state_names[] = {
    [HSM_OP_NONE] = "none",
    [HSM_OP_TICKETED] = "ticketed",
    [HSM_OP_PREPARED] = "prepared",
    [HSM_OP_APPROVED] = "approved",
    [HSM_OP_SIGNING] = "signing",
    [HSM_OP_SIGNED] = "signed",
    [HSM_OP_RELEASED] = "released",
    [HSM_OP_FAILED] = "failed",
    [HSM_OP_REFUSED] = "refused",
    [HSM_OP_EXPIRED] = "expired",
};

/* What is not named here is not permitted. */
static const uint8_t next_state[HSM_OP_STATES][HSM_OP_EVENTS] = {
    [HSM_OP_NONE] = {[HSM_OP_TICKET] = HSM_OP_TICKETED},
    [HSM_OP_TICKETED] = {[HSM_OP_PREPARE] = HSM_OP_PREPARED,
        [HSM_OP_FAIL] = HSM_OP_FAILED,
        [HSM_OP_REFUSE] = HSM_OP_REFUSED,
        [HSM_OP_EXPIRE] = HSM_OP_EXPIRED},
    [HSM_OP_PREPARED] = {[HSM_OP_APPROVE] = HSM_OP_APPROVED,
        [HSM_OP_FAIL] = HSM_OP_FAILED,
        [HSM_OP_REFUSE] = HSM_OP_REFUSED,
        [HSM_OP_EXPIRE] = HSM_OP_EXPIRED},
    [HSM_OP_APPROVED] = {[HSM_OP_SIGN] = HSM_OP_SIGNING,
        [HSM_OP_FAIL] = HSM_OP_FAILED,
        [HSM_OP_REFUSE] = HSM_OP_REFUSED,
        [HSM_OP_EXPIRE] = HSM_OP_EXPIRED},
    /* The key is being used: nothing but its end is known any more. */
    [HSM_OP_SIGNING] =
        {[HSM_OP_DONE] = HSM_OP_SIGNED, [HSM_OP_FAIL] = HSM_OP_FAILED},
    [HSM_OP_SIGNED] =
        {[HSM_OP_RELEASE] = HSM_OP_RELEASED, [HSM_OP_FAIL] = HSM_OP_FAILED},
};

const char *
hsm_op_state_name(enum hsm_op_state state)
{
    return (unsigned)state < HSM_OP_STATES ? state_names[state] : "?";
}

enum hsm_op_state
hsm_op_next(enum hsm_op_state state, enum hsm_op_event event)
{
    if ((unsigned)state >= HSM_OP_STATES || (unsigned)event >= HSM_OP_EVENTS)
        return HSM_OP_NONE;
    return next_state[state][event];
}

bool
hsm_op_ended(enum hsm_op_state state)
{
    return state >= HSM_OP_RELEASED && state < HSM_OP_STATES;
}

struct hsm_ops *
hsm_ops_new(const struct hsm_op_limits *limits, size_t count)
{
    struct hsm_ops *ops = calloc(1, sizeof(*ops));

    if (ops == NULL)
        return NULL;
    ops->rate = calloc(count + 1, sizeof(*ops->rate));
    if (ops->rate == NULL) {
        free(ops);
        return NULL;
    }
    ops->limit = limits;
    ops->limits = count;
    return ops;
}

void
hsm_ops_free(struct hsm_ops *ops)
{
    if (ops == NULL)
        return;
    free(ops->rate);
    free(ops);
}

static size_t
limit_of(const struct hsm_ops *ops, const char *key)
{
    size_t i = 0;

    while (i < ops->limits && strcmp(ops->limit[i].key, key) != 0)
        i++;
    return i;
}

/* What the key itself permits. */
static enum mh_refusal
key_permits(const struct hsm_ops *ops, const struct mh_keyd_bond *bond)
{
    size_t i = limit_of(ops, bond->key);
    const struct hsm_op_limits *l = &ops->limit[i];

    if (i == ops->limits)
        return MH_REFUSED_KEY;
    /* The key of the log signs checkpoints and nothing else. */
    if (l->purpose == MH_KEY_LOG || bond->purpose != l->purpose)
        return MH_REFUSED_PURPOSE;
    if (bond->digest.len != 0 && !l->digests)
        return MH_REFUSED_PURPOSE;
    if (l->requester != NULL &&
        strncmp(bond->requester, l->requester, strlen(l->requester)) != 0)
        return MH_REFUSED_REQUESTER;
    return MH_REFUSED_NOT;
}

/* A free place, or that of the operation which ended first. */
static struct hsm_op *
free_place(struct hsm_ops *ops)
{
    struct hsm_op *oldest = NULL;

    for (size_t i = 0; i < HSM_OPS_MAX; i++) {
        struct hsm_op *op = &ops->op[i];

        if (op->state == HSM_OP_NONE)
            return op;
        if (hsm_op_ended(op->state) &&
            (oldest == NULL || op->ended < oldest->ended))
            oldest = op;
    }
    return oldest;
}

enum mh_refusal
hsm_ops_ticket(struct hsm_ops *ops, const struct mh_keyd_bond *bond,
    const uint8_t id[static MH_OP_ID], int64_t now, int64_t ttl,
    struct hsm_op **out)
{
    enum mh_refusal why = key_permits(ops, bond);
    struct hsm_op *op = NULL;

    *out = NULL;
    if (why != MH_REFUSED_NOT)
        return why;
    if (bond->document.len != sizeof(op->document) ||
        bond->digest.len > sizeof(op->digest))
        return MH_REFUSED_DOCUMENT;
    if (strlen(bond->requester) >= sizeof(op->requester) ||
        strlen(bond->key) >= sizeof(op->key))
        return MH_REFUSED_REQUESTER;
    op = free_place(ops);
    if (op == NULL)
        return MH_REFUSED_FULL;
    *op = (struct hsm_op){.state = hsm_op_next(HSM_OP_NONE, HSM_OP_TICKET),
        .purpose = bond->purpose,
        .digest_len = bond->digest.len,
        .expires = now + ttl};
    memcpy(op->id, id, sizeof(op->id));
    memcpy(op->requester, bond->requester, strlen(bond->requester) + 1);
    memcpy(op->key, bond->key, strlen(bond->key) + 1);
    memcpy(op->document, bond->document.ptr, sizeof(op->document));
    if (bond->digest.len != 0)
        memcpy(op->digest, bond->digest.ptr, bond->digest.len);
    *out = op;
    return MH_REFUSED_NOT;
}

struct hsm_op *
hsm_ops_find(struct hsm_ops *ops, struct mh_span id)
{
    if (id.len != MH_OP_ID)
        return NULL;
    for (size_t i = 0; i < HSM_OPS_MAX; i++)
        if (ops->op[i].state != HSM_OP_NONE &&
            memcmp(ops->op[i].id, id.ptr, MH_OP_ID) == 0)
            return &ops->op[i];
    return NULL;
}

static enum mh_refusal
bound(const struct hsm_op *op, const struct mh_keyd_bond *bond)
{
    struct mh_span document = {op->document, sizeof(op->document)};
    struct mh_span digest = {op->digest, op->digest_len};

    if (strcmp(op->requester, bond->requester) != 0)
        return MH_REFUSED_REQUESTER;
    if (op->purpose != bond->purpose)
        return MH_REFUSED_PURPOSE;
    if (strcmp(op->key, bond->key) != 0)
        return MH_REFUSED_KEY;
    if (!mh_span_eq(document, bond->document))
        return MH_REFUSED_DOCUMENT;
    if (!mh_span_eq(digest, bond->digest))
        return MH_REFUSED_DIGEST;
    return MH_REFUSED_NOT;
}

static void
end(struct hsm_op *op, enum hsm_op_event event, int64_t now)
{
    enum hsm_op_state next = hsm_op_next(op->state, event);

    if (next == HSM_OP_NONE)
        return; /* it has ended, or its key is in use */
    op->state = next;
    op->ended = now;
}

enum mh_refusal
hsm_ops_use(struct hsm_ops *ops, struct mh_span id,
    const struct mh_keyd_bond *bond, enum hsm_op_event event, int64_t now,
    struct hsm_op **out)
{
    struct hsm_op *op = hsm_ops_find(ops, id);
    enum mh_refusal why;

    if (out != NULL)
        *out = op;
    if (op == NULL)
        return MH_REFUSED_UNKNOWN;
    why = bound(op, bond);
    if (why != MH_REFUSED_NOT) {
        end(op, HSM_OP_REFUSE, now);
        return why;
    }
    if (op->state == HSM_OP_EXPIRED)
        return MH_REFUSED_EXPIRED;
    if (now >= op->expires && hsm_op_next(op->state, HSM_OP_EXPIRE) != 0) {
        end(op, HSM_OP_EXPIRE, now);
        return MH_REFUSED_EXPIRED;
    }
    if (hsm_op_next(op->state, event) == HSM_OP_NONE)
        return MH_REFUSED_STATE;
    return MH_REFUSED_NOT;
}

/* Counts one use, or says which limit it would exceed. */
static enum mh_refusal
count_use(struct hsm_ops *ops, const char *key, int64_t now)
{
    size_t i = limit_of(ops, key);
    const struct hsm_op_limits *l = &ops->limit[i];
    struct rate *r = &ops->rate[i];

    if (i == ops->limits)
        return MH_REFUSED_KEY;
    while (r->count > 0 &&
           now - r->use[(r->at + RATE_MAX - r->count) % RATE_MAX] >= MINUTE)
        r->count--;
    if (r->day_uses == 0 || now - r->day >= DAY) {
        r->day = now;
        r->day_uses = 0;
    }
    if (l->per_minute != 0 && r->count >= l->per_minute)
        return MH_REFUSED_MINUTE;
    if (l->per_day != 0 && r->day_uses >= l->per_day)
        return MH_REFUSED_DAY;
    r->use[r->at] = now;
    r->at = (r->at + 1) % RATE_MAX;
    if (r->count < RATE_MAX)
        r->count++;
    r->day_uses++;
    return MH_REFUSED_NOT;
}

enum mh_refusal
hsm_ops_move(struct hsm_ops *ops, struct hsm_op *op, enum hsm_op_event event,
    int64_t now)
{
    enum hsm_op_state next = hsm_op_next(op->state, event);
    size_t i = limit_of(ops, op->key);
    enum mh_refusal why = MH_REFUSED_NOT;

    if (next == HSM_OP_NONE)
        return MH_REFUSED_STATE;
    if (event == HSM_OP_PREPARE && op->purpose == MH_KEY_JUDGE &&
        i < ops->limits && ops->limit[i].queue_max != 0 &&
        hsm_ops_count(ops, op->key, HSM_OP_PREPARED, HSM_OP_PREPARED) >=
            ops->limit[i].queue_max)
        return MH_REFUSED_FULL;
    if (event == HSM_OP_SIGN)
        why = count_use(ops, op->key, now);
    if (why != MH_REFUSED_NOT)
        return why;
    op->state = next;
    if (hsm_op_ended(next))
        op->ended = now;
    return MH_REFUSED_NOT;
}

void
hsm_ops_expire(struct hsm_ops *ops, int64_t now,
    void (*seen)(void *arg, const struct hsm_op *op), void *arg)
{
    for (size_t i = 0; i < HSM_OPS_MAX; i++) {
        struct hsm_op *op = &ops->op[i];

        if (op->state == HSM_OP_NONE)
            continue;
        if (hsm_op_ended(op->state)) {
            if (now - op->ended >= HSM_OP_REMEMBERED)
                *op = (struct hsm_op){.state = HSM_OP_NONE};
            continue;
        }
        if (now < op->expires ||
            hsm_op_next(op->state, HSM_OP_EXPIRE) == HSM_OP_NONE)
            continue;
        end(op, HSM_OP_EXPIRE, now);
        if (seen != NULL)
            seen(arg, op);
    }
}

struct hsm_op *
hsm_ops_each(struct hsm_ops *ops, size_t *at)
{
    while (*at < HSM_OPS_MAX) {
        struct hsm_op *op = &ops->op[(*at)++];

        if (op->state != HSM_OP_NONE)
            return op;
    }
    return NULL;
}

size_t
hsm_ops_count(const struct hsm_ops *ops, const char *key,
    enum hsm_op_state from, enum hsm_op_state to)
{
    size_t n = 0;

    for (size_t i = 0; i < HSM_OPS_MAX; i++)
        if (ops->op[i].state != HSM_OP_NONE && ops->op[i].state >= from &&
            ops->op[i].state <= to && strcmp(ops->op[i].key, key) == 0)
            n++;
    return n;
}
