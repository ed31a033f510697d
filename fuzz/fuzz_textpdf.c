/*
 * A text is refused, or becomes a file that our strict reader takes without a
 * note: pages that count, no object that cannot be read; and twice the same.
 * The first byte chooses which lines are headings.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "docformat/docformat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
    ARENA = 64 << 20,
    OUT_MAX = 16 << 20,
    INPUT_MAX = 64 << 10,
};

static enum mh_code
make(struct mh_span text, unsigned headings, struct mh_err *err,
    struct mh_buf *out)
{
    static const uint8_t id[DF_PDF_ID] = {7};
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct df_textpdf doc = {
        .title = MH_SPAN_LIT("T"), .lang = "az", .time = 0, .id = id};
    struct df_text_block *block;
    enum mh_code code = df_textpdf_plain(text, arena, err, &block, &doc.blocks);

    for (size_t i = 0; code == MH_OK && i < doc.blocks; i++)
        if ((headings >> i % 8 & 1) != 0)
            block[i].kind = DF_TEXT_HEADING;
    if (code == MH_OK) {
        doc.block = block;
        code = df_textpdf_write(&doc, arena, err, out);
    }
    mh_arena_free(arena);
    return code;
}

static void
check(struct mh_span file)
{
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct df_pdf_actives all;
    struct df_pdf_page page;
    struct df_notes notes;
    struct df_pdf *pdf;

    df_notes_init(&notes, arena);
    if (df_pdf_open(file, NULL, arena, &notes, NULL, &pdf) != MH_OK ||
        notes.count > 0 || df_pdf_revisions(pdf) != 1)
        abort();
    if (df_pdf_find_page(pdf, 1, NULL, &page) != MH_OK)
        abort();
    if (df_pdf_active(pdf, 0, NULL, &all) != MH_OK || all.unread > 0 ||
        all.count > 0)
        abort();
    mh_arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_err err = {0};
    struct mh_buf a, b;
    enum mh_code code;

    if (len == 0 || len > INPUT_MAX)
        return 0;
    mh_buf_init(&a, OUT_MAX);
    mh_buf_init(&b, OUT_MAX);
    code = make((struct mh_span){data + 1, len - 1}, data[0], &err, &a);
    if (code == MH_OK) {
        check(mh_buf_get(&a));
        if (make((struct mh_span){data + 1, len - 1}, data[0], &err, &b) !=
                MH_OK ||
            !mh_span_eq(mh_buf_get(&a), mh_buf_get(&b)))
            abort();
    } else if (a.len > 0 || err.msg[0] == '\0') {
        abort();
    }
    mh_buf_fini(&a);
    mh_buf_fini(&b);
    return 0;
}
