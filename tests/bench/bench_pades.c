/*
 * Ratio 7 of limits.md: our own reading and judging of a PDF of 10 MB over
 * the SHA-256 of its ranges and one CMS verification.
 *
 *     bench_pades FOLDER     as make_pades.py writes it
 *
 * The second reader is left out; its time is printed beside.
 */
#include <string.h>

#include "base/limits.h"
#include "signer/trust/cms.h"
#include "signer/verify/document.h"
#include "signer/verify/warm.h"
#include "tests/bench/measure.h"

#define WHEN 1654084800 /* 2022-06-01T12:00:00Z */

struct input {
    struct mh_span file;
    struct mh_policy policy;
    struct sg_facts *facts;
    struct df_pdf_sig sig; /* the only one */
    struct sg_cms *cms;
    const struct sg_key *key;
    struct mh_digest *digest;
};

static enum mh_code
no_warm(struct mh_err *err)
{
    (void)err; /* nothing fails */
    return MH_OK;
}

static enum mh_code
no_second(
    struct df_pdf *pdf, const struct df_pdf_sigs *sigs, struct mh_err *err)
{
    (void)pdf; /* all three: nothing is read */
    (void)sigs;
    (void)err;
    return MH_OK;
}

static const struct sg_second_reader none = {no_warm, no_second};

static struct mh_arena *
arena(void)
{
    struct mh_arena *a = mh_arena_new(MH_DOC_ARENA_MAX);

    b_need(a != NULL, "memory");
    return a;
}

static struct df_pdf *
open_all(const struct input *in, struct mh_arena *a, struct df_pdf_sigs *sigs)
{
    struct mh_err err = {.msg = ""};
    struct df_notes notes;
    struct df_pdf *pdf;

    df_notes_init(&notes, a);
    b_must(df_pdf_open(in->file, NULL, a, &notes, &err, &pdf), &err);
    b_must(df_pdf_signatures(pdf, &notes, &err, sigs), &err);
    b_need(sigs->count == 1, "one signature");
    return pdf;
}

static void
judge(void *ctx)
{
    struct input *in = ctx;
    struct sg_verify_input v = {.document = in->file,
        .policy = &in->policy,
        .time = WHEN,
        .facts = in->facts,
        .second = &none};
    struct mh_arena *a = arena();
    struct mh_err err = {.msg = ""};
    struct mh_report report;

    b_must(sg_verify_document(&v, a, &err, &report), &err);
    b_need(report.sigs == 1 && report.sig[0].sub != MH_HASH_FAILURE &&
               report.sig[0].indication == MH_IND_INDETERMINATE,
        "intact and not trusted");
    mh_arena_free(a);
}

static void
second(void *ctx)
{
    struct mh_arena *a = arena();
    struct mh_err err = {.msg = ""};
    struct df_pdf_sigs sigs;
    struct df_pdf *pdf = open_all(ctx, a, &sigs);

    b_must(df_pdf_second(pdf, &sigs, &err), &err);
    mh_arena_free(a);
}

static void
floor_of(void *ctx)
{
    struct input *in = ctx;
    uint8_t hash[MH_DIGEST_MAX];
    struct sg_cms_result result;
    struct mh_err err = {.msg = ""};

    b_must(mh_digest_start(in->digest, MH_SHA256, &err), &err);
    mh_digest_update(in->digest, in->sig.signed_part[0]);
    mh_digest_update(in->digest, in->sig.signed_part[1]);
    b_must(mh_digest_finish(in->digest, &err, hash), &err);
    b_must(
        sg_cms_verify_digest(in->cms, &in->cms->signers[0],
            (struct mh_span){hash, MH_SHA256_LENGTH}, in->key, &err, &result),
        &err);
    b_need(result.ok, "signature");
}

/* The signature of the floor and its key; the arena stays. */
static void
load(struct input *in, const char *folder)
{
    struct mh_arena *a = arena();
    struct mh_err err = {.msg = ""};
    const struct sg_cert *cert;
    struct df_pdf_sigs sigs;
    struct sg_pool *pool = sg_pool_new(a);
    bool ess;

    *in = (struct input){.file = b_file(folder, "10.pdf"),
        .facts = sg_facts_new(),
        .digest = mh_digest_new()};
    b_need(in->facts != NULL && in->digest != NULL && pool != NULL, "memory");
    mh_policy_default(&in->policy, false);
    (void)open_all(in, a, &sigs);
    in->sig = sigs.sig[0];
    b_must(sg_cms_parse(in->sig.contents, false, a, &err, &in->cms), &err);
    b_must(sg_cms_certs(in->cms, pool, &err), &err);
    b_must(sg_cms_signer_cert(&in->cms->signers[0], pool, &err, &cert, &ess),
        &err);
    b_need(cert != NULL, "signer");
    b_must(sg_facts_key(in->facts, cert, &err, &in->key), &err);
}

int
main(int argc, char **argv)
{
    static struct input in;
    struct mh_err err = {.msg = ""};
    double own, floor;

    b_need(argc == 2, "usage: bench_pades FOLDER");
    b_must(sg_warm(&err), &err);
    b_must(df_pdf_second_warm(&err), &err);
    load(&in, argv[1]);
    own = b_time(judge, &in);
    floor = b_time(floor_of, &in);
    b_note("PDF of 10 MB: judged", own);
    b_note("floor: SHA-256 of the ranges, one CMS verification", floor);
    b_note("opened, and by the second reader too", b_time(second, &in));
    b_ratio("7 own reading and checks, over the floor", own / floor, false,
        1.10, 1.05, "x");
    return b_failed() == 0 ? 0 : 1;
}
