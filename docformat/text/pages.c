#include "docformat/text/pages.h"

#include <string.h>

#include "base/limits.h"
#include "docformat/text/layout.h"

static const double margin = 56.7; /* points: 20 mm */
static const double leading = 1.4; /* of the size */
static const double number_size = 9, number_y = 34;

static const struct style {
    double size, before, after; /* points */
} styles[] = {
    [DF_TEXT_PARAGRAPH] = {10.5, 0, 4},
    [DF_TEXT_HEADING] = {15, 10, 6},
};

struct placing {
    struct df_font *font;
    struct mh_arena *arena;
    struct mh_err *err;
    struct df_pages *out;
    size_t cap;
    double y; /* of the last line, or of the top margin */
    double size;
    enum mh_code code;
};

static void
put_line(struct placing *p, const struct df_placed *line)
{
    struct df_pages *o = p->out;

    if (o->lines == p->cap) {
        size_t more = p->cap == 0 ? 64 : p->cap * 2;
        struct df_placed *list = mh_arena_array(p->arena, more, sizeof(*list));

        if (list == NULL) {
            p->code =
                mh_fail(p->err, mh_arena_full(p->arena) ? MH_ELIMIT : MH_ENOMEM,
                    MH_NO_OFFSET, "text: no memory");
            return;
        }
        if (o->lines > 0)
            memcpy(list, o->line, o->lines * sizeof(*list));
        o->line = list;
        p->cap = more;
    }
    o->line[o->lines++] = *line;
}

static void
new_page(struct placing *p)
{
    if (++p->out->pages > MH_TEXT_PAGES_MAX)
        p->code =
            mh_fail(p->err, MH_ELIMIT, MH_NO_OFFSET, "text: too many pages");
    p->y = DF_PAGE_H - margin;
}

static bool
place_line(void *ctx, struct mh_span text)
{
    struct placing *p = ctx;
    double step = p->size * leading;

    if (p->y - step < margin)
        new_page(p);
    p->y -= step;
    if (p->code == MH_OK && text.len > 0)
        put_line(p, &(struct df_placed){.text = text,
                        .x = margin,
                        .y = p->y,
                        .size = p->size,
                        .page = p->out->pages - 1});
    return p->code == MH_OK;
}

/* A heading stands on the page of the first lines that follow it. */
static void
begin_block(struct placing *p, enum df_text_kind kind)
{
    const struct style *s = &styles[kind];
    double need = s->size * leading;

    if (kind == DF_TEXT_HEADING)
        need = 2 * need + 2 * styles[DF_TEXT_PARAGRAPH].size * leading;
    if (p->y < DF_PAGE_H - margin)
        p->y -= s->before;
    if (p->y - need < margin)
        new_page(p);
    p->size = s->size;
}

static enum mh_code
place_block(struct placing *p, const struct df_text_block *b)
{
    struct mh_span text;
    enum mh_code code = df_font_text(p->font, b->text, p->err, &text);

    if (code != MH_OK)
        return code;
    df_font_use(p->font, text);
    begin_block(p, b->kind);
    if (p->code == MH_OK)
        df_wrap(p->font, text, p->size, DF_PAGE_W - 2 * margin, place_line, p);
    p->y -= styles[b->kind].after;
    return p->code;
}

/* "1 / 3" below each page, in its middle. */
static enum mh_code
place_numbers(struct placing *p)
{
    for (size_t i = 0; i < p->out->pages && p->code == MH_OK; i++) {
        const char *text =
            mh_arena_printf(p->arena, "%zu / %zu", i + 1, p->out->pages);
        struct mh_span s = mh_span_str(text);

        if (text == NULL)
            return mh_fail(p->err, MH_ENOMEM, MH_NO_OFFSET, "text: no memory");
        df_font_use(p->font, s);
        put_line(p,
            &(struct df_placed){.text = s,
                .x = (DF_PAGE_W - df_font_width(p->font, s, number_size)) / 2,
                .y = number_y,
                .size = number_size,
                .page = i});
    }
    return p->code;
}

enum mh_code
df_pages_place(const struct df_textpdf *doc, struct df_font *font,
    struct mh_arena *arena, struct mh_err *err, struct df_pages *out)
{
    struct placing p = {.font = font,
        .arena = arena,
        .err = err,
        .out = out,
        .y = DF_PAGE_H - margin};
    size_t bytes = 0;

    *out = (struct df_pages){.pages = 1};
    for (size_t i = 0; i < doc->blocks && p.code == MH_OK; i++) {
        if (doc->block[i].text.len > MH_TEXT_SIZE_MAX - bytes)
            return mh_fail(
                err, MH_ELIMIT, MH_NO_OFFSET, "text: the text is too long");
        bytes += doc->block[i].text.len;
        p.code = place_block(&p, &doc->block[i]);
    }
    return p.code == MH_OK ? place_numbers(&p) : p.code;
}
