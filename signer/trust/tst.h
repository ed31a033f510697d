/*
 * Time-stamp tokens (RFC 3161, RFC 5816).
 */
#ifndef SIGNER_TRUST_TST_H
#define SIGNER_TRUST_TST_H

#include "signer/trust/cms.h"
#include "signer/trust/path.h"

struct sg_tst {
    struct sg_cms *cms;
    int64_t gen_time; /* fraction dropped */
    enum mh_digest_alg imprint_alg;
    struct mh_span imprint;
    struct mh_span policy; /* OID content */
    struct mh_span serial;
    struct mh_span nonce; /* INTEGER content; empty: none */
    uint64_t accuracy_us; /* microseconds; 0: not stated */
    bool ordering;
};

/* A token (ContentInfo).  Finding timestamp-invalid.  Spans borrow. */
enum mh_code sg_tst_parse(struct mh_span der, struct mh_arena *arena,
    struct mh_err *err, struct sg_tst **out) MH_MUST_USE;

struct sg_tst_result {
    bool ok;
    int finding;               /* timestamp-invalid, timestamp-policy, ... */
    const char *text;          /* static */
    const struct sg_cert *tsa; /* NULL: not found */
    struct sg_sigalg sigalg;
};

/*
 * The token in itself: signer found by issuer and serial and by ESSCertID,
 * attributes, signature, the certificate's extended key usage.  Whether the
 * imprint fits (sg_tst_covers) and whether the TSA is trusted at genTime
 * (sg_path_find with SG_FOR_TSA) is the caller's.  Adds the token's
 * certificates to the pool.
 */
enum mh_code sg_tst_check(const struct sg_tst *tst, struct sg_pool *pool,
    struct sg_facts *facts, struct mh_err *err,
    struct sg_tst_result *out) MH_MUST_USE;

/* Whether the imprint is this digest (made with tst->imprint_alg). */
bool sg_tst_covers(const struct sg_tst *tst, struct mh_span digest);

#endif
