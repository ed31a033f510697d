#include "docformat/pdf/bind.h"

#include "base/limits.h"
#include "base/num.h"

enum {
    BER_DEPTH_MAX = 32,
};

void
df_pdf_defect(struct df_pdf_sig *sig, enum mh_finding_code code,
    uint64_t offset, const char *text)
{
    if (sig->broken)
        return;
    sig->broken = true;
    sig->defect = code;
    sig->defect_offset = offset;
    sig->defect_text = text;
}

/* Identifier and length of a value; *definite false: ends with 00 00. */
static bool
read_head(struct mh_span in, size_t *at, bool *definite, size_t *len)
{
    size_t i = *at;
    unsigned n;

    if (i >= in.len)
        return false;
    if ((in.ptr[i++] & 0x1f) == 0x1f)
        return false; /* no high tag stands in a signature */
    if (i >= in.len)
        return false;
    n = in.ptr[i++];
    *definite = n != 0x80;
    *len = 0;
    if (n < 0x80) {
        *len = n;
    } else if (n > 0x80) {
        if (n > 0x84 || in.len - i < (n & 0x7f))
            return false;
        for (n &= 0x7f; n > 0; n--)
            *len = *len << 8 | in.ptr[i++];
    }
    *at = i;
    return true;
}

/*
 * The length of the one value at the beginning.  Old signatures use indefinite
 * lengths (BER): their end is found by walking.
 */
static bool
value_length(struct mh_span in, size_t *out)
{
    unsigned depth = 0;
    size_t at = 0;

    do {
        bool definite;
        size_t len;

        if (depth > 0 && in.len - at >= 2 && in.ptr[at] == 0 &&
            in.ptr[at + 1] == 0) {
            at += 2;
            depth--;
            continue;
        }
        if (!read_head(in, &at, &definite, &len))
            return false;
        if (!definite) {
            if (++depth > BER_DEPTH_MAX)
                return false;
            continue;
        }
        if (len > in.len - at)
            return false;
        at += len;
    } while (depth > 0);
    *out = at;
    return true;
}

/* The hex string as it stands between its brackets. */
static void
check_digits(const struct df_pdf *pdf, struct df_notes *notes,
    const struct df_pdf_obj *c, struct df_pdf_sig *sig)
{
    const uint8_t *p = df_pdf_file(pdf).ptr + c->at;
    size_t digits = 0;
    bool spaced = false;

    for (size_t i = 1; i + 1 < c->len; i++) {
        if (df_pdf_is_space(p[i]))
            spaced = true;
        else
            digits++;
    }
    if (digits % 2 != 0)
        df_pdf_defect(sig, MH_F_PDF_CONTENTS, c->at, "odd number of digits");
    else if (spaced)
        df_note_add(
            notes, MH_F_PDF_CONTENTS_FORM, DF_STRICT, c->at, sig->field);
}

/*
 * Zeros fill the string.  A second value there might be the one that another
 * reader takes; other bytes are what careless writers leave.
 */
static void
check_padding(struct df_notes *notes, const struct df_pdf_obj *c, size_t len,
    struct df_pdf_sig *sig)
{
    size_t other;

    while (len < c->bytes.len && c->bytes.ptr[len] == 0)
        len++;
    if (len == c->bytes.len)
        return;
    if (value_length(
            (struct mh_span){c->bytes.ptr + len, c->bytes.len - len}, &other) &&
        c->bytes.ptr[len] == 0x30)
        df_pdf_defect(sig, MH_F_PDF_CONTENTS, c->at,
            "a second value after the signature value");
    else
        df_note_add(
            notes, MH_F_PDF_CONTENTS_FORM, DF_STRICT, c->at, sig->field);
}

static void
bind_contents(const struct df_pdf *pdf, struct df_notes *notes,
    const struct df_pdf_obj *c, struct df_pdf_sig *sig)
{
    size_t len = 0, zeros = 0;

    if (c == NULL || (c->type == DF_PDF_STRING && c->bytes.len == 0)) {
        df_pdf_defect(
            sig, MH_F_PDF_SIGNATURE_EMPTY, sig->dict->at, "no signature value");
        return;
    }
    if (c->type != DF_PDF_STRING || !c->hex) {
        df_pdf_defect(sig, MH_F_PDF_CONTENTS, sig->dict->at,
            "signature value is no hexadecimal string");
        return;
    }
    check_digits(pdf, notes, c, sig);
    while (zeros < c->bytes.len && c->bytes.ptr[zeros] == 0)
        zeros++;
    if (zeros == c->bytes.len) {
        df_pdf_defect(
            sig, MH_F_PDF_SIGNATURE_EMPTY, c->at, "signature value is zero");
        return;
    }
    if (c->bytes.len > MH_PDF_CONTENTS_MAX || c->bytes.ptr[0] != 0x30 ||
        !value_length(c->bytes, &len)) {
        df_pdf_defect(
            sig, MH_F_PDF_CONTENTS, c->at, "signature value is not DER");
        return;
    }
    sig->contents = (struct mh_span){c->bytes.ptr, len};
    check_padding(notes, c, len, sig);
}

static bool
read_range(const struct df_pdf_obj *r, struct df_pdf_sig *sig)
{
    if (!df_pdf_is(r, DF_PDF_ARRAY) || r->count != 4) {
        df_pdf_defect(sig,
            r == NULL || (r->type == DF_PDF_ARRAY && r->count == 0)
                ? MH_F_PDF_SIGNATURE_EMPTY
                : MH_F_PDF_BYTE_RANGE,
            sig->dict->at, "byte range is not four numbers");
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        const struct df_pdf_obj *o = r->item[i];

        if (o->type != DF_PDF_INT || o->integer < 0) {
            df_pdf_defect(sig, MH_F_PDF_BYTE_RANGE, r->at,
                "byte range is not four numbers");
            return false;
        }
        sig->range[i] = (uint64_t)o->integer;
    }
    return true;
}

/* The revision whose end is here; false if none ends here. */
static bool
revision_at(const struct df_pdf *pdf, uint64_t end, size_t *rev)
{
    size_t last = df_pdf_revisions(pdf) - 1;

    for (size_t i = 0; i <= last; i++) {
        const struct df_pdf_revision *r = df_pdf_revision(pdf, i);

        if (end >= r->eof && end <= r->end) {
            *rev = i;
            return true;
        }
    }
    /* White space alone stands behind the last one. */
    *rev = last;
    return end == df_pdf_file(pdf).len;
}

/* a = 0, the gap is the string, c + d ends a revision. */
static void
check_range(const struct df_pdf *pdf, const struct df_pdf_obj *c,
    const struct df_pdf_obj *r, struct df_pdf_sig *sig)
{
    struct mh_span file = df_pdf_file(pdf);
    const uint64_t *n = sig->range;
    uint64_t end;

    if (df_pdf_prefix(pdf) > 0) {
        df_pdf_defect(sig, MH_F_PDF_BYTE_RANGE, r->at,
            "bytes before the header are not covered");
        return;
    }
    if (n[0] != 0 || n[1] != c->at || n[2] != (uint64_t)c->at + c->len) {
        df_pdf_defect(sig, MH_F_PDF_BYTE_RANGE, r->at,
            "the gap of the byte range is not the signature value");
        return;
    }
    if (!mh_add_u64(n[2], n[3], &end) || end > file.len ||
        !revision_at(pdf, end, &sig->covered)) {
        df_pdf_defect(sig, MH_F_PDF_BYTE_RANGE, r->at,
            "the byte range does not end where a revision ends");
        return;
    }
    if (sig->covered < sig->added) {
        df_pdf_defect(sig, MH_F_PDF_BYTE_RANGE, r->at,
            "the byte range ends before its own revision");
        return;
    }
    sig->signed_part[0] = (struct mh_span){file.ptr, (size_t)n[1]};
    sig->signed_part[1] =
        (struct mh_span){file.ptr + (size_t)n[2], (size_t)n[3]};
    sig->whole_file = end == file.len;
}

void
df_pdf_bind(
    const struct df_pdf *pdf, struct df_notes *notes, struct df_pdf_sig *sig)
{
    const struct df_pdf_obj *c = df_pdf_key(sig->dict, "Contents");
    const struct df_pdf_obj *r = df_pdf_key(sig->dict, "ByteRange");

    bind_contents(pdf, notes, c, sig);
    if (read_range(r, sig) && !sig->broken)
        check_range(pdf, c, r, sig);
}
