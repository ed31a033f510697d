/*
 * A whole document through verification without any trust: whatever the bytes
 * are, the report must be one its receiver takes, must not pass, and must be
 * the same twice.
 */
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "base/wire/report.h"
#include "signer/trust/key.h"
#include "signer/verify/document.h"
#include "signer/verify/warm.h"

enum {
    NOW = 1654084800
}; /* 2022-06-01T12:00:00Z */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static enum mh_code
verify(struct mh_span in, bool strict, struct mh_buf *out)
{
    struct mh_arena *arena = mh_arena_new(MH_DOC_ARENA_MAX);
    struct sg_facts *facts = sg_facts_new();
    struct mh_policy policy;
    struct sg_named named = {"data.txt", MH_SPAN_LIT("data")};
    struct sg_verify_input input = {.document = in,
        .data = &named,
        .data_count = 1,
        .policy = &policy,
        .time = NOW,
        .facts = facts};
    struct mh_report report;
    enum mh_code code = MH_ENOMEM;

    mh_policy_default(&policy, strict);
    if (arena != NULL && facts != NULL)
        code = sg_verify_document(&input, arena, NULL, &report);
    if (code == MH_OK) {
        if (report.verdict == MH_TOTAL_PASSED)
            __builtin_trap();
        mh_report_pack(&report, out);
    }
    sg_facts_free(facts);
    mh_arena_free(arena);
    return code;
}

static void
check_receivable(struct mh_span packed)
{
    struct mh_arena *arena = mh_arena_new(MH_DOC_ARENA_MAX);
    struct mh_report report;

    if (arena != NULL &&
        mh_report_unpack(packed, arena, NULL, &report) != MH_OK)
        __builtin_trap();
    mh_arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_span in = {data, len};
    struct mh_buf one, two;
    static bool warm;

    if (!warm && sg_warm(NULL) != MH_OK)
        __builtin_trap();
    warm = true;
    if (len > MH_XML_SIZE_MAX)
        return 0;
    mh_buf_init(&one, MH_REPORT_SIZE_MAX);
    mh_buf_init(&two, MH_REPORT_SIZE_MAX);
    for (int strict = 0; strict < 2; strict++) {
        enum mh_code first, second;

        mh_buf_clear(&one);
        mh_buf_clear(&two);
        first = verify(in, strict == 1, &one);
        second = verify(in, strict == 1, &two);
        if (first == MH_EINTERNAL || first != second ||
            (first == MH_OK && !mh_span_eq(mh_buf_get(&one), mh_buf_get(&two))))
            __builtin_trap();
        if (first == MH_OK && mh_buf_ok(&one))
            check_receivable(mh_buf_get(&one));
    }
    mh_buf_fini(&one);
    mh_buf_fini(&two);
    return 0;
}
