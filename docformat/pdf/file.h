/* What a struct df_pdf holds, for the files of docformat/pdf. */
#ifndef DOCFORMAT_PDF_FILE_H
#define DOCFORMAT_PDF_FILE_H

#include "docformat/pdf/pdf.h"
#include "docformat/pdf/xref.h"

/* A revision with its sections, in the order in which they are asked. */
struct df_pdf_saved {
    struct df_pdf_revision is;
    uint64_t tail; /* of its "startxref" */
    struct df_pdf_section *main;
    struct df_pdf_section *second; /* hybrid: the stream; linearized: the
                                      rest of the file; or NULL */
};

/* An object stream that was unpacked. */
struct df_pdf_pack {
    const struct df_pdf_obj *stream;
    struct mh_span data;
    size_t count;
    uint32_t *num;  /* of each object */
    size_t *offset; /* of each, in data */
};

enum {
    DF_PDF_WINDOW = 2 << 20, /* bytes that the kernel may map for a touch */
    DF_PDF_WINDOWS = 8,      /* touched ones until all are given back */
};

/* What was read: by place. */
struct df_pdf_known {
    bool used;
    uint64_t offset; /* of the object, or of the object stream */
    uint32_t index;  /* in an object stream, plus 1; 0: not in one */
    uint32_t num, gen;
    uint64_t end;                 /* after endobj */
    const struct df_pdf_obj *obj; /* NULL while it is being read */
    uint32_t length_num; /* a stream whose length is an object: that, or 0 */
    struct df_pdf_pack *pack; /* an object stream that was unpacked */
};

struct df_pdf {
    struct mh_span file; /* from its header on */
    struct mh_arena *arena;
    struct df_notes *notes;
    const struct df_pdf_crypto *crypto;
    uint32_t encrypt_num; /* object of /Encrypt, whose strings are plain */
    bool encrypted, deciphered;
    bool loose; /* an entry pointed to white space before its object */
    struct mh_span version;
    size_t shift; /* bytes before the header */
    struct df_pdf_saved *rev;
    size_t revs;
    struct df_pdf_known *known; /* open addressing */
    size_t known_count, known_cap;
    uint64_t steps;                  /* sections searched for objects so far */
    unsigned nested;                 /* objects being read inside each other */
    bool mapped;                     /* as df_pdf_mapped says */
    uint64_t window[DF_PDF_WINDOWS]; /* touched since the last giving back */
    size_t windows;
};

enum mh_code df_pdf_no_memory(const struct df_pdf *pdf, struct mh_err *err);

/* Counts a place of the file that was read, and gives pages back. */
void df_pdf_touched(struct df_pdf *pdf, uint64_t at);

/* The entry of one revision's sections alone, ABSENT if it has none. */
enum mh_code df_pdf_named(struct df_pdf *pdf, size_t rev, uint32_t num,
    struct mh_err *err, struct df_pdf_entry *out) MH_MUST_USE;

/* The numbers that the sections of a revision name, sorted, without 0. */
enum mh_code df_pdf_numbers(struct df_pdf *pdf, size_t rev, struct mh_err *err,
    uint32_t **out, size_t *count) MH_MUST_USE;

/* The highest number that any section up to rev names, and /Size there. */
void df_pdf_sizes(
    const struct df_pdf *pdf, size_t rev, uint64_t *highest, uint64_t *size);

/* Reads what an entry in force at rev points to; places stay valid until the
   next call. */
enum mh_code df_pdf_read(struct df_pdf *pdf, size_t rev,
    const struct df_pdf_entry *entry, struct mh_err *err,
    struct df_pdf_known *out) MH_MUST_USE;

/* The object stream in force at rev. */
enum mh_code df_pdf_unpack(struct df_pdf *pdf, size_t rev, uint32_t num,
    struct mh_err *err, struct df_pdf_pack **out) MH_MUST_USE;

/* Finds the revisions: pdf->rev. */
enum mh_code df_pdf_follow(struct df_pdf *pdf, struct mh_err *err) MH_MUST_USE;

#endif
