#include "base/remote/mid.h"

#include <jansson.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

enum {
    PHONE_DIGITS_MIN = 7, /* ITU-T E.164 has at most 15 */
    PHONE_DIGITS_MAX = 15,
    USER_DIGITS_MIN = 4,
    USER_DIGITS_MAX = 15,
    TEXT_MAX = 100,   /* bytes, displayText */
    VALUE_MAX = 1024, /* bytes of a decoded value; RSA-8192 */
};

/* Names of the Asan İmza profile follow its public front interface (domain.md
   1.2); the wire form itself is not public: unverified. */
static const struct mh_mid_profile profiles[] = {
    {.name = "mid",
        .phone_key = "phoneNumber",
        .user_key = "nationalIdentityNumber",
        .user_in_subject = true},
    {.name = "asan", .phone_key = "phone", .user_key = "userId"},
};

bool
mh_mid_profile_of(const char *name, const char *uuid, const char *relying_party,
    struct mh_mid_profile *out)
{
    for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
        if (strcmp(profiles[i].name, name) == 0) {
            *out = profiles[i];
            out->relying_party_uuid = uuid;
            out->relying_party_name = relying_party;
            return true;
        }
    return false;
}

static size_t
digits(const char *s)
{
    return strspn(s, "0123456789");
}

bool
mh_mid_address(const char *s, char phone[static 24], char user[static 16])
{
    size_t p, u;

    if (*s != '+')
        return false;
    p = digits(s + 1);
    if (p < PHONE_DIGITS_MIN || p > PHONE_DIGITS_MAX || s[p + 1] != '/')
        return false;
    memcpy(phone, s, p + 1);
    phone[p + 1] = '\0';
    s += p + 2;
    u = digits(s);
    if (u < USER_DIGITS_MIN || u > USER_DIGITS_MAX || s[u] != '\0')
        return false;
    memcpy(user, s, u + 1);
    return true;
}

bool
mh_mid_user_fits(
    const struct mh_mid_profile *p, const char *user, struct mh_span serial)
{
    size_t n = strlen(user);

    if (!p->user_in_subject)
        return true;
    return serial.len >= n &&
           memcmp(serial.ptr + serial.len - n, user, n) == 0 &&
           (serial.len == n || serial.ptr[serial.len - n - 1] == '-');
}

/* Writes the object and frees it; NULL is a lack of memory. */
static enum mh_code
dump(json_t *o, struct mh_err *err, struct mh_buf *out)
{
    char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);

    json_decref(o);
    if (text == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "mobile: no memory");
    mh_buf_str(out, text);
    free(text);
    return mh_buf_ok(out)
               ? MH_OK
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "mobile: no memory");
}

/* Members that every request has; NULL without memory. */
static json_t *
request(const struct mh_mid_profile *p, const char *phone, const char *user)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "relyingPartyUUID",
        p->relying_party_uuid, "relyingPartyName", p->relying_party_name,
        p->phone_key, phone, p->user_key, user);
}

enum mh_code
mh_mid_certificate_request(const struct mh_mid_profile *p, const char *phone,
    const char *user, struct mh_err *err, struct mh_buf *out)
{
    return dump(request(p, phone, user), err, out);
}

static const char *
hash_type(enum mh_digest_alg alg)
{
    return alg == MH_SHA256   ? "SHA256"
           : alg == MH_SHA384 ? "SHA384"
           : alg == MH_SHA512 ? "SHA512"
                              : NULL;
}

/* The service has neither Azerbaijani nor a fallback of its own. */
static const char *
language(enum mh_lang lang)
{
    return lang == MH_RU ? "RUS" : "ENG";
}

static bool
is_ascii(const char *s)
{
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e)
            return false;
    return true;
}

enum mh_code
mh_mid_sign_request(const struct mh_mid_profile *p, const struct mh_mid_sign *s,
    struct mh_err *err, struct mh_buf *out)
{
    const char *type = hash_type(s->alg);
    struct mh_buf hash;
    json_t *o;
    bool ok;

    if (type == NULL || s->digest.len != mh_digest_length(s->alg) ||
        strlen(s->text) > TEXT_MAX)
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "mobile: request");
    mh_buf_init(&hash, TEXT_MAX + 1);
    mh_base64_encode(s->digest, &hash);
    mh_buf_byte(&hash, 0);
    o = request(p, s->phone, s->user);
    ok =
        mh_buf_ok(&hash) && o != NULL &&
        json_object_set_new(o, "hash", json_string((const char *)hash.ptr)) ==
            0 &&
        json_object_set_new(o, "hashType", json_string(type)) == 0 &&
        json_object_set_new(o, "language", json_string(language(s->lang))) == 0;
    if (ok && s->text[0] != '\0')
        ok = json_object_set_new(o, "displayText", json_string(s->text)) == 0 &&
             json_object_set_new(o, "displayTextFormat",
                 json_string(is_ascii(s->text) ? "GSM-7" : "UCS-2")) == 0;
    mh_buf_fini(&hash);
    if (!ok) {
        json_decref(o);
        o = NULL;
    }
    return dump(o, err, out);
}

void
mh_mid_status_path(const char *session, unsigned wait_ms, struct mh_buf *out)
{
    mh_buf_printf(out, MH_MID_SIGNATURE_PATH "/session/%s?timeoutMs=%u",
        session, wait_ms);
}

/* What the status alone says; PENDING: the body has the answer. */
static enum mh_remote_outcome
by_status(uint32_t status, bool session)
{
    switch (status) {
    case 200:
        return MH_REMOTE_PENDING;
    case 401:
    case 403:
        return MH_REMOTE_REFUSED;
    case 404:
        return session ? MH_REMOTE_EXPIRED : MH_REMOTE_BAD_REQUEST;
    case 429:
        return MH_REMOTE_UNAVAILABLE;
    default:
        return status >= 400 && status < 500 ? MH_REMOTE_BAD_REQUEST
                                             : MH_REMOTE_UNAVAILABLE;
    }
}

/* The object of an answer; NULL where there is none. */
static json_t *
load(struct mh_span body)
{
    json_t *o = json_loadb(
        (const char *)body.ptr, body.len, JSON_REJECT_DUPLICATES, NULL);

    if (!json_is_object(o)) {
        json_decref(o);
        return NULL;
    }
    return o;
}

/* Decodes a base64 member; an empty span where it is none. */
static enum mh_code
take_base64(const json_t *member, size_t max, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out)
{
    const char *text = json_string_value(member);
    size_t len = text == NULL ? 0 : strlen(text);
    uint8_t *bytes;

    *out = (struct mh_span){0};
    if (len == 0 || mh_base64_max(len) > max + 3)
        return MH_OK;
    bytes = mh_arena_raw(arena, mh_base64_max(len));
    if (bytes == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "mobile: no memory");
    if (mh_base64_decode(mh_span_str(text), bytes, &len))
        *out = (struct mh_span){bytes, len};
    return MH_OK;
}

static const struct {
    const char *word;
    enum mh_remote_outcome outcome;
} results[] = {
    {"OK", MH_REMOTE_OK},
    {"NOT_FOUND", MH_REMOTE_NOT_CLIENT},
    {"NOT_MID_CLIENT", MH_REMOTE_NOT_CLIENT},
    {"TIMEOUT", MH_REMOTE_TIMEOUT},
    {"USER_CANCELLED", MH_REMOTE_CANCELLED},
    {"SIGNATURE_HASH_MISMATCH", MH_REMOTE_HASH_MISMATCH},
    {"PHONE_ABSENT", MH_REMOTE_ABSENT},
    {"DELIVERY_ERROR", MH_REMOTE_DELIVERY},
    {"SIM_ERROR", MH_REMOTE_SIM},
};

static enum mh_remote_outcome
by_result(const json_t *o)
{
    const char *word = json_string_value(json_object_get(o, "result"));

    for (size_t i = 0; word != NULL && i < sizeof(results) / sizeof(results[0]);
         i++)
        if (strcmp(results[i].word, word) == 0)
            return results[i].outcome;
    return MH_REMOTE_MALFORMED;
}

enum mh_code
mh_mid_certificate_reply(struct mh_span body, uint32_t status,
    struct mh_arena *arena, struct mh_err *err, enum mh_remote_outcome *outcome,
    struct mh_span *certificate)
{
    enum mh_code code = MH_OK;
    json_t *o;

    *outcome = by_status(status, false);
    if (*outcome != MH_REMOTE_PENDING)
        return MH_OK;
    o = load(body);
    *outcome = o == NULL ? MH_REMOTE_MALFORMED : by_result(o);
    if (*outcome == MH_REMOTE_OK) {
        code = take_base64(json_object_get(o, "cert"), MH_CERT_SIZE_MAX, arena,
            err, certificate);
        if (certificate->len == 0)
            *outcome = MH_REMOTE_MALFORMED;
    }
    json_decref(o);
    return code;
}

/* A name that may stand in an address as it is. */
static bool
is_session(const char *s)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                         "0123456789-_");

    return n > 0 && n <= MH_MID_SESSION_MAX && s[n] == '\0';
}

enum mh_code
mh_mid_sign_reply(struct mh_span body, uint32_t status, struct mh_arena *arena,
    struct mh_err *err, enum mh_remote_outcome *outcome, const char **session)
{
    enum mh_code code = MH_OK;
    const char *id;
    json_t *o;

    *outcome = by_status(status, false);
    if (*outcome != MH_REMOTE_PENDING)
        return MH_OK;
    o = load(body);
    id = json_string_value(json_object_get(o, "sessionID"));
    *outcome = MH_REMOTE_MALFORMED;
    if (id != NULL && is_session(id)) {
        *session = mh_arena_str(arena, mh_span_str(id));
        *outcome = MH_REMOTE_OK;
        if (*session == NULL)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "mobile: no memory");
    }
    json_decref(o);
    return code;
}

enum mh_code
mh_mid_status_reply(struct mh_span body, uint32_t status,
    struct mh_arena *arena, struct mh_err *err, enum mh_remote_outcome *outcome,
    struct mh_span *value)
{
    enum mh_code code = MH_OK;
    const char *state;
    json_t *o;

    *outcome = by_status(status, true);
    if (*outcome != MH_REMOTE_PENDING)
        return MH_OK;
    o = load(body);
    state = json_string_value(json_object_get(o, "state"));
    if (state == NULL ||
        (strcmp(state, "RUNNING") != 0 && strcmp(state, "COMPLETE") != 0))
        *outcome = MH_REMOTE_MALFORMED;
    else if (strcmp(state, "COMPLETE") == 0)
        *outcome = by_result(o);
    if (*outcome == MH_REMOTE_OK) {
        code = take_base64(
            json_object_get(json_object_get(o, "signature"), "value"),
            VALUE_MAX, arena, err, value);
        if (value->len == 0)
            *outcome = MH_REMOTE_MALFORMED;
    }
    json_decref(o);
    return code;
}
