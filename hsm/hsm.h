/*
 * Keys on cards and in HSMs: what the rest of Möhür may use of this room.
 *
 * A key is named by an RFC 7512 URI and lives behind a process of its own,
 * mohur-token, which alone loads the PKCS#11 module (keys.md 1).  This side
 * keeps the deadlines, kills and restarts that process, compares the token's
 * serial number and certificate with those first seen, and verifies every
 * signature before it hands it out.  It never loads a module.
 *
 *     hsm_new -> hsm_open -> hsm_facts, hsm_certificate -> hsm_login
 *             -> hsm_sign ... -> hsm_free
 *
 * A struct hsm_token is used by one thread at a time, and the thread that
 * called hsm_open must outlive it: the end of that thread ends mohur-token.
 * Times are milliseconds.  Signature values are raw: of an RSA key the
 * modulus' size, of an EC key r and s of the order's size one after the other.
 */
#ifndef HSM_HSM_H
#define HSM_HSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest/digest.h"
#include "base/err.h"
#include "base/span.h"
#include "base/wire/token.h"
#include "hsm/audit/verify.h" /* the audit log, offline */

#define HSM_SIGNATURE_MAX 512U /* bytes of the longest value, RSA-4096 */
#define HSM_MESSAGE_MAX   MH_TOKEN_MESSAGE_MAX

/*
 * What a call came to (keys.md 3.4).  HSM_OK is 0; every other class leaves
 * one line for people in err->msg.  The command line turns HSM_USAGE into
 * exit code 64 and the others into 5.
 */
enum hsm_class {
    HSM_OK = 0,
    HSM_USAGE,         /* the URI or the request itself is not acceptable */
    HSM_PIN,           /* wrong, locked, refused unasked, or none was given */
    HSM_CANCELLED,     /* cancelled or timed out on the PIN pad */
    HSM_GONE,          /* no such token, taken out, or another one put in */
    HSM_DEVICE,        /* token, reader or module failed, or gave no answer */
    HSM_CONFIGURATION, /* key, certificate, mechanism or module: a person */
    HSM_FULL,          /* the token has no session left; later again */
    HSM_UNKNOWN,       /* anything else, and a signature that is not one */
    HSM_DOWN,          /* failed five times in a row; not asked for now */
    HSM_INTERNAL,      /* no memory, mohur-token cannot be started */
    HSM_CLASSES,
};

/* "pin", "gone", ...: a stable word for error lines and logs. */
const char *hsm_class_name(enum hsm_class c);

/* What a token tells of its PIN: three levels and no count (keys.md 2.1). */
const char *hsm_pin_level_name(enum mh_pin_level level); /* "final try" */

/*
 * Asked when a PIN is needed again without the caller's doing, after a
 * restart of mohur-token: writes at most max bytes to pin and the number of
 * them to *len.  False: there is none, the token stays logged out.  It is
 * never called once a PIN was refused.
 */
typedef bool hsm_pin_again(void *arg, uint8_t *pin, size_t max, size_t *len);

/* How long a call may take, in ms; 0 stands for the value named. */
struct hsm_times {
    unsigned open;      /* 10,000 */
    unsigned login;     /* 10,000 */
    unsigned sign;      /* 10,000, a restart and the second try included */
    unsigned pad_login; /* 60,000 */
    unsigned pad_sign;  /* 70,000 */
    unsigned revive;    /* 30,000: how long a token that is down is let be */
};

/*
 * How mohur-token is started where somebody else may exec only (mohur serve).
 * Borrowed by the token; called by whichever thread uses it.
 */
struct hsm_launch {
    /* A channel to a fresh mohur-token, which is then the token's to close;
       waits for at most ms. */
    enum mh_code (*start)(
        void *arg, unsigned ms, struct mh_err *err, int *chan);
    /* Its channel was closed; it ends by itself unless it hangs. */
    void (*kill)(void *arg);
    void *arg;
};

struct hsm_options {
    const char *module; /* path; NULL: that of OpenSC */
    /* What module-path in a URI may name (mohur.conf). */
    const char *const *allowed;
    size_t alloweds;
    enum mh_token_profile profile; /* what the module may do; 0: by its name */
    /* Folders the module may write to, besides those its profile knows. */
    const char *const *writable;
    size_t writables;
    const char *program;    /* mohur-token; NULL: the one beside this program */
    struct hsm_times times; /* all 0: as keys.md 3.2 says */
    const struct hsm_launch *launch; /* NULL: it is executed here */
    hsm_pin_again *again; /* NULL: a restart leaves the token logged out */
    void *again_arg;
};

/* Facts of the open token and key; strings live until the next call on it. */
struct hsm_facts {
    const char *label; /* of the token, without its padding; so are these */
    const char *manufacturer;
    const char *model;
    const char *serial;
    const char *key_label;
    struct mh_span key_id;    /* CKA_ID */
    bool rsa;                 /* an RSA key; otherwise an EC key */
    unsigned bits;            /* of the modulus, or of the curve's order */
    uint32_t mechanisms;      /* MH_TOKEN_RSA_PKCS | ... usable with the key */
    bool always_authenticate; /* known after login where objects are private */
    bool login_required;
    bool logged_in;
    bool pad; /* the PIN is typed on the reader */
    enum mh_pin_level level;
    unsigned pin_min, pin_max; /* bytes; 0: the token does not say */
    bool non_repudiation;      /* keyUsage: made for signatures */
    bool authentication;       /* digitalSignature and clientAuth, no more */
};

/* For health pages. */
struct hsm_health {
    bool down;
    unsigned faults;     /* in a row */
    uint64_t signatures; /* verified, since hsm_new */
    int64_t last_ms;     /* CLOCK_MONOTONIC of the last one; 0: none */
    int worker;          /* process id of mohur-token; -1: none runs */
};

struct hsm_token;

/*
 * Whether uri may name a key: RFC 7512, nothing unrecognized, no pin-value,
 * no slot numbers, pin-source of the form file:PATH.  *pin_source is a copy of
 * its path in the arena, or NULL.
 */
enum hsm_class hsm_uri_check(const char *uri, struct mh_arena *arena,
    struct mh_err *err, const char **pin_source) MH_MUST_USE;

/*
 * Checks uri and options; asks no token.  Everything given is copied; again's
 * argument is borrowed.  NULL options: all defaults.
 */
enum hsm_class hsm_new(const struct hsm_options *options, const char *uri,
    struct mh_err *err, struct hsm_token **out) MH_MUST_USE;
/* Logs out, ends mohur-token, wipes and frees. */
void hsm_free(struct hsm_token *t);

/*
 * Starts mohur-token if none runs and finds exactly one token and one key
 * with its certificate.  The first time serial number and certificate are
 * remembered; afterwards others are HSM_GONE ("another card").  hsm_login and
 * hsm_sign call it by themselves where that is needed.
 */
enum hsm_class hsm_open(struct hsm_token *t, struct mh_err *err) MH_MUST_USE;

/* Asks presence, PIN level and login state anew (after hsm_open). */
enum hsm_class hsm_refresh(struct hsm_token *t, struct mh_err *err) MH_MUST_USE;

/* These borrow from t and are of use after a successful hsm_open. */
const struct hsm_facts *hsm_facts(const struct hsm_token *t);
struct mh_span hsm_certificate(const struct hsm_token *t); /* DER, the key's */
/* The other certificates on the token, for the chain. */
size_t hsm_others(const struct hsm_token *t);
struct mh_span hsm_other(const struct hsm_token *t, size_t i); /* DER */
struct hsm_health hsm_health(const struct hsm_token *t);

struct hsm_login {
    struct mh_span pin; /* borrowed, not kept here; empty with pad only */
    bool pad;           /* type it on the reader's PIN pad */
    /* It comes from a file or the like: tried once, and never unless the
       token says that no try was lost. */
    bool stored;
    bool last_try; /* a person confirmed that the last try may be spent */
    /* mohur-token keeps it (locked memory) for keys that want it anew for
       every signature, and to log in again when the token was out.  false: it
       is wiped as soon as it was used, with such a key after one signature. */
    bool keep;
};

/*
 * One attempt; never repeated.  HSM_PIN: the line names the level, and
 * hsm_facts()->level is fresh.  Nothing is sent to the token if the PIN is
 * empty, of a length it does not take, or refused by the rules above.
 */
enum hsm_class hsm_login(struct hsm_token *t, const struct hsm_login *login,
    struct mh_err *err) MH_MUST_USE;

struct hsm_request {
    enum mh_token_scheme scheme; /* MH_TOKEN_PKCS1, MH_TOKEN_PSS, ..._ECDSA */
    enum mh_digest_alg hash;     /* MH_SHA256, MH_SHA384 or MH_SHA512 */
    struct mh_span digest;       /* of hash's length */
    /* What was digested, at most HSM_MESSAGE_MAX bytes; may be empty.  Only a
       token that digests by itself gets it. */
    struct mh_span message;
};

/*
 * Signs, and verifies with the certificate's public key.  out holds
 * HSM_SIGNATURE_MAX bytes; PSS has MGF1 and a salt of the hash's length.  A
 * device error is tried once more with a fresh mohur-token if no PIN was used.
 */
enum hsm_class hsm_sign(struct hsm_token *t, const struct hsm_request *request,
    struct mh_err *err, uint8_t *out, size_t *len) MH_MUST_USE;

/*
 * What hsm_sign should be asked for: the scheme that fits key and mechanisms
 * (PKCS#1 v1.5 before PSS for RSA) and the hash by the key's strength.
 */
enum hsm_class hsm_preferred(const struct hsm_token *t, struct mh_err *err,
    enum mh_token_scheme *scheme, enum mh_digest_alg *hash) MH_MUST_USE;

/* One signature over a random digest, verified and thrown away. */
enum hsm_class hsm_self_test(
    struct hsm_token *t, struct mh_err *err) MH_MUST_USE;

/*
 * All tokens of the module (options->module) with the keys that can be seen
 * without a PIN; in the arena.
 */
enum hsm_class hsm_list(const struct hsm_options *options,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_token_list *out) MH_MUST_USE;

/*
 * ECDSA values: raw r || s (XML-DSig, JWS) to DER SEQUENCE { r, s } (CMS, PDF,
 * OCSP) and back.  raw has an even length, of 2 to 132 bytes; DER is strict:
 * minimal, not negative, nothing left over.  False: refused, *out as it was.
 */
bool hsm_ecdsa_to_der(struct mh_span raw, struct mh_buf *out) MH_MUST_USE;
/* width: bytes of the order; out holds 2 * width bytes. */
bool hsm_ecdsa_from_der(
    struct mh_span der, size_t width, uint8_t *out) MH_MUST_USE;

#endif
