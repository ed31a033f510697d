/*
 * Messages between the examiner and its caller.  What is read packs to the
 * very same bytes; a packet is never read as two kinds of message.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/wire/job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(struct mh_span in, const struct mh_buf *again)
{
    if (!mh_buf_ok(again) || !mh_span_eq(in, mh_buf_get(again)))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_span in = {data, len};
    struct mh_reply reply;
    struct mh_buf again;
    struct mh_job job;
    bool is_job, is_reply;

    if (arena == NULL || len > MH_MESSAGE_MAX) {
        mh_arena_free(arena);
        return 0;
    }
    mh_buf_init(&again, MH_MESSAGE_MAX);
    is_job = mh_job_unpack(in, arena, NULL, &job) == MH_OK;
    if (is_job) {
        mh_job_pack(&job, &again);
        check(in, &again);
        if (job.inputs == 0 || job.inputs > MH_JOB_INPUTS_MAX ||
            mh_message_type(in) != MH_MSG_JOB ||
            (mh_job_writes(job.kind) && job.kind < MH_JOB_SIGN))
            abort();
    }
    mh_buf_clear(&again);
    is_reply = mh_reply_unpack(in, arena, NULL, &reply) == MH_OK;
    if (is_reply) {
        mh_reply_pack(&reply, &again);
        check(in, &again);
        if (is_job || mh_message_type(in) != MH_MSG_REPLY)
            abort();
    }
    mh_buf_fini(&again);
    mh_arena_free(arena);
    return 0;
}
