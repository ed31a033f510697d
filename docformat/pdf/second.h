/*
 * The second reader: qpdf, with recovery off (formats.md 8.3).
 *
 * The whole file, and the prefix of every revision that a usable signature
 * covers, are opened by qpdf.  What it sees must be what our reader sees: the
 * same catalog, the same signature fields and dictionaries.  A difference is
 * refused with pdf-readers-disagree; a file that it cannot open, or warns
 * about, is not clean: pdf-not-clean.
 *
 * qpdf has no limits of its own: call this in a worker with an address-space
 * limit only.  There running out of memory gives MH_ENOMEM.
 */
#ifndef DOCFORMAT_PDF_SECOND_H
#define DOCFORMAT_PDF_SECOND_H

#include "docformat/pdf/sigdict.h"

enum mh_code df_pdf_second(struct df_pdf *pdf, const struct df_pdf_sigs *sigs,
    struct mh_err *err) MH_MUST_USE;

/* Opens a small file once, so that tables of libqpdf exist before a sandbox
   closes. */
enum mh_code df_pdf_second_warm(struct mh_err *err) MH_MUST_USE;

#endif
