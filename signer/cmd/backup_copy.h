/*
 * Copying a folder file by file with the SHA-256 of each, for backup and
 * restore.
 */
#ifndef SIGNER_CMD_BACKUP_COPY_H
#define SIGNER_CMD_BACKUP_COPY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

#define SG_BACKUP_PATH_MAX     512U       /* bytes of a name below the folder */
#define SG_BACKUP_MANIFEST_MAX (1U << 30) /* bytes: some ten million files */

struct sg_copy {
    int from, to;        /* folders */
    struct mh_buf *list; /* "SHA256 SIZE NAME\n" of each file; NULL: none */
    bool give;           /* what is made goes to uid, gid */
    uid_t uid;
    gid_t gid;
    char at[SG_BACKUP_PATH_MAX + 1]; /* where it is, for an error line */
};

/* One file, flushed; folders above it are made.  A file that is not there is
   MH_OK where absent is not NULL and is set. */
enum mh_code sg_copy_file(struct sg_copy *copy, const char *name, bool *absent,
    struct mh_err *err) MH_MUST_USE;
/* Everything below name, which may be absent; links and sockets are refused. */
enum mh_code sg_copy_below(
    struct sg_copy *copy, const char *name, struct mh_err *err) MH_MUST_USE;

/* The SHA-256 of a file in hexadecimal digits, and its size. */
enum mh_code sg_copy_hash(int dir, const char *name, struct mh_err *err,
    char hex[static 65], uint64_t *size) MH_MUST_USE;

#endif
