#include "portal/people/webeid.h"

#include <jansson.h>
#include <string.h>

#include "base/digest/digest.h"
#include "base/text.h"

static const struct {
    const char *name;
    enum mh_digest_alg hash;
} known[] = {
    {"ES256", MH_SHA256},
    {"ES384", MH_SHA384},
    {"ES512", MH_SHA512},
    {"PS256", MH_SHA256},
    {"PS384", MH_SHA384},
    {"PS512", MH_SHA512},
    {"RS256", MH_SHA256},
    {"RS384", MH_SHA384},
    {"RS512", MH_SHA512},
};

static enum mh_code
bad(struct mh_err *err, const char *what)
{
    return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "token: %s", what);
}

static bool
is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct mh_span
trim(struct mh_span s)
{
    while (s.len > 0 && is_space(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && is_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

/* A member of base64, of 1 to max bytes. */
static enum mh_code
bytes_of(const json_t *j, const char *name, size_t max, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out)
{
    const json_t *value = json_object_get(j, name);
    struct mh_span text;
    uint8_t *bytes;
    size_t len = 0;

    if (!json_is_string(value))
        return bad(err, name);
    text = (struct mh_span){
        (const uint8_t *)json_string_value(value), json_string_length(value)};
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ')
            return bad(err, name); /* the decoder passes over white space */
    bytes = mh_arena_alloc(arena, mh_base64_max(text.len) + 1);
    if (bytes == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "token: no memory");
    if (!mh_base64_decode(text, bytes, &len) || len == 0 || len > max)
        return bad(err, name);
    *out = (struct mh_span){bytes, len};
    return MH_OK;
}

static enum mh_code
read_members(const json_t *j, struct mh_arena *arena, struct mh_err *err,
    struct pt_webeid *out)
{
    static const char format[] = "web-eid:1.";
    const char *text = json_string_value(json_object_get(j, "format"));
    enum mh_code code;

    if (!json_is_object(j))
        return bad(err, "no object");
    if (text == NULL || strncmp(text, format, sizeof(format) - 1) != 0)
        return bad(err, "format");
    text = json_string_value(json_object_get(j, "algorithm"));
    for (size_t i = 0; text != NULL && i < sizeof(known) / sizeof(known[0]);
         i++)
        if (strcmp(known[i].name, text) == 0)
            out->algorithm = known[i].name;
    if (out->algorithm == NULL)
        return bad(err, "algorithm");
    code = bytes_of(j, "unverifiedCertificate", PT_WEBEID_CERT, arena, err,
        &out->certificate);
    return code == MH_OK ? bytes_of(j, "signature", PT_WEBEID_SIGNATURE, arena,
                               err, &out->signature)
                         : code;
}

enum mh_code
pt_webeid_read(struct mh_span text, struct mh_arena *arena, struct mh_err *err,
    struct pt_webeid *out)
{
    json_error_t why;
    enum mh_code code;
    json_t *j;

    *out = (struct pt_webeid){.algorithm = NULL};
    text = trim(text);
    if (text.len > PT_WEBEID_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
            "token: more than %d bytes", PT_WEBEID_MAX);
    j = json_loadb(
        (const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, &why);
    if (j == NULL)
        return bad(err, "no JSON");
    code = read_members(j, arena, err, out);
    json_decref(j);
    return code;
}

enum mh_code
pt_webeid_message(const char *algorithm, const char *origin, const char *nonce,
    struct mh_err *err, uint8_t out[static PT_WEBEID_MESSAGE], size_t *len)
{
    struct mh_span site = mh_span_str(origin);
    enum mh_digest_alg hash = MH_DIGEST_NONE;
    uint8_t digest[MH_DIGEST_MAX];
    enum mh_code code;

    *len = 0;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i].name, algorithm) == 0)
            hash = known[i].hash;
    if (hash == MH_DIGEST_NONE)
        return bad(err, "algorithm");
    if (site.len > 0 && site.ptr[site.len - 1] == '/')
        site.len--;
    code = mh_digest_once(hash, site, err, digest);
    if (code != MH_OK)
        return code;
    *len = mh_digest_length(hash);
    memcpy(out, digest, *len);
    code = mh_digest_once(hash, mh_span_str(nonce), err, digest);
    if (code == MH_OK)
        memcpy(out + *len, digest, *len);
    *len *= 2;
    return code;
}
