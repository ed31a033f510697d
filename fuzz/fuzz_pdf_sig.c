/*
 * A usable signature leaves out its own value and nothing else, to the end of
 * a revision, and is the same in that revision alone.  Any byte put behind it
 * that no revision explains is noticed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "docformat/docformat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
    ARENA = 64 << 20
};

static void
check_gap(struct mh_span file, const struct df_pdf_sig *s)
{
    const uint8_t *from = file.ptr + s->signed_part[0].len;
    const uint8_t *to = s->signed_part[1].ptr;
    size_t digits = 0;
    char first[3] = {0};

    if (s->signed_part[0].ptr != file.ptr || s->range[0] != 0 ||
        to - from < 4 || *from != '<' || to[-1] != '>')
        abort();
    for (const uint8_t *p = from + 1; p < to - 1; p++) {
        if (df_pdf_is_space(*p))
            continue;
        if (digits < 2)
            first[digits] = (char)*p;
        digits++;
    }
    if (digits % 2 != 0 || memcmp(first, "30", 2) != 0 ||
        s->contents.len > digits / 2)
        abort();
}

static void
check_end(struct df_pdf *pdf, const struct df_pdf_sig *s)
{
    const struct df_pdf_revision *r = df_pdf_revision(pdf, s->covered);
    const uint8_t *end = s->signed_part[1].ptr + s->signed_part[1].len;
    uint64_t at = (uint64_t)(end - df_pdf_file(pdf).ptr);

    if (r == NULL || s->covered < s->added || at < r->eof ||
        (at > r->end && at != df_pdf_file(pdf).len) ||
        s->whole_file != (at == df_pdf_file(pdf).len))
        abort();
}

/* The revision that a signature covers, as a file, has it too. */
static void
check_alone(struct df_pdf *pdf, const struct df_pdf_sig *s)
{
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct mh_span file = df_pdf_file(pdf);
    struct df_pdf_sigs sigs;
    struct df_notes notes;
    struct df_pdf *older;
    bool found = false;

    df_notes_init(&notes, arena);
    /* White space behind the last revision may be signed as well. */
    file.len =
        (size_t)(s->signed_part[1].ptr + s->signed_part[1].len - file.ptr);
    if (df_pdf_open(file, NULL, arena, &notes, NULL, &older) != MH_OK ||
        df_pdf_signatures(older, &notes, NULL, &sigs) != MH_OK)
        abort();
    for (size_t i = 0; i < sigs.count; i++)
        found = found ||
                (!sigs.sig[i].broken && sigs.sig[i].num == s->num &&
                    memcmp(sigs.sig[i].range, s->range, sizeof(s->range)) == 0);
    if (!found)
        abort();
    mh_arena_free(arena);
}

/* The same file with a byte more is refused, or the signature sees it. */
static void
check_more(struct mh_span in)
{
    struct mh_arena *arena = mh_arena_new(ARENA);
    uint8_t *more = malloc(in.len + 1);
    struct df_notes notes;
    struct df_pdf *pdf;

    if (more == NULL)
        abort();
    memcpy(more, in.ptr, in.len);
    more[in.len] = 'x';
    df_notes_init(&notes, arena);
    if (df_pdf_open((struct mh_span){more, in.len + 1}, NULL, arena, &notes,
            NULL, &pdf) == MH_OK)
        abort();
    free(more);
    mh_arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct mh_span in = {data, len};
    struct df_pdf_sigs sigs;
    struct df_notes notes;
    struct df_pdf *pdf;

    df_notes_init(&notes, arena);
    if (df_pdf_open(in, NULL, arena, &notes, NULL, &pdf) == MH_OK) {
        check_more(in);
        if (df_pdf_signatures(pdf, &notes, NULL, &sigs) != MH_OK)
            sigs.count = 0;
        for (size_t i = 0; i < sigs.count; i++) {
            const struct df_pdf_sig *s = &sigs.sig[i];

            if (!mh_utf8_valid(s->field) || !mh_utf8_valid(s->name) ||
                (s->broken && s->defect_text == NULL))
                abort();
            if (s->broken)
                continue;
            check_gap(df_pdf_file(pdf), s);
            check_end(pdf, s);
            check_alone(pdf, s);
        }
    }
    mh_arena_free(arena);
    return 0;
}
