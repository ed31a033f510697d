/*
 * One CMS signature (RFC 5652) with the attributes of CAdES (EN 319 122-1),
 * from its SignerInfo to an indication by the same processes as XAdES
 * (EN 319 102-1 clause 5).  Detached files, ASiC with CAdES and PAdES use it.
 */
#ifndef SIGNER_VERIFY_CADES_H
#define SIGNER_VERIFY_CADES_H

#include "signer/verify/judge.h"

/*
 * The signed content, which may be too large for one span: gives its digest.
 * MH_EUNSUP for an algorithm that is not known here.
 */
struct sg_content {
    void *ctx;
    enum mh_code (*digest)(void *ctx, enum mh_digest_alg alg,
        struct mh_err *err, uint8_t hash[static MH_DIGEST_MAX]);
};

struct sg_cades_in {
    const struct sg_cms *cms;
    const struct sg_cms_signer *signer; /* one of cms->signers */
    const struct sg_content *content;
    /* PAdES (EN 319 142-1 6.3): the claimed time stands in /M and no
       signing-time attribute may. */
    bool pades;
    bool cades;           /* the profile requires the certificate reference */
    int64_t claimed_time; /* /M or MH_TIME_NONE */
    /* Validation data from outside the signature, e.g. a PDF's DSS. */
    const struct mh_span *certs, *ocsps, *crls;
    size_t cert_count, ocsp_count, crl_count;
    /* Time-stamps from outside that cover the signature, already judged. */
    const struct sg_stamp *stamp;
    size_t stamps;
};

/* sig->dsig.sub is the answer; nothing need be set before. */
enum mh_code sg_cades_judge(struct sg_ctx *ctx, const struct sg_cades_in *in,
    struct mh_err *err, struct sg_sig *sig) MH_MUST_USE;

/*
 * Reads a SignedData whose signatures are to be judged: BER is a breach under
 * strict, and a warning in out under lenient (formats.md 7).  *cms is NULL
 * with an error in out where it cannot be read.
 */
enum mh_code sg_cades_parse(struct sg_ctx *ctx, struct mh_span der,
    struct sg_out *out, struct mh_err *err, struct sg_cms **cms) MH_MUST_USE;

#endif
