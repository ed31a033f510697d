/* Names given on the command line, and files opened for the examiner. */
#ifndef SIGNER_CMD_INPUT_H
#define SIGNER_CMD_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct sg_paths {
    const char **path;
    size_t count, cap;
    bool folder; /* one of the arguments was a folder or a list */
};

/*
 * Expands arguments: folders are walked (sorted by name), @LIST is read a
 * path a line.  What cannot be opened is kept as a path and fails later.
 */
enum mh_code sg_paths_expand(const char *const *arg, size_t args,
    struct mh_arena *arena, struct mh_err *err,
    struct sg_paths *out) MH_MUST_USE;

struct sg_opened {
    uint64_t size;              /* bytes */
    int64_t mtime_ns, ctime_ns; /* of a large file, to notice a change */
    int fd; /* sealed memfd, or the file itself when large */
    bool large;
    char sha256[65]; /* hex; "" until sg_opened_hash */
};

/*
 * Opens path ("-": standard input) for reading.  Small files are copied into
 * a sealed memfd; nothing can change them any more.
 * MH_ELIMIT: larger than MH_DOC_SIZE_MAX.
 */
enum mh_code sg_open(
    const char *path, struct mh_err *err, struct sg_opened *out) MH_MUST_USE;

/*
 * Fills in sha256, best while an examiner reads the same.  MH_EIO: it cannot
 * be read to its end.
 */
enum mh_code sg_opened_hash(
    struct sg_opened *opened, struct mh_err *err) MH_MUST_USE;

/*
 * MH_EIO if a large file changed since it was opened; asked when everybody
 * has read it.
 */
enum mh_code sg_opened_same(
    const struct sg_opened *opened, struct mh_err *err) MH_MUST_USE;

void sg_opened_fini(struct sg_opened *opened);

/* Whole output or nothing: temporary file, fsync, rename. */
enum mh_code sg_write_file(const char *dir, const char *name,
    struct mh_span bytes, struct mh_err *err) MH_MUST_USE;

#endif
