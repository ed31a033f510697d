/*
 * Files given on the command line of `mohur trust`: read, listed, written.
 */
#ifndef SIGNER_CMD_TRUST_FILES_H
#define SIGNER_CMD_TRUST_FILES_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "signer/trust/store.h"

#define SG_FILES_MAX 4096U /* files of one command; a folder may be given */

struct sg_files {
    struct sg_trust_input *items; /* label: the path; bytes in the arena */
    size_t count;
};

/* Reads a whole regular file of at most max bytes into the arena. */
enum mh_code sg_file_read(const char *path, size_t max, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out) MH_MUST_USE;

/*
 * Adds a file, or every regular file of a folder in order of name (not its
 * sub-folders), to the list.
 */
enum mh_code sg_files_add(struct sg_files *files, const char *path,
    struct mh_arena *arena, struct mh_err *err) MH_MUST_USE;

/* Writes beside the target, syncs and renames: all of it or nothing. */
enum mh_code sg_file_write(
    const char *path, struct mh_span bytes, struct mh_err *err) MH_MUST_USE;

#endif
