/*
 * Input: two bytes of length, the certificate of a list's signer (none where
 * the length is 0), and a list.  Every service of an accepted list has a kind
 * and a history in order; what it compiles to opens; and a list is verified
 * only where a signer was given.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "signer/trust/tl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(const struct sg_tl *tl, bool signer)
{
    if (tl->verified != signer || tl->count > MH_TL_SERVICES_MAX)
        abort();
    for (size_t i = 0; i < tl->count; i++) {
        const struct sg_tl_service *s = &tl->services[i];

        if (s->kinds == 0 || (s->kinds & SG_KIND_LEAF) != 0 ||
            s->history_count == 0)
            abort();
        for (size_t k = 1; k < s->history_count; k++)
            if (s->history[k].from < s->history[k - 1].from)
                abort();
    }
}

static void
run(struct mh_span signer, struct mh_span list, struct mh_arena *arena)
{
    struct sg_trust_input in = {"input", list};
    struct sg_trust_sources src = {.inputs = &in,
        .count = 1,
        .tl_signers = &signer,
        .tl_signer_count = signer.len > 0,
        .parse_list = sg_tl_parse};
    struct sg_trust *trust;
    struct sg_tl *tl;
    struct mh_buf out;

    if (sg_tl_parse(list, &signer, signer.len > 0, arena, NULL, &tl) != MH_OK)
        return;
    check(tl, signer.len > 0);
    mh_buf_init(&out, MH_SNAPSHOT_SIZE_MAX);
    if (sg_trust_compile(&src, NULL, &out) == MH_OK) {
        if (sg_trust_open(mh_buf_get(&out), NULL, &trust) != MH_OK)
            abort();
        sg_trust_free(trust);
    }
    mh_buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(64U << 20);
    struct mh_span in = {data, len}, signer, list;

    if (arena == NULL || mh_digest_init(NULL) != MH_OK)
        abort();
    if (len >= 2) {
        size_t n = (size_t)data[0] << 8 | data[1];

        if (mh_span_sub(in, 2, n, &signer) &&
            mh_span_sub(in, 2 + n, len - 2 - n, &list))
            run(signer, list, arena);
    }
    mh_arena_free(arena);
    return 0;
}
