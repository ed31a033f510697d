/*
 * How many pages a PDF shows (ISO 32000-2, 7.7.3.2): the leaves of its page
 * tree, counted one by one.  What the tree says of itself in /Count is not
 * believed.
 */
#ifndef DOCFORMAT_PDF_PAGES_H
#define DOCFORMAT_PDF_PAGES_H

#include "docformat/pdf/pdf.h"

/*
 * The pages of the last revision.  What is no tree has no number: MH_EFORMAT
 * with pdf-object where a node stands in it twice (a cycle as well), is no
 * dictionary of its own, or is neither /Pages with /Kids nor /Page without;
 * MH_ELIMIT with pdf-limit past MH_PDF_PAGES_MAX nodes or MH_PDF_PAGE_DEPTH
 * levels.  Other failures as of reading an object.  *out is 0 then.
 */
enum mh_code df_pdf_count_pages(
    struct df_pdf *pdf, struct mh_err *err, uint32_t *out) MH_MUST_USE;

#endif
