/*
 * A stream of references: the first line is its dictionary's entries, the rest
 * its data.  What is listed is found, once each and in order, and nothing
 * points outside the file.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "docformat/docformat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char head[] = "%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n";

static void
make_file(struct mh_buf *out, struct mh_span line, struct mh_span data)
{
    mh_buf_str(out, head);
    mh_buf_str(out, "2 0 obj\n<</Type/XRef/Root 1 0 R");
    mh_buf_span(out, line);
    mh_buf_printf(out, "/Length %zu>>\nstream\n", data.len);
    mh_buf_span(out, data);
    mh_buf_printf(out, "\nendstream\nendobj\nstartxref\n%zu\n%%%%EOF\n",
        sizeof(head) - 1);
}

static void
check(struct df_pdf *pdf)
{
    const struct df_pdf_entry *list;
    uint32_t last = 0;
    size_t n;

    if (df_pdf_changes(pdf, 0, NULL, &list, &n) != MH_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        struct df_pdf_entry e;

        if (list[i].num <= last || list[i].num > MH_PDF_OBJECTS_MAX)
            abort();
        last = list[i].num;
        if (df_pdf_find(pdf, 0, last, NULL, &e) != MH_OK ||
            e.where != list[i].where || e.offset != list[i].offset ||
            e.gen != list[i].gen || e.stream != list[i].stream ||
            e.index != list[i].index)
            abort();
        if (e.where == DF_PDF_AT && e.offset >= df_pdf_file(pdf).len)
            abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const uint8_t *eol = len == 0 ? NULL : memchr(data, '\n', len);
    struct mh_arena *arena;
    struct df_notes notes;
    struct df_pdf *pdf;
    struct mh_buf file;
    size_t line;

    if (eol == NULL)
        return 0;
    line = (size_t)(eol - data);
    arena = mh_arena_new(64U << 20);
    df_notes_init(&notes, arena);
    mh_buf_init(&file, 8U << 20);
    make_file(&file, (struct mh_span){data, line},
        (struct mh_span){eol + 1, len - line - 1});
    if (mh_buf_ok(&file) && df_pdf_open(mh_buf_get(&file), NULL, arena, &notes,
                                NULL, &pdf) == MH_OK)
        check(pdf);
    mh_buf_fini(&file);
    mh_arena_free(arena);
    return 0;
}
