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

/* The answer, borrowed until the next put; false: none. now: monotonic ms. */
bool sg_cache_get(const struct sg_cache *cache, const struct sg_cache_key *key,
    int64_t now, struct mh_span *out);

/* Copies; the oldest entries make room, what is too large is not kept. */
void sg_cache_put(struct sg_cache *cache, const struct sg_cache_key *key,
    enum mh_fetch_kind kind, int64_t now, struct mh_span bytes);

#endif
