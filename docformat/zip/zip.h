/*
 * ZIP archives, read strictly (APPNOTE.TXT 6.3.10; formats.md 4).
 *
 * df_zip_scan accounts for every byte of the file before anything is
 * inflated: one end record, one directory, local records that tile the rest,
 * and both headers of every entry in agreement.  What breaks such a rule is
 * an error with a finding (zip-...), under both policies; what a court refuses
 * and an auditor may look past is a note.  There is no repair.
 *
 * The file is a mapping that stays open and unchanged; all spans borrow from
 * it.  Everything else lives in the arena.  One df_zip serves one thread.
 */
#ifndef DOCFORMAT_ZIP_ZIP_H
#define DOCFORMAT_ZIP_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "docformat/notes.h"
#include "docformat/sink.h"

enum df_zip_method {
    DF_ZIP_STORED = 0,
    DF_ZIP_DEFLATED = 8,
};

struct df_zip_entry {
    struct mh_span name;        /* as in both headers: valid UTF-8, 1 to
                                   MH_ZIP_NAME_MAX bytes, no dangerous form */
    struct mh_span data;        /* as stored in the file */
    struct mh_span comment;     /* untrusted text */
    struct mh_span extra;       /* extra field of the directory */
    struct mh_span local_extra; /* extra field of the local header */
    uint64_t usize;             /* declared bytes after inflating */
    uint64_t local_offset;      /* of the local header in the file */
    const uint8_t *central;     /* its record of the directory */
    uint32_t crc;               /* declared CRC-32 */
    uint16_t method;            /* enum df_zip_method */
    uint16_t flags;             /* general purpose bits */
    bool is_directory;          /* name ends in '/'; holds nothing */
    bool is_first_plain;        /* at offset 0, stored, no extra field, no
                                   descriptor: what mimetype should be */
};

struct df_zip_stream; /* the inflater and its buffers */

struct df_zip {
    struct mh_span file;
    struct mh_span comment;       /* of the archive; untrusted text */
    struct df_zip_entry *entries; /* in the order of the directory */
    size_t count;                 /* at most MH_ZIP_ENTRIES_MAX */
    uint64_t directory;           /* its offset: where local records end */
    struct mh_arena *arena;
    /* Set by the caller after the scan where file is a read-only mapping of a
       file from its first byte: streaming then gives pages back (madvise).
       Never for memory of another kind, which would lose its content. */
    bool mapped;
    /* Private to docformat/zip: */
    uint32_t *index; /* open hash table over the names: entry + 1, or 0 */
    size_t index_size;
    struct df_zip_stream *stream; /* made on first use */
    uint8_t *whole;               /* one small inflated entry at a time */
    size_t whole_size;            /* bytes */
};

/*
 * Scans a whole file.  MH_EFORMAT, MH_EUNSUP and MH_ELIMIT carry a finding;
 * the limits are formats.md 4.2, on declared sizes, which reading enforces.
 */
enum mh_code df_zip_scan(struct mh_span file, struct mh_arena *arena,
    struct df_notes *notes, struct mh_err *err,
    struct df_zip **out) MH_MUST_USE;

/* The entry with exactly these name bytes, or NULL. */
const struct df_zip_entry *df_zip_find(
    const struct df_zip *zip, struct mh_span name);

/*
 * All bytes of an entry, checked against size and CRC: borrowed from the file
 * when stored, else in the arena.  More than max bytes is MH_ELIMIT with the
 * finding zip-limit; wrong content is MH_EFORMAT with zip-crc or zip-size.
 */
enum mh_code df_zip_read(struct df_zip *zip, const struct df_zip_entry *entry,
    struct mh_arena *arena, uint64_t max, struct mh_err *err,
    struct mh_span *out) MH_MUST_USE;

/*
 * Passes all bytes of an entry to the sink, in order, in pieces of at most
 * MH_ZIP_CHUNK, and checks size and CRC on the way: what the sink got counts
 * only if the result is MH_OK.  The sink runs on the calling thread.  A large
 * entry is inflated on a second thread meanwhile, and its pages are given
 * back to the system; memory does not grow with the entry.
 */
enum mh_code df_zip_stream(struct df_zip *zip, const struct df_zip_entry *entry,
    const struct df_sink *sink, struct mh_err *err) MH_MUST_USE;

/*
 * Inflates nothing, so that the libraries have looked what the processor can
 * do: asking it is slow on a virtual machine, and each worker would ask again.
 * False: no memory.
 */
bool df_zip_warm(void) MH_MUST_USE;

#endif
