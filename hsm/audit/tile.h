/*
 * Tiles (c2sp.org/tlog-tiles): tile/<L>/<N> holds the hashes of 256 nodes of
 * level 8 L side by side, tile/<L>/<N>.p/<W> the first W of them.  They can
 * always be made again from the records.
 */
#ifndef HSM_AUDIT_TILE_H
#define HSM_AUDIT_TILE_H

#include <stdint.h>

#include "base/err.h"
#include "hsm/audit/merkle.h"

#define HSM_TILE_WIDTH  256U
#define HSM_TILE_LEVELS 7U /* 2^56 records */
#define HSM_TILE_NAME   64U

/* "tile/L/x001/x234/067", with ".p/W" where width is below HSM_TILE_WIDTH. */
void hsm_tile_name(unsigned level, uint64_t index, unsigned width,
    char out[static HSM_TILE_NAME]);

/* The tiles at the right edge of a growing tree. */
struct hsm_tiles {
    struct {
        struct hsm_hash hash[HSM_TILE_WIDTH];
        unsigned width;
        uint64_t index;
    } edge[HSM_TILE_LEVELS];
};

/* A tile that is full; only called with width HSM_TILE_WIDTH. */
typedef enum mh_code hsm_tile_fn(void *arg, unsigned level, uint64_t index,
    const struct hsm_hash *hash, unsigned width, struct mh_err *err);

/* Adds a leaf and calls fn for each tile that it fills, the lowest first. */
enum mh_code hsm_tiles_add(struct hsm_tiles *tiles, const struct hsm_hash *leaf,
    hsm_tile_fn *fn, void *arg, struct mh_err *err) MH_MUST_USE;

/* The root of the perfect subtree over 256 hashes. */
void hsm_tile_root(
    const struct hsm_hash hash[static HSM_TILE_WIDTH], struct hsm_hash *out);

#endif
