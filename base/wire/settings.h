/*
 * What the supervisor tells a service about itself, out of mohur.conf: the
 * service reads no file of settings.  SETUP carries them once, before anything
 * else; RELOAD carries them again, whole (base/wire/control.h).
 *
 * They were checked before they were packed.  The limits here are those of the
 * message; the ranges are those of mohur.conf(5).
 */
#ifndef BASE_WIRE_SETTINGS_H
#define BASE_WIRE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "base/wire/courier.h"

#define MH_PEM_MAX     8192U /* bytes of a key of payments */
#define MH_KEYS_MAX    16U   /* keys of one appliance: a token worker each */
#define MH_HOSTS_MAX   32U   /* names that the portal answers to */
#define MH_CLIENTS_MAX 256U  /* programs that may use the API */

enum mh_service_kind {
    MH_SERVICE_PORTAL,
    MH_SERVICE_KEYD,
    MH_SERVICES
};

/* Mobile ID; url "" : there is none.  It is the endpoint "mobile" as well. */
struct mh_mobile_settings {
    const char *url;
    const char *profile; /* "asan", ... */
    const char *uuid, *name, *text;
};

/* Bits of what an API client may do. */
#define MH_MAY_VERIFY 0x01U /* verify, inspect, reports */
#define MH_MAY_SIGN   0x02U /* sign jobs of persons: mobile ID, cards */
#define MH_MAY_SEAL   0x04U /* the appliance's own keys */
#define MH_MAY_EXTEND 0x08U
#define MH_MAY_FILE   0x10U /* filings and receipts */
#define MH_MAY_QUEUE  0x20U /* the judge's queue */
#define MH_MAY_AUDIT  0x40U /* proofs and the log */
#define MH_MAY_ALL    0x7fU

struct mh_client_settings {
    const char *name;     /* an identifier: goes into the audit log */
    struct mh_span key;   /* SHA-256 of its key: 32 bytes */
    uint32_t may;         /* MH_MAY_* */
    uint32_t per_minute;  /* requests; 0: no limit */
    uint64_t bytes_a_day; /* of uploads; 0: no limit */
};

/* E-mail and SMS, as far as the portal knows of them; "" : there is none. */
struct mh_notify_settings {
    const char *mail_from;   /* user@host of the envelope and the header */
    const char *operator_to; /* where letters to the operator go; "" */
    const char *sms_sender;  /* what the telephone shows */
    bool sms_lsim;           /* LSIM's words, else Kannel's */
};

/* Whether the gateway gives money back, and the order of what its request
   signs: banks differ (TRTYPE 22 and 24). */
enum mh_refunds {
    MH_REFUNDS_NO,
    MH_REFUNDS_AMOUNT_FIRST, /* AMOUNT, CURRENCY, TERMINAL, TRTYPE, ORDER */
    MH_REFUNDS_ORDER_FIRST,  /* ORDER, AMOUNT, CURRENCY, TERMINAL, TRTYPE */
    MH_REFUNDS_END,
};

/*
 * The gateway of payments; url "": there is none.  It is the endpoint "payment"
 * as well.  Keys are PEM: the terminal's own RSA key, which signs requests, and
 * the gateway's public one.
 */
struct mh_payment_settings {
    const char *url;
    const char *terminal, *merchant; /* as the bank gave them */
    struct mh_span key, gateway_key; /* at most MH_PEM_MAX bytes each */
    enum mh_refunds refunds;
};

struct mh_portal_settings {
    const char *state;  /* folder of its own: store.db, objects/, spool/ */
    const char *store;  /* "sqlite", or "postgresql:" and where it is */
    const char *origin; /* "https://host": what receipts and answers name */
    /* "https://host" where the front asks for a client's certificate; "" */
    const char *card_origin;
    const char **host; /* allowed in Host, lower case, without a port */
    size_t hosts;
    bool front;           /* the listener is nginx's: a unix socket */
    bool landlock;        /* required (the default), or optional */
    bool strict;          /* policy of judgements where a request has none */
    uint32_t threads;     /* of the network */
    uint32_t connections; /* at once */
    uint32_t workers;     /* documents examined at once */
    uint64_t upload_max;  /* bytes of one document */
    uint64_t flight_max;  /* bytes of uploads under way, all together */
    uint64_t reserve;     /* bytes of disk that uploads leave free */
    uint32_t keep_days;   /* jobs and their results; 0: for ever */
    struct mh_client_settings *client;
    size_t clients;
    uint32_t anonymous;            /* MH_MAY_* of who shows no key */
    uint32_t anonymous_per_minute; /* requests; 0: no limit */
    const char *seal_key;  /* name of the key that seals receipts; "": none */
    bool tsa;              /* an endpoint "tsa" exists: levels T and up */
    uint32_t filing_level; /* of a session that files: 1 to 3; 0: 3 with mobile
                              ID, else 1 */
    struct mh_mobile_settings mobile;
    struct mh_notify_settings notify;
    struct mh_payment_settings payment;
    struct mh_fetch_setup fetch; /* for its courier */
};

/* What a key is for; keyd signs nothing else with it. */
enum mh_key_purpose {
    MH_KEY_SEAL,  /* the court's: documents and receipts */
    MH_KEY_JUDGE, /* a judge's: the queue, approved by its holder */
    MH_KEY_LOG,   /* checkpoints of the audit log, nothing else */
    MH_KEY_PURPOSES
};

/* Key i has the token worker i (MH_PEER_TOKEN). */
struct mh_key_settings {
    const char *name; /* an identifier: goes into the audit log */
    enum mh_key_purpose purpose;
    const char *uri; /* RFC 7512, without pin-value, pin-source, module-path */
    const char *pin_source; /* "file:PATH", or "": typed by its holder */
    /* A stored PIN may also be used where the key asks for it each time. */
    bool pin_each_time;
    uint32_t per_minute; /* signatures; 0: no limit */
};

struct mh_keyd_settings {
    const char *state;     /* folder of its own: log/, ops/ */
    const char *origin;    /* of checkpoints: a name without spaces and plus */
    bool landlock;         /* required (the default), or optional */
    bool strict;           /* policy of the judgement of what was signed */
    uint32_t checkpoint_s; /* seconds between checkpoints of a log that grew */
    uint32_t stamp_s;      /* seconds between time-stamps; 0: none */
    uint32_t ticket_s;     /* seconds that a ticket lives */
    uint32_t approval_s;   /* seconds that an approval lives */
    uint32_t queue_max;    /* documents that wait for one judge */
    uint32_t workers;      /* documents examined at once */
    bool tsa;              /* an endpoint "tsa" exists: levels T and up */
    struct mh_key_settings *key;
    size_t keys;
    struct mh_fetch_setup fetch; /* for its courier */
};

/* SETUP, or RELOAD where again; out becomes bad past MH_MESSAGE_MAX. */
void mh_portal_settings_pack(
    const struct mh_portal_settings *s, bool again, struct mh_buf *out);
void mh_keyd_settings_pack(
    const struct mh_keyd_settings *s, bool again, struct mh_buf *out);

/*
 * A packet SETUP, or RELOAD where again, for this service; another one is
 * MH_EFORMAT.  Texts and arrays are in the arena, spans borrow from the packet.
 */
enum mh_code mh_portal_settings_unpack(struct mh_span packet, bool again,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_portal_settings *out) MH_MUST_USE;
enum mh_code mh_keyd_settings_unpack(struct mh_span packet, bool again,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_keyd_settings *out) MH_MUST_USE;

/* Names of clients, keys and processes: [a-z0-9] and inside -_. ; 1 to 64. */
bool mh_name_good(const char *name);

#endif
