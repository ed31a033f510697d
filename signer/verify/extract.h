/* One file out of a container, byte for byte: what its readers see. */
#ifndef SIGNER_VERIFY_EXTRACT_H
#define SIGNER_VERIFY_EXTRACT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/out.h"

/*
 * Writes the entry of that name, whole: what is in out counts only with MH_OK.
 * container is a read-only mapping of a file.  type: what it is by its first
 * bytes, "application/pdf", "image/jpeg", or "application/octet-stream" for
 * everything else; static.
 *
 * MH_EFORMAT: it is no archive, or not a sound one, or has no file of that
 * name; MH_ELIMIT: the entry has more than max bytes.
 */
struct sg_entry {
    struct mh_span container, name;
    uint64_t max;
};
enum mh_code sg_extract_entry(const struct sg_entry *wanted,
    struct mh_arena *arena, struct mh_err *err, struct mh_out *out,
    const char **type) MH_MUST_USE;

#endif
