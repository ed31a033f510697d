/*
 * Lines of a text: wrapped at blanks, and inside of words that are too long
 * for a line.  Internal to docformat/text.
 */
#ifndef DOCFORMAT_TEXT_LAYOUT_H
#define DOCFORMAT_TEXT_LAYOUT_H

#include "docformat/text/font.h"

struct df_line {
    struct mh_span text; /* borrowed from the text that was wrapped */
    bool cut;            /* an ellipsis follows it */
};

/*
 * Calls line for each line of a text of df_font_text, the empty text gives one
 * empty line.  It stops where line returns false.
 */
void df_wrap(const struct df_font *font, struct mh_span text, double size,
    double width, bool (*line)(void *ctx, struct mh_span text), void *ctx);

/* The longest beginning that fits with an ellipsis; the whole text if it fits
   without one: *cut says which. */
struct mh_span df_shorten(const struct df_font *font, struct mh_span text,
    double size, double width, bool *cut);

#define DF_ELLIPSIS MH_SPAN_LIT("\xe2\x80\xa6")

/* A number of PDF: three digits after the point, no exponent. */
void df_put_number(struct mh_buf *out, double value);

/* Black by CalGray (8.6.5.2): no device's grey, whatever the output intent. */
#define DF_BLACK_RESOURCES                                                     \
    "/ColorSpace<</C[/CalGray<</WhitePoint[0.9505 1 1.089]/Gamma 2.2>>]>>"

#endif
