/*
 * OCSP responses (RFC 6960): parsed by a strict walk, checked for one
 * certificate.
 */
#ifndef SIGNER_TRUST_OCSP_H
#define SIGNER_TRUST_OCSP_H

#include "signer/trust/status.h"

struct sg_ocsp_single {
    enum mh_digest_alg hash_alg; /* NONE: unknown, the answer is ignored */
    struct mh_span name_hash, key_hash, serial;
    enum sg_status_kind kind; /* GOOD, REVOKED, ON_HOLD or UNKNOWN */
    int64_t revoked_at, this_update, next_update, archive_cutoff;
    int reason;
    bool unknown_critical;
};

struct sg_ocsp {
    struct mh_span der;
    struct mh_span basic; /* BasicOCSPResponse */
    struct mh_span tbs;   /* ResponseData with its tag: what is signed */
    struct sg_algid sigalg;
    struct mh_span signature;
    struct sg_name by_name; /* responder by name; count 0 and raw empty: no */
    struct mh_span by_key;  /* or SHA-1 of its key, 20 bytes */
    int64_t produced_at;
    struct mh_span nonce;  /* content of the extnValue; empty: none */
    bool unknown_critical; /* a critical extension we do not process */
    struct sg_ocsp_single *singles;
    size_t count;
    struct mh_span *certs; /* DER, each whole; parsed by sg_ocsp_certs */
    size_t cert_count;
};

/*
 * An OCSPResponse, or a BasicOCSPResponse alone (as CMS and XAdES may carry).
 * Spans borrow from der.  MH_EFORMAT or MH_EUNSUP with the finding
 * ocsp-invalid; a responseStatus other than successful too.
 */
enum mh_code sg_ocsp_parse(struct mh_span der, struct mh_arena *arena,
    struct mh_err *err, struct sg_ocsp **out) MH_MUST_USE;

/*
 * Adds its certificates to the pool; malformed ones are left out.  Called by
 * sg_ocsp_check too.
 */
enum mh_code sg_ocsp_certs(const struct sg_ocsp *ocsp, struct sg_pool *pool,
    struct mh_err *err) MH_MUST_USE;

/*
 * What the response says about in->cert.  The responder's certificate must be
 * the issuer itself, or issued by it with id-kp-OCSPSigning and valid at
 * producedAt, or be named in the trust material for OCSP (granted then).
 */
enum mh_code sg_ocsp_check(const struct sg_ocsp *ocsp,
    const struct sg_status_input *in, struct mh_err *err,
    struct sg_status *out) MH_MUST_USE;

#endif
