#include "docformat/text/font.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/text.h"
#include "docformat/text/font_internal.h"

static enum mh_code
no_memory(struct mh_err *err)
{
    return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "text: no memory");
}

enum mh_code
df_font_open(struct mh_arena *arena, struct mh_err *err, struct df_font **out)
{
    struct mh_span file = df_font_bytes();
    struct df_font *f = mh_arena_alloc(arena, sizeof(*f));
    hb_blob_t *blob;

    *out = NULL;
    if (f == NULL)
        return no_memory(err);
    f->arena = arena;
    blob = hb_blob_create((const char *)file.ptr, (unsigned)file.len,
        HB_MEMORY_MODE_READONLY, NULL, NULL);
    f->face = hb_face_create(blob, 0);
    hb_blob_destroy(blob);
    f->font = hb_font_create(f->face);
    f->used = hb_set_create();
    f->units = hb_face_get_upem(f->face);
    *out = f;
    if (hb_face_get_glyph_count(f->face) > 0 &&
        hb_set_allocation_successful(f->used))
        return MH_OK;
    df_font_close(f);
    *out = NULL;
    return no_memory(err);
}

void
df_font_close(struct df_font *f)
{
    if (f == NULL)
        return;
    hb_face_destroy(f->subset);
    hb_subset_plan_destroy(f->plan);
    hb_set_destroy(f->used);
    hb_font_destroy(f->font);
    hb_face_destroy(f->face);
    f->subset = NULL;
    f->plan = NULL;
    f->used = NULL;
    f->font = NULL;
    f->face = NULL;
}

static hb_codepoint_t
glyph_of(const struct df_font *f, uint32_t cp)
{
    hb_codepoint_t glyph = 0;

    return hb_font_get_nominal_glyph(f->font, cp, &glyph) ? glyph : 0;
}

static enum mh_code
check(const struct df_font *f, struct mh_span text, struct mh_err *err)
{
    uint32_t cp;

    while (text.len > 0) {
        if (!mh_utf8_next(&text, &cp))
            return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "text: no UTF-8");
        if (mh_text_is_control(cp) || mh_text_is_bidi(cp))
            return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                "text: a control character, U+%04X", cp);
        if (glyph_of(f, cp) == 0)
            return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
                "text: the font has no letter U+%04X", cp);
    }
    return MH_OK;
}

enum mh_code
df_font_text(struct df_font *f, struct mh_span text, struct mh_err *err,
    struct mh_span *out)
{
    utf8proc_uint8_t *nfc = NULL;
    utf8proc_ssize_t len;

    *out = (struct mh_span){(const uint8_t *)"", 0};
    if (text.len == 0)
        return MH_OK;
    if (!mh_utf8_valid(text))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "text: no UTF-8");
    len = utf8proc_map(text.ptr, (utf8proc_ssize_t)text.len, &nfc,
        (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    if (len < 0)
        return no_memory(err);
    *out = mh_arena_copy(f->arena, (struct mh_span){nfc, (size_t)len});
    free(nfc);
    return out->ptr == NULL ? no_memory(err) : check(f, *out, err);
}

double
df_font_width(const struct df_font *f, struct mh_span text, double size)
{
    double units = 0;
    uint32_t cp;

    while (mh_utf8_next(&text, &cp))
        units += hb_font_get_glyph_h_advance(f->font, glyph_of(f, cp));
    return units * size / f->units;
}

void
df_font_use(struct df_font *f, struct mh_span text)
{
    uint32_t cp;

    while (mh_utf8_next(&text, &cp))
        hb_set_add(f->used, cp);
}

enum mh_code
df_font_seal(struct df_font *f, struct mh_err *err)
{
    static const hb_tag_t dropped[] = {HB_TAG('G', 'S', 'U', 'B'),
        HB_TAG('G', 'P', 'O', 'S'), HB_TAG('G', 'D', 'E', 'F'),
        HB_TAG('k', 'e', 'r', 'n'), HB_TAG('n', 'a', 'm', 'e'),
        HB_TAG('O', 'S', '/', '2'), HB_TAG('g', 'a', 's', 'p'),
        HB_TAG('F', 'F', 'T', 'M')};
    hb_subset_input_t *in = hb_subset_input_create_or_fail();

    if (in == NULL)
        return no_memory(err);
    hb_subset_input_set_flags(
        in, HB_SUBSET_FLAGS_NO_HINTING | HB_SUBSET_FLAGS_NOTDEF_OUTLINE);
    for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
        hb_set_add(
            hb_subset_input_set(in, HB_SUBSET_SETS_DROP_TABLE_TAG), dropped[i]);
    hb_set_union(hb_subset_input_unicode_set(in), f->used);
    f->plan = hb_subset_plan_create_or_fail(f->face, in);
    hb_subset_input_destroy(in);
    if (f->plan != NULL)
        f->subset = hb_subset_plan_execute_or_fail(f->plan);
    if (f->subset == NULL)
        return no_memory(err);
    f->glyph = hb_subset_plan_old_to_new_glyph_mapping(f->plan);
    f->back = hb_subset_plan_new_to_old_glyph_mapping(f->plan);
    return MH_OK;
}

void
df_font_encode(const struct df_font *f, struct mh_span text, struct mh_buf *out)
{
    uint32_t cp;

    mh_buf_byte(out, '<');
    while (mh_utf8_next(&text, &cp))
        mh_buf_printf(out, "%04X", hb_map_get(f->glyph, glyph_of(f, cp)));
    mh_buf_byte(out, '>');
}

/* hhea as the subset and its descriptor have it. */
static double
extent(const struct df_font *f, bool above)
{
    hb_font_extents_t e = {0};

    (void)hb_font_get_h_extents(f->font, &e); /* zero is fine as well */
    return (above ? e.ascender : -e.descender) / f->units;
}

double
df_font_ascent(const struct df_font *f)
{
    return extent(f, true);
}

double
df_font_descent(const struct df_font *f)
{
    return extent(f, false);
}
