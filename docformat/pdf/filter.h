/*
 * Decoding of stream data (ISO 32000-2, 7.4): FlateDecode with PNG and TIFF
 * predictors, ASCIIHexDecode and ASCII85Decode, alone or in a chain.
 *
 * Output is bounded by MH_PDF_STREAM_MAX and, past MH_PDF_RATIO_FREE bytes, by
 * MH_PDF_RATIO_MAX times the input: a bomb ends as pdf-limit before it costs
 * anything.  Data that ends early or goes on after the end of the deflate
 * stream (but for white space) is an error with pdf-stream.  A filter that is
 * not in the list gives MH_EUNSUP with pdf-filter: such data can be compared
 * as it is written, not read.
 */
#ifndef DOCFORMAT_PDF_FILTER_H
#define DOCFORMAT_PDF_FILTER_H

#include "docformat/pdf/lex.h"

/*
 * filter and parms are the values of /Filter and /DecodeParms with their
 * references resolved; either may be NULL.  *out lives in the arena, or is
 * the input itself where nothing encodes it.
 */
enum mh_code df_pdf_decode(struct mh_span data, const struct df_pdf_obj *filter,
    const struct df_pdf_obj *parms, struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out) MH_MUST_USE;

#endif
