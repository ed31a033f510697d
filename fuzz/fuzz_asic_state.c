/*
 * The state that prepare gave away and finish gets back, and that of raising,
 * from a caller that was taken over.  What is read packs to the very same
 * bytes; what finish makes of it is written or refused, nothing else.
 */
#define MH_ALLOW_BANNED
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/limits.h"
#include "signer/sign/asicstate.h"
#include "signer/sign/family.h"
#include "signer/sign/raisestate.h"

enum {
    VALUE_MAX = 2048 /* bytes; the state allows no more */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
same(struct mh_span in, struct mh_span again)
{
    if (!mh_span_eq(in, again))
        abort();
}

/* A value of the right length and one of a wrong one. */
static void
use(struct mh_span in, const struct sg_asic_state *s, struct mh_arena *arena)
{
    static const uint8_t bytes[VALUE_MAX + 1] = {1};
    struct mh_span value = {bytes, s->value_len}, over;
    int fd = memfd_create("out", MFD_CLOEXEC);
    struct mh_out out = mh_out_at(fd, s->at);

    if (s->value_len > VALUE_MAX || fd < 0)
        abort();
    if (sg_family_asic.stamp_input(in, value, arena, NULL, &over) == MH_OK &&
        over.len == 0)
        abort();
    /* Garbage may be written: it is verified again before it counts. */
    if (sg_family_asic.finish(in, value, NULL, arena, &out, NULL) == MH_OK &&
        out.at <= s->at)
        abort();
    out = mh_out_at(fd, s->at + 1);
    if (sg_family_asic.finish(in, value, NULL, arena, &out, NULL) == MH_OK)
        abort();
    value.len++;
    out = mh_out_at(fd, s->at);
    if (sg_family_asic.finish(in, value, NULL, arena, &out, NULL) == MH_OK)
        abort();
    (void)close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(MH_DOC_ARENA_MAX);
    struct mh_span in = {data, len}, again;
    struct sg_asic_state state;
    struct sg_raise_state raise;

    if (arena == NULL || mh_digest_init(NULL) != MH_OK)
        abort();
    if (sg_asic_state_read(in, arena, NULL, &state) == MH_OK) {
        if (sg_asic_state_pack(&state, arena, NULL, &again) != MH_OK)
            abort();
        same(in, again);
        use(in, &state, arena);
    }
    if (sg_raise_state_read(in, arena, NULL, &raise) == MH_OK) {
        if (sg_raise_state_pack(&raise, arena, NULL, &again) != MH_OK)
            abort();
        same(in, again);
    }
    mh_arena_free(arena);
    return 0;
}
