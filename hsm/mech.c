#include "hsm/mech.h"

static const struct {
    CK_MECHANISM_TYPE type;
    uint32_t bit;
} known[] = {
    {CKM_RSA_PKCS, MH_TOKEN_HAS_RSA_PKCS},
    {CKM_RSA_PKCS_PSS, MH_TOKEN_HAS_RSA_PSS},
    {CKM_ECDSA, MH_TOKEN_HAS_ECDSA},
    {CKM_SHA256_RSA_PKCS, MH_TOKEN_HAS_SHA256_RSA},
    {CKM_SHA384_RSA_PKCS, MH_TOKEN_HAS_SHA384_RSA},
    {CKM_SHA512_RSA_PKCS, MH_TOKEN_HAS_SHA512_RSA},
};

enum {
    KNOWN = sizeof(known) / sizeof(known[0]),
    LIST_MAX = 1024, /* mechanisms of one slot; a large HSM has 300 */
    PREFIX = 19,     /* bytes of DigestInfo before the digest */
};

/* By hash: DigestInfo (RFC 8017 9.2 note 1), and the mechanisms' names. */
static const struct {
    enum mh_digest_alg hash;
    uint8_t prefix[PREFIX];
    CK_MECHANISM_TYPE digest;
    CK_RSA_PKCS_MGF_TYPE mgf;
    CK_MECHANISM_TYPE whole; /* digests by itself */
    uint32_t whole_bit;
} hashes[] = {
    {MH_SHA256,
        {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
            0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
        CKM_SHA256, CKG_MGF1_SHA256, CKM_SHA256_RSA_PKCS,
        MH_TOKEN_HAS_SHA256_RSA},
    {MH_SHA384,
        {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
            0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
        CKM_SHA384, CKG_MGF1_SHA384, CKM_SHA384_RSA_PKCS,
        MH_TOKEN_HAS_SHA384_RSA},
    {MH_SHA512,
        {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
            0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
        CKM_SHA512, CKG_MGF1_SHA512, CKM_SHA512_RSA_PKCS,
        MH_TOKEN_HAS_SHA512_RSA},
};

enum {
    HASHES = sizeof(hashes) / sizeof(hashes[0])
};

uint32_t
hsm_mech_of_slot(const struct hsm_module *m, CK_SLOT_ID slot)
{
    CK_MECHANISM_TYPE list[LIST_MAX];
    CK_ULONG n = LIST_MAX;
    uint32_t bits = 0;

    /* Some modules describe mechanisms that they do not list. */
    if (m->f->C_GetMechanismList(slot, list, &n) != CKR_OK || n > LIST_MAX)
        return 0;
    for (size_t i = 0; i < KNOWN; i++) {
        CK_MECHANISM_INFO info = {0};

        if (m->f->C_GetMechanismInfo(slot, known[i].type, &info) == CKR_OK &&
            (info.flags & CKF_SIGN) != 0)
            bits |= known[i].bit;
    }
    return hsm_mech_allowed(bits, list, n);
}

uint32_t
hsm_mech_allowed(uint32_t bits, const CK_MECHANISM_TYPE *allowed, size_t count)
{
    uint32_t left = 0;

    for (size_t i = 0; i < KNOWN; i++)
        for (size_t j = 0; j < count; j++)
            if (allowed[j] == known[i].type)
                left |= known[i].bit;
    return bits & left;
}

static enum mh_code
build_pkcs1(const struct mh_token_sign *request, size_t h, uint32_t bits,
    struct mh_err *err, struct hsm_mech *out)
{
    if ((bits & MH_TOKEN_HAS_RSA_PKCS) != 0) {
        out->mechanism.mechanism = CKM_RSA_PKCS;
        memcpy(out->own, hashes[h].prefix, PREFIX);
        memcpy(out->own + PREFIX, request->digest.ptr, request->digest.len);
        out->input = (struct mh_span){out->own, PREFIX + request->digest.len};
        return MH_OK;
    }
    if ((bits & hashes[h].whole_bit) != 0 && request->message.len > 0) {
        out->mechanism.mechanism = hashes[h].whole;
        out->input = request->message;
        return MH_OK;
    }
    return mh_fail(
        err, MH_EUNSUP, MH_NO_OFFSET, "the key cannot sign PKCS#1 v1.5");
}

static enum mh_code
build_pss(const struct mh_token_sign *request, size_t h, uint32_t bits,
    struct mh_err *err, struct hsm_mech *out)
{
    if ((bits & MH_TOKEN_HAS_RSA_PSS) == 0)
        return mh_fail(
            err, MH_EUNSUP, MH_NO_OFFSET, "the key cannot sign RSA-PSS");
    out->pss.hashAlg = hashes[h].digest;
    out->pss.mgf = hashes[h].mgf;
    out->pss.sLen = request->digest.len;
    out->mechanism.mechanism = CKM_RSA_PKCS_PSS;
    out->mechanism.pParameter = &out->pss;
    out->mechanism.ulParameterLen = sizeof(out->pss);
    out->input = request->digest;
    return MH_OK;
}

/* The leftmost bytes of a digest that is longer than the order (FIPS 186-5
 * 6.4.1); the orders of our curves are whole bytes, or longer than any digest.
 */
static enum mh_code
build_ecdsa(const struct mh_token_sign *request, uint32_t bits,
    struct mh_err *err, struct hsm_mech *out)
{
    if ((bits & MH_TOKEN_HAS_ECDSA) == 0 || request->width == 0)
        return mh_fail(
            err, MH_EUNSUP, MH_NO_OFFSET, "the key cannot sign ECDSA");
    out->mechanism.mechanism = CKM_ECDSA;
    out->input = request->digest;
    if (out->input.len > request->width)
        out->input.len = request->width;
    return MH_OK;
}

enum mh_code
hsm_mech_build(const struct mh_token_sign *request, uint32_t bits,
    struct mh_err *err, struct hsm_mech *out)
{
    size_t h = 0;

    *out = (struct hsm_mech){0};
    while (h < HASHES && hashes[h].hash != request->hash)
        h++;
    if (h == HASHES)
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "unknown hash");
    switch (request->scheme) {
    case MH_TOKEN_PKCS1:
        return build_pkcs1(request, h, bits, err, out);
    case MH_TOKEN_PSS:
        return build_pss(request, h, bits, err, out);
    case MH_TOKEN_ECDSA:
        return build_ecdsa(request, bits, err, out);
    case MH_TOKEN_SCHEMES:
        break;
    }
    return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "unknown scheme");
}
