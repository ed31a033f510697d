/*
 * Message digests (libcrypto behind a narrow door).
 *
 * The algorithms are fetched once by mh_digest_init, so that a process may
 * lock itself down afterwards.  docformat does not include this header: it
 * feeds bytes to a sink (struct df_sink) that signer implements with it.
 */
#ifndef BASE_DIGEST_DIGEST_H
#define BASE_DIGEST_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define MH_DIGEST_MAX    64 /* bytes of the longest digest */
#define MH_SHA256_LENGTH 32 /* bytes */

enum mh_digest_alg {
    MH_DIGEST_NONE = 0,
    MH_MD5, /* known so that its use can be reported, never accepted */
    MH_SHA1,
    MH_SHA224,
    MH_SHA256,
    MH_SHA384,
    MH_SHA512,
    MH_SHA3_256,
    MH_SHA3_384,
    MH_SHA3_512,
    MH_RIPEMD160,
    MH_WHIRLPOOL,
    MH_DIGEST_ALGS, /* one past the last */
};

struct mh_digest; /* a running computation */

/*
 * Fetches every algorithm of the default provider; call once per process.
 * An algorithm this build of libcrypto lacks is then MH_EUNSUP on use.
 */
enum mh_code mh_digest_init(struct mh_err *err) MH_MUST_USE;

size_t mh_digest_length(enum mh_digest_alg alg);    /* bytes; 0 for NONE */
const char *mh_digest_name(enum mh_digest_alg alg); /* "SHA-256" */

/* One-shot, from any thread; out holds mh_digest_length(alg) bytes. */
enum mh_code mh_digest_once(enum mh_digest_alg alg, struct mh_span data,
    struct mh_err *err, uint8_t *out) MH_MUST_USE;

/* A reusable computation; NULL without memory. */
struct mh_digest *mh_digest_new(void);
void mh_digest_free(struct mh_digest *d);
enum mh_code mh_digest_start(struct mh_digest *d, enum mh_digest_alg alg,
    struct mh_err *err) MH_MUST_USE;
/* Continues in to what from has taken so far; from goes on by itself. */
enum mh_code mh_digest_fork(const struct mh_digest *from, struct mh_err *err,
    struct mh_digest *to) MH_MUST_USE;
/* Failures of update are remembered and reported by finish. */
void mh_digest_update(struct mh_digest *d, struct mh_span data);
enum mh_code mh_digest_finish(
    struct mh_digest *d, struct mh_err *err, uint8_t *out) MH_MUST_USE;

#endif
