/*
 * The second reader of PDF (formats.md 8.3) as the program that has it gives
 * it: libqpdf and what it needs are forty mappings, which every fork of an
 * examiner that never meets a PDF would copy.
 */
#ifndef SIGNER_VERIFY_SECOND_H
#define SIGNER_VERIFY_SECOND_H

#include "docformat/docformat.h"

struct sg_second_reader {
    enum mh_code (*warm)(struct mh_err *err);
    enum mh_code (*read)(
        struct df_pdf *pdf, const struct df_pdf_sigs *sigs, struct mh_err *err);
};

#endif
