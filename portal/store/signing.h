/*
 * Documents on their way to a signature.  One that a client makes: what was
 * prepared waits for its value.  One of the appliance's keys: the operation
 * (base/wire/keyd.h) is remembered before keyd signs, so that the same request
 * comes to the same signature whatever stops in between.  What was signed
 * waits for whoever fetches it.
 */
#ifndef PORTAL_STORE_SIGNING_H
#define PORTAL_STORE_SIGNING_H

#include "base/wire/keyd.h"
#include "base/wire/report.h"
#include "portal/store/documents.h"

enum {
    PT_SIGNING_BYTES_MAX = 16 << 20, /* bytes of a document */
    PT_SIGNING_SECONDS = 600,        /* in which the value has to come */
    PT_SIGNING_KEEP = 86400,         /* seconds; then it is forgotten */
    PT_SIGNING_EACH = 64,            /* that wait, of a client */
};

struct pt_signing {
    char id[27];
    int64_t client;
    int64_t created, until;  /* seconds UTC */
    bool completed;          /* there is a document */
    const char *algorithm;   /* as the client named it; "" of a seal */
    const char *format;      /* likewise */
    enum mh_sig_level level; /* that the document shall reach */
    bool seal;               /* op is there */
    uint8_t op[MH_OP_ID];    /* of a seal */
    const char *idem;        /* its Idempotency-Key, or "" */
    struct mh_span digest;   /* what is to be signed; never changes.  Of a
                                seal: what the ticket is bound to */
    struct mh_span draft;    /* the worker's own */
    struct mh_span prepared; /* the document without its value */
    struct mh_span document; /* the signed one, or nothing */
};

/* MH_ELIMIT: as many as a client may have are waiting. */
enum mh_code pt_store_signing_add(struct pt_store *store,
    const struct pt_signing *s, struct mh_err *err) MH_MUST_USE;
/* The client's own, in the arena; id is "" where there is none. */
enum mh_code pt_store_signing_get(struct pt_store *store, const char *id,
    int64_t client, struct mh_arena *arena, struct mh_err *err,
    struct pt_signing *out) MH_MUST_USE;
/* The seal that was asked for with this key; likewise. */
enum mh_code pt_store_signing_once(struct pt_store *store, const char *idem,
    int64_t client, struct mh_arena *arena, struct mh_err *err,
    struct pt_signing *out) MH_MUST_USE;
/* Another operation for a seal, where keyd has forgotten the first. */
enum mh_code pt_store_signing_again(struct pt_store *store, const char *id,
    const uint8_t op[static MH_OP_ID], struct mh_err *err) MH_MUST_USE;
/* It will not be signed: it is forgotten. */
enum mh_code pt_store_signing_drop(
    struct pt_store *store, const char *id, struct mh_err *err) MH_MUST_USE;
/* The signed document; PT_ABSENT: it was completed before, or is too late. */
struct pt_signing_end {
    const char *id;
    int64_t client;
    int64_t now;
    struct mh_span document;
    const struct pt_record *record; /* kept with it; NULL: none */
};
enum mh_code pt_store_signing_complete(struct pt_store *store,
    const struct pt_signing_end *end, struct mh_err *err,
    enum pt_found *found) MH_MUST_USE;

#endif
