/*
 * Names of archive entries: what is allowed, and which of them collide
 * (formats.md 4.1).  Internal to docformat/zip.
 */
#ifndef DOCFORMAT_ZIP_NAMES_H
#define DOCFORMAT_ZIP_NAMES_H

#include "docformat/zip/zip.h"

/*
 * Checks one name.  MH_EFORMAT with zip-name for what is refused; a DF_STRICT
 * note zip-name-encoding for what is only unusual.
 */
enum mh_code df_zip_name_check(const struct df_zip_entry *entry,
    struct df_notes *notes, struct mh_err *err) MH_MUST_USE;

/*
 * Builds the index of df_zip_find and refuses names that are equal
 * (zip-duplicate-name) or equal but for letter case, Unicode form or a slash
 * at the end (zip-case-duplicate).
 */
enum mh_code df_zip_names_index(
    struct df_zip *zip, struct mh_err *err) MH_MUST_USE;

#endif
