#include "docformat/text/appearance.h"

#include "docformat/text/layout.h"

enum {
    SHOWN_MAX = 256,    /* lines on one picture */
    TEXT_MAX = 1 << 20, /* bytes of its content */
};

static const double size_max = 10, size_min = 4, size_step = 0.5; /* points */
static const double leading = 1.25; /* of the size */
static const double inset = 3;      /* points between frame and text */
static const double frame = 0.5;    /* points */

struct picture {
    const struct df_appearance *a;
    struct df_font *font;
    struct mh_arena *arena;
    struct mh_err *err;
    struct mh_span text[DF_APPEARANCE_LINES];
    double w, h; /* of the room for text */
    double size;
    struct df_line line[SHOWN_MAX];
    size_t lines, room; /* lines that there are, and that fit */
    bool full;
};

static bool
add_line(void *ctx, struct mh_span text)
{
    struct picture *p = ctx;

    if (p->lines == p->room) {
        p->full = true;
        return false;
    }
    p->line[p->lines++] = (struct df_line){.text = text};
    return true;
}

/* Wraps everything at one size; false: it does not fit. */
static bool
wrap_all(struct picture *p, double size)
{
    double fit = p->h / (size * leading);

    p->size = size;
    p->lines = 0;
    p->full = false;
    p->room = fit < 1 ? 1 : fit > SHOWN_MAX ? SHOWN_MAX : (size_t)fit;
    for (size_t i = 0; i < p->a->lines && !p->full; i++)
        df_wrap(p->font, p->text[i], size, p->w, add_line, p);
    return !p->full;
}

/* At the smallest size: one line a text where lines are few, each cut. */
static void
cut_all(struct picture *p)
{
    size_t n = p->a->lines < p->room ? p->a->lines : p->room;

    for (size_t i = 0; i < n; i++)
        p->line[i].text =
            df_shorten(p->font, p->text[i], p->size, p->w, &p->line[i].cut);
    p->lines = n;
}

static enum mh_code
read_texts(struct picture *p)
{
    enum mh_code code = MH_OK;

    if (p->a->lines > DF_APPEARANCE_LINES)
        return mh_fail(p->err, MH_ELIMIT, MH_NO_OFFSET, "text: too many lines");
    for (size_t i = 0; i < p->a->lines && code == MH_OK; i++) {
        code = df_font_text(
            p->font, mh_span_str(p->a->line[i]), p->err, &p->text[i]);
        df_font_use(p->font, p->text[i]);
    }
    df_font_use(p->font, DF_ELLIPSIS);
    return code;
}

static void
put_frame(const struct picture *p, struct mh_buf *out)
{
    mh_buf_str(out, "q /C CS 0 SC ");
    df_put_number(out, frame);
    mh_buf_str(out, "w ");
    df_put_number(out, frame / 2);
    df_put_number(out, frame / 2);
    df_put_number(out, p->a->w - frame);
    df_put_number(out, p->a->h - frame);
    mh_buf_str(out, "re S Q\n");
}

static void
put_content(const struct picture *p, struct mh_buf *out)
{
    double step = p->size * leading;

    put_frame(p, out);
    mh_buf_str(out, "q BT /C cs 0 sc /F ");
    df_put_number(out, p->size);
    mh_buf_str(out, "Tf ");
    df_put_number(out, step);
    mh_buf_str(out, "TL ");
    df_put_number(out, inset);
    /* The first line's letters begin below the inset. */
    df_put_number(out, p->a->h - inset - p->size * df_font_ascent(p->font));
    mh_buf_str(out, "Td\n");
    for (size_t i = 0; i < p->lines; i++) {
        df_font_encode(p->font, p->line[i].text, out);
        mh_buf_str(out, " Tj ");
        if (p->line[i].cut) {
            df_font_encode(p->font, DF_ELLIPSIS, out);
            mh_buf_str(out, " Tj ");
        }
        mh_buf_str(out, "T*\n");
    }
    mh_buf_str(out, "ET Q\n");
}

static const char *
form_keys(const struct picture *p, uint32_t font)
{
    struct mh_buf keys;
    const char *text = NULL;

    mh_buf_init(&keys, TEXT_MAX);
    mh_buf_str(&keys, "/Type/XObject/Subtype/Form/BBox[0 0 ");
    df_put_number(&keys, p->a->w);
    df_put_number(&keys, p->a->h);
    mh_buf_str(&keys, "]/Matrix[");
    for (size_t i = 0; i < 6; i++)
        df_put_number(&keys, p->a->matrix[i]);
    mh_buf_printf(
        &keys, "]/Resources<</Font<</F %u 0 R>>%s>>", font, DF_BLACK_RESOURCES);
    if (mh_buf_ok(&keys))
        text = mh_arena_str(p->arena, mh_buf_get(&keys));
    mh_buf_fini(&keys);
    return text;
}

static enum mh_code
write_form(struct picture *p, struct df_pdf_write *w, uint32_t *xobject)
{
    const char *keys;
    struct mh_buf out;
    uint32_t font = 0;
    enum mh_code code = df_font_seal(p->font, p->err);

    if (code == MH_OK)
        code = df_font_write(p->font, w, p->err, &font);
    if (code == MH_OK)
        code = df_pdf_write_number(w, p->err, xobject);
    if (code != MH_OK)
        return code;
    keys = form_keys(p, font);
    mh_buf_init(&out, TEXT_MAX);
    put_content(p, &out);
    if (keys == NULL || !mh_buf_ok(&out))
        code = mh_fail(p->err, MH_ENOMEM, MH_NO_OFFSET, "text: no memory");
    else
        code = df_pdf_write_stream(
            w, *xobject, keys, mh_buf_get(&out), true, p->err);
    mh_buf_fini(&out);
    return code;
}

enum mh_code
df_appearance_write(const struct df_appearance *a, struct df_pdf_write *w,
    struct mh_arena *arena, struct mh_err *err, uint32_t *xobject)
{
    struct picture *p = mh_arena_alloc(arena, sizeof(*p));
    enum mh_code code;
    double size = size_max;

    if (p == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "text: no memory");
    *p = (struct picture){.a = a,
        .arena = arena,
        .err = err,
        .w = a->w - 2 * inset,
        .h = a->h - 2 * inset};
    code = df_font_open(arena, err, &p->font);
    if (code != MH_OK)
        return code;
    code = read_texts(p);
    if (code == MH_OK) {
        while (!wrap_all(p, size) && size > size_min)
            size -= size_step;
        if (p->full)
            cut_all(p);
        code = write_form(p, w, xobject);
    }
    df_font_close(p->font);
    return code;
}
