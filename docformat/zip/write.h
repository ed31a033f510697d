/*
 * ZIP archives, written (APPNOTE.TXT 6.3.10; formats.md 5.4): entries in the
 * order they come, no extra fields but the 64-bit one of an entry of 4 GiB
 * and more, no descriptors, no comments of our own.  The same input and time
 * give the same bytes.  What df_zip_scan refuses is not written: an entry
 * that deflates better than MH_ZIP_RATIO_MAX is stored.
 *
 * An archive of 4 GiB and more is MH_ELIMIT with zip-limit: no document of
 * that size is read (MH_DOC_SIZE_MAX), so offsets never need 64 bits.
 */
#ifndef DOCFORMAT_ZIP_WRITE_H
#define DOCFORMAT_ZIP_WRITE_H

#include "base/buf.h"
#include "base/out.h"
#include "docformat/zip/zip.h"

struct df_zip_deflate; /* the deflater and its buffers */

struct df_zip_writer {
    struct mh_out *out;             /* borrowed */
    struct mh_buf directory;        /* records of the entries written so far */
    size_t count;                   /* of them, at most MH_ZIP_ENTRIES_MAX */
    uint16_t date, clock;           /* MS-DOS, of every new entry */
    struct df_zip_deflate *deflate; /* private */
};

/* One entry to be written. */
struct df_zip_input {
    struct mh_span name;  /* checked by df_zip_names_allowed */
    struct mh_span bytes; /* its content */
    bool mapped; /* bytes are a read-only mapping of a whole file: pages are
                    given back once read */
    bool store;  /* do not deflate */
    const struct df_sink *sink; /* gets every byte once; NULL for none */
};

/* time: seconds UTC, kept within 1980 to 2107.  Free with _fini always. */
void df_zip_writer_init(
    struct df_zip_writer *w, struct mh_out *out, int64_t time);
void df_zip_writer_fini(struct df_zip_writer *w);

/* Goes on after count entries whose records are these. */
void df_zip_writer_resume(
    struct df_zip_writer *w, struct mh_span directory, size_t count);

enum mh_code df_zip_write(struct df_zip_writer *w,
    const struct df_zip_input *in, struct mh_err *err) MH_MUST_USE;

/*
 * An entry of another archive, byte for byte: local header, data and what
 * follows them up to the next record.  zip->mapped gives pages back.
 */
enum mh_code df_zip_write_copy(struct df_zip_writer *w,
    const struct df_zip *zip, const struct df_zip_entry *entry,
    struct mh_err *err) MH_MUST_USE;

/* Where the local record of an entry ends: the next record, or the directory.
 */
uint64_t df_zip_record_end(
    const struct df_zip *zip, const struct df_zip_entry *entry);

/* Directory and end record; comment is that of an archive added to. */
enum mh_code df_zip_write_end(struct df_zip_writer *w, struct mh_span comment,
    struct mh_err *err) MH_MUST_USE;

#endif
