/* One page of the tree as it is shown (7.7.3). */
#include "docformat/pdf/writefield.h"

#include "base/limits.h"
#include "docformat/pdf/file.h"

enum {
    DIGITS_MAX = 18, /* of a number: what a double tells apart */
};

/* What a page has from those above it (7.7.3.4). */
struct inherited {
    const struct df_pdf_obj *rotate, *media, *crop;
};

struct walk {
    struct df_pdf *pdf;
    struct mh_err *err;
    size_t rev, visits;
    unsigned left; /* pages still to pass */
    unsigned seen;
    bool found;
    struct df_pdf_page *page;
};

static enum mh_code
malformed(const struct walk *w, const char *what)
{
    return mh_fail_finding(w->err, MH_EFORMAT, MH_F_PDF_OBJECT, MH_NO_OFFSET,
        "pdf: page: %s", what);
}

/* 7.3.3: digits with at most one point; no exponent. */
static bool
number_of(const struct df_pdf_obj *o, double *out)
{
    double value = 0, scale = 1;
    bool minus = false, point = false;
    size_t digits = 0;

    if (!df_pdf_is(o, DF_PDF_INT) && !df_pdf_is(o, DF_PDF_REAL))
        return false;
    for (size_t i = 0; i < o->bytes.len; i++) {
        uint8_t c = o->bytes.ptr[i];

        if (c == '-' || c == '+')
            minus = c == '-';
        else if (c == '.')
            point = true;
        else if (digits++ < DIGITS_MAX && !point)
            value = value * 10 + (c - '0');
        else if (digits <= DIGITS_MAX)
            value += (c - '0') * (scale /= 10);
        else if (!point)
            return false;
    }
    *out = minus ? -value : value;
    return true;
}

/* A rectangle, 7.9.5: any two corners. */
static enum mh_code
rectangle(struct walk *w, const struct df_pdf_obj *o, double out[4])
{
    enum mh_code code = MH_OK;

    if (o == NULL || o->type != DF_PDF_ARRAY || o->count != 4)
        return malformed(w, "no rectangle");
    for (size_t i = 0; i < 4 && code == MH_OK; i++) {
        const struct df_pdf_obj *n = NULL;

        code = df_pdf_resolve(w->pdf, w->rev, o->item[i], w->err, &n);
        if (code == MH_OK && !number_of(n, &out[i]))
            code = malformed(w, "no rectangle");
    }
    for (size_t i = 0; i < 2 && code == MH_OK; i++)
        if (out[i] > out[i + 2]) {
            double low = out[i + 2];

            out[i + 2] = out[i];
            out[i] = low;
        }
    return code;
}

/* /CropBox inside /MediaBox (14.11.2), /Rotate, /UserUnit. */
static enum mh_code
measure(
    struct walk *w, const struct df_pdf_obj *obj, const struct inherited *in)
{
    struct df_pdf_page *p = w->page;
    const struct df_pdf_obj *unit = NULL;
    double crop[4] = {0};
    enum mh_code code = rectangle(w, in->media, p->box);

    if (code == MH_OK && in->crop != NULL) {
        code = rectangle(w, in->crop, crop);
        for (size_t i = 0; i < 2 && code == MH_OK; i++) {
            p->box[i] = crop[i] > p->box[i] ? crop[i] : p->box[i];
            p->box[i + 2] =
                crop[i + 2] < p->box[i + 2] ? crop[i + 2] : p->box[i + 2];
        }
    }
    if (code == MH_OK)
        code = df_pdf_at(w->pdf, w->rev, obj, "UserUnit", w->err, &unit);
    if (code != MH_OK)
        return code;
    p->unit = 1;
    if (unit != NULL && (!number_of(unit, &p->unit) || p->unit <= 0))
        return malformed(w, "no user unit");
    if (in->rotate != NULL &&
        (!df_pdf_is(in->rotate, DF_PDF_INT) || in->rotate->integer % 90 != 0))
        return malformed(w, "turned by no multiple of 90 degrees");
    p->rotate = in->rotate == NULL
                    ? 0
                    : (unsigned)((in->rotate->integer % 360 + 360) % 360);
    p->w = (p->box[2] - p->box[0]) * p->unit;
    p->h = (p->box[3] - p->box[1]) * p->unit;
    if (p->w <= 0 || p->h <= 0)
        return malformed(w, "an empty box");
    if (p->rotate % 180 != 0) {
        double side = p->w;

        p->w = p->h;
        p->h = side;
    }
    return MH_OK;
}

static enum mh_code
inherit(struct walk *w, const struct df_pdf_obj *obj, struct inherited *in)
{
    static const char *const keys[] = {"Rotate", "MediaBox", "CropBox"};
    const struct df_pdf_obj **to[] = {&in->rotate, &in->media, &in->crop};
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < 3 && code == MH_OK; i++) {
        const struct df_pdf_obj *own = NULL;

        code = df_pdf_at(w->pdf, w->rev, obj, keys[i], w->err, &own);
        if (code == MH_OK && own != NULL)
            *to[i] = own;
    }
    return code;
}

static enum mh_code walk_node(struct walk *w, const struct df_pdf_obj *ref,
    struct inherited in, unsigned depth);

static enum mh_code
walk_kids(struct walk *w, const struct df_pdf_obj *kids,
    const struct inherited *in, unsigned depth)
{
    enum mh_code code = MH_OK;

    if (kids->type != DF_PDF_ARRAY)
        return malformed(w, "kids are no array");
    for (size_t i = 0; i < kids->count && code == MH_OK && !w->found; i++)
        code = walk_node(w, kids->item[i], *in, depth + 1);
    return code;
}

static enum mh_code
walk_node(struct walk *w, const struct df_pdf_obj *ref, struct inherited in,
    unsigned depth)
{
    const struct df_pdf_obj *obj = NULL, *kids = NULL;
    uint32_t num = 0, gen;
    enum mh_code code;

    if (depth > MH_PDF_PAGE_DEPTH || ++w->visits > MH_PDF_PAGE_VISITS)
        return mh_fail_finding(w->err, MH_ELIMIT, MH_F_PDF_LIMIT, MH_NO_OFFSET,
            "pdf: page tree too large");
    code = df_pdf_follow_to(w->pdf, ref, w->err, &num, &gen, &obj);
    if (code == MH_OK && (num == 0 || !df_pdf_is(obj, DF_PDF_DICT)))
        code = malformed(w, "no dictionary with an object of its own");
    if (code == MH_OK)
        code = inherit(w, obj, &in);
    if (code == MH_OK)
        code = df_pdf_at(w->pdf, w->rev, obj, "Kids", w->err, &kids);
    if (code != MH_OK)
        return code;
    if (kids != NULL)
        return walk_kids(w, kids, &in, depth);
    w->seen++;
    if (--w->left > 0)
        return MH_OK;
    w->found = true;
    w->page->num = num;
    w->page->gen = gen;
    w->page->obj = obj;
    return measure(w, obj, &in);
}

enum mh_code
df_pdf_find_page(struct df_pdf *pdf, unsigned number, struct mh_err *err,
    struct df_pdf_page *out)
{
    struct walk w = {.pdf = pdf,
        .err = err,
        .rev = df_pdf_revisions(pdf) - 1,
        .left = number,
        .page = out};
    const struct df_pdf_obj *root;
    enum mh_code code = df_pdf_root(pdf, w.rev, err, &root);

    *out = (struct df_pdf_page){0};
    if (code == MH_OK && number == 0)
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "pdf: pages begin at 1");
    if (code == MH_OK)
        code =
            walk_node(&w, df_pdf_key(root, "Pages"), (struct inherited){0}, 0);
    if (code == MH_OK && !w.found)
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "pdf: page %u of a document of %u", number, w.seen);
    return code;
}

void
df_pdf_place(const struct df_pdf_page *page, const double shown[4],
    double rect[4], double matrix[6])
{
    const double *b = page->box;
    double x0 = shown[0] / page->unit, y0 = shown[1] / page->unit;
    double x1 = x0 + shown[2] / page->unit, y1 = y0 + shown[3] / page->unit;
    /* The page is turned clockwise, so the form is turned back. */
    const double turned[4][4] = {{b[0] + x0, b[1] + y0, b[0] + x1, b[1] + y1},
        {b[2] - y1, b[1] + x0, b[2] - y0, b[1] + x1},
        {b[2] - x1, b[3] - y1, b[2] - x0, b[3] - y0},
        {b[0] + y0, b[3] - x1, b[0] + y1, b[3] - x0}};
    const double turn[4][6] = {{1, 0, 0, 1, 0, 0}, {0, 1, -1, 0, shown[3], 0},
        {-1, 0, 0, -1, shown[2], shown[3]}, {0, -1, 1, 0, 0, shown[2]}};
    unsigned quarter = page->rotate / 90 % 4;

    for (size_t i = 0; i < 4; i++)
        rect[i] = turned[quarter][i];
    for (size_t i = 0; i < 6; i++)
        matrix[i] = turn[quarter][i];
}
