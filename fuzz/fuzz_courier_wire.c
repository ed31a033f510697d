/*
 * Messages to and from the courier, fetched material, and the steps of a
 * signature: what is read packs to the very same bytes.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/wire/courier.h"
#include "base/wire/sign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
same(struct mh_span in, struct mh_buf *again)
{
    if (!mh_buf_ok(again) || !mh_span_eq(in, mh_buf_get(again)))
        abort();
    mh_buf_clear(again);
}

static void
courier(struct mh_span in, struct mh_arena *arena, struct mh_buf *again)
{
    struct mh_fetch_setup setup;
    struct mh_fetch fetch;
    struct mh_fetched fetched;
    struct mh_senders senders;
    uint64_t id = 0;

    if (mh_fetch_setup_unpack(in, arena, NULL, &setup) == MH_OK) {
        mh_fetch_setup_pack(&setup, again);
        same(in, again);
    }
    if (mh_fetch_unpack(in, arena, NULL, &fetch) == MH_OK) {
        mh_fetch_pack(&fetch, again);
        same(in, again);
        if (mh_fetch_limit(fetch.kind) == 0)
            abort();
    }
    if (mh_fetched_unpack(in, arena, NULL, &fetched) == MH_OK) {
        mh_fetched_pack(&fetched, again);
        same(in, again);
        if (!mh_fetched_id(in, &id) || id != fetched.id)
            abort();
    }
    if (mh_senders_unpack(in, arena, NULL, &senders) == MH_OK) {
        mh_senders_pack(&senders, again);
        same(in, again);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(64U << 20);
    struct mh_span in = {data, len};
    struct mh_sign_imprints imprints;
    struct mh_sign_request request;
    struct mh_sign_draft draft;
    struct mh_material material;
    struct mh_sign_key key;
    struct mh_buf again;

    if (arena == NULL)
        abort();
    mh_buf_init(&again, MH_SIGN_MAX);
    courier(in, arena, &again);
    if (mh_material_unpack(in, arena, NULL, &material) == MH_OK) {
        mh_material_pack(&material, &again);
        same(in, &again);
    }
    if (mh_sign_request_unpack(in, arena, NULL, &request) == MH_OK) {
        mh_sign_request_pack(&request, &again);
        same(in, &again);
    }
    if (mh_sign_draft_unpack(in, arena, NULL, &draft) == MH_OK) {
        mh_sign_draft_pack(&draft, &again);
        same(in, &again);
    }
    if (mh_sign_imprints_unpack(in, arena, NULL, &imprints) == MH_OK) {
        mh_sign_imprints_pack(&imprints, &again);
        same(in, &again);
    }
    if (mh_sign_key_unpack(in, arena, NULL, &key) == MH_OK) {
        mh_sign_key_pack(&key, &again);
        same(in, &again);
    }
    mh_buf_fini(&again);
    mh_arena_free(arena);
    return 0;
}
