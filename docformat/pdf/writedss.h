/*
 * Validation data in a new revision: the document security store (ISO 32000-2,
 * 12.8.4.3; EN 319 142-1 5.4).  What the store has stays.
 */
#ifndef DOCFORMAT_PDF_WRITEDSS_H
#define DOCFORMAT_PDF_WRITEDSS_H

#include "docformat/pdf/write.h"

enum df_pdf_dss_kind {
    DF_PDF_DSS_CERTS,
    DF_PDF_DSS_OCSPS,
    DF_PDF_DSS_CRLS,
    DF_PDF_DSS_KINDS,
};

/* DER, borrowed until emit. */
struct df_pdf_dss {
    const struct mh_span *value[DF_PDF_DSS_KINDS];
    size_t count[DF_PDF_DSS_KINDS];
    /* Keys of /VRI: signatures that the values are for.  Upper-case
       hexadecimal SHA-1 of the bytes of /Contents. */
    const char *const *vri;
    size_t vris;
};

/* Adds what is not there yet, and changes no entry of /VRI that is; MH_ELIMIT
 * with pdf-limit past MH_PDF_DSS_MAX. */
enum mh_code df_pdf_add_dss(struct df_pdf_write *w, struct df_pdf *pdf,
    const struct df_pdf_dss *dss, struct mh_err *err) MH_MUST_USE;

/* /Extensions ESIC in a file below 2.0 (7.12; EN 319 142-1 5.6). */
enum mh_code df_pdf_add_extension(
    struct df_pdf_write *w, struct df_pdf *pdf, struct mh_err *err) MH_MUST_USE;

#endif
