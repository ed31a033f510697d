#include "docformat/pdf/write.h"

#include <stdarg.h>
#include <string.h>
#include <zlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/time.h"
#include "base/wire/codes.h"
#include "docformat/pdf/writefile.h"

enum mh_code
df_pdf_write_memory(const struct df_pdf_write *w, struct mh_err *err)
{
    return mh_fail(err, mh_arena_full(w->arena) ? MH_ELIMIT : MH_ENOMEM,
        MH_NO_OFFSET, "pdf: no memory to write");
}

/* Numbers from here on were never used by any section (7.5.4, 7.5.6). */
static uint64_t
first_free(const struct df_pdf *pdf)
{
    uint64_t highest, size, next;

    df_pdf_sizes(pdf, pdf->revs - 1, &highest, &size);
    next = highest + 1;
    for (size_t i = 0; i < pdf->revs; i++) {
        const struct df_pdf_saved *s = &pdf->rev[i];

        if (s->main->size > next)
            next = s->main->size;
        if (s->second != NULL && s->second->size > next)
            next = s->second->size;
    }
    return next;
}

enum mh_code
df_pdf_write_begin(struct df_pdf *pdf, const struct df_pdf_cipher *cipher,
    struct mh_arena *arena, struct mh_err *err, struct df_pdf_write **out)
{
    struct df_pdf_write *w = mh_arena_alloc(arena, sizeof(*w));
    uint64_t next = pdf == NULL ? 1 : first_free(pdf);

    *out = NULL;
    if (w == NULL)
        return mh_fail(err, mh_arena_full(arena) ? MH_ELIMIT : MH_ENOMEM,
            MH_NO_OFFSET, "pdf: no memory to write");
    if (pdf != NULL && pdf->encrypted && cipher == NULL)
        return mh_fail_finding(err, MH_EUNSUP, MH_F_PDF_ENCRYPTED, MH_NO_OFFSET,
            "pdf: encrypted files are not written to");
    if (next >= MH_PDF_OBJECTS_MAX)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_PDF_LIMIT, MH_NO_OFFSET,
            "pdf: no object number is left");
    w->pdf = pdf;
    w->cipher = pdf != NULL && pdf->encrypted ? cipher : NULL;
    w->arena = arena;
    w->first_free = w->next = (uint32_t)next;
    *out = w;
    return MH_OK;
}

struct mh_arena *
df_pdf_write_arena(const struct df_pdf_write *w)
{
    return w->arena;
}

enum mh_code
df_pdf_write_number(struct df_pdf_write *w, struct mh_err *err, uint32_t *out)
{
    if (w->next >= MH_PDF_OBJECTS_MAX)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_PDF_LIMIT, MH_NO_OFFSET,
            "pdf: no object number is left");
    *out = w->next++;
    return MH_OK;
}

enum mh_code
df_pdf_write_add(struct df_pdf_write *w, const struct df_pdf_written *object,
    struct mh_err *err)
{
    if (w->count == w->cap) {
        size_t more = w->cap == 0 ? 16 : w->cap * 2;
        struct df_pdf_written *list =
            mh_arena_array(w->arena, more, sizeof(*list));

        if (list == NULL)
            return df_pdf_write_memory(w, err);
        if (w->count > 0)
            memcpy(list, w->object, w->count * sizeof(*list));
        w->object = list;
        w->cap = more;
    }
    w->object[w->count++] = *object;
    return MH_OK;
}

enum mh_code
df_pdf_write_object(struct df_pdf_write *w, uint32_t num, struct mh_span body,
    struct mh_err *err)
{
    enum mh_code code = df_pdf_write_seal(w, num, body, err, &body);

    return code == MH_OK ? df_pdf_write_lent(w, num, body, err) : code;
}

enum mh_code
df_pdf_write_lent(struct df_pdf_write *w, uint32_t num, struct mh_span body,
    struct mh_err *err)
{
    const char *head = mh_arena_printf(w->arena, "%u 0 obj\n", num);
    struct df_pdf_written object = {.num = num,
        .part = {
            mh_span_str(head), body, {NULL, 0}, MH_SPAN_LIT("\nendobj\n")}};

    if (head == NULL)
        return df_pdf_write_memory(w, err);
    return df_pdf_write_add(w, &object, err);
}

/* The zlib format of FlateDecode, 7.4.4. */
static enum mh_code
compressed(struct df_pdf_write *w, struct mh_span *data, struct mh_err *err)
{
    uLongf len = compressBound((uLong)data->len);
    uint8_t *to = mh_arena_raw(w->arena, len);

    if (to == NULL)
        return df_pdf_write_memory(w, err);
    if (compress2(to, &len, data->ptr, (uLong)data->len, 9) != Z_OK)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "pdf: deflate failed");
    *data = (struct mh_span){to, len};
    return MH_OK;
}

enum mh_code
df_pdf_write_stream(struct df_pdf_write *w, uint32_t num, const char *keys,
    struct mh_span data, bool deflate, struct mh_err *err)
{
    enum mh_code code = deflate ? compressed(w, &data, err) : MH_OK;
    const char *head, *number, *length;

    if (code == MH_OK && w->cipher != NULL)
        code = w->cipher->encrypt(w->cipher->ctx,
            &(struct df_pdf_secret){.data = data, .num = num, .stream = true},
            w->arena, err, &data);
    if (code != MH_OK)
        return code;
    number = mh_arena_printf(w->arena, "%u 0 obj\n<<", num);
    length = mh_arena_printf(w->arena, "/Length %zu>>\nstream\n", data.len);
    if (number == NULL || length == NULL)
        return df_pdf_write_memory(w, err);
    head = df_pdf_concat(w->arena, number, keys,
        deflate ? "/Filter/FlateDecode" : "", length, DF_PDF_END);
    if (head == NULL)
        return df_pdf_write_memory(w, err);
    return df_pdf_write_add(w,
        &(struct df_pdf_written){.num = num,
            .part = {mh_span_str(head), {NULL, 0}, data,
                MH_SPAN_LIT("\nendstream\nendobj\n")}},
        err);
}

enum mh_code
df_pdf_catalog(
    struct df_pdf *pdf, struct mh_err *err, uint32_t *num, uint32_t *gen)
{
    const struct df_pdf_revision *r = &pdf->rev[pdf->revs - 1].is;
    const struct df_pdf_obj *root;
    enum mh_code code = df_pdf_follow_to(
        pdf, df_pdf_key(r->trailer, "Root"), err, num, gen, &root);

    if (code == MH_OK && (*num == 0 || !df_pdf_is(root, DF_PDF_DICT)))
        code = mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_OBJECT, r->xref,
            "pdf: no document catalog");
    return code;
}

const char *
df_pdf_concat(struct mh_arena *arena, ...)
{
    size_t len = 0;
    const char *part;
    char *to, *p;
    va_list ap;

    va_start(ap, arena);
    while ((part = va_arg(ap, const char *)) != NULL)
        len += strlen(part);
    va_end(ap);
    p = to = mh_arena_raw(arena, len + 1);
    va_start(ap, arena);
    while (to != NULL && (part = va_arg(ap, const char *)) != NULL) {
        size_t n = strlen(part);

        memcpy(p, part, n);
        p += n;
    }
    va_end(ap);
    if (to != NULL)
        *p = '\0';
    return to;
}

static const char *
plain_string(struct mh_arena *arena, struct mh_span text)
{
    char *to = mh_arena_raw(arena, text.len * 2 + 3), *p = to;

    if (to == NULL)
        return NULL;
    *p++ = '(';
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.ptr[i];

        if (c == '(' || c == ')' || c == '\\')
            *p++ = '\\';
        *p++ = c;
    }
    *p++ = ')';
    *p = '\0';
    return to;
}

static void
put_unit(char **p, uint32_t unit)
{
    static const char digits[] = "0123456789ABCDEF";

    for (int shift = 12; shift >= 0; shift -= 4)
        *(*p)++ = digits[unit >> shift & 0xf];
}

const char *
df_pdf_string(struct mh_arena *arena, struct mh_span text)
{
    bool ascii = true;
    char *to, *p;
    uint32_t cp;

    for (size_t i = 0; i < text.len; i++)
        ascii = ascii && text.ptr[i] >= 0x20 && text.ptr[i] < 0x7f;
    if (ascii)
        return plain_string(arena, text);
    /* A byte becomes one unit at most, of four digits. */
    p = to = mh_arena_raw(arena, text.len * 4 + 8);
    if (to == NULL || !mh_utf8_valid(text))
        return NULL;
    *p++ = '<';
    put_unit(&p, 0xfeff);
    while (mh_utf8_next(&text, &cp)) {
        if (cp >= 0x10000) {
            put_unit(&p, 0xd800 + ((cp - 0x10000) >> 10));
            put_unit(&p, 0xdc00 + ((cp - 0x10000) & 0x3ff));
        } else {
            put_unit(&p, cp);
        }
    }
    *p++ = '>';
    *p = '\0';
    return to;
}

const char *
df_pdf_write_date(struct mh_arena *arena, int64_t time)
{
    struct mh_civil c;

    if (!mh_time_to_civil(time, &c))
        return NULL;
    return mh_arena_printf(arena, "(D:%04d%02d%02d%02d%02d%02dZ)", c.year,
        c.month, c.day, c.hour, c.min, c.sec);
}
