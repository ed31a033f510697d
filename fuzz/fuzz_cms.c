/*
 * A CMS signature, walked and judged.  The walk: what parses strictly parses
 * the same with BER allowed; what was BER parses strictly once rewritten; all
 * parts lie inside.  The verdict: a report its receiver takes, the same twice;
 * what passes beside its file (or with its content inside) passes neither
 * without trust nor, when the file is beside it, over another file.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/wire/report.h"
#include "docformat/docformat.h"
#include "signer/trust/cms.h"
#include "signer/verify/document.h"
#include "signer/verify/warm.h"

enum {
    NOW = 1654084800, /* 2022-06-01T12:00:00Z */
    FILE_MAX = 4096,
    INPUT_MAX = 256 << 10
};

#define DATA FZ_SOURCE_DIR "/../tests/verify/data/cms-"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct mh_buf snapshot;
static uint8_t content[FILE_MAX];
static struct mh_span signed_file;

static struct mh_span
read_file(const char *path, uint8_t *room)
{
    FILE *f = fopen(path, "rb");
    struct mh_span out = {room, 0};

    if (f == NULL)
        __builtin_trap();
    out.len = fread(room, 1, FILE_MAX, f);
    (void)fclose(f); /* opened for reading */
    return out;
}

/* The root that signed for the seeds and the file they sign, once. */
static void
prepare(void)
{
    static uint8_t root[FILE_MAX];
    static bool done;
    struct sg_trust_input in = {.label = "root"};
    struct sg_trust_sources src = {.inputs = &in, .count = 1};

    if (done)
        return;
    done = true;
    if (sg_warm(NULL) != MH_OK)
        __builtin_trap();
    in.bytes = read_file(DATA "root.der", root);
    signed_file = read_file(DATA "content.txt", content);
    mh_buf_init(&snapshot, MH_SNAPSHOT_SIZE_MAX);
    if (sg_trust_compile(&src, NULL, &snapshot) != MH_OK)
        __builtin_trap();
}

static bool
is_within(struct mh_span part, struct mh_span whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr &&
                                part.ptr + part.len <= whole.ptr + whole.len);
}

static void
check_parts(const struct sg_cms *c)
{
    if (!is_within(c->econtent, c->der) ||
        !is_within(c->certificates, c->der) ||
        !is_within(c->revocations, c->der))
        __builtin_trap();
    for (size_t i = 0; i < c->cert_count; i++)
        if (!is_within(c->certs[i], c->certificates))
            __builtin_trap();
    for (size_t i = 0; i < c->ocsp_count; i++)
        if (!is_within(c->ocsps[i], c->revocations))
            __builtin_trap();
    for (size_t i = 0; i < c->signer_count; i++) {
        const struct sg_cms_signer *s = &c->signers[i];

        if (!is_within(s->core, c->der) || !is_within(s->signature, s->core) ||
            !is_within(s->signed_raw, s->core))
            __builtin_trap();
        for (size_t k = 0; k < s->signed_count; k++)
            if (!is_within(s->signed_attrs[k].all, s->signed_raw))
                __builtin_trap();
    }
}

static void
walk(struct mh_span in)
{
    struct mh_arena *arena = mh_arena_new(64U << 20);
    struct sg_cms *strict = NULL, *lax = NULL, *again = NULL;
    enum mh_code code;

    if (arena == NULL)
        __builtin_trap();
    code = sg_cms_parse(in, false, arena, NULL, &strict);
    if (code == MH_OK) {
        check_parts(strict);
        if (strict->was_ber ||
            sg_cms_parse(in, true, arena, NULL, &lax) != MH_OK ||
            lax->was_ber || lax->signer_count != strict->signer_count ||
            !mh_span_eq(lax->econtent, strict->econtent))
            __builtin_trap();
    } else if (sg_cms_parse(in, true, arena, NULL, &lax) == MH_OK) {
        check_parts(lax);
        if (!lax->was_ber ||
            sg_cms_parse(lax->der, false, arena, NULL, &again) != MH_OK ||
            again->signer_count != lax->signer_count)
            __builtin_trap();
    }
    mh_arena_free(arena);
}

struct outcome {
    enum mh_code code;
    enum mh_verdict verdict;
    struct mh_buf packed;
};

static void
verify(struct mh_span in, struct mh_span file, struct sg_trust *trust,
    struct outcome *out)
{
    struct mh_arena *arena = mh_arena_new(MH_DOC_ARENA_MAX);
    struct sg_facts *facts = sg_facts_new();
    struct mh_policy policy;
    struct sg_named named = {"content.txt", file};
    struct sg_verify_input input = {.document = in,
        .data = &named,
        .data_count = 1,
        .policy = &policy,
        .time = NOW,
        .trust = trust,
        .facts = facts};
    struct mh_report report;

    mh_report_init(&report);
    mh_buf_init(&out->packed, MH_REPORT_SIZE_MAX);
    out->code = MH_ENOMEM;
    mh_policy_default(&policy, false);
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

static bool
passed(const struct outcome *o)
{
    return o->code == MH_OK && o->verdict == MH_TOTAL_PASSED;
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

static bool
has_content(struct mh_span in)
{
    struct mh_arena *arena = mh_arena_new(64U << 20);
    struct sg_cms *c;
    bool inside =
        arena == NULL || (sg_cms_parse(in, true, arena, NULL, &c) == MH_OK &&
                             c->econtent.ptr != NULL);

    mh_arena_free(arena);
    return inside;
}

static void
judge(struct mh_span in, bool pem, struct sg_trust *trust)
{
    struct mh_span other = {content, signed_file.len - 1};
    struct outcome with, again, without, beside;

    verify(in, signed_file, trust, &with);
    verify(in, signed_file, trust, &again);
    verify(in, signed_file, NULL, &without);
    verify(in, other, trust, &beside);
    if (passed(&without) || (passed(&with) && without.code == MH_OK &&
                                without.verdict != MH_INDETERMINATE))
        __builtin_trap();
    if (!pem && passed(&beside) && !has_content(in))
        __builtin_trap();
    if (with.code != again.code ||
        !mh_span_eq(mh_buf_get(&with.packed), mh_buf_get(&again.packed)))
        __builtin_trap();
    check_receivable(&with);
    check_receivable(&without);
    mh_buf_fini(&with.packed);
    mh_buf_fini(&again.packed);
    mh_buf_fini(&without.packed);
    mh_buf_fini(&beside.packed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_span in = {data, len};
    struct df_detected kind = df_detect(in);
    struct sg_trust *trust;

    prepare();
    if (len > INPUT_MAX)
        return 0;
    walk(in);
    if (kind.kind != DF_KIND_CMS && kind.kind != DF_KIND_CMS_PEM)
        return 0;
    if (sg_trust_open(mh_buf_get(&snapshot), NULL, &trust) != MH_OK)
        __builtin_trap();
    judge(in, kind.kind == DF_KIND_CMS_PEM, trust);
    sg_trust_free(trust);
    return 0;
}
