/*
 * The picture of a visible signature: lines of text in a frame, as a form
 * XObject (ISO 32000-2, 8.10, 12.5.5).  Nothing transparent, no colour of a
 * device, the font embedded (PDF/A).
 */
#ifndef DOCFORMAT_TEXT_APPEARANCE_H
#define DOCFORMAT_TEXT_APPEARANCE_H

#include "docformat/pdf/write.h"

#define DF_APPEARANCE_LINES 8U

struct df_appearance {
    double w, h;             /* points */
    const double *matrix;    /* six numbers of /Matrix */
    const char *const *line; /* clean UTF-8; each begins a line of its own */
    size_t lines;            /* at most DF_APPEARANCE_LINES */
};

/*
 * The text shrinks until it fits; where it is as small as it may be, what does
 * not fit is cut with an ellipsis.  MH_EUNSUP: a letter the font lacks.
 */
enum mh_code df_appearance_write(const struct df_appearance *a,
    struct df_pdf_write *w, struct mh_arena *arena, struct mh_err *err,
    uint32_t *xobject) MH_MUST_USE;

#endif
