/*
 * The table of operations: who may sign what, when, how often.  Pure: no
 * clock, no files, no keys; everything comes in as arguments.
 *
 *   (new) --> TICKETED --> PREPARED --> APPROVED --> SIGNING --> SIGNED
 *                                                                  |
 *             any but the ends --> FAILED, REFUSED, EXPIRED    RELEASED
 *
 * A ticket is bound to requester, purpose, key, document and, where a digest
 * is signed, that digest; it signs once.  The court's seal approves itself by
 * these rules; a judge's key waits in the queue for its holder (keys.md 3.6).
 * Times are milliseconds of a clock that never goes back.
 */
#ifndef HSM_KEYD_OPS_H
#define HSM_KEYD_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wire/keyd.h"

#define HSM_OPS_MAX       4096U   /* operations remembered at once */
#define HSM_OP_TEXT       257U    /* bytes of a requester, its NUL included */
#define HSM_OP_KEY        65U     /* bytes of a key's name, its NUL included */
#define HSM_OP_REMEMBERED 3600000 /* ms that one which ended is kept */

enum hsm_op_state {
    HSM_OP_NONE, /* a free place */
    HSM_OP_TICKETED,
    HSM_OP_PREPARED, /* its document is there; a judge's: in the queue */
    HSM_OP_APPROVED,
    HSM_OP_SIGNING, /* key.use is written */
    HSM_OP_SIGNED,  /* key.done is written */
    HSM_OP_RELEASED,
    HSM_OP_FAILED,
    HSM_OP_REFUSED,
    HSM_OP_EXPIRED,
    HSM_OP_STATES,
};

enum hsm_op_event {
    HSM_OP_TICKET,
    HSM_OP_PREPARE,
    HSM_OP_APPROVE,
    HSM_OP_SIGN,
    HSM_OP_DONE,
    HSM_OP_RELEASE,
    HSM_OP_FAIL,
    HSM_OP_REFUSE,
    HSM_OP_EXPIRE,
    HSM_OP_EVENTS,
};

const char *hsm_op_state_name(enum hsm_op_state state);
/* The state after the event; HSM_OP_NONE: it is not permitted there. */
enum hsm_op_state hsm_op_next(
    enum hsm_op_state state, enum hsm_op_event event) MH_MUST_USE;
bool hsm_op_ended(enum hsm_op_state state);

struct hsm_op {
    enum hsm_op_state state;
    uint8_t id[MH_OP_ID];
    char requester[HSM_OP_TEXT];
    char key[HSM_OP_KEY];
    enum mh_key_purpose purpose;
    uint8_t document[32];
    uint8_t digest[MH_DIGEST_MAX];
    size_t digest_len; /* 0: a document is signed, not a digest */
    uint8_t title[32]; /* of a judge's: what was shown */
    int64_t expires;   /* ms: of the ticket, then of the approval */
    int64_t ended;     /* ms */
};

/* What may be done with one key. */
struct hsm_op_limits {
    const char *key;
    enum mh_key_purpose purpose;
    /* Beginning of the requesters that may use it, as "p:" or "client:";
       NULL: any. */
    const char *requester;
    uint32_t per_minute, per_day; /* signatures; 0: no limit */
    uint32_t queue_max;           /* acts that wait */
    bool digests;                 /* SIGN is permitted */
};

struct hsm_ops; /* the table; for one thread at a time */

/* limits are borrowed.  NULL without memory. */
struct hsm_ops *hsm_ops_new(const struct hsm_op_limits *limits, size_t count);
void hsm_ops_free(struct hsm_ops *ops);

/* A ticket, TICKETED; id is random and the caller's.  MH_REFUSED_NOT: made. */
enum mh_refusal hsm_ops_ticket(struct hsm_ops *ops,
    const struct mh_keyd_bond *bond, const uint8_t id[static MH_OP_ID],
    int64_t now, int64_t ttl, struct hsm_op **out) MH_MUST_USE;

/* The operation of this id, ended ones included; NULL: none. */
struct hsm_op *hsm_ops_find(struct hsm_ops *ops, struct mh_span id);

/*
 * The operation of this id if it is bound to exactly this and event is
 * permitted now.  A mismatch ends it as REFUSED: a ticket that was tried for
 * something else is worth nothing any more.  *out, if not NULL, is the
 * operation also where it was refused.
 */
enum mh_refusal hsm_ops_use(struct hsm_ops *ops, struct mh_span id,
    const struct mh_keyd_bond *bond, enum hsm_op_event event, int64_t now,
    struct hsm_op **out) MH_MUST_USE;

/*
 * Moves it.  SIGN counts against the key's limits: MH_REFUSED_MINUTE or _DAY
 * leave it as it was; MH_REFUSED_STATE: the event is not permitted.
 */
enum mh_refusal hsm_ops_move(struct hsm_ops *ops, struct hsm_op *op,
    enum hsm_op_event event, int64_t now) MH_MUST_USE;

/* Ends what ran out of time, forgets what ended long ago; calls seen, which
   may be NULL, for each that expired. */
void hsm_ops_expire(struct hsm_ops *ops, int64_t now,
    void (*seen)(void *arg, const struct hsm_op *op), void *arg);

/* Walks over all that are there; *at is 0 first. */
struct hsm_op *hsm_ops_each(struct hsm_ops *ops, size_t *at);
/* Of this key, in one of the states from .. to. */
size_t hsm_ops_count(const struct hsm_ops *ops, const char *key,
    enum hsm_op_state from, enum hsm_op_state to);

#endif
