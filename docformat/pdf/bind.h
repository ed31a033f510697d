/* From a signature dictionary to raw bytes and claims, for sigdict.c. */
#ifndef DOCFORMAT_PDF_BIND_H
#define DOCFORMAT_PDF_BIND_H

#include "docformat/pdf/sigdict.h"

/* Marks the first defect; later ones are left out. */
void df_pdf_defect(struct df_pdf_sig *sig, enum mh_finding_code code,
    uint64_t offset, const char *text);

/* /ByteRange, /Contents, the revision covered: defects are marked. */
void df_pdf_bind(
    const struct df_pdf *pdf, struct df_notes *notes, struct df_pdf_sig *sig);

/* Everything else of the dictionary and the field. */
enum mh_code df_pdf_claims(
    struct df_pdf *pdf, struct mh_err *err, struct df_pdf_sig *sig) MH_MUST_USE;

#endif
