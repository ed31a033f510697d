/* PDF signatures (EN 319 142-1), for the files of sg_family_pdf. */
#ifndef SIGNER_SIGN_PDF_INTERNAL_H
#define SIGNER_SIGN_PDF_INTERNAL_H

#include "base/time.h"
#include "docformat/docformat.h"
#include "signer/sign/cmswrite.h"
#include "signer/sign/family.h"
#include "signer/verify/pdfcrypt.h"

enum {
    SG_PDF_TOKEN_ROOM = 16 << 10, /* bytes: a token with its certificates */
    SG_PDF_MARGIN = 512,          /* bytes: lengths that grow by a byte */
};

/*
 * What is known of a written file whose gap is open.  As the state of a draft
 * or an imprint it says all that the next step needs; the digest binds it to
 * that very file.
 */
struct sg_pdf_state {
    bool stamp;      /* a document time-stamp; else a signature */
    uint64_t gap;    /* offset of the '<' */
    uint64_t digits; /* hexadecimal digits between '<' and '>' */
    uint64_t length; /* of the whole file */
    enum mh_digest_alg alg;
    struct mh_span digest; /* of the file without the gap */
    /* Of a signature. */
    enum sg_scheme scheme;
    struct mh_span certificate;
    struct mh_span *chain;
    size_t chain_count;
    const char *role;
    struct mh_span attributes;
};

enum mh_code sg_pdf_state_pack(const struct sg_pdf_state *s,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out) MH_MUST_USE;
/* MH_EINTERNAL: it is none of ours, or not for this kind of step. */
enum mh_code sg_pdf_state_unpack(struct mh_span state, bool stamp,
    struct mh_arena *arena, struct mh_err *err,
    struct sg_pdf_state *out) MH_MUST_USE;

/* How an encrypted file without a password is read and written. */
struct sg_pdf_keys {
    struct sg_pdfcrypt crypt;
    struct df_pdf_crypto crypto;
    struct df_pdf_cipher cipher;
};

void sg_pdf_keys_init(struct sg_pdf_keys *keys);

/* A revision with a signature dictionary in it. */
struct sg_pdf_revision {
    const struct sg_sign_file *file;
    struct df_pdf_write *w;
    uint32_t value; /* number of the dictionary */
    struct mh_buf *dict;
    size_t range, contents; /* where '[' and '<' stand in it */
};

/* Appends "/ByteRange[…]/Contents<…>" with room for bytes of a value. */
void sg_pdf_put_gap(struct sg_pdf_revision *r, size_t room);

/*
 * Lays the revision out, fills in /ByteRange and writes the old file and the
 * revision; state gets gap, digits, length, and the digest by state->alg.
 */
enum mh_code sg_pdf_write(struct sg_pdf_revision *r, int64_t time,
    struct mh_arena *arena, struct mh_out *out, struct mh_err *err,
    struct sg_pdf_state *state) MH_MUST_USE;

/* The same without a signature dictionary. */
enum mh_code sg_pdf_write_plain(const struct sg_sign_file *file,
    struct df_pdf_write *w, int64_t time, struct mh_out *out,
    struct mh_err *err) MH_MUST_USE;

/*
 * Puts a value into the gap of a written file, zeros after it.  The file is
 * read again: MH_EINTERNAL if it is not the one of the state.  MH_ELIMIT: the
 * value is too long.
 */
enum mh_code sg_pdf_fill(const struct sg_pdf_state *state, struct mh_span value,
    struct mh_out *out, struct mh_err *err) MH_MUST_USE;

/* The picture of a visible signature: *xobject. */
enum mh_code sg_pdf_look(const struct sg_sign_spec *spec, const char *name,
    const double matrix[6], struct df_pdf_write *w, struct mh_err *err,
    uint32_t *xobject) MH_MUST_USE;

/* sg_family_pdf */
enum mh_code sg_pdf_prepare(const struct sg_sign_spec *spec,
    const struct sg_sign_file *file, size_t files, struct mh_arena *arena,
    struct mh_out *out, struct mh_err *err, struct sg_draft *draft) MH_MUST_USE;
enum mh_code sg_pdf_imprints(enum sg_raise step, enum mh_digest_alg alg,
    const struct sg_sign_file *document, int64_t time, size_t room,
    struct mh_arena *arena, struct mh_out *out, struct mh_err *err,
    struct sg_imprint **imprint, size_t *count) MH_MUST_USE;
enum mh_code sg_pdf_apply(enum sg_raise step,
    const struct sg_sign_file *document, const struct sg_raise_item *item,
    size_t items, int64_t time, struct mh_arena *arena, struct mh_out *out,
    struct mh_err *err) MH_MUST_USE;

#endif
