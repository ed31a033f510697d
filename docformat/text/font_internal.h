/* What a struct df_font holds. */
#ifndef DOCFORMAT_TEXT_FONT_INTERNAL_H
#define DOCFORMAT_TEXT_FONT_INTERNAL_H

#include <hb-subset.h>
#include <hb.h>

#include "docformat/text/font.h"

struct df_font {
    struct mh_arena *arena;
    hb_face_t *face;
    hb_font_t *font;
    hb_set_t *used; /* code points */
    hb_subset_plan_t *plan;
    hb_face_t *subset;     /* once sealed */
    const hb_map_t *glyph; /* old to new; the plan's */
    const hb_map_t *back;  /* new to old; the plan's */
    double units;          /* of the em square */
};

#endif
