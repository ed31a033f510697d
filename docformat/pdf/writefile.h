/* What a struct df_pdf_write holds, for the files of the writer. */
#ifndef DOCFORMAT_PDF_WRITEFILE_H
#define DOCFORMAT_PDF_WRITEFILE_H

#include "docformat/pdf/file.h"
#include "docformat/pdf/write.h"

/* Text put in the place of len bytes at at, in the object's coordinates. */
struct df_pdf_splice {
    struct df_pdf_splice *next; /* by place */
    size_t at, len;
    struct mh_span text;
};

struct df_pdf_edit {
    struct df_pdf_edit *next;
    uint32_t num, gen;
    const struct df_pdf_obj *obj;
    struct mh_span source; /* what obj->at counts in */
    bool packed;           /* an object stream: its strings are plain */
    struct df_pdf_splice *first;
};

enum {
    DF_PDF_PARTS = 4, /* head, dictionary or body, data, foot */
};

struct df_pdf_written {
    uint32_t num, gen;
    uint64_t at; /* of "N G obj", after layout */
    struct mh_span part[DF_PDF_PARTS];
};

struct df_pdf_write {
    struct df_pdf *pdf;                 /* NULL: a new file */
    const struct df_pdf_cipher *cipher; /* NULL: not encrypted */
    struct mh_arena *arena;
    uint32_t first_free, next;
    struct df_pdf_written *object; /* sorted by layout */
    size_t count, cap;
    struct df_pdf_edit *edit;
    uint32_t root, info;       /* of a new file */
    const uint8_t *id;         /* during layout */
    struct mh_span head, tail; /* before and behind the objects */
};

enum mh_code df_pdf_write_memory(
    const struct df_pdf_write *w, struct mh_err *err);

/* Adds what is written as the parts. */
enum mh_code df_pdf_write_add(struct df_pdf_write *w,
    const struct df_pdf_written *object, struct mh_err *err) MH_MUST_USE;

#endif
