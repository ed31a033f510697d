/*
 * The standard security handler of PDF (ISO 32000-2, 7.6.4) for files that
 * open with the empty user password: revisions 2 to 6, RC4 and AES.
 *
 * Such files are readable by everybody; their encryption carries the author's
 * wishes about printing and changing, not a secret.  All else is refused with
 * pdf-encrypted: a password, another handler, an unknown method, permissions
 * that were tampered with (/Perms).
 */
#ifndef SIGNER_VERIFY_PDFCRYPT_H
#define SIGNER_VERIFY_PDFCRYPT_H

#include "docformat/docformat.h"

enum sg_pdfcrypt_method {
    SG_PDFCRYPT_NONE, /* Identity */
    SG_PDFCRYPT_RC4,
    SG_PDFCRYPT_AESV2, /* AES-128-CBC, a key for each object */
    SG_PDFCRYPT_AESV3, /* AES-256-CBC */
};

struct sg_pdfcrypt {
    enum sg_pdfcrypt_method strings, streams;
    bool metadata_plain; /* /EncryptMetadata false */
    size_t key_len;      /* bytes */
    uint8_t key[32];     /* of the file */
};

/* Fills the table for df_pdf_open; both must outlive the opened file. */
void sg_pdfcrypt_init(struct sg_pdfcrypt *c, struct df_pdf_crypto *table);

/*
 * The other way, for new strings and streams; ctx is the struct sg_pdfcrypt of
 * an opened file.  The vector of AES comes from the key and the data: nothing
 * is left to chance, and equal data of two objects differ.
 */
enum mh_code sg_pdfcrypt_encrypt(void *ctx, const struct df_pdf_secret *secret,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out) MH_MUST_USE;

#endif
