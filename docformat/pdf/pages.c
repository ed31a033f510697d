#include "docformat/pdf/pages.h"

#include "base/limits.h"
#include "docformat/pdf/write.h"

enum {
    LEAF = 4096, /* bytes, a bit for each object number */
    LEAF_BITS = 8 * LEAF,
    LEAVES = MH_PDF_OBJECTS_MAX / LEAF_BITS + 1,
};

struct count {
    struct df_pdf *pdf;
    struct mh_err *err;
    size_t rev;
    uint8_t *seen[LEAVES]; /* NULL: none of its numbers was met */
    size_t nodes;
    uint32_t pages;
};

static enum mh_code
malformed(const struct count *c, const char *what)
{
    return mh_fail_finding(c->err, MH_EFORMAT, MH_F_PDF_OBJECT, MH_NO_OFFSET,
        "pdf: page tree: %s", what);
}

static enum mh_code
mark(struct count *c, uint32_t num)
{
    uint8_t **leaf = &c->seen[num / LEAF_BITS], *byte, bit;

    if (*leaf == NULL)
        *leaf = mh_arena_alloc(df_pdf_arena(c->pdf), LEAF);
    if (*leaf == NULL)
        return mh_fail(c->err, MH_ENOMEM, MH_NO_OFFSET, "pdf: no memory");
    byte = *leaf + num % LEAF_BITS / 8;
    bit = (uint8_t)(1U << (num % 8));
    if ((*byte & bit) != 0)
        return malformed(c, "a node stands in it twice");
    *byte |= bit;
    return MH_OK;
}

/* The dictionary of a node, the first time that it is met. */
static enum mh_code
enter(struct count *c, const struct df_pdf_obj *ref, unsigned depth,
    const struct df_pdf_obj **out)
{
    uint32_t num = 0, gen;
    enum mh_code code;

    if (depth > MH_PDF_PAGE_DEPTH || ++c->nodes > MH_PDF_PAGES_MAX)
        return mh_fail_finding(c->err, MH_ELIMIT, MH_F_PDF_LIMIT, MH_NO_OFFSET,
            "pdf: page tree too large");
    code = df_pdf_follow_to(c->pdf, ref, c->err, &num, &gen, out);
    if (code != MH_OK)
        return code;
    if (num == 0 || num > MH_PDF_OBJECTS_MAX || !df_pdf_is(*out, DF_PDF_DICT))
        return malformed(c, "no dictionary with an object of its own");
    return mark(c, num);
}

/* The depth is limited by enter. */
static enum mh_code
walk(struct count *c, const struct df_pdf_obj *ref, unsigned depth)
{
    const struct df_pdf_obj *node = NULL, *kids = NULL, *type = NULL;
    enum mh_code code = enter(c, ref, depth, &node);

    if (code == MH_OK)
        code = df_pdf_at(c->pdf, c->rev, node, "Type", c->err, &type);
    if (code == MH_OK)
        code = df_pdf_at(c->pdf, c->rev, node, "Kids", c->err, &kids);
    if (code != MH_OK)
        return code;
    if (df_pdf_is_name(type, "Page") && kids == NULL) {
        c->pages++;
        return MH_OK;
    }
    if (!df_pdf_is_name(type, "Pages") || !df_pdf_is(kids, DF_PDF_ARRAY))
        return malformed(c, "neither a page nor a node with kids");
    for (size_t i = 0; i < kids->count && code == MH_OK; i++)
        code = walk(c, kids->item[i], depth + 1);
    return code;
}

enum mh_code
df_pdf_count_pages(struct df_pdf *pdf, struct mh_err *err, uint32_t *out)
{
    struct count c = {.pdf = pdf, .err = err, .rev = df_pdf_revisions(pdf) - 1};
    const struct df_pdf_obj *root;
    enum mh_code code = df_pdf_root(pdf, c.rev, err, &root);

    *out = 0;
    if (code != MH_OK)
        return code;
    code = walk(&c, df_pdf_key(root, "Pages"), 0);
    if (code == MH_OK)
        *out = c.pages;
    return code;
}
