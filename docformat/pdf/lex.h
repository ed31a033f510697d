/*
 * Objects of PDF (ISO 32000-2, 7.2 and 7.3) read from bytes, strictly.
 *
 * A reader stands somewhere in a run of bytes and takes one token or one
 * object at a time.  Nothing is repaired: an unknown word, a stray '#' in a
 * name, a key that stands twice in a dictionary, or a string that does not
 * end is an error with the finding pdf-object.  Every object knows where it
 * stands, so that /Contents and /ByteRange can be bound to raw bytes.
 *
 * Objects live in the arena and are never changed once they are read.
 */
#ifndef DOCFORMAT_PDF_LEX_H
#define DOCFORMAT_PDF_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

enum df_pdf_type {
    DF_PDF_NULL,
    DF_PDF_BOOL,
    DF_PDF_INT,
    DF_PDF_REAL,
    DF_PDF_STRING,
    DF_PDF_NAME,
    DF_PDF_ARRAY,
    DF_PDF_DICT,
    DF_PDF_REF,
    DF_PDF_STREAM, /* a dictionary and its data: every function that takes a
                      dictionary takes a stream as well */
};

struct df_pdf_obj;

struct df_pdf_pair {
    struct mh_span key; /* decoded, without the '/' */
    size_t at;          /* where its '/' stands */
    const struct df_pdf_obj *value;
};

struct df_pdf_obj {
    enum df_pdf_type type;
    bool truth;      /* BOOL */
    bool hex;        /* STRING: written between < and > */
    uint32_t num;    /* REF: the object it refers to */
    uint32_t gen;    /* REF: and its generation */
    size_t at;       /* first byte, in the bytes that were read: the file, or
                        the decoded object stream */
    size_t len;      /* bytes of the object as it is written; a stream ends
                        with endstream */
    int64_t integer; /* INT; a REAL cut towards zero */
    struct mh_span bytes; /* STRING and NAME decoded (and decrypted); INT and
                             REAL as written; STREAM: its data, still encoded
                             and, in an encrypted file, still encrypted */
    size_t count;         /* members of an ARRAY, pairs of a DICT or STREAM */
    const struct df_pdf_obj **item;    /* ARRAY */
    const struct df_pdf_pair *pair;    /* DICT, STREAM: in written order */
    const struct df_pdf_pair **sorted; /* the same by key; NULL if few */
};

/*
 * Decodes the strings of one object of an encrypted file; the result may live
 * in the arena of the reader.  ctx is the reader's.
 */
typedef enum mh_code df_pdf_string_fn(
    void *ctx, struct mh_span in, struct mh_err *err, struct mh_span *out);

struct df_pdf_lex {
    struct mh_span in;
    size_t pos;   /* next byte */
    size_t shift; /* added to positions in errors: where in begins in the file,
                     or 0 */
    struct mh_arena *arena;
    df_pdf_string_fn *string; /* NULL: strings are plain */
    void *ctx;
};

struct df_pdf_lex df_pdf_lex_at(
    struct mh_span in, size_t pos, struct mh_arena *arena);

bool df_pdf_is_space(uint8_t c);     /* 7.2.3 table 1 */
bool df_pdf_is_delimiter(uint8_t c); /* 7.2.3 table 2 */
bool df_pdf_is_regular(uint8_t c);   /* neither */
/* Passes white space and comments. */
void df_pdf_skip(struct df_pdf_lex *lex);
/* Passes the word if it stands next, whole; else false and nothing moves. */
bool df_pdf_word(struct df_pdf_lex *lex, const char *word);
/* Reads digits alone, no sign, that fit; else false and nothing moves. */
bool df_pdf_uint(struct df_pdf_lex *lex, uint64_t *out);

/* Reads one object but no stream: those need /Length (pdf.h). */
enum mh_code df_pdf_parse(struct df_pdf_lex *lex, struct mh_err *err,
    const struct df_pdf_obj **out) MH_MUST_USE;

/*
 * Reads the data of a stream from its keyword on, behind the dictionary, to
 * the end of endstream (7.3.8).  length comes from /Length and must be exact:
 * white space alone may stand between the data and endstream.
 */
enum mh_code df_pdf_stream(struct df_pdf_lex *lex, uint64_t length,
    struct mh_err *err, struct mh_span *out) MH_MUST_USE;

/* Reads "N G obj", N positive (7.3.10); false, with nothing moved, if that is
   not what stands. */
bool df_pdf_head(struct df_pdf_lex *lex, uint32_t *num, uint32_t *gen);

/*
 * The value of a key, not resolved; NULL if dict is NULL, no dictionary or
 * has no such key.  A value that is the null object counts as absent (7.3.7).
 */
const struct df_pdf_obj *df_pdf_key(
    const struct df_pdf_obj *dict, const char *key);
const struct df_pdf_obj *df_pdf_key_span(
    const struct df_pdf_obj *dict, struct mh_span key);

bool df_pdf_is(const struct df_pdf_obj *obj, enum df_pdf_type type);
bool df_pdf_is_dict(const struct df_pdf_obj *obj); /* or a stream */
bool df_pdf_is_name(const struct df_pdf_obj *obj, const char *name);

/*
 * Whether two objects say the same: numbers by value (1 and 1.0), strings and
 * names by their decoded bytes, arrays in order, dictionaries in any order
 * with null as absent, references by number and generation, streams by
 * dictionary and encoded data.  Nothing is resolved.
 */
bool df_pdf_equal(const struct df_pdf_obj *a, const struct df_pdf_obj *b);

/*
 * A text string (7.9.2.2: UTF-16BE, UTF-8 or PDFDocEncoding) as UTF-8 in the
 * arena.  What cannot be decoded becomes U+FFFD.  .ptr is NULL without memory.
 */
struct mh_span df_pdf_text(struct mh_span string, struct mh_arena *arena);

#endif
