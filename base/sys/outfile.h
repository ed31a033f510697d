/*
 * A file that comes into being whole or not at all: written without a name,
 * flushed, then given its name (cli.md).
 */
#ifndef BASE_SYS_OUTFILE_H
#define BASE_SYS_OUTFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct mh_outfile {
    int dir;       /* the folder */
    int fd;        /* read and write; -1: none */
    char temp[40]; /* its name until then, where it has to have one; or "" */
    char name[256];
};

/* Begins a file that shall be path.  MH_EIO with what the system says. */
enum mh_code mh_outfile_new(
    const char *path, struct mh_err *err, struct mh_outfile *out) MH_MUST_USE;

/* Who may do what with it: the bits of mode, as chmod(2) takes them. */
enum mh_code mh_outfile_mode(const struct mh_outfile *out, unsigned mode,
    struct mh_err *err) MH_MUST_USE;

/* The same folder and name once more, empty: the next stage of the file,
   with its mode. */
enum mh_code mh_outfile_again(const struct mh_outfile *first,
    struct mh_err *err, struct mh_outfile *out) MH_MUST_USE;

/* A descriptor of the content so far that can only be read, and its size. */
enum mh_code mh_outfile_read(const struct mh_outfile *out, struct mh_err *err,
    int *fd, uint64_t *size) MH_MUST_USE;

/*
 * Flushes and names it.  replace: over a file of that name; else one that is
 * there is MH_EIO (EEXIST).  Ends it in any case.
 */
enum mh_code mh_outfile_commit(
    struct mh_outfile *out, bool replace, struct mh_err *err) MH_MUST_USE;

/* Nothing of it stays; harmless after commit. */
void mh_outfile_drop(struct mh_outfile *out);

#endif
