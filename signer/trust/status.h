/*
 * What revocation data says about one certificate, whether it came as OCSP
 * (RFC 6960) or as lists (RFC 5280 5 and 6.3).
 */
#ifndef SIGNER_TRUST_STATUS_H
#define SIGNER_TRUST_STATUS_H

#include "signer/trust/cert.h"
#include "signer/trust/key.h"
#include "signer/trust/pool.h"
#include "signer/trust/store.h"

enum sg_status_kind {
    SG_STATUS_NONE = 0, /* unusable: finding and text say why */
    SG_STATUS_OTHER,    /* sound, but says nothing about this certificate */
    SG_STATUS_UNKNOWN,  /* the responder does not know the certificate */
    SG_STATUS_GOOD,
    SG_STATUS_REVOKED,
    SG_STATUS_ON_HOLD, /* certificateHold: revoked from revoked_at, for now */
};

enum sg_reason { /* CRLReason; -1: none was given */
    SG_REASON_NONE = -1,
    SG_REASON_UNSPECIFIED = 0,
    SG_REASON_KEY_COMPROMISE = 1,
    SG_REASON_CA_COMPROMISE = 2,
    SG_REASON_HOLD = 6,
    SG_REASON_REMOVE = 8,
};

struct sg_status {
    enum sg_status_kind kind;
    int64_t revoked_at; /* MH_TIME_NONE unless revoked or on hold */
    int64_t invalidity; /* invalidityDate, information only, or NONE */
    int reason;         /* enum sg_reason */
    int64_t this_update;
    int64_t next_update;          /* MH_TIME_NONE: not stated */
    int64_t produced_at;          /* OCSP; a list: this_update */
    int64_t archive_cutoff;       /* OCSP, MH_TIME_NONE: not stated */
    struct mh_span nonce;         /* OCSP: extnValue's content; empty: none */
    const struct sg_cert *signer; /* who signed it */
    struct sg_sigalg sigalg;      /* how, for the algorithm table */
    bool by_issuer; /* signed with the key of the certificate's own issuer */
    bool delegated; /* OCSP: by a certificate of that issuer for OCSP signing */
    bool nocheck;   /* OCSP: that one need not be checked (RFC 6960 4.2.2.2.1);
                       otherwise the caller checks its revocation too */
    bool listed;    /* OCSP: by a responder named in the trust material */
    int finding;    /* enum mh_finding_code, with NONE; also UNKNOWN */
    const char *text; /* static; with NONE */
};

/* What a check needs beside the data. */
struct sg_status_input {
    const struct sg_cert *cert;   /* the one asked about */
    const struct sg_cert *issuer; /* its issuer in a validated chain */
    struct sg_pool *pool;         /* candidates for the signer; may be NULL */
    struct sg_trust *trust;       /* may be NULL: no listed responders */
    const struct sg_cert *anchor; /* of that chain: where a path of a list's own
                                     signer must end too (RFC 5280 6.3.3 (f));
                                     NULL: not compared */
    struct sg_facts *facts;
    struct mh_arena *arena;
    int64_t time; /* data must be current then (thisUpdate <= time <=
                     nextUpdate); MH_TIME_NONE: freshness is judged by the
                     caller */
};

/* An empty answer, and the same with a reason why data is unusable. */
void sg_status_init(struct sg_status *out);
void sg_status_fail(struct sg_status *out, int finding, const char *text);

/* The same public key under the same name: as good as the same certificate. */
bool sg_cert_same_key(const struct sg_cert *a, const struct sg_cert *b);

#endif
