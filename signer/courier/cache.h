/*
 * Answers that may be used again for a while (lists, certificates, OCSP
 * answers), by what was asked.  Internal to signer/courier.
 */
#ifndef SIGNER_COURIER_CACHE_H
#define SIGNER_COURIER_CACHE_H

#include "base/digest/digest.h"
#include "base/wire/courier.h"

struct sg_cache_key {
    uint8_t hash[MH_SHA256_LENGTH];
};

struct sg_cache; /* bounded in entries and bytes */

struct sg_cache *sg_cache_new(void); /* NULL without memory */
void sg_cache_free(struct sg_cache *cache);

/* What was asked, and on which terms: an answer that came without a pin, or
   from an address of this network, is none for a request that is stricter. */
struct sg_cache_question {
    const char *url, *pin;
    struct mh_span body;
    enum mh_fetch_kind kind;
    bool anywhere; /* the address rule did not apply */
};

/* False for a kind that is never kept. */
bool sg_cache_key_of(
    const struct sg_cache_question *question, struct sg_cache_key *out);

/* Two clocks: the one that never steps, in ms, and the one on the wall, in
   seconds UTC. */
struct sg_cache_now {
    int64_t ms, wall;
};

/*
 * The answer, borrowed until the next put; false: none that was fetched at or
 * after that second (UTC).
 */
bool sg_cache_get(const struct sg_cache *cache, const struct sg_cache_key *key,
    const struct sg_cache_now *now, int64_t after, struct mh_span *out);

/* Copies; the oldest entries make room, what is too large is not kept. */
void sg_cache_put(struct sg_cache *cache, const struct sg_cache_key *key,
    enum mh_fetch_kind kind, const struct sg_cache_now *now,
    struct mh_span bytes);

#endif
