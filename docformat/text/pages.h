/* Where every line of a text stands.  Internal to docformat/text. */
#ifndef DOCFORMAT_TEXT_PAGES_H
#define DOCFORMAT_TEXT_PAGES_H

#include "docformat/text/font.h"
#include "docformat/text/textpdf.h"

#define DF_PAGE_W 595.276 /* points: A4 */
#define DF_PAGE_H 841.890

struct df_placed {
    struct mh_span text;
    double x, y, size; /* points from the lower left corner */
    size_t page;       /* from 0 */
};

struct df_pages {
    struct df_placed *line; /* page by page, page numbers among them */
    size_t lines;
    size_t pages; /* at least 1 */
};

/* Places all blocks and the page numbers; their glyphs are marked as used. */
enum mh_code df_pages_place(const struct df_textpdf *doc, struct df_font *font,
    struct mh_arena *arena, struct mh_err *err,
    struct df_pages *out) MH_MUST_USE;

#endif
