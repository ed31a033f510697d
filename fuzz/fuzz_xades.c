/*
 * A whole document through verification: whatever the bytes are, the report
 * must be one its receiver takes, and the same twice.  Without trust it must
 * not pass; what passes with the trust of the seeds (root.der) must then have
 * failed for want of trust alone.  Inspection must end, too.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/wire/report.h"
#include "docformat/pdf/second.h"
#include "signer/trust/key.h"
#include "signer/verify/document.h"
#include "signer/verify/inspect.h"
#include "signer/verify/warm.h"

enum {
    NOW = 1654084800, /* 2022-06-01T12:00:00Z */
    ROOT_MAX = 4096
};

/* The file of the detached seeds. */
#define LINES "İddia ərizəsi.\nSınaq üçün mətn.\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct mh_buf snapshot;

/* The root that signed for the seeds, compiled once. */
static void
prepare(void)
{
    static uint8_t root[ROOT_MAX];
    static bool done;
    FILE *f;
    struct sg_trust_input in = {.label = "root"};
    struct sg_trust_sources src = {.inputs = &in, .count = 1};

    if (done)
        return;
    done = true;
    f = fopen(FZ_SOURCE_DIR "/root.der", "rb");
    if (f == NULL || sg_warm(NULL) != MH_OK)
        __builtin_trap();
    in.bytes = (struct mh_span){root, fread(root, 1, sizeof(root), f)};
    (void)fclose(f); /* opened for reading */
    mh_buf_init(&snapshot, MH_SNAPSHOT_SIZE_MAX);
    if (sg_trust_compile(&src, NULL, &snapshot) != MH_OK)
        __builtin_trap();
}

struct outcome {
    enum mh_code code;
    enum mh_verdict verdict;
    struct mh_buf packed;
};

static const struct sg_second_reader qpdf = {
    .warm = df_pdf_second_warm, .read = df_pdf_second};

static void
verify(
    struct mh_span in, bool strict, struct sg_trust *trust, struct outcome *out)
{
    struct mh_arena *arena = mh_arena_new(MH_DOC_ARENA_MAX);
    struct sg_facts *facts = sg_facts_new();
    struct mh_policy policy;
    struct sg_named named = {"iddia.txt",
        MH_SPAN_LIT(LINES LINES LINES LINES LINES LINES LINES LINES LINES)};
    struct sg_verify_input input = {.document = in,
        .data = &named,
        .data_count = 1,
        .policy = &policy,
        .time = NOW,
        .trust = trust,
        .facts = facts,
        .second = &qpdf};
    struct mh_report report;

    mh_report_init(&report);
    out->code = MH_ENOMEM;
    mh_buf_clear(&out->packed);
    mh_policy_default(&policy, strict);
    if (arena != NULL && facts != NULL)
        out->code = sg_verify_document(&input, arena, NULL, &report);
    if (out->code == MH_EINTERNAL)
        __builtin_trap();
    if (out->code == MH_OK) {
        out->verdict = report.verdict;
        mh_report_pack(&report, &out->packed);
    }
    sg_facts_free(facts);
    mh_arena_free(arena);
}

static void
check_receivable(const struct outcome *o)
{
    struct mh_arena *arena = mh_arena_new(MH_DOC_ARENA_MAX);
    struct mh_report report;

    if (arena != NULL && o->code == MH_OK && mh_buf_ok(&o->packed) &&
        mh_report_unpack(mh_buf_get(&o->packed), arena, NULL, &report) != MH_OK)
        __builtin_trap();
    mh_arena_free(arena);
}

static void
judge(struct mh_span in, bool strict, struct sg_trust *trust)
{
    struct outcome without = {0}, with = {0}, again = {0};

    mh_buf_init(&without.packed, MH_REPORT_SIZE_MAX);
    mh_buf_init(&with.packed, MH_REPORT_SIZE_MAX);
    mh_buf_init(&again.packed, MH_REPORT_SIZE_MAX);
    verify(in, strict, NULL, &without);
    verify(in, strict, trust, &with);
    verify(in, strict, trust, &again);
    if (without.code == MH_OK && without.verdict == MH_TOTAL_PASSED)
        __builtin_trap();
    if (with.code == MH_OK && with.verdict == MH_TOTAL_PASSED &&
        without.code == MH_OK && without.verdict != MH_INDETERMINATE)
        __builtin_trap();
    if (with.code != again.code ||
        !mh_span_eq(mh_buf_get(&with.packed), mh_buf_get(&again.packed)))
        __builtin_trap();
    check_receivable(&without);
    check_receivable(&with);
    mh_buf_fini(&without.packed);
    mh_buf_fini(&with.packed);
    mh_buf_fini(&again.packed);
}

static void
inspect(struct mh_span in, bool json)
{
    struct mh_arena *arena = mh_arena_new(MH_DOC_ARENA_MAX);
    struct mh_buf out;

    mh_buf_init(&out, MH_REPORT_SIZE_MAX);
    if (arena != NULL &&
        sg_inspect_document(in, json, arena, NULL, &out) == MH_EINTERNAL)
        __builtin_trap();
    mh_buf_fini(&out);
    mh_arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_span in = {data, len};
    struct sg_trust *trust;

    prepare();
    if (len > MH_XML_SIZE_MAX)
        return 0;
    if (sg_trust_open(mh_buf_get(&snapshot), NULL, &trust) != MH_OK)
        __builtin_trap();
    judge(in, false, trust);
    judge(in, true, trust);
    inspect(in, false);
    inspect(in, true);
    sg_trust_free(trust);
    return 0;
}
