/*
 * Certificate revocation lists (RFC 5280 5): complete, indirect, partitioned
 * and delta lists, and the algorithm of 6.3.
 */
#ifndef SIGNER_TRUST_CRL_H
#define SIGNER_TRUST_CRL_H

#include "signer/trust/status.h"

struct sg_crl {
    struct mh_span der;
    struct mh_span tbs; /* with its tag: what is signed */
    struct sg_algid sigalg;
    struct mh_span signature;
    struct sg_name issuer;
    int64_t this_update;
    int64_t next_update;    /* MH_TIME_NONE: not stated */
    struct mh_span revoked; /* entries, walked when asked; may be empty */
    struct mh_span number;  /* CRLNumber content; empty: none */
    struct mh_span base;    /* BaseCRLNumber of a delta; empty: complete */
    struct mh_span aki_key; /* empty: none */
    struct mh_span idp; /* issuingDistributionPoint content; ptr NULL: none */
    bool only_user, only_ca, only_attr, indirect;
    unsigned reasons;        /* onlySomeReasons as bits; 0: all */
    struct mh_span idp_name; /* DistributionPointName choice; empty: none */
    bool unknown_critical;
};

/* One CertificateList, to its last byte.  Finding crl-invalid. */
enum mh_code sg_crl_parse(struct mh_span der, struct mh_arena *arena,
    struct mh_err *err, struct sg_crl **out) MH_MUST_USE;

/*
 * What a set of lists says about in->cert, over every distribution point and
 * reason.  GOOD only when all reasons were covered.  A list signed by another
 * certificate than in->issuer (own key for lists, indirect) needs a path of
 * that certificate to an anchor of in->trust at in->time (or the list's own
 * time); out->signer then differs from in->issuer and the caller checks its
 * revocation as well.
 */
enum mh_code sg_crl_check(const struct sg_crl *const *crls, size_t count,
    const struct sg_status_input *in, struct mh_err *err,
    struct sg_status *out) MH_MUST_USE;

#endif
