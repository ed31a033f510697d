/*
 * Uploaded bytes on their way: hashed as they come, in a memfd while they are
 * few, in a file of the spool folder, already without a name, when they are
 * many.  What comes out can only be read.  Everything in flight counts
 * against one cap for memory and one for the disk.
 */
#ifndef PORTAL_HTTP_SPOOL_H
#define PORTAL_HTTP_SPOOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/digest/digest.h"
#include "base/err.h"

enum {
    PT_SPOOL_MEMORY = 4 << 20 /* bytes that stay in memory */
};

/* Bytes in flight of the whole process; zeroed but for the caps. */
struct pt_flight {
    uint64_t memory_cap, disk_cap; /* bytes */
    _Atomic uint64_t memory, disk; /* bytes */
};

/* MH_ELIMIT "flight: ..." when there is no room. */
enum mh_code pt_flight_take(_Atomic uint64_t *used, uint64_t cap,
    uint64_t bytes, struct mh_err *err) MH_MUST_USE;
void pt_flight_give(_Atomic uint64_t *used, uint64_t bytes);

struct pt_spool {
    struct pt_flight *flight;
    int dir;       /* the spool folder; borrowed */
    int fd;        /* written to; after the end: what can only be read */
    int read_fd;   /* of a file, until the end */
    bool file;     /* a file, no longer a memfd */
    uint64_t size; /* bytes so far */
    uint64_t held; /* bytes counted in flight */
    struct mh_digest *digest;
    char sha256[65]; /* hex, after the end */
};

/* Begins; pt_spool_fini ends whatever came of it. */
enum mh_code pt_spool_begin(struct pt_spool *s, struct pt_flight *flight,
    int dir, struct mh_err *err) MH_MUST_USE;
/* MH_ELIMIT: no room in flight; MH_EIO: the disk. */
enum mh_code pt_spool_write(
    struct pt_spool *s, struct mh_span bytes, struct mh_err *err) MH_MUST_USE;
/* A memfd is sealed, a file is only readable now; sha256 is set. */
enum mh_code pt_spool_end(struct pt_spool *s, struct mh_err *err) MH_MUST_USE;
void pt_spool_fini(struct pt_spool *s);

#endif
