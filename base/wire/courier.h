/*
 * Messages between a caller and the courier, the one process that speaks to
 * the outside (security.md 2): which endpoint, what to send, and the answer's
 * bytes, which the courier does not look into.
 *
 *   caller -> courier  FETCH_SETUP   once, before anything else
 *   caller -> courier  FETCH         any number at once
 *   courier -> caller  FETCHED       [memfd with the answer's bytes]
 */
#ifndef BASE_WIRE_COURIER_H
#define BASE_WIRE_COURIER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#define MH_ENDPOINTS_MAX  32U         /* named addresses of one courier */
#define MH_FETCH_BODY_MAX (32U << 10) /* bytes sent out in one request */
#define MH_FETCHES_MAX    64U         /* requests under way at once */

enum mh_fetch_message {
    MH_MSG_FETCH_SETUP = 1,
    MH_MSG_FETCH,
    MH_MSG_FETCHED,
};

/* What is asked for: method, media types, largest answer, retries. */
enum mh_fetch_kind {
    MH_FETCH_OCSP,      /* RFC 6960 A.1, POST */
    MH_FETCH_CRL,       /* RFC 5280 4.2.1.13, GET */
    MH_FETCH_ISSUER,    /* RFC 5280 4.2.2.1, GET */
    MH_FETCH_TSA,       /* RFC 3161 3.4, POST */
    MH_FETCH_LIST,      /* a trusted list, GET */
    MH_FETCH_JSON_GET,  /* mobile ID */
    MH_FETCH_JSON_POST, /* the same; never tried again: it is not idempotent */
    MH_FETCH_KINDS,
};

struct mh_endpoint {
    const char *name;
    const char *url;
    const char *pin; /* "sha256//..." of its key (RFC 7469), or "" */
};

struct mh_fetch_setup {
    const char *proxy;   /* URL, or "": none; the environment's never counts */
    const char *ca_file; /* PEM of the authorities for https, or "": system */
    bool public_only;    /* also for addresses out of proven certificates */
    struct mh_endpoint *endpoint;
    size_t endpoints;
};

struct mh_fetch {
    uint64_t id; /* echoed */
    enum mh_fetch_kind kind;
    const char *endpoint; /* a name of the set-up, or "" */
    const char *url; /* with an endpoint: what follows its URL; else whole */
    /* The address stands in a certificate whose path leads to an anchor; any
       other may only lead to public addresses and the usual ports. */
    bool proven;
    int64_t after; /* seconds UTC: an answer kept from before is of no use */
    uint32_t timeout_ms; /* of the whole request; 0: the kind's own */
    struct mh_span body; /* unpacked, it borrows from the packet */
};

struct mh_fetched {
    uint64_t id;
    enum mh_code code;   /* MH_OK: an answer came, with whatever status */
    const char *message; /* one line where code is not MH_OK */
    uint32_t status;     /* of HTTP */
    uint64_t size;       /* bytes in the memfd; 0: no memfd */
};

void mh_fetch_setup_pack(const struct mh_fetch_setup *s, struct mh_buf *out);
enum mh_code mh_fetch_setup_unpack(struct mh_span packet,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_fetch_setup *out) MH_MUST_USE;
void mh_fetch_pack(const struct mh_fetch *f, struct mh_buf *out);
enum mh_code mh_fetch_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_fetch *out) MH_MUST_USE;
void mh_fetched_pack(const struct mh_fetched *f, struct mh_buf *out);
enum mh_code mh_fetched_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_fetched *out) MH_MUST_USE;

/* Whose answer a packet FETCHED is, without a look at the rest; false: it is no
   such packet. */
bool mh_fetched_id(struct mh_span packet, uint64_t *id) MH_MUST_USE;

/* Bytes that an answer of this kind may have. */
uint64_t mh_fetch_limit(enum mh_fetch_kind kind);

#endif
