/*
 * An accepted token has one signer and an imprint of its digest's length; it
 * is good only with a certificate that was found.
 */
#include <stdint.h>
#include <stdlib.h>

#include "signer/trust/tst.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(32U << 20);
    struct sg_facts *facts = sg_facts_new();
    struct sg_tst_result r;
    struct sg_tst *t;
    struct sg_pool *pool;

    if (arena == NULL || facts == NULL || mh_digest_init(NULL) != MH_OK)
        abort();
    pool = sg_pool_new(arena);
    if (pool != NULL &&
        sg_tst_parse((struct mh_span){data, len}, arena, NULL, &t) == MH_OK) {
        if (t->cms->signer_count != 1 ||
            t->imprint.len != mh_digest_length(t->imprint_alg) ||
            !sg_tst_covers(t, t->imprint))
            abort();
        if (sg_tst_check(t, pool, facts, NULL, &r) == MH_OK &&
            (r.ok ? r.tsa == NULL || r.finding != 0 : r.text == NULL))
            abort();
    }
    sg_facts_free(facts);
    mh_arena_free(arena);
    return 0;
}
