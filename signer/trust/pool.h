/*
 * Certificates collected for one document: from signatures, time-stamps,
 * revocation data and the command line.  None of them is trusted.
 */
#ifndef SIGNER_TRUST_POOL_H
#define SIGNER_TRUST_POOL_H

#include "signer/trust/cert.h"

struct sg_pool; /* lives in its arena; nothing to free */

/* NULL without memory. */
struct sg_pool *sg_pool_new(struct mh_arena *arena);

/*
 * Adds a certificate unless the pool has it (by SHA-256); *out, which may be
 * NULL, is the one in the pool.  MH_ELIMIT past MH_POOL_CERTS_MAX.
 */
enum mh_code sg_pool_add(struct sg_pool *pool, const struct sg_cert *cert,
    struct mh_err *err, const struct sg_cert **out) MH_MUST_USE;
/* Parses and adds; der is borrowed and must live as long as the arena. */
enum mh_code sg_pool_add_der(struct sg_pool *pool, struct mh_span der,
    struct mh_err *err, const struct sg_cert **out) MH_MUST_USE;

size_t sg_pool_count(const struct sg_pool *pool);
const struct sg_cert *sg_pool_at(const struct sg_pool *pool, size_t n);

/*
 * Searches: each returns the next match at or after *pos, advancing *pos past
 * it, or NULL.  Start with *pos = 0.
 */
const struct sg_cert *sg_pool_by_subject(
    const struct sg_pool *pool, const struct sg_name *name, size_t *pos);
const struct sg_cert *sg_pool_by_ski(
    const struct sg_pool *pool, struct mh_span ski, size_t *pos);
const struct sg_cert *sg_pool_by_issuer_serial(const struct sg_pool *pool,
    const struct sg_name *issuer, struct mh_span serial, size_t *pos);
const struct sg_cert *sg_pool_by_sha256(
    const struct sg_pool *pool, const uint8_t hash[MH_SHA256_LENGTH]);
/* By the SHA-1 of the key bits (OCSP ResponderID byKey, RFC 6960 4.2.1). */
const struct sg_cert *sg_pool_by_key_sha1(
    const struct sg_pool *pool, const uint8_t hash[20], size_t *pos);

#endif
