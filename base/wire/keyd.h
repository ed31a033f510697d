/*
 * Messages between mohur-portal and mohur-keyd over their SOCK_SEQPACKET pair:
 * one packet each of at most MH_MESSAGE_MAX bytes.  A request carries a number
 * of its caller's that its one answer repeats; many may be under way, and they
 * are answered in any order.
 *
 *   portal -> keyd    APPEND    -> APPENDED  records, after their flush
 *                     TICKET    -> TICKETED
 *                     SEAL      [documents] -> SEALED [signed document]
 *                     SIGN      -> VALUE     of a digest; a judge's keys only
 *                     QUEUE_ADD, QUEUE_REFUSE, DONE -> FINE
 *                     QUEUE_APPROVE -> APPROVED  how many
 *                     QUEUE_LIST -> QUEUE
 *                     RECEIPT   -> RECEIPTED [the sealed receipt]
 *                     PROOF     -> PROVED
 *                     STATUS    -> IS
 *                     READ      -> RECORDS   of the log, from a number on
 *                     CHECK     -> CHECKED   the log against itself
 *   keyd -> portal    any of them  -> FAILED
 *
 * Documents and results are memfds with all four seals.  A packet of a bad
 * length, type or number of descriptors ends the channel, not keyd.
 *
 * An operation (SEAL, SIGN, RECEIPT) is named by 16 bytes.  Until DONE names it
 * the same operation asked again is answered with the same result.
 */
#ifndef BASE_WIRE_KEYD_H
#define BASE_WIRE_KEYD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest/digest.h"
#include "base/err.h"
#include "base/span.h"
#include "base/wire/settings.h"

#define MH_OP_ID           16U         /* bytes of an operation's name */
#define MH_APPEND_MAX      16U         /* records of one APPEND */
#define MH_APPEND_DATA_MAX 24U         /* members of a record's d */
#define MH_SEAL_FILES_MAX  100U        /* documents of one SEAL, RECEIPT */
#define MH_SEAL_BYTES_MAX  (1U << 30)  /* bytes of one document */
#define MH_SEAL_SPEC_MAX   (32U << 10) /* bytes of a packed mh_sign_request */
#define MH_APPROVE_MAX     64U         /* acts of one activation */
#define MH_KEYD_PIN_MAX    64U         /* bytes */
#define MH_QUEUE_LIST_MAX  256U        /* acts of one QUEUE */
#define MH_PROOF_MAX       (48U << 10) /* bytes of a proof's text */
#define MH_RECORDS_MAX     (56U << 10) /* bytes of one RECORDS */
#define MH_LOG_PROBLEMS    16U         /* of one CHECKED */
#define MH_LOG_NOTE_MAX    (16U << 10) /* bytes of a checkpoint in it */

enum mh_keyd_type {
    MH_KEYD_APPEND = 1,
    MH_KEYD_TICKET,
    MH_KEYD_SEAL,
    MH_KEYD_SIGN,
    MH_KEYD_QUEUE_ADD,
    MH_KEYD_QUEUE_LIST,
    MH_KEYD_QUEUE_APPROVE,
    MH_KEYD_QUEUE_REFUSE,
    MH_KEYD_RECEIPT,
    MH_KEYD_PROOF,
    MH_KEYD_STATUS,
    MH_KEYD_DONE,
    MH_KEYD_READ,
    MH_KEYD_CHECK,
    MH_KEYD_REQUEST_END,

    MH_KEYD_FAILED = 32,
    MH_KEYD_APPENDED,
    MH_KEYD_TICKETED,
    MH_KEYD_SEALED,
    MH_KEYD_VALUE,
    MH_KEYD_FINE,
    MH_KEYD_APPROVED,
    MH_KEYD_QUEUE,
    MH_KEYD_RECEIPTED,
    MH_KEYD_PROVED,
    MH_KEYD_IS,
    MH_KEYD_RECORDS,
    MH_KEYD_CHECKED,
    MH_KEYD_END,
};

/* Why an operation was not done; those from the op table are recorded. */
enum mh_refusal {
    MH_REFUSED_NOT,       /* it was not refused: it failed, see code */
    MH_REFUSED_UNKNOWN,   /* no such ticket, or forgotten at a restart */
    MH_REFUSED_STATE,     /* used, ended, or not approved */
    MH_REFUSED_EXPIRED,   /* the ticket's or the approval's time is over */
    MH_REFUSED_REQUESTER, /* another one than the ticket's */
    MH_REFUSED_PURPOSE,   /* another one than the ticket's, or the key's */
    MH_REFUSED_KEY,       /* no such key, or another one than the ticket's */
    MH_REFUSED_DOCUMENT,  /* another document than the ticket's */
    MH_REFUSED_DIGEST,    /* another digest than the ticket's */
    MH_REFUSED_MINUTE,    /* signatures of this minute */
    MH_REFUSED_DAY,       /* signatures of this day */
    MH_REFUSED_FULL,      /* tickets, or acts that wait */
    MH_REFUSED_PIN,       /* the key was not activated; see the message */
    MH_REFUSALS,
};
const char *mh_refusal_name(enum mh_refusal refusal); /* "other-document" */

/* ---- requests ---- */

struct mh_append_value {
    const char *key;
    unsigned kind;      /* 0 string, 1 number, 2 truth value */
    const char *string; /* of kind 0; else "" */
    int64_t number;     /* of kind 1 and 2; else 0 */
};

/* As a record of the audit log (hsm/audit/record.h); src is not the sender's
   to say, and neither are events that only keyd makes. */
struct mh_append_record {
    const char *ev, *who, *obj, *res;
    struct mh_append_value *value;
    size_t values; /* sorted by key */
};

struct mh_keyd_append {
    uint64_t id;
    struct mh_append_record *record;
    size_t records; /* at least 1 */
};

/* What an operation is bound to; each use repeats it. */
struct mh_keyd_bond {
    const char *requester; /* an identifier: goes into the audit log */
    enum mh_key_purpose purpose;
    const char *key;         /* name of the key */
    struct mh_span document; /* SHA-256: 32 bytes; of several documents the
                                SHA-256 of theirs end to end */
    struct mh_span digest;   /* of SIGN: what is signed; else empty */
};

struct mh_keyd_ticket {
    uint64_t id;
    struct mh_keyd_bond bond;
    uint32_t ttl_s; /* seconds; 0: as long as keyd lets it */
};

struct mh_keyd_file {
    const char *name; /* as it shall stand in a container */
    uint64_t size;    /* bytes of its memfd */
};

struct mh_keyd_seal {
    uint64_t id;
    struct mh_span op; /* that of TICKETED */
    struct mh_keyd_bond bond;
    /* A packed mh_sign_request PREPARE (base/wire/sign.h) without certificate,
       chain, scheme, digest and time: they are keyd's. */
    struct mh_span spec;
    struct mh_keyd_file *file;
    size_t files; /* as many descriptors, at least 1 */
};

struct mh_keyd_sign {
    uint64_t id;
    struct mh_span op;
    struct mh_keyd_bond bond;
    enum mh_digest_alg alg; /* of bond.digest */
};

struct mh_keyd_queue_add {
    uint64_t id;
    struct mh_span op;    /* a ticket for a judge's key */
    struct mh_span title; /* SHA-256 of what the judge is shown: 32 bytes */
    struct mh_keyd_bond bond;
};

struct mh_keyd_queue_list {
    uint64_t id;
    const char *key;
};

struct mh_keyd_queue_approve {
    uint64_t id;
    const char *key;
    const char *requester; /* the judge: that of the tickets */
    struct mh_span pin;    /* wiped by both sides; empty: the PIN pad */
    struct mh_span *op;
    size_t ops; /* at least 1 */
};

struct mh_keyd_queue_refuse {
    uint64_t id;
    struct mh_span op;
    const char *requester;
};

struct mh_receipt_file {
    const char *name;
    uint64_t size;
    struct mh_span sha256; /* 32 bytes */
};

struct mh_keyd_receipt {
    uint64_t id;
    struct mh_span op; /* the caller's: that of its outbox */
    const char *requester;
    const char *key;    /* seals it; of purpose MH_KEY_SEAL */
    const char *obj;    /* of the record: "filing:..." */
    const char *status; /* "accepted" or "received" */
    const char *text;   /* a line for people, may be empty */
    struct mh_receipt_file *file;
    size_t files; /* at least 1 */
};

struct mh_keyd_proof {
    uint64_t id;
    uint64_t n;
    bool first; /* under the first checkpoint that covers it, not the latest */
};

struct mh_keyd_done {
    uint64_t id;
    struct mh_span op;
};

struct mh_keyd_read {
    uint64_t id;
    uint64_t n; /* the first record */
};

struct mh_keyd_check {
    uint64_t id;
    bool whole; /* read everything; else only what CHECKED says of its note */
};

/* ---- answers ---- */

struct mh_keyd_failed {
    uint64_t id;
    enum mh_code code; /* never MH_OK */
    enum mh_refusal refusal;
    const char *where;   /* "time-stamp", "key", ...; "" */
    const char *message; /* one line */
};

struct mh_keyd_appended {
    uint64_t id;
    uint64_t n; /* of the first; the others' follow in order, but a record of
                   the log's own may stand between them: see last */
    uint64_t last;
};

struct mh_keyd_ticketed {
    uint64_t id;
    struct mh_span op;
    uint32_t ttl_s;
};

struct mh_keyd_sealed { /* SEALED, RECEIPTED: one descriptor */
    uint64_t id;
    uint64_t size; /* bytes of it */
    uint64_t n;    /* of the record: key.done, or that of the filing */
};

struct mh_keyd_value {
    uint64_t id;
    struct mh_span value; /* r||s or the RSA value */
    uint64_t n;           /* of its key.done */
};

struct mh_keyd_number { /* FINE: 0; APPROVED: how many */
    uint64_t id;
    uint32_t number;
};

struct mh_queue_item {
    struct mh_span op;
    struct mh_span title, document; /* 32 bytes each */
    const char *requester;
    unsigned state;    /* hsm/keyd/ops.h */
    uint32_t expire_s; /* seconds until it expires */
};

struct mh_keyd_queue {
    uint64_t id;
    struct mh_queue_item *item;
    size_t items;
};

struct mh_keyd_proved {
    uint64_t id;
    struct mh_span proof;  /* text of a tlog-proof */
    struct mh_span record; /* verbatim */
};

struct mh_key_state {
    const char *name;
    enum mh_key_purpose purpose;
    bool open, logged_in, down;
    uint32_t faults; /* in a row */
    uint64_t signatures;
};

struct mh_keyd_is {
    uint64_t id;
    uint64_t log_size, checkpoint_size;
    bool log_ok;
    uint32_t tickets; /* that have not ended */
    struct mh_key_state *key;
    size_t keys;
};

struct mh_keyd_records {
    uint64_t id;
    uint64_t size; /* records of the log */
    /* The records from n on, as many as fit; each a big-endian 16-bit length
       and its bytes.  Empty: there are none yet. */
    struct mh_span bytes;
};

struct mh_log_problem {
    bool record;      /* it has an index */
    uint64_t index;   /* of the first record concerned */
    const char *text; /* one line */
};

struct mh_keyd_checked {
    uint64_t id;
    struct mh_span note; /* the latest checkpoint; empty: there is none */
    uint64_t stamped;    /* size of the largest checkpoint with a time-stamp; 0:
                            none */
    bool whole;          /* what follows was found out */
    uint64_t records, checkpoints, covered, key_uses, open, stamps;
    struct mh_log_problem *problem;
    size_t problems; /* 0: the log is whole */
};

/* Type byte of a packet; 0 if it has none of this protocol. */
uint8_t mh_keyd_type(struct mh_span packet);
/* The caller's number of a packet that has one. */
bool mh_keyd_id(struct mh_span packet, uint64_t *id);
bool mh_keyd_is_request(uint8_t type);

/*
 * Each pair packs and unpacks one message with its type byte.  Unpacked,
 * arrays and texts are in the arena and spans borrow from the packet.  out is
 * bad where a field is out of its range; MH_EFORMAT: the peer's is.
 */
#define MH_KEYD_PAIR(name)                                                     \
    void mh_keyd_##name##_pack(                                                \
        const struct mh_keyd_##name *m, struct mh_buf *out);                   \
    enum mh_code mh_keyd_##name##_unpack(struct mh_span packet,                \
        struct mh_arena *arena, struct mh_err *err,                            \
        struct mh_keyd_##name *out) MH_MUST_USE

MH_KEYD_PAIR(append);
MH_KEYD_PAIR(ticket);
MH_KEYD_PAIR(seal);
MH_KEYD_PAIR(sign);
MH_KEYD_PAIR(queue_add);
MH_KEYD_PAIR(queue_list);
MH_KEYD_PAIR(queue_approve);
MH_KEYD_PAIR(queue_refuse);
MH_KEYD_PAIR(receipt);
MH_KEYD_PAIR(proof);
MH_KEYD_PAIR(done);
MH_KEYD_PAIR(failed);
MH_KEYD_PAIR(appended);
MH_KEYD_PAIR(ticketed);
MH_KEYD_PAIR(value);
MH_KEYD_PAIR(queue);
MH_KEYD_PAIR(proved);
MH_KEYD_PAIR(is);
MH_KEYD_PAIR(read);
MH_KEYD_PAIR(check);
MH_KEYD_PAIR(records);
MH_KEYD_PAIR(checked);

/* STATUS has its number only. */
void mh_keyd_status_pack(uint64_t id, struct mh_buf *out);
enum mh_code mh_keyd_status_unpack(
    struct mh_span packet, struct mh_err *err, uint64_t *id) MH_MUST_USE;
/* type: SEALED or RECEIPTED. */
void mh_keyd_sealed_pack(
    enum mh_keyd_type type, const struct mh_keyd_sealed *m, struct mh_buf *out);
enum mh_code mh_keyd_sealed_unpack(struct mh_span packet,
    enum mh_keyd_type type, struct mh_err *err,
    struct mh_keyd_sealed *out) MH_MUST_USE;
/* type: FINE or APPROVED. */
void mh_keyd_number_pack(
    enum mh_keyd_type type, const struct mh_keyd_number *m, struct mh_buf *out);
enum mh_code mh_keyd_number_unpack(struct mh_span packet,
    enum mh_keyd_type type, struct mh_err *err,
    struct mh_keyd_number *out) MH_MUST_USE;

/*
 * Whether a descriptor that came is what a document must be: a memfd (so a
 * regular file) with all four seals, of exactly size bytes, at most max.
 */
enum mh_code mh_keyd_memfd_check(
    int fd, uint64_t size, uint64_t max, struct mh_err *err) MH_MUST_USE;

#endif
