/*
 * Time-stamp tokens as proofs of existence (EN 319 102-1 5.4, RFC 3161).
 */
#ifndef SIGNER_VERIFY_STAMP_H
#define SIGNER_VERIFY_STAMP_H

#include "signer/trust/tst.h"
#include "signer/verify/evidence.h"

struct sg_stamp {
    /* Set before sg_stamp_read: */
    enum mh_stamp_kind kind;
    struct mh_span der;     /* the token */
    enum mh_severity level; /* of its findings: a warning of a signature, an
                               error where it is the document's signature */
    /* Set by sg_stamp_read and sg_stamp_judge: */
    struct sg_tst *tst; /* NULL: unreadable */
    bool readable;      /* its structure could be read */
    bool covers;        /* its imprint is that of the right bytes */
    bool sound;         /* its own signature holds */
    bool passed;        /* and its authority is trusted at its time */
    enum mh_sub sub;    /* why not; NONE when passed */
    int64_t time;       /* genTime, MH_TIME_NONE where unreadable */
    const char *issuer; /* name of the authority, clean, or "" */
    const struct sg_cert *tsa;
    const struct sg_key *key;
    struct sg_sigalg sigalg;
};

/*
 * Reads the token and finds which digest it needs.  What it says of an
 * unreadable one is a finding.
 */
enum mh_code sg_stamp_read(struct sg_ctx *ctx, struct sg_out *out,
    struct mh_err *err, struct sg_stamp *stamp) MH_MUST_USE;

/*
 * Judges it against the digest of what it must cover, made with
 * stamp->tst->imprint_alg.  evidence may be NULL.
 */
enum mh_code sg_stamp_judge(struct sg_ctx *ctx, struct sg_stamp *stamp,
    struct mh_span digest, const struct sg_evidence *evidence,
    struct sg_out *out, struct mh_err *err) MH_MUST_USE;

#endif
