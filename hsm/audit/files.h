/* Files of the log's folder, written so that they are whole or not there. */
#ifndef HSM_AUDIT_FILES_H
#define HSM_AUDIT_FILES_H

#include <stdbool.h>

#include "hsm/audit/merkle.h"
#include "hsm/audit/tile.h"

#include "base/buf.h"
#include "base/err.h"

/* All bytes at this offset. */
enum mh_code hsm_write_at(int fd, struct mh_span bytes, uint64_t offset,
    struct mh_err *err) MH_MUST_USE;

/* Writes NAME.new, flushes, renames, flushes the folder; makes the folders
   that NAME lies in. */
enum mh_code hsm_replace_file(int dir, const char *name, struct mh_span bytes,
    struct mh_err *err) MH_MUST_USE;

/* The file "signed". */
struct hsm_signed {
    uint64_t size;
    struct hsm_hash root;
};
/* Of a log that has none it is the empty tree, and *found false. */
enum mh_code hsm_signed_read(int dir, struct mh_err *err,
    struct hsm_signed *out, bool *found) MH_MUST_USE;
enum mh_code hsm_signed_write(
    int dir, const struct hsm_signed *s, struct mh_err *err) MH_MUST_USE;

struct hsm_tile_id {
    unsigned level;
    uint64_t index;
    unsigned width; /* hashes */
};

/* A tile of this width; *found false: there is no such file.  A file of
   another length is MH_EFORMAT. */
enum mh_code hsm_tile_read(int dir, struct hsm_tile_id id, struct mh_err *err,
    struct hsm_hash *out, bool *found) MH_MUST_USE;
enum mh_code hsm_tile_write(int dir, unsigned level, uint64_t index,
    const struct hsm_hash *hash, unsigned width,
    struct mh_err *err) MH_MUST_USE;

/* Removes the narrow tiles of one that is full now. */
void hsm_tile_forget(int dir, unsigned level, uint64_t index);

#endif
