/*
 * mohur sign-challenge: a web-eid:1.0 authentication token (keys.md 7).
 *
 * What is signed is H(H(origin) || H(nonce)), so that a key for signing in
 * never signs a document, whatever the nonce is; and only such a key is used.
 */
#include "signer/cmd/cmd.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>

#include "base/digest/digest.h"
#include "base/text.h"
#include "signer/cmd/pin.h"

enum {
    NONCE_MIN = 44, /* characters: 256 bits in base64 */
    NONCE_MAX = 128,
    ORIGIN_MAX = 255, /* bytes */
    TEXT_MAX = 1 << 20,
    PORT_DIGITS = 5,
};

static const struct option long_options[] = {
    {"key", required_argument, NULL, 'k'},
    {"origin", required_argument, NULL, 'o'},
    {"module", required_argument, NULL, 'm'},
    {"pin-source", required_argument, NULL, 'p'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: mohur sign-challenge --key URI --origin ORIGIN [--module PATH]\n"
    "           [--pin-source SRC] NONCE\n"
    "Prints a web-eid:1.0 authentication token for signing in at ORIGIN\n"
    "(https://HOST[:PORT]) with the authentication key of a card. NONCE is\n"
    "what the site sent: 44 to 128 characters of base64.\n";

/* https://host[:port], lower case, nothing after it. */
static bool
origin_good(const char *text)
{
    struct mh_span s = mh_span_str(text);
    size_t host = 0, digits = 0;

    if (s.len > ORIGIN_MAX || !mh_span_starts(s, "https://"))
        return false;
    s.ptr += 8;
    s.len -= 8;
    while (host < s.len &&
           ((s.ptr[host] >= 'a' && s.ptr[host] <= 'z') ||
               (s.ptr[host] >= '0' && s.ptr[host] <= '9') ||
               ((s.ptr[host] == '-' || s.ptr[host] == '.') && host > 0)))
        host++;
    if (host == 0 || s.ptr[host - 1] == '.' || s.ptr[host - 1] == '-')
        return false;
    if (host == s.len)
        return true;
    if (s.ptr[host] != ':')
        return false;
    while (host + 1 + digits < s.len && s.ptr[host + 1 + digits] >= '0' &&
           s.ptr[host + 1 + digits] <= '9')
        digits++;
    return digits > 0 && digits <= PORT_DIGITS && s.ptr[host + 1] != '0' &&
           host + 1 + digits == s.len &&
           strtol(text + 8 + host + 1, NULL, 10) <= 65535;
}

static bool
nonce_good(const char *text)
{
    struct mh_span s = mh_span_str(text);
    uint8_t bytes[NONCE_MAX];
    size_t len = 0;

    if (s.len < NONCE_MIN || s.len > NONCE_MAX)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] <= ' ')
            return false; /* the decoder would pass over white space */
    return mh_base64_decode(s, bytes, &len) && len >= 32;
}

/* The JWS name of what hsm_preferred chose (RFC 7518 3.1). */
static const char *
jws_name(enum mh_token_scheme scheme, enum mh_digest_alg hash)
{
    static const char *const names[MH_TOKEN_SCHEMES][3] = {
        [MH_TOKEN_PKCS1] = {"RS256", "RS384", "RS512"},
        [MH_TOKEN_PSS] = {"PS256", "PS384", "PS512"},
        [MH_TOKEN_ECDSA] = {"ES256", "ES384", "ES512"},
    };

    return names[scheme][hash == MH_SHA256 ? 0 : hash == MH_SHA384 ? 1 : 2];
}

/* H(H(origin) || H(nonce)) into out; message holds both hashes. */
static enum mh_code
challenge_digest(enum mh_digest_alg hash, const char *origin, const char *nonce,
    struct mh_err *err, uint8_t *message, uint8_t *out)
{
    size_t len = mh_digest_length(hash);
    enum mh_code code = mh_digest_once(hash, mh_span_str(origin), err, message);

    if (code == MH_OK)
        code = mh_digest_once(hash, mh_span_str(nonce), err, message + len);
    if (code == MH_OK)
        code =
            mh_digest_once(hash, (struct mh_span){message, 2 * len}, err, out);
    return code;
}

static int
print_token(
    struct mh_span certificate, const char *algorithm, struct mh_span value)
{
    struct mh_buf der, raw;
    char *text = NULL;
    json_t *j;
    int rc = SG_EXIT_INTERNAL;

    mh_buf_init(&der, TEXT_MAX);
    mh_buf_init(&raw, TEXT_MAX);
    mh_base64_encode(certificate, &der);
    mh_base64_encode(value, &raw);
    if (mh_buf_ok(&der) && mh_buf_ok(&raw)) {
        j = json_pack("{s:s%, s:s, s:s%, s:s, s:s}", "unverifiedCertificate",
            (const char *)der.ptr, der.len, "algorithm", algorithm, "signature",
            (const char *)raw.ptr, raw.len, "format", "web-eid:1.0",
            "appVersion", "https://mohur.example/releases/" MH_VERSION);
        text = j == NULL ? NULL : json_dumps(j, JSON_COMPACT);
        json_decref(j);
    }
    if (text != NULL && puts(text) >= 0 && fflush(stdout) == 0)
        rc = SG_EXIT_OK;
    free(text);
    mh_buf_fini(&der);
    mh_buf_fini(&raw);
    return rc;
}

static enum hsm_class
check_key(struct sg_key *key, struct mh_err *err, enum mh_token_scheme *scheme,
    enum mh_digest_alg *hash)
{
    if (!hsm_facts(key->token)->authentication) {
        (void)mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
            "the certificate is not one for signing in"); /* c counts */
        return HSM_CONFIGURATION;
    }
    return hsm_preferred(key->token, err, scheme, hash);
}

static int
run(const struct sg_key_options *o, const char *origin, const char *nonce)
{
    uint8_t message[2 * MH_DIGEST_MAX], digest[MH_DIGEST_MAX];
    uint8_t value[HSM_SIGNATURE_MAX];
    struct hsm_request request = {.digest = {digest, 0}};
    struct mh_err err = {.msg = ""};
    struct sg_key key;
    enum hsm_class c = sg_key_open(o, &err, &key);
    size_t len = 0;
    int rc;

    if (c == HSM_OK)
        c = check_key(&key, &err, &request.scheme, &request.hash);
    if (c == HSM_OK)
        c = sg_pin_login(&key.pin, key.token, &err);
    if (c == HSM_OK && challenge_digest(request.hash, origin, nonce, &err,
                           message, digest) != MH_OK)
        c = HSM_INTERNAL;
    if (c == HSM_OK) {
        request.digest.len = mh_digest_length(request.hash);
        request.message = (struct mh_span){message, 2 * request.digest.len};
        c = hsm_sign(key.token, &request, &err, value, &len);
    }
    rc = c == HSM_OK ? print_token(hsm_certificate(key.token),
                           jws_name(request.scheme, request.hash),
                           (struct mh_span){value, len})
                     : sg_key_complain("sign-challenge", c, &err);
    sg_key_close(&key);
    return rc;
}

int
sg_cmd_challenge(int argc, char **argv)
{
    struct sg_key_options o = {0};
    const char *origin = NULL;
    int c;

    opterr = 0;
    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (c) {
        case 'k':
            o.key = optarg;
            break;
        case 'o':
            origin = optarg;
            break;
        case 'm':
            o.module = optarg;
            break;
        case 'p':
            o.pin_source = optarg;
            break;
        case 'h':
            (void)fputs(help, stdout); /* nothing to do about it */
            return SG_EXIT_OK;
        default:
            return sg_usage(
                "sign-challenge", "unknown or incomplete option; see --help");
        }
    }
    if (optind + 1 != argc)
        return sg_usage("sign-challenge", "exactly one nonce; see --help");
    if (o.key == NULL)
        return sg_usage("--key", "which key? mohur keys list shows them");
    if (origin == NULL || !origin_good(origin))
        return sg_usage("--origin", "https://HOST[:PORT] in lower case");
    if (!nonce_good(argv[optind]))
        return sg_usage("nonce", "44 to 128 characters of base64");
    if (mh_digest_init(NULL) != MH_OK)
        return SG_EXIT_INTERNAL;
    return run(&o, origin, argv[optind]);
}
