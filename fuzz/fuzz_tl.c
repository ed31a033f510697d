/*
 * Every service of an accepted list has a kind and a history in order; what
 * it compiles to opens.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "signer/trust/tl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(const struct sg_tl *tl)
{
    if (tl->verified || tl->count > MH_TL_SERVICES_MAX)
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct sg_trust_input in = {"input", {data, len}};
    struct sg_trust_sources src = {
        .inputs = &in, .count = 1, .parse_list = sg_tl_parse};
    struct mh_arena *arena = mh_arena_new(64U << 20);
    struct sg_trust *trust;
    struct sg_tl *tl;
    struct mh_buf out;

    if (arena == NULL || mh_digest_init(NULL) != MH_OK)
        abort();
    mh_buf_init(&out, MH_SNAPSHOT_SIZE_MAX);
    if (sg_tl_parse(in.bytes, NULL, 0, arena, NULL, &tl) == MH_OK) {
        check(tl);
        if (sg_trust_compile(&src, NULL, &out) == MH_OK) {
            if (sg_trust_open(mh_buf_get(&out), NULL, &trust) != MH_OK)
                abort();
            sg_trust_free(trust);
        }
    }
    mh_buf_fini(&out);
    mh_arena_free(arena);
    return 0;
}
