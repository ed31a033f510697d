/*
 * What a document brings to show that its certificates were not revoked, and
 * what that says about one certificate (EN 319 102-1 5.2.5, 5.2.6.4).
 */
#ifndef SIGNER_VERIFY_EVIDENCE_H
#define SIGNER_VERIFY_EVIDENCE_H

#include "signer/trust/crl.h"
#include "signer/trust/ocsp.h"
#include "signer/verify/ctx.h"

struct sg_evidence_ocsp {
    struct sg_evidence_ocsp *next;
    struct sg_ocsp *ocsp;
};

struct sg_evidence {
    struct sg_evidence_ocsp *ocsps;
    const struct sg_crl **crl; /* room for crl_cap */
    size_t crls, crl_cap;
    size_t ocsp_count;
    /* The first so many come from outside the document (ctx->material). */
    size_t outside_ocsps, outside_crls;
};

/* Begins with what was fetched from outside (ctx->material). */
enum mh_code sg_evidence_init(struct sg_ctx *ctx, struct sg_out *out,
    struct mh_err *err, struct sg_evidence *ev) MH_MUST_USE;
/* An unreadable value is a warning and left out; the bytes are borrowed. */
enum mh_code sg_evidence_add_ocsp(struct sg_ctx *ctx, struct sg_evidence *ev,
    struct mh_span der, struct sg_out *out, struct mh_err *err) MH_MUST_USE;
enum mh_code sg_evidence_add_crl(struct sg_ctx *ctx, struct sg_evidence *ev,
    struct mh_span der, struct sg_out *out, struct mh_err *err) MH_MUST_USE;

/* The answer about one certificate at one time. */
struct sg_answer {
    bool good;    /* a usable answer says good, fresh enough */
    bool known;   /* and one of those that say so is a responder's, which
                     knows what was issued; a list knows what was revoked */
    bool inside;  /* and one of those that say so is in the document */
    bool revoked; /* revoked or on hold at or before the time */
    bool later;   /* revoked, but after the time */
    bool on_hold; /* certificateHold, with revoked or later */
    bool unknown; /* a responder does not know it */
    int64_t revoked_at;
    int reason;        /* enum sg_reason, of the earliest revocation */
    bool stale;        /* good answers were there, all too old */
    bool before;       /* good answers were there, all before the time */
    int64_t issued_at; /* of the good answer used */
};

struct sg_question {
    const struct sg_cert *cert;
    const struct sg_cert *issuer;
    const struct sg_cert *anchor; /* of the path; may be NULL */
    int64_t time;                 /* best signature time */
    bool proven; /* time is proven by a time-stamp; else it is now */
    bool ca;     /* it is an issuer's: a list from before the time will do,
                    while it is fresh (5.2.5), for it comes once a week */
};

/* Unusable answers about the certificate are warnings in out. */
enum mh_code sg_evidence_ask(struct sg_ctx *ctx, const struct sg_evidence *ev,
    const struct sg_question *q, struct sg_out *out, struct mh_err *err,
    struct sg_answer *answer) MH_MUST_USE;

#endif
