/*
 * Replies of a time-stamping authority: what is accepted is a token over what
 * was asked, with the nonce, and lies inside the reply.
 */
#include <stdint.h>
#include <stdlib.h>

#include "signer/trust/tsa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What the seeds answer: the digest of nothing, nonce 4711 (make_seeds.py). */
static const uint8_t digest[32] = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c,
    0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8,
    0x55};
static const uint8_t nonce[2] = {0x12, 0x67};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(32U << 20);
    struct sg_tsa_query query = {MH_SHA256, {digest, 32}, {nonce, 2}};
    struct mh_span token = {0};
    struct sg_tst *tst;

    if (arena == NULL || mh_digest_init(NULL) != MH_OK)
        abort();
    if (sg_tsa_reply((struct mh_span){data, len}, &query, 1653998400, arena,
            NULL, &token) == MH_OK &&
        (token.ptr < data || token.ptr + token.len > data + len ||
            sg_tst_parse(token, arena, NULL, &tst) != MH_OK ||
            !sg_tst_covers(tst, query.digest) || tst->imprint_alg != MH_SHA256))
        abort();
    mh_arena_free(arena);
    return 0;
}
