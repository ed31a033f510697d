#include "signer/sign/profile.h"

#define MORE   "http://www.w3.org/2001/04/xmldsig-more#"
#define MORE07 "http://www.w3.org/2007/05/xmldsig-more#"
#define XMLENC "http://www.w3.org/2001/04/xmlenc#"

static const struct sg_profile profiles[] = {
    {DF_MIME_ASIC_E, "META-INF/signatures", SG_AS_ADOC, DF_C14N_11, 0, false,
        true},
    {DF_MIME_ASIC_E, "META-INF/edoc-signatures-S", SG_AS_EDOC, DF_C14N_11, 1,
        false, true},
    {DF_MIME_ASIC_E, "META-INF/signatures", SG_AS_ASICE, DF_C14N_EXC, 0, false,
        true},
    {DF_MIME_ASIC_S, "META-INF/signatures", SG_AS_ASICS, DF_C14N_EXC, 0, true,
        false},
};

static const char *const c14n_uris[] = {
    [DF_C14N_10] = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    [DF_C14N_11] = "http://www.w3.org/2006/12/xml-c14n11",
    [DF_C14N_EXC] = "http://www.w3.org/2001/10/xml-exc-c14n#",
};

static const struct {
    enum mh_digest_alg alg;
    const char *digest, *pkcs1, *pss, *ecdsa;
} algorithms[] = {
    {MH_SHA256, XMLENC "sha256", MORE "rsa-sha256", MORE07 "sha256-rsa-MGF1",
        MORE "ecdsa-sha256"},
    {MH_SHA384, MORE "sha384", MORE "rsa-sha384", MORE07 "sha384-rsa-MGF1",
        MORE "ecdsa-sha384"},
    {MH_SHA512, XMLENC "sha512", MORE "rsa-sha512", MORE07 "sha512-rsa-MGF1",
        MORE "ecdsa-sha512"},
};

const struct sg_profile *
sg_profile_of(enum sg_as as)
{
    for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
        if (profiles[i].as == as)
            return &profiles[i];
    return NULL;
}

const char *
sg_c14n_uri(enum df_c14n_method method)
{
    return c14n_uris[method];
}

const char *
sg_digest_uri(enum mh_digest_alg alg)
{
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
        if (algorithms[i].alg == alg)
            return algorithms[i].digest;
    return NULL;
}

const char *
sg_signature_uri(enum sg_scheme scheme, enum mh_digest_alg alg)
{
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
        if (algorithms[i].alg == alg)
            return scheme == SG_RSA_PKCS1 ? algorithms[i].pkcs1
                   : scheme == SG_RSA_PSS ? algorithms[i].pss
                   : scheme == SG_ECDSA   ? algorithms[i].ecdsa
                                          : NULL;
    return NULL;
}
