/* A subset as objects of a PDF (9.7.4, 9.8, 9.10.3). */
#include "docformat/text/font_internal.h"

#include "base/rd.h"
#include "base/text.h"

enum {
    TAG_LETTERS = 6,    /* before the name of a subset, 9.9.2 */
    CMAP_BLOCK = 100,   /* entries of one bfchar block, 5014 1.4.1 */
    TEXT_MAX = 4 << 20, /* bytes of a map or of widths */
    STEM = 80,          /* StemV: the regular weight */
    SYMBOLIC = 4,       /* flag of a font with its own encoding, table 121 */
    HEAD_BOX = 36,      /* offset of xMin in head */
};

struct numbers {
    uint32_t font, cid, descriptor, file, map, set;
};

struct writing {
    struct df_font *f;
    struct df_pdf_write *w;
    struct mh_err *err;
    const char *name; /* "ABCDEF+NotoSans-Regular" */
    unsigned glyphs;
    struct numbers n;
};

static enum mh_code
no_memory(const struct writing *x)
{
    return mh_fail(x->err, MH_ENOMEM, MH_NO_OFFSET, "text: no memory");
}

/* Two subsets of one name must have the same letters. */
static const char *
subset_name(const struct df_font *f)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    hb_codepoint_t cp = HB_SET_VALUE_INVALID;
    char tag[TAG_LETTERS + 1] = {0};

    while (hb_set_next(f->used, &cp))
        h = (h ^ cp) * UINT64_C(0x100000001b3);
    for (size_t i = 0; i < TAG_LETTERS; i++) {
        tag[i] = (char)('A' + h % 26);
        h /= 26;
    }
    return mh_arena_printf(f->arena, "%s+NotoSans-Regular", tag);
}

static enum mh_code
put_object(const struct writing *x, uint32_t num, const char *text)
{
    return text == NULL
               ? no_memory(x)
               : df_pdf_write_object(x->w, num, mh_span_str(text), x->err);
}

static enum mh_code
put_file(const struct writing *x)
{
    hb_blob_t *blob = hb_face_reference_blob(x->f->subset);
    unsigned len = 0;
    const char *data = hb_blob_get_data(blob, &len);
    const char *keys = mh_arena_printf(x->f->arena, "/Length1 %u", len);
    enum mh_code code;

    if (keys == NULL || len == 0)
        code = no_memory(x);
    else
        code = df_pdf_write_stream(x->w, x->n.file, keys,
            (struct mh_span){(const uint8_t *)data, len}, true, x->err);
    hb_blob_destroy(blob);
    return code;
}

static int
thousandths(const struct df_font *f, int units)
{
    double exact = units * 1000.0 / f->units;

    return (int)(exact < 0 ? exact - 0.5 : exact + 0.5);
}

/* The box of all glyphs, from the table of the whole font. */
static void
read_box(const struct df_font *f, int box[4])
{
    hb_blob_t *head =
        hb_face_reference_table(f->face, HB_TAG('h', 'e', 'a', 'd'));
    unsigned len = 0;
    const char *data = hb_blob_get_data(head, &len);
    struct mh_rd rd = mh_rd_from((struct mh_span){(const uint8_t *)data, len});

    (void)mh_rd_bytes(&rd, HEAD_BOX); /* a short table gives an empty box */
    for (size_t i = 0; i < 4; i++)
        box[i] = thousandths(f, (int16_t)mh_rd_u16be(&rd));
    hb_blob_destroy(head);
}

static enum mh_code
put_descriptor(const struct writing *x)
{
    int box[4];

    read_box(x->f, box);
    return put_object(x, x->n.descriptor,
        mh_arena_printf(x->f->arena,
            "<</Type/FontDescriptor/FontName/%s/Flags %d/ItalicAngle 0"
            "/FontBBox[%d %d %d %d]/Ascent %d/Descent %d/CapHeight 729"
            "/StemV %d/FontFile2 %u 0 R/CIDSet %u 0 R>>",
            x->name, SYMBOLIC, box[0], box[1], box[2], box[3],
            (int)(df_font_ascent(x->f) * 1000),
            -(int)(df_font_descent(x->f) * 1000), STEM, x->n.file, x->n.set));
}

/* Every glyph of the subset is there. */
static enum mh_code
put_set(const struct writing *x)
{
    size_t len = (x->glyphs + 7) / 8;
    uint8_t *bits = mh_arena_alloc(x->f->arena, len);

    if (bits == NULL)
        return no_memory(x);
    for (unsigned i = 0; i < x->glyphs; i++)
        bits[i / 8] |= (uint8_t)(0x80 >> i % 8);
    return df_pdf_write_stream(
        x->w, x->n.set, "", (struct mh_span){bits, len}, true, x->err);
}

/* The descendant font with its widths. */
static enum mh_code
put_cid_font(const struct writing *x)
{
    const char *text = NULL;
    struct mh_buf out;

    mh_buf_init(&out, TEXT_MAX);
    mh_buf_printf(&out,
        "<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo"
        "<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        "/FontDescriptor %u 0 R/CIDToGIDMap/Identity/DW 0/W[0[",
        x->name, x->n.descriptor);
    for (unsigned i = 0; i < x->glyphs; i++)
        mh_buf_printf(&out, "%s%d", i == 0 ? "" : " ",
            thousandths(x->f, hb_font_get_glyph_h_advance(
                                  x->f->font, hb_map_get(x->f->back, i))));
    mh_buf_str(&out, "]]>>");
    if (mh_buf_ok(&out))
        text = mh_arena_str(x->f->arena, mh_buf_get(&out));
    mh_buf_fini(&out);
    return put_object(x, x->n.cid, text);
}

/* One entry, "<0003> <0041>". */
static void
put_mapping(const struct df_font *f, hb_codepoint_t cp, struct mh_buf *out)
{
    hb_codepoint_t glyph = 0;

    (void)hb_font_get_nominal_glyph(f->font, cp, &glyph); /* it was checked */
    mh_buf_printf(out, "<%04X> <", hb_map_get(f->glyph, glyph));
    if (cp >= 0x10000)
        mh_buf_printf(out, "%04X%04X", 0xd800 + ((cp - 0x10000) >> 10),
            0xdc00 + ((cp - 0x10000) & 0x3ff));
    else
        mh_buf_printf(out, "%04X", cp);
    mh_buf_str(out, ">\n");
}

static void
put_cmap(const struct df_font *f, struct mh_buf *out)
{
    unsigned left = hb_set_get_population(f->used), block = 0;
    hb_codepoint_t cp = HB_SET_VALUE_INVALID;

    mh_buf_str(out, "/CIDInit /ProcSet findresource begin\n"
                    "12 dict begin\nbegincmap\n"
                    "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) "
                    "/Supplement 0>> def\n"
                    "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
                    "1 begincodespacerange\n<0000> <FFFF>\n"
                    "endcodespacerange\n");
    while (hb_set_next(f->used, &cp)) {
        if (block == 0) {
            block = left < CMAP_BLOCK ? left : CMAP_BLOCK;
            left -= block;
            mh_buf_printf(out, "%u beginbfchar\n", block);
        }
        put_mapping(f, cp, out);
        if (--block == 0)
            mh_buf_str(out, "endbfchar\n");
    }
    mh_buf_str(out, "endcmap\nCMapName currentdict /CMap defineresource pop\n"
                    "end\nend\n");
}

static enum mh_code
put_map(const struct writing *x)
{
    enum mh_code code;
    struct mh_buf out;

    mh_buf_init(&out, TEXT_MAX);
    put_cmap(x->f, &out);
    code = mh_buf_ok(&out) ? df_pdf_write_stream(x->w, x->n.map, "",
                                 mh_buf_get(&out), true, x->err)
                           : no_memory(x);
    mh_buf_fini(&out);
    return code;
}

enum mh_code
df_font_write(struct df_font *f, struct df_pdf_write *w, struct mh_err *err,
    uint32_t *num)
{
    struct writing x = {.f = f,
        .w = w,
        .err = err,
        .name = subset_name(f),
        .glyphs = hb_face_get_glyph_count(f->subset)};
    uint32_t *const numbers[] = {
        &x.n.font, &x.n.cid, &x.n.descriptor, &x.n.file, &x.n.map, &x.n.set};
    enum mh_code code = x.name == NULL ? no_memory(&x) : MH_OK;

    for (size_t i = 0; i < 6 && code == MH_OK; i++)
        code = df_pdf_write_number(w, err, numbers[i]);
    if (code == MH_OK)
        code = put_file(&x);
    if (code == MH_OK)
        code = put_descriptor(&x);
    if (code == MH_OK)
        code = put_set(&x);
    if (code == MH_OK)
        code = put_cid_font(&x);
    if (code == MH_OK)
        code = put_map(&x);
    *num = x.n.font;
    return code == MH_OK
               ? put_object(&x, x.n.font,
                     mh_arena_printf(f->arena,
                         "<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding"
                         "/Identity-H/DescendantFonts[%u 0 R]/ToUnicode "
                         "%u 0 R>>",
                         x.name, x.n.cid, x.n.map))
               : code;
}
