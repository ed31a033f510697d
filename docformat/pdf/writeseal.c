/* Strings of new objects in an encrypted file, 7.6.2. */
#include "docformat/pdf/writefile.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"

struct sealing {
    const struct df_pdf_write *w;
    uint32_t num;
    struct mh_err *err;
    struct df_pdf_lex lex;
    struct mh_buf out;
};

static enum mh_code
put_string(struct sealing *s)
{
    static const char digits[] = "0123456789abcdef";
    const struct df_pdf_obj *string;
    struct mh_span secret = {NULL, 0};
    enum mh_code code = df_pdf_parse(&s->lex, s->err, &string);

    if (code == MH_OK)
        code = s->w->cipher->encrypt(s->w->cipher->ctx,
            &(struct df_pdf_secret){.data = string->bytes, .num = s->num},
            s->w->arena, s->err, &secret);
    if (code != MH_OK)
        return code;
    mh_buf_byte(&s->out, '<');
    for (size_t i = 0; i < secret.len; i++) {
        mh_buf_byte(&s->out, (uint8_t)digits[secret.ptr[i] >> 4]);
        mh_buf_byte(&s->out, (uint8_t)digits[secret.ptr[i] & 0xf]);
    }
    mh_buf_byte(&s->out, '>');
    return MH_OK;
}

/* One string, one comment, or one byte of all else. */
static enum mh_code
put_next(struct sealing *s)
{
    struct mh_span in = s->lex.in;
    size_t pos = s->lex.pos, end = pos + 1;
    uint8_t c = in.ptr[pos];
    bool twice = end < in.len && in.ptr[end] == c;

    if (c == '(' || (c == '<' && !twice))
        return put_string(s);
    if (c == '<') /* of a dictionary */
        end++;
    while (
        c == '%' && end < in.len && in.ptr[end] != '\n' && in.ptr[end] != '\r')
        end++;
    mh_buf_add(&s->out, in.ptr + pos, end - pos);
    s->lex.pos = end;
    return MH_OK;
}

enum mh_code
df_pdf_write_seal(const struct df_pdf_write *w, uint32_t num,
    struct mh_span text, struct mh_err *err, struct mh_span *out)
{
    struct sealing s = {.w = w,
        .num = num,
        .err = err,
        .lex = df_pdf_lex_at(text, 0, w->arena)};
    enum mh_code code = MH_OK;

    *out = text;
    if (w->cipher == NULL)
        return MH_OK;
    /* A string becomes a vector, itself and a block of padding, in digits. */
    mh_buf_init(&s.out, (size_t)MH_PDF_PACK_BYTES_MAX * 8);
    while (s.lex.pos < text.len && code == MH_OK)
        code = put_next(&s);
    if (code == MH_OK && mh_buf_ok(&s.out))
        *out = mh_arena_copy(w->arena, mh_buf_get(&s.out));
    if (code == MH_OK && (!mh_buf_ok(&s.out) || out->ptr == NULL))
        code = df_pdf_write_memory(w, err);
    mh_buf_fini(&s.out);
    return code;
}
