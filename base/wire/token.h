/*
 * Messages between a client of the room hsm and mohur-token (keys.md 3.2):
 * one packet each over a SOCK_SEQPACKET pair, at most MH_MESSAGE_MAX bytes,
 * no descriptors.  One request is answered before the next is sent.
 *
 *   token -> client   READY        once, after the module is loaded
 *   client -> token   LIST         answered by TOKENS
 *   client -> token   OPEN         answered by FACTS
 *   client -> token   CERT         answered by CERTIFICATE
 *   client -> token   STATE        answered by FACTS
 *   client -> token   LOGIN        answered by FACTS
 *   client -> token   SIGN         answered by SIGNED
 *   client -> token   CLOSE        logs out and ends the process
 *   token -> client   FAILED       instead of any answer
 *
 * LIST and OPEN come first, OPEN until it succeeds and never again; CERT,
 * STATE, LOGIN and SIGN come after it.  A message of another type, length or
 * order ends the process that received it.
 */
#ifndef BASE_WIRE_TOKEN_H
#define BASE_WIRE_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest/digest.h"
#include "base/err.h"
#include "base/span.h"

#define MH_TOKEN_PIN_MAX     255U        /* bytes; no token takes more */
#define MH_TOKEN_ID_MAX      128U        /* bytes of CKA_ID */
#define MH_TOKEN_URI_MAX     1024U       /* bytes of a key's URI */
#define MH_TOKEN_WIDTH_MAX   66U         /* bytes of an order: P-521 */
#define MH_TOKEN_MESSAGE_MAX (60U << 10) /* bytes to digest on the token */
#define MH_TOKEN_VALUE_MAX   512U        /* bytes of a signature: RSA-4096 */
#define MH_TOKEN_CERT_MAX    (60U << 10) /* bytes of one certificate */
#define MH_TOKEN_CERTS_MAX   32U         /* other certificates of one token */
#define MH_TOKENS_MAX        16U         /* tokens of one module */
#define MH_TOKEN_KEYS_MAX    32U         /* keys listed of one token */

enum mh_token_message {
    MH_TOKEN_READY = 1,
    MH_TOKEN_LIST,
    MH_TOKEN_TOKENS,
    MH_TOKEN_OPEN,
    MH_TOKEN_FACTS,
    MH_TOKEN_CERT,
    MH_TOKEN_CERTIFICATE,
    MH_TOKEN_STATE,
    MH_TOKEN_LOGIN,
    MH_TOKEN_SIGN,
    MH_TOKEN_SIGNED,
    MH_TOKEN_CLOSE,
    MH_TOKEN_FAILED,
    MH_TOKEN_END
};

/* What the module may do besides computing. */
enum mh_token_profile {
    MH_TOKEN_BY_NAME = 0, /* decided by the client, never sent */
    MH_TOKEN_CARD,        /* local sockets (pcscd) */
    MH_TOKEN_SOFT,        /* no sockets; files of its own */
    MH_TOKEN_NET,         /* an HSM in the network */
    MH_TOKEN_PROFILES
};

enum mh_pin_level {
    MH_PIN_LEVEL_OK = 0,
    MH_PIN_LEVEL_LOW,   /* CKF_USER_PIN_COUNT_LOW */
    MH_PIN_LEVEL_FINAL, /* CKF_USER_PIN_FINAL_TRY */
    MH_PIN_LEVEL_LOCKED,
    MH_PIN_LEVELS
};

/* Bits of mechanisms that are usable with the key. */
#define MH_TOKEN_HAS_RSA_PKCS   0x01U /* CKM_RSA_PKCS */
#define MH_TOKEN_HAS_RSA_PSS    0x02U /* CKM_RSA_PKCS_PSS */
#define MH_TOKEN_HAS_ECDSA      0x04U /* CKM_ECDSA */
#define MH_TOKEN_HAS_SHA256_RSA 0x08U /* CKM_SHA256_RSA_PKCS */
#define MH_TOKEN_HAS_SHA384_RSA 0x10U
#define MH_TOKEN_HAS_SHA512_RSA 0x20U
#define MH_TOKEN_HAS_ALL        0x3fU

enum mh_token_scheme {
    MH_TOKEN_PKCS1, /* RSASSA-PKCS1-v1_5 */
    MH_TOKEN_PSS,   /* RSASSA-PSS, MGF1 and salt by the hash */
    MH_TOKEN_ECDSA,
    MH_TOKEN_SCHEMES
};

/* Error classes of keys.md 3.4, as far as mohur-token gives them. */
enum mh_token_class {
    MH_TOKEN_CLASS_PIN,
    MH_TOKEN_CLASS_CANCELLED,
    MH_TOKEN_CLASS_GONE,
    MH_TOKEN_CLASS_DEVICE,
    MH_TOKEN_CLASS_CONFIGURATION,
    MH_TOKEN_CLASS_FULL,
    MH_TOKEN_CLASS_UNKNOWN,
    MH_TOKEN_CLASSES
};

struct mh_token_open {
    const char *uri;
    const char *serial; /* of the token seen before; "": the first time */
};

struct mh_token_facts {
    const char *label, *manufacturer, *model, *serial;
    const char *key_label;
    struct mh_span key_id;
    uint32_t mechanisms;
    bool key_seen; /* the private key is visible: its attributes are known */
    bool always_authenticate;
    bool login_required;
    bool logged_in;
    bool pad;
    enum mh_pin_level level;
    uint32_t pin_min, pin_max;
    uint32_t certificates; /* on the token, the key's own included */
};

struct mh_token_cert {
    uint32_t index; /* 0: the key's own; below facts.certificates */
};

struct mh_token_certificate {
    uint32_t index;
    struct mh_span der;
};

struct mh_token_login {
    bool pad, stored, last_try, keep;
    struct mh_span pin; /* empty with pad */
};

struct mh_token_sign {
    enum mh_token_scheme scheme;
    enum mh_digest_alg hash;
    uint32_t width; /* bytes of an EC key's order; 0: an RSA key */
    struct mh_span digest;
    struct mh_span message; /* may be empty */
};

struct mh_token_signed {
    struct mh_span value;
};

struct mh_token_failed {
    enum mh_token_class cls;
    uint64_t rv; /* CK_RV; 0: not the module's word */
    enum mh_pin_level level;
    bool pin_used; /* a PIN was given to the token in this request */
    const char *text;
};

/* One key as it is seen without a PIN: by its certificate or public key. */
struct mh_token_key {
    const char *label;
    struct mh_span id;
    bool certificate; /* a certificate of that id exists */
    bool seen;        /* the private key itself is visible */
};

struct mh_token_entry {
    const char *label, *manufacturer, *model, *serial;
    bool initialized, login_required, pad;
    enum mh_pin_level level;
    uint32_t mechanisms;
    struct mh_token_key *key;
    size_t keys;
};

struct mh_token_list {
    struct mh_token_entry *token;
    size_t tokens;
};

/* Type byte of a packet; 0 if there is none. */
uint8_t mh_token_type(struct mh_span packet);

/* A message without fields: READY, LIST, STATE, CLOSE. */
void mh_token_pack_bare(enum mh_token_message type, struct mh_buf *out);
enum mh_code mh_token_unpack_bare(struct mh_span packet,
    enum mh_token_message type, struct mh_err *err) MH_MUST_USE;

/*
 * Each pair packs and unpacks one message with its type byte.  Unpacked,
 * strings and arrays are in the arena, spans borrow from the packet.
 */
void mh_token_open_pack(const struct mh_token_open *m, struct mh_buf *out);
enum mh_code mh_token_open_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_token_open *out) MH_MUST_USE;
void mh_token_facts_pack(const struct mh_token_facts *m, struct mh_buf *out);
enum mh_code mh_token_facts_unpack(struct mh_span packet,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_token_facts *out) MH_MUST_USE;
void mh_token_cert_pack(const struct mh_token_cert *m, struct mh_buf *out);
enum mh_code mh_token_cert_unpack(struct mh_span packet, struct mh_err *err,
    struct mh_token_cert *out) MH_MUST_USE;
void mh_token_certificate_pack(
    const struct mh_token_certificate *m, struct mh_buf *out);
enum mh_code mh_token_certificate_unpack(struct mh_span packet,
    struct mh_err *err, struct mh_token_certificate *out) MH_MUST_USE;
/* Give out a buffer that has its room already: growing leaves copies. */
void mh_token_login_pack(const struct mh_token_login *m, struct mh_buf *out);
enum mh_code mh_token_login_unpack(struct mh_span packet, struct mh_err *err,
    struct mh_token_login *out) MH_MUST_USE;
void mh_token_sign_pack(const struct mh_token_sign *m, struct mh_buf *out);
enum mh_code mh_token_sign_unpack(struct mh_span packet, struct mh_err *err,
    struct mh_token_sign *out) MH_MUST_USE;
void mh_token_signed_pack(const struct mh_token_signed *m, struct mh_buf *out);
enum mh_code mh_token_signed_unpack(struct mh_span packet, struct mh_err *err,
    struct mh_token_signed *out) MH_MUST_USE;
void mh_token_failed_pack(const struct mh_token_failed *m, struct mh_buf *out);
enum mh_code mh_token_failed_unpack(struct mh_span packet,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_token_failed *out) MH_MUST_USE;
void mh_token_tokens_pack(const struct mh_token_list *m, struct mh_buf *out);
enum mh_code mh_token_tokens_unpack(struct mh_span packet,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_token_list *out) MH_MUST_USE;

#endif
