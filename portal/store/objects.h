/*
 * Documents as files: objects/<day>/<sha256>, the day (YYYY-MM-DD, UTC) being
 * that of their row's `created`.  What is filed together lies in one folder,
 * which one flush makes durable; a folder that a day has filled never changes
 * but by a collection.  Stores made before have objects/ab/cd/<sha256>, where
 * documents are found as well.
 *
 * Internal to the store, SQLite's only: PostgreSQL has pieces.h.
 */
#ifndef PORTAL_STORE_OBJECTS_H
#define PORTAL_STORE_OBJECTS_H

#include "portal/store/db.h"

/*
 * Gives the staged file, whose bytes are durable, its name; the writer's.  A
 * file of this name that there is has the same bytes, and is replaced.  The
 * name is durable after pt_objects_flush.
 */
enum mh_code pt_objects_keep(struct pt_store *s, struct pt_staged *staged,
    int64_t created, struct mh_err *err) MH_MUST_USE;
/* In the thread of a write's caller, with the store's lock, which it leaves
   meanwhile: the flush that the writer asked for. */
void pt_objects_help(struct pt_store *s, struct pt_write *w);
/* Flushes the folders of what was kept in this transaction. */
enum mh_code pt_objects_flush(
    struct pt_store *s, struct mh_err *err) MH_MUST_USE;
/* *fd can only be read; the caller closes it. */
enum mh_code pt_objects_open(const struct pt_store *s,
    const uint8_t sha256[static PT_HASH], int64_t created, struct mh_err *err,
    int *fd) MH_MUST_USE;
/* Removes the file; one that stays behind is only space. */
void pt_objects_drop(const struct pt_store *s,
    const uint8_t sha256[static PT_HASH], int64_t created);
/* The same for a file in a folder of that name, also of those of before. */
bool pt_objects_remove(const struct pt_store *s,
    const uint8_t sha256[static PT_HASH], const char *folder);
/* Whether a row made then has its document in this folder of objects, which
   may be one of those of before. */
bool pt_objects_in(const struct pt_store *s,
    const uint8_t sha256[static PT_HASH], int64_t created, const char *folder);

#endif
