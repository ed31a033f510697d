/*
 * A container on its way to the output: a new one with its files, or one that
 * is there and copied.  Internal to signer/sign.
 */
#ifndef SIGNER_SIGN_ASICBOX_H
#define SIGNER_SIGN_ASICBOX_H

#include "docformat/docformat.h"
#include "signer/sign/profile.h"
#include "signer/sign/sign.h"

/* An existing archive, read and found fit to be changed (strict). */
struct sg_box {
    struct mh_arena *arena;
    struct df_zip *zip;
    struct df_asic *asic; /* free with sg_box_close */
};

/*
 * Opens a container.  MH_EUNSUP for what is never written (ADOC-V1.0, BDOC
 * 1.0), and the finding of the first rule of formats.md 4.1 and 5.2 that it
 * breaks under strict.
 */
enum mh_code sg_box_open(const struct sg_sign_file *file,
    struct mh_arena *arena, struct mh_err *err, struct sg_box *out) MH_MUST_USE;
void sg_box_close(struct sg_box *box);

/* One entry with other content than it has. */
struct sg_box_change {
    const struct df_zip_entry *entry;
    struct mh_span bytes; /* ptr NULL: left out */
};

/*
 * Writes every entry in the order of the file, byte for byte but for the
 * changed ones.
 */
enum mh_code sg_box_copy(const struct sg_box *box, struct df_zip_writer *w,
    const struct sg_box_change *change, size_t changes,
    struct mh_err *err) MH_MUST_USE;

/*
 * The documents of an existing container, digested, with the media types of
 * its manifest or, unlisted, by content.
 */
enum mh_code sg_box_files(const struct sg_box *box, enum mh_digest_alg alg,
    struct mh_err *err, struct df_written_file **file,
    size_t *count) MH_MUST_USE;

/* The digest of one entry. */
enum mh_code sg_box_digest(const struct sg_box *box,
    const struct df_zip_entry *entry, enum mh_digest_alg alg,
    struct mh_err *err, struct mh_span *out) MH_MUST_USE;

/* Whether an entry has that name, letter case apart. */
bool sg_box_has(const struct sg_box *box, const char *name);

/* Names that may be signed together: MH_EFORMAT or MH_ELIMIT. */
enum mh_code sg_files_allowed(const struct sg_sign_file *file, size_t files,
    struct mh_arena *arena, struct mh_err *err) MH_MUST_USE;

/* Files of a new container. */
struct sg_new_files {
    const char *mimetype;
    const struct sg_sign_file *file;
    size_t files;
    enum mh_digest_alg alg; /* of their digests */
    struct mh_arena *arena;
};

/*
 * Writes mimetype and the files, each read once for its checksum, its
 * deflated form and its digest.
 */
enum mh_code sg_files_write(struct df_zip_writer *w,
    const struct sg_new_files *list, struct mh_err *err,
    struct df_written_file **out) MH_MUST_USE;

/* The digest of a whole file, its pages given back. */
enum mh_code sg_file_digest(const struct sg_sign_file *file,
    enum mh_digest_alg alg, struct mh_err *err,
    uint8_t hash[static MH_DIGEST_MAX]) MH_MUST_USE;

#endif
