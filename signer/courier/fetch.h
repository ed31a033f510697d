/*
 * One request over HTTP with libcurl: made, watched, ended (security.md 4).
 * Internal to signer/courier.
 */
#ifndef SIGNER_COURIER_FETCH_H
#define SIGNER_COURIER_FETCH_H

#include <curl/curl.h>

#include "base/wire/courier.h"

/* What is said of an address that is no plain http or https one. */
#define SG_NO_ADDRESS "address: not a plain http or https address"

struct sg_transfer {
    bool busy;
    struct mh_fetch fetch; /* texts in arena */
    struct mh_arena *arena;
    const char *url;                /* whole */
    const char *pin;                /* of the endpoint, or "" */
    const struct mh_sender *sender; /* of e-mail and SMS; else NULL */
    size_t sent;                    /* bytes of an e-mail that were read */
    bool named;    /* an endpoint: its address is configuration */
    bool anywhere; /* the address rule does not apply */
    int chances;   /* attempts left after this one */
    int64_t due;   /* monotonic ms; when to try again; 0: it is running */
    bool refused;  /* by the address rule */
    CURL *easy;
    struct curl_slist *headers;
    struct mh_buf body; /* of the answer */
    uint64_t max;       /* bytes of it */
};

/* What an attempt came to. */
struct sg_outcome {
    enum mh_code code;
    const char *text; /* static, why not */
    uint32_t status;
    bool again;  /* a fault that may pass */
    bool silent; /* the host cannot be reached */
    bool slow;   /* it can be, and gives no answer to this in time */
};

/* Whether an address begins with this scheme, "https://" (RFC 3986 3.1). */
bool sg_url_is(const char *url, const char *scheme);

/* Sets an attempt up; the caller gives easy to its multi handle. */
enum mh_code sg_transfer_start(struct sg_transfer *t,
    const struct mh_fetch_setup *setup, struct mh_err *err) MH_MUST_USE;

/* Reads the end of an attempt. */
void sg_transfer_outcome(
    struct sg_transfer *t, CURLcode result, struct sg_outcome *out);

/* Frees what the attempt held; the request itself stays. */
void sg_transfer_stop(struct sg_transfer *t);

#endif
