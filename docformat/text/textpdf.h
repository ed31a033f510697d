/*
 * A text as a PDF/A-2b file (ISO 19005-2): receipts, acts, plain texts.  A4
 * pages, headings and paragraphs, lines and pages broken by themselves, page
 * numbers "1 / 3", the font embedded.  Nothing is taken from a clock or chance:
 * the same document gives the same bytes.
 *
 * Bad input is one clear error: MH_EFORMAT (no UTF-8, a control character),
 * MH_EUNSUP (a letter that the font lacks, named by its number), MH_ELIMIT
 * (MH_TEXT_SIZE_MAX, MH_TEXT_PAGES_MAX).
 */
#ifndef DOCFORMAT_TEXT_TEXTPDF_H
#define DOCFORMAT_TEXT_TEXTPDF_H

#include "base/buf.h"
#include "docformat/pdf/write.h"

enum df_text_kind {
    DF_TEXT_PARAGRAPH, /* the empty one is an empty line */
    DF_TEXT_HEADING,
};

struct df_text_block {
    enum df_text_kind kind;
    struct mh_span text; /* UTF-8 without line ends */
};

struct df_textpdf {
    struct mh_span title; /* of the document, not shown; not empty */
    const char *lang;     /* RFC 5646: "az" */
    int64_t time;         /* of making, seconds UTC */
    const uint8_t *id;    /* DF_PDF_ID bytes, e.g. of a digest of the text */
    const struct df_text_block *block;
    size_t blocks;
};

/* Appends the file. */
enum mh_code df_textpdf_write(const struct df_textpdf *doc,
    struct mh_arena *arena, struct mh_err *err, struct mh_buf *out) MH_MUST_USE;

/*
 * A plain text as paragraphs, one a line; LF or CR LF ends a line, a tab is
 * four blanks.  A byte order mark at the beginning is passed over.
 */
enum mh_code df_textpdf_plain(struct mh_span text, struct mh_arena *arena,
    struct mh_err *err, struct df_text_block **block,
    size_t *blocks) MH_MUST_USE;

#endif
