/* Names for a new archive, before anything of it is written. */
#ifndef DOCFORMAT_ZIP_ALLOWED_H
#define DOCFORMAT_ZIP_ALLOWED_H

#include "docformat/zip/zip.h"

/*
 * Names that may stand together in an archive: each as formats.md 4.1 wants it
 * under strict, not ending in '/'; none equal to another but for letter case
 * or Unicode form.  MH_EFORMAT with zip-name, zip-name-encoding,
 * zip-duplicate-name or zip-case-duplicate; MH_ELIMIT for too many.
 */
enum mh_code df_zip_names_allowed(const struct mh_span *name, size_t count,
    struct mh_arena *arena, struct mh_err *err) MH_MUST_USE;

#endif
