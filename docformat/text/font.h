/*
 * The font of what Möhür writes itself: Noto Sans, which has the letters of
 * Azerbaijani, English and Russian, embedded as a subset of the glyphs that
 * are used (ISO 32000-2, 9.7: CIDFontType2, Identity-H, with ToUnicode).
 *
 * Order of calls: open, use (every text that will be shown), seal, then encode
 * and write.  Texts are clean UTF-8 and are brought to NFC by df_font_text;
 * each code point is shown by its own glyph, without shaping.
 *
 * A letter that the font lacks is MH_EUNSUP, and the message names it.
 */
#ifndef DOCFORMAT_TEXT_FONT_H
#define DOCFORMAT_TEXT_FONT_H

#include "base/buf.h"
#include "docformat/pdf/write.h"

struct df_font;

/* The bytes of the font file; static. */
struct mh_span df_font_bytes(void);

/* Lives until df_font_close, what it gives out in the arena. */
enum mh_code df_font_open(struct mh_arena *arena, struct mh_err *err,
    struct df_font **out) MH_MUST_USE;
void df_font_close(struct df_font *font); /* NULL is fine */

/* A text in NFC, checked: MH_EFORMAT where it is no UTF-8 or has controls,
   MH_EUNSUP for a letter that the font lacks. */
enum mh_code df_font_text(struct df_font *font, struct mh_span text,
    struct mh_err *err, struct mh_span *out) MH_MUST_USE;

/* The width of a text of df_font_text, in points at a size in points. */
double df_font_width(
    const struct df_font *font, struct mh_span text, double size);

/* Its glyphs will be part of the subset. */
void df_font_use(struct df_font *font, struct mh_span text);

/* Makes the subset; no use after it. */
enum mh_code df_font_seal(struct df_font *font, struct mh_err *err) MH_MUST_USE;

/* "<hex>" as an operand of Tj. */
void df_font_encode(
    const struct df_font *font, struct mh_span text, struct mh_buf *out);

/* Writes the font's objects; *num is that of the Type0 font. */
enum mh_code df_font_write(struct df_font *font, struct df_pdf_write *w,
    struct mh_err *err, uint32_t *num) MH_MUST_USE;

/* Of one point: how far letters go above and below the line. */
double df_font_ascent(const struct df_font *font);
double df_font_descent(const struct df_font *font); /* positive */

#endif
