/*
 * CMS SignedData (RFC 5652 5): a walk over its parts, for tokens and, later,
 * whole CMS signatures.
 *
 * The encoding must be DER but for what is tolerated of old writers: with ber
 * allowed, indefinite lengths and constructed strings are first rewritten
 * into the arena (whole content, once); the spans then borrow from that.
 */
#ifndef SIGNER_TRUST_CMS_H
#define SIGNER_TRUST_CMS_H

#include "signer/trust/cert.h"
#include "signer/trust/key.h"
#include "signer/trust/pool.h"

struct sg_cms_attr {
    struct mh_span oid;
    struct mh_span values; /* content of the SET */
    struct mh_span all;    /* the whole Attribute */
};

struct sg_cms_signer {
    struct sg_name issuer; /* with serial; raw empty: by_ski */
    struct mh_span serial;
    struct mh_span ski;
    enum mh_digest_alg digest;
    struct sg_algid sigalg;
    struct mh_span signed_raw; /* [0] signedAttrs with its tag; empty: none */
    struct sg_cms_attr *signed_attrs;
    size_t signed_count;
    struct sg_cms_attr *unsigned_attrs;
    size_t unsigned_count;
    struct mh_span signature;
    /* version to signature, as they stand there: what an archive time-stamp
       covers (EN 319 122-1 5.5.3). */
    struct mh_span core;
};

struct sg_cms {
    struct mh_span der;
    bool was_ber; /* rewritten: a finding under strict */
    struct mh_span econtent_type;
    struct mh_span econtent; /* ptr NULL: detached */
    struct mh_span *certs;   /* whole DER of each certificate */
    size_t cert_count;
    struct mh_span *crls;
    size_t crl_count;
    struct mh_span *ocsps; /* OCSPResponse of RFC 5940 other formats */
    size_t ocsp_count;
    struct mh_span certificates; /* content of [0]; empty for none */
    struct mh_span revocations;  /* content of [1]; empty for none */
    struct sg_cms_signer *signers;
    size_t signer_count; /* tokens and PDF: exactly one */
};

/* ContentInfo with SignedData.  ber: tolerate BER. */
enum mh_code sg_cms_parse(struct mh_span der, bool ber, struct mh_arena *arena,
    struct mh_err *err, struct sg_cms **out) MH_MUST_USE;

/* The attribute if it stands there exactly once with one value. */
bool sg_cms_attr_one(const struct sg_cms_attr *attrs, size_t count,
    struct mh_span oid, struct mh_span *value);
/* How often it stands there. */
size_t sg_cms_attr_count(
    const struct sg_cms_attr *attrs, size_t count, struct mh_span oid);

/* Adds its certificates to a pool; malformed ones are left out. */
enum mh_code sg_cms_certs(const struct sg_cms *cms, struct sg_pool *pool,
    struct mh_err *err) MH_MUST_USE;

/*
 * The signer's certificate: by issuer and serial or key identifier, and by
 * the ESS attribute (RFC 5035) when present; ess says whether it was.  *out is
 * NULL if no certificate of the pool fits.
 */
enum mh_code sg_cms_signer_cert(const struct sg_cms_signer *signer,
    const struct sg_pool *pool, struct mh_err *err, const struct sg_cert **out,
    bool *ess) MH_MUST_USE;

/* What checking a SignerInfo with a certificate found; text is static. */
struct sg_cms_result {
    bool ok;
    int finding; /* enum mh_finding_code */
    const char *text;
    struct sg_sigalg sigalg;
};

/*
 * Signed attributes (contentType, messageDigest, each once), then the value.
 * content: the bytes signed, eContent or detached data.
 */
enum mh_code sg_cms_verify(const struct sg_cms *cms,
    const struct sg_cms_signer *signer, struct mh_span content,
    const struct sg_key *key, struct mh_err *err,
    struct sg_cms_result *out) MH_MUST_USE;
/* The same with the digest of the content, made with signer->digest. */
enum mh_code sg_cms_verify_digest(const struct sg_cms *cms,
    const struct sg_cms_signer *signer, struct mh_span digest,
    const struct sg_key *key, struct mh_err *err,
    struct sg_cms_result *out) MH_MUST_USE;

#endif
