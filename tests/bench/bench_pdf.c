/*
 * Reading PDFs and judging what came after a signature (limits.md 3, rows 8
 * and 9).
 *
 *     bench_pdf FOLDER     with one.pdf and many.pdf of make_pdf.py
 */
#define MH_ALLOW_BANNED
#include <stdio.h>

#include "base/limits.h"
#include "signer/verify/pdfchanges.h"
#include "tests/bench/measure.h"

static struct mh_arena *arena;

static void
open_one(void *ctx)
{
    struct mh_err err = {.msg = ""};
    const struct mh_span *file = ctx;
    struct df_pdf_sigs sigs;
    struct df_notes notes;
    struct df_pdf *pdf;

    mh_arena_reset(arena);
    df_notes_init(&notes, arena);
    b_must(df_pdf_open(*file, NULL, arena, &notes, &err, &pdf), &err);
    b_must(df_pdf_signatures(pdf, &notes, &err, &sigs), &err);
    b_need(sigs.count > 0 && !sigs.sig[0].broken, "a signature to open");
}

/* Everything but digests and signatures: what the changes themselves cost. */
static void
judge_many(void *ctx)
{
    struct mh_err err = {.msg = ""};
    const struct mh_span *file = ctx;
    struct sg_pdf_changes *changes;
    struct df_pdf_sigs sigs;
    struct df_notes notes;
    struct df_pdf *pdf;
    struct sg_out out;

    mh_arena_reset(arena);
    df_notes_init(&notes, arena);
    sg_out_init(&out, arena);
    b_must(df_pdf_open(*file, NULL, arena, &notes, &err, &pdf), &err);
    b_must(df_pdf_signatures(pdf, &notes, &err, &sigs), &err);
    b_must(sg_pdf_changes_find(pdf, &sigs, &err, &changes), &err);
    b_need(sigs.count == 2, "two signatures");
    for (size_t i = 0; i < sigs.count; i++)
        b_need(sg_pdf_changes_judge(changes, i, &out).allowed,
            "changes that are allowed");
}

int
main(int argc, char **argv)
{
    struct mh_span one, many;
    double opened, judged;

    b_need(argc == 2, "usage: bench_pdf FOLDER");
    arena = mh_arena_new(MH_DOC_ARENA_MAX);
    b_need(arena != NULL, "no memory");
    one = b_file(argv[1], "one.pdf");
    many = b_file(argv[1], "many.pdf");
    opened = b_time(open_one, &one);
    b_note("PDF of 60,000 objects: opened to its signature", opened);
    b_ratio(
        "8 PDF open, no later revision, us", opened * 1e6, false, 50, 20, "us");
    judged = b_time(judge_many, &many);
    b_ratio("9 two signatures, 60,000 objects, judged, s", judged, false, 0.5,
        0.1, "s");
    mh_arena_free(arena);
    return b_failed() == 0 ? 0 : 1;
}
