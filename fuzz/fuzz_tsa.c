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

static bool
zeros(struct mh_span in)
{
    for (size_t i = 0; i < in.len; i++)
        if (in.ptr[i] != 0)
            return false;
    return true;
}

/* A request with a nonce from the input is DER. */
static void
request(struct mh_span in)
{
    static const enum mh_digest_alg algs[] = {
        MH_SHA256, MH_SHA384, MH_SHA512, MH_MD5};
    uint8_t zero[MH_DIGEST_MAX] = {0};
    struct mh_tsq query = {.nonce = in};
    struct mh_buf out;

    if (in.len == 0 || in.len > 20)
        return;
    query.alg = algs[in.ptr[0] & 3];
    query.digest = (struct mh_span){zero, mh_digest_length(query.alg)};
    mh_buf_init(&out, 1024);
    if (mh_tsq_build(&query, NULL, &out) == MH_OK
            ? df_der_check(mh_buf_get(&out), NULL) != MH_OK
            : query.alg != MH_MD5 && !zeros(in))
        abort();
    mh_buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(32U << 20);
    struct mh_tsq query = {MH_SHA256, {digest, 32}, {nonce, 2}};
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
    request((struct mh_span){data, len});
    mh_arena_free(arena);
    return 0;
}
