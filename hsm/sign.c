#include "hsm/client.h"

#include <openssl/rand.h>

#include "base/limits.h"

enum {
    LOGIN_ROOM = 512, /* bytes of a LOGIN message */
};

/* Sends one LOGIN; the message with the PIN is wiped. */
static enum hsm_class
send_login(struct hsm_token *t, const struct mh_token_login *m,
    int64_t deadline, struct mh_err *err, struct hsm_end *end)
{
    struct mh_buf msg;
    enum hsm_class c;

    mh_buf_init(&msg, LOGIN_ROOM);
    /* All its room at once: growing would leave copies of the PIN behind. */
    if (mh_buf_grow(&msg, LOGIN_ROOM) == NULL)
        return hsm_say(err, HSM_INTERNAL, "no memory");
    mh_buf_clear(&msg);
    mh_token_login_pack(m, &msg);
    c = hsm_client_ask(t, &msg, MH_TOKEN_FACTS, deadline, err, end);
    explicit_bzero(msg.ptr, msg.cap);
    mh_buf_fini(&msg);
    if (c == HSM_OK)
        c = hsm_client_facts(t, end->answer, err);
    if (end->silent || (c == HSM_PIN && end->pin_used))
        t->pin_refused = true; /* or may have been */
    return c;
}

enum hsm_class
hsm_login(
    struct hsm_token *t, const struct hsm_login *login, struct mh_err *err)
{
    struct mh_token_login m = {.pad = login->pad,
        .stored = login->stored,
        .last_try = login->last_try,
        .keep = login->keep,
        .pin = login->pin};
    struct hsm_end end = {0};
    enum hsm_class c;

    if (login->pad ? login->pin.len > 0 || login->stored : login->pin.len == 0)
        return hsm_say(err, HSM_PIN, "the PIN is empty");
    if (login->pin.len > MH_TOKEN_PIN_MAX)
        return hsm_say(err, HSM_PIN, "the PIN is too long");
    c = hsm_open(t, err);
    if (c != HSM_OK)
        return c;
    t->log_in = false;
    c = send_login(t, &m,
        hsm_now() + (login->pad ? t->times.pad_login : t->times.login), err,
        &end);
    if (c == HSM_OK)
        t->pin_refused = false;
    else
        t->log_in = false; /* whatever happened, nothing is repeated */
    return c;
}

/* After a restart: with the PIN of the caller's store, if there is one. */
static enum hsm_class
log_in_again(struct hsm_token *t, int64_t deadline, struct mh_err *err)
{
    uint8_t pin[MH_TOKEN_PIN_MAX];
    struct mh_token_login m = {.stored = true, .keep = true};
    struct hsm_end end = {0};
    enum hsm_class c;
    size_t len = 0;

    if (t->pin_refused || t->again == NULL ||
        !t->again(t->again_arg, pin, sizeof(pin), &len) || len == 0 ||
        len > sizeof(pin)) {
        explicit_bzero(pin, sizeof(pin));
        return hsm_say(err, HSM_PIN,
            "mohur-token was restarted; the token wants its PIN again");
    }
    m.pin = (struct mh_span){pin, len};
    c = send_login(t, &m, deadline, err, &end);
    explicit_bzero(pin, sizeof(pin));
    if (c == HSM_OK || c == HSM_PIN)
        t->log_in = false;
    return c;
}

static enum hsm_class
check_request(
    const struct hsm_token *t, const struct hsm_request *r, struct mh_err *err)
{
    uint8_t digest[MH_DIGEST_MAX];

    if ((r->hash != MH_SHA256 && r->hash != MH_SHA384 &&
            r->hash != MH_SHA512) ||
        r->digest.len != mh_digest_length(r->hash))
        return hsm_say(err, HSM_USAGE, "a digest of a wrong length");
    if ((r->scheme == MH_TOKEN_ECDSA) == t->check.rsa)
        return hsm_say(
            err, HSM_CONFIGURATION, "the key is of another type than asked");
    if (r->message.len == 0)
        return HSM_OK;
    if (r->message.len > HSM_MESSAGE_MAX ||
        mh_digest_once(r->hash, r->message, NULL, digest) != MH_OK ||
        memcmp(digest, r->digest.ptr, r->digest.len) != 0)
        return hsm_say(err, HSM_USAGE, "the message has another digest");
    return HSM_OK;
}

/* The one request, to a mohur-token that is open. */
static enum hsm_class
ask_signature(struct hsm_token *t, const struct hsm_request *r,
    int64_t deadline, struct mh_err *err, struct hsm_end *end,
    struct mh_span *value)
{
    struct mh_token_sign m = {.scheme = r->scheme,
        .hash = r->hash,
        .width = t->check.width,
        .digest = r->digest};
    struct mh_token_signed answer;
    struct mh_buf msg;
    enum hsm_class c;

    if ((t->facts.mechanisms & MH_TOKEN_HAS_RSA_PKCS) == 0 &&
        r->scheme == MH_TOKEN_PKCS1)
        m.message = r->message; /* it digests by itself */
    mh_buf_init(&msg, MH_MESSAGE_MAX);
    mh_token_sign_pack(&m, &msg);
    c = hsm_client_ask(t, &msg, MH_TOKEN_SIGNED, deadline, err, end);
    mh_buf_fini(&msg);
    if (c != HSM_OK)
        return c;
    end->pin_used = t->facts.always_authenticate;
    if (mh_token_signed_unpack(end->answer, NULL, &answer) != MH_OK) {
        hsm_client_fault(t);
        return hsm_say(err, HSM_DEVICE, "mohur-token: malformed answer");
    }
    if (!hsm_check_value(&t->check, r, answer.value)) {
        hsm_client_fault(t);
        return hsm_say(err, HSM_UNKNOWN,
            "the token's signature is not one by its certificate's key");
    }
    *value = answer.value;
    return HSM_OK;
}

/* One attempt; end->pin_used: it may not be repeated. */
static enum hsm_class
attempt(struct hsm_token *t, const struct hsm_request *r, int64_t deadline,
    struct mh_err *err, struct hsm_end *end, struct mh_span *value)
{
    enum hsm_class c = hsm_client_open(t, deadline, err);
    bool always = t->facts.always_authenticate;

    *end = (struct hsm_end){0};
    if (c == HSM_OK)
        c = check_request(t, r, err);
    if (c == HSM_OK && t->log_in) {
        c = log_in_again(t, deadline, err);
        end->pin_used = c != HSM_OK;
        always = t->facts.always_authenticate;
    }
    if (c != HSM_OK)
        return c;
    c = ask_signature(t, r, deadline, err, end, value);
    end->pin_used = end->pin_used || (end->silent && always);
    return c;
}

enum hsm_class
hsm_sign(struct hsm_token *t, const struct hsm_request *request,
    struct mh_err *err, uint8_t *out, size_t *len)
{
    bool pad = t->facts.pad && t->facts.always_authenticate;
    int64_t deadline = hsm_now() + (pad ? t->times.pad_sign : t->times.sign);
    struct mh_span value = {0};
    struct hsm_end end = {0};
    enum hsm_class c = attempt(t, request, deadline, err, &end, &value);

    *len = 0;
    if ((c == HSM_DEVICE || c == HSM_UNKNOWN) && !end.pin_used &&
        hsm_now() < deadline)
        c = attempt(t, request, deadline, err, &end, &value);
    if (c != HSM_OK || value.ptr == NULL)
        return c;
    memcpy(out, value.ptr, value.len);
    *len = value.len;
    t->faults = 0;
    t->not_before = 0;
    t->signatures++;
    t->last_ms = hsm_now();
    return HSM_OK;
}

enum hsm_class
hsm_preferred(const struct hsm_token *t, struct mh_err *err,
    enum mh_token_scheme *scheme, enum mh_digest_alg *hash)
{
    uint32_t bits = t->facts.mechanisms;

    *hash = MH_SHA256;
    if (!t->check.rsa) {
        *scheme = MH_TOKEN_ECDSA;
        if (t->check.bits > 256)
            *hash = t->check.bits > 384 ? MH_SHA512 : MH_SHA384;
        if ((bits & MH_TOKEN_HAS_ECDSA) != 0)
            return HSM_OK;
    } else if ((bits & (MH_TOKEN_HAS_RSA_PKCS | MH_TOKEN_HAS_SHA256_RSA)) !=
               0) {
        *scheme = MH_TOKEN_PKCS1;
        return HSM_OK;
    } else if ((bits & MH_TOKEN_HAS_RSA_PSS) != 0) {
        *scheme = MH_TOKEN_PSS;
        return HSM_OK;
    }
    return hsm_say(
        err, HSM_CONFIGURATION, "the token signs by no algorithm we use");
}

enum hsm_class
hsm_self_test(struct hsm_token *t, struct mh_err *err)
{
    uint8_t message[32], digest[MH_DIGEST_MAX], value[HSM_SIGNATURE_MAX];
    struct hsm_request r = {.message = {message, sizeof(message)}};
    enum hsm_class c = hsm_open(t, err);
    size_t len = 0;

    if (c == HSM_OK)
        c = hsm_preferred(t, err, &r.scheme, &r.hash);
    if (c != HSM_OK)
        return c;
    if (RAND_bytes(message, sizeof(message)) != 1 ||
        mh_digest_once(r.hash, r.message, err, digest) != MH_OK)
        return hsm_say(err, HSM_INTERNAL, "no random bytes or no digest");
    r.digest = (struct mh_span){digest, mh_digest_length(r.hash)};
    return hsm_sign(t, &r, err, value, &len);
}
