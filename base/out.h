/*
 * A file that is being written: appended to, and patched where a length or a
 * signature is known only later.  The caller owns the descriptor; what was
 * written counts only when the whole operation succeeded.
 */
#ifndef BASE_OUT_H
#define BASE_OUT_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct mh_out {
    int fd;      /* writable, seekable; borrowed */
    uint64_t at; /* bytes so far: the offset of the next append */
};

/* Continues at offset at, which must be the file's end. */
struct mh_out mh_out_at(int fd, uint64_t at);

/* MH_EIO when the system refuses (a full disk), err->sys says how. */
enum mh_code mh_out_append(
    struct mh_out *out, struct mh_span bytes, struct mh_err *err) MH_MUST_USE;

/* Writes over bytes that were appended before; never past at. */
enum mh_code mh_out_patch(struct mh_out *out, uint64_t offset,
    struct mh_span bytes, struct mh_err *err) MH_MUST_USE;

#endif
