/* Offsets, cross-reference sections, trailers and the bytes themselves. */
#include "docformat/pdf/writefile.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"

enum {
    TABLE_OFFSET = 10,    /* digits, 7.5.4 */
    ENTRY = 20,           /* bytes of an entry of a table */
    TAIL_MAX = 256 << 20, /* bytes: eight million entries, and the rest */
    WIDTH_GEN = 2,        /* bytes, of a generation in a stream */
    WIDTH_OFFSET = 8,     /* bytes at most */
};

/* The raw bytes of an object with its splices. */
static enum mh_code
rewritten(
    struct df_pdf_write *w, const struct df_pdf_edit *edit, struct mh_err *err)
{
    size_t at = edit->obj->at, end = at + edit->obj->len, len = end - at;
    const char *head =
        mh_arena_printf(w->arena, "%u %u obj\n", edit->num, edit->gen);
    enum mh_code code = MH_OK;
    struct mh_span whole;
    uint8_t *body, *p;

    for (const struct df_pdf_splice *s = edit->first; s != NULL; s = s->next)
        len += s->text.len;
    p = body = mh_arena_raw(w->arena, len + 1);
    if (head == NULL || body == NULL)
        return df_pdf_write_memory(w, err);
    for (const struct df_pdf_splice *s = edit->first; s != NULL; s = s->next) {
        memcpy(p, edit->source.ptr + at, s->at - at);
        p += s->at - at;
        memcpy(p, s->text.ptr, s->text.len);
        p += s->text.len;
        at = s->at + s->len;
    }
    memcpy(p, edit->source.ptr + at, end - at);
    p += end - at;
    whole = (struct mh_span){body, (size_t)(p - body)};
    if (edit->packed)
        code = df_pdf_write_seal(w, edit->num, whole, err, &whole);
    if (code != MH_OK)
        return code;
    return df_pdf_write_add(w,
        &(struct df_pdf_written){.num = edit->num,
            .gen = edit->gen,
            .part = {mh_span_str(head), whole, {NULL, 0},
                MH_SPAN_LIT("\nendobj\n")}},
        err);
}

static int
by_num(const void *a, const void *b)
{
    const struct df_pdf_written *x = a, *y = b;

    return x->num < y->num ? -1 : x->num > y->num;
}

/* The head of the file, or the line end that its last line lacks. */
static void
begin_text(struct df_pdf_write *w)
{
    uint8_t last;

    if (w->pdf == NULL) {
        w->head = MH_SPAN_LIT("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n");
        return;
    }
    last = w->pdf->file.ptr[w->pdf->file.len - 1];
    if (last != '\n' && last != '\r')
        w->head = MH_SPAN_LIT("\n");
}

/* The values of the last trailer that every later one repeats (7.5.5). */
static void
keep(struct df_pdf_write *w, const char *key, struct mh_buf *out)
{
    const struct df_pdf_obj *old =
        df_pdf_key(w->pdf->rev[w->pdf->revs - 1].is.trailer, key);

    if (old == NULL)
        return;
    mh_buf_printf(out, "/%s ", key);
    mh_buf_span(out, (struct mh_span){w->pdf->file.ptr + old->at, old->len});
    mh_buf_byte(out, '\n');
}

static void
put_hex(struct mh_buf *out, struct mh_span bytes)
{
    static const char digits[] = "0123456789abcdef";

    mh_buf_byte(out, '<');
    for (size_t i = 0; i < bytes.len; i++) {
        mh_buf_byte(out, (uint8_t)digits[bytes.ptr[i] >> 4]);
        mh_buf_byte(out, (uint8_t)digits[bytes.ptr[i] & 0xf]);
    }
    mh_buf_byte(out, '>');
}

/* 14.4: the first element stays for the life of a document. */
static enum mh_code
put_ids(struct df_pdf_write *w, const uint8_t *id, struct mh_err *err,
    struct mh_buf *out)
{
    const struct df_pdf_obj *old = NULL, *first = NULL;
    size_t last = w->pdf == NULL ? 0 : w->pdf->revs - 1;
    enum mh_code code = MH_OK;

    if (w->pdf != NULL)
        code = df_pdf_at(
            w->pdf, last, w->pdf->rev[last].is.trailer, "ID", err, &old);
    if (code == MH_OK && old != NULL && old->type == DF_PDF_ARRAY &&
        old->count > 0)
        code = df_pdf_resolve(w->pdf, last, old->item[0], err, &first);
    mh_buf_str(out, "/ID[");
    put_hex(out, first != NULL && first->type == DF_PDF_STRING
                     ? first->bytes
                     : (struct mh_span){id, DF_PDF_ID});
    put_hex(out, (struct mh_span){id, DF_PDF_ID});
    mh_buf_str(out, "]");
    return code;
}

static enum mh_code
put_trailer(struct df_pdf_write *w, struct mh_err *err, struct mh_buf *out)
{
    enum mh_code code;

    mh_buf_printf(out, "/Size %u\n", w->next);
    if (w->pdf != NULL) {
        keep(w, "Root", out);
        keep(w, "Info", out);
        keep(w, "Encrypt", out);
    } else {
        mh_buf_printf(out, "/Root %u 0 R\n", w->root);
        if (w->info != 0)
            mh_buf_printf(out, "/Info %u 0 R\n", w->info);
    }
    code = put_ids(w, w->id, err, out);
    if (w->pdf != NULL)
        mh_buf_printf(
            out, "\n/Prev %" PRIu64, w->pdf->rev[w->pdf->revs - 1].is.xref);
    return code;
}

/* The end of a run of numbers that begins at i. */
static size_t
run_end(const struct df_pdf_write *w, size_t i)
{
    size_t k = i + 1;

    while (k < w->count && w->object[k].num == w->object[k - 1].num + 1)
        k++;
    return k;
}

static enum mh_code
put_table(struct df_pdf_write *w, struct mh_err *err, struct mh_buf *out)
{
    bool fresh = w->pdf == NULL;

    mh_buf_str(out, "xref\n");
    for (size_t i = 0, k; i < w->count; i = k) {
        k = run_end(w, i);
        /* In a new file the numbers begin behind the free entry 0. */
        if (fresh)
            mh_buf_printf(out, "0 %zu\n0000000000 65535 f \n", k + 1);
        else
            mh_buf_printf(out, "%u %zu\n", w->object[i].num, k - i);
        for (size_t n = i; n < k; n++) {
            if (w->object[n].at > UINT64_C(9999999999))
                return mh_fail_finding(err, MH_ELIMIT, MH_F_PDF_LIMIT,
                    w->object[n].at, "pdf: offset past a table's digits");
            mh_buf_printf(out, "%010" PRIu64 " %05u n \n", w->object[n].at,
                w->object[n].gen);
        }
    }
    return MH_OK;
}

static void
put_number(struct mh_buf *out, uint64_t value, unsigned width)
{
    while (width-- > 0)
        mh_buf_byte(out, (uint8_t)(value >> (8 * width)));
}

/* 7.5.8: the stream names itself as well. */
static enum mh_code
put_stream(struct df_pdf_write *w, uint64_t here, struct mh_err *err,
    struct mh_buf *out)
{
    struct df_pdf_written own = {.at = here};
    unsigned width = 1;
    enum mh_code code = df_pdf_write_number(w, err, &own.num);

    if (code == MH_OK) /* its number is the highest */
        code = df_pdf_write_add(w, &own, err);
    if (code != MH_OK)
        return code;
    while (width < WIDTH_OFFSET && here >> (8 * width) != 0)
        width++;
    mh_buf_printf(out, "%u 0 obj\n<</Type/XRef\n", own.num);
    code = put_trailer(w, err, out);
    mh_buf_printf(out, "\n/W[1 %u %d]/Index[", width, WIDTH_GEN);
    for (size_t i = 0, k; i < w->count; i = k) {
        k = run_end(w, i);
        mh_buf_printf(
            out, "%s%u %zu", i == 0 ? "" : " ", w->object[i].num, k - i);
    }
    mh_buf_printf(out, "]/Length %zu>>\nstream\n",
        w->count * (size_t)(1 + width + WIDTH_GEN));
    for (size_t i = 0; i < w->count; i++) {
        mh_buf_byte(out, 1);
        put_number(out, w->object[i].at, width);
        put_number(out, w->object[i].gen, WIDTH_GEN);
    }
    mh_buf_str(out, "\nendstream\nendobj\n");
    w->count--; /* the section is written as the tail */
    return code;
}

static enum mh_code
put_section(struct df_pdf_write *w, uint64_t here, struct mh_err *err,
    struct mh_buf *out)
{
    enum mh_code code;

    if (w->pdf != NULL &&
        w->pdf->rev[w->pdf->revs - 1].is.kind == DF_PDF_XREFSTM) {
        code = put_stream(w, here, err, out);
    } else {
        code = put_table(w, err, out);
        mh_buf_str(out, "trailer\n<<");
        if (code == MH_OK)
            code = put_trailer(w, err, out);
        mh_buf_str(out, ">>\n");
    }
    mh_buf_printf(out, "startxref\n%" PRIu64 "\n%%%%EOF\n", here);
    return code;
}

enum mh_code
df_pdf_write_layout(struct df_pdf_write *w, uint32_t root, uint32_t info,
    const uint8_t id[static DF_PDF_ID], struct mh_err *err,
    struct df_pdf_layout *out)
{
    uint64_t start = w->pdf == NULL ? 0 : w->pdf->file.len, at;
    enum mh_code code = MH_OK;
    struct mh_buf tail;

    for (const struct df_pdf_edit *e = w->edit; e != NULL && code == MH_OK;
         e = e->next)
        if (e->first != NULL)
            code = rewritten(w, e, err);
    if (code != MH_OK)
        return code;
    w->root = root;
    w->info = info;
    w->id = id;
    begin_text(w);
    at = start + w->head.len;
    if (w->count > 1)
        qsort(w->object, w->count, sizeof(*w->object), by_num);
    for (size_t i = 0; i < w->count; i++) {
        w->object[i].at = at;
        for (size_t k = 0; k < DF_PDF_PARTS; k++)
            at += w->object[i].part[k].len;
    }
    mh_buf_init(&tail, TAIL_MAX);
    code = put_section(w, at, err, &tail);
    if (code == MH_OK && !mh_buf_ok(&tail))
        code = df_pdf_write_memory(w, err);
    if (code == MH_OK)
        w->tail = mh_arena_copy(w->arena, mh_buf_get(&tail));
    mh_buf_fini(&tail);
    if (code == MH_OK && w->tail.ptr == NULL)
        code = df_pdf_write_memory(w, err);
    *out = (struct df_pdf_layout){start, at + w->tail.len - start};
    return code;
}

uint64_t
df_pdf_write_where(const struct df_pdf_write *w, uint32_t num)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->object[i].num == num)
            return w->object[i].at + w->object[i].part[0].len;
    return 0;
}

void
df_pdf_write_emit(const struct df_pdf_write *w, const struct df_sink *to)
{
    to->write(to->ctx, w->head);
    for (size_t i = 0; i < w->count; i++)
        for (size_t k = 0; k < DF_PDF_PARTS; k++)
            if (w->object[i].part[k].len > 0)
                to->write(to->ctx, w->object[i].part[k]);
    to->write(to->ctx, w->tail);
}
