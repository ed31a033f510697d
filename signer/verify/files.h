/*
 * The files a signature can cover, and their digests.
 *
 * Every digest that some signature needs is asked for first; then each file
 * is read once, from one buffer, for all of them (limits.md 4.4).
 */
#ifndef SIGNER_VERIFY_FILES_H
#define SIGNER_VERIFY_FILES_H

#include <stdbool.h>

#include "signer/verify/ctx.h"

enum {
    SG_FILE_HEAD = 2
}; /* bytes that tell an image */

struct sg_file {
    const char *name; /* clean, for the report */
    struct mh_span raw_name;
    const struct df_zip_entry *entry; /* in a container */
    struct mh_span bytes;             /* else, the file itself */
    uint64_t size;
    struct mh_span media_type; /* of the manifest; unsigned text */
    bool listed;               /* has a manifest row */
    bool data;                 /* a document, not the container's apparatus */
    bool unsignable;           /* the profile leaves it unsigned */
    unsigned wanted;           /* digests asked for: bits by mh_digest_alg */
    bool done;
    enum mh_code failed;        /* reading failed: why */
    uint8_t head[SG_FILE_HEAD]; /* its first bytes, once done */
    size_t head_len;
    uint8_t digest[MH_DIGEST_ALGS][MH_DIGEST_MAX];
};

struct sg_files {
    struct df_zip *zip; /* NULL for plain files */
    struct sg_file *file;
    size_t count;
};

/* Asks for a digest; SHA-256 is always made. */
void sg_file_want(struct sg_file *file, enum mh_digest_alg alg);

/*
 * Reads every file that is data or was asked for.  A file that cannot be read
 * (checksum, size, limit) is an error finding of the document with its code.
 * MH_ENOMEM and MH_EINTERNAL only.
 */
enum mh_code sg_files_digest(
    struct sg_ctx *ctx, struct sg_files *files, struct mh_err *err) MH_MUST_USE;

/* Streams a file's bytes into a running digest (archive time-stamps). */
enum mh_code sg_file_feed(struct sg_files *files, const struct sg_file *file,
    struct mh_digest *digest, struct mh_err *err) MH_MUST_USE;

#endif
