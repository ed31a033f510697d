/*
 * A packed report from a worker that was taken over.  What is read packs to
 * the very same bytes, and passes only if every signature does.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/wire/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(struct mh_span in, const struct mh_report *r)
{
    struct mh_buf again;

    mh_buf_init(&again, MH_REPORT_SIZE_MAX);
    mh_report_pack(r, &again);
    if (!mh_buf_ok(&again) || !mh_span_eq(in, mh_buf_get(&again)))
        abort();
    mh_buf_fini(&again);
    if (r->verdict == MH_TOTAL_PASSED && r->sigs == 0)
        abort();
    for (size_t i = 0; i < r->sigs; i++) {
        if (r->verdict == MH_TOTAL_PASSED &&
            r->sig[i].indication != MH_IND_PASSED)
            abort();
        for (size_t k = 0; k < r->sig[i].covers_count; k++)
            if (r->sig[i].covers[k] >= r->files)
                abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(MH_DOC_ARENA_MAX);
    struct mh_span in = {data, len};
    struct mh_report r;
    struct mh_err err;

    if (arena == NULL)
        return 0;
    if (mh_report_unpack(in, arena, &err, &r) == MH_OK)
        check(in, &r);
    mh_arena_free(arena);
    return 0;
}
