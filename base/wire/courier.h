/*
 * Messages between a caller and the courier, the one process that speaks to
 * the outside (security.md 2): which endpoint, what to send, and the answer's
 * bytes, which the courier does not look into.
 *
 *   caller -> courier  FETCH_SETUP   once, before anything else
 *   caller -> courier  FETCH         any number at once
 *   courier -> caller  FETCHED       [memfd with the answer's bytes]
 *
 * What e-mail and SMS need to be sent, passwords among it, comes from the
 * supervisor alone, as a message FETCH_SENDERS in a sealed memfd that is open
 * when the courier starts (MH_SENDERS_FD): callers never have it.
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
    MH_MSG_FETCH_SENDERS,
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
    /* An e-mail: from, to and the whole message (RFC 5322) as body.  MH_OK with
       the status of SMTP (RFC 5321 4.2): 250 is accepted.  Never tried again.
     */
    MH_FETCH_MAIL,
    /* A text message: from (the sender that the telephone shows), to (digits)
       and the text as body, UTF-8; url: "", or the address that Kannel reports
       to, with %d where its status goes.  Never tried again. */
    MH_FETCH_SMS,
    /* The gateway of payments: fields of a form (WHATWG URL 5), and likewise
       its answer.  Never tried again. */
    MH_FETCH_FORM_POST,
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
    uint32_t timeout_ms;   /* of the whole request; 0: the kind's own */
    const char *from, *to; /* of e-mail and SMS; NULL is "" */
    struct mh_span body;   /* unpacked, it borrows from the packet */
};

struct mh_fetched {
    uint64_t id;
    enum mh_code code;   /* MH_OK: an answer came, with whatever status */
    const char *message; /* one line where code is not MH_OK */
    uint32_t status;     /* of HTTP, or of SMTP */
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

/* How a mail server is spoken to, and which words an SMS service has. */
enum mh_sender_mode {
    MH_MAIL_TLS,     /* TLS or nothing: smtps, or STARTTLS (RFC 3207) */
    MH_MAIL_TLS_TRY, /* STARTTLS where the server has it; without a password */
    MH_MAIL_PLAIN,   /* none; without a password */
    MH_SMS_KANNEL,   /* sendsms of smsbox */
    MH_SMS_LSIM,     /* quicksms/v1/send */
    MH_SENDER_MODES,
};

/* Where it goes and who we are there; url "": there is none. */
struct mh_sender {
    const char *url; /* smtp://, smtps://; or http(s):// with its path */
    const char *pin; /* as in mh_endpoint */
    enum mh_sender_mode mode;
    const char *user, *password; /* "" : without */
};
struct mh_senders {
    struct mh_sender mail, sms;
};

#define MH_SENDERS_FD  4
#define MH_SENDERS_MAX 8192U /* bytes of the message */

void mh_senders_pack(const struct mh_senders *s, struct mh_buf *out);
enum mh_code mh_senders_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_senders *out) MH_MUST_USE;

/* Bytes that an answer of this kind may have. */
uint64_t mh_fetch_limit(enum mh_fetch_kind kind);

#endif
