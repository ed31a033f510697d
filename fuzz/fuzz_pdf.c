/*
 * Whatever is accepted is the same at a second reading; every revision is a
 * file of its own that holds the same objects; objects stand inside their
 * revision; pages that are counted are those that can be found; and what our
 * reader takes whole, the second reader takes without a warning.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/wire/codes.h"
#include "docformat/docformat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
    ARENA = 64 << 20,
    OBJECTS = 2000, /* read of one revision */
};

static void
check_entry(struct df_pdf *pdf, const struct df_pdf_entry *e, size_t rev)
{
    struct df_pdf_entry again;

    if (e->num == 0 || e->revision != rev || e->where == DF_PDF_ABSENT)
        abort();
    if (e->where == DF_PDF_AT && e->offset >= df_pdf_revision(pdf, rev)->end)
        abort();
    if (df_pdf_find(pdf, rev, e->num, NULL, &again) != MH_OK ||
        again.where != e->where || again.offset != e->offset ||
        again.stream != e->stream || again.index != e->index)
        abort();
}

/* Reads what a revision changes; false if something cannot be read. */
static bool
read_all(struct df_pdf *pdf, size_t rev)
{
    const struct df_pdf_entry *list;
    struct df_pdf_entry zero;
    size_t n;
    bool whole = df_pdf_find(pdf, rev, 0, NULL, &zero) == MH_OK;

    if (df_pdf_changes(pdf, rev, NULL, &list, &n) != MH_OK)
        return false;
    for (size_t i = 0; i < n && i < OBJECTS; i++) {
        const struct df_pdf_obj *a, *b;
        struct mh_span bytes;

        if (i > 0 && list[i].num <= list[i - 1].num)
            abort();
        check_entry(pdf, &list[i], rev);
        if (df_pdf_get(pdf, rev, list[i].num, NULL, &a) != MH_OK) {
            whole = false;
            continue;
        }
        if (df_pdf_get(pdf, rev, list[i].num, NULL, &b) != MH_OK || a != b)
            abort();
        if ((a == NULL) != (list[i].where == DF_PDF_FREE) ||
            (a != NULL && !df_pdf_equal(a, a)))
            abort();
        if (a != NULL && list[i].where == DF_PDF_AT &&
            !mh_span_sub(df_pdf_file(pdf), a->at, a->len, &bytes))
            abort();
    }
    return whole && n <= OBJECTS;
}

/* The revision as a file of its own: the same catalog, the same changes. */
static void
check_prefix(struct df_pdf *pdf, size_t rev)
{
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct mh_span file = df_pdf_file(pdf);
    const struct df_pdf_obj *a, *b;
    struct df_notes notes;
    struct df_pdf *older;

    df_notes_init(&notes, arena);
    file.len = (size_t)df_pdf_revision(pdf, rev)->end;
    if (df_pdf_open(file, NULL, arena, &notes, NULL, &older) != MH_OK ||
        df_pdf_revisions(older) != rev + 1)
        abort();
    for (size_t i = 0; i <= rev; i++)
        if (df_pdf_revision(older, i)->end != df_pdf_revision(pdf, i)->end ||
            df_pdf_revision(older, i)->xref != df_pdf_revision(pdf, i)->xref)
            abort();
    if (df_pdf_root(pdf, rev, NULL, &a) == MH_OK &&
        (df_pdf_root(older, rev, NULL, &b) != MH_OK || !df_pdf_equal(a, b)))
        abort();
    mh_arena_free(arena);
}

/* What may be said of a file that our reader read to the last object. */
static bool
is_known(const struct mh_err *err)
{
    return err->code == MH_ENOMEM || err->code == MH_ELIMIT ||
           strcmp(err->msg, "pdf: more objects than the trailer counts") == 0 ||
           strcmp(err->msg,
               "pdf: a cross-reference stream has the number of another "
               "object") == 0;
}

/* A second count is the same one, and no page stands behind the last. */
static void
check_pages(struct df_pdf *pdf)
{
    struct df_pdf_page page;
    uint32_t pages, again;

    if (df_pdf_count_pages(pdf, NULL, &pages) != MH_OK) {
        if (pages != 0)
            abort();
        return;
    }
    if (pages >= MH_PDF_PAGES_MAX ||
        df_pdf_count_pages(pdf, NULL, &again) != MH_OK || again != pages ||
        df_pdf_find_page(pdf, pages + 1, NULL, &page) == MH_OK)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct mh_err err = {0};
    struct df_pdf_sigs sigs;
    struct df_notes notes;
    struct df_pdf *pdf;
    bool whole = true;

    df_notes_init(&notes, arena);
    if (df_pdf_open((struct mh_span){data, len}, NULL, arena, &notes, NULL,
            &pdf) == MH_OK) {
        size_t revs = df_pdf_revisions(pdf);

        for (size_t i = 0; i < revs && i < 8; i++) {
            whole = read_all(pdf, i) && whole;
            check_prefix(pdf, i);
        }
        check_pages(pdf);
        if (df_pdf_signatures(pdf, &notes, NULL, &sigs) == MH_OK && whole &&
            revs <= 8 && df_pdf_second(pdf, &sigs, &err) != MH_OK &&
            !is_known(&err))
            abort();
    }
    mh_arena_free(arena);
    return 0;
}
