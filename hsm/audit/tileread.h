/* Nodes of the tree read off the tiles of a log (tile.h). */
#ifndef HSM_AUDIT_TILEREAD_H
#define HSM_AUDIT_TILEREAD_H

#include <stdint.h>

#include "base/err.h"
#include "hsm/audit/files.h"

struct hsm_tile_reader {
    int dir;        /* of the log; borrowed */
    uint64_t size;  /* records of the tree: those of a checkpoint */
    uint64_t bytes; /* out: read so far */
    /* Private: the tile that was read last. */
    struct hsm_tile_id last;
    struct hsm_hash hash[HSM_TILE_WIDTH];
};

/*
 * The root of the leaves of range, one of those a proof for a tree of r->size
 * consists of (hsm_inclusion_ranges).  MH_EFORMAT: a tile is missing or of a
 * wrong length; whether its hashes are right shows in the root they lead to.
 */
enum mh_code hsm_tiles_root(struct hsm_tile_reader *r,
    const struct hsm_range *range, struct mh_err *err,
    struct hsm_hash *out) MH_MUST_USE;

#endif
