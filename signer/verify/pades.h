/*
 * The signatures of one PDF (EN 319 142-1; ISO 32000-2, 12.8): each dictionary
 * that docformat has bound becomes a row of the report.
 */
#ifndef SIGNER_VERIFY_PADES_H
#define SIGNER_VERIFY_PADES_H

#include "docformat/docformat.h"
#include "signer/verify/cades.h"

/* The document security store (ISO 32000-2, 12.8.4.3): unsigned material. */
struct sg_dss {
    struct mh_span *certs, *ocsps, *crls; /* DER */
    size_t cert_count, ocsp_count, crl_count;
    size_t since; /* oldest revision that has a store; SIZE_MAX: none has */
};

/* The store of the last revision, and of its /VRI. */
enum mh_code sg_dss_read(struct sg_ctx *ctx, struct df_pdf *pdf,
    struct mh_err *err, struct sg_dss *out) MH_MUST_USE;

struct sg_pades {
    struct sg_ctx *ctx;
    const struct df_pdf_sigs *sigs;
    const struct sg_dss *dss;
    struct sg_pades_row *row; /* one a signature dictionary */
};

struct sg_pades_row {
    struct sg_out out;     /* findings beside those of sig */
    enum mh_sub sub;       /* the worst of the dictionary itself */
    struct sg_sig sig;     /* judged, unless the dictionary cannot be used */
    struct sg_stamp stamp; /* a document time-stamp */
    bool judged;
    bool hashed; /* sha256 is that of the two ranges */
    uint8_t sha256[MH_SHA256_LENGTH];
};

/*
 * SHA-256 of the whole file, and of the ranges of every signature on the way:
 * what a signature covers begins where the file begins, so its digest goes
 * apart only at its gap.  p->row is made here.
 */
enum mh_code sg_pades_hash(struct sg_pades *p, struct mh_span file,
    struct mh_err *err, uint8_t whole[static MH_SHA256_LENGTH]) MH_MUST_USE;

/*
 * Judges all of them: document time-stamps first, because what they cover was
 * there at their time.  After sg_pades_hash.
 */
enum mh_code sg_pades_judge(struct sg_pades *p, struct mh_err *err) MH_MUST_USE;

/* The row of the report; its modifications and coverage are the caller's. */
enum mh_code sg_pades_fill(struct sg_pades *p, size_t index, struct mh_err *err,
    struct mh_report_sig *out) MH_MUST_USE;

/* Whether the bytes of the two ranges are what was signed. */
bool sg_pades_intact(const struct sg_pades *p, size_t index);

#endif
