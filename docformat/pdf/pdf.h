/*
 * A PDF file as a row of revisions (ISO 32000-2, 7.5; formats.md 8.1).
 *
 * The reader is strict and lazy.  Opening finds the end of the file, follows
 * the cross-reference sections from the last to the first, and reads their
 * trailers: its cost does not grow with the number of objects.  An entry of a
 * section is looked at when an object is asked for, an object is read when
 * it is asked for, and both are remembered.
 *
 * Numbering: revision 0 is the oldest.  "At revision r" always means: as a
 * reader sees the file that ends with the last byte of revision r.
 *
 * A file that only repair could open is refused by name: the functions return
 * an error whose finding says the rule.  What refuses under one policy only is
 * a note.  Offsets are bytes from the first byte of the file.
 *
 * MH_ELIMIT with a finding (pdf-limit) is about the document; MH_ELIMIT without
 * one means that the arena was too small, and MH_ENOMEM that memory ran out:
 * then nothing was found out about the document.
 */
#ifndef DOCFORMAT_PDF_PDF_H
#define DOCFORMAT_PDF_PDF_H

#include "docformat/notes.h"
#include "docformat/pdf/lex.h"

struct df_pdf; /* lives in the arena it was opened in */

enum df_pdf_xref {
    DF_PDF_TABLE,   /* 7.5.4 */
    DF_PDF_XREFSTM, /* 7.5.8, a cross-reference stream */
    DF_PDF_HYBRID,  /* 7.5.8.4, a table whose trailer names a stream */
};

struct df_pdf_revision {
    uint64_t start; /* the end of the revision before; 0 for the first */
    uint64_t end;   /* first byte after %%EOF and its end of line */
    uint64_t eof;   /* first byte after %%EOF itself */
    uint64_t xref;  /* what its startxref says */
    enum df_pdf_xref kind;
    bool linearized; /* two sections: the first page's and the rest's */
    const struct df_pdf_obj *trailer; /* dictionary of the (first) section */
};

enum df_pdf_where {
    DF_PDF_ABSENT, /* no section names the object */
    DF_PDF_FREE,   /* 7.5.4: freed */
    DF_PDF_AT,     /* written as "N G obj" at an offset */
    DF_PDF_INSIDE, /* in an object stream */
};

/* What a section says about an object. */
struct df_pdf_entry {
    uint32_t num;
    uint32_t gen; /* of a free one: the next generation */
    enum df_pdf_where where;
    uint64_t offset; /* AT */
    uint32_t stream; /* INSIDE: number of the object stream */
    uint32_t index;  /* INSIDE: and place in it */
    size_t revision; /* whose section says it */
};

/* A string or the data of a stream as it stands in an encrypted file. */
struct df_pdf_secret {
    struct mh_span data;
    uint32_t num, gen; /* the object it stands in, which gives its key */
    bool stream;       /* data of a stream: /StmF counts, else /StrF */
    const struct df_pdf_obj *dict; /* of a stream; NULL for a string */
};

/*
 * How an encrypted file is read; given by the caller, because docformat knows
 * no cryptography.  begin is called once with the /Encrypt dictionary and the
 * first element of /ID; it tries the empty user password and returns MH_EUNSUP
 * with pdf-encrypted where that or the method is not for us.  decrypt puts the
 * plain bytes into the arena (7.6.2); it words its errors.
 */
struct df_pdf_crypto {
    void *ctx;
    enum mh_code (*begin)(void *ctx, const struct df_pdf *pdf,
        const struct df_pdf_obj *encrypt, struct mh_span id,
        struct mh_err *err);
    enum mh_code (*decrypt)(void *ctx, const struct df_pdf_secret *secret,
        struct mh_arena *arena, struct mh_err *err, struct mh_span *out);
};

/*
 * Opens a file; the bytes must outlive the arena's content.  crypto may be
 * NULL: then an encrypted file is refused with pdf-encrypted.  Findings of a
 * refusal: pdf-header, pdf-trailing, pdf-startxref, pdf-xref,
 * pdf-xref-chain, pdf-object, pdf-stream, pdf-limit, pdf-encrypted.
 */
enum mh_code df_pdf_open(struct mh_span file,
    const struct df_pdf_crypto *crypto, struct mh_arena *arena,
    struct df_notes *notes, struct mh_err *err,
    struct df_pdf **out) MH_MUST_USE;

/*
 * Says that the bytes given to df_pdf_open are a read-only mapping of a file
 * from its first byte: reading objects then gives pages back (madvise), and
 * memory does not grow with the file.  Never for memory of another kind, which
 * would lose its content.
 */
void df_pdf_mapped(struct df_pdf *pdf);

struct mh_span df_pdf_file(const struct df_pdf *pdf);
struct mh_arena *df_pdf_arena(const struct df_pdf *pdf);
size_t df_pdf_revisions(const struct df_pdf *pdf); /* at least 1 */
const struct df_pdf_revision *df_pdf_revision(
    const struct df_pdf *pdf, size_t rev);
bool df_pdf_encrypted(const struct df_pdf *pdf);
struct mh_span df_pdf_version(const struct df_pdf *pdf); /* "1.7", the header */

/* Bytes before the header, which no offset counts: 0 in a sound file. */
size_t df_pdf_prefix(const struct df_pdf *pdf);

/* What is in force for an object at a revision; ABSENT where nothing is. */
enum mh_code df_pdf_find(struct df_pdf *pdf, size_t rev, uint32_t num,
    struct mh_err *err, struct df_pdf_entry *out) MH_MUST_USE;

/*
 * The object in force at a revision, a stream with its data; *out is NULL
 * where it is absent or freed.  An entry that points to something else than
 * "num gen obj" fails with pdf-xref-offset.  The same place gives the same
 * pointer at every revision: equal pointers mean unchanged.
 */
enum mh_code df_pdf_get(struct df_pdf *pdf, size_t rev, uint32_t num,
    struct mh_err *err, const struct df_pdf_obj **out) MH_MUST_USE;

/*
 * Follows obj while it is a reference (a reference to a reference at most
 * MH_PDF_HOPS_MAX times).  NULL stays NULL; a reference to nothing, or to
 * another generation, gives NULL; so does the null object.
 */
enum mh_code df_pdf_resolve(struct df_pdf *pdf, size_t rev,
    const struct df_pdf_obj *obj, struct mh_err *err,
    const struct df_pdf_obj **out) MH_MUST_USE;

/* df_pdf_key and df_pdf_resolve in one. */
enum mh_code df_pdf_at(struct df_pdf *pdf, size_t rev,
    const struct df_pdf_obj *dict, const char *key, struct mh_err *err,
    const struct df_pdf_obj **out) MH_MUST_USE;

/* The document catalog, 7.7.2; never NULL on success. */
enum mh_code df_pdf_root(struct df_pdf *pdf, size_t rev, struct mh_err *err,
    const struct df_pdf_obj **out) MH_MUST_USE;

/*
 * The decoded data of a stream that stands at file offset stream->at (filter.h
 * for what fails).  num is its own number, which decryption needs.
 */
enum mh_code df_pdf_data(struct df_pdf *pdf, size_t rev, uint32_t num,
    const struct df_pdf_obj *stream, struct mh_err *err,
    struct mh_span *out) MH_MUST_USE;

/*
 * Every object that the sections of one revision name, by number, each once:
 * as that revision leaves it.  An entry that repeats the one in force before
 * (same place, same generation) is left out: it changes nothing.  Object 0 is
 * left out.  For revision 0 that is the whole file: ask for later ones.
 */
enum mh_code df_pdf_changes(struct df_pdf *pdf, size_t rev, struct mh_err *err,
    const struct df_pdf_entry **out, size_t *count) MH_MUST_USE;

/*
 * Explains every byte after revision rev, which a signature covers
 * (formats.md 8.1 rules 3 to 5): objects that the sections name, the sections,
 * trailers and ends; white space and comments (a note).  Everything else is
 * refused: pdf-unexplained-bytes (an object that stands twice or that no
 * section names is such), pdf-xref-offset, pdf-hybrid-views where a table and
 * its stream contradict (a note where the stream only adds), pdf-object-stream.
 */
enum mh_code df_pdf_account(
    struct df_pdf *pdf, size_t rev, struct mh_err *err) MH_MUST_USE;

#endif
