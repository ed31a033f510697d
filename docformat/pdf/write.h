/*
 * PDF written: a revision after those that a file has (ISO 32000-2, 7.5.6),
 * or a whole new file.
 *
 * New objects get numbers that no section ever named.  An object that is there
 * is rewritten by splicing text into its own raw bytes: what is not edited
 * stays as its author wrote it.  The cross-reference section has the form of
 * the last one: a stream after a stream, else a table (also after a hybrid).
 *
 * Order of calls: begin, objects and edits, layout, then emit.  layout fixes
 * every offset; between it and emit the caller may fill in bytes of the same
 * length in bodies that it lent (df_pdf_write_lent).  Bodies and data are
 * borrowed until emit; all else lives in the arena.
 *
 * In an encrypted file new strings and streams are encrypted (7.6.2); the
 * caller says how, because docformat knows no cryptography.
 */
#ifndef DOCFORMAT_PDF_WRITE_H
#define DOCFORMAT_PDF_WRITE_H

#include "docformat/pdf/pdf.h"
#include "docformat/sink.h"

#define DF_PDF_ID 16 /* bytes of one element of /ID, 14.4 */

struct df_pdf_write;
struct df_pdf_edit; /* an object of the last revision that is rewritten */

/* The counterpart of struct df_pdf_crypto; the result lives in the arena. */
struct df_pdf_cipher {
    void *ctx;
    enum mh_code (*encrypt)(void *ctx, const struct df_pdf_secret *secret,
        struct mh_arena *arena, struct mh_err *err, struct mh_span *out);
};

/*
 * pdf NULL: a new file.  cipher may be NULL: then an encrypted file is refused
 * with pdf-encrypted; it is not used for others.  Other findings: pdf-limit.
 */
enum mh_code df_pdf_write_begin(struct df_pdf *pdf,
    const struct df_pdf_cipher *cipher, struct mh_arena *arena,
    struct mh_err *err, struct df_pdf_write **out) MH_MUST_USE;

struct mh_arena *df_pdf_write_arena(const struct df_pdf_write *w);

/* The next number that is free; a number taken must be written. */
enum mh_code df_pdf_write_number(
    struct df_pdf_write *w, struct mh_err *err, uint32_t *out) MH_MUST_USE;

/*
 * The text of (a part of) an object with its strings encrypted for that
 * number; of a file that is not encrypted the text itself.
 */
enum mh_code df_pdf_write_seal(const struct df_pdf_write *w, uint32_t num,
    struct mh_span text, struct mh_err *err, struct mh_span *out) MH_MUST_USE;

/* A new object whose text is written as it is then: it may still change. */
enum mh_code df_pdf_write_lent(struct df_pdf_write *w, uint32_t num,
    struct mh_span body, struct mh_err *err) MH_MUST_USE;

/* A new object: its text between obj and endobj, strings not encrypted. */
enum mh_code df_pdf_write_object(struct df_pdf_write *w, uint32_t num,
    struct mh_span body, struct mh_err *err) MH_MUST_USE;

/*
 * A new stream; keys is the text of its dictionary without /Length and
 * /Filter.  deflate: data are compressed (then no longer borrowed).
 */
enum mh_code df_pdf_write_stream(struct df_pdf_write *w, uint32_t num,
    const char *keys, struct mh_span data, bool deflate,
    struct mh_err *err) MH_MUST_USE;

/*
 * Begins, or goes on with, rewriting an object.  *obj is its value, which has
 * the positions that edits need.  MH_EFORMAT with pdf-object: there is no such
 * object, or it is a stream.
 */
enum mh_code df_pdf_write_edit(struct df_pdf_write *w, uint32_t num,
    struct mh_err *err, struct df_pdf_edit **out,
    const struct df_pdf_obj **obj) MH_MUST_USE;

/* Sets a key of dict, which is the edited object or stands inside it. */
enum mh_code df_pdf_edit_set(struct df_pdf_write *w, struct df_pdf_edit *edit,
    const struct df_pdf_obj *dict, const char *key, const char *text,
    struct mh_err *err) MH_MUST_USE;

/* Adds members to the end of an array that stands in the edited object. */
enum mh_code df_pdf_edit_append(struct df_pdf_write *w,
    struct df_pdf_edit *edit, const struct df_pdf_obj *array, const char *text,
    struct mh_err *err) MH_MUST_USE;

/*
 * Adds members to the array that is the value of a key of dict, wherever it
 * stands: in the edited object or in one of its own.  An absent array is made.
 */
enum mh_code df_pdf_edit_list(struct df_pdf_write *w, struct df_pdf_edit *edit,
    const struct df_pdf_obj *dict, const char *key, const char *text,
    struct mh_err *err) MH_MUST_USE;

/* A dictionary that is edited, and the object that it stands in. */
struct df_pdf_target {
    struct df_pdf_edit *edit;
    const struct df_pdf_obj *dict; /* NULL: it is absent */
};

/* The dictionary that is the value of a key of dict, wherever it stands. */
enum mh_code df_pdf_edit_dict(struct df_pdf_write *w, struct df_pdf_edit *edit,
    const struct df_pdf_obj *dict, const char *key, struct mh_err *err,
    struct df_pdf_target *out) MH_MUST_USE;

/* Follows references to the last one; num 0: obj is direct (or NULL). */
enum mh_code df_pdf_follow_to(struct df_pdf *pdf, const struct df_pdf_obj *obj,
    struct mh_err *err, uint32_t *num, uint32_t *gen,
    const struct df_pdf_obj **out) MH_MUST_USE;

/* The number and generation of the catalog; pdf-object: it is direct. */
enum mh_code df_pdf_catalog(struct df_pdf *pdf, struct mh_err *err,
    uint32_t *num, uint32_t *gen) MH_MUST_USE;

struct df_pdf_layout {
    uint64_t start;  /* where the first byte of emit stands in the file */
    uint64_t length; /* bytes that emit gives */
};

/*
 * Fixes offsets.  root: number of the catalog of a new file, else 0.  info:
 * likewise of the information dictionary, or 0.  id: of this revision; of a
 * new file both elements.
 */
enum mh_code df_pdf_write_layout(struct df_pdf_write *w, uint32_t root,
    uint32_t info, const uint8_t id[static DF_PDF_ID], struct mh_err *err,
    struct df_pdf_layout *out) MH_MUST_USE;

/* Where the body of a written object begins, in the file; after layout. */
uint64_t df_pdf_write_where(const struct df_pdf_write *w, uint32_t num);

/* Everything behind the bytes of the old file. */
void df_pdf_write_emit(const struct df_pdf_write *w, const struct df_sink *to);

/* A text string (7.9.2.2) as a hexadecimal one: ASCII as it is, else UTF-16BE
   with its mark.  NULL without memory or where text is no UTF-8. */
const char *df_pdf_string(struct mh_arena *arena, struct mh_span text);

/* Strings one behind the other, of any length; the list ends with DF_PDF_END.
   NULL without memory. */
#define DF_PDF_END ((const char *)0)
const char *df_pdf_concat(struct mh_arena *arena, ...)
    __attribute__((sentinel));

/* A date (7.9.4), "(D:20260101120000Z)"; NULL without memory. */
const char *df_pdf_write_date(struct mh_arena *arena, int64_t time);

#endif
