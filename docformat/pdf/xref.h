/*
 * Cross-reference sections (ISO 32000-2, 7.5.4 and 7.5.8), for pdf.c alone.
 *
 * A section is read in two steps.  df_pdf_section_open reads its shape and
 * its trailer without looking at entries; df_pdf_section_find reads entries
 * when they are asked for, and unpacks a cross-reference stream once.
 */
#ifndef DOCFORMAT_PDF_XREF_H
#define DOCFORMAT_PDF_XREF_H

#include "docformat/pdf/pdf.h"

/* A run of object numbers. */
struct df_pdf_run {
    uint32_t first;
    uint32_t count;
    size_t at; /* of its first entry: in the file, or in the stream's data */
};

struct df_pdf_section {
    bool stream;
    bool ready;     /* a table, or a stream whose data are unpacked */
    uint64_t start; /* of "xref", or of the stream's "N G obj" */
    uint64_t end;   /* first byte after the trailer dictionary or endobj */
    uint32_t num;   /* STREAM: its own object number */
    const struct df_pdf_obj *trailer; /* the dictionary, or the stream */
    uint64_t size;                    /* /Size */
    bool has_prev, has_xrefstm;
    uint64_t prev, xrefstm;

    struct df_pdf_run *run; /* by number */
    size_t runs;
    uint64_t entries; /* in all runs */
    unsigned width[3];
    unsigned entry;      /* bytes of an entry */
    struct mh_span data; /* STREAM, once ready */
};

enum mh_code df_pdf_section_open(struct mh_span file, uint64_t at,
    struct mh_arena *arena, struct mh_err *err,
    struct df_pdf_section **out) MH_MUST_USE;

/* Unpacks a stream, within the limits; a table is ready at once. */
enum mh_code df_pdf_section_ready(struct df_pdf_section *s,
    struct mh_arena *arena, struct mh_err *err) MH_MUST_USE;

/* Reads every entry: MH_EFORMAT for one that is malformed. */
enum mh_code df_pdf_section_check(struct mh_span file, struct df_pdf_section *s,
    struct mh_arena *arena, struct mh_err *err) MH_MUST_USE;

/* ABSENT if the section does not name it; .revision is left to the caller. */
enum mh_code df_pdf_section_find(struct mh_span file, struct df_pdf_section *s,
    uint32_t num, struct mh_arena *arena, struct mh_err *err,
    struct df_pdf_entry *out) MH_MUST_USE;

#endif
