/*
 * From the end of the file through the chain of sections to the revisions
 * (ISO 32000-2, 7.5.5 and 7.5.6, annex F).
 */
#include "docformat/pdf/file.h"

#include <string.h>

#include "base/limits.h"
#include "base/wire/codes.h"

static enum mh_code
bad_chain(struct mh_err *err, uint64_t at, const char *what)
{
    return mh_fail_finding(
        err, MH_EFORMAT, MH_F_PDF_XREF_CHAIN, at, "pdf: %s", what);
}

static enum mh_code
bad_start(struct mh_err *err, uint64_t at, const char *what)
{
    return mh_fail_finding(
        err, MH_EFORMAT, MH_F_PDF_STARTXREF, at, "pdf: %s", what);
}

static void
skip_space(struct df_pdf_lex *lex)
{
    while (lex->pos < lex->in.len && lex->in.ptr[lex->pos] != 0 &&
           df_pdf_is_space(lex->in.ptr[lex->pos]))
        lex->pos++;
}

/* One CR, LF or CR LF. */
static size_t
after_eol(struct mh_span file, size_t pos)
{
    if (pos < file.len && file.ptr[pos] == '\r')
        pos++;
    if (pos < file.len && file.ptr[pos] == '\n')
        pos++;
    return pos;
}

/* What a "startxref N %%EOF" says. */
struct tail {
    uint64_t start; /* of startxref */
    uint64_t xref;
    uint64_t eof; /* first byte after %%EOF */
    uint64_t end; /* and after its line end */
};

static bool
read_tail(struct mh_span file, size_t pos, struct tail *out)
{
    struct df_pdf_lex lex = df_pdf_lex_at(file, pos, NULL);
    struct mh_span mark;

    out->start = pos;
    if (!df_pdf_word(&lex, "startxref"))
        return false;
    skip_space(&lex);
    if (!df_pdf_uint(&lex, &out->xref))
        return false;
    skip_space(&lex);
    if (!mh_span_sub(file, lex.pos, 5, &mark) || !mh_span_is(mark, "%%EOF"))
        return false;
    out->eof = lex.pos + 5;
    out->end = after_eol(file, lex.pos + 5);
    return true;
}

/* The last bytes of the file; what stands after them is refused or noted. */
static enum mh_code
last_tail(struct df_pdf *pdf, struct mh_err *err, struct tail *out)
{
    struct mh_span f = pdf->file;
    size_t end = f.len, pos;

    while (end > 0 && df_pdf_is_space(f.ptr[end - 1]))
        end--;
    if (end < 5 || memcmp(f.ptr + end - 5, "%%EOF", 5) != 0) {
        bool any = memmem(f.ptr, f.len, "%%EOF", 5) != NULL;

        return any ? mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_TRAILING, end,
                         "pdf: bytes after the end")
                   : bad_start(err, end, "no end of file mark");
    }
    for (pos = end - 5; pos > 0 && df_pdf_is_space(f.ptr[pos - 1]);)
        pos--;
    while (pos > 0 && f.ptr[pos - 1] >= '0' && f.ptr[pos - 1] <= '9')
        pos--;
    while (pos > 0 && df_pdf_is_space(f.ptr[pos - 1]))
        pos--;
    if (pos < 9 || !read_tail(f, pos - 9, out) || out->eof != end)
        return bad_start(err, end, "no startxref before the end");
    if (out->end < f.len)
        df_note_add(pdf->notes, MH_F_PDF_TRAILING, DF_STRICT, out->end,
            (struct mh_span){NULL, 0});
    return MH_OK;
}

/*
 * The end of the revision whose section ends at pos: the first startxref after
 * it that leads back to it.  It stands before limit, where the next section
 * begins.
 */
static enum mh_code
find_tail(const struct df_pdf *pdf, uint64_t pos, uint64_t limit, uint64_t xref,
    struct mh_err *err, struct tail *out)
{
    static const char word[] = "startxref";

    while (pos < limit) {
        const uint8_t *from = pdf->file.ptr + pos;
        const uint8_t *p =
            memmem(from, (size_t)(limit - pos), word, sizeof(word) - 1);

        if (p == NULL)
            break;
        pos = (uint64_t)(p - pdf->file.ptr);
        if (read_tail(pdf->file, (size_t)pos, out) && out->xref == xref &&
            out->eof <= limit)
            return MH_OK;
        pos += sizeof(word) - 1;
    }
    return bad_start(err, xref, "revision without an end that leads to it");
}

/* Whether the first object is a dictionary of linearization (annex F.3.3). */
static bool
is_linearized(struct df_pdf *pdf)
{
    struct df_pdf_lex lex = df_pdf_lex_at(pdf->file, 0, pdf->arena);
    const struct df_pdf_obj *o = NULL;
    uint32_t num, gen;

    df_pdf_skip(&lex); /* the header is a comment */
    return df_pdf_head(&lex, &num, &gen) &&
           df_pdf_parse(&lex, NULL, &o) == MH_OK &&
           df_pdf_key(o, "Linearized") != NULL;
}

/* An entry of one section may hide one of the other, which nobody would read
   here but other readers do: all of them have to be well formed. */
static enum mh_code
check_pair(struct df_pdf *pdf, struct df_pdf_saved *s, struct mh_err *err)
{
    enum mh_code code =
        df_pdf_section_check(pdf->file, s->main, pdf->arena, err);

    return code == MH_OK
               ? df_pdf_section_check(pdf->file, s->second, pdf->arena, err)
               : code;
}

static enum mh_code
open_hybrid(struct df_pdf *pdf, struct df_pdf_saved *s, struct mh_err *err)
{
    enum mh_code code = df_pdf_section_open(
        pdf->file, s->main->xrefstm, pdf->arena, err, &s->second);

    if (code == MH_OK && !s->second->stream)
        code = bad_chain(err, s->main->xrefstm, "hybrid section is no stream");
    s->is.kind = DF_PDF_HYBRID;
    return code == MH_OK ? check_pair(pdf, s, err) : code;
}

/* The section that /Prev leads to from a first page's section. */
static enum mh_code
open_pair(struct df_pdf *pdf, struct df_pdf_saved *s, struct mh_err *err)
{
    enum mh_code code;

    if (s->main->has_xrefstm || !is_linearized(pdf))
        return bad_chain(err, s->main->start, "section that leads forwards");
    code = df_pdf_section_open(
        pdf->file, s->main->prev, pdf->arena, err, &s->second);
    if (code == MH_OK && (s->second->has_prev || s->second->has_xrefstm))
        code = bad_chain(err, s->main->prev, "linearized section goes on");
    s->is.linearized = true;
    return code == MH_OK ? check_pair(pdf, s, err) : code;
}

/* Reads the sections of one revision; *more says whether /Prev goes on. */
static enum mh_code
open_one(struct df_pdf *pdf, uint64_t at, struct df_pdf_saved *s, bool *more,
    struct mh_err *err)
{
    enum mh_code code =
        df_pdf_section_open(pdf->file, at, pdf->arena, err, &s->main);

    *more = false;
    if (code != MH_OK)
        return code;
    s->is.xref = at;
    s->is.trailer = s->main->trailer;
    s->is.kind = s->main->stream ? DF_PDF_XREFSTM : DF_PDF_TABLE;
    if (s->main->has_prev && s->main->prev == at)
        return bad_chain(err, at, "section that leads to itself");
    if (s->main->has_prev && s->main->prev > at)
        return open_pair(pdf, s, err);
    *more = s->main->has_prev;
    return s->main->has_xrefstm ? open_hybrid(pdf, s, err) : MH_OK;
}

static bool
grow(struct df_pdf *pdf, size_t *cap)
{
    struct df_pdf_saved *list;

    if (pdf->revs < *cap)
        return true;
    list = mh_arena_array(pdf->arena, *cap * 4, sizeof(*list));
    if (list == NULL)
        return false;
    memcpy(list, pdf->rev, pdf->revs * sizeof(*list));
    pdf->rev = list;
    *cap *= 4;
    return true;
}

static void
reverse(struct df_pdf *pdf)
{
    for (size_t i = 0, k = pdf->revs; i + 1 < k; i++) {
        struct df_pdf_saved t = pdf->rev[i];

        pdf->rev[i] = pdf->rev[--k];
        pdf->rev[k] = t;
    }
}

/* Where a revision ends, and that nothing of it stands in another one. */
static enum mh_code
bound(struct df_pdf *pdf, size_t i, const struct tail *last, struct mh_err *err)
{
    struct df_pdf_saved *s = &pdf->rev[i];
    uint64_t from = s->main->end, limit;
    struct tail t = *last;
    enum mh_code code = MH_OK;

    if (s->is.linearized && s->second != NULL && s->second->end > from)
        from = s->second->end;
    s->is.start = i == 0 ? 0 : pdf->rev[i - 1].is.end;
    limit = i + 1 < pdf->revs ? pdf->rev[i + 1].main->start : last->end;
    if (i + 1 < pdf->revs)
        code = find_tail(pdf, from, limit, s->is.xref, err, &t);
    else if (last->start < from)
        code = bad_start(err, last->start, "end inside a section");
    if (code != MH_OK)
        return code;
    s->tail = t.start;
    s->is.eof = t.eof;
    s->is.end = t.end > limit ? limit : t.end;
    if (s->main->start < s->is.start ||
        (s->second != NULL && s->second->end > s->tail) ||
        (s->is.linearized && s->second != NULL &&
            s->second->start < s->is.start))
        return bad_chain(err, s->main->start, "section of another revision");
    return MH_OK;
}

enum mh_code
df_pdf_follow(struct df_pdf *pdf, struct mh_err *err)
{
    struct tail last = {0};
    size_t cap = 4;
    uint64_t at;
    bool more = true;
    enum mh_code code = last_tail(pdf, err, &last);

    pdf->rev = mh_arena_array(pdf->arena, cap, sizeof(*pdf->rev));
    if (pdf->rev == NULL)
        return df_pdf_no_memory(pdf, err);
    for (at = last.xref; code == MH_OK && more;) {
        if (pdf->revs == MH_PDF_REVISIONS_MAX)
            return mh_fail_finding(
                err, MH_ELIMIT, MH_F_PDF_LIMIT, at, "pdf: too many revisions");
        if (!grow(pdf, &cap))
            return df_pdf_no_memory(pdf, err);
        code = open_one(pdf, at, &pdf->rev[pdf->revs], &more, err);
        /* /Prev leads backwards always, so that no loop is possible. */
        if (code == MH_OK)
            at = pdf->rev[pdf->revs++].main->prev;
    }
    if (code != MH_OK)
        return code;
    reverse(pdf);
    for (size_t i = 0; i < pdf->revs && code == MH_OK; i++)
        code = bound(pdf, i, &last, err);
    return code;
}
