/*
 * What goes out by e-mail and SMS: an outbox, filled in the transaction of
 * what is told of, and emptied by portal/notify/deliver.h; and what is proven
 * by a code or a link that went out (portal.md 3.1, 3.2, 3.5).
 *
 * Times are seconds UTC.  What a message needs to say stands in args until it
 * was sent or given up, and is forgotten then.
 */
#ifndef PORTAL_STORE_DELIVERIES_H
#define PORTAL_STORE_DELIVERIES_H

#include "portal/store/people.h"

enum {
    PT_DELIVERY_ID = 32,     /* characters */
    PT_DELIVERY_ARGS = 4096, /* bytes */
    PT_PROOF_DATA = 2048,    /* bytes */
    PT_PROOF_TRIES = 5,
    PT_PROOFS_OPEN = 3, /* of one account and purpose at once */
};

enum pt_channel {
    PT_CHANNEL_MAIL = 1,
    PT_CHANNEL_SMS,
};

enum pt_delivery_state {
    PT_DELIVERY_QUEUED = 1,
    PT_DELIVERY_SENDING,   /* leased until next_at */
    PT_DELIVERY_SENT,      /* the provider has it */
    PT_DELIVERY_DELIVERED, /* the provider says that it arrived */
    PT_DELIVERY_FAILED,    /* refused for good */
    PT_DELIVERY_DEAD,      /* tried for too long */
};

struct pt_delivery {
    char id[PT_DELIVERY_ID + 1]; /* made by the store */
    int64_t account; /* whose address it goes to as it is then; 0: address */
    char address[PT_TEXT_MAX + 1];
    enum pt_channel channel;
    char kind[PT_KIND_MAX + 1];      /* of portal/notify/text.h */
    char lang[3];                    /* az, en, ru */
    char args[PT_DELIVERY_ARGS + 1]; /* lines, as the kind wants them */
    uint32_t tries;                  /* with this one */
    bool again; /* the last try may have arrived: nobody saw its end */
    int64_t created;
};

enum mh_code pt_store_delivery_add(struct pt_store *store,
    const struct pt_delivery *delivery, struct mh_err *err) MH_MUST_USE;

/* The same inside the writer's transaction. */
enum mh_code pt_delivery_write(struct pt_store *store,
    const struct pt_delivery *delivery, struct mh_err *err) MH_MUST_USE;

/* Inside the writer's transaction: one for each notification of an event whose
   recipient wants it and has a proven address. */
enum mh_code pt_delivery_fan_out(
    struct pt_store *store, const char *event, struct mh_err *err) MH_MUST_USE;

/*
 * The one that is due first, leased until a time: one whose lease ran out is
 * due as well, and says again.  Nothing is written where none is due.
 */
enum mh_code pt_store_delivery_lease(struct pt_store *store, int64_t now,
    int64_t until, struct mh_err *err, struct pt_delivery *out,
    enum pt_found *found) MH_MUST_USE;
/* After a fall: every lease has run out. */
enum mh_code pt_store_delivery_recover(
    struct pt_store *store, struct mh_err *err) MH_MUST_USE;

/* How a try ended. */
struct pt_delivered {
    const char *id;
    enum pt_delivery_state state; /* QUEUED: again, at next_at */
    int64_t next_at;
    const char *ref; /* the provider's, or "" */
};
enum mh_code pt_store_delivery_end(struct pt_store *store,
    const struct pt_delivered *end, struct mh_err *err) MH_MUST_USE;

/* The token that a report on it must bring, by its SHA-256; before it is
   sent. */
enum mh_code pt_store_delivery_token(struct pt_store *store, const char *id,
    const uint8_t token[static PT_HASH], struct mh_err *err) MH_MUST_USE;
/* A report of the provider, with the message's token: DELIVERED or FAILED,
   once; SENT: on its way, which changes nothing. */
enum mh_code pt_store_delivery_report(struct pt_store *store, const char *id,
    const uint8_t token[static PT_HASH], enum pt_delivery_state state,
    struct mh_err *err, enum pt_found *found) MH_MUST_USE;

struct pt_delivery_counts {
    uint64_t queued, dead;
};
enum mh_code pt_store_delivery_count(struct pt_store *store, struct mh_err *err,
    struct pt_delivery_counts *out) MH_MUST_USE;
/* Ends that are older than a time, and proofs that have run out, go. */
enum mh_code pt_store_delivery_expire(struct pt_store *store, int64_t before,
    int64_t now, struct mh_err *err) MH_MUST_USE;

/* ---- proofs ---- */

struct pt_proof {
    uint8_t token[PT_HASH]; /* SHA-256 of what a link or a cookie has */
    const char *purpose;    /* a literal */
    int64_t account;        /* 0: nobody's */
    uint8_t code[PT_HASH];  /* SHA-256 of token and digits; zeros: no code */
    int64_t until;
    const char *data; /* what is done once it is proven, or "" */
};
/*
 * Adds it with the message that brings it.  Nothing is sent where delivery's
 * address is "", and nothing of the account's past PT_PROOFS_OPEN: the same is
 * written, and takes as long.
 */
enum mh_code pt_store_proof_add(struct pt_store *store,
    const struct pt_proof *proof, const struct pt_delivery *delivery,
    struct mh_err *err) MH_MUST_USE;

/* The same without a message: what is proven is shown by other means. */
enum mh_code pt_store_proof_keep(struct pt_store *store,
    const struct pt_proof *proof, struct mh_err *err) MH_MUST_USE;

struct pt_proven {
    enum pt_found found; /* there is such a proof, and the code is its */
    bool wrong;          /* there is, and the code is not; tries are left */
    int64_t account;
    char data[PT_PROOF_DATA + 1];
};
/* Takes it, once; a wrong code counts, and the last takes the proof away.
   look: only looks whether it is there. */
struct pt_proof_given {
    const char *purpose;
    const uint8_t *token, *code; /* PT_HASH bytes each; code NULL: zeros */
    int64_t now;
    bool look;
};
enum mh_code pt_store_proof_take(struct pt_store *store,
    const struct pt_proof_given *given, struct mh_err *err,
    struct pt_proven *out) MH_MUST_USE;

/* A letter to the operator, with the message about it. */
enum mh_code pt_store_letter_add(struct pt_store *store, int64_t account,
    const char *text, const struct pt_delivery *delivery,
    struct mh_err *err) MH_MUST_USE;

#endif
