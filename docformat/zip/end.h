/*
 * The end of an archive: end record, 64-bit end record and locator, and the
 * place of the directory (APPNOTE 4.3.14 to 4.3.16).  Internal to
 * docformat/zip.
 */
#ifndef DOCFORMAT_ZIP_END_H
#define DOCFORMAT_ZIP_END_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct df_zip_end {
    uint64_t offset; /* of the directory; offset + size is the place of the
                        first end record */
    uint64_t size;   /* bytes of the directory */
    uint64_t count;  /* entries, at most MH_ZIP_ENTRIES_MAX */
    uint64_t at;     /* of the end record */
    struct mh_span comment; /* to the last byte of the file */
    bool zip64_unneeded;    /* 64-bit records around values that fit 32 */
};

enum mh_code df_zip_end_read(struct mh_span file, struct mh_err *err,
    struct df_zip_end *out) MH_MUST_USE;

#endif
