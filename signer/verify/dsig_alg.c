/* Algorithm names of XML signatures (formats.md 3, RFC 6931, RFC 9231). */
#include "signer/verify/dsig_alg.h"

#include <string.h>

#define XMLDSIG "http://www.w3.org/2000/09/xmldsig#"
#define MORE    "http://www.w3.org/2001/04/xmldsig-more#"
#define MORE07  "http://www.w3.org/2007/05/xmldsig-more#"
#define XMLENC  "http://www.w3.org/2001/04/xmlenc#"

static const struct {
    const char *uri;
    enum mh_digest_alg alg;
} digests[] = {
    {XMLENC "sha256", MH_SHA256},
    {XMLENC "sha512", MH_SHA512},
    {MORE "sha384", MH_SHA384},
    {MORE "sha224", MH_SHA224},
    {XMLDSIG "sha1", MH_SHA1},
    {MORE07 "sha3-256", MH_SHA3_256},
    {MORE07 "sha3-384", MH_SHA3_384},
    {MORE07 "sha3-512", MH_SHA3_512},
    {MORE "md5", MH_MD5},
};

static const struct {
    const char *uri;
    enum sg_scheme scheme;
    enum mh_digest_alg digest;
} signatures[] = {
    {MORE "rsa-sha256", SG_RSA_PKCS1, MH_SHA256},
    {MORE "rsa-sha384", SG_RSA_PKCS1, MH_SHA384},
    {MORE "rsa-sha512", SG_RSA_PKCS1, MH_SHA512},
    {MORE "rsa-sha224", SG_RSA_PKCS1, MH_SHA224},
    {XMLDSIG "rsa-sha1", SG_RSA_PKCS1, MH_SHA1},
    {MORE "rsa-md5", SG_RSA_PKCS1, MH_MD5},
    {MORE "ecdsa-sha1", SG_ECDSA, MH_SHA1},
    {MORE "ecdsa-sha224", SG_ECDSA, MH_SHA224},
    {MORE "ecdsa-sha256", SG_ECDSA, MH_SHA256},
    {MORE "ecdsa-sha384", SG_ECDSA, MH_SHA384},
    {MORE "ecdsa-sha512", SG_ECDSA, MH_SHA512},
    {MORE07 "ecdsa-sha3-256", SG_ECDSA, MH_SHA3_256},
    {MORE07 "ecdsa-sha3-384", SG_ECDSA, MH_SHA3_384},
    {MORE07 "ecdsa-sha3-512", SG_ECDSA, MH_SHA3_512},
    {MORE07 "sha1-rsa-MGF1", SG_RSA_PSS, MH_SHA1},
    {MORE07 "sha224-rsa-MGF1", SG_RSA_PSS, MH_SHA224},
    {MORE07 "sha256-rsa-MGF1", SG_RSA_PSS, MH_SHA256},
    {MORE07 "sha384-rsa-MGF1", SG_RSA_PSS, MH_SHA384},
    {MORE07 "sha512-rsa-MGF1", SG_RSA_PSS, MH_SHA512},
    {MORE07 "sha3-256-rsa-MGF1", SG_RSA_PSS, MH_SHA3_256},
    {MORE07 "sha3-384-rsa-MGF1", SG_RSA_PSS, MH_SHA3_384},
    {MORE07 "sha3-512-rsa-MGF1", SG_RSA_PSS, MH_SHA3_512},
    {"http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519", SG_EDDSA,
        MH_DIGEST_NONE},
    {"http://www.w3.org/2021/04/xmldsig-more#eddsa-ed448", SG_EDDSA,
        MH_DIGEST_NONE},
};

static const char *const transforms[] = {
    [SG_TRANSFORM_ENVELOPED] = XMLDSIG "enveloped-signature",
    [SG_TRANSFORM_BASE64] = XMLDSIG "base64",
};

enum mh_digest_alg
sg_xml_digest(struct mh_span uri)
{
    for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
        if (mh_span_is(uri, digests[i].uri))
            return digests[i].alg;
    return MH_DIGEST_NONE;
}

bool
sg_xml_signature(struct mh_span uri, struct sg_sigalg *out)
{
    for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++)
        if (mh_span_is(uri, signatures[i].uri)) {
            *out = (struct sg_sigalg){.scheme = signatures[i].scheme,
                .digest = signatures[i].digest,
                .form = SG_ECDSA_PLAIN};
            return true;
        }
    return false;
}

bool
sg_xml_is_hmac(struct mh_span uri)
{
    return memmem(uri.ptr, uri.len, "hmac", 4) != NULL;
}

bool
sg_xml_is_transform(struct mh_span uri, enum sg_transform which)
{
    return mh_span_is(uri, transforms[which]);
}

/* One child with exactly this algorithm. */
static bool
child_alg(const struct df_node *n, const char *ns, const char *local,
    struct mh_span *alg, const struct df_node **out)
{
    *out = df_node_child(n, ns, local);
    return *out != NULL && df_node_count(n, ns, local) == 1 &&
           df_node_attr(*out, NULL, "Algorithm", alg);
}

/* A decimal of at most four digits. */
static bool
decimal(const struct df_node *n, struct mh_arena *arena, unsigned *out)
{
    struct mh_span s;
    unsigned v = 0;

    if (df_node_text(n, arena, NULL, &s) != MH_OK || s.len == 0 || s.len > 4)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        v = v * 10 + (unsigned)(s.ptr[i] - '0');
    }
    *out = v;
    return true;
}

bool
sg_xml_is_pss(struct mh_span uri)
{
    return mh_span_is(uri, MORE07 "rsa-pss");
}

bool
sg_xml_pss_params(
    const struct df_node *method, struct mh_arena *arena, struct sg_sigalg *out)
{
    const struct df_node *p = df_node_child(method, MORE07, "RSAPSSParams");
    const struct df_node *n, *mgf;
    struct mh_span alg;
    unsigned v;

    /* RFC 9231 2.3.10: absent members mean SHA-256, MGF1 with it, 32, 1. */
    *out = (struct sg_sigalg){.scheme = SG_RSA_PSS, .digest = MH_SHA256};
    if (p == NULL)
        return df_node_first(method) == NULL;
    if (df_node_child(p, DF_NS_DS, "DigestMethod") != NULL) {
        if (!child_alg(p, DF_NS_DS, "DigestMethod", &alg, &n))
            return false;
        out->digest = sg_xml_digest(alg);
    }
    mgf = df_node_child(p, MORE07, "MaskGenerationFunction");
    if (mgf != NULL) {
        enum mh_digest_alg inner = MH_SHA256;

        if (!df_node_attr(mgf, NULL, "Algorithm", &alg) ||
            !mh_span_is(alg, MORE07 "MGF1"))
            return false;
        if (df_node_child(mgf, DF_NS_DS, "DigestMethod") != NULL) {
            if (!child_alg(mgf, DF_NS_DS, "DigestMethod", &alg, &n))
                return false;
            inner = sg_xml_digest(alg);
        }
        if (inner != out->digest)
            return false;
    } else if (out->digest != MH_SHA256) {
        return false;
    }
    n = df_node_child(p, MORE07, "SaltLength");
    v = 32;
    if ((n != NULL && !decimal(n, arena, &v)) ||
        v != mh_digest_length(out->digest))
        return false;
    n = df_node_child(p, MORE07, "TrailerField");
    v = 1;
    return (n == NULL || decimal(n, arena, &v)) && v == 1 &&
           out->digest != MH_DIGEST_NONE;
}
